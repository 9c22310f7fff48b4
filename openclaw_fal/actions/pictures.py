"""Pictures: converted for models, made smaller for galleries, read for previews, and opened by the system's viewer.

Pillow does that where it is installed (the extra ``images``). Without it, ffmpeg reads pictures for previews, else we
do, if they are PNG. The first frame of a video needs ffmpeg.
"""

from __future__ import annotations

import io
import os
import shlex
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from openclaw_fal.core.errors import RequestError
from openclaw_fal.core.events import Note
from openclaw_fal.core.media import extension_for, sniff
from openclaw_fal.core.picture_metadata import LOOKS, orientation
from openclaw_fal.core.pixels import BACKGROUND, Pixels, fitting, read_png

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

    from PIL import Image

CONVERTIBLE = {"image/heic": "image/jpeg", "image/tiff": "image/png", "image/bmp": "image/png"}
"""Formats that no model of fal reads, and those that they are converted to."""

FFMPEG_TIMEOUT_S = 20.0
MAX_PIXELS = 200_000_000  # a picture that is larger is not decoded
_NAMES = {"image/heic": "HEIC", "image/tiff": "TIFF", "image/bmp": "BMP", "image/jpeg": "JPEG", "image/png": "PNG"}
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


# --- references that models can't read as they are ----------------------------------------------


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
        raise RequestError(f"{problem}.", hint=f"{hint}\n{also}")
    try:
        data = converted(content, target)
    except NotConverted as reason:
        raise RequestError(f"{problem}, and it can't be converted: {reason}.", hint=hint) from reason
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


# --- previews ----------------------------------------------------------------------------------


def read_pixels(path: Path, max_width: int, max_height: int) -> Pixels | None:
    """Return a picture, or a video's first frame, scaled to fit; ``None`` if nothing here can read it."""
    kind = sniff(_head(path)) or ""
    if kind.startswith("image/"):
        return (
            _by_pillow(path, max_width, max_height)
            or _by_ffmpeg(path, max_width, max_height)
            or _by_us(path, max_width, max_height)
        )
    return _by_ffmpeg(path, max_width, max_height) if kind.startswith("video/") else None


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(4096)
    except OSError:
        return b""


def _by_pillow(path: Path, max_width: int, max_height: int) -> Pixels | None:
    try:
        from PIL import Image, ImageOps  # noqa: PLC0415 - an extra, and needed for previews only
    except ImportError:
        return None
    try:
        with Image.open(path) as opened:
            turned = with_8_bits(ImageOps.exif_transpose(opened)).convert("RGBA")
            canvas = Image.new("RGBA", turned.size, (BACKGROUND,) * 4)
            picture = Image.alpha_composite(canvas, turned).convert("RGB")
            width, height = fitting(picture.width, picture.height, max_width, max_height)
            return Pixels(width, height, picture.resize((width, height)).tobytes())
    except (OSError, ValueError, Image.DecompressionBombError):
        return None


def _by_ffmpeg(path: Path, max_width: int, max_height: int) -> Pixels | None:
    """Let ffmpeg scale and turn the picture; a PPM says how large it has become."""
    program = shutil.which("ffmpeg")
    if program is None:
        return None
    scale = f"scale='min({max_width},iw)':'min({max_height},ih)':force_original_aspect_ratio=decrease"
    source = ["-nostdin", "-v", "error", "-i", f"file:{path}", "-frames:v", "1"]
    command = [program, *source, "-vf", scale, "-f", "image2pipe", "-c:v", "ppm", "-"]
    try:
        ended = subprocess.run(command, capture_output=True, timeout=FFMPEG_TIMEOUT_S, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return _ppm(ended.stdout)


def _ppm(data: bytes) -> Pixels | None:
    match data.split(b"\n", 3):
        case [b"P6", size, b"255", rgb]:
            width, height = map(int, size.split())
            return Pixels(width, height, rgb) if len(rgb) == 3 * width * height else None
        case _:
            return None  # a video without a frame makes nothing


def _by_us(path: Path, max_width: int, max_height: int) -> Pixels | None:
    try:
        return read_png(path.read_bytes(), max_width, max_height)
    except OSError:
        return None


def open_with_viewer(path: str) -> bool:
    """Open a file as a double click does, and return at once; return whether there is a program that opens files."""
    if sys.platform == "win32":
        os.startfile(path)  # noqa: S606 - a file that the user has just asked to open
        return True
    program = shutil.which("open" if sys.platform == "darwin" else "xdg-open")
    if program is None:
        return False
    # Not subprocess: the viewer goes on when this process has ended, and nothing it prints belongs on this terminal.
    silent = [(os.POSIX_SPAWN_OPEN, stream, os.devnull, os.O_RDWR, 0) for stream in (0, 1, 2)]
    os.posix_spawn(program, [program, path], os.environ, file_actions=silent, setpgroup=0)
    return True
