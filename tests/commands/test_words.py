"""Words as people type them: prompts without a flag, short flags, the flags and commands of other tools."""

from __future__ import annotations

import re
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


@pytest.mark.parametrize("text", ["@@fox", "@Image1 turns its head"])
def test_a_prompt_may_begin_with_an_at_sign(run: Runner, fal: Sandbox, text: str) -> None:
    assert run("image", "generate", text).code == 0
    assert bodies(fal)[0]["prompt"] == text.removeprefix("@") if text == "@@fox" else text


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
        ("image edit photo.png watercolor", "openclaw-fal image edit --file photo.png watercolor"),
        (
            "image edit watercolor --file hat.png photo.png",
            "openclaw-fal image edit watercolor --file hat.png --file photo.png",
        ),
        ("image generate photo.png", "openclaw-fal image generate --file photo.png"),
        ("video generate photo.png", "openclaw-fal video generate --image photo.png"),
        ("run clarity-upscaler photo.png", "openclaw-fal run clarity-upscaler -p NAME=@photo.png"),
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
