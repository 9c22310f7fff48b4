"""A request body while it is made: which hints are still open, and which value each other hint was sent as.

Files stand in it as `MediaFile` until their URLs are known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openclaw_fal.core.kinds import HINTS
from openclaw_fal.core.requests import Size
from openclaw_fal.core.results import Normalized

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openclaw_fal.core.kinds import MediaKind
    from openclaw_fal.core.requests import Request

_NOT_GIVEN: Any = object()


class Draft:
    """A request body while it is made. A hint is in ``open`` until it is sent."""

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

    def override(self, prompt: str | None = "prompt") -> None:
        """Replace fields by the user's own values. A hint or prompt for such a field then counts as changed.

        ``prompt`` is the field of the prompt.
        """
        for field, hints in self._hints_of.items():
            given = _given(self.parameters, field)
            for hint in hints if given is not _NOT_GIVEN else ():
                self._note_change(HINTS[hint], self.asked[hint], given)
        if prompt and prompt in self.parameters and self.body.get(prompt):
            self._note_change("prompt", self.body[prompt], self.parameters[prompt])
        for name, value in self.parameters.items():
            ours = self.body.get(name)
            self.body[name] = ours | value if isinstance(ours, dict) and isinstance(value, dict) else value

    def _note_change(self, name: str, asked: Any, applied: Any) -> None:
        self.normalization.pop(name, None)
        if applied != asked:
            self.normalization[name] = Normalized(asked, applied)

    @property
    def ignored(self) -> dict[str, Any]:
        return {HINTS[hint]: self.open[hint] for hint in HINTS if hint in self.open}

    @property
    def pixels(self) -> Size | None:
        """The requested size, if it is open and not ``auto``."""
        size = self.open.get("size")
        return None if size in (None, "auto") else Size.parse(size)


def _given(parameters: Mapping[str, Any], field: str) -> Any:
    """Return the value that the parameters give a field; for a field inside an object that they replace, theirs."""
    parent, _, child = field.rpartition(".")
    inside = parameters.get(parent, {}) if parent else parameters
    return inside.get(child, _NOT_GIVEN) if isinstance(inside, dict) else inside


def _plain(value: Any) -> Any:
    """Return a whole number as an integer, and text without surrounding spaces."""
    if isinstance(value, str):
        return value.strip()
    return int(value) if isinstance(value, float) and value.is_integer() else value


# --- files --------------------------------------------------------------------------------------


class MediaFile:
    """Stands in a body for the URL that a file gets once it is sent; ``source`` is a path or an address.

    A plain class, because JSON takes a tuple for a list, and defining a dataclass takes longer.
    """

    __slots__ = ("medium", "source")

    def __init__(self, medium: MediaKind, source: str) -> None:
        self.medium = medium
        self.source = source

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MediaFile) and (self.medium, self.source) == (other.medium, other.source)

    def __hash__(self) -> int:
        return hash((self.medium, self.source))

    def __repr__(self) -> str:
        return f"MediaFile({self.medium!r}, {self.source!r})"


def media_files(value: Any) -> list[MediaFile]:
    """Return the files whose URLs a body waits for, each once."""
    match value:
        case MediaFile():
            return [value]
        case dict() | list():
            members = value.values() if isinstance(value, dict) else value
            return list(dict.fromkeys(file for member in members for file in media_files(member)))
        case _:
            return []


def with_urls(value: Any, urls: Mapping[MediaFile, str]) -> Any:
    """Return a body with the URLs in the places of the files."""
    match value:
        case MediaFile():
            return urls[value]
        case dict():
            return {name: with_urls(member, urls) for name, member in value.items()}
        case list():
            return [with_urls(element, urls) for element in value]
        case _:
            return value
