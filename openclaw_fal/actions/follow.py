"""From a task that fal has accepted to its result: its status is followed, and each change recorded and reported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openclaw_fal.actions.outcomes import STATUS_BY_CODE, failed, keep_files_inside, succeeded, unreadable
from openclaw_fal.actions.task_hints import open_hint, wait_command
from openclaw_fal.core.errors import (
    AccountProblem,
    Incomplete,
    InputRefused,
    JobFailed,
    KeyProblem,
    OpenclawFalError,
    StillRunning,
)
from openclaw_fal.core.events import LogLine, Queued, Running, Waiting, translate
from openclaw_fal.core.tasks import Task, TaskStatus
from openclaw_fal.fal import following, queue
from openclaw_fal.fal.reply import Unreachable

if TYPE_CHECKING:
    from collections.abc import Generator

    from openclaw_fal.core.events import Event
    from openclaw_fal.fal.clock import Deadline
    from openclaw_fal.fal.parse import QueueStatus
    from openclaw_fal.runtime import Runtime

# fal's infrastructure errors for which a task has a status of its own.
_CODE_BY_ERROR_TYPE = {
    "client_cancelled": "cancelled",
    "client_disconnected": "cancelled",
    "request_timeout": "timed_out",
    "startup_timeout": "timed_out",
}


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
        raise unreadable(runtime, reporter.task, error) from error
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
    is_clear = error.code in STATUS_BY_CODE
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
