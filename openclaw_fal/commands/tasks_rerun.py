"""`openclaw-fal tasks rerun`: the requests of tasks again, with changes. `rerun` does the same for a file."""

from __future__ import annotations

import typer

from openclaw_fal.commands import options as opt
from openclaw_fal.commands.option_groups import JobFlags, RerunFlags, gathering
from openclaw_fal.commands.tasks import IdsArgument, check_shared_output, named_tasks
from openclaw_fal.core.errors import UsageError

app = typer.Typer()


@app.command()
@gathering
def rerun(
    context: typer.Context,
    task_ids: IdsArgument,
    *,
    flags: RerunFlags,
    job: JobFlags,
    as_json: opt.JsonOption = False,
    sandbox: opt.SandboxOption = False,
) -> None:
    """Send the requests of tasks again, with changes if you like.

    Model, seed, inputs and references are those of the tasks, except for what you change. Each is a new job, and is
    billed as one. `rerun FILE` does the same for a file that was made here.
    """
    from openclaw_fal.actions.rerun import Changes, changed, find_earlier
    from openclaw_fal.commands.answers import generate_all_and_show, read_parameters

    runtime = opt.runtime_of(context)
    changes = Changes(
        seed=flags.seed,
        model=flags.model,
        prompt=flags.prompt or None,
        parameters=read_parameters(job.param),
        hints=flags.hints(),
    )
    earlier = [find_earlier(runtime, task.id) for task in named_tasks(runtime, task_ids)]
    if len({each.sandbox for each in earlier}) > 1:
        raise UsageError("Only some of these tasks are from the sandbox. Wait for those in a separate command.")
    requests = [changed(each, changes) for each in earlier]
    if len(requests) > 1:
        check_shared_output(job.output)
    runtime.use_sandbox(earlier[0].sandbox or runtime.in_sandbox)
    generate_all_and_show(runtime, requests, job)
