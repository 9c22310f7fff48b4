"""A baseline JPEG of one color, which comes from a key: enough for a decoder to find its size and show it."""

from __future__ import annotations

import struct

from .scene import flat_color

_TILE = 8  # pixels along the edge of a block
_MIDDLE = 128
_STEP = 8  # a block's DC is eight times its level: this quantizer step keeps the color exact
_DC_LENGTHS = (0, 0, 0, 12)  # Huffman codes of four bits for the sizes 0 to 11, so that a code is its symbol
_AC_LENGTHS = (1,)  # one code of one bit: no more coefficients
_DC_BITS = len(_DC_LENGTHS)
_WEIGHTS = ((0.299, 0.587, 0.114), (-0.168736, -0.331264, 0.5), (0.5, -0.418688, -0.081312))


def flat_jpeg(key: str, size: tuple[int, int], comment: str) -> bytes:
    """Encode a picture of one color; width and height in pixels."""
    width, height = size
    blocks = -(-width // _TILE) * -(-height // _TILE)
    return b"".join(
        [
            b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00",
            _segment(0xFE, f"placeholder from the openclaw-fal sandbox | {comment}".encode()),
            _segment(0xDB, bytes([0]) + bytes([_STEP]) * 64),
            _segment(0xC0, struct.pack(">BHHB", 8, height, width, 3) + _components(b"\x11\x00")),
            _segment(0xC4, _table(0x00, _DC_LENGTHS, range(12)) + _table(0x10, _AC_LENGTHS, range(1))),
            _segment(0xDA, b"\x03" + _components(b"\x00") + b"\x00\x3f\x00"),
            _scan(key, blocks),
            b"\xff\xd9",
        ]
    )


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
        level = sum(weight * value for weight, value in zip(weights, color, strict=True)) - (0 if part else _MIDDLE)
        bits += _coded(min(_MIDDLE - 1, max(-_MIDDLE, round(level)))) + "0"
    bits += "0" * ((blocks - 1) * 3 * (_DC_BITS + 1))
    bits += "1" * (-len(bits) % 8)
    # A byte of 255 is followed by a zero, so that it does not look like a marker.
    return int(bits, 2).to_bytes(len(bits) // 8).replace(b"\xff", b"\xff\x00")


def _coded(level: int) -> str:
    """Write the size of a level in bits and the level; a negative one is written less one."""
    size = level.bit_length()
    written = level if level >= 0 else level + (1 << size) - 1
    return f"{size:0{_DC_BITS}b}" + (f"{written:0{size}b}" if size else "")
