"""A lock between processes, which the kernel releases when its holder dies."""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from openclaw_fal.core.errors import OpenclawFalError
from openclaw_fal.store.private_files import give_to_owner_of_folder, make_private_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_FIRST_PAUSE_S = 0.005
_MAX_PAUSE_S = 0.1


@contextmanager
def locked(path: str | Path, *, wait_s: float = 10.0) -> Iterator[None]:
    """Hold the lock of this name. Its file is created first, in a private folder if that is missing, and removed last.

    Works between threads too. Raises `OpenclawFalError` (code ``locked``) if the lock is not free within ``wait_s``
    seconds, and `OSError` if the file can't be created.
    """
    name = os.fspath(path)
    deadline = time.monotonic() + wait_s
    try:
        descriptor = _acquire(name, deadline, wait_s)
    except FileNotFoundError:
        make_private_folder(Path(name).parent)
        descriptor = _acquire(name, deadline, wait_s)
    try:
        yield
    finally:
        _release(name, descriptor)


def _acquire(path: str, deadline: float, wait_s: float) -> int:
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


def _is_still_at(path: str, descriptor: int) -> bool:
    """Return whether the locked file still has its name: the last holder may have removed it after we opened it."""
    try:
        return os.path.samestat(os.stat(path), os.fstat(descriptor))  # noqa: PTH116 - every file of a batch has a lock
    except FileNotFoundError:
        return False


if sys.platform == "win32":

    def _try_lock(descriptor: int) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _release(path: str, descriptor: int) -> None:
        # Windows does not remove open files, so only the last process succeeds.
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)
        os.close(descriptor)
        with suppress(OSError):
            os.unlink(path)  # noqa: PTH108

else:

    def _try_lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _release(path: str, descriptor: int) -> None:
        # Removed while still locked: a process that has opened it meanwhile finds its name gone and opens a new one.
        with suppress(FileNotFoundError):
            os.unlink(path)  # noqa: PTH108
        os.close(descriptor)
