"""`openclaw-fal image …`."""

# No `from __future__ import annotations`: Typer would have to read each annotation back from text, at every start.
from typing import TYPE_CHECKING, Annotated

import typer

from openclaw_fal.commands import options as opt
from openclaw_fal.commands.answers import generate_and_show, listed, read_parameters, show_provider
from openclaw_fal.commands.command_classes import ModelCommand
from openclaw_fal.commands.option_groups import Flags, Ignored, JobFlags, gathering, ignoring
from openclaw_fal.commands.prompt import read_words
from openclaw_fal.core.kinds import IMAGE_RESOLUTIONS, KIND_ROWS, OUTPUT_FORMATS, Capability
from openclaw_fal.core.requests import BACKGROUNDS, QUALITIES, Reference, Request
from openclaw_fal.models.refs import DEFAULT_IMAGE_MODEL, model_ref

if TYPE_CHECKING:
    from openclaw_fal.models.capabilities import Capabilities

app = typer.Typer(name="image", help="Make and edit images.")


class ImageFlags(Flags):
    """What `image generate` and `image edit` take besides a prompt."""

    file: Annotated[
        list[str] | None,
        typer.Option("--file", "-i", metavar="PATH", help="Image to edit: a file, URL or data: URI. Repeatable."),
    ] = None
    model: Annotated[str | None, opt.model_option(model_ref(DEFAULT_IMAGE_MODEL))] = None
    count: Annotated[
        int | None,
        typer.Option("--count", "-n", metavar="N", help="Number of images, up to 4.", show_default="1"),
    ] = None
    size: opt.SizeOption = None
    aspect_ratio: opt.AspectRatioOption = None
    resolution: Annotated[
        str | None,
        typer.Option(metavar="R", help=f"Longer edge: {', '.join(IMAGE_RESOLUTIONS)}. 1K is 1024 pixels."),
    ] = None
    output_format: Annotated[
        str | None,
        typer.Option(metavar="FORMAT", help=f"File format: {', '.join(OUTPUT_FORMATS)}.", show_default="png"),
    ] = None
    quality: Annotated[
        str | None,
        typer.Option(metavar="Q", help=f"Quality: {', '.join(QUALITIES)}. Not all models take it."),
    ] = None
    mask: Annotated[
        str | None, typer.Option(metavar="PATH", help="Mask image for models that edit a part; white is edited.")
    ] = None
    background: Annotated[
        str | None,
        typer.Option(metavar="B", help=f"Background: {', '.join(BACKGROUNDS)}. Not all models take it."),
    ] = None
    seed: opt.SeedOption = None
    negative_prompt: opt.NegativePromptOption = None
    steps: opt.StepsOption = None
    guidance: opt.GuidanceOption = None


class ImageJob(JobFlags):
    output: Annotated[str | None, opt.output_option(opt.default_names("image"))] = None
    timeout_ms: Annotated[int | None, opt.timeout_option(KIND_ROWS["image"].timeout_s)] = None
    queue: Annotated[
        bool, typer.Option("--queue", help="Submit through fal's queue, so that the job can be resumed and canceled.")
    ] = False


IGNORED = Ignored(values=("agent", "openai_background", "openai_moderation"), hidden=False)


@app.command(cls=ModelCommand)
@ignoring(IGNORED)
@gathering
def generate(
    context: typer.Context,
    words: opt.PromptArgument = None,
    *,
    prompt: opt.PromptOption = None,
    flags: ImageFlags,
    job: ImageJob,
    as_json: opt.JsonOption = False,
    sandbox: opt.SandboxOption = False,
) -> None:
    """Make images from a prompt, or from images."""
    _make(context, "image.edit" if flags.file else "image.generate", words, prompt, flags, job)


@app.command(cls=ModelCommand)
@ignoring(IGNORED)
@gathering
def edit(
    context: typer.Context,
    words: opt.PromptArgument = None,
    *,
    prompt: opt.PromptOption = None,
    flags: ImageFlags,
    job: ImageJob,
    as_json: opt.JsonOption = False,
    sandbox: opt.SandboxOption = False,
) -> None:
    """Edit images with a prompt."""
    _make(context, "image.edit", words, prompt, flags, job)


@app.command()
def providers(context: typer.Context, as_json: opt.JsonOption = False, sandbox: opt.SandboxOption = False) -> None:
    """Show what fal offers for images, and whether a key is set up."""
    show_provider(opt.runtime_of(context), "image", _facts)


def _facts(can: "Capabilities") -> list[tuple[str, str]]:
    references = can.inputs["image"]
    return [
        ("images per request", f"1 to {can.max_count}"),
        ("reference images", f"{references.default}, up to {max(references.by_model.values())} with some models"),
        ("resolutions", listed(can.resolutions)),
        ("file types", listed(can.formats, *can.formats_by_model.values())),
    ]


def _make(
    context: typer.Context,
    capability: Capability,
    words: list[str] | None,
    prompt: str | None,
    flags: ImageFlags,
    job: ImageJob,
) -> None:
    runtime = opt.runtime_of(context)
    typed = read_words(context, words, prompt, model=flags.model, files=flags.file, media=("image",))
    request = Request(
        capability="image.edit" if typed.files else capability,
        prompt=typed.prompt,
        model=flags.model,
        references=(
            *(Reference("image", source) for source in flags.file or ()),
            *typed.files,
            *((Reference("image", flags.mask, "mask"),) if flags.mask else ()),
        ),
        count=flags.count,
        size=flags.size,
        aspect_ratio=flags.aspect_ratio,
        resolution=flags.resolution,
        output_format=flags.output_format,
        quality=flags.quality,
        background=flags.background,
        seed=flags.seed,
        negative_prompt=flags.negative_prompt,
        steps=flags.steps,
        guidance=flags.guidance,
        parameters=(*typed.parameters, *read_parameters(job.param)),
    )
    generate_and_show(runtime, request, job, queue=job.queue)
