"""The fixtures of this folder: a client whose sleeps take no time, and a proxy."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import pytest

from openclaw_fal.core.secrets import Key
from openclaw_fal.fal.client import FalClient
from openclaw_fal.fal.clock import Clock, Deadline
from openclaw_fal.fal.origins import Origins
from openclaw_fal.fal.transport import Answer, Transport

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    import httpcore

    from openclaw_fal.sandbox import Sandbox

Value = TypeVar("Value")


class Harness:
    """A client with a clock of its own, on which sleeping takes no time but is recorded and moves the clock.

    Other time passes ``speed`` times as fast as real time; at 0 only sleeping and `skip` move the clock.
    """

    def __init__(self, origins: Origins, key: str, transport: Transport | None = None, speed: float = 1.0) -> None:
        self._speed, self._began, self._began_at = speed, time.monotonic(), time.time()
        self.slept: list[float] = []
        self.skipped = 0.0
        self.traced: list[str] = []
        self.events: list[Any] = []
        self.clock = Clock(lambda: self._began_at + self._passed(), self._passed, self.slept.append)
        self.client = FalClient(origins, self.clock, lambda: Key(key, "a test"), self.traced.append, transport)

    def _passed(self) -> float:
        return (time.monotonic() - self._began) * self._speed + sum(self.slept) + self.skipped

    def skip(self, seconds: float) -> None:
        """Move the clock without a sleep."""
        self.skipped += seconds

    def deadline(self, seconds: float = 60.0) -> Deadline:
        return self.clock.deadline(seconds)

    def result_of(self, work: Generator[Any, None, Value]) -> Value:
        """Run a generator to its end, keep what it yields in `events`, and return its value."""
        self.events = []
        while True:
            try:
                self.events.append(next(work))
            except StopIteration as end:
                return end.value  # type: ignore[no-any-return]


class Canned(Answer):
    """An answer that came over no connection."""

    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status = status
        self.headers = [(name.encode(), value.encode()) for name, value in headers.items()]
        self._whole = body

    def pieces(self) -> Iterator[bytes]:
        yield self._whole

    def close(self) -> None:
        """There is no connection to give back."""


class CannedAnswers(Transport):
    """Gives each answer to one request, and the last one to all that follow."""

    def __init__(self, *answers: Answer) -> None:
        self.received: list[httpcore.Request] = []
        self.give(*answers)

    def give(self, *answers: Answer) -> None:
        self._answers = answers

    def send(self, request: httpcore.Request) -> Answer:
        self.received.append(request)
        return self._answers[min(len(self.received), len(self._answers)) - 1]


class OpenHarness(Protocol):
    def __call__(
        self, base_url: str | Origins, *, key: str = ..., transport: Any = None, speed: float = 1.0
    ) -> Harness: ...


@pytest.fixture
def open_harness(key: str) -> Iterator[OpenHarness]:
    opened: list[Harness] = []
    usual_key = key

    def open_one(
        base_url: str | Origins, *, key: str = usual_key, transport: Any = None, speed: float = 1.0
    ) -> Harness:
        origins = base_url if isinstance(base_url, Origins) else Origins.from_base_url(base_url)
        opened.append(Harness(origins, key, transport, speed))
        return opened[-1]

    yield open_one
    for harness in opened:
        harness.client.close()


@pytest.fixture
def harness(fal: Sandbox, open_harness: OpenHarness) -> Harness:
    """A client of the sandbox."""
    return open_harness(fal.url)


class OpenProxy(Protocol):
    def __call__(self, target: str, refusal: bytes = b"") -> Proxy: ...


@pytest.fixture
def open_proxy() -> Iterator[OpenProxy]:
    proxies: list[Proxy] = []

    def open_one(target: str, refusal: bytes = b"") -> Proxy:
        proxies.append(Proxy(target, refusal))
        return proxies[-1]

    yield open_one
    for proxy in proxies:
        proxy.close()


class Tunnels:
    """A proxy on loopback that leads every tunnel to the port of ``target``; `greet` is its protocol."""

    def __init__(self, target: str) -> None:
        self._port = int(target.rpartition(":")[2])
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

    def greet(self, connection: socket.socket) -> bool:
        """Answer what a client says before its tunnel opens; return whether it opens."""
        raise NotImplementedError

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            if not self.greet(connection):
                return
            with socket.create_connection(("127.0.0.1", self._port)) as far:
                back = threading.Thread(target=pump, args=(far, connection), daemon=True)
                back.start()
                pump(connection, far)
                back.join(5)


class Proxy(Tunnels):
    """A CONNECT proxy that opens every tunnel, or answers each with a ``refusal``."""

    def __init__(self, target: str, refusal: bytes = b"") -> None:
        self.requests: list[str] = []
        self._refusal = refusal
        super().__init__(target)

    def greet(self, connection: socket.socket) -> bool:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += connection.recv(1)
        self.requests.append(head.decode("latin-1"))
        connection.sendall(self._refusal or b"HTTP/1.1 200 Connection established\r\n\r\n")
        return not self._refusal


def pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(1 << 16):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
