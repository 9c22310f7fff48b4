"""Bodies are judged by the facts and refused in the words of fal's apps."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from openclaw_fal.sandbox.endpoints import endpoint_of, entries
from openclaw_fal.sandbox.validation import problems, unknown_inputs

GIF = "data:image/gif;base64," + base64.b64encode(b"GIF89a\x10\x00\x20\x00").decode()
TEXT = "data:text/plain;base64," + base64.b64encode(b"hello").decode()
FLUX, EDIT = "fal-ai/flux/dev", "fal-ai/flux/dev/image-to-image"
SEEDANCE = "bytedance/seedance-2.0/text-to-video"
REFERENCE = "bytedance/seedance-2.0/reference-to-video"
KLING = "fal-ai/kling-video/v2.1/master/text-to-video"
WAN = "fal-ai/wan/v2.2-a14b/text-to-video"


def check(endpoint: str, body: Any) -> list[tuple[str, str]]:
    """Return the type and the place of each problem."""
    found = problems(endpoint_of(endpoint), body, lambda url: "gone" in url)
    return [(one["type"], ".".join(str(part) for part in one["loc"])) for one in found]


def test_every_endpoint_misses_its_required_inputs() -> None:
    for entry in entries():
        required = [name for name, one in endpoint_of(entry.endpoint).takes.items() if one.required]
        assert check(entry.endpoint, {}) == [("missing", f"body.{name}") for name in required]


def test_every_endpoint_ignores_inputs_that_it_does_not_know() -> None:
    for entry in entries():
        assert all(place != "body.hue" for _, place in check(entry.endpoint, {"hue": "red"}))
        known = endpoint_of(entry.endpoint).inputs
        assert unknown_inputs(known, {"hue": "red"}) == ([] if known is None else ["hue"])


def test_unknown_inputs_are_named_by_their_place() -> None:
    body = {
        "prompt": "x",
        "image_size": {"width": 512, "height": 512, "depth": 3},
        "loras": [{"path": "https://example.com/a", "color": "red"}, {"path": "https://example.com/b"}],
        "size": "1x1",
    }
    assert unknown_inputs(endpoint_of("fal-ai/flux-lora").inputs, body) == ["image_size.depth", "loras.0.color", "size"]
    assert unknown_inputs(endpoint_of("somebody/anything").inputs, body) == []


@pytest.mark.parametrize(
    ("endpoint", "body"),
    [
        (FLUX, {"image_size": "square_hd", "num_images": 4, "seed": 2**63, "output_format": "png"}),
        (FLUX, {"image_size": {"width": 1024, "height": 1536}, "num_inference_steps": "28"}),
        (EDIT, {"image_url": GIF, "strength": 0.5}),
        ("fal-ai/nano-banana", {"aspect_ratio": "21:9", "safety_tolerance": "4"}),
        ("fal-ai/nano-banana-2", {"aspect_ratio": "8:1", "resolution": "0.5K"}),
        ("fal-ai/nano-banana-2/edit", {"video_url": "https://example.com/a.mp4"}),
        ("fal-ai/nano-banana-pro/edit", {"image_urls": ["https://example.com/a.png"]}),
        ("openai/gpt-image-2.5/flare/text-to-image", {"image_size": {"width": 1024, "height": 1536}, "quality": "max"}),
        ("xai/grok-imagine-image", {"aspect_ratio": "19.5:9", "resolution": "2k"}),
        ("krea/v2/large", {"aspect_ratio": "2.35:1", "image_style_references": [{"image_url": GIF}]}),
        ("fal-ai/minimax/video-01-live", {"image_url": "anything"}),
        ("fal-ai/heygen/v2/video-agent", {"config": {"duration": 5, "orientation": "landscape"}}),
        (SEEDANCE, {"duration": "15", "resolution": "1080p", "aspect_ratio": "auto", "size": "1x1"}),
        (REFERENCE, {"image_urls": [GIF] * 9, "video_urls": ["https://example.com/a.mp4"] * 3}),
        (KLING, {"duration": "10", "aspect_ratio": "9:16", "cfg_scale": 1}),
        (WAN, {"num_frames": 161, "resolution": "580p"}),
        ("somebody/anything", {"whatever": [1, 2, 3]}),
    ],
)
def test_good_inputs_pass(endpoint: str, body: Any) -> None:
    assert check(endpoint, {"prompt": "a fox", **body}) == []


@pytest.mark.parametrize(
    ("endpoint", "body", "kind", "place"),
    [
        (FLUX, {"prompt": 5}, "string_type", "prompt"),
        (FLUX, {"num_images": 5}, "less_than_equal", "num_images"),
        (FLUX, {"num_images": 0}, "greater_than_equal", "num_images"),
        (FLUX, {"num_images": 1.5}, "int_from_float", "num_images"),
        (FLUX, {"num_images": "two"}, "int_parsing", "num_images"),
        (FLUX, {"num_images": []}, "int_type", "num_images"),
        (FLUX, {"guidance_scale": "strong"}, "float_parsing", "guidance_scale"),
        (FLUX, {"guidance_scale": {}}, "float_type", "guidance_scale"),
        (FLUX, {"sync_mode": "perhaps"}, "bool_parsing", "sync_mode"),
        (FLUX, {"sync_mode": []}, "bool_type", "sync_mode"),
        (FLUX, {"output_format": "webp"}, "literal_error", "output_format"),
        (FLUX, {"image_size": "huge"}, "literal_error", "image_size"),
        (FLUX, {"image_size": {"width": 0, "height": 10}}, "greater_than", "image_size.width"),
        (FLUX, {"image_size": {"width": 20000, "height": 10}}, "less_than_equal", "image_size.width"),
        (EDIT, {}, "missing", "image_url"),
        (EDIT, {"image_url": TEXT}, "image_load_error", "image_url"),
        (EDIT, {"image_url": "data:image/png;base64,%%%"}, "image_load_error", "image_url"),
        (EDIT, {"image_url": "cat.png"}, "file_download_error", "image_url"),
        (EDIT, {"image_url": "https://v3.fal.media/gone"}, "file_download_error", "image_url"),
        ("fal-ai/nano-banana", {"aspect_ratio": "4:1"}, "literal_error", "aspect_ratio"),
        ("fal-ai/nano-banana", {"safety_tolerance": 4}, "literal_error", "safety_tolerance"),
        ("fal-ai/nano-banana/edit", {"image_urls": []}, "sequence_too_short", "image_urls"),
        ("fal-ai/nano-banana/edit", {"image_urls": GIF}, "list_type", "image_urls"),
        ("fal-ai/nano-banana/edit", {"image_urls": [GIF, TEXT]}, "image_load_error", "image_urls.1"),
        ("fal-ai/nano-banana-pro", {"resolution": "0.5K"}, "literal_error", "resolution"),
        (
            "openai/gpt-image-2.5/flare/edit",
            {"image_size": {"width": 1000, "height": 1024}, "image_urls": [GIF]},
            "multiple_of",
            "image_size.width",
        ),
        ("xai/grok-imagine-image", {"resolution": "2K"}, "literal_error", "resolution"),
        ("krea/v2/large", {"aspect_ratio": "21:9"}, "literal_error", "aspect_ratio"),
        ("fal-ai/minimax/video-01-live/image-to-video", {}, "missing", "image_url"),
        ("fal-ai/heygen/v2/video-agent", {"config": {"duration": 3}}, "greater_than_equal", "config.duration"),
        ("fal-ai/heygen/v2/video-agent", {"config": 5}, "model_attributes_type", "config"),
        (SEEDANCE, {"duration": 5}, "literal_error", "duration"),
        (SEEDANCE, {"resolution": "720P"}, "literal_error", "resolution"),
        ("bytedance/seedance-2.0/fast/text-to-video", {"resolution": "1080p"}, "literal_error", "resolution"),
        (REFERENCE, {"image_urls": [GIF] * 10}, "sequence_too_long", "image_urls"),
        (KLING, {"duration": 10}, "literal_error", "duration"),
        (WAN, {"resolution": "720P"}, "literal_error", "resolution"),
        (WAN, {"num_frames": 16}, "greater_than_equal", "num_frames"),
    ],
)
def test_bad_inputs_fail_with_pydantics_or_fals_own_kind(endpoint: str, body: Any, kind: str, place: str) -> None:
    assert check(endpoint, {"prompt": "a fox", **body}) == [(kind, f"body.{place}")]


def test_an_error_carries_what_was_expected_and_what_came() -> None:
    (entry,) = problems(endpoint_of(KLING), {"prompt": "x", "duration": 5}, lambda _: False)
    assert entry == {
        "type": "literal_error",
        "loc": ["body", "duration"],
        "msg": "Input should be '5' or '10'",
        "input": 5,
        "ctx": {"expected": "'5' or '10'"},
    }


def test_a_body_that_is_no_object_is_refused_as_such() -> None:
    assert check(FLUX, [1]) == [("model_attributes_type", "body")]


def test_a_data_uri_is_not_echoed_in_full() -> None:
    (entry,) = problems(endpoint_of(EDIT), {"prompt": "x", "image_url": TEXT * 99}, lambda _: False)
    assert len(entry["input"]) < 100
    assert entry["url"] == "https://docs.fal.ai/errors#image_load_error"
