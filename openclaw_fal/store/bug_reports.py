"""Keeps the traceback of an unexpected exception in a file, for a bug report."""

from __future__ import annotations

import os
import platform
import tempfile
import time
import traceback
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from openclaw_fal import __version__
from openclaw_fal.core.secrets import redact
from openclaw_fal.store.paths import files_in
from openclaw_fal.store.private_files import write_private

if TYPE_CHECKING:
    from collections.abc import Sequence

FOLDER = "bugs"
MAX_KEPT = 20


def write_bug_report(state_dir: Path | None, error: BaseException, arguments: Sequence[str]) -> Path | None:
    """Write the traceback, and return the file; ``None`` if it can't be written anywhere.

    Values of arguments are left out, because they are prompts and keys, and secrets in the text are replaced.
    """
    now = time.time()
    name = f"{time.strftime('%Y%m%d-%H%M%S', time.localtime(now))}-{os.getpid()}.txt"
    flags = [word.partition("=")[0] for word in arguments if word.startswith("--")]
    head = f"openclaw-fal {__version__}, Python {platform.python_version()}, {platform.platform()}\n"
    text = f"{head}flags: {' '.join(flags)}\n\n{''.join(traceback.format_exception(error))}"
    for folder in (state_dir and state_dir / FOLDER, Path(tempfile.gettempdir()) / f"openclaw-fal-{os.getpid()}"):
        if folder is None:
            continue
        try:
            write_private(folder / name, str(redact(text)))
        except OSError:
            continue
        _forget_old(folder)
        return folder / name
    return None


def bug_reports(state_dir: Path) -> list[Path]:
    """Return the reports that are kept, the newest first."""
    return files_in(state_dir / FOLDER, "*.txt")[::-1]


def _forget_old(folder: Path) -> None:
    for old in files_in(folder, "*.txt")[:-MAX_KEPT]:
        with suppress(OSError):
            old.unlink()
