"""Files shown to a person: as pixels for the terminal, or by the system's viewer.

Pictures are read by Pillow if it is installed (`openclaw-fal[images]`), by ffmpeg if that is there, else here, if they
are PNG. The first frame of a video needs ffmpeg.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from openclaw_fal.actions.pictures import with_8_bits
from openclaw_fal.core.media import sniff
from openclaw_fal.core.pixels import BACKGROUND, Pixels, fitting, read_png

if TYPE_CHECKING:
    from pathlib import Path

FFMPEG_TIMEOUT_S = 20.0


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
