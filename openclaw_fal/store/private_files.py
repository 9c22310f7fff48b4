"""Files that only their owner can read, replaced atomically."""

from __future__ import annotations

import errno
import os
import stat
import sys
from pathlib import Path

from openclaw_fal.core.records import Record
from openclaw_fal.core.text import NOT_TEXT, encoding_of

_PRIVATE_FILE = 0o600
_PRIVATE_FOLDER = 0o700
OTHERS = stat.S_IRWXG | stat.S_IRWXO
_STALE_AFTER_S = 3600.0
NOT_REGULAR = "not a regular file"

NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
BINARY = getattr(os, "O_BINARY", 0)  # Windows would turn \n into \r\n
READ_ONLY = os.O_RDONLY | BINARY | getattr(os, "O_NONBLOCK", 0)  # a named pipe would wait for its other end


def write_private(path: Path, content: str | bytes, *, like: Path | None = None) -> None:
    """Write a file atomically, with mode 0600 from the start; missing folders get mode 0700.

    The target of a symbolic link is replaced, not the link. A concurrent reader, or a crash, finds the old file or the
    new one. Text is written as UTF-8. An existing file keeps its owner; a new one of root belongs to the owner of its
    folder. Mode and owner of ``like`` are copied instead, if that file exists. Raises `OSError`.
    """
    target = real_file(path)
    if os.path.exists(target) and not os.path.isfile(target):  # such as /dev/null
        raise OSError(errno.EINVAL, NOT_REGULAR, str(path))
    make_private_folder(target.parent)
    access = _access_for(target, like)
    data = content.encode() if isinstance(content, str) else content
    temporary = target.with_name(f".{target.name}.{os.urandom(6).hex()}.tmp")
    try:
        written_at = _write_new(temporary, data, access)
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(target.parent)
    _remove_stale(target, written_at)


def read_private(path: Path) -> tuple[str, str | None]:
    """Return a private file's text, and a warning if other users could read it; its mode is corrected.

    Raises `FileNotFoundError`, `PermissionError` for another user's file, and `OSError` for anything that is not a
    regular file of text in UTF-8, or in UTF-16 with a byte order mark.
    """
    descriptor = os.open(path, READ_ONLY)
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, NOT_REGULAR, str(path))
        warning = _close_to_others(path, descriptor, status)
        data = file.read()
    try:
        return data.decode(encoding_of(data)), warning
    except UnicodeDecodeError as error:
        raise OSError(errno.EINVAL, NOT_TEXT, str(path)) from error


def make_private_folder(folder: Path) -> None:
    """Create a folder and its missing parents with mode 0700; leave existing ones unchanged."""
    if os.path.isdir(folder):
        return
    make_private_folder(folder.parent)
    # Another process may have created it meanwhile.
    folder.mkdir(_PRIVATE_FOLDER, exist_ok=True)
    give_to_owner_of_folder(folder)


def real_file(path: Path) -> Path:
    """Resolve symbolic links to the file, which need not exist. Raises `OSError` for links in a circle."""
    target = Path(os.path.realpath(path))
    if os.path.islink(target):
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
    return target


class _Access(Record):
    """Who may read and write a file."""

    user: int
    group: int
    mode: int


def _access_for(target: Path, like: Path | None) -> _Access | None:
    """Return the owner and mode of the new file, if they differ from those that every new file gets."""
    if sys.platform == "win32":
        return None
    if status := _status(like) if like else None:
        return _Access(status.st_uid, status.st_gid, stat.S_IMODE(status.st_mode))
    if os.geteuid() != 0:  # which could not give it to anyone
        return None
    owner = _status(target) or target.parent.stat()
    return _Access(owner.st_uid, owner.st_gid, _PRIVATE_FILE)


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def _give(descriptor: int, access: _Access) -> None:
    """Set owner and mode. Raises `PermissionError` if the owner can't be kept."""
    if sys.platform == "win32":
        return
    status, mode = os.fstat(descriptor), access.mode
    if access.user != status.st_uid:
        try:
            os.fchown(descriptor, access.user, access.group)
        except OSError as error:
            raise PermissionError(errno.EPERM, "it belongs to another user, who would lose access to it") from error
    elif access.group != status.st_gid:
        try:
            os.fchown(descriptor, -1, access.group)
        except OSError:
            mode &= ~stat.S_IRWXG  # the permissions were meant for the other group
    os.fchmod(descriptor, mode)


def give_to_owner_of_folder(path: str | Path) -> None:
    """Give what root has created (under sudo, for example) to the owner of the folder that it is in."""
    if sys.platform == "win32" or os.geteuid() != 0:
        return
    owner = os.stat(os.path.dirname(path) or ".")  # noqa: PTH116, PTH120 - every file of a batch passes here
    if owner.st_uid != 0 and os.lstat(path).st_uid == 0:
        os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)


def _write_new(path: Path, data: bytes, access: _Access | None) -> float:
    """Write and sync a file that must not exist yet; return its modification time, in seconds by the disk's clock."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | NO_FOLLOW | BINARY
    descriptor = os.open(path, flags, _PRIVATE_FILE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        if access:
            _give(descriptor, access)
        os.fsync(descriptor)
        return os.fstat(descriptor).st_mtime


def sync_folder(folder: str | Path) -> None:
    """Make a new name survive a power cut, where possible: Windows and some network disks can't sync folders."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(descriptor)
    except OSError:
        return
    finally:
        os.close(descriptor)


def _remove_stale(target: Path, now: float) -> None:
    """Remove the temporary files of killed writers, which may hold a secret, but none of a running writer."""
    for name in os.listdir(target.parent):  # noqa: PTH208 - only names are needed
        if not (name.startswith(f".{target.name}.") and name.endswith(".tmp")):
            continue
        stale = target.with_name(name)
        try:
            if now - stale.lstat().st_mtime > _STALE_AFTER_S:
                stale.unlink()
        except OSError:
            continue


# `database` has its own check, by path: closing a descriptor would drop SQLite's locks.
def _close_to_others(path: Path, descriptor: int, status: os.stat_result) -> str | None:
    """Refuse another user's file, and remove the permissions of all others."""
    if sys.platform == "win32":  # which keeps other users out of a user's folders
        return None
    if status.st_uid not in {os.geteuid(), 0}:
        raise PermissionError(errno.EPERM, "it belongs to another user", str(path))
    mode = stat.S_IMODE(status.st_mode)
    if not mode & OTHERS:
        return None
    try:
        os.fchmod(descriptor, mode & ~OTHERS)
    except OSError:
        return f"{path} can be read by other users (mode {mode:04o}), and its mode can't be changed."
    return f"{path} could be read by other users (mode {mode:04o}); now only you can."
