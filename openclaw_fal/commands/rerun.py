"""`openclaw-fal rerun` and `tasks rerun`: the request of a file or of tasks again, with changes."""

# No `from __future__ import annotations`: Typer would have to read each annotation back from text, at every start.
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from openclaw_fal.commands import options as opt
from openclaw_fal.commands.answers import generate_all_and_show, generate_and_show, read_parameters
from openclaw_fal.commands.option_groups import Flags, JobFlags, gathering
from openclaw_fal.commands.prompt import read_words
from openclaw_fal.core.errors import UsageError

app = typer.Typer()

RESHAPING = ("count", "size", "aspect_ratio", "resolution", "duration")


class RerunFlags(Flags):
    """What can be different when a request is sent again."""

    prompt: opt.PromptOption = None
    model: Annotated[
        str | None,
        typer.Option("--model", "-m", metavar="REF", help="Use another model.", callback=opt.not_empty_model),
    ] = None
    seed: Annotated[
        int | None, typer.Option(metavar="N", help="Another seed.", show_default="the seed that was used")
    ] = None
    count: Annotated[int | None, typer.Option("--count", "-n", metavar="N", help="Another number of images.")] = None
    size: opt.SizeOption = None
    aspect_ratio: opt.AspectRatioOption = None
    resolution: Annotated[
        str | None, typer.Option(metavar="R", help="Resolution: 1K, 2K, 4K for images, 720P and so on for videos.")
    ] = None
    duration: Annotated[float | None, typer.Option(metavar="SECONDS", help="Another length of a video or music.")] = (
        None
    )

    def hints(self) -> Mapping[str, Any]:
        """Return what is to be different of a picture's or video's shape."""
        return {name: value for name in RESHAPING if (value := getattr(self, name)) is not None}


@app.command("rerun")
@gathering
def rerun(
    context: typer.Context,
    source: Annotated[
        str,
        typer.Argument(
            metavar=opt.FILE_OR_TASK, help="A file made by openclaw-fal, its sidecar, a task id, or `last`."
        ),
    ],
    words: opt.PromptArgument = None,
    *,
    flags: RerunFlags,
    job: JobFlags,
    as_json: opt.JsonOption = False,
    sandbox: opt.SandboxOption = False,
) -> None:
    """Make a file again, with another seed, prompt, model, size or input.

    The model, the seed and all inputs are those that made the file, except for what you change. It is a new job, and is
    billed as one. What was made in the sandbox is made there again.
    """
    from openclaw_fal.actions.rerun import Changes, changed, find_earlier

    runtime = opt.runtime_of(context)
    earlier = find_earlier(runtime, source)
    typed = read_words(context, words, flags.prompt, model=flags.model or earlier.model)
    seeds = [int(each.value) for each in typed.parameters if each.name == "seed" and str(each.value).isdecimal()]
    changes = Changes(
        seed=flags.seed if flags.seed is not None or not seeds else seeds[-1],
        model=flags.model,
        prompt=typed.prompt or None,
        parameters=(*(each for each in typed.parameters if each.name != "seed"), *read_parameters(job.param)),
        hints=flags.hints(),
    )
    request = changed(earlier, changes)
    if changes == Changes() and request.seed is not None:
        runtime.messages.note("With the same seed, the result may be the same. --seed N makes another.")
    if earlier.sandbox:
        runtime.use_sandbox(wanted=True)
    generate_and_show(runtime, request, job)


@app.command("tasks-rerun")
@gathering
def rerun_tasks(
    context: typer.Context,
    task_ids: Annotated[list[str], typer.Argument(metavar=opt.TASKS, help=f"Task ids. {opt.TASK_HELP}")],
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
    from openclaw_fal.commands.tasks import check_shared_output, named_tasks

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
        raise UsageError("Only some of these tasks are from the sandbox. Rerun those in a separate command.")
    requests = [changed(each, changes) for each in earlier]
    if len(requests) > 1:
        check_shared_output(job.output)
    runtime.use_sandbox(earlier[0].sandbox or runtime.in_sandbox)
    generate_all_and_show(runtime, requests, job)
