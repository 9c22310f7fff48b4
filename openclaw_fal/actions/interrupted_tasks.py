"""What happens to tasks when a command is interrupted or its time runs out: they are kept, or canceled as asked."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from openclaw_fal.actions.follow import latest
from openclaw_fal.actions.task_hints import details_hint, open_hint, show_command, unknown_hint, wait_command
from openclaw_fal.actions.tasks import LATE_CANCEL_S, cancel
from openclaw_fal.core.errors import OpenclawFalError, StillRunning
from openclaw_fal.core.events import Note
from openclaw_fal.core.parallel import in_parallel
from openclaw_fal.core.program import command
from openclaw_fal.core.tasks import TaskStatus
from openclaw_fal.store.part_files import is_saved

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    from openclaw_fal.core.tasks import Task
    from openclaw_fal.fal.clock import Deadline
    from openclaw_fal.runtime import Runtime

MAX_AT_ONCE = 8  # requests to cancel


def interrupted(runtime: Runtime, tasks: Iterable[Task], cancel_answer: str | None = None) -> OpenclawFalError:
    """Return the error of an interrupted command: the state of its tasks, and what to do next."""
    known = [latest(runtime, task) for task in tasks]
    sent = [task for task in known if task.error_code != "interrupted"]
    left = [task for task in sent if not task.is_delivered] or sent[-1:]
    if not left:
        return OpenclawFalError(f"Interrupted. {runtime.not_done}".rstrip(), code="interrupted")
    message, hint = _state_of(left[0]) if len(left) == 1 else _states_of(left)
    if cancel_answer:
        message = f"Interrupted. {cancel_answer}"
    error = OpenclawFalError(message, code="interrupted", hint=hint)
    return error.about(left[0]) if len(left) == 1 else error


def _state_of(task: Task) -> tuple[str, str]:
    if task.is_delivered and all(map(is_saved, task.outputs)):
        return "Interrupted. The files are already saved.", f"List them: {show_command(task)}"
    if task.status is TaskStatus.SUCCEEDED:
        where = "in the sandbox" if task.sandbox else "at fal"
        return f"Interrupted. The job has finished; its files are {where}.", f"Fetch them: {wait_command(task)}"
    if task.status.is_final:
        return f"Interrupted. The task {task.id} had already ended: {task.status}.", details_hint(task)
    if task.request_id is None:
        return (
            "Interrupted while submitting: fal may or may not have accepted the request, and may bill it.",
            unknown_hint(task),
        )
    return f"Interrupted. The task {task.id} keeps running at fal.", open_hint(task)


def _states_of(tasks: list[Task]) -> tuple[str, str]:
    """Return how several tasks stand, and the commands about all of them."""
    open_ones = [task for task in tasks if not task.status.is_final]
    running = [task for task in open_ones if task.request_id]
    unknown = [task for task in open_ones if not task.request_id]
    finished = [task for task in tasks if task.status is TaskStatus.SUCCEEDED]
    ended = len(tasks) - len(open_ones) - len(finished)
    parts = [
        *([f"{_counted(len(running), 'keeps', 'keep')} running at fal"] if running else []),
        *([f"{_counted(len(finished), 'has', 'have')} finished, and the files are at fal"] if finished else []),
        *([f"{_counted(ended, 'has', 'have')} failed"] if ended else []),
        *(
            [f"{_counted(len(unknown), 'is', 'are')} unknown: fal may have accepted and may bill them"]
            if unknown
            else []
        ),
    ]
    hints = [
        *([f"Keep waiting: {command('tasks wait', *_ids([*running, *finished]))}"] if running or finished else []),
        *([f"Cancel them: {command('tasks cancel', *_ids(running))}"] if running else []),
        *(unknown_hint(task) for task in unknown[:1]),
    ]
    return f"Interrupted. {'; '.join(parts)}.", "\n".join(hints)


def _counted(count: int, singular: str, plural: str) -> str:
    return f"{count} {'task' if count == 1 else 'tasks'} {singular if count == 1 else plural}"


def _ids(tasks: Iterable[Task]) -> list[str]:
    return [task.id for task in tasks]


def cancel_as_asked(runtime: Runtime, tasks: Iterable[Task], deadline: Deadline | None = None) -> str | None:
    """With ``--on-interrupt cancel``, cancel the tasks and return fal's answers; ``None`` if there is nothing to do.

    Each is waited for until ``deadline``, or for some seconds without one.
    """
    if not runtime.cancel_on_interrupt:
        return None
    left = [known for task in tasks if not (known := latest(runtime, task)).is_delivered]
    if len(left) < 2:  # one needs no thread
        return " ".join(message for task in left for message in _answers(runtime, task, deadline)) or None
    _ = runtime.fal  # built before threads share it
    works = iter([_answers(runtime, task, deadline) for task in left])
    return " ".join(in_parallel(lambda: next(works, None), min(MAX_AT_ONCE, len(left)))) or None


def _answers(runtime: Runtime, task: Task, deadline: Deadline | None) -> Generator[str, None, None]:
    try:
        with closing(cancel(runtime, task, deadline)) as events:
            for event in events:
                if isinstance(event, Note):
                    yield event.message
    except OpenclawFalError as error:
        yield error.message


def late(runtime: Runtime, error: StillRunning) -> StillRunning:
    """Return the error of a task that still runs at its time limit; ``--on-interrupt cancel`` cancels it."""
    tasks = [task for task in runtime.open_tasks if task.id == error.task_id]
    answer = cancel_as_asked(runtime, tasks, runtime.clock.deadline(LATE_CANCEL_S))
    if answer is None:
        return error
    return StillRunning(
        f"Time ran out. {answer}",
        hint=interrupted(runtime, tasks).hint,
        request_id=error.request_id,
        task_id=error.task_id,
        retryable=True,
    )
