"""The sandbox's catalog: the endpoints that fal's documentation and OpenClaw's name, and filler to page through."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple


class Model(NamedTuple):
    """One row of the catalog. `price` is per `unit`, in US dollars."""

    endpoint: str
    name: str
    category: str
    tags: tuple[str, ...]
    price: float
    unit: str
    status: str = "active"


_T2I, _I2I, _T2V, _I2V = "text-to-image", "image-to-image", "text-to-video", "image-to-video"

_REAL = [
    Model("fal-ai/flux/dev", "FLUX.1 [dev]", _T2I, ("lora", "personalization"), 0.025, "image"),
    Model(
        "fal-ai/flux/dev/image-to-image", "FLUX.1 [dev] Image to Image", _I2I, ("style transfer",), 0.03, "megapixels"
    ),
    Model("fal-ai/flux/schnell", "FLUX.1 [schnell]", _T2I, ("fast",), 0.003, "megapixels"),
    Model("fal-ai/nano-banana", "Nano Banana", _T2I, ("realism",), 0.039, "images"),
    Model("fal-ai/nano-banana/edit", "Nano Banana Edit", _I2I, ("editing",), 0.039, "images"),
    Model("fal-ai/nano-banana-2", "Nano Banana 2", _T2I, ("realism", "typography"), 0.08, "images"),
    Model("fal-ai/nano-banana-2/edit", "Nano Banana 2 Edit", _I2I, ("editing",), 0.08, "images"),
    Model("fal-ai/nano-banana-pro", "Nano Banana Pro", _T2I, ("realism", "typography"), 0.15, "images"),
    Model("fal-ai/nano-banana-pro/edit", "Nano Banana Pro Edit", _I2I, ("editing",), 0.15, "images"),
    Model("google/nano-banana-lite", "Nano Banana Lite", _T2I, ("fast",), 0.02, "images"),
    Model("google/nano-banana-lite/edit", "Nano Banana Lite Edit", _I2I, ("fast", "editing"), 0.02, "images"),
    Model("google/nano-banana-2-lite", "Nano Banana 2 Lite", _T2I, ("fast",), 0.03, "images"),
    Model("openai/gpt-image-1", "GPT Image 1", _T2I, (), 0.04, "images", "deprecated"),
    Model("openai/gpt-image-2.5/flare/text-to-image", "GPT Image 2.5 Flare", _T2I, ("typography",), 0.03, "images"),
    Model("openai/gpt-image-2.5/flare/edit", "GPT Image 2.5 Flare Edit", _I2I, ("editing",), 0.03, "images"),
    Model(
        "openai/gpt-image-2.5/sunburst/text-to-image", "GPT Image 2.5 Sunburst", _T2I, ("typography",), 0.1, "images"
    ),
    Model("openai/gpt-image-2.5/sunburst/edit", "GPT Image 2.5 Sunburst Edit", _I2I, ("editing",), 0.1, "images"),
    Model("xai/grok-imagine-image", "Grok Imagine Image", _T2I, (), 0.02, "images"),
    Model("xai/grok-imagine-image/edit", "Grok Imagine Image Edit", _I2I, ("editing",), 0.022, "images"),
    Model("krea/v2/large", "Krea 2 Large", _T2I, ("style",), 0.06, "images"),
    Model("krea/v2/medium", "Krea 2 Medium", _T2I, ("style",), 0.03, "images"),
    Model("fal-ai/minimax/video-01-live", "MiniMax Video 01 Live", _T2V, ("animation",), 0.5, "videos"),
    Model("fal-ai/minimax/video-01-live/image-to-video", "MiniMax Video 01 Live", _I2V, ("animation",), 0.5, "videos"),
    Model("fal-ai/heygen/v2/video-agent", "HeyGen Video Agent v2", _T2V, ("avatar",), 0.05, "seconds", "deprecated"),
    Model("fal-ai/heygen/v3/video-agent", "HeyGen Video Agent v3", _T2V, ("avatar",), 0.05, "seconds"),
    Model("bytedance/seedance-2.0/text-to-video", "Seedance 2.0", _T2V, ("audio",), 0.3034, "seconds"),
    Model("bytedance/seedance-2.0/image-to-video", "Seedance 2.0", _I2V, ("audio",), 0.3034, "seconds"),
    Model("bytedance/seedance-2.0/reference-to-video", "Seedance 2.0 Reference", _I2V, ("audio",), 0.3034, "seconds"),
    Model("bytedance/seedance-2.0/fast/text-to-video", "Seedance 2.0 Fast", _T2V, ("fast",), 0.2419, "seconds"),
    Model("bytedance/seedance-2.0/fast/image-to-video", "Seedance 2.0 Fast", _I2V, ("fast",), 0.2419, "seconds"),
    Model("bytedance/seedance-2.0/fast/reference-to-video", "Seedance 2.0 Fast", _I2V, ("fast",), 0.2419, "seconds"),
    Model("bytedance/seedance-2.0/mini/text-to-video", "Seedance 2.0 Mini", _T2V, ("fast",), 0.1, "seconds"),
    Model("bytedance/seedance-2.0/mini/image-to-video", "Seedance 2.0 Mini", _I2V, ("fast",), 0.1, "seconds"),
    Model("bytedance/seedance-2.0/mini/reference-to-video", "Seedance 2.0 Mini", _I2V, ("fast",), 0.1, "seconds"),
    Model("fal-ai/kling-video/v2.1/master/text-to-video", "Kling 2.1 Master", _T2V, ("cinema",), 0.28, "seconds"),
    Model("fal-ai/kling-video/v2.1/master/image-to-video", "Kling 2.1 Master", _I2V, ("cinema",), 0.28, "seconds"),
    Model("fal-ai/kling-video/v2.1/pro/image-to-video", "Kling 2.1 Pro", _I2V, ("cinema",), 0.09, "seconds"),
    Model("fal-ai/wan/v2.2-a14b/text-to-video", "Wan 2.2", _T2V, ("motion",), 0.08, "seconds"),
    Model("fal-ai/wan/v2.2-a14b/image-to-video", "Wan 2.2", _I2V, ("motion",), 0.08, "seconds"),
    Model("fal-ai/wan/v2.2-a14b/text-to-video/turbo", "Wan 2.2 Turbo", _T2V, ("motion", "fast"), 0.1, "videos"),
    Model("fal-ai/wan/v2.2-a14b/image-to-video/turbo", "Wan 2.2 Turbo", _I2V, ("motion", "fast"), 0.1, "videos"),
]
_PLACES = [
    "aurora",
    "basalt",
    "cascade",
    "delta",
    "ember",
    "fjord",
    "glacier",
    "harbor",
    "island",
    "juniper",
    "kestrel",
    "lagoon",
    "meadow",
    "nebula",
    "orchard",
    "prairie",
    "quarry",
    "reef",
    "savanna",
    "tundra",
    "upland",
    "valley",
    "willow",
]
_KINDS = [
    (_T2I, "image", 0.02),
    (_I2I, "image", 0.03),
    (_T2V, "seconds", 0.1),
    ("text-to-audio", "1000 characters", 0.05),
]


def _filler() -> list[Model]:
    """Models that do not exist anywhere else, and say so by their owner."""
    return [
        Model(f"sandbox/{place}/{kind}", f"Sandbox {place.title()}", kind, ("sandbox",), price, unit)
        for place in _PLACES
        for kind, unit, price in _KINDS
    ]


@cache
def models() -> tuple[Model, ...]:
    return (*_REAL, *_filler())
