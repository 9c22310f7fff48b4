"""`tasks wait`: taking up a task from the journal, follow + deliver."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openclaw_fal.actions.delivery import deliver, is_there, read_output
from openclaw_fal.actions.lifecycle import as_known, follow, handle_of, succeeded
from openclaw_fal.actions.next_steps import (
    cancel_command,
    details_hint,
    open_hint,
    show_command,
    unknown_hint,
    wait_command,
)
from openclaw_fal.core.data_uri import has_lost_content
from openclaw_fal.core.errors import ErrorRecord, InputRefused, JobFailed, OpenclawFalError, StillRunning, SubmitUnknown
from openclaw_fal.core.tasks import Finished, Note, Task, TaskStatus, Waiting
from openclaw_fal.fal import queue
from openclaw_fal.fal.reply import Unreachable

if TYPE_CHECKING:
    from collections.abc import Generator

    from openclaw_fal.core.naming import OutputPlan
    from openclaw_fal.core.tasks import Event
    from openclaw_fal.fal.clock import Deadline
    from openclaw_fal.runtime import Runtime


DEFAULT_TIMEOUT_S = 1200.0
ASKING_AGAIN_S = 10.0  # for what has ended, and is only asked for in case that it has not


def wait_for(
    runtime: Runtime, task: Task, typed_output: str | None, timeout_ms: int | None, *, overwrite: bool
) -> Generator[Event, None, None]:
    """Bring a task to its end and its files home; the last event is `Finished`.

    Without ``typed_output`` the files go where they were first asked for, and those that are still there are not
    fetched again. Raises the error that the task ended with, and as `follow` and `deliver` do.
    """
    output = _output(runtime, task, typed_output, overwrite=overwrite)
    deadline = runtime.clock.deadline(timeout_ms / 1000 if timeout_ms else DEFAULT_TIMEOUT_S)
    runtime.current_task = task
    task = yield from _finish(runtime, task, deadline)
    here = [asset if typed_output is None and is_there(asset) else asset._replace(path=None) for asset in task.outputs]
    task = yield from deliver(runtime, task._replace(outputs=tuple(here)), output, deadline, is_again=True)
    yield Finished(task.envelope())


def _output(runtime: Runtime, task: Task, typed: str | None, *, overwrite: bool) -> OutputPlan:
    kind = task.capability.partition(".")[0]
    planned = task.delivery
    if typed is None and planned and planned.kind != "stdout":
        return planned._replace(overwrite=planned.overwrite or overwrite)
    return read_output(runtime, typed, kind, count=max(1, len(task.outputs)), overwrite=overwrite)


def _finish(runtime: Runtime, task: Task, deadline: Deadline) -> Generator[Event, None, Task]:
    """Bring a task from the journal to success, following it when it still runs.

    Raises the error it ended with; `SubmitUnknown` when it can't be followed because its request id never arrived.
    """
    runtime.use_sandbox(task.sandbox)
    if task.status.is_final:
        return (yield from _recalled(runtime, task, deadline))
    if not task.request_id:
        raise SubmitUnknown(
            f"The task {task.id} can't be followed: whether fal accepted it is not known.",
            hint=unknown_hint(task),
            task_id=task.id,
        )
    return (yield from follow(runtime, task, deadline))


def _recalled(runtime: Runtime, task: Task, deadline: Deadline) -> Generator[Event, None, Task]:
    """Return a task that has ended, or raise how; fal is asked again where it may know better by now."""
    if task.status is TaskStatus.SUCCEEDED:
        lost = [asset for asset in task.outputs if asset.path is None and has_lost_content(asset.url)]
        again = (yield from _asked_again(runtime, task, deadline)) if lost else None
        return _with_files(task, again) if again else task
    # Trouble of a server, or the wrong key, is no reason to give up what was paid for.
    if task.error_code in {"job_lost", "result_gone", "server_error"}:
        again = yield from _asked_again(runtime, task, deadline)
        if again:
            return again
    raise (task.error or ErrorRecord()).restored().about(task)


def _asked_again(runtime: Runtime, task: Task, deadline: Deadline) -> Generator[Event, None, Task | None]:
    """Return a task that has ended with the result that fal gives now, ``None`` when it gives none."""
    if task.transport != "queue" or not task.request_id:
        return None
    soon = min(deadline, runtime.clock.deadline(ASKING_AGAIN_S), key=lambda either: either.at)
    try:
        result = yield from queue.result(runtime.fal, handle_of(runtime, task), soon)
    except (OpenclawFalError, Unreachable):
        return None
    return succeeded(runtime, task, result) if result else None


def _with_files(task: Task, again: Task) -> Task:
    """Return the task with the files that are there already, and what is known now of the others."""
    if len(task.outputs) != len(again.outputs):
        return again
    outputs = [old if old.path else new for old, new in zip(task.outputs, again.outputs, strict=True)]
    return again._replace(outputs=tuple(outputs))


# MERGED """`tasks cancel`: asking fal to stop a job, and telling what it really answered."""
#

CANCEL_TIMEOUT_S = 20.0
SETTLING_TIME_S = 2.0  # a job that was still queued is gone by then


def cancel(runtime: Runtime, task: Task) -> Generator[Event, None, None]:
    """Ask fal to stop a task and tell what it really answered; the last event is `Finished`.

    Its envelope's ``status`` and ``answer`` say how the task stands then. Raises `StillRunning` when fal
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
    yield Finished(task.envelope(answer=answer))


_CANCEL_WORDS: dict[queue.CancelAnswer, str] = {
    "requested": "fal was asked to stop the job; one that is already running may still finish, and is charged then",
    "already_completed": "too late, the job has finished at fal",
    "not_found": "fal does not know the job",
}


def _too_late(task: Task, answer: str) -> OpenclawFalError:
    may_have_files = task.status is TaskStatus.SUCCEEDED or not task.status.is_final
    hint = f"Fetch its files: {wait_command(task)}" if may_have_files else details_hint(task)
    return OpenclawFalError(
        f"{task.id}: {answer}.",
        hint=hint,
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
        hint=f"Try again: {cancel_command(task)}",
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


# MERGED """After Ctrl-C, SIGTERM or the time limit: what becomes of the task under way."""
#


def interrupted(runtime: Runtime) -> OpenclawFalError:
    """Return the failure that an interrupted command ends with: where the task stands, and what to do next."""
    task = runtime.current_task and as_known(runtime, runtime.current_task)
    if task is None or task.error_code == "interrupted":
        return OpenclawFalError("Interrupted. Nothing was submitted.", code="interrupted")
    message, hint = _standing(task)
    return OpenclawFalError(message, code="interrupted", hint=hint, task_id=task.id, request_id=task.request_id)


def _standing(task: Task) -> tuple[str, str]:
    if task.is_delivered:
        return "Interrupted. The files are there already.", f"List them: {show_command(task)}"
    if task.status is TaskStatus.SUCCEEDED:
        return "Interrupted. The files are finished at fal.", f"Fetch them: {wait_command(task)}"
    if task.status.is_final:
        return f"Interrupted. The task {task.id} had ended: {task.status}.", details_hint(task)
    if task.request_id is None:
        return (
            "Interrupted while sending: fal may or may not have accepted the request, and may charge for it.",
            unknown_hint(task),
        )
    return f"Stopped waiting. The task {task.id} goes on at fal.", open_hint(task)


def cancel_as_asked(runtime: Runtime) -> str | None:
    """With ``--on-interrupt cancel``, cancel the task under way and return what fal answered."""
    task = runtime.current_task
    if task is None or not runtime.cancel_on_interrupt:
        return None
    told: list[str] = []
    try:
        events = cancel(runtime, as_known(runtime, task))
        told.extend(event.message for event in events if isinstance(event, Note))
    except OpenclawFalError as error:
        told.append(error.message)
    return " ".join(told)
