"""Tables for people: only columns that may be cut are cut, and a table longer than the terminal goes to a pager.

Not rich's, which cuts keys as well, always with "…", and fills every line with spaces.
"""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.text import Text

from openclaw_fal.render.format import cell_width, cut, exact

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from openclaw_fal.core.results import Column, Grouping, Table
    from openclaw_fal.render.screen import Screen

# -F ends where everything fits on the screen, -R shows colors, -X leaves the text on the screen.
_LESS_OPTIONS = "FRX"
_GAP = 2
_MIN_BESIDE_KEY = 26
# A name or a prompt is useless with fewer columns.
_MIN_WIDTH = 12
_STYLES = {"key": "bold", "text": "", "dim": "dim", "mark": "green"}
_STATUS_STYLES = {
    "succeeded": "green",
    "failed": "red",
    "timed_out": "red",
    "lost": "red",
    "cancelled": "dim",
    "canceled": "dim",
}
_OPEN_STATUS_STYLE = "yellow"


def table_lines(table: Table, screen: Screen) -> list[Text]:
    """Return the rows of a table, under a heading for each group if it has groups."""
    if table.grouping and table.rows:
        return _grouped(table, table.grouping, screen)
    return _ungrouped(table, screen)


def _ungrouped(table: Table, screen: Screen) -> list[Text]:
    header = tuple(column.name for column in table.columns)
    rows = [header, *(tuple(map(exact, row)) for row in table.rows)] if table.rows else []
    natural = [max((cell_width(row[index]) for row in rows), default=0) for index in range(len(table.columns))]
    widths = fit(natural, [column.shrinks for column in table.columns], screen.width)
    lines = []
    for row in rows:
        styles = ["dim" if row is header else _style(*cell) for cell in zip(table.columns, row, strict=True)]
        lines.append(_row(row, styles, widths, screen.marks.ellipsis))
    return lines


def _row(cells: Sequence[str], styles: Sequence[str], widths: Sequence[int], ellipsis: str) -> Text:
    shown = []
    for cell, style, width in zip(cells, styles, widths, strict=True):
        if width:
            text = cut(cell, width, ellipsis)
            shown.append(Text.assemble((text, style), " " * (width - cell_width(text))))
    row = Text(" " * _GAP).join(shown)
    row.rstrip()
    return row


def _grouped(table: Table, grouping: Grouping, screen: Screen) -> list[Text]:
    """Return the rows under a heading for each group. The key is whole; what follows it gets the room that is left.

    A few long keys must not push aside what stands beside all others.
    """
    others = [index for index in range(1, len(table.columns)) if index != grouping.column]
    keys = [exact(row[0]) for row in table.rows]
    width = min(max(map(cell_width, keys)), screen.width - _MIN_BESIDE_KEY)
    groups: dict[str, list[Text]] = {}
    for key, row in zip(keys, table.rows, strict=True):
        line = Text.assemble(" " * _GAP, (key, _style(table.columns[0], key)))
        line.append(" " * max(width - cell_width(key), 0))
        # The last columns are short and must be seen; the first one gets what they leave.
        beside = [(table.columns[index], exact(row[index])) for index in others if row[index]]
        taken = sum(cell_width(cell) + _GAP for column, cell in beside if not column.shrinks)
        for column, cell in beside:
            room = screen.width - cell_width(line.plain) - _GAP - (taken if column.shrinks else 0)
            if not column.shrinks or room >= min(cell_width(cell), _MIN_WIDTH):
                shown = cut(cell, room, screen.marks.ellipsis) if column.shrinks else cell
                line.append(" " * _GAP).append(shown, _style(column, cell))
        groups.setdefault(row[grouping.column], []).append(line)
    order = {name: number for number, name in enumerate(grouping.order)}
    lines: list[Text] = []
    for name in sorted(groups, key=lambda name: (order.get(name, len(order)), name)):
        heading = Text.assemble((exact(name) or "other", "bold"), (f"  {len(groups[name])}", "dim"))
        lines += [*([Text("")] if lines else []), heading, *groups[name]]
    return lines


def _style(column: Column, cell: str) -> str:
    if column.style == "status":
        return _STATUS_STYLES.get(cell, _OPEN_STATUS_STYLE)
    return _STYLES[column.style]


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


def _total(widths: Sequence[int]) -> int:
    shown = [width for width in widths if width]
    return sum(shown) + _GAP * (len(shown) - 1)


def page(text: str, screen: Screen) -> bool:
    """Show a text in the user's pager, or in less without one, until the user leaves it.

    Return ``False`` if neither can be used, or nobody would leave it, as in a CI job.
    """
    command = _pager_command(screen.pager) if screen.attended and _has_terminal(screen) else []
    if not command:
        return False
    import subprocess  # noqa: PLC0415 - few tables are long

    screen.stdout.flush()
    # The user's own options for less win, in PAGER and in LESS.
    environ = {"LESS": _LESS_OPTIONS, "LV": "-c"} | os.environ
    try:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, env=environ)
    except OSError:
        return False
    # Ctrl-C is for the pager: if this process ended first, the terminal would stay as the pager has set it up.
    with _ignoring_interrupts():
        process.communicate(text.encode("utf-8", "replace"))
    return process.returncode not in (126, 127)  # what a shell returns that can't start its command


def _has_terminal(screen: Screen) -> bool:
    try:
        return os.isatty(screen.stdout.fileno()) and os.isatty(screen.stdin.fileno())
    except (OSError, ValueError):  # no file
        return False


def _pager_command(pager: str | None) -> list[str]:
    import shlex  # noqa: PLC0415
    import shutil  # noqa: PLC0415

    if pager is None:
        less = shutil.which("less")
        return [less] if less else []
    try:
        words = shlex.split(pager)
    except ValueError:
        return []
    return words if words and words != ["cat"] else []


@contextmanager
def _ignoring_interrupts() -> Iterator[None]:
    try:
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    except ValueError:  # not the main thread, which alone may set handlers
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
