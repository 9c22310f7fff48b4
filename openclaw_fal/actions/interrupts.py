"""After Ctrl-C, SIGTERM or the time limit: what becomes of the task under way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openclaw_fal.actions.tasks import cancel
from openclaw_fal.core.errors import OpenclawFalError
from openclaw_fal.core.tasks import Note, TaskStatus

if TYPE_CHECKING:
    from openclaw_fal.runtime import Runtime


def interrupted(runtime: Runtime) -> OpenclawFalError:
    """Return the failure that an interrupted command ends with: where the task stands, and what to do next."""
    task = runtime.current_task
    if task is None:
        return OpenclawFalError("Interrupted. Nothing was submitted.", code="interrupted")
    task = runtime.journal.get_task(task.id)
    if task.status is TaskStatus.SUCCEEDED:
        message, hint = "Interrupted. The files are finished at fal.", f"Fetch them: openclaw-fal tasks wait {task.id}"
    elif task.request_id is None:
        message = "Interrupted while sending: fal may or may not have accepted the request, and may charge for it."
        hint = f"See https://fal.ai/dashboard/requests. What was sent: openclaw-fal tasks show {task.id}"
    else:
        message = f"Stopped waiting. The task {task.id} goes on at fal."
        hint = f"Wait on: openclaw-fal tasks wait {task.id}\nStop it: openclaw-fal tasks cancel {task.id}"
    return OpenclawFalError(message, code="interrupted", hint=hint, task_id=task.id, request_id=task.request_id)


def cancel_as_asked(runtime: Runtime) -> str | None:
    """With ``--on-interrupt cancel``, cancel the task under way and return what fal answered."""
    task = runtime.current_task
    if task is None or not runtime.cancel_on_interrupt:
        return None
    told: list[str] = []
    try:
        events = cancel(runtime, runtime.journal.get_task(task.id))
        told.extend(event.message for event in events if isinstance(event, Note))
    except OpenclawFalError as error:
        told.append(error.message)
    return " ".join(told)
