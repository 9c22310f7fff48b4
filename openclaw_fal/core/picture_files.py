"""What the bytes of a picture file say: width and height, and where the parts are, such as the chunks of a PNG."""

from __future__ import annotations

import zlib
from io import BytesIO
from typing import TYPE_CHECKING

from openclaw_fal.core.media import sniff
from openclaw_fal.core.records import Record
from openclaw_fal.core.requests import Size

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

APPLICATION_SEGMENTS = range(0xE0, 0xF0)
"""Markers of the segments of a JPEG that hold metadata."""

START_OF_SCAN, END_OF_JPEG = 0xDA, 0xD9
_FILL = 0xFF
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # they begin with the height and the width
_WITHOUT_LENGTH = (0x01, *range(0xD0, 0xD9))
_PNG_START = 8  # bytes before the first chunk


def read_at(file: BinaryIO, at: int, length: int) -> bytes:
    """Return up to ``length`` bytes of a file from position ``at`` on."""
    file.seek(at)
    return file.read(length)


# --- width and height -------------------------------------------------------------------------


def image_size(data: bytes) -> Size | None:
    """Return width and height of a PNG, JPEG, GIF, WebP or BMP; its beginning is enough."""
    found: tuple[int, int] | None
    match sniff(data[:512]):
        case "image/png" if data[12:16] == b"IHDR" and len(data) >= 24:
            found = _big(data, 16, 4), _big(data, 20, 4)
        case "image/gif" if len(data) >= 10:
            found = _little(data, 6, 2), _little(data, 8, 2)
        case "image/webp" if len(data) >= 30:
            found = _webp_size(data)
        case "image/bmp" if len(data) >= 26:
            found = _bmp_size(data)
        case "image/jpeg":
            found = _jpeg_size(data)
        case _:
            found = None
    return Size(*found) if found and all(found) else None


def _big(data: bytes, at: int, length: int) -> int:
    return int.from_bytes(data[at : at + length], "big")


def _little(data: bytes, at: int, length: int) -> int:
    return int.from_bytes(data[at : at + length], "little")


def _bmp_size(data: bytes) -> tuple[int, int]:
    if _little(data, 14, 4) == 12:
        return _little(data, 18, 2), _little(data, 20, 2)
    # A negative height means that the rows start at the top.
    return _little(data, 18, 4), abs(int.from_bytes(data[22:26], "little", signed=True))


def _webp_size(data: bytes) -> tuple[int, int] | None:
    match data[12:16]:
        case b"VP8 " if data[23:26] == b"\x9d\x01\x2a":
            return _little(data, 26, 2) & 0x3FFF, _little(data, 28, 2) & 0x3FFF
        case b"VP8L" if data[20] == 0x2F:
            bits = _little(data, 21, 4)
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8X":
            return _little(data, 24, 3) + 1, _little(data, 27, 3) + 1
        case _:
            return None


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    segments = jpeg_segments(BytesIO(data), len(data))
    at = next((each.start for each in segments if each.marker in _FRAMES), len(data))
    return (_big(data, at + 7, 2), _big(data, at + 5, 2)) if at + 9 <= len(data) else None


# --- segments of a JPEG: a marker, a length and the content each ----------------------------------


class Segment(Record):
    """Where a segment begins and ends. ``marker`` is ``None`` for bytes that are no segment."""

    marker: int | None
    start: int
    end: int

    def read(self, file: BinaryIO) -> bytes:
        """Return the content, without marker and length."""
        return read_at(file, self.start + 4, self.end - self.start - 4)


def jpeg_segments(file: BinaryIO, most: int) -> Iterator[Segment]:
    """Yield the segments of a file up to the data of the picture, or to bytes that are no segment; at most ``most``.

    A byte of fill is a segment as well. The content is not read. The file can seek, and its position changes.
    """
    at = 2
    for _ in range(most):
        head = read_at(file, at, 4)
        if len(head) < 2:
            return
        marker = head[1] if head[0] == _FILL else None
        if marker == _FILL:
            length = 1
        elif marker in _WITHOUT_LENGTH:
            length = 2
        else:
            length = 2 + max(_big(head, 2, 2), 2)
        yield Segment(marker, at, at + length)
        if marker in (None, START_OF_SCAN, END_OF_JPEG):
            return
        at += length


# --- chunks of a PNG: a length, a name, the content and a checksum each, by the PNG specification --


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
        return read_at(file, self.at, self.length if most < 0 else min(self.length, most))


def png_chunks(file: BinaryIO, most: int) -> Iterator[Chunk]:
    """Yield the chunks of a file up to its end chunk, at most ``most``, and none without a complete head.

    The content is not read. The file can seek, and its position changes.
    """
    at = _PNG_START
    for _ in range(most):
        head = read_at(file, at, 8)
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
