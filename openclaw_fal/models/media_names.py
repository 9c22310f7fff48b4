"""What the name of an input says about the file that its URL leads to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openclaw_fal.models.schema import medium_of

if TYPE_CHECKING:
    from openclaw_fal.core.kinds import MediaKind
    from openclaw_fal.models.schema import Input

_ENDINGS = frozenset({"url", "urls", "uri", "uris"})
_ARCHIVE_WORDS = frozenset({"data", "archive", "zip"})  # `images_data_url` leads to a zip file of images
_MEDIUM_OF_WORD: dict[str, MediaKind] = {
    **dict.fromkeys(("image", "images", "img", "mask", "frame", "photo", "picture"), "image"),
    **dict.fromkeys(("video", "videos"), "video"),
    **dict.fromkeys(("audio", "audios", "voice", "speech", "music", "song", "sound"), "audio"),
    **dict.fromkeys(("mesh", "model"), "3d"),
}


def medium_of_name(name: str) -> MediaKind | None:
    """Return what ``start_image_url`` leads to: an image. ``None`` for a name that does not end as a URL's does.

    The last word that names a medium decides (``mask_video_url`` is a video); without one it is some ``file``, and so
    is an archive of anything.
    """
    words = name.lower().split("_")
    if words[-1] not in _ENDINGS:
        return None
    if is_archive(name):
        return "file"
    return next((medium for word in reversed(words) if (medium := _MEDIUM_OF_WORD.get(word))), "file")


def is_archive(name: str) -> bool:
    """Return whether an input takes a file that holds others, which no single picture or sound is."""
    return not _ARCHIVE_WORDS.isdisjoint(name.lower().split("_"))


def medium_of_input(name: str, field: Input) -> MediaKind | None:
    """Return what an input's URL leads to: what its schema says, else what the name of a text input ends in."""
    known = medium_of(field)
    if known or field.enum or field.types != ("string",):
        return known
    return _MEDIUM_OF_LAST_WORD.get(name.lower().rpartition("_")[2])


_MEDIUM_OF_LAST_WORD: dict[str, MediaKind] = {"image": "image", "video": "video", "audio": "audio"}
