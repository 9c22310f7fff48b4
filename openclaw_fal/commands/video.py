"""`openclaw-fal video …`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from openclaw_fal.commands import options as opt
from openclaw_fal.commands.answers import read_parameters, read_prompt
from openclaw_fal.commands.providers import show_providers
from openclaw_fal.core.requests import Reference, Request

app = opt.group("video", "Make videos.")

AGENT = opt.without_effect(["agent"])

VIDEO_OPTIONS = (
    opt.model("fal/bytedance/seedance-2.0/text-to-video")
    | opt.VIDEO_HINTS
    | opt.files("video-DATE-TIME-N.EXT in this folder")
    | opt.waiting("1200000, twenty minutes")
    | opt.SUBMITTING
    | opt.COMMON
    | AGENT
)


def add_to(program: typer.Typer) -> None:
    program.add_typer(app)


def _references(about: str) -> Any:
    return typer.Option(metavar="PATH", help=f"{about}: a file, an http(s) URL or a data: URI. Repeatable.")


@app.command()
@opt.accepting(VIDEO_OPTIONS)
def generate(
    context: typer.Context,
    prompt: opt.PromptOption,
    image: Annotated[list[str] | None, _references("A picture to begin with")] = None,
    video: Annotated[list[str] | None, _references("A video to go by, for models that take one")] = None,
    audio_ref: Annotated[list[str] | None, _references("A sound to go by, for models that take one")] = None,
    **flags: Any,
) -> None:
    """Make a video from a prompt.

    Pictures, videos and sounds to go by can be given as well. With a picture, the model's own endpoint for pictures
    is used where it has one, such as image-to-video in the place of text-to-video. What a model can't take is
    refused before anything is sent, or reported.
    """
    from openclaw_fal.commands.answers import generate_and_show

    runtime = opt.runtime_of(context)
    opt.report_ineffective(runtime, flags, AGENT)
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
