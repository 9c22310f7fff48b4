"""What an endpoint takes and gives: typed inputs and outputs, and which of them are media, by type and by name.

`facts` reads them from the table that ships with the program, `openapi` from fal's live document.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from openclaw_fal.core.kinds import KIND_ROWS
from openclaw_fal.core.records import Record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openclaw_fal.core.kinds import Kind, MediaKind

JsonType = Literal["string", "integer", "number", "boolean", "object", "array"]
OutputKind = Literal["image", "video", "audio", "3d", "text", "other"]

NO_DEFAULT: Any = object()
"""The default of an input that has none; ``None`` is a default."""

# What endpoints of a category make. What all others make is read from their outputs.
_KIND_OF_CATEGORY: dict[str, OutputKind] = {
    "text-to-image": "image",
    "image-to-image": "image",
    "text-to-video": "video",
    "image-to-video": "video",
    "video-to-video": "video",
    "audio-to-video": "video",
    "text-to-audio": "audio",
    "text-to-speech": "audio",
    "audio-to-audio": "audio",
    "speech-to-speech": "audio",
    "video-to-audio": "audio",
    "image-to-3d": "3d",
    "text-to-3d": "3d",
    "3d-to-3d": "3d",
    "vision": "text",
    "llm": "text",
    "speech-to-text": "text",
    "audio-to-text": "text",
    "video-to-text": "text",
    "image-to-text": "text",
    "text-to-json": "text",
    "json": "text",
    "training": "other",
}
_ENDINGS = frozenset({"url", "urls", "uri", "uris"})
_ARCHIVE_WORDS = frozenset({"data", "archive", "zip"})  # `images_data_url` leads to a zip file of images
_MEDIUM_OF_WORD: dict[str, MediaKind] = {
    **dict.fromkeys(("image", "images", "img", "mask", "frame", "photo", "picture"), "image"),
    **dict.fromkeys(("video", "videos"), "video"),
    **dict.fromkeys(("audio", "audios", "voice", "speech", "music", "song", "sound"), "audio"),
    **dict.fromkeys(("mesh", "model"), "3d"),
}
_MEDIUM_OF_LAST_WORD: dict[str, MediaKind] = {"image": "image", "video": "video", "audio": "audio"}


class Input(Record):
    """One input of an endpoint, or a member of one.

    ``types`` are the JSON types that it takes, none meaning any. ``enum`` lists its values; an *open* one only suggests
    them. Bounds are inclusive unless named otherwise; ``None`` is no bound. ``medium`` says what a URL must lead to.
    ``items`` describes the elements of an array, ``properties`` the members of an object, beside which it may take
    others.
    """

    types: tuple[JsonType, ...] = ()
    is_required: bool = False
    is_nullable: bool = False
    default: Any = NO_DEFAULT
    enum: tuple[Any, ...] = ()
    is_open: bool = False
    minimum: float | None = None
    maximum: float | None = None
    above: float | None = None
    below: float | None = None
    step: float | None = None
    min_length: int | None = None
    max_length: int | None = None
    min_items: int | None = None
    max_items: int | None = None
    medium: MediaKind | None = None
    items: Input | None = None
    properties: Mapping[str, Input] | None = None
    description: str = ""
    is_deprecated: bool = False
    takes_others: bool = False

    @property
    def has_default(self) -> bool:
        return self.default is not NO_DEFAULT

    @property
    def is_list(self) -> bool:
        return self.types == ("array",)

    def takes(self, json_type: JsonType) -> bool:
        """Return whether values of this type are taken; an integer is a number."""
        return not self.types or json_type in self.types or (json_type == "integer" and "number" in self.types)


class Output(Record):
    """One media output: a file object or a plain URL, alone or in a list."""

    is_list: bool = False
    is_url: bool = False


class Schema(Record):
    """What is known of an endpoint.

    ``inputs`` is ``None`` when nothing is known of them: then any body may be right. ``outputs`` are the media outputs
    by name. ``read_at`` is when fal was asked, in seconds since the epoch; ``None`` for the shipped facts. ``is_gone``:
    fal no longer lists the endpoint. ``takes_others``: it takes inputs that the schema does not name.
    """

    endpoint: str
    title: str = ""
    category: str = ""
    inputs: Mapping[str, Input] | None = None
    outputs: Mapping[str, Output] = {}
    read_at: float | None = None
    is_gone: bool = False
    takes_others: bool = False

    @property
    def kind(self) -> OutputKind:
        """What the endpoint makes, by its category, else by the names of its outputs."""
        return kind_of_category(self.category) or _kind_of_outputs(self.outputs)

    @property
    def makes_music(self) -> bool:
        """Whether it makes music or sounds from text. fal's category for them has speech, too, which takes a voice."""
        return self.category == "text-to-audio" and "voice" not in (self.inputs or {})

    @property
    def makes_speech(self) -> bool:
        is_spoken = self.category == "text-to-audio" and not self.makes_music
        return is_spoken or self.category in ("text-to-speech", "speech-to-speech")

    def may_make(self, kind: Kind) -> bool:
        """Return whether it makes what the commands of a kind are for; also true if nothing says what it makes."""
        wanted = KIND_ROWS[kind].makes
        is_speech = kind == "music" and self.makes_speech
        is_unknown = self.inputs is None and not self.category
        return wanted is None or is_unknown or (self.kind == wanted and not is_speech)


def medium_of(field: Input) -> MediaKind | None:
    """Return what an input's URL, or each URL of its list, leads to; ``None`` for an input that takes no media."""
    return field.medium or (field.items.medium if field.items else None)


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


def json_type_of(value: Any) -> JsonType | None:
    """Return the JSON type of a value, ``None`` for null."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    names: dict[type, JsonType] = {float: "number", str: "string", list: "array", dict: "object"}
    return names.get(type(value))


def kind_of_category(category: str) -> OutputKind | None:
    """Return what endpoints of a category make; ``None`` if its name does not say."""
    return _KIND_OF_CATEGORY.get(category)


def _kind_of_outputs(outputs: Mapping[str, Output]) -> OutputKind:
    names = " ".join(outputs)
    for word, kind in _KIND_OF_OUTPUT_NAME:
        if word in names:
            return kind
    return "other"


_KIND_OF_OUTPUT_NAME: tuple[tuple[str, OutputKind], ...] = (
    ("image", "image"),
    ("video", "video"),
    ("audio", "audio"),
    ("model_mesh", "3d"),
    ("model_glb", "3d"),
)
