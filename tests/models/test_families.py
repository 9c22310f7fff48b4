"""Which row a model goes by, and the endpoint of its references."""

from __future__ import annotations

import pytest

from openclaw_fal.core.requests import HINTS
from openclaw_fal.models.families import FAMILIES, find_family
from openclaw_fal.models.parts import Sibling

FAMILY_OF = {
    "fal-ai/flux/dev": "flux",
    "fal-ai/flux/dev/image-to-image": "flux",
    "somebody/something": "flux",
    "openai/gpt-image-2.5/flare/text-to-image": "GPT Image 2.5",
    "openai/gpt-image-2.5/sunburst/edit": "GPT Image 2.5",
    "openai/gpt-image-2": "GPT Image",
    "openai/gpt-image-2/edit": "GPT Image",
    "fal-ai/nano-banana": "Nano Banana",
    "fal-ai/nano-banana/edit": "Nano Banana",
    "fal-ai/nano-banana-2": "Nano Banana 2",
    "fal-ai/nano-banana-2/edit": "Nano Banana 2",
    "fal-ai/nano-banana-pro": "Nano Banana Pro",
    "google/nano-banana-2-lite": "Nano Banana 2 Lite",
    "xai/grok-imagine-image": "Grok Imagine",
    "xai/grok-imagine-image/quality/edit": "Grok Imagine",
    "krea/v2/medium/text-to-image": "Krea 2",
}
VIDEO_FAMILY_OF = {
    "fal-ai/minimax/video-01-live": "MiniMax Video 01 Live",
    "fal-ai/minimax/video-01-live/image-to-video": "MiniMax Video 01 Live",
    "fal-ai/heygen/v2/video-agent": "HeyGen video agent",
    "fal-ai/heygen/v3/video-agent": "HeyGen video agent 3",
    "bytedance/seedance-2.0/text-to-video": "Seedance 2.0",
    "bytedance/seedance-2.0/image-to-video": "Seedance 2.0",
    "bytedance/seedance-2.0/fast/text-to-video": "Seedance 2.0 fast",
    "bytedance/seedance-2.0/mini/image-to-video": "Seedance 2.0 fast",
    "bytedance/seedance-2.0/reference-to-video": "Seedance 2.0 reference-to-video",
    "bytedance/seedance-2.0/fast/reference-to-video": "Seedance 2.0 fast reference-to-video",
    "bytedance/seedance-2.0/mini/reference-to-video": "Seedance 2.0 fast reference-to-video",
    "fal-ai/kling-video/v2.1/master/text-to-video": "Kling",
    "fal-ai/kling-video/v2.6/pro/image-to-video": "Kling 2.6",
    "fal-ai/kling-video/v3/pro/text-to-video": "Kling 3",
    "fal-ai/wan/v2.2-a14b/text-to-video": "Wan 2.2",
    "fal-ai/wan/v2.2-a14b/image-to-video/turbo": "Wan 2.2 turbo",
    "somebody/something": "video",
}


@pytest.mark.parametrize(("endpoint_id", "label"), FAMILY_OF.items())
def test_an_image_model_goes_by_its_row(endpoint_id: str, label: str) -> None:
    assert find_family(endpoint_id, "image").label == label


@pytest.mark.parametrize(("endpoint_id", "label"), VIDEO_FAMILY_OF.items())
def test_a_video_model_goes_by_its_row(endpoint_id: str, label: str) -> None:
    assert find_family(endpoint_id, "video").label == label


def test_every_row_can_be_reached_and_the_last_of_each_kind_takes_all() -> None:
    reached = {("image", label) for label in FAMILY_OF.values()} | {
        ("video", label) for label in VIDEO_FAMILY_OF.values()
    }
    assert reached == {(family.kind, family.label) for family in FAMILIES}
    for kind in ("image", "video"):
        assert [family.prefixes for family in FAMILIES if family.kind == kind][-1] == ("",)


def test_rows_speak_of_known_hints_only() -> None:
    for family in FAMILIES:
        for references in (False, True):
            for part in family.parts_for(references=references):
                assert part.accepts().keys() <= HINTS.keys()
        assert {*family.refuses, *family.reference_refuses} <= HINTS.keys()


@pytest.mark.parametrize(
    ("rule", "endpoint_id", "sibling"),
    [
        (Sibling("edit", "text-to-image"), "a/b", "a/b/edit"),
        (Sibling("edit", "text-to-image"), "a/b/text-to-image", "a/b/edit"),
        (Sibling("edit", "text-to-image"), "a/b/edit", "a/b/edit"),
        (Sibling("image-to-image", "text-to-image"), "a/b/image-to-image/lora", "a/b/image-to-image/lora"),
        (Sibling("image-to-video", "text-to-video", appends=False), "a/text-to-video/turbo", "a/image-to-video/turbo"),
        (Sibling("image-to-video", "text-to-video", appends=False), "a/b/reference-to-video", "a/b/reference-to-video"),
        (Sibling("image-to-video", "text-to-video", appends=False), "a/b", None),
    ],
)
def test_the_endpoint_for_references(rule: Sibling, endpoint_id: str, sibling: str | None) -> None:
    assert rule.of(endpoint_id) == sibling
