"""A baseline JPEG from a picture: 8x8 tiles, most of them of one color, with Huffman tables of our own."""

from __future__ import annotations

import math
import struct
from functools import lru_cache
from operator import mul
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .picture import Picture
    from .scene import Color

_TILE = 8
_MIDDLE = 128
_DC_STEP, _AC_STEP = 8, 12  # a flat tile's DC is eight times its level, so that 8 keeps flat colors exact
# Codes: "0" for the one symbol that flat tiles need, five or nine bits for the others. JPEG lets a file bring its own.
_LONG_DC, _LONG_AC = 5, 9
_END, _SIXTEEN = 0x00, 0xF0  # no more coefficients; sixteen noughts
_DC_SYMBOLS = tuple(range(12))
_AC_SYMBOLS = (_END, _SIXTEEN, *(run << 4 | size for run in range(16) for size in range(1, 11)))
_ZIGZAG = sorted(
    ((row, column) for row in range(_TILE) for column in range(_TILE)),
    key=lambda place: (sum(place), place[0] if sum(place) % 2 else place[1]),
)
_WAVES = [
    [
        (math.sqrt(0.125) if wave == 0 else 0.5) * math.cos((2 * point + 1) * wave * math.pi / 16)
        for point in range(_TILE)
    ]
    for wave in range(_TILE)
]

Band = tuple[bytes, ...]
Levels = tuple[int, int, int]


def encode(picture: Picture) -> bytes:
    """Write the file: tables, frame, and one scan over all three components."""
    return b"".join(
        [
            b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00",
            _segment(0xFE, b"placeholder rendered by the openclaw-fal sandbox"),
            _segment(0xDB, bytes([0, _DC_STEP]) + bytes([_AC_STEP]) * 63),
            _segment(0xC0, struct.pack(">BHHB", 8, picture.height, picture.width, 3) + _components(b"\x11\x00")),
            _segment(0xC4, _table(0x00, _DC_SYMBOLS, _LONG_DC) + _table(0x10, _AC_SYMBOLS, _LONG_AC)),
            _segment(0xDA, b"\x03" + _components(b"\x00") + b"\x00\x3f\x00"),
            _scan(picture),
            b"\xff\xd9",
        ]
    )


def _segment(kind: int, data: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, kind, len(data) + 2) + data


def _components(tail: bytes) -> bytes:
    return b"".join(bytes([number]) + tail for number in (1, 2, 3))


def _table(kind: int, symbols: tuple[int, ...], long: int) -> bytes:
    """Write a Huffman table: the first symbol has one bit, all others `long` bits."""
    counts = bytearray(16)
    counts[0], counts[long - 1] = 1, len(symbols) - 1
    return bytes([kind]) + counts + bytes(symbols)


def _codes(symbols: tuple[int, ...], long: int) -> dict[int, str]:
    first = 1 << (long - 1)
    return {symbols[0]: "0", **{symbol: f"{first + place:0{long}b}" for place, symbol in enumerate(symbols[1:])}}


_CODES_DC = _codes(_DC_SYMBOLS, _LONG_DC)
_CODES_AC = _codes(_AC_SYMBOLS, _LONG_AC)


def _scan(picture: Picture) -> bytes:
    """Row of tiles by row of tiles; most are like the one above them and so cost nothing."""
    planes = [_plane(picture.palette, part) for part in range(3)]
    made: dict[tuple[Band, Levels], tuple[str, Levels]] = {}
    bits = []
    before: Levels = (0, 0, 0)
    for band in _bands(picture):
        if (band, before) not in made:
            made[band, before] = _coded(band, planes, before)
        text, before = made[band, before]
        bits.append(text)
    return _stuffed("".join(bits))


def _plane(palette: list[Color], part: int) -> bytes:
    """One component of each color of the palette (JFIF's full-range BT.601)."""
    weights = ((0.299, 0.587, 0.114), (-0.168736, -0.331264, 0.5), (0.5, -0.418688, -0.081312))[part]
    middle = _MIDDLE if part else 0
    sums = (middle + sum(weight * value for weight, value in zip(weights, color, strict=True)) for color in palette)
    return bytes(min(255, max(0, round(value))) for value in sums).ljust(256, b"\0")


def _bands(picture: Picture) -> Iterator[Band]:
    """Cut the picture into rows of eight pixels, its last row and column repeated to fill the last tiles."""
    across = -picture.width % _TILE
    rows = [row + row[-1:] * across for row, times in picture.runs for _ in range(times)]
    rows += rows[-1:] * (-len(rows) % _TILE)
    for top in range(0, len(rows), _TILE):
        yield tuple(rows[top : top + _TILE])


def _coded(band: Band, planes: list[bytes], before: Levels) -> tuple[str, Levels]:
    """Write a row of tiles as bits, and the levels that the next row starts from."""
    bits = []
    levels = list(before)
    for left in range(0, len(band[0]), _TILE):
        samples = b"".join(row[left : left + _TILE] for row in band)
        for part, plane in enumerate(planes):
            level, rest = _tile(samples.translate(plane))
            bits.append(_difference(level - levels[part]) + rest)
            levels[part] = level
    return "".join(bits), (levels[0], levels[1], levels[2])


@lru_cache(maxsize=4096)
def _tile(samples: bytes) -> tuple[int, str]:
    """Give a tile's DC level, and its other coefficients as bits."""
    if samples.count(samples[0]) == len(samples):
        return samples[0] - _MIDDLE, _CODES_AC[_END]
    rows = [[float(sample - _MIDDLE) for sample in samples[top : top + _TILE]] for top in range(0, 64, _TILE)]
    waves = _transposed(_turned(_transposed(_turned(rows))))
    levels = [round(waves[row][column] / _AC_STEP) for row, column in _ZIGZAG[1:]]
    return round(waves[0][0] / _DC_STEP), _run_lengths(levels)


def _turned(rows: list[list[float]]) -> list[list[float]]:
    return [[sum(map(mul, wave, row)) for wave in _WAVES] for row in rows]


def _transposed(rows: list[list[float]]) -> list[list[float]]:
    return [list(column) for column in zip(*rows, strict=True)]


def _run_lengths(levels: list[int]) -> str:
    bits = []
    run = 0
    for level in levels:
        if level == 0:
            run += 1
            continue
        bits += [_CODES_AC[_SIXTEEN]] * (run // 16)
        bits += [_CODES_AC[run % 16 << 4 | level.bit_length()], _magnitude(level)]
        run = 0
    return "".join(bits) + (_CODES_AC[_END] if run else "")


def _difference(level: int) -> str:
    return _CODES_DC[level.bit_length()] + _magnitude(level)


def _magnitude(level: int) -> str:
    """Write the level's own bits; one less for negative numbers, so that the first bit tells the sign."""
    size = level.bit_length()
    return f"{level if level > 0 else level + (1 << size) - 1:0{size}b}" if size else ""


def _stuffed(bits: str) -> bytes:
    """Whole bytes, filled with ones, each 255 followed by a zero so that it is no marker."""
    bits += "1" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8).replace(b"\xff", b"\xff\x00")
