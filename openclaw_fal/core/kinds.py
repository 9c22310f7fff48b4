"""The kinds of request, image, video, music and any: what differs between them, as data, and the flags of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from openclaw_fal.core.records import Record

if TYPE_CHECKING:
    from collections.abc import Mapping

Kind = Literal["image", "video", "music", "any"]
"""What a command makes; `run` makes what its model makes."""
Capability = Literal["image.generate", "image.edit", "video.generate", "music.generate", "run"]
KIND_OF_CAPABILITY: Mapping[str, Kind] = {
    "image.generate": "image",
    "image.edit": "image",
    "video.generate": "video",
    "music.generate": "music",
    "run": "any",
}
MediaKind = Literal["image", "video", "audio", "3d", "file"]
ReferenceRole = Literal["reference", "mask", "last image"]

IMAGE_RESOLUTIONS = ("1K", "2K", "4K")
VIDEO_RESOLUTIONS = ("360P", "480P", "540P", "720P", "768P", "1080P")
RESOLUTIONS: Mapping[Kind, tuple[str, ...]] = {"image": IMAGE_RESOLUTIONS, "video": VIDEO_RESOLUTIONS}
OUTPUT_FORMATS = ("png", "jpeg", "webp")
MUSIC_FORMATS = ("mp3", "wav", "flac", "pcm", "opus")
FORMATS: Mapping[Kind, tuple[str, ...]] = {"image": OUTPUT_FORMATS, "music": MUSIC_FORMATS}
FORMAT_FLAGS: Mapping[Kind, str] = {"image": "--output-format", "music": "--format"}

# A hint's name in `Request` (its flag has hyphens), and OpenClaw's name in ``ignoredOverrides`` and ``normalization``.
HINTS = {
    "count": "count",
    "size": "size",
    "aspect_ratio": "aspectRatio",
    "resolution": "resolution",
    "output_format": "outputFormat",
    "quality": "quality",
    "background": "background",
    "duration": "durationSeconds",
    "audio": "audio",
    "watermark": "watermark",
    "seed": "seed",
    "negative_prompt": "negativePrompt",
    "steps": "steps",
    "guidance": "guidance",
    "lyrics": "lyrics",
    "instrumental": "instrumental",
}


class KindRow(Record):
    """What differs between the kinds of request.

    ``makes`` is what its models make, in the words of `models.schema`; ``None`` if any will do. ``stem`` begins the
    names of files that the user did not name, empty if that depends on the model. ``timeout_s`` is the time limit
    without ``--timeout-ms``. ``extension`` is the most likely extension of its files, empty if it is not known.
    ``hints`` are those that its command has flags for, with the prompt; ``reference_flags``, ``mask_flag`` and
    ``last_image_flag`` are its flags for files. ``keeps_values``: text and numbers of the result belong to the answer,
    and may be all of it. ``needs_prompt``: even where nothing is known of the model.
    """

    makes: Literal["image", "video", "audio"] | None
    noun: str
    article: str
    stem: str
    timeout_s: float
    extension: str = ""
    is_queued: bool = True
    hints: tuple[str, ...] = ("prompt",)
    reference_flags: Mapping[MediaKind, str] = {}
    mask_flag: str = ""
    last_image_flag: str = ""
    keeps_values: bool = False
    needs_prompt: bool = True

    def accepts(self, mime: str | None) -> bool:
        """Return whether content of this type, ``None`` for an unknown one, is what its models make."""
        if self.makes is None or (self.makes == "audio" and mime is None):  # raw sound has no mark
            return True
        return (mime or "").startswith(f"{self.makes}/") or mime in _ALSO[self.makes]

    def counted(self, count: int) -> str:
        """Return ``1 image`` or ``2 images``."""
        return f"{count} {self.noun}" if count == 1 else f"{count} {self.noun}s"


# Animations, and sound in a container for videos.
_ALSO = {
    "image": (),
    "video": ("image/gif", "image/webp", "image/avif"),
    "audio": ("video/mp4", "video/webm", "video/ogg"),
}

KIND_ROWS: Mapping[Kind, KindRow] = {
    "image": KindRow(
        makes="image",
        noun="image",
        article="an",
        stem="image",
        timeout_s=600.0,
        extension=".png",
        is_queued=False,
        hints=(
            *("prompt", "count", "size", "aspect_ratio", "resolution", "output_format", "quality", "background"),
            *("seed", "negative_prompt", "steps", "guidance"),
        ),
        reference_flags={"image": "--file"},
        mask_flag="--mask",
    ),
    "video": KindRow(
        makes="video",
        noun="video",
        article="a",
        stem="video",
        timeout_s=1200.0,
        extension=".mp4",
        hints=(
            *("prompt", "size", "aspect_ratio", "resolution", "duration", "audio", "watermark"),
            *("seed", "negative_prompt", "steps", "guidance"),
        ),
        reference_flags={"image": "--image", "video": "--video", "audio": "--audio-ref"},
        last_image_flag="--last-image",
    ),
    "music": KindRow(
        makes="audio",
        noun="track",
        article="a",
        stem="music",
        timeout_s=1200.0,
        hints=("prompt", "lyrics", "instrumental", "duration", "output_format", "seed", "negative_prompt"),
    ),
    "any": KindRow(
        makes=None, noun="file", article="a", stem="", timeout_s=1200.0, keeps_values=True, needs_prompt=False
    ),
}


def kind_of(capability: str) -> Kind:
    """Return the kind that a command makes; a newer version may have recorded any command."""
    return KIND_OF_CAPABILITY.get(capability, "any")


def kind_row(capability: str) -> KindRow:
    return KIND_ROWS[kind_of(capability)]


def reference_noun(medium: MediaKind, count: int) -> str:
    """Return ``reference image`` for one, ``reference images`` for any other number."""
    noun = "reference audio file" if medium == "audio" else f"reference {medium}"
    return noun if count == 1 else f"{noun}s"


def flag_name(hint: str, kind: Kind) -> str:
    """Return the flag of a hint, such as ``--aspect-ratio``."""
    return FORMAT_FLAGS.get(kind, "") if hint == "output_format" else f"--{hint.replace('_', '-')}"
