"""Words as people type them: prompts without a flag, short flags, the flags and commands of other tools."""

from __future__ import annotations

import json
import re
import shlex
import wave
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from openclaw_fal.cli import build
from openclaw_fal.commands.command_classes import ALIASES

if TYPE_CHECKING:
    from openclaw_fal.sandbox import Sandbox
    from tests.conftest import Runner

PROGRAM: Any = build()
pytestmark = pytest.mark.usefixtures("fal")


def bodies(fal: Sandbox) -> list[dict[str, object]]:
    return [submission.body for submission in fal.submissions]


# --- the prompt --------------------------------------------------------------------------------


@pytest.mark.parametrize("before", ["image generate", "video generate", "music generate", "run fal-ai/flux/dev"])
@pytest.mark.parametrize(
    "words", [["a red fox in snow"], ["--prompt", "a red fox in snow"], ["-"], ["--prompt", "-"], ["@fox.txt"]]
)
def test_a_prompt_needs_no_flag(run: Runner, fal: Sandbox, before: str, words: list[str]) -> None:
    Path("fox.txt").write_text("a red fox in snow\n")
    assert run(*before.split(), *words, stdin="a red fox in snow\n").code == 0
    assert [body["prompt"] for body in bodies(fal)] == ["a red fox in snow"]


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("@@fox", "@fox"),
        ("@Image1 turns its head", "@Image1 turns its head"),
        ("@Image1 turns" + " and turns" * 40, "@Image1 turns" + " and turns" * 40),  # longer than a file's name may be
        ("@my fox.txt", "an owl"),
    ],
)
def test_a_prompt_may_begin_with_an_at_sign(run: Runner, fal: Sandbox, typed: str, sent: str) -> None:
    Path("my fox.txt").write_text("an owl\n")
    assert run("image", "generate", typed).code == 0
    Path("shots.jsonl").write_text(json.dumps({"prompt": typed}))
    assert run("batch", "shots.jsonl").code == 0
    assert [body["prompt"] for body in bodies(fal)] == [sent, sent]


def test_a_file_that_is_not_there_is_no_prompt(run: Runner, fal: Sandbox) -> None:
    refused = run("image", "generate", "@fox.txt")
    assert refused.code == 2
    assert "@@fox.txt" in refused.err
    assert not fal.submissions


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("image generate a red fox", 'openclaw-fal image generate "a red fox"'),
        ("image generate --prompt a red fox", 'openclaw-fal image generate --prompt "a red fox"'),
        ("image generate -n 2 a red fox --dry-run", 'openclaw-fal image generate -n 2 "a red fox" --dry-run'),
        ("image generate a red fox --sandbox", 'openclaw-fal --sandbox image generate "a red fox"'),
        ("video generate waves at dusk --detach", 'openclaw-fal video generate "waves at dusk" --detach'),
        ("run flux-dev a red fox", 'openclaw-fal run flux-dev "a red fox"'),
        ("image edit photo.png as a watercolor", 'openclaw-fal image edit photo.png "as a watercolor"'),
        ("music generate photo.png", "openclaw-fal music generate -p NAME=@photo.png"),
    ],
)
def test_a_prompt_without_quotes_and_a_file_without_a_flag_are_answered(
    run: Runner, fal: Sandbox, png: bytes, typed: str, hint: str
) -> None:
    for name in ("photo.png", "hat.png"):
        Path(name).write_bytes(png)
    refused = run(*typed.split())
    assert refused.code == 2
    assert f"→ {hint}\n" in refused.err
    assert "quotes" in refused.err or "photo.png is a file" in refused.err
    assert not fal.submissions


@pytest.mark.parametrize("typed", ["image generate fox.png", "run flux-dev fox.png"])
def test_a_file_that_is_not_there_is_never_a_prompt(run: Runner, fal: Sandbox, typed: str) -> None:
    refused = run(*typed.split())
    assert (refused.code, "fox.png is not there" in refused.err) == (2, True)
    assert not fal.submissions
    assert run("image", "generate", "--prompt", "fox.png").code == 0


def test_a_file_of_prompts_is_never_a_prompt(run: Runner, fal: Sandbox) -> None:
    for name in ("prompts.txt", "shots.json"):
        Path(name).write_text("a red fox\n")
        refused = run("image", "generate", name, "--seed", "3")
        assert (refused.code, f"{name} is a file." in refused.err) == (2, True)
        for hint in (f"image generate @{name} --seed 3", f"batch {name} --seed 3"):
            assert f"→ openclaw-fal {hint}\n" in refused.err
    assert run("run", "flux-dev", "prompts.txt").err.count("→") == 1
    assert not fal.submissions
    for words in (["--prompt", "prompts.txt"], ["missing.txt"], ["@prompts.txt"]):
        assert run("image", "generate", *words).code == 0
    assert [sent.body["prompt"] for sent in fal.submissions] == ["prompts.txt", "missing.txt", "a red fox"]


def test_a_missing_prompt_says_how_to_read_standard_input(run: Runner, fal: Sandbox) -> None:
    refused = run("image", "generate", stdin="a red fox\n")
    assert (refused.code, "- to read standard input" in refused.err) == (2, True)
    assert run("image", "generate", "-", stdin="a red fox\n").code == 0


@pytest.mark.parametrize("before", ["", "--file", "-i", "--image"])
@pytest.mark.parametrize(
    ("words", "endpoint"),
    [
        (["image", "edit"], "fal-ai/flux/dev/image-to-image"),
        (["image", "generate"], "fal-ai/flux/dev/image-to-image"),
        (["video", "generate"], "fal-ai/minimax/video-01-live/image-to-video"),
    ],
)
def test_a_picture_needs_no_flag(
    run: Runner, fal: Sandbox, png: bytes, before: str, words: list[str], endpoint: str
) -> None:
    Path("photo.png").write_bytes(png)
    for typed in (
        ["it moves", *filter(None, [before]), "photo.png"],
        [*filter(None, [before]), "photo.png", "it moves"],
    ):
        done = run(*words, *typed, "--json")
        assert (done.code, done.json["capability"]) == (0, "image.edit" if words[0] == "image" else "video.generate")
    assert {(each.endpoint, each.body["prompt"]) for each in fal.submissions} == {(endpoint, "it moves")}


# --- inputs of the model -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed",
    [
        "image generate 'a fox' num_inference_steps=4",
        "image generate 'a fox' num_inference_steps:=4",
        "image generate num_inference_steps=4 'a fox'",
        "image generate 'a fox' -p num_inference_steps 4",
        "image generate 'a fox' --param num_inference_steps 4",
        "run fal-ai/flux/dev prompt='a fox' num_inference_steps=4",
        "run fal-ai/flux/dev 'a fox' num_inference_steps=4",
    ],
)
def test_inputs_of_a_model_may_be_typed_as_in_other_tools(run: Runner, fal: Sandbox, typed: str) -> None:
    done = run(*shlex.split(typed))
    assert done.code == 0, done.err
    assert (bodies(fal)[0]["prompt"], bodies(fal)[0]["num_inference_steps"]) == ("a fox", 4)


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("'a fox' -o num_inference_steps 4", '"a fox" -p num_inference_steps=4'),
        ("a fox num_inference_steps=4", '"a fox" -p num_inference_steps=4'),
        ("a fox -o seed 4 -n 2", '"a fox" -p seed=4 -n 2'),
        ("'a fox' --acceleration high -n 2", '"a fox" -n 2 -p acceleration=high'),
        ("""'a fox' --input '{"seed": 4, "acceleration": "high"}'""", '"a fox" -p seed:=4 -p acceleration=high'),
    ],
)
def test_the_corrected_command_gives_inputs_with_a_flag_and_works(
    run: Runner, fal: Sandbox, typed: str, hint: str
) -> None:
    refused = run("image", "generate", *shlex.split(typed))
    assert refused.code == 2
    assert f"→ openclaw-fal image generate {hint}\n" in refused.err
    assert not fal.submissions
    assert run("image", "generate", *shlex.split(hint)).code == 0
    assert bodies(fal)[0]["prompt"] == "a fox"


@pytest.mark.parametrize("command", [("image", "generate"), ("run", "clarity-upscaler")], ids=" ".join)
@pytest.mark.parametrize("word", ["~no-such-user/fox.png", f"{'x' * 300}.png"], ids=["home", "long"])
def test_a_word_that_can_be_no_file_is_refused_if_it_looks_like_one(
    run: Runner, fal: Sandbox, command: tuple[str, ...], word: str
) -> None:
    refused = run(*command, word)
    assert (refused.code, "is not there. Nothing was sent." in refused.err) == (2, True)
    assert not fal.submissions


@pytest.mark.parametrize("text", ["e=mc2 on a blackboard", "a=b", "seed=a walnut"])
def test_an_equals_sign_may_stand_in_a_prompt(run: Runner, fal: Sandbox, text: str) -> None:
    assert run("image", "generate", text).code == 0
    assert bodies(fal)[0]["prompt"] == text


@pytest.mark.parametrize("before", ["", "-i", "--file"])
@pytest.mark.parametrize(
    ("model", "file", "name"),
    [("clarity-upscaler", "photo.png", "image_url"), ("fal-ai/wizper", "talk.wav", "audio_url")],
)
def test_run_gives_a_file_to_the_input_that_takes_it(
    run: Runner, fal: Sandbox, png: bytes, before: str, model: str, file: str, name: str
) -> None:
    Path("photo.png").write_bytes(png)
    with wave.open("talk.wav", "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(800))
    done = run("run", model, *filter(None, [before]), file)
    assert done.code == 0, done.err
    assert str(bodies(fal)[0][name]).startswith("data:")
    assert run("rerun", "last").code == 0
    assert bodies(fal)[0] == bodies(fal)[1]
    assert f"--file {file}" in run("tasks", "show", "last").out


def test_a_file_that_may_be_for_several_inputs_is_refused_with_their_names(
    run: Runner, fal: Sandbox, png: bytes
) -> None:
    for name in ("a.png", "b.png"):
        Path(name).write_bytes(png)
    refused = run("run", "fal-ai/cat-vton", "a.png", "b.png")
    assert refused.code == 2
    assert "-p human_image_url=@FILE" in refused.err
    assert not fal.submissions


# --- flags -------------------------------------------------------------------------------------


def test_short_flags(run: Runner, fal: Sandbox, png: bytes) -> None:
    Path("photo.png").write_bytes(png)
    done = run("image", "generate", "x", "-m", "flux-dev", "-n", "2", "-o", "out/", "-p", "guidance_scale:=4.5", "-q")
    assert (done.code, done.err) == (0, "")
    assert [Path(line).parent.name for line in done.out.splitlines()] == ["out", "out"]
    assert bodies(fal)[0]["num_images"] == 2
    assert run("image", "generate", "x", "-i", "photo.png").code == 0
    assert run("video", "generate", "x", "-i", "photo.png").code == 0
    assert [submission.endpoint for submission in fal.submissions][1:] == [
        "fal-ai/flux/dev/image-to-image",
        "fal-ai/minimax/video-01-live/image-to-video",
    ]


def test_image_generate_with_a_file_does_what_image_edit_does(run: Runner, fal: Sandbox, png: bytes) -> None:
    Path("photo.png").write_bytes(png)
    answers = [run("image", verb, "x", "--file", "photo.png", "--json").json for verb in ("generate", "edit")]
    assert [answer["capability"] for answer in answers] == ["image.edit", "image.edit"]
    first, second = fal.submissions
    assert (first.endpoint, first.body) == (second.endpoint, second.body)


@pytest.mark.parametrize(
    ("typed", "name", "value"),
    [
        ("image generate x --num-images 2", "num_images", 2),
        ("image generate x --num_images=2", "num_images", 2),
        ("image generate x --negative blur -m fal/fal-ai/stable-diffusion-v35-large", "negative_prompt", "blur"),
        ("image generate x --guidance_scale 4", "guidance_scale", 4),
        ("image generate x --num-inference-steps 9", "num_inference_steps", 9),
        ("image generate x --image_size 512x512", "image_size", {"width": 512, "height": 512}),
        ("video generate x --aspect 16:9 -m fal/fal-ai/wan/v2.2-a14b/text-to-video", "aspect_ratio", "16:9"),
        ("run fal-ai/flux/dev x --set seed=7", "seed", 7),
        *((f"image generate x {flag} 5", "num_images", 1) for flag in ("--max-price", "--max-spend", "--budget")),
    ],
)
def test_flags_of_other_tools_are_understood(run: Runner, fal: Sandbox, typed: str, name: str, value: object) -> None:
    done = run(*typed.split())
    assert done.code == 0, done.err
    assert bodies(fal)[0][name] == value


def test_an_alias_takes_a_value_as_its_flag_does(run: Runner, fal: Sandbox) -> None:
    assert run("image", "generate", "x", "--out", "here.png").code == 0
    assert Path("here.png").exists()
    assert run("video", "generate", "x", "--async", "--json").json["status"] == "queued"


def test_no_alias_stands_in_the_help_or_the_completions() -> None:
    scripts = "".join(path.read_text() for path in Path(__file__).parents[2].joinpath("completions").iterdir())
    for alias in (alias for aliases in ALIASES.values() for alias in aliases):
        if not any(
            alias in option.opts for command in PROGRAM.commands["image"].commands.values() for option in command.params
        ):
            assert not re.search(rf"{alias}[= ]", scripts) or alias in {
                "--image",
                "--file",
                "--format",
                "--video",
                "--n",
            }


@pytest.mark.parametrize(
    ("flag", "answer"),
    [
        ("--width", "--size 1024x768"),
        ("--timeout", "--timeout-ms 60000"),
        ("--output-dir", "--output FOLDER/"),
        ("--api-key", "FAL_KEY"),
        ("--logs", "--progress plain"),
        ("--price", "--dry-run"),
        ("--show", "--preview"),
        ("--scheduler", "-p scheduler=VALUE"),
        ("--lora-scale", "-p lora_scale=VALUE"),
        ("--cuont", "Did you mean --count?"),
        ("--num-imagess", "-p num_imagess=VALUE"),
    ],
)
def test_other_flags_are_answered_with_ours(run: Runner, flag: str, answer: str) -> None:
    refused = run("image", "generate", "x", flag, "1")
    assert refused.code == 2
    assert answer in refused.err
    assert "Possible options" not in refused.err


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("--limit 5", "--max-cost 5"),
        ("--portrait", "--aspect-ratio 9:16"),
        ("--landscape", "--aspect-ratio 16:9"),
        ("--square", "--aspect-ratio 1:1"),
        ("--orientation portrait", "--aspect-ratio 9:16"),
        ("--jpeg", "--output-format jpeg"),
        ("--url-only", "--print url"),
        ("--output-dir out", "--output out/"),
        ("--price", "--dry-run"),
        ("--wait", ""),
        ("--width 512 --height 768", "--size 512x768"),
        ("-W 512 -H 768", "--size 512x768"),
        ("--timeout 60", "--timeout-ms 60000"),
        ("-s 512x512", "--size 512x512"),
    ],
)
def test_the_corrected_command_has_our_flag_and_works(run: Runner, typed: str, hint: str) -> None:
    refused = run("image", "generate", "a fox", *typed.split(), "-n", "2")
    corrected = f'image generate "a fox" -n 2 {hint}'.rstrip()
    assert refused.code == 2
    assert f"→ openclaw-fal {corrected}\n" in refused.err
    assert run(*shlex.split(corrected)).code == 0


def test_an_answer_is_passed_on_to_jq(run: Runner) -> None:
    assert (
        '→ openclaw-fal image generate "a fox" --json | jq .ok\n'
        in run("image", "generate", "a fox", "--jq", ".ok").err
    )


def test_a_flag_that_run_lacks_is_given_as_the_input_that_it_fills(run: Runner, fal: Sandbox) -> None:
    refused = run("run", "flux/dev", "a fox", "--steps", "4")
    assert '→ openclaw-fal run flux/dev "a fox" -p num_inference_steps=4\n' in refused.err
    assert run("run", "flux/dev", "a fox", "-p", "num_inference_steps=4").code == 0


def test_a_file_for_a_model_without_an_input_for_it_is_refused(run: Runner, fal: Sandbox, png: bytes) -> None:
    Path("photo.png").write_bytes(png)
    refused = run("run", "flux/dev", "a fox", "-i", "photo.png")
    assert (refused.code, "takes no reference images" in refused.err) == (2, True)
    assert "Its other endpoints: openclaw-fal models show fal/fal-ai/flux/dev" in refused.err
    assert not fal.submissions


def test_a_flag_that_the_model_has_no_input_for_is_named(run: Runner) -> None:
    refused = run("run", "chatterbox/text-to-speech", "Hello", "--voice", "alloy")
    assert "chatterbox/text-to-speech has no such input either." in refused.err
    assert "→ openclaw-fal models show chatterbox/text-to-speech" in refused.err


def test_flags_of_a_picture_before_its_prompt_are_those_of_image_generate(run: Runner, fal: Sandbox) -> None:
    refused = run("-m", "flux/schnell", "a red fox")
    assert '→ openclaw-fal image generate -m flux/schnell "a red fox"\n' in refused.err
    assert not fal.submissions


@pytest.mark.parametrize("typed", ["-q image generate x", "image generate x --print-path", "image generate x --paths"])
def test_only_paths_are_printed(run: Runner, typed: str) -> None:
    done = run(*typed.split())
    assert (done.code, done.err, done.out.count("\n")) == (0, "", 1)
    assert Path(done.out.strip()).exists()


@pytest.mark.parametrize(
    ("typed", "flag"), [("--size 9:16", "--aspect-ratio 9:16"), ("--aspect portrait", "such as 9:16 (portrait)")]
)
def test_a_ratio_in_another_form_is_answered(run: Runner, typed: str, flag: str) -> None:
    assert flag in run("image", "generate", "x", *typed.split()).err


def test_a_flag_without_its_value_names_the_help_of_its_command(run: Runner) -> None:
    assert "→ openclaw-fal image generate --help" in run("image", "generate", "x", "--seed").err


# --- files of prompts --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("image generate -f prompts.txt", "batch prompts.txt"),
        ("image generate --prompts prompts.txt -o out/", "batch prompts.txt -o out/"),
        ("image generate --batch prompts.txt --seed 5", "batch prompts.txt --seed 5"),
        ("image generate -i prompts.txt", "batch prompts.txt"),
        ("image generate @prompts.txt -n 20", "batch prompts.txt"),
        ("video generate --prompts prompts.txt", "batch prompts.txt --command video.generate"),
    ],
)
def test_a_file_of_prompts_is_for_a_batch(run: Runner, fal: Sandbox, typed: str, hint: str) -> None:
    Path("prompts.txt").write_text("a fox\na cat\n")
    refused = run(*typed.split())
    assert (refused.code, f"→ openclaw-fal {hint}\n" in refused.err) == (2, True), refused.err
    assert not fal.submissions
    assert run(*hint.split()).code == 0
    assert sorted(str(body["prompt"]) for body in bodies(fal)) == ["a cat", "a fox"]
    again = run(*hint.split(), "--dry-run")
    assert (again.code, "2 of 2 lines done" in again.err) == (0, True)


def test_fals_names_of_sizes_are_answered_with_pixels(run: Runner) -> None:
    assert "--size 1024x768" in run("image", "generate", "x", "--size", "landscape_4_3").err


# --- version ----------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", [["version"], ["version", "--json"]])
def test_version_is_a_command_too(run: Runner, typed: list[str]) -> None:
    shown = run(*typed)
    assert shown.code == 0
    assert run("--version").out.split()[1].strip() in shown.out


# --- models ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["flux/dev", "https://fal.ai/flux/dev", "fal.ai/models/fal-ai/flux/dev", "https://queue.fal.run/fal-ai/flux/dev"],
)
def test_a_model_may_be_named_without_its_owner_and_by_its_addresses(run: Runner, fal: Sandbox, text: str) -> None:
    assert run("image", "generate", "x", "-m", text).code == 0
    assert fal.submissions[0].endpoint == "fal-ai/flux/dev"


@pytest.mark.parametrize("word", ["tts", "upscale"])
def test_a_word_for_what_many_models_do_names_none_of_them(run: Runner, fal: Sandbox, word: str) -> None:
    refused = run("run", word, "Hello")
    assert (refused.code, f"{word!r} names" in refused.err) == (2, True)
    assert f"models list --search {word}" in refused.err
    assert not fal.submissions


def test_a_model_may_follow_its_kind_and_stand_for_a_help_topic(run: Runner) -> None:
    assert run("models", "set", "image", "flux/dev").code == 0
    assert "→ openclaw-fal models show fal-ai/flux/schnell" in run("help", "fal-ai/flux/schnell").err
    assert "fal/fal-ai/flux/dev" in run("models", "list", "flux", "dev").out


@pytest.mark.parametrize("text", ["flux/deev", "fal-ai/flux/deev", "flux-deev", "FLUX/deev"])
def test_a_misspelled_model_gets_the_closest_three(run: Runner, fal: Sandbox, text: str) -> None:
    refused = run("image", "generate", "x", "-m", text, "--json")
    assert refused.code == 2
    hints = refused.json["error"]["hint"].splitlines()
    assert "fal/fal-ai/flux/dev" in hints
    assert len([hint for hint in hints if hint.startswith("fal/")]) == 3
    assert not fal.submissions


def test_a_users_own_app_is_sent_as_it_is(run: Runner, fal: Sandbox) -> None:
    assert run("image", "generate", "x", "-m", "alice/my-app").code == 0
    assert fal.submissions[0].endpoint == "alice/my-app"
