"""The chunks of a PNG file, by the PNG specification: a length, a name, the content and a checksum each."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from openclaw_fal.core.records import Record

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

_START = 8  # bytes before the first chunk


class Chunk(Record):
    """Where a chunk is: ``at`` is the position of its content, ``length`` the declared size of that, in bytes."""

    name: bytes
    at: int
    length: int

    @property
    def end(self) -> int:
        """Where the next chunk begins."""
        return self.at + self.length + 4

    def read(self, file: BinaryIO, most: int = -1) -> bytes:
        """Return the content, or its first ``most`` bytes."""
        file.seek(self.at)
        return file.read(self.length if most < 0 else min(self.length, most))


def png_chunks(file: BinaryIO, most: int) -> Iterator[Chunk]:
    """Yield the chunks of a file up to its end chunk, at most ``most``, and none without a complete head.

    The content is not read. The file can seek, and its position changes.
    """
    at = _START
    for _ in range(most):
        file.seek(at)
        head = file.read(8)
        if len(head) < 8:
            return
        chunk = Chunk(head[4:], at + 8, int.from_bytes(head[:4], "big"))
        yield chunk
        if chunk.name == b"IEND":
            return
        at = chunk.end


def png_chunk(name: bytes, content: bytes) -> bytes:
    """Return a chunk as bytes."""
    body = name + content
    return len(content).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")
