"""An H.264 encoder (Constrained Baseline) for films made of flat blocks, with the few features that those need.

Each 16x16 macroblock is one color (Intra16x16, DC only), raw pixels (I_PCM, for the label) or unchanged (P_Skip).
At these quantizers a DC level is exactly one step of color, so that decoders show the very colors that were encoded.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .scene import Color

BLOCK = 16
FRAME_NUMBERS = 16  # frame_num counts modulo this; a cycle of a multiple of it can be repeated byte for byte
_QUANTIZER = 28  # luma: one DC level is one step
_CHROMA_OFFSET = -6  # chroma then has quantizer 22: one DC level is one step there too
_MIDDLE = 128  # the prediction without a neighbor
_IDR_SLICE, _P_SLICE, _SPS, _PPS = 0x65, 0x41, 0x67, 0x68
_HORIZONTAL, _VERTICAL, _DC = 1, 0, 2  # Intra16x16 prediction modes
_CHROMA_MODE = {_HORIZONTAL: 1, _VERTICAL: 2, _DC: 0}
_INTRA_IN_P = 5  # macroblock types of I slices start here in P slices
_PCM_TYPE = 25
_SHORT_LEVELS, _MIDDLE_LEVELS = 14, 30

Yuv = tuple[int, int, int]


def yuv(color: Color) -> Yuv:
    """Convert to BT.601 in the range that players expect."""
    red, green, blue = color
    return (
        round(16 + (65.481 * red + 128.553 * green + 24.966 * blue) / 255),
        round(128 + (-37.797 * red - 74.203 * green + 112 * blue) / 255),
        round(128 + (112 * red - 93.786 * green - 18.214 * blue) / 255),
    )


def unsigned(value: int) -> str:
    """Write ue(v), an Exp-Golomb code."""
    code = f"{value + 1:b}"
    return "0" * (len(code) - 1) + code


def signed(value: int) -> str:
    """Write se(v), a signed Exp-Golomb code."""
    return unsigned(2 * value - 1 if value > 0 else -2 * value)


def unit(kind: int, bits: str) -> bytes:
    """Write a NAL unit: stop bit, whole bytes, and no three bytes that look like a start code."""
    bits += "1"
    bits += "0" * (-len(bits) % 8)
    data = int(bits, 2).to_bytes(len(bits) // 8)
    return bytes([kind]) + re.sub(rb"\x00\x00(?=[\x00-\x03])", b"\x00\x00\x03", data)


def sequence_parameters(width: int, height: int) -> bytes:
    """Write the size in blocks, and how much of it is cropped."""
    columns, rows = -(-width // BLOCK), -(-height // BLOCK)
    level = 40 if columns * rows <= 8192 else 52
    right, bottom = (columns * BLOCK - width) // 2, (rows * BLOCK - height) // 2
    bits = f"{66:08b}{0b11000000:08b}{level:08b}"  # Baseline, constrained
    bits += unsigned(0) + unsigned(0) + unsigned(2)  # id; 4 bits of frame_num; pictures in coded order
    bits += unsigned(1) + "0" + unsigned(columns - 1) + unsigned(rows - 1)  # one reference
    bits += "1" + "1" + "1" + unsigned(0) + unsigned(right) + unsigned(0) + unsigned(bottom)  # whole frames, cropped
    return unit(_SPS, bits + "0")


def picture_parameters() -> bytes:
    """Write: CAVLC, one slice group, our quantizers, and deblocking may be switched off."""
    bits = unsigned(0) + unsigned(0) + "00" + unsigned(0) * 3 + "000"
    return unit(_PPS, bits + signed(_QUANTIZER - 26) + signed(0) + signed(_CHROMA_OFFSET) + "100")


@cache
def _level(value: int) -> str:
    """Write the level of a coefficient, in a block whose other coefficients are zero."""
    if abs(value) == 1:
        return "0" if value > 0 else "1"
    code = 2 * abs(value) - (4 if value > 0 else 3)
    if code < _SHORT_LEVELS:
        return "0" * code + "1"
    if code < _MIDDLE_LEVELS:
        return "0" * 14 + "1" + f"{code - _SHORT_LEVELS:04b}"
    return "0" * 15 + "1" + f"{code - _MIDDLE_LEVELS:012b}"


# coeff_token for no coefficient, a larger one, and one of size 1: by the neighboring blocks, and for chroma DC.
_BESIDE_FLAT = ("1", "000101", "01")
_BESIDE_PCM = ("000011", "000000", "000001")
_CHROMA_DC = ("01", "000111", "1")


@cache
def _block(value: int, tokens: tuple[str, str, str]) -> str:
    """Write a residual block whose only coefficient is the first one."""
    if value == 0:
        return tokens[0]
    return tokens[2 if abs(value) == 1 else 1] + _level(value) + "1"


@cache
def _flat(mode: int, steps: Yuv, first_type: int, tokens: tuple[str, str, str]) -> str:
    """Write a macroblock of one color, `steps` away from its neighbor's."""
    chroma = 1 if steps[1] or steps[2] else 0
    bits = unsigned(first_type + 1 + mode + 4 * chroma) + unsigned(_CHROMA_MODE[mode]) + signed(0)
    bits += _block(steps[0], tokens)
    return bits + _block(steps[1], _CHROMA_DC) + _block(steps[2], _CHROMA_DC) if chroma else bits


class Mosaic:
    """Encodes a film block by block: the first picture in full, and of each next one what changed.

    `strip` are the rows of raw pixels (luma, one byte each) that cover the top of the first picture. Its right and
    bottom edges must be of one color, `ground`, since the blocks beside are predicted from them.
    """

    def __init__(self, columns: int, rows: int, strip: Sequence[bytes], ground: int) -> None:
        self._columns, self._rows = columns, rows
        self._strip = [row.ljust(columns * BLOCK, bytes([ground])) for row in strip]
        self._label_rows = len(strip) // BLOCK
        self._now: list[Yuv] = [(ground, _MIDDLE, _MIDDLE)] * (columns * self._label_rows)

    def first(self, blocks: Iterable[Yuv]) -> bytes:
        """Write the IDR picture: the label raw, then each block from left to right, row by row."""
        # Header: first block, I slice, parameters, frame_num 0, idr id 0, no long-term reference, no deblocking.
        bits = [unsigned(0) + unsigned(7) + unsigned(0) + "0000" + unsigned(0) + "00" + signed(0) + unsigned(1)]
        length = len(bits[0])
        for number in range(len(self._now)):
            bits.append(self._raw(number, length))
            length += len(bits[-1])
        for color in blocks:
            number = len(self._now)
            self._now.append(color)
            beside_pcm = self._label_rows and number // self._columns == self._label_rows
            bits.append(self._coded(number, 0, _BESIDE_PCM if beside_pcm else _BESIDE_FLAT))
        return unit(_IDR_SLICE, "".join(bits))

    def _raw(self, number: int, length: int) -> str:
        """Write I_PCM: aligned to a byte, 256 luma samples, 2 x 64 gray chroma samples."""
        row, column = divmod(number, self._columns)
        lines = self._strip[row * BLOCK : (row + 1) * BLOCK]
        luma = b"".join(line[column * BLOCK : (column + 1) * BLOCK] for line in lines)
        start = unsigned(_PCM_TYPE)
        samples = luma + bytes([_MIDDLE]) * (BLOCK * BLOCK // 2)
        return start + "0" * (-(length + len(start)) % 8) + f"{int.from_bytes(samples):0{8 * len(samples)}b}"

    def next(self, frame: int, changes: Sequence[tuple[int, Yuv]]) -> bytes:
        """Write a P picture: `changes` are (block number below the label, color), in order; the rest is skipped."""
        # Header: first block, P slice, parameters, frame_num, one reference as it is, no marking, no deblocking.
        bits = [
            unsigned(0) + unsigned(5) + unsigned(0) + f"{frame % FRAME_NUMBERS:04b}" + "000" + signed(0) + unsigned(1)
        ]
        offset = self._columns * self._label_rows
        done = 0
        for place, color in changes:
            number = offset + place
            self._now[number] = color
            bits += [unsigned(number - done), self._coded(number, _INTRA_IN_P, _BESIDE_FLAT)]
            done = number + 1
        if done < self._columns * self._rows:
            bits.append(unsigned(self._columns * self._rows - done))
        return unit(_P_SLICE, "".join(bits))

    def _coded(self, number: int, first_type: int, tokens: tuple[str, str, str]) -> str:
        if number % self._columns:
            mode, before = _HORIZONTAL, self._now[number - 1]
        elif number:
            mode, before = _VERTICAL, self._now[number - self._columns]
        else:
            mode, before = _DC, (_MIDDLE, _MIDDLE, _MIDDLE)
        luma, blue, red = self._now[number]
        return _flat(mode, (luma - before[0], blue - before[1], red - before[2]), first_type, tokens)
