"""The submission of a task: recorded, sent at most once, and its outcome recorded, whatever comes in between.

What an interrupt leaves is decided here. Signals wait while a job is sent to the queue, until its answer is recorded. A
second one, a broken connection, and any signal during a synchronous run leave it unknown whether fal has accepted the
task, unless nothing was being sent (`_broken_off`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openclaw_fal.actions.outcomes import failed, keep_files_inside, kept_text, result_changes, unreadable
from openclaw_fal.actions.task_hints import adopt_command, unknown_hint
from openclaw_fal.core.errors import (
    Incomplete,
    InputRefused,
    Interrupted,
    JobFailed,
    NothingSent,
    OpenclawFalError,
    StillRunning,
    SubmitUnknown,
)
from openclaw_fal.core.events import Note, Submitted, Submitting
from openclaw_fal.core.tasks import InputMark, Task, TaskStatus
from openclaw_fal.fal import submission

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from openclaw_fal.core.events import Event
    from openclaw_fal.fal.clock import Deadline
    from openclaw_fal.fal.parse import Submission
    from openclaw_fal.runtime import Runtime

JOURNAL_TIMEOUT_S = 2.0  # with other processes that lock the journal, before the request id is shown


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
            outcome = result_changes(task, result)
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
        raise unreadable(runtime, task, error) from error
    except OpenclawFalError as error:
        if not was_sent:  # the journal could not be written
            raise
        raise _refused(runtime, task, error) from error
    runtime.open_tasks.put(task)
    yield Submitted(task)
    return task


def _accepted(accepted: Submission) -> dict[str, Any]:
    return {
        "status": TaskStatus.QUEUED,
        "request_id": accepted.request_id,
        "status_url": accepted.status_url,
        "response_url": accepted.response_url,
        "cancel_url": accepted.cancel_url,
    }


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
    kept = kept_text(runtime, task, problem.answer)
    problem.about(task, hint=unknown_hint(task._replace(request_id=request_id)), more=kept)
    known = {"request_id": request_id} if request_id else {}
    return {"status": TaskStatus.UNKNOWN, "error": problem.as_record()} | known


def _refused(runtime: Runtime, task: Task, error: OpenclawFalError) -> OpenclawFalError:
    """Record a submission that fal refused or that never reached it, or a synchronous run that failed."""
    has_run = task.transport == "sync" and isinstance(error, JobFailed | InputRefused)
    known = {"request_id": error.request_id} if has_run and error.request_id else {}
    return failed(runtime, task, error, **known)
