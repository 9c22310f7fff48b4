"""A few lines at the bottom of a terminal, drawn again and again in place.

Own work in place of `rich.live`, for three things that it does not do: after the window was made
narrower its old lines, which the terminal has wrapped, are taken away with the rest; nothing flashes
up for work that is done at once; and a terminal that goes away ends the drawing, not the work.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Self

from openclaw_fal.render.ink import Ink, cut

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from rich.text import Text

    from openclaw_fal.render.screen import Screen

_PERIOD_S = 0.1
_DELAY_S = 0.3

_HIDE_CURSOR, _SHOW_CURSOR = "\x1b[?25l", "\x1b[?25h"
_ERASE_LINE_END, _ERASE_BELOW = "\x1b[K", "\x1b[J"


class Region:
    """Draws ``draw(width)`` ten times a second while it is open, and leaves nothing behind.

    Drawing has its own thread: the one that works sits in network reads, and time is to be seen passing.
    """

    def __init__(self, screen: Screen, draw: Callable[[int], list[Text]]) -> None:
        self._screen = screen
        self._draw = draw
        self._ink = Ink(color=screen.stderr_color)
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._keep_drawing, name="progress", daemon=True)
        self._drawn: list[int] = []
        self.was_shown = False

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._closing.set()
            self._thread.join()
        finally:
            # A second Ctrl-C may end the wait for the thread; the cursor comes back all the same.
            with self._lock:
                if self.was_shown:
                    self._screen.tell(self._erase() + _SHOW_CURSOR)

    def say(self, text: Text) -> None:
        """Write a line that stays, above the region."""
        with self._lock:
            self._screen.tell(self._erase() + self._ink.line(text) + "\n")
            if self.was_shown and not self._closing.is_set():
                self._screen.tell(self._frame())

    def _keep_drawing(self) -> None:
        pause = _DELAY_S
        while not self._closing.wait(pause):
            pause = _PERIOD_S
            with self._lock:
                if self._closing.is_set():
                    return
                self._screen.tell(("" if self.was_shown else _HIDE_CURSOR) + self._frame())
                self.was_shown = True

    def _frame(self) -> str:
        columns, rows = self._screen.size
        # One cell and one row stay free, so that the terminal neither wraps nor scrolls on its own account.
        width = columns - 1
        lines = [cut(line, width, self._screen.marks.ellipsis) for line in self._draw(width)[: max(rows - 1, 1)]]
        back = self._back()
        self._drawn = [line.cell_len for line in lines]
        # Line by line over the old ones rather than erasing first: that would flicker.
        return back + f"{_ERASE_LINE_END}\n".join(self._ink.line(line) for line in lines) + _ERASE_BELOW

    def _back(self) -> str:
        """Go to the region's first cell. Lines longer than the window now is were wrapped by the terminal."""
        width = self._screen.width
        rows = sum(max(-(-length // width), 1) for length in self._drawn)
        return "\r" + (f"\x1b[{rows - 1}A" if rows > 1 else "")

    def _erase(self) -> str:
        if not self._drawn:
            return ""
        back = self._back()
        self._drawn = []
        return back + _ERASE_BELOW
