"""Ctrl-Z and ``fg``: what a shell's job control asks of a program that draws on the terminal."""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType


@contextmanager
def job_control(on_suspend: Callable[[], None], on_continue: Callable[[], None]) -> Iterator[None]:
    """Call these when the user presses Ctrl-Z (SIGTSTP), and when the shell continues the process (SIGCONT).

    Both are called in a signal handler, so they must not wait for a lock. What ``on_suspend`` starts ends with
    `suspend`. Nothing is handled where these signals do not exist, in another thread than the main one, and
    in a shell without job control, which ignores SIGTSTP.
    """

    def suspend_wanted(_number: int, _frame: FrameType | None) -> None:
        # Until the process continues, the signal has its usual effect, for `suspend` and for a second Ctrl-Z.
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        on_suspend()

    def continued(_number: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGTSTP, suspend_wanted)
        on_continue()

    if not hasattr(signal, "SIGTSTP") or signal.getsignal(signal.SIGTSTP) is not signal.SIG_DFL:
        yield
        return
    try:
        before = signal.signal(signal.SIGCONT, continued)
    except ValueError:  # not the main thread
        yield
        return
    signal.signal(signal.SIGTSTP, suspend_wanted)
    try:
        yield
    finally:
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        signal.signal(signal.SIGCONT, before)


def suspend() -> None:
    """Stop the process, as Ctrl-Z does; return when it continues."""
    os.kill(os.getpid(), signal.SIGTSTP)


def leave_signals_to_main_thread() -> None:
    """Block signals in this thread, all but the one of `suspend`.

    After a stop the system may give SIGCONT to any thread. Python runs handlers in the main thread, and would not wake
    it from a read for a signal that another thread got.
    """
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals() - {signal.SIGTSTP})
