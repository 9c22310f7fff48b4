"""Which lines of a batch are made already: a line's identity finds its tasks, and they decide its state."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from openclaw_fal.core.costs import total
from openclaw_fal.core.errors import (
    AccountProblem,
    ConfigError,
    Incomplete,
    KeyProblem,
    NothingSent,
    OpenclawFalError,
    UsageError,
)
from openclaw_fal.core.records import Record
from openclaw_fal.core.requests import Request
from openclaw_fal.core.tasks import Task, TaskStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from decimal import Decimal

    from openclaw_fal.core.batch_requests import ParsedLine
    from openclaw_fal.core.results import Envelope

_KEY_LENGTH = 20
# Errors of a submission that fal surely did not accept: nothing was paid, so the line is still to be done.
_NEVER_ACCEPTED = (NothingSent, AccountProblem, KeyProblem, UsageError, ConfigError)


def keys_of(lines: Iterable[ParsedLine], where: str) -> list[str]:
    """Return the identity of each line: where it is sent to, its request, and its ordinal among equal ones."""
    seen: Counter[str] = Counter()
    keys = []
    for line in lines:
        asked = json.dumps([where, *(getattr(line.request, name) for name in Request._fields)], default=Record._asdict)
        seen[asked] += 1
        keys.append(hashlib.sha256(f"{seen[asked]} {asked}".encode(errors="replace")).hexdigest()[:_KEY_LENGTH])
    return keys


# --- state -------------------------------------------------------------------------------------


class LineState(StrEnum):
    """What the journal knows of a line."""

    MISSING = "missing"  # never accepted by fal
    RUNNING = "running"
    UNKNOWN = "unknown"  # fal may or may not have accepted it
    INCOMPLETE = "incomplete"  # finished, but not all of its files are saved
    DONE = "done"
    FAILED = "failed"
    CANCELED = "canceled"
    INVALID = "invalid"  # the line itself is wrong

    @property
    def needs_retry(self) -> bool:
        """Whether the line is submitted again only if asked: fal may have charged for it, or the user stopped it."""
        return self in (LineState.FAILED, LineState.CANCELED)


def state_of(tasks: Sequence[Task]) -> tuple[LineState, Task | None]:
    """Return the state of a line by its tasks, newest first, and the task that decides it."""
    for state, is_in in _STATES:
        if task := next((task for task in tasks if is_in(task)), None):
            is_canceled = state is LineState.FAILED and task.status is TaskStatus.CANCELLED
            return LineState.CANCELED if is_canceled else state, task
    return LineState.MISSING, None


def _is_failure(task: Task) -> bool:
    if not task.status.is_final or task.status is TaskStatus.SUCCEEDED:
        return False
    error = task.error
    return error is None or not (isinstance(error.restored(), _NEVER_ACCEPTED) or error.code == "interrupted")


_STATES: tuple[tuple[LineState, Callable[[Task], bool]], ...] = (
    (LineState.DONE, lambda task: task.is_delivered),
    (LineState.INCOMPLETE, lambda task: task.status is TaskStatus.SUCCEEDED),
    (LineState.RUNNING, lambda task: not task.status.is_final and task.status is not TaskStatus.UNKNOWN),
    (LineState.UNKNOWN, lambda task: task.status is TaskStatus.UNKNOWN and not task.request_id),
    (LineState.RUNNING, lambda task: task.status is TaskStatus.UNKNOWN),
    (LineState.FAILED, _is_failure),
)


# --- all lines ----------------------------------------------------------------------------------


class Shard(Record):
    """A stable part of the lines: ``number`` (from 1) of ``total`` machines. A line stays when others are added."""

    number: int
    total: int

    @classmethod
    def parse(cls, text: str) -> Shard:
        """Read ``I/N``. Raises `UsageError`."""
        found = re.fullmatch(r"\s*(\d{1,5})\s*/\s*(\d{1,5})\s*", text)
        if not found or not 1 <= int(found[1]) <= int(found[2]):
            raise UsageError(f"--shard {text!r} is not a part. Give I/N, such as 2/4 for the second of four.")
        return cls(int(found[1]), int(found[2]))

    def has(self, key: str) -> bool:
        return int(key, 16) % self.total == self.number - 1

    def __str__(self) -> str:
        return f"{self.number}/{self.total}"


class LineResult(Record):
    """The state of a line, with its answer or its error."""

    number: int
    key: str
    title: str
    state: LineState
    envelope: Envelope | None = None
    error: OpenclawFalError | None = None

    def as_json(self) -> dict[str, Any]:
        answer: Envelope | OpenclawFalError | None = self.error or self.envelope
        known: dict[str, Any] = {}
        if answer is not None:
            known = answer.as_document() if isinstance(answer, OpenclawFalError) else answer.as_json()
        about = {"line": self.number, "key": self.key, "prompt": self.title, "state": str(self.state)}
        return about | known | {"ok": self.state is LineState.DONE}


class Report(Record):
    """The state of a batch. Its results are in the order of the file."""

    batch: str
    results: list[LineResult]
    shard: Shard | None = None

    @property
    def counts(self) -> dict[str, int]:
        """The number of lines in each state, and of all."""
        found = Counter(str(result.state) for result in self.results)
        return {"total": len(self.results)} | {str(state): found[str(state)] for state in LineState}

    @property
    def costs(self) -> dict[str, Decimal]:
        """The known costs of the lines, by currency."""
        return total(result.envelope.cost for result in self.results if result.envelope and result.envelope.cost)

    @property
    def failure(self) -> OpenclawFalError | None:
        """The first error of a line that is more than missing files."""
        errors = [result.error for result in self.results if result.error]
        return next((error for error in errors if not isinstance(error, Incomplete)), None)

    @property
    def exit_code(self) -> int:
        if error := self.failure:
            return error.exit_code
        is_done = all(result.state is LineState.DONE for result in self.results)
        return 0 if is_done else Incomplete.exit_code

    def as_json(self) -> dict[str, Any]:
        document: dict[str, Any] = {"ok": self.exit_code == 0, "batch": self.batch}
        if self.shard:
            document["shard"] = str(self.shard)
        document["counts"] = self.counts
        document["cost"] = {currency: float(amount) for currency, amount in self.costs.items()}
        if error := self.failure:
            document["error"] = error.as_json()
        return document | {"jobs": [result.as_json() for result in self.results]}
