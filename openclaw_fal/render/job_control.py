"""Ctrl-Z and ``fg``: what a shell's job control asks of a program that draws on the terminal."""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType


class Suspension:
    """Keeps Ctrl-Z (SIGTSTP) until the thread that draws has taken its display away.

    Signal handlers run in the main thread, maybe in the middle of a print; so they only take notes, and
    the drawing thread looks at them: ``is_wanted``, and ``was_continued`` after the process was stopped.
    """

    def __init__(self) -> None:
        self.is_wanted = False
        self.was_continued = False

    @contextmanager
    def handled(self) -> Iterator[None]:
        """Handle the signals while inside; nothing happens where they do not exist or are not ours to handle."""
        # A shell without job control ignores it.
        if not hasattr(signal, "SIGTSTP") or signal.getsignal(signal.SIGTSTP) is not signal.SIG_DFL:
            yield
            return
        try:
            continued = signal.signal(signal.SIGCONT, self._note_continuation)
        except ValueError:  # not the main thread
            yield
            return
        signal.signal(signal.SIGTSTP, self._note_wish)
        try:
            yield
        finally:
            signal.signal(signal.SIGTSTP, signal.SIG_DFL)
            signal.signal(signal.SIGCONT, continued)
            self.suspend()

    def suspend(self) -> None:
        """Stop the process if that is wanted; return when it is continued."""
        if self.is_wanted:
            self.is_wanted = False
            os.kill(os.getpid(), signal.SIGTSTP)

    def _note_wish(self, _number: int, _frame: FrameType | None) -> None:
        # From now on the signal has its usual effect, so that a second Ctrl-Z works in any case.
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        self.is_wanted = True

    def _note_continuation(self, _number: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGTSTP, self._note_wish)
        self.was_continued = True
