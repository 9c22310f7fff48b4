"""The life of a task: submit, then follow. There is no other path from a request to a result.

The journal records each fact before its event is yielded, so what the user has seen is on disk.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from openclaw_fal.actions.next_steps import (
    adopt_command,
    details_hint,
    failure_hint,
    open_hint,
    unknown_hint,
    wait_command,
)
from openclaw_fal.actions.shortfalls import shortfalls
from openclaw_fal.core.data_uri import is_data_uri
from openclaw_fal.core.errors import (
    AccountProblem,
    Incomplete,
    InputRefused,
    Interrupted,
    JobFailed,
    KeyProblem,
    NothingSent,
    OpenclawFalError,
    StillRunning,
    SubmitUnknown,
)
from openclaw_fal.core.events import (
    LogLine,
    Note,
    Queued,
    Running,
    Submitted,
    Submitting,
    Waiting,
    translate,
)
from openclaw_fal.core.kinds import KIND_ROWS
from openclaw_fal.core.tasks import InputMark, Task, TaskStatus
from openclaw_fal.fal import following, queue, submission
from openclaw_fal.fal.reply import Unreachable

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from openclaw_fal.core.events import Event
    from openclaw_fal.fal.clock import Deadline
    from openclaw_fal.fal.parse import QueueStatus, Result, Submission
    from openclaw_fal.runtime import Runtime

_STATUS_BY_CODE = {
    "cancelled": TaskStatus.CANCELLED,
    "timed_out": TaskStatus.TIMED_OUT,
    "job_lost": TaskStatus.LOST,
    "result_gone": TaskStatus.LOST,
}
# fal's infrastructure errors for which a task has a status of its own.
_CODE_BY_ERROR_TYPE = {
    "client_cancelled": "cancelled",
    "client_disconnected": "cancelled",
    "request_timeout": "timed_out",
    "startup_timeout": "timed_out",
}


JOURNAL_TIMEOUT_S = 2.0  # with other processes that lock the journal, before the request id is shown

# --- submit ------------------------------------------------------------------------------------


def submit(
    runtime: Runtime, task: Task, body: Mapping[str, Any], deadline: Deadline, *, unless_same: bool = False
) -> Generator[Event, None, Task | None]:
    """Record the task, send it at most once, and record the outcome.

    Returns the task queued, or succeeded if the endpoint is synchronous; ``None`` if the same request must not be made
    again (``unless_same``, or a line of a batch) and another process has opened it meanwhile. Raises what
    `fal.submission` raises; the task is then failed, or unknown if it can't be known whether fal accepted it.
    """
    task = task._replace(mark=InputMark.of(body))
    was_sent = False
    outcome: dict[str, Any] = {}
    try:
        with runtime.signals.held():
            since = runtime.began_at if unless_same else None
            if not runtime.journal.open_task(task, unless_same_since=since):
                return None
            runtime.open_tasks.put(task)
        yield Submitting(task)
        was_sent = True
        if task.transport == "queue":
            with runtime.signals.held():
                accepted = yield from submission.submit(runtime.fal, task.endpoint, body, deadline)
                outcome = _accepted(accepted)
                task = yield from _recorded(runtime, task, outcome)
        else:
            result = yield from submission.run(runtime.fal, task.endpoint, body, deadline)
            outcome = _success(task, result)
            with runtime.signals.held():
                yield from keep_files_inside(runtime, task, result)
                task = runtime.journal.record(task, **outcome)
    except (SubmitUnknown, Interrupted, GeneratorExit) as problem:
        if task.status is TaskStatus.SUBMITTING:
            # A second signal may arrive while the journal is busy. What fal has answered by then still counts.
            outcome = outcome or _broken_off(runtime, task, problem, was_sent=was_sent)
            runtime.open_tasks.put(task._replace(**outcome))  # first, because a third signal may arrive in `record`
            task = runtime.journal.record(task, **outcome)
        runtime.open_tasks.put(task)
        raise
    except Incomplete as error:
        raise _unreadable(runtime, task, error) from error
    except OpenclawFalError as error:
        if not was_sent:  # the journal could not be written
            raise
        raise _refused(runtime, task, error) from error
    runtime.open_tasks.put(task)
    yield Submitted(task)
    return task


def _recorded(runtime: Runtime, task: Task, accepted: dict[str, Any]) -> Generator[Note, None, Task]:
    """Record that fal has accepted the task. If that takes long or fails, its request id is shown at once."""
    task = runtime.journal.record(task, wait_s=JOURNAL_TIMEOUT_S, **accepted)
    if not runtime.journal.is_recorded(task):
        yield Note(
            f"fal has accepted the request as {task.request_id}, but it is not recorded yet.\n"
            f"If it is never recorded: {adopt_command(task)}",
            "warning",
        )
    return task


def check_recorded(runtime: Runtime, task: Task) -> None:
    """Raise `StillRunning` if the journal does not know that fal has accepted the task: nobody could wait for it."""
    if runtime.journal.is_recorded(task):
        return
    runtime.journal.record(task)
    if not runtime.journal.is_recorded(task):
        raise StillRunning(
            f"fal has accepted the request as {task.request_id}, but the task {task.id} can't be recorded.",
            code="not_recorded",
        ).about(task, hint=f"Wait for it: {adopt_command(task)}")


def succeeded(runtime: Runtime, task: Task, result: Result, inference_seconds: float | None = None) -> Task:
    """Record the result of a task and return the task with it."""
    return runtime.journal.record(task, **_success(task, result, inference_seconds))


def keep_files_inside(runtime: Runtime, task: Task, result: Result) -> Generator[Note, None, None]:
    """Keep a result that holds its files itself until they are saved: fal may not give it again."""
    if not any(is_data_uri(asset.url) for asset in result.files):
        return
    try:
        runtime.answers.keep(task.id, json.dumps(result.body).encode())
    except OSError as error:
        yield Note(f"The answer can't be kept until its files are saved: {error.strerror or error}.", "warning")


def _unreadable(runtime: Runtime, task: Task, error: Incomplete) -> Incomplete:
    """Record that a job has finished and its result can't be read, and keep what fal answered."""
    asked = "Ask fal for it again" if task.transport == "queue" else "A newer openclaw-fal may read it"
    kept = _kept_text(runtime, task, error.answer)
    error.about(task, hint=f"{asked}: {wait_command(task)}\n{details_hint(task)}", more=kept)
    request_id = task.request_id or error.request_id
    runtime.journal.record(task, status=TaskStatus.SUCCEEDED, request_id=request_id, error=error.as_record())
    return error


def _kept_text(runtime: Runtime, task: Task, answer: bytes) -> str:
    """Keep an answer and return a sentence that says where; nothing if there is none."""
    if not answer:
        return ""
    try:
        return f"It is kept in {runtime.answers.keep(task.id, answer)}."
    except OSError as problem:
        return f"It can't be kept: {problem.strerror or problem}."


def _accepted(accepted: Submission) -> dict[str, Any]:
    return {
        "status": TaskStatus.QUEUED,
        "request_id": accepted.request_id,
        "status_url": accepted.status_url,
        "response_url": accepted.response_url,
        "cancel_url": accepted.cancel_url,
    }


def _success(task: Task, result: Result, inference_seconds: float | None = None) -> dict[str, Any]:
    keeps_values = KIND_ROWS[task.kind].keeps_values
    is_result_kept = keeps_values or not result.assets  # fal may have said why there are no files
    outputs = result.files if keeps_values else result.assets
    return {
        "status": TaskStatus.SUCCEEDED,
        "request_id": task.request_id or result.request_id,
        "outputs": outputs,
        "warnings": shortfalls(task._replace(outputs=outputs)),
        "seed": result.seed,
        "billable_units": result.billable_units,
        "cost": task.cost or task.cost_of(result.billable_units),
        "inference_seconds": inference_seconds,
        "error": None,
    } | ({"result": result.values} if is_result_kept else {})


def _broken_off(
    runtime: Runtime, task: Task, problem: SubmitUnknown | Interrupted | GeneratorExit, *, was_sent: bool
) -> dict[str, Any]:
    """Return the outcome of a submission without an answer: failed if nothing was being sent, else unknown."""
    if not isinstance(problem, SubmitUnknown):
        # Nothing is being sent at a yield, and in the pause between two tries.
        if not was_sent or isinstance(problem, GeneratorExit) or runtime.signals.interrupted_pause:
            error = NothingSent("Interrupted before anything was submitted.", code="interrupted")
            return {"status": TaskStatus.FAILED, "error": error.as_record()}
        problem = SubmitUnknown("Interrupted while the request was being sent: fal may or may not have accepted it.")
    # Headers may have arrived without the rest of the answer, and with them the request id.
    request_id = problem.request_id
    kept = _kept_text(runtime, task, problem.answer)
    problem.about(task, hint=unknown_hint(task._replace(request_id=request_id)), more=kept)
    known = {"request_id": request_id} if request_id else {}
    return {"status": TaskStatus.UNKNOWN, "error": problem.as_record()} | known


def _refused(runtime: Runtime, task: Task, error: OpenclawFalError) -> OpenclawFalError:
    """Record a submission that fal refused or that never reached it, or a synchronous run that failed."""
    has_run = task.transport == "sync" and isinstance(error, JobFailed | InputRefused)
    known = {"request_id": error.request_id} if has_run and error.request_id else {}
    return failed(runtime, task, error, **known)


def failed(runtime: Runtime, task: Task, error: OpenclawFalError, **known: Any) -> OpenclawFalError:
    """Record the error that a task ended with, and return it with a hint."""
    error.about(task, hint=error.hint or failure_hint(task, error))
    status = _STATUS_BY_CODE.get(error.code, TaskStatus.FAILED)
    runtime.journal.record(task, status=status, error=error.as_record(), **known)
    return error


# --- follow ------------------------------------------------------------------------------------


def follow(runtime: Runtime, task: Task, deadline: Deadline) -> Generator[Event, None, Task]:
    """Wait for a queued task and return it succeeded, with its files still to be fetched.

    Raises the recorded error if the job ended without a result. Raises `StillRunning` at the deadline, and `KeyProblem`
    or `AccountProblem` if fal refuses to answer; the task then stays open and can be waited for again.
    """
    if task.transport == "sync":
        from openclaw_fal.actions.recovery import follow_run  # noqa: PLC0415 - it builds on this module

        return (yield from follow_run(runtime, task, deadline))
    reporter = StatusReporter(runtime, task)
    try:
        work = following.follow(runtime.fal, handle_of(runtime, task), deadline)
        result = yield from translate(work, reporter.events_of)
        if result is None:
            raise still_running(reporter.task)
        yield from keep_files_inside(runtime, reporter.task, result)
        return succeeded(runtime, reporter.task, result, reporter.inference_seconds)
    except Unreachable as problem:
        raise still_running(reporter.task, problem.reason) from problem
    except Incomplete as error:
        raise _unreadable(runtime, reporter.task, error) from error
    except (KeyProblem, AccountProblem) as error:
        error.about(task, hint=f"The task is kept. Continue when this is fixed: {wait_command(task)}")
        raise
    except (JobFailed, InputRefused) as error:
        raise failed(runtime, reporter.task, _explained(error, reporter.last)) from error


class StatusReporter:
    """Records the statuses of a task and reports each change and each log line once."""

    def __init__(self, runtime: Runtime, task: Task) -> None:
        self.runtime = runtime
        self.task = task
        self.last: QueueStatus | None = None
        self._reported: tuple[str, int | None] = ("", None)
        self._seen_logs: set[tuple[str, str, str]] = set()

    @property
    def inference_seconds(self) -> float | None:
        return self.last.inference_seconds if self.last else None

    def events_of(self, status: QueueStatus | Waiting) -> Generator[Event, None, None]:
        if isinstance(status, Waiting):
            yield status
            return
        self.last = status
        self._record(status)
        yield from self._changes(status)
        for entry in status.logs:
            if entry.identity not in self._seen_logs:
                self._seen_logs.add(entry.identity)
                yield LogLine(self.task, entry.message, entry.level)

    def _record(self, status: QueueStatus) -> None:
        reached = {"queued": TaskStatus.QUEUED, "running": TaskStatus.RUNNING}.get(status.state)
        # With many tasks at once, no display shows which of them still wait, and transactions cost most.
        if reached and reached is not self.task.status and self.task.batch is None:
            self.task = self.runtime.journal.record(self.task, status=reached)

    def _changes(self, status: QueueStatus) -> Generator[Event, None, None]:
        before, self._reported = self._reported, (status.state, status.position)
        if status.state == "queued" and self._reported != before:
            yield Queued(self.task, status.position)
        elif status.state == "running" and before[0] != "running":
            yield Running(self.task)


def _explained(error: JobFailed | InputRefused, last: QueueStatus | None) -> JobFailed | InputRefused:
    """Return the error with the reason that the last status gave, which is often better than the result's."""
    if isinstance(error, InputRefused) or last is None or not last.error:
        return error
    error_type = f" ({last.error_type})" if last.error_type else ""
    is_clear = error.code in _STATUS_BY_CODE
    return JobFailed(
        error.message if is_clear else f"The job failed at fal: {last.error}{error_type}",
        code=_CODE_BY_ERROR_TYPE.get(last.error_type or "") or error.code,
        http_status=error.http_status,
        retryable=True,
    )


def still_running(task: Task, reason: str = "") -> StillRunning:
    message = f"Time ran out while the task {task.id} was {task.status}"
    if reason:
        message = f"fal gave no answer about the task {task.id} in time ({reason})"
    return StillRunning(f"{message}. The job continues at fal.", retryable=True).about(task, hint=open_hint(task))


# --- both --------------------------------------------------------------------------------------


def handle_of(runtime: Runtime, task: Task) -> queue.Handle:
    """Return the URLs under which fal is asked about a task."""
    urls = (task.status_url, task.response_url, task.cancel_url)
    return queue.Handle.make(runtime.fal.origins, task.endpoint, task.request_id or "", urls)


def latest(runtime: Runtime, task: Task) -> Task:
    """Return the task from the journal, or ``task`` itself if the journal knows less or can't be read."""
    try:
        recorded = runtime.journal.get_task(task.id)
    except OpenclawFalError:
        return task
    is_behind = recorded.status is TaskStatus.SUBMITTING or (task.request_id and not recorded.request_id)
    return task if is_behind else recorded
