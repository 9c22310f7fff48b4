"""What tasks are called: ids of their own, and what a user may type for one, such as ``last~2``."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from openclaw_fal.core.errors import OpenclawFalError
from openclaw_fal.core.program import command
from openclaw_fal.store.task_rows import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from openclaw_fal.core.tasks import Task

# No vowels, so that no id is a word, and no characters that look alike.
_LETTERS = "bcdfghjkmnpqrstvwxz"
_ALPHABET = _LETTERS + "23456789"
_ID_LENGTH = 10
_AFTER_ALL = "\x7f"  # sorts after all that ids are made of
_LAST = r"last(?:~(\d{1,9}))?"  # ids have no vowels
_MAX_CANDIDATES = 5
_TASKS = "SELECT detail, writer FROM tasks"


def new_task_id(random_bytes: Callable[[int], bytes] = os.urandom) -> str:
    """Return ten random characters that are easy to read aloud, the first of them a letter."""
    first, *others = random_bytes(_ID_LENGTH)
    return _LETTERS[first % len(_LETTERS)] + "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in others)


def queries_for(name: str) -> Iterator[tuple[str, tuple[object, ...]]]:
    """Yield queries with their arguments; what the first one with rows finds are the tasks that a name may mean.

    It is ``last`` for the newest task, ``last~2`` for the one two before it, an id, its beginning, or a request id.
    """
    prefix = plain(name.lower())
    if nth := re.fullmatch(_LAST, prefix):
        yield f"{_TASKS} ORDER BY created_at DESC, number DESC LIMIT 1 OFFSET ?", (int(nth[1] or 0),)
    elif prefix:
        yield f"{_TASKS} WHERE id = ?", (prefix,)
        beginning = f"{_TASKS} WHERE id >= ? AND id < ? ORDER BY id LIMIT ?"
        yield beginning, (prefix, prefix + _AFTER_ALL, _MAX_CANDIDATES + 1)
        yield f"{_TASKS} WHERE request_id = ? LIMIT 2", (plain(name),)


def the_only(found: Sequence[Task], name: str) -> Task:
    """Return the task that was found. Raises `OpenclawFalError` (``task_not_found``, ``task_ambiguous``)."""
    if not found:
        hint = f"The newest tasks: {command('tasks list')}"
        raise OpenclawFalError(f"There is no task {name!r}.", hint=hint, code="task_not_found")
    if len(found) > 1:
        ids = [task.id for task in found]
        candidates = ", ".join(ids[:_MAX_CANDIDATES]) + (", …" if len(ids) > _MAX_CANDIDATES else "")
        raise OpenclawFalError(
            f"{name!r} may be any of these tasks: {candidates}.", hint="Give more of the id.", code="task_ambiguous"
        )
    return found[0]
