"""The bytes of a file. Filling that makes a file large is made while it is sent."""

from __future__ import annotations

import random
import struct
import zlib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_MEGABYTE = 1 << 20
_NUMBER = 8  # bytes at the end of each megabyte that hold its number
_PIECE = _MEGABYTE


@dataclass(frozen=True)
class Blob:
    """`data`, with `megabytes` of filling at the offset `place`; `fill` makes one megabyte by its number."""

    data: bytes
    content_type: str
    tag: str
    place: int = 0
    megabytes: int = 0
    fill: Callable[[int], bytes] | None = None

    @property
    def size(self) -> int:
        return len(self.data) + self.megabytes * _MEGABYTE

    def read(self, start: int, stop: int) -> Iterator[memoryview]:
        """Yield the bytes from `start` up to `stop` in pieces."""
        filled = self.place + self.megabytes * _MEGABYTE
        yield from _pieces(self.data, start, min(stop, self.place))
        at = max(start, self.place)
        while self.fill and at < min(stop, filled):
            number, offset = divmod(at - self.place, _MEGABYTE)
            piece = memoryview(self.fill(number))[offset : offset + min(stop, filled) - at]
            yield piece
            at += len(piece)
        yield from _pieces(self.data, max(start, filled) - filled + self.place, stop - filled + self.place)


def _pieces(data: bytes, start: int, stop: int) -> Iterator[memoryview]:
    view = memoryview(data)[: max(0, stop)]
    for at in range(start, len(view), _PIECE):
        yield view[at : at + _PIECE]


def padded(data: bytes, form: str, megabytes: int, content_type: str, tag: str) -> Blob:
    """Make a file longer by whole megabytes that decoders skip, each with its number at its end."""
    place, fill = {
        "png": (len(data) - 12, _png_megabyte),  # before IEND
        "mp4": (len(data), _mp4_megabyte),
        "jpeg": (2, _jpeg_megabyte),  # after SOI
    }.get(form, (len(data), _plain_megabyte))
    return Blob(data, content_type, tag, place, megabytes, fill)


@cache
def _filling(length: int) -> bytes:
    """Make bytes without a short period, so that a piece in the wrong place is noticed."""
    return random.Random(length).randbytes(length)  # noqa: S311 - the same on every machine


def _plain_megabyte(number: int) -> bytes:
    return _filling(_MEGABYTE - _NUMBER) + number.to_bytes(_NUMBER)


def _mp4_megabyte(number: int) -> bytes:
    """Make a box named `free`."""
    return struct.pack(">I4s", _MEGABYTE, b"free") + _filling(_MEGABYTE - 8 - _NUMBER) + number.to_bytes(_NUMBER)


@cache
def _png_start() -> tuple[bytes, int]:
    """Make a private chunk up to its number, and the checksum so far, which all megabytes share."""
    body = b"saNd" + _filling(_MEGABYTE - 12 - _NUMBER)
    return struct.pack(">I", _MEGABYTE - 12) + body, zlib.crc32(body)


def _png_megabyte(number: int) -> bytes:
    start, checksum = _png_start()
    last = number.to_bytes(_NUMBER)
    return start + last + struct.pack(">I", zlib.crc32(last, checksum))


@cache
def _jpeg_comments() -> bytes:
    """Make comment segments of 64 KiB each; the last one is shorter."""
    one = struct.pack(">HH", 0xFFFE, 65534) + _filling(65532)
    return one * 15 + one[: 65536 - _NUMBER]


def _jpeg_megabyte(number: int) -> bytes:
    return _jpeg_comments() + number.to_bytes(_NUMBER)
