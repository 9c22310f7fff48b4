"""Signals: Ctrl-C, SIGTERM and a closed terminal become `Interrupted`, in every thread that works.

Python gives a signal to the main thread only. Other threads learn of it when that one calls `interrupt_others`.
"""

from __future__ import annotations

import signal
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from openclaw_fal.core.errors import Interrupted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType


_SLICE_S = 0.25  # how long a thread sleeps before it checks whether to end
_RESEND_S = 0.01  # after which a signal comes again that could not be raised where it arrived
_MAIN_THREAD = threading.main_thread().ident
_MODULES_THAT_DROP = {"weakref", "_weakrefset", "importlib._bootstrap"}


class Signals:
    """Raises `Interrupted` for a signal, at once or when it is no longer held."""

    def __init__(self) -> None:
        self._is_holding = False
        self._pending: int | None = None
        self._note_first: Callable[[], object] | None = None
        self._of_thread = threading.local()
        # The signal for which other threads are to end, and how many of them must not be disturbed yet.
        self._others_end_for: int | None = None
        self._others_holding = 0
        self._others_changed = threading.Condition()

    @property
    def interrupted_pause(self) -> bool:
        """Whether `Interrupted` was raised in a pause of this thread, when nothing was being sent."""
        return getattr(self._of_thread, "interrupted_pause", False)

    @contextmanager
    def caught(self) -> Iterator[None]:
        """Raise `Interrupted` for signals inside; restore the old handlers afterwards."""
        names = [signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]
        # A shell has these ignored after `nohup` or `&`; that stays.
        caught = [name for name in names if signal.getsignal(name) is not signal.SIG_IGN]
        try:
            before = {name: signal.signal(name, self._handle) for name in caught}
        except ValueError:  # not the main thread, which alone may set handlers
            yield
            return
        try:
            yield
        finally:
            for name, handler in before.items():
                signal.signal(name, handler)

    @contextmanager
    def held(self, *, raise_after: bool = True) -> Iterator[None]:
        """Hold a signal that arrives inside, and raise it at the end; a second signal is raised at once.

        A submission that is interrupted before its answer would leave it unknown whether fal accepted the job. Without
        ``raise_after`` the signal is dropped: once the outcome is reported, a signal must not change it.
        """
        if not _is_main_thread():
            with self._other_holding():
                yield
            if raise_after:
                self.raise_pending()
            return
        outer, self._is_holding = self._is_holding, True
        try:
            yield
        finally:
            self._is_holding = outer
        if raise_after and not outer:
            self.raise_pending()

    @contextmanager
    def first_noted(self, note: Callable[[], object]) -> Iterator[None]:
        """Call ``note`` for the first Ctrl-C inside instead of raising it; it must be safe in a signal handler."""
        self._note_first = note
        try:
            yield
        finally:
            self._note_first = None

    def raise_pending(self) -> None:
        """Raise a signal that arrived while held; in another thread the one for which it is to end."""
        if not _is_main_thread():
            if self._others_end_for is not None:
                raise Interrupted(self._others_end_for)
            return
        number, self._pending = self._pending, None
        if number is not None:
            raise Interrupted(number)

    def pause(self, sleep: Callable[[float], None], seconds: float) -> None:
        """Sleep. Nothing is being sent meanwhile, so a signal is raised at once, even if signals are held."""
        is_main = _is_main_thread()
        held = self._is_holding
        if is_main:
            self._is_holding = False
        try:
            self.raise_pending()
            if is_main:
                sleep(seconds)
            else:
                self._sleep_in_slices(sleep, seconds)
        except Interrupted:
            self._of_thread.interrupted_pause = True
            raise
        finally:
            if is_main:
                self._is_holding = held

    # --- other threads -----------------------------------------------------------------------

    def interrupt_others(self, number: int | None) -> None:
        """Let the other threads raise `Interrupted` at the next pause, or when they no longer hold signals.

        ``None``: they have ended, and threads that start later work again.
        """
        self._others_end_for = number

    def wait_for_others(self, seconds: float) -> bool:
        """Wait until no other thread holds signals: nothing that it submits must become unknown. Return whether so."""
        until = time.monotonic() + seconds
        with self._others_changed:
            # In slices: a signal that arrives right before a wait does not end it.
            while self._others_holding and (left := until - time.monotonic()) > 0:
                self._others_changed.wait(min(left, _SLICE_S))
            return not self._others_holding

    @contextmanager
    def _other_holding(self) -> Iterator[None]:
        with self._others_changed:
            self._others_holding += 1
        try:
            yield
        finally:
            with self._others_changed:
                self._others_holding -= 1
                if not self._others_holding:
                    self._others_changed.notify_all()

    def _sleep_in_slices(self, sleep: Callable[[float], None], seconds: float) -> None:
        left = seconds
        while left > 0:
            sleep(min(left, _SLICE_S))
            left -= _SLICE_S
            self.raise_pending()

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self._note_first and number == signal.SIGINT:
            note, self._note_first = self._note_first, None
            note()
            return
        if self._is_holding and self._pending is None:
            self._pending = number
            return
        if _is_exception_dropped(frame):
            resend = threading.Timer(_RESEND_S, _send_to_main_thread, (number,))
            resend.daemon = True
            resend.start()
            return
        self._pending = None
        raise Interrupted(number)


def _is_exception_dropped(frame: FrameType | None) -> bool:
    """Return whether Python would only print an exception that is raised in this frame, or replace it.

    It prints those in finalizers and in callbacks of weak references. Modules that are written in C, such as that of
    TLS, replace one that is raised while they import another by an `ImportError`.
    """
    while frame:
        if frame.f_code.co_name == "__del__" or frame.f_globals.get("__name__") in _MODULES_THAT_DROP:
            return True
        frame = frame.f_back
    return False


def _send_to_main_thread(number: int) -> None:
    if _MAIN_THREAD is not None and hasattr(signal, "pthread_kill"):
        signal.pthread_kill(_MAIN_THREAD, number)
    else:
        signal.raise_signal(number)


def _is_main_thread() -> bool:
    return threading.get_ident() == _MAIN_THREAD
