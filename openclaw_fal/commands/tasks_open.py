"""`openclaw-fal tasks open` and `tasks preview`: the files of tasks in the system's viewer or in the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from openclaw_fal.commands import options as opt
from openclaw_fal.commands.tasks import IdsArgument, named_tasks

if TYPE_CHECKING:
    from openclaw_fal.core.results import Asset
    from openclaw_fal.runtime import Runtime

app = typer.Typer()


@app.command("open")
def open_files(context: typer.Context, task_ids: IdsArgument, as_json: opt.JsonOption = False) -> None:
    """Open the files of tasks in the system's viewer."""
    from openclaw_fal.commands.viewing import open_all

    runtime = opt.runtime_of(context)
    saved = _saved(runtime, task_ids)
    if runtime.json:
        runtime.out.data({"ok": True, "files": [asset.path for asset in saved]})
    elif saved:
        open_all(runtime, [str(asset.path) for asset in saved])


@app.command()
def preview(context: typer.Context, task_ids: IdsArgument, as_json: opt.JsonOption = False) -> None:
    """Show the pictures of tasks in the terminal, and the first frames of their videos."""
    from openclaw_fal.commands.viewing import preview_files

    runtime = opt.runtime_of(context)
    saved = _saved(runtime, task_ids)
    if runtime.json:
        runtime.out.data({"ok": True, "files": [asset.path for asset in saved]})
    elif saved:
        preview_files(runtime, saved)


def _saved(runtime: Runtime, task_ids: list[str]) -> list[Asset]:
    """Return the saved files of tasks; say which tasks have none, and how to fetch those that there may be."""
    from openclaw_fal.actions.next_steps import wait_command

    tasks = named_tasks(runtime, task_ids)
    for task in tasks:
        if any(asset.path for asset in task.outputs):
            continue
        may_have_files = bool(task.outputs) or not task.status.is_final
        fetch = f"\nFetch its files: {wait_command(task)}" if may_have_files else ""
        runtime.messages.note(f"The task {task.id} is {task.status}, and has no saved files.{fetch}")
    return [asset for task in tasks for asset in task.outputs if asset.path]
