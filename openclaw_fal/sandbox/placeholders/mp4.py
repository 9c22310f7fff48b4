"""An MP4 of a placeholder film: H.264 pictures behind their index."""

from __future__ import annotations

import struct

from . import h264
from .picture import label
from .scene import FAINT, GROUND, Scene

_TICKS = 512  # time units to a frame
_CYCLE_SECONDS = 2
_MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)


def film(key: str, size: tuple[int, int], frames: int, rate: int, detail: str, prompt: str) -> bytes:
    """Make a film of the landscape of `key`, with a moving sun and moving hills."""
    width, height = size
    pictures = _pictures(key, size, frames, rate, label(width, height, detail, prompt))
    return _file(pictures, size, rate)


def _pictures(key: str, size: tuple[int, int], frames: int, rate: int, strip: list[bytes]) -> list[bytes]:
    """Encode one picture in full, then repeat one cycle of changes: a long film is made as fast as a short one."""
    columns, rows = -(-size[0] // h264.BLOCK), -(-size[1] // h264.BLOCK)
    scene = Scene(key, columns, rows - len(strip) // h264.BLOCK)
    colors = [h264.yuv(color) for color in scene.palette]
    ground = colors[GROUND][0]
    gray = bytes(color[0] for color in colors[: FAINT + 1]).ljust(256, b"\0")
    mosaic = h264.Mosaic(columns, rows, [row.translate(gray) for row in strip], ground)
    cycle = max(1, round(rate * _CYCLE_SECONDS / h264.FRAME_NUMBERS)) * h264.FRAME_NUMBERS
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


def _box(kind: bytes, *parts: bytes) -> bytes:
    data = b"".join(parts)
    return struct.pack(">I", 8 + len(data)) + kind + data


def _full(kind: bytes, *parts: bytes, flags: int = 0) -> bytes:
    return _box(kind, struct.pack(">I", flags), *parts)


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
    sequence, picture = h264.sequence_parameters(*size), h264.picture_parameters()
    parameters = b"\x01" + sequence[1:4] + b"\xff\xe1" + struct.pack(">H", len(sequence)) + sequence
    parameters += b"\x01" + struct.pack(">H", len(picture)) + picture
    entry = struct.pack(">6xH16xHHIIIH32sHh", 1, *size, 0x480000, 0x480000, 0, 1, b"", 24, -1)
    return _box(b"avc1", entry, _box(b"avcC", parameters))
