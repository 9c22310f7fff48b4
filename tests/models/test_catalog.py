"""Which models are listed without a network."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from openclaw_fal.models.catalog import BUILT_IN
from openclaw_fal.models.facts import find_schema
from openclaw_fal.models.families import find_family
from openclaw_fal.models.refs import DEFAULT_IMAGE_MODEL, DEFAULT_VIDEO_MODEL

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


def test_naming_a_model_does_not_load_the_rows() -> None:
    loaded = "import sys, openclaw_fal.models.catalog; print('openclaw_fal.models.families' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True).stdout == "False\n"
    )
