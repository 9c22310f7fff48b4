"""`openclaw-fal run`: any model of fal, with its own inputs."""

# No `from __future__ import annotations`: Typer would have to read each annotation back from text, at every start.
from typing import Annotated

import typer

from openclaw_fal.commands import options as opt
from openclaw_fal.commands.answers import generate_and_show, read_parameters
from openclaw_fal.commands.command_classes import ModelCommand
from openclaw_fal.commands.option_groups import JobFlags, gathering
from openclaw_fal.commands.prompt import read_words, references_to
from openclaw_fal.core.requests import Request

app = typer.Typer()


@app.command(cls=ModelCommand)
@gathering
def run(
    context: typer.Context,
    model: opt.ModelArgument,
    words: opt.PromptArgument = None,
    *,
    prompt: opt.PromptOption = None,
    file: Annotated[
        list[str] | None,
        typer.Option("--file", "-i", metavar="PATH", help="File for the model: an image, video or sound. Repeatable."),
    ] = None,
    job: JobFlags,
    as_json: opt.JsonOption = False,
    sandbox: opt.SandboxOption = False,
) -> None:
    """Run any model: speech, sound, 3-D, upscaling, vision, text.

    It runs models for training, images and videos as well. Inputs are checked against the model's schema before
    anything is sent; `models show REF` lists them. All files of the result are saved, and its text and numbers are
    shown. With --output FILE, a result without files is written to that file.
    """
    runtime = opt.runtime_of(context)
    typed = read_words(context, words, prompt, model=model, files=file, media=("image", "video", "audio"))
    request = Request(
        capability="run",
        prompt=typed.prompt,
        model=model,
        references=(*references_to(context, file or (), model), *typed.files),
        parameters=(*typed.parameters, *read_parameters(job.param)),
    )
    generate_and_show(runtime, request, job)
