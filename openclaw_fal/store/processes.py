"""Whether the process that wrote something is still at work.

A process id alone can't tell: ids are used again, and every container counts its own. A mark therefore names the
boot, the id name space and the start time as well, as far as the system tells them.
"""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path

UNSURE_FOR_S = 3600.0
"""Seconds for which a process that can't be looked at is taken to be alive."""

_DEAD = {"Z", "X"}  # a zombie does no more work


def this_process() -> str:
    """Return the mark of this process, one line of plain text."""
    return " ".join((this_boot(), _name_space(), str(os.getpid()), _start_time(os.getpid()) or "-"))


def is_alive(mark: str, age_s: float) -> bool:
    """Say whether the process that left a mark ``age_s`` seconds ago may still be at work."""
    boot, name_space, process_id, start_time = (*mark.split(" "), "", "", "", "")[:4]
    if boot != this_boot() or not process_id.isdecimal():
        return False
    if name_space != _name_space():
        return age_s < UNSURE_FOR_S
    if start_time != "-":
        return _start_time(int(process_id)) == start_time
    return age_s < UNSURE_FOR_S and _exists(int(process_id))


@cache
def this_boot() -> str:
    """Return what names the time since the machine was started; ``-`` where the system has no word for it."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip() or "-"
    except OSError:
        return "-"


def _name_space() -> str:
    try:
        return str(Path("/proc/self/ns/pid").stat().st_ino)
    except OSError:
        return "-"


def _start_time(process_id: int) -> str | None:
    """Return when a process began, in clock ticks since the boot; ``None`` when it is dead or the system won't say."""
    try:
        status = Path(f"/proc/{process_id}/stat").read_text("utf-8", "replace")
    except OSError:
        return None
    # The name in front may hold spaces and brackets; state and start time are fields 3 and 22.
    after_name = status.rpartition(")")[2].split()
    return None if len(after_name) < 20 or after_name[0] in _DEAD else after_name[19]


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
