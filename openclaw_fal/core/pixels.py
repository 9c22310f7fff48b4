"""Pictures as plain pixels; PNG files are read and written with the standard library, where no other program can."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from typing import TYPE_CHECKING

from openclaw_fal.core.media import sniff
from openclaw_fal.core.picture_files import image_size, png_chunk, png_chunks
from openclaw_fal.core.records import Record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MAX_PIXELS = 16_000_000  # decoded here in a few seconds
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
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


def read_png(data: bytes, max_width: int, max_height: int) -> Pixels | None:
    """Return the pixels of a PNG, scaled to fit; ``None`` for other files, and for rare and damaged ones."""
    try:
        return _decoded(data, max_width, max_height)
    except (ValueError, IndexError, KeyError, struct.error, zlib.error):
        return None


def _decoded(data: bytes, max_width: int, max_height: int) -> Pixels | None:
    size = image_size(data)
    if size is None or sniff(data[:512]) != "image/png" or size.area > MAX_PIXELS:
        return None
    depth, color, _compression, _filter, interlace = data[24:29]
    if depth != 8 or interlace or color not in _CHANNELS:
        return None
    file = BytesIO(data)
    chunks: dict[bytes, bytearray] = {}
    for chunk in png_chunks(file, len(data)):
        chunks.setdefault(chunk.name, bytearray()).extend(chunk.read(file))  # the pixels may be in several chunks
    channels = _CHANNELS[color]
    rows = list(_unfiltered(zlib.decompress(chunks[b"IDAT"]), size.width * channels, channels, size.height))
    width, height = fitting(size.width, size.height, max_width, max_height)
    columns = [x * size.width // width * channels for x in range(width)]
    colors = _palette(chunks) if color == 3 else None
    pixels = bytearray()
    for y in range(height):
        row = rows[y * size.height // height]
        for x in columns:
            pixels += colors[row[x]] if colors else _rgb(row[x : x + channels])
    return Pixels(width, height, bytes(pixels))


def _unfiltered(data: bytes, width: int, step: int, height: int) -> Iterator[bytes]:
    """Yield the rows of a PNG; each is stored as its difference from its neighbors, in one of five ways."""
    above = bytes(width)
    for start in range(0, height * (width + 1), width + 1):
        way, row = data[start], bytearray(data[start + 1 : start + 1 + width])
        if way == 1:
            for i in range(step, width):
                row[i] = (row[i] + row[i - step]) & 255
        elif way == 2:
            row = bytearray((a + b) & 255 for a, b in zip(row, above, strict=True))
        elif way == 3:
            for i in range(width):
                row[i] = (row[i] + ((row[i - step] if i >= step else 0) + above[i]) // 2) & 255
        elif way == 4:
            for i in range(width):
                left, corner = (row[i - step], above[i - step]) if i >= step else (0, 0)
                row[i] = (row[i] + _paeth(left, above[i], corner)) & 255
        above = bytes(row)
        yield above


def _paeth(left: int, above: int, corner: int) -> int:
    guess = left + above - corner
    nearest = min(abs(guess - left), abs(guess - above), abs(guess - corner))
    if nearest == abs(guess - left):
        return left
    return above if nearest == abs(guess - above) else corner


def _palette(chunks: Mapping[bytes, bytearray]) -> list[bytes]:
    listed, alphas = bytes(chunks[b"PLTE"]), bytes(chunks.get(b"tRNS", b""))
    alphas = alphas.ljust(len(listed) // 3, b"\xff")
    return [_rgb(listed[3 * i : 3 * i + 3] + alphas[i : i + 1]) for i in range(len(listed) // 3)]


def _rgb(pixel: bytes) -> bytes:
    """Return gray, gray with alpha, RGB or RGBA as RGB on the background."""
    color = pixel[:1] * 3 if len(pixel) <= 2 else pixel[:3]
    if len(pixel) in (1, 3) or pixel[-1] == 255:
        return color
    alpha = pixel[-1]
    return bytes((value * alpha + BACKGROUND * (255 - alpha)) // 255 for value in color)
