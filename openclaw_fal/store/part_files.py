"""Partly downloaded files: written beside their target, and renamed to it only when they are complete.

A part file is named after its task and its number, so that any later run can resume it. Two processes never write the
same part file, never take the same name, and never replace a file unless the user asked for that.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path
from typing import IO, TYPE_CHECKING

from openclaw_fal.core.errors import OpenclawFalError
from openclaw_fal.core.naming import other_names
from openclaw_fal.store.locks import locked
from openclaw_fal.store.private_files import sync_folder
from openclaw_fal.store.processes import this_boot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openclaw_fal.core.naming import OutputPlan

_CHUNK_BYTES = 1 << 20
_MAX_VALIDATOR_LENGTH = 1000
_OPEN_FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
_DEFAULT_MODE = 0o666  # the system subtracts the umask


@contextmanager
def open_part(folder: str, task_id: str, index: int, *, wait_s: float = 30.0) -> Iterator[PartFile]:
    """Open the part file of a task's file ``index``, and resume it if it exists.

    The bytes that arrived are kept when the block ends without `PartFile.commit` or `PartFile.discard`. Waits up to
    ``wait_s`` seconds for another process that downloads the same file. That process may have delivered it, so read the
    task again inside the block. Raises `OpenclawFalError` (code ``locked``) after that time, and `OSError`.
    """
    Path(folder).mkdir(parents=True, exist_ok=True)
    path = _part_path(folder, task_id, index)
    with locked(path.with_suffix(".lock"), wait_s=wait_s):
        part = PartFile(path)
        try:
            yield part
        finally:
            part.close()


def discard_part(folder: str, task_id: str, index: int) -> None:
    """Remove the part file of a file that was saved elsewhere, unless another process is writing it."""
    if _part_path(folder, task_id, index).exists():
        with suppress(OSError, OpenclawFalError), open_part(folder, task_id, index, wait_s=0) as part:
            part.discard()


def _part_path(folder: str, task_id: str, index: int) -> Path:
    return Path(folder, f".{task_id}-{index}.part")


class PartFile:
    """A file that is being downloaded. ``size`` is the number of bytes that have arrived.

    ``is_complete`` is true if an earlier run stopped during `commit`, which then only has to be repeated.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = 0
        self._validator_path = path.with_suffix(".etag")
        self._hash = hashlib.sha256()
        self._descriptor: int | None = os.open(path, _OPEN_FLAGS, _DEFAULT_MODE)
        # Only a complete file gets its final name, which is then its second one.
        self.is_complete = os.fstat(self._descriptor).st_nlink > 1
        self._validator = self._read_validator()
        if self._validator or self.is_complete:
            self._read_back()
        else:
            self.restart()

    @property
    def sha256(self) -> str:
        """The digest of the bytes that have arrived, in hex."""
        return self._hash.hexdigest()

    @property
    def validator(self) -> str | None:
        """The ETag of the bytes that have arrived: it shows whether the rest belongs to the same file."""
        return self._validator

    @validator.setter
    def validator(self, validator: str | None) -> None:
        self._validator = validator
        # Without the file, the next run downloads again from the start.
        with suppress(OSError):
            if validator and len(validator) <= _MAX_VALIDATOR_LENGTH:
                self._validator_path.write_text(f"{this_boot()}\n{validator}", "utf-8", "replace")
            else:
                self._validator_path.unlink(missing_ok=True)

    def write(self, chunk: bytes) -> None:
        """Append bytes. Raises `OSError` if the disk does not take them all; those that it took count."""
        rest = memoryview(chunk)
        while rest:
            # Unbuffered, so that a killed process loses nothing.
            written = os.write(self._open_descriptor, rest)
            self._hash.update(rest[:written])
            self.size += written
            rest = rest[written:]

    def restart(self) -> None:
        """Drop what has arrived."""
        self._close()
        self._remove()
        self._descriptor = os.open(self.path, _OPEN_FLAGS | os.O_EXCL, _DEFAULT_MODE)
        self._hash, self.size = hashlib.sha256(), 0
        self._validator, self.is_complete = None, False

    def head(self, count: int = 1 << 16) -> bytes:
        """Return the first bytes, enough to detect the file type."""
        os.lseek(self._open_descriptor, 0, os.SEEK_SET)
        head = os.read(self._open_descriptor, count)
        os.lseek(self._open_descriptor, 0, os.SEEK_END)
        return head

    def copy_to(self, stream: IO[bytes]) -> None:
        """Write the whole file to a stream and flush it."""
        os.lseek(self._open_descriptor, 0, os.SEEK_SET)
        while chunk := os.read(self._open_descriptor, _CHUNK_BYTES):
            stream.write(chunk)
        stream.flush()

    def commit(self, target: str, plan: OutputPlan, *, is_again: bool = False) -> Path:
        """Rename the complete file to ``target``, or to another name if that is taken, and return its path.

        Replaces a file only if the plan says so and the user chose its name. ``is_again``: the task was delivered
        before, perhaps in part, so an equal file under one of the names counts as this one. Raises `OSError`; the part
        file stays then.
        """
        os.fsync(self._open_descriptor)
        self._close()
        path = Path(target)
        path.parent.mkdir(parents=True, exist_ok=True)
        may_replace = plan.overwrite and plan.kind != "folder" and (not path.exists() or path.is_file())
        if may_replace:
            self.path.replace(path)
        else:
            names = map(Path, chain([target], other_names(plan, target)))
            path = next(name for name in names if _claim(self.path, name) or (is_again and self._equals(name)))
        self._remove()
        sync_folder(path.parent)
        return path

    def discard(self) -> None:
        """Remove the part file."""
        self._close()
        self._remove()

    def close(self) -> None:
        """Close the part file and keep it, unless it is empty."""
        if self._descriptor is not None and not self.size:
            self.discard()
        self._close()

    @property
    def _open_descriptor(self) -> int:
        if self._descriptor is None:
            raise ValueError("the file is closed")
        return self._descriptor

    def _close(self) -> None:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)

    def _remove(self) -> None:
        self.path.unlink(missing_ok=True)
        self._validator_path.unlink(missing_ok=True)

    def _read_validator(self) -> str | None:
        """Return the validator of an earlier run; ``None`` after a reboot, which may have left zeros in the file."""
        try:
            boot, _, validator = self._validator_path.read_text("utf-8").partition("\n")
        except (OSError, ValueError):
            return None
        return validator if boot == this_boot() else None

    def _read_back(self) -> None:
        while chunk := os.read(self._open_descriptor, _CHUNK_BYTES):
            self._hash.update(chunk)
            self.size += len(chunk)

    def _equals(self, path: Path) -> bool:
        try:
            if path.stat().st_size != self.size:
                return False
            with path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest() == self.sha256
        except OSError:
            return False


def _claim(part: Path, name: Path) -> bool:
    """Give a file a free name, atomically; return ``False`` if the name is taken."""
    try:
        name.hardlink_to(part)
    except FileExistsError:
        return name.exists() and name.samefile(part)
    except OSError:
        return _claim_without_links(part, name)
    return True


def _claim_without_links(part: Path, name: Path) -> bool:
    """Do the same on a disk without hard links: an empty file reserves the name for a moment."""
    try:
        os.close(os.open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _DEFAULT_MODE))
    except FileExistsError:
        return False
    try:
        part.replace(name)
    except BaseException:
        name.unlink()
        raise
    return True
