"""A PNG encoder for pictures: true color; repeated rows are encoded as differences to the row above."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .picture import Picture

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_AS_IS, _SAME_AS_ABOVE = b"\x00", b"\x02"
_FASTEST = 1


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def encode(picture: Picture) -> bytes:
    header = struct.pack(">IIBBBBB", picture.width, picture.height, 8, 2, 0, 0, 0)
    planes = [bytes(color[part] for color in picture.palette).ljust(256, b"\0") for part in range(3)]
    same = _SAME_AS_ABOVE + bytes(3 * picture.width)
    squeeze = zlib.compressobj(_FASTEST)
    data = []
    for row, times in picture.runs:
        pixels = bytearray(3 * picture.width)
        for part, plane in enumerate(planes):
            pixels[part::3] = row.translate(plane)
        data.append(squeeze.compress(_AS_IS + pixels))
        data.append(squeeze.compress(same * (times - 1)))
    data.append(squeeze.flush())
    text = b"Comment\0placeholder rendered by the openclaw-fal sandbox"
    return (
        SIGNATURE + chunk(b"IHDR", header) + chunk(b"tEXt", text) + chunk(b"IDAT", b"".join(data)) + chunk(b"IEND", b"")
    )
