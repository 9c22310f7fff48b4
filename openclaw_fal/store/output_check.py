"""Checks that files can be saved, before a request is sent that costs money."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from openclaw_fal.core.errors import NothingSent, UsageError
from openclaw_fal.core.file_names import exact_names, sidecar_of

if TYPE_CHECKING:
    from openclaw_fal.core.file_names import OutputPlan

_DISK_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class OutputCheck:
    """Checks that files can be saved where plans say. Each folder is checked once, and created if it is missing."""

    def __init__(self) -> None:
        self._folders: set[str] = set()

    def __call__(self, plan: OutputPlan, count: int, extension: str = "", *, may_be_taken: bool = False) -> None:
        """Check for ``count`` files; ``extension`` is the expected one, with its dot.

        Raises `UsageError` for a folder that can't be written, and for a name that is taken unless it may be;
        `NothingSent` (code ``disk_full``) for a full disk.
        """
        if plan.kind == "stdout":
            if count > 1:
                raise UsageError(f"--output - takes one file, not {count}. Give a folder or a file name.")
            return
        if not may_be_taken:
            _check_targets(plan, count, extension)
        if plan.folder not in self._folders:
            _check_folder(Path(plan.folder))
            self._folders.add(plan.folder)


def _check_targets(plan: OutputPlan, count: int, extension: str) -> None:
    if plan.kind == "file":
        _check_target(Path(plan.folder, plan.name), may_exist=True)
    for name in exact_names(plan, count, extension):
        _check_target(Path(name), may_exist=plan.overwrite)
        if plan.sidecar:
            _check_target(Path(sidecar_of(name)), may_exist=plan.overwrite)


def _check_target(path: Path, *, may_exist: bool) -> None:
    try:
        mode = path.lstat().st_mode
        mode = path.stat().st_mode if stat.S_ISLNK(mode) and os.path.exists(path) else mode
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise UsageError(f"{path} can't be written: {error.strerror}.", hint="Give another --output.") from error
    if not stat.S_ISREG(mode) and not stat.S_ISLNK(mode):
        raise UsageError(f"{path} is not a file that can be replaced.", hint="--output - writes to standard output.")
    if not may_exist:
        raise UsageError(
            f"{path} exists already.", hint="Give --overwrite to replace it, or another --output.", code="output_exists"
        )


def _check_folder(folder: Path) -> None:
    probe = folder / f".openclaw-fal-{os.urandom(6).hex()}.probe"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            # Permissions do not show read-only disks, quotas and full disks, so write.
            with probe.open("xb") as file:
                file.write(b"?")
        finally:
            probe.unlink(missing_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        if error.errno in _DISK_FULL:
            raise NothingSent(
                f"There is no room in {folder} ({reason}), so nothing was submitted.",
                hint="Free some space or give another --output.",
                code="disk_full",
            ) from error
        raise UsageError(
            f"The folder {folder} can't be written: {reason}.", hint="Give another --output.", code="output_unwritable"
        ) from error
