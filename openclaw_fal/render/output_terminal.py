"""Results for people: the facts as everywhere, with color and room, and nothing cut that is there to be copied."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.text import Text

from openclaw_fal.core.text import printable
from openclaw_fal.render.format import adjustments, dimensions, duration, exact, json_text, place, size, value
from openclaw_fal.render.ink import Ink, cut

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openclaw_fal.core.errors import OpenclawFalError
    from openclaw_fal.core.results import Asset, Column, Envelope, Table
    from openclaw_fal.render.screen import Screen


_STYLES = {"key": "bold", "text": "", "dim": "dim", "mark": "green"}
_STATUS_STYLES = {"succeeded": "green", "failed": "red", "timed_out": "red", "lost": "red", "cancelled": "dim"}
_OPEN_STATUS_STYLE = "yellow"


class TerminalOutput:
    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._marks = screen.marks
        self._ink = Ink(color=screen.stdout_color)

    def envelope(self, envelope: Envelope) -> None:
        if envelope.outputs:
            self._put([self._headline(envelope), *self._files(envelope), *self._notes(envelope)])
        else:
            self._put([*self._submitted(envelope), *self._notes(envelope)])

    def data(self, value: Any) -> None:
        self._screen.put(json_text(value, indent=2) + "\n")

    def line(self, text: str) -> None:
        # Line ends and tabs are the command's own layout.
        self._screen.put("".join(sign if sign in "\n\t" else exact(sign) for sign in text) + "\n")

    def table(self, table: Table) -> None:
        cells = [
            [Text(exact(cell), style=_style(column, cell)) for column, cell in zip(table.columns, row, strict=True)]
            for row in table.rows
        ]
        header = [Text(column.name, style="dim") for column in table.columns]
        rows = [header, *cells] if cells else []
        widths = self._widths(table.columns, rows)
        lines = [self._row(row, widths) for row in rows]
        if table.footer:
            lines += [Text(""), Text(table.footer, style="dim")] if lines else [Text(table.footer, style="dim")]
        self._put(lines)

    def facts(self, title: str, pairs: Sequence[tuple[str, str]], *, value: Any = None) -> None:  # noqa: ARG002
        widest = max((len(name) for name, _ in pairs), default=0)
        rows = [Text.assemble("  ", (name.ljust(widest + GAP), "dim"), exact(text)) for name, text in pairs]
        self._put([Text(title, style="bold"), *rows])

    def failure(self, error: OpenclawFalError) -> None:
        """Write nothing: stdout is for results, the words are on stderr."""

    # --- an envelope -----------------------------------------------------------------------

    def _headline(self, envelope: Envelope) -> Text:
        facts: list[str] = []
        if len(envelope.outputs) == 1:
            facts += self._facts_of(envelope.outputs[0])
        else:
            kind = "videos" if envelope.capability.startswith("video") else "images"
            facts.append(f"{len(envelope.outputs)} {kind}")
        if envelope.duration_ms is not None:
            facts.append(duration(envelope.duration_ms / 1000))
        if envelope.sandbox:
            facts.append("sandbox")
        is_complete = all(asset.path for asset in envelope.outputs)
        mark = (self._marks.done, "green") if is_complete else (self._marks.missing, "yellow")
        return Text.assemble(
            mark, " ", (exact(envelope.model), "bold"), *((f" {self._marks.dot} {fact}", "dim") for fact in facts)
        )

    def _files(self, envelope: Envelope) -> list[Text]:
        """Each file's place has a line to itself: to be copied whole."""
        lines = []
        for asset in envelope.outputs:
            lines.append(Text(f"  {exact(place(asset) or '')}"))
            if asset.error:
                lines.append(Text(f"    not saved: {printable(asset.error)}", style="yellow"))
            elif len(envelope.outputs) > 1:
                lines.append(Text(f"    {f' {self._marks.dot} '.join(self._facts_of(asset))}", style="dim"))
        return lines

    def _facts_of(self, asset: Asset) -> list[str]:
        known = (dimensions(asset, f" {self._marks.times} "), None if asset.size is None else size(asset.size))
        return [fact for fact in known if fact]

    def _submitted(self, envelope: Envelope) -> list[Text]:
        task = envelope.task_id
        headline = Text.assemble(
            (self._marks.done, "green"), " ", (exact(envelope.model), "bold"), (" submitted", "dim")
        )
        if task is None:
            return [headline]
        command = self._screen.runnable(f"openclaw-fal tasks wait {value(task)}")
        return [headline, Text(f"  task {value(task)}"), Text(f"  {command}", style="dim")]

    def _notes(self, envelope: Envelope) -> list[Text]:
        named = [f"{name} {value(item)}" for name, item in self._identity(envelope) if item is not None]
        lines = [f" {self._marks.dot} ".join(named)] if named else []
        lines += adjustments(envelope)
        lines += [f"{exact(tried.model)} failed first: {printable(tried.error)}" for tried in envelope.attempts]
        return [Text(f"  {line}", style="dim") for line in lines]

    @staticmethod
    def _identity(envelope: Envelope) -> list[tuple[str, Any]]:
        task_id = envelope.task_id if envelope.outputs else None
        return [("seed", envelope.seed), ("billable units", envelope.billable_units), ("task", task_id)]

    # --- a table ---------------------------------------------------------------------------

    def _widths(self, columns: Sequence[Column], rows: Sequence[Sequence[Text]]) -> list[int]:
        natural = [max((row[index].cell_len for row in rows), default=0) for index in range(len(columns))]
        return fit(natural, [column.shrinks for column in columns], self._screen.width)

    def _row(self, cells: Sequence[Text], widths: Sequence[int]) -> Text:
        shown = []
        for cell, width in zip(cells, widths, strict=True):
            if width:
                text = cut(cell, width, self._marks.ellipsis)
                shown.append(Text.assemble(text, " " * (width - text.cell_len)))
        row = Text(" " * GAP).join(shown)
        row.rstrip()
        return row

    def _put(self, lines: Sequence[Text]) -> None:
        self._screen.put("".join(f"{self._ink.line(line)}\n" for line in lines))


def _style(column: Column, cell: str) -> str:
    if column.style == "status":
        return _STATUS_STYLES.get(cell, _OPEN_STATUS_STYLE)
    return _STYLES[column.style]


# MERGED """How wide the columns of a table are, so that it fits the terminal."""
#

GAP = 2
# Less than this of a name or a prompt says nothing.
_NARROWEST = 12


def fit(natural: Sequence[int], shrinks: Sequence[bool], available: int) -> list[int]:
    """Return a width for each column, 0 for one that is left out.

    Only columns that may shrink do, to one common limit. When that is not enough the last of them go, one by one;
    what remains may still be wider than the terminal, as a key that is cut is no key.
    """
    widths = list(natural)
    while True:
        for limit in range(max(widths, default=0), _NARROWEST - 1, -1):
            capped = [min(width, limit) if may else width for width, may in zip(widths, shrinks, strict=True)]
            if _total(capped) <= available:
                return capped
        shrinking = [column for column, may in enumerate(shrinks) if may and widths[column]]
        if not shrinking:
            return widths
        widths[shrinking[-1]] = 0


def _total(widths: Sequence[int]) -> int:
    shown = [width for width in widths if width]
    return sum(shown) + GAP * (len(shown) - 1)
