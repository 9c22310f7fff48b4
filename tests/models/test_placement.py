"""References in the inputs of real endpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from openclaw_fal.core.errors import UsageError
from openclaw_fal.core.requests import Reference, Request, parse_parameter
from openclaw_fal.models.facts import find_schema
from openclaw_fal.models.payload import plan
from openclaw_fal.models.placement import Unplaced, place
from tests.models.strict_judge import faults

if TYPE_CHECKING:
    from openclaw_fal.core.kinds import MediaKind, ReferenceRole
    from openclaw_fal.models.schema import Schema

KINDS: dict[str, MediaKind] = {"i": "image", "v": "video", "a": "audio"}
ROLES: dict[str, ReferenceRole] = {"m": "mask", "l": "last image"}


def references(letters: str) -> list[Reference]:
    """Return a reference for each letter: i(mage), v(ideo), a(udio), m(ask), l(ast image)."""
    return [
        Reference(KINDS.get(letter, "image"), f"{letter}{index}", ROLES.get(letter, "reference"))
        for index, letter in enumerate(letters)
    ]


def schema_of(endpoint: str) -> Schema:
    schema = find_schema(endpoint)
    assert schema
    return schema


@pytest.mark.parametrize(
    ("endpoint", "letters", "inputs"),
    [
        ("fal-ai/flux/dev/image-to-image", "i", {"image_url": "i0"}),
        ("fal-ai/nano-banana-2/edit", "ii", {"image_urls": ["i0", "i1"]}),
        ("fal-ai/kling-video/v3/pro/image-to-video", "il", {"start_image_url": "i0", "end_image_url": "l1"}),
        ("fal-ai/kling-video/v3/turbo/pro/image-to-video", "i", {"image_url": "i0"}),
        ("fal-ai/kling-video/o3/pro/reference-to-video", "ii", {"image_urls": ["i0", "i1"]}),
        ("fal-ai/veo3.1/first-last-frame-to-video", "il", {"first_frame_url": "i0", "last_frame_url": "l1"}),
        ("fal-ai/flux-pro/v1/fill", "im", {"image_url": "i0", "mask_url": "m1"}),
        ("krea/v2/medium/text-to-image", "i", {"image_style_references": [{"image_url": "i0"}]}),
        ("fal-ai/pulid", "ii", {"reference_images": [{"image_url": "i0"}, {"image_url": "i1"}]}),
        ("fal-ai/amt-interpolation/frame-interpolation", "ii", {"frames": [{"url": "i0"}, {"url": "i1"}]}),
        ("cassetteai/video-sound-effects-generator", "v", {"video_url": {"url": "v0"}}),
        ("bria/product-dimensions", "i", {"image": "i0"}),
        ("fal-ai/heygen/v3/video-agent", "i", {"file_urls": ["i0"]}),
        ("fal-ai/infinitalk", "ia", {"image_url": "i0", "audio_url": "a1"}),
        (
            "fal-ai/ideogram/character/remix",
            "iii",
            {"image_url": "i0", "reference_image_urls": ["i1", "i2"]},
        ),
    ],
)
def test_each_reference_has_its_input(endpoint: str, letters: str, inputs: dict[str, Any]) -> None:
    given = references(letters)
    placed = place(given, schema_of(endpoint))
    assert {each.name: each.value([one.source for one in given]) for each in placed} == inputs


@pytest.mark.parametrize(
    ("endpoint", "letters", "reason"),
    [
        ("fal-ai/flux/dev", "i", "takes no reference images"),
        ("fal-ai/flux/dev/image-to-image", "ii", "supports at most 1 reference image, 2 requested"),
        ("fal-ai/flux/dev/image-to-image", "im", "takes no mask"),
        ("fal-ai/minimax/video-01-live/image-to-video", "il", "takes no last image"),
        ("fal-ai/heygen/v3/video-agent", "i" * 21, "supports at most 20 reference images, 21 requested"),
        ("cassetteai/video-sound-effects-generator", "i", "takes no reference images"),
        ("fal-ai/heygen/v3/video-agent", "v", "takes no reference videos"),
        ("fal-ai/cat-vton", "ii", "supports at most 1 reference image, 2 requested"),
    ],
)
def test_a_reference_without_an_input_is_refused(endpoint: str, letters: str, reason: str) -> None:
    with pytest.raises(Unplaced, match=reason):
        place(references(letters), schema_of(endpoint))


def test_an_object_gets_the_reference_beside_the_members_that_were_given() -> None:
    endpoint = "fal-ai/ltx-video-v095/extend"
    request = Request(
        capability="video.generate",
        prompt="a fox",
        references=(Reference("video", "https://x/v.mp4"),),
        parameters=(parse_parameter("video.start_frame_num=8"),),
    )
    made = plan(request, endpoint, find_schema)
    body = made.with_references(["https://x/v.mp4"])
    assert body["video"] == {"video_url": "https://x/v.mp4", "start_frame_num": 8}
    assert faults(endpoint, body) == []


@pytest.mark.parametrize("name", ["video.video_url", "video_urls"])
def test_an_input_is_given_once(name: str) -> None:
    endpoint = "fal-ai/ltx-video-v095/extend" if "." in name else "bytedance/seedance-2.0/reference-to-video"
    request = Request(
        capability="video.generate",
        prompt="a fox",
        references=(Reference("video", "https://x/v.mp4"),),
        parameters=(parse_parameter(f"{name}=https://x/w.mp4"),),
    )
    with pytest.raises(UsageError, match="is given twice: as a reference video and as a parameter"):
        plan(request, endpoint, find_schema)
