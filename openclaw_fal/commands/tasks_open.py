"""`openclaw-fal tasks open` and `tasks preview`: the files of tasks in the system's viewer or in the terminal."""

from __future__ import annotations

import typer

from openclaw_fal.commands import options as opt
from openclaw_fal.commands.tasks import IdsArgument, named_tasks

app = typer.Typer()


@app.command("open")
def open_files(context: typer.Context, task_ids: IdsArgument, as_json: opt.JsonOption = False) -> None:
    """Open the files of tasks in the system's viewer."""
    from openclaw_fal.commands.viewing import open_all

    runtime = opt.runtime_of(context)
    saved = [asset.path for task in named_tasks(runtime, task_ids) for asset in task.outputs if asset.path]
    if runtime.json:
        runtime.out.data({"ok": True, "files": saved})
    else:
        open_all(runtime, saved)


@app.command()
def preview(context: typer.Context, task_ids: IdsArgument, as_json: opt.JsonOption = False) -> None:
    """Show the pictures of tasks in the terminal, and the first frames of their videos."""
    from openclaw_fal.commands.viewing import preview_files

    runtime = opt.runtime_of(context)
    saved = [asset for task in named_tasks(runtime, task_ids) for asset in task.outputs if asset.path]
    if runtime.json:
        runtime.out.data({"ok": True, "files": [asset.path for asset in saved]})
    else:
        preview_files(runtime, saved)
