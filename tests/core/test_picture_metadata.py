"""The orientation of a picture, and text in it: other readers find it, and the picture stays the same."""

from __future__ import annotations

import io
import json
import struct
import subprocess
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from openclaw_fal.core.picture_metadata import UPRIGHT, CannotHoldText, PictureText, orientation, with_text

if TYPE_CHECKING:
    from openclaw_fal.sandbox import Sandbox
    from tests.conftest import Runner


def block(value: int, order: str = "<", *, before: int = 0) -> bytes:
    """Return a TIFF block with an orientation behind some other entries."""
    mark = b"II*\0" if order == "<" else b"MM\0*"
    entries = [struct.pack(f"{order}HHII", 0x010E, 2, 1, 0)] * before
    entries.append(struct.pack(f"{order}HHIHH", 0x0112, 3, 1, value, 0))
    return mark + struct.pack(f"{order}IH", 8, len(entries)) + b"".join(entries) + bytes(4)


def segment(marker: int, content: bytes) -> bytes:
    return bytes([0xFF, marker]) + (len(content) + 2).to_bytes(2, "big") + content


def jpeg(tiff: bytes) -> bytes:
    return (
        b"\xff\xd8" + segment(0xE0, b"JFIF\0" + bytes(9)) + segment(0xE1, b"Exif\0\0" + tiff) + segment(0xDB, bytes(65))
    )


def png(tiff: bytes) -> bytes:
    chunks = [(b"IHDR", bytes(13)), (b"IDAT", bytes(90_000)), (b"eXIf", tiff), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(len(c).to_bytes(4, "big") + name + c + bytes(4) for name, c in chunks)


def webp(tiff: bytes) -> bytes:
    chunks = [(b"VP8X", bytes(10)), (b"VP8 ", bytes(71)), (b"EXIF", tiff)]
    body = b"".join(name + len(c).to_bytes(4, "little") + c + bytes(len(c) % 2) for name, c in chunks)
    return b"RIFF" + (len(body) + 4).to_bytes(4, "little") + b"WEBP" + body


@pytest.mark.parametrize("make", [jpeg, png, webp])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("before", [0, 3])
def test_the_orientation_is_found(make: type[bytes], order: str, before: int) -> None:
    for value in range(1, 9):
        assert orientation(io.BytesIO(make(block(value, order, before=before)))) == value


@pytest.mark.parametrize("make", [jpeg, png, webp, bytes])
@pytest.mark.parametrize(
    "tiff", [b"", b"II*\0", block(0), block(9), b"XX" + block(6), block(6)[:15], b"II*\0" + b"\xff" * 40]
)
def test_an_orientation_that_is_missing_or_damaged_is_upright(make: type[bytes], tiff: bytes) -> None:
    whole = make(tiff)
    for end in (len(whole), len(whole) // 2, 3):
        assert orientation(io.BytesIO(whole[:end])) == UPRIGHT


TEXT = PictureText("a red fox\nin snow, 100 %", "fal/fal-ai/flux/dev", 7, "openclaw-fal 0")
UNICODE = TEXT._replace(prompt="ein Füchslein 🦊 ثعلب\0")
HUGE = TEXT._replace(prompt="wörd " * 40_000)


def chunk(name: bytes, content: bytes) -> bytes:
    return len(content).to_bytes(4, "big") + name + content + zlib.crc32(name + content).to_bytes(4, "big")


PNG = b"".join(
    (
        b"\x89PNG\r\n\x1a\n",
        chunk(b"IHDR", bytes.fromhex("00000001000000010802000000")),
        chunk(b"tEXt", b"Comment\0mine"),
        chunk(b"IDAT", zlib.compress(bytes(4))),
        chunk(b"IEND", b""),
    )
)


def chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    """Return name and content of each PNG chunk, and check its sum."""
    found, at = [], 8
    while at < len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        name, content = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        assert zlib.crc32(name + content) == int.from_bytes(data[at + 8 + length : at + 12 + length], "big")
        found.append((name, content))
        at += 12 + length
    return found


JPEG = b"".join(
    (
        b"\xff\xd8",
        segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0"),
        segment(0xE1, b"Exif\0\0MM\0*"),
        segment(0xDB, bytes(65)),
        segment(0xDA, b"\1\1\0\0?\0"),
        b"scan",
        b"\xff\xd9",
    )
)


@pytest.mark.parametrize("text", [TEXT, UNICODE, HUGE], ids=["latin", "unicode", "huge"])
def test_a_png_gets_chunks_and_keeps_its_own(text: PictureText) -> None:
    before, after = chunks(PNG), chunks(with_text(PNG, text))
    added = [each for each in after if each not in before]
    assert [each for each in after if each in before] == before
    assert after[0][0] == b"IHDR"
    values = {}
    for name, content in added:
        keyword, _, value = content.partition(b"\0")
        values[keyword.decode()] = (
            value.decode("latin-1") if name == b"tEXt" else value.removeprefix(b"\0\0\0\0").decode()
        )
    prompt = text.prompt.replace("\0", "\ufffd")
    assert values == {"Description": prompt, "Model": text.model, "Seed": "7", "Software": "openclaw-fal 0"}


@pytest.mark.parametrize("text", [TEXT, UNICODE, HUGE], ids=["latin", "unicode", "huge"])
def test_a_jpeg_gets_a_comment_behind_its_application_segments(text: PictureText) -> None:
    after = with_text(JPEG, text)
    start = JPEG.index(b"\xff\xdb")
    assert after[:start] == JPEG[:start]
    assert after[start : start + 2] == b"\xff\xfe"
    end = start + 2 + int.from_bytes(after[start + 2 : start + 4], "big")
    assert after[end:] == JPEG[start:]
    comment = after[start + 4 : end].decode()
    assert comment.startswith(text.prompt[:100].rstrip("\0"))
    assert comment.endswith("\nModel: fal/fal-ai/flux/dev\nSeed: 7\nSoftware: openclaw-fal 0")
    assert (text is HUGE) == ("…" in comment)


def test_a_jpeg_that_has_a_comment_gets_the_text_behind_it() -> None:
    start = JPEG.index(b"\xff\xdb")
    other = b"\xff\xfe\x00\x07other"
    after = with_text(JPEG[:start] + other + JPEG[start:], TEXT)
    assert after[: start + len(other) + 2] == JPEG[:start] + other + b"\xff\xfe"


SIGNED_JPEG = JPEG[:2] + segment(0xEB, b"JP\0\1\0\0\0\1\0\0\0\x20jumb") + JPEG[2:]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (SIGNED_JPEG, "content credentials"),
        (b"RIFF\x24\0\0\0WEBPVP8 ", "neither PNG nor JPEG"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\0IEND", "chunks"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "segments"),
    ],
)
def test_what_can_not_hold_text_is_left_as_it_is(data: bytes, reason: str) -> None:
    with pytest.raises(CannotHoldText, match=reason):
        with_text(data, TEXT)


def test_a_signed_png_is_left_as_it_is() -> None:
    with pytest.raises(CannotHoldText, match="content credentials"):
        with_text(PNG[:33] + chunk(b"caBX", b"jumb") + PNG[33:], TEXT)


# --- the flag ------------------------------------------------------------------------------------


def described(path: str) -> dict[str, str]:
    """Return the texts that ffprobe reads from a picture."""
    command = ["ffprobe", "-v", "error", "-show_entries", "frame_tags", "-of", "json", path]
    told = subprocess.run(command, capture_output=True, text=True, check=True)
    assert told.stderr == ""
    [frame] = json.loads(told.stdout)["frames"]
    return dict(frame.get("tags", {}))


def pixels(path: str) -> bytes:
    command = ["ffmpeg", "-v", "error", "-i", path, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    return subprocess.run(command, capture_output=True, check=True).stdout


@pytest.mark.needs("ffprobe", "ffmpeg")
@pytest.mark.usefixtures("fal")
@pytest.mark.parametrize("extension", ["png", "jpg"])
def test_another_program_reads_the_text_and_sees_the_same_picture(run: Runner, extension: str) -> None:
    form = ("--seed", "7", "--size", "256x256", "--output-format", extension)
    run("image", "generate", "a red fox", *form, "-o", f"plain.{extension}")
    made = run("image", "generate", "a red fox", *form, "-o", f"told.{extension}", "--embed-metadata", "--json")
    assert made.code == 0, made.err
    assert made.json["outputs"][0]["size"] == Path(f"told.{extension}").stat().st_size
    assert pixels(f"told.{extension}") == pixels(f"plain.{extension}")
    if extension == "png":
        found = described("told.png")
        assert (found["Description"], found["Model"], found["Seed"]) == ("a red fox", "fal/fal-ai/flux/dev", "7")
        assert "Description" not in described("plain.png")
    else:
        assert b"\xff\xfe" in Path("told.jpg").read_bytes()
        assert b"a red fox\nModel: fal/fal-ai/flux/dev\nSeed: 7\n" in Path("told.jpg").read_bytes()


@pytest.mark.usefixtures("folder")
def test_a_file_that_is_fetched_again_has_the_same_text_once(run: Runner, fal: Sandbox) -> None:
    made = run("image", "generate", "a red fox", "-o", "fox.png", "--embed-metadata", "--queue", "--json").json
    first = Path("fox.png").read_bytes()
    assert first.count(b"Description\0a red fox") == 1
    assert run("tasks", "wait", made["taskId"]).code == 0
    Path("fox.png").unlink()
    assert run("tasks", "wait", made["taskId"]).code == 0
    assert Path("fox.png").read_bytes() == first
    assert [path.name for path in Path().iterdir()] == ["fox.png"]


@pytest.mark.usefixtures("fal")
def test_other_files_are_named_and_kept(run: Runner) -> None:
    made = run("video", "generate", "waves", "-o", "waves.mp4", "--embed-metadata")
    assert made.code == 0
    assert "note: No metadata was embedded in a file: video/mp4 is neither PNG nor JPEG." in made.err
