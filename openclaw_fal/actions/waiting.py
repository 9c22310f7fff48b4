"""`tasks wait`: taking up a task from the journal, follow + deliver."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openclaw_fal.actions.delivery import deliver, is_there
from openclaw_fal.actions.output import read_output
from openclaw_fal.actions.tasks import finish
from openclaw_fal.core.naming import OutputPlan
from openclaw_fal.core.tasks import Finished, Task

if TYPE_CHECKING:
    from collections.abc import Generator

    from openclaw_fal.core.tasks import Event
    from openclaw_fal.runtime import Runtime

DEFAULT_TIMEOUT_S = 1200.0


def wait_for(
    runtime: Runtime, task: Task, typed_output: str | None, timeout_ms: int | None, *, overwrite: bool
) -> Generator[Event, None, None]:
    """Bring a task to its end and its files home; the last event is `Finished`.

    Without ``typed_output`` the files go where they were first asked for, and those that are still there are not
    fetched again. Raises the error that the task ended with, and as `follow` and `deliver` do.
    """
    output = _output(runtime, task, typed_output, overwrite=overwrite)
    deadline = runtime.clock.deadline(timeout_ms / 1000 if timeout_ms else DEFAULT_TIMEOUT_S)
    runtime.current_task = task
    task = yield from finish(runtime, task, deadline)
    here = [asset if typed_output is None and is_there(asset) else asset._replace(path=None) for asset in task.outputs]
    task = yield from deliver(runtime, task._replace(outputs=tuple(here)), output, deadline, is_again=True)
    yield Finished(task.envelope())


def _output(runtime: Runtime, task: Task, typed: str | None, *, overwrite: bool) -> OutputPlan:
    kind = task.capability.partition(".")[0]
    if typed is None and task.delivery and task.delivery.get("kind") != "stdout":
        planned = OutputPlan.from_json(task.delivery)
        return planned._replace(overwrite=planned.overwrite or overwrite)
    return read_output(runtime, typed, kind, count=max(1, len(task.outputs)), overwrite=overwrite)
