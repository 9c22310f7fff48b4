"""What the known endpoints take and give back, as data: fal-http.md §8 and openclaw-cli.md §4, read independently."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Literal

Kind = Literal["image", "video"]


@dataclass(frozen=True)
class Field:
    """One input field. `kind` names its JSON type; `image` and `size` are the apps' own."""

    kind: Literal["string", "integer", "number", "boolean", "object", "array", "image", "size"]
    required: bool = False
    choices: tuple[str, ...] = ()
    at_least: float | None = None
    at_most: float | None = None
    above: float | None = None
    step: int | None = None
    items: int | None = None
    fields: tuple[tuple[str, Field], ...] = ()


@dataclass(frozen=True)
class Schema:
    """One endpoint: what it makes, the shape it answers in, its input fields and the size it has by default."""

    kind: Kind
    output: Literal["flux", "description", "images", "video", "seeded", "wan"]
    fields: dict[str, Field] = field(default_factory=dict)
    size: str = "landscape_4_3"
    format: str = "png"


SIZES = {
    "square_hd": (1024, 1024),
    "square": (512, 512),
    "portrait_4_3": (768, 1024),
    "portrait_16_9": (576, 1024),
    "landscape_4_3": (1024, 768),
    "landscape_16_9": (1024, 576),
}
_RATIOS = ("21:9", "16:9", "3:2", "4:3", "5:4", "1:1", "4:5", "3:4", "2:3", "9:16")
_WIDE_RATIOS = (*_RATIOS, "4:1", "1:4", "8:1", "1:8")
_GROK_RATIOS = ("2:1", "20:9", "19.5:9", "16:9", "4:3", "3:2", "1:1", "2:3", "3:4", "9:16", "9:19.5", "9:20", "1:2")
_KREA_RATIOS = ("1:1", "4:3", "3:2", "16:9", "2.35:1", "4:5", "2:3", "9:16")

_PROMPT = {"prompt": Field("string", required=True)}
_FLAG = Field("boolean")
_WHOLE = Field("integer")
_COUNT = {"num_images": Field("integer", at_least=1, at_most=4)}
_SEED = {"seed": _WHOLE}
_IMAGE = {"image_url": Field("image", required=True)}


def _one_of(*choices: str) -> Field:
    return Field("string", choices=choices)


def _images(most: int, *, required: bool = True) -> dict[str, Field]:
    return {"image_urls": Field("array", required=required, items=most)}


def _flux(steps: tuple[int, int], *, edit: bool = False) -> Schema:
    """§8.1 and §8.2: text-to-image takes a size, image-to-image an image and a strength."""
    fields = {
        **_PROMPT,
        **_COUNT,
        **_SEED,
        "num_inference_steps": Field("integer", at_least=steps[0], at_most=steps[1]),
        "guidance_scale": Field("number", at_least=1, at_most=20),
        "enable_safety_checker": _FLAG,
        "output_format": _one_of("jpeg", "png"),
        "acceleration": _one_of("none", "regular", "high"),
        "sync_mode": _FLAG,
    }
    if edit:
        fields |= {**_IMAGE, "strength": Field("number", at_least=0.01, at_most=1)}
    else:
        fields |= {"image_size": Field("size", at_most=14142)}
    return Schema("image", "flux", fields, format="jpeg")


def _banana(ratios: tuple[str, ...], resolutions: tuple[str, ...], *more: dict[str, Field]) -> Schema:
    """§8.3."""
    fields = {
        **_PROMPT,
        **_COUNT,
        **_SEED,
        "aspect_ratio": _one_of(*ratios),
        "output_format": _one_of("jpeg", "png", "webp"),
        "safety_tolerance": _one_of("1", "2", "3", "4", "5", "6"),
        "sync_mode": _FLAG,
        "limit_generations": _FLAG,
    }
    if resolutions:
        fields |= {"resolution": _one_of(*resolutions)}
    for some in more:
        fields |= some
    return Schema("image", "description", fields, size="square_hd")


def _gpt(*, images: int = 0, newest: bool = False) -> Schema:
    fields = {
        **_PROMPT,
        **_COUNT,
        "image_size": Field("size", at_most=3840, step=16) if newest else Field("size", at_most=14142),
        "output_format": _one_of("png", "jpeg", "webp"),
        "sync_mode": _FLAG,
    }
    if newest:
        fields |= {
            "quality": _one_of("low", "medium", "high", "xhigh", "max", "auto"),
            "background": _one_of("transparent", "opaque", "auto"),
        }
    return Schema("image", "images", fields | (_images(images) if images else {}), size="square_hd")


def _grok(*, images: int = 0) -> Schema:
    fields = {
        **_PROMPT,
        **_COUNT,
        "aspect_ratio": _one_of(*_GROK_RATIOS),
        "resolution": _one_of("1k", "2k"),
        "output_format": _one_of("png", "jpeg"),
        "sync_mode": _FLAG,
    }
    return Schema("image", "images", fields | (_images(images) if images else {}), size="square_hd")


_KREA = Schema(
    "image",
    "images",
    {
        **_PROMPT,
        **_SEED,
        "aspect_ratio": _one_of(*_KREA_RATIOS),
        "creativity": _one_of("raw", "low", "medium", "high"),
        "image_style_references": Field("array", items=10),
        "sync_mode": _FLAG,
    },
    size="square_hd",
)


def _seedance(resolutions: tuple[str, ...], form: str, *, bitrate: bool) -> Schema:
    """§8.6."""
    fields = {
        **_PROMPT,
        "aspect_ratio": _one_of("auto", "21:9", "16:9", "4:3", "1:1", "3:4", "9:16"),
        "resolution": _one_of(*resolutions),
        "duration": _one_of("auto", *(str(seconds) for seconds in range(4, 16))),
        "generate_audio": _FLAG,
        "end_user_id": Field("string"),
    }
    if bitrate:
        fields |= {"bitrate_mode": _one_of("standard", "high")}
    if form == "image-to-video":
        fields |= {**_IMAGE, "end_image_url": Field("image")}
    if form == "reference-to-video":
        files = {"video_urls": Field("array", items=3), "audio_urls": Field("array", items=3)}
        fields |= _images(9, required=False) | files
    return Schema("video", "seeded", fields)


def _kling(*, image: bool) -> Schema:
    """§8.7."""
    fields = {
        **_PROMPT,
        "duration": _one_of("5", "10"),
        "negative_prompt": Field("string"),
        "cfg_scale": Field("number", at_least=0, at_most=1),
    }
    return Schema("video", "video", fields | (_IMAGE if image else {"aspect_ratio": _one_of("16:9", "9:16", "1:1")}))


def _wan(*, image: bool) -> Schema:
    """§8.8; the length is a number of frames."""
    ratios = ("16:9", "9:16", "1:1")
    fields = {
        **_PROMPT,
        **_SEED,
        "negative_prompt": Field("string"),
        "num_frames": Field("integer", at_least=17, at_most=161),
        "frames_per_second": Field("integer", at_least=4, at_most=60),
        "resolution": _one_of("480p", "580p", "720p"),
        "aspect_ratio": _one_of("auto", *ratios) if image else _one_of(*ratios),
        "num_inference_steps": _WHOLE,
        "enable_safety_checker": _FLAG,
        "enable_output_safety_checker": _FLAG,
        "enable_prompt_expansion": _FLAG,
        "acceleration": _one_of("none", "regular"),
        "guidance_scale": Field("number"),
        "guidance_scale_2": Field("number"),
        "shift": Field("number", at_least=1, at_most=10),
        "interpolator_model": _one_of("none", "film", "rife"),
        "num_interpolated_frames": Field("integer", at_least=0, at_most=4),
        "adjust_fps_for_interpolation": _FLAG,
        "video_quality": _one_of("low", "medium", "high", "maximum"),
        "video_write_mode": _one_of("fast", "balanced", "small"),
    }
    return Schema("video", "wan", fields | ({**_IMAGE, "end_image_url": Field("image")} if image else {}))


def _heygen_v2() -> Schema:
    """§8.5; the names of the avatars are too many to list, any string will do."""
    config = (
        ("avatar", Field("string")),
        ("duration", Field("number", at_least=5)),
        ("orientation", _one_of("portrait", "landscape")),
    )
    return Schema("video", "video", {**_PROMPT, "config": Field("object", fields=config)}, size="portrait_16_9")


def _heygen_v3() -> Schema:
    fields = {
        **_PROMPT,
        "avatar": Field("string"),
        "file_urls": Field("array", items=20),
        "incognito_mode": _FLAG,
        "orientation": _one_of("portrait", "landscape"),
        "style_id": Field("string"),
        "voice": Field("string"),
    }
    return Schema("video", "video", fields, size="portrait_16_9")


def _minimax(*, image: bool) -> Schema:
    """§8.4: no length, no shape, no seed."""
    fields = {**_PROMPT, "prompt_optimizer": _FLAG}
    return Schema("video", "video", fields | (_IMAGE if image else {}))


def _seedances() -> dict[str, Schema]:
    tiers = {"": ("480p", "720p", "1080p", "4k"), "fast/": ("480p", "720p"), "mini/": ("480p", "720p")}
    forms = ("text-to-video", "image-to-video", "reference-to-video")
    return {
        f"bytedance/seedance-2.0/{tier}{form}": _seedance(resolutions, form, bitrate=tier != "mini/")
        for tier, resolutions in tiers.items()
        for form in forms
    }


@cache
def schemas() -> dict[str, Schema]:
    """Every endpoint whose input is checked. Built at the first request, not at start-up."""
    auto = ("auto", *_RATIOS)
    wide = ("auto", *_WIDE_RATIOS)
    web = {"enable_web_search": _FLAG, "system_prompt": Field("string")}
    thinking = {"thinking_level": _one_of("minimal", "high"), "system_prompt": Field("string")}
    second, pro = ("0.5K", "1K", "2K", "4K"), ("1K", "2K", "4K")
    edit = _images(14)
    known = {
        "fal-ai/flux/dev": _flux((1, 50)),
        "fal-ai/flux/dev/image-to-image": _flux((10, 50), edit=True),
        "fal-ai/flux/schnell": _flux((1, 12)),
        "fal-ai/nano-banana": _banana(_RATIOS, ()),
        "fal-ai/nano-banana/edit": _banana(auto, (), edit),
        "fal-ai/nano-banana-2": _banana(wide, second, web, thinking),
        # Its images may be left out: it also edits a video, a sound or a PDF.
        "fal-ai/nano-banana-2/edit": _banana(wide, second, web, thinking, _images(14, required=False)),
        "fal-ai/nano-banana-pro": _banana(auto, pro, web),
        "fal-ai/nano-banana-pro/edit": _banana(auto, pro, web, edit),
        "google/nano-banana-lite": _banana(wide, (), thinking),
        "google/nano-banana-lite/edit": _banana(wide, (), thinking, edit),
        "google/nano-banana-2-lite": _banana(wide, (), thinking),
        "google/nano-banana-2-lite/edit": _banana(wide, (), thinking, edit),
        "openai/gpt-image-1": _gpt(),
        "openai/gpt-image-1/edit": _gpt(images=10),
        "xai/grok-imagine-image": _grok(),
        "xai/grok-imagine-image/edit": _grok(images=3),
        "krea/v2/large": _KREA,
        "krea/v2/medium": _KREA,
        "fal-ai/minimax/video-01-live": _minimax(image=False),
        "fal-ai/minimax/video-01-live/image-to-video": _minimax(image=True),
        "fal-ai/heygen/v2/video-agent": _heygen_v2(),
        "fal-ai/heygen/v3/video-agent": _heygen_v3(),
        "fal-ai/kling-video/v2.1/master/text-to-video": _kling(image=False),
        "fal-ai/kling-video/v2.1/master/image-to-video": _kling(image=True),
        "fal-ai/wan/v2.2-a14b/text-to-video": _wan(image=False),
        "fal-ai/wan/v2.2-a14b/image-to-video": _wan(image=True),
    }
    for grade in ("flare", "sunburst"):
        known[f"openai/gpt-image-2.5/{grade}/text-to-image"] = _gpt(newest=True)
        known[f"openai/gpt-image-2.5/{grade}/edit"] = _gpt(images=16, newest=True)
    return known | _seedances()


_ANY_IMAGE = Schema("image", "flux", _PROMPT, format="png")
_ANY_VIDEO = Schema("video", "seeded", _PROMPT)
_VIDEO_WORDS = (
    "video",
    "kling",
    "seedance",
    "veo",
    "wan/",
    "sora",
    "hailuo",
    "luma-dream",
    "ltx",
    "hunyuan-vid",
    "pixverse",
)


def schema_of(endpoint: str) -> Schema:
    """Give the endpoint's schema; one that is not known takes anything with a prompt and is judged by its name."""
    known = schemas().get(endpoint)
    if known:
        return known
    if endpoint.startswith("sandbox/fault/"):
        return _ANY_IMAGE if endpoint.startswith("sandbox/fault/image-") else _ANY_VIDEO
    return _ANY_VIDEO if any(word in endpoint for word in _VIDEO_WORDS) else _ANY_IMAGE
