"""What stands in for the world where the sandbox is too well-behaved: a server that says what it is told, and a proxy.

Everything is on loopback.
"""

from __future__ import annotations

import socket
import threading
import time
from collections import deque
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

KEY = "00000000-1111-4222-8333-444444444444:0123456789abcdef0123456789abcdef"
TLS = Path(__file__).parent.parent / "sandbox" / "tls"


class Asked(NamedTuple):
    """One request as the server got it; header names are lower-case."""

    line: str
    headers: dict[str, str]
    body: bytes


class Server:
    """A server on loopback that gives the replies it was told, one a connection, and then closes the connection.

    A reply is bytes or a function that gets the connection. When there are none left, the last one is given again.
    """

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.gone = threading.Event()
        self.keep_bodies = True
        self._replies: deque[Any] = deque([reply(500)])
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._threads: list[threading.Thread] = []
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def answer(self, *replies: Any) -> None:
        self._replies = deque(replies)

    def close(self) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for thread in self._threads:
            thread.join(5)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self._threads.append(threading.Thread(target=self._serve, args=(connection,), daemon=True))
            self._threads[-1].start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            self.asked.append(_read_request(connection, keep_body=self.keep_bodies))
            what = self._replies.popleft() if len(self._replies) > 1 else self._replies[0]
            if callable(what):
                what(connection)
            else:
                connection.sendall(what)
        self.gone.set()


def _read_request(connection: socket.socket, *, keep_body: bool) -> Asked:
    file = connection.makefile("rb")
    line = file.readline().decode("latin-1").strip()
    headers: dict[str, str] = {}
    while field := file.readline().decode("latin-1").strip():
        name, _, value = field.partition(":")
        headers[name.lower()] = value.strip()
    left = int(headers.get("content-length", 0))
    if keep_body:
        return Asked(line, headers, file.read(left))
    while left:
        left -= len(file.read(min(left, 1 << 16)))
    return Asked(line, headers, b"")


def reply(status: int, body: bytes = b"", headers: dict[str, str] | None = None, length: int | None = None) -> bytes:
    """Put an answer together; ``length`` may lie, and is left out when negative."""
    told = {"content-type": "application/json", "connection": "close", **(headers or {})}
    if length is None or length >= 0:
        told["content-length"] = str(len(body) if length is None else length)
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "Odd"
    head = "".join(f"{name}: {value}\r\n" for name, value in told.items())
    return f"HTTP/1.1 {status} {phrase}\r\n{head}\r\n".encode("latin-1") + body


def dripping(*pieces: bytes, every_s: float = 0.05) -> Callable[[socket.socket], None]:
    """Send the pieces one after the other, and the last one again and again."""

    def drip(connection: socket.socket) -> None:
        left = deque(pieces)
        while True:
            connection.sendall(left.popleft() if len(left) > 1 else left[0])
            time.sleep(every_s)

    return drip


def silent(connection: socket.socket) -> None:
    """Say nothing until the caller goes."""
    while connection.recv(1024):
        pass


class Proxy:
    """A CONNECT proxy on loopback: wherever one wants to go through it, one ends at ``target``'s port."""

    def __init__(self, target: str, refusal: bytes = b"") -> None:
        self.asked: list[str] = []
        self._port = int(target.rpartition(":")[2])
        self._refusal = refusal
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                head += connection.recv(1)
            self.asked.append(head.decode("latin-1"))
            if self._refusal:
                connection.sendall(self._refusal)
                return
            connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            with socket.create_connection(("127.0.0.1", self._port)) as far:
                back = threading.Thread(target=_pump, args=(far, connection), daemon=True)
                back.start()
                _pump(connection, far)
                back.join(5)


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(1 << 16):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
