"""One HTTP connection: reads requests from the socket and writes replies, or breaks off as ordered."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import struct
import traceback
from dataclasses import dataclass, field
from enum import Enum, auto
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .server import Listener

_RESET_ON_CLOSE = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)  # SO_LINGER without waiting: RST, not FIN
_CHECK_INTERVAL = 0.2  # seconds between two checks whether the caller of a stalled reply has gone
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


class Handler(BaseHTTPRequestHandler):
    """Speaks HTTP/1.1 with one caller."""

    server: Listener
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def serve(self) -> None:
        try:
            reply = self.server.answer(self._request())
        except (ConnectionError, TimeoutError):
            self.close_connection = True  # the caller has gone
            return
        except Exception:  # noqa: BLE001 - an error of the sandbox must not look like an ordered fault
            traceback.print_exc()
            reply = json_reply(HTTPStatus.INTERNAL_SERVER_ERROR, {"detail": "The sandbox itself failed."})
        try:
            self._send(reply)
        except (ConnectionError, TimeoutError):
            self.close_connection = True

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = serve  # noqa: N815 - http.server looks for these names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that http.server gave it
        """Print nothing: the ledger has every request."""

    def _request(self) -> Request:
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        return Request(
            method=self.command,
            path=parts.path,
            query_string=parts.query,
            query=parse_qs(parts.query, keep_blank_values=True),
            headers=headers,
            body=self._body(headers),
            role=self.server.role,
            scheme=self.server.scheme,
        )

    def _body(self, headers: dict[str, str]) -> bytes:
        if headers.get("transfer-encoding", "").lower() == "chunked":
            return b"".join(self._chunks())
        length = int(headers.get("content-length") or 0)
        body = self.rfile.read(length)
        if len(body) < length:  # the caller was killed while it sent
            raise ConnectionResetError
        return body

    def _chunks(self) -> Iterable[bytes]:
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass

    def _send(self, reply: Reply) -> None:
        if reply.status:
            self._write(reply)
        if reply.ending is Ending.STALL:
            self._hold()
        if reply.ending is not Ending.KEEP or reply.headers.get("connection") == "close":
            self.close_connection = True
        if reply.ending is Ending.RESET:
            # Close the descriptor itself: an orderly shutdown would send a FIN first.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            os.close(self.connection.detach())

    def _write(self, reply: Reply) -> None:
        whole = reply.body if isinstance(reply.body, bytes) else b""
        parts = () if isinstance(reply.body, bytes) else reply.body
        length = len(whole) if reply.length is None and not parts else reply.length
        chunked = length is None and reply.headers.get("connection") != "close"
        framing = {"transfer-encoding": "chunked"} if chunked else {}
        if length is not None:
            framing = {"content-length": str(length)}
        self.connection.sendall(self._head(reply, framing) + (b"" if self.command == "HEAD" else whole))
        for part in parts if self.command != "HEAD" else ():
            self.connection.sendall(b"".join([b"%x\r\n" % len(part), part, b"\r\n"]) if chunked else part)
        if chunked and reply.ending is Ending.KEEP:
            self.connection.sendall(b"0\r\n\r\n")

    def _head(self, reply: Reply, framing: dict[str, str]) -> bytes:
        try:
            reason = HTTPStatus(reply.status).phrase
        except ValueError:
            reason = "Client Closed Request"  # 499 is not in the standard
        headers = {"date": self.date_time_string(), "server": "openclaw-fal-sandbox", **reply.headers, **framing}
        lines = [f"{self.protocol_version} {int(reply.status)} {reason}", *(f"{k}: {v}" for k, v in headers.items())]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def _hold(self) -> None:
        """Keep the connection open and silent until the caller leaves or the sandbox stops."""
        self.connection.settimeout(_CHECK_INTERVAL)
        while not self.server.state.stopping.is_set():
            with contextlib.suppress(TimeoutError):
                if not self.connection.recv(1):
                    return
