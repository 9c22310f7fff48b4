"""Results for people: the same facts as elsewhere, in color. Paths, addresses and keys are never cut or wrapped."""

from __future__ import annotations

import io
import os
from typing import IO, TYPE_CHECKING, Any

from rich.console import Console
from rich.style import Style
from rich.text import Text

from openclaw_fal.core.kinds import kind_row
from openclaw_fal.core.program import command
from openclaw_fal.core.text import printable
from openclaw_fal.render.format import (
    adjustments,
    cell_width,
    cut,
    duration_text,
    exact,
    file_facts,
    json_text,
    location,
    one_line,
    separated,
    wrap,
)
from openclaw_fal.render.outline import outline
from openclaw_fal.render.screen import file_url

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openclaw_fal.core.errors import OpenclawFalError
    from openclaw_fal.core.results import Asset, Column, Envelope, Grouping, Table
    from openclaw_fal.render.screen import Screen


_STYLES = {"key": "bold", "text": "", "dim": "dim", "mark": "green"}
_STATUS_STYLES = {"succeeded": "green", "failed": "red", "timed_out": "red", "lost": "red", "cancelled": "dim"}
_OPEN_STATUS_STYLE = "yellow"


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


class TerminalOutput:
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
        lines = self._grouped(table, table.grouping) if table.grouping and table.rows else self._ungrouped(table)
        footer = self._wrapped(table.footer, indent="", style="dim") if table.footer else []
        self._print([*lines, *([Text("")] if lines and footer else []), *footer], is_paged=table.is_paged)

    def _ungrouped(self, table: Table) -> list[Text]:
        header = tuple(column.name for column in table.columns)
        rows = [header, *(tuple(map(exact, row)) for row in table.rows)] if table.rows else []
        widths = self._widths(table.columns, rows)
        lines = []
        for row in rows:
            styles = ["dim" if row is header else _style(*cell) for cell in zip(table.columns, row, strict=True)]
            lines.append(self._row(row, styles, widths))
        return lines

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

    def failure(self, error: OpenclawFalError) -> None:
        """Print nothing: stdout is for results, and stderr has the error."""

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
        lines = (line for name, value in pairs for line in outline(name, value, self._screen.width))
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

    # --- a table ---------------------------------------------------------------------------
    # Not rich's, which cuts keys as well, always with "…", and fills every line with spaces.

    def _widths(self, columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> list[int]:
        natural = [max((cell_width(row[index]) for row in rows), default=0) for index in range(len(columns))]
        return fit(natural, [column.shrinks for column in columns], self._screen.width)

    def _row(self, cells: Sequence[str], styles: Sequence[str], widths: Sequence[int]) -> Text:
        shown = []
        for cell, style, width in zip(cells, styles, widths, strict=True):
            if width:
                text = cut(cell, width, self._marks.ellipsis)
                shown.append(Text.assemble((text, style), " " * (width - cell_width(text))))
        row = Text(" " * _GAP).join(shown)
        row.rstrip()
        return row

    def _grouped(self, table: Table, grouping: Grouping) -> list[Text]:
        """Return the rows under a heading for each group. The key is whole; what follows it gets the room that is left.

        A few long keys must not push aside what stands beside all others.
        """
        others = [index for index in range(1, len(table.columns)) if index != grouping.column]
        keys = [exact(row[0]) for row in table.rows]
        width = min(max(map(cell_width, keys)), self._screen.width - _MIN_BESIDE_KEY)
        groups: dict[str, list[Text]] = {}
        for key, row in zip(keys, table.rows, strict=True):
            line = Text.assemble(" " * _GAP, (key, _style(table.columns[0], key)))
            line.append(" " * max(width - cell_width(key), 0))
            # The last columns are short and must be seen; the first one gets what they leave.
            beside = [(table.columns[index], exact(row[index])) for index in others if row[index]]
            taken = sum(cell_width(cell) + _GAP for column, cell in beside if not column.shrinks)
            for column, cell in beside:
                room = self._screen.width - cell_width(line.plain) - _GAP - (taken if column.shrinks else 0)
                if not column.shrinks or room >= min(cell_width(cell), _MIN_WIDTH):
                    shown = cut(cell, room, self._marks.ellipsis) if column.shrinks else cell
                    line.append(" " * _GAP).append(shown, _style(column, cell))
            groups.setdefault(row[grouping.column], []).append(line)
        order = {name: number for number, name in enumerate(grouping.order)}
        lines: list[Text] = []
        for name in sorted(groups, key=lambda name: (order.get(name, len(order)), name)):
            heading = Text.assemble((exact(name) or "other", "bold"), (f"  {len(groups[name])}", "dim"))
            lines += [*([Text("")] if lines else []), heading, *groups[name]]
        return lines

    def _print(self, lines: Sequence[Text], *, is_paged: bool = False) -> None:
        # Captured, because rich ends the program where stdout can't be written.
        with self._console.capture() as captured:
            for line in lines:
                self._console.print(line, soft_wrap=True)
        if not (is_paged and len(lines) >= self._screen.size.lines and self._screen.page(captured.get())):
            self._screen.write_stdout(captured.get())


def _style(column: Column, cell: str) -> str:
    if column.style == "status":
        return _STATUS_STYLES.get(cell, _OPEN_STATUS_STYLE)
    return _STYLES[column.style]


_GAP = 2
_MIN_BESIDE_KEY = 26
# A name or a prompt is useless with fewer columns.
_MIN_WIDTH = 12


def fit(natural: Sequence[int], shrinks: Sequence[bool], available: int) -> list[int]:
    """Return a width for each column of a table, 0 for one that is left out.

    Only columns that may shrink do, all to the same limit. If that is not enough, the last of them are left out one
    by one. The others may still be wider than the terminal, because a key that is cut is useless.
    """
    widths = list(natural)
    while True:
        for limit in range(max(widths, default=0), _MIN_WIDTH - 1, -1):
            capped = [min(width, limit) if may else width for width, may in zip(widths, shrinks, strict=True)]
            if _total(capped) <= available:
                return capped
        shrinking = [column for column, may in enumerate(shrinks) if may and widths[column]]
        if not shrinking:
            return widths
        widths[shrinking[-1]] = 0


def _is_file(text: str) -> bool:
    """Return whether a text is the whole path of a file that is there."""
    return text.startswith(os.sep) and "\n" not in text and os.path.isfile(text)  # noqa: PTH113 - as text


def _total(widths: Sequence[int]) -> int:
    shown = [width for width in widths if width]
    return sum(shown) + _GAP * (len(shown) - 1)
