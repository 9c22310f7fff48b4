"""Requests that are named by fal's id: those of other machines, and those of tasks whose answer never arrived."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openclaw_fal.actions.models import resolved
from openclaw_fal.actions.recovery import take
from openclaw_fal.actions.schemas import known_schema
from openclaw_fal.core.errors import JobFailed, NothingSent, OpenclawFalError
from openclaw_fal.core.events import result_of
from openclaw_fal.core.requests import Request
from openclaw_fal.core.tasks import Task, TaskStatus
from openclaw_fal.fal import queue
from openclaw_fal.fal.history import fetch_history
from openclaw_fal.fal.reply import Unreachable
from openclaw_fal.models.catalog import model_ref
from openclaw_fal.store.task_rows import new_task_id

if TYPE_CHECKING:
    from openclaw_fal.core.kinds import Capability
    from openclaw_fal.fal.clock import Deadline
    from openclaw_fal.fal.history import Listed
    from openclaw_fal.models.schema import OutputKind
    from openclaw_fal.runtime import Runtime

TIMEOUT_S = 30.0
_CAPABILITIES: dict[OutputKind, Capability] = {"image": "image.generate", "video": "video.generate"}


def known_or_adopted(runtime: Runtime, name: str, model: str) -> Task:
    """Return the task with this id or request id; if there is none, a new task for the request with this id.

    Raises `UsageError` for text that names no model, `OpenclawFalError` (``request_not_found``) if fal does not know
    the request, and `NothingSent` if fal can't be asked.
    """
    try:
        return runtime.journal.get_task(name)
    except OpenclawFalError as error:
        if error.code == "task_ambiguous":
            raise
    endpoint = resolved(runtime, model)
    is_queued, listed = _found(runtime, name, endpoint)
    return runtime.journal.record(_new_task(runtime, name, endpoint, listed, is_queued=is_queued))


def adopted(runtime: Runtime, request_id: str, unanswered: Task) -> Task:
    """Return a task whose answer never arrived with its request. Raises as `known_or_adopted` does."""
    runtime.use_sandbox(unanswered.sandbox)
    _found(runtime, request_id, unanswered.endpoint)
    return result_of(take(runtime, unanswered, request_id))


def _found(runtime: Runtime, request_id: str, endpoint: str) -> tuple[bool, Listed | None]:
    """Return whether the queue knows a request, and how the history lists it; raise if neither does."""
    deadline = runtime.deadline(TIMEOUT_S)
    try:
        history = result_of(fetch_history(runtime.fal, endpoint, deadline, request_id=request_id))
        listed = next((one for one in history.requests if one.request_id == request_id), None)
    except Unreachable:
        listed = None
    is_queued = _is_in_queue(runtime, request_id, endpoint, deadline)
    if not is_queued and listed is None:
        raise OpenclawFalError(
            f"fal knows no request {request_id} of {model_ref(endpoint)}.",
            code="request_not_found",
            hint="Find its id and model: https://fal.ai/dashboard/requests",
        )
    return is_queued, listed


def _is_in_queue(runtime: Runtime, request_id: str, endpoint: str, deadline: Deadline) -> bool:
    """Return whether the queue knows a request; it knows no synchronous run."""
    handle = queue.Handle.make(runtime.fal.origins, endpoint, request_id, (None, None, None))
    try:
        result_of(queue.ask(runtime.fal, handle, deadline))
    except JobFailed:
        return False
    except Unreachable as problem:
        raise NothingSent(
            f"fal can't be asked about the request {request_id} ({problem.reason}).", code="unreachable", retryable=True
        ) from problem
    return True


def _new_task(runtime: Runtime, request_id: str, endpoint: str, listed: Listed | None, *, is_queued: bool) -> Task:
    now = runtime.clock.now()
    schema = known_schema(runtime, endpoint)
    capability = _CAPABILITIES.get(schema.kind if schema else "other", "run")
    prompt = listed.input.get("prompt") if listed and isinstance(listed.input, dict) else None
    asked = {"capability": capability, "model": endpoint, "prompt": prompt if isinstance(prompt, str) else ""}
    return Task(
        id=new_task_id(),
        capability=capability,
        model=endpoint,
        endpoint=endpoint,
        transport="queue" if is_queued else "sync",
        status=TaskStatus.QUEUED,
        created_at=(listed and listed.sent_at) or now,
        updated_at=now,
        digest="",
        request=Request.from_json(asked),
        sandbox=runtime.makes_placeholders,
        request_id=request_id,
    )
