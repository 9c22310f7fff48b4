"""What a row of `families` is made of: the family, the files that it takes, and the parts that fill a request body.

Each part takes the hints that it knows from a `Draft` and sends what the model takes for them. A hint that no part
takes is not sent, and is reported as ignored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Protocol

from openclaw_fal.core.errors import UsageError
from openclaw_fal.core.records import Record
from openclaw_fal.core.requests import Size, ratio_value
from openclaw_fal.models.shapes import (
    LONGER_EDGES,
    PRESETS,
    distance,
    rounded,
    sized,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from openclaw_fal.core.kinds import Kind, MediaKind
    from openclaw_fal.models.draft import Draft

    class Part(Protocol):
        def fill(self, draft: Draft) -> None:
            """Take the hints that the part knows from the draft, and send what the model takes for them."""

        def accepts(self) -> dict[str, tuple[Any, ...]]:
            """Return the hints that the part knows, each with the values that it sends unchanged (none: any)."""


REFERENCE_SEGMENTS = frozenset({"edit", "image-to-image", "image-to-video", "reference-to-video"})
MAX_IMAGE_BYTES = 50 * 1024**2  # the limit of fal's toolkit, with which apps read images
IMAGE_TYPES = ("image/png", "image/jpeg", "image/webp", "image/gif", "image/avif")
"""The image types that fal's models read."""


def works_from_references(endpoint_id: str) -> bool:
    return not REFERENCE_SEGMENTS.isdisjoint(endpoint_id.split("/"))


class Slot(Record):
    """The files of a kind that a model takes, and the ``field`` for them if no schema is known.

    ``shape`` is one URL, a list of URLs, or a list of ``{"image_url": …}``. ``max_bytes`` limits each file and
    ``max_total_bytes`` all of them; a MB on fal's pages is taken as 1024² bytes.
    """

    kind: MediaKind
    field: str
    limit: int
    shape: Literal["url", "list", "objects"] = "list"
    mime_types: tuple[str, ...] = IMAGE_TYPES
    max_bytes: int | None = MAX_IMAGE_BYTES
    max_total_bytes: int | None = None


class Sibling(Record):
    """How to find the endpoint for references: in the id of the model, ``segment`` stands instead of ``replaces``.

    An id without ``replaces`` gets ``segment`` at its end. Without ``appends``, there is no such endpoint then.
    """

    segment: str
    replaces: str
    appends: bool = True

    def of(self, endpoint_id: str) -> str | None:
        parts = endpoint_id.split("/")
        if works_from_references(endpoint_id):
            return endpoint_id
        if self.replaces in parts:
            return "/".join(self.segment if part == self.replaces else part for part in parts)
        return f"{endpoint_id}/{self.segment}" if self.appends else None


class Family(Record):
    """What is known of models in addition to their schemas, by ``prefixes`` of their ids.

    ``slots`` limit the files of each kind, ``max_references`` all files together; a kind in ``accompanied`` is taken
    only together with another. ``refuses`` maps a hint to the message of its refusal. The parts in ``always`` apply
    even if the schema is known. ``see_also`` names a model that takes more references.

    The other fields are for models without a schema. ``parts`` fill the body. Requests with references have
    ``reference_parts`` instead, if there are any, and ``reference_refuses``. ``sibling`` is ``None`` if references go
    to the same endpoint.
    """

    label: str
    kind: Kind
    prefixes: tuple[str, ...]
    parts: tuple[Part, ...] = ()
    slots: tuple[Slot, ...] = ()
    sibling: Sibling | None = None
    reference_parts: tuple[Part, ...] | None = None
    refuses: Mapping[str, str] = {}
    reference_refuses: Mapping[str, str] = {}
    max_count: int = 1
    max_references: int | None = None
    accompanied: tuple[MediaKind, ...] = ()
    see_also: str | None = None
    always: tuple[Part, ...] = ()

    @property
    def is_general(self) -> bool:
        """Whether this is the last row of its kind, for models that no other row names."""
        return self.prefixes == ("",)

    def parts_for(self, *, references: bool) -> tuple[Part, ...]:
        return self.reference_parts if references and self.reference_parts is not None else self.parts


class Sent(Record):
    """A hint that is sent unchanged in its own field, if ``values`` allows it; ``default`` is sent without the hint."""

    hint: str
    field: str
    values: tuple[str, ...] = ()
    default: Any = None

    def fill(self, draft: Draft) -> None:
        value = draft.open.get(self.hint)
        if value is not None and (not self.values or value in self.values):
            draft.send(self.field, value, self.hint)
        elif self.default is not None:
            draft.send(self.field, self.default)

    def accepts(self) -> dict[str, tuple[Any, ...]]:
        return {self.hint: self.values}


class Constant(Record):
    """A field that is always sent."""

    field: str
    value: Any

    def fill(self, draft: Draft) -> None:
        draft.send(self.field, self.value)

    def accepts(self) -> dict[str, tuple[Any, ...]]:
        return {}


class Lyrics(Record):
    """The words of a song: the user's lyrics, none, or the model's own."""

    lyrics: str
    instrumental: str
    own: str

    def fill(self, draft: Draft) -> None:
        lyrics = draft.open.get("lyrics")
        if lyrics is not None:
            draft.send(self.lyrics, lyrics, "lyrics")
        elif draft.open.get("instrumental"):
            draft.send(self.instrumental, True, "instrumental")
        elif draft.parameters.keys().isdisjoint((self.lyrics, self.instrumental, self.own)):
            draft.send(self.own, True)

    def accepts(self) -> dict[str, tuple[Any, ...]]:
        return {"lyrics": (), "instrumental": ()}


class Seconds(Record):
    """A duration in seconds, sent as a number of at least ``minimum``."""

    field: str = "duration"
    minimum: int = 1
    whole: bool = True

    def fill(self, draft: Draft) -> None:
        if asked := draft.open.get("duration"):
            seconds = max(self.minimum, rounded(asked) if self.whole else asked)
            draft.send(self.field, seconds, "duration", applied=seconds)

    def accepts(self) -> dict[str, tuple[Any, ...]]:
        return {"duration": ()}


# --- parts for sizes, ratios and resolutions ----------------------------------------------------


class Limits(Record):
    """The sizes that a model takes."""

    max_edge: int = 14142  # of fal's ImageSize
    multiple: int = 1
    pixels: tuple[int, int] = (1, 14142**2)
    ratio: float = 14142

    def __str__(self) -> str:
        if self.multiple == 1:
            return f"edges up to {self.max_edge}"
        return (
            f"edges in multiples of {self.multiple} up to {self.max_edge}, "
            f"{self.pixels[0]:,} to {self.pixels[1]:,} pixels, a ratio from 1:{self.ratio:g} to {self.ratio:g}:1"
        )

    def hold(self, size: Size) -> bool:
        return (
            max(size.width, size.height) <= self.max_edge
            and not size.width % self.multiple
            and not size.height % self.multiple
            and self.pixels[0] <= size.area <= self.pixels[1]
            and 1 / self.ratio <= size.ratio <= self.ratio
        )

    def check(self, size: Size, model: str) -> None:
        """Raise `UsageError` for a size that the model does not take."""
        if self.hold(size):
            return
        near = Size(*(max(1, rounded(edge / self.multiple)) * self.multiple for edge in (size.width, size.height)))
        raise UsageError(
            f"fal/{model} does not take --size {size}. It takes {self}.",
            hint=f"The closest size: --size {near}" if self.hold(near) else None,
        )

    def nearest_ratio(self, ratio: str) -> str:
        value = ratio_value(ratio)
        return f"{self.ratio:g}:1" if value > self.ratio else f"1:{self.ratio:g}" if value < 1 / self.ratio else ratio


class ImageSize(Record):
    """``image_size``: the requested pixels, else a preset or pixels from ratio and resolution, as OpenClaw sends them.

    A size wins over the other hints. ``words`` are sizes that are sent unchanged. ``listed`` is false if the endpoint's
    schema has no such field; OpenClaw sends it anyway, so it is sent and the hints are reported as ignored.
    """

    limits: Limits = Limits()
    presets: Mapping[str, str] = PRESETS
    longer_edge: int = 1024
    words: tuple[str, ...] = ()
    listed: bool = True

    def fill(self, draft: Draft) -> None:
        ratio, resolution = draft.open.get("aspect_ratio"), draft.open.get("resolution")
        if draft.open.get("size") in self.words:
            self._send(draft, draft.open["size"], "size")
        elif size := draft.pixels:
            self.limits.check(size, draft.model)
            self._send(draft, size, "size")
        elif ratio not in (None, "auto"):
            self._send_ratio(draft, ratio, resolution)
        elif resolution:
            self._send(draft, sized(1, LONGER_EDGES[resolution.upper()]), "resolution")

    def _send_ratio(self, draft: Draft, ratio: str, resolution: str | None) -> None:
        applied = self.limits.nearest_ratio(ratio)
        if resolution:
            size = sized(ratio_value(applied), LONGER_EDGES[resolution.upper()], multiple=self.limits.multiple)
            self._send(draft, size, "aspect_ratio", "resolution", applied=applied)
        else:
            size = sized(ratio_value(applied), self.longer_edge, multiple=self.limits.multiple)
            self._send(draft, self.presets.get(applied, size), "aspect_ratio", applied=applied)

    def _send(self, draft: Draft, size: Size | str, *hints: str, applied: str | None = None) -> None:
        value = {"width": size.width, "height": size.height} if isinstance(size, Size) else size
        draft.send("image_size", value, *(hints if self.listed else ()), applied=applied)

    def accepts(self) -> dict[str, tuple[Any, ...]]:
        return {"size": (), "aspect_ratio": (), "resolution": tuple(LONGER_EDGES)}


class RatioAndResolution(Record):
    """``aspect_ratio`` and ``resolution`` from lists: the requested values or the closest.

    A ratio wins over a size, of which the closest ratio is sent. ``any_ratio`` sends a ratio unchanged.
    """

    ratios: tuple[str, ...]
    resolutions: tuple[str, ...] = ()
    any_ratio: bool = False

    def fill(self, draft: Draft) -> None:
        ratio, resolution = draft.open.get("aspect_ratio"), draft.open.get("resolution")
        if ratio and (ratio != "auto" or self.any_ratio or "auto" in self.ratios):
            applied = ratio if self.any_ratio or ratio in self.ratios else self._closest(ratio_value(ratio))
            draft.send("aspect_ratio", applied, "aspect_ratio", applied=applied)
        if resolution and self.resolutions:
            applied = closest_resolution(shorter_edge(resolution), self.resolutions)
            draft.send("resolution", applied, "resolution", applied=applied)
        if "aspect_ratio" not in draft.body and (size := draft.pixels):
            applied = self._closest(size.ratio)
            draft.send("aspect_ratio", applied, "size", applied=applied)

    def _closest(self, ratio: float) -> str:
        return closest_ratio(ratio, (known for known in self.ratios if known != "auto"))

    def accepts(self) -> dict[str, tuple[Any, ...]]:
        answer = {"size": (), "aspect_ratio": () if self.any_ratio else self.ratios}
        return answer | ({"resolution": self.resolutions} if self.resolutions else {})


class Orientation(Record):
    """``portrait`` or ``landscape``, from a ratio or size that is not square."""

    field: str

    def fill(self, draft: Draft) -> None:
        for hint in ("aspect_ratio", "size"):
            asked = draft.open.get(hint)
            ratio = 1.0 if asked in (None, "auto") else ratio_value(str(asked).lower().replace("x", ":"))
            if ratio != 1:
                word = "landscape" if ratio > 1 else "portrait"
                draft.send(self.field, word, hint, applied=word)
                return

    def accepts(self) -> dict[str, tuple[Any, ...]]:
        return {"aspect_ratio": (), "size": ()}


def closest_ratio(wanted: float, ratios: Iterable[str]) -> str:
    """Return the ratio closest to ``wanted``, the first of two that are equally close."""
    return min(ratios, key=lambda ratio: distance(ratio_value(ratio), wanted))


def closest_resolution(edge: float, resolutions: Iterable[str]) -> str:
    """Return the resolution whose shorter edge is closest to ``edge``, the first of two that are equally close."""
    return min(resolutions, key=lambda resolution: distance(shorter_edge(resolution), edge))


def shorter_edge(resolution: str) -> int:
    """Return the shorter edge of ``720p``, ``1080P`` or ``4k`` (2160) in pixels."""
    number = int(resolution[:-1])
    return number * 540 if resolution[-1] in "kK" else number
