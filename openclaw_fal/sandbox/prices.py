"""What endpoints cost in the sandbox, in US dollars. Some prices are fal's of 2026, most are made up."""

from __future__ import annotations

from typing import NamedTuple

from .endpoints import endpoint_of


class Price(NamedTuple):
    """The price of one unit; fal's units are free text."""

    amount: float
    unit: str


_BY_PREFIX = (
    ("fal-ai/flux/dev/image-to-image", Price(0.03, "megapixels")),
    ("fal-ai/flux/dev", Price(0.025, "image")),
    ("fal-ai/flux/schnell", Price(0.003, "megapixels")),
    ("fal-ai/nano-banana-pro", Price(0.15, "images")),
    ("fal-ai/nano-banana-2", Price(0.08, "images")),
    ("fal-ai/nano-banana", Price(0.039, "images")),
    ("fal-ai/minimax/video-01-live", Price(0.5, "videos")),
    ("bytedance/seedance-2.0/fast/", Price(0.2419, "seconds")),
    ("bytedance/seedance-2.0/mini/", Price(0.1, "seconds")),
    ("bytedance/seedance-2.0/", Price(0.3034, "seconds")),
    ("fal-ai/kling-video/v2.1/master/", Price(0.28, "seconds")),
    ("fal-ai/wan/v2.2-a14b/", Price(0.08, "seconds")),
)
_BY_KIND = {
    "image": Price(0.03, "images"),
    "video": Price(0.1, "seconds"),
    "audio": Price(0.05, "1000 characters"),
    "3d": Price(0.2, "generations"),
    "text": Price(0.001, "1m tokens"),
    "other": Price(0.001, "compute seconds"),
}


def price_of(endpoint: str) -> Price:
    named = next((price for prefix, price in _BY_PREFIX if endpoint.startswith(prefix)), None)
    return named or _BY_KIND[endpoint_of(endpoint).kind]
