"""Which models are listed, and what a model ref is."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from openclaw_fal.core.errors import UsageError
from openclaw_fal.models.catalog import BUILT_IN, DEFAULT_IMAGE_MODEL, DEFAULT_VIDEO_MODEL, model_ref, parse_model_ref
from openclaw_fal.models.facts import find_schema
from openclaw_fal.models.families import find_family

if TYPE_CHECKING:
    from openclaw_fal.core.kinds import Kind


def test_listed_models_are_those_of_the_page_and_have_a_schema_or_a_row_of_their_own() -> None:
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
    kinds: dict[str, Kind] = {
        "text-to-image": "image",
        "image-to-image": "image",
        "text-to-video": "video",
        "image-to-video": "video",
        "text-to-audio": "music",
    }
    for model in BUILT_IN:
        assert model.name
        family = find_family(model.endpoint_id, kinds[model.category])
        assert find_schema(model.endpoint_id) or not family.is_general, "nothing is known of what it takes"


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
    with pytest.raises(UsageError, match="uses fal only") as refusal:
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


def test_naming_a_model_does_not_load_the_rows() -> None:
    loaded = "import sys, openclaw_fal.models.catalog; print('openclaw_fal.models.families' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True).stdout == "False\n"
    )
