"""How a task ended, as the journal keeps it: with a result, with less than was asked for, or with an error."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from openclaw_fal.actions.task_hints import details_hint, failure_hint, wait_command
from openclaw_fal.core.data_uri import is_data_uri
from openclaw_fal.core.events import Note
from openclaw_fal.core.kinds import HINTS, KIND_ROWS, flag_name
from openclaw_fal.core.requests import Size
from openclaw_fal.core.results import Shortfall
from openclaw_fal.core.tasks import TaskStatus
from openclaw_fal.models.shapes import distance, ratio_of, size_of

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from openclaw_fal.core.errors import Incomplete, OpenclawFalError
    from openclaw_fal.core.results import Asset
    from openclaw_fal.core.tasks import Task
    from openclaw_fal.fal.parse import Result
    from openclaw_fal.runtime import Runtime

MAX_SHAPE_ERROR = 1.1  # the ratio of two aspect ratios; models round to multiples of 16 and more
STATUS_BY_CODE = {
    "cancelled": TaskStatus.CANCELLED,
    "timed_out": TaskStatus.TIMED_OUT,
    "job_lost": TaskStatus.LOST,
    "result_gone": TaskStatus.LOST,
}

# --- a result ----------------------------------------------------------------------------------


def succeeded(runtime: Runtime, task: Task, result: Result, inference_seconds: float | None = None) -> Task:
    """Record the result of a task and return the task with it."""
    return runtime.journal.record(task, **result_changes(task, result, inference_seconds))


def result_changes(task: Task, result: Result, inference_seconds: float | None = None) -> dict[str, Any]:
    """Return what is known of a task once it has its result."""
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


def keep_files_inside(runtime: Runtime, task: Task, result: Result) -> Generator[Note, None, None]:
    """Keep a result that holds its files itself until they are saved: fal may not give it again."""
    if not any(is_data_uri(asset.url) for asset in result.files):
        return
    try:
        runtime.answers.keep(task.id, json.dumps(result.body).encode())
    except OSError as error:
        yield Note(f"The answer can't be kept until its files are saved: {error.strerror or error}.", "warning")


# --- less than was asked for -------------------------------------------------------------------


def shortfalls(task: Task) -> tuple[Shortfall, ...]:
    """Return where the result of a succeeded task is less than what was asked for."""
    found = [*_fewer_files(task), *_flagged(task)]
    for number, asset in enumerate(task.outputs, start=1):
        found += _other_shape(task, asset, number)
    return tuple(found)


def _fewer_files(task: Task) -> Iterator[Shortfall]:
    sent = _sent(task, "count")
    if isinstance(sent, int) and 0 < len(task.outputs) < sent:
        made = f"{task.endpoint} made only {len(task.outputs)} of {sent} requested files."
        yield Shortfall("fewer_files", made)


def _flagged(task: Task) -> Iterator[Shortfall]:
    """Warn of files that fal's safety checker flagged: they arrive black, without an error."""
    noun = KIND_ROWS[task.kind].noun
    for number, asset in enumerate(task.outputs, start=1):
        if asset.is_flagged:
            text = f"fal's safety checker flagged {noun} {number} (has_nsfw_concepts); it may be black."
            yield Shortfall("flagged", text, number)


def _other_shape(task: Task, asset: Asset, number: int) -> Iterator[Shortfall]:
    if not asset.path or not asset.width or not asset.height:
        return
    made = Size(asset.width, asset.height)
    for hint in ("size", "aspect_ratio"):
        sent = _sent(task, hint)
        wanted = ratio_of(sent) if sent else None
        if not wanted:
            continue
        code = None
        if distance(made.ratio, wanted) > MAX_SHAPE_ERROR:
            code = "other_aspect_ratio"
        elif hint == "size" and size_of(sent) not in (None, made):
            code = "other_size"
        if code:
            text = f"{flag_name(hint, task.kind)} {sent} was sent, but the file has {made} pixels."
            yield Shortfall(code, text, number)
        return


def _sent(task: Task, hint: str) -> Any:
    """Return the value of a hint that was sent, ``None`` if none was."""
    asked, name = getattr(task.request, hint, None), HINTS[hint]
    if asked is None or name in task.ignored:
        return None
    return task.normalization[name].applied if name in task.normalization else asked


# --- an error ----------------------------------------------------------------------------------


def failed(runtime: Runtime, task: Task, error: OpenclawFalError, **known: Any) -> OpenclawFalError:
    """Record the error that a task ended with, and return it with a hint."""
    error.about(task, hint=error.hint or failure_hint(task, error))
    status = STATUS_BY_CODE.get(error.code, TaskStatus.FAILED)
    runtime.journal.record(task, status=status, error=error.as_record(), **known)
    return error


def unreadable(runtime: Runtime, task: Task, error: Incomplete) -> Incomplete:
    """Record that a job has finished and its result can't be read, and keep what fal answered."""
    asked = "Ask fal for it again" if task.transport == "queue" else "A newer openclaw-fal may read it"
    kept = kept_text(runtime, task, error.answer)
    error.about(task, hint=f"{asked}: {wait_command(task)}\n{details_hint(task)}", more=kept)
    request_id = task.request_id or error.request_id
    runtime.journal.record(task, status=TaskStatus.SUCCEEDED, request_id=request_id, error=error.as_record())
    return error


def kept_text(runtime: Runtime, task: Task, answer: bytes) -> str:
    """Keep an answer and return a sentence that says where; nothing if there is none."""
    if not answer:
        return ""
    try:
        return f"It is kept in {runtime.answers.keep(task.id, answer)}."
    except OSError as problem:
        return f"It can't be kept: {problem.strerror or problem}."
