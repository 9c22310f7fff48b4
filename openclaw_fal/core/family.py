"""What a row of the catalogue says: one family of models that are spoken to in the same way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from openclaw_fal.core.fields import Part
    from openclaw_fal.core.requests import MediaKind

REFERENCE_SEGMENTS = frozenset({"edit", "image-to-image", "image-to-video", "reference-to-video"})


def works_from_references(endpoint_id: str) -> bool:
    return not REFERENCE_SEGMENTS.isdisjoint(endpoint_id.split("/"))


class Slot(NamedTuple):
    """Where references of a kind go, and which files the model takes there.

    ``shape`` is how ``field`` holds them: one URL, a list of URLs or a list of ``{"image_url": …}``.
    Limits in bytes, a MB of fal's pages read as 1024² of them; ``max_total_bytes`` is for all files of the slot.
    """

    kind: MediaKind
    field: str
    limit: int
    shape: Literal["url", "list", "objects"] = "list"
    mime_types: tuple[str, ...] = ("image/png", "image/jpeg", "image/webp", "image/gif", "image/avif")
    max_bytes: int | None = 50 * 1024**2  # of fal's app toolkit: fal-http.md §5.4
    max_total_bytes: int | None = None

    def value(self, urls: Sequence[str]) -> Any:
        if self.shape == "url":
            return urls[0]
        return [{"image_url": url} for url in urls] if self.shape == "objects" else list(urls)


class Sibling(NamedTuple):
    """The endpoint that takes a model's references: ``segment`` in the place of ``replaces``, else at the end.

    Without ``appends`` an id that lacks ``replaces`` has no such endpoint.
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


class Family(NamedTuple):
    """Models that are spoken to in the same way.

    ``prefixes`` of the endpoint ids; ``parts`` make the body, ``reference_parts`` that of the endpoint for references
    where it differs. ``refuses`` maps a hint to the sentence it is refused with, ``reference_refuses`` with references.
    ``sibling`` is ``None`` where references go to the same endpoint. ``max_references`` counts all slots together;
    a kind in ``accompanied`` is taken only beside another. ``see_also`` names a model that takes more references.
    """

    label: str
    kind: Literal["image", "video"]
    prefixes: tuple[str, ...]
    parts: tuple[Part, ...]
    slots: tuple[Slot, ...] = ()
    sibling: Sibling | None = None
    reference_parts: tuple[Part, ...] | None = None
    refuses: Mapping[str, str] = {}
    reference_refuses: Mapping[str, str] = {}
    max_count: int = 1
    max_references: int | None = None
    accompanied: tuple[MediaKind, ...] = ()
    references_optional: bool = False
    see_also: str | None = None

    def parts_for(self, *, references: bool) -> tuple[Part, ...]:
        return self.reference_parts if references and self.reference_parts is not None else self.parts
