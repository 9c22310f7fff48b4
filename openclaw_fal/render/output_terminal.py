"""Results for people: the same facts as elsewhere, in color, and nested values as an outline.

Paths, addresses and keys are never cut or wrapped.
"""

from __future__ import annotations

import io
import json
import os
from typing import IO, TYPE_CHECKING, Any

from rich.console import Console
from rich.style import Style
from rich.text import Text

from openclaw_fal.core.kinds import kind_row
from openclaw_fal.core.program import command
from openclaw_fal.core.records import Record
from openclaw_fal.core.text import printable
from openclaw_fal.render.format import (
    adjustments,
    duration_text,
    exact,
    file_facts,
    json_text,
    location,
    one_line,
    separated,
    wrap,
)
from openclaw_fal.render.output import Output
from openclaw_fal.render.screen import file_url

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from openclaw_fal.core.results import Asset, Envelope, Table
    from openclaw_fal.render.screen import Screen

_GAP = 2
_MAX_ROWS = 50  # of a list in a result; a transcript has thousands of words with times
_MAX_ITEMS = 60  # of one list of numbers or words
_MAX_SHORT = 30  # characters of a text that stands beside others
_STEP = 2  # columns from a value to what it holds, in the outline of a result
_TINY = 0.001  # smaller numbers are not rounded to a fixed number of places


def terminal_console(file: IO[str], *, color: bool) -> Console:
    """Return a rich console that leaves it to `Screen` what the terminal can show."""
    return Console(
        file=file,
        force_terminal=True,
        force_interactive=True,
        # The sixteen colors that the user's theme has made readable on its background.
        color_system="standard" if color else None,
        no_color=not color,
        width=80,
        legacy_windows=False,
        markup=False,
        emoji=False,
        highlight=False,
    )


class TerminalOutput(Output):
    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._marks = screen.marks
        self._console = terminal_console(io.StringIO(), color=screen.stdout_color)

    def envelope(self, envelope: Envelope) -> None:
        if envelope.is_complete:
            result = [*self._files(envelope), *self._values(envelope)]
            self._print([*self._headline(envelope), *result, *self._notes(envelope)])
        else:
            self._print([*self._submitted(envelope), *self._notes(envelope)])

    def data(self, value: Any) -> None:
        self._screen.write_stdout(json_text(value, indent=2) + "\n")

    def line(self, text: str) -> None:
        if _is_file(text):
            self._print([self._linked(exact(text), text)])
            return
        # Line ends and tabs are the command's own layout.
        self._screen.write_stdout("".join(sign if sign in "\n\t" else exact(sign) for sign in text) + "\n")

    def table(self, table: Table) -> None:
        from openclaw_fal.render.terminal_table import table_lines  # noqa: PLC0415 - few commands have one

        lines = table_lines(table, self._screen)
        footer = self._wrapped(table.footer, indent="", style="dim") if table.footer else []
        self._print([*lines, *([Text("")] if lines and footer else []), *footer], is_paged=table.is_paged)

    def facts(self, title: str, pairs: Sequence[tuple[str, str]], *, value: Any = None) -> None:  # noqa: ARG002
        widest = max((len(name) for name, _ in pairs), default=0)
        rows = [
            Text.assemble(
                "  ",
                (name.ljust(widest + _GAP), "dim"),
                self._linked(exact(text), text if _is_file(text) else None),
            )
            for name, text in pairs
        ]
        self._print([Text(title, style="bold"), *rows])

    def descriptions(self, title: str, pairs: Sequence[tuple[str, str]]) -> None:
        indent = min(max((len(name) for name, _ in pairs), default=0), self._screen.width // 3) + 2 * _GAP
        rows = []
        for name, text in pairs:
            first = f"  {exact(name)}".ljust(indent)
            lines = wrap(exact(text), self._screen.width, first=f"{first.rstrip()}  ".ljust(indent), rest=" " * indent)
            rows += [Text.assemble((lines[0][: len(first)], "bold"), lines[0][len(first) :]), *map(Text, lines[1:])]
        self._print([Text(""), Text(title, style="bold"), *rows])

    def values(self, pairs: Sequence[tuple[str, Any]]) -> None:
        self._print(self._outline(pairs))

    # --- an envelope -----------------------------------------------------------------------

    def _headline(self, envelope: Envelope) -> list[Text]:
        facts: list[str] = []
        if len(envelope.outputs) == 1:
            facts += self._facts_of(envelope.outputs[0])
        elif envelope.outputs:
            facts.append(kind_row(envelope.capability).counted(len(envelope.outputs)))
        if envelope.duration_ms is not None:
            facts.append(duration_text(envelope.duration_ms / 1000))
        if envelope.sandbox:
            facts.append("sandbox")
        is_complete = all(asset.path for asset in envelope.outputs)
        mark, color = (self._marks.done, "green") if is_complete else (self._marks.missing, "yellow")
        model = exact(envelope.model)
        lines = wrap(separated([model, *facts], self._marks.dot), self._screen.width, first=f"{mark} ")
        rest = lines[0].removeprefix(f"{mark} {model}")
        return [Text.assemble((mark, color), " ", (model, "bold"), (rest, "dim"))] + [
            Text(line, style="dim") for line in lines[1:]
        ]

    def _files(self, envelope: Envelope) -> list[Text]:
        """Return each file's path on a line of its own, so that it can be copied, and the file's facts below."""
        lines = []
        for asset in envelope.outputs:
            lines.append(Text.assemble("  ", self._linked(exact(location(asset) or ""), asset.path)))
            if asset.error:
                lines += self._wrapped(f"not saved: {printable(asset.error)}", indent="    ", style="yellow")
            elif len(envelope.outputs) > 1:
                lines.append(Text(f"    {f' {self._marks.dot} '.join(self._facts_of(asset))}", style="dim"))
        return lines

    def _linked(self, text: str, path: str | None) -> Text:
        """Return the path of a file, as a link where a terminal shows links."""
        if path is None or not self._screen.attended or not self._screen.stdout_color:
            return Text(text)
        return Text(text, style=Style(link=file_url(path)))

    def _values(self, envelope: Envelope) -> list[Text]:
        """Return the text and numbers of a result, except for the seed, which is among the notes."""
        return self._outline([pair for pair in envelope.values if pair != ("seed", envelope.seed)])

    def _outline(self, pairs: Sequence[tuple[str, Any]]) -> list[Text]:
        lines = (line for name, value in pairs for line in _outline(name, value, self._screen.width))
        return [Text.assemble((line.label, "dim"), line.text) for line in lines]

    def _facts_of(self, asset: Asset) -> list[str]:
        return file_facts(asset, f" {self._marks.times} ")

    def _submitted(self, envelope: Envelope) -> list[Text]:
        task = envelope.task_id
        headline = Text.assemble(
            (self._marks.done, "green"), " ", (exact(envelope.model), "bold"), (" submitted", "dim")
        )
        if task is None:
            return [headline]
        wait = command("tasks wait", one_line(task))
        return [headline, Text(f"  task {one_line(task)}"), Text(f"  {wait}", style="dim")]

    def _notes(self, envelope: Envelope) -> list[Text]:
        named = [f"{name} {one_line(item)}" for name, item in self._identity(envelope) if item is not None]
        lines: list[str | list[str]] = [separated(named, self._marks.dot)] if named else []
        lines += adjustments(envelope)
        lines += [f"{exact(tried.model)} failed first: {printable(tried.error)}" for tried in envelope.attempts]
        return [wrapped for line in lines for wrapped in self._wrapped(line, indent="  ", style="dim")]

    @staticmethod
    def _identity(envelope: Envelope) -> list[tuple[str, Any]]:
        task_id = envelope.task_id if envelope.is_complete else None
        return [
            ("seed", envelope.seed),
            ("billable units", envelope.billable_units),
            ("cost", envelope.cost.text if envelope.cost else None),
            ("task", task_id),
        ]

    def _wrapped(self, text: str | list[str], *, indent: str, style: str) -> list[Text]:
        """Return a text in one style, wrapped at the width of the terminal."""
        lines = wrap(text, self._screen.width, first=indent, rest=indent + "  ")
        return [Text(line, style=style) for line in lines]

    def _print(self, lines: Sequence[Text], *, is_paged: bool = False) -> None:
        # Captured, because rich ends the program where stdout can't be written.
        with self._console.capture() as captured:
            for line in lines:
                self._console.print(line, soft_wrap=True)
        if is_paged and len(lines) >= self._screen.size.lines:
            from openclaw_fal.render.terminal_table import page  # noqa: PLC0415 - as above

            if page(captured.get(), self._screen):
                return
        self._screen.write_stdout(captured.get())


def _is_file(text: str) -> bool:
    """Return whether a text is the whole path of a file that is there."""
    return text.startswith(os.sep) and "\n" not in text and os.path.isfile(text)


class _Line(Record):
    """One line: what names it, with the space around, and the rest."""

    label: str
    text: str


def _outline(name: str, value: Any, width: int, indent: int = _STEP) -> Iterator[_Line]:
    """Yield the lines of a named value, which wrap at words in ``width`` columns."""
    label = f"{' ' * indent}{exact(name)}{' ' if name == '-' else '  '}"
    if isinstance(value, str):
        yield from _wrapped(label, value.splitlines() or [""], width, indent)
    elif (items := _side_by_side(value)) is not None:
        yield from _wrapped(label, [items], width, indent)
    else:
        yield _Line(label.rstrip(), "")
        yield from _below(value, width, indent + _STEP)


def _below(value: Any, width: int, indent: int) -> Iterator[_Line]:
    """Yield the lines of what an object or a list holds; each element of a list begins with a hyphen."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield from _outline(str(name), member, width, indent)
        return
    for element in value[:_MAX_ROWS]:
        if isinstance(element, str) or _side_by_side(element) is not None:
            yield from _outline("-", element, width, indent)
        else:
            lines = _below(element, width, indent + _STEP)
            first = next(lines)
            yield first._replace(label=f"{' ' * indent}- {first.label[indent + _STEP :]}")
            yield from lines
    if len(value) > _MAX_ROWS:
        yield _Line(f"{' ' * indent}{_more(len(value) - _MAX_ROWS)}", "")


def _more(count: int) -> str:
    return f"and {count} more; --json prints all"


def _wrapped(label: str, texts: Sequence[str | list[str]], width: int, indent: int) -> Iterator[_Line]:
    rest = " " * (indent + _STEP)
    first, *others = (exact(text) if isinstance(text, str) else text for text in texts)
    head, *lines = wrap(first, width, first=label, rest=rest)
    yield _Line(label, head.removeprefix(label))
    yield from (_Line("", line) for line in lines)
    yield from (_Line("", line.rstrip()) for other in others for line in wrap(other, width, first=rest, rest=rest))


def _side_by_side(value: Any) -> list[str] | None:
    """Return the parts of a value that fits on a line or a few; ``None`` for one that needs an outline."""
    match value:
        case list() | dict() if not value:
            return [json.dumps(value)]
        case list():
            parts = [_short(element) for element in value[:_MAX_ITEMS]]
            more = [_more(len(value) - _MAX_ITEMS)] if len(value) > _MAX_ITEMS else []
        case dict():
            parts, more = [_member(name, member) for name, member in value.items()], []
        case _:
            return [_scalar(value)]
    known = [part for part in parts if part is not None]
    return _separated([*known, *more]) if len(known) == len(parts) else None


def _member(name: str, value: Any) -> str | None:
    short = _short(value)
    return None if short is None else f"{exact(str(name))} {short}"


def _short(value: Any) -> str | None:
    """Return a number or a short text; ``None`` for anything else."""
    if isinstance(value, dict | list):
        return None
    if not isinstance(value, str):
        return _scalar(value)
    is_short = len(value) <= _MAX_SHORT and "\n" not in value
    return exact(value) or '""' if is_short else None


def _scalar(value: Any) -> str:
    """Return a value of JSON; a number with no more places than anyone reads."""
    if isinstance(value, float):
        value = round(value, 6) if abs(value) >= _TINY else float(f"{value:.4g}")
    return json.dumps(value, ensure_ascii=False, default=str)


def _separated(parts: Sequence[str]) -> list[str]:
    """Return the parts with commas, as items that stay whole where a line is broken."""
    return [*(f"{part}," for part in parts[:-1]), *parts[-1:]]
