"""`gallery`: what the page holds, and what is said about it; `tests/render/test_gallery_page.py` looks at the page."""

from __future__ import annotations

import json
import os
import re
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from openclaw_fal.cli import build
from tests.faults.outcomes import wait_until

if TYPE_CHECKING:
    from openclaw_fal.sandbox import Sandbox
    from tests.conftest import Runner

pytestmark = pytest.mark.usefixtures("folder")

HOSTILE = "</script><script>alert(1)</script><!-- <img src=x onerror=alert(2)> & \u2028 \u202e \u0000 \"'`${x}"


def data_of(page: Path) -> Any:
    """Return the JSON in a page."""
    found = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page.read_text(), re.DOTALL)
    assert len(found) == 1
    return json.loads(found[0])


def test_every_file_is_on_the_page_with_what_made_it(run: Runner, fal: Sandbox) -> None:
    run(
        "image",
        "generate",
        "--prompt",
        "a red fox",
        "--count",
        "2",
        "--seed",
        "7",
        "--size",
        "512x512",
        "--output",
        "a/",
    )
    run("video", "generate", "--prompt", "waves", "--output", "waves.mp4")
    written = run("gallery")
    assert (written.code, written.err) == (0, "")
    assert written.out == f"{Path.cwd() / 'gallery.html'}\n"
    video, picture = data_of(Path("gallery.html"))["tasks"]
    assert [file["src"] for file in video["files"]] == ["waves.mp4"]
    assert [file["kind"] for file in video["files"]] == ["video"]
    assert (picture["prompt"], picture["model"], picture["seed"]) == ("a red fox", "fal-ai/flux/dev", "7")
    assert ["Requested size", "512x512"] in picture["inputs"]
    for file in picture["files"]:
        assert Path(file["src"]).is_file()
        assert (file["width"], file["height"]) == (512, 512)
    assert len(picture["files"]) == 2


def test_the_page_is_written_again_but_never_in_place_of_another_file(run: Runner) -> None:
    assert run("gallery").code == 0
    assert run("gallery", "--json").json["tasks"] == 0
    quiet = run("gallery", "-q")
    assert (quiet.out, quiet.err) == (f"{Path.cwd() / 'gallery.html'}\n", "")
    Path("mine.html").write_text("<p>mine</p>")
    refused = run("gallery", "--output", "mine.html", "--json")
    assert (refused.code, refused.json["error"]["code"]) == (2, "output_exists")
    assert Path("mine.html").read_text() == "<p>mine</p>"
    assert run("gallery", "--output", "mine.html", "--overwrite").code == 0
    assert "openclaw-fal gallery" in Path("mine.html").read_text()


@pytest.mark.usefixtures("fal")
def test_hostile_prompts_stay_text(run: Runner) -> None:
    prompt = HOSTILE.replace("\0", "\x01")
    assert run("image", "generate", "--prompt", prompt).code == 0
    run("gallery")
    [task] = data_of(Path("gallery.html"))["tasks"]
    assert task["prompt"] == prompt
    page = Path("gallery.html").read_text()
    assert "alert(1)" in page
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert not set(page) & {"\x01", "\u2028", "\u202e"}


@pytest.mark.usefixtures("fal")
def test_the_command_on_the_page_makes_the_same_again(run: Runner, fal: Sandbox, png: bytes) -> None:
    Path("a b.png").write_bytes(png)
    lines = [
        (
            "image",
            "generate",
            "--prompt",
            "it's\na red fox; $(rm -rf x)",
            "--count",
            "2",
            "--size",
            "512x512",
            "--seed",
            "7",
        ),
        ("image", "generate", "--prompt", "a whale", "--negative-prompt", "y", "-p", "guidance_scale:=4.5"),
        (
            "image",
            "edit",
            "--prompt",
            "a watercolor",
            "--file",
            "a b.png",
            "--model",
            "fal/fal-ai/nano-banana-2",
            "--seed",
            "1",
        ),
        (
            "video",
            "generate",
            "--prompt",
            "waves",
            "--model",
            "fal/bytedance/seedance-2.0/fast/text-to-video",
            "--audio",
        ),
        ("run", "fal/fal-ai/kokoro/american-english", "-p", "prompt=hello", "-p", "speed:=1.5"),
    ]
    for line in lines:
        assert run(*line).code == 0
    run("gallery")
    for task in data_of(Path("gallery.html"))["tasks"]:
        first = next(each for each in fal.submissions if each.body.get("prompt") == task["prompt"])
        seen = len(fal.submissions)
        words = shlex.split(task["command"])
        assert words[0] == "openclaw-fal"
        assert run(*words[1:]).code == 0, task["command"]
        again = fal.submissions[seen]
        same = {name: value for name, value in again.body.items() if name != "seed" or "seed" in first.body}
        assert (again.endpoint, same) == (first.endpoint, first.body)


@pytest.mark.usefixtures("one_day", "fal")
def test_models_and_times_narrow_the_page(run: Runner) -> None:
    run("image", "generate", "--prompt", "one fox")
    run("image", "generate", "--prompt", "two foxes", "--model", "fal/fal-ai/nano-banana-2")
    for arguments, prompts in [
        (["--model", "fal/fal-ai/flux/dev"], ["one fox"]),
        (["--model", "banana"], ["two foxes"]),
        (["--model", "nothing"], []),
        (["--since", "1h"], ["two foxes", "one fox"]),
        (["--since", "today"], ["two foxes", "one fox"]),
        (["--since", "2999-01-01"], []),
    ]:
        assert run("gallery", *arguments).code == 0
        assert [task["prompt"] for task in data_of(Path("gallery.html"))["tasks"]] == prompts, arguments
    refused = run("gallery", "--since", "soon")
    assert refused.code == 2
    assert "7d" in refused.err


@pytest.mark.usefixtures("fal")
def test_a_batch_has_a_page_of_its_own(run: Runner) -> None:
    Path("foxes.txt").write_text("one fox\ntwo foxes\n")
    assert run("batch", "foxes.txt").code == 0
    assert run("batch", "foxes.txt", "--name", "again").code == 0
    run("image", "generate", "an owl")
    for name, count, title in (
        ("foxes.txt", 2, "foxes"),
        ("foxes", 2, "foxes"),
        ("again", 2, "again"),
        ("owls", 0, "owls"),
    ):
        assert run("gallery", "--batch", name).code == 0
        data = data_of(Path("gallery.html"))
        assert (len(data["tasks"]), data["title"]) == (count, title)
        assert all("owl" not in task["prompt"] for task in data["tasks"])


@pytest.mark.usefixtures("fal")
def test_files_that_are_gone_or_elsewhere_are_named(run: Runner, tmp_path: Path) -> None:
    run("image", "generate", "--prompt", "gone", "--output", "gone.png")
    run("image", "generate", "--prompt", "elsewhere", "--output", str(tmp_path / "else where.png"))
    Path("gone.png").unlink()
    written = run("gallery", "--output", "page/")
    assert written.err == (
        "note: 1 file is missing or not fetched; the page says how to fetch them.\n"
        "note: 1 file is outside the page's folder, and shown on this machine only.\n"
    )
    elsewhere, gone = data_of(Path("page/gallery.html"))["tasks"]
    assert elsewhere["files"][0]["src"] == (tmp_path / "else where.png").as_uri()
    assert "src" not in gone["files"][0]
    assert gone["wait"] == f"openclaw-fal tasks wait {gone['id']}"


def a_large_picture(path: Path) -> None:
    """Make the picture of the newest task one that is too large to be embedded whole."""
    image = pytest.importorskip("PIL.Image")
    image.effect_noise((1400, 1400), 90).save(path)
    assert path.stat().st_size > 1_000_000


@pytest.mark.usefixtures("fal")
def test_small_files_and_thumbnails_are_in_the_page_if_wanted(run: Runner) -> None:
    run("image", "generate", "--prompt", "small", "--size", "64x64", "--output", "small.png")
    run("image", "generate", "--prompt", "large", "--output", "large.png")
    a_large_picture(Path("large.png"))
    assert run("gallery", "--embed").err == ""
    large, small = (task["files"][0] for task in data_of(Path("gallery.html"))["tasks"])
    assert small["src"].startswith("data:image/png;base64,")
    assert large["src"] == "large.png"
    assert large["thumbnail"].startswith("data:image/webp;base64,")


@pytest.mark.usefixtures("fal")
def test_without_pillow_a_large_file_is_linked_and_said_to_be(run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    run("image", "generate", "--prompt", "large", "--output", "large.png")
    with Path("large.png").open("ab") as file:
        file.truncate(2_000_000)
    written = run("gallery", "--embed")
    assert written.err.startswith("note: 1 file is linked, not embedded:")
    assert "-m pip install pillow" in written.err
    [task] = data_of(Path("gallery.html"))["tasks"]
    assert task["files"][0]["src"] == "large.png"


@pytest.mark.usefixtures("fal")
def test_texts_are_on_the_page(run: Runner, png: bytes) -> None:
    Path("in.png").write_bytes(png)
    said = run("run", "fal/fal-ai/florence-2-large/caption", "-p", "image_url=@in.png", "--json").json["result"][
        "output"
    ]
    run("gallery")
    [task] = data_of(Path("gallery.html"))["tasks"]
    assert (task["files"], task["text"]) == ([], said)
    assert run("run", "fal/fal-ai/florence-2-large/caption", "-p", "image_url=@in.png", "-o", "said.txt").code == 0
    assert run("gallery", "--embed").err == ""  # nothing is left out
    assert [task["text"] for task in data_of(Path("gallery.html"))["tasks"]] == [said, said]


@pytest.mark.usefixtures("fal")
def test_a_file_that_a_browser_can_not_show_is_named_and_no_data_in_its_place(run: Runner, png: bytes) -> None:
    Path("in.png").write_bytes(png)
    assert run("run", "fal/fal-ai/trellis", "-p", "image_url=@in.png", "-o", "chair.glb").code == 0
    run("gallery")
    [task] = data_of(Path("gallery.html"))["tasks"]
    assert "text" not in task
    assert [(file["kind"], file["name"]) for file in task["files"]] == [("other", "chair.glb")]


def test_an_empty_page_says_how_to_begin(run: Runner) -> None:
    written = run("gallery")
    assert (written.code, written.err) == (0, "note: Nothing matches, so the page is empty.\n")
    assert data_of(Path("gallery.html"))["example"] == 'openclaw-fal image generate --prompt "a red fox"'


def test_the_page_goes_to_standard_output(run: Runner) -> None:
    written = run("gallery", "--output", "-")
    assert written.out.startswith("<!doctype html>")
    assert not Path("gallery.html").exists()
    assert run("gallery", "--output", "-", "--json").code == 2


def test_open_opens_the_page_where_there_is_a_display(
    run: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    viewer, opened = tmp_path / "xdg-open", tmp_path / "opened"
    viewer.write_text(f'#!/bin/sh\necho "$1" > {opened}.new; mv {opened}.new {opened}\n')
    viewer.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert "no display" in run("gallery", "--open").err
    assert run("gallery", "--open", env={"DISPLAY": ":0"}).code == 0
    wait_until(opened.exists)
    assert opened.read_text().strip() == str(Path("gallery.html").absolute())


def test_help_names_what_narrows_the_page() -> None:
    names = {name for option in build().commands["gallery"].params for name in option.opts}
    assert {"--since", "--model", "--output", "--open"} <= names
