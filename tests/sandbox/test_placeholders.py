"""Placeholders are real files, as ffprobe, ffmpeg and the standard library's readers judge them."""

from __future__ import annotations

import io
import json
import random
import struct
import subprocess
import wave
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from openclaw_fal.sandbox.cdn import padded
from openclaw_fal.sandbox.dimensions import size_of
from openclaw_fal.sandbox.placeholders import Plan, render
from openclaw_fal.sandbox.placeholders.mp4 import BLOCK, yuv
from openclaw_fal.sandbox.placeholders.scene import Scene, flat_color, label

if TYPE_CHECKING:
    from pathlib import Path

PICTURE = Plan("png", "a red fox|42|0|", (1024, 768), "fal-ai/flux/dev | seed 42", "a red fox in snow")
FILM = replace(PICTURE, format="mp4", size=(1280, 720), frames=120, rate=24)
WITH_FFMPEG = pytest.mark.needs("ffprobe", "ffmpeg")
SIZES = [(1, 1), (64, 48), (333, 217), (1024, 1024)]


def probe(path: Path) -> Any:
    """Return what ffprobe says of a file's only stream; it must not complain."""
    entries = "stream=codec_name,profile,width,height,pix_fmt,r_frame_rate,duration,nb_read_frames"
    command = ["ffprobe", "-v", "error", "-count_frames", "-show_entries", entries, "-of", "json", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    (stream,) = json.loads(done.stdout)["streams"]
    return stream


def decode(path: Path, *arguments: str) -> str:
    """Decode the whole file without errors, and return ffmpeg's output."""
    command = ["ffmpeg", "-v", "error", "-xerror", "-i", str(path), *arguments, "-"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout


@pytest.fixture
def written(tmp_path: Path) -> Any:
    def write(plan: Plan) -> Path:
        path = tmp_path / f"file.{plan.extension}"
        path.write_bytes(render(plan))
        return path

    return write


@pytest.mark.parametrize("form", ["png", "jpeg", "webp"])
@pytest.mark.parametrize("size", SIZES)
@WITH_FFMPEG
def test_a_picture_has_the_requested_size_in_each_format(written: Any, form: str, size: tuple[int, int]) -> None:
    path = written(replace(PICTURE, format=form, size=size))
    stream = probe(path)
    assert (stream["codec_name"], stream["width"], stream["height"]) == (form.replace("jpeg", "mjpeg"), *size)
    assert size_of(path.read_bytes()) == size
    decode(path, "-f", "null")


@pytest.mark.parametrize(("form", "tolerance"), [("webp", 0), ("jpeg", 2)])
@WITH_FFMPEG
def test_jpeg_and_webp_show_the_one_color_of_their_key(written: Any, form: str, tolerance: int) -> None:
    """WebP is exact; JPEG rounds between color spaces."""
    command = ["ffmpeg", "-v", "error", "-i", str(written(replace(PICTURE, format=form)))]
    done = subprocess.run([*command, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"], capture_output=True, check=True)
    first, color = done.stdout[:3], flat_color(PICTURE.key)
    assert done.stdout == first * (1024 * 768)
    assert all(abs(shown - meant) <= tolerance for shown, meant in zip(first, color, strict=True))


@WITH_FFMPEG
def test_a_large_picture_is_a_valid_file(written: Any) -> None:
    path = written(replace(PICTURE, size=(4096, 4096)))
    assert (probe(path)["width"], probe(path)["height"]) == (4096, 4096)


@pytest.mark.parametrize(
    ("size", "frames", "rate"),
    [
        ((1280, 720), 120, 24),
        ((480, 854), 96, 24),
        ((832, 480), 81, 16),
        ((1920, 1080), 48, 24),
        ((16, 16), 1, 24),
        ((3840, 2160), 24, 24),
        ((126, 62), 33, 60),
    ],
)
@WITH_FFMPEG
def test_a_film_is_h264_of_the_requested_size_length_and_rate(
    written: Any, size: tuple[int, int], frames: int, rate: int
) -> None:
    path = written(replace(FILM, size=size, frames=frames, rate=rate))
    stream = probe(path)
    assert (stream["codec_name"], stream["profile"], stream["pix_fmt"]) == ("h264", "Constrained Baseline", "yuv420p")
    assert (stream["width"], stream["height"]) == size
    assert float(stream["duration"]) == pytest.approx(frames / rate, abs=0.001)
    assert (stream["r_frame_rate"], stream["nb_read_frames"]) == (f"{rate}/1", str(frames))
    decode(path, "-f", "null")


@WITH_FFMPEG
def test_a_film_moves_and_repeats_every_two_seconds(written: Any) -> None:
    lines = decode(written(FILM), "-f", "framemd5").splitlines()
    frames = [line.split(",")[-1].strip() for line in lines if not line.startswith("#")]
    assert len(frames) == 120
    assert len(set(frames[:48])) > 40, "nearly every frame of the cycle is another"
    assert frames[:72] == frames[48:], "a film is its cycle again and again"


@pytest.mark.parametrize("frame", [0, 31])
@WITH_FFMPEG
def test_a_film_decodes_to_exactly_the_colors_that_were_meant(written: Any, frame: int) -> None:
    """A wrong prediction would drift from block to block and still look like a film."""
    width, height = FILM.size
    raw = subprocess.run(
        ["ffmpeg", "-v", "error", "-i", str(written(FILM)), "-f", "rawvideo", "-pix_fmt", "yuv420p", "-"],
        capture_output=True,
        check=True,
    ).stdout
    start = frame * width * height * 3 // 2
    top = len(label(width, height, FILM.detail, FILM.prompt))
    scene = Scene(FILM.key, width // BLOCK, (height - top) // BLOCK)
    planes = [(0, width, BLOCK, 0), (width * height, width // 2, 8, 1), (width * height * 5 // 4, width // 2, 8, 2)]
    for number, column in enumerate(scene.at(frame % 48 / 48)):
        for row, index in enumerate(column):
            for place, stride, block, part in planes:
                line = (top * block // BLOCK + row * block) * stride + number * block
                shown = raw[start + place + line : start + place + line + block]
                assert shown == bytes([yuv(scene.palette[index])[part]]) * block


@pytest.mark.parametrize("form", ["mp4", "png", "jpeg", "webp", "wav", "glb"])
def test_the_same_plan_gives_the_same_bytes_and_another_key_others(form: str) -> None:
    plan = replace(FILM if form in {"mp4", "wav"} else PICTURE, format=form)
    again = render.__wrapped__(plan)
    assert render(plan) == again
    for key in ("a red fox|43|0|", "a red fox|42|1|", "a blue fox|42|0|"):
        assert render(replace(plan, key=key)) != again


def test_the_prompt_is_written_on_the_picture() -> None:
    assert render(PICTURE) != render(replace(PICTURE, prompt="a red fox in mud"))


@pytest.mark.parametrize("seconds", [0.5, 5.0, 30.25])
@WITH_FFMPEG
def test_a_sound_is_an_audible_wav_of_the_requested_length(written: Any, seconds: float) -> None:
    path = written(replace(FILM, format="wav", frames=round(seconds * 1000), rate=1000))
    stream = probe(path)
    assert (stream["codec_name"], float(stream["duration"])) == ("pcm_u8", seconds)
    with wave.open(str(path)) as sound:
        samples = sound.readframes(sound.getnframes())
    assert max(samples) - min(samples) > 20


def test_a_model_is_a_glb_whose_chunks_fill_its_length() -> None:
    data = render(replace(PICTURE, format="glb"))
    magic, version, length = struct.unpack_from("<4sII", data)
    assert (magic, version, length) == (b"glTF", 2, len(data))
    size, kind = struct.unpack_from("<I4s", data, 12)
    scene = json.loads(data[20 : 20 + size])
    binary_size, binary_kind = struct.unpack_from("<I4s", data, 20 + size)
    assert (kind, binary_kind, size % 4, 28 + size + binary_size) == (b"JSON", b"BIN\0", 0, len(data))
    assert scene["buffers"][0]["byteLength"] == binary_size
    for view in scene["bufferViews"]:
        assert view["byteOffset"] + view["byteLength"] <= binary_size


@pytest.mark.parametrize("form", ["obj", "mtl", "ply", "fbx", "txt"])
def test_plain_formats_say_that_they_are_placeholders(form: str) -> None:
    assert "placeholder from the openclaw-fal sandbox" in render(replace(PICTURE, format=form)).decode()


def test_weights_have_a_header_that_covers_their_data() -> None:
    data = render(replace(PICTURE, format="safetensors"))
    (size,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + size])
    assert header["weight"]["data_offsets"][1] == len(data) - 8 - size


def test_archives_and_json_can_be_read() -> None:
    with zipfile.ZipFile(io.BytesIO(render(replace(PICTURE, format="zip")))) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["placeholder.txt"]
    assert json.loads(render(replace(PICTURE, format="json")))["detail"] == PICTURE.detail


@pytest.mark.parametrize("form", ["png", "jpeg", "mp4"])
@WITH_FFMPEG
def test_a_file_made_longer_by_megabytes_is_still_a_good_file(tmp_path: Path, form: str) -> None:
    plan = replace(FILM if form == "mp4" else PICTURE, format=form)
    blob = padded(render(plan), form, 3, plan.content_type, '"tag"')
    path = tmp_path / f"long.{plan.extension}"
    path.write_bytes(b"".join(blob.read(0, blob.size)))
    assert path.stat().st_size == blob.size == len(render(plan)) + (3 << 20)
    assert probe(path)["width"] == plan.size[0]
    decode(path, "-f", "null")


def test_any_part_of_a_long_file_is_that_part_of_the_whole() -> None:
    blob = padded(render(PICTURE), "png", 2, "image/png", '"tag"')
    whole = b"".join(blob.read(0, blob.size))
    dice = random.Random(1)
    for _ in range(50):
        start = dice.randrange(blob.size)
        stop = dice.randrange(start, blob.size + 1)
        assert b"".join(blob.read(start, stop)) == whole[start:stop]


@pytest.mark.parametrize(
    "data", [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0\x00", b"RIFF....WEBPVP8L", b"text"]
)
def test_a_broken_picture_has_no_size(data: bytes) -> None:
    assert size_of(data) is None
