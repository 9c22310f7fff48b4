"""Several jobs at once, such as the lines of a batch: what each is, and what happens to them under one renderer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openclaw_fal.core.records import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from openclaw_fal.core.errors import OpenclawFalError
    from openclaw_fal.core.events import Event
    from openclaw_fal.core.results import Envelope


class Job(Record):
    """One of several pieces of work, such as ``line 7`` with its prompt; ``work`` begins when it is called.

    ``short_name`` is enough where space is scarce.
    """

    number: int
    name: str
    title: str
    work: Callable[[], Generator[Event, None, None]]
    short_name: str = ""


class Began(Record):
    job: Job


class Happened(Record):
    job: Job
    event: Event


class Ended(Record):
    """``outcome`` is the answer, the error, or ``None`` if the work was interrupted without a known error."""

    job: Job
    outcome: Envelope | OpenclawFalError | None


class Slowed(Record):
    """fal takes no more jobs now; up to ``limit`` jobs are under way, the next one after ``delay_s`` seconds."""

    limit: int
    delay_s: float


class Stopping(Record):
    """No more jobs start; running ones are followed to their end. ``is_interrupt``: after Ctrl-C."""

    reason: str
    is_interrupt: bool = False


class Tick(Record):
    """A second has passed without another event."""


JobEvent = Began | Happened | Ended | Slowed | Stopping | Tick


class Overview(Record):
    """What a display shows of all jobs before the first event: how many there are, and how many are done already."""

    total: int
    done: int = 0
    failed: int = 0
