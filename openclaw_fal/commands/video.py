"""`openclaw-fal video …`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from openclaw_fal.commands import options as opt
from openclaw_fal.commands.providers import show_providers
from openclaw_fal.commands.requests import read_parameters, read_prompt
from openclaw_fal.core.requests import Reference, Request

app = opt.group("video", "Make videos.")

VIDEO_OPTIONS = opt.MODEL | opt.VIDEO_HINTS | opt.FILES | opt.WAITING | opt.SUBMITTING | opt.COMMON


def add_to(program: typer.Typer) -> None:
    program.add_typer(app)


def _references(metavar_help: str) -> Any:
    return typer.Option(metavar="PATH", help=f"{metavar_help}: a path, an http(s) URL, a data: URI. Repeatable.")


@app.command()
@opt.accepting(VIDEO_OPTIONS)
def generate(
    context: typer.Context,
    prompt: opt.PromptOption,
    image: Annotated[list[str] | None, _references("A picture to work from")] = None,
    video: Annotated[list[str] | None, _references("A video to work from, where the model takes one")] = None,
    audio_ref: Annotated[list[str] | None, _references("A sound to work from, where the model takes one")] = None,
    **flags: Any,
) -> None:
    """Make a video from a prompt, and from pictures, videos or sounds to work from."""
    from openclaw_fal.commands.answers import generate_and_show

    runtime = opt.runtime_of(context)
    request = Request(
        capability="video.generate",
        prompt=read_prompt(runtime, prompt),
        model=flags["model"],
        references=(
            *(Reference("image", source) for source in image or ()),
            *(Reference("video", source) for source in video or ()),
            *(Reference("audio", source) for source in audio_ref or ()),
        ),
        parameters=read_parameters(flags["param"]),
        **{name: flags[name] for name in opt.VIDEO_HINTS if name != "param"},
    )
    generate_and_show(runtime, request, flags)


@app.command()
def providers(context: typer.Context, as_json: opt.JsonOption = False, sandbox: opt.SandboxOption = False) -> None:
    """Show what fal can do with videos."""
    show_providers(context, "video")
