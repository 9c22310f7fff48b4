"""Words for the shell: small files that completion reads, so that TAB starts no Python.

One word a line, then a tab and a description. What goes wrong here is kept quiet: a missing word harms nobody, and no
command may fail, or wait, for the sake of TAB.
"""

from __future__ import annotations

# ruff: noqa: S608 - nothing but our own words is put into SQL
import os
import re
from contextlib import suppress
from typing import TYPE_CHECKING

from openclaw_fal.core.tasks import OPEN_STATUSES
from openclaw_fal.core.text import printable

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable
    from pathlib import Path

IMAGE_MODELS_FILE = "fal-image-models.txt"
VIDEO_MODELS_FILE = "fal-video-models.txt"
TASKS_FILE = "fal-task-ids.txt"

MOST_TASKS = 50
_PROMPT_LENGTH = 50
_DESCRIPTION_LENGTH = 100
# What a shell could take for more than a word, say $(…), never gets into a file that shells read.
_HARMLESS = r"[A-Za-z0-9_./-]+"
_NEWEST = f"""
SELECT id, status, endpoint, substr(json_extract(detail, '$.request.prompt'), 1, {_PROMPT_LENGTH}), created_at, number
FROM tasks %s ORDER BY created_at DESC, number DESC LIMIT {MOST_TASKS}
"""
_OPEN = ", ".join(f"'{status}'" for status in OPEN_STATUSES)


def write_words(path: Path, words: Iterable[tuple[str, str]]) -> None:
    """Write words and what they mean, as far as that can be done."""
    with suppress(Exception):
        _write(path, _lines(words))


class TaskWords:
    """The file of task ids beside a journal: the newest tasks, but open ones before those that have ended."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._written: str | None = None

    def write(self, database: sqlite3.Connection) -> None:
        """Write the file anew if it would be another one."""
        with suppress(Exception):
            still_open = database.execute(_NEWEST % f"WHERE status IN ({_OPEN})").fetchall()
            newest = database.execute(_NEWEST % "").fetchall()
            chosen = dict.fromkeys((*still_open, *newest))
            rows = sorted(list(chosen)[:MOST_TASKS], key=lambda row: row[-2:], reverse=True)
            text = _lines((name, f"{status} {endpoint} {prompt or ''}") for name, status, endpoint, prompt, *_ in rows)
            if text != self._written:
                _write(self._path, text)
                self._written = text


def _lines(words: Iterable[tuple[str, str]]) -> str:
    return "".join(f"{word}\t{_shown(description)}\n" for word, description in words if re.fullmatch(_HARMLESS, word))


def _shown(description: str) -> str:
    """Return a description without what could move the cursor; most of them have nothing of the kind."""
    if description.isprintable() and len(description) <= _DESCRIPTION_LENGTH:
        return description
    return printable(description, limit=_DESCRIPTION_LENGTH)


def _write(path: Path, text: str) -> None:
    """Replace a file whole, readable by its owner alone; that it survives a power cut is not worth the wait."""
    staged = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        descriptor = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0), 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace", newline="\n") as file:
            file.write(text)
        staged.replace(path)
    except BaseException:
        staged.unlink(missing_ok=True)
        raise
