"""`run`, through `main` and a real socket."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from openclaw_fal.models import facts
from openclaw_fal.models.schema import Schema

if TYPE_CHECKING:
    from openclaw_fal.sandbox import Sandbox
    from tests.conftest import FalClock, Runner

SPEECH = "fal-ai/kokoro/american-english"
UPSCALER = "fal-ai/esrgan"
VISION = "fal-ai/florence-2-large/caption"
SHAPES = "fal-ai/hyper3d/rodin"
DIALOGUE = "fal-ai/elevenlabs/text-to-dialogue/eleven-v3"
REGION = "fal-ai/florence-2-large/region-to-category"


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


MISTAKES = [
    (SPEECH, "promt=hello", "There is no input 'promt'. Did you mean -p prompt=…?"),
    (SPEECH, "voise=af_heart", "There is no input 'voise'. Did you mean -p voice=…?"),
    (SPEECH, "voice=af_hart", 'not "af_hart". Did you mean af_heart?'),
    (SPEECH, "speed=25", "-p speed=… takes 0.1 to 5, not 25."),
    (SPEECH, "speed=fast", '-p speed=… takes a number, not "fast".'),
    (SPEECH, "speed=NaN", '-p speed=… takes a number, not "NaN".'),
    (UPSCALER, "scale=4", "The input 'image_url' is required: -p image_url=@FILE"),
    ("fal-ai/kokoro/hindi", "prompt=x", "-p voice=…, one of hf_alpha, hf_beta, hm_omega, hm_psi"),
    ("fal-ai/kokoro/french", "prompt=x", "The input 'voice' is required: -p voice=ff_siwis"),
    (UPSCALER, 'image_url:="@in.png"', "for a file, write -p image_url=@in.png."),
    (UPSCALER, "image=@in.png", "There is no input 'image'. Did you mean -p image_url=@FILE?"),
    (UPSCALER, "img_url=@missing.png", "There is no input 'img_url'. Did you mean -p image_url=@FILE?"),
    (UPSCALER, "image_url=in.png", "for a file, write -p image_url=@in.png."),
    (UPSCALER, "a.b=", "There is no input 'a'. The inputs are image_url, "),
    (DIALOGUE, "inputs.0.txt=hi", "There is no input 'inputs.0.txt'. Did you mean -p inputs.0.text=…?"),
    (REGION, "region=1,2", '-p region:=JSON takes an object with x1, x2, y1, y2, not "1,2".'),
]


@pytest.mark.parametrize("has_network", [True, False], ids=["with a network", "without one"])
def test_a_mistake_in_an_input_costs_nothing_and_names_what_is_right(
    run: Runner, fal: Sandbox, png: bytes, has_network: bool
) -> None:
    Path("in.png").write_bytes(png)
    where = fal.url if has_network else "http://127.0.0.1:9"
    for model, mistake, sentence in MISTAKES:
        refused = run("run", model, "-p", mistake, env={"OPENCLAW_FAL_BASE_URL": where})
        assert refused.code == 2, mistake
        assert sentence in refused.err
        assert "Nothing was sent" in refused.err
    assert not fal.submissions


@pytest.mark.parametrize(
    ("parameter", "sentence"),
    [
        ("prompt", "-p 'prompt' has no name and value."),
        ("=x", "-p '=x' has no name and value."),
        ("speed:=NaN", "NaN is not a JSON number"),
        ("speed:=1e999", "is not JSON"),
        *(
            (f"speed:={'[' * levels + ']' * levels}", "is nested deeper than 100 levels.")
            for levels in (101, 900, 5000)
        ),
        ("speed:=" + "9" * 5000, "a number has too many digits"),
        ("speed:=@in.json", "Read it from the file: -p speed=@in.json"),
        ("prompt=@", "-p prompt=@ names no file."),
        ("prompt=@missing.txt", "missing.txt can't be read: No such file or directory. Nothing was sent."),
        ("prompt=@binary", "binary can't be read: it is not UTF-8 text; save it as UTF-8. Nothing was sent."),
    ],
)
def test_a_parameter_that_cannot_be_read_is_refused(run: Runner, fal: Sandbox, parameter: str, sentence: str) -> None:
    Path("binary").write_bytes(b"\xff\xfe\x00")
    refused = run("run", SPEECH, "-p", parameter)
    assert refused.code == 2
    assert sentence in refused.err
    assert not fal.requests


@pytest.mark.parametrize(
    ("parameters", "sent"),
    [
        (["prompt=@said.txt"], {"prompt": "hello\n"}),
        (["prompt=@-"], {"prompt": "from a pipe"}),
        (["prompt=@@home"], {"prompt": "@home"}),
        (["prompt=a=b", "speed=2"], {"prompt": "a=b", "speed": 2}),
        (['prompt:="5"', "speed:=0.5"], {"prompt": "5", "speed": 0.5}),
        (["prompt=5", "voice=AF_HEART"], {"prompt": "5", "voice": "af_heart"}),
        (["prompt=a", "prompt=b"], {"prompt": "b"}),
    ],
)
def test_a_parameter_may_be_text_json_or_a_file(
    run: Runner, fal: Sandbox, parameters: list[str], sent: dict[str, Any]
) -> None:
    Path("said.txt").write_bytes(b"\xef\xbb\xbfhello\n")
    arguments = [part for parameter in parameters for part in ("-p", parameter)]
    made = run("run", SPEECH, *arguments, stdin="from a pipe")
    assert made.code == 0, made.err
    assert fal.submissions[-1].body == sent


def test_members_and_elements_are_given_one_by_one(run: Runner, fal: Sandbox) -> None:
    made = run("run", DIALOGUE, "-p", "inputs.0.text=hi", "-p", "inputs.0.voice=Aria", "-p", "inputs.1.text=yes")
    assert made.code == 2  # the second one has no voice
    assert "-p inputs.1.voice=…" in made.err
    made = run("run", DIALOGUE, "-p", "inputs.0.text=hi", "-p", "inputs.0.voice=Aria")
    assert made.code == 0, made.err
    assert fal.submissions[-1].body == {"inputs": [{"text": "hi", "voice": "Aria"}]}


@pytest.mark.parametrize("model", ["fal-ai/flux-lora-fast-training", "fal-ai/z-image-trainer"])
def test_training_takes_an_archive_of_pictures(run: Runner, fal: Sandbox, png: bytes, model: str) -> None:
    with zipfile.ZipFile("photos.zip", "w") as archive:
        archive.writestr("photo.png", png)
    name = next(name for name in (facts.find_schema(model) or Schema(model)).inputs or {} if name.endswith("data_url"))
    made = run("run", model, "-p", f"{name}=@photos.zip", "--json")
    assert made.code == 0, made.err
    assert any(output["path"].endswith(".safetensors") for output in made.json["outputs"])


def test_what_is_not_validated_is_sent_as_it_is(run: Runner, fal: Sandbox) -> None:
    made = run("run", SPEECH, "-p", "prompt=hello", "-p", "promt=x", "-p", "speed=25", "--no-validate")
    assert fal.submissions[-1].body == {"prompt": "hello", "promt": "x", "speed": 25}
    assert made.code == 5  # fal refuses the speed, and ignores the name


def test_help_names_only_the_flags_of_the_command(run: Runner) -> None:
    shown = run("run", "fal-ai/esrgan", "--help").out
    assert "image_url                 required; image file or URL\n" in shown
    assert "use --file" not in shown
    assert "use --prompt" in run("run", SPEECH, "--help").out
    assert "use --file" in run("image", "edit", "--model", "fal-ai/esrgan", "--help").out


# --- waiting and resuming ----------------------------------------------------------------------


def test_text_of_a_detached_run_is_printed_later(run: Runner, fal: Sandbox, png: bytes) -> None:
    Path("in.png").write_bytes(png)
    task = run("run", VISION, "-p", "image_url=@in.png", "--detach", "--json").json["taskId"]
    assert "output: A placeholder text" in run("tasks", "wait", task).out
    assert run("tasks", "wait", task, "--json").json["result"]["output"]
    assert "output: A placeholder text" in run("tasks", "show", task).out
    assert len(fal.submissions) == 1


@pytest.mark.parametrize("command", [("run", SPEECH), ("music", "generate")], ids=["run", "music"])
def test_the_time_limit_ends_the_command_and_not_the_job(
    run: Runner, fal: Sandbox, fal_clock: FalClock, command: tuple[str, ...]
) -> None:
    late = run(*command, "--prompt", "a slow song [fault:slow-600]", "--timeout-ms", "2000", "--json")
    assert (late.code, late.json["error"]["code"]) == (9, "still_running")
    fal_clock.skip(60)
    task = late.json["error"]["taskId"]
    waited = run("tasks", "wait", task, "--json")
    assert waited.code == 0, waited.err
    assert Path(waited.json["outputs"][0]["path"]).is_file()
    assert len(fal.submissions) == 1


def test_a_run_that_was_killed_is_picked_up_again(run: Runner, fal: Sandbox, fal_clock: FalClock) -> None:
    killed = subprocess.Popen(
        [sys.executable, "-m", "openclaw_fal", "run", SPEECH, "--prompt", "hello [fault:slow-600]"],
        stderr=subprocess.PIPE,
        text=True,
    )
    assert killed.stderr
    with killed.stderr:
        assert "submitted (task " in killed.stderr.readline()
        killed.kill()
        killed.wait()
    fal_clock.skip(60)
    [task] = run("tasks", "list", "--json").json["tasks"]
    waited = run("tasks", "wait", task["taskId"], "--output", "hello.wav", "--json")
    assert waited.code == 0, waited.err
    assert Path("hello.wav").is_file()
    assert len(fal.submissions) == 1


def test_an_open_run_is_followed_and_not_paid_again(run: Runner, fal: Sandbox) -> None:
    asked = ("run", SPEECH, "--prompt", "hello", "--json")
    first = run(*asked, "--detach").json["taskId"]
    assert run(*asked, "--reuse").json["taskId"] == first
    assert len(fal.submissions) == 1


def test_a_size_may_be_given_as_a_parameter_where_a_preset_or_an_object_is_taken(run: Runner, fal: Sandbox) -> None:
    assert run("run", "fal-ai/flux-lora", "--prompt", "x", "-p", "image_size=512x640").code == 0
    assert fal.submissions[-1].body["image_size"] == {"width": 512, "height": 640}
    refused = run("run", "fal-ai/flux-lora", "--prompt", "x", "-p", "image_size=big")
    assert 'landscape_16_9, or WxH, not "big".' in refused.err


def test_a_prompt_that_a_parameter_replaces_is_named(run: Runner, fal: Sandbox) -> None:
    made = run("run", SPEECH, "--prompt", "hello", "-p", "prompt=goodbye", "--json")
    assert fal.submissions[-1].body == {"prompt": "goodbye"}
    assert made.json["normalization"] == {"prompt": {"requested": "hello", "applied": "goodbye"}}
    assert "note: --prompt was sent as goodbye" in made.err


@pytest.mark.parametrize(("output", "is_whole"), [("words.txt", False), ("words.json", True)])
def test_a_result_without_files_is_written_to_the_file_that_is_named(
    run: Runner, fal: Sandbox, png: bytes, output: str, is_whole: bool
) -> None:
    Path("in.png").write_bytes(png)
    made = run("run", VISION, "-p", "image_url=@in.png", "--output", output, "--json")
    assert made.code == 0, made.err
    written = Path(output).read_text()
    assert (json.loads(written) if is_whole else {"output": written.strip()}).items() <= made.json["result"].items()
    assert ("usage" in written) == is_whole


def test_files_are_named_as_the_result_names_them(run: Runner, fal: Sandbox) -> None:
    separated = ("run", "fal-ai/demucs", "-p", "audio_url=https://example.com/song.mp3")
    files = run(*separated, "--json").json["outputs"]
    assert {"vocals", "drums", "bass"} <= {file["output"] for file in files}
    assert "vocals · " in run(*separated, terminal=True).out
