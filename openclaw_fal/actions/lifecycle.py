"""The life of a task: submit, follow. There is no other path from a request to a result.

What is learnt is written down before it is told: an event that reaches the renderer is already in the journal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openclaw_fal.actions.next_steps import failure_hint, open_hint, unknown_hint, wait_command
from openclaw_fal.core.errors import (
    AccountProblem,
    InputRefused,
    Interrupted,
    JobFailed,
    KeyProblem,
    NothingSent,
    OpenclawFalError,
    StillRunning,
    SubmitUnknown,
)
from openclaw_fal.core.tasks import (
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
from openclaw_fal.fal import following, queue, submission
from openclaw_fal.fal.reply import Unreachable

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from openclaw_fal.core.tasks import Event
    from openclaw_fal.fal.clock import Deadline
    from openclaw_fal.fal.parse import QueueStatus, Result, Submission
    from openclaw_fal.runtime import Runtime

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
    was_sent = False
    result: Result | None = None
    learnt: dict[str, Any] = {}
    try:
        with runtime.signals.held():
            runtime.journal.open_task(task)
            runtime.current_task = task
        yield Submitting(task)
        was_sent = True
        if task.transport == "queue":
            with runtime.signals.held():
                accepted = yield from submission.submit(runtime.fal, task.endpoint, body, deadline)
                learnt = _as_accepted(accepted)
                task = runtime.journal.record(task, **learnt)
        else:
            result = yield from submission.run(runtime.fal, task.endpoint, body, deadline)
            learnt = _as_succeeded(task, result)
            with runtime.signals.held():
                task = runtime.journal.record(task, **learnt)
    except (SubmitUnknown, Interrupted, GeneratorExit) as problem:
        if task.status is TaskStatus.SUBMITTING:
            # A second signal may have come while the journal was busy: what fal has said by then is what counts.
            learnt = learnt or _broken_off(runtime, task, problem, was_sent=was_sent)
            runtime.current_task = task._replace(**learnt)  # even if a third one comes now
            task = runtime.journal.record(task, **learnt)
        runtime.current_task = task
        raise
    except OpenclawFalError as error:
        if not was_sent:  # it could not be written down
            raise
        raise _refused(runtime, task, error) from error
    runtime.current_task = task
    yield Submitted(task)
    if result:
        yield from _warnings(result)
    return task


def _warnings(result: Result) -> Generator[Note, None, None]:
    """Say which pictures the safety checker has flagged: they come back black, and no error tells of it."""
    numbers = [str(number) for number, is_flagged in enumerate(result.flagged, start=1) if is_flagged]
    if numbers:
        yield Note(f"fal's safety checker flagged image {', '.join(numbers)}; it may have come black.", "warning")


def _as_accepted(accepted: Submission) -> dict[str, Any]:
    return {
        "status": TaskStatus.QUEUED,
        "request_id": accepted.request_id,
        "status_url": accepted.status_url,
        "response_url": accepted.response_url,
        "cancel_url": accepted.cancel_url,
    }


def _broken_off(
    runtime: Runtime, task: Task, problem: SubmitUnknown | Interrupted | GeneratorExit, *, was_sent: bool
) -> dict[str, Any]:
    """Return what to record of a submission without an end: it is unknown, unless it surely was not under way."""
    if not isinstance(problem, SubmitUnknown):
        # At a yield and in a pause between two tries nothing is under way.
        if not was_sent or isinstance(problem, GeneratorExit) or runtime.signals.came_in_pause:
            error = NothingSent("It was interrupted before fal took it; nothing was submitted.", code="interrupted")
            return {"status": TaskStatus.FAILED, "error": error.as_record()}
        problem = SubmitUnknown("It was interrupted while it was being sent: fal may or may not have accepted it.")
    # The head of an answer may have come, and in it the id under which a job in the queue can be asked for.
    request_id = problem.request_id if task.transport == "queue" else None
    problem.about(task, hint=unknown_hint(task._replace(request_id=request_id)))
    known = {"request_id": request_id} if request_id else {}
    return {"status": TaskStatus.UNKNOWN, "error": problem.as_record()} | known


def _refused(runtime: Runtime, task: Task, error: OpenclawFalError) -> OpenclawFalError:
    """Record a submission that fal refused, or that never reached it, or a run that failed."""
    error.about(task, hint=error.hint or failure_hint(task, error))
    status = _STATUS_BY_CODE.get(error.code, TaskStatus.FAILED)
    ran = task.transport == "sync" and isinstance(error, JobFailed | InputRefused)
    known = {"request_id": error.request_id} if ran and error.request_id else {}
    runtime.journal.record(task, status=status, error=error.as_record(), **known)
    return error


def succeeded(runtime: Runtime, task: Task, result: Result, inference_seconds: float | None = None) -> Task:
    return runtime.journal.record(task, **_as_succeeded(task, result, inference_seconds))


def _as_succeeded(task: Task, result: Result, inference_seconds: float | None = None) -> dict[str, Any]:
    return {
        "status": TaskStatus.SUCCEEDED,
        "request_id": task.request_id or result.request_id,
        "outputs": result.assets,
        "seed": result.seed,
        "billable_units": result.billable_units,
        "inference_seconds": inference_seconds,
        "error": None,
    }


def follow(runtime: Runtime, task: Task, deadline: Deadline) -> Generator[Event, None, Task]:
    """Wait for a queued task and return it succeeded, its files known but not yet fetched.

    Raises `StillRunning` when time runs out, the recorded error when the job ended badly, and `KeyProblem` or
    `AccountProblem` when fal stops answering us; in those cases the task stays open and can be waited for again.
    """
    followed = _Followed(runtime, task)
    try:
        result = yield from followed.watch(following.follow(runtime.fal, handle_of(runtime, task), deadline))
        if result is None:
            raise _still_running(followed.task)
        task = succeeded(runtime, followed.task, result, followed.inference_seconds)
        yield from _warnings(result)
        return task  # noqa: TRY300 - a failure of what is above, and of nothing else, is the job's
    except Unreachable as problem:
        raise _still_running(followed.task, problem.reason) from problem
    except (KeyProblem, AccountProblem) as error:
        error.about(task, hint=f"The job is kept. When that is fixed: {wait_command(task)}")
        raise
    except (JobFailed, InputRefused) as error:
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
        self, statuses: Generator[QueueStatus | Waiting, None, Result | None]
    ) -> Generator[Event, None, Result | None]:
        """Pass events on until the statuses end; return what the job made, ``None`` when time ran out."""
        while True:
            try:
                status = next(statuses)
            except StopIteration as end:
                return end.value  # type: ignore[no-any-return]
            if isinstance(status, Waiting):
                yield status
                continue
            self.last = status
            yield from self._events(status)

    @property
    def inference_seconds(self) -> float | None:
        return self.last.inference_seconds if self.last else None

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


def _ended_badly(runtime: Runtime, followed: _Followed, error: JobFailed | InputRefused) -> OpenclawFalError:
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
    error.about(followed.task, hint=error.hint or failure_hint(followed.task, error))
    status = _STATUS_BY_CODE.get(error.code, TaskStatus.FAILED)
    runtime.journal.record(followed.task, status=status, error=error.as_record())
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
    what = f"Time ran out while the task {task.id} was {task.status}"
    if reason:
        what = f"No answer about the task {task.id} came in time ({reason})"
    return StillRunning(
        f"{what}. It goes on at fal and is not lost.",
        hint=open_hint(task),
        task_id=task.id,
        request_id=task.request_id,
        retryable=True,
    )


def handle_of(runtime: Runtime, task: Task) -> queue.Handle:
    """Return where fal is asked about a task."""
    urls = (task.status_url, task.response_url, task.cancel_url)
    return queue.Handle.make(runtime.fal.origins, task.endpoint, task.request_id or "", urls)


def as_known(runtime: Runtime, task: Task) -> Task:
    """Return the task as the journal has it, or as it was given when the journal knows less or can't be read."""
    try:
        known = runtime.journal.get_task(task.id)
    except OpenclawFalError:
        return task
    is_behind = known.status is TaskStatus.SUBMITTING or (task.request_id and not known.request_id)
    return task if is_behind else known
