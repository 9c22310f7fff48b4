"""Which of the journal's tasks a command is about."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from openclaw_fal.core.file_names import current_folder_if_any
from openclaw_fal.core.records import Record
from openclaw_fal.core.tasks import TaskStatus

if TYPE_CHECKING:
    from openclaw_fal.core.kinds import Kind
    from openclaw_fal.core.tasks import Task


class TaskFilter(Record):
    """Tasks that began at ``since`` or later (seconds since the epoch), of a model, a batch, a kind and with a text.

    ``model`` is a model ref, an endpoint id or a part of one. ``batch`` is a batch's name, or its file. ``search`` is
    in the prompt, the id or the path of a file. ``is_missing``: succeeded, but not all files are where they were saved.
    """

    since: float | None = None
    model: str | None = None
    batch: str | None = None
    kind: Kind | None = None
    search: str | None = None
    is_missing: bool = False

    @property
    def is_empty(self) -> bool:
        return self == TaskFilter()

    def match(self, task: Task) -> bool:
        wanted = (self.model or "").strip().lower().removeprefix("fal/")
        return (
            task.created_at >= (self.since or 0)
            and (not self.batch or is_of_batch(task, self.batch))
            and (wanted in task.model.lower() or wanted in task.endpoint.lower())
            and self.kind in (None, task.kind)
            and (not self.search or self.search.lower() in _text(task))
            and (not self.is_missing or lacks_files(task))
        )


def is_of_batch(task: Task, batch: str) -> bool:
    """Return whether a task is of the batch with this name, or of this file."""
    if not task.batch:
        return False
    path = Path(task.batch)  # of the file, unless the batch was given a name
    return batch in {task.batch, path.name, path.stem} or path == Path(current_folder_if_any() or "", batch)


def lacks_files(task: Task) -> bool:
    """Return whether a task has succeeded and a file of it is not here."""
    # Imported here: it comes with what fetches files.
    from openclaw_fal.store.part_files import is_saved  # noqa: PLC0415

    return task.status is TaskStatus.SUCCEEDED and not all(is_saved(asset) for asset in task.outputs)


def _text(task: Task) -> str:
    prompt = task.request.prompt if task.request else ""
    return " ".join([task.id, prompt, *(asset.path or "" for asset in task.outputs)]).lower()
