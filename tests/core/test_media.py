from __future__ import annotations

import struct
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openclaw_fal.core.media import (
    extension_for,
    is_error_page,
    medium_of_type,
    mime_for,
    sniff,
)
from openclaw_fal.core.picture_files import image_size
from openclaw_fal.core.requests import Size

if TYPE_CHECKING:
    from pathlib import Path

PICTURE = ("-f", "lavfi", "-i", "color=red:s=48x32", "-frames:v", "1")
FILM = ("-f", "lavfi", "-i", "testsrc=s=48x32:r=5", "-t", "0.4", "-pix_fmt", "yuv420p")
SOUND = ("-f", "lavfi", "-i", "sine", "-t", "0.2")
MADE_BY_FFMPEG = {
    "a.png": (PICTURE, "image/png"),
    "a.jpg": (PICTURE, "image/jpeg"),
    "a.gif": (PICTURE, "image/gif"),
    "a.webp": (PICTURE, "image/webp"),
    "a.bmp": (PICTURE, "image/bmp"),
    "a.tiff": (PICTURE, "image/tiff"),
    "a.mp4": (FILM, "video/mp4"),
    "a.mov": (FILM, "video/quicktime"),
    "a.webm": ((*FILM, "-c:v", "libvpx"), "video/webm"),
    "a.mkv": (FILM, "video/x-matroska"),
    "a.avi": (FILM, "video/x-msvideo"),
    "a.mp3": (SOUND, "audio/mpeg"),
    "b.mp3": ((*SOUND, "-id3v2_version", "0", "-write_xing", "0"), "audio/mpeg"),
    "a.wav": (SOUND, "audio/wav"),
    "a.ogg": (SOUND, "audio/ogg"),
    "a.flac": (SOUND, "audio/flac"),
    "a.m4a": (SOUND, "audio/mp4"),
    "a.aac": (SOUND, "audio/aac"),
}


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make all files in one run: starting ffmpeg is what takes the time."""
    folder = tmp_path_factory.mktemp("media")
    # Each kind of input is made once and goes into all files of that kind.
    inputs: list[tuple[str, ...]] = [PICTURE[:4], FILM[:4], SOUND[:4]]
    command = ["ffmpeg", "-v", "error", *(word for words in inputs for word in words)]
    for name, (words, _) in MADE_BY_FFMPEG.items():
        number = next(index for index, words_in in enumerate(inputs) if words[:4] == words_in)
        command += ["-map", str(number), *words[4:], name]
    subprocess.run(command, cwd=folder, check=True, stdin=subprocess.DEVNULL)
    return folder


def box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", 8 + len(body)) + kind + body


def ftyp(*brands: bytes) -> bytes:
    return box(b"ftyp", brands[0] + b"\0\0\0\0" + b"".join(brands[1:])) + box(b"mdat", b"x" * 40)


def test_real_files_are_recognized_by_content(made: Path) -> None:
    found = {name: sniff((made / name).read_bytes()[:512]) for name in MADE_BY_FFMPEG}
    assert found == {name: mime for name, (_, mime) in MADE_BY_FFMPEG.items()}


@pytest.mark.slow
@pytest.mark.needs("ffmpeg")
def test_the_size_of_real_images_is_read(made: Path) -> None:
    for name in ("a.png", "a.jpg", "a.gif", "a.webp", "a.bmp"):
        assert image_size((made / name).read_bytes()) == Size(48, 32), name
    assert image_size((made / "a.mp4").read_bytes()) is None


@pytest.mark.parametrize(
    ("head", "mime"),
    [
        (ftyp(b"avif", b"mif1", b"miaf"), "image/avif"),
        (ftyp(b"mif1", b"avif"), "image/avif"),
        (ftyp(b"heic", b"mif1"), "image/heic"),
        (ftyp(b"isom", b"avc1"), "video/mp4"),
        (ftyp(b"M4V "), "video/mp4"),
        (b"\0\0\0\x08wide\0\0\0\0mdat", "video/quicktime"),
        (b"glTF\2\0\0\0", "model/gltf-binary"),
        (b"%PDF-1.7\n", "application/pdf"),
        (b"PK\3\4\x14\0", "application/zip"),
        (b"MM\0*\0\0\0\x08", "image/tiff"),
        (b"BM" + bytes(12) + b"\x28\0\0\0", "image/bmp"),
        (b"BMW is a maker of cars", "text/plain"),
        (b"RIFF\0\0\0\0AVI LIST", "video/x-msvideo"),
        (b"notriff WEBPmonster", "text/plain"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml"),
        (b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- a > b -->\n<svg width="1">', "image/svg+xml"),
        (b"<!DOCTYPE svg PUBLIC 'x' [<!ENTITY a 'b'>]><svg>", "image/svg+xml"),
        (b"\r\n <!DOCTYPE HTML>\n<html>", "text/html"),
        (b"<html>\r\n<head><title>502 Bad Gateway</title></head>", "text/html"),
        (b"<!-- cached --><html lang=en>", "text/html"),
        (b"<?xml version='1.0' encoding='UTF-8'?><Error><Code>NoSuchKey</Code>", "application/xml"),
        (b"<Error/>", "application/xml"),
        (b'{"detail": "Not found"}', "application/json"),
        (b"[ {}]", "application/json"),
        (b"upstream connect error or disconnect/reset before headers", "text/plain"),
        ("Ungültig: übermäßig lang".encode(), "text/plain"),
        ("Fehler: ü".encode()[:-1], "text/plain"),
        (b"x", "text/plain"),
        (b"", None),
        (b"\xff\xfeh\0t\0m\0l\0", None),
        (b"\0\1\2\3\4\5\6\7", None),
        (b"\x80\x81\x82", None),
    ],
)
def test_a_head_alone_is_recognized(head: bytes, mime: str | None) -> None:
    assert sniff(head) == mime


def test_comments_do_not_slow_down_recognition() -> None:
    assert sniff(b"<!---->" * 580 + b"<html>") == "text/html"
    assert sniff(b"<!---->" * 1_000_000) == "text/plain"


@given(
    st.binary(max_size=64), st.sampled_from([b"", b"\xff\xd8\xff", b"RIFF0000WEBPVP8L", b"GIF89a", b"BM", b"\xff\xfb"])
)
def test_no_content_raises(content: bytes, start: bytes) -> None:
    mime = sniff(start + content)
    size = image_size(start + content)
    assert mime is None or extension_for(mime) != ".bin"
    assert size is None or (size.width > 0 and size.height > 0)


@pytest.mark.parametrize("mime", ["text/html", "application/json", "application/xml", "text/plain"])
def test_text_and_json_are_error_pages(mime: str) -> None:
    assert is_error_page(mime)


@pytest.mark.parametrize("mime", ["image/png", "image/svg+xml", "video/mp4", "model/gltf-binary", None])
def test_media_are_not_error_pages(mime: str | None) -> None:
    assert not is_error_page(mime)


def test_types_have_kinds_and_extensions() -> None:
    assert [medium_of_type(mime) for mime in ("image/png", "video/mp4", "audio/mpeg", "text/html", None)] == [
        "image", "video", "audio", None, None,
    ]  # fmt: skip
    assert extension_for("image/jpeg") == ".jpg"
    assert extension_for("IMAGE/PNG; charset=binary") == ".png"
    assert extension_for("application/x-new") == extension_for(None) == ".bin"
    assert mime_for(".JPEG") == mime_for(".jpg") == "image/jpeg"
    assert mime_for(".5") is mime_for("") is None
