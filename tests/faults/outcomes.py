"""What a run of the program leaves behind: its tasks, and the files that have their final name."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Runner

PNG = b"\x89PNG\r\n\x1a\n"


def tasks_of(run: Runner) -> list[dict[str, Any]]:
    """Return the tasks as `tasks list` has them, the newest first."""
    listed = run("tasks", "list", "--limit", "1000", "--json")
    assert listed.code == 0, listed.err
    return list(listed.json["tasks"])


def saved_files() -> list[Path]:
    """Return the files in ``out``; files that are still being written begin with a dot."""
    return sorted(path for path in Path("out").glob("*") if not path.name.startswith("."))


def wait_until(condition: Callable[[], bool], within_s: float = 60.0) -> None:
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)
