"""The size, length and format of what an endpoint makes: as the body asks, else by its pictures or the defaults."""

from __future__ import annotations

import math
import re
import struct
from typing import TYPE_CHECKING, Any, TypeGuard

if TYPE_CHECKING:
    from .connection import Json
    from .endpoints import Endpoint

# The named sizes of fal's image endpoints, as width and height in pixels.
_SIZES = {
    "square_hd": (1024, 1024),
    "square": (512, 512),
    "portrait_4_3": (768, 1024),
    "portrait_16_9": (576, 1024),
    "landscape_4_3": (1024, 768),
    "landscape_16_9": (1024, 576),
}
_EDGES = {"0.5k": 512, "1k": 1024, "2k": 2048, "3k": 3072, "4k": 4096}
_LINES_4K = 2160
_DEFAULT_LINES = 720
_IMAGE_STEP = 32  # image endpoints with a ratio round their edges to it, in pixels
_FRAME_RATE = 24
_FRAME_RATE_NAMES = ("frames_per_second", "fps", "frame_rate")
_FRAME_RATE_BY_FRAMES = 16  # of endpoints whose length is a number of frames but that have no rate
_DURATION_NAMES = ("duration", "seconds_total", "duration_seconds", "audio_duration", "video_length", "seconds")
_DEFAULT_SECONDS = 5.0
_SPOKEN_CHARACTERS_PER_SECOND = 15
_MAX_SECONDS = 3600.0
_MAX_SOUND_SECONDS = 600.0
_MAX_EDGE = 16384
Size = tuple[int, int]


def image_size(endpoint: Endpoint, body: Json, source: Size | None) -> Size:
    """Return width and height: as requested, else those of the picture to edit, else the endpoint's default."""
    return (
        _asked_image_size(body, source)
        or source
        or _asked_image_size(_defaults(endpoint), None)
        or (_SIZES["square_hd"] if endpoint.takes else _SIZES["landscape_4_3"])
    )


def video_size(endpoint: Endpoint, body: Json, source: Size | None) -> Size:
    """Return width and height: the resolution is the shorter edge; without a ratio the first picture's is kept."""
    asked = _defaults(endpoint) | body
    for name in ("video_size", "image_size", "resolution"):
        exact = _exact(body.get(name)) or (_exact(asked.get(name)) if source is None else None)
        if exact:
            return _even(*exact)
    default_ratio = _ratio(asked.get("aspect_ratio")) if source is None else None
    upright = _orientation(endpoint, body) == "portrait"
    ratio = _ratio(body.get("aspect_ratio")) or default_ratio or _ratio_of(source) or (9 / 16 if upright else 16 / 9)
    ratio = min(4.0, max(0.25, ratio))
    lines = _lines(str(asked.get("resolution", "")).lower())
    return _even(lines * ratio, lines) if ratio >= 1 else _even(lines, lines / ratio)


def video_frames(endpoint: Endpoint, body: Json) -> tuple[int, int]:
    """Return how many frames, and how many per second. Some endpoints count frames, HeyGen nests the duration."""
    asked = _defaults(endpoint) | body
    rates = [asked[name] for name in _FRAME_RATE_NAMES if _is_number(asked.get(name))]
    rate = max(1, min(120, round(rates[0]))) if rates else 0
    config = body.get("config")
    duration = _duration(config if isinstance(config, dict) else asked)
    if duration is None and _is_number(asked.get("num_frames")):
        rate = rate or _FRAME_RATE_BY_FRAMES
        return max(1, min(int(asked["num_frames"]), round(_MAX_SECONDS * rate))), rate
    rate = rate or _FRAME_RATE
    return max(1, round((duration or _DEFAULT_SECONDS) * rate)), rate


def sound_seconds(endpoint: Endpoint, body: Json) -> float:
    """Return the length of a sound: as requested, else as long as its text takes to be spoken, else 5 seconds."""
    asked = _defaults(endpoint) | body
    milliseconds = asked.get("music_length_ms")
    seconds = milliseconds / 1000 if _is_number(milliseconds) else _duration(asked)
    speaks = endpoint.category == "text-to-speech" or "voice" in endpoint.takes
    text = body.get("text") or (body.get("prompt") if speaks else None)
    if seconds is None and isinstance(text, str):
        seconds = max(1.0, len(text) / _SPOKEN_CHARACTERS_PER_SECOND)
    return min(_MAX_SOUND_SECONDS, seconds or _DEFAULT_SECONDS)


def image_format(endpoint: Endpoint, body: Json) -> str:
    """Return png, jpeg or webp: as requested, else the endpoint's default."""
    for name in ("output_format", "image_format", "format"):
        asked = str(body.get(name) or endpoint.default(name) or "").replace("jpg", "jpeg")
        if asked in {"png", "jpeg", "webp"}:
            return asked
    return "png"


def size_of(data: bytes) -> Size | None:
    """Return width and height of a PNG, JPEG, GIF or WebP; None for anything else."""
    if data.startswith(b"\x89PNG\r\n\x1a\n") and len(data) >= 24:
        return _pair(">II", data, 16)
    if data.startswith((b"GIF87a", b"GIF89a")) and len(data) >= 10:
        return _pair("<HH", data, 6)
    if data.startswith(b"\xff\xd8"):
        return _jpeg(data)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _webp(data)
    return None


def _asked_image_size(body: Json, source: Size | None) -> Size | None:
    """From `image_size`, else width and height, else aspect ratio and resolution."""
    exact = _exact(body.get("image_size")) or _exact({name: body.get(name) for name in ("width", "height")})
    if exact:
        return exact
    ratio = _ratio(body.get("aspect_ratio"))
    words = f"{body.get('resolution', '')} {body.get('image_size', '')}".lower()
    edge = _edge_of(words)
    if not ratio and not edge:
        return None
    edge = edge or 1024
    return _shaped(edge * edge, ratio or _ratio_of(source) or 1.0)


def _defaults(endpoint: Endpoint) -> Json:
    values = {name: endpoint.default(name) for name in endpoint.takes}
    return {name: value for name, value in values.items() if value is not None}


def _exact(asked: Any) -> Size | None:
    """Read `{width, height}`, the name of a preset, or text such as `1024x1024`."""
    if isinstance(asked, dict):
        width, height = asked.get("width"), asked.get("height")
        if _is_number(width) or _is_number(height):
            return _edge(width), _edge(height)
        return None
    match = re.fullmatch(r"(\d{2,5})x(\d{2,5})", asked) if isinstance(asked, str) else None
    if match:
        return _edge(int(match[1])), _edge(int(match[2]))
    return _SIZES.get(asked) if isinstance(asked, str) else None


def _edge_of(words: str) -> int | None:
    """Return the edge of a square of the resolution that is named in words: `2K`, `auto_4K`, `1MP` or `720p`."""
    for name, edge in _EDGES.items():
        if re.search(rf"(?:^|[ _]){re.escape(name)}\b", words):
            return edge
    match = re.search(r"\b(\d+)(mp|p)\b", words)
    if not match:
        return None
    return round(1000 * math.sqrt(int(match[1]))) if match[2] == "mp" else int(match[1])


def _edge(value: Any) -> int:
    return max(1, min(_MAX_EDGE, int(value))) if _is_number(value) else 512


def _orientation(endpoint: Endpoint, body: Json) -> str:
    config, field = body.get("config"), endpoint.takes.get("config")
    nested = field.fields.get("orientation") if field else None
    asked = (config if isinstance(config, dict) else body).get("orientation")
    return str(asked or (nested.default if nested else endpoint.default("orientation")) or "")


def _duration(asked: Json) -> float | None:
    for name in _DURATION_NAMES:
        value = asked.get(name)
        if isinstance(value, str):
            value = float(value.removesuffix("s")) if re.fullmatch(r"\d+(\.\d+)?s?", value) else None
        if _is_number(value) and value > 0:
            return min(float(value), _MAX_SECONDS)
    return None


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _ratio(asked: Any) -> float | None:
    """Read `16:9`, or an object with such a `ratio`."""
    text = asked.get("ratio") if isinstance(asked, dict) else asked
    match = re.fullmatch(r"([\d.]+):([\d.]+)", text) if isinstance(text, str) else None
    return float(match[1]) / float(match[2]) if match and float(match[2]) else None


def _ratio_of(size: Size | None) -> float | None:
    return size[0] / size[1] if size else None


def _shaped(area: int, ratio: float) -> Size:
    width, height = math.sqrt(area * ratio), math.sqrt(area / ratio)
    return _stepped(width, _IMAGE_STEP), _stepped(height, _IMAGE_STEP)


def _even(width: float, height: float) -> Size:
    """Round to even numbers, which H.264 needs."""
    return _stepped(width, 2), _stepped(height, 2)


def _stepped(length: float, step: int) -> int:
    return max(step, round(length / step) * step)


def _lines(resolution: str) -> int:
    if resolution == "4k":
        return _LINES_4K
    match = re.fullmatch(r"(\d{3,4})p", resolution)
    return int(match[1]) if match else _DEFAULT_LINES


def _jpeg(data: bytes) -> Size | None:
    """Find the frame header, which holds the height before the width."""
    place = 2
    while place + 9 <= len(data) and data[place] == 0xFF:
        kind = data[place + 1]
        if 0xC0 <= kind <= 0xCF and kind not in {0xC4, 0xC8, 0xCC}:
            height, width = _pair(">HH", data, place + 5)
            return width, height
        place += 2 + int.from_bytes(data[place + 2 : place + 4])
    return None


def _webp(data: bytes) -> Size | None:
    kind = data[12:16]
    if kind == b"VP8X" and len(data) >= 30:
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if kind == b"VP8 " and len(data) >= 30:
        width, height = _pair("<HH", data, 26)
        return width & 0x3FFF, height & 0x3FFF
    if kind == b"VP8L" and len(data) >= 25:
        bits = int.from_bytes(data[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    return None


def _pair(form: str, data: bytes, place: int) -> Size:
    first, second = struct.unpack_from(form, data, place)
    return int(first), int(second)
