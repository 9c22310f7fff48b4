"""The files of the task journal: the journal itself, room for it on a full disk, and fal's answers beside it.

Threads share the journal: one writes at a time, and what others want to write joins it.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections import deque
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any, TypeVar

from openclaw_fal.core.errors import OpenclawFalError
from openclaw_fal.store.database import execute, is_disk_full, is_unwritable, open_database, open_for_reading
from openclaw_fal.store.private_files import NO_FOLLOW, make_private_folder, write_private
from openclaw_fal.store.task_rows import SCHEMA, VERSION, WrittenTasks

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from openclaw_fal.core.tasks import Task

Written = TypeVar("Written")

RESERVE_SIZE = 256 * 1024  # bytes; a change of a task takes some 10 kB
FAILURES = (sqlite3.Error, OSError, ValueError, OpenclawFalError)
"""What reading and writing may raise."""


class JournalFile:
    """A SQLite file that is opened at the first use, and created only to write.

    ``busy_timeout_s`` is how long other processes may lock it, in seconds; ``None`` leaves that to `database`.
    ``written`` holds what the changes of `write` wrote, so that it need not be read again. It is emptied when another
    process may have written since.
    """

    def __init__(self, path: Path, warn: Callable[[str], object]) -> None:
        self.path = path
        self.busy_timeout_s: float | None = None
        self._warn = warn
        self._lock = threading.Lock()
        self._changes: deque[_Change] = deque()
        self.written = WrittenTasks()
        self._data_version: int | None = None
        self._synchronous = ""
        self._opened: sqlite3.Connection | None = None
        self._reserve = path.with_suffix(".reserve")

    @property
    def exists(self) -> bool:
        return self._opened is not None or os.path.exists(self.path)

    @property
    def waiting(self) -> int:
        """How many changes wait for the thread that writes."""
        return len(self._changes)

    def reserve(self) -> None:
        """Reserve room for later changes, which is given up when the disk is full. Raises `OSError` if there is none.

        What fal has accepted can then still be recorded.
        """
        path = self._reserve
        try:
            if os.stat(path).st_size >= RESERVE_SIZE:  # noqa: PTH116 - for every task of a batch
                return
        except FileNotFoundError:
            make_private_folder(path.parent)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | NO_FOLLOW, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(bytes(RESERVE_SIZE))
        except OSError:
            path.unlink(missing_ok=True)
            raise

    def _release(self) -> bool:
        """Give up the reserved room; return whether there was any."""
        try:
            self._reserve.unlink()
        except OSError:
            return False
        return True

    def close(self, finish: Callable[[sqlite3.Connection], object]) -> None:
        """Close the file, after ``finish`` was called with it; the next use opens it again."""
        with self._lock:
            database, self._opened = self._opened, None
            self._synchronous = ""
            self._forget_written()
            if database is not None:
                finish(database)
                database.close()

    def use(self, action: Callable[[sqlite3.Connection], object]) -> None:
        """Call a function with the file, if it is open."""
        with self._lock:
            if self._opened is not None:
                action(self._opened)

    def read(self, query: str, *arguments: object) -> list[Any]:
        """Return the rows of a query, none if there is no file; one that can't be written is read as it is."""
        if not self.exists:
            return []
        with self._lock:
            try:
                database = self.database()
            except FAILURES as error:
                if not is_unwritable(error):
                    raise
                with closing(open_for_reading(self.path, VERSION)) as database:
                    return execute(database, query, arguments).fetchall()
            return execute(database, query, arguments, self.busy_timeout_s).fetchall()

    def write(
        self,
        change: Callable[[sqlite3.Connection], Written],
        *,
        survives_power_cut: bool = True,
        may_use_reserve: bool = True,
        wait_s: float | None = None,
    ) -> Written:
        """Make a change in a transaction, with those that other threads want to make by then; return its result."""
        mine = _Change(change, survives_power_cut, may_use_reserve, wait_s)
        self._changes.append(mine)
        with self._lock:
            if not mine.is_made:
                self._write_waiting(mine)
        if mine.error:
            raise mine.error
        return mine.result  # type: ignore[no-any-return]

    def _write_waiting(self, mine: _Change) -> None:
        group = [self._changes.popleft() for _ in range(len(self._changes))]
        try:
            try:
                self._commit(group)
            except FAILURES:
                if len(group) == 1:
                    raise
                for each in group:  # one of them must not keep the others from the disk
                    self._commit_alone(each)
        except FAILURES as error:
            mine.error, mine.is_made = error, True
        finally:
            # After Ctrl-C the threads that wait for the others write them themselves.
            self._changes.extendleft(each for each in reversed(group) if not each.is_made and each is not mine)

    def _commit_alone(self, change: _Change) -> None:
        try:
            self._commit([change])
        except FAILURES as error:
            change.error, change.is_made = error, True

    def _commit(self, changes: list[_Change]) -> None:
        try:
            self._transact(changes)
        except FAILURES as error:
            may_use_reserve = all(each.may_use_reserve for each in changes)
            if not (is_disk_full(error) and may_use_reserve and self._release()):
                raise
            self._transact(changes)

    def _transact(self, changes: list[_Change]) -> None:
        database = self.database()
        wait_s = min((each.wait_s for each in changes if each.wait_s is not None), default=self.busy_timeout_s)
        # A sync takes milliseconds. A killed process loses nothing without one, only a power cut does.
        synchronous = "FULL" if any(each.survives_power_cut for each in changes) else "NORMAL"
        if synchronous != self._synchronous:
            execute(database, f"PRAGMA synchronous = {synchronous}")
            self._synchronous = synchronous
        try:
            # IMMEDIATE, because a lock that is upgraded at the first change fails instead of waiting.
            execute(database, "BEGIN IMMEDIATE", (), wait_s)
            self._look_for_other_writers(database)
            results = [each.make(database) for each in changes]
            execute(database, "COMMIT", (), wait_s)
        except BaseException:
            database.rollback()
            self._forget_written()
            raise
        for each, result in zip(changes, results, strict=True):
            each.result, each.is_made = result, True

    def last_written(self, task_id: str) -> Task | None:
        """Return a task as this process has written it, ``None`` if it may be another one in the file."""
        with self._lock:
            if self._opened is None:
                return None
            self._look_for_other_writers(self._opened)
            return self.written.find(task_id)

    def _look_for_other_writers(self, database: sqlite3.Connection) -> None:
        version = execute(database, "PRAGMA data_version").fetchone()[0]
        if version != self._data_version:
            self._forget_written()
            self._data_version = version

    def _forget_written(self) -> None:
        self.written.clear()
        self._data_version = None

    def database(self) -> sqlite3.Connection:
        """Return the open file; it is made with its tables if it does not exist."""
        if self._opened is None:
            self._opened = open_database(self.path, SCHEMA, VERSION, self._warn)
        return self._opened


class _Change:
    """A change that a thread wants to make, and its result."""

    def __init__(
        self,
        make: Callable[[sqlite3.Connection], Any],
        survives_power_cut: bool,
        may_use_reserve: bool,
        wait_s: float | None,
    ) -> None:
        self.make = make
        self.survives_power_cut = survives_power_cut
        self.may_use_reserve = may_use_reserve
        self.wait_s = wait_s
        self.result: Any = None
        self.error: BaseException | None = None
        self.is_made = False


class Answers:
    """What fal answered: results that can't be read, and those that hold their files themselves.

    Such a result may exist nowhere else. It is forgotten once all files of its task are saved. There is one file for
    each task, which only its owner can read.
    """

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
            os.unlink(f"{self.folder}/{task_id}.json")  # noqa: PTH108 - for every task of a batch

    def _path(self, task_id: str) -> Path:
        return self.folder / f"{task_id}.json"
