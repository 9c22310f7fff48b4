"""The task journal: every submission is on disk before it leaves, and whatever is learnt of it after.

SQLite, because many processes write at once and any of them may be killed.
"""

from __future__ import annotations

# ruff: noqa: S608 - nothing but question marks and our own words is put into SQL
import os
import sqlite3
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from openclaw_fal.core.errors import NothingSent, OpenclawFalError
from openclaw_fal.core.tasks import Task, TaskStatus
from openclaw_fal.store.completion_cache import TASKS_FILE, TaskWords
from openclaw_fal.store.database import advice, execute, open_database
from openclaw_fal.store.processes import is_alive
from openclaw_fal.store.task_rows import INSERT, SCHEMA, VERSION, WRITE, plain, row_of, task_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from pathlib import Path

_SUBMITTING = f"SELECT detail, writer FROM tasks WHERE status = '{TaskStatus.SUBMITTING}'"
_NEWEST_FIRST = "ORDER BY created_at DESC, number DESC LIMIT ?"

_OPEN = tuple(status for status in TaskStatus if not status.is_final)
_FINAL = tuple(status for status in TaskStatus if status.is_final)
_NO_LIMIT = -1
_CANDIDATES = 5
_TROUBLE = (sqlite3.Error, OSError, ValueError, OpenclawFalError)

# No vowels, so that no id is a word, and nothing that looks like something else.
_LETTERS = "bcdfghjkmnpqrstvwxz"
_ALPHABET = _LETTERS + "23456789"
_ID_LENGTH = 10


def new_task_id(random_bytes: Callable[[int], bytes] = os.urandom) -> str:
    """Return ten random characters that are easy to read out, the first of them a letter."""
    first, *others = random_bytes(_ID_LENGTH)
    return _LETTERS[first % len(_LETTERS)] + "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in others)


class Journal:
    """The tasks of one user.

    Nothing is opened before the first use, and reading a journal that does not exist makes none. Threads may share it.
    ``now`` gives seconds since the epoch; ``warn`` is told, in one line, what the user should know.
    """

    def __init__(
        self, path: Path, now: Callable[[], float], warn: Callable[[str], object] = lambda _message: None
    ) -> None:
        self.path = path
        self._now = now
        self._warn = warn
        self._lock = threading.Lock()
        self._opened: sqlite3.Connection | None = None
        self._unwritten: dict[str, tuple[Task, dict[str, Any]]] = {}
        self._words = TaskWords(path.with_name(TASKS_FILE))
        self._has_warned = False
        self._patience_s: float | None = None

    def close(self) -> None:
        """Write what could not be written before, and let go of the file; the next use opens it again."""
        for task, changes in list(self._unwritten.values()):
            self.record(task, **changes)
        with self._lock:
            database, self._opened = self._opened, None
            if database is not None:
                database.close()

    # --- writing ---------------------------------------------------------------------------

    def open_task(self, task: Task) -> None:
        """Write a new task down, before it is sent; it is on disk on return.

        Raises `NothingSent` (code ``journal_unwritable``) when that can't be: then nothing may be sent.
        """
        try:
            with self._writing() as database:
                database.execute(INSERT, row_of(task))
        except _TROUBLE as error:
            raise NothingSent(
                f"The task journal {self.path} can't be written ({error}), so nothing was submitted.",
                hint=advice(error, self.path),
                code="journal_unwritable",
            ) from error

    def record(self, task: Task, **changes: Any) -> Task:
        """Write down what was learnt of a task, and return the task with it.

        The changes are made to the task as it now stands in the journal, where another process may know more; a
        final status never becomes an open one again. A failing disk loses no job: the answer holds the changes, the
        user is warned once, and they are tried again along with the next ones.
        """
        changes = self._unwritten.pop(task.id, (task, {}))[1] | changes
        # Kept until they are on disk, whatever happens here: Ctrl-C too.
        self._unwritten[task.id] = (task, changes)
        try:
            with self._writing(outlasts_power_cut=_is_known_only_here(changes)) as database:
                row = database.execute("SELECT detail FROM tasks WHERE id = ?", (task.id,)).fetchone()
                changed = self._changed(task_of(row[0]) if row else task, changes)
                database.execute(WRITE, row_of(changed))
        except _TROUBLE as error:
            self._warn_once(error)
            return self._changed(task, changes)
        del self._unwritten[task.id]
        if "status" in changes:
            self._tell_the_shell()
        return changed

    def mark_abandoned(self) -> None:
        """Make tasks ``unknown`` whose process died between writing them down and hearing of them.

        Every reading method does so first. Never raises: what can't be written is only shown so.
        """
        with suppress(*_TROUBLE):
            if any(self._shown(*row).status is TaskStatus.UNKNOWN for row in self._read(_SUBMITTING)):
                with self._writing() as database:
                    # Read again under the lock: the process may only have been slow.
                    for row in database.execute(_SUBMITTING).fetchall():
                        task = self._shown(*row)
                        if task.status is TaskStatus.UNKNOWN:
                            database.execute(WRITE, row_of(task._replace(updated_at=self._now())))
                self._tell_the_shell()

    def prune(self, before: float, *, everything: bool = False) -> int:
        """Forget tasks that ended and have not changed since ``before``, and return how many those were.

        ``everything``: also what may be paid for, succeeded tasks with files that are not saved and unknown ones.
        Raises `OpenclawFalError` when the journal can't be written.
        """
        if not self.path.exists():
            return 0
        statuses = (*_FINAL, TaskStatus.UNKNOWN) if everything else _FINAL
        statement = f"DELETE FROM tasks WHERE status IN ({_marks(statuses)}) AND updated_at < ?"
        if not everything:
            statement += f" AND (is_delivered OR status <> '{TaskStatus.SUCCEEDED}')"
        with self._told(), self._writing() as database:
            forgotten = database.execute(statement, (*statuses, before)).rowcount
        self._tell_the_shell()
        return forgotten

    # --- reading ---------------------------------------------------------------------------

    def get_task(self, name: str) -> Task:
        """Return the task of that id, or the only one whose id begins so, or the one of that request id.

        Raises `OpenclawFalError` with code ``task_not_found`` or ``task_ambiguous``.
        """
        self.mark_abandoned()
        found = self._named(name.strip())
        if not found:
            hint = "openclaw-fal tasks list shows the newest ones."
            raise OpenclawFalError(f"There is no task {name!r}.", hint=hint, code="task_not_found")
        if len(found) > 1:
            ids = [task.id for task in found]
            candidates = ", ".join(ids[:_CANDIDATES]) + (", …" if len(ids) > _CANDIDATES else "")
            raise OpenclawFalError(
                f"{name!r} may be any of these tasks: {candidates}.", hint="Give more of the id.", code="task_ambiguous"
            )
        return found[0]

    def list_tasks(self, statuses: Collection[TaskStatus] = (), limit: int | None = 20) -> list[Task]:
        """Return the tasks of these statuses (none named: of all), newest first; a limit of ``None`` is none."""
        self.mark_abandoned()
        count = _NO_LIMIT if limit is None else limit
        if not statuses:
            return self._tasks(f"SELECT detail, writer FROM tasks {_NEWEST_FIRST}", count)
        # One short walk down the index for each status: asked for together, all tasks would be sorted.
        each = f"SELECT * FROM (SELECT * FROM tasks WHERE status = ? {_NEWEST_FIRST})"
        merged = " UNION ALL ".join([each] * len(set(statuses)))
        arguments = [argument for status in set(statuses) for argument in (status, count)]
        return self._tasks(f"SELECT detail, writer FROM ({merged}) {_NEWEST_FIRST}", *arguments, count)

    def find_same(self, digest: str) -> list[Task]:
        """Return the open tasks for which the very same was sent, newest first."""
        self.mark_abandoned()
        wanted = f"SELECT detail, writer FROM tasks WHERE digest = ? AND status IN ({_marks(_OPEN)}) {_NEWEST_FIRST}"
        return self._tasks(wanted, plain(digest), *_OPEN, _NO_LIMIT)

    def counts(self) -> dict[TaskStatus, int]:
        """Return how many tasks there are of each status that occurs."""
        self.mark_abandoned()
        with self._told():
            rows = self._read("SELECT status, COUNT(*) FROM tasks GROUP BY status")
        return {TaskStatus(status): count for status, count in rows}

    def _named(self, name: str) -> list[Task]:
        prefix = plain(name.lower())
        if not prefix:
            return []
        wanted = "SELECT detail, writer FROM tasks WHERE id >= ? AND id < ? ORDER BY id LIMIT ?"
        # No character of an id comes after this one.
        found = self._tasks(wanted, prefix, prefix + "\x7f", _CANDIDATES + 1)
        if found and found[0].id == prefix:
            return found[:1]
        return found or self._tasks("SELECT detail, writer FROM tasks WHERE request_id = ? LIMIT 2", plain(name))

    # --- below -----------------------------------------------------------------------------

    def _tasks(self, query: str, *arguments: object) -> list[Task]:
        with self._told():
            return [self._shown(*row) for row in self._read(query, *arguments)]

    def _read(self, query: str, *arguments: object) -> list[Any]:
        if self._opened is None and not self.path.exists():
            return []
        with self._lock:
            return execute(self._database(), query, arguments, self._patience_s).fetchall()

    @contextmanager
    def _writing(self, *, outlasts_power_cut: bool = True) -> Iterator[sqlite3.Connection]:
        with self._lock:
            database = self._database()
            # Waiting for the disk takes milliseconds each time; a killed process loses nothing either way.
            execute(database, f"PRAGMA synchronous = {'FULL' if outlasts_power_cut else 'NORMAL'}")
            try:
                # At once and not at the first change, which could come too late to wait for others.
                execute(database, "BEGIN IMMEDIATE", (), self._patience_s)
                yield database
                execute(database, "COMMIT", (), self._patience_s)
            except BaseException:
                database.rollback()
                raise

    def _tell_the_shell(self) -> None:
        """Have completion know the tasks as they now stand.

        Not when a task is opened: between that and its submission nothing happens that need not.
        """
        with self._lock:
            if self._opened is not None:
                self._words.write(self._opened)

    def _database(self) -> sqlite3.Connection:
        if self._opened is None:
            self._opened = open_database(self.path, SCHEMA, VERSION, self._warn)
        return self._opened

    def _changed(self, task: Task, changes: dict[str, Any]) -> Task:
        now = self._now()
        changed = task._replace(**{"updated_at": now} | changes)
        if task.status.is_final and not changed.status.is_final:
            changed = changed._replace(status=task.status)
        if changed.status.is_final and changed.finished_at is None:
            changed = changed._replace(finished_at=now)
        return changed

    def _shown(self, detail: str, writer: str) -> Task:
        task = task_of(detail)
        if task.status is TaskStatus.SUBMITTING and not is_alive(writer, self._now() - task.updated_at):
            return task._replace(status=TaskStatus.UNKNOWN)
        return task

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn trouble with the file into words for the user."""
        try:
            yield
        except (sqlite3.Error, OSError, ValueError) as error:
            raise OpenclawFalError(
                f"The task journal {self.path} can't be used ({error}).",
                hint=advice(error, self.path),
                code="journal_unusable",
            ) from error

    def _warn_once(self, error: BaseException) -> None:
        if not self._has_warned:
            self._has_warned = True
            # If others are in the way, the job must not wait for them that long at every step.
            self._patience_s = 1.0
            self._warn(f"The task journal {self.path} can't be written ({error}); the task itself goes on.")


def _marks(values: Collection[object]) -> str:
    return ", ".join("?" * len(values))


def _is_known_only_here(changes: Mapping[str, Any]) -> bool:
    """Tell what must outlast a power cut from what fal would tell, or give, once more for nothing."""
    status = changes.get("status")
    return "request_id" in changes or (status is not None and status.is_final)
