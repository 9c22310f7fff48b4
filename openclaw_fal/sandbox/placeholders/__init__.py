"""Placeholder files of every kind that fal makes, rendered with the standard library alone."""

from __future__ import annotations

import random
import struct
import zlib
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

MEGABYTE = 1 << 20
_NUMBER = 8  # bytes at the end of each megabyte of filling that hold its number
TYPES = {
    "png": "image/png",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
    "mp4": "video/mp4",
    "wav": "audio/wav",
    "glb": "model/gltf-binary",
    "obj": "model/obj",
    "mtl": "model/mtl",
    "ply": "application/octet-stream",
    "fbx": "application/octet-stream",
    "safetensors": "application/octet-stream",
    "zip": "application/zip",
    "json": "application/json",
    "txt": "text/plain",
}


@dataclass(frozen=True)
class Plan:
    """A file that has not been made yet. The same plan gives the same bytes, on every machine.

    `key` decides what is shown, `detail` and `prompt` are written on it. `frames` at `rate` per second are the length.
    `megabytes` of filling are added when the file is sent.
    """

    format: str
    key: str
    size: tuple[int, int]
    detail: str
    prompt: str
    frames: int = 0
    rate: int = 0
    megabytes: int = 0

    @property
    def content_type(self) -> str:
        return TYPES[self.format]

    @property
    def extension(self) -> str:
        return {"jpeg": "jpg"}.get(self.format, self.format)


@lru_cache(maxsize=256)
def render(plan: Plan) -> bytes:
    """Make the file's bytes, without the megabytes of filling."""
    # Each format is imported when first used: most runs need one, and start-up none.
    match plan.format:
        case "mp4":
            from .mp4 import film  # noqa: PLC0415

            return film(plan.key, plan.size, plan.frames, plan.rate, plan.detail, plan.prompt)
        case "wav":
            from .other_formats import tone  # noqa: PLC0415

            return tone(plan.key, plan.frames / plan.rate)
        case "png":
            from .images import scene_png  # noqa: PLC0415

            return scene_png(plan.key, plan.size, plan.detail, plan.prompt)
        case "jpeg":
            from .images import flat_jpeg  # noqa: PLC0415

            return flat_jpeg(plan.key, plan.size, plan.detail)
        case "webp":
            from .images import flat_webp  # noqa: PLC0415

            return flat_webp(plan.key, plan.size)
        case "glb":
            from .other_formats import tetrahedron  # noqa: PLC0415

            return tetrahedron(plan.key)
        case _:
            from .other_formats import document  # noqa: PLC0415

            return document(plan.format, plan.detail)


@lru_cache(maxsize=4096)
def length_of(plan: Plan) -> int:
    """Return the length of the file's bytes. A list of many jobs asks for it alone, and renders each file once."""
    return len(render(plan))


def filling_of(form: str, length: int) -> tuple[int, Callable[[int], bytes]]:
    """Return where a file of `length` bytes takes filling, and what makes a megabyte of it by its number.

    Decoders skip it. Each megabyte has its number at its end.
    """
    return {
        "png": (length - 12, _png_megabyte),  # before IEND
        "mp4": (length, _mp4_megabyte),
        "jpeg": (2, _jpeg_megabyte),  # after SOI
    }.get(form, (length, _plain_megabyte))


def _plain_megabyte(number: int) -> bytes:
    return _filling(MEGABYTE - _NUMBER) + number.to_bytes(_NUMBER)


def _mp4_megabyte(number: int) -> bytes:
    """Make a box named `free`."""
    return struct.pack(">I4s", MEGABYTE, b"free") + _filling(MEGABYTE - 8 - _NUMBER) + number.to_bytes(_NUMBER)


def _png_megabyte(number: int) -> bytes:
    start, checksum = _png_start()
    last = number.to_bytes(_NUMBER)
    return start + last + struct.pack(">I", zlib.crc32(last, checksum))


@cache
def _png_start() -> tuple[bytes, int]:
    """Make a private chunk up to its number, and the checksum so far, which all megabytes share."""
    body = b"saNd" + _filling(MEGABYTE - 12 - _NUMBER)
    return struct.pack(">I", MEGABYTE - 12) + body, zlib.crc32(body)


def _jpeg_megabyte(number: int) -> bytes:
    return _jpeg_comments() + number.to_bytes(_NUMBER)


@cache
def _jpeg_comments() -> bytes:
    """Make comment segments of 64 KiB each; the last one is shorter."""
    one = struct.pack(">HH", 0xFFFE, 65534) + _filling(65532)
    return one * 15 + one[: 65536 - _NUMBER]


@cache
def _filling(length: int) -> bytes:
    """Make bytes without a short period, so that a piece in the wrong place is noticed."""
    return random.Random(length).randbytes(length)  # noqa: S311 - the same on every machine
