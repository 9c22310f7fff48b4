"""After Ctrl-C, SIGTERM or the time limit: what becomes of the task under way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openclaw_fal.actions.cancelling import cancel
from openclaw_fal.actions.tasks import as_known, open_hint, unknown_hint
from openclaw_fal.core.errors import OpenclawFalError
from openclaw_fal.core.tasks import Note, TaskStatus

if TYPE_CHECKING:
    from openclaw_fal.core.tasks import Task
    from openclaw_fal.runtime import Runtime


def interrupted(runtime: Runtime) -> OpenclawFalError:
    """Return the failure that an interrupted command ends with: where the task stands, and what to do next."""
    task = runtime.current_task and as_known(runtime, runtime.current_task)
    if task is None or (task.error or {}).get("code") == "interrupted":
        return OpenclawFalError("Interrupted. Nothing was submitted.", code="interrupted")
    message, hint = _standing(task)
    return OpenclawFalError(message, code="interrupted", hint=hint, task_id=task.id, request_id=task.request_id)


def _standing(task: Task) -> tuple[str, str]:
    show = f"openclaw-fal tasks show {task.id}"
    if task.is_delivered:
        return "Interrupted. The files are there already.", f"Where they are: {show}"
    if task.status is TaskStatus.SUCCEEDED:
        return "Interrupted. The files are finished at fal.", f"Fetch them: openclaw-fal tasks wait {task.id}"
    if task.status.is_final:
        return f"Interrupted. The task {task.id} had ended: {task.status}.", f"Why: {show}"
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
