"""`tasks cancel`: asking fal to stop a job, and telling what it really answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openclaw_fal.actions.tasks import as_known, follow, handle_of, unknown_hint
from openclaw_fal.core.errors import InputRefused, JobFailed, OpenclawFalError, StillRunning, SubmitUnknown
from openclaw_fal.core.tasks import Finished, Note, Task, TaskStatus, Waiting
from openclaw_fal.fal import queue
from openclaw_fal.fal.replies import Unreachable

if TYPE_CHECKING:
    from collections.abc import Generator

    from openclaw_fal.core.tasks import Event
    from openclaw_fal.fal.deadline import Deadline
    from openclaw_fal.runtime import Runtime

CANCEL_TIMEOUT_S = 20.0
SETTLING_TIME_S = 2.0  # a job that was still queued is gone by then


def cancel(runtime: Runtime, task: Task) -> Generator[Event, None, None]:
    """Ask fal to stop a task and tell what it really answered; the last event is `Finished`.

    Its envelope's extra keys ``status`` and ``answer`` say how the task stands then. Raises `StillRunning` when fal
    does not answer, `SubmitUnknown` when there is nothing to ask about, and `OpenclawFalError` (code ``not_cancelled``)
    when it is too late.
    """
    if task.status is TaskStatus.CANCELLED:
        answer = "is cancelled already"
    elif task.status.is_final:
        raise _too_late(task, f"has already ended: {task.status}")
    elif not task.request_id:
        raise SubmitUnknown(
            f"The task {task.id} can't be cancelled: its request id never arrived.",
            hint=unknown_hint(task),
            task_id=task.id,
        )
    else:
        said = yield from _ask_to_cancel(runtime, task)
        task = yield from _settled(runtime, task, runtime.clock.deadline(SETTLING_TIME_S))
        if said != "requested" or task.status is TaskStatus.SUCCEEDED:
            raise _too_late(task, _CANCEL_WORDS[said])
        answer = "fal has cancelled the job" if task.status is TaskStatus.CANCELLED else _CANCEL_WORDS[said]
    yield Note(f"{task.id}: {answer}.")
    envelope = task.envelope()
    yield Finished(envelope._replace(extra=envelope.extra | {"answer": answer}))


_CANCEL_WORDS: dict[queue.CancelAnswer, str] = {
    "requested": "fal was asked to stop the job; one that is already running may still finish, and is charged then",
    "already_completed": "too late, the job has finished at fal",
    "not_found": "fal does not know the job",
}


def _too_late(task: Task, answer: str) -> OpenclawFalError:
    may_have_files = task.status is TaskStatus.SUCCEEDED or not task.status.is_final
    next_step = "Fetch its files: openclaw-fal tasks wait" if may_have_files else "See: openclaw-fal tasks show"
    return OpenclawFalError(
        f"{task.id}: {answer}.",
        hint=f"{next_step} {task.id}",
        code="not_cancelled",
        task_id=task.id,
        request_id=task.request_id,
    )


def _ask_to_cancel(runtime: Runtime, task: Task) -> Generator[Waiting, None, queue.CancelAnswer]:
    runtime.use_sandbox(task.sandbox)
    deadline = runtime.clock.deadline(CANCEL_TIMEOUT_S)
    try:
        return (yield from queue.cancel(runtime.fal, handle_of(runtime, task), deadline))
    except Unreachable as problem:
        raise _unanswered(task, problem.reason) from problem
    except (JobFailed, InputRefused) as problem:
        raise _unanswered(task, f"HTTP {problem.http_status}") from problem


def _unanswered(task: Task, reason: str) -> StillRunning:
    return StillRunning(
        f"fal did not take the request to cancel the task {task.id} ({reason}).",
        code="cancel_unanswered",
        hint=f"Try again: openclaw-fal tasks cancel {task.id}",
        task_id=task.id,
        request_id=task.request_id,
        retryable=True,
    )


def _settled(runtime: Runtime, task: Task, deadline: Deadline) -> Generator[Event, None, Task]:
    """Look once more at a task that was asked to stop, so that its status is fal's word and not our guess."""
    try:
        return (yield from follow(runtime, task, deadline))
    except OpenclawFalError:
        return as_known(runtime, task)
