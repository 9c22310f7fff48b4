"""The values that flags accept, whatever the model (which of them a model takes is in its row), and hints' names."""

from __future__ import annotations

MAX_COUNT = 4
IMAGE_RESOLUTIONS = ("1K", "2K", "4K")
VIDEO_RESOLUTIONS = ("360P", "480P", "540P", "720P", "768P", "1080P")
OUTPUT_FORMATS = ("png", "jpeg", "webp")
QUALITIES = ("low", "medium", "high", "xhigh", "max", "auto")
BACKGROUNDS = ("transparent", "opaque", "auto")
PROGRESS_MODES = ("auto", "plain", "json", "none")
# From OpenClaw's `--log-level`: each level tells what those before it do, and more.
LOG_LEVELS = ("silent", "fatal", "error", "warn", "info", "debug", "trace")

# A hint's name in `Request` (with hyphens, its flag's), and OpenClaw's in ``ignoredOverrides`` and ``normalization``.
HINTS = {
    "count": "count",
    "size": "size",
    "aspect_ratio": "aspectRatio",
    "resolution": "resolution",
    "output_format": "outputFormat",
    "quality": "quality",
    "background": "background",
    "duration": "durationSeconds",
    "audio": "audio",
    "watermark": "watermark",
    "seed": "seed",
}
