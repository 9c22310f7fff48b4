"""How a picture is turned: the EXIF orientation of a JPEG, PNG or WebP file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openclaw_fal.core.media import APPLICATION_SEGMENTS, read_at
from openclaw_fal.core.png_chunks import png_chunks

if TYPE_CHECKING:
    from typing import BinaryIO

UPRIGHT = 1
# How a picture looks to a program that does not read its orientation.
LOOKS = {
    2: "mirrored",
    3: "upside down",
    4: "mirrored and upside down",
    5: "mirrored and turned by 90° to the left",
    6: "turned by 90° to the left",
    7: "mirrored and turned by 90° to the right",
    8: "turned by 90° to the right",
}

_MAX_PARTS = 1000  # segments or chunks to look at
_MAX_BLOCK = 65_536  # bytes of a block; the orientation is near its beginning
_EXIF = b"Exif\0\0"
_ORIENTATION = 0x0112
_SHORT = 3


def orientation(file: BinaryIO) -> int:
    """Return the orientation, 1 to 8; 1 is upright, and what a file without one has. The file's position changes."""
    head = read_at(file, 0, 12)
    if head.startswith(b"\xff\xd8"):
        block = _block_of_jpeg(file)
    elif head.startswith(b"\x89PNG"):
        block = _block_of_png(file)
    elif head[8:] == b"WEBP":
        block = _block_of_webp(file)
    else:
        block = b""
    value = _value(block)
    return value if value in LOOKS else UPRIGHT


def _block_of_jpeg(file: BinaryIO) -> bytes:
    at = 2
    for _ in range(_MAX_PARTS):
        head = read_at(file, at, 4)
        if len(head) < 4 or head[0] != 0xFF or head[1] not in APPLICATION_SEGMENTS:
            return b""
        length = int.from_bytes(head[2:], "big")
        content = file.read(max(length - 2, 0))
        if content.startswith(_EXIF):
            return content[len(_EXIF) :]
        at += 2 + length
    return b""


def _block_of_png(file: BinaryIO) -> bytes:
    chunk = next((chunk for chunk in png_chunks(file, _MAX_PARTS) if chunk.name == b"eXIf"), None)
    return chunk.read(file, _MAX_BLOCK) if chunk else b""


def _block_of_webp(file: BinaryIO) -> bytes:
    at = 12
    for _ in range(_MAX_PARTS):
        head = read_at(file, at, 8)
        if len(head) < 8:
            return b""
        length = int.from_bytes(head[4:], "little")
        if head[:4] == b"EXIF":
            return file.read(min(length, _MAX_BLOCK)).removeprefix(_EXIF)
        at += 8 + length + length % 2
    return b""


def _value(block: bytes) -> int:
    """Return the orientation of a TIFF block, 0 if it has none."""
    order = {b"II*\0": "little", b"MM\0*": "big"}.get(block[:4])
    if order is None:
        return 0

    def number(at: int, length: int) -> int:
        return int.from_bytes(block[at : at + length], "little" if order == "little" else "big")

    start = number(4, 4)
    for entry in range(min(number(start, 2), _MAX_PARTS)):
        at = start + 2 + 12 * entry
        if number(at, 2) == _ORIENTATION and number(at + 2, 2) == _SHORT:
            return number(at + 8, 2)
    return 0
