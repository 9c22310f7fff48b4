"""A lock between processes, which the kernel releases when its holder dies."""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from openclaw_fal.core.errors import OpenclawFalError
from openclaw_fal.store.private_files import give_to_owner_of_folder, make_private_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_FIRST_PAUSE_S = 0.005
_MAX_PAUSE_S = 0.1


@contextmanager
def locked(path: Path, *, wait_s: float = 10.0) -> Iterator[None]:
    """Hold the lock of this name. Its file is created first and removed at the end.

    Works between threads too. Raises `OpenclawFalError` (code ``locked``) if the lock is not free within ``wait_s``
    seconds, and `OSError` if the file can't be created.
    """
    make_private_folder(path.parent)
    descriptor = _acquire(path, time.monotonic() + wait_s, wait_s)
    try:
        yield
    finally:
        _release(path, descriptor)


def _acquire(path: Path, deadline: float, wait_s: float) -> int:
    pause_s = _FIRST_PAUSE_S
    while True:
        descriptor = os.open(path, os.O_CREAT | os.O_RDWR | getattr(os, "O_NOFOLLOW", 0), 0o600)
        try:
            if _try_lock(descriptor) and _is_still_at(path, descriptor):
                give_to_owner_of_folder(path)
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)
        if time.monotonic() >= deadline:
            raise OpenclawFalError(
                f"Another process holds the lock {path}; waited {wait_s:g} s.",
                hint="Wait for that process to end, then try again. There is no need to remove the file.",
                code="locked",
                retryable=True,
            )
        time.sleep(pause_s)
        pause_s = min(pause_s * 2, _MAX_PAUSE_S)


def _is_still_at(path: Path, descriptor: int) -> bool:
    """Return whether the locked file still has its name: the last holder may have removed it after we opened it."""
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


if sys.platform == "win32":

    def _try_lock(descriptor: int) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _release(path: Path, descriptor: int) -> None:
        # Windows does not remove open files, so only the last process succeeds.
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)
        os.close(descriptor)
        try:
            path.unlink()
        except OSError:
            return

else:

    def _try_lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _release(path: Path, descriptor: int) -> None:
        # Removed while still locked: a process that has opened it meanwhile finds its name gone and opens a new one.
        path.unlink(missing_ok=True)
        os.close(descriptor)
