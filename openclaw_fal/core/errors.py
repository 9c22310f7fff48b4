"""All errors, as one family of exceptions.

    OpenclawFalError                1   anything not below
    ├── UsageError                  2   the command line is wrong; nothing was sent
    │   └── RequestError            2   the request is wrong, and its message says that nothing was sent
    ├── ConfigError                 1   the configuration file is invalid
    ├── KeyProblem                  3   the key is missing or was refused
    ├── AccountProblem              4   the account is locked, out of balance or over its limits
    ├── InputRefused                5   fal refused the input (validation, content policy)
    ├── JobFailed                   6   the job failed, was canceled or is lost at fal
    ├── NothingSent                 7   network or disk failed first: nothing was sent or written
    ├── SubmitUnknown               8   unknown whether it was submitted
    ├── StillRunning                9   still running at the time limit
    ├── Incomplete                 10   some files are missing
    └── CostRefused                11   more than --max-cost allows, or an unknown amount; nothing was sent

    Interrupted            129/130/143  a closed terminal, Ctrl-C or SIGTERM; the task is kept

``code`` is for programs and keeps its meaning; ``exit_code`` is the exit status of the process. Only `main` turns an
error into output.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openclaw_fal.core.records import Record
from openclaw_fal.core.results import Envelope

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

    from openclaw_fal.core.tasks import Task


NOTHING_SENT = "Nothing was sent."
NEVER_SUBMITTED = "never_submitted"
"""The code of a task whose request never reached fal, according to fal's history."""


class OpenclawFalError(Exception):
    """A foreseen failure, with a message that a user can act on.

    Its ``message`` is the ``problem`` with the ``consequence``: a sentence on what it means for money and files, which
    a class of errors may know. ``hint`` has one command per line. ``envelope`` is what is known of the answer despite
    the failure: files that are already saved, models that were tried. ``phase`` is OpenClaw's name for the step that
    failed, if it has one. ``facts`` stand beside ``error`` in JSON. ``answer`` is what fal answered, if it can't be
    read.
    """

    exit_code = 1
    code = "failed"
    consequence = ""

    def __init__(
        self,
        problem: str,
        *,
        consequence: str | None = None,
        hint: str | None = None,
        code: str | None = None,
        http_status: int | None = None,
        request_id: str | None = None,
        task_id: str | None = None,
        retryable: bool = False,
        envelope: Envelope | None = None,
        facts: Mapping[str, Any] | None = None,
        answer: bytes = b"",
    ) -> None:
        super().__init__(problem)
        self.problem = problem
        if consequence is not None:
            self.consequence = consequence
        self.hint = hint
        self.code = code or type(self).code
        self.http_status = http_status
        self.request_id = request_id
        self.task_id = task_id
        self.retryable = retryable
        self.envelope = envelope
        self.phase: str | None = None
        self.facts = dict(facts or {})
        self.answer = answer
        # The results of a command about several tasks, in order. This error is one of them.
        self.results: tuple[Envelope | OpenclawFalError, ...] = ()

    def __str__(self) -> str:
        return self.message

    @property
    def message(self) -> str:
        """The problem, with the consequence after its first line; the others are details."""
        first, newline, details = self.problem.partition("\n")
        return f"{first} {self.consequence}".rstrip() + newline + details

    @property
    def others(self) -> list[OpenclawFalError]:
        """The errors of the command's other tasks."""
        return [result for result in self.results if isinstance(result, OpenclawFalError) and result is not self]

    def about(self, task: Task, *, hint: str | None = None, more: str = "") -> Self:
        """Name the task that failed; a ``hint`` replaces the one that the error has, ``more`` follows its message.

        Returns the error.
        """
        self.problem = f"{self.problem} {more}" if more else self.problem
        self.task_id = task.id
        self.request_id = task.request_id or self.request_id
        self.hint = hint or self.hint
        return self

    def as_json(self) -> dict[str, Any]:
        """Return the object that describes the error in every JSON answer, without what is not known."""
        answer = {
            "type": "cli_error",
            "message": self.message,
            "code": self.code,
            "hint": self.hint,
            "httpStatus": self.http_status,
            "requestId": self.request_id,
            "taskId": self.task_id,
            "retryable": self.retryable or None,
        }
        return {name: value for name, value in answer.items() if value is not None}

    def as_document(self) -> dict[str, Any]:
        """Return OpenClaw's failure envelope, with what is known of the answer beside ``error``."""
        document = _document_of(self)
        if self.results:
            document["tasks"] = [
                result.as_json() if isinstance(result, Envelope) else _document_of(result) | {"taskId": result.task_id}
                for result in self.results
            ]
        return document

    def as_record(self) -> ErrorRecord:
        """Return what the task journal keeps of the error."""
        return ErrorRecord(type(self).__name__, self.code, self.message, self.hint, self.http_status, self.request_id)


def _document_of(error: OpenclawFalError) -> dict[str, Any]:
    document: dict[str, Any] = {"ok": False, "error": error.as_json()}
    known = error.envelope.as_json() if error.envelope else {}
    if error.phase:
        known |= {"phase": error.phase, "message": error.message}
    known |= error.facts
    return document | {name: value for name, value in known.items() if name not in document}


class ErrorRecord(Record):
    """An error as the task journal keeps it; ``kind`` is the name of its class."""

    kind: str = "OpenclawFalError"
    code: str | None = None
    message: str = "It failed."
    hint: str | None = None
    http_status: int | None = None
    request_id: str | None = None

    def as_record(self) -> dict[str, Any]:
        return self._known()

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> ErrorRecord:
        return cls._restored(record)

    def restored(self) -> OpenclawFalError:
        """Return the error that was recorded."""
        kinds = {kind.__name__: kind for kind in OpenclawFalError.__subclasses__()}
        kinds["NothingSubmitted"] = NothingSent  # its name in journals of version 0.1.0
        return kinds.get(self.kind, OpenclawFalError)(
            self.message,
            consequence="",
            hint=self.hint,
            code=self.code,
            http_status=self.http_status,
            request_id=self.request_id,
        )


class UsageError(OpenclawFalError):
    exit_code = 2
    code = "usage"


class RequestError(UsageError):
    consequence = NOTHING_SENT


class ConfigError(OpenclawFalError):
    code = "config_invalid"


class KeyProblem(OpenclawFalError):
    exit_code = 3
    code = "key_refused"


class AccountProblem(OpenclawFalError):
    exit_code = 4
    code = "account_locked"


class InputRefused(OpenclawFalError):
    exit_code = 5
    code = "input_refused"


class JobFailed(OpenclawFalError):
    exit_code = 6
    code = "job_failed"


class NothingSent(OpenclawFalError):
    exit_code = 7
    code = "nothing_submitted"


class SubmitUnknown(OpenclawFalError):
    exit_code = 8
    code = "submit_unknown"


class StillRunning(OpenclawFalError):
    exit_code = 9
    code = "still_running"


class Incomplete(OpenclawFalError):
    exit_code = 10
    code = "files_missing"


class CostRefused(OpenclawFalError):
    exit_code = 11
    code = "cost_too_high"
    consequence = NOTHING_SENT


class Interrupted(BaseException):
    """A signal asked the program to stop.

    Not an `Exception`, so that no handler of failures catches it.
    """

    def __init__(self, signal_number: int) -> None:
        super().__init__(signal_number)
        self.signal_number = signal_number
        self.exit_code = 128 + signal_number
