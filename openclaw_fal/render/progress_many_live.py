"""Progress of several jobs on a terminal: a bar for all, a row for each that runs; what has ended scrolls above."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

from openclaw_fal.core.errors import OpenclawFalError
from openclaw_fal.core.job_events import Began, Ended, Happened, Slowed
from openclaw_fal.core.results import Envelope
from openclaw_fal.core.text import printable
from openclaw_fal.render.progress_live import Animation
from openclaw_fal.render.progress_many import ended_lines, important, slowed_text
from openclaw_fal.render.screen import DIM, GREEN, RED, YELLOW
from openclaw_fal.render.timeline import Timeline

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from openclaw_fal.core.job_events import Job, JobEvent
    from openclaw_fal.render.progress_many import DisplayContext, Tally


class Row:
    """A job under way. It keeps its place until it ends, and then the next job takes it."""

    def __init__(self, job: Job, timeline: Timeline) -> None:
        self.job = job
        self.timeline = timeline


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


class LiveJobsProgress:
    def __init__(self, context: DisplayContext, tally: Tally) -> None:
        self._screen = context.screen
        self._window = context.window
        self._messages = context.messages
        self._state = JobsState(tally, context)
        self._folder = _current_folder()

    def follow(self, events: Iterator[JobEvent]) -> None:
        def view() -> RenderableType:
            from openclaw_fal.render.display_many import JobsView  # noqa: PLC0415  # it loads rich

            return JobsView(self._screen, self._state)

        tally = self._state.tally
        with Animation(self._screen, view, tally.headline, self._window).running():
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
                below = f"{self._folder}{os.sep}"
                return [
                    f"{mark} {line}"
                    for line in ended_lines(envelope, below=below, linked=self._screen.linked_for_stderr)
                ]
            case Ended(job, OpenclawFalError() as error):
                return [f"{styled(marks.missing, RED)} {job.name}: {printable(error.message)}"]
            case Slowed():
                return [styled(slowed_text(event), DIM)]
            case _:
                if message := important(event):
                    self._messages.warning(message)
                return []


def _current_folder() -> str:
    try:
        return os.getcwd()  # noqa: PTH109 - a prefix of paths, as text
    except OSError:
        return ""
