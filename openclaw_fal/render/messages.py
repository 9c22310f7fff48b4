"""Notes, warnings and errors, on stderr. Without rich, because an error must not take time to load it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openclaw_fal.core.requests import LOG_LEVELS
from openclaw_fal.core.text import printable
from openclaw_fal.render.format import adjustments, exact, location, one_line, wrap
from openclaw_fal.render.screen import CYAN, DIM, RED, YELLOW

if TYPE_CHECKING:
    from openclaw_fal.core.errors import OpenclawFalError
    from openclaw_fal.core.events import Note
    from openclaw_fal.core.results import Envelope
    from openclaw_fal.render.screen import Screen


class Messages:
    """Prints what ``level`` lets through; on a terminal, words wrap at its width."""

    def __init__(self, screen: Screen, level: str = "info") -> None:
        self._screen = screen
        self._level = LOG_LEVELS.index(level)

    def shows(self, level: str) -> bool:
        return LOG_LEVELS.index(level) <= self._level

    def show(self, event: Note) -> None:
        """Print a note that arrived as an event."""
        (self.warning if event.level == "warning" else self.note)(event.message)

    def adjustments(self, envelope: Envelope) -> None:
        """Print which flags were not sent as they were typed. On a terminal this is part of the result."""
        if not self._screen.stdout_is_terminal:
            for line in adjustments(envelope):
                self.note(line)

    def trace(self, text: str) -> None:
        """Print a request or a reply (log levels debug and trace)."""
        self._print([self._screen.styled_for_stderr(printable(text), DIM)])

    def note(self, text: str) -> None:
        if self.shows("info"):
            self._print(self._labeled("note:", CYAN, text))

    def warning(self, text: str) -> None:
        if self.shows("warn"):
            self._print(self._labeled("warning:", YELLOW, text))

    def error(self, error: OpenclawFalError) -> None:
        """Print what went wrong, which files were still saved, and what to do next."""
        if not self.shows("error"):
            return
        lines = self._labeled("error:", RED, error.message)
        if error.envelope:
            lines += [f"  {line}" for line in _files(error.envelope)]
        if details := _details(error):
            lines += [
                self._screen.styled_for_stderr(line, DIM)
                for line in self._wrapped(f"({details})", first="  ", rest="   ")
            ]
        for hint in (error.hint or "").splitlines():
            lines += self._hint(printable(hint))
        self._print(lines)

    def _labeled(self, label: str, color: int, text: str) -> list[str]:
        first, *rest = [printable(line) for line in text.splitlines()] or [""]
        lines = self._wrapped(first, first=f"{label} ")
        lines[0] = self._screen.styled_for_stderr(label, color) + lines[0].removeprefix(label)
        return [*lines, *(part for line in rest for part in self._wrapped(line, first="  "))]

    def _hint(self, hint: str) -> list[str]:
        """Return a hint after an arrow; a command in it is never broken, so that it can be copied."""
        arrow = self._screen.marks.arrow
        first, rest = f"  {arrow} ", " " * (len(arrow) + 3)
        lines = [first + hint]
        if len(self._wrapped(hint, first=first)) > 1:
            words, program, arguments = hint.partition("openclaw-fal ")
            lines = self._wrapped(words.rstrip(), first=first, rest=rest) if words else []
            if program:
                lines.append((rest if words else first) + program + arguments)
        lines[0] = f"  {self._screen.styled_for_stderr(arrow, CYAN)} {lines[0].removeprefix(first)}"
        return lines

    def _wrapped(self, text: str, *, first: str = "", rest: str = "  ") -> list[str]:
        width = self._screen.width if self._screen.stderr_is_terminal else None
        return wrap(text, width, first=first, rest=rest)

    def _print(self, lines: list[str]) -> None:
        self._screen.write_stderr("".join(f"{line}\n" for line in lines))


def _files(envelope: Envelope) -> list[str]:
    """Return a line for each file that was saved, and the address of each that was not."""
    return [
        f"{'saved' if asset.path else 'missing'}: {exact(where)}"
        for asset in envelope.outputs
        if (where := location(asset))
    ]


def _details(error: OpenclawFalError) -> str:
    """Return what fal's support asks for, except for what the message already has."""
    shown = f"{error.message} {error.hint}"
    known = (
        ("task", error.task_id),
        ("request", error.request_id),
        ("HTTP", None if error.http_status is None else str(error.http_status)),
    )
    return ", ".join(f"{name} {one_line(item)}" for name, item in known if item and item not in shown)
