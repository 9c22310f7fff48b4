"""`tasks wait` and `tasks cancel`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openclaw_fal.actions.delivery import deliver
from openclaw_fal.actions.fetching import discard_leftovers
from openclaw_fal.actions.follow import follow, handle_of, latest
from openclaw_fal.actions.outcomes import succeeded
from openclaw_fal.actions.output_place import existing_files, read_output
from openclaw_fal.actions.reuse import until_submitted
from openclaw_fal.actions.task_hints import (
    cancel_command,
    details_hint,
    unknown_hint,
    wait_command,
)
from openclaw_fal.core.data_uri import has_lost_content
from openclaw_fal.core.errors import (
    NEVER_SUBMITTED,
    ErrorRecord,
    InputRefused,
    JobFailed,
    OpenclawFalError,
    StillRunning,
    SubmitUnknown,
)
from openclaw_fal.core.events import Finished, Note, Waiting
from openclaw_fal.core.kinds import KIND_ROWS
from openclaw_fal.core.tasks import WAIT_TIMEOUT_S, Task, TaskStatus
from openclaw_fal.fal import queue
from openclaw_fal.fal.parse import parse_result
from openclaw_fal.fal.reply import Unreachable, read_json
from openclaw_fal.store.part_files import is_saved

if TYPE_CHECKING:
    from collections.abc import Generator

    from openclaw_fal.core.events import Event
    from openclaw_fal.core.file_names import OutputPlan
    from openclaw_fal.core.requests import IfExists
    from openclaw_fal.fal.clock import Deadline
    from openclaw_fal.runtime import Runtime

REFETCH_TIMEOUT_S = 10.0  # for the result of a task that has already ended
CANCEL_TIMEOUT_S = 20.0
CANCEL_SETTLE_S = 2.0  # a job that was still queued is canceled by then
LATE_CANCEL_S = 1.5  # for both, when the time limit of the command has passed

# Failures that may have been fal's own, or due to a wrong key: the result may exist after all.
_DOUBTFUL_CODES = {"job_lost", "result_gone", "server_error"}


# --- wait --------------------------------------------------------------------------------------


def wait_for(
    runtime: Runtime,
    task: Task,
    typed_output: str | None,
    timeout_ms: int | None,
    *,
    overwrite: bool,
    if_exists: IfExists | None = None,
) -> Generator[Event, None, None]:
    """Follow a task to its end and fetch its files; the last event is `Finished`.

    Without ``typed_output`` the files go where the task was to put them, and files that are still there are not
    fetched again. ``if_exists`` is about names that are known before a file has come; unless it is given, one that is
    taken is refused. Raises the error that the task ended with, and as `follow` and `deliver` do.
    """
    output = _output(runtime, task, typed_output, overwrite=overwrite, if_exists=if_exists)
    deadline = runtime.clock.deadline(timeout_ms / 1000 if timeout_ms else WAIT_TIMEOUT_S)
    runtime.open_tasks.put(task)
    task = yield from finish(runtime, task, deadline)
    if if_exists == "skip" and (there := _existing_files(task, output)):
        yield Note("Nothing was fetched: the file exists already (--if-exists skip).")
        yield Finished(there.envelope())
        return
    known = [asset if typed_output is None and is_saved(asset) else asset._replace(path=None) for asset in task.outputs]
    task = yield from deliver(runtime, task._replace(outputs=tuple(known)), output, deadline, is_again=True)
    yield Finished(task.envelope())


def _existing_files(task: Task, output: OutputPlan) -> Task | None:
    """Return the task with the files that have its names already, ``None`` unless all of them do."""
    paths = existing_files(output, len(task.outputs))
    named = zip(task.outputs, paths, strict=False)
    files = tuple(one._replace(path=str(path), size=path.stat().st_size) for one, path in named)
    return task._replace(outputs=files) if files else None


def _output(
    runtime: Runtime, task: Task, typed: str | None, *, overwrite: bool, if_exists: IfExists | None
) -> OutputPlan:
    planned = task.delivery
    if typed is None and planned and planned.kind != "stdout":
        return planned._replace(overwrite=planned.overwrite or overwrite or if_exists == "overwrite")
    word = KIND_ROWS[task.kind].stem or (planned.stem.partition("-")[0] if planned else "file")
    count = max(1, len(task.outputs))
    sidecar, metadata = (planned.sidecar, planned.metadata) if planned else (False, False)
    return read_output(
        runtime,
        typed,
        word,
        count=count,
        overwrite=overwrite,
        if_exists=if_exists,
        sidecar=sidecar and typed != "-",
        metadata=metadata,
    )


def finish(runtime: Runtime, task: Task, deadline: Deadline) -> Generator[Event, None, Task]:
    """Return the task succeeded, following it if it is still open.

    Raises the error it ended with, and as `recover` does if its request id never arrived.
    """
    runtime.use_sandbox(task.sandbox)
    if task.status is TaskStatus.SUBMITTING:
        task = yield from until_submitted(runtime, task, deadline)
    if task.status.is_final:
        return (yield from _ended(runtime, task, deadline))
    if not task.request_id:
        task = yield from _recovered(runtime, task, deadline)
    return (yield from follow(runtime, task, deadline))


def _recovered(runtime: Runtime, task: Task, deadline: Deadline) -> Generator[Event, None, Task]:
    from openclaw_fal.actions.recovery import recover  # noqa: PLC0415 - rarely needed

    return (yield from recover(runtime, task, deadline))


def _ended(runtime: Runtime, task: Task, deadline: Deadline) -> Generator[Event, None, Task]:
    """Return a task that has succeeded, or raise the error it ended with. Asks fal again if that end is doubtful."""
    is_lost = any(asset.path is None and has_lost_content(asset.url) for asset in task.outputs)
    if is_lost or task.error_code == "result_unreadable":
        again = _from_kept(runtime, task) or (yield from _refetch(runtime, task, deadline))
        if again:
            return again
    if task.status is TaskStatus.SUCCEEDED and not task.error:
        return task
    if task.error_code == NEVER_SUBMITTED:
        task = yield from _recovered(runtime, task, deadline)  # fal may have listed it since
        return (yield from follow(runtime, task, deadline))
    if task.error_code in _DOUBTFUL_CODES:
        again = yield from _refetch(runtime, task, deadline)
        if again:
            return again
    raise (task.error or ErrorRecord()).restored().about(task)


def _from_kept(runtime: Runtime, task: Task) -> Task | None:
    """Return the task with the files of the answer that was kept, ``None`` if there is none or it has no files."""
    answer = runtime.answers.read(task.id)
    result = parse_result(read_json(answer), {}) if answer else None
    files = () if result is None else result.files if KIND_ROWS[task.kind].keeps_values else result.assets
    if result is None or not files:
        return None
    if not task.outputs:
        return succeeded(runtime, task, result)
    if len(files) != len(task.outputs):
        return None
    outputs = [known if known.path else found for known, found in zip(task.outputs, files, strict=True)]
    return task._replace(outputs=tuple(outputs))


def _refetch(runtime: Runtime, task: Task, deadline: Deadline) -> Generator[Event, None, Task | None]:
    """Return the task with the result that fal gives now, ``None`` if it gives none."""
    if task.transport != "queue" or not task.request_id:
        return None
    soon = deadline.within(REFETCH_TIMEOUT_S)
    try:
        result = yield from queue.result(runtime.fal, handle_of(runtime, task), soon)
    except (OpenclawFalError, Unreachable):
        return None
    return succeeded(runtime, task, result) if result else None


# --- prune -------------------------------------------------------------------------------------


def prune(runtime: Runtime, before: float, *, everything: bool) -> int:
    """Forget tasks as `Journal.prune` does, and what is left of interrupted downloads; return the number of tasks."""
    removed, unreadable = runtime.journal.prune(before, everything=everything)
    for task_id in (*(task.id for task in removed), *unreadable):
        runtime.answers.forget(task_id)
    for task in removed:
        if not task.is_delivered or task.other_folders:
            discard_leftovers(task)
    return len(removed) + len(unreadable)


# --- cancel ------------------------------------------------------------------------------------


def cancel(runtime: Runtime, task: Task, deadline: Deadline | None = None) -> Generator[Event, None, None]:
    """Ask fal to cancel a task; the last event is `Finished`, and its envelope has fal's ``answer``.

    Waits for fal until ``deadline``, or for some seconds without one.

    Raises `StillRunning` if fal does not answer, `SubmitUnknown` if the request id never arrived, and
    `OpenclawFalError` (code ``not_cancelled``) if it is too late.
    """
    if task.status is TaskStatus.CANCELLED:
        answer = "is already canceled"
    elif task.status.is_final:
        raise _too_late(task, f"has already ended: {task.status}")
    elif not task.request_id:
        raise SubmitUnknown(
            f"The task {task.id} can't be canceled: its request id never arrived.", hint=unknown_hint(task)
        ).about(task)
    else:
        reply = yield from _ask_to_cancel(runtime, task, deadline or runtime.clock.deadline(CANCEL_TIMEOUT_S))
        task = yield from _settle(runtime, task, deadline or runtime.clock.deadline(CANCEL_SETTLE_S))
        if reply != "requested" or task.status is TaskStatus.SUCCEEDED:
            raise _too_late(task, _CANCEL_ANSWERS[reply])
        answer = "fal has canceled the job" if task.status is TaskStatus.CANCELLED else _CANCEL_ANSWERS[reply]
    yield Note(f"{task.id}: {answer}.")
    yield Finished(task.envelope(answer=answer))


_CANCEL_ANSWERS: dict[queue.CancelAnswer, str] = {
    "requested": "fal was asked to cancel the job; if it is already running it may still finish and be billed",
    "already_completed": "too late, the job has finished at fal",
    "not_found": "fal does not know the job",
}


def _too_late(task: Task, answer: str) -> OpenclawFalError:
    may_have_files = task.status is TaskStatus.SUCCEEDED or not task.status.is_final
    hint = f"Fetch its files: {wait_command(task)}" if may_have_files else details_hint(task)
    return OpenclawFalError(f"{task.id}: {answer}.", code="not_cancelled").about(task, hint=hint)


def _ask_to_cancel(runtime: Runtime, task: Task, deadline: Deadline) -> Generator[Waiting, None, queue.CancelAnswer]:
    runtime.use_sandbox(task.sandbox)
    try:
        return (yield from queue.cancel(runtime.fal, handle_of(runtime, task), deadline))
    except Unreachable as problem:
        raise _not_answered(task, problem.reason) from problem
    except (JobFailed, InputRefused) as problem:
        raise _not_answered(task, f"HTTP {problem.http_status}") from problem


def _not_answered(task: Task, reason: str) -> StillRunning:
    return StillRunning(
        f"fal did not accept the request to cancel the task {task.id} ({reason}).",
        code="cancel_unanswered",
        hint=f"Try again: {cancel_command(task)}",
        retryable=True,
    ).about(task)


def _settle(runtime: Runtime, task: Task, deadline: Deadline) -> Generator[Event, None, Task]:
    """Return the task with the status that fal gives it after the request to cancel."""
    try:
        return (yield from follow(runtime, task, deadline))
    except OpenclawFalError:
        return latest(runtime, task)
