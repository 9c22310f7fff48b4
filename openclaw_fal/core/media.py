"""The media type of a file by its first bytes, because names and headers of servers may be wrong; its extension."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openclaw_fal.core.kinds import MediaKind

UNKNOWN_EXTENSION = ".bin"

_EXTENSIONS = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "image/bmp": ".bmp",
    "image/tiff": ".tiff",
    "image/avif": ".avif",
    "image/heic": ".heic",
    "image/svg+xml": ".svg",
    "image/jxl": ".jxl",
    "image/vnd.adobe.photoshop": ".psd",
    "image/vnd.radiance": ".hdr",
    "image/x-exr": ".exr",
    "video/mp4": ".mp4",
    "video/quicktime": ".mov",
    "video/webm": ".webm",
    "video/x-matroska": ".mkv",
    "video/x-msvideo": ".avi",
    "video/ogg": ".ogv",
    "audio/mpeg": ".mp3",
    "audio/wav": ".wav",
    "audio/ogg": ".ogg",
    "audio/flac": ".flac",
    "audio/mp4": ".m4a",
    "audio/aac": ".aac",
    "audio/midi": ".mid",
    "model/gltf-binary": ".glb",
    "application/pdf": ".pdf",
    "application/zip": ".zip",
    "application/json": ".json",
    "application/xml": ".xml",
    "text/html": ".html",
    "text/plain": ".txt",
}
_OTHER_NAMES = {
    ".jpeg": ".jpg",
    ".jpe": ".jpg",
    ".tif": ".tiff",
    ".midi": ".mid",
    ".m4v": ".mp4",
    ".qt": ".mov",
    ".oga": ".ogg",
}
_MIMES = {extension: mime for mime, extension in _EXTENSIONS.items()}
# Formats whose content is text, an archive or unknown bytes, so that only the name says which it is.
_NAMED_BINARY = frozenset(
    (
        *(".3mf", ".blend", ".bvh", ".fbx", ".ply", ".spz", ".splat", ".stl", ".usd", ".usdz"),
        *(".ckpt", ".npy", ".npz", ".pt", ".pth", ".safetensors"),
        *(".gz", ".parquet", ".tar", ".tgz"),
    )
)
_NAMED_TEXT = frozenset(
    (".csv", ".gltf", ".jsonl", ".log", ".lottie", ".md", ".mtl", ".obj", ".srt", ".tsv", ".vtt", ".yaml", ".yml")
)
_AMBIGUOUS = frozenset({UNKNOWN_EXTENSION, ".zip", ".txt", ".json", ".xml"})
_ERROR_PAGES = {"text/html", "text/plain", "application/json", "application/xml"}

_MAGIC = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (8, b"WAVE", "audio/wav"),
    (8, b"AVI ", "video/x-msvideo"),
    (0, b"II*\0", "image/tiff"),
    (0, b"MM\0*", "image/tiff"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"fLaC", "audio/flac"),
    (0, b"glTF", "model/gltf-binary"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"PK\x03\x04", "application/zip"),
    (0, b"8BPS", "image/vnd.adobe.photoshop"),
    (0, b"\x76\x2f\x31\x01", "image/x-exr"),
    (0, b"#?RADIANCE", "image/vnd.radiance"),
    (0, b"\xff\x0a", "image/jxl"),
    (0, b"\0\0\0\x0cJXL \r\n\x87\n", "image/jxl"),
    (0, b"MThd", "audio/midi"),
)
_BRANDS = (
    (("avif", "avis"), "image/avif"),
    (("heic", "heix", "heim", "heis", "hevc", "mif1", "msf1"), "image/heic"),
    (("M4A ", "M4B "), "audio/mp4"),
    (("qt  ",), "video/quicktime"),
)
_OLD_QUICKTIME = {b"moov", b"mdat", b"wide", b"pnot"}
_BMP_HEADERS = {12, 40, 52, 56, 64, 108, 124}

# What may come before the first element of a document: how it begins and how it ends.
_PROLOGUE = ((b"<!--", b"-->"), (b"<?", b"?>"))
# Strings, not patterns: they are compiled when they are first used, and an image is recognized without them.
_HTML = rb"<(!doctype html|html|head|body|title|meta|script|style|center|div|h1|p)[\s>]"
_SVG = rb"<(!doctype )?svg[\s>]"
_ELEMENT = rb"<[a-z][\w:.-]*[\s/>]"
_JSON = rb'\{\s*["}]|\[\s*[\[{"\]\d-]'
_CONTROL = rb"[\0-\x08\x0e-\x1a\x1c-\x1f\x7f]"


def sniff(head: bytes) -> str | None:
    """Return the media type of a file that begins with ``head`` (512 bytes are enough), ``None`` if it is unknown."""
    for offset, magic, mime in _MAGIC:
        if head.startswith(magic, offset) and (not offset or head.startswith(b"RIFF")):
            return mime
    return _sniff_container(head) or _sniff_frames(head) or _sniff_text(head[:4096])


def _sniff_container(head: bytes) -> str | None:
    if head[4:8] == b"ftyp":
        # The first brand is the file's own; the others name formats that it is compatible with.
        end = min(int.from_bytes(head[:4], "big"), 64)
        brands = [head[at : at + 4].decode("latin-1") for at in (8, *range(16, end, 4))]
        first = next((mime for names, mime in _BRANDS if brands[0] in names), "video/mp4")
        return "image/avif" if first == "image/heic" and "avif" in brands else first
    if head[4:8] in _OLD_QUICKTIME:
        return "video/quicktime"
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return "video/webm" if b"webm" in head[:64] else "video/x-matroska"
    if head.startswith(b"OggS"):
        return "video/ogg" if b"\x80theora" in head[:64] else "audio/ogg"
    if head.startswith(b"BM") and int.from_bytes(head[14:18], "little") in _BMP_HEADERS:
        return "image/bmp"
    return None


def _sniff_frames(head: bytes) -> str | None:
    """Recognize sound without a header by its first frame: a run of ones, then the layer."""
    if len(head) < 4 or head[0] != 0xFF:
        return None
    if head[1] & 0xF6 == 0xF0:
        return "audio/aac"
    return "audio/mpeg" if head[1] & 0xE6 == 0xE2 else None


def _sniff_text(head: bytes) -> str | None:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    try:
        codecs.getincrementaldecoder("utf-8")().decode(text)  # incremental, because the head may end inside a character
    except UnicodeDecodeError:
        return None
    if not text or re.search(_CONTROL, text):
        return None
    element = _first_element(text.lower())
    if re.match(_SVG, element):
        return "image/svg+xml"
    if re.match(_HTML, element):
        return "text/html"
    if text.startswith(b"<?xml") or re.match(_ELEMENT, element):
        return "application/xml"
    return "application/json" if re.match(_JSON, text) else "text/plain"


def _first_element(text: bytes) -> bytes:
    while end := next((end for start, end in _PROLOGUE if text.startswith(start)), None):
        text = text.partition(end)[2].lstrip()
    return text


def is_error_page(mime: str | None) -> bool:
    """Return whether this is a type that servers send in place of an image, video or sound."""
    return mime in _ERROR_PAGES


def medium_of_type(mime: str | None) -> MediaKind | None:
    """Return what a file of this type is: image, video or audio; ``None`` for anything else."""
    media: dict[str, MediaKind] = {"image": "image", "video": "video", "audio": "audio"}
    return media.get((mime or "").partition("/")[0])


def described(mime: str | None) -> str:
    """Return a type in words: ``an image (image/png)``."""
    medium = medium_of_type(mime)
    if mime is None or medium is None:
        return f"a file of type {mime}" if mime else "a file of an unknown type"
    return f"{'a' if medium == 'video' else 'an'} {medium} {'' if medium == 'image' else 'file '}({mime})"


def extension_for(mime: str | None) -> str:
    """Return the extension with its dot; ``.bin`` if the type is unknown."""
    return _EXTENSIONS.get((mime or "").partition(";")[0].strip().lower(), UNKNOWN_EXTENSION)


def file_extension(mime: str | None, name: str | None) -> str:
    """Return the extension of a file with its dot: by content, and by the server's name if content leaves it open."""
    by_content, by_name = extension_for(mime), extension_of(name or "")
    return by_name if by_content in _AMBIGUOUS and by_name in _NAMED_BINARY | _NAMED_TEXT else by_content


def extension_of(name: str) -> str:
    """Return the last extension of a name in small letters, with its dot; empty if it has none."""
    stem, dot, extension = name.rpartition(".")
    return f".{extension.lower()}" if dot and stem else ""


def is_known_extension(extension: str) -> bool:
    """Return whether this is the extension of a file format, such as ``.png`` or ``.safetensors``."""
    extension = extension.lower()
    return mime_for(extension) is not None or extension in _NAMED_BINARY | _NAMED_TEXT


def holds_text(mime: str | None, name: str | None) -> bool:
    """Return whether a file of this declared type or name may be text, which is otherwise an error page."""
    declared = (mime or "").partition(";")[0].strip().lower()
    is_text = declared.startswith(("text/", "model/")) or declared in {"application/json", "application/xml"}
    return is_text or extension_of(name or "") in _NAMED_TEXT | {".json", ".txt", ".xml", ".ply", ".stl", ".bvh"}


def mime_for(extension: str) -> str | None:
    """Return the media type of an extension, which includes its dot."""
    extension = extension.lower()
    return _MIMES.get(_OTHER_NAMES.get(extension, extension))
