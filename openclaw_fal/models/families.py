"""The families of fal's models, as rows of data: adding a model adds a row, never an ``if``.

The rows follow ``openclaw-cli.md`` §4 and §6; the values that an endpoint takes come from ``fal-http.md`` §8.
A model that no row names goes by the last row of its kind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from openclaw_fal.core.requests import HINTS, MAX_COUNT
from openclaw_fal.models.parts import Constant, Family, Frames, Seconds, SecondsChoice, Sent, Sibling, Slot
from openclaw_fal.models.sizes import ImageSize, Limits, Orientation, Shape

if TYPE_CHECKING:
    from openclaw_fal.core.requests import Kind


def _refusal(who: str, hint: str, advice: str = "") -> dict[str, str]:
    return {hint: f"fal {who} does not support {HINTS[hint]} overrides" + (f". {advice}" if advice else "")}


_COUNT = Sent("count", "num_images", default=1)
_PNG_JPEG = Sent("output_format", "output_format", ("png", "jpeg"), default="png")
_SEED = Sent("seed", "seed")
_EDIT = Sibling("edit", "text-to-image")
_ONE_IMAGE = Slot("image", "image_url", 1, "url")
_IMAGE_TO_VIDEO = Sibling("image-to-video", "text-to-video", appends=False)

_RATIOS_10 = ("21:9", "16:9", "3:2", "4:3", "5:4", "1:1", "4:5", "3:4", "2:3", "9:16")
_RATIOS_14 = (*_RATIOS_10, "4:1", "1:4", "8:1", "1:8")
_GROK_RATIOS = ("2:1", "20:9", "19.5:9", "16:9", "4:3", "3:2", "1:1", "2:3", "3:4", "9:16", "9:19.5", "9:20", "1:2")
_KREA_RATIOS = ("1:1", "4:3", "3:2", "16:9", "2.35:1", "4:5", "2:3", "9:16")
_SEEDANCE_RATIOS = ("auto", "21:9", "16:9", "4:3", "1:1", "3:4", "9:16")
_THREE_RATIOS = ("16:9", "9:16", "1:1")
_COMMON_RATIOS = (*_THREE_RATIOS, "4:3", "3:4", "21:9")

_GPT_IMAGE_25 = Family(
    "GPT Image 2.5",
    "image",
    ("openai/gpt-image-2.5/",),
    (
        _COUNT,
        Sent("output_format", "output_format", ("png", "jpeg", "webp"), default="png"),
        ImageSize(Limits(3840, 16, (655_360, 8_294_400), 3), presets={}, longer_edge=1536, words=("auto",)),
        Sent("quality", "quality"),
        Sent("background", "background"),
    ),
    slots=(Slot("image", "image_urls", 16),),
    sibling=_EDIT,
    refuses=_refusal("GPT Image 2.5", "resolution", "Give --size WIDTHxHEIGHT or --aspect-ratio."),
    max_count=MAX_COUNT,
)
_GPT_IMAGE = _GPT_IMAGE_25._replace(
    label="GPT Image",
    prefixes=("openai/gpt-image-",),
    parts=(_COUNT, _PNG_JPEG, ImageSize()),
    slots=(Slot("image", "image_urls", 10),),
    refuses={},
)
_NANO_BANANA_2 = Family(
    "Nano Banana 2",
    "image",
    ("fal-ai/nano-banana-",),
    (_COUNT, _PNG_JPEG, Shape(("auto", *_RATIOS_14), ("1K", "2K", "4K")), _SEED),
    slots=(Slot("image", "image_urls", 14),),
    sibling=_EDIT,
    max_count=MAX_COUNT,
)
_NANO_BANANA_PRO = _NANO_BANANA_2._replace(  # it lacks the four extreme ratios: fal-http.md §8.3
    label="Nano Banana Pro",
    prefixes=("fal-ai/nano-banana-pro",),
    parts=(_COUNT, _PNG_JPEG, Shape(("auto", *_RATIOS_10), ("1K", "2K", "4K")), _SEED),
)
_NANO_BANANA_LITE = _NANO_BANANA_2._replace(
    label="Nano Banana 2 Lite",
    prefixes=("google/nano-banana-2-lite", "google/nano-banana-lite"),
    parts=(_COUNT, _PNG_JPEG, Shape(("auto", *_RATIOS_14)), _SEED),
    refuses=_refusal("Nano Banana 2 Lite", "resolution", "Give --aspect-ratio."),
)
_NANO_BANANA = _NANO_BANANA_2._replace(
    label="Nano Banana",
    prefixes=("fal-ai/nano-banana",),
    parts=(_COUNT, _PNG_JPEG, Shape(_RATIOS_10), _SEED),
    slots=(Slot("image", "image_urls", 3),),
    reference_parts=(_COUNT, _PNG_JPEG, Shape(("auto", *_RATIOS_10)), _SEED),
    refuses=_refusal("Nano Banana", "resolution", "Give --aspect-ratio."),
)
_GROK = _NANO_BANANA_2._replace(
    label="Grok Imagine",
    prefixes=("xai/grok-imagine-image",),
    parts=(_COUNT, _PNG_JPEG, Shape(_GROK_RATIOS, ("1k", "2k"))),
    slots=(Slot("image", "image_urls", 3),),
)
_KREA_CREATIVITY = Constant("creativity", "medium")
_KREA = Family(
    "Krea 2",
    "image",
    ("krea/v2/",),
    (_KREA_CREATIVITY, Shape(_KREA_RATIOS), _SEED),
    always=(_KREA_CREATIVITY,),
    slots=(Slot("image", "image_style_references", 10, "objects"),),
    refuses=_refusal("Krea 2", "resolution", f"Give --aspect-ratio, one of: {', '.join(_KREA_RATIOS)}.")
    | _refusal("Krea 2", "output_format", "Leave --output-format out; the file gets the extension of what comes back."),
)
_FLUX = Family(
    "flux",
    "image",
    ("",),
    (_COUNT, _PNG_JPEG, ImageSize(), _SEED),
    slots=(_ONE_IMAGE,),
    sibling=Sibling("image-to-image", "text-to-image"),
    reference_parts=(_COUNT, _PNG_JPEG, ImageSize(listed=False), _SEED),
    reference_refuses=_refusal("flux image edit endpoint", "aspect_ratio"),
    max_count=MAX_COUNT,
    see_also="fal/fal-ai/nano-banana-2 takes up to 14 reference images.",
)

_SEEDANCE = Family(
    "Seedance 2.0",
    "video",
    ("bytedance/seedance-2.0/",),
    (
        Shape(_SEEDANCE_RATIOS, ("480p", "720p", "1080p", "4k"), sizes_resolution=True),
        SecondsChoice(tuple(range(4, 16))),
        Sent("audio", "generate_audio"),
    ),
    slots=(Slot("image", "image_url", 1, "url", ("image/jpeg", "image/png", "image/webp"), 30 * 1024**2),),
    sibling=_IMAGE_TO_VIDEO,
    see_also="fal/bytedance/seedance-2.0/reference-to-video takes up to 9 images, 3 videos and 3 audio files.",
)
_SEEDANCE_FAST = _SEEDANCE._replace(
    label="Seedance 2.0 fast",
    prefixes=("bytedance/seedance-2.0/fast/", "bytedance/seedance-2.0/mini/"),
    parts=(Shape(_SEEDANCE_RATIOS, ("480p", "720p"), sizes_resolution=True), *_SEEDANCE.parts[1:]),
)
_SEEDANCE_REFERENCE = _SEEDANCE._replace(
    label="Seedance 2.0 reference-to-video",
    prefixes=("bytedance/seedance-2.0/reference-to-video",),
    slots=(
        _SEEDANCE.slots[0]._replace(field="image_urls", limit=9, shape="list"),
        Slot("video", "video_urls", 3, "list", ("video/mp4", "video/quicktime"), None, 50 * 1024**2),
        Slot("audio", "audio_urls", 3, "list", ("audio/mpeg", "audio/wav"), 15 * 1024**2),
    ),
    max_references=12,
    accompanied=("audio",),
    references_optional=True,
    see_also=None,
)
_SEEDANCE_FAST_REFERENCE = _SEEDANCE_REFERENCE._replace(
    label="Seedance 2.0 fast reference-to-video",
    prefixes=tuple(f"bytedance/seedance-2.0/{tier}/reference-to-video" for tier in ("fast", "mini")),
    parts=_SEEDANCE_FAST.parts,
)
_MINIMAX_LIVE = Family(
    "MiniMax Video 01 Live",
    "video",
    ("fal-ai/minimax/video-01-live",),
    (),
    slots=(_ONE_IMAGE,),
    sibling=Sibling("image-to-video", "text-to-video"),
)
_HEYGEN_CONFIG = (Seconds("config.duration", least=5, whole=False), Orientation("config.orientation"))
_HEYGEN_AGENT = Family(
    "HeyGen video agent",
    "video",
    ("fal-ai/heygen/v2/video-agent",),
    _HEYGEN_CONFIG,
    always=_HEYGEN_CONFIG,
)
_HEYGEN_AGENT_3 = Family(
    "HeyGen video agent 3",
    "video",
    ("fal-ai/heygen/v3/video-agent",),
    (Orientation("orientation"),),
    slots=(Slot("image", "file_urls", 20),),
)
_KLING = Family(
    "Kling",
    "video",
    ("fal-ai/kling-video/",),
    (Shape(_THREE_RATIOS), SecondsChoice((5, 10))),
    slots=(_ONE_IMAGE,),
    sibling=_IMAGE_TO_VIDEO,
    reference_parts=(SecondsChoice((5, 10)),),
)
_KLING_26 = _KLING._replace(  # fields of this row and the next: the endpoint types of @fal-ai/client 1.10.1
    label="Kling 2.6",
    prefixes=("fal-ai/kling-video/v2.6/",),
    parts=(*_KLING.parts, Sent("audio", "generate_audio")),
    slots=(_ONE_IMAGE._replace(field="start_image_url"),),
    reference_parts=(SecondsChoice((5, 10)), Sent("audio", "generate_audio")),
)
_KLING_3 = _KLING_26._replace(
    label="Kling 3",
    prefixes=("fal-ai/kling-video/v3/",),
    parts=(Shape(_THREE_RATIOS), SecondsChoice(tuple(range(3, 16))), Sent("audio", "generate_audio")),
    reference_parts=(SecondsChoice(tuple(range(3, 16))), Sent("audio", "generate_audio")),
)
_WAN = Family(
    "Wan 2.2",
    "video",
    ("fal-ai/wan/v2.2-a14b/",),
    (Shape(_THREE_RATIOS, ("480p", "580p", "720p"), sizes_resolution=True), Frames(16, 17, 161), _SEED),
    slots=(_ONE_IMAGE,),
    sibling=_IMAGE_TO_VIDEO,
    reference_parts=(
        Shape(("auto", *_THREE_RATIOS), ("480p", "580p", "720p"), sizes_resolution=True),
        Frames(16, 17, 161),
        _SEED,
    ),
)
_WAN_TURBO = _WAN._replace(  # its length can't be chosen: fal-http.md §8.8
    label="Wan 2.2 turbo",
    prefixes=("fal-ai/wan/v2.2-a14b/text-to-video/turbo", "fal-ai/wan/v2.2-a14b/image-to-video/turbo"),
    parts=(_WAN.parts[0], _SEED),
    reference_parts=(_WAN.parts[0], _SEED),
)
_ANY_VIDEO = Family(
    "video",
    "video",
    ("",),
    # fal's endpoints write resolutions in small letters, except Hailuo's 768P. Of a size only the ratio is sent: nobody
    # knows which resolutions an endpoint without a row takes, and it would refuse a wrong one.
    (
        Shape(_COMMON_RATIOS, ("360p", "480p", "540p", "720p", "768P", "1080p"), any_ratio=True),
        Seconds(),
        _SEED,
    ),
    slots=(_ONE_IMAGE,),
    sibling=_IMAGE_TO_VIDEO,
    see_also=_SEEDANCE.see_also,
)

FAMILIES: tuple[Family, ...] = (
    _GPT_IMAGE_25,
    _GPT_IMAGE,
    _NANO_BANANA_PRO,
    _NANO_BANANA_2,
    _NANO_BANANA_LITE,
    _NANO_BANANA,
    _GROK,
    _KREA,
    _FLUX,
    _SEEDANCE_FAST_REFERENCE,
    _SEEDANCE_REFERENCE,
    _SEEDANCE_FAST,
    _SEEDANCE,
    _MINIMAX_LIVE,
    _HEYGEN_AGENT,
    _HEYGEN_AGENT_3,
    _KLING_26,
    _KLING_3,
    _KLING,
    _WAN_TURBO,
    _WAN,
    _ANY_VIDEO,
)


def find_family(endpoint_id: str, kind: Kind) -> Family:
    """Return the first row of that kind with a prefix of the id; the last one has the empty prefix."""
    return next(family for family in FAMILIES if family.kind == kind and endpoint_id.startswith(family.prefixes))
