"""What references may be, through `main` and a real socket. What is wrong with one is found before anything is sent."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from openclaw_fal.fal import uploads
from openclaw_fal.sandbox.placeholders.images import flat_jpeg

if TYPE_CHECKING:
    from openclaw_fal.sandbox import Sandbox
    from tests.conftest import Run, Runner

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="needs named pipes and devices")
JPEG = flat_jpeg("a", (64, 64), "")
WEBP = b"RIFF\x30\0\0\0WEBPVP8 " + bytes(40)


def edit(run: Runner, source: str, *arguments: str) -> Run:
    return run("image", "edit", "--file", source, "--prompt", "x", *arguments)


def assert_refused(made: Run, fal: Sandbox, sentence: str) -> None:
    assert made.code == 2, made.err
    assert sentence in made.err
    assert {seen.route for seen in fal.requests} <= {"openapi"}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty (0 bytes)"),
        (b"\x89PNG\r\n\x1a\n", "is incomplete: the end of this image/png is missing (8 B)"),
        (JPEG[: len(JPEG) // 2], "is incomplete: the end of this image/jpeg is missing"),
        (WEBP[: len(WEBP) // 2], "is incomplete: the end of this image/webp is missing"),
        (b"<html>Not found</html>", "is not an image: its content is text/html"),
        (bytes(range(128, 255)), "is not an image: its content is unknown"),
    ],
)
def test_a_file_that_is_no_whole_image_is_refused(run: Runner, fal: Sandbox, content: bytes, sentence: str) -> None:
    Path("photo.png").write_bytes(content)
    assert_refused(edit(run, "photo.png"), fal, f"The reference photo.png {sentence}")


def test_half_a_png_is_refused_as_a_mask_and_as_an_input_too(run: Runner, fal: Sandbox, png: bytes) -> None:
    Path("half.png").write_bytes(png[: len(png) // 2])
    Path("whole.png").write_bytes(png)
    fill = ("--model", "fal/fal-ai/flux-pro/v1/fill", "--mask")
    assert_refused(edit(run, "whole.png", *fill, "half.png"), fal, "half.png is incomplete")
    assert_refused(
        run("image", "generate", "--prompt", "x", *fill[:2], "-p", "image_url=@half.png", "-p", "mask_url=@whole.png"),
        fal,
        "half.png is incomplete",
    )


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("", "A reference is empty."),
        (" ", "A reference is empty."),
        (".", "is a folder. Give a file."),
        ("missing.png", "missing.png can't be read: No such file or directory."),
        ("photo.png/x", "can't be read: Not a directory."),
        ("null\0.png", "can't be read: a path can't contain null characters."),
        pytest.param("/dev/zero", "/dev/zero is a device, not a file.", marks=POSIX),
        pytest.param("/dev/null", "/dev/null is a device, not a file.", marks=POSIX),
    ],
)
def test_what_is_no_file_is_refused(run: Runner, fal: Sandbox, source: str, sentence: str) -> None:
    Path("photo.png").touch()
    assert_refused(edit(run, source), fal, sentence)


@POSIX
@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_refused(run: Runner, fal: Sandbox, png: bytes) -> None:
    Path("photo.png").write_bytes(png)
    Path("photo.png").chmod(0)
    assert_refused(edit(run, "photo.png"), fal, "can't be read: Permission denied")


def test_a_file_that_is_too_large_is_refused_without_reading_all_of_it(run: Runner, fal: Sandbox, png: bytes) -> None:
    Path("photo.png").write_bytes(png)
    os.truncate("photo.png", 2**40)
    began = time.monotonic()
    assert_refused(edit(run, "photo.png"), fal, "is larger than 10.5 GB")
    assert time.monotonic() - began < 10


def test_only_images_have_a_limit_that_counts_for_every_model(run: Runner, fal: Sandbox, png: bytes) -> None:
    """fal's toolkit reads images up to 50 MiB; how large a video may be is up to each model."""
    size = 60 << 20
    run("video", "generate", "waves", "--output", "sea.mp4")
    with Path("sea.mp4").open("ab") as film:
        film.write(struct.pack(">I4s", size, b"free"))
        film.truncate(film.tell() + size - 8)
    Path("photo.png").write_bytes(png[:33] + struct.pack(">I4s", size, b"teXt") + bytes(size + 4) + png[33:])
    refused = edit(run, "photo.png")
    assert (refused.code, len(fal.submissions)) == (2, 1)
    assert "photo.png: 62.9 MB, but fal-ai/flux/dev/image-to-image takes at most 52.4 MB." in refused.err
    planned = run("run", "fal-ai/video-upscaler", "-i", "sea.mp4", "--dry-run", "--json")
    assert planned.code == 0, planned.err
    assert planned.json["uploads"][0]["size"] > size


def test_a_large_video_is_uploaded_in_parts_and_the_progress_is_shown(
    run: Runner, fal: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("video", "generate", "waves", "--output", "sea.mp4")
    content = Path("sea.mp4").read_bytes()
    part = len(content) // 2
    monkeypatch.setattr(uploads, "MAX_SIZE_AT_ONCE", part)
    monkeypatch.setattr(uploads, "PART_SIZE", part)
    made = run("run", "fal-ai/video-upscaler", "-i", "sea.mp4", "--progress", "json")
    assert made.code == 0, made.err
    sent = [json.loads(line)["sent"] for line in made.err.splitlines() if '"uploading"' in line]
    assert sent == [0, *range(part, len(content), part), len(content)]
    assert fal.content(fal.submissions[-1].body["video_url"]) == content


@POSIX
def test_a_named_pipe_without_a_writer_is_not_waited_for_beyond_the_time_limit(run: Runner, fal: Sandbox) -> None:
    os.mkfifo("pipe")
    began = time.monotonic()
    assert_refused(edit(run, "pipe", "--timeout-ms", "300"), fal, "is a named pipe, and no program wrote to it")
    assert time.monotonic() - began < 20


@POSIX
def test_a_pipe_that_stays_open_is_not_read_beyond_the_time_limit(run: Runner, fal: Sandbox, png: bytes) -> None:
    os.mkfifo("pipe")
    descriptor = os.open("pipe", os.O_RDWR)
    os.write(descriptor, png)
    assert_refused(edit(run, "pipe", "--timeout-ms", "1000"), fal, "Time ran out while the reference pipe was read")
    os.close(descriptor)


@POSIX
def test_a_pipe_without_an_end_is_refused_by_its_first_bytes(run: Runner, fal: Sandbox) -> None:
    os.mkfifo("pipe")

    def write_without_end() -> None:
        with Path("pipe").open("wb", buffering=0) as pipe:
            try:
                while True:
                    pipe.write(b"y\n" * 1000)
            except BrokenPipeError:
                pass

    writer = threading.Thread(target=write_without_end)
    writer.start()
    assert_refused(edit(run, "pipe"), fal, "is not an image: its content is text/plain")
    writer.join(60)
    assert not writer.is_alive()


@POSIX
@pytest.mark.parametrize("extra", [0, 400_000], ids=["sent inside", "uploaded"])
def test_a_named_pipe_is_read(run: Runner, fal: Sandbox, png: bytes, extra: int) -> None:
    os.mkfifo("pipe")
    writer = threading.Thread(target=lambda: Path("pipe").write_bytes(png + bytes(extra)))
    writer.start()
    made = edit(run, "pipe")
    writer.join()
    assert made.code == 0, made.err
    assert str(fal.submissions[-1].body["image_url"]).startswith(fal.url if extra else "data:image/png;base64,")


def in_a_shell(script: str) -> subprocess.CompletedProcess[str]:
    """Run ``image edit`` in a process of its own, started by this script as ``"$@"``."""
    command = [sys.executable, "-m", "openclaw_fal", "image", "edit", "--prompt", "x", "--output", "out.png"]
    return subprocess.run(
        ["bash", "-c", script, "bash", *command], capture_output=True, text=True, timeout=100, check=False
    )


@POSIX
@pytest.mark.needs("bash")
@pytest.mark.parametrize(
    "script",
    [
        'cat photo.png | "$@" --file -',
        '"$@" --file - < photo.png',
        '"$@" --file /dev/stdin < photo.png',
        'cat photo.png | "$@" --file /dev/stdin',
        '"$@" --file <(cat photo.png)',
    ],
)
def test_standard_input_and_process_substitution_are_read(
    fal: Sandbox, png: bytes, script: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    monkeypatch.setenv("TMPDIR", str(kept))
    Path("photo.png").write_bytes(png + bytes(400_000))
    made = in_a_shell(script)
    assert made.returncode == 0, made.stderr
    assert str(fal.submissions[-1].body["image_url"]).startswith(fal.url)
    assert sum(request.method == "PUT" for request in fal.requests) == 1
    assert not list(kept.iterdir())
    assert tempfile.gettempdir() != str(kept)


@POSIX
@pytest.mark.needs("bash")
@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ('"$@" --file - < /dev/null', "The reference on standard input is empty"),
        ('"$@" --file - < /dev/zero', "The reference on standard input is not an image"),
        ('"$@" --file - <&-', "standard input, which is closed"),
    ],
)
def test_what_is_wrong_with_standard_input_is_named(fal: Sandbox, script: str, sentence: str) -> None:
    made = in_a_shell(script)
    assert made.returncode == 2, made.stderr
    assert sentence in made.stderr
    assert fal.requests == []


def test_a_terminal_is_not_read_as_a_reference(run: Runner, fal: Sandbox) -> None:
    assert_refused(edit(run, "-"), fal, "The reference - is read from standard input, but nothing is piped into it.")


@POSIX
def test_a_pipe_that_a_fallback_needs_too_is_read_once(run: Runner, fal: Sandbox, png: bytes, home: Path) -> None:
    config = home / ".config" / "openclaw-fal" / "openclaw.json"
    config.parent.mkdir(parents=True)
    config.write_text(
        '{"agents": {"defaults": {"imageGenerationModel": {"primary": "fal/fal-ai/flux/dev",'
        ' "fallbacks": ["fal/fal-ai/nano-banana"]}}}}'
    )
    os.mkfifo("pipe")
    writer = threading.Thread(target=lambda: Path("pipe").write_bytes(png))
    writer.start()
    made = edit(run, "pipe")
    writer.join()
    assert made.code == 0, made.err


@POSIX
@pytest.mark.skipif(sys.platform == "darwin", reason="its file names are UTF-8")
@pytest.mark.parametrize(
    ("name", "sent"),
    [
        (b"caf\xe9.png", "caf.png"),
        (b"a\x1b[31mb\nc.png", "a-[31mb-c.png"),
        (b"a\\..\\b.png", "a-..-b.png"),
        ("é \u202egnp.png".encode(), "é-gnp.png"),
    ],
)
def test_file_names_are_cleaned_before_an_upload(run: Runner, fal: Sandbox, png: bytes, name: bytes, sent: str) -> None:
    path = os.fsdecode(name)
    Path(path).write_bytes(png + bytes(400_000))
    made = edit(run, path)
    assert made.code == 0, made.err
    announced = next(request for request in fal.requests if request.path.startswith("/storage/upload/initiate"))
    assert json.loads(announced.body)["file_name"] == sent


PRIVATE_URLS = [
    "https://",
    "https:///a.png",
    "http://192.168.0.5/a.png",
    "https://10.1.2.3/a.png",
    "http://localhost:3000/a.png",
    "http://127.0.0.1/a.png",
    "http://127.1/a.png",
    "http://2130706433/a.png",
    "https://[::1]/a.png",
    "https://169.254.169.254/latest/meta-data",
    "https://[fe80::1]/a.png",
    "https://nas/a.png",
    "https://nas.local/a.png",
    "https://files.internal./a.png",
]


@pytest.mark.parametrize("url", PRIVATE_URLS)
def test_an_address_that_fal_can_not_read_is_refused(run: Runner, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("FAL_KEY", "00000000-1111-4222-8333-444444444444:0123456789abcdef0123456789abcdef")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    made = edit(run, url, "--timeout-ms", "1000")
    assert made.code == 2, made.err
    assert "fal can't read http" in made.err


def test_an_address_in_a_parameter_is_checked_too(run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAL_KEY", "00000000-1111-4222-8333-444444444444:0123456789abcdef0123456789abcdef")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    model = ["--model", "fal/fal-ai/flux/dev/image-to-image", "-p", "image_url=http://192.168.0.5/a.png"]
    made = run("image", "generate", "--prompt", "http://192.168.0.5/", *model, "--timeout-ms", "1000")
    assert made.code == 2, made.err
    assert "fal can't read http://192.168.0.5/a.png: it points into a private network" in made.err


def test_a_configured_host_may_be_in_the_same_private_network(run: Runner, fal: Sandbox) -> None:
    assert edit(run, "http://192.168.0.5/a.png").code == 0
