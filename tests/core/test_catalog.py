"""Which row a model goes by, which models are listed, and what a model ref is."""

from __future__ import annotations

from typing import Literal

import pytest

from openclaw_fal.core.catalog import (
    BUILT_IN,
    DEFAULT_IMAGE_MODEL,
    DEFAULT_VIDEO_MODEL,
    FAMILIES,
    find_family,
    model_ref,
    parse_model_ref,
)
from openclaw_fal.core.errors import UsageError
from openclaw_fal.core.family import Sibling
from openclaw_fal.core.fields import HINTS

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


def test_listed_models_are_those_of_the_page_and_of_every_row_and_have_their_own_rows() -> None:
    listed = {model.endpoint_id: model for model in BUILT_IN}
    assert len(listed) == len(BUILT_IN)
    page = [
        DEFAULT_IMAGE_MODEL,
        DEFAULT_VIDEO_MODEL,
        "fal-ai/heygen/v2/video-agent",
        "bytedance/seedance-2.0/fast/text-to-video",
        "bytedance/seedance-2.0/fast/image-to-video",
        "bytedance/seedance-2.0/text-to-video",
        "bytedance/seedance-2.0/image-to-video",
    ]
    assert listed.keys() >= set(page)
    kinds: dict[str, Literal["image", "video"]] = {
        "text-to-image": "image",
        "image-to-image": "image",
        "text-to-video": "video",
        "image-to-video": "video",
    }
    for model in BUILT_IN:
        assert model.name
        family = find_family(model.endpoint_id, kinds[model.category])
        assert family.prefixes != ("",) or model.endpoint_id.startswith(DEFAULT_IMAGE_MODEL)


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


@pytest.mark.parametrize(
    ("text", "endpoint_id"),
    [
        ("fal/fal-ai/flux/dev", "fal-ai/flux/dev"),
        ("fal-ai/flux/dev", "fal-ai/flux/dev"),
        ("  fal/fal-ai/flux/dev\n", "fal-ai/flux/dev"),
        ("fal/openai/gpt-image-2.5/flare/text-to-image", "openai/gpt-image-2.5/flare/text-to-image"),
        ("fal/xai/grok-imagine-image", "xai/grok-imagine-image"),
        ("bytedance/seedance-2.0/text-to-video", "bytedance/seedance-2.0/text-to-video"),
        ("krea/v2/medium/text-to-image", "krea/v2/medium/text-to-image"),
        ("SomeBody/my_app-1.5", "SomeBody/my_app-1.5"),
    ],
)
def test_a_model_ref_names_an_endpoint(text: str, endpoint_id: str) -> None:
    assert parse_model_ref(text) == endpoint_id
    assert parse_model_ref(model_ref(endpoint_id)) == endpoint_id


@pytest.mark.parametrize("ref", ["openai/gpt-image-1", "google/veo-3", "xai/grok-imagine", "minimax/h3", "vydra/x"])
def test_a_model_of_another_provider_is_refused_and_fals_own_spelling_named(ref: str) -> None:
    with pytest.raises(UsageError, match="speaks to fal only") as refusal:
        parse_model_ref(ref)
    assert repr(ref.partition("/")[0]) in str(refusal.value)
    assert f"fal/{ref}" in str(refusal.value.hint)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "fal",
        "fal/",
        "flux",
        "openai",
        "fal/flux",
        "fal/fal",
        "/fal-ai/flux",
        "fal-ai//flux",
        "fal-ai/flux/",
        "fal/../flux",
        "fal-ai/./flux",
        "fal-ai/...",
        "fal-ai/flux/../../x",
        "fal-ai/flux dev",
        "fal-ai/flux?x=1",
        "fal-ai/flux#x",
        "fal-ai/flüx",
        "fal-ai/flux\n/dev",
        "fal-ai\\flux",
        "https://fal.run/fal-ai/flux/dev",
        "fal-ai/%2e%2e/flux",
    ],
)
def test_what_is_no_endpoint_id_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is not a model"):
        parse_model_ref(text)
