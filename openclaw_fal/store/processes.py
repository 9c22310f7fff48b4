"""Whether the process that wrote something is still running.

A process id is not enough: ids are reused, and every container has its own. A process is therefore identified by the
boot, the PID namespace, the id and the start time, where the system provides them.
"""

from __future__ import annotations

import os
import sys
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
