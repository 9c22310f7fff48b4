"""What a row of `families` is made of: the family, the files that it takes, and the parts that fill a request body.

Each part takes the hints that it knows from a `Draft` and sends what the model takes for them. A hint that no part
takes is not sent, and is reported as ignored. The parts for sizes and ratios are in `family_sizes`.

Parts and rows are named tuples, not dataclasses, which take about seven times as long to define at every start.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Protocol

from openclaw_fal.core.records import Record
from openclaw_fal.models.family_sizes import rounded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openclaw_fal.core.kinds import Kind, MediaKind
    from openclaw_fal.models.draft import Draft

    class Part(Protocol):
        def fill(self, draft: Draft) -> None:
            """Take the hints that the part knows from the draft, and send what the model takes for them."""

        def accepts(self) -> dict[str, tuple[Any, ...]]:
            """Return the hints that the part knows, each with the values that it sends unchanged (none: any)."""


REFERENCE_SEGMENTS = frozenset({"edit", "image-to-image", "image-to-video", "reference-to-video"})
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
    max_bytes: int | None = 50 * 1024**2  # the limit of fal's framework for apps
    max_total_bytes: int | None = None


class Sibling(Record):
    """The endpoint for a model's references: its id with ``segment`` instead of ``replaces``, or at the end.

    Without ``appends``, an id that does not contain ``replaces`` has no such endpoint.
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

    The other fields are for models without a schema. ``parts`` fill the body; ``reference_parts`` that of the endpoint
    for references, if it differs, with ``reference_refuses``. ``sibling`` is ``None`` if references go to the same
    endpoint.
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


class Words(Record):
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
