"""`openclaw-fal sandbox`: serve the sandbox until Ctrl-C."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from openclaw_fal.commands import options as opt
from openclaw_fal.core.errors import Interrupted, NothingSent
from openclaw_fal.core.program import command
from openclaw_fal.runtime import SANDBOX_KEY

if TYPE_CHECKING:
    from openclaw_fal.runtime import PrivateSandbox


app = typer.Typer()


@app.command("sandbox")
def serve(
    context: typer.Context,
    port: Annotated[
        int, typer.Option(metavar="N", min=0, max=65535, help="Port on 127.0.0.1; 0 picks a free one.")
    ] = 0,
    speed: Annotated[
        float,
        typer.Option(metavar="X", min=0.01, max=1000, help="Speed of jobs; 10 runs them ten times as fast."),
    ] = 1.0,
    as_json: opt.JsonOption = False,
) -> None:
    """Run a local server that behaves like fal, until Ctrl-C.

    It needs no key, costs nothing and makes placeholder files. Run the line that it prints in another terminal, and
    every openclaw-fal command there uses it. Its jobs are lost when it stops. For a single command, use --sandbox.
    """
    runtime = opt.runtime_of(context)
    sandbox = _start(port, speed)
    try:
        runtime.messages.note("The sandbox runs until Ctrl-C. To use it, run this line in another terminal:")
        variables = {"OPENCLAW_FAL_BASE_URL": sandbox.url, "FAL_KEY": SANDBOX_KEY}
        if runtime.json:
            runtime.out.data({"ok": True, "url": sandbox.url, "environment": variables})
        else:
            runtime.out.line("export " + " ".join(f"{name}={value}" for name, value in variables.items()))
        while True:
            time.sleep(3600)
    except Interrupted:
        runtime.messages.note("Sandbox stopped.")
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
            hint=f"Use a free port: {command('sandbox --port 0')}",
        ) from error
