"""A task as a row of the journal, and back; the ids of tasks, and the queries for what a user may type for one.

Columns hold what is searched for. The task itself is one JSON text: numbers of any size stay exact, and a new field
needs no new layout.
"""

from __future__ import annotations

import json
import math
import os
import re
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from openclaw_fal.core.data_uri import is_data_uri
from openclaw_fal.core.errors import ErrorRecord, OpenclawFalError
from openclaw_fal.core.file_names import OutputPlan
from openclaw_fal.core.program import command
from openclaw_fal.core.requests import Request
from openclaw_fal.core.results import Asset, Normalized, Shortfall
from openclaw_fal.core.tasks import OPEN_STATUSES, InputMark, Task, TaskStatus
from openclaw_fal.store.processes import this_process

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from openclaw_fal.core.costs import Cost, Price

# No vowels, so that no id is a word, and no characters that look alike.
_LETTERS = "bcdfghjkmnpqrstvwxz"
_ALPHABET = _LETTERS + "23456789"
_ID_LENGTH = 10
_AFTER_ALL = "\x7f"  # sorts after all that ids are made of
_LAST = r"last(?:~(\d{1,9}))?"  # ids have no vowels
_MAX_CANDIDATES = 5

VERSION = 1
SCHEMA = (
    """CREATE TABLE tasks (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        status TEXT NOT NULL,
        created_at REAL NOT NULL,
        updated_at REAL NOT NULL,
        digest TEXT NOT NULL,
        endpoint TEXT NOT NULL,
        request_id TEXT,
        is_delivered INTEGER NOT NULL,
        writer TEXT NOT NULL,
        detail TEXT NOT NULL
    )""",
    "CREATE INDEX tasks_by_age ON tasks (created_at)",
    "CREATE INDEX tasks_by_status ON tasks (status, created_at)",
    "CREATE INDEX tasks_by_digest ON tasks (digest)",
    "CREATE INDEX tasks_by_request ON tasks (request_id)",
)
INSERT = """
INSERT INTO tasks (id, status, created_at, updated_at, digest, endpoint, request_id, is_delivered, writer, detail)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
WRITE = f"""{INSERT}
ON CONFLICT (id) DO UPDATE SET status = excluded.status, updated_at = excluded.updated_at,
    request_id = excluded.request_id, is_delivered = excluded.is_delivered, writer = excluded.writer,
    detail = excluded.detail
"""
TASKS = "SELECT detail, writer FROM tasks"
OPEN = ", ".join(f"'{status}'" for status in OPEN_STATUSES)

# An entry that is damaged must not stop a query, nor the index from being made.
BATCH = "CASE WHEN json_valid(detail) THEN json_extract(detail, '$.batch') END"
LINE = "CASE WHEN json_valid(detail) THEN json_extract(detail, '$.line') END"
# Made with the first batch: an index needs no new version, and most journals hold none.
BATCH_INDEX = f"""
CREATE INDEX IF NOT EXISTS tasks_by_batch ON tasks ({BATCH}, {LINE}, created_at) WHERE {BATCH} IS NOT NULL
"""
OF_BATCH = f"FROM tasks WHERE {BATCH} = ? AND {BATCH} IS NOT NULL"


class WrittenTasks:
    """The tasks that this process wrote last, and the JSON of their fields that never change."""

    def __init__(self) -> None:
        self._tasks: dict[str, tuple[Task, str]] = {}

    def find(self, task_id: str) -> Task | None:
        found = self._tasks.get(task_id)
        return found[0] if found else None

    def clear(self) -> None:
        """Forget the tasks, because they may be others in the file."""
        self._tasks.clear()

    def row_of(self, task: Task) -> tuple[object, ...]:
        """Return the values for `INSERT` and `WRITE`, marked as written by this process."""
        before, fixed = self._tasks.pop(task.id, (None, ""))
        if before is None or _fixed_values(before.__dict__) != _fixed_values(task.__dict__):
            fixed = _as_text(_record(task, _FIXED))
        # The journal keeps no content of files, so such a task is another one when it is read.
        if not any(is_data_uri(asset.url) for asset in task.outputs):
            self._tasks[task.id] = (task, fixed)
        if len(self._tasks) > _MAX_WRITTEN:
            del self._tasks[next(iter(self._tasks))]
        return (
            task.id,
            task.status,
            task.created_at,
            task.updated_at,
            plain(task.digest),
            plain(task.endpoint),
            None if task.request_id is None else plain(task.request_id),
            task.is_delivered,
            this_process(),
            f"{fixed[:-1]},{_as_text(_record(task, _CHANGING))[1:]}",
        )


def _as_text(record: dict[str, Any]) -> str:
    try:
        return _encode(record)
    except ValueError:
        # Python reads and writes NaN and Infinity, but JSON has none: SQLite calls the whole table malformed.
        return json.dumps(_without_nan(record), separators=(",", ":"))


def _without_nan(value: Any) -> Any:
    """Return a value with the names of numbers that are not finite in their place."""
    match value:
        case dict():
            return {name: _without_nan(item) for name, item in value.items()}
        case list() | tuple():
            return [_without_nan(item) for item in value]
        case float() if not math.isfinite(value):
            return str(value)
        case _:
            return value


def plain(text: str) -> str:
    """Replace lone surrogates, which a server may send and SQLite refuses."""
    return text.encode("utf-8", "replace").decode()


def _record(task: Task, names: Sequence[str]) -> dict[str, Any]:
    """Return these fields of a task as JSON, without what is not known."""
    record, values = {}, task.__dict__
    for name in names:
        value = values[name]
        if value or not isinstance(value, _MAY_BE_EMPTY):
            as_json = _AS_JSON.get(name)
            record[name] = as_json(value) if as_json else value
    return record


def task_of(detail: str) -> Task:
    """Read a task, of version 0.1.0 too. Raises `ValueError` for one that is damaged, or of a newer version."""
    try:
        record = json.loads(detail)
        known = {name: record[name] for name in Task._fields if name in record}
        known["status"] = TaskStatus(record["status"])
        return Task(**known | {name: restore(record[name]) for name, restore in _RESTORE.items() if name in record})
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"an entry can't be read: {type(error).__name__}") from error


def _price(record: dict[str, Any]) -> Price:
    from openclaw_fal.core.costs import Price  # noqa: PLC0415 - most tasks have none

    return Price.from_record(record)


def _cost(record: dict[str, Any]) -> Cost:
    from openclaw_fal.core.costs import Cost  # noqa: PLC0415 - most tasks have none

    return Cost.from_record(record)


_FIXED = (
    *("id", "capability", "model", "endpoint", "transport", "created_at", "digest", "request", "delivery"),
    *("working_folder", "ignored", "normalization", "sandbox", "price", "batch", "line", "mark"),
)
_CHANGING = tuple(name for name in Task._fields if name not in _FIXED)
_fixed_values = itemgetter(*_FIXED)
_MAX_WRITTEN = 300
_MAY_BE_EMPTY = (type(None), list, tuple, dict)
_encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode

_AS_JSON: dict[str, Callable[[Any], object]] = {
    "request": Request.as_json,
    "delivery": OutputPlan.as_record,
    "error": ErrorRecord.as_record,
    "price": lambda price: price.as_record(),
    "cost": lambda cost: cost.as_record(),
    "mark": InputMark._asdict,
    "warnings": lambda warnings: [warning.as_json() for warning in warnings],
    "outputs": lambda assets: [asset.as_record() for asset in assets],
    "normalization": lambda hints: {name: [hint.requested, hint.applied] for name, hint in hints.items()},
}
_RESTORE: dict[str, Callable[[Any], object]] = {
    "request": Request.from_record,
    "delivery": OutputPlan.from_record,
    "error": ErrorRecord.from_record,
    "price": _price,
    "cost": _cost,
    "mark": lambda record: InputMark(record["digest"], tuple(record.get("inline", ()))),
    "warnings": lambda records: tuple(Shortfall.from_record(record) for record in records),
    "outputs": lambda records: tuple(Asset.from_record(record) for record in records),
    "other_folders": tuple,
    "normalization": lambda hints: {name: Normalized(*hint) for name, hint in hints.items()},
}


# --- changes -----------------------------------------------------------------------------------


def changed_task(task: Task, changes: dict[str, Any], now: float) -> Task:
    """Return a task with changes. A final status stays one, and files that are saved stay so."""
    changed = task._replace(**{"updated_at": now} | changes)
    if task.status is changes.get("status") is TaskStatus.SUCCEEDED:  # two processes have followed the task
        changed = changed._replace(outputs=_with_paths(task.outputs, changed.outputs))
    if task.status.is_final and not changed.status.is_final:
        changed = changed._replace(status=task.status)
    if changed.status.is_final and changed.finished_at is None:
        changed = changed._replace(finished_at=now)
    return changed


def _with_paths(known: Sequence[Asset], found: Sequence[Asset]) -> tuple[Asset, ...]:
    """Return the files of a result that was read again; those that are saved stay so."""
    if len(known) != len(found):
        return tuple(found)
    return tuple(old if old.path else new for old, new in zip(known, found, strict=True))


def is_irreplaceable(changes: Mapping[str, Any]) -> bool:
    """Return whether changes must survive a power cut: fal can't provide them again, or not for free."""
    status = changes.get("status")
    return "request_id" in changes or (status is not None and status.is_final)


# --- ids and names -----------------------------------------------------------------------------


def new_task_id() -> str:
    """Return ten random characters that are easy to read aloud, the first of them a letter."""
    first, *others = os.urandom(_ID_LENGTH)
    return _LETTERS[first % len(_LETTERS)] + "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in others)


def queries_for(name: str) -> Iterator[tuple[str, tuple[object, ...]]]:
    """Yield queries with their arguments; what the first one with rows finds are the tasks that a name may mean.

    It is ``last`` for the newest task, ``last~2`` for the one two before it, an id, its beginning, or a request id.
    """
    prefix = plain(name.lower())
    if nth := re.fullmatch(_LAST, prefix):
        yield f"{TASKS} ORDER BY created_at DESC, number DESC LIMIT 1 OFFSET ?", (int(nth[1] or 0),)
    elif prefix:
        yield f"{TASKS} WHERE id = ?", (prefix,)
        beginning = f"{TASKS} WHERE id >= ? AND id < ? ORDER BY id LIMIT ?"
        yield beginning, (prefix, prefix + _AFTER_ALL, _MAX_CANDIDATES + 1)
        yield f"{TASKS} WHERE request_id = ? LIMIT 2", (plain(name),)


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
