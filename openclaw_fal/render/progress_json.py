"""Progress for programs (``--progress json``): one JSON object per line, on stderr.

Every object has ``event`` and ``time`` (ISO 8601, UTC); those about a task have ``taskId`` and ``model``.

    submitting    etaSeconds?                          seconds that the job most likely still takes
    submitted     requestId?, etaSeconds?
    queued        position?, etaSeconds?               how many are ahead; 0 is next
    running       etaSeconds?
    log           message, level, percent?
    uploading     name, index, total, size, sent
    downloading   index, total, received, size?        bytes; at most four per second
    saved         path or error, and the keys of the envelope's outputs
    waiting       reason, delayS                       a read failed and is retried
    note          message, level                       info or warning; also each flag that was not sent as typed
    gaveUp        model, code, message, taskId?        a candidate failed; the next one is tried
    finished      outputs                              how many; the answer itself is on stdout
    error         error                                as in the failure envelope

A ``?`` marks keys that are left out when unknown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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
    task_to_estimate,
)
from openclaw_fal.core.text import iso_time
from openclaw_fal.render.format import adjustments, json_text
from openclaw_fal.render.messages import Messages
from openclaw_fal.render.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable

    from openclaw_fal.core.errors import OpenclawFalError
    from openclaw_fal.core.tasks import Task
    from openclaw_fal.render.screen import Screen

_DOWNLOAD_PAUSE_S = 0.25


class JsonProgress(Progress):
    def __init__(
        self, screen: Screen, now: Callable[[], float], expect: Callable[[Task], float | None] | None = None
    ) -> None:
        self._screen = screen
        self._now = now
        self._expect = expect
        self._next_download_at = 0.0

    def show(self, event: Event) -> None:
        if isinstance(event, Finished):
            for line in adjustments(event.envelope):
                print_event(self._screen, self._now(), *event_as_json(Note(line)))
        if not isinstance(event, Downloading) or self._is_due(event):
            name, facts = event_as_json(event)
            print_event(self._screen, self._now(), name, facts | eta_of(event, self._now(), self._expect))

    def _is_due(self, event: Downloading) -> bool:
        now = self._now()
        if event.received != event.size and now < self._next_download_at:
            return False
        self._next_download_at = now + _DOWNLOAD_PAUSE_S
        return True


class JsonMessages(Messages):
    """`Messages` as JSON, for programs that read stderr line by line."""

    def __init__(self, screen: Screen, now: Callable[[], float], level: str = "info") -> None:
        super().__init__(screen, level)
        self._now = now

    def trace(self, text: str) -> None:
        print_event(self._screen, self._now(), "note", {"message": text, "level": "debug"})

    def note(self, text: str) -> None:
        if self.shows("info"):
            print_event(self._screen, self._now(), "note", {"message": text, "level": "info"})

    def warning(self, text: str) -> None:
        if self.shows("warn"):
            print_event(self._screen, self._now(), "note", {"message": text, "level": "warning"})

    def error(self, error: OpenclawFalError) -> None:
        if self.shows("error"):
            print_event(self._screen, self._now(), "error", {"error": error.as_json()})


def print_event(screen: Screen, time: float, name: str, facts: dict[str, Any]) -> None:
    known = {key: fact for key, fact in facts.items() if fact is not None}
    screen.write_stderr(json_text({"event": name, "time": iso_time(time), **known}) + "\n")


def event_as_json(event: Event) -> tuple[str, dict[str, Any]]:  # noqa: C901  # one case for each event
    match event:
        case Submitting(task):
            return "submitting", _about(task)
        case Submitted(task):
            return "submitted", _about(task) | {"requestId": task.request_id}
        case Queued(task, position):
            return "queued", _about(task) | {"position": position}
        case Running(task):
            return "running", _about(task)
        case LogLine(task, message, level):
            return "log", _about(task) | {"message": message, "level": level, "percent": event.percent}
        case Uploading(name, index, total, size, sent):
            return "uploading", {"name": name, "index": index, "total": total, "size": size, "sent": sent}
        case Downloading(task, index, total, received, size):
            known = {"index": index, "total": total, "received": received, "size": size}
            return "downloading", _about(task) | known
        case Saved(task, asset):
            return "saved", _about(task) | asset.as_json()
        case Waiting(reason, delay_s):
            return "waiting", {"reason": reason, "delayS": delay_s}
        case Note(message, level):
            return "note", {"message": message, "level": level}
        case GaveUp(attempt):
            why = {"code": attempt.code, "message": attempt.error}
            return "gaveUp", {"taskId": attempt.task_id, "model": attempt.model} | why
        case Finished(envelope):
            about = {"taskId": envelope.task_id, "model": envelope.model}
            return "finished", about | {"outputs": len(envelope.outputs)}


def eta_of(event: Event, now: float, expect: Callable[[Task], float | None] | None) -> dict[str, Any]:
    """Return the seconds that the job of an event most likely still takes, if that is known."""
    task = task_to_estimate(event)
    if expect is None or task is None:
        return {}
    expected = expect(task)
    left = None if expected is None else expected - (now - task.created_at)
    return {} if left is None or left < 0 else {"etaSeconds": round(left, 1)}


def _about(task: Task) -> dict[str, Any]:
    return {"taskId": task.id, "model": task.endpoint}
