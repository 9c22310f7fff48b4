"""Text in pictures: what a picture was made from, in PNG text chunks or a JPEG comment.

The text is put between the parts of the file. Nothing is encoded again, and all other bytes stay.
"""

from __future__ import annotations

from io import BytesIO

from openclaw_fal.core.media import APPLICATION_SEGMENTS, sniff
from openclaw_fal.core.png_chunks import png_chunk, png_chunks
from openclaw_fal.core.records import Record

_MAX_COMMENT = 65_533  # bytes; a segment of a JPEG has two bytes for its length, which counts itself
_SOI, _COMMENT = b"\xff\xd8", b"\xff\xfe"
_SIGNED_JPEG = 0xEB  # content credentials are in these segments
_LATIN_1 = range(1, 0x100)
_SIGNED = "it has signed content credentials, which the text would break"


class PictureText(Record):
    """What made a picture. ``model`` is a model ref, ``software`` a name and a version."""

    prompt: str
    model: str
    seed: int | None
    software: str

    @property
    def facts(self) -> list[tuple[str, str]]:
        """The texts to write, by keyword: that of the PNG standard where it has one."""
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
    at = len(_SOI)
    while data[at : at + 1] == b"\xff" and (data[at + 1] in APPLICATION_SEGMENTS or data[at : at + 2] == _COMMENT):
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        if data[at + 1] == _SIGNED_JPEG and b"jumb" in data[at : at + 2 + length]:
            raise CannotHoldText(_SIGNED)
        at += 2 + length
    if at >= len(data) or data[at : at + 1] != b"\xff":
        raise CannotHoldText("its segments can't be read")
    comment = _comment(text)
    return data[:at] + _COMMENT + (len(comment) + 2).to_bytes(2, "big") + comment + data[at:]


def _comment(text: PictureText) -> bytes:
    """Return the text as lines, the prompt first, and cut if all would be too long."""
    prompt = text.prompt.replace("\0", "\ufffd").encode("utf-8", "replace")
    rest = "".join(f"\n{name}: {value}" for name, value in text.facts if name != "Description").encode()
    room = _MAX_COMMENT - len(rest)
    cut = prompt if len(prompt) <= room else prompt[: room - 3].decode("utf-8", "ignore").encode() + "…".encode()
    return (cut + rest).strip()
