"""Whether the process that wrote something is still running.

A process id is not enough: ids are reused, and every container has its own. A process is therefore identified by the
boot, the PID namespace, the id and the start time, where the system provides them.
"""

from __future__ import annotations

import os
import sys
import time
from functools import cache
from pathlib import Path

ASSUMED_ALIVE_S = 3600.0
"""Seconds for which a process that can't be inspected counts as alive."""

_DEAD_STATES = {"Z", "X"}  # zombie, dead


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
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip() or "-"
    except OSError:
        return "-"


def ancestor_names(at_most: int = 5) -> list[str]:
    """Return the names of the parent process, its parent and so on; fewer where the system does not provide them."""
    names: list[str] = []
    process_id = os.getppid()
    while len(names) < at_most and process_id > 1 and (found := _name_and_parent(process_id)):
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
