"""Opens a SQLite file that many processes share, that any of them may create, and that only its owner can read."""

from __future__ import annotations

import errno
import os
import shlex
import sqlite3
import stat
import sys
import threading
import time
from typing import TYPE_CHECKING

from openclaw_fal.core.errors import OpenclawFalError
from openclaw_fal.core.program import command
from openclaw_fal.store.private_files import NOT_REGULAR, OTHERS, give_to_owner_of_folder, make_private_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

BUSY_TIMEOUT_S = 30.0
"""Seconds to wait for other processes that write."""

_PRIMARY_CODE = 0xFF  # the low byte of an error code; the rest is detail
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL}
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_preparing = threading.Lock()


def open_database(path: Path, schema: Sequence[str], version: int, warn: Callable[[str], object]) -> sqlite3.Connection:
    """Open a database; create it with mode 0600 and this schema if it does not exist.

    Each statement commits unless a transaction is open. Raises `sqlite3.Error`, `OSError` (such as for a file of
    another user) and `OpenclawFalError` (code ``journal_newer``) for a file that a newer version wrote.
    """
    make_private_folder(path.parent)
    _make_private(path, warn)
    database = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
    try:
        _use_wal(database)
        _make_schema(database, path, schema, version)
    except BaseException:
        database.close()
        raise
    return database


def open_for_reading(path: Path, version: int) -> sqlite3.Connection:
    """Open a database on a disk or in a folder where nothing can be written. Raises as `open_database` does."""
    error: sqlite3.Error | None = None
    # SQLite needs a writable folder for a file in WAL mode, unless it knows that nobody writes.
    for options in ("mode=ro", "mode=ro&immutable=1"):
        database = sqlite3.connect(
            f"{path.absolute().as_uri()}?{options}", uri=True, timeout=0, isolation_level=None, check_same_thread=False
        )
        try:
            _refuse_newer(path, _version(database), version)
        except BaseException as problem:
            database.close()
            if not isinstance(problem, sqlite3.Error):
                raise
            error = problem
        else:
            return database
    assert error  # noqa: S101
    raise error


def execute(
    database: sqlite3.Connection, statement: str, arguments: Sequence[object] = (), timeout_s: float | None = None
) -> sqlite3.Cursor:
    """Execute a statement, and wait while other processes lock the file. Raises `sqlite3.Error`.

    SQLite's own busy timeout does not cover the switch to WAL: of 50 processes that start at once on a new file, some
    fail. Its pauses also grow, so the last of the 50 waits for seconds after the file is free.
    """
    deadline = time.monotonic() + (BUSY_TIMEOUT_S if timeout_s is None else timeout_s)
    while True:
        try:
            return database.execute(statement, arguments)
        except sqlite3.OperationalError as error:
            if _code(error) not in _BUSY or time.monotonic() > deadline:
                raise
        time.sleep(0.002 + os.urandom(1)[0] / 10_000)


def is_disk_full(error: BaseException) -> bool:
    """Return whether there is no room for a change, on the disk or within a quota."""
    return _code(error) in {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}


def is_unwritable(error: BaseException) -> bool:
    """Return whether a database can't be opened because nothing can be written there."""
    is_refused = isinstance(error, OSError) and error.errno in {errno.EROFS, errno.EACCES, errno.EPERM}
    return is_refused or _code(error) in {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR}


def reason_of(error: BaseException) -> str:
    """Return what is wrong with a database, without the number of an error and the path."""
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def database_hint(error: BaseException, path: Path) -> str:
    """Return what a user can do about a database that can't be used."""
    code = _code(error)
    if isinstance(error, OpenclawFalError) and error.hint:
        return error.hint
    if code in _BUSY:
        return "Another openclaw-fal is writing. Wait for it to end, or stop it, and try again."
    if code in _DAMAGED:
        names = shlex.join([str(path), f"{path}.damaged"])
        return f"The file is damaged. Move it away to start a new one: mv {names}"
    if isinstance(error, ValueError):
        return f"An entry is damaged or from a newer openclaw-fal. See the others: {command('tasks list')}"
    if code == sqlite3.SQLITE_FULL or (isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}):
        return f"Free some space, or set OPENCLAW_STATE_DIR to another folder than {path.parent}."
    if isinstance(error, OSError) and error.errno in {errno.EINVAL, errno.ELOOP}:
        name = error.filename or str(path)
        return f"Move it away to start a new one: {shlex.join(['mv', name, f'{name}.old'])}"
    return f"Make {path.parent} writable, or set OPENCLAW_STATE_DIR to another folder."


def _make_private(path: Path, warn: Callable[[str], object]) -> None:
    # One thread at a time, because closing any descriptor of a file drops all locks of this process on it.
    with _preparing:
        try:
            # SQLite gives its two companion files the mode of this one.
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
            give_to_owner_of_folder(path)
        except FileExistsError:
            for name in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
                _close_to_others(name, warn)


def _close_to_others(path: Path, warn: Callable[[str], object]) -> None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return
    if not stat.S_ISREG(status.st_mode):  # SQLite would read from a named pipe for ever
        raise OSError(errno.EINVAL, NOT_REGULAR, str(path))
    if sys.platform == "win32":  # which keeps other users out of a user's folders
        return
    if status.st_uid not in {os.geteuid(), 0}:
        raise PermissionError(f"{path} belongs to another user")
    mode = stat.S_IMODE(status.st_mode)
    if mode & OTHERS:
        path.chmod(mode & ~OTHERS)
        warn(f"{path} could be read by other users (mode {mode:04o}); now only you can.")


def _use_wal(database: sqlite3.Connection) -> None:
    """Let readers and a writer work at the same time, where the disk supports that; network disks do not."""
    if execute(database, "PRAGMA journal_mode = WAL").fetchone()[0] != "wal":
        execute(database, "PRAGMA journal_mode = DELETE")


def _make_schema(database: sqlite3.Connection, path: Path, schema: Sequence[str], version: int) -> None:
    if _version(database) == version:
        return
    execute(database, "BEGIN IMMEDIATE")
    found = _version(database)
    _refuse_newer(path, found, version)
    if found < version:
        for statement in schema:
            database.execute(statement)
        database.execute(f"PRAGMA user_version = {version}")
    execute(database, "COMMIT")


def _refuse_newer(path: Path, found: int, version: int) -> None:
    if found > version:
        raise OpenclawFalError(
            f"{path} was written by a newer openclaw-fal (schema {found}; this one reads up to {version}).",
            hint="Update openclaw-fal.",
            code="journal_newer",
        )


def _version(database: sqlite3.Connection) -> int:
    return int(execute(database, "PRAGMA user_version").fetchone()[0])


def _code(error: BaseException) -> int | None:
    code = getattr(error, "sqlite_errorcode", None)
    return code & _PRIMARY_CODE if isinstance(code, int) else None
