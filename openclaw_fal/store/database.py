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

    Statements commit by themselves unless a transaction is begun, and are on disk when they have. Raises
    `sqlite3.Error`, `OSError` (it belongs to someone else, say) or `OpenclawFalError` (a newer version wrote it).
    """
    make_private_folder(path.parent)
    _make_private(path, warn)
    database = sqlite3.connect(path, timeout=PATIENCE_S, isolation_level=None, check_same_thread=False)
    try:
        _use_wal(database)
        database.execute("PRAGMA synchronous = FULL")
        _make_schema(database, path, schema, version)
    except BaseException:
        database.close()
        raise
    return database


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
    """Have readers and one writer not wait for each other, where the disk can do that.

    SQLite's own patience does not cover this switch: of 50 processes that start at once on a new file, some fail.
    """
    deadline = time.monotonic() + PATIENCE_S
    while (mode := _ask_for_wal(database, is_last_try=time.monotonic() > deadline)) is None:
        time.sleep(0.002 + os.urandom(1)[0] / 10_000)
    if mode != "wal":  # a network disk
        database.execute("PRAGMA journal_mode = DELETE")


def _ask_for_wal(database: sqlite3.Connection, *, is_last_try: bool) -> str | None:
    try:
        return str(database.execute("PRAGMA journal_mode = WAL").fetchone()[0])
    except sqlite3.OperationalError as error:
        if is_last_try or _code(error) not in _BUSY:
            raise
        return None


def _make_schema(database: sqlite3.Connection, path: Path, schema: Sequence[str], version: int) -> None:
    if _version(database) == version:
        return
    database.execute("BEGIN IMMEDIATE")
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
    database.execute("COMMIT")


def _version(database: sqlite3.Connection) -> int:
    return int(database.execute("PRAGMA user_version").fetchone()[0])


def _code(error: BaseException) -> int | None:
    code = getattr(error, "sqlite_errorcode", None)
    return code & _PRIMARY_CODE if isinstance(code, int) else None
