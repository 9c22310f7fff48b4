"""Jobs that no journal here knows, such as those of another machine: taken up by fal's request id and the model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openclaw_fal.actions.models import resolved
from openclaw_fal.actions.schemas import known_schema
from openclaw_fal.core.errors import OpenclawFalError
from openclaw_fal.core.tasks import Task, TaskStatus
from openclaw_fal.store.journal import new_task_id

if TYPE_CHECKING:
    from openclaw_fal.core.requests import Capability
    from openclaw_fal.models.schema import OutputKind
    from openclaw_fal.runtime import Runtime

_CAPABILITIES: dict[OutputKind, Capability] = {"image": "image.generate", "video": "video.generate"}


def known_or_adopted(runtime: Runtime, name: str, model: str) -> Task:
    """Return the task with this id or request id; if there is none, a new task for the job with this request id.

    Raises `UsageError` for text that names no model.
    """
    try:
        return runtime.journal.get_task(name)
    except OpenclawFalError as error:
        if error.code == "task_ambiguous":
            raise
    endpoint, now = resolved(runtime, model), runtime.clock.now()
    schema = known_schema(runtime, endpoint)
    task = Task(
        id=new_task_id(),
        capability=_CAPABILITIES.get(schema.kind if schema else "other", "run"),
        model=endpoint,
        endpoint=endpoint,
        transport="queue",
        status=TaskStatus.QUEUED,
        created_at=now,
        updated_at=now,
        digest="",
        sandbox=runtime.in_sandbox,
        request_id=name,
    )
    return runtime.journal.record(task)
