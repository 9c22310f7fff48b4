"""An MP4 of a placeholder film: an H.264 encoder (Constrained Baseline) for flat blocks, and the file around it.

Each 16x16 macroblock is one color (Intra16x16, DC only), raw pixels (I_PCM, for the label) or unchanged (P_Skip).
At these quantizers a DC level is exactly one step of color, so that decoders show the very colors that were encoded.
"""

from __future__ import annotations

import re
import struct
from functools import cache
from typing import TYPE_CHECKING

from .scene import FAINT, GROUND, Scene, label

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .scene import Color

_TICKS = 512  # time units to a frame
_CYCLE_SECONDS = 2
_MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
BLOCK = 16
_FRAME_NUMBERS = 16  # frame_num counts modulo this; a cycle of a multiple of it can be repeated byte for byte
_QUANTIZER = 28  # luma: one DC level is one step
_CHROMA_OFFSET = -6  # chroma then has quantizer 22: one DC level is one step there too
_MIDDLE = 128  # the prediction without a neighbor
_IDR_SLICE, _P_SLICE, _SPS, _PPS = 0x65, 0x41, 0x67, 0x68
_HORIZONTAL, _VERTICAL, _DC = 1, 0, 2  # Intra16x16 prediction modes
_CHROMA_MODE = {_HORIZONTAL: 1, _VERTICAL: 2, _DC: 0}
_INTRA_IN_P = 5  # macroblock types of I slices start here in P slices
_PCM_TYPE = 25
_SHORT_LEVELS, _MIDDLE_LEVELS = 14, 30
_Yuv = tuple[int, int, int]
# coeff_token for no coefficient, a larger one, and one of size 1: by the neighboring blocks, and for chroma DC.
_BESIDE_FLAT = ("1", "000101", "01")
_BESIDE_PCM = ("000011", "000000", "000001")
_CHROMA_DC = ("01", "000111", "1")


def film(key: str, size: tuple[int, int], frames: int, rate: int, detail: str, prompt: str) -> bytes:
    """Make a film of the landscape of `key`, with a moving sun and moving hills."""
    width, height = size
    pictures = _pictures(key, size, frames, rate, label(width, height, detail, prompt))
    return _file(pictures, size, rate)


def _pictures(key: str, size: tuple[int, int], frames: int, rate: int, strip: list[bytes]) -> list[bytes]:
    """Encode one picture in full, then repeat one cycle of changes: a long film is made as fast as a short one."""
    columns, rows = -(-size[0] // BLOCK), -(-size[1] // BLOCK)
    scene = Scene(key, columns, rows - len(strip) // BLOCK)
    colors = [yuv(color) for color in scene.palette]
    ground = colors[GROUND][0]
    gray = bytes(color[0] for color in colors[: FAINT + 1]).ljust(256, b"\0")
    mosaic = _Mosaic(columns, rows, [row.translate(gray) for row in strip], ground)
    cycle = max(1, round(rate * _CYCLE_SECONDS / _FRAME_NUMBERS)) * _FRAME_NUMBERS
    before = _by_row(scene, 0.0)
    first = mosaic.first(colors[index] for index in before)
    changes = []
    for frame in range(1, min(frames, cycle + 1)):
        now = _by_row(scene, frame % cycle / cycle)
        moved = [(place, colors[new]) for place, (old, new) in enumerate(zip(before, now, strict=True)) if old != new]
        changes.append(mosaic.next(frame, moved))
        before = now
    return [first, *(changes[number % cycle] for number in range(frames - 1))]


def _by_row(scene: Scene, phase: float) -> bytes:
    shown = bytearray(scene.columns * scene.rows)
    for number, column in enumerate(scene.at(phase)):
        shown[number :: scene.columns] = column
    return bytes(shown)


def yuv(color: Color) -> _Yuv:
    """Convert to BT.601 in the range that players expect."""
    red, green, blue = color
    return (
        round(16 + (65.481 * red + 128.553 * green + 24.966 * blue) / 255),
        round(128 + (-37.797 * red - 74.203 * green + 112 * blue) / 255),
        round(128 + (112 * red - 93.786 * green - 18.214 * blue) / 255),
    )


def _file(pictures: list[bytes], size: tuple[int, int], rate: int) -> bytes:
    samples = [struct.pack(">I", len(picture)) + picture for picture in pictures]
    kind = _box(b"ftyp", b"isom", struct.pack(">I", 512), b"isomiso2avc1mp41")
    # The index holds the offset of the data, which comes after the index: build it once to get its length.
    place = len(kind) + len(_index(samples, size, rate, 0)) + 8
    return kind + _index(samples, size, rate, place) + _box(b"mdat", *samples)


def _index(samples: list[bytes], size: tuple[int, int], rate: int, place: int) -> bytes:
    scale, length = rate * _TICKS, len(samples) * _TICKS
    movie = struct.pack(">IIIIIH10x", 0, 0, scale, length, 0x10000, 0x0100) + _MATRIX + struct.pack(">6II", *[0] * 6, 2)
    track = struct.pack(">IIIII8xHHHH", 0, 0, 1, 0, length, 0, 0, 0, 0) + _MATRIX
    track += struct.pack(">II", size[0] << 16, size[1] << 16)
    media = _full(b"mdhd", struct.pack(">IIIIHH", 0, 0, scale, length, 0x55C4, 0))
    handler = _full(b"hdlr", struct.pack(">I4s12x", 0, b"vide"), b"openclaw-fal sandbox\0")
    information = _box(
        b"minf",
        _full(b"vmhd", bytes(8), flags=1),
        _box(b"dinf", _full(b"dref", struct.pack(">I", 1), _full(b"url ", flags=1))),
        _tables(samples, size, place),
    )
    return _box(
        b"moov",
        _full(b"mvhd", movie),
        _box(b"trak", _full(b"tkhd", track, flags=3), _box(b"mdia", media, handler, information)),
    )


def _tables(samples: list[bytes], size: tuple[int, int], place: int) -> bytes:
    count = len(samples)
    return _box(
        b"stbl",
        _full(b"stsd", struct.pack(">I", 1), _description(size)),
        _full(b"stts", struct.pack(">III", 1, count, _TICKS)),
        _full(b"stss", struct.pack(">II", 1, 1)),
        _full(b"stsc", struct.pack(">IIII", 1, 1, count, 1)),
        _full(b"stsz", struct.pack(">II", 0, count), *(struct.pack(">I", len(sample)) for sample in samples)),
        _full(b"stco", struct.pack(">II", 1, place)),
    )


def _description(size: tuple[int, int]) -> bytes:
    sequence, picture = _sequence_parameters(*size), _picture_parameters()
    parameters = b"\x01" + sequence[1:4] + b"\xff\xe1" + struct.pack(">H", len(sequence)) + sequence
    parameters += b"\x01" + struct.pack(">H", len(picture)) + picture
    entry = struct.pack(">6xH16xHHIIIH32sHh", 1, *size, 0x480000, 0x480000, 0, 1, b"", 24, -1)
    return _box(b"avc1", entry, _box(b"avcC", parameters))


def _box(kind: bytes, *parts: bytes) -> bytes:
    data = b"".join(parts)
    return struct.pack(">I", 8 + len(data)) + kind + data


def _full(kind: bytes, *parts: bytes, flags: int = 0) -> bytes:
    return _box(kind, struct.pack(">I", flags), *parts)


class _Mosaic:
    """Encodes a film block by block: the first picture in full, and of each next one what changed.

    `strip` are the rows of raw pixels (luma, one byte each) that cover the top of the first picture. Its right and
    bottom edges must be of one color, `ground`, since the blocks beside are predicted from them.
    """

    def __init__(self, columns: int, rows: int, strip: Sequence[bytes], ground: int) -> None:
        self._columns, self._rows = columns, rows
        self._strip = [row.ljust(columns * BLOCK, bytes([ground])) for row in strip]
        self._label_rows = len(strip) // BLOCK
        self._now: list[_Yuv] = [(ground, _MIDDLE, _MIDDLE)] * (columns * self._label_rows)

    def first(self, blocks: Iterable[_Yuv]) -> bytes:
        """Write the IDR picture: the label raw, then each block from left to right, row by row."""
        # Header: first block, I slice, parameters, frame_num 0, idr id 0, no long-term reference, no deblocking.
        bits = [_ue(0) + _ue(7) + _ue(0) + "0000" + _ue(0) + "00" + _se(0) + _ue(1)]
        length = len(bits[0])
        for number in range(len(self._now)):
            bits.append(self._raw(number, length))
            length += len(bits[-1])
        for color in blocks:
            number = len(self._now)
            self._now.append(color)
            beside_pcm = self._label_rows and number // self._columns == self._label_rows
            bits.append(self._coded(number, 0, _BESIDE_PCM if beside_pcm else _BESIDE_FLAT))
        return _unit(_IDR_SLICE, "".join(bits))

    def _raw(self, number: int, length: int) -> str:
        """Write I_PCM: aligned to a byte, 256 luma samples, 2 x 64 gray chroma samples."""
        row, column = divmod(number, self._columns)
        lines = self._strip[row * BLOCK : (row + 1) * BLOCK]
        luma = b"".join(line[column * BLOCK : (column + 1) * BLOCK] for line in lines)
        start = _ue(_PCM_TYPE)
        samples = luma + bytes([_MIDDLE]) * (BLOCK * BLOCK // 2)
        return start + "0" * (-(length + len(start)) % 8) + f"{int.from_bytes(samples):0{8 * len(samples)}b}"

    def next(self, frame: int, changes: Sequence[tuple[int, _Yuv]]) -> bytes:
        """Write a P picture: `changes` are (block number below the label, color), in order; the rest is skipped."""
        # Header: first block, P slice, parameters, frame_num, one reference as it is, no marking, no deblocking.
        bits = [_ue(0) + _ue(5) + _ue(0) + f"{frame % _FRAME_NUMBERS:04b}" + "000" + _se(0) + _ue(1)]
        offset = self._columns * self._label_rows
        done = 0
        for place, color in changes:
            number = offset + place
            self._now[number] = color
            bits += [_ue(number - done), self._coded(number, _INTRA_IN_P, _BESIDE_FLAT)]
            done = number + 1
        if done < self._columns * self._rows:
            bits.append(_ue(self._columns * self._rows - done))
        return _unit(_P_SLICE, "".join(bits))

    def _coded(self, number: int, first_type: int, tokens: tuple[str, str, str]) -> str:
        if number % self._columns:
            mode, before = _HORIZONTAL, self._now[number - 1]
        elif number:
            mode, before = _VERTICAL, self._now[number - self._columns]
        else:
            mode, before = _DC, (_MIDDLE, _MIDDLE, _MIDDLE)
        luma, blue, red = self._now[number]
        return _flat(mode, (luma - before[0], blue - before[1], red - before[2]), first_type, tokens)


def _sequence_parameters(width: int, height: int) -> bytes:
    """Write the size in blocks, and how much of it is cropped."""
    columns, rows = -(-width // BLOCK), -(-height // BLOCK)
    level = 40 if columns * rows <= 8192 else 52
    right, bottom = (columns * BLOCK - width) // 2, (rows * BLOCK - height) // 2
    bits = f"{66:08b}{0b11000000:08b}{level:08b}"  # Baseline, constrained
    bits += _ue(0) + _ue(0) + _ue(2)  # id; 4 bits of frame_num; pictures in coded order
    bits += _ue(1) + "0" + _ue(columns - 1) + _ue(rows - 1)  # one reference
    bits += "1" + "1" + "1" + _ue(0) + _ue(right) + _ue(0) + _ue(bottom)  # whole frames, cropped
    return _unit(_SPS, bits + "0")


def _picture_parameters() -> bytes:
    """Write: CAVLC, one slice group, our quantizers, and deblocking may be switched off."""
    bits = _ue(0) + _ue(0) + "00" + _ue(0) * 3 + "000"
    return _unit(_PPS, bits + _se(_QUANTIZER - 26) + _se(0) + _se(_CHROMA_OFFSET) + "100")


@cache
def _flat(mode: int, steps: _Yuv, first_type: int, tokens: tuple[str, str, str]) -> str:
    """Write a macroblock of one color, `steps` away from its neighbor's."""
    chroma = 1 if steps[1] or steps[2] else 0
    bits = _ue(first_type + 1 + mode + 4 * chroma) + _ue(_CHROMA_MODE[mode]) + _se(0)
    bits += _block(steps[0], tokens)
    return bits + _block(steps[1], _CHROMA_DC) + _block(steps[2], _CHROMA_DC) if chroma else bits


@cache
def _block(value: int, tokens: tuple[str, str, str]) -> str:
    """Write a residual block whose only coefficient is the first one."""
    if value == 0:
        return tokens[0]
    return tokens[2 if abs(value) == 1 else 1] + _level(value) + "1"


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


def _unit(kind: int, bits: str) -> bytes:
    """Write a NAL unit: stop bit, whole bytes, and no three bytes that look like a start code."""
    bits += "1"
    bits += "0" * (-len(bits) % 8)
    data = int(bits, 2).to_bytes(len(bits) // 8)
    return bytes([kind]) + re.sub(rb"\x00\x00(?=[\x00-\x03])", b"\x00\x00\x03", data)


def _ue(value: int) -> str:
    """Write ue(v), an Exp-Golomb code."""
    code = f"{value + 1:b}"
    return "0" * (len(code) - 1) + code


def _se(value: int) -> str:
    """Write se(v), a signed Exp-Golomb code."""
    return _ue(2 * value - 1 if value > 0 else -2 * value)
