"""Opening a SQLite file that many processes share, that any of them may create, and that only its owner may read."""

from __future__ import annotations

import os
import sqlite3
import stat
import sys
import threading
import time
from typing import TYPE_CHECKING

from openclaw_fal.core.errors import OpenclawFalError
from openclaw_fal.store.private_files import make_private_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

PATIENCE_S = 30.0
"""Seconds to wait for other processes that write."""

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_PRIMARY_CODE = 0xFF  # the rest of an error code says more than is needed here
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL}
_BROKEN = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_preparing = threading.Lock()


def open_database(path: Path, schema: Sequence[str], version: int, warn: Callable[[str], object]) -> sqlite3.Connection:
    """Open a database, made with mode 0600 from its first byte and with this schema if it does not exist.

    Statements commit by themselves unless a transaction is begun. Raises
    `sqlite3.Error`, `OSError` (it belongs to someone else, say) or `OpenclawFalError` (a newer version wrote it).
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


def execute(
    database: sqlite3.Connection, statement: str, arguments: Sequence[object] = (), patience_s: float | None = None
) -> sqlite3.Cursor:
    """Execute a statement that others may be in the way of, and wait for them; raise `sqlite3.Error`.

    SQLite's own patience does not cover the switch to WAL: of 50 processes that start at once on a new file, some fail.
    And its naps grow, so that the last of the 50 waits for seconds while the file is free.
    """
    deadline = time.monotonic() + (PATIENCE_S if patience_s is None else patience_s)
    while True:
        try:
            return database.execute(statement, arguments)
        except sqlite3.OperationalError as error:
            if _code(error) not in _BUSY or time.monotonic() > deadline:
                raise
        time.sleep(0.002 + os.urandom(1)[0] / 10_000)


def advice(error: BaseException, path: Path) -> str:
    """Return what a user can do about a database that can't be used."""
    code = _code(error)
    if isinstance(error, OpenclawFalError) and error.hint:
        return error.hint
    if code in _BUSY:
        return "Another openclaw-fal has been writing for too long. Wait for it to end, or stop it, and try again."
    if code in _BROKEN:
        return f"The file is damaged. Move it away to begin a new one: mv '{path}' '{path}.damaged'"
    return f"Free some space or make {path.parent} writable; OPENCLAW_STATE_DIR names another folder."


def _make_private(path: Path, warn: Callable[[str], object]) -> None:
    # One thread at a time: closing any descriptor of a file drops all locks that this process has on it.
    with _preparing:
        try:
            # SQLite gives its two companion files the mode of this one.
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        except FileExistsError:
            for name in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
                _close_to_others(name, warn)


def _close_to_others(path: Path, warn: Callable[[str], object]) -> None:
    if sys.platform == "win32":  # which keeps a user's folders from other users by itself
        return
    try:
        status = path.stat()
    except FileNotFoundError:
        return
    if status.st_uid not in {os.geteuid(), 0}:
        raise PermissionError(f"{path} belongs to another user")
    mode = stat.S_IMODE(status.st_mode)
    if mode & _OTHERS:
        path.chmod(mode & ~_OTHERS)
        warn(f"{path} could be read by other users (mode {mode:04o}); now only you can.")


def _use_wal(database: sqlite3.Connection) -> None:
    """Have readers and one writer not wait for each other, where the disk can do that: network disks can't."""
    if execute(database, "PRAGMA journal_mode = WAL").fetchone()[0] != "wal":
        execute(database, "PRAGMA journal_mode = DELETE")


def _make_schema(database: sqlite3.Connection, path: Path, schema: Sequence[str], version: int) -> None:
    if _version(database) == version:
        return
    execute(database, "BEGIN IMMEDIATE")
    found = _version(database)
    if found > version:
        raise OpenclawFalError(
            f"{path} was written by a newer openclaw-fal (version {found} of its layout; this one knows {version}).",
            hint="Update openclaw-fal.",
            code="journal_newer",
        )
    if found < version:
        for statement in schema:
            database.execute(statement)
        database.execute(f"PRAGMA user_version = {version}")
    execute(database, "COMMIT")


def _version(database: sqlite3.Connection) -> int:
    return int(execute(database, "PRAGMA user_version").fetchone()[0])


def _code(error: BaseException) -> int | None:
    code = getattr(error, "sqlite_errorcode", None)
    return code & _PRIMARY_CODE if isinstance(code, int) else None
