"""Progress where nothing can be redrawn: one plain line on stderr per change, fit for the log of a CI job.

Nothing is said while nothing happens: the work is done by pulling its events, so a silent
job is silent here too. Its retries (`Waiting`) are told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from openclaw_fal.core.tasks import (
    Downloading,
    Event,
    Finished,
    GaveUp,
    LogLine,
    Note,
    Queued,
    Running,
    Saved,
    Submitted,
    Submitting,
    Uploading,
    Waiting,
)
from openclaw_fal.core.text import printable
from openclaw_fal.render import format as words
from openclaw_fal.render.format import adjustments, duration
from openclaw_fal.render.progress import pull
from openclaw_fal.render.timeline import Timeline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from openclaw_fal.core.results import Envelope
    from openclaw_fal.core.tasks import Task
    from openclaw_fal.render.screen import Screen

_PERCENT_STEP = 10
_DOWNLOAD_PAUSE_S = 5.0


class PlainProgress:
    def __init__(self, screen: Screen, now: Callable[[], float]) -> None:
        self._screen = screen
        self._now = now
        self._timeline = Timeline(now)
        self._named: str | None = None
        self._last: str | None = None
        self._percent: float | None = None
        self._downloading_said_at: float | None = None

    def follow(self, events: Iterator[Event]) -> Envelope:
        return pull(events, self._show)

    def _show(self, event: Event) -> None:
        self._timeline.see(event)
        for line in self._lines(event):
            # Word for word the same is no change.
            if line != self._last or isinstance(event, Waiting):
                self._screen.tell(line + "\n")
            self._last = line

    def _lines(self, event: Event) -> list[str]:  # noqa: C901  # one case for each event
        match event:
            case Submitting():
                # A synchronous submission says nothing more until it is done.
                return (
                    [self._about(event.task, "sent, waiting for the answer")] if event.task.transport == "sync" else []
                )
            case Submitted():
                return [self._about(event.task, "submitted")] if event.task.id != self._named else []
            case Queued():
                return [self._about(event.task, words.queued(event.position))]
            case Running():
                return [self._about(event.task, "running")]
            case LogLine():
                return [self._about(event.task, words.log(event))] if self._is_news(event.percent) else []
            case Downloading():
                return [self._about(event.task, words.downloading(event))] if self._is_slow(event) else []
            case Saved():
                self._downloading_said_at = None
                return [self._about(event.task, words.saved(event.asset))]
            case Uploading():
                return [words.uploading(event)]
            case Waiting():
                return [words.waiting(event)]
            case Note():
                return [f"{'warning' if event.level == 'warning' else 'note'}: {printable(event.message)}"]
            case GaveUp():
                return [f"{printable(event.attempt.model)}: {words.gave_up(event.attempt)}"]
            case Finished():
                return self._ending(event.envelope)

    def _about(self, task: Task, what: str) -> str:
        """Prefix the model; the first line about a task names it, so that a killed run can be taken up again."""
        name = "" if task.id == self._named else f" (task {task.id})"
        if name:
            self._named, self._percent = task.id, None
        return f"{printable(task.endpoint)}: {what}{name}"

    def _is_news(self, percent: float | None) -> bool:
        if percent is None:
            return True
        if self._percent is not None and abs(percent - self._percent) < _PERCENT_STEP:
            return False
        self._percent = percent
        return True

    def _is_slow(self, event: Downloading) -> bool:
        """Whether a line is due: short downloads need none but the one about the saved file."""
        now = self._now()
        if self._downloading_said_at is None:
            self._downloading_said_at = now
        if now - self._downloading_said_at < _DOWNLOAD_PAUSE_S or event.received == event.size:
            return False
        self._downloading_said_at = now
        return True

    def _ending(self, envelope: Envelope) -> list[str]:
        # A terminal gets these with the result; a pipe or a JSON reader's user would never see them.
        notes = [] if self._screen.stdout_is_terminal else [f"note: {line}" for line in adjustments(envelope)]
        if not envelope.outputs:
            return notes
        times = ", ".join(self._timeline.summary())
        total = f"done in {duration(self._timeline.elapsed)}"
        return [*notes, f"{printable(envelope.model)}: {total}" + (f" ({times})" if times else "")]
