"""Files that arrive: written beside their target, and under their final name only when they are complete.

A part is named after its task and its number alone, so that whoever goes on with the task finds it. Two processes
never write one part, never take one name, and never replace a file unless the user said so.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path
from typing import IO, TYPE_CHECKING

from openclaw_fal.core.errors import NothingSent, UsageError
from openclaw_fal.core.naming import exact_names, other_names
from openclaw_fal.store.locks import locked
from openclaw_fal.store.private_files import sync_folder
from openclaw_fal.store.processes import this_boot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openclaw_fal.core.naming import OutputPlan

_PIECE = 1 << 20
_LONGEST_VALIDATOR = 1000
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_PART_FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
_ANYONE = 0o666  # less the umask, which the system takes away


# --- before anything is sent -------------------------------------------------------------------


def check_writable(plan: OutputPlan, count: int, extension: str = "") -> None:
    """Make sure that ``count`` files can be put where the plan says; a missing folder is made.

    ``extension`` is the one that the files are expected to have, with its dot, if there is one. Raises `UsageError` for
    a taken name or a folder that can't be written, `NothingSent` (code ``disk_full``) when there is no room.
    """
    if plan.kind == "stdout":
        if count > 1:
            raise UsageError(f"--output - takes one file, not {count}. Give a folder or a file name.")
        return
    if plan.kind == "file":
        _check_target(Path(plan.folder, plan.name), may_exist=True)
    for name in exact_names(plan, count, extension):
        _check_target(Path(name), may_exist=plan.overwrite)
    _check_folder(Path(plan.folder))


def _check_target(path: Path, *, may_exist: bool) -> None:
    try:
        mode = path.lstat().st_mode
        mode = path.stat().st_mode if stat.S_ISLNK(mode) and path.exists() else mode
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise UsageError(f"{path} can't be written: {error.strerror}.", hint="Give another --output.") from error
    if not stat.S_ISREG(mode) and not stat.S_ISLNK(mode):
        raise UsageError(f"{path} is not a file that could be replaced.", hint="--output - writes to standard output.")
    if not may_exist:
        raise UsageError(
            f"{path} exists already.", hint="Give --overwrite to replace it, or another --output.", code="output_exists"
        )


def _check_folder(folder: Path) -> None:
    probe = folder / f".openclaw-fal-{os.urandom(6).hex()}.probe"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            # Only writing tells: permissions say nothing of read-only disks, quotas and full ones.
            probe.write_bytes(b"?")
        finally:
            probe.unlink(missing_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        if error.errno in _FULL:
            raise NothingSent(
                f"There is no room in {folder} ({reason}), so nothing was submitted.",
                hint="Free some space or give another --output.",
                code="disk_full",
            ) from error
        raise UsageError(
            f"The folder {folder} can't be written: {reason}.", hint="Give another --output.", code="output_unwritable"
        ) from error


# --- while they arrive -------------------------------------------------------------------------


@contextmanager
def stage(folder: str, task_id: str, index: int, *, wait_s: float = 30.0) -> Iterator[Staged]:
    """Open the part of file ``index`` of a task, and go on with it if there is one already.

    What has arrived stays when the block is left without `Staged.commit` or `Staged.discard`. Waits ``wait_s`` seconds
    for another process that fetches the same file; it may have delivered it meanwhile, so read the task again
    inside the block. Raises `OpenclawFalError` (code ``locked``) if that one is not done by then, and `OSError`.
    """
    Path(folder).mkdir(parents=True, exist_ok=True)
    part = Path(folder, f".{task_id}-{index}.part")
    with locked(part.with_suffix(".lock"), wait_s=wait_s):
        staged = Staged(part)
        try:
            yield staged
        finally:
            staged.close()


class Staged:
    """A file on its way. ``size`` bytes of it have arrived.

    ``is_complete`` when an earlier run was stopped on its last step: `commit` is all that is missing.
    """

    def __init__(self, part: Path) -> None:
        self.part = part
        self.size = 0
        self._tag = part.with_suffix(".etag")
        self._hash = hashlib.sha256()
        self._descriptor: int | None = os.open(part, _PART_FLAGS, _ANYONE)
        # A second name is the final one, which only a complete file gets.
        self.is_complete = os.fstat(self._descriptor).st_nlink > 1
        self._validator = self._read_tag()
        if self._validator or self.is_complete:
            self._read_back()
        else:
            self.restart()

    @property
    def sha256(self) -> str:
        """The digest of what has arrived, in hex."""
        return self._hash.hexdigest()

    @property
    def validator(self) -> str | None:
        """The ETag under which the bytes came: without it nobody could tell whether the rest belongs to them."""
        return self._validator

    @validator.setter
    def validator(self, validator: str | None) -> None:
        self._validator = validator
        # Without a note the next run begins again, which costs time and no money.
        with suppress(OSError):
            if validator and len(validator) <= _LONGEST_VALIDATOR:
                self._tag.write_text(f"{this_boot()}\n{validator}", "utf-8", "replace")
            else:
                self._tag.unlink(missing_ok=True)

    def write(self, chunk: bytes) -> None:
        """Add bytes; raise `OSError` when the disk does not take them all. Those that it took count."""
        rest = memoryview(chunk)
        while rest:
            # Unbuffered: whatever kills us, what has arrived is in the file.
            written = os.write(self._open_descriptor, rest)
            self._hash.update(rest[:written])
            self.size += written
            rest = rest[written:]

    def restart(self) -> None:
        """Forget what has arrived."""
        self._close()
        self._remove()
        self._descriptor = os.open(self.part, _PART_FLAGS | os.O_EXCL, _ANYONE)
        self._hash, self.size = hashlib.sha256(), 0
        self._validator, self.is_complete = None, False

    def head(self, count: int = 1 << 16) -> bytes:
        """Return the first bytes, enough to tell what the file is."""
        os.lseek(self._open_descriptor, 0, os.SEEK_SET)
        head = os.read(self._open_descriptor, count)
        os.lseek(self._open_descriptor, 0, os.SEEK_END)
        return head

    def copy_to(self, stream: IO[bytes]) -> None:
        """Write the whole file to a stream, and all of it out of our hands."""
        os.lseek(self._open_descriptor, 0, os.SEEK_SET)
        while piece := os.read(self._open_descriptor, _PIECE):
            stream.write(piece)
        stream.flush()

    def commit(self, target: str, plan: OutputPlan, *, is_again: bool = False) -> Path:
        """Give the complete file its final name, on disk, and return that: ``target``, or another if that is taken.

        A file is replaced if the plan says so, but never one whose name nobody chose. ``is_again``: the task was
        delivered or nearly so before; an equal file found on the way is taken for it. Raises `OSError`; the part stays.
        """
        os.fsync(self._open_descriptor)
        self._close()
        path = Path(target)
        path.parent.mkdir(parents=True, exist_ok=True)
        may_replace = plan.overwrite and plan.kind != "folder" and (not path.exists() or path.is_file())
        if may_replace:
            self.part.replace(path)
        else:
            names = map(Path, chain([target], other_names(plan, target)))
            path = next(name for name in names if _claim(self.part, name) or (is_again and self._equals(name)))
        self._remove()
        sync_folder(path.parent)
        return path

    def discard(self) -> None:
        """Forget the file."""
        self._close()
        self._remove()

    def close(self) -> None:
        """Leave the part for later, if anything has arrived."""
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
        self.part.unlink(missing_ok=True)
        self._tag.unlink(missing_ok=True)

    def _read_tag(self) -> str | None:
        """Return the validator of an earlier run, if its bytes can be trusted: a power cut may have left zeros."""
        try:
            boot, _, validator = self._tag.read_text("utf-8").partition("\n")
        except (OSError, ValueError):
            return None
        return validator if boot == this_boot() else None

    def _read_back(self) -> None:
        while piece := os.read(self._open_descriptor, _PIECE):
            self._hash.update(piece)
            self.size += len(piece)

    def _equals(self, path: Path) -> bool:
        try:
            if path.stat().st_size != self.size:
                return False
            with path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest() == self.sha256
        except OSError:
            return False


def _claim(part: Path, name: Path) -> bool:
    """Give a file a name that nobody has, in one step; return ``False`` when somebody has it."""
    try:
        name.hardlink_to(part)
    except FileExistsError:
        return name.exists() and name.samefile(part)
    except OSError:
        return _claim_without_links(part, name)
    return True


def _claim_without_links(part: Path, name: Path) -> bool:
    """Do so on a disk that knows no second names: an empty file holds the place for a moment."""
    try:
        os.close(os.open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _ANYONE))
    except FileExistsError:
        return False
    try:
        part.replace(name)
    except BaseException:
        name.unlink()
        raise
    return True
