"""Nothing that we build would be a 422.

The schemas here are written down from ``fal-http.md`` §7 and §8 (and, for families that it lacks, from
``openclaw-cli.md`` §4 and fal's model pages), not from the catalog. Over the product of many values
of the hints every body must fit its endpoint's schema, or the request must be refused.
"""

from __future__ import annotations

from itertools import cycle, product
from typing import TYPE_CHECKING, Any, Literal

import pytest

from openclaw_fal.core.errors import UsageError
from openclaw_fal.core.requests import MediaKind, Reference, Request
from openclaw_fal.models.catalog import BUILT_IN
from openclaw_fal.models.payload import plan

if TYPE_CHECKING:
    from collections.abc import Iterator

Schema = dict[str, Any]

TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}


def faults(schema: Schema, value: Any, at: str = "body") -> Iterator[str]:
    """Yield what is wrong with ``value``: a JSON Schema of the few words that the schemas below use."""
    if "anyOf" in schema:
        if all([*faults(choice, value, at)] for choice in schema["anyOf"]):
            yield f"{at}: {value!r} is none of {schema['anyOf']}"
    elif not isinstance(value, TYPES[schema["type"]]) or isinstance(value, bool) != (schema["type"] == "boolean"):
        yield f"{at}: {value!r} is not of type {schema['type']}"
    elif value not in schema.get("enum", [value]):
        yield f"{at}: {value!r} is not in {schema['enum']}"
    elif isinstance(value, int | float):
        if not schema.get("minimum", value) <= value <= schema.get("maximum", value):
            yield f"{at}: {value!r} is out of range"
        if value % schema.get("multipleOf", 1) and schema["type"] == "integer":
            yield f"{at}: {value!r} is no multiple of {schema['multipleOf']}"
    else:
        yield from faults_inside(schema, value, at)


def faults_inside(schema: Schema, value: Any, at: str) -> Iterator[str]:
    if isinstance(value, list):
        if len(value) > schema["maxItems"]:
            yield f"{at}: {len(value)} items"
        for index, item in enumerate(value):
            yield from faults(schema["items"], item, f"{at}[{index}]")
    elif isinstance(value, dict):
        yield from (f"{at}: {name} is missing" for name in schema["required"] if name not in value)
        yield from (f"{at}: there is no field {name}" for name in value if name not in schema["properties"])
        for name in value.keys() & schema["properties"].keys():
            yield from faults(schema["properties"][name], value[name], f"{at}.{name}")


def endpoint(*required: str, **properties: Schema) -> Schema:
    return {
        "type": "object",
        "required": ["prompt", *required],
        "properties": {"prompt": {"type": "string"}, **properties},
    }


def one_of(*values: str) -> Schema:
    return {"type": "string", "enum": [*values]}


def urls(most: int) -> Schema:
    return {"type": "array", "maxItems": most, "items": URL}


def image_size(most: int, multiple: int, *words: str) -> Schema:
    edge = {"type": "integer", "minimum": 1, "maximum": most, "multipleOf": multiple}
    pixels = {"type": "object", "required": ["width", "height"], "properties": {"width": edge, "height": edge}}
    return {"anyOf": [pixels, one_of(*PRESETS, *words)]}


URL: Schema = {"type": "string"}
BOOLEAN: Schema = {"type": "boolean"}
SEED: Schema = {"type": "integer"}
COUNT: Schema = {"type": "integer", "minimum": 1, "maximum": 4}
PRESETS = ("square_hd", "square", "portrait_4_3", "portrait_16_9", "landscape_4_3", "landscape_16_9")
TEN = ("21:9", "16:9", "3:2", "4:3", "5:4", "1:1", "4:5", "3:4", "2:3", "9:16")
EXTREME = ("4:1", "1:4", "8:1", "1:8")
GROK = ("2:1", "20:9", "19.5:9", "16:9", "4:3", "3:2", "1:1", "2:3", "3:4", "9:16", "9:19.5", "9:20", "1:2")
KREA = ("1:1", "4:3", "3:2", "16:9", "2.35:1", "4:5", "2:3", "9:16")

FLUX: Schema = {"num_images": COUNT, "seed": SEED, "output_format": one_of("jpeg", "png")}  # §8.1, §8.2
BANANA: Schema = {"num_images": COUNT, "seed": SEED, "output_format": one_of("jpeg", "png", "webp")}  # §8.3
GPT: Schema = {"num_images": COUNT, "output_format": one_of("jpeg", "png", "webp")}
GPT_25: Schema = {
    **GPT,
    "image_size": image_size(3840, 16, "auto"),
    "quality": one_of("auto", "low", "medium", "high", "xhigh", "max"),
    "background": one_of("auto", "transparent", "opaque"),
}
GROK_FIELDS: Schema = {
    "num_images": COUNT,
    "output_format": one_of("jpeg", "png", "webp"),
    "aspect_ratio": one_of(*GROK),
    "resolution": one_of("1k", "2k"),
}
KREA_FIELDS: Schema = {
    "aspect_ratio": one_of(*KREA),
    "creativity": one_of("raw", "low", "medium", "high"),
    "seed": SEED,
    "image_style_references": {
        "type": "array",
        "maxItems": 10,
        "items": {"type": "object", "required": ["image_url"], "properties": {"image_url": URL}},
    },
}
IMAGE_ENDPOINTS = {
    "fal-ai/flux/dev": endpoint(**FLUX, image_size=image_size(14142, 1)),
    # ``image_size`` is no field of it. It is sent for parity (openclaw-cli.md §4) and fal leaves it aside (§8).
    "fal-ai/flux/dev/image-to-image": endpoint("image_url", **FLUX, image_url=URL, image_size=image_size(14142, 1)),
    "fal-ai/nano-banana": endpoint(**BANANA, aspect_ratio=one_of(*TEN)),
    "fal-ai/nano-banana/edit": endpoint("image_urls", **BANANA, image_urls=urls(3), aspect_ratio=one_of("auto", *TEN)),
    "fal-ai/nano-banana-2": endpoint(
        **BANANA,
        aspect_ratio=one_of("auto", *TEN, *EXTREME),
        resolution=one_of("0.5K", "1K", "2K", "4K"),
    ),
    "fal-ai/nano-banana-2/edit": endpoint(
        **BANANA,
        image_urls=urls(14),
        aspect_ratio=one_of("auto", *TEN, *EXTREME),
        resolution=one_of("0.5K", "1K", "2K", "4K"),
    ),
    "fal-ai/nano-banana-pro": endpoint(
        **BANANA, aspect_ratio=one_of("auto", *TEN), resolution=one_of("1K", "2K", "4K")
    ),
    "fal-ai/nano-banana-pro/edit": endpoint(
        "image_urls",
        **BANANA,
        image_urls=urls(14),
        aspect_ratio=one_of("auto", *TEN),
        resolution=one_of("1K", "2K", "4K"),
    ),
    "google/nano-banana-2-lite": endpoint(**BANANA, aspect_ratio=one_of("auto", *TEN, *EXTREME)),
    "google/nano-banana-2-lite/edit": endpoint(
        **BANANA, image_urls=urls(14), aspect_ratio=one_of("auto", *TEN, *EXTREME)
    ),
    "openai/gpt-image-2": endpoint(**GPT, image_size=image_size(14142, 1)),
    "openai/gpt-image-2/edit": endpoint("image_urls", **GPT, image_size=image_size(14142, 1), image_urls=urls(10)),
    **{
        f"openai/gpt-image-2.5/{tier}/{form}": endpoint(*required, **GPT_25, **references)
        for tier in ("flare", "sunburst")
        for form, required, references in (
            ("text-to-image", [], {}),
            ("edit", ["image_urls"], {"image_urls": urls(16)}),
        )
    },
    "xai/grok-imagine-image": endpoint(**GROK_FIELDS),
    "xai/grok-imagine-image/edit": endpoint(**GROK_FIELDS, image_urls=urls(3)),
    "krea/v2/medium/text-to-image": endpoint(**KREA_FIELDS),
    "krea/v2/large/text-to-image": endpoint(**KREA_FIELDS),
}

SEEDANCE: Schema = {  # §8.6
    "aspect_ratio": one_of("auto", "21:9", "16:9", "4:3", "1:1", "3:4", "9:16"),
    "duration": one_of("auto", *(str(seconds) for seconds in range(4, 16))),
    "generate_audio": BOOLEAN,
}
SEEDANCE_FORMS: dict[str, tuple[list[str], Schema]] = {
    "text-to-video": ([], {}),
    "image-to-video": (["image_url"], {"image_url": URL}),
    "reference-to-video": ([], {"image_urls": urls(9), "video_urls": urls(3), "audio_urls": urls(3)}),
}
SEEDANCE_TIERS = {
    "": ("480p", "720p", "1080p", "4k"),
    "fast/": ("480p", "720p"),
    "mini/": ("480p", "720p"),
}
KLING: Schema = {"duration": one_of("5", "10")}  # §8.7
WAN: Schema = {  # §8.8
    "num_frames": {"type": "integer", "minimum": 17, "maximum": 161},
    "resolution": one_of("480p", "580p", "720p"),
    "seed": SEED,
}
HEYGEN: Schema = {  # §8.5
    "type": "object",
    "required": [],
    "properties": {
        "duration": {"type": "number", "minimum": 5},
        "orientation": one_of("portrait", "landscape"),
    },
}
VIDEO_ENDPOINTS = {
    "fal-ai/minimax/video-01-live": endpoint(),  # §8.4
    "fal-ai/minimax/video-01-live/image-to-video": endpoint("image_url", image_url=URL),
    "fal-ai/heygen/v2/video-agent": endpoint(config=HEYGEN),
    **{
        f"bytedance/seedance-2.0/{tier}{form}": endpoint(
            *required, **SEEDANCE, **references, resolution=one_of(*resolutions)
        )
        for tier, resolutions in SEEDANCE_TIERS.items()
        for form, (required, references) in SEEDANCE_FORMS.items()
    },
    "fal-ai/kling-video/v2.1/master/text-to-video": endpoint(**KLING, aspect_ratio=one_of("16:9", "9:16", "1:1")),
    "fal-ai/kling-video/v2.1/master/image-to-video": endpoint("image_url", **KLING, image_url=URL),
    "fal-ai/wan/v2.2-a14b/text-to-video": endpoint(**WAN, aspect_ratio=one_of("16:9", "9:16", "1:1")),
    "fal-ai/wan/v2.2-a14b/image-to-video": endpoint(
        "image_url", **WAN, image_url=URL, aspect_ratio=one_of("auto", "16:9", "9:16", "1:1")
    ),
}

RATIOS = (None, "auto", "1:1", "16:9", "9:16", "4:3", "21:9", "2.35:1", "5:4", "1:8", "100:1")
IMAGE_SIZES = (None, "auto", "1024x1024", "1000x1000", "10x10", "1024x1536", "3840x2160", "99999x20")
IMAGE_HINTS: list[dict[str, Any]] = [
    {"count": 4, "output_format": "webp", "quality": "xhigh", "background": "opaque", "seed": 0},
    {"count": 1, "output_format": "jpeg", "quality": "auto", "background": "auto", "seed": 2**63},
    {"watermark": True, "duration": 3, "audio": True},
    {"count": 1},
    {},
]
VIDEO_SIZES = (None, "auto", "1280x720", "720x1280", "1000x1000", "3840x2160", "10x99999")
VIDEO_HINTS: list[dict[str, Any]] = [
    {"audio": True, "watermark": False, "seed": 0, "quality": "low"},
    {"audio": False, "output_format": "png", "background": "auto"},
    {"count": 1},
    {},
]
DURATIONS = (None, 0.1, 3, 4.5, 5, 7.5, 10, 15, 3600)


def without_unset(**hints: Any) -> dict[str, Any]:
    return {name: value for name, value in hints.items() if value is not None}


def image_requests() -> Iterator[dict[str, Any]]:
    further = cycle(IMAGE_HINTS)
    for size, ratio, resolution in product(IMAGE_SIZES, RATIOS, (None, "1K", "2K", "4k")):
        for _ in range(2):
            yield without_unset(size=size, aspect_ratio=ratio, resolution=resolution) | next(further)


def video_requests() -> Iterator[dict[str, Any]]:
    further = cycle(VIDEO_HINTS)
    resolutions = (None, "360p", "480P", "540P", "768P", "1080p")
    for size, ratio, resolution, duration in product(VIDEO_SIZES, RATIOS, resolutions, DURATIONS):
        yield without_unset(size=size, aspect_ratio=ratio, resolution=resolution, duration=duration) | next(further)


def reference_sets(schema: Schema) -> Iterator[dict[MediaKind, list[str]]]:
    """Yield none, one and as many references as the schema takes."""
    fields = schema["properties"]
    most: dict[MediaKind, int] = {
        "image": max(fields.get(name, {}).get("maxItems", 0) for name in ("image_urls", "image_style_references"))
        or int("image_url" in fields),
        "video": fields.get("video_urls", {}).get("maxItems", 0),
    }
    yield {}
    yield {"image": ["u"]}
    if most["image"]:
        yield {kind: ["u"] * count for kind, count in most.items()}
    if "audio_urls" in fields:
        yield {"image": ["u"], "audio": ["u"] * 3}


@pytest.mark.parametrize(
    ("kind", "model"),
    [*(("image", model) for model in IMAGE_ENDPOINTS), *(("video", model) for model in VIDEO_ENDPOINTS)],
)
def test_every_body_fits_the_schema_of_its_endpoint(kind: Literal["image", "video"], model: str) -> None:
    endpoints = IMAGE_ENDPOINTS if kind == "image" else VIDEO_ENDPOINTS
    sent = 0
    for hints in image_requests() if kind == "image" else video_requests():
        for references in reference_sets(endpoints[model]):
            try:
                made = plan(
                    Request(
                        capability="image.generate" if kind == "image" else "video.generate",
                        prompt="p",
                        references=tuple(Reference(of, "x") for of, given in references.items() for _ in given),
                        **hints,
                    ),
                    model,
                )
            except UsageError:
                continue
            sent += 1
            assert [
                *faults(
                    endpoints[made.endpoint],
                    made.with_references([url for given in references.values() for url in given]),
                )
            ] == [], hints
    assert sent >= 50, "nearly everything was refused"


def test_every_listed_model_has_a_schema_here() -> None:
    assert {model.endpoint_id for model in BUILT_IN} <= IMAGE_ENDPOINTS.keys() | VIDEO_ENDPOINTS.keys()


@pytest.mark.parametrize(
    ("model", "body"),
    [
        ("fal-ai/kling-video/v2.1/master/text-to-video", {"prompt": "p", "duration": 5}),
        ("fal-ai/kling-video/v2.1/master/text-to-video", {"prompt": "p", "duration": "7"}),
        ("fal-ai/wan/v2.2-a14b/text-to-video", {"prompt": "p", "resolution": "720P"}),
        ("fal-ai/wan/v2.2-a14b/text-to-video", {"prompt": "p", "num_frames": 5}),
        ("fal-ai/wan/v2.2-a14b/text-to-video", {"prompt": "p", "duration": 5}),
        ("fal-ai/wan/v2.2-a14b/image-to-video", {"prompt": "p"}),
        ("bytedance/seedance-2.0/text-to-video", {"prompt": "p", "generate_audio": 1}),
        ("bytedance/seedance-2.0/reference-to-video", {"prompt": "p", "video_urls": ["u"] * 4}),
        ("fal-ai/heygen/v2/video-agent", {"prompt": "p", "config": {"duration": 3}}),
        ("fal-ai/minimax/video-01-live", {}),
    ],
)
def test_the_check_itself_finds_what_fal_would_refuse(model: str, body: dict[str, Any]) -> None:
    assert [*faults(VIDEO_ENDPOINTS[model], body)] != []
