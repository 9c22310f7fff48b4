"""The draft of a request body, and the parts of a row in `families` that fill it.

Each part takes from a `Draft` the hints that it understands and sends what the model takes instead. A hint that no part
takes is not sent, and is reported as ignored. The parts for sizes and ratios are in `sizes`.

Parts and rows are named tuples, not dataclasses, which take about seven times as long to define at every start.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

from openclaw_fal.core.requests import HINTS, Size
from openclaw_fal.core.results import Normalized
from openclaw_fal.models.sizes import rounded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openclaw_fal.core.requests import Kind, MediaKind, Request

    class Part(Protocol):
        def fill(self, draft: Draft) -> None:
            """Take the hints that the part understands and send what they come to."""

        def accepts(self) -> dict[str, tuple[Any, ...]]:
            """Return the hints that the part understands, each with the values that it sends unchanged (none: any)."""


REFERENCE_SEGMENTS = frozenset({"edit", "image-to-image", "image-to-video", "reference-to-video"})


def works_from_references(endpoint_id: str) -> bool:
    return not REFERENCE_SEGMENTS.isdisjoint(endpoint_id.split("/"))


PICTURES = ("image/png", "image/jpeg", "image/webp", "image/gif", "image/avif")
"""The pictures that fal's models read."""


class Slot(NamedTuple):
    """Which files of a kind a model takes, and into which ``field`` they go where no schema is known.

    ``shape`` is how ``field`` holds them: one URL, a list of URLs or a list of ``{"image_url": …}``. Limits in bytes, a
    MB of fal's pages read as 1024² of them; ``max_total_bytes`` is for all files of the slot.
    """

    kind: MediaKind
    field: str
    limit: int
    shape: Literal["url", "list", "objects"] = "list"
    mime_types: tuple[str, ...] = PICTURES
    max_bytes: int | None = 50 * 1024**2  # of fal's app toolkit
    max_total_bytes: int | None = None


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
    """What is known of models beside their schemas, by ``prefixes`` of their ids.

    ``slots`` limit the files, ``max_references`` all of them together; a kind in ``accompanied`` is taken only beside
    another. ``refuses`` maps a hint to the sentence it is refused with. ``always`` are parts that say what a schema
    does not: they count even where it is known. ``see_also`` names a model that takes more references.

    The rest is for models without a schema: ``parts`` make the body, ``reference_parts`` that of the endpoint for
    references where it differs, with ``reference_refuses``; ``sibling`` is ``None`` where references go to the same
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
        """Whether this is the last row of its kind, for models of which nothing is known."""
        return self.prefixes == ("",)

    def parts_for(self, *, references: bool) -> tuple[Part, ...]:
        return self.reference_parts if references and self.reference_parts is not None else self.parts


class Draft:
    """A body in the making: a hint leaves ``open`` when it is sent."""

    def __init__(self, request: Request, model: str, parameters: Mapping[str, Any] | None = None) -> None:
        self.model = model
        self.kind = request.kind
        self.parameters = parameters or {}
        self.asked = {hint: _plain(value) for hint in HINTS if (value := getattr(request, hint)) is not None}
        self.open = dict(self.asked)
        self.body: dict[str, Any] = {"prompt": request.prompt}
        self.normalization: dict[str, Normalized] = {}
        self._hints_of: dict[str, tuple[str, ...]] = {}

    def send(self, field: str, value: Any, *hints: str, applied: Any = None) -> None:
        """Put ``value`` into ``field`` (``config.duration`` is inside an object) for these hints.

        ``applied`` is the value in the words of the first hint; a difference from what was asked is recorded as
        normalization.
        """
        parent, _, child = field.rpartition(".")
        (self.body.setdefault(parent, {}) if parent else self.body)[child] = value
        self._hints_of[field] = hints
        for hint in hints:
            self.open.pop(hint, None)
        if hints and applied is not None and str(applied).lower() != str(self.asked[hints[0]]).lower():
            self.normalization[HINTS[hints[0]]] = Normalized(self.asked[hints[0]], applied)

    def override(self) -> None:
        """Let the user's own fields win: the hints of a field that they replace are ignored."""
        for field, hints in self._hints_of.items():
            if _replaces(self.parameters, field):
                self.open |= {hint: self.asked[hint] for hint in hints}
                for hint in hints:
                    self.normalization.pop(HINTS[hint], None)
        for name, value in self.parameters.items():
            ours = self.body.get(name)
            self.body[name] = ours | value if isinstance(ours, dict) and isinstance(value, dict) else value

    @property
    def ignored(self) -> dict[str, Any]:
        return {HINTS[hint]: self.open[hint] for hint in HINTS if hint in self.open}

    @property
    def pixels(self) -> Size | None:
        """The size, while it is open and unless it is left to the model."""
        size = self.open.get("size")
        return None if size in (None, "auto") else Size.parse(size)


class Sent(NamedTuple):
    """A hint sent as it is, in a field of its own; ``values`` limits it, ``default`` is sent in its absence."""

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


class Constant(NamedTuple):
    """A field that is always sent."""

    field: str
    value: Any

    def fill(self, draft: Draft) -> None:
        draft.send(self.field, self.value)

    def accepts(self) -> dict[str, tuple[Any, ...]]:
        return {}


class Seconds(NamedTuple):
    """Seconds as a number, ``least`` or more."""

    field: str = "duration"
    least: int = 1
    whole: bool = True

    def fill(self, draft: Draft) -> None:
        if asked := draft.open.get("duration"):
            seconds = max(self.least, rounded(asked) if self.whole else asked)
            draft.send(self.field, seconds, "duration", applied=seconds)

    def accepts(self) -> dict[str, tuple[Any, ...]]:
        return {"duration": ()}


def _replaces(parameters: Mapping[str, Any], field: str) -> bool:
    parent, _, child = field.rpartition(".")
    inside = parameters.get(parent, {}) if parent else parameters
    return not hasattr(inside, "keys") or child in inside


def _plain(value: Any) -> Any:
    """Return 5 for 5.0, which is how a person writes it, and text without blanks around it."""
    if isinstance(value, str):
        return value.strip()
    return int(value) if isinstance(value, float) and value.is_integer() else value
