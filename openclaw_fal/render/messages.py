"""Notes, warnings and errors, on stderr. No rich: an error has to be quick."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openclaw_fal.core.requests import LOG_LEVELS
from openclaw_fal.core.text import printable
from openclaw_fal.render.format import exact, place, value

if TYPE_CHECKING:
    from openclaw_fal.core.errors import OpenclawFalError
    from openclaw_fal.core.results import Envelope
    from openclaw_fal.core.tasks import Note
    from openclaw_fal.render.screen import Screen

_RED, _YELLOW, _CYAN, _DIM = "31", "33", "36", "2"


class Messages:
    def __init__(self, screen: Screen, level: str = "info") -> None:
        self._screen = screen
        self._level = LOG_LEVELS.index(level)

    def tells(self, level: str) -> bool:
        return LOG_LEVELS.index(level) <= self._level

    def tell(self, event: Note) -> None:
        """Tell a note that came as an event."""
        (self.warning if event.level == "warning" else self.note)(event.message)

    def trace(self, text: str) -> None:
        """Tell what goes over the wire."""
        self._tell([self._painted(printable(text), _DIM)])

    def note(self, text: str) -> None:
        if self.tells("info"):
            self._tell(self._labelled("note:", _CYAN, text))

    def warning(self, text: str) -> None:
        if self.tells("warn"):
            self._tell(self._labelled("warning:", _YELLOW, text))

    def error(self, error: OpenclawFalError) -> None:
        """Say what went wrong, what was saved all the same, and what to do next."""
        if not self.tells("error"):
            return
        lines = self._labelled("error:", _RED, error.message)
        if error.envelope:
            lines += [f"  {line}" for line in _kept(error.envelope)]
        if particulars := _particulars(error):
            lines.append(self._painted(f"  ({particulars})", _DIM))
        for hint in (error.hint or "").splitlines():
            lines.append(f"  {self._painted(self._screen.marks.arrow, _CYAN)} {printable(hint)}")
        self._tell(lines)

    def _labelled(self, label: str, color: str, text: str) -> list[str]:
        first, *rest = [printable(line) for line in text.splitlines()] or [""]
        return [f"{self._painted(label, color)} {first}", *(f"  {line}" for line in rest)]

    def _painted(self, text: str, color: str) -> str:
        return f"\x1b[{color}m{text}\x1b[0m" if self._screen.stderr_color else text

    def _tell(self, lines: list[str]) -> None:
        self._screen.tell("".join(f"{line}\n" for line in lines))


def _kept(envelope: Envelope) -> list[str]:
    """Files that arrived, and where those are that did not."""
    return [
        f"{'saved' if asset.path else 'missing'}: {exact(where)}"
        for asset in envelope.outputs
        if (where := place(asset))
    ]


def _particulars(error: OpenclawFalError) -> str:
    """Name what fal's support asks for, unless the message has."""
    said = f"{error.message} {error.hint}"
    known = (
        ("task", error.task_id),
        ("request", error.request_id),
        ("HTTP", None if error.http_status is None else str(error.http_status)),
    )
    return ", ".join(f"{name} {value(item)}" for name, item in known if item and item not in said)
