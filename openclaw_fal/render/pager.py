"""A pager for output that is longer than the terminal."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# -F ends where everything fits on the screen, -R shows colors, -X leaves the text on the screen.
LESS_OPTIONS = "FRX"


def page(text: str, pager: str | None) -> bool:
    """Show a text in the user's pager, or in less without one; return ``False`` if neither can be used."""
    command = _command(pager)
    if not command:
        return False
    # The user's own options for less win, in PAGER and in LESS.
    environ = {"LESS": LESS_OPTIONS, "LV": "-c"} | os.environ
    try:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, env=environ)
    except OSError:
        return False
    # Ctrl-C is for the pager: if this process ended first, the terminal would stay as the pager has set it up.
    with _ignoring_interrupts():
        process.communicate(text.encode("utf-8", "replace"))
    return process.returncode not in (126, 127)  # what a shell returns that can't start its command


def _command(pager: str | None) -> list[str]:
    if pager is None:
        less = shutil.which("less")
        return [less] if less else []
    try:
        words = shlex.split(pager)
    except ValueError:
        return []
    return words if words and words != ["cat"] else []


@contextmanager
def _ignoring_interrupts() -> Iterator[None]:
    try:
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    except ValueError:  # not the main thread, which alone may set handlers
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
