"""Reference pictures that models can't read as they are: converted or refused, and never turned by chance."""

from __future__ import annotations

import base64
import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from openclaw_fal.sandbox.placeholders.images import flat_jpeg
from tests.core.test_picture_metadata import block, segment

if TYPE_CHECKING:
    from openclaw_fal.sandbox import Sandbox
    from tests.conftest import Run, Runner

JPEG = flat_jpeg("a", (64, 32), "")
BMP = b"BM" + bytes(12) + (40).to_bytes(4, "little") + bytes(40)
TIFF = b"II*\0\x08\0\0\0" + b"\1\0" + bytes(12) + bytes(4)  # one directory with one entry
HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0\0\0\x10meta" + bytes(8)


def edit(run: Runner, source: str, *arguments: str, stdin: str | None = None) -> Run:
    return run("image", "edit", "-i", source, "make it blue", *arguments, stdin=stdin)


def sent_picture(fal: Sandbox) -> Any:
    """Return the picture that was sent, as Pillow reads it."""
    image = pytest.importorskip("PIL.Image")
    [url] = (value for name, value in fal.submissions[-1].body.items() if name.startswith("image_url"))
    return image.open(io.BytesIO(base64.b64decode(url.partition(",")[2])))


@pytest.fixture
def no_pillow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)


# --- formats -------------------------------------------------------------------------------------


@pytest.mark.usefixtures("no_pillow")
@pytest.mark.parametrize(
    ("name", "content", "target"), [("a.bmp", BMP, "a.png"), ("a.tiff", TIFF, "a.png"), ("a b.heic", HEIC, "'a b.jpg'")]
)
def test_without_pillow_the_command_that_converts_it_is_named(
    run: Runner, fal: Sandbox, monkeypatch: pytest.MonkeyPatch, name: str, content: bytes, target: str
) -> None:
    Path(name).write_bytes(content)
    for platform, begin in (("linux", ("magick", "convert")), ("darwin", ("sips -s format",))):
        monkeypatch.setattr("openclaw_fal.actions.pictures.sys.platform", platform)
        for refused in (edit(run, name), run("run", "fal/fal-ai/esrgan", "-p", f"image_url=@{name}")):
            assert refused.code == 2
            assert "picture, which no model reads. Nothing was sent." in refused.err
            [line] = [line for line in refused.err.splitlines() if "Convert it: " in line]
            assert line.partition("Convert it: ")[2].startswith(begin)
            assert line.endswith(target)
            assert "-m pip install pillow pillow-heif" in refused.err
    assert fal.submissions == []


@pytest.mark.usefixtures("no_pillow")
def test_without_validation_it_is_sent_as_it_is(run: Runner, fal: Sandbox) -> None:
    Path("a.bmp").write_bytes(BMP)
    assert edit(run, "a.bmp", "--no-validate", "--dry-run").code == 0
    assert fal.submissions == []


@pytest.mark.parametrize(
    ("name", "form", "mode", "sent"),
    [
        ("a.bmp", "BMP", "RGB", ("PNG", "RGB")),
        ("a.tif", "TIFF", "RGBA", ("PNG", "RGBA")),
        ("a.tif", "TIFF", "CMYK", ("PNG", "RGB")),
        ("a.tif", "TIFF", "1", ("PNG", "L")),
        ("a.heic", "HEIF", "RGB", ("JPEG", "RGB")),
        ("a.heic", "HEIF", "RGBA", ("PNG", "RGBA")),
    ],
)
def test_with_pillow_it_is_converted_and_said(
    run: Runner, fal: Sandbox, name: str, form: str, mode: str, sent: tuple[str, str]
) -> None:
    image = pytest.importorskip("PIL.Image")
    pytest.importorskip("pillow_heif").register_heif_opener()
    picture = image.new("RGB", (64, 32), "red").convert(mode)
    if mode == "RGBA":
        picture.putalpha(100)
    picture.save(name, form)
    made = edit(run, name)
    assert made.code == 0, made.err
    found = sent_picture(fal)
    assert (found.format, found.mode, found.size) == (*sent, (64, 32))
    assert f"note: {name} is a " in made.err
    assert f"it is sent as {sent[0]}." in made.err


def test_a_converted_picture_is_upright(run: Runner, fal: Sandbox) -> None:
    image = pytest.importorskip("PIL.Image")
    exif = image.Exif()
    exif[0x0112] = 6
    image.new("RGB", (64, 32), "red").save("a.tiff", exif=exif)
    made = edit(run, "a.tiff")
    assert sent_picture(fal).size == (32, 64)
    assert "orientation" not in made.err


@pytest.mark.parametrize("content", [BMP, TIFF, HEIC], ids=["bmp", "tiff", "heic"])
def test_what_pillow_can_not_read_is_refused(run: Runner, fal: Sandbox, content: bytes) -> None:
    pytest.importorskip("PIL")
    Path("bad").write_bytes(content)
    refused = edit(run, "bad")
    assert refused.code == 2
    assert "and it can't be converted" in refused.err
    assert fal.submissions == []


def test_colors_that_would_be_lost_are_not_converted(run: Runner, fal: Sandbox) -> None:
    image = pytest.importorskip("PIL.Image")
    image.new("I;16", (8, 8), 40_000).save("deep.tiff")
    refused = edit(run, "deep.tiff")
    assert refused.code == 2
    assert "more than 8 bits" in refused.err
    assert fal.submissions == []


# --- orientation ---------------------------------------------------------------------------------

TURNED = JPEG[:2] + segment(0xE1, b"Exif\0\0" + block(6)) + JPEG[2:]


@pytest.mark.parametrize("source", ["photo.jpg", "data:"])
def test_a_picture_that_may_look_turned_is_sent_as_it_is_with_a_warning(run: Runner, fal: Sandbox, source: str) -> None:
    Path("photo.jpg").write_bytes(TURNED)
    given = f"data:image/jpeg;base64,{base64.b64encode(TURNED).decode()}" if source == "data:" else source
    made = edit(run, given)
    assert made.code == 0
    assert "EXIF orientation (6). A model that does not read it sees the picture turned by 90° to the left." in made.err
    assert "-auto-orient" in made.err
    [url] = (value for name, value in fal.submissions[-1].body.items() if name.startswith("image_url"))
    assert base64.b64decode(url.partition(",")[2]) == TURNED


@pytest.mark.usefixtures("fal")
def test_each_is_said_once_and_upright_ones_are_not(run: Runner) -> None:
    Path("turned.jpg").write_bytes(TURNED)
    Path("upright.jpg").write_bytes(JPEG[:2] + segment(0xE1, b"Exif\0\0" + block(1)) + JPEG[2:])
    files = ("-i", "turned.jpg", "-i", "turned.jpg", "-i", "upright.jpg")
    made = run("image", "edit", *files, "make it blue", "-m", "nano-banana-2")
    assert made.code == 0, made.err
    assert made.err.count("EXIF") == 1
    Path("lines.txt").write_text("make it blue\nmake it red\n")
    batch = run("batch", "lines.txt", "--command", "image edit", "--file", "turned.jpg", "--progress", "plain")
    assert batch.code == 0, batch.err
    assert batch.err.count("EXIF") == 1
    shown = run("image", "edit", *files, "make it blue", "-m", "nano-banana-2", "--dry-run", "--json").json
    assert len(shown["notes"]) == 1
