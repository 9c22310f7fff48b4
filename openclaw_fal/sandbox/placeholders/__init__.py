"""Placeholder files of every kind that fal makes, rendered with the standard library alone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

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


@lru_cache(maxsize=16)
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
            from .pictures import scene_png  # noqa: PLC0415

            return scene_png(plan.key, plan.size, plan.detail, plan.prompt)
        case "jpeg":
            from .pictures import flat_jpeg  # noqa: PLC0415

            return flat_jpeg(plan.key, plan.size, plan.detail)
        case "webp":
            from .pictures import flat_webp  # noqa: PLC0415

            return flat_webp(plan.key, plan.size)
        case "glb":
            from .other_formats import tetrahedron  # noqa: PLC0415

            return tetrahedron(plan.key)
        case _:
            from .other_formats import document  # noqa: PLC0415

            return document(plan.format, plan.detail)
