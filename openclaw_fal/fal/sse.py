"""Server-sent events, read from raw bytes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MAX_EVENT_BYTES = 1024 * 1024  # bytes; a server that never ends one must not fill the memory

# Nothing else ends a line: `str.splitlines` would also cut at U+2028, which JSON may hold.
_LINE_END = re.compile(rb"\r\n|\r|\n")
_MARK = b"\xef\xbb\xbf"


def server_sent_events(chunks: Iterable[bytes]) -> Iterator[str | None]:
    """Yield the data of each event, and ``None`` for each chunk that ends no event: the stream lives, that is all.

    An event that outgrows ``MAX_EVENT_BYTES`` ends the stream.
    """
    data: list[bytes] = []
    for lines in _lines(chunks):
        said = False
        for line in lines:
            if line.startswith(b"data:"):
                data.append(line[5:].removeprefix(b" "))
            elif not line and data:
                yield b"\n".join(data).decode("utf-8", "replace")
                said = True
                data.clear()
        if sum(map(len, data)) > MAX_EVENT_BYTES:
            return
        if not said:
            yield None


def _lines(chunks: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Yield the lines that each chunk ends."""
    pending: list[bytes] = []
    size, after_cr, is_first = 0, False, True
    for given in chunks:
        # A CR ends its line at once; the LF of a CRLF that was cut in two ends nothing more.
        chunk = given[1:] if after_cr and given.startswith(b"\n") else given
        after_cr = given.endswith(b"\r") if given else after_cr
        rest, *further = _LINE_END.split(chunk)
        pending.append(rest)
        size += len(rest)
        lines: list[bytes] = []
        for begun in further:
            lines.append(b"".join(pending))
            pending, size = [begun], len(begun)
        if lines and is_first:
            lines[0], is_first = lines[0].removeprefix(_MARK), False
        yield lines
        if size > MAX_EVENT_BYTES:
            return
