"""`openclaw-fal run`: any model of fal, with its own inputs."""

# No `from __future__ import annotations`: Typer would have to read each annotation back from text, at every start.
from typing import Annotated

import typer

from openclaw_fal.commands import options as opt
from openclaw_fal.commands.answers import generate_and_show, read_parameters, read_prompt
from openclaw_fal.commands.model_help import ModelCommand
from openclaw_fal.core.requests import INTERRUPT_POLICIES, PROGRESS_MODES, Request

app = typer.Typer()


@app.command(cls=ModelCommand)
def run(
    context: typer.Context,
    model: Annotated[str, typer.Argument(metavar="REF", help="Model: fal/ID, its page at fal.ai, or a short name.")],
    *,
    param: Annotated[
        list[str] | None,
        typer.Option(
            "--param",
            "-p",
            metavar="NAME=VALUE",
            help="Input of the model: NAME=VALUE, NAME:=JSON or NAME=@FILE. Repeatable.",
        ),
    ] = None,
    prompt: opt.PromptOption = None,
    no_validate: opt.NoValidateOption = False,
    output: Annotated[str | None, opt.output_option("KIND-DATE-TIME-N.EXT in the current folder")] = None,
    overwrite: opt.OverwriteOption = False,
    timeout_ms: Annotated[int | None, opt.timeout_option("1200000, twenty minutes")] = None,
    on_interrupt: opt.InterruptOption = INTERRUPT_POLICIES[0],
    progress: opt.ProgressOption = PROGRESS_MODES[0],
    detach: opt.DetachOption = False,
    reuse: opt.ReuseOption = False,
    as_json: opt.JsonOption = False,
    sandbox: opt.SandboxOption = False,
) -> None:
    """Run any model: speech, sound, 3-D, upscaling, vision, text.

    Training, images and videos as well. Inputs are checked against the model's schema before anything is sent;
    `models show REF` lists them. All files of the result are saved, and its text and numbers are shown. With
    --output FILE, a result without files is written to that file.
    """
    runtime = opt.runtime_of(context)
    request = Request(
        capability="run", prompt=read_prompt(runtime, prompt), model=model, parameters=read_parameters(param)
    )
    generate_and_show(
        runtime,
        request,
        output=output,
        overwrite=overwrite,
        timeout_ms=timeout_ms,
        detach=detach,
        reuse=reuse,
        is_checked=not no_validate,
    )
