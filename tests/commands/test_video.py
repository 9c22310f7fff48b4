"""`video generate`, through `main` and a real socket."""

from __future__ import annotations

import json
import struct
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from openclaw_fal.sandbox import Sandbox
    from tests.conftest import FalClock, Run, Runner

SEEDANCE = "bytedance/seedance-2.0/fast/text-to-video"
MINIMAX = "fal-ai/minimax/video-01-live"
MP4 = struct.pack(">I", 24) + b"ftypisom" + b"\0\0\2\0" + b"isomiso2" + b"\0\0\0\x08moov"
WAV = (
    b"RIFF"
    + struct.pack("<I", 36)
    + b"WAVEfmt "
    + struct.pack("<IHHIIHH", 16, 1, 1, 8000, 8000, 1, 8)
    + b"data\0\0\0\0"
)


@pytest.fixture(autouse=True)
def references(png: bytes) -> None:
    Path("fox.png").write_bytes(png)
    Path("clip.mp4").write_bytes(MP4)
    Path("sound.wav").write_bytes(WAV)


def generate(run: Runner, *arguments: str) -> Run:
    return run("video", "generate", "--prompt", "waves at dusk", *arguments)


def body(fal: Sandbox) -> dict[str, Any]:
    """Return what the last submission sent besides the prompt."""
    sent = dict(fal.submissions[-1].body)
    assert sent.pop("prompt") == "waves at dusk"
    return sent


def probe(path: str) -> dict[str, str]:
    """Return what ffprobe says of a video's picture."""
    asked = ("-select_streams", "v", "-show_entries", "stream=codec_name,width,height:format=duration")
    told = subprocess.run(
        ["ffprobe", "-v", "error", *asked, "-of", "default=nw=1", path], capture_output=True, text=True, check=True
    )
    return dict(line.split("=") for line in told.stdout.splitlines())


# --- the job from queue to file ----------------------------------------------------------------


@pytest.mark.needs("ffprobe")
def test_a_video_is_made_and_its_path_printed_as_openclaw_prints_it(run: Runner, fal: Sandbox) -> None:
    made = generate(run, "--model", f"fal/{SEEDANCE}", "--duration", "5", "--resolution", "720P", "--output", "w.mp4")
    path = Path("w.mp4").absolute()
    assert made.code == 0, made.err
    assert made.out == f"video.generate via local\nprovider: fal\nmodel: {SEEDANCE}\noutputs: 1\n{path}\n"
    assert body(fal) == {"resolution": "720p", "duration": "5"}
    assert not fal.violations
    facts = probe(str(path))
    assert (facts["codec_name"], facts["width"], facts["height"]) == ("h264", "1280", "720")
    assert float(facts["duration"]) == pytest.approx(5, abs=0.2)


@pytest.mark.parametrize(("ratio", "wide"), [("9:16", False), ("21:9", True), ("1:1", None)])
@pytest.mark.needs("ffprobe")
def test_a_video_has_the_shape_that_was_asked_for(run: Runner, fal: Sandbox, ratio: str, wide: bool | None) -> None:
    answer = generate(run, "--model", SEEDANCE, "--aspect-ratio", ratio, "--resolution", "480P", "--json").json
    facts = probe(answer["outputs"][0]["path"])
    width, height = int(facts["width"]), int(facts["height"])
    assert (None if width == height else width > height) is wide
    assert width % 2 == height % 2 == 0


def test_progress_shows_the_queue_position_logs_and_the_end(run: Runner, fal: Sandbox, fal_clock: FalClock) -> None:
    fal_clock.step_s = 0.01  # a busy machine skips no place in the queue
    lines = generate(run, "--output", "w.mp4").err.splitlines()
    task = lines[0].partition("(task ")[2].rstrip(")")
    assert lines[0] == f"{MINIMAX}: submitted (task {task})"
    queued = [line for line in lines if ": queued, " in line]
    assert queued[0] == f"{MINIMAX}: queued, 2 ahead"
    assert queued[-1] == f"{MINIMAX}: queued, next in line"
    running = lines.index(f"{MINIMAX}: running")
    assert f"{MINIMAX}: loading weights" in lines[running:]
    assert any("denoising" in line and line.endswith("%") for line in lines[running:])
    assert lines[-2].startswith(f"{MINIMAX}: saved {Path('w.mp4').absolute()} (")
    assert lines[-1].startswith(f"{MINIMAX}: done in ")


def test_the_envelope_has_openclaws_keys_and_ours(run: Runner, fal: Sandbox) -> None:
    made = generate(run, "--model", SEEDANCE, "--json")
    answer = made.json
    known = ("ok", "capability", "transport", "provider", "model", "attempts", "ignoredOverrides", "status")
    assert {name: answer[name] for name in known} == {
        "ok": True,
        "capability": "video.generate",
        "transport": "local",
        "provider": "fal",
        "model": SEEDANCE,
        "attempts": [],
        "ignoredOverrides": [],
        "status": "succeeded",
    }
    [output] = answer["outputs"]
    path = Path(output["path"])
    assert path.is_absolute()
    assert path.name.startswith("video-")
    assert (output["mimeType"], output["size"]) == ("video/mp4", path.stat().st_size)
    assert not {"width", "height"} & set(output)
    assert answer["requestId"] == fal.submissions[0].request_id
    assert list(run("tasks", "show", answer["taskId"], "--json").json["outputs"]) == answer["outputs"]


# --- bodies ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "arguments", "sent"),
    [
        (MINIMAX, [], {}),
        (MINIMAX, ["--duration", "5", "--size", "640x480", "--audio"], {}),
        ("fal-ai/heygen/v2/video-agent", [], {}),
        ("fal-ai/heygen/v2/video-agent", ["--duration", "3"], {"config": {"duration": 5}}),
        ("fal-ai/heygen/v2/video-agent", ["--aspect-ratio", "9:16"], {"config": {"orientation": "portrait"}}),
        (SEEDANCE, ["--duration", "3"], {"duration": "4"}),
        (SEEDANCE, ["--duration", "5.4"], {"duration": "5"}),
        (SEEDANCE, ["--duration", "30"], {"duration": "15"}),
        (SEEDANCE, ["--audio"], {"generate_audio": True}),
        (SEEDANCE, ["--no-audio"], {"generate_audio": False}),
        (SEEDANCE, ["--size", "1280x720"], {"aspect_ratio": "16:9", "resolution": "720p"}),
        (SEEDANCE, ["--resolution", "1080p"], {"resolution": "720p"}),
        (SEEDANCE, ["--param", "end_user_id=me", "--param", "seed:=7"], {"end_user_id": "me", "seed": 7}),
        ("fal-ai/kling-video/v2.1/master/text-to-video", ["--duration", "9"], {"duration": "10"}),
        ("fal-ai/wan/v2.2-a14b/text-to-video", ["--resolution", "720P"], {"resolution": "720p"}),
        ("some/text-to-video", ["--duration", "6", "--aspect-ratio", "4:3"], {"aspect_ratio": "4:3", "duration": 6}),
    ],
)  # fmt: skip
def test_each_model_gets_the_fields_that_it_takes(
    run: Runner, fal: Sandbox, model: str, arguments: list[str], sent: dict[str, Any]
) -> None:
    made = generate(run, "--model", f"fal/{model}", *arguments, "--detach")
    assert made.code == 0, made.err
    assert fal.submissions[-1].endpoint == model
    assert body(fal) == sent


def test_what_is_changed_or_left_out_is_in_the_answer_and_on_stderr(run: Runner, fal: Sandbox) -> None:
    asked = ("--model", SEEDANCE, "--duration", "30", "--resolution", "1080P", "--watermark", "--aspect-ratio", "2:1")
    made = generate(run, *asked, "--json")
    assert made.json["ignoredOverrides"] == [{"key": "watermark", "value": True}]
    assert made.json["normalization"] == {
        "durationSeconds": {"requested": 30, "applied": 15},
        "resolution": {"requested": "1080P", "applied": "720p"},
        "aspectRatio": {"requested": "2:1", "applied": "16:9"},
    }
    assert "note: --duration 30 was sent as 15" in made.err
    assert "note: --watermark was not sent" in made.err


@pytest.mark.parametrize(
    ("model", "arguments", "endpoint", "sent"),
    [
        (None, ["--image", "fox.png"], f"{MINIMAX}/image-to-video", ["image_url"]),
        (SEEDANCE, ["--image", "fox.png"], "bytedance/seedance-2.0/fast/image-to-video", ["image_url"]),
        (
            "bytedance/seedance-2.0/reference-to-video",
            ["--image", "fox.png", "--image", "fox.png", "--video", "clip.mp4", "--audio-ref", "sound.wav"],
            "bytedance/seedance-2.0/reference-to-video",
            ["audio_urls", "image_urls", "video_urls"],
        ),
    ],
)
def test_references_go_to_the_endpoint_that_takes_them_and_the_answer_says_which(
    run: Runner, fal: Sandbox, model: str | None, arguments: list[str], endpoint: str, sent: list[str]
) -> None:
    made = generate(run, *(["--model", model] if model else []), *arguments, "--json")
    assert made.code == 0, made.err
    assert made.json["model"] == endpoint == fal.submissions[-1].endpoint
    assert sorted(body(fal)) == sent
    assert str(body(fal)[sent[-1]]).lstrip("['").startswith("data:")
    assert f"{endpoint}: running" in made.err


def test_a_reference_can_be_an_address(run: Runner, fal: Sandbox) -> None:
    url = "https://pictures.example/fox.png"
    assert generate(run, "--image", url, "--detach").code == 0
    assert body(fal) == {"image_url": url}


# --- refusals ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--resolution", "8K"], "360P, 480P, 540P, 720P, 768P, 1080P"),
        (["--resolution", "banana"], "720P"),
        (["--model", "bytedance/seedance-2.0/image-to-video", "--last-image", "fox.png"], "--image PATH"),
        (["--model", "fal-ai/ffmpeg-api/merge-videos", "--video", "https://x/a.mp4"], "--video PATH takes at least 2"),
        (["--duration", "0"], "--duration"),
        (["--duration", "-5"], "--duration"),
        (["--duration", "long"], "--duration"),
        (["--size", "wide"], "WIDTHxHEIGHT"),
        (["--aspect-ratio", "wide"], "WIDTH:HEIGHT"),
        (["--prompt", " "], "--prompt"),
        (["--model", "openai/sora-2"], "openai"),
        (["--model", "sora"], "fal/<endpoint id>"),
        (["--image", "missing.png"], "missing.png"),
        (["--image", "clip.mp4"], "is not an image: its content is video/mp4"),
        (["--video", "fox.png"], "takes no reference videos"),
        (["--image", "fox.png", "--image", "fox.png"], "supports at most 1 reference image, 2 requested"),
        (["--model", "fal-ai/heygen/v2/video-agent", "--image", "fox.png"], "takes no reference images"),
        (["--model", "bytedance/seedance-2.0/image-to-video"], "--image PATH"),
        (["--model", "bytedance/seedance-2.0/reference-to-video", "--audio-ref", "sound.wav"], "only beside"),
        (["--model", "bytedance/seedance-2.0/reference-to-video", *["--image", "fox.png"] * 10], "at most 9"),
        (["--count", "2"], "--count"),
        (["--output-format", "png"], "--output-format"),
        (["--timeout-ms", "soon"], "--timeout-ms"),
    ],
    ids=lambda value: " ".join(value)[:60] if isinstance(value, list) else "",
)
def test_bad_input_is_refused_before_anything_is_sent(
    run: Runner, fal: Sandbox, arguments: list[str], named: str
) -> None:
    refused = generate(run, *arguments, "--json")
    assert refused.code == 2
    assert named in refused.err
    assert refused.json["error"]["code"] in {"usage", "references_unsupported", "inputs_invalid", "model_unknown"}
    assert {seen.route for seen in fal.requests} <= {"openapi"}  # a refusal is confirmed, for nothing


def test_a_video_model_that_lacks_a_key_says_how_to_get_one(
    run: Runner, fal: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FAL_KEY")
    refused = generate(run, "--json")
    assert (refused.code, refused.json["error"]["code"]) == (3, "key_missing")
    assert "openclaw-fal onboard" in refused.json["error"]["hint"]
    assert {seen.route for seen in fal.requests} <= {"openapi"}  # a refusal is confirmed, for nothing


# --- leaving and coming back -------------------------------------------------------------------


def test_a_detached_job_is_waited_for_later(run: Runner, fal: Sandbox) -> None:
    left = generate(run, "--output", "w.mp4", "--detach")
    task = left.out.splitlines()[-1].removeprefix("task: ")
    assert left.code == 0
    assert left.out == f"video.generate via local\nprovider: fal\nmodel: {MINIMAX}\noutputs: 0\ntask: {task}\n"
    assert not Path("w.mp4").exists()
    waited = run("tasks", "wait", task, "--json")
    assert waited.json["outputs"][0]["path"] == str(Path("w.mp4").absolute())
    assert waited.json["taskId"] == task
    assert len(fal.submissions) == 1


def test_the_time_limit_keeps_the_task(run: Runner, fal: Sandbox) -> None:
    late = run("video", "generate", "--prompt", "slow [fault:never]", "--timeout-ms", "2000", "--json")
    assert late.code == 9
    error = late.json["error"]
    assert (error["code"], error["retryable"]) == ("still_running", True)
    assert f"openclaw-fal tasks wait {error['taskId']}" in error["hint"]
    assert run("tasks", "cancel", error["taskId"]).out == f"{error['taskId']}\tcancelled\n"


def test_the_time_limit_can_cancel_the_job(run: Runner, fal: Sandbox) -> None:
    asked = ("--prompt", "slow [fault:never]", "--timeout-ms", "2000", "--on-interrupt", "cancel", "--json")
    late = run("video", "generate", *asked)
    assert late.code == 9
    assert late.json["error"]["message"].startswith("Time ran out. ")
    assert "canceled" in late.json["error"]["message"]
    assert run("tasks", "list", "--json").json["tasks"][0]["status"] == "cancelled"


def test_the_very_same_request_is_warned_of_and_followed_on_demand(run: Runner, fal: Sandbox) -> None:
    first = generate(run, "--detach", "--json").json["taskId"]
    assert f"The task {first} is the same request" in generate(run, "--detach").err
    assert len(fal.submissions) == 2
    again = generate(run, "--reuse", "--json").json
    assert again["status"] == "succeeded"
    assert len(fal.submissions) == 2


def test_the_fallback_answers_when_the_first_choice_fails(run: Runner, fal: Sandbox, home: Path) -> None:
    models = {"primary": "fal/sandbox/fault/video-submit-404-app", "fallbacks": [f"fal/{SEEDANCE}"]}
    path = home / ".config" / "openclaw-fal" / "openclaw.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"agents": {"defaults": {"videoGenerationModel": models}}}))
    answer = generate(run, "--json").json
    assert answer["model"] == SEEDANCE
    assert [attempt["model"] for attempt in answer["attempts"]] == ["sandbox/fault/video-submit-404-app"]
    assert len(fal.submissions) == 1


def test_no_fallback_is_bought_while_the_first_choice_may_be_under_way(run: Runner, fal: Sandbox, home: Path) -> None:
    models = {"primary": "fal/sandbox/fault/video-submit-500", "fallbacks": [f"fal/{SEEDANCE}"]}
    path = home / ".config" / "openclaw-fal" / "openclaw.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"agents": {"defaults": {"videoGenerationModel": models}}}))
    ran = generate(run, "--json")
    assert (ran.code, ran.json["error"]["code"]) == (8, "submit_unknown")
    (task,) = run("tasks", "list", "--json").json["tasks"]
    assert (task["status"], task["requestId"]) == ("unknown", ran.json["error"]["requestId"])
    assert f"openclaw-fal tasks wait {task['taskId']}" in ran.err
    assert sum(seen.method == "POST" for seen in fal.requests) == 1


@pytest.mark.parametrize("alias", ["infer", "capability"])
def test_the_aliases_are_the_same_commands(run: Runner, fal: Sandbox, alias: str) -> None:
    answer = run(alias, "video", "generate", "--prompt", "x", "--detach", "--json").json
    assert (answer["capability"], answer["model"]) == ("video.generate", MINIMAX)


@pytest.mark.slow
def test_a_video_is_made_without_a_key_in_the_private_sandbox(run: Runner) -> None:
    answer = generate(run, "--sandbox", "--json").json
    assert answer["sandbox"] is True
    assert Path(answer["outputs"][0]["path"]).read_bytes()[4:8] == b"ftyp"
