"""What fal answered, kept beside the journal: results that can't be read, and those that hold their files themselves.

Such a result may exist nowhere else. It is forgotten once all files of its task are saved.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from openclaw_fal.store.private_files import write_private

if TYPE_CHECKING:
    from pathlib import Path


class Answers:
    """One file for each task, which only its owner can read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, task_id: str, answer: bytes) -> Path:
        """Keep the answer to a task and return where. Raises `OSError`."""
        path = self._path(task_id)
        write_private(path, answer)
        return path

    def read(self, task_id: str) -> bytes | None:
        try:
            return self._path(task_id).read_bytes()
        except OSError:
            return None

    def forget(self, task_id: str) -> None:
        with suppress(OSError):
            self._path(task_id).unlink()

    def _path(self, task_id: str) -> Path:
        return self.folder / f"{task_id}.json"
