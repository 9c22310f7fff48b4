"""`openclaw-fal image …`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from openclaw_fal.commands import options as opt
from openclaw_fal.commands.answers import read_parameters, read_prompt
from openclaw_fal.commands.providers import show_providers
from openclaw_fal.core.requests import Capability, Reference, Request

if TYPE_CHECKING:
    from collections.abc import Mapping

app = opt.group("image", "Make and edit images.")

IMAGE_OPTIONS = (
    opt.MODEL | opt.IMAGE_HINTS | opt.FILES | opt.WAITING | opt.QUEUE | opt.SUBMITTING | opt.COMMON | opt.WITHOUT_EFFECT
)


def add_to(program: typer.Typer) -> None:
    program.add_typer(app)


@app.command()
@opt.accepting(IMAGE_OPTIONS)
def generate(context: typer.Context, prompt: opt.PromptOption, **flags: Any) -> None:
    """Make images from a prompt."""
    _make(context, "image.generate", prompt, (), flags)


@app.command()
@opt.accepting(IMAGE_OPTIONS)
def edit(
    context: typer.Context,
    prompt: opt.PromptOption,
    file: Annotated[
        list[str],
        typer.Option(metavar="PATH", help="A picture to work from: a path, an http(s) URL, a data: URI. Repeatable."),
    ],
    **flags: Any,
) -> None:
    """Make images from a prompt and pictures to work from."""
    _make(context, "image.edit", prompt, tuple(Reference("image", source) for source in file), flags)


@app.command()
def providers(context: typer.Context, as_json: opt.JsonOption = False, sandbox: opt.SandboxOption = False) -> None:
    """Show what fal can do with images."""
    show_providers(context, "image")


def _make(
    context: typer.Context,
    capability: Capability,
    prompt: str,
    references: tuple[Reference, ...],
    flags: Mapping[str, Any],
) -> None:
    from openclaw_fal.commands.answers import generate_and_show

    runtime = opt.runtime_of(context)
    opt.report_ineffective(runtime, flags, opt.WITHOUT_EFFECT)
    hints = {name: flags[name] for name in opt.IMAGE_HINTS if name != "param"}
    request = Request(
        capability=capability,
        prompt=read_prompt(runtime, prompt),
        model=flags["model"],
        references=references,
        parameters=read_parameters(flags["param"]),
        **hints,
    )
    generate_and_show(runtime, request, flags)
