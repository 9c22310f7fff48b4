"""A request, a reply, and the ways in which a reply can end badly."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Json = dict[str, Any]


class Role(Enum):
    """Which of the sandbox's listeners took a request. The last two stand for hosts that are not fal's."""

    MAIN = "main"
    QUEUE = "queue"
    HOSTILE = "hostile"
    PRIVATE = "private"

    @property
    def is_foreign(self) -> bool:
        return self in {Role.HOSTILE, Role.PRIVATE}


class Ending(Enum):
    """What happens to the connection after the reply's bytes."""

    KEEP = auto()
    CLOSE = auto()
    RESET = auto()
    STALL = auto()


@dataclass(frozen=True)
class Request:
    """One request. Header names are lower case; the path keeps its escapes."""

    method: str
    path: str
    query_string: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes = b""
    role: Role = Role.MAIN
    scheme: str = "http"

    @property
    def host(self) -> str:
        """The Host header, with its port."""
        return self.headers.get("host", "")

    @property
    def authorization(self) -> str:
        return self.headers.get("authorization", "")

    def first(self, name: str, default: str = "") -> str:
        """Return the first value of a query parameter."""
        return self.query.get(name, [default])[0]

    def json(self) -> Any:
        """Parse the body. Raises ValueError if it is not JSON."""
        return json.loads(self.body or b"null")


@dataclass
class Reply:
    """One reply; status 0 sends nothing at all.

    `length` is announced as Content-Length and may be false; a body of unknown length goes out in chunks.
    """

    status: int = 200
    body: bytes | Iterable[bytes | memoryview] = b""
    headers: dict[str, str] = field(default_factory=dict)
    length: int | None = None
    ending: Ending = Ending.KEEP


def json_reply(status: int, value: Any, headers: Mapping[str, str] | None = None) -> Reply:
    return Reply(status, json.dumps(value).encode(), {"content-type": "application/json", **(headers or {})})


def no_answer(ending: Ending) -> Reply:
    """Send no byte; then reset, close or hold the connection."""
    return Reply(0, ending=ending)
