"""The values that flags accept, whatever the model; which of them a model takes is in its row."""

from __future__ import annotations

MAX_COUNT = 4
IMAGE_RESOLUTIONS = ("1K", "2K", "4K")
VIDEO_RESOLUTIONS = ("360P", "480P", "540P", "720P", "768P", "1080P")
OUTPUT_FORMATS = ("png", "jpeg", "webp")
QUALITIES = ("low", "medium", "high", "xhigh", "max", "auto")
BACKGROUNDS = ("transparent", "opaque", "auto")
