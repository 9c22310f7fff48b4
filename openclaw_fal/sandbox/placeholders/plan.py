"""From a plan to a file: the one place that knows all formats. Rendered when asked for, and a few kept."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import lru_cache

TYPES = {
    "png": "image/png",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
    "mp4": "video/mp4",
    "wav": "audio/wav",
}
_WAV_RATE = 8000


@dataclass(frozen=True)
class Plan:
    """A file that has not been made yet. The same plan gives the same bytes, whenever and wherever."""

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


@lru_cache(maxsize=16)
def render(plan: Plan) -> bytes:
    """Make the file's bytes, but for the megabytes that are put in on the way out (blobs.py)."""
    # Each format is imported when first used: most runs need one, and start-up none.
    if plan.format == "mp4":
        from .mp4 import film  # noqa: PLC0415

        return film(plan.key, plan.size, plan.frames, plan.rate, plan.detail, plan.prompt)
    if plan.format == "wav":
        return _silence(plan.frames / plan.rate)
    from .picture import paint  # noqa: PLC0415

    picture = paint(plan.key, *plan.size, plan.detail, plan.prompt)
    if plan.format == "jpeg":
        from .jpeg import encode as jpeg  # noqa: PLC0415

        return jpeg(picture)
    if plan.format == "webp":
        from .webp import encode as webp  # noqa: PLC0415

        return webp(picture)
    from .png import encode as png  # noqa: PLC0415

    return png(picture)


def _silence(seconds: float) -> bytes:
    """Make a WAV without a sound: 8-bit mono, whose middle is 128."""
    data = bytes([128]) * round(seconds * _WAV_RATE)
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, _WAV_RATE, _WAV_RATE, 1, 8)
    body = b"WAVE" + form + struct.pack("<4sI", b"data", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body
