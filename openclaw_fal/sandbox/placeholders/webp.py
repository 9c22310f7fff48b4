"""A lossless WebP of one color, which comes from a key: each pixel takes no bits at all."""

from __future__ import annotations

import struct

from .scene import flat_color

_SIGNATURE = 0x2F
_OPAQUE = 0xFF


def flat_webp(key: str, size: tuple[int, int]) -> bytes:
    """Encode a picture of one color; width and height in pixels, at most 16,384."""
    red, green, blue = flat_color(key)
    bits = _number(size[0] - 1, 14) + _number(size[1] - 1, 14) + "0" + _number(0, 3)
    bits += "000"  # no transforms, no color cache, one set of prefix codes
    bits += "".join(_only_symbol(value) for value in (green, red, blue, _OPAQUE, 0))
    bits += "0" * (-len(bits) % 8)
    # The first bit is the lowest of the first byte: reversed, the text is one number.
    data = bytes([_SIGNATURE]) + int(bits[::-1], 2).to_bytes(len(bits) // 8, "little")
    chunk = b"VP8L" + struct.pack("<I", len(data)) + data + bytes(len(data) % 2)
    return b"RIFF" + struct.pack("<I", len(chunk) + 4) + b"WEBP" + chunk


def _number(value: int, width: int) -> str:
    """Write a number, lowest bit first."""
    return f"{value:0{width}b}"[::-1]


def _only_symbol(symbol: int) -> str:
    """Write a prefix code of one symbol of 8 bits, which then takes no bits where it is used."""
    return "1" + "0" + "1" + _number(symbol, 8)
