"""Pictures made smaller or into another format, by Pillow where it is installed: the extra ``images``."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

EXTRA = "openclaw-fal[images]"
MAX_PIXELS = 200_000_000  # a picture that is larger is not decoded
_THUMBNAIL_QUALITY = 80
_THUMBNAIL_EFFORT = 1  # of 6: a thumbnail takes a third of the time, and is a tenth larger


def has_pillow() -> bool:
    try:
        import PIL  # noqa: F401, PLC0415 - optional
    except ImportError:
        return False
    return True


def thumbnail(path: Path, edge: int) -> bytes | None:
    """Return a picture as WebP, upright, no side longer than ``edge`` pixels; ``None`` if it can't be read."""
    from PIL import Image, ImageOps  # noqa: PLC0415 - optional

    Image.MAX_IMAGE_PIXELS = None  # checked here instead, without a warning
    try:
        with Image.open(path) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                return None
            picture.draft("RGB", (edge, edge))  # a JPEG is decoded at about the size that is needed
            small = ImageOps.exif_transpose(picture)
            small.thumbnail((edge, edge))
            content = io.BytesIO()
            form = "RGBA" if small.has_transparency_data else "RGB"
            small.convert(form).save(content, "WEBP", quality=_THUMBNAIL_QUALITY, method=_THUMBNAIL_EFFORT)
            return content.getvalue()
    except (OSError, ValueError, SyntaxError):
        return None
