"""Room on the disk that is given up when the disk is full, so that what fal has accepted can still be recorded."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from openclaw_fal.store.private_files import make_private_folder

if TYPE_CHECKING:
    from pathlib import Path

SIZE = 256 * 1024  # bytes; a change of a task takes some 10 kB


def reserve(path: Path) -> None:
    """Fill a file with zeros, unless it is there. Raises `OSError` if the disk has no room for it."""
    try:
        if path.stat().st_size >= SIZE:
            return
    except FileNotFoundError:
        make_private_folder(path.parent)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0), 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(bytes(SIZE))
    except OSError:
        path.unlink(missing_ok=True)
        raise


def release(path: Path) -> bool:
    """Give up the room; return whether there was any."""
    try:
        path.unlink()
    except OSError:
        return False
    return True
