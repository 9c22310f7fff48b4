"""`run`, through `main` and a real socket."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from openclaw_fal.sandbox import Sandbox
    from tests.conftest import Runner

SPEECH = "fal-ai/kokoro/american-english"
UPSCALER = "fal-ai/esrgan"
VISION = "fal-ai/florence-2-large/caption"
SHAPES = "fal-ai/hyper3d/rodin"


@pytest.mark.needs("ffprobe")
def test_speech_is_saved_as_a_sound_that_plays(run: Runner, fal: Sandbox) -> None:
    made = run("run", f"fal/{SPEECH}", "-p", "prompt=hello", "--output", "hello.wav", "--json")
    assert made.code == 0, made.err
    [output] = made.json["outputs"]
    assert output["mimeType"] == "audio/wav"
    asked = ("-v", "error", "-show_entries", "stream=codec_type", "-of", "csv=p=0", output["path"])
    told = subprocess.run(["ffprobe", *asked], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "audio"
    assert fal.submissions[-1].body == {"prompt": "hello"}
    assert not fal.violations


def test_prompt_is_the_models_text_whatever_its_input_is_called(run: Runner, fal: Sandbox) -> None:
    assert run("run", "fal/fal-ai/elevenlabs/tts/eleven-v3", "--prompt", "hello").code == 0
    assert fal.submissions[-1].body == {"text": "hello"}


def test_an_upscaler_takes_an_image_by_its_own_input(run: Runner, fal: Sandbox, png: bytes) -> None:
    Path("in.png").write_bytes(png)
    made = run("run", f"fal/{UPSCALER}", "-p", "image_url=@in.png", "-p", "scale=4", "--output", "out.png", "--json")
    assert made.code == 0, made.err
    assert Path("out.png").is_file()
    assert fal.submissions[-1].body["image_url"].startswith("data:image/png;base64,")
    assert fal.submissions[-1].body["scale"] == 4


def test_text_is_printed_and_given_in_json(run: Runner, fal: Sandbox, png: bytes) -> None:
    Path("in.png").write_bytes(png)
    answer = run("run", f"fal/{VISION}", "-p", "image_url=@in.png", "--json").json
    assert answer["outputs"] == []
    text = answer["result"]["output"]
    assert isinstance(text, str)
    assert text
    assert text in run("run", f"fal/{VISION}", "-p", "image_url=@in.png").out


@pytest.mark.parametrize("model", ["fal-ai/flux/dev", "fal-ai/veo3/fast"])
def test_a_model_that_makes_images_or_videos_gets_only_what_was_given(run: Runner, fal: Sandbox, model: str) -> None:
    made = run("run", model, "--prompt", "a fox", "--json")
    assert made.code == 0, made.err
    assert fal.submissions[-1].body == {"prompt": "a fox"}
    assert Path(made.json["outputs"][0]["path"]).is_file()


def test_every_file_of_a_result_is_saved(run: Runner, fal: Sandbox) -> None:
    answer = run("run", f"fal/{SHAPES}", "--prompt", "a chair", "--json").json
    assert answer["outputs"]
    assert all(Path(output["path"]).is_file() for output in answer["outputs"])
    assert any(output["path"].endswith(".glb") for output in answer["outputs"])


def test_a_detached_run_is_fetched_later(run: Runner, fal: Sandbox) -> None:
    task = run("run", f"fal/{SPEECH}", "-p", "prompt=hello", "--detach", "--json").json["taskId"]
    waited = run("tasks", "wait", task, "--json")
    assert waited.code == 0, waited.err
    assert Path(run("tasks", "show", task, "--json").json["outputs"][0]["path"]).is_file()


def test_an_input_that_the_model_does_not_have_is_refused_with_the_closest_one(run: Runner, fal: Sandbox) -> None:
    refused = run("run", f"fal/{SPEECH}", "-p", "prompt=hello", "-p", "voise=af_heart")
    assert refused.code == 2
    assert "voice" in refused.err
    assert "Nothing was sent" in refused.err
    assert not fal.submissions


def test_a_required_input_that_is_missing_is_named(run: Runner, fal: Sandbox) -> None:
    refused = run("run", f"fal/{UPSCALER}")
    assert refused.code == 2
    assert "image_url" in refused.err
    assert not fal.submissions
