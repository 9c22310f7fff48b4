"""Placeholder pictures: a PNG of the scene and its label; a JPEG and a lossless WebP of one color."""

from __future__ import annotations

import struct
import zlib
from itertools import groupby

from .scene import Color, Scene, flat_color, label

_CELLS_ALONG = 64  # blocks of the scene along the longer edge
_CELL_STEP = 8  # blocks are multiples of it, in pixels
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_AS_IS, _SAME_AS_ABOVE = b"\x00", b"\x02"
_FASTEST = 1
_JPEG_BLOCK = 8  # pixels along the edge of a block
_MIDDLE_GRAY = 128
_JPEG_STEP = 8  # a block's DC is eight times its level: this quantizer step keeps the color exact
_DC_LENGTHS = (0, 0, 0, 12)  # Huffman codes of four bits for the sizes 0 to 11, so that a code is its symbol
_AC_LENGTHS = (1,)  # one code of one bit: no more coefficients
_DC_BITS = len(_DC_LENGTHS)
_WEIGHTS = ((0.299, 0.587, 0.114), (-0.168736, -0.331264, 0.5), (0.5, -0.418688, -0.081312))
_WEBP_SIGNATURE = 0x2F
_OPAQUE = 0xFF


def scene_png(key: str, size: tuple[int, int], detail: str, prompt: str) -> bytes:
    """Encode the scene of a key, in true color; repeated rows are encoded as differences to the row above."""
    width, height = size
    palette, runs = _painted(key, width, height, label(width, height, detail, prompt))
    planes = [bytes(color[part] for color in palette).ljust(256, b"\0") for part in range(3)]
    same = _SAME_AS_ABOVE + bytes(3 * width)
    squeeze = zlib.compressobj(_FASTEST)
    data = []
    for row, times in runs:
        pixels = bytearray(3 * width)
        for part, plane in enumerate(planes):
            pixels[part::3] = row.translate(plane)
        data.append(squeeze.compress(_AS_IS + pixels))
        data.append(squeeze.compress(same * (times - 1)))
    data.append(squeeze.flush())
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    text = b"Comment\0placeholder rendered by the openclaw-fal sandbox"
    chunks = ((b"IHDR", header), (b"tEXt", text), (b"IDAT", b"".join(data)), (b"IEND", b""))
    return _PNG_SIGNATURE + b"".join(_chunk(kind, content) for kind, content in chunks)


def flat_jpeg(key: str, size: tuple[int, int], comment: str) -> bytes:
    """Encode a picture of one color; width and height in pixels."""
    width, height = size
    blocks = -(-width // _JPEG_BLOCK) * -(-height // _JPEG_BLOCK)
    return b"".join(
        [
            b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00",
            _segment(0xFE, f"placeholder from the openclaw-fal sandbox | {comment}".encode()),
            _segment(0xDB, bytes([0]) + bytes([_JPEG_STEP]) * 64),
            _segment(0xC0, struct.pack(">BHHB", 8, height, width, 3) + _components(b"\x11\x00")),
            _segment(0xC4, _table(0x00, _DC_LENGTHS, range(12)) + _table(0x10, _AC_LENGTHS, range(1))),
            _segment(0xDA, b"\x03" + _components(b"\x00") + b"\x00\x3f\x00"),
            _scan(key, blocks),
            b"\xff\xd9",
        ]
    )


def flat_webp(key: str, size: tuple[int, int]) -> bytes:
    """Encode a picture of one color; width and height in pixels, at most 16,384."""
    red, green, blue = flat_color(key)
    bits = _number(size[0] - 1, 14) + _number(size[1] - 1, 14) + "0" + _number(0, 3)
    bits += "000"  # no transforms, no color cache, one set of prefix codes
    bits += "".join(_only_symbol(value) for value in (green, red, blue, _OPAQUE, 0))
    bits += "0" * (-len(bits) % 8)
    # The first bit is the lowest of the first byte: reversed, the text is one number.
    data = bytes([_WEBP_SIGNATURE]) + int(bits[::-1], 2).to_bytes(len(bits) // 8, "little")
    chunk = b"VP8L" + struct.pack("<I", len(data)) + data + bytes(len(data) % 2)
    return b"RIFF" + struct.pack("<I", len(chunk) + 4) + b"WEBP" + chunk


def _painted(key: str, width: int, height: int, strip: list[bytes]) -> tuple[list[Color], list[tuple[bytes, int]]]:
    """Return a palette, and from top to bottom each row of palette indices with how often it repeats."""
    cell = max(_CELL_STEP, round(max(width, height) / _CELLS_ALONG / _CELL_STEP) * _CELL_STEP)
    rest = height - len(strip)
    scene = Scene(key, -(-width // cell), -(-rest // cell))
    runs = [(row, len([*same])) for row, same in groupby(strip)]
    for number, row in enumerate(zip(*scene.at(0.0), strict=True)):
        pixels = b"".join(bytes([index]) * cell for index in row)[:width]
        runs.append((pixels, min(cell, rest - number * cell)))
    return scene.palette, runs


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _segment(kind: int, data: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, kind, len(data) + 2) + data


def _components(tail: bytes) -> bytes:
    return b"".join(bytes([number]) + tail for number in (1, 2, 3))


def _table(kind: int, lengths: tuple[int, ...], symbols: range) -> bytes:
    return bytes([kind, *lengths]).ljust(17, b"\0") + bytes(symbols)


def _scan(key: str, blocks: int) -> bytes:
    """Encode the first block's color; every other block differs by nothing, which takes only zero bits."""
    color = flat_color(key)
    bits = ""
    for part, weights in enumerate(_WEIGHTS):
        level = sum(weight * value for weight, value in zip(weights, color, strict=True)) - (
            0 if part else _MIDDLE_GRAY
        )
        bits += _coded(min(_MIDDLE_GRAY - 1, max(-_MIDDLE_GRAY, round(level)))) + "0"
    bits += "0" * ((blocks - 1) * 3 * (_DC_BITS + 1))
    bits += "1" * (-len(bits) % 8)
    # A byte of 255 is followed by a zero, so that it does not look like a marker.
    return int(bits, 2).to_bytes(len(bits) // 8).replace(b"\xff", b"\xff\x00")


def _coded(level: int) -> str:
    """Write the size of a level in bits and the level; a negative one is written less one."""
    size = level.bit_length()
    written = level if level >= 0 else level + (1 << size) - 1
    return f"{size:0{_DC_BITS}b}" + (f"{written:0{size}b}" if size else "")


def _number(value: int, width: int) -> str:
    """Write a number, lowest bit first."""
    return f"{value:0{width}b}"[::-1]


def _only_symbol(symbol: int) -> str:
    """Write a prefix code of one symbol of 8 bits, which then takes no bits where it is used."""
    return "1" + "0" + "1" + _number(symbol, 8)
