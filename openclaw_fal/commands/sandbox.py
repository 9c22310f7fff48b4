"""`openclaw-fal sandbox`: serve the stand-in for fal until Ctrl-C."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from openclaw_fal.commands import options as opt
from openclaw_fal.core.errors import Interrupted, NothingSent
from openclaw_fal.runtime import SANDBOX_KEY

if TYPE_CHECKING:
    from openclaw_fal.runtime import PrivateSandbox


app = typer.Typer()


@app.command("sandbox")
def serve(
    context: typer.Context,
    port: Annotated[
        int, typer.Option(metavar="N", min=0, max=65535, help="Port on 127.0.0.1. 0 takes a free one.")
    ] = 0,
    speed: Annotated[
        float,
        typer.Option(metavar="X", min=0.01, max=1000, help="How much faster jobs run: 10 is ten times as fast."),
    ] = 1.0,
    as_json: opt.JsonOption = False,
) -> None:
    """Serve a stand-in for fal on this machine.

    It needs no key, costs nothing and makes placeholder files. The line it prints makes every openclaw-fal command
    in another terminal use it. Ctrl-C stops it; what it was asked to make is forgotten then. For a single command,
    --sandbox on that command is enough.
    """
    runtime = opt.runtime_of(context)
    sandbox = _start(port, speed)
    try:
        runtime.messages.note("The sandbox serves until Ctrl-C. To use it, run this line in another terminal first:")
        variables = {"OPENCLAW_FAL_BASE_URL": sandbox.url, "FAL_KEY": SANDBOX_KEY}
        if runtime.json:
            runtime.out.data({"ok": True, "url": sandbox.url, "environment": variables})
        else:
            runtime.out.line("export " + " ".join(f"{name}={value}" for name, value in variables.items()))
        while True:
            time.sleep(3600)
    except Interrupted:
        runtime.messages.note("The sandbox has stopped.")
    finally:
        sandbox.stop()


def _start(port: int, speed: float) -> PrivateSandbox:
    from openclaw_fal.sandbox import Sandbox

    try:
        return Sandbox(port=port, speed=speed).start()
    except OSError as error:
        raise NothingSent(
            f"The sandbox can't listen on port {port} of 127.0.0.1: {error.strerror or error}.",
            code="port_unavailable",
            hint="Leave --port out to take a free one: openclaw-fal sandbox",
        ) from error
