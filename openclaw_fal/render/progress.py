"""How progress is shown on stderr: what every display does, and plain lines where nothing can be redrawn.

The other displays are `progress_live` and `progress_json`; those of several jobs are in `progress_many`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from openclaw_fal.core.events import (
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
from openclaw_fal.render.format import (
    adjustments,
    download_text,
    duration_text,
    failure_text,
    log_text,
    queue_text,
    retry_text,
    saved_text,
    upload_text,
)
from openclaw_fal.render.timeline import Timeline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from openclaw_fal.core.results import Envelope
    from openclaw_fal.core.tasks import Task
    from openclaw_fal.render.messages import Messages
    from openclaw_fal.render.screen import Screen

ProgressForm = Literal["none", "json", "live", "plain"]
_PERCENT_STEP = 10
_TRANSFER_PAUSE_S = 5.0


def progress_form(mode: str, messages: Messages, screen: Screen) -> ProgressForm:
    """Choose how progress is shown; ``mode`` is that of ``--progress``."""
    match mode:
        case "none" | "json" | "plain":
            return mode
        case _ if not messages.shows("info"):
            return "none"
        case _:
            return "live" if screen.live else "plain"


class Progress:
    """Pulls the events of some work, which happens only while they are pulled, and shows each."""

    def follow(self, events: Iterator[Event]) -> Envelope:
        """Return the answer that the last event carries, but pull to the very end: after it, the work cleans up."""
        answer = None
        for event in events:
            self.show(event)
            if isinstance(event, Finished):
                answer = event.envelope
        if answer is None:
            raise RuntimeError("the events ended without an answer")
        return answer

    def show(self, event: Event) -> None:
        raise NotImplementedError


class NoProgress(Progress):
    """``--progress none``. Notes are still printed: they are about money, and about what was not sent."""

    def __init__(self, messages: Messages) -> None:
        self._messages = messages

    def show(self, event: Event) -> None:
        if isinstance(event, Note):
            self._messages.show(event)
        elif isinstance(event, Finished):
            self._messages.adjustments(event.envelope)


class PlainProgress(Progress):
    """One line for each change, as in the log of a CI job."""

    def __init__(self, screen: Screen, now: Callable[[], float]) -> None:
        self._screen = screen
        self._now = now
        self._timeline = Timeline(now)
        self._named_task: str | None = None
        self._last_line: str | None = None
        self._percent: float | None = None
        self._transfer_shown_at: float | None = None

    def show(self, event: Event) -> None:
        self._timeline.see(event)
        for line in self._lines(event):
            # fal may send the same state or log line again.
            if line != self._last_line or isinstance(event, Waiting):
                self._screen.write_stderr(line + "\n")
            self._last_line = line

    def _lines(self, event: Event) -> list[str]:  # noqa: C901  # one case for each event
        match event:
            case Submitting():
                self._transfer_shown_at = None
                # Until a synchronous submission is done, no other event comes.
                return [self._about(event.task, "waiting for the answer")] if event.task.transport == "sync" else []
            case Submitted():
                return [self._about(event.task, "submitted")] if event.task.id != self._named_task else []
            case Queued():
                return [self._about(event.task, queue_text(event.position))]
            case Running():
                return [self._about(event.task, "running")]
            case LogLine():
                return [self._about(event.task, log_text(event))] if self._is_step(event.percent) else []
            case Downloading():
                is_shown = self._is_due(is_last=event.received == event.size)
                return [self._about(event.task, download_text(event))] if is_shown else []
            case Saved():
                self._transfer_shown_at = None
                return [self._about(event.task, saved_text(event.asset))]
            case Uploading():
                return [upload_text(event)] if self._begins_or_is_due(event) else []
            case Waiting():
                return [retry_text(event)]
            case Note():
                return _note_lines(event)
            case GaveUp():
                return [f"{printable(event.attempt.name)}: {failure_text(event.attempt)}"]
            case Finished():
                return self._ending(event.envelope)

    def _about(self, task: Task, state: str) -> str:
        """Put the model first; the first line about a task has its id, so that another run can resume it."""
        name = "" if task.id == self._named_task else f" (task {task.id})"
        if name:
            self._named_task, self._percent = task.id, None
        return f"{printable(task.endpoint)}: {state}{name}"

    def _is_step(self, percent: float | None) -> bool:
        if percent is None:
            return True
        if self._percent is not None and abs(percent - self._percent) < _PERCENT_STEP:
            return False
        self._percent = percent
        return True

    def _begins_or_is_due(self, event: Uploading) -> bool:
        if event.sent:
            return self._is_due(is_last=event.sent == event.size)
        self._transfer_shown_at = self._now()
        return True

    def _is_due(self, *, is_last: bool) -> bool:
        """Return whether a line about a transfer is due. A short transfer has only that of its beginning or end."""
        now = self._now()
        if self._transfer_shown_at is None:
            self._transfer_shown_at = now
        if now - self._transfer_shown_at < _TRANSFER_PAUSE_S or is_last:
            return False
        self._transfer_shown_at = now
        return True

    def _ending(self, envelope: Envelope) -> list[str]:
        # On a terminal they are part of the result.
        notes = [] if self._screen.stdout_is_terminal else [f"note: {line}" for line in adjustments(envelope)]
        if not envelope.is_complete:
            return notes
        times = ", ".join(self._timeline.summary())
        total = f"done in {duration_text(self._timeline.elapsed)}"
        return [*notes, f"{printable(envelope.model)}: {total}" + (f" ({times})" if times else "")]


def _note_lines(event: Note) -> list[str]:
    """Return a note as `Messages` prints it: what to do next is on lines of its own."""
    first, *rest = [printable(line) for line in event.message.splitlines()] or [""]
    return [f"{event.label}: {first}", *(f"  {line}" for line in rest)]
