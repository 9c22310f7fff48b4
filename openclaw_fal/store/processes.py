"""Other processes: whether the one that wrote something is still running, and a lock between them.

A process id is not enough: ids are reused, and every container has its own. A process is therefore identified by the
boot, the PID namespace, the id and the start time, where the system provides them. The kernel releases a lock when its
holder dies.
"""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from openclaw_fal.core.errors import OpenclawFalError
from openclaw_fal.store.private_files import NO_FOLLOW, give_to_owner_of_folder, make_private_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

ASSUMED_ALIVE_S = 3600.0
"""Seconds for which a process that can't be inspected counts as alive."""

_DEAD_STATES = {"Z", "X"}  # zombie, dead
_MAX_ANCESTORS = 5
_FIRST_PAUSE_S = 0.005  # between two tries to get a lock
_MAX_PAUSE_S = 0.1

# --- which process ---------------------------------------------------------------------------


def this_process() -> str:
    """Return the identity of this process, one line of plain text."""
    return _identity(os.getpid())


@cache
def _identity(process_id: int) -> str:
    return " ".join((this_boot(), _namespace(), str(process_id), _start_time(process_id) or "-"))


def is_alive(process: str, age_s: float) -> bool:
    """Return whether a process may still be running, ``age_s`` seconds after it wrote its identity."""
    boot, namespace, process_id, start_time = (*process.split(" "), "", "", "", "")[:4]
    if boot != this_boot() or not process_id.isdecimal():
        return False
    if namespace != _namespace():
        return age_s < ASSUMED_ALIVE_S
    if start_time != "-":
        return _start_time(int(process_id)) == start_time
    return age_s < ASSUMED_ALIVE_S and _exists(int(process_id))


@cache
def this_boot() -> str:
    """Return an id that changes at every boot; ``-`` where the system provides none."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_bytes().decode().strip() or "-"
    except OSError:
        return "-"


def ancestor_names() -> list[str]:
    """Return the names of the parent process, its parent and so on; fewer where the system does not provide them."""
    names: list[str] = []
    process_id = os.getppid()
    while len(names) < _MAX_ANCESTORS and process_id > 1 and (found := _name_and_parent(process_id)):
        names.append(found[0])
        process_id = found[1]
    return names


def _name_and_parent(process_id: int) -> tuple[str, int] | None:
    try:
        status = Path(f"/proc/{process_id}/stat").read_text("utf-8", "replace")
    except OSError:
        return None if sys.platform == "win32" else _ask_ps(process_id)
    before, _, after = status.rpartition(")")
    return before.partition("(")[2], int(after.split()[1])


def _ask_ps(process_id: int) -> tuple[str, int] | None:
    """Ask `ps`, which macOS has instead of ``/proc``."""
    import subprocess  # noqa: PLC0415 - only needed there

    try:
        command = ["ps", "-o", "ppid=,comm=", "-p", str(process_id)]
        printed = subprocess.run(command, capture_output=True, text=True, timeout=2, check=True).stdout
        parent, name = printed.split(None, 1)
        return Path(name.strip()).name, int(parent)
    except (OSError, ValueError, subprocess.SubprocessError):
        return None


def _namespace() -> str:
    try:
        return str(Path("/proc/self/ns/pid").stat().st_ino)
    except OSError:
        return "-"


def _start_time(process_id: int) -> str | None:
    """Return when a process started, in clock ticks since the boot; ``None`` if it is dead or unknown."""
    try:
        status = Path(f"/proc/{process_id}/stat").read_text("utf-8", "replace")
    except OSError:
        return None
    # The name, field 2, may contain spaces and brackets. The state is field 3, the start time field 22.
    after_name = status.rpartition(")")[2].split()
    return None if len(after_name) < 20 or after_name[0] in _DEAD_STATES else after_name[19]


def started_at(now: float) -> float | None:
    """Return when this process started, in seconds since the epoch by the clock that says ``now``; ``None`` if unknown.

    That is before it could look at a clock: an interpreter takes a while to start.
    """
    ticks = _start_time(os.getpid())
    if ticks is None or sys.platform != "linux":
        return None
    return now - (time.clock_gettime(time.CLOCK_BOOTTIME) - int(ticks) / os.sysconf("SC_CLK_TCK"))


def _exists(process_id: int) -> bool:
    if sys.platform == "win32":  # where signal 0 is Ctrl-C
        return True
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


# --- locks -------------------------------------------------------------------------------------


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
        descriptor = os.open(path, os.O_CREAT | os.O_RDWR | NO_FOLLOW, 0o600)
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
