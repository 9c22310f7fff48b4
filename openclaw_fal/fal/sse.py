"""Server-sent events, read from raw bytes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MAX_EVENT_BYTES = 1024 * 1024  # an event without end must not fill the memory

# `str.splitlines` also splits at U+2028, which JSON may contain.
_LINE_END = re.compile(rb"\r\n|\r|\n")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def server_sent_events(chunks: Iterable[bytes]) -> Iterator[str | None]:
    """Yield the data of each event, and ``None`` for each chunk without the end of an event, such as a ping.

    An event larger than ``MAX_EVENT_BYTES`` ends the stream.
    """
    data: list[bytes] = []
    for lines in _lines(chunks):
        has_event = False
        for line in lines:
            if line.startswith(b"data:"):
                data.append(line[5:].removeprefix(b" "))
            elif not line and data:
                yield b"\n".join(data).decode("utf-8", "replace")
                has_event = True
                data.clear()
        if sum(map(len, data)) > MAX_EVENT_BYTES:
            return
        if not has_event:
            yield None


def _lines(chunks: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Yield the lines that end in each chunk."""
    pending: list[bytes] = []
    size, after_cr, is_first = 0, False, True
    for given in chunks:
        # A CR ends its line at once. If its LF is in the next chunk, it does not end another one.
        chunk = given[1:] if after_cr and given.startswith(b"\n") else given
        after_cr = given.endswith(b"\r") if given else after_cr
        rest, *further = _LINE_END.split(chunk)
        pending.append(rest)
        size += len(rest)
        lines: list[bytes] = []
        for unfinished in further:
            lines.append(b"".join(pending))
            pending, size = [unfinished], len(unfinished)
        if lines and is_first:
            lines[0], is_first = lines[0].removeprefix(_BYTE_ORDER_MARK), False
        yield lines
        if size > MAX_EVENT_BYTES:
            return
