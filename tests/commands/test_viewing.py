"""Pictures shown in the terminal, files opened, links: and nothing of it in pipes and CI."""

from __future__ import annotations

import io
import os
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from openclaw_fal.actions.pictures import read_pixels, thumbnail
from tests.faults.outcomes import wait_until

if TYPE_CHECKING:
    from openclaw_fal.sandbox import Sandbox
    from tests.conftest import Runner

COLORFUL = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "COLUMNS": "60"}
IMAGE = ("image", "generate", "a red fox", "-o", "fox.png")


def test_a_picture_is_shown_below_the_answer(run: Runner, fal: Sandbox) -> None:
    shown = run(*IMAGE, "--preview", env=COLORFUL, terminal=True).out
    answer, block, rest = shown.partition("▀")
    assert block
    assert "fox.png" in answer
    assert rest.count("▀") > 500
    assert len(set(re.findall(r"38;2;\d+;\d+;\d+", rest))) > 20


@pytest.mark.parametrize(
    ("environ", "begins"),
    [
        ({"TERM": "xterm-kitty"}, "\x1b_Ga=T"),
        ({"TERM_PROGRAM": "iTerm.app"}, "\x1b]1337;File=inline=1"),
        ({"TERM": "foot"}, "\x1bPq"),
    ],
)
def test_terminals_that_show_pictures_get_them(run: Runner, fal: Sandbox, environ: dict[str, str], begins: str) -> None:
    assert begins in run(*IMAGE, "--preview", env=COLORFUL | environ, terminal=True).out


def test_a_variable_asks_for_every_preview(run: Runner, fal: Sandbox) -> None:
    asked = COLORFUL | {"OPENCLAW_FAL_PREVIEW": "1"}
    assert "▀" in run(*IMAGE, env=asked, terminal=True).out
    assert "▀" not in run(*IMAGE, env=COLORFUL | {"OPENCLAW_FAL_PREVIEW": "0"}, terminal=True).out


@pytest.mark.needs("ffmpeg")
def test_the_first_frame_of_a_video_is_shown_again_by_its_task(run: Runner, fal: Sandbox) -> None:
    task = run("video", "generate", "waves", "--json").json["taskId"]
    assert "▀" in run("tasks", "preview", task, env=COLORFUL, terminal=True).out


def test_a_file_that_is_gone_is_named(run: Runner, fal: Sandbox) -> None:
    task = run(*IMAGE, "--json").json["taskId"]
    Path("fox.png").unlink()
    assert "no longer there" in run("tasks", "preview", task, env=COLORFUL, terminal=True).err


def test_what_can_not_be_shown_is_named_where_it_was_asked_for(run: Runner, fal: Sandbox) -> None:
    speech = ("run", "chatterbox/text-to-speech", "Hello", "-o", "hello.wav", "--overwrite")
    wide = COLORFUL | {"COLUMNS": "100"}
    named = "Only pictures and videos are shown here, not hello.wav."
    assert named in run(*speech, "--preview", env=wide, terminal=True).err
    assert named in run("tasks", "preview", "last", env=wide, terminal=True).err
    asked = wide | {"OPENCLAW_FAL_PREVIEW": "1"}
    assert named not in run(*speech, env=asked, terminal=True).err


@pytest.mark.parametrize("command", ["preview", "open"])
def test_a_task_without_files_says_how_to_fetch_them(run: Runner, fal: Sandbox, command: str) -> None:
    task = run("video", "generate", "waves", "--detach", "--json").json["taskId"]
    shown = run("tasks", command, task)
    assert shown.out == ""
    assert f"The task {task} is queued, and has no saved files." in shown.err
    assert f"openclaw-fal tasks wait {task}" in shown.err


@pytest.mark.parametrize(
    ("arguments", "environ", "terminal"),
    [
        ((*IMAGE, "--preview"), COLORFUL | {"OPENCLAW_FAL_PREVIEW": "kitty"}, False),
        ((*IMAGE, "--preview"), COLORFUL | {"CI": "true", "OPENCLAW_FAL_PREVIEW": "1"}, True),
        ((*IMAGE, "--preview"), COLORFUL | {"TERM": "dumb"}, True),
        ((*IMAGE, "--preview"), COLORFUL | {"NO_COLOR": "1"}, True),
        ((*IMAGE, "--json"), COLORFUL | {"OPENCLAW_FAL_PREVIEW": "1"}, False),
        ((*IMAGE, "--json"), COLORFUL | {"OPENCLAW_FAL_PREVIEW": "1"}, True),
        ((*IMAGE, "-q", "--preview"), COLORFUL, True),
        (("video", "generate", "waves"), COLORFUL | {"TERM_PROGRAM": "ghostty"}, False),
        (("tasks", "list"), COLORFUL, False),
        (("models", "list", "--limit", "3"), COLORFUL, False),
        (("image", "generate"), COLORFUL, False),
        (("--help",), COLORFUL, False),
    ],
)
def test_pipes_and_ci_get_no_escape_code_and_no_bell(
    run: Runner, fal: Sandbox, arguments: tuple[str, ...], environ: dict[str, str], terminal: bool
) -> None:
    done = run(*arguments, env=environ, terminal=terminal)
    stdout, stderr = done.out, done.err
    # On a terminal without CI, what is not a picture may be in color on stderr.
    checked = stdout if terminal and "CI" not in environ else stdout + stderr
    assert "\x1b" not in checked
    assert "\a" not in stdout + stderr
    assert "▀" not in checked


@pytest.mark.parametrize(
    "command",
    [
        ("image", "generate", "x", "-o", "ä b.png"),
        ("batch", "prompts.txt", "-o", "ä b.png"),
        ("tasks", "show", "last"),
        ("gallery", "-o", "ä b.html"),
    ],
    ids=lambda command: command[0],
)
def test_paths_are_links_on_a_terminal(run: Runner, fal: Sandbox, command: tuple[str, ...]) -> None:
    Path("prompts.txt").write_text("a red fox\n")
    if command[0] not in {"image", "batch"}:
        run("image", "generate", "x", "-o", "ä b.png")
    done = run(*command, env=COLORFUL, terminal=True)
    found = re.search(r"\x1b\]8;[^;]*;(file://[^\x1b]*)\x1b\\(.*?)\x1b\]8;;\x1b\\", done.out + done.err)
    assert found
    assert re.search(r"/%C3%A4%20b\.(png|html)$", found[1])
    assert re.search(r"ä b\.(png|html)$", found[2])


def test_files_are_opened_with_the_systems_viewer(
    run: Runner, fal: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    viewer, opened = tmp_path / "bin" / "xdg-open", tmp_path / "opened"
    viewer.parent.mkdir()
    viewer.write_text(f'#!/bin/sh\necho "$1" >> {opened}\n')
    viewer.chmod(0o755)
    monkeypatch.setenv("PATH", f"{viewer.parent}{os.pathsep}{os.environ['PATH']}")
    assert "no display" in run(*IMAGE, "--open").err
    done = run("image", "generate", "x", "-n", "2", "-q", "--open", env={"DISPLAY": ":0"})
    assert done.code == 0
    wait_until(lambda: opened.exists() and len(opened.read_text().splitlines()) == 2)
    assert sorted(opened.read_text().splitlines()) == sorted(done.out.splitlines())
    opened.unlink()
    Path(done.out.splitlines()[0]).unlink()
    again = run("tasks", "open", "last", env={"DISPLAY": ":0"})
    assert f"No longer there: {done.out.splitlines()[0]}" in again.err.replace("\n", " ").replace("  ", " ")
    wait_until(lambda: opened.exists() and opened.read_text() == f"{done.out.splitlines()[1]}\n")


# --- pixels ------------------------------------------------------------------------------------


@pytest.mark.needs("ffmpeg")
@pytest.mark.parametrize("name", ["red.png", "red.jpg", "red.webp", "red.bmp", "red.mp4"])
def test_pictures_of_all_kinds_and_videos_are_read(name: str) -> None:
    source = ["-f", "lavfi", "-i", "color=red:size=64x32:duration=0.2"]
    codec = ["-frames:v", "1"] if not name.endswith("mp4") else ["-pix_fmt", "yuv420p"]
    subprocess.run(["ffmpeg", "-v", "error", *source, *codec, name], check=True)
    pixels = read_pixels(Path(name), 16, 100)
    assert pixels is not None
    assert (pixels.width, pixels.height) == (16, 8)
    red, green, blue = pixels.rgb[:3]
    assert red > 240
    assert max(green, blue) < 15


def test_a_depth_map_of_16_bits_is_gray_and_not_white() -> None:
    image = pytest.importorskip("PIL.Image")
    image.new("I;16", (64, 32), 0x8080).save("depth.png")
    pixels = read_pixels(Path("depth.png"), 8, 8)
    assert pixels is not None
    assert set(pixels.rgb) == {0x80}
    small = image.open(io.BytesIO(thumbnail(Path("depth.png"), 8) or b"")).convert("RGB")
    assert abs(small.getpixel((1, 1))[0] - 0x80) < 3


def test_an_ffmpeg_that_makes_nothing_of_a_video_is_no_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("ffmpeg").write_text("#!/bin/sh\n")
    Path("ffmpeg").chmod(0o755)
    monkeypatch.setenv("PATH", str(Path.cwd()))
    Path("empty.mp4").write_bytes(b"\0\0\0\x18ftypisom\0\0\2\0isommp42")
    assert read_pixels(Path("empty.mp4"), 16, 16) is None


def test_a_png_is_read_where_there_is_no_other_program(
    monkeypatch: pytest.MonkeyPatch, run: Runner, fal: Sandbox
) -> None:
    run(*IMAGE)
    run("image", "generate", "x", "--output-format", "jpeg", "-o", "fox.jpg")
    monkeypatch.setenv("PATH", "")
    monkeypatch.setitem(__import__("sys").modules, "PIL", None)
    pixels = read_pixels(Path("fox.png"), 60, 60)
    assert pixels is not None
    assert (pixels.width, pixels.height) == (60, 45)
    assert read_pixels(Path("fox.jpg"), 60, 60) is None
    assert read_pixels(Path("missing.png"), 60, 60) is None
    assert (
        "fox.jpg can't be read here"
        in run(
            "tasks", "preview", run("tasks", "list", "--json").json["tasks"][0]["taskId"], env=COLORFUL, terminal=True
        ).err
    )
