"""`openclaw-fal run`."""

# No `from __future__ import annotations`: Typer would have to read each annotation back from text, at every start.
from dataclasses import dataclass
from typing import Annotated

import typer

from openclaw_fal.commands import options as opt
from openclaw_fal.commands.answers import generate_and_show, read_parameters, read_prompt
from openclaw_fal.core.requests import INTERRUPT_POLICIES, PROGRESS_MODES, Request

app = typer.Typer()


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class RunFlags:
    """What `run` takes beside a model and a prompt."""

    param: opt.ParamOption = None
    no_validate: opt.NoValidateOption = False
    output: Annotated[str | None, opt.output_option("run-DATE-TIME-N.EXT in the current folder")] = None
    overwrite: opt.OverwriteOption = False
    timeout_ms: Annotated[int | None, opt.timeout_option("1200000, twenty minutes")] = None
    on_interrupt: opt.InterruptOption = INTERRUPT_POLICIES[0]
    progress: opt.ProgressOption = PROGRESS_MODES[0]
    detach: opt.DetachOption = False
    reuse: opt.ReuseOption = False


@app.command("run")
@opt.gathering
def run(
    context: typer.Context,
    model: Annotated[str, typer.Argument(metavar="MODEL", help="Model, such as fal/fal-ai/kokoro/american-english.")],
    *,
    prompt: opt.PromptOption = None,
    flags: RunFlags,
    as_json: opt.JsonOption = False,
    sandbox: opt.SandboxOption = False,
) -> None:
    """Run any model of fal with its own inputs: speech, music, 3-D, upscaling, vision, training.

    All files of the result are saved; text and numbers are printed. `openclaw-fal models show MODEL` lists a
    model's inputs.
    """
    runtime = opt.runtime_of(context)
    request = Request(
        capability="run",
        prompt=read_prompt(runtime, prompt),
        model=model,
        parameters=read_parameters(flags.param),
    )
    generate_and_show(
        runtime,
        request,
        output=flags.output,
        overwrite=flags.overwrite,
        timeout_ms=flags.timeout_ms,
        detach=flags.detach,
        reuse=flags.reuse,
        is_checked=not flags.no_validate,
    )
