"""Whether a media file is complete, by its own structure. What comes after the end, such as a phone's data, is ignored.

Only what is surely missing counts: a type without a known structure counts as complete.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from openclaw_fal.core.media import sniff
from openclaw_fal.core.png_chunks import png_chunks

if TYPE_CHECKING:
    from typing import BinaryIO

MAX_PARTS = 100_000  # chunks, segments or boxes to step over; a file with more is taken for complete
_SCAN_SIZE = 1024 * 1024
_HEAD_SIZE = 4096
_MIN_SIZES = {"image/gif": 14, "image/bmp": 26, "image/tiff": 8}  # bytes of the header and at least one part
_UNKNOWN_RIFF_SIZE = 0x7FFFF000  # programs that write to a pipe declare this much or more
_END_OF_JPEG, _START_OF_SCAN, _FILL = 0xD9, 0xDA, 0xFF


def is_cut_short(file: BinaryIO, size: int) -> bool:
    """Return whether the end of a file of ``size`` bytes is missing. ``file`` can seek; its position changes."""
    file.seek(0)
    match sniff(file.read(_HEAD_SIZE)):
        case "image/png":
            return _is_png_cut(file)
        case "image/jpeg":
            return _is_jpeg_cut(file)
        case "image/webp" | "audio/wav" | "video/x-msvideo":
            return _is_riff_cut(file, size)
        case "video/mp4" | "video/quicktime" | "audio/mp4":
            return _are_boxes_cut(file, size, {b"moov"})
        case "image/avif" | "image/heic":
            return _are_boxes_cut(file, size, {b"meta", b"moov"})
        case mime:
            return size < _MIN_SIZES.get(mime or "", 0)


def _read(file: BinaryIO, at: int, length: int) -> bytes:
    file.seek(at)
    return file.read(length)


def _is_png_cut(file: BinaryIO) -> bool:
    names = [chunk.name for chunk in png_chunks(file, MAX_PARTS)]
    return names[-1:] != [b"IEND"] and len(names) < MAX_PARTS


def _is_jpeg_cut(file: BinaryIO) -> bool:
    """Step over the segments, which may hold a whole thumbnail, and look for the end of the image after them."""
    at = 2
    for _ in range(MAX_PARTS):
        head = _read(file, at, 4)
        if len(head) < 2:
            return True
        if head[0] != _FILL or head[1] == _START_OF_SCAN:
            return not _has_jpeg_end(file, at)
        if head[1] == _END_OF_JPEG:
            return False
        if head[1] == _FILL:
            at += 1
        elif head[1] == 0x01 or 0xD0 <= head[1] <= 0xD8:  # these have no length
            at += 2
        else:
            at += 2 + max(int.from_bytes(head[2:4], "big"), 2)
    return False


def _has_jpeg_end(file: BinaryIO, at: int) -> bool:
    file.seek(at)
    last = b""
    while chunk := file.read(_SCAN_SIZE):
        if bytes((_FILL, _END_OF_JPEG)) in last + chunk:
            return True
        last = chunk[-1:]
    return False


def _is_riff_cut(file: BinaryIO, size: int) -> bool:
    declared = int.from_bytes(_read(file, 4, 4), "little")
    return declared < _UNKNOWN_RIFF_SIZE and size < 8 + declared


def _are_boxes_cut(file: BinaryIO, size: int, indexes: set[bytes]) -> bool:
    """Return whether the boxes that say where everything is are missing, or one of the boxes with the data is cut."""
    at, has_index = 0, False
    for _ in range(MAX_PARTS):
        head = _read(file, at, 16)
        if len(head) < 8:
            break
        length, name = int.from_bytes(head[:4], "big"), head[4:8]
        if length == 1:  # the length is in the next eight bytes
            length = int.from_bytes(head[8:], "big") if len(head) == 16 else size
        elif length == 0:  # the box ends with the file
            length = size - at
        if length < 8:
            break
        has_index = has_index or name in indexes
        at += length
        if at > size:
            return not has_index or name in indexes or name == b"mdat"
    return not has_index
