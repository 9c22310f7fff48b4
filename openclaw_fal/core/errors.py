"""Everything that can go wrong, in one family.

    OpenclawFalError                1   anything not below
    ├── UsageError                  2   the command line or the request is wrong; nothing was sent
    ├── ConfigError                 1   the configuration file can't be used as it is
    ├── KeyProblem                  3   the key is missing or was refused
    ├── AccountProblem              4   the account is locked, out of balance or over its limits
    ├── InputRefused                5   fal refused the input (validation, content policy)
    ├── JobFailed                   6   the job failed, was cancelled or got lost at fal
    ├── NothingSent                 7   network or disk failed first: nothing was sent or written
    ├── SubmitUnknown               8   submitted or not: nobody can tell
    ├── StillRunning                9   time ran out, the job did not
    └── Incomplete                 10   some files are missing; fetching them again is free

    Interrupted                130/143  Ctrl-C or SIGTERM; the task is kept

``code`` is for programs and never changes its meaning; ``exit_code`` is what the process
returns; ``hint`` names the next command. `main()` holds the one ``except`` that turns an
error into output.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from openclaw_fal.core.results import Envelope


class OpenclawFalError(Exception):
    """A failure that was foreseen, told in words a user can act on."""

    exit_code = 1
    code = "failed"

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        code: str | None = None,
        http_status: int | None = None,
        request_id: str | None = None,
        task_id: str | None = None,
        retryable: bool = False,
        envelope: Envelope | None = None,
        extra: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code = code or type(self).code
        self.http_status = http_status
        self.request_id = request_id
        self.task_id = task_id
        self.retryable = retryable
        # What is known of the answer all the same: files already saved, attempts made.
        self.envelope = envelope
        # Further keys of the answer in JSON.
        self.extra = extra or {}
        # What else went wrong, where the same was done for several tasks.
        self.others: list[OpenclawFalError] = []


class UsageError(OpenclawFalError):
    exit_code = 2
    code = "usage"


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


class Interrupted(BaseException):
    """A signal asked the program to stop.

    Not an `Exception`: nothing on the way up may mistake it for a failure and carry on.
    """

    def __init__(self, signal_number: int) -> None:
        super().__init__(signal_number)
        self.signal_number = signal_number
        self.exit_code = 128 + signal_number


def remember(error: OpenclawFalError) -> dict[str, Any]:
    """Return the parts of an error that the task journal keeps, from which `recall` makes it again."""
    kept = {
        "kind": type(error).__name__,
        "code": error.code,
        "message": error.message,
        "hint": error.hint,
        "http_status": error.http_status,
        "request_id": error.request_id,
    }
    return {name: value for name, value in kept.items() if value is not None}


def recall(kept: dict[str, Any]) -> OpenclawFalError:
    """Return the error that `remember` kept."""
    kinds = {kind.__name__: kind for kind in OpenclawFalError.__subclasses__()}
    return kinds.get(kept.get("kind", ""), OpenclawFalError)(
        kept.get("message", "It failed."),
        hint=kept.get("hint"),
        code=kept.get("code"),
        http_status=kept.get("http_status"),
        request_id=kept.get("request_id"),
    )
