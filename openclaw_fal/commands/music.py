"""`openclaw-fal music …`."""

# No `from __future__ import annotations`: Typer would have to read each annotation back from text, at every start.
from typing import TYPE_CHECKING, Annotated

import typer

from openclaw_fal.commands import options as opt
from openclaw_fal.commands.answers import generate_and_show, read_parameters
from openclaw_fal.commands.command_classes import ModelCommand
from openclaw_fal.commands.option_groups import Flags, JobFlags, gathering
from openclaw_fal.commands.prompt import read_words
from openclaw_fal.core.kinds import MUSIC_FORMATS
from openclaw_fal.core.requests import Request
from openclaw_fal.models.refs import DEFAULT_MUSIC_MODEL, model_ref

if TYPE_CHECKING:
    from openclaw_fal.runtime import Runtime

app = typer.Typer(name="music", help="Make music.")


class MusicFlags(Flags):
    """What `music generate` takes besides a prompt."""

    lyrics: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Words to sing, if the model supports it; @FILE reads a file.")
    ] = None
    instrumental: Annotated[bool, typer.Option("--instrumental", help="Music without words.")] = False
    duration: Annotated[
        float | None, typer.Option(metavar="SECONDS", help="Length in seconds, if the model supports it.")
    ] = None
    output_format: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help=f"File format, if the model supports it: {', '.join(MUSIC_FORMATS)}.",
        ),
    ] = None
    model: Annotated[str | None, opt.model_option(model_ref(DEFAULT_MUSIC_MODEL))] = None
    seed: opt.SeedOption = None
    negative_prompt: opt.NegativePromptOption = None


class MusicJob(JobFlags):
    output: Annotated[str | None, opt.output_option(opt.default_names("music"))] = None


@app.command(cls=ModelCommand)
@gathering
def generate(
    context: typer.Context,
    words: opt.PromptArgument = None,
    *,
    prompt: opt.PromptOption = None,
    flags: MusicFlags,
    job: MusicJob,
    as_json: opt.JsonOption = False,
    sandbox: opt.SandboxOption = False,
) -> None:
    """Make music from a prompt, with lyrics or without words.

    Without --lyrics and --instrumental, a model that can write lyrics does so. Flags that the model does not support
    are refused, or ignored and listed in the answer.
    """
    runtime = opt.runtime_of(context)
    typed = read_words(context, words, prompt, model=flags.model)
    request = Request(
        capability="music.generate",
        prompt=typed.prompt,
        model=flags.model,
        lyrics=_read_lyrics(runtime, flags.lyrics),
        instrumental=flags.instrumental or None,
        duration=flags.duration,
        output_format=flags.output_format,
        seed=flags.seed,
        negative_prompt=flags.negative_prompt,
        parameters=(*typed.parameters, *read_parameters(job.param)),
    )
    generate_and_show(runtime, request, job)


def _read_lyrics(runtime: "Runtime", text: str | None) -> str | None:
    """Return the lyrics, from a file for ``@FILE`` or ``@-``."""
    if text is None or not text.startswith("@"):
        return text
    from openclaw_fal.actions.planning import text_of

    return text_of(runtime, text)
