"""`openclaw-fal capability …`: OpenClaw's older name for `infer …`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openclaw_fal.commands import infer

if TYPE_CHECKING:
    import typer


def add_to(program: typer.Typer) -> None:
    infer.add_to(program, "capability", "The same as infer, under OpenClaw's older name.")
