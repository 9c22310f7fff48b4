"""A picture as plain pixels."""

from __future__ import annotations

import struct
import zlib

from openclaw_fal.core.png_chunks import png_chunk
from openclaw_fal.core.records import Record

BACKGROUND = 255  # shines through transparent pixels: white


class Pixels(Record):
    """A picture; ``rgb`` has three bytes for each pixel, row after row."""

    width: int
    height: int
    rgb: bytes

    def row(self, y: int) -> bytes:
        return self.rgb[3 * y * self.width : 3 * (y + 1) * self.width]

    def as_png(self) -> bytes:
        rows = b"".join(b"\0" + self.row(y) for y in range(self.height))
        head = struct.pack(">IIBBBBB", self.width, self.height, 8, 2, 0, 0, 0)
        parts = ((b"IHDR", head), (b"IDAT", zlib.compress(rows, 1)), (b"IEND", b""))
        return b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(name, content) for name, content in parts)


def fitting(width: int, height: int, max_width: int, max_height: int) -> tuple[int, int]:
    """Return the largest size of the same shape that fits, and is not larger than the picture."""
    scale = min(max_width / width, max_height / height, 1)
    return max(round(width * scale), 1), max(round(height * scale), 1)
