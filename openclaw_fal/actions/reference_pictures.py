"""Pictures that models can't read as they are: in another format, or turned by a note in the file."""

from __future__ import annotations

import shlex
import shutil
import sys
from typing import TYPE_CHECKING

from openclaw_fal.actions.pictures import NotConverted, converted, has_pillow, install_command
from openclaw_fal.core.errors import UsageError
from openclaw_fal.core.events import Note
from openclaw_fal.core.media import extension_for, sniff
from openclaw_fal.core.picture_metadata import LOOKS, orientation

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

CONVERTIBLE = {"image/heic": "image/jpeg", "image/tiff": "image/png", "image/bmp": "image/png"}
"""Formats that no model of fal reads, and those that they are converted to."""

_NAMES = {"image/heic": "HEIC", "image/tiff": "TIFF", "image/bmp": "BMP", "image/jpeg": "JPEG", "image/png": "PNG"}


def turned_note(file: BinaryIO, shown: str, path: Path | None) -> Note | None:
    """Return a warning for a picture that looks turned to a model that does not read its orientation."""
    looks = LOOKS.get(turn := orientation(file))
    if looks is None:
        return None
    return Note(
        f"{shown} relies on its EXIF orientation ({turn}). A model that does not read it sees the picture {looks}."
        f"\nMake it upright: {_command(path, '-upright', path.suffix if path else '.jpg')}",
        "warning",
    )


def readable(content: bytes, mime_type: str, shown: str, path: Path | None) -> tuple[bytes, str, Note]:
    """Return a picture in a format that models read, its media type, and a note that says so.

    Raises `UsageError` if Pillow is not installed or can't read it.
    """
    target = CONVERTIBLE[mime_type]
    name = _NAMES[mime_type]
    problem = f"The reference {shown} is a {name} picture, which no model reads"
    hint = f"Convert it: {_command(path, '', extension_for(target))}"
    if not has_pillow():
        also = f"Let openclaw-fal convert such pictures: {install_command()}"
        raise UsageError(f"{problem}. Nothing was sent.", hint=f"{hint}\n{also}")
    try:
        data = converted(content, target)
    except NotConverted as reason:
        raise UsageError(f"{problem}, and it can't be converted: {reason}. Nothing was sent.", hint=hint) from reason
    sent = sniff(data) or target  # a picture with transparency never becomes a JPEG
    return data, sent, Note(f"{shown} is a {name} picture, which no model reads; it is sent as {_NAMES[sent]}.")


def _command(path: Path | None, suffix: str, extension: str) -> str:
    """Return a command that writes the picture, upright, beside the original."""
    source = str(path) if path else "FILE"
    target = str(path.with_name(f"{path.stem}{suffix}{extension}")) if path else f"NEW{extension}"
    if sys.platform == "darwin" and not suffix:  # which has a program for formats, but none for orientations
        form = "jpeg" if extension == ".jpg" else extension.removeprefix(".")
        return f"sips -s format {form} {shlex.quote(source)} --out {shlex.quote(target)}"
    is_old = sys.platform != "win32" and shutil.which("convert") and not shutil.which("magick")
    program = "convert" if is_old else "magick"  # ImageMagick before version 7 and since
    return f"{program} {shlex.quote(source)} -auto-orient {shlex.quote(target)}"
