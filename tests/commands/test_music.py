"""`music generate`, through `main` and a real socket."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from openclaw_fal.sandbox import Sandbox
    from tests.conftest import Run, Runner

PROMPT = "a slow waltz for two violins"
MINIMAX = "fal-ai/minimax-music/v2.6"
ACE_STEP = "fal-ai/ace-step/prompt-to-audio"
STABLE_AUDIO = "fal-ai/stable-audio-25/text-to-audio"
MINIMAX_SETTINGS = {"sample_rate": 44100, "bitrate": 256000, "format": "mp3"}


def generate(run: Runner, *arguments: str) -> Run:
    return run("music", "generate", "--prompt", PROMPT, *arguments)


@pytest.mark.needs("ffprobe")
def test_music_is_saved_as_a_sound_that_plays(run: Runner, fal: Sandbox) -> None:
    made = generate(run, "--output", "waltz.mp3", "--json")
    assert made.code == 0, made.err
    answer = made.json
    assert (answer["capability"], answer["model"]) == ("music.generate", MINIMAX)
    asked = ("-v", "error", "-show_entries", "stream=codec_type", "-of", "csv=p=0", answer["outputs"][0]["path"])
    told = subprocess.run(["ffprobe", *asked], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "audio"
    assert not fal.violations


@pytest.mark.parametrize(
    ("model", "arguments", "sent"),
    [
        (MINIMAX, [], {"audio_setting": MINIMAX_SETTINGS, "lyrics_optimizer": True}),
        (
            MINIMAX,
            ["--lyrics", "la la la la la la"],
            {"audio_setting": MINIMAX_SETTINGS, "lyrics": "la la la la la la"},
        ),
        (MINIMAX, ["--instrumental"], {"audio_setting": MINIMAX_SETTINGS, "is_instrumental": True}),
        (
            MINIMAX,
            ["--format", "wav"],
            {"audio_setting": {**MINIMAX_SETTINGS, "format": "wav"}, "lyrics_optimizer": True},
        ),
        (
            ACE_STEP,
            ["--instrumental", "--duration", "30", "--seed", "7"],
            {"instrumental": True, "duration": 30, "seed": 7},
        ),
        (STABLE_AUDIO, ["--duration", "45"], {"seconds_total": 45}),
    ],
)
def test_each_model_gets_its_own_names(
    run: Runner, fal: Sandbox, model: str, arguments: list[str], sent: dict[str, Any]
) -> None:
    made = generate(run, "--model", f"fal/{model}", *arguments)
    assert made.code == 0, made.err
    assert fal.submissions[-1].body == {"prompt": PROMPT, **sent}
    assert not fal.violations


def test_lyrics_are_read_from_a_file(run: Runner, fal: Sandbox) -> None:
    Path("song.txt").write_text("the river runs to the sea\n")
    assert generate(run, "--lyrics", "@song.txt").code == 0
    assert fal.submissions[-1].body["lyrics"].strip() == "the river runs to the sea"


@pytest.mark.parametrize(
    ("model", "arguments", "named"),
    [
        (MINIMAX, ["--lyrics", "la la la la la la", "--instrumental"], "--instrumental"),
        (MINIMAX, ["-p", "lyrics=la la la la la la", "--instrumental"], "lyrics and is_instrumental contradict"),
        (MINIMAX, ["--lyrics", "la la la la la la", "-p", "is_instrumental=true"], "contradict each other"),
        (MINIMAX, ["--lyrics", " "], "The lyrics are empty"),
        (STABLE_AUDIO, ["--lyrics", "la la la la la la"], "--model fal/fal-ai/minimax-music/v2.6"),
        (ACE_STEP, ["--lyrics", "la la la la la la"], "--model fal/fal-ai/minimax-music/v2.6"),
        (MINIMAX, ["--format", "midi"], "mp3"),
    ],
)
def test_what_a_model_cannot_do_is_refused_before_anything_is_sent(
    run: Runner, fal: Sandbox, model: str, arguments: list[str], named: str
) -> None:
    refused = generate(run, "--model", model, *arguments)
    assert refused.code == 2
    assert named in refused.err
    assert not fal.submissions


def test_the_configured_music_model_is_used(run: Runner, fal: Sandbox) -> None:
    setting = "agents.defaults.mediaModels.music.primary"
    assert run("config", "set", setting, f"fal/{STABLE_AUDIO}").code == 0
    assert generate(run, "--json").json["model"] == STABLE_AUDIO


def test_a_model_that_makes_no_sound_is_refused_with_the_command_that_runs_it(run: Runner, fal: Sandbox) -> None:
    refused = generate(run, "--model", "fal/fal-ai/flux/dev")
    assert refused.code == 2
    assert "image generate" in refused.err
    assert not fal.submissions


def test_the_fallback_answers_when_the_first_choice_fails(run: Runner, fal: Sandbox) -> None:
    configure(run, MINIMAX, ACE_STEP)
    fal.inject("submit-404-app*1")
    made = generate(run, "--json")
    assert made.code == 0, made.err
    assert made.json["model"] == ACE_STEP
    assert [each["model"] for each in made.json["attempts"]] == [MINIMAX]
    assert Path(made.json["outputs"][0]["path"]).is_file()


def test_only_models_before_the_one_that_answered_are_among_the_attempts(run: Runner, fal: Sandbox) -> None:
    configure(run, MINIMAX, STABLE_AUDIO)
    answer = generate(run, "--lyrics", "la la la la la la", "--json").json
    assert (answer["model"], answer["attempts"]) == (MINIMAX, [])


def test_a_fallback_that_cannot_take_the_request_is_skipped(run: Runner, fal: Sandbox) -> None:
    configure(run, MINIMAX, STABLE_AUDIO, ACE_STEP)
    fal.inject("submit-404-app*1")
    answer = generate(run, "--instrumental", "--json").json
    assert answer["model"] == ACE_STEP
    assert [(each["model"], each["code"]) for each in answer["attempts"]] == [
        (MINIMAX, "model_not_found"),
        (STABLE_AUDIO, "usage"),
    ]


def test_the_configured_time_limit_counts(run: Runner, fal: Sandbox) -> None:
    assert run("config", "set", "agents.defaults.mediaModels.music.timeoutMs", "2000").code == 0
    late = run("music", "generate", "--prompt", f"{PROMPT} [fault:slow-600]", "--json")
    assert (late.code, late.json["error"]["code"]) == (9, "still_running")


def configure(run: Runner, primary: str, *fallbacks: str) -> None:
    models = {"primary": f"fal/{primary}", "fallbacks": [f"fal/{each}" for each in fallbacks]}
    assert run("config", "set", "agents.defaults.mediaModels.music", json.dumps(models)).code == 0


def test_a_flag_that_was_not_sent_is_named_as_it_is_typed(run: Runner, fal: Sandbox) -> None:
    made = generate(run, "--model", "fal-ai/lyria3", "--format", "wav", "--instrumental", "--duration", "30")
    assert made.code == 0, made.err
    for flag in ("--format wav", "--instrumental", "--duration 30"):
        assert f"note: {flag} was not sent: the model does not take it" in made.err
