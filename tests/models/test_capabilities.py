"""What ``image providers`` and ``video providers`` say of fal, read from schemas and rows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from openclaw_fal.models.capabilities import built_in, capabilities
from openclaw_fal.models.refs import DEFAULT_IMAGE_MODEL, DEFAULT_VIDEO_MODEL

if TYPE_CHECKING:
    from openclaw_fal.core.kinds import Kind


def test_built_in_models_have_one_kind() -> None:
    assert built_in("image")[0] == DEFAULT_IMAGE_MODEL
    assert DEFAULT_VIDEO_MODEL in built_in("video")
    assert not set(built_in("image")) & set(built_in("video"))


def test_the_capabilities_for_images() -> None:
    shown = capabilities("image").as_json()
    assert shown["generate"] == {
        "maxCount": 4,
        "maxCountByModel": {"krea/v2/large/text-to-image": 1, "krea/v2/medium/text-to-image": 1},
        "supportsSize": True,
        "supportsAspectRatio": True,
        "supportsResolution": True,
    }
    edit = shown["edit"]
    assert (edit["enabled"], edit["maxInputImages"]) == (True, 1)
    assert edit["maxInputImagesByModel"]["fal-ai/nano-banana"] == 3
    assert edit["maxInputImagesByModel"]["openai/gpt-image-2.5/flare/edit"] == 16
    assert DEFAULT_IMAGE_MODEL not in edit["maxInputImagesByModel"]
    geometry = shown["geometry"]
    assert geometry["sizes"][0] == "1024x1024"
    assert {"1:1", "16:9", "2.35:1", "8:1"} <= set(geometry["aspectRatios"])
    assert "4:1" not in geometry["aspectRatiosByModel"]["fal-ai/nano-banana"]
    assert geometry["aspectRatiosByModel"]["fal-ai/nano-banana/edit"][0] == "auto"
    assert geometry["resolutions"] == ["1K", "2K", "4K"]
    assert geometry["resolutionsByModel"]["xai/grok-imagine-image"] == ["1K", "2K"]
    assert geometry["resolutionsByModel"]["google/nano-banana-2-lite"] == []
    assert "fal-ai/nano-banana-2" not in geometry["resolutionsByModel"]
    assert shown["output"]["formats"] == ["png", "jpeg"]
    assert shown["output"]["formatsByModel"]["krea/v2/medium/text-to-image"] == []
    assert "webp" in shown["output"]["formatsByModel"]["openai/gpt-image-2.5/flare/text-to-image"]


def test_the_capabilities_for_videos() -> None:
    shown = capabilities("video").as_json()
    assert shown["generate"]["maxVideos"] == 1
    assert shown["generate"]["supportsAudio"] is True
    durations = shown["generate"]["supportedDurationSecondsByModel"]
    assert durations["bytedance/seedance-2.0/text-to-video"] == [*range(4, 16)]
    assert durations["fal-ai/kling-video/v2.1/master/text-to-video"] == [5, 10]
    assert durations[DEFAULT_VIDEO_MODEL] == []
    images, videos = shown["imageToVideo"], shown["videoToVideo"]
    assert images["maxInputImages"] == 1
    assert images["maxInputImagesByModel"]["bytedance/seedance-2.0/reference-to-video"] == 9
    assert images["maxInputImagesByModel"]["fal-ai/heygen/v2/video-agent"] == 0
    assert videos["maxInputVideos"] == 0
    assert videos["maxInputVideosByModel"]["bytedance/seedance-2.0/fast/reference-to-video"] == 3
    assert videos["maxInputAudiosByModel"]["bytedance/seedance-2.0/fast/reference-to-video"] == 3
    resolutions = shown["geometry"]["resolutionsByModel"]
    assert resolutions["bytedance/seedance-2.0/fast/text-to-video"] == ["480P", "720P"]


def test_capabilities_are_json() -> None:
    kinds: tuple[Kind, ...] = ("image", "video")
    for kind in kinds:
        assert json.loads(json.dumps(capabilities(kind).as_json())) == capabilities(kind).as_json()
