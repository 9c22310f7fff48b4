"""Whether a media file is complete, by its own structure. What comes after the end, such as a phone's data, is ignored.

Only what is surely missing counts: a type without a known structure counts as complete.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from openclaw_fal.core.media import sniff
from openclaw_fal.core.picture_files import END_OF_JPEG, START_OF_SCAN, jpeg_segments, png_chunks, read_at

if TYPE_CHECKING:
    from typing import BinaryIO, Literal

MAX_PARTS = 100_000  # chunks, segments or boxes to step over; a file with more is taken for complete
MAX_DIRECTORIES = 1_000
_SCAN_SIZE = 1024 * 1024
_HEAD_SIZE = 4096
_UNKNOWN_RIFF_SIZE = 0x7FFFF000  # programs that write to a pipe declare this much or more
_OLD_BMP_HEADER, _UNCOMPRESSED_BMP = 12, (0, 3)
_TIFF_DATA = ((273, 279), (324, 325))  # tags with the offsets and lengths of strips, and of tiles
_TIFF_SIZES = {3: 2, 4: 4}  # bytes of a number, by its type
_EBML, _SEGMENT = b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67"


def is_cut_short(file: BinaryIO, size: int) -> bool:
    """Return whether the end of a file of ``size`` bytes is missing. ``file`` can seek; its position changes."""
    file.seek(0)
    mime = sniff(file.read(_HEAD_SIZE))
    check = _CHECKS.get(mime or "")
    return check is not None and check(file, size)


def _is_png_cut(file: BinaryIO, _size: int) -> bool:
    names = [chunk.name for chunk in png_chunks(file, MAX_PARTS)]
    return (names[-1:] != [b"IEND"] or b"IDAT" not in names) and len(names) < MAX_PARTS


def _is_jpeg_cut(file: BinaryIO, _size: int) -> bool:
    """Step over the segments, which may hold a whole thumbnail, and look for the end of the image after them."""
    segments = list(jpeg_segments(file, MAX_PARTS))
    if not segments:
        return True
    if segments[-1].marker in (None, START_OF_SCAN):
        return not _has_jpeg_end(file, segments[-1].start)
    return segments[-1].marker != END_OF_JPEG and len(segments) < MAX_PARTS


def _has_jpeg_end(file: BinaryIO, at: int) -> bool:
    file.seek(at)
    last = b""
    while chunk := file.read(_SCAN_SIZE):
        if bytes((0xFF, END_OF_JPEG)) in last + chunk:
            return True
        last = chunk[-1:]
    return False


def _is_riff_cut(file: BinaryIO, size: int) -> bool:
    declared = int.from_bytes(read_at(file, 4, 4), "little")
    return declared < _UNKNOWN_RIFF_SIZE and size < 8 + declared


def _is_film_cut(file: BinaryIO, size: int) -> bool:
    return _are_boxes_cut(file, size, {b"moov"})


def _is_still_cut(file: BinaryIO, size: int) -> bool:
    return _are_boxes_cut(file, size, {b"meta", b"moov"})


def _are_boxes_cut(file: BinaryIO, size: int, indexes: set[bytes]) -> bool:
    """Return whether the boxes that say where everything is are missing, or one of the boxes with the data is cut."""
    at, has_index = 0, False
    for _ in range(MAX_PARTS):
        head = read_at(file, at, 16)
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


def _is_gif_cut(file: BinaryIO, _size: int) -> bool:
    """Step over the blocks up to the trailer, which may be missing after a whole picture."""
    head = read_at(file, 0, 13)
    at, has_picture = 13 + _gif_colors(head[10:11]), False
    for _ in range(MAX_PARTS):
        block = read_at(file, at, 10)
        if block[:1] == b"," and len(block) == 10:
            end = _end_of_gif_data(file, at + 11 + _gif_colors(block[9:]))
            has_picture = has_picture or end is not None
        elif block[:1] == b"!":
            end = _end_of_gif_data(file, at + 2)
        else:
            return not has_picture
        if end is None:
            return True
        at = end
    return False


def _gif_colors(flags: bytes) -> int:
    """Return the size of the table of colors that flags announce, in bytes."""
    return 3 << ((flags[0] & 7) + 1) if flags and flags[0] & 0x80 else 0


def _end_of_gif_data(file: BinaryIO, at: int) -> int | None:
    """Return where the data of a block ends: parts with their length, and an empty one; ``None`` if it is missing."""
    file.seek(at)
    while length := file.read(1):
        if length == b"\0":
            return file.tell()
        file.seek(length[0], 1)
    return None


def _is_bmp_cut(file: BinaryIO, size: int) -> bool:
    """Return whether pixels are missing; the size that the file declares is often wrong."""
    head = read_at(file, 0, 34)
    start, width, height = (int.from_bytes(head[at : at + 4], "little", signed=True) for at in (10, 18, 22))
    bits, compression = int.from_bytes(head[28:30], "little"), int.from_bytes(head[30:34], "little")
    if len(head) < 34 or head[14] == _OLD_BMP_HEADER or compression not in _UNCOMPRESSED_BMP:
        return size < max(start, 26)
    return size < start + (width * bits + 31) // 32 * 4 * abs(height)


def _is_tiff_cut(file: BinaryIO, size: int) -> bool:
    """Return whether a directory is missing, or data that one lists; they may be at the start or at the end."""
    head = read_at(file, 0, 8)
    order: Literal["little", "big"] = "little" if head.startswith(b"II") else "big"
    at = int.from_bytes(head[4:], order)
    for _ in range(MAX_DIRECTORIES):
        count = int.from_bytes(read_at(file, at, 2), order)
        entries = read_at(file, at + 2, 12 * count + 4)
        if len(head) < 8 or not count or len(entries) < 12 * count:
            return True
        numbers = {
            int.from_bytes(entries[start : start + 2], order): _tiff_numbers(file, entries[start : start + 12], order)
            for start in range(0, 12 * count, 12)
        }
        for offsets, lengths in _TIFF_DATA:
            parts = zip(numbers.get(offsets, ()), numbers.get(lengths, ()), strict=False)
            if any(offset + length > size for offset, length in parts):
                return True
        at = int.from_bytes(entries[12 * count :], order)
        if not at:
            break
    return False


def _tiff_numbers(file: BinaryIO, entry: bytes, order: Literal["little", "big"]) -> list[int]:
    """Return the numbers of an entry that lists where data is; nothing for another."""
    tag, kind = int.from_bytes(entry[:2], order), int.from_bytes(entry[2:4], order)
    count, width = int.from_bytes(entry[4:8], order), _TIFF_SIZES.get(kind)
    if width is None or not any(tag in tags for tags in _TIFF_DATA):
        return []
    length = width * min(count, MAX_PARTS)
    data = entry[8 : 8 + length] if length <= 4 else read_at(file, int.from_bytes(entry[8:], order), length)
    return [int.from_bytes(data[start : start + width], order) for start in range(0, len(data), width)]


def _is_svg_cut(file: BinaryIO, size: int) -> bool:
    text = read_at(file, max(0, size - _SCAN_SIZE), _SCAN_SIZE)
    if b"\0" in text:  # UTF-16
        text = text.replace(b"\0", b"")
    return not re.search(rb"</([\w.-]+:)?svg\s*>|<([\w.-]+:)?svg\b[^<>]*/>", text)


def _is_ogg_cut(file: BinaryIO, size: int) -> bool:
    at = 0
    for _ in range(MAX_PARTS):
        head = read_at(file, at, 27)
        if not head.startswith(b"OggS"):
            return False
        lengths = read_at(file, at + 27, head[26] if len(head) == 27 else 255)
        at += 27 + len(lengths) + sum(lengths)
        if at >= size:
            return at > size or len(head) < 27
    return False


def _is_matroska_cut(file: BinaryIO, size: int) -> bool:
    """Return whether the segment, which holds everything, ends after the file; its size may be left open."""
    at = 0
    for identifier in (_EBML, _SEGMENT):
        head = read_at(file, at, 12)
        if not head.startswith(identifier) or len(head) < 5 or not head[4]:
            return False
        width = 9 - head[4].bit_length()
        length = int.from_bytes(head[4 : 4 + width], "big") & ((1 << 7 * width) - 1)
        if length == (1 << 7 * width) - 1:
            return False
        at += 4 + width + length
    return size < at


_CHECKS = {
    "image/png": _is_png_cut,
    "image/jpeg": _is_jpeg_cut,
    "image/gif": _is_gif_cut,
    "image/bmp": _is_bmp_cut,
    "image/svg+xml": _is_svg_cut,
    "image/tiff": _is_tiff_cut,
    **dict.fromkeys(("image/webp", "audio/wav", "video/x-msvideo"), _is_riff_cut),
    **dict.fromkeys(("image/avif", "image/heic"), _is_still_cut),
    **dict.fromkeys(("video/mp4", "video/quicktime", "audio/mp4"), _is_film_cut),
    **dict.fromkeys(("audio/ogg", "video/ogg"), _is_ogg_cut),
    **dict.fromkeys(("video/webm", "video/x-matroska"), _is_matroska_cut),
}
