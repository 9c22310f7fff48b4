"""`openclaw-fal run`: any model of fal, with its own inputs."""

# No `from __future__ import annotations`: Typer would have to read each annotation back from text, at every start.
import typer

from openclaw_fal.commands import options as opt
from openclaw_fal.commands.answers import generate_and_show, read_parameters
from openclaw_fal.commands.command_classes import ModelCommand
from openclaw_fal.commands.prompt import read_prompt
from openclaw_fal.core.requests import Request

app = typer.Typer()


@app.command(cls=ModelCommand)
@opt.gathering
def run(
    context: typer.Context,
    model: opt.ModelArgument,
    words: opt.PromptArgument = None,
    *,
    prompt: opt.PromptOption = None,
    job: opt.JobFlags,
    as_json: opt.JsonOption = False,
    sandbox: opt.SandboxOption = False,
) -> None:
    """Run any model: speech, sound, 3-D, upscaling, vision, text.

    It runs models for training, images and videos as well. Inputs are checked against the model's schema before
    anything is sent; `models show REF` lists them. All files of the result are saved, and its text and numbers are
    shown. With --output FILE, a result without files is written to that file.
    """
    runtime = opt.runtime_of(context)
    request = Request(
        capability="run", prompt=read_prompt(context, words, prompt), model=model, parameters=read_parameters(job.param)
    )
    generate_and_show(runtime, request, job)
