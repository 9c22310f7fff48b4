"""Files for people and programs, such as a gallery: complete from the start, and never in place of a foreign one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from openclaw_fal.core.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

_MARK_WITHIN = 2000  # bytes


def write_page(path: Path, text: str, mark: str, *, overwrite: bool) -> None:
    """Write a file atomically; its folder is created.

    Replaces a file only if it holds ``mark`` near its beginning, as a file of an earlier run does, or if ``overwrite``
    says so. Raises `UsageError`.
    """
    try:
        if os.path.exists(path) and not os.path.isfile(path):
            raise UsageError(f"{path} is not a file that can be replaced.", hint="Give another --output.")
        if os.path.exists(path) and not overwrite and not _has_mark(path, mark):
            raise UsageError(
                f"{path} exists already, and is not a page of this command.",
                hint="Give --overwrite to replace it, or another --output.",
                code="output_exists",
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        write_new(path, text.encode(), replaces=True)
    except OSError as error:
        raise UsageError(
            f"{path} can't be written: {error.strerror or error}.",
            hint="Give another --output.",
            code="output_unwritable",
        ) from error


def write_new(path: Path, data: bytes, *, replaces: bool) -> None:
    """Write a file atomically. Raises `FileExistsError` if there is one and it may not be replaced, and `OSError`."""
    staged = path.with_name(f".{path.name}.{os.urandom(6).hex()}.tmp")
    try:
        staged.write_bytes(data)
        if replaces:
            staged.replace(path)
            return
        try:
            path.hardlink_to(staged)
        except FileExistsError:
            raise
        except OSError:  # a disk without hard links
            with path.open("xb") as file:
                file.write(data)
    finally:
        staged.unlink(missing_ok=True)


def _has_mark(path: Path, mark: str) -> bool:
    with path.open("rb") as file:
        return mark.encode() in file.read(_MARK_WITHIN)
