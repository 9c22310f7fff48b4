"""What identifies a request in fal's history, where its media may have other addresses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from openclaw_fal.core.data_uri import is_data_uri
from openclaw_fal.core.records import Record

if TYPE_CHECKING:
    from collections.abc import Iterator


class InputMark(Record):
    """What identifies a request in fal's history: a digest of its input.

    ``digest`` is the SHA-256 of the body with a placeholder for each ``data:`` URI, for which fal may list an address;
    ``inline`` are the paths of these. Members that are null do not count.
    """

    digest: str
    inline: tuple[str, ...] = ()

    @classmethod
    def of(cls, body: Any) -> InputMark:
        inline = tuple(_paths_of_data(body))
        return cls(_digest(body, inline), inline)

    def matches(self, body: Any) -> bool:
        return isinstance(body, dict) and _digest(body, self.inline) == self.digest


def _paths_of_data(value: Any, path: str = "") -> Iterator[str]:
    match value:
        case str() if is_data_uri(value):
            yield path
        case dict():
            for name, member in value.items():
                yield from _paths_of_data(member, f"{path}/{name}")
        case list():
            for number, element in enumerate(value):
                yield from _paths_of_data(element, f"{path}/{number}")
        case _:
            pass


def _digest(body: Any, inline: tuple[str, ...]) -> str:
    import hashlib  # noqa: PLC0415 - takes long, and reading tasks does without

    return hashlib.sha256(json.dumps(_comparable(body, inline), sort_keys=True).encode()).hexdigest()


def _comparable(value: Any, inline: tuple[str, ...], path: str = "") -> Any:
    match value:
        case str() if path in inline:
            return "data:"
        case float() if value.is_integer():  # JSON has one type of number
            return int(value)
        case dict():
            members = {name: _comparable(member, inline, f"{path}/{name}") for name, member in value.items()}
            return {name: member for name, member in members.items() if member is not None}
        case list():
            return [_comparable(element, inline, f"{path}/{number}") for number, element in enumerate(value)]
        case _:
            return value
