"""Tasks, and the events that happen to them.

A task is one submission and all that is known about it. It is recorded before it is sent, and again whenever something
about it becomes known, so a crash at any point loses nothing.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal

from openclaw_fal.core.kinds import KIND_ROWS, kind_of
from openclaw_fal.core.records import Record
from openclaw_fal.core.results import NOTHING, Envelope
from openclaw_fal.core.text import iso_time

if TYPE_CHECKING:
    from openclaw_fal.core.costs import Cost, Price
    from openclaw_fal.core.errors import ErrorRecord
    from openclaw_fal.core.input_mark import InputMark
    from openclaw_fal.core.kinds import Kind
    from openclaw_fal.core.naming import OutputPlan
    from openclaw_fal.core.requests import Request
    from openclaw_fal.core.results import Asset, Attempt, Normalized, Shortfall


class TaskStatus(StrEnum):
    """OpenClaw's statuses of a background job, and two more: submitting and unknown."""

    SUBMITTING = "submitting"  # recorded; it is not known yet whether fal has accepted it
    UNKNOWN = "unknown"  # the answer to the submission was lost
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    TIMED_OUT = "timed_out"  # at fal; our own time limit leaves a task open
    CANCELLED = "cancelled"
    LOST = "lost"  # fal no longer knows it

    @property
    def is_final(self) -> bool:
        return self not in OPEN_STATUSES


RUNTIME = "cli"  # what OpenClaw calls the origin of such tasks
OPEN_STATUSES = (TaskStatus.SUBMITTING, TaskStatus.UNKNOWN, TaskStatus.QUEUED, TaskStatus.RUNNING)

_GOOD = (TaskStatus.QUEUED, TaskStatus.RUNNING, TaskStatus.SUCCEEDED)

Transport = Literal["queue", "sync"]


class Task(Record):
    """One submission. It never holds the key or media bytes.

    Times are seconds since the epoch. ``model`` is the endpoint id asked for, ``endpoint`` the one that it was sent to
    (a sibling when there are references). ``request`` and ``delivery`` are ``None`` if they are not known. ``digest``
    is the SHA-256 of what was sent, with the content of references. ``result`` is what `run` got back, or another
    command instead of files, without the content of files. ``price`` is that of one unit when the task was submitted,
    if it was known then. ``other_folders``: where files or parts of them may be, besides the folder of ``delivery``.
    ``working_folder`` is where the request's files were named from, if it has any. ``batch`` is the name of the batch
    that it belongs to, and ``line`` the identity of its line there. ``mark`` identifies the request in fal's history if
    the answer never arrived.
    """

    id: str
    capability: str
    model: str
    endpoint: str
    transport: Transport
    status: TaskStatus
    created_at: float
    updated_at: float
    digest: str
    request: Request | None = None
    delivery: OutputPlan | None = None
    working_folder: str | None = None
    ignored: dict[str, Any] = NOTHING
    normalization: dict[str, Normalized] = NOTHING
    sandbox: bool = False
    request_id: str | None = None
    status_url: str | None = None
    response_url: str | None = None
    cancel_url: str | None = None
    finished_at: float | None = None
    outputs: tuple[Asset, ...] = ()
    other_folders: tuple[str, ...] = ()
    seed: int | None = None
    billable_units: str | None = None
    inference_seconds: float | None = None
    error: ErrorRecord | None = None
    result: Any = None
    price: Price | None = None
    cost: Cost | None = None
    warnings: tuple[Shortfall, ...] = ()
    batch: str | None = None
    line: str | None = None
    mark: InputMark | None = None

    @property
    def kind(self) -> Kind:
        """What it makes; a task of a newer version may make anything."""
        return kind_of(self.capability)

    @property
    def duration_s(self) -> float | None:
        """Seconds from submission to end, ``None`` while it is open."""
        # The clock may have been set back meanwhile.
        return None if self.finished_at is None else max(0.0, self.finished_at - self.created_at)

    @property
    def is_delivered(self) -> bool:
        is_answered = bool(self.outputs) or (self.result is not None and KIND_ROWS[self.kind].keeps_values)
        return is_answered and all(asset.path for asset in self.outputs)

    @property
    def error_code(self) -> str | None:
        return self.error.code if self.error else None

    @property
    def may_have_been_charged(self) -> bool:
        """Whether fal may charge for it: not for a request that never arrived, nor for fal's own failures."""
        if self.sandbox or self.error_code == "server_error":
            return False
        return not self.status.is_final or self.request_id is not None or self.status is TaskStatus.SUCCEEDED

    @property
    def is_unpriced(self) -> bool:
        return self.cost is None and self.may_have_been_charged

    def envelope(self, attempts: tuple[Attempt, ...] = (), answer: str | None = None) -> Envelope:
        """Return what is known of the task as an answer."""
        return Envelope(
            capability=self.capability,
            model=self.endpoint,
            outputs=self.outputs,
            attempts=attempts,
            ignored=self.ignored,
            normalization=self.normalization,
            task_id=self.id,
            status=str(self.status),
            request_id=self.request_id,
            seed=self.seed,
            billable_units=self.billable_units,
            duration_ms=None if self.duration_s is None else round(self.duration_s * 1000),
            sandbox=self.sandbox,
            answer=answer,
            result=self.result,
            cost=self.cost,
            warnings=self.warnings,
        )

    def cost_of(self, billable_units: str | None) -> Cost | None:
        """Return what these units cost; ``None`` if the price was not known, or fal reported no units."""
        if self.price is None:
            return None
        from openclaw_fal.core.costs import Cost  # noqa: PLC0415 - most runs know no price

        return Cost.computed(billable_units, self.price)

    def as_json(self) -> dict[str, Any]:
        """Return the task as ``tasks list`` and ``tasks show`` print it: the envelope, and what was asked and when."""
        return self.envelope().as_json() | {
            "ok": self.status in _GOOD,
            "runtime": RUNTIME,
            "createdAt": iso_time(self.created_at),
            "updatedAt": iso_time(self.updated_at),
            "finishedAt": iso_time(self.finished_at),
            "batch": self.batch,
            "request": self.request.as_json() if self.request else {},
            "error": self.error.restored().as_json() if self.error else None,
        }


# --- events, in the order in which they happen --------------------------------------------------
# Named tuples, because defining a dataclass takes about seven times as long, at every start of the program.


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
    """Reference ``number`` of ``total``, counted from 1, is uploaded to fal's storage; ``size`` is in bytes."""

    name: str
    number: int
    total: int
    size: int


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
