"""What fal's schemas do not say, as rows of data: limits on files, OpenClaw's refusals and constants.

A row has ``parts`` if its models may have no known schema. Refusals and numbers of references are OpenClaw's; sizes and
types of files are from fal's model pages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from openclaw_fal.core.kinds import HINTS
from openclaw_fal.core.requests import MAX_COUNT
from openclaw_fal.models.family_parts import (
    Constant,
    Family,
    ImageSize,
    Limits,
    Lyrics,
    Orientation,
    RatioAndResolution,
    Seconds,
    Sent,
    Sibling,
    Slot,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openclaw_fal.core.kinds import Kind


def _refusal(model: str, hint: str, advice: str = "") -> dict[str, str]:
    return {hint: f"fal {model} does not support {HINTS[hint]} overrides" + (f". {advice}" if advice else "")}


_COUNT = Sent("count", "num_images", default=1)
_PNG_JPEG = Sent("output_format", "output_format", ("png", "jpeg"), default="png")
_SEED = Sent("seed", "seed")
_EDIT = Sibling("edit", "text-to-image")
_ONE_IMAGE = Slot("image", "image_url", 1, "url")

_LITE_RATIOS = ("21:9", "16:9", "3:2", "4:3", "5:4", "1:1", "4:5", "3:4", "2:3", "9:16", "4:1", "1:4", "8:1", "1:8")
_KREA_RATIOS = ("1:1", "4:3", "3:2", "16:9", "2.35:1", "4:5", "2:3", "9:16")
_COMMON_RATIOS = ("16:9", "9:16", "1:1", "4:3", "3:4", "21:9")

_GPT_IMAGE_25_SIZE = ImageSize(Limits(3840, 16, (655_360, 8_294_400), 3), presets={}, longer_edge=1536, words=("auto",))
_GPT_IMAGE_25 = Family(
    "GPT Image 2.5",
    "image",
    ("openai/gpt-image-2.5/",),
    parts=(
        _COUNT,
        Sent("output_format", "output_format", ("png", "jpeg", "webp"), default="png"),
        _GPT_IMAGE_25_SIZE,
        Sent("quality", "quality"),
        Sent("background", "background"),
    ),
    always=(_GPT_IMAGE_25_SIZE,),
    slots=(Slot("image", "image_urls", 16),),
    sibling=_EDIT,
    refuses=_refusal("GPT Image 2.5", "resolution", "Give --size WIDTHxHEIGHT or --aspect-ratio."),
    max_count=MAX_COUNT,
)
_GPT_IMAGE = Family(
    "GPT Image",
    "image",
    ("openai/gpt-image-",),
    parts=(_COUNT, _PNG_JPEG, ImageSize()),
    slots=(Slot("image", "image_urls", 10),),
    sibling=_EDIT,
    max_count=MAX_COUNT,
)
_NANO_BANANA_LITE = Family(
    "Nano Banana 2 Lite",
    "image",
    ("google/nano-banana-2-lite", "google/nano-banana-lite"),
    parts=(_COUNT, _PNG_JPEG, RatioAndResolution(("auto", *_LITE_RATIOS)), _SEED),
    slots=(Slot("image", "image_urls", 14),),
    sibling=_EDIT,
    refuses=_refusal("Nano Banana 2 Lite", "resolution", "Give --aspect-ratio."),
    max_count=MAX_COUNT,
)
_NANO_BANANA_2 = Family(
    "Nano Banana 2 and Pro", "image", ("fal-ai/nano-banana-",), slots=(Slot("image", "image_urls", 14),)
)
_NANO_BANANA = Family(
    "Nano Banana",
    "image",
    ("fal-ai/nano-banana",),
    slots=(Slot("image", "image_urls", 3),),
    refuses=_refusal("Nano Banana", "resolution", "Give --aspect-ratio."),
)
_GROK = Family("Grok Imagine", "image", ("xai/grok-imagine-image",), slots=(Slot("image", "image_urls", 3),))
_KREA_CREATIVITY = Constant("creativity", "medium")
_KREA = Family(
    "Krea 2",
    "image",
    ("krea/v2/",),
    parts=(_KREA_CREATIVITY, RatioAndResolution(_KREA_RATIOS), _SEED),
    always=(_KREA_CREATIVITY,),
    slots=(Slot("image", "image_style_references", 10, "objects"),),
    refuses=_refusal("Krea 2", "resolution", f"Give --aspect-ratio, one of: {', '.join(_KREA_RATIOS)}.")
    | _refusal("Krea 2", "output_format", "Leave out --output-format; the file gets the extension of its content."),
)
_ANY_IMAGE = Family(
    "image",
    "image",
    ("",),
    parts=(_COUNT, _PNG_JPEG, ImageSize(), _SEED),
    slots=(_ONE_IMAGE,),
    sibling=Sibling("image-to-image", "text-to-image"),
    reference_parts=(_COUNT, _PNG_JPEG, ImageSize(listed=False), _SEED),
    reference_refuses=_refusal("flux image edit endpoint", "aspect_ratio"),
    max_count=MAX_COUNT,
    see_also="fal/fal-ai/nano-banana-2 takes up to 14 reference images.",
)

_SEEDANCE_IMAGES = Slot("image", "image_url", 1, "url", ("image/jpeg", "image/png", "image/webp"), 30 * 1024**2)
_SEEDANCE_HINT = "fal/bytedance/seedance-2.0/reference-to-video takes up to 9 images, 3 videos and 3 audio files."
_SEEDANCE = Family(
    "Seedance 2.0", "video", ("bytedance/seedance-2.0/",), slots=(_SEEDANCE_IMAGES,), see_also=_SEEDANCE_HINT
)
_SEEDANCE_REFERENCE = Family(
    "Seedance 2.0 reference-to-video",
    "video",
    tuple(f"bytedance/seedance-2.0/{tier}reference-to-video" for tier in ("", "fast/", "mini/")),
    slots=(
        _SEEDANCE_IMAGES._replace(field="image_urls", limit=9, shape="list"),
        Slot("video", "video_urls", 3, "list", ("video/mp4", "video/quicktime"), None, 50 * 1024**2),
        Slot("audio", "audio_urls", 3, "list", ("audio/mpeg", "audio/wav"), 15 * 1024**2),
    ),
    max_references=12,
    accompanied=("audio",),
)
_HEYGEN_AGENT = Family(
    "HeyGen video agent",
    "video",
    ("fal-ai/heygen/v2/video-agent",),
    always=(Seconds("config.duration", minimum=5), Orientation("config.orientation")),
)
_ANY_VIDEO = Family(
    "video",
    "video",
    ("",),
    # fal's endpoints write resolutions in lower case, except Hailuo's 768P. A size is sent as its ratio only: it is
    # unknown which resolutions an endpoint without a schema takes, and it would refuse a wrong one.
    parts=(
        RatioAndResolution(_COMMON_RATIOS, ("360p", "480p", "540p", "720p", "768P", "1080p"), any_ratio=True),
        Seconds(),
        _SEED,
    ),
    slots=(_ONE_IMAGE,),
    sibling=Sibling("image-to-video", "text-to-video", appends=False),
    see_also=_SEEDANCE_HINT,
)

_LYRICS, _INSTRUMENTAL = Sent("lyrics", "lyrics"), Sent("instrumental", "instrumental")
_NO_LYRICS_HINT = "A model that sings them: --model fal/fal-ai/minimax-music/v2.6"
_MINIMAX_MUSIC = Family(
    "MiniMax Music",
    "music",
    ("fal-ai/minimax-music/v2.",),
    always=(
        Lyrics("lyrics", "is_instrumental", "lyrics_optimizer"),
        Constant("audio_setting.sample_rate", 44_100),
        Constant("audio_setting.bitrate", 256_000),
        Sent("output_format", "audio_setting.format", ("mp3", "wav", "pcm"), default="mp3"),
    ),
)
_ACE_STEP = Family(
    "ACE-Step",
    "music",
    ("fal-ai/ace-step/prompt-to-audio",),
    refuses=_refusal("ACE-Step prompt-to-audio", "lyrics", _NO_LYRICS_HINT),
)
_STABLE_AUDIO = Family(
    "Stable Audio 2.5",
    "music",
    ("fal-ai/stable-audio-25/text-to-audio",),
    refuses=_refusal("Stable Audio 2.5", "lyrics", _NO_LYRICS_HINT) | _refusal("Stable Audio 2.5", "instrumental"),
)
_ANY_MUSIC = Family("music", "music", ("",), parts=(_LYRICS, _INSTRUMENTAL, Seconds(whole=False), _SEED))
_ANYTHING = Family("other", "any", ("",))

FAMILIES: tuple[Family, ...] = (
    _GPT_IMAGE_25,
    _GPT_IMAGE,
    _NANO_BANANA_LITE,
    _NANO_BANANA_2,
    _NANO_BANANA,
    _GROK,
    _KREA,
    _ANY_IMAGE,
    _SEEDANCE_REFERENCE,
    _SEEDANCE,
    _HEYGEN_AGENT,
    _ANY_VIDEO,
    _MINIMAX_MUSIC,
    _ACE_STEP,
    _STABLE_AUDIO,
    _ANY_MUSIC,
    _ANYTHING,
)


def _rows(endpoint_id: str, kind: Kind) -> Iterator[Family]:
    return (family for family in FAMILIES if family.kind == kind and endpoint_id.startswith(family.prefixes))


def find_family(endpoint_id: str, kind: Kind) -> Family:
    """Return the first row of that kind with a prefix of the id; the last row has the empty prefix."""
    return next(_rows(endpoint_id, kind))


def find_body_family(endpoint_id: str, kind: Kind) -> Family:
    """Return the row for a body without a schema: the first of that kind with a prefix of the id that has parts.

    The last row of a kind needs none.
    """
    return next(family for family in _rows(endpoint_id, kind) if family.parts or family.is_general)
