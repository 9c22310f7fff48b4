"""Metadata of picture files: how a picture is turned (EXIF), and text that says what made it.

The text is put between the parts of the file. Nothing is encoded again, and all other bytes stay.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from openclaw_fal.core.media import sniff
from openclaw_fal.core.picture_files import APPLICATION_SEGMENTS, jpeg_segments, png_chunk, png_chunks, read_at
from openclaw_fal.core.records import Record

if TYPE_CHECKING:
    from typing import BinaryIO

UPRIGHT = 1
# How a picture looks to a program that does not read its orientation.
LOOKS = {
    2: "mirrored",
    3: "upside down",
    4: "mirrored and upside down",
    5: "mirrored and turned by 90° to the left",
    6: "turned by 90° to the left",
    7: "mirrored and turned by 90° to the right",
    8: "turned by 90° to the right",
}

_MAX_PARTS = 1000  # segments or chunks to look at
_MAX_BLOCK = 65_536  # bytes of a block; the orientation is near its beginning
_EXIF = b"Exif\0\0"
_ORIENTATION = 0x0112
_SHORT = 3

_MAX_COMMENT = 65_533  # bytes; a segment of a JPEG has two bytes for its length, which counts itself
_COMMENT = 0xFE
_SIGNED_JPEG = 0xEB  # content credentials are in these segments
_LATIN_1 = range(1, 0x100)
_SIGNED = "it has signed content credentials, which the text would break"


# --- orientation: of a JPEG, PNG or WebP --------------------------------------------------------


def orientation(file: BinaryIO) -> int:
    """Return the orientation, 1 to 8; 1 is upright, and what a file without one has. The file's position changes."""
    head = read_at(file, 0, 12)
    if head.startswith(b"\xff\xd8"):
        block = _exif_of_jpeg(file)
    elif head.startswith(b"\x89PNG"):
        block = _exif_of_png(file)
    elif head[8:] == b"WEBP":
        block = _exif_of_webp(file)
    else:
        block = b""
    value = _orientation_in(block)
    return value if value in LOOKS else UPRIGHT


def _exif_of_jpeg(file: BinaryIO) -> bytes:
    for segment in jpeg_segments(file, _MAX_PARTS):
        if segment.marker not in APPLICATION_SEGMENTS:
            break
        content = segment.read(file)
        if content.startswith(_EXIF):
            return content[len(_EXIF) :]
    return b""


def _exif_of_png(file: BinaryIO) -> bytes:
    chunk = next((chunk for chunk in png_chunks(file, _MAX_PARTS) if chunk.name == b"eXIf"), None)
    return chunk.read(file, _MAX_BLOCK) if chunk else b""


def _exif_of_webp(file: BinaryIO) -> bytes:
    at = 12
    for _ in range(_MAX_PARTS):
        head = read_at(file, at, 8)
        if len(head) < 8:
            return b""
        length = int.from_bytes(head[4:], "little")
        if head[:4] == b"EXIF":
            return file.read(min(length, _MAX_BLOCK)).removeprefix(_EXIF)
        at += 8 + length + length % 2
    return b""


def _orientation_in(block: bytes) -> int:
    """Return the orientation of a TIFF block, 0 if it has none."""
    order = {b"II*\0": "little", b"MM\0*": "big"}.get(block[:4])
    if order is None:
        return 0

    def number(at: int, length: int) -> int:
        return int.from_bytes(block[at : at + length], "little" if order == "little" else "big")

    start = number(4, 4)
    for entry in range(min(number(start, 2), _MAX_PARTS)):
        at = start + 2 + 12 * entry
        if number(at, 2) == _ORIENTATION and number(at + 2, 2) == _SHORT:
            return number(at + 8, 2)
    return 0


# --- text: PNG text chunks, or a JPEG comment ---------------------------------------------------


class PictureText(Record):
    """What made a picture. ``model`` is a model ref, ``software`` a name and a version."""

    prompt: str
    model: str
    seed: int | None
    software: str

    @property
    def facts(self) -> list[tuple[str, str]]:
        """The texts to write, each with its keyword, from the PNG standard where it has one."""
        seed = [] if self.seed is None else [("Seed", str(self.seed))]
        prompt = [("Description", self.prompt)] if self.prompt else []
        return [*prompt, ("Model", self.model), *seed, ("Software", self.software)]


class CannotHoldText(Exception):
    """The picture is left as it is; the argument says why."""


def with_text(data: bytes, text: PictureText) -> bytes:
    """Return the file of a picture with the text in it. Raises `CannotHoldText`."""
    match sniff(data[:512]):
        case "image/png":
            return _png_with_text(data, text)
        case "image/jpeg":
            return _jpeg_with_text(data, text)
        case mime:
            raise CannotHoldText(f"{mime or 'its format'} is neither PNG nor JPEG")


def _png_with_text(data: bytes, text: PictureText) -> bytes:
    chunks = list(png_chunks(BytesIO(data), len(data)))
    if not chunks or chunks[0].name != b"IHDR":
        raise CannotHoldText("its chunks can't be read")
    if any(chunk.name == b"caBX" for chunk in chunks):
        raise CannotHoldText(_SIGNED)
    end = chunks[0].end
    return data[:end] + b"".join(_png_text(*fact) for fact in text.facts) + data[end:]


def _png_text(keyword: str, value: str) -> bytes:
    value = value.replace("\0", "\ufffd").replace("\r\n", "\n")
    if all(ord(character) in _LATIN_1 for character in value):
        return png_chunk(b"tEXt", keyword.encode() + b"\0" + value.encode("latin-1"))
    # Not compressed, without a language and a translated keyword.
    return png_chunk(b"iTXt", keyword.encode() + b"\0\0\0\0\0" + value.encode("utf-8", "replace"))


def _jpeg_with_text(data: bytes, text: PictureText) -> bytes:
    """Put a comment after the segments that come first, and after other comments: many readers show the last."""
    at = None
    for segment in jpeg_segments(BytesIO(data), len(data)):
        if segment.marker not in APPLICATION_SEGMENTS and segment.marker != _COMMENT:
            at = segment.start if segment.marker else None
            break
        if segment.marker == _SIGNED_JPEG and b"jumb" in data[segment.start : segment.end]:
            raise CannotHoldText(_SIGNED)
    if at is None:
        raise CannotHoldText("its segments can't be read")
    comment = _comment(text)
    return data[:at] + bytes((0xFF, _COMMENT)) + (len(comment) + 2).to_bytes(2, "big") + comment + data[at:]


def _comment(text: PictureText) -> bytes:
    """Return the text as lines, the prompt first, and cut if all would be too long."""
    prompt = text.prompt.replace("\0", "\ufffd").encode("utf-8", "replace")
    rest = "".join(f"\n{name}: {value}" for name, value in text.facts if name != "Description").encode()
    room = _MAX_COMMENT - len(rest)
    cut = prompt if len(prompt) <= room else prompt[: room - 3].decode("utf-8", "ignore").encode() + "…".encode()
    return (cut + rest).strip()
