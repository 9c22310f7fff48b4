"""What the live display shows of several jobs, drawn by rich. Loaded when the first frame is drawn.

⠹ 12 of 40 · 1 failed · about 2m 05s left  ━━━━━━━━━╸──────────────────  32%
   7  a red fox in the snow, with a hat                    running · 0:31  62%
   9  an owl                                               queued, 3 ahead
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.spinner import Spinner
from rich.text import Text

from openclaw_fal.core.text import printable
from openclaw_fal.render.display import JobRow, left_text
from openclaw_fal.render.format import amount_text, cell_width, cut, duration_text, elapsed_text, queue_text, retry_text

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult
    from rich.table import Table

    from openclaw_fal.render.progress_many import Tally
    from openclaw_fal.render.progress_many_live import JobsState, Row
    from openclaw_fal.render.screen import Screen
    from openclaw_fal.render.timeline import Timeline

_MAX_WIDTH = 110
_MAX_ROWS = 40
_GAP = 2
_MIN_TITLE = 12


class JobsView:
    """All jobs: how many are done and how long the rest takes, and a row for each that runs, as many as fit."""

    def __init__(self, screen: Screen, state: JobsState) -> None:
        self._screen = screen
        self._marks = screen.marks
        self._state = state
        self._spinner = Spinner(screen.marks.spinner, style="cyan")
        self._bar = JobRow(screen)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = min(options.max_width, _MAX_WIDTH)
        with self._state.lock:
            self._spinner.update(text=self._summary(self._state.tally, width - _GAP))
            rows = [row for row in self._state.rows if row]
            room = max(min(console.size.height - 1, _MAX_ROWS), 0)
            # If there are more, the last row is the sentence about them.
            lines = self._rows(rows[: room if len(rows) <= room else max(room - 1, 0)], width)
        yield self._spinner
        yield from lines
        if len(rows) > len(lines):
            yield Text(f"  and {len(rows) - len(lines)} more under way", style="dim")

    def _summary(self, tally: Tally, width: int) -> Table:
        dot = f" {self._marks.dot} "
        ended = tally.done + tally.failed
        parts = [f"{tally.done} of {tally.total}"]
        parts += [f"{tally.failed} failed"] if tally.failed else []
        eta_s = tally.eta_s
        parts += [f"about {duration_text(eta_s)} left"] if eta_s is not None else [elapsed_text(tally.elapsed)]
        parts += [tally.cost_text] if tally.costs else []
        percent = 100 * ended / tally.total if tally.total else 100.0
        return self._bar.draw(width, dot.join(parts), percent, [f"{percent:.0f}%"])

    def _rows(self, rows: list[Row], width: int) -> list[Text]:
        names = [row.job.name.removeprefix("line ") for row in rows]
        widest = max(map(cell_width, names), default=0)
        lines = []
        for row, name in zip(rows, names, strict=True):
            with row.timeline.lock:
                states = self._states(row.timeline)
            most = max(width - widest - 3 * _GAP - _MIN_TITLE, _MIN_TITLE)
            fitting = next((state for state in states if cell_width(state) <= most), states[-1])
            state = cut(fitting, most, self._marks.ellipsis)
            room = width - widest - cell_width(state) - 3 * _GAP
            title = cut(printable(row.job.title), max(room, 0), self._marks.ellipsis)
            shown = title if self._screen.unicode else title.encode("ascii", "replace").decode()
            padding = " " * max(room - cell_width(title), 0)
            parts = (" " * _GAP + name.rjust(widest), "dim"), " " * _GAP, shown, padding, " " * _GAP, (state, "dim")
            lines.append(Text.assemble(*parts, no_wrap=True, overflow="crop"))
        return lines

    def _states(self, timeline: Timeline) -> list[str]:
        """Return what a job is doing, and the same in fewer words."""
        if timeline.trouble:
            return [retry_text(timeline.trouble)]
        dot = f" {self._marks.dot} "
        if timeline.phase == "downloading" and timeline.downloads:
            return [f"downloading{dot}{amount_text(timeline.received, timeline.expected)}", "downloading"]
        action = queue_text(timeline.position) if timeline.phase == "queued" else timeline.phase
        short = f"{action}{dot}{elapsed_text(timeline.elapsed)}"
        has_percent = timeline.percent is not None and timeline.phase == "running"
        more = f"{dot}{timeline.percent:3.0f}%" if has_percent else left_text(timeline, self._marks.dot)
        return [short + more, short, action] if more else [short, action]
