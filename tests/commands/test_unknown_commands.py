"""Commands of other tools, answered with ours: with the user's own words and flags, and so that they work as typed."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from openclaw_fal.cli import build

if TYPE_CHECKING:
    from openclaw_fal.sandbox import Sandbox
    from tests.conftest import Run, Runner

PROGRAM: Any = build()
UPSCALE = "run fal-ai/clarity-upscaler -p image_url=@"
CUT_OUT = "run fal-ai/imageutils/rembg -p image_url=@"
SPEAK = "run fal-ai/chatterbox/text-to-speech"
# What is typed, and the command that is proposed, without the program's name.
ANSWERS = {
    "'a red fox'": 'image generate "a red fox"',
    "image 'a red fox' -n 2": 'image generate "a red fox" -n 2',
    "video 'waves at dusk'": 'video generate "waves at dusk"',
    "draw 'a fox\nin snow'": r"image generate $'a fox\nin snow'",
    'draw "a fox\'s den"': 'image generate "a fox\'s den"',
    "draw a red fox": 'image generate "a red fox"',
    "--sandbox 'a red fox'": '--sandbox image generate "a red fox"',
    # Files and texts, in any order, and flags with their values.
    "upscale": f"{UPSCALE}photo.png",
    "--sandbox upscale": f"--sandbox {UPSCALE}photo.png",
    "upscale 'my fox.png'": f'{UPSCALE}"my fox.png"',
    "upscale --scale 2 in.png": f"{UPSCALE}in.png -p upscale_factor=2",
    "image upscale in.png": f"{UPSCALE}in.png",
    "animate in.png 'the fox jumps'": 'video generate -i in.png "the fox jumps"',
    "animate 'the fox jumps' in.png": 'video generate -i in.png "the fox jumps"',
    "animate in.png 'the fox jumps' --voice alloy": 'video generate -i in.png "the fox jumps"',
    "speak 'Hello there' --voice alloy": f'{SPEAK} "Hello there"',
    "edit in.png 'a watercolor' --seed 5": 'image edit -i in.png "a watercolor" --seed 5',
    "edit in.png -m nano-banana-2 photo.png 'wear it'": 'image edit -i in.png -i photo.png "wear it" -m nano-banana-2',
    "video animate in.png": 'For example: video generate -i in.png "the fox turns its head"',
    "image animate in.png": 'For example: video generate -i in.png "the fox turns its head"',
    "image in.png 'a watercolor'": 'image edit -i in.png "a watercolor"',
    "speak 'Hello there' -o hello.mp3": f'{SPEAK} "Hello there" -o hello.mp3',
    "audio speech 'Hello there'": f'{SPEAK} "Hello there"',
    "speech generate Hello": f"{SPEAK} Hello",
    "tts --voice alloy 'Hello there'": f'{SPEAK} "Hello there"',
    "tts Hello": f"{SPEAK} Hello",
    "audio transcribe talk.wav": "run fal-ai/wizper -p audio_url=@talk.wav",
    "transcribe --language en talk.wav": "run fal-ai/wizper -p audio_url=@talk.wav -p language=en",
    "upscale in.png 4x": f"{UPSCALE}in.png -p upscale_factor=4",
    "upscale -i in.png -o big.png": f"{UPSCALE}in.png -o big.png",
    "remove-bg --file in.png": f"{CUT_OUT}in.png",
    "edit --prompt 'a watercolor' --image in.png": 'image edit -i in.png "a watercolor"',
    "generate image 'a fox'": 'image generate "a fox"',
    "create video waves": "video generate waves",
    "make a video of waves": 'video generate "a video of waves"',
    "sfx 'a door slams'": 'run fal-ai/elevenlabs/sound-effects/v2 "a door slams"',
    "describe in.png": "run fal-ai/florence-2-large/caption -p image_url=@in.png",
    # Removing a background goes by many names.
    **{
        f"{name} in.png": f"{CUT_OUT}in.png"
        for name in (
            *("rembg", "remove-bg", "removebg", "bg-remove", "background-removal", "cutout", "nobg", "bg remove"),
            *("image rembg", "image remove-bg", "remove background"),
        )
    },
    # Again.
    "redo --seed 8": "rerun last --seed 8",
    "redo --seed 8 made.png": "rerun made.png --seed 8",
    "again made.png": "rerun made.png --seed 7",
    "redo made.png 'a blue fox'": 'rerun made.png "a blue fox" --seed 7',
    # Costs.
    "pricing": 'image generate "a red fox" --dry-run',
    "cost": "spend",
    "costs --since 7d": "spend --since 7d",
    "cost last": "tasks show last",
    "estimate image generate 'a fox'": 'image generate "a fox" --dry-run',
    "price video generate waves": "video generate waves --dry-run",
    "price run flux-dev 'a fox'": 'run flux-dev "a fox" --dry-run',
    "price fal-ai/flux/schnell": "models show fal-ai/flux/schnell --price",
    "cost image 'a fox'": 'image generate "a fox" --dry-run',
    "image price 'a fox'": 'image generate "a fox" --dry-run',
    "cost 'a fox' -n 2": 'image generate "a fox" --dry-run -n 2',
    # Models.
    **{
        f"{words} fal-ai/flux/dev": "models show fal-ai/flux/dev"
        for words in (
            *("models view", "models", "models describe", "models inputs", "models inspect", "inspect", "options"),
            *("model", "info", "schema"),
        )
    },
    **{f"models {word} flux/dev": "models set flux/dev" for word in ("default", "use", "set-default")},
    "fal-ai/flux/dev 'a fox'": 'run fal-ai/flux/dev "a fox"',
    "image fal-ai/flux/dev 'a fox'": 'image generate -m fal-ai/flux/dev "a fox"',
    "search text to video": 'models list --search "text to video"',
    "models default": "models status",
    # Tasks.
    "jobs": "tasks list",
    "runs list": "tasks list",
    "jobs list -L 5 --json": "tasks list -L 5 --json",
    "resume": "tasks wait",
    "fetch": "tasks wait",
    "download": "tasks wait",
    "tasks get": "tasks show last",
    "status last": "tasks show last",
    "auth status": "models auth list",
    "key set": "onboard",
    "config model flux/dev": "models set flux/dev",
    "batch --file prompts.txt": "batch prompts.txt",
    "batch prompts.txt --parallel 4": "batch run prompts.txt --concurrency 4",
    "tasks list fox": "tasks list --search fox",
    "models list --query flux": "models list --search flux",
    "spend --month": "spend --since 30d",
    "login": "onboard",
    "batch image prompts.txt -o out/": "batch prompts.txt -o out/",
    "batch generate prompts.txt": "batch prompts.txt",
    # Words without their flags, and flags of other commands.
    "gallery page.html --embed": "gallery --embed -o page.html",
    "gallery pages/": "gallery -o pages/",
    "gallery 7d": "gallery --since 7d",
    "gallery prompts.txt": "gallery --batch prompts.txt",
    "gallery fox": "gallery -o fox.html",
    "spend 7d": "spend --since 7d",
    "spend model": "spend --by model",
    "tasks prune 90": "tasks prune --days 90",
    "completion bash": "completion --shell bash",
    "batch prompts.txt more.txt -n 2": "batch run prompts.txt -n 2",
    **{
        f"batch prompts.txt {flag}": "batch run prompts.txt"
        for flag in ("--preview", "--open", "--show", "--detach", "--reuse")
    },
    "batch prompts.txt --as curl": "batch run prompts.txt --dry-run",
}
# Commands that would wait, ask or need a key at a terminal.
NOT_RUN = {"onboard"}


@pytest.fixture(autouse=True)
def some_files(run: Runner, fal: Sandbox, png: bytes) -> None:
    for name in ("in.png", "photo.png", "my fox.png"):
        Path(name).write_bytes(png)
    Path("talk.wav").write_bytes(
        b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x40\x1f\0\0\x80\x3e\0\0\2\0\x10\0data\0\0\0\0"
    )
    Path("prompts.txt").write_text("a fox\n")
    assert run("image", "generate", "a red fox", "-o", "made.png").code == 0


def hints(refused: Run) -> list[str]:
    """Return the hints of an error."""
    return [line.strip().removeprefix("→ ") for line in refused.err.splitlines() if line.strip().startswith("→ ")]


@pytest.mark.parametrize(
    ("typed", "missing"),
    [("tasks list --price", "--dry-run"), ("spend --show", "--preview"), ("gallery -s x", "--size")],
)
def test_no_flag_is_proposed_that_the_command_does_not_have(run: Runner, typed: str, missing: str) -> None:
    refused = run(*typed.split())
    assert (refused.code, missing in refused.err) == (2, False)


@pytest.mark.parametrize(("typed", "answer"), ANSWERS.items())
def test_the_command_that_was_meant_is_proposed_and_works_as_typed(
    run: Runner, fal: Sandbox, typed: str, answer: str
) -> None:
    count = len(fal.submissions)
    refused = run(*shlex.split(typed))
    assert refused.code == 2
    for_example, colon, words = answer.rpartition("For example: ")
    assert hints(refused)[0] == f"{colon}openclaw-fal {words}", for_example
    assert len(fal.submissions) == count
    if words not in NOT_RUN:
        done = run(
            *shlex.split(words), env={"FAL_KEY": "", "OPENCLAW_FAL_BASE_URL": ""} if "--sandbox" in words else {}
        )
        assert done.code == 0, done.err


@pytest.mark.parametrize(
    ("typed", "left_out"), [("tts --voice alloy 'Hello there'", "--voice alloy"), ("rembg in.png 'neatly'", "neatly")]
)
def test_what_has_no_place_in_a_proposed_command_is_named(run: Runner, typed: str, left_out: str) -> None:
    assert f"The command below has no place for: {left_out}." in run(*shlex.split(typed)).err


@pytest.mark.parametrize(
    ("flags", "name"), [("--preview", "prompts.txt"), ("--open --name xmas", "xmas"), ("-n 2 --preview", "prompts.txt")]
)
def test_the_files_of_a_batch_are_shown_by_its_gallery(run: Runner, flags: str, name: str) -> None:
    gallery = hints(run("batch", "prompts.txt", *flags.split()))[1]
    assert gallery == f"openclaw-fal gallery --batch {name} --open"
    assert run(*gallery.split()[1:]).code == 0


def test_what_has_no_flag_for_it_is_refused_by_name(run: Runner) -> None:
    refused = run("doctor", "foo", "bar\a")
    assert (refused.code, hints(refused)) == (2, ["openclaw-fal doctor --help"])
    assert "Unexpected arguments: foo bar�." in refused.err


@pytest.mark.parametrize("typed", ["set-key", "login", "auth", "key set"])
def test_what_may_be_a_key_is_not_repeated(run: Runner, typed: str) -> None:
    assert "0a1b2c3d4e5f" not in run(*typed.split(), "0a1b2c3d4e5f").err


@pytest.mark.parametrize("typed", ["budget set 5", "limit 5", "max-cost 5"])
def test_a_limit_is_a_flag_or_a_variable(run: Runner, typed: str) -> None:
    refused = run(*typed.split())
    assert "add: --max-cost 5" in refused.err
    assert "export OPENCLAW_FAL_MAX_COST=5" in refused.err


def test_a_mistyped_command_gets_the_closest_but_never_one_that_deletes(run: Runner) -> None:
    assert "Did you mean image?" in run("imgae").err
    assert "Did you mean wait?" in run("tasks", "wiat").err
    assert "If it is a prompt: openclaw-fal video generate waves" in run("video", "waves").err
    stats = run("batch", "--seed", "3", "stats", "prompts.txt")
    assert hints(stats)[0] == "openclaw-fal batch status prompts.txt --seed 3"
    for typed in ("prun", "purne", "cancle", "unse", "usnet"):
        for group in ("tasks", "config"):
            assert not re.search("mean.*(prune|unset|cancel)", run(group, typed).err), (group, typed)


def test_every_command_that_is_proposed_is_there() -> None:
    from openclaw_fal.commands.unknown_commands import _COMMANDS

    assert not re.search("prune|unset", " ".join(_COMMANDS.values()))
    for words in set(_COMMANDS.values()):
        found = PROGRAM
        for word in words.split():
            if not hasattr(found, "commands") or word in {"exit-codes", "{lines:prompts.txt}"}:
                break
            found = found.commands[word]
