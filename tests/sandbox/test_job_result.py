"""Each endpoint makes the kinds of files that the facts name, and text where they name none."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import pytest

from openclaw_fal.sandbox import Sandbox
from openclaw_fal.sandbox.endpoints import endpoint_of, entries
from openclaw_fal.sandbox.job_result import artifacts, result_body
from openclaw_fal.sandbox.jobs import Job
from openclaw_fal.sandbox.placeholders import TYPES
from tests.sandbox.conftest import KEY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PICTURE, SOUND = "https://example.com/a.png", "https://example.com/a.mp3"


@pytest.fixture(scope="module")
def fal() -> Iterator[Sandbox]:
    with Sandbox(speed=100) as sandbox:
        yield sandbox


def run(fal: Sandbox, endpoint: str, **body: Any) -> Any:
    reply = httpx.post(f"{fal.url}/{endpoint}", json=body, headers=KEY | {"host": "fal.run"})
    assert reply.status_code == 200, reply.text
    return reply.json()


def fetch(fal: Sandbox, url: str) -> httpx.Response:
    """Get a file of fal's CDN from the sandbox."""
    return httpx.get(fal.url + urlsplit(url).path)


def files(result: Any) -> list[Any]:
    """All file objects of a result, wherever they stand."""
    if isinstance(result, dict):
        return [result] if "url" in result else [file for value in result.values() for file in files(value)]
    return [file for item in result for file in files(item)] if isinstance(result, list) else []


def test_every_endpoint_plans_its_outputs_in_known_formats() -> None:
    for entry in entries():
        made = artifacts(Job("0" * 32, entry.endpoint, {"prompt": "x"}, 0.0))
        assert {artifact.output for artifact in made} == set(endpoint_of(entry.endpoint).outputs)
        assert all(artifact.plan.format in TYPES for artifact in made)


@pytest.mark.parametrize(
    ("endpoint", "body", "expected"),
    [
        ("fal-ai/flux/dev", {"prompt": "a fox", "num_images": 2}, {"images": ["image/jpeg", "image/jpeg"]}),
        ("fal-ai/clarity-upscaler", {"image_url": PICTURE}, {"image": "image/png"}),
        ("fal-ai/kling-video/v2.1/master/text-to-video", {"prompt": "a fox"}, {"video": "video/mp4"}),
        ("fal-ai/kokoro/american-english", {"prompt": "hello"}, {"audio": "audio/wav"}),
        ("fal-ai/trellis", {"image_url": PICTURE}, {"model_mesh": "model/gltf-binary"}),
        (
            "fal-ai/flux-krea-trainer",
            {"images_data_url": "https://example.com/a.zip"},
            {"diffusers_lora_file": "application/octet-stream", "config_file": "application/json"},
        ),
    ],
)
def test_an_endpoint_makes_what_the_facts_say(fal: Sandbox, endpoint: str, body: Any, expected: Any) -> None:
    result = run(fal, endpoint, **body)
    for name, types in expected.items():
        made = result[name]
        shown = [file["content_type"] for file in made] if isinstance(made, list) else made["content_type"]
        assert shown == types
    for file in files(result):
        reply = fetch(fal, file["url"])
        assert reply.headers["content-type"] == file["content_type"]
        assert file.get("file_size") in {None, len(reply.content)}


def test_an_output_that_is_a_plain_url_is_one(fal: Sandbox) -> None:
    endpoint = next(one.endpoint for one in entries() if "url" in endpoint_of(one.endpoint).outputs.values())
    job = Job("0" * 32, endpoint, {}, 0.0)
    result = result_body(job, fal.url, fal.hostile_url, fal.private_url)
    names = [name for name, shape in endpoint_of(endpoint).outputs.items() if shape == "url"]
    assert all(result[name].startswith(fal.url) for name in names)


@pytest.mark.parametrize(
    ("endpoint", "body", "seconds"),
    [
        ("fal-ai/stable-audio-25/text-to-audio", {"prompt": "rain", "seconds_total": 12}, 12.0),
        ("fal-ai/ace-step/prompt-to-audio", {"prompt": "rain", "duration": 7.5}, 7.5),
        ("fal-ai/kokoro/american-english", {"prompt": "a" * 60}, 4.0),
        ("fal-ai/minimax-music/v2.6", {"prompt": "a short song", "lyrics": "la la"}, 5.0),
    ],
)
@pytest.mark.needs("ffprobe")
def test_a_sound_is_as_long_as_asked_for(
    fal: Sandbox, tmp_path: Path, endpoint: str, body: Any, seconds: float
) -> None:
    path = tmp_path / "sound.wav"
    path.write_bytes(fetch(fal, run(fal, endpoint, **body)["audio"]["url"]).content)
    command = ["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert float(done.stdout) == pytest.approx(seconds, abs=0.01)


@pytest.mark.parametrize(
    ("endpoint", "body", "size", "length"),
    [
        ("fal-ai/veo3.1", {"duration": "4s", "resolution": "1080p"}, "1920x1080", "4 s"),
        ("fal-ai/ltx-2-19b/text-to-video", {"video_size": {"width": 640, "height": 360}}, "640x360", None),
        ("fal-ai/hunyuan-video", {"num_frames": "85"}, "1280x720", None),
    ],
)
def test_a_film_is_as_asked_for(endpoint: str, body: Any, size: str, length: str | None) -> None:
    (made,) = artifacts(Job("0" * 32, endpoint, {"prompt": "x", **body}, 0.0))
    assert f"| {size} |" in made.plan.detail
    assert length is None or made.plan.detail.endswith(f"| {length}")


@pytest.mark.parametrize(
    ("endpoint", "body", "name"),
    [
        ("fal-ai/wizper", {"audio_url": SOUND}, "text"),
        ("openrouter/router", {"prompt": "hi", "model": "a/b"}, "output"),
        ("fal-ai/moondream2", {"image_url": PICTURE}, "output"),
    ],
)
def test_an_endpoint_without_media_returns_text(fal: Sandbox, endpoint: str, body: Any, name: str) -> None:
    assert "placeholder" in str(run(fal, endpoint, **body)[name])


@pytest.mark.parametrize(
    ("endpoint", "name"),
    [
        ("somebody/picture", "images"),
        ("somebody/text-to-video", "video"),
        ("somebody/music-maker", "audio"),
        ("somebody/image-to-3d", "model_mesh"),
        ("somebody/flux-trainer", "diffusers_lora_file"),
        ("somebody/whisper", "text"),
        ("somebody/any-llm", "output"),
    ],
)
def test_the_id_of_an_unknown_endpoint_suggests_what_it_makes(fal: Sandbox, endpoint: str, name: str) -> None:
    assert name in run(fal, endpoint, anything=[1, 2])


def test_the_ledger_names_inputs_that_the_endpoint_does_not_have(fal: Sandbox) -> None:
    fal.reset()
    run(fal, "fal-ai/flux/dev", prompt="a fox", aspect_ratio="16:9", image_size={"width": 64, "height": 64, "depth": 1})
    run(fal, "somebody/picture", anything=1)
    known, unknown = fal.submissions
    assert known.unknown_inputs == ("aspect_ratio", "image_size.depth")
    assert unknown.unknown_inputs == ()
    reported = httpx.get(f"{fal.url}/sandbox/ledger").json()["submissions"]
    assert [one["unknown_inputs"] for one in reported] == [["aspect_ratio", "image_size.depth"], []]
