"""The task journal: every submission is on disk before it is sent, and later everything that becomes known of it.

It is a SQLite file, because many processes write at once and any of them may be killed.
"""

from __future__ import annotations

# ruff: noqa: S608 - the SQL is made of placeholders and constants of this program
import os
import sqlite3
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from openclaw_fal.core.errors import NothingSent, OpenclawFalError
from openclaw_fal.core.tasks import OPEN_STATUSES, Task, TaskStatus
from openclaw_fal.store.completion_cache import TASKS_FILE, TaskCompletions
from openclaw_fal.store.database import database_hint, reason_of
from openclaw_fal.store.journal_file import FAILURES, JournalFile
from openclaw_fal.store.processes import is_alive, this_process
from openclaw_fal.store.task_rows import (
    BATCH,
    BATCH_INDEX,
    INSERT,
    LINE,
    OF_BATCH,
    OPEN,
    TASKS,
    WRITE,
    changed_task,
    is_irreplaceable,
    plain,
    queries_for,
    task_of,
    the_only,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from pathlib import Path


_SUBMITTING = f"{TASKS} WHERE status = '{TaskStatus.SUBMITTING}' AND writer <> ?"
_WITH_IDS = "SELECT detail, writer, id FROM tasks"
_NEWEST_FIRST = "ORDER BY created_at DESC, number DESC LIMIT ?"

_SAME = f"""{TASKS} WHERE digest = ? AND (status IN ({OPEN})
    OR (status = '{TaskStatus.SUCCEEDED}' AND (NOT is_delivered OR updated_at >= ?))) {_NEWEST_FIRST}"""
_FINAL = tuple(status for status in TaskStatus if status.is_final)
_OPEN_OR_PAID = f"status IN ({OPEN}, '{TaskStatus.SUCCEEDED}')"
_NO_LIMIT = -1
_MAX_PLACEHOLDERS = 500  # SQLite may be built for fewer than 1,000
_MAX_SUCCEEDED = 20
_NEVER = 1e18  # seconds since the epoch
_BUSY_TIMEOUT_AFTER_FAILURE_S = 1.0


class Journal:
    """The tasks of one user.

    Threads may share a journal, and processes its file. ``now`` returns seconds since the epoch; ``warn`` receives
    warnings for the user, one line each.
    """

    def __init__(
        self, path: Path, now: Callable[[], float], warn: Callable[[str], object] = lambda _message: None
    ) -> None:
        self.path = path
        self._now = now
        self._warn = warn
        self.file = JournalFile(path, warn)
        self._has_batch_index = False
        self._unwritten: dict[str, tuple[Task, dict[str, Any]]] = {}
        self._completions = TaskCompletions(path.with_name(TASKS_FILE))
        self._has_warned = False

    def close(self) -> None:
        """Write the changes that could not be written before, and close the file; the next use opens it again."""
        for task, changes in list(self._unwritten.values()):
            self.record(task, **changes)
        self.file.close(self._completions.finish)

    # --- writing ---------------------------------------------------------------------------

    def open_task(self, task: Task, *, unless_same_since: float | None = None) -> bool:
        """Write a new task to disk, before it is sent. Room is reserved for what will be recorded of it.

        It is not written, and False returned, if ``unless_same_since`` is given and `find_same` finds a task, or if
        another task is of the same line of a batch: of several processes that do this at once, one succeeds. Raises
        `NothingSent` (code ``journal_unwritable``) if that fails; then nothing may be sent.
        """

        def write(database: sqlite3.Connection) -> bool:
            if unless_same_since is not None:
                arguments = (plain(task.digest), unless_same_since, _NO_LIMIT)
                if database.execute(_SAME, arguments).fetchone():
                    return False
            if self._is_taken(database, task):
                return False
            database.execute(INSERT, self.file.written.row_of(task))
            return True

        try:
            self.file.reserve()
            return self.file.write(write, may_use_reserve=False)
        except FAILURES as error:
            raise NothingSent(
                f"The task journal {self.path} can't be written ({reason_of(error)}), so nothing was submitted.",
                hint=database_hint(error, self.path),
                code="journal_unwritable",
            ) from error

    def is_recorded(self, task: Task) -> bool:
        """Return whether everything that was recorded of a task is on disk."""
        return task.id not in self._unwritten

    def _is_taken(self, database: sqlite3.Connection, task: Task) -> bool:
        """Return whether another process has submitted the same line of a batch."""
        if task.batch is None:
            return False
        if not self._has_batch_index:
            database.execute(BATCH_INDEX)
            self._has_batch_index = True
        taken = f"SELECT 1 {OF_BATCH} AND {LINE} = ? AND {_OPEN_OR_PAID} LIMIT 1"
        return database.execute(taken, (plain(task.batch), task.line)).fetchone() is not None

    def record(self, task: Task, *, wait_s: float | None = None, **changes: Any) -> Task:
        """Write changes of a task, and return the changed task.

        The changes apply to the task as it is in the journal, which another process may have changed. A final status
        never becomes an open one again. If the disk fails, or other processes lock the file for ``wait_s`` seconds, the
        returned task still has the changes, the user is warned once, and the changes are written with the next
        ones.
        """
        changes = self._unwritten.pop(task.id, (task, {}))[1] | changes
        # Kept until they are on disk, even after Ctrl-C.
        self._unwritten[task.id] = (task, changes)

        def write(database: sqlite3.Connection) -> Task:
            changed = changed_task(self._as_in_file(database, task), changes, self._now())
            database.execute(WRITE, self.file.written.row_of(changed))
            return changed

        try:
            changed = self.file.write(write, survives_power_cut=is_irreplaceable(changes), wait_s=wait_s)
        except FAILURES as error:
            if wait_s is None:
                self._warn_once(error)
            return changed_task(task, changes, self._now())
        del self._unwritten[task.id]
        if "status" in changes:
            self._update_completion_cache()
        return changed

    def mark_abandoned(self) -> None:
        """Make tasks ``unknown`` whose process died while it submitted them.

        Every reading method does this first. Never raises: if the change can't be written, the tasks are still returned
        as ``unknown``.
        """
        this = this_process()

        def write(database: sqlite3.Connection) -> None:
            # Read again under the lock: the process may have finished meanwhile.
            for row in database.execute(_SUBMITTING, (this,)).fetchall():
                if task := self._abandoned(*row):
                    database.execute(WRITE, self.file.written.row_of(task._replace(updated_at=self._now())))

        with suppress(*FAILURES):
            if any(self._abandoned(*row) for row in self.file.read(_SUBMITTING, this)):
                self.file.write(write)
                self._update_completion_cache()

    def _abandoned(self, detail: str, writer: str) -> Task | None:
        """Return the task of a row as ``unknown`` if its process has died, else ``None``."""
        try:
            task = self._current(detail, writer)
        except ValueError:
            return None
        return task if task.status is TaskStatus.UNKNOWN else None

    def prune(self, before: float, *, everything: bool = False) -> tuple[list[Task], list[str]]:
        """Remove final tasks that have not changed since ``before``.

        Returns those that can be read, and the ids of the others, which a warning names as well. ``everything``
        includes tasks that may have been paid for: succeeded ones whose files are not saved, and unknown ones; and
        those of batches, whose lines would be submitted again. Raises `OpenclawFalError` if the journal can't be
        written.
        """
        if not os.path.exists(self.path):
            return [], []
        statuses = (*_FINAL, TaskStatus.UNKNOWN) if everything else _FINAL
        where = f"WHERE status IN ({_placeholders(statuses)}) AND updated_at < ?"
        if not everything:
            where += f" AND (is_delivered OR status <> '{TaskStatus.SUCCEEDED}') AND {BATCH} IS NULL"

        def remove(database: sqlite3.Connection) -> list[Any]:
            rows = database.execute(f"{_WITH_IDS} {where}", (*statuses, before)).fetchall()
            database.execute(f"DELETE FROM tasks {where}", (*statuses, before))
            self.file.written.clear()
            return rows

        with self._reporting_failures():
            removed = self._separated(self.file.write(remove), "forgotten")
        self._update_completion_cache()
        return removed

    # --- reading ---------------------------------------------------------------------------

    def get_task(self, name: str) -> Task:
        """Return the task with this id, the only one whose id starts with it, or the one with this request id.

        ``last`` is the newest task, ``last~2`` the one two before it.

        Raises `OpenclawFalError` with code ``task_not_found`` or ``task_ambiguous``.
        """
        self.mark_abandoned()
        found = (self._tasks(query, *arguments) for query, arguments in queries_for(name.strip()))
        return the_only(next(filter(None, found), []), name)

    def recorded(self, task: Task) -> Task | None:
        """Return a task as it is on disk now, ``None`` if it is not there; others are not looked at."""
        with self._reporting_failures():
            known = self.file.last_written(task.id)
        if known is not None:
            return known
        found = self._tasks(f"{TASKS} WHERE id = ?", task.id)
        return found[0] if found else None

    def list_tasks(self, statuses: Collection[TaskStatus] = (), limit: int | None = None) -> list[Task]:
        """Return the tasks with these statuses, or with any, newest first; ``None`` means no limit.

        Tasks that can't be read are left out, with a warning.
        """
        self.mark_abandoned()
        count = _NO_LIMIT if limit is None else limit
        if not statuses:
            return self._readable_tasks(f"{_WITH_IDS} {_NEWEST_FIRST}", count)
        # One short scan of the index per status: with IN, SQLite would sort all tasks.
        each = f"SELECT * FROM (SELECT * FROM tasks WHERE status = ? {_NEWEST_FIRST})"
        merged = " UNION ALL ".join([each] * len(set(statuses)))
        arguments = [argument for status in set(statuses) for argument in (status, count)]
        return self._readable_tasks(f"SELECT detail, writer, id FROM ({merged}) {_NEWEST_FIRST}", *arguments, count)

    def awaited_tasks(self) -> list[Task]:
        """Return the open tasks, and those with files that nobody has tried to fetch: their process was killed."""
        where = f"status = '{TaskStatus.SUCCEEDED}' AND NOT is_delivered"
        fetchable = self._readable_tasks(f"{_WITH_IDS} WHERE {where} {_NEWEST_FIRST}", _NO_LIMIT)
        killed = [task for task in fetchable if any(not (asset.path or asset.error) for asset in task.outputs)]
        return [*self.list_tasks(OPEN_STATUSES), *killed]

    def find_same(self, digest: str, since: float = _NEVER) -> list[Task]:
        """Return the tasks whose submission has this digest, newest first: open ones, and those without their files.

        Tasks that were finished at ``since`` (seconds since the epoch) or later count as well.
        Raises `NothingSent` if that can't be known.
        """
        with _before_submission():
            self.mark_abandoned()
            return self._tasks(_SAME, plain(digest), since, _NO_LIMIT)

    def succeeded_tasks(self, endpoint: str) -> list[Task]:
        """Return the newest tasks of an endpoint that have succeeded."""
        where = f"status = '{TaskStatus.SUCCEEDED}' AND endpoint = ?"
        return self._tasks(f"{TASKS} WHERE {where} {_NEWEST_FIRST}", plain(endpoint), _MAX_SUCCEEDED)

    def batch_tasks(self, batch: str, line: str | None = None) -> list[Task]:
        """Return the tasks of a batch, or of one of its lines, newest first. Raises as `find_same` does."""
        if not self.file.exists:
            return []
        where, arguments = (f"{OF_BATCH} AND {LINE} = ?", (line,)) if line else (OF_BATCH, ())
        with _before_submission():
            self.mark_abandoned()
            with self._reporting_failures():
                if not self._has_batch_index:
                    self.file.write(lambda database: database.execute(BATCH_INDEX))
                    self._has_batch_index = True
            return self._tasks(f"SELECT detail, writer {where} {_NEWEST_FIRST}", plain(batch), *arguments, _NO_LIMIT)

    def batch_of_lines(self, lines: Sequence[str]) -> str | None:
        """Return the batch that has made, or is making, more than half of these lines; looks at the first 500."""
        if not self.file.exists:
            return None
        sample = lines[:_MAX_PLACEHOLDERS]
        wanted = f"{BATCH} IS NOT NULL AND {LINE} IN ({_placeholders(sample)}) AND {_OPEN_OR_PAID}"
        with self._reporting_failures():
            rows = self.file.read(
                f"SELECT {BATCH} FROM tasks WHERE {wanted} GROUP BY 1 "
                f"HAVING COUNT(DISTINCT {LINE}) * 2 > ? ORDER BY COUNT(*) DESC LIMIT 1",
                *sample,
                len(sample),
            )
        return rows[0][0] if rows else None

    def known_request_ids(self, request_ids: Collection[str]) -> set[str]:
        """Return the request ids among these that tasks in the journal have."""
        if not request_ids:
            return set()
        where = f"request_id IN ({_placeholders(request_ids)})"
        with self._reporting_failures():
            rows = self.file.read(f"SELECT request_id FROM tasks WHERE {where}", *map(plain, request_ids))
        return {row[0] for row in rows}

    def find_unanswered(self, endpoint: str) -> list[Task]:
        """Return the tasks of an endpoint whose submission has no answer yet, or never got one."""
        self.mark_abandoned()
        statuses = (TaskStatus.SUBMITTING, TaskStatus.UNKNOWN)
        where = f"status IN ({_placeholders(statuses)}) AND endpoint = ? AND request_id IS NULL"
        return self._tasks(f"{TASKS} WHERE {where}", *statuses, plain(endpoint))

    def counts(self) -> dict[TaskStatus, int]:
        """Return the number of tasks of each status that occurs."""
        self.mark_abandoned()
        with self._reporting_failures():
            rows = self.file.read("SELECT status, COUNT(*) FROM tasks GROUP BY status")
        known = {str(status) for status in TaskStatus}  # a newer version may have others
        return {TaskStatus(status): count for status, count in rows if status in known}

    # --- the database ------------------------------------------------------------------------

    def _tasks(self, query: str, *arguments: object) -> list[Task]:
        with self._reporting_failures():
            return [self._current(*row) for row in self.file.read(query, *arguments)]

    def _readable_tasks(self, query: str, *arguments: object) -> list[Task]:
        with self._reporting_failures():
            return self._separated(self.file.read(query, *arguments), "skipped")[0]

    def _separated(self, rows: list[Any], became: str) -> tuple[list[Task], list[str]]:
        """Return the tasks, and the ids of rows that can't be read; the warning about them says what they became."""
        tasks, unreadable = [], []
        for detail, writer, task_id in rows:
            try:
                tasks.append(self._current(detail, writer))
            except ValueError:
                unreadable.append(str(task_id))
        if unreadable:
            ids = ", ".join(unreadable)
            self._warn(f"The journal's entry of {ids} is damaged or from a newer version; {became}.")
        return tasks, unreadable

    def _update_completion_cache(self) -> None:
        """Write the current tasks to the completion cache.

        Not called when a task is opened, because nothing optional happens before its submission.
        """
        if self._completions.is_time():
            self.file.use(self._completions.write)

    def _as_in_file(self, database: sqlite3.Connection, task: Task) -> Task:
        """Return a task as it is in the journal, ``task`` itself if it is not there."""
        if (known := self.file.written.find(task.id)) is not None:
            return known
        row = database.execute("SELECT detail FROM tasks WHERE id = ?", (task.id,)).fetchone()
        return task_of(row[0]) if row else task

    def _current(self, detail: str, writer: str) -> Task:
        """Return the task of a row; ``unknown`` if its process died while submitting it."""
        task = task_of(detail)
        if task.status is TaskStatus.SUBMITTING and not is_alive(writer, self._now() - task.updated_at):
            return task._replace(status=TaskStatus.UNKNOWN)
        return task

    @contextmanager
    def _reporting_failures(self) -> Iterator[None]:
        """Turn failures of the file into `OpenclawFalError`."""
        try:
            yield
        except (sqlite3.Error, OSError, ValueError) as error:
            raise OpenclawFalError(
                f"The task journal {self.path} can't be used ({reason_of(error)}).",
                hint=database_hint(error, self.path),
                code="journal_unusable",
            ) from error

    def _warn_once(self, error: BaseException) -> None:
        if not self._has_warned:
            self._has_warned = True
            # If other processes lock the file, the job must not wait the full time at every step.
            self.file.busy_timeout_s = _BUSY_TIMEOUT_AFTER_FAILURE_S
            self._warn(f"The task journal {self.path} can't be written ({reason_of(error)}); the task continues.")


@contextmanager
def _before_submission() -> Iterator[None]:
    try:
        yield
    except OpenclawFalError as error:
        raise NothingSent(
            error.problem, consequence="Nothing was submitted.", hint=error.hint, code=error.code
        ) from error


def _placeholders(values: Collection[object]) -> str:
    return ", ".join("?" * len(values))
