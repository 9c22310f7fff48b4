"""Tasks, and what identifies a task's request in fal's history.

A task is one submission and all that is known about it. It is recorded before it is sent, and again whenever something
about it becomes known, so a crash at any point loses nothing.
"""

from __future__ import annotations

import json
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal

from openclaw_fal.core.data_uri import is_data_uri
from openclaw_fal.core.kinds import KIND_ROWS, kind_of
from openclaw_fal.core.records import Record
from openclaw_fal.core.results import NOTHING, Envelope
from openclaw_fal.core.text import iso_time

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openclaw_fal.core.costs import Cost, Price
    from openclaw_fal.core.errors import ErrorRecord
    from openclaw_fal.core.file_names import OutputPlan
    from openclaw_fal.core.kinds import Kind
    from openclaw_fal.core.requests import Request
    from openclaw_fal.core.results import Asset, Attempt, Normalized, Shortfall

WAIT_TIMEOUT_S = 1200.0  # the time limit of `tasks wait` without --timeout-ms


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

    Times are seconds since the epoch. ``model`` is the endpoint id that was asked for, ``endpoint`` the one that the
    request was sent to (a sibling if there are references). ``request`` and ``delivery`` are ``None`` if they are not
    known. ``digest`` is the SHA-256 of what was sent, with the content of references. ``result`` is the output of
    `run`, or of another command that got no files, without the content of files. ``price`` is the price of a unit at
    the time of the submission, if it was known. ``other_folders`` may hold files or parts of them, besides the folder
    of ``delivery``. ``working_folder`` is the folder from which the request names its files, if it has any. ``batch``
    is the name of the batch that the task belongs to, ``line`` the identity of its line there. ``mark`` identifies the
    request in fal's history if the answer never arrived.
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
    def folders(self) -> set[str]:
        """The folders that may hold files or parts of them."""
        return {self.delivery.folder if self.delivery else "", *self.other_folders} - {""}

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


class InputMark(Record):
    """What identifies a request in fal's history: a digest of its input.

    ``digest`` is the SHA-256 of the body with a placeholder for each ``data:`` URI, for which fal may list an address;
    ``inline`` are the paths of these. Members that are null do not count.
    """

    digest: str
    inline: tuple[str, ...] = ()

    @classmethod
    def of(cls, body: Any) -> InputMark:
        inline = tuple(_paths_of_data(body))
        return cls(_digest(body, inline), inline)

    def matches(self, body: Any) -> bool:
        return isinstance(body, dict) and _digest(body, self.inline) == self.digest


def _paths_of_data(value: Any, path: str = "") -> Iterator[str]:
    match value:
        case str() if is_data_uri(value):
            yield path
        case dict():
            for name, member in value.items():
                yield from _paths_of_data(member, f"{path}/{name}")
        case list():
            for number, element in enumerate(value):
                yield from _paths_of_data(element, f"{path}/{number}")
        case _:
            pass


def _digest(body: Any, inline: tuple[str, ...]) -> str:
    import hashlib  # noqa: PLC0415 - takes long, and reading tasks does without

    return hashlib.sha256(json.dumps(_comparable(body, inline), sort_keys=True).encode()).hexdigest()


def _comparable(value: Any, inline: tuple[str, ...], path: str = "") -> Any:
    match value:
        case str() if path in inline:
            return "data:"
        case float() if value.is_integer():  # JSON has one type of number
            return int(value)
        case dict():
            members = {name: _comparable(member, inline, f"{path}/{name}") for name, member in value.items()}
            return {name: member for name, member in members.items() if member is not None}
        case list():
            return [_comparable(element, inline, f"{path}/{number}") for number, element in enumerate(value)]
        case _:
            return value
