"""Signals: Ctrl-C, SIGTERM and a closed terminal become `Interrupted` in the main thread."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

from openclaw_fal.core.errors import Interrupted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType


class Signals:
    """Raises `Interrupted` for a signal, at once or when it is no longer held."""

    def __init__(self) -> None:
        self._is_holding = False
        self._pending: int | None = None
        # Whether `Interrupted` was raised in a pause, when nothing was being sent.
        self.interrupted_pause = False

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
        outer, self._is_holding = self._is_holding, True
        try:
            yield
        finally:
            self._is_holding = outer
        if raise_after and not outer:
            self.raise_pending()

    def raise_pending(self) -> None:
        """Raise a signal that arrived while held."""
        number, self._pending = self._pending, None
        if number is not None:
            raise Interrupted(number)

    def pause(self, sleep: Callable[[float], None], seconds: float) -> None:
        """Sleep. Nothing is being sent meanwhile, so a signal is raised at once, even if signals are held."""
        held, self._is_holding = self._is_holding, False
        try:
            self.raise_pending()
            sleep(seconds)
        except Interrupted:
            self.interrupted_pause = True
            raise
        finally:
            self._is_holding = held

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        if self._is_holding and self._pending is None:
            self._pending = number
            return
        self._pending = None
        raise Interrupted(number)
