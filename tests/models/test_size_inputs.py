"""Size, ratio and resolution in the inputs of real endpoints, whatever these are called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from openclaw_fal.core.requests import Request
from openclaw_fal.models.facts import find_schema
from openclaw_fal.models.payload import plan
from openclaw_fal.models.size_inputs import accepted_geometry, size_inputs

if TYPE_CHECKING:
    from openclaw_fal.core.results import Normalized


def planned(endpoint: str, flags: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any], dict[str, Normalized]]:
    """Return what is sent besides the prompt and the defaults of images, what is ignored, and what is changed."""
    schema = find_schema(endpoint)
    assert schema
    request = Request(
        capability="video.generate" if schema.kind == "video" else "image.generate", prompt="a fox", **flags
    )
    made = plan(request, endpoint, find_schema, is_checked=False)
    usual = {"prompt", "num_images", "num_samples", "output_format"}
    sent = {name: value for name, value in made.body.items() if name not in usual}
    return sent, {name: value for name, value in made.ignored.items() if name not in usual}, made.normalization


@pytest.mark.parametrize(
    ("endpoint", "flags", "sent"),
    [
        ("fal-ai/flux/dev", {"size": "640x480"}, {"image_size": {"width": 640, "height": 480}}),
        ("fal-ai/flux/dev", {"aspect_ratio": "16:9"}, {"image_size": "landscape_16_9"}),
        (
            "fal-ai/flux/dev",
            {"aspect_ratio": "16:9", "resolution": "2K"},
            {"image_size": {"width": 2048, "height": 1152}},
        ),
        ("fal-ai/fooocus", {"aspect_ratio": "16:9"}, {"aspect_ratio": "1024x576"}),
        ("fal-ai/fooocus", {"size": "640x480"}, {"aspect_ratio": "640x480"}),
        ("fal-ai/flux-kontext/dev", {"aspect_ratio": "16:9"}, {"resolution_mode": "16:9"}),
        ("fal-ai/ip-adapter-face-id", {"size": "640x512"}, {"width": 640, "height": 512}),
        ("fal-ai/workflow-utilities/scale-video", {"resolution": "720P"}, {"width": 1280, "height": 720}),
        ("fal-ai/image-apps-v2/style-transfer", {"aspect_ratio": "16:9"}, {"aspect_ratio": {"ratio": "16:9"}}),
        (
            "fal-ai/veo3.1",
            {"aspect_ratio": "9:16", "resolution": "1080P"},
            {"aspect_ratio": "9:16", "resolution": "1080p"},
        ),
    ],
)
def test_a_flag_is_written_as_the_endpoint_takes_it(endpoint: str, flags: dict[str, Any], sent: dict[str, Any]) -> None:
    assert planned(endpoint, flags) == (sent, {}, {})


@pytest.mark.parametrize(
    ("endpoint", "flags", "sent", "changed"),
    [
        ("fal-ai/ip-adapter-face-id", {"size": "2048x512"}, {"width": 1024, "height": 512}, {"size": "1024x512"}),
        ("fal-ai/hunyuan-video", {"aspect_ratio": "4:3"}, {"aspect_ratio": "16:9"}, {"aspectRatio": "16:9"}),
        ("fal-ai/hunyuan-video", {"resolution": "540P"}, {"resolution": "580p"}, {"resolution": "580p"}),
        (
            "fal-ai/hunyuan-video",
            {"size": "832x480"},
            {"aspect_ratio": "16:9", "resolution": "480p"},
            {"size": "16:9 480p"},
        ),
        ("fal-ai/flux-kontext/dev", {"size": "1024x1536"}, {"resolution_mode": "2:3"}, {"size": "2:3"}),
    ],
)
def test_the_nearest_is_sent_and_the_change_reported(
    endpoint: str, flags: dict[str, Any], sent: dict[str, Any], changed: dict[str, str]
) -> None:
    body, ignored, normalization = planned(endpoint, flags)
    assert (body, ignored) == (sent, {})
    assert {name: change.applied for name, change in normalization.items()} == changed


@pytest.mark.parametrize(
    ("endpoint", "flags", "ignored"),
    [
        ("fal-ai/minimax/video-01-live", {"size": "1280x720", "resolution": "720P"}, {"size", "resolution"}),
        ("fal-ai/fooocus", {"size": "640x480", "aspect_ratio": "1:1"}, {"aspectRatio"}),
        ("fal-ai/kandinsky5/text-to-video", {"resolution": "720P"}, {"resolution"}),
    ],
)
def test_a_flag_without_an_input_is_ignored_by_name(endpoint: str, flags: dict[str, Any], ignored: set[str]) -> None:
    assert planned(endpoint, flags)[1].keys() == ignored


def test_what_can_be_asked_for_comes_from_the_schema() -> None:
    kling = find_schema("fal-ai/kling-video/v2.1/master/text-to-video")
    assert kling
    assert accepted_geometry(kling, "video") == {"size": (), "aspect_ratio": ("16:9", "9:16", "1:1")}
    assert [each.hints for each in size_inputs(kling, "video")] == [["aspect_ratio"]]
    flux = find_schema("fal-ai/flux/dev")
    assert flux
    assert accepted_geometry(flux, "image").keys() == {"size", "aspect_ratio", "resolution"}
