"""Server-sent events, read from raw bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LONGEST_LINE = 1024 * 1024  # bytes; a server that never ends a line must not fill the memory


def server_sent_events(chunks: Iterable[bytes]) -> Iterator[str | None]:
    """Yield the data of each event, and ``None`` for each keep-alive comment.

    Lines end with CR, LF or CRLF and nothing else: `str.splitlines` would also cut at U+2028, which JSON may hold.
    A line that outgrows ``LONGEST_LINE`` ends the stream.
    """
    data: list[str] = []
    for line in _lines(chunks):
        if not line:
            if data:
                yield "\n".join(data)
            data.clear()
        elif line.startswith(b":"):
            yield None
        elif line.startswith(b"data:"):
            data.append(line[5:].removeprefix(b" ").decode("utf-8", "replace"))


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    pending = b""
    for chunk in chunks:
        pending += chunk
        # A CR at the very end may be half of a CRLF.
        whole, tail = (pending[:-1], b"\r") if pending.endswith(b"\r") else (pending, b"")
        *lines, rest = whole.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        yield from lines
        pending = rest + tail
        if len(pending) > LONGEST_LINE:
            return
