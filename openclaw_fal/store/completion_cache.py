"""Completions that change from run to run, in small files that shells read: TAB starts no Python.

A line holds a value, a tab and a description. Errors are ignored: no command may fail, or wait, because of TAB.
"""

from __future__ import annotations

# ruff: noqa: S608 - the SQL is made of constants of this program
import os
import re
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from openclaw_fal.core.text import printable
from openclaw_fal.store.private_files import NO_FOLLOW

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable
    from pathlib import Path

TASKS_FILE = "fal-task-ids.txt"

MAX_TASKS = 50
_PAUSE_S, _PAUSE_FACTOR = 1.0, 50
_MAX_PROMPT_LENGTH = 50
_MAX_DESCRIPTION_LENGTH = 100
# A value that a shell could evaluate, such as $(…), never gets into these files.
SAFE_VALUE = r"[A-Za-z0-9_./-]+"
_NEWEST = f"""
SELECT id, status, endpoint, substr(json_extract(detail, '$.request.prompt'), 1, {_MAX_PROMPT_LENGTH}),
    created_at, number
FROM tasks %s ORDER BY created_at DESC, number DESC LIMIT {MAX_TASKS}
"""


def write_completions(path: Path, completions: Iterable[tuple[str, str]]) -> None:
    """Write values and their descriptions, if the file can be written."""
    with suppress(Exception):
        replace_file(path, _lines(completions))


class TaskCompletions:
    """The file of task ids beside a journal: open tasks, then the newest others, at most `MAX_TASKS` in all."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._written: str | None = None
        self._next_at = 0.0
        self._is_due = False

    def is_time(self) -> bool:
        """Return whether to write now: at most once a second, and for at most a fiftieth of the time."""
        now = time.monotonic()
        self._is_due = now < self._next_at
        if self._is_due:
            return False
        self._next_at = now + _PAUSE_S
        return True

    def finish(self, database: sqlite3.Connection) -> None:
        """Write what was put off."""
        if self._is_due:
            self._is_due = False
            self.write(database)

    def write(self, database: sqlite3.Connection) -> None:
        """Write the file if its content has changed."""
        from openclaw_fal.store.task_rows import OPEN  # noqa: PLC0415 - loaded by the journal, and not by the models

        began_at = time.monotonic()
        with suppress(Exception):
            still_open = database.execute(_NEWEST % f"WHERE status IN ({OPEN})").fetchall()
            newest = database.execute(_NEWEST % "").fetchall()
            chosen = dict.fromkeys((*still_open, *newest))
            rows = sorted(list(chosen)[:MAX_TASKS], key=lambda row: row[-2:], reverse=True)
            text = _lines((name, f"{status} {endpoint} {prompt or ''}") for name, status, endpoint, prompt, *_ in rows)
            if text != self._written:
                replace_file(self._path, text)
                self._written = text
        now = time.monotonic()
        self._next_at = now + max(_PAUSE_S, (now - began_at) * _PAUSE_FACTOR)


def _lines(completions: Iterable[tuple[str, str]]) -> str:
    return "".join(
        f"{value}\t{_printable(description)}\n" for value, description in completions if re.fullmatch(SAFE_VALUE, value)
    )


def _printable(description: str) -> str:
    """Return a description without control characters. Most have none, and `printable` is slow."""
    if description.isprintable() and len(description) <= _MAX_DESCRIPTION_LENGTH:
        return description
    return printable(description, limit=_MAX_DESCRIPTION_LENGTH)


def replace_file(path: Path, text: str) -> None:
    """Replace a file atomically, with mode 0600. It is not synced: surviving a power cut is not worth the time."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | NO_FOLLOW, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace", newline="\n") as file:
            file.write(text)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
