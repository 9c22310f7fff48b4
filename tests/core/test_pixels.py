"""PNG files, read without a library: every way in which rows and colors are stored."""

from __future__ import annotations

import random
import struct
import zlib
from typing import TYPE_CHECKING

import pytest

from openclaw_fal.core.pixels import Pixels, fitting, read_png

if TYPE_CHECKING:
    from collections.abc import Callable

WIDTH, HEIGHT = 7, 5
CHANNELS = {0: 1, 2: 3, 4: 2, 6: 4}


def paeth(left: int, above: int, corner: int) -> int:
    guess = left + above - corner
    return min((left, above, corner), key=lambda value: abs(guess - value))


def stored(row: bytes, above: bytes, way: int, step: int) -> bytes:
    """Return a row as a PNG stores it in one of five ways."""
    left = [0] * step + list(row)
    corner = [0] * step + list(above)
    guesses: dict[int, Callable[[int], int]] = {
        0: lambda _i: 0,
        1: lambda i: left[i],
        2: lambda i: above[i],
        3: lambda i: (left[i] + above[i]) // 2,
        4: lambda i: paeth(left[i], above[i], corner[i]),
    }
    return bytes([way, *((value - guesses[way](i)) & 255 for i, value in enumerate(row))])


def png(
    samples: bytes, color: int, ways: list[int], *, depth: int = 8, interlace: int = 0, extra: bytes = b""
) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    step = CHANNELS.get(color, 1)
    rows = [samples[y * WIDTH * step : (y + 1) * WIDTH * step] for y in range(HEIGHT)]
    above = [bytes(WIDTH * step), *rows]
    data = zlib.compress(b"".join(stored(row, above[y], ways[y], step) for y, row in enumerate(rows)))
    head = struct.pack(">IIBBBBB", WIDTH, HEIGHT, depth, color, 0, 0, interlace)
    parts = chunk(b"IDAT", data[:9]) + chunk(b"IDAT", data[9:])
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + extra + parts + chunk(b"IEND", b"")


def noise(channels: int) -> bytes:
    return random.Random(1).randbytes(WIDTH * HEIGHT * channels)


@pytest.mark.parametrize("ways", [[way] * HEIGHT for way in range(5)] + [[0, 1, 2, 3, 4], [4, 3, 2, 1, 0]], ids=str)
@pytest.mark.parametrize("color", [0, 2])
def test_every_filter_is_undone(ways: list[int], color: int) -> None:
    samples = noise(CHANNELS[color])
    read = read_png(png(samples, color, ways), 100, 100)
    assert read == Pixels(WIDTH, HEIGHT, samples if color == 2 else bytes(s for each in samples for s in [each] * 3))


@pytest.mark.parametrize("color", [4, 6])
def test_transparent_pixels_are_white_and_opaque_ones_themselves(color: int) -> None:
    step = CHANNELS[color]
    samples = bytearray(noise(step))
    samples[step - 1 :: step] = bytes([0, 255] * WIDTH * HEIGHT)[: WIDTH * HEIGHT]
    read = read_png(png(bytes(samples), color, [1] * HEIGHT), 100, 100)
    assert read is not None
    assert read.rgb[:3] == b"\xff\xff\xff"
    assert read.rgb[3:6] == (bytes(samples[4:7]) if color == 6 else bytes([samples[2]] * 3))


def test_a_palette_is_looked_up() -> None:
    colors = bytes([255, 0, 0, 0, 255, 0])
    palette = struct.pack(">I", 6) + b"PLTE" + colors + struct.pack(">I", zlib.crc32(b"PLTE" + colors))
    samples = bytes([0, 1] * WIDTH * HEIGHT)[: WIDTH * HEIGHT]
    read = read_png(png(samples, 3, [0] * HEIGHT, extra=palette), 100, 100)
    assert read is not None
    assert read.rgb[:6] == colors


def test_a_large_picture_is_scaled_in_its_shape_and_a_small_one_is_not() -> None:
    assert fitting(1024, 768, 80, 48) == (64, 48)
    assert fitting(10, 10, 80, 48) == (10, 10)
    assert fitting(10_000, 1, 80, 48) == (80, 1)
    read = read_png(png(noise(3), 2, [0] * HEIGHT), 4, 4)
    assert read is not None
    assert (read.width, read.height, len(read.rgb)) == (4, 3, 36)


def test_what_is_written_can_be_read() -> None:
    pixels = Pixels(WIDTH, HEIGHT, noise(3))
    assert read_png(pixels.as_png(), 100, 100) == pixels


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x89PNG\r\n\x1a\n",
        b"GIF89a",
        png(noise(3), 2, [0] * HEIGHT)[:60],
        png(noise(3), 2, [0] * HEIGHT, depth=16),
        png(noise(3), 2, [0] * HEIGHT, interlace=1),
        png(noise(1), 3, [0] * HEIGHT),
    ],
)
def test_rare_and_damaged_files_are_not_read(data: bytes) -> None:
    assert read_png(data, 100, 100) is None
