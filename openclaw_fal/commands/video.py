"""`openclaw-fal video …`."""

# No `from __future__ import annotations`: Typer would have to read each annotation back from text, at every start.
from typing import TYPE_CHECKING, Annotated, Any

import typer

from openclaw_fal.commands import options as opt
from openclaw_fal.commands.answers import generate_and_show, listed, read_parameters, show_provider
from openclaw_fal.commands.command_classes import ModelCommand
from openclaw_fal.commands.option_groups import Flags, JobFlags, gathering
from openclaw_fal.commands.prompt import read_words
from openclaw_fal.core.kinds import VIDEO_RESOLUTIONS, MediaKind
from openclaw_fal.core.requests import Reference, Request
from openclaw_fal.models.refs import DEFAULT_VIDEO_MODEL, model_ref

if TYPE_CHECKING:
    from openclaw_fal.models.capabilities import Capabilities

app = typer.Typer(name="video", help="Make videos.")


def _reference(about: str, *names: str) -> Any:
    return typer.Option(*names, metavar="PATH", help=f"{about}: a file, URL or data: URI. Repeatable.")


class VideoFlags(Flags):
    """What `video generate` takes besides a prompt."""

    image: Annotated[list[str] | None, _reference("Image to start from", "--image", "-i")] = None
    last_image: Annotated[
        str | None, typer.Option(metavar="PATH", help="Last frame, if the model supports it; given like --image.")
    ] = None
    video: Annotated[list[str] | None, _reference("Reference video")] = None
    audio_ref: Annotated[list[str] | None, _reference("Reference audio")] = None
    model: Annotated[
        str | None,
        opt.model_option(model_ref(DEFAULT_VIDEO_MODEL)),
    ] = None
    size: opt.SizeOption = None
    aspect_ratio: opt.AspectRatioOption = None
    resolution: Annotated[
        str | None,
        typer.Option(metavar="R", help=f"Shorter edge: {', '.join(VIDEO_RESOLUTIONS)}. The closest is used."),
    ] = None
    duration: Annotated[
        float | None, typer.Option(metavar="SECONDS", help="Length in seconds. The model's closest is used.")
    ] = None
    audio: Annotated[
        bool | None, typer.Option("--audio/--no-audio", help="Generate audio, if the model supports it.")
    ] = None
    watermark: Annotated[
        bool | None, typer.Option("--watermark/--no-watermark", help="Add a watermark, if the model supports it.")
    ] = None
    seed: opt.SeedOption = None
    negative_prompt: opt.NegativePromptOption = None
    steps: opt.StepsOption = None
    guidance: opt.GuidanceOption = None

    @property
    def references(self) -> tuple[Reference, ...]:
        return (
            *(Reference("image", source) for source in self.image or ()),
            *((Reference("image", self.last_image, "last image"),) if self.last_image else ()),
            *(Reference("video", source) for source in self.video or ()),
            *(Reference("audio", source) for source in self.audio_ref or ()),
        )


class VideoJob(JobFlags):
    output: Annotated[str | None, opt.output_option(opt.default_names("video"))] = None


@app.command(cls=ModelCommand)
@gathering
def generate(
    context: typer.Context,
    words: opt.PromptArgument = None,
    *,
    prompt: opt.PromptOption = None,
    flags: VideoFlags,
    job: VideoJob,
    as_json: opt.JsonOption = False,
    sandbox: opt.SandboxOption = False,
) -> None:
    """Make a video from a prompt.

    It can start from images and use reference videos and audio. With an image, the model's own endpoint for images
    is used if it has one, such as image-to-video instead of text-to-video. Flags that the model does
    not support are refused, or ignored and listed in the answer.
    """
    runtime = opt.runtime_of(context)
    typed = read_words(context, words, prompt, model=flags.model, files=flags.image, media=("image", "video", "audio"))
    request = Request(
        capability="video.generate",
        prompt=typed.prompt,
        model=flags.model,
        references=(*flags.references, *typed.files),
        size=flags.size,
        aspect_ratio=flags.aspect_ratio,
        resolution=flags.resolution,
        duration=flags.duration,
        audio=flags.audio,
        watermark=flags.watermark,
        seed=flags.seed,
        negative_prompt=flags.negative_prompt,
        steps=flags.steps,
        guidance=flags.guidance,
        parameters=(*typed.parameters, *read_parameters(job.param)),
    )
    generate_and_show(runtime, request, job)


@app.command()
def providers(context: typer.Context, as_json: opt.JsonOption = False, sandbox: opt.SandboxOption = False) -> None:
    """Show what fal offers for videos, and whether a key is set up."""
    show_provider(opt.runtime_of(context), "video", _facts)


def _facts(can: "Capabilities") -> list[tuple[str, str]]:
    nouns: dict[MediaKind, str] = {"image": "images", "video": "videos", "audio": "audio files"}
    largest = ", ".join(f"{max(can.inputs[medium].by_model.values())} {noun}" for medium, noun in nouns.items())
    return [
        ("videos per request", str(can.max_count)),
        ("references", f"{can.inputs['image'].default} image, up to {largest} with some models"),
        ("resolutions", listed(can.resolutions)),
    ]
