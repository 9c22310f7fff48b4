"""What to do next about a task: the hints of errors, one command per line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openclaw_fal.core.program import command
from openclaw_fal.models.refs import model_ref

if TYPE_CHECKING:
    from openclaw_fal.core.errors import OpenclawFalError
    from openclaw_fal.core.tasks import Task


def wait_command(task: Task) -> str:
    return command("tasks wait", task.id)


def adopt_command(task: Task) -> str:
    """Return the command that fetches the files of a job that no journal knows."""
    return command("tasks wait", task.request_id or "", "--model", model_ref(task.endpoint))


def show_command(task: Task) -> str:
    return command("tasks show", task.id)


def cancel_command(task: Task) -> str:
    return command("tasks cancel", task.id)


def details_hint(task: Task) -> str:
    return f"See its details: {show_command(task)}"


def gone_hint(task: Task) -> str:
    """Return what to do about files that their host does not have."""
    return (
        f"Run it again as a new job, which is billed: {command('tasks rerun', task.id)}\n"
        f"If the job has only just finished, look once more: {wait_command(task)}"
    )


def open_hint(task: Task) -> str:
    """Return how to go on with a task that fal has accepted, or to stop it; a synchronous run can't be stopped."""
    if task.transport == "sync":
        return f"Keep waiting: {wait_command(task)}"
    return f"Keep waiting: {wait_command(task)}\nCancel it: {cancel_command(task)}"


def unknown_hint(task: Task) -> str:
    """Return how to find out whether fal has accepted a task."""
    return f"Ask fal for it: {wait_command(task)}\n{details_hint(task)}"


def look_again_hint(task: Task, by: str) -> str:
    """Return what to do about a task that fal's history does not list; ``by`` is when it surely would."""
    return (
        f"Look for it again: {wait_command(task)}\n"
        f"fal lists a request when it starts. Before you submit it again, look at https://fal.ai/dashboard/requests, "
        f"or wait until {by}.\n{details_hint(task)}"
    )


def take_command(request_id: str, task: Task) -> str:
    """Return the command that gives a task without an answer this request."""
    return command("tasks adopt", request_id, "--task", task.id)


def failure_hint(task: Task, error: OpenclawFalError) -> str:
    retry = "\nRetrying may work; it submits and bills a new job." if error.retryable else ""
    return details_hint(task) + retry
