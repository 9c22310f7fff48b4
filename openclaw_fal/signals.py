"""Signals: Ctrl-C, SIGTERM and a closed terminal become one exception in the main thread."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

from openclaw_fal.core.errors import Interrupted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType


class Signals:
    """Ctrl-C, SIGTERM and a terminal that is closed, turned into `Interrupted` in the main thread."""

    def __init__(self) -> None:
        self._held = False
        self._pending: int | None = None
        # Whether the signal that was raised came in a pause, when nothing was under way.
        self.came_in_pause = False

    @contextmanager
    def caught(self) -> Iterator[None]:
        """Raise `Interrupted` for these signals while inside, and put the old handlers back after."""
        names = [signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]
        # What a shell has told us to ignore, after `nohup` or `&`, is ignored.
        wanted = [name for name in names if signal.getsignal(name) is not signal.SIG_IGN]
        try:
            before = {name: signal.signal(name, self._handle) for name in wanted}
        except ValueError:  # not the main thread: somebody else looks after signals
            yield
            return
        try:
            yield
        finally:
            for name, handler in before.items():
                signal.signal(name, handler)

    @contextmanager
    def held(self, *, counts_after: bool = True) -> Iterator[None]:
        """Let the few moments of a submission end before a signal counts; a second signal does not wait.

        Whoever stops in the middle of it would never learn whether fal took the job. ``counts_after`` is for all but
        the last words: once the outcome is told, a signal must not make another one of it.
        """
        outer, self._held = self._held, True
        try:
            yield
        finally:
            self._held = outer
        if counts_after and not outer:
            self.raise_pending()

    def raise_pending(self) -> None:
        """Let a signal count that was held back."""
        number, self._pending = self._pending, None
        if number is not None:
            raise Interrupted(number)

    def pause(self, sleep: Callable[[float], None], seconds: float) -> None:
        """Sleep. Nothing is under way meanwhile, so a signal counts at once, even when signals are held."""
        held, self._held = self._held, False
        try:
            self.raise_pending()
            sleep(seconds)
        except Interrupted:
            self.came_in_pause = True
            raise
        finally:
            self._held = held

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        if self._held and self._pending is None:
            self._pending = number
            return
        self._pending = None
        raise Interrupted(number)
