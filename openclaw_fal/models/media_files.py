"""Files in a body: what stands for their URLs until they are sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openclaw_fal.core.kinds import MediaKind


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
