"""The size and the length that a model would give to what it makes, from its input (fal-http.md §8)."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from .inputs import SIZES

if TYPE_CHECKING:
    from .http_message import Json
    from .inputs import Schema
    from .probe import Size

_EDGES = {"0.5k": 512, "1k": 1024, "2k": 2048, "4k": 4096}
_LINES_4K = 2160
_LINES = 720  # of a film unless told
_IMAGE_STEP = 32  # what the image models with a ratio round their edges to
_RATE = 24
_WAN_RATE = 16
_SECONDS = 5.0
_LONGEST = 3600.0
_LARGEST = 16384  # an edge; where no schema sets a limit


def image_size(schema: Schema, body: Json, source: Size | None) -> Size:
    """From `image_size`, else ratio and resolution, else the picture to edit, else the model's own default."""
    asked = body.get("image_size")
    if isinstance(asked, dict):
        return _edge(asked.get("width"), 512), _edge(asked.get("height"), 512)
    if isinstance(asked, str) and asked in SIZES:
        return SIZES[asked]
    ratio, resolution = _ratio(body.get("aspect_ratio")), str(body.get("resolution", "")).lower()
    if source and not ratio and not resolution:
        return source
    if not ratio and not resolution:
        return SIZES[schema.size]
    edge = _EDGES.get(resolution, 1024)
    return _shaped(edge * edge, ratio or _of(source) or 1.0, _IMAGE_STEP)


def video_size(schema: Schema, body: Json, source: Size | None) -> Size:
    """From resolution (the shorter edge) and ratio; `auto` follows the picture that the film starts from."""
    config = body.get("config")
    orientation = (config if isinstance(config, dict) else body).get("orientation")
    upright = orientation == "portrait" if orientation else schema.size.startswith("portrait")
    ratio = _ratio(body.get("aspect_ratio")) or _of(source) or (9 / 16 if upright else 16 / 9)
    ratio = min(4.0, max(0.25, ratio))
    lines = _lines(str(body.get("resolution", "")).lower())
    width, height = (lines * ratio, lines) if ratio >= 1 else (lines, lines / ratio)
    return round(width / 2) * 2, round(height / 2) * 2


def video_frames(body: Json) -> tuple[int, int]:
    """How many frames, and how many a second: Wan counts frames, HeyGen hides the seconds in `config`."""
    if isinstance(body.get("num_frames"), int):
        rate = body.get("frames_per_second")
        return max(1, body["num_frames"]), rate if isinstance(rate, int) and rate > 0 else _WAN_RATE
    config = body.get("config")
    asked = config.get("duration") if isinstance(config, dict) else body.get("duration")
    try:
        seconds = float(asked) if asked is not None else _SECONDS
    except (TypeError, ValueError):
        seconds = _SECONDS
    return max(1, round(min(seconds, _LONGEST) * _RATE)), _RATE


def _edge(value: Any, default: int) -> int:
    return min(_LARGEST, int(value)) if isinstance(value, (int, float)) and value >= 1 else default


def _ratio(text: Any) -> float | None:
    match = re.fullmatch(r"([\d.]+):([\d.]+)", text) if isinstance(text, str) else None
    return float(match[1]) / float(match[2]) if match and float(match[2]) else None


def _of(size: Size | None) -> float | None:
    return size[0] / size[1] if size else None


def _shaped(area: int, ratio: float, step: int) -> Size:
    width, height = math.sqrt(area * ratio), math.sqrt(area / ratio)
    return max(step, round(width / step) * step), max(step, round(height / step) * step)


def _lines(resolution: str) -> int:
    if resolution == "4k":
        return _LINES_4K
    match = re.fullmatch(r"(\d{3,4})p", resolution)
    return int(match[1]) if match else _LINES
