"""Files that only their owner may read, replaced whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
import sys
from pathlib import Path

_PRIVATE_FILE = 0o600
_PRIVATE_FOLDER = 0o700
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_LEFTOVER_AGE_S = 3600.0
_NOT_ORDINARY = "not an ordinary file"

_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
_NO_WAIT = getattr(os, "O_NONBLOCK", 0)  # opening a named pipe would wait for its other end
_BINARY = getattr(os, "O_BINARY", 0)  # Windows would turn \n into \r\n


def write_private(path: Path, content: str | bytes) -> None:
    """Put a file in place, atomically, with mode 0600 from its first byte; missing folders get 0700.

    A link stays and its target is replaced. Whoever reads meanwhile sees the old file or the new one, and a crash
    leaves one of the two. Text is written as UTF-8. Raises `OSError`.
    """
    target = real_file(path)
    if target.exists() and not target.is_file():  # replacing /dev/null would be a lasting mistake
        raise OSError(errno.EINVAL, _NOT_ORDINARY, str(path))
    make_private_folder(target.parent)
    data = content.encode() if isinstance(content, str) else content
    staged = target.with_name(f".{target.name}.{os.urandom(6).hex()}.tmp")
    try:
        written_at = _write_new(staged, data)
        staged.replace(target)
    except BaseException:
        staged.unlink(missing_ok=True)
        raise
    sync_folder(target.parent)
    _remove_leftovers(target, written_at)


def read_private(path: Path) -> tuple[str, str | None]:
    """Return a private file's text, and a warning if others could have read it; that is put right at once.

    Raises `FileNotFoundError`, `PermissionError` for a file that somebody else owns, and `OSError` for anything
    that is no ordinary file of UTF-8 text.
    """
    descriptor = os.open(path, os.O_RDONLY | _NO_WAIT | _BINARY)
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, _NOT_ORDINARY, str(path))
        warning = _close_to_others(path, descriptor, status)
        data = file.read()
    try:
        return data.decode(), warning
    except UnicodeDecodeError as error:
        raise OSError(errno.EINVAL, "not UTF-8 text", str(path)) from error


def make_private_folder(folder: Path) -> None:
    """Make a folder and its missing parents with mode 0700; those that exist stay as they are."""
    if folder.is_dir():
        return
    make_private_folder(folder.parent)
    # Another process may have made it since.
    folder.mkdir(_PRIVATE_FOLDER, exist_ok=True)


def real_file(path: Path) -> Path:
    """Follow links to the file that they name, which may not exist yet; raise `OSError` when they go in a circle."""
    target = Path(os.path.realpath(path))
    if target.is_symlink():
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
    return target


def _write_new(path: Path, data: bytes) -> float:
    """Write a file that must not exist yet down to the disk; return when, in seconds by its folder's clock."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_FOLLOW | _BINARY
    descriptor = os.open(path, flags, _PRIVATE_FILE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(descriptor)
        return os.fstat(descriptor).st_mtime


def sync_folder(folder: Path) -> None:
    """Have the new name survive a power cut. Windows opens no folders, and some network disks can't: best effort."""
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


def _remove_leftovers(target: Path, now: float) -> None:
    """Remove what killed writers left behind: it may hold a secret. A writer at work is far younger."""
    for name in os.listdir(target.parent):  # noqa: PTH208 - names are all it takes
        if not (name.startswith(f".{target.name}.") and name.endswith(".tmp")):
            continue
        leftover = target.with_name(name)
        try:
            if now - leftover.lstat().st_mtime > _LEFTOVER_AGE_S:
                leftover.unlink()
        except OSError:
            continue


# Owners and modes. `database` has its own check, by path: a descriptor that is closed would drop SQLite's locks.
if sys.platform == "win32":

    def _close_to_others(path: Path, descriptor: int, status: os.stat_result) -> str | None:  # noqa: ARG001
        """Windows keeps a user's folders from other users by itself."""
        return None

else:

    def _close_to_others(path: Path, descriptor: int, status: os.stat_result) -> str | None:
        """Refuse another user's file, and take everybody else's permissions away."""
        if status.st_uid not in {os.geteuid(), 0}:
            raise PermissionError(errno.EPERM, "it belongs to another user", str(path))
        mode = stat.S_IMODE(status.st_mode)
        if not mode & _OTHERS:
            return None
        try:
            os.fchmod(descriptor, mode & ~_OTHERS)
        except OSError:
            return f"{path} can be read by other users (mode {mode:04o}), and that can't be changed."
        return f"{path} could be read by other users (mode {mode:04o}); now only you can."
