"""What a terminal shows around its text while a job runs: the title, progress in the taskbar, and notifications.

Only terminals that are known to understand a sequence get it: others would show it as a message, or as text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from openclaw_fal.core.text import printable
from openclaw_fal.render.screen import is_multiplexer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openclaw_fal.render.screen import Screen

Notification = Literal["9", "777", ""]

NOTIFY_AFTER_S = 20.0
_WITH_TITLES = r"(xterm|rxvt|screen|tmux|foot|alacritty|wezterm|vte|konsole|st-|st$|contour|mlterm|ghostty)"
_SAVE_TITLE, _RESTORE_TITLE = "\x1b[22;2t", "\x1b[23;2t"
_BUSY, _NO_PROGRESS = "\x1b]9;4;3;0\x1b\\", "\x1b]9;4;0;0\x1b\\"
_FIRST_VTE_WITH_PROGRESS = 8000


class Window:
    """The window around a live display on stderr. Nothing is written where nothing is understood."""

    def __init__(self, screen: Screen, environ: Mapping[str, str], *, notifies: bool) -> None:
        self._screen = screen
        self._notifies = notifies
        self._has_title = bool(re.match(_WITH_TITLES, environ.get("TERM", "")))
        self._has_progress = _shows_progress(environ)
        self._notification = notification_for(environ)
        self._shown: tuple[str, int | None] | None = None

    def show(self, activity: str, percent: float | None) -> None:
        """Show what is going on, with a percentage if it is known; a second time only if that has changed."""
        shown = (printable(activity, limit=80), None if percent is None else round(percent))
        if shown == self._shown:
            return
        is_first, self._shown = self._shown is None, shown
        text, whole = shown
        title = f"{text} {whole}%" if whole is not None else text
        progress = _BUSY if whole is None else f"\x1b]9;4;1;{whole}\x1b\\"
        self._draw(
            (_SAVE_TITLE if is_first else "") + f"\x1b]2;{title}\x1b\\" if self._has_title else "",
            progress if self._has_progress else "",
        )

    def restore(self) -> None:
        """Show what was there before."""
        if self._shown is not None:
            self._shown = None
            self._draw(_RESTORE_TITLE if self._has_title else "", _NO_PROGRESS if self._has_progress else "")

    def call(self, text: str, after_s: float) -> None:
        """Ring the bell and send a notification, if the job took long enough for the user to have gone."""
        if not self._notifies or after_s <= NOTIFY_AFTER_S:
            return
        shown = printable(text, limit=120).replace(";", ",")  # a semicolon separates fields
        match self._notification:
            case "9":
                self._draw("\a", f"\x1b]9;{shown}\x1b\\")
            case "777":
                self._draw("\a", f"\x1b]777;notify;openclaw-fal;{shown}\x1b\\")
            case "":
                self._draw("\a")

    def _draw(self, *parts: str) -> None:
        if text := "".join(parts):
            self._screen.draw(text)


def notification_for(environ: Mapping[str, str]) -> Notification:
    """Return the number of the sequence that the terminal shows as a notification of the desktop."""
    term, program = environ.get("TERM", ""), environ.get("TERM_PROGRAM", "")
    if is_multiplexer(environ):
        return ""
    if environ.get("KITTY_WINDOW_ID") or program in ("iTerm.app", "WezTerm", "ghostty") or "ghostty" in term:
        return "9"
    return "777" if term.startswith(("rxvt", "foot", "contour")) else ""


def _shows_progress(environ: Mapping[str, str]) -> bool:
    """Return whether the terminal knows OSC 9;4. Some of the others would show it as a notification."""
    if is_multiplexer(environ):
        return False
    version = environ.get("VTE_VERSION", "")
    return bool(
        environ.get("WT_SESSION")
        or environ.get("ConEmuANSI") == "ON"
        or environ.get("TERM_PROGRAM") == "ghostty"
        or (version.isdigit() and int(version) >= _FIRST_VTE_WITH_PROGRESS)
    )
