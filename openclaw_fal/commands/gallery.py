"""`openclaw-fal gallery`: everything that was made, on one page."""

# No `from __future__ import annotations`: Typer would have to read each annotation back from text, at every start.
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from openclaw_fal.commands import options as opt
from openclaw_fal.commands.viewing import open_all
from openclaw_fal.core.errors import UsageError

if TYPE_CHECKING:
    from openclaw_fal.actions.gallery import Gallery
    from openclaw_fal.runtime import Runtime

app = typer.Typer()

PAGE_NAME = "gallery.html"


@app.command("gallery")
def gallery(
    context: typer.Context,
    since: Annotated[
        str | None,
        typer.Option(metavar="WHEN", help="Show what was made since then: an age such as 7d or 12h, or a date."),
    ] = None,
    model: Annotated[
        str | None, typer.Option(metavar="REF", help="Show only files of models whose id contains this.")
    ] = None,
    batch: Annotated[
        str | None, typer.Option(metavar="NAME", help="Show only this batch, given by its name or file.")
    ] = None,
    output: Annotated[
        str,
        typer.Option("--output", "-o", metavar="PATH", help="File or folder for the page; `-` for standard output."),
    ] = PAGE_NAME,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the file even if this command did not write it.")
    ] = False,
    embed: Annotated[
        bool, typer.Option("--embed", help="Embed thumbnails and small files, to share the page.")
    ] = False,
    show: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
    quiet: opt.QuietOption = False,
    as_json: opt.JsonOption = False,
) -> None:
    """Write a page with everything that you made: pictures, videos, sounds and texts.

    It is one HTML file that needs no network. It shows the prompt, model and seed of each file, and the command that
    makes it again. Files in the page's folder, and below it, are linked by relative paths.
    """
    from openclaw_fal.actions.gallery import collect
    from openclaw_fal.actions.task_filter import TaskFilter
    from openclaw_fal.core.text import parse_since
    from openclaw_fal.store.user_files import write_page

    runtime = opt.runtime_of(context)
    if output == "-" and (show or runtime.json):
        raise UsageError("--output - writes the page to standard output. Leave out --open and --json.")
    path = _page_path(output)
    filters = TaskFilter(since=parse_since(since, runtime.clock.now()) if since else None, model=model, batch=batch)
    found = collect(runtime, filters, path.parent, embeds=embed)
    page, mark = runtime.gallery_page(found)
    if output == "-":
        runtime.screen.write_stdout(page)
    else:
        write_page(path, page, mark, overwrite=overwrite)
        _report(runtime, path, found)
    _explain(runtime, found)
    if show:
        open_all(runtime, [str(path)])


def _page_path(output: str) -> Path:
    from openclaw_fal.store.paths import absolute_path

    path = absolute_path(output)
    return path / PAGE_NAME if output.endswith("/") or os.path.isdir(path) else path


def _report(runtime: "Runtime", path: Path, found: "Gallery") -> None:
    runtime.out.line(str(path))
    if runtime.json:
        missing = sum(file.is_missing for file in found.files)
        runtime.out.data(
            {
                "ok": True,
                "path": str(path),
                "tasks": len(found.entries),
                "files": len(found.files) - missing,
                "missing": missing,
            }
        )


def _explain(runtime: "Runtime", found: "Gallery") -> None:
    """Say what the page can't show, and what it shows on this machine only."""
    missing = sum(file.is_missing for file in found.files)
    outside = sum(file.is_outside for file in found.files)
    if not found.entries:
        runtime.messages.note("Nothing matches, so the page is empty.")
    if missing:
        are = "file is" if missing == 1 else "files are"
        runtime.messages.note(f"{missing} {are} missing or not fetched; the page says how to fetch them.")
    if left_out := sum(file.is_left_out for file in found.files):
        _explain_left_out(runtime, left_out)
    if outside:
        are = "file is" if outside == 1 else "files are"
        runtime.messages.note(f"{outside} {are} outside the page's folder, and shown on this machine only.")


def _explain_left_out(runtime: "Runtime", count: int) -> None:
    from openclaw_fal.actions.pictures import has_pillow, install_command

    are = "1 file is" if count == 1 else f"{count} files are"
    hint = "" if has_pillow() else f"\nWith Pillow, pictures become thumbnails: {install_command()}"
    runtime.messages.note(f"{are} linked, not embedded: only pictures, videos and sounds up to 1 MB are.{hint}")
