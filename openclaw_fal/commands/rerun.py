"""`openclaw-fal rerun`: the same again, with changes."""

# No `from __future__ import annotations`: Typer would have to read each annotation back from text, at every start.
from typing import Annotated

import typer

from openclaw_fal.commands import options as opt
from openclaw_fal.commands.answers import generate_and_show, read_parameters
from openclaw_fal.commands.option_groups import JobFlags, RerunFlags, gathering
from openclaw_fal.commands.prompt import read_words

app = typer.Typer()


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
