"""Partly downloaded files: written beside their target, and renamed to it only when they are complete.

A part file is named after its task and its number, so that any later run can resume it. Two processes never write the
same part file, never take the same name, and never replace a file unless the user asked for that.
"""

from __future__ import annotations

import hashlib
import io
import os
import stat
import sys
import threading
from contextlib import contextmanager, suppress
from itertools import chain
from typing import IO, TYPE_CHECKING

from openclaw_fal.core.errors import OpenclawFalError
from openclaw_fal.core.file_names import numbered_names
from openclaw_fal.store.private_files import BINARY, NO_FOLLOW, sync_folder
from openclaw_fal.store.processes import locked, this_boot

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from openclaw_fal.core.file_names import OutputPlan
    from openclaw_fal.core.results import Asset

_reading_umask = threading.Lock()
_CHUNK_BYTES = 1 << 20
_HEAD_BYTES = 1 << 16
_MAX_VALIDATOR_LENGTH = 1000
_FLAGS = NO_FOLLOW | BINARY
_PRIVATE = 0o600
_DEFAULT_MODE = 0o666  # less the umask


@contextmanager
def open_part(folder: str, task_id: str, index: int, *, wait_s: float = 30.0) -> Iterator[PartFile]:
    """Open the part file of a task's file ``index``, and resume it if it exists.

    The bytes that arrived are kept when the block ends without `PartFile.commit` or `PartFile.discard`. Waits up to
    ``wait_s`` seconds for another process that downloads the same file. That process may have delivered it, so read the
    task again inside the block. Raises `OpenclawFalError` (code ``locked``) after that time, and `OSError`.
    """
    if not os.path.isdir(folder):
        os.makedirs(folder, exist_ok=True)
    beginning = _beginning(folder, task_id, index)
    with locked(f"{beginning}.lock", wait_s=wait_s):
        part = PartFile(beginning)
        try:
            yield part
        finally:
            part.close()


def discard_part(folder: str, task_id: str, index: int) -> None:
    """Remove the part file of a file that was saved elsewhere, unless another process is writing it."""
    if os.path.exists(f"{_beginning(folder, task_id, index)}.part"):
        with suppress(OSError, OpenclawFalError), open_part(folder, task_id, index, wait_s=0) as part:
            part.discard()


def _beginning(folder: str, task_id: str, index: int) -> str:
    return os.path.join(folder, f".{task_id}-{index}")


class PartFile:
    """A file that is being downloaded. ``size`` is the number of bytes that have arrived.

    ``has_other_name`` if an earlier run may have stopped during `commit` (`is_committed`). It may also be shared with a
    backup that works with hard links; what has arrived is then dropped before anything is written.
    """

    def __init__(self, beginning: str) -> None:
        self.path = f"{beginning}.part"
        self.size = 0
        self.has_other_name = False
        self._validator_path = f"{beginning}.etag"
        self._staged_path = f"{beginning}.new"
        self._beside: set[str] = set()  # which of the two may be there
        self._hash = hashlib.sha256()
        self._head = b""
        self._validator: str | None = None
        self._descriptor: int | None = None
        try:
            self._descriptor = _create(self.path)
        except FileExistsError:
            self._resume()

    def _resume(self) -> None:
        """Take up what an earlier run has left."""
        self._beside = {self._validator_path, self._staged_path}
        self._descriptor = _open_own(self.path, os.O_RDWR)
        if self._descriptor is not None:
            self.has_other_name = os.fstat(self._descriptor).st_nlink > 1
            self._validator = self._read_validator()
        if self._validator or self.has_other_name:
            while chunk := os.read(self._open_descriptor, _CHUNK_BYTES):
                self._count(chunk)
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
            if self._validator_path in self._beside:
                _unlink(self._validator_path)
                self._beside.discard(self._validator_path)
            if validator and len(validator) <= _MAX_VALIDATOR_LENGTH:
                self._beside.add(self._validator_path)
                with os.fdopen(_create_own(self._validator_path), "wb") as file:
                    file.write(f"{this_boot()}\n{validator}".encode("utf-8", "replace"))

    def write(self, chunk: bytes) -> None:
        """Append bytes. Raises `OSError` if the disk does not take them all; those that it took count."""
        if self.has_other_name:  # nothing is written into what may be another file as well
            self.restart()
        rest = chunk
        while rest:
            # Unbuffered, so that a killed process loses nothing.
            written = os.write(self._open_descriptor, rest)
            self._count(rest[:written])
            rest = rest[written:]

    def _count(self, chunk: bytes) -> None:
        self._hash.update(chunk)
        if self.size < _HEAD_BYTES:
            self._head += chunk[: _HEAD_BYTES - self.size]
        self.size += len(chunk)

    def restart(self) -> None:
        """Drop what has arrived."""
        self.discard()
        self._descriptor = _create_own(self.path)
        self._hash, self._head, self.size = hashlib.sha256(), b"", 0
        self._validator, self.has_other_name = None, False

    def replace(self, content: bytes) -> None:
        """Replace all that has arrived, atomically. Raises `OSError`; what has arrived stays then."""
        self.validator = None  # it is not what the server has any more
        try:
            self._beside.add(self._staged_path)
            with os.fdopen(_create_own(self._staged_path), "wb") as file:
                file.write(content)
            self._close()
            os.replace(self._staged_path, self.path)
        finally:
            if self._descriptor is None:
                self._descriptor = os.open(self.path, os.O_RDWR | _FLAGS)
            _unlink(self._staged_path)
        self._hash, self._head, self.size = hashlib.sha256(), b"", 0
        self._count(content)
        self.has_other_name = False
        os.lseek(self._open_descriptor, 0, os.SEEK_END)

    def head(self) -> bytes:
        """Return the first bytes, enough to detect the file type."""
        return self._head

    def opened(self) -> BinaryIO:
        """Return what has arrived as a file to read."""
        return io.BytesIO(self._head) if self.size <= _HEAD_BYTES else open(self.path, "rb")

    def copy_to(self, stream: IO[bytes]) -> None:
        """Write the whole file to a stream and flush it."""
        os.lseek(self._open_descriptor, 0, os.SEEK_SET)
        while chunk := os.read(self._open_descriptor, _CHUNK_BYTES):
            stream.write(chunk)
        stream.flush()

    def is_committed(self, target: str, plan: OutputPlan) -> bool:
        """Return whether an earlier run has given the file this name, or the one that it took in its place."""
        for name in chain([target], numbered_names(plan, target)):
            if not os.path.exists(name):
                return False
            if os.path.samefile(name, self.path):
                return True
        return False

    def commit(self, target: str, plan: OutputPlan, *, is_again: bool = False) -> str:
        """Rename the complete file to ``target``, or to another name if that is taken, and return its path.

        Replaces a file only if the plan says so and the user chose its name. ``is_again``: the task was delivered
        before, perhaps in part, so an equal file under one of the names counts as this one. Raises `OSError`; the part
        file stays then.
        """
        os.fsync(self._open_descriptor)
        if sys.platform != "win32":
            os.fchmod(self._open_descriptor, _DEFAULT_MODE & ~_umask())
        self._close()
        folder = os.path.dirname(target)
        if not os.path.isdir(folder):
            os.makedirs(folder, exist_ok=True)
        path = target
        if plan.overwrite and plan.kind != "folder" and (not os.path.exists(path) or os.path.isfile(path)):
            os.replace(self.path, path)
        else:
            names = chain([target], numbered_names(plan, target))
            path = next(name for name in names if _claim(self.path, name) or (is_again and self._equals(name)))
        self._remove()
        sync_folder(folder)
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
        # The part file last: without one, there is nothing beside it.
        for path in (*self._beside, self.path):
            _unlink(path)
        self._beside.clear()

    def _read_validator(self) -> str | None:
        """Return the validator of an earlier run; ``None`` after a reboot, which may have left zeros in the file."""
        try:
            descriptor = _open_own(self._validator_path, os.O_RDONLY)
            if descriptor is None:
                return None
            with os.fdopen(descriptor, "rb") as file:
                boot, _, validator = file.read().decode().partition("\n")
        except (OSError, ValueError):
            return None
        return validator if boot == this_boot() else None

    def _equals(self, path: str) -> bool:
        try:
            if os.stat(path).st_size != self.size:
                return False
            with open(path, "rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest() == self.sha256
        except OSError:
            return False


def _open_own(path: str, flags: int) -> int | None:
    """Open a file of this program; return ``None`` without one, and for what another user put there, such as a link."""
    try:
        if not stat.S_ISREG(os.lstat(path).st_mode):
            return None
        descriptor = os.open(path, flags | _FLAGS)
    except OSError:
        return None
    status = os.fstat(descriptor)
    if stat.S_ISREG(status.st_mode) and (sys.platform == "win32" or status.st_uid == os.geteuid()):
        return descriptor
    os.close(descriptor)
    return None


def _create(path: str) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | _FLAGS, _PRIVATE)


def _create_own(path: str) -> int:
    """Create a file, and replace what is there, such as a link of another user."""
    _unlink(path)
    return _create(path)


def _unlink(path: str) -> None:
    with suppress(FileNotFoundError):
        os.unlink(path)


def _umask() -> int:
    with _reading_umask:  # it can only be read by setting it
        umask = os.umask(0o077)
        os.umask(umask)
    return umask


def _claim(part: str, name: str) -> bool:
    """Give a file a free name, atomically; return ``False`` if the name is taken."""
    try:
        os.link(part, name)
    except FileExistsError:
        return os.path.exists(name) and os.path.samefile(name, part)
    except OSError:
        return _claim_without_links(part, name)
    return True


def _claim_without_links(part: str, name: str) -> bool:
    """Do the same on a disk without hard links: an empty file reserves the name for a moment."""
    try:
        os.close(os.open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _DEFAULT_MODE))
    except FileExistsError:
        return False
    try:
        os.replace(part, name)
    except BaseException:
        os.unlink(name)
        raise
    return True


def is_saved(asset: Asset) -> bool:
    """Return whether the file of an asset is still where it was saved, in its full size."""
    try:
        return asset.path is not None and os.stat(asset.path).st_size == asset.size
    except OSError:
        return False
