"""The orientation of a picture, from each of the formats that have one."""

from __future__ import annotations

import io
import struct

import pytest

from openclaw_fal.core.exif import UPRIGHT, orientation


def block(value: int, order: str = "<", *, before: int = 0) -> bytes:
    """Return a TIFF block with an orientation behind some other entries."""
    mark = b"II*\0" if order == "<" else b"MM\0*"
    entries = [struct.pack(f"{order}HHII", 0x010E, 2, 1, 0)] * before
    entries.append(struct.pack(f"{order}HHIHH", 0x0112, 3, 1, value, 0))
    return mark + struct.pack(f"{order}IH", 8, len(entries)) + b"".join(entries) + bytes(4)


def segment(marker: int, content: bytes) -> bytes:
    return bytes([0xFF, marker]) + (len(content) + 2).to_bytes(2, "big") + content


def jpeg(tiff: bytes) -> bytes:
    return (
        b"\xff\xd8" + segment(0xE0, b"JFIF\0" + bytes(9)) + segment(0xE1, b"Exif\0\0" + tiff) + segment(0xDB, bytes(65))
    )


def png(tiff: bytes) -> bytes:
    chunks = [(b"IHDR", bytes(13)), (b"IDAT", bytes(90_000)), (b"eXIf", tiff), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(len(c).to_bytes(4, "big") + name + c + bytes(4) for name, c in chunks)


def webp(tiff: bytes) -> bytes:
    chunks = [(b"VP8X", bytes(10)), (b"VP8 ", bytes(71)), (b"EXIF", tiff)]
    body = b"".join(name + len(c).to_bytes(4, "little") + c + bytes(len(c) % 2) for name, c in chunks)
    return b"RIFF" + (len(body) + 4).to_bytes(4, "little") + b"WEBP" + body


@pytest.mark.parametrize("make", [jpeg, png, webp])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("before", [0, 3])
def test_it_is_found(make: type[bytes], order: str, before: int) -> None:
    for value in range(1, 9):
        assert orientation(io.BytesIO(make(block(value, order, before=before)))) == value


@pytest.mark.parametrize("make", [jpeg, png, webp, bytes])
@pytest.mark.parametrize(
    "tiff", [b"", b"II*\0", block(0), block(9), b"XX" + block(6), block(6)[:15], b"II*\0" + b"\xff" * 40]
)
def test_what_is_none_or_damaged_is_upright(make: type[bytes], tiff: bytes) -> None:
    whole = make(tiff)
    for end in (len(whole), len(whole) // 2, 3):
        assert orientation(io.BytesIO(whole[:end])) == UPRIGHT
