"""`openclaw-fal upload`: store files at fal, and print their URLs."""

# No `from __future__ import annotations`: Typer would have to read each annotation back from text, at every start.
from typing import Annotated

import typer

from openclaw_fal.commands import options as opt
from openclaw_fal.commands.answers import limit_time
from openclaw_fal.core.requests import PROGRESS_MODES
from openclaw_fal.core.tasks import WAIT_TIMEOUT_S

app = typer.Typer()


@app.command("upload")
def upload(
    context: typer.Context,
    sources: Annotated[list[str], typer.Argument(metavar="FILE…", help="Files of any kind; `-` is standard input.")],
    *,
    timeout_ms: Annotated[int | None, opt.timeout_option(WAIT_TIMEOUT_S)] = None,
    progress: opt.ProgressOption = PROGRESS_MODES[0],
    as_json: opt.JsonOption = False,
    sandbox: opt.SandboxOption = False,
) -> None:
    """Upload files to fal, and print the URL of each.

    Other commands upload their files themselves. Use this for a file that several of them need, and give them the URL
    as a reference or with -p NAME=URL. Uploading costs nothing. Anyone who has the URL can read the file.
    """
    runtime = opt.runtime_of(context)
    runtime.prepare_client()
    from openclaw_fal.actions.upload import upload as upload_files

    limit_time(runtime, timeout_ms)
    envelope = runtime.show(upload_files(runtime, sources, timeout_ms))
    for asset in envelope.outputs:
        runtime.out.line(asset.url)
    if runtime.json:
        runtime.out.data({"ok": True, "files": [asset.as_json() for asset in envelope.outputs]})
