"""Events: what work reports while it goes on. Work is a generator that yields them and returns its result."""

from __future__ import annotations

import re
from contextlib import closing
from typing import TYPE_CHECKING, Literal, TypeVar

from openclaw_fal.core.records import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable

    from openclaw_fal.core.results import Asset, Attempt, Envelope
    from openclaw_fal.core.tasks import Task

    Item = TypeVar("Item")
    AnyEvent = TypeVar("AnyEvent")
    Result = TypeVar("Result")


class Submitting(Record):
    """The task is recorded and about to be sent."""

    task: Task


class Submitted(Record):
    """fal has accepted the task; from now on it costs money."""

    task: Task


class Queued(Record):
    """The job waits at fal; ``position`` jobs are ahead of it."""

    task: Task
    position: int | None


class Running(Record):
    task: Task


class LogLine(Record):
    task: Task
    message: str
    level: str = "INFO"

    @property
    def percent(self) -> float | None:
        """The last percentage in the line, from 0 to 100."""
        found = re.findall(r"(\d{1,3}(?:\.\d+)?)\s?%", self.message)
        return float(found[-1]) if found and float(found[-1]) <= 100 else None


class Waiting(Record):
    """A request failed and is repeated after ``delay_s`` seconds; ``is_limit`` if fal had too many requests."""

    reason: str
    delay_s: float
    is_limit: bool = False


class Uploading(Record):
    """Reference ``number`` of ``total``, counted from 1, is uploaded to fal's storage: ``sent`` of ``size`` bytes."""

    name: str
    number: int
    total: int
    size: int
    sent: int = 0

    @property
    def percent(self) -> float | None:
        return 100 * self.sent / self.size if self.sent else None


class Downloading(Record):
    """``received`` of ``size`` bytes (``None`` if the server does not send it) of file ``number`` of ``total``."""

    task: Task
    number: int
    total: int
    received: int
    size: int | None


class Saved(Record):
    task: Task
    asset: Asset


class Note(Record):
    """A message for the user that does not change the result."""

    message: str
    level: Literal["info", "warning"] = "info"

    @property
    def label(self) -> str:
        """The word before the message."""
        return "warning" if self.level == "warning" else "note"


class GaveUp(Record):
    """A candidate failed; the next one is tried."""

    attempt: Attempt


class Finished(Record):
    envelope: Envelope


Event = (
    Submitting
    | Submitted
    | Queued
    | Running
    | LogLine
    | Waiting
    | Uploading
    | Downloading
    | Saved
    | Note
    | GaveUp
    | Finished
)


def task_to_estimate(event: Event) -> Task | None:
    """Return the task of an event after which there is time to look up how long such a job takes."""
    match event:
        case Submitted(task) | Queued(task) | Running(task):
            return task
        # Nothing optional happens before a job is submitted, but after a synchronous one there is no other event.
        case Submitting(task) if task.transport == "sync":
            return task
        case _:
            return None


# --- passing events on --------------------------------------------------------------------------


def translate(
    work: Generator[Item, None, Result], events_of: Callable[[Item], Iterable[AnyEvent]]
) -> Generator[AnyEvent, None, Result]:
    """Do the work, yield the events of each item that it yields, and return its result."""
    with closing(work):
        while True:
            try:
                item = next(work)
            except StopIteration as end:
                return end.value  # type: ignore[no-any-return]
            yield from events_of(item)


def result_of(work: Generator[object, None, Result]) -> Result:
    """Do the work and return its result; what it yields is ignored."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]
