"""Progress of several jobs on a terminal: a bar for all, a row for each that runs; what has ended scrolls above.

⠹ 12 of 40 · 1 failed · about 2m 05s left  ━━━━━━━━━╸──────────────────  32%
   7  a red fox in the snow, with a hat                    running · 0:31  62%
   9  an owl                                               queued, 3 ahead

rich is loaded with the first frame.
"""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

from openclaw_fal.core.errors import OpenclawFalError
from openclaw_fal.core.file_names import current_folder_if_any
from openclaw_fal.core.job_events import Began, Ended, Happened, Slowed
from openclaw_fal.core.results import Envelope
from openclaw_fal.core.text import printable
from openclaw_fal.render.format import amount_text, cell_width, cut, elapsed_text, left_text, queue_text, retry_text
from openclaw_fal.render.progress_live import Animation
from openclaw_fal.render.progress_many import ended_lines, important, slowed_text
from openclaw_fal.render.screen import DIM, GREEN, RED, YELLOW
from openclaw_fal.render.timeline import Timeline

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console, ConsoleOptions, RenderResult
    from rich.table import Table
    from rich.text import Text

    from openclaw_fal.core.job_events import Job, JobEvent
    from openclaw_fal.render.progress_many import DisplayContext, Tally
    from openclaw_fal.render.screen import Screen

_MAX_WIDTH = 110
_MAX_ROWS = 40
_GAP = 2
_MIN_TITLE = 12


class LiveJobsProgress:
    def __init__(self, context: DisplayContext, tally: Tally) -> None:
        self._screen = context.screen
        self._window = context.window
        self._messages = context.messages
        self._state = JobsState(tally, context)
        folder = current_folder_if_any()
        self._below = f"{folder}{os.sep}" if folder else ""

    def follow(self, events: Iterator[JobEvent]) -> None:
        tally = self._state.tally
        with Animation(
            self._screen, lambda: JobsView(self._screen, self._state), tally.headline, self._window
        ).running():
            for event in events:
                self._state.see(event)
                for line in self._lines(event):
                    self._screen.write_stderr(line + "\n")
        self._window.call(f"Done: {tally.text()}", tally.elapsed)

    def _lines(self, event: JobEvent) -> list[str]:
        marks, styled = self._screen.marks, self._screen.styled_for_stderr
        match event:
            case Ended(_, Envelope() as envelope):
                is_complete = all(asset.path for asset in envelope.outputs)
                mark = styled(marks.done, GREEN) if is_complete else styled(marks.missing, YELLOW)
                return [
                    f"{mark} {line}"
                    for line in ended_lines(envelope, below=self._below, linked=self._screen.linked_for_stderr)
                ]
            case Ended(job, OpenclawFalError() as error):
                return [f"{styled(marks.missing, RED)} {job.name}: {printable(error.message)}"]
            case Slowed():
                return [styled(slowed_text(event), DIM)]
            case _:
                if message := important(event):
                    self._messages.warning(message)
                return []


class JobsState:
    """What the display shows. The thread that draws holds ``lock`` while it reads."""

    def __init__(self, tally: Tally, context: DisplayContext) -> None:
        self.lock = threading.Lock()
        self.tally = tally
        self.rows: list[Row | None] = []
        self._context = context

    def see(self, event: JobEvent) -> None:
        with self.lock:
            self.tally.see(event)
            if isinstance(event, Began):
                place = next((n for n, row in enumerate(self.rows) if row is None), len(self.rows))
                self.rows[place : place + 1] = [Row(event.job, Timeline(self._context.now, self._context.expect))]
            elif isinstance(event, Ended):
                self.rows = [None if row and row.job.number == event.job.number else row for row in self.rows]
            elif isinstance(event, Happened):
                row = next((row for row in self.rows if row and row.job.number == event.job.number), None)
                if row:
                    row.timeline.see(event.event)


class Row:
    """A job under way. It keeps its place until it ends, and then the next job takes it."""

    def __init__(self, job: Job, timeline: Timeline) -> None:
        self.job = job
        self.timeline = timeline


class JobsView:
    """All jobs: how many are done and how long the rest takes, and a row for each that runs, as many as fit."""

    def __init__(self, screen: Screen, state: JobsState) -> None:
        from rich.spinner import Spinner  # noqa: PLC0415

        from openclaw_fal.render.live_display import JobRow  # noqa: PLC0415

        self._screen = screen
        self._marks = screen.marks
        self._state = state
        self._spinner = Spinner(screen.marks.spinner, style="cyan")
        self._bar = JobRow(screen)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from rich.text import Text  # noqa: PLC0415

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
        parts += [left_text(eta_s)] if eta_s else [elapsed_text(tally.elapsed)]
        parts += [tally.cost_text] if tally.costs else []
        percent = 100 * ended / tally.total if tally.total else 100.0
        return self._bar.draw(width, dot.join(parts), percent, [f"{percent:.0f}%"])

    def _rows(self, rows: list[Row], width: int) -> list[Text]:
        from rich.text import Text  # noqa: PLC0415

        names = [row.job.short_name or row.job.name for row in rows]
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
        more = f"{dot}{timeline.percent:3.0f}%" if has_percent else timeline.left_text(self._marks.dot)
        return [short + more, short, action] if more else [short, action]
