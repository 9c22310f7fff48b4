"""The size of a picture, from its beginning."""

from __future__ import annotations

import struct
import zlib

import pytest

from openclaw_fal.core.picture_files import image_size
from openclaw_fal.core.requests import Size


def png(width: int, height: int) -> bytes:
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))


@pytest.mark.slow
@pytest.mark.needs("ffmpeg")
def segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", 2 + len(body)) + body


def test_the_size_of_a_jpeg_is_found_after_its_metadata() -> None:
    frame = segment(0xC2, b"\x08" + struct.pack(">HH", 600, 800) + b"\3")
    metadata = segment(0xE1, b"Exif" + b"\xff\xc0" * 20_000) + b"\xff\xff" + segment(0xC4, bytes(30))
    assert image_size(b"\xff\xd8" + metadata + frame) == Size(800, 600)
    assert image_size((b"\xff\xd8" + metadata + frame)[:30_000]) is None


@pytest.mark.parametrize(
    ("data", "size"),
    [
        (png(4096, 2160), Size(4096, 2160)),
        (png(0, 10), None),
        (png(10, 10)[:20], None),
        (
            b"RIFF0000WEBPVP8X\x0a\0\0\0\0\0\0\0" + (1919).to_bytes(3, "little") + (1079).to_bytes(3, "little"),
            Size(1920, 1080),
        ),
        (b"RIFF0000WEBPVP8L\0\0\0\0\x2f" + (99 | 49 << 14).to_bytes(4, "little") + bytes(8), Size(100, 50)),
        (b"BM" + bytes(12) + struct.pack("<Iii", 40, 64, -48) + bytes(4), Size(64, 48)),
        (b"BM" + bytes(12) + struct.pack("<IHH", 12, 64, 48) + bytes(4), Size(64, 48)),
    ],
)
def test_sizes_are_read_from_headers_alone(data: bytes, size: Size | None) -> None:
    assert image_size(data) == size
