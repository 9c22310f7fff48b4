"""What to do next about a task: the hints of errors, one command a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openclaw_fal.core.program import command
from openclaw_fal.models.catalog import model_ref

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


def open_hint(task: Task) -> str:
    """Return how to go on with a task that fal has accepted, or to stop it."""
    return f"Keep waiting: {wait_command(task)}\nCancel it: {cancel_command(task)}"


def unknown_hint(task: Task) -> str:
    """Return how to find out whether fal has accepted a task."""
    if task.request_id:
        return f"Ask fal for it: {wait_command(task)}\n{details_hint(task)}"
    look = f"Look for it before you submit again: https://fal.ai/dashboard/requests\n{details_hint(task)}"
    return look if task.transport == "queue" else f"{look}\nSubmit images with --queue to be able to wait for them."


def failure_hint(task: Task, error: OpenclawFalError) -> str:
    retry = "\nRetrying may work; it submits and bills a new job." if error.retryable else ""
    return details_hint(task) + retry
