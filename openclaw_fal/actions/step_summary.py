"""A Markdown table of results and costs for a CI job: what GitHub shows on the page of a run."""

from __future__ import annotations

import html
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from openclaw_fal.core.costs import money, total
from openclaw_fal.core.records import Record
from openclaw_fal.core.results import Envelope
from openclaw_fal.core.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from openclaw_fal.core.batch_line_state import Report
    from openclaw_fal.core.costs import Cost
    from openclaw_fal.core.errors import OpenclawFalError
    from openclaw_fal.runtime import Runtime

VARIABLE = "GITHUB_STEP_SUMMARY"
MAX_ROWS = 1000  # GitHub shows at most 1 MiB
MAX_TEXT, MAX_OUTCOME = 80, 400  # characters


class Row(Record):
    """One request. ``cost`` is ``None`` if it is not known; ``is_charged``: it may have cost something."""

    name: str
    model: str
    outcome: str
    seconds: float | None
    cost: Cost | None
    is_charged: bool

    @classmethod
    def of(cls, name: str, answer: Envelope | OpenclawFalError, model: str = "") -> Row:
        """Return the row of an answer; ``model`` is the one that was asked for, if a failure names none."""
        known = answer if isinstance(answer, Envelope) else answer.envelope or Envelope("", "")
        outcome = _files(known) if isinstance(answer, Envelope) else f"{answer.code}: {answer.message}"
        seconds = None if known.duration_ms is None else known.duration_ms / 1000
        may_cost = isinstance(answer, Envelope) or answer.task_id is not None
        return cls(name, known.model or model, outcome, seconds, known.cost, may_cost and not known.sandbox)


def append(runtime: Runtime, rows: Sequence[Row], heading: str = "openclaw-fal") -> None:
    """Append a table to the summary of the step. A file that can't be written becomes a warning."""
    path = runtime.environ.get(VARIABLE, "").strip()
    if not path:
        runtime.messages.warning(f"{VARIABLE} is not set, so no summary was written.")
        return
    try:
        with Path(path).open("a", encoding="utf-8", newline="\n") as file:
            file.write(markdown(rows, heading))
    except OSError as error:
        runtime.messages.warning(f"The summary {path} can't be written: {error.strerror or error}.")


def append_report(runtime: Runtime, report: Report) -> None:
    """Append the state of a batch."""
    rows = []
    for result in report.results:
        answer, model = result.error or result.envelope, result.envelope.model if result.envelope else ""
        rows.append(
            Row.of(result.title, answer, model)
            if answer
            else Row(result.title, "", str(result.state), None, None, False)
        )
    append(runtime, rows, f"openclaw-fal batch {report.batch}")


def markdown(rows: Sequence[Row], heading: str) -> str:
    """Return a heading, a table with a row for each request, and the sum of what is known."""
    lines = [f"### {_cell(heading)}", "", "| prompt | model | result | time | cost |", "|---|---|---|---:|---:|"]
    lines += [f"| {' | '.join(_cells(row))} |" for row in rows[:MAX_ROWS]]
    if len(rows) > MAX_ROWS:
        lines.append(f"| … and {len(rows) - MAX_ROWS} more | | | | |")
    return "\n".join([*lines, "", _sum(rows), "", ""])


def _cells(row: Row) -> list[str]:
    texts = _cell(row.name), _cell(row.model), _cell(row.outcome, MAX_OUTCOME)
    return [*texts, _time(row.seconds), _cost(row)]


def _sum(rows: Iterable[Row]) -> str:
    rows = [*rows]
    amounts = total(row.cost for row in rows if row.cost)
    unknown = sum(row.is_charged and row.cost is None for row in rows)
    known = " + ".join(money(amount, currency) for currency, amount in amounts.items())
    parts = [*([f"Cost: {known}"] if known else []), *([f"unknown for {unknown} of {len(rows)}"] if unknown else [])]
    return f"{', '.join(parts)}." if parts else "Nothing was charged."


def _files(envelope: Envelope) -> str:
    if not envelope.outputs:
        return envelope.status or "done"
    return ", ".join(PurePath(asset.path).name if asset.path else "missing" for asset in envelope.outputs)


def _time(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds:.1f} s"


def _cost(row: Row) -> str:
    if row.cost and row.cost.money:
        return row.cost.money
    return "unknown" if row.is_charged else ""


def _cell(text: str, limit: int = MAX_TEXT) -> str:
    """Return a text that can't break the table, nor become markup."""
    shown = html.escape(printable(text, limit=limit), quote=False)
    return "".join(f"\\{sign}" if sign in "\\|`*_[]~" else sign for sign in shown)
