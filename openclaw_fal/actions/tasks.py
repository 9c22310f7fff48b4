"""The life of a task: submit, follow, cancel. There is no other path from a request to a result.

What is learnt is written down before it is told: an event that reaches the renderer is already in the journal.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from openclaw_fal.core.errors import (
    AccountProblem,
    Interrupted,
    JobFailed,
    KeyProblem,
    OpenclawFalError,
    StillRunning,
    SubmitUnknown,
    recall,
    remember,
)
from openclaw_fal.core.tasks import (
    Finished,
    LogLine,
    Note,
    Queued,
    Running,
    Submitted,
    Submitting,
    Task,
    TaskStatus,
    Waiting,
)
from openclaw_fal.fal import queue, submission
from openclaw_fal.fal.http import Unreachable

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from openclaw_fal.core.tasks import Event
    from openclaw_fal.fal.deadline import Deadline
    from openclaw_fal.fal.wire import QueueStatus, Result
    from openclaw_fal.runtime import Runtime

CANCEL_TIMEOUT_S = 20.0
SETTLING_TIME_S = 2.0  # a job that was still queued is gone by then
_STATUS_BY_CODE = {
    "cancelled": TaskStatus.CANCELLED,
    "timed_out": TaskStatus.TIMED_OUT,
    "job_lost": TaskStatus.LOST,
    "result_gone": TaskStatus.LOST,
}


def submit(runtime: Runtime, task: Task, body: Mapping[str, Any], deadline: Deadline) -> Generator[Event, None, Task]:
    """Write the task down, send it at most once, and write down what came of that.

    Returns the task as queued, or as succeeded when the model answered at once (synchronous endpoint).
    Raises what `fal.submission` raises, the task then being failed, or unknown when nobody can tell.
    """
    runtime.journal.open_task(task)
    runtime.current_task = task
    yield Submitting(task)
    try:
        if task.transport == "queue":
            with runtime.signals.held():
                task = yield from _enqueue(runtime, task, body, deadline)
        else:
            result = yield from submission.run(runtime.fal, task.endpoint, body, deadline)
            task = _succeeded(runtime, task, result)
    except (SubmitUnknown, Interrupted) as problem:
        if task.status is TaskStatus.SUBMITTING:
            runtime.current_task = _unknown(runtime, task, problem)
        raise
    except OpenclawFalError as error:
        runtime.journal.record(task, status=TaskStatus.FAILED, error=remember(error))
        error.task_id = task.id
        raise
    runtime.current_task = task
    yield Submitted(task)
    return task


def _enqueue(
    runtime: Runtime, task: Task, body: Mapping[str, Any], deadline: Deadline
) -> Generator[Waiting, None, Task]:
    accepted = yield from submission.submit(runtime.fal, task.endpoint, body, deadline)
    return runtime.journal.record(
        task,
        status=TaskStatus.QUEUED,
        request_id=accepted.request_id,
        status_url=accepted.status_url,
        response_url=accepted.response_url,
        cancel_url=accepted.cancel_url,
    )


def _unknown(runtime: Runtime, task: Task, problem: SubmitUnknown | Interrupted) -> Task:
    if isinstance(problem, Interrupted):
        problem_text = "It was interrupted while it was being sent: fal may or may not have accepted it."
        return runtime.journal.record(
            task, status=TaskStatus.UNKNOWN, error=remember(SubmitUnknown(problem_text, task_id=task.id))
        )
    problem.task_id = task.id
    problem.hint = (
        f"See what reached fal at https://fal.ai/dashboard/requests before you send it again. "
        f"What was sent: openclaw-fal tasks show {task.id}"
    )
    return runtime.journal.record(task, status=TaskStatus.UNKNOWN, error=remember(problem))


def _succeeded(runtime: Runtime, task: Task, result: Result, inference_seconds: float | None = None) -> Task:
    return runtime.journal.record(
        task,
        status=TaskStatus.SUCCEEDED,
        request_id=task.request_id or result.request_id,
        outputs=result.assets,
        seed=result.seed,
        billable_units=result.billable_units,
        inference_seconds=inference_seconds,
        error=None,
    )


def follow(runtime: Runtime, task: Task, deadline: Deadline) -> Generator[Event, None, Task]:
    """Wait for a queued task and return it succeeded, its files known but not yet fetched.

    Raises `StillRunning` when time runs out, the recorded error when the job ended badly, and `KeyProblem` or
    `AccountProblem` when fal stops answering us; in those cases the task stays open and can be waited for again.
    """
    followed = _Followed(runtime, task)
    handle = _handle(runtime, task)
    watched = queue.watch(runtime.fal, handle, deadline)
    try:
        while True:
            status = yield from followed.watch(watched)
            if status is None or status.state != "completed":
                raise _still_running(followed.task)
            result = yield from queue.result(runtime.fal, handle, deadline)
            if result is not None:
                return _succeeded(runtime, followed.task, result, status.inference_seconds)
            # It was not finished after all: whoever said so is not asked again.
            runtime.clock.sleep(min(queue.FIRST_POLL_S, deadline.remaining))
            watched = queue.poll(runtime.fal, handle, deadline)
    except Unreachable as problem:
        raise _still_running(followed.task, problem.reason) from problem
    except StillRunning:
        raise
    except (KeyProblem, AccountProblem) as error:
        error.task_id = task.id
        error.hint = f"The task is kept. When that is mended: openclaw-fal tasks wait {task.id}"
        raise
    except OpenclawFalError as error:
        raise _ended_badly(runtime, followed, error) from error


class _Followed:
    """A task under observation: turns what fal says into events, each fact once."""

    def __init__(self, runtime: Runtime, task: Task) -> None:
        self.runtime = runtime
        self.task = task
        self.last: QueueStatus | None = None
        self._seen_logs: set[tuple[str, str, str]] = set()
        self._told: tuple[str, int | None] | None = None

    def watch(
        self, statuses: Generator[QueueStatus | Waiting, None, None]
    ) -> Generator[Event, None, QueueStatus | None]:
        """Pass events on until the statuses end; return the last one."""
        for status in statuses:
            if isinstance(status, Waiting):
                yield status
                continue
            self.last = status
            yield from self._events(status)
        return self.last

    def _events(self, status: QueueStatus) -> Generator[Event, None, None]:
        reached = {"queued": TaskStatus.QUEUED, "running": TaskStatus.RUNNING}.get(status.state)
        if reached and reached is not self.task.status:
            self.task = self.runtime.journal.record(self.task, status=reached)
        told = (status.state, status.position)
        if told != self._told and status.state == "queued":
            yield Queued(self.task, status.position)
        elif told[:1] != (self._told or ("",))[:1] and status.state == "running":
            yield Running(self.task)
        self._told = told
        for entry in status.logs:
            if entry.identity not in self._seen_logs:
                self._seen_logs.add(entry.identity)
                yield LogLine(self.task, entry.message, entry.level)


def _ended_badly(runtime: Runtime, followed: _Followed, error: OpenclawFalError) -> OpenclawFalError:
    """Record how the job ended. What the status said beside it is often the better reason."""
    said = followed.last
    if isinstance(error, JobFailed) and said and said.error:
        kind = f" ({said.error_type})" if said.error_type else ""
        known = error.code in _STATUS_BY_CODE
        error = JobFailed(
            error.message if known else f"The job failed at fal: {said.error}{kind}",
            code=_code_of(said.error_type) or error.code,
            http_status=error.http_status,
            retryable=True,
        )
    error.task_id = followed.task.id
    error.request_id = followed.task.request_id
    status = _STATUS_BY_CODE.get(error.code, TaskStatus.FAILED)
    runtime.journal.record(followed.task, status=status, error=remember(error))
    return error


def _code_of(error_type: str | None) -> str | None:
    """Fal's infrastructure error types that have a status of their own (``fal-http.md`` §4.3)."""
    return {
        "client_cancelled": "cancelled",
        "client_disconnected": "cancelled",
        "request_timeout": "timed_out",
        "startup_timeout": "timed_out",
    }.get(error_type or "")


def _still_running(task: Task, reason: str = "") -> StillRunning:
    told = f" (last trouble: {reason})" if reason else ""
    return StillRunning(
        f"Time ran out while the task {task.id} was {task.status}{told}. It goes on at fal and is not lost.",
        hint=f"Wait on: openclaw-fal tasks wait {task.id}\nStop it: openclaw-fal tasks cancel {task.id}",
        task_id=task.id,
        request_id=task.request_id,
        retryable=True,
    )


def _handle(runtime: Runtime, task: Task) -> queue.Handle:
    urls = (task.status_url, task.response_url, task.cancel_url)
    return queue.Handle.make(runtime.fal.origins, task.endpoint, task.request_id or "", urls)


def finish(runtime: Runtime, task: Task, deadline: Deadline) -> Generator[Event, None, Task]:
    """Bring a task from the journal to success, following it when it still runs.

    Raises the error it ended with; `SubmitUnknown` when it can't be followed because its request id never arrived.
    """
    runtime.use_sandbox(task.sandbox)
    if task.status is TaskStatus.SUCCEEDED:
        return task
    if task.status.is_final:
        error = recall(task.error or {})
        error.task_id, error.request_id = task.id, task.request_id
        raise error
    if not task.request_id:
        raise SubmitUnknown(
            f"The task {task.id} can't be followed: whether fal accepted it is not known.",
            hint=f"See https://fal.ai/dashboard/requests. What was sent: openclaw-fal tasks show {task.id}",
            task_id=task.id,
        )
    return (yield from follow(runtime, task, deadline))


def cancel(runtime: Runtime, task: Task) -> Generator[Event, None, None]:
    """Ask fal to stop a task and tell what it really answered; the last event is `Finished`.

    Its envelope's extra keys ``status`` and ``answer`` say how the task stands then. Raises `StillRunning` when fal
    does not answer.
    """
    answer: str
    if task.status.is_final:
        answer = f"has already ended: {task.status}"
    elif not task.request_id:
        answer = "can't be cancelled: its request id never arrived"
    else:
        answer = _CANCEL_WORDS[(yield from _ask_to_cancel(runtime, task))]
        task = yield from _settled(runtime, task, runtime.clock.deadline(SETTLING_TIME_S))
    yield Note(f"{task.id}: {answer}.")
    envelope = task.envelope()
    yield Finished(replace(envelope, extra=envelope.extra | {"answer": answer}))


def _ask_to_cancel(runtime: Runtime, task: Task) -> Generator[Waiting, None, queue.CancelAnswer]:
    runtime.use_sandbox(task.sandbox)
    try:
        return (yield from queue.cancel(runtime.fal, _handle(runtime, task), runtime.clock.deadline(CANCEL_TIMEOUT_S)))
    except Unreachable as problem:
        raise StillRunning(
            f"fal did not answer the request to cancel the task {task.id} ({problem.reason}).",
            code="cancel_unanswered",
            hint=f"Try again: openclaw-fal tasks cancel {task.id}",
            task_id=task.id,
        ) from problem


_CANCEL_WORDS: dict[queue.CancelAnswer, str] = {
    "requested": "fal was asked to stop the job; one that is already running may still finish, and is charged then",
    "already_completed": "too late, the job has finished at fal; its files can be fetched with tasks wait",
    "not_found": "fal does not know the job",
}


def _settled(runtime: Runtime, task: Task, deadline: Deadline) -> Generator[Event, None, Task]:
    """Look once more at a task that was asked to stop, so that its status is fal's word and not our guess."""
    try:
        return (yield from follow(runtime, task, deadline))
    except OpenclawFalError:
        return runtime.journal.get_task(task.id)
