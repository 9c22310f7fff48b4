"""The rows besides the schemas: each can be reached, and none makes a body that the schema of its endpoints refuses."""

from __future__ import annotations

from functools import cache
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from openclaw_fal.core.errors import UsageError
from openclaw_fal.core.kinds import HINTS, KIND_ROWS, Capability, Kind
from openclaw_fal.core.requests import Reference, Request
from openclaw_fal.models import facts
from openclaw_fal.models.families import FAMILIES, find_body_family, find_family
from openclaw_fal.models.family_parts import Family, Sibling
from openclaw_fal.models.payload import ROW_PREFIXES, plan
from openclaw_fal.sandbox.endpoints import endpoint_of, entries
from tests.models.strict_judge import faults

if TYPE_CHECKING:
    from openclaw_fal.models.payload import Plan
    from openclaw_fal.models.sibling_endpoints import FindSchema

FAMILY_OF = {
    ("image", "fal-ai/flux/dev"): "image",
    ("image", "somebody/something"): "image",
    ("image", "openai/gpt-image-2.5/flare/text-to-image"): "GPT Image 2.5",
    ("image", "openai/gpt-image-2.5/sunburst/edit"): "GPT Image 2.5",
    ("image", "openai/gpt-image-2"): "GPT Image",
    ("image", "openai/gpt-image-2/edit"): "GPT Image",
    ("image", "fal-ai/nano-banana"): "Nano Banana",
    ("image", "fal-ai/nano-banana/edit"): "Nano Banana",
    ("image", "fal-ai/nano-banana-2"): "Nano Banana 2 and Pro",
    ("image", "fal-ai/nano-banana-pro/edit"): "Nano Banana 2 and Pro",
    ("image", "google/nano-banana-2-lite"): "Nano Banana 2 Lite",
    ("image", "xai/grok-imagine-image/quality/edit"): "Grok Imagine",
    ("image", "krea/v2/medium/text-to-image"): "Krea 2",
    ("video", "fal-ai/heygen/v2/video-agent"): "HeyGen video agent",
    ("video", "bytedance/seedance-2.0/text-to-video"): "Seedance 2.0",
    ("video", "bytedance/seedance-2.0/mini/image-to-video"): "Seedance 2.0",
    ("video", "bytedance/seedance-2.0/reference-to-video"): "Seedance 2.0 reference-to-video",
    ("video", "bytedance/seedance-2.0/fast/reference-to-video"): "Seedance 2.0 reference-to-video",
    ("video", "fal-ai/kling-video/o3/pro/reference-to-video"): "video",
    ("video", "somebody/something"): "video",
    ("music", "fal-ai/minimax-music/v2.6"): "MiniMax Music",
    ("music", "fal-ai/minimax-music/v2"): "music",
    ("music", "fal-ai/ace-step/prompt-to-audio"): "ACE-Step",
    ("music", "fal-ai/ace-step"): "music",
    ("music", "fal-ai/stable-audio-25/text-to-audio"): "Stable Audio 2.5",
    ("any", "somebody/something"): "other",
}
IMAGE_FLAGS: dict[str, tuple[Any, ...]] = {
    "size": (None, "auto", "1024x1024", "1000x1000", "1024x1536", "3840x2160"),
    "aspect_ratio": (None, "auto", "1:1", "16:9", "2.35:1", "1:8"),
    "resolution": (None, "1K", "2K", "4k"),
    "output_format": (None, "webp"),
    "count": (None, 4),
}
VIDEO_FLAGS: dict[str, tuple[Any, ...]] = {
    "size": (None, "auto", "1280x720", "720x1280", "1000x1000"),
    "aspect_ratio": (None, "auto", "1:1", "16:9", "2.35:1"),
    "resolution": (None, "480P", "1080p"),
    "duration": (None, 0.1, 4.5, 7.5, 3600),
    "audio": (None, False),
}
MUSIC_FLAGS: dict[str, tuple[Any, ...]] = {
    "lyrics": (None, "La la la, says the fox"),
    "instrumental": (None, True),
    "duration": (None, 0.1, 5, 30, 60.5, 190, 3600),
    "output_format": (None, "mp3", "wav", "flac"),
    "seed": (None, 7),
}
FLAGS: dict[Kind, dict[str, tuple[Any, ...]]] = {"image": IMAGE_FLAGS, "video": VIDEO_FLAGS, "music": MUSIC_FLAGS}
CAPABILITIES: dict[Kind, Capability] = {
    "image": "image.generate",
    "video": "video.generate",
    "music": "music.generate",
}
find_schema = cache(facts.find_schema)
ROWS = [family for family in FAMILIES if not family.is_general]


@cache
def known() -> dict[str, str]:
    """Return what each endpoint makes, of those that the sandbox knows."""
    return {entry.endpoint: endpoint_of(entry.endpoint).kind for entry in entries()}


def covered(family: Family) -> list[str]:
    """Return the endpoints whose row this is, of those that the sandbox knows."""
    makes = KIND_ROWS[family.kind].makes
    return [
        endpoint for endpoint, made in known().items() if made == makes and find_family(endpoint, family.kind) is family
    ]


@pytest.mark.parametrize(("kind", "endpoint"), FAMILY_OF)
def test_a_model_has_the_row_of_its_prefix(kind: Kind, endpoint: str) -> None:
    assert find_family(endpoint, kind).label == FAMILY_OF[kind, endpoint]


def test_every_row_can_be_reached_and_the_last_of_each_kind_takes_all() -> None:
    reached = {(kind, label) for (kind, _), label in FAMILY_OF.items()}
    assert reached == {(family.kind, family.label) for family in FAMILIES}
    for kind in FLAGS:
        last = [family for family in FAMILIES if family.kind == kind][-1]
        assert (last.prefixes, last.is_general, bool(last.parts)) == (("",), True, True)


@pytest.mark.parametrize("family", ROWS, ids=lambda family: family.label)
def test_a_row_says_something_that_schemas_do_not_and_covers_endpoints(family: Family) -> None:
    assert covered(family)
    assert family.always or family.refuses or family.slots
    if family.parts:  # without a schema the row is needed, so there must be endpoints without one
        assert any(find_schema(endpoint) is None for endpoint in covered(family))


@pytest.mark.parametrize("family", ROWS, ids=lambda family: family.label)
def test_bodies_by_schema_and_row_are_valid_for_every_endpoint_of_the_row(family: Family) -> None:
    for endpoint in covered(family):
        check_bodies(family, endpoint, find_schema)


@pytest.mark.parametrize("family", [row for row in ROWS if row.parts], ids=lambda family: family.label)
def test_bodies_by_the_row_alone_are_valid_for_every_endpoint_of_the_row(family: Family) -> None:
    for endpoint in covered(family):
        check_bodies(family, endpoint, lambda _: None)


def check_bodies(family: Family, endpoint: str, find: FindSchema) -> None:
    sent = 0
    for flags in flag_sets(family.kind):
        for limit in {0, *(slot.limit for slot in family.slots)}:
            urls = ["https://x/image"] * limit
            try:
                made = planned(family.kind, endpoint, urls, flags, find)
            except UsageError:
                continue
            sent += 1
            assert faults(made.endpoint, made.with_references(urls)) == [], (endpoint, flags)
    assert sent >= 5, f"nearly everything was refused for {endpoint}"


def planned(kind: Kind, endpoint: str, images: list[str], flags: dict[str, Any], find: FindSchema) -> Plan:
    request = Request(
        capability=CAPABILITIES[kind],
        prompt="a fox on a long road",
        references=tuple(Reference("image", image) for image in images),
        **flags,
    )
    return plan(request, endpoint, find)


def flag_sets(kind: Kind) -> list[dict[str, Any]]:
    """Return a tenth of all combinations of the flags' values, spread evenly."""
    values = FLAGS[kind]
    combinations = [*product(*values.values())][::11]
    sets = [
        {name: value for name, value in zip(values, combination, strict=True) if value is not None}
        for combination in combinations
    ]
    return [flags for flags in sets if not {"lyrics", "instrumental"} <= flags.keys()]


def test_the_rows_of_a_model_are_loaded_by_how_its_id_begins() -> None:
    for family in ROWS:
        assert all(prefix.startswith(ROW_PREFIXES) for prefix in family.prefixes), family.label


def test_rows_use_known_hints_only() -> None:
    for family in FAMILIES:
        for part in (*family.parts, *(family.reference_parts or ()), *family.always):
            assert part.accepts().keys() <= HINTS.keys()
        assert {*family.refuses, *family.reference_refuses} <= HINTS.keys()


def test_a_model_without_a_schema_whose_row_has_no_parts_gets_the_body_of_any_model() -> None:
    assert find_body_family("fal-ai/nano-banana-9", "image").is_general
    assert find_body_family("google/nano-banana-lite-9", "image").label == "Nano Banana 2 Lite"


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
