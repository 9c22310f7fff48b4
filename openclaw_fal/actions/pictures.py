"""Makes pictures smaller or converts them, with Pillow where it is installed: the extra ``images``."""

from __future__ import annotations

import io
import shlex
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from PIL import Image

MAX_PIXELS = 200_000_000  # a picture that is larger is not decoded
_QUALITY = 95
_THUMBNAIL_QUALITY = 80
_THUMBNAIL_EFFORT = 1  # of 6: a thumbnail takes a third of the time, and is a tenth larger


def install_command() -> str:
    """Return the command that installs Pillow for this program."""
    return f"{shlex.quote(sys.executable)} -m pip install pillow pillow-heif"


def has_pillow() -> bool:
    try:
        import PIL  # noqa: F401, PLC0415 - optional
    except ImportError:
        return False
    return True


class NotConverted(Exception):
    """Pillow can't read a picture as it is; the argument says why."""


def converted(content: bytes, mime_type: str) -> bytes:
    """Return a picture as PNG, or as JPEG if it is opaque, upright and with its color profile.

    Raises `NotConverted`.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError  # noqa: PLC0415 - optional

    _read_heic_too()
    Image.MAX_IMAGE_PIXELS = None
    try:
        with Image.open(io.BytesIO(content)) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise NotConverted(f"it has {picture.width}x{picture.height} pixels")
            if picture.mode.startswith(("I", "F")):
                raise NotConverted(f"its colors have more than 8 bits ({picture.mode})")
            profile = picture.info.get("icc_profile")
            return _encoded(ImageOps.exif_transpose(picture), mime_type, profile)
    except UnidentifiedImageError as error:
        raise NotConverted("Pillow does not read its format; pillow-heif does for HEIC") from error
    except (OSError, ValueError, SyntaxError) as error:
        raise NotConverted(str(error)) from error


def _encoded(picture: Image.Image, mime_type: str, profile: bytes | None) -> bytes:
    file = io.BytesIO()
    if mime_type == "image/jpeg" and not picture.has_transparency_data:
        picture.convert("RGB").save(file, "JPEG", quality=_QUALITY, icc_profile=profile, subsampling=0)
    else:
        # A profile for CMYK says nothing about RGB.
        kept = None if picture.mode == "CMYK" else profile
        mode = "RGBA" if picture.has_transparency_data else "L" if picture.mode in {"1", "L"} else "RGB"
        picture.convert(mode).save(file, "PNG", icc_profile=kept)
    return file.getvalue()


def _read_heic_too() -> None:
    try:
        from pillow_heif import register_heif_opener  # noqa: PLC0415 - optional
    except ImportError:
        return
    register_heif_opener()


def with_8_bits(picture: Image.Image) -> Image.Image:
    """Return a picture of 16-bit grays, such as a depth map, with 8 bits: Pillow would make almost all of it white."""
    return picture.point(lambda value: value / 257).convert("L") if picture.mode.startswith("I") else picture


def thumbnail(path: Path, edge: int) -> bytes | None:
    """Return a picture as WebP, upright, no side longer than ``edge`` pixels; ``None`` if it can't be read."""
    from PIL import Image, ImageOps  # noqa: PLC0415 - optional

    Image.MAX_IMAGE_PIXELS = None  # checked here instead, without a warning
    try:
        with Image.open(path) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                return None
            picture.draft("RGB", (edge, edge))  # a JPEG is decoded at about the size that is needed
            small = with_8_bits(ImageOps.exif_transpose(picture))
            small.thumbnail((edge, edge))
            content = io.BytesIO()
            form = "RGBA" if small.has_transparency_data else "RGB"
            small.convert(form).save(content, "WEBP", quality=_THUMBNAIL_QUALITY, method=_THUMBNAIL_EFFORT)
            return content.getvalue()
    except (OSError, ValueError, SyntaxError):
        return None
