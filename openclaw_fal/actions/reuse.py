"""Identical earlier requests: ``--reuse`` adopts them and submits nothing; without it, the user is warned."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from openclaw_fal.actions.task_hints import details_hint, wait_command
from openclaw_fal.core.errors import NothingSent, StillRunning, SubmitUnknown
from openclaw_fal.core.events import Note
from openclaw_fal.core.tasks import TaskStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Sequence

    from openclaw_fal.actions.generation import BatchLine
    from openclaw_fal.actions.references import LoadedReference
    from openclaw_fal.core.events import Event
    from openclaw_fal.core.file_names import OutputPlan
    from openclaw_fal.core.tasks import Task
    from openclaw_fal.fal.clock import Deadline
    from openclaw_fal.models.payload import Plan
    from openclaw_fal.runtime import Runtime

POLL_S = 0.2
SEARCH_TIME_S = 30.0  # for the request of another command, which may be looking for it as well


def request_digest(runtime: Runtime, plan: Plan, media: Iterable[LoadedReference]) -> str:
    """Return what makes two requests the same: where to, and what, with files by content."""
    where = "sandbox" if runtime.in_sandbox else runtime.fal.origins.queue
    same = [where, plan.endpoint, plan.with_references([medium.identity for medium in media])]
    return hashlib.sha256(json.dumps(same, sort_keys=True).encode()).hexdigest()


def warn_of_same(runtime: Runtime, digest: str) -> Generator[Event, None, None]:
    """Warn if the same request is under way already, or has been made and its files were not fetched."""
    task = _best(runtime.journal.find_same(digest))
    if task is None:
        return
    verb = "Fetch its files instead" if task.status is TaskStatus.SUCCEEDED else "Follow it instead"
    instead = (
        f"{verb}: {wait_command(task)}\nTo do so automatically: add --reuse"
        if _can_be_taken_up(task)
        else details_hint(task)
    )
    yield Note(
        f"The task {task.id} is the same request and is {task.status}. "
        f"This one is submitted and billed as well.\n{instead}",
        "warning",
    )


def take_up(runtime: Runtime, digest: str, deadline: Deadline) -> Generator[Event, None, Task | None]:
    """Return the task of the same request, ``None`` if there is none; wait while another process submits it.

    One that was under way when this command began counts, even if it has ended and its files are saved since then.
    Raises `SubmitUnknown` if it is unknown whether fal accepted it, and `StillRunning` if it is still being submitted
    at the deadline.
    """
    task = yield from _taken(runtime, lambda: _best(runtime.journal.find_same(digest, runtime.began_at)), deadline)
    if task:
        yield Note(f"The task {task.id} is the same request and {_state_of(task)}; nothing is submitted.")
    return task


def take_up_line(runtime: Runtime, line: BatchLine, deadline: Deadline) -> Generator[Event, None, Task | None]:
    """Return the task of a batch's line that another process has submitted meanwhile; ``None`` if it failed to.

    Waits and raises as `take_up` does.
    """
    from openclaw_fal.core.batch_line_state import state_of  # noqa: PLC0415 - most requests are of no batch

    def find() -> Task | None:
        state, task = state_of(runtime.journal.batch_tasks(line.batch, line.key))
        return None if state.needs_retry else task

    return (yield from _taken(runtime, find, deadline))


def _taken(
    runtime: Runtime, find: Callable[[], Task | None], deadline: Deadline
) -> Generator[Event, None, Task | None]:
    """Return the task that ``find`` returns once it is submitted; ``None`` if there is none, or none any more."""
    while task := find():
        if task.status is TaskStatus.SUBMITTING:
            yield from until_submitted(runtime, task, deadline)
            continue
        if not _can_be_taken_up(task):
            found = yield from _looked_up(runtime, task, deadline)
            if found is None:
                continue  # it was never submitted, so it is open no longer
            task = found
        runtime.open_tasks.put(task)
        return task
    return None


def _looked_up(runtime: Runtime, task: Task, deadline: Deadline) -> Generator[Event, None, Task | None]:
    """Return the task with its request from fal's history, ``None`` if it surely was never submitted."""
    from openclaw_fal.actions.recovery import recover  # noqa: PLC0415 - rarely needed

    lost = SubmitUnknown(
        f"The task {task.id} is the same request, but it is unknown whether fal accepted it. Nothing was submitted now."
    )
    try:
        return (yield from recover(runtime, task, deadline.within(SEARCH_TIME_S), lost))
    except NothingSent:
        return None


def until_submitted(runtime: Runtime, task: Task, deadline: Deadline) -> Generator[Event, None, Task]:
    """Return the task when the process that submits it knows the outcome, or has died.

    Raises `StillRunning` at the deadline.
    """
    yield Note(f"Waiting for another process that submits the task {task.id}.")
    while task.status is TaskStatus.SUBMITTING:
        if deadline.is_over:
            raise StillRunning(
                f"Another process is still submitting the task {task.id}. Nothing was submitted now.",
                hint=f"Wait for it: {wait_command(task)}",
                retryable=True,
            ).about(task)
        runtime.clock.sleep(min(POLL_S, deadline.remaining))
        task = runtime.journal.get_task(task.id)
    return task


def output_of_same(task: Task, output: OutputPlan) -> OutputPlan:
    """Return where the files of an adopted task go: under the same names, if to the same place as planned."""
    if not task.delivery or not task.delivery.is_same_place(output):
        return output
    return task.delivery._replace(sidecar=output.sidecar, metadata=output.metadata)


def _state_of(task: Task) -> str:
    if task.status is not TaskStatus.SUCCEEDED:
        return "is under way"
    return "has just ended" if task.is_delivered else "has succeeded, but its files are missing"


def _best(tasks: Sequence[Task]) -> Task | None:
    """Return the task to adopt: one that can be, else one that may become so, else the newest."""
    return next(
        (task for is_wanted in (_can_be_taken_up, _is_being_submitted) for task in tasks if is_wanted(task)),
        tasks[0] if tasks else None,
    )


def _can_be_taken_up(task: Task) -> bool:
    return task.request_id is not None or task.status is TaskStatus.SUCCEEDED


def _is_being_submitted(task: Task) -> bool:
    return task.status is TaskStatus.SUBMITTING
