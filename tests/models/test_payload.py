"""Every row of the catalog: what goes out for which hints, what is ignored or changed, and every refusal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from openclaw_fal.core.errors import UsageError
from openclaw_fal.core.requests import Parameter, Reference, Request
from openclaw_fal.core.results import Normalized
from openclaw_fal.models.facts import find_schema
from openclaw_fal.models.payload import Plan, plan

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openclaw_fal.core.kinds import Capability, MediaKind

KINDS: dict[str, MediaKind] = {"i": "image", "v": "video", "a": "audio"}

FLUX = "fal-ai/flux/dev"
GPT25 = "openai/gpt-image-2.5/flare"
GPT2 = "openai/gpt-image-2"
BANANA = "fal-ai/nano-banana"
LITE = "google/nano-banana-2-lite"
GROK = "xai/grok-imagine-image"
KREA = "krea/v2/medium/text-to-image"
LIVE = "fal-ai/minimax/video-01-live"
HEYGEN = "fal-ai/heygen/v2/video-agent"
SEEDANCE = "bytedance/seedance-2.0"
KLING = "fal-ai/kling-video/v2.1/master"
WAN = "fal-ai/wan/v2.2-a14b"


def planned(
    capability: Capability, model: str, references: str, hints: dict[str, Any], *, is_checked: bool = False
) -> Plan:
    given = tuple(Reference(KINDS[letter], f"{number}.file") for number, letter in enumerate(references))
    parameters = tuple(Parameter(name, value, "json") for name, value in hints.get("parameters", {}).items())
    asked = hints | {"parameters": parameters}
    request = Request(capability=capability, prompt="p", references=given, **asked)
    return plan(request, model, find_schema, is_checked=is_checked)


class Row(NamedTuple):
    """One line of a table: ``references`` has a letter for each, i(mage), v(ideo) or a(udio)."""

    model: str
    hints: dict[str, Any]
    body: dict[str, Any]
    ignored: Mapping[str, Any] = {}
    normalization: Mapping[str, tuple[Any, Any]] = {}
    references: str = ""
    endpoint: str | None = None

    def check(self, capability: Capability, usual: dict[str, Any]) -> None:
        made = planned(capability, self.model, self.references, self.hints)
        assert made.body == {"prompt": "p"} | usual | self.body
        assert made.ignored == self.ignored
        assert made.normalization == {key: Normalized(*pair) for key, pair in self.normalization.items()}
        assert made.model == self.model
        assert made.endpoint == (self.endpoint or self.model)


def pixels(width: int, height: int) -> dict[str, Any]:
    return {"image_size": {"width": width, "height": height}}


# Every image model but Krea gets ``num_images`` and ``output_format`` besides; `None` in a body takes them out.
IMAGES = [
    # --- any other model: pixels or presets
    Row(FLUX, {}, {}),
    Row("somebody/something", {}, {}),
    Row(FLUX, {"size": "1024x1536"}, pixels(1024, 1536)),
    Row(FLUX, {"size": "1024X1536"}, pixels(1024, 1536)),
    Row(
        FLUX,
        {"size": "640x480", "aspect_ratio": "1:1", "resolution": "2K"},
        pixels(640, 480),
        ignored={"aspectRatio": "1:1", "resolution": "2K"},
    ),
    Row(FLUX, {"size": "20000x1000"}, pixels(14142, 707), normalization={"size": ("20000x1000", "14142x707")}),
    Row(FLUX, {"size": "auto"}, {}, ignored={"size": "auto"}),
    Row(FLUX, {"aspect_ratio": "auto"}, {}, ignored={"aspectRatio": "auto"}),
    Row(FLUX, {"aspect_ratio": "1:1"}, {"image_size": "square_hd"}),
    Row(FLUX, {"aspect_ratio": "4:3"}, {"image_size": "landscape_4_3"}),
    Row(FLUX, {"aspect_ratio": "3:4"}, {"image_size": "portrait_4_3"}),
    Row(FLUX, {"aspect_ratio": "16:9"}, {"image_size": "landscape_16_9"}),
    Row(FLUX, {"aspect_ratio": "9:16"}, {"image_size": "portrait_16_9"}),
    Row(FLUX, {"aspect_ratio": "21:9"}, pixels(1024, 439)),
    Row(FLUX, {"aspect_ratio": "2:3"}, pixels(683, 1024)),
    Row(FLUX, {"aspect_ratio": "5:4"}, pixels(1024, 819)),
    Row(FLUX, {"resolution": "1K"}, pixels(1024, 1024)),
    Row(FLUX, {"resolution": "2K"}, pixels(2048, 2048)),
    Row(FLUX, {"resolution": "4k"}, pixels(4096, 4096)),
    Row(FLUX, {"aspect_ratio": "16:9", "resolution": "2K"}, pixels(2048, 1152)),
    Row(FLUX, {"aspect_ratio": "2:3", "resolution": "4K"}, pixels(2731, 4096)),
    Row(FLUX, {"count": 4, "output_format": "jpeg", "seed": 0}, {"num_images": 4, "output_format": "jpeg", "seed": 0}),
    Row(FLUX, {"output_format": "webp"}, {}, ignored={"outputFormat": "webp"}),
    Row(
        FLUX,
        {"quality": "high", "background": "transparent"},
        {},
        ignored={"quality": "high", "background": "transparent"},
    ),
    Row(FLUX, {}, {}, references="i", endpoint=f"{FLUX}/image-to-image"),
    Row(f"{FLUX}/image-to-image", {}, {}, references="i"),
    Row("fal-ai/seedream/text-to-image", {}, {}, references="i", endpoint="fal-ai/seedream/image-to-image"),
    Row(
        FLUX,
        {"size": "512x512", "aspect_ratio": "16:9"},
        {},
        ignored={"size": "512x512", "aspectRatio": "16:9"},
        references="i",
        endpoint=f"{FLUX}/image-to-image",
    ),
    Row(
        FLUX,
        {"resolution": "2K", "count": 2, "seed": 7},
        {"num_images": 2, "seed": 7},
        ignored={"resolution": "2K"},
        references="i",
        endpoint=f"{FLUX}/image-to-image",
    ),
    # --- GPT Image 2.5: pixels in sixteens, quality, background
    Row(f"{GPT25}/text-to-image", {"size": "1920x1088"}, pixels(1920, 1088)),
    Row(f"{GPT25}/text-to-image", {"size": "auto"}, {"image_size": "auto"}),
    Row(f"{GPT25}/text-to-image", {"aspect_ratio": "1:1"}, pixels(1536, 1536)),
    Row(f"{GPT25}/text-to-image", {"aspect_ratio": "16:9"}, pixels(1536, 864)),
    Row(f"{GPT25}/text-to-image", {"aspect_ratio": "21:9"}, pixels(1536, 656)),
    Row(f"{GPT25}/text-to-image", {"aspect_ratio": "2:3"}, pixels(1024, 1536)),
    Row(
        f"{GPT25}/text-to-image",
        {"aspect_ratio": "4:1"},
        pixels(1536, 512),
        normalization={"aspectRatio": ("4:1", "3:1")},
    ),
    Row(
        f"{GPT25}/text-to-image",
        {"aspect_ratio": "1:8"},
        pixels(512, 1536),
        normalization={"aspectRatio": ("1:8", "1:3")},
    ),
    Row(
        f"{GPT25}/text-to-image",
        {"quality": "xhigh", "background": "transparent", "output_format": "webp", "count": 3},
        {"quality": "xhigh", "background": "transparent", "output_format": "webp", "num_images": 3},
    ),
    Row(f"{GPT25}/text-to-image", {"seed": 5}, {}, ignored={"seed": 5}),
    Row(f"{GPT25}/text-to-image", {}, {}, references="i" * 16, endpoint=f"{GPT25}/edit"),
    Row(f"{GPT25}/edit", {"size": "1024x1024"}, pixels(1024, 1024), references="i"),
    # --- older GPT Image
    Row(GPT2, {"aspect_ratio": "16:9"}, {"image_size": "landscape_16_9"}, references="i" * 10, endpoint=f"{GPT2}/edit"),
    Row(GPT2, {"size": "1024x1536", "quality": "high"}, {**pixels(1024, 1536), "quality": "high"}),
    Row(GPT2, {"resolution": "2K", "output_format": "webp"}, {**pixels(2048, 2048), "output_format": "webp"}),
    # --- Nano Banana: ratios of a list
    Row(BANANA, {"aspect_ratio": "21:9", "seed": 3}, {"aspect_ratio": "21:9", "seed": 3}),
    Row(BANANA, {"aspect_ratio": "8:1"}, {"aspect_ratio": "21:9"}, normalization={"aspectRatio": ("8:1", "21:9")}),
    Row(BANANA, {"aspect_ratio": "auto"}, {}, ignored={"aspectRatio": "auto"}),
    Row(BANANA, {"size": "1000x1000"}, {"aspect_ratio": "1:1"}, normalization={"size": ("1000x1000", "1:1")}),
    Row(
        BANANA,
        {"size": "1000x1000", "aspect_ratio": "16:9"},
        {"aspect_ratio": "16:9"},
        ignored={"size": "1000x1000"},
    ),
    Row(BANANA, {"aspect_ratio": "auto"}, {"aspect_ratio": "auto"}, references="iii", endpoint=f"{BANANA}/edit"),
    Row(f"{BANANA}-2", {"aspect_ratio": "8:1", "resolution": "4k"}, {"aspect_ratio": "8:1", "resolution": "4K"}),
    Row(f"{BANANA}-2", {"aspect_ratio": "auto", "size": "auto"}, {"aspect_ratio": "auto"}, ignored={"size": "auto"}),
    Row(
        f"{BANANA}-2",
        {"aspect_ratio": "2.35:1"},
        {"aspect_ratio": "21:9"},
        normalization={"aspectRatio": ("2.35:1", "21:9")},
    ),
    Row(
        f"{BANANA}-2",
        {"size": "2000x3000", "resolution": "2K", "background": "opaque"},
        {"aspect_ratio": "2:3", "resolution": "2K"},
        ignored={"background": "opaque"},
        normalization={"size": ("2000x3000", "2:3")},
    ),
    Row(f"{BANANA}-2", {}, {}, references="i" * 14, endpoint=f"{BANANA}-2/edit"),
    Row(
        f"{BANANA}-pro",
        {"aspect_ratio": "1:8", "resolution": "1K"},
        {"aspect_ratio": "9:16", "resolution": "1K"},
        normalization={"aspectRatio": ("1:8", "9:16")},
    ),
    Row(f"{BANANA}-pro", {}, {}, references="i" * 14, endpoint=f"{BANANA}-pro/edit"),
    Row(LITE, {"aspect_ratio": "1:4"}, {"aspect_ratio": "1:4"}, references="i" * 14, endpoint=f"{LITE}/edit"),
    # --- Grok Imagine: small letters
    Row(GROK, {"aspect_ratio": "19.5:9", "resolution": "2K"}, {"aspect_ratio": "19.5:9", "resolution": "2k"}),
    Row(
        GROK,
        {"aspect_ratio": "21:9", "resolution": "4K", "seed": 1},
        {"aspect_ratio": "20:9", "resolution": "2k"},
        ignored={"seed": 1},
        normalization={"aspectRatio": ("21:9", "20:9"), "resolution": ("4K", "2k")},
    ),
    Row(GROK, {"count": 2}, {"num_images": 2}, references="iii", endpoint=f"{GROK}/edit"),
]

KREAS = [
    Row(KREA, {}, {}),
    Row(KREA, {"count": 1, "seed": 9}, {"seed": 9}),
    Row(KREA, {"aspect_ratio": "21:9"}, {"aspect_ratio": "2.35:1"}, normalization={"aspectRatio": ("21:9", "2.35:1")}),
    Row(KREA, {"size": "1080x1920"}, {"aspect_ratio": "9:16"}, normalization={"size": ("1080x1920", "9:16")}),
    Row(KREA, {"quality": "low"}, {}, ignored={"quality": "low"}, references="i" * 10),
]

VIDEOS = [
    # --- MiniMax Live: a prompt, and a picture at the sibling
    Row(LIVE, {}, {}),
    Row(LIVE, {}, {}, references="i", endpoint=f"{LIVE}/image-to-video"),
    Row(f"{LIVE}/image-to-video", {}, {}, references="i"),
    Row(
        LIVE,
        {
            "aspect_ratio": "16:9",
            "size": "1280x720",
            "resolution": "720P",
            "duration": 5.0,
            "audio": True,
            "watermark": False,
            "seed": 1,
        },
        {},
        ignored={
            "size": "1280x720",
            "aspectRatio": "16:9",
            "resolution": "720P",
            "durationSeconds": 5,
            "audio": True,
            "watermark": False,
            "seed": 1,
        },
    ),
    # --- HeyGen: inside config
    Row(HEYGEN, {"duration": 12}, {"config": {"duration": 12}}),
    Row(HEYGEN, {"duration": 7.5}, {"config": {"duration": 8}}, normalization={"durationSeconds": (7.5, 8)}),
    Row(HEYGEN, {"duration": 3}, {"config": {"duration": 5}}, normalization={"durationSeconds": (3, 5)}),
    Row(
        HEYGEN,
        {"aspect_ratio": "16:9", "duration": 9},
        {"config": {"duration": 9, "orientation": "landscape"}},
        normalization={"aspectRatio": ("16:9", "landscape")},
    ),
    Row(
        HEYGEN,
        {"size": "720x1280"},
        {"config": {"orientation": "portrait"}},
        normalization={"size": ("720x1280", "portrait")},
    ),
    Row(
        HEYGEN,
        {"aspect_ratio": "9:16", "size": "1280x720"},
        {"config": {"orientation": "portrait"}},
        ignored={"size": "1280x720"},
        normalization={"aspectRatio": ("9:16", "portrait")},
    ),
    Row(HEYGEN, {"aspect_ratio": "1:1", "size": "auto"}, {}, ignored={"size": "auto", "aspectRatio": "1:1"}),
    Row(HEYGEN, {"resolution": "720P", "audio": True}, {}, ignored={"resolution": "720P", "audio": True}),
    Row(
        "fal-ai/heygen/v3/video-agent",
        {"aspect_ratio": "9:16", "duration": 9},
        {"orientation": "portrait"},
        ignored={"durationSeconds": 9},
        normalization={"aspectRatio": ("9:16", "portrait")},
    ),
    # --- Seedance: seconds as text, small letters, sound
    Row(f"{SEEDANCE}/text-to-video", {}, {}),
    Row(
        f"{SEEDANCE}/text-to-video",
        {"aspect_ratio": "21:9", "resolution": "1080P", "duration": 5, "audio": True},
        {"aspect_ratio": "21:9", "resolution": "1080p", "duration": "5", "generate_audio": True},
    ),
    Row(f"{SEEDANCE}/text-to-video", {"audio": False}, {"generate_audio": False}),
    Row(f"{SEEDANCE}/text-to-video", {"aspect_ratio": "auto"}, {"aspect_ratio": "auto"}),
    Row(f"{SEEDANCE}/text-to-video", {"duration": 3}, {"duration": "4"}, normalization={"durationSeconds": (3, 4)}),
    Row(f"{SEEDANCE}/text-to-video", {"duration": 5.4}, {"duration": "5"}, normalization={"durationSeconds": (5.4, 5)}),
    Row(f"{SEEDANCE}/text-to-video", {"duration": 4.5}, {"duration": "5"}, normalization={"durationSeconds": (4.5, 5)}),
    Row(f"{SEEDANCE}/text-to-video", {"duration": 30}, {"duration": "15"}, normalization={"durationSeconds": (30, 15)}),
    Row(
        f"{SEEDANCE}/text-to-video",
        {"size": "1280x720"},
        {"aspect_ratio": "16:9", "resolution": "720p"},
        normalization={"size": ("1280x720", "16:9 720p")},
    ),
    Row(
        f"{SEEDANCE}/text-to-video",
        {"size": "3840x2160", "aspect_ratio": "1:1"},
        {"aspect_ratio": "1:1", "resolution": "1080p"},
        normalization={"size": ("3840x2160", "1080p")},
    ),
    Row(
        f"{SEEDANCE}/text-to-video",
        {"size": "1000x1000", "resolution": "480P"},
        {"aspect_ratio": "1:1", "resolution": "480p"},
        normalization={"size": ("1000x1000", "1:1")},
    ),
    Row(
        f"{SEEDANCE}/text-to-video",
        {"size": "1000x1000", "resolution": "480P", "aspect_ratio": "9:16"},
        {"aspect_ratio": "9:16", "resolution": "480p"},
        ignored={"size": "1000x1000"},
    ),
    Row(
        f"{SEEDANCE}/text-to-video",
        {"aspect_ratio": "2:3", "resolution": "540p", "seed": 1, "watermark": True},
        {"aspect_ratio": "3:4", "resolution": "480p", "seed": 1},
        ignored={"watermark": True},
        normalization={"aspectRatio": ("2:3", "3:4"), "resolution": ("540p", "480p")},
    ),
    Row(
        f"{SEEDANCE}/fast/text-to-video",
        {"resolution": "1080P"},
        {"resolution": "720p"},
        normalization={"resolution": ("1080P", "720p")},
    ),
    Row(
        f"{SEEDANCE}/mini/text-to-video",
        {"size": "1920x1080"},
        {"aspect_ratio": "16:9", "resolution": "720p"},
        normalization={"size": ("1920x1080", "16:9 720p")},
    ),
    Row(f"{SEEDANCE}/text-to-video", {}, {}, references="i", endpoint=f"{SEEDANCE}/image-to-video"),
    Row(f"{SEEDANCE}/fast/text-to-video", {}, {}, references="i", endpoint=f"{SEEDANCE}/fast/image-to-video"),
    Row(f"{SEEDANCE}/image-to-video", {"duration": 8}, {"duration": "8"}, references="i"),
    Row(f"{SEEDANCE}/reference-to-video", {}, {}),
    Row(f"{SEEDANCE}/reference-to-video", {"duration": 8}, {"duration": "8"}, references="i" * 9 + "vvv"),
    Row(
        f"{SEEDANCE}/fast/reference-to-video",
        {"resolution": "1080P"},
        {"resolution": "720p"},
        normalization={"resolution": ("1080P", "720p")},
        references="ivaaa",
    ),
    # --- Kling: five seconds or ten, as text
    Row(f"{KLING}/text-to-video", {"duration": 5, "aspect_ratio": "9:16"}, {"duration": "5", "aspect_ratio": "9:16"}),
    Row(f"{KLING}/text-to-video", {"duration": 8}, {"duration": "10"}, normalization={"durationSeconds": (8, 10)}),
    Row(f"{KLING}/text-to-video", {"duration": 7.5}, {"duration": "10"}, normalization={"durationSeconds": (7.5, 10)}),
    Row(
        f"{KLING}/text-to-video",
        {"aspect_ratio": "4:3", "resolution": "720P", "audio": True},
        {"aspect_ratio": "16:9"},
        ignored={"resolution": "720P", "audio": True},
        normalization={"aspectRatio": ("4:3", "16:9")},
    ),
    Row(
        f"{KLING}/text-to-video",
        {"duration": 10, "aspect_ratio": "16:9", "size": "1280x720"},
        {"duration": "10"},
        ignored={"size": "1280x720", "aspectRatio": "16:9"},
        references="i",
        endpoint=f"{KLING}/image-to-video",
    ),
    Row(
        "fal-ai/kling-video/v2.6/pro/text-to-video",
        {"duration": 10, "audio": True},
        {"duration": "10", "generate_audio": True},
    ),
    Row(
        "fal-ai/kling-video/v3/pro/text-to-video",
        {"duration": 7, "audio": False},
        {"duration": "7", "generate_audio": False},
        references="i",
        endpoint="fal-ai/kling-video/v3/pro/image-to-video",
    ),
    # --- Wan: frames, small letters
    Row(f"{WAN}/text-to-video", {"duration": 5, "seed": 2}, {"num_frames": 81, "seed": 2}),
    Row(f"{WAN}/text-to-video", {"duration": 12}, {"num_frames": 161}, normalization={"durationSeconds": (12, 10)}),
    Row(
        f"{WAN}/text-to-video", {"duration": 1e308}, {"num_frames": 161}, normalization={"durationSeconds": (1e308, 10)}
    ),
    Row(f"{WAN}/text-to-video", {"duration": 0.2}, {"num_frames": 17}, normalization={"durationSeconds": (0.2, 1)}),
    Row(f"{WAN}/text-to-video", {"duration": 2.5}, {"num_frames": 41}),
    Row(
        f"{WAN}/text-to-video",
        {"aspect_ratio": "16:9", "resolution": "720P"},
        {"aspect_ratio": "16:9", "resolution": "720p"},
    ),
    Row(
        f"{WAN}/text-to-video",
        {"resolution": "540P", "aspect_ratio": "auto"},
        {"resolution": "580p"},
        ignored={"aspectRatio": "auto"},
        normalization={"resolution": ("540P", "580p")},
    ),
    Row(
        f"{WAN}/text-to-video",
        {"size": "832x480"},
        {"aspect_ratio": "16:9", "resolution": "480p"},
        normalization={"size": ("832x480", "16:9 480p")},
    ),
    Row(
        f"{WAN}/text-to-video",
        {"aspect_ratio": "auto"},
        {"aspect_ratio": "auto"},
        references="i",
        endpoint=f"{WAN}/image-to-video",
    ),
    Row(
        f"{WAN}/text-to-video/turbo",
        {"duration": 5, "resolution": "480P"},
        {"resolution": "480p"},
        ignored={"durationSeconds": 5},
        references="i",
        endpoint=f"{WAN}/image-to-video/turbo",
    ),
    # --- any other model: as given, seconds as a number
    Row("a/b", {"aspect_ratio": "7:3", "duration": 6, "seed": 4}, {"aspect_ratio": "7:3", "duration": 6, "seed": 4}),
    Row("a/b", {"aspect_ratio": "auto"}, {"aspect_ratio": "auto"}),
    Row("a/b", {"resolution": "720P"}, {"resolution": "720p"}),
    Row("a/b", {"resolution": "768p"}, {"resolution": "768P"}),
    Row("a/b", {"duration": 2.5}, {"duration": 3}, normalization={"durationSeconds": (2.5, 3)}),
    Row("a/b", {"duration": 0.2}, {"duration": 1}, normalization={"durationSeconds": (0.2, 1)}),
    Row("a/b", {"size": "1280x720"}, {"aspect_ratio": "16:9"}, normalization={"size": ("1280x720", "16:9")}),
    Row("a/b", {"audio": True, "watermark": True}, {}, ignored={"audio": True, "watermark": True}),
    Row("a/b/text-to-video", {}, {}, references="i", endpoint="a/b/image-to-video"),
    Row("a/b/image-to-video/fast", {}, {}, references="i"),
]


def named(rows: list[Row]) -> list[Any]:
    return [
        pytest.param(row, id=" ".join([row.model, row.references, *(f"{k}={v}" for k, v in row.hints.items())]))
        for row in rows
    ]


@pytest.mark.parametrize("row", named(IMAGES))
def test_image(row: Row) -> None:
    capability: Capability = "image.edit" if row.references else "image.generate"
    row.check(capability, {"num_images": 1, "output_format": "png"})


@pytest.mark.parametrize("row", named(KREAS))
def test_krea(row: Row) -> None:
    row.check("image.edit" if row.references else "image.generate", {"creativity": "medium"})


@pytest.mark.parametrize("row", named(VIDEOS))
def test_video(row: Row) -> None:
    row.check("video.generate", {})


REFUSALS: list[tuple[Capability, str, str, dict[str, Any], str]] = [
    # --- references
    ("image.edit", FLUX, "ii", {}, "fal/fal-ai/flux/dev supports at most 1 reference image, 2 requested"),
    ("image.edit", BANANA, "iiii", {}, "fal/fal-ai/nano-banana supports at most 3 reference images, 4 requested"),
    ("image.edit", f"{BANANA}-2", "i" * 15, {}, f"fal/{BANANA}-2 supports at most 14 reference images, 15 requested"),
    ("image.edit", f"{BANANA}-pro", "i" * 15, {}, "supports at most 14 reference images, 15 requested"),
    ("image.edit", LITE, "i" * 15, {}, "supports at most 14 reference images, 15 requested"),
    ("image.edit", GROK, "iiii", {}, "supports at most 3 reference images, 4 requested"),
    ("image.edit", KREA, "i" * 11, {}, "supports at most 10 reference images, 11 requested"),
    ("image.edit", GPT2, "i" * 11, {}, "supports at most 10 reference images, 11 requested"),
    ("image.edit", f"{GPT25}/edit", "i" * 17, {}, "supports at most 16 reference images, 17 requested"),
    ("image.edit", FLUX, "v", {}, "fal/fal-ai/flux/dev takes no reference videos"),
    ("video.generate", LIVE, "ii", {}, f"fal/{LIVE} supports at most 1 reference image, 2 requested"),
    ("video.generate", LIVE, "v", {}, "takes no reference videos"),
    ("video.generate", LIVE, "a", {}, "takes no reference audio files"),
    ("video.generate", HEYGEN, "i", {}, f"fal/{HEYGEN} takes no reference images"),
    ("video.generate", "a/b", "i", {}, "fal/a/b takes no references, and no endpoint of it is known that does"),
    ("video.generate", "a/b/text-to-video", "v", {}, "takes no reference videos"),
    ("video.generate", f"{SEEDANCE}/text-to-video", "ii", {}, "supports at most 1 reference image, 2 requested"),
    ("video.generate", f"{SEEDANCE}/image-to-video", "ia", {}, "takes no reference audio files"),
    ("video.generate", f"{SEEDANCE}/reference-to-video", "i" * 10, {}, "at most 9 reference images, 10 requested"),
    ("video.generate", f"{SEEDANCE}/reference-to-video", "vvvv", {}, "at most 3 reference videos, 4 requested"),
    ("video.generate", f"{SEEDANCE}/reference-to-video", "iaaaa", {}, "at most 3 reference audio files, 4 requested"),
    (
        "video.generate",
        f"{SEEDANCE}/fast/reference-to-video",
        "i" * 9 + "vvva",
        {},
        "supports at most 12 references in all, 13 requested",
    ),
    (
        "video.generate",
        f"{SEEDANCE}/reference-to-video",
        "aa",
        {},
        "takes a reference audio file only beside at least one image or video",
    ),
    ("image.edit", FLUX, "i", {"parameters": {"image_url": "x"}}, "image_url is given twice"),
    # --- endpoints for references, without any
    ("image.generate", f"{FLUX}/image-to-image", "", {}, "The input .image_url. is required"),
    ("image.generate", f"{BANANA}/edit", "", {}, "The input .image_urls. is required"),
    ("video.generate", f"{SEEDANCE}/image-to-video", "", {}, "The input .image_url. is required"),
    ("video.generate", f"{LIVE}/image-to-video", "", {}, "The input .image_url. is required"),
    # --- hints
    ("image.edit", "a/b", "i", {"aspect_ratio": "16:9"}, "does not support aspectRatio overrides"),
    ("image.generate", f"{GPT25}/text-to-image", "", {"resolution": "2K"}, "does not support resolution overrides"),
    ("image.generate", BANANA, "", {"resolution": "2K"}, "fal Nano Banana does not support resolution overrides"),
    ("image.generate", LITE, "", {"resolution": "1K"}, "does not support resolution overrides"),
    ("image.generate", KREA, "", {"resolution": "1K"}, "fal Krea 2 does not support resolution overrides. .* 2.35:1"),
    ("image.generate", KREA, "", {"output_format": "png"}, "fal Krea 2 does not support outputFormat overrides"),
    ("image.generate", KREA, "", {"count": 2}, f"fal/{KREA} makes 1 image per request, not 2. Nothing was sent."),
    ("video.generate", LIVE, "", {"count": 2}, f"fal/{LIVE} makes 1 video per request, not 2. Nothing was sent."),
    # --- sizes out of bounds
    (
        "image.generate",
        "a/b",
        "",
        {"size": "20000x1000"},
        "does not take --size 20000x1000. It takes edges up to 14142",
    ),
    ("image.generate", f"{GPT25}/text-to-image", "", {"size": "1000x1000"}, "edges in multiples of 16 up to 3840"),
    ("image.generate", f"{GPT25}/text-to-image", "", {"size": "4096x2048"}, "does not take --size 4096x2048"),
    ("image.generate", f"{GPT25}/text-to-image", "", {"size": "512x512"}, "655,360 to 8,294,400 pixels"),
    ("image.generate", f"{GPT25}/text-to-image", "", {"size": "3840x3840"}, "655,360 to 8,294,400 pixels"),
    ("image.generate", f"{GPT25}/text-to-image", "", {"size": "3200x800"}, "a ratio from 1:3 to 3:1"),
]


@pytest.mark.parametrize(
    ("capability", "model", "references", "hints", "message"),
    [pytest.param(*row, id=f"{row[1]} {row[2]} {row[3]}") for row in REFUSALS],
)
def test_refused(capability: Capability, model: str, references: str, hints: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message) as refusal:
        planned(capability, model, references, hints, is_checked=True)
    assert refusal.value.exit_code == 2


@pytest.mark.parametrize("model", [f"{SEEDANCE}/text-to-video", "a/b/text-to-video"])
def test_a_refused_video_reference_comes_with_the_model_that_takes_it(model: str) -> None:
    with pytest.raises(UsageError) as refusal:
        planned("video.generate", model, "v", {})
    assert "fal/bytedance/seedance-2.0/reference-to-video" in str(refusal.value.hint)


REFERENCES = [
    (FLUX, "i", {"image": ["u"]}, {"image_url": "u"}),
    (BANANA, "ii", {"image": ["u", "w"]}, {"image_urls": ["u", "w"]}),
    (KREA, "ii", {"image": ["u", "w"]}, {"image_style_references": [{"image_url": "u"}, {"image_url": "w"}]}),
    (f"{SEEDANCE}/text-to-video", "i", {"image": ["u"]}, {"image_url": "u"}),
    ("fal-ai/kling-video/v3/pro/text-to-video", "i", {"image": ["u"]}, {"start_image_url": "u"}),
    (
        f"{SEEDANCE}/reference-to-video",
        "iva",
        {"image": ["u"], "video": ["w"], "audio": ["x"]},
        {"image_urls": ["u"], "video_urls": ["w"], "audio_urls": ["x"]},
    ),
]


@pytest.mark.parametrize(("model", "references", "urls", "fields"), REFERENCES)
def test_references_take_their_fields_after_the_others(
    model: str, references: str, urls: dict[MediaKind, list[str]], fields: dict[str, Any]
) -> None:
    made = planned("video.generate" if "video" in model else "image.edit", model, references, {})
    body = made.with_references([url for given in urls.values() for url in given])
    assert body == made.body | fields
    assert [*body] == [*made.body, *fields]


def test_keys_keep_their_order() -> None:
    made = planned("image.generate", FLUX, "", {"seed": 1, "aspect_ratio": "1:1", "parameters": {"a": 1}})
    assert [*made.body] == ["prompt", "num_images", "output_format", "image_size", "seed", "a"]


def test_slots_say_which_files_may_go() -> None:
    made = planned("video.generate", f"{SEEDANCE}/reference-to-video", "", {})
    image, video, audio = made.slots
    assert [slot.kind for slot in made.slots] == [*KINDS.values()]
    assert (image.mime_types, image.max_bytes) == (("image/jpeg", "image/png", "image/webp"), 30 * 2**20)
    assert (video.mime_types, video.max_total_bytes) == (("video/mp4", "video/quicktime"), 50 * 2**20)
    assert (audio.mime_types, audio.max_bytes) == (("audio/mpeg", "audio/wav"), 15 * 2**20)
    assert [slot.kind for slot in planned("image.edit", FLUX, "i", {}).slots] == ["image"]


# --- further input fields, given by the user


def test_a_users_own_field_goes_in_as_given() -> None:
    made = planned("image.generate", FLUX, "", {"parameters": {"guidance_scale": 2, "loras": [{"path": "x"}]}})
    assert made.body["guidance_scale"] == 2
    assert made.body["loras"] == [{"path": "x"}]
    assert made.ignored == {}


def test_a_users_own_field_wins_over_a_hint_and_a_prompt_and_the_change_is_named() -> None:
    made = planned(
        "video.generate", f"{SEEDANCE}/text-to-video", "", {"duration": 3, "parameters": {"duration": "auto"}}
    )
    assert made.body["duration"] == "auto"
    assert made.ignored == {}
    assert made.normalization == {"durationSeconds": Normalized(3, "auto")}
    own = {"prompt": "another", "num_images": 2}
    made = planned("image.generate", FLUX, "", {"count": 3, "seed": 7, "parameters": own | {"seed": 7}})
    assert {name: made.body[name] for name in own} == own
    assert made.normalization == {"prompt": Normalized("p", "another"), "count": Normalized(3, 2)}


def test_a_users_own_field_wins_over_a_default() -> None:
    made = planned("image.generate", KREA, "", {"parameters": {"creativity": "raw"}})
    assert made.body == {"prompt": "p", "creativity": "raw"}


def test_a_users_own_object_is_merged_into_ours() -> None:
    hints = {"duration": 9, "aspect_ratio": "16:9", "parameters": {"config": {"avatar": "A", "duration": 6}}}
    made = planned("video.generate", HEYGEN, "", hints)
    assert made.body["config"] == {"duration": 6, "orientation": "landscape", "avatar": "A"}
    assert made.ignored == {}
    assert {**made.normalization}.keys() == {"aspectRatio", "durationSeconds"}
    assert made.normalization["durationSeconds"] == Normalized(9, 6)


def test_a_users_own_value_in_place_of_an_object_replaces_all_of_it() -> None:
    made = planned("video.generate", HEYGEN, "", {"duration": 9, "parameters": {"config": None}})
    assert made.body == {"prompt": "p", "config": None}
    assert made.normalization == {"durationSeconds": Normalized(9, None)}


def test_a_users_own_url_stands_in_for_a_reference() -> None:
    made = planned("image.generate", f"{BANANA}-2/edit", "", {"parameters": {"pdf_url": "https://x/y.pdf"}})
    assert made.body["pdf_url"] == "https://x/y.pdf"


def test_blanks_around_a_ratio_do_no_harm() -> None:
    made = planned("image.generate", BANANA, "", {"aspect_ratio": " 16:9 "})
    assert made.body["aspect_ratio"] == "16:9"
    assert made.normalization == {}
