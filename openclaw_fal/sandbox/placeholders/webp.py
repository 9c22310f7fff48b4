"""A lossless WebP (VP8L) from a picture: each block's first pixel in full, the rest as copies from the left or above.

Its prefix codes are fixed, so nothing has to be counted: all colors of a channel have codes of equal length.
"""

from __future__ import annotations

import struct
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .picture import Picture

_SIGNATURE = 0x2F
_LITERALS = 256
_LONGEST_COPY = 4096
_ABOVE, _LEFT = "0", "1"  # the two distances in use, one bit each: codes 1 and 2 of the format's map of neighbors
# Code lengths: 256 colors at 9 bits fill one half of the code space, 24 lengths of copies at 5 or 6 the other.
_GREEN = [9] * _LITERALS + [5] * 8 + [6] * 16
_OTHER = [8] * _LITERALS
_LENGTH_ORDER = (17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)


def encode(picture: Picture) -> bytes:
    """Write the RIFF file around one VP8L chunk."""
    bits = [_number(picture.width - 1, 14), _number(picture.height - 1, 14), "0", _number(0, 3)]
    bits += ["0", "0", "0"]  # no transforms, no color cache, one set of prefix codes
    bits += [_code_lengths(_GREEN), _code_lengths(_OTHER), _code_lengths(_OTHER)]
    bits += [_one_symbol(0xFF), "1" + "1" + "0" + "0" + _number(1, 8)]  # opaque; distances 0 and 1, one bit each
    bits += _pixels(picture)
    text = "".join(bits)
    text += "0" * (-len(text) % 8)
    # The first bit is the lowest of the first byte: turned around, the text is one number.
    data = bytes([_SIGNATURE]) + int(text[::-1], 2).to_bytes(len(text) // 8, "little")
    chunk = b"VP8L" + struct.pack("<I", len(data)) + data + bytes(len(data) % 2)
    return b"RIFF" + struct.pack("<I", len(chunk) + 4) + b"WEBP" + chunk


def _number(value: int, width: int) -> str:
    """Write a plain number, lowest bit first."""
    return f"{value:0{width}b}"[::-1]


def _one_symbol(symbol: int) -> str:
    """Write a prefix code of a single symbol, which then costs no bits."""
    return "1" + "0" + "1" + _number(symbol, 8)


def _code_lengths(lengths: list[int]) -> str:
    """Write a prefix code as the lengths of its codes, each written with a prefix code of its own."""
    used = sorted(set(lengths))
    sizes = _sizes(len(used))
    inner = dict(zip(used, sizes, strict=True))
    count = max(_LENGTH_ORDER.index(length) for length in used) + 1
    head = "0" + _number(count - 4, 4) + "".join(_number(inner.get(one, 0), 3) for one in _LENGTH_ORDER[:count])
    codes = dict(zip(used, _canonical(sizes), strict=True))
    return head + "0" + "".join(codes[length] if len(used) > 1 else "" for length in lengths)


def _sizes(count: int) -> list[int]:
    """Lengths of a complete code for one, two or three symbols."""
    return {1: [1], 2: [1, 1], 3: [1, 2, 2]}[count]


def _canonical(lengths: list[int]) -> list[str]:
    """Give the codes that follow from their lengths, as text in the order in which they are sent."""
    codes = {}
    code, before = 0, 0
    for length, symbol in sorted((length, symbol) for symbol, length in enumerate(lengths)):
        code <<= length - before
        codes[symbol] = f"{code:0{length}b}"
        code, before = code + 1, length
    return [codes[symbol] for symbol in range(len(lengths))]


_GREEN_CODES = _canonical(_GREEN)
_OTHER_CODES = _canonical(_OTHER)


@cache
def _copy(length: int, distance: str) -> str:
    """Write a copy of pixels: a prefix symbol with extra bits for the length, then where from."""
    rest = length - 1
    if rest < 4:
        return _GREEN_CODES[_LITERALS + rest] + distance
    top = rest.bit_length() - 1
    second = rest >> (top - 1) & 1
    extra = top - 1
    return _GREEN_CODES[_LITERALS + 2 * top + second] + _number(rest & (1 << extra) - 1, extra) + distance


def _copies(count: int, distance: str) -> str:
    whole, rest = divmod(count, _LONGEST_COPY)
    return _copy(_LONGEST_COPY, distance) * whole + (_copy(rest, distance) if rest else "")


def _pixels(picture: Picture) -> list[str]:
    literals = [_GREEN_CODES[green] + _OTHER_CODES[red] + _OTHER_CODES[blue] for red, green, blue in picture.palette]
    bits = []
    for row, times in picture.runs:
        start = 0
        while start < len(row):
            same = len(row) - start - len(row[start:].lstrip(row[start : start + 1]))
            bits += [literals[row[start]], _copies(same - 1, _LEFT)]
            start += same
        bits.append(_copies(len(row) * (times - 1), _ABOVE))
    return bits
