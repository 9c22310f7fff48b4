"""Shows files, in the terminal or in the system's viewer."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openclaw_fal.core.pixels import Pixels
    from openclaw_fal.core.results import Asset, Envelope
    from openclaw_fal.runtime import Runtime

SHOWN = ("image/", "video/")


def view(runtime: Runtime, envelopes: Sequence[Envelope], *, preview: bool, open_files: bool) -> None:
    """Show the files of answers as flags and variables ask for it."""
    assets = [asset for envelope in envelopes for asset in envelope.outputs if asset.path]
    if preview:
        preview_files(runtime, assets)
    elif runtime.wants_previews and can_preview(runtime):
        preview_files(runtime, [asset for asset in assets if _is_shown(asset)])
    if open_files:
        open_all(runtime, [str(asset.path) for asset in assets])


def _is_shown(asset: Asset) -> bool:
    return (asset.mime_type or "").startswith(SHOWN)


def can_preview(runtime: Runtime) -> bool:
    return runtime.screen.attended and runtime.screen.stdout_color and not (runtime.json or runtime.quiet)


def preview_files(runtime: Runtime, assets: Sequence[Asset]) -> None:
    """Show pictures, and the first frames of videos, in the terminal; name those that can't be shown."""
    if not can_preview(runtime):
        runtime.messages.note("Nothing was shown: pictures need a terminal with colors.")
        return
    pictures = runtime.pictures(_read)
    unreadable = []
    for asset in filter(_is_shown, assets):
        path = Path(asset.path or "")
        if not os.path.isfile(path):
            runtime.messages.note(f"{path} is no longer there.")
        elif not pictures.show(str(path), path.read_bytes, asset.mime_type):
            unreadable.append(path.name)
    if others := [Path(asset.path or "").name for asset in assets if not _is_shown(asset)]:
        runtime.messages.note(f"Only pictures and videos are shown here, not {', '.join(others)}.")
    if unreadable:
        runtime.messages.note(
            f"{', '.join(unreadable)} can't be read here. Install ffmpeg, or for pictures Pillow: "
            "python3 -m pip install pillow"
        )


def _read(path: str, max_width: int, max_height: int) -> Pixels | None:
    from openclaw_fal.actions.pictures import read_pixels

    return read_pixels(Path(path), max_width, max_height)


def open_all(runtime: Runtime, paths: Sequence[str]) -> None:
    """Open files with the system's viewer, or say why that is not possible."""
    if not _has_display(runtime):
        runtime.messages.note("Nothing was opened: there is no display.")
        return
    from openclaw_fal.actions.pictures import open_with_viewer

    there = [path for path in paths if os.path.exists(path)]
    if gone := [path for path in paths if path not in there]:
        runtime.messages.note(f"No longer there: {', '.join(gone)}")
    failed = [path for path in there if not open_with_viewer(path)]
    if failed:
        runtime.messages.note(f"No viewer was found for {', '.join(failed)}.")


def _has_display(runtime: Runtime) -> bool:
    if os.name == "nt" or sys.platform == "darwin":
        return True
    return any(runtime.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
