"""`tasks wait`: taking up a task from the journal, follow + deliver."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openclaw_fal.actions.delivery import deliver, is_cut, is_there
from openclaw_fal.actions.output import read_output
from openclaw_fal.actions.tasks import follow, handle_of, succeeded, unknown_hint
from openclaw_fal.core.errors import OpenclawFalError, SubmitUnknown, recall
from openclaw_fal.core.naming import OutputPlan
from openclaw_fal.core.tasks import Finished, Task, TaskStatus
from openclaw_fal.fal import queue
from openclaw_fal.fal.replies import Unreachable

if TYPE_CHECKING:
    from collections.abc import Generator

    from openclaw_fal.core.tasks import Event
    from openclaw_fal.fal.deadline import Deadline
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
    if typed is None and task.delivery and task.delivery.get("kind") != "stdout":
        planned = OutputPlan.from_json(task.delivery)
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
        lost = [asset for asset in task.outputs if asset.path is None and is_cut(asset.url)]
        again = (yield from _asked_again(runtime, task, deadline)) if lost else None
        return _with_files(task, again) if again else task
    # Trouble of a server, or the wrong key, is no reason to give up what was paid for.
    if (task.error or {}).get("code") in {"job_lost", "result_gone", "server_error"}:
        again = yield from _asked_again(runtime, task, deadline)
        if again:
            return again
    error = recall(task.error or {})
    error.task_id, error.request_id = task.id, task.request_id
    raise error


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
