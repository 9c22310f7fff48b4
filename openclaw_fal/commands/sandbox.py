"""`openclaw-fal sandbox`: serve the stand-in for fal until Ctrl-C."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from openclaw_fal.commands import options as opt
from openclaw_fal.core.errors import Interrupted


def add_to(program: typer.Typer) -> None:
    program.command("sandbox")(serve)


def serve(
    context: typer.Context,
    port: Annotated[
        int, typer.Option(metavar="N", min=0, max=65535, help="Port on 127.0.0.1; 0 takes a free one.")
    ] = 0,
    speed: Annotated[
        float, typer.Option(metavar="X", min=0.01, help="How much faster than by default jobs run.")
    ] = 1.0,
    as_json: opt.JsonOption = False,
) -> None:
    """Serve a stand-in for fal on this machine: no key, no cost, placeholder files. Ctrl-C stops it."""
    from openclaw_fal.sandbox import Sandbox

    runtime = opt.runtime_of(context)
    with Sandbox(port=port, speed=speed) as sandbox:
        variables = {"OPENCLAW_FAL_BASE_URL": sandbox.url, "FAL_KEY": "sandbox:no-secret-and-no-cost"}
        if as_json:
            runtime.out.data({"ok": True, "url": sandbox.url, "environment": variables})
        else:
            runtime.out.line("export " + " ".join(f"{name}={value}" for name, value in variables.items()))
        runtime.messages.note("The sandbox serves until Ctrl-C. Use the line above in another terminal.")
        try:
            while True:
                time.sleep(3600)
        except Interrupted:
            runtime.messages.note("The sandbox has stopped.")
