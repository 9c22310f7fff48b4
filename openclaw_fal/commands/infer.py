"""`openclaw-fal infer …`: OpenClaw's other name for `image …` and `video …`, and what they can do."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from openclaw_fal.commands import image, video
from openclaw_fal.commands import options as opt
from openclaw_fal.core.tables import Column, Table

CAPABILITIES = {
    "image.generate": "Make images from a prompt.",
    "image.edit": "Make images from a prompt and pictures to work from.",
    "image.providers": "Show what fal can do with images.",
    "video.generate": "Make a video from a prompt, and from pictures, videos or sounds to work from.",
    "video.providers": "Show what fal can do with videos.",
}


def add_to(program: typer.Typer, name: str = "infer") -> None:
    app = opt.group(name, "OpenClaw's name for the commands image and video.")
    app.add_typer(image.app)
    app.add_typer(video.app)
    app.command("list")(list_capabilities)
    app.command("inspect")(inspect_capability)
    program.add_typer(app)


def list_capabilities(context: typer.Context, as_json: opt.JsonOption = False) -> None:
    """List what can be inferred."""
    rows = list(CAPABILITIES.items())
    opt.runtime_of(context).out.table(
        Table(
            columns=(Column("id", "key"), Column("description")), rows=rows, value=[_as_json(name) for name, _ in rows]
        )
    )


def inspect_capability(
    context: typer.Context,
    name: Annotated[str, typer.Option(metavar="ID", help=f"Which one: {', '.join(CAPABILITIES)}.")],
    as_json: opt.JsonOption = False,
) -> None:
    """Show one capability."""
    opt.check_choice("--name", name, CAPABILITIES)
    facts = _as_json(name)
    pairs = [(key, str(value)) for key, value in facts.items()]
    opt.runtime_of(context).out.facts(name, pairs, value=facts)


def _as_json(name: str) -> dict[str, Any]:
    return {
        "id": name,
        "description": CAPABILITIES[name],
        "transports": ["local"],
        "command": f"openclaw-fal infer {name.replace('.', ' ')}",
    }
