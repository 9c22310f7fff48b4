"""`openclaw-fal version`."""

# No `from __future__ import annotations`: Typer would have to read each annotation back from text, at every start.
import typer

from openclaw_fal import __version__
from openclaw_fal.commands import options as opt

app = typer.Typer()


@app.command("version")
def version(context: typer.Context, as_json: opt.JsonOption = False) -> None:
    """Show the version."""
    runtime = opt.runtime_of(context)
    if runtime.json:
        runtime.out.data({"version": __version__})
    else:
        runtime.out.line(f"openclaw-fal {__version__}")
