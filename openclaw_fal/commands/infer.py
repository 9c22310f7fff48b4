"""`openclaw-fal infer …`: OpenClaw's other name for `image …` and `video …`, and what they can do."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from openclaw_fal.commands import options as opt
from openclaw_fal.core.records import Record
from openclaw_fal.core.results import Column, Table

app = typer.Typer()


class Capability(Record):
    """A command that makes or shows something; ``result`` describes the answer in OpenClaw's words."""

    description: str
    result: str


CAPABILITIES = {
    "image.generate": Capability("Make images from a prompt.", "saved image files plus attempts"),
    "image.edit": Capability("Edit images with a prompt.", "saved image files plus attempts"),
    "image.providers": Capability("Show what fal offers for images.", "provider ids and defaults"),
    "video.generate": Capability("Make a video from a prompt, and from images.", "saved video files plus attempts"),
    "video.providers": Capability("Show what fal offers for videos.", "provider ids and defaults"),
}


@app.command("list")
def list_capabilities(context: typer.Context, as_json: opt.JsonOption = False) -> None:
    """List the capabilities."""
    rows = [(name, capability.description) for name, capability in CAPABILITIES.items()]
    opt.runtime_of(context).out.table(
        Table(columns=(Column("id", "key"), Column("description")), rows=rows, value=[*map(_as_json, CAPABILITIES)])
    )


@app.command("inspect")
def inspect_capability(
    context: typer.Context,
    name: Annotated[str, typer.Option(metavar="ID", help=f"Capability: {', '.join(CAPABILITIES)}.")],
    as_json: opt.JsonOption = False,
) -> None:
    """Show a capability: its command, flags and result."""
    name = opt.checked_choice("--name", name, tuple(CAPABILITIES))
    facts = _as_json(name)
    pairs = [(key, ", ".join(value) if isinstance(value, list) else value) for key, value in facts.items()]
    opt.runtime_of(context).out.facts(name, pairs, value=facts)


def _as_json(name: str) -> dict[str, Any]:
    return {
        "id": name,
        "description": CAPABILITIES[name].description,
        "transports": ["local"],
        "flags": _flags(name),
        "resultShape": CAPABILITIES[name].result,
        "command": f"openclaw-fal infer {name.replace('.', ' ')}",
    }


def _flags(name: str) -> list[str]:
    """Return the flags of a capability's command that its help shows."""
    from typer.main import get_command_from_info

    from openclaw_fal.commands import image, video

    kind, _, verb = name.partition(".")
    commands = {"image": image.app, "video": video.app}[kind].registered_commands
    info = next(info for info in commands if getattr(info.callback, "__name__", "") == verb)
    command = get_command_from_info(info, pretty_exceptions_short=False, rich_markup_mode=None)
    shown = [option for option in command.params if not getattr(option, "hidden", False)]
    # A switch that is on is named by what turns it off, as on help pages.
    switched = [option.secondary_opts if option.default is True else option.opts for option in shown]
    return [flag for names in switched for flag in names if flag.startswith("--")]
