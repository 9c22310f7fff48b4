"""Opens the content of a reference: a file, a named or unnamed pipe, or standard input.

A pipe can be read only once, and an upload may be repeated, so what a pipe holds is kept in a temporary file that no
other user can read and that has no name, so that it vanishes with the process.
"""

from __future__ import annotations

import os
import select
import stat
import sys
from typing import TYPE_CHECKING, BinaryIO

from openclaw_fal.core.errors import NOTHING_SENT, NothingSent, RequestError, UsageError
from openclaw_fal.core.records import Record
from openclaw_fal.core.text import printable, size_text
from openclaw_fal.fal.uploads import MAX_UPLOAD_BYTES
from openclaw_fal.store.paths import OPEN_PIPES, WRITER_WAIT_S
from openclaw_fal.store.private_files import READ_ONLY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from openclaw_fal.fal.clock import Deadline
    from openclaw_fal.runtime import Runtime

    CheckHead = Callable[[bytes, str], object]

CHUNK_SIZE = 1024 * 1024
MAX_IN_MEMORY = 256 * 1024  # bytes of a pipe


class Content(Record):
    """The open content of a reference. ``shown`` names it in messages, ``name`` is the file's own; both as found.

    ``path`` is ``None`` for a pipe.
    """

    file: BinaryIO
    shown: str
    name: str
    path: Path | None


def open_stdin(runtime: Runtime, deadline: Deadline, check_head: CheckHead) -> Content:
    """Return what is piped into standard input. Raises `UsageError` if it is a terminal or closed."""
    shown = "on standard input"
    if runtime.stdin_is_terminal:
        raise UsageError("The reference - is read from standard input, but nothing is piped into it.")
    stream = getattr(runtime.screen.stdin, "buffer", None)
    if stream is None:
        raise UsageError("The reference - is read from standard input, which is closed.")
    try:
        descriptor: int | None = stream.fileno()
    except OSError:  # not a file of the system
        descriptor = None
    kept = _keep(_pieces(stream, descriptor, deadline, shown), shown, check_head)
    return Content(kept, shown, "stdin", None)


def open_path(path: Path, deadline: Deadline, check_head: CheckHead) -> Content:
    """Open a file, or read a pipe to its end. Raises `UsageError` for a folder, a device and what can't be read."""
    shown = printable(str(path))
    try:
        _check_kind(path.stat().st_mode, shown)
        # Without O_NONBLOCK, opening a named pipe waits for a writer.
        descriptor = os.open(path, READ_ONLY)
    except OSError as error:
        raise UsageError(f"The reference {shown} can't be read: {error.strerror or error}.") from error
    except ValueError as error:  # whose words differ between versions of Python
        raise UsageError(f"The reference {shown} can't be read: a path can't contain null characters.") from error
    file = os.fdopen(descriptor, "rb")
    try:
        opened = os.fstat(descriptor)
        if not stat.S_ISFIFO(opened.st_mode):
            _check_size(opened.st_size, shown)
            return Content(file, shown, path.name, path)
        with file:
            if not shown.startswith(OPEN_PIPES):
                _wait_for_writer(descriptor, deadline, shown)
            kept = _keep(_pieces(file, descriptor, deadline, shown), shown, check_head)
        return Content(kept, shown, "pipe" if shown.startswith(OPEN_PIPES) else path.name, None)
    except BaseException:
        file.close()
        raise


def bounded(chunks: Iterator[bytes], shown: str) -> Iterator[bytes]:
    """Pass the chunks on; raise `UsageError` once there are more bytes than fal's storage takes."""
    size = 0
    for chunk in chunks:
        size += len(chunk)
        _check_size(size, shown)
        yield chunk


def _check_size(size: int, shown: str) -> None:
    if size > MAX_UPLOAD_BYTES:
        raise UsageError(
            f"The reference {shown} is larger than {size_text(MAX_UPLOAD_BYTES)}, the most that can be uploaded.",
            hint="Give it as an https URL instead.",
        )


def _check_kind(mode: int, shown: str) -> None:
    if stat.S_ISDIR(mode):
        raise UsageError(f"The reference {shown} is a folder. Give a file.")
    if stat.S_ISCHR(mode) or stat.S_ISBLK(mode):
        raise UsageError(f"The reference {shown} is a device, not a file.")
    if stat.S_ISSOCK(mode):
        raise UsageError(f"The reference {shown} is a socket, not a file.")


def _wait_for_writer(descriptor: int, deadline: Deadline, shown: str) -> None:
    wait_s = min(WRITER_WAIT_S, deadline.remaining)
    if not _is_readable(descriptor, wait_s):
        raise UsageError(f"The reference {shown} is a named pipe, and no program wrote to it for {wait_s:.0f} s.")


def _pieces(stream: BinaryIO, descriptor: int | None, deadline: Deadline, shown: str) -> Iterator[bytes]:
    """Read a pipe until its writers close it, or the time limit ends the command."""
    while True:
        if descriptor is not None and not _is_readable(descriptor, deadline.remaining):
            raise RequestError(f"Time ran out while the reference {shown} was read.")
        try:
            chunk = stream.read1(CHUNK_SIZE) if hasattr(stream, "read1") else stream.read(CHUNK_SIZE)
        except OSError as error:
            raise UsageError(f"The reference {shown} can't be read: {error.strerror or error}.") from error
        if not chunk:
            return
        yield chunk


def _is_readable(descriptor: int, wait_s: float) -> bool:
    """Wait until there is something to read, or the end. Windows can't wait for pipes; there, reading waits."""
    if sys.platform == "win32":
        return True
    poll = select.poll()  # unlike select, for any number of open files
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(max(wait_s, 0) * 1000))


def _keep(chunks: Iterator[bytes], shown: str, check_head: CheckHead) -> BinaryIO:
    """Keep the content of a pipe. ``check_head`` raises for the first bytes of what is refused anyway."""
    import tempfile  # noqa: PLC0415 - takes 1.5 ms, and most references are files

    kept: BinaryIO = tempfile.SpooledTemporaryFile(MAX_IN_MEMORY)  # type: ignore[assignment]  # noqa: SIM115
    is_checked = False
    try:
        for chunk in bounded(chunks, shown):
            kept.write(chunk)
            if not is_checked and kept.tell() >= CHUNK_SIZE:
                is_checked = True
                kept.seek(0)
                check_head(kept.read(CHUNK_SIZE), shown)
                kept.seek(0, os.SEEK_END)
    except OSError as error:
        kept.close()
        raise NothingSent(
            f"The reference {shown} can't be kept until it is sent ({error.strerror or error}).",
            consequence=NOTHING_SENT,
            hint="Free some space, or set TMPDIR to another folder.",
            code="disk_full",
        ) from error
    except BaseException:
        kept.close()
        raise
    return kept
