from __future__ import annotations

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openclaw_fal.core.completeness import is_cut_short
from openclaw_fal.sandbox.placeholders.images import flat_jpeg
from openclaw_fal.sandbox.placeholders.mp4 import film
from openclaw_fal.sandbox.placeholders.other_formats import tetrahedron
from tests.conftest import PNG


def is_cut(data: bytes) -> bool:
    return is_cut_short(io.BytesIO(data), len(data))


def box(name: bytes, content: bytes = b"") -> bytes:
    return struct.pack(">I", 8 + len(content)) + name + content


def segment(marker: int, content: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", 2 + len(content)) + content


def riff(form: bytes, content: bytes) -> bytes:
    return b"RIFF" + struct.pack("<I", 4 + len(content)) + form + content


FRAME = b"," + bytes(8) + b"\0" + b"\2" + b"\5" + bytes(5) + b"\3" + bytes(3) + b"\0"
GIF = b"GIF89a" + bytes(4) + b"\x80\0\0" + bytes(6) + b"!\xf9\4" + bytes(4) + b"\0" + FRAME * 2 + b";"


def tiff(order: str, *, directory_first: bool) -> bytes:
    pixels, length = bytes(40), 2 + 2 * 12 + 4
    at, data_at = (8, 8 + length) if directory_first else (8 + len(pixels), 8)
    tags = struct.pack(f"{order}HHIIHHIHH", 273, 4, 1, data_at, 279, 3, 1, len(pixels), 0)
    directory = struct.pack(f"{order}H", 2) + tags + bytes(4)
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", at)
    return head + (directory + pixels if directory_first else pixels + directory)


WEBM = b"\x1a\x45\xdf\xa3\x87\x42\x82\x84webm"
JPEG = flat_jpeg("a", (64, 64), "")
CLIP = film("a", (64, 64), 8, 8, "", "")
COMPLETE = {
    "PNG": PNG,
    "JPEG": JPEG,
    "JPEG with a thumbnail": b"\xff\xd8" + segment(0xE1, JPEG) + JPEG[2:],
    "WebP": riff(b"WEBP", b"VP8 " + bytes(40)),
    "WAV": riff(b"WAVE", b"data" + bytes(40)),
    "MP4": CLIP,
    "MP4 with a long box": box(b"ftyp", b"isom0000") + box(b"moov") + struct.pack(">I4sQ", 1, b"mdat", 46) + bytes(30),
    "GIF": GIF,
    "BMP": b"BM" + struct.pack("<IHHIIiiHHII", 0, 0, 0, 54, 40, 4, -4, 1, 24, 0, 0) + bytes(16 + 48),
    "TIFF": tiff("<", directory_first=True),
    "TIFF with its directory at the end": tiff(">", directory_first=False),
    "SVG": b'<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0"/></svg\n>',
    "Ogg": (b"OggS" + bytes(22) + b"\x02" + b"\x14\x09" + bytes(29)) * 3,
    "WebM": WEBM + b"\x18\x53\x80\x67\x01" + struct.pack(">Q", 60)[1:] + bytes(60),
    "AVIF": box(b"ftyp", b"avif0000") + box(b"meta", bytes(9)) + box(b"mdat", bytes(20)),
}


@pytest.mark.parametrize("data", COMPLETE.values(), ids=COMPLETE)
def test_a_whole_file_is_complete_and_half_of_it_is_not(data: bytes) -> None:
    assert not is_cut(data)
    assert is_cut(data[: len(data) // 2])
    assert is_cut(data[:-13])


@pytest.mark.parametrize("data", [PNG, JPEG, CLIP], ids=["PNG", "JPEG", "MP4"])
def test_data_after_the_end_is_ignored(data: bytes) -> None:
    assert not is_cut(data + bytes(100_000))
    assert not is_cut(data + b"\xff\xff\xff\xffABCDEFGH")


@pytest.mark.parametrize(
    "head", [b"\x89PNG\r\n\x1a\n", b"GIF89a\1\1", b"\xff\xd8\xff\xe0", b"\0\0\0\x18ftypmp42" + bytes(12)]
)
def test_a_head_alone_is_cut_short(head: bytes) -> None:
    assert is_cut(head)


def test_a_sound_that_was_written_to_a_pipe_declares_no_size() -> None:
    for declared in (0xFFFFFFFF, 0x7FFFFFFF, 0x7FFFF024):
        assert not is_cut(b"RIFF" + struct.pack("<I", declared) + b"WAVEdata" + bytes(40))


@pytest.mark.parametrize("data", [tetrahedron("a"), b"ID3\4" + bytes(20), b"\x1a\x45\xdf\xa3webm", b"", b"text"])
def test_types_without_a_known_end_count_as_complete(data: bytes) -> None:
    assert not is_cut(data)


@pytest.mark.parametrize(
    "data",
    [
        GIF[:-1],
        GIF[:-1] + bytes(9),
        WEBM + b"\x18\x53\x80\x67\xff" + bytes(60),
        WEBM + b"\x18\x53\x80\x67\x01" + b"\xff" * 7 + bytes(60),
        b"BM" + struct.pack("<IHHIIiiHHII", 0, 0, 0, 54, 40, 4, 4, 1, 24, 1, 0) + bytes(30),
        b'<svg xmlns="http://www.w3.org/2000/svg" width="1"/>',
        '<?xml version="1.0" encoding="utf-16"?><svg></svg>'.encode("utf-16"),
    ],
    ids=["no trailer", "zeros", "WebM from a pipe", "another", "compressed BMP", "empty SVG", "UTF-16"],
)
def test_what_programs_leave_open_is_complete(data: bytes) -> None:
    assert not is_cut(data)


def test_a_png_without_pixels_and_a_gif_without_a_picture_are_cut() -> None:
    assert is_cut(PNG[:33] + PNG[-12:])
    assert is_cut(GIF[:27] + b";")
    assert is_cut(GIF[:13] + bytes(range(100, 200)))


def test_many_parts_take_no_long_time() -> None:
    assert not is_cut(b"\x89PNG\r\n\x1a\n" + bytes(3_000_000))
    assert not is_cut(GIF[:19] + (b"!\1" + b"\1\1" * 9 + b"\0") * 500 + GIF[27:])
    assert not is_cut(b"\xff\xd8" + b"\xff" * 1_000_000)


@given(
    st.sampled_from(
        [
            b"",
            b"\x89PNG\r\n\x1a\n",
            b"\xff\xd8",
            b"RIFF0000WEBP",
            b"GIF89a",
            b"OggS",
            b"BM",
            WEBM,
            b"<svg ",
            b"\0\0\0\x10ftypisom0000",
        ]
    ),
    st.binary(max_size=100),
)
def test_no_content_raises(start: bytes, content: bytes) -> None:
    assert is_cut(start + content) in {True, False}
