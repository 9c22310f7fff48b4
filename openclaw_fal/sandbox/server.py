"""The sandbox: its listeners, one thread that accepts connections, and one thread for each."""

from __future__ import annotations

import contextlib
import selectors
import socket
import ssl
import sys
import threading
import time
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from .cdn import blob
from .connection import Handler, Reply, Request, Role
from .routes import answer
from .state import State

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from .state import Seen, Submission

_LOOPBACK = "127.0.0.1"
_PRIVATE = "127.0.0.2"  # loopback too, but another address; on macOS it must be set up first, so it is optional


class Listener(ThreadingHTTPServer):
    """One port. Its role decides what a POST means and whether a key may be sent there."""

    request_queue_size = 128
    daemon_threads = True
    timeout = 0  # handle_request() is called when there is something to handle

    def __init__(self, state: State, role: Role, port: int, tls: ssl.SSLContext | None, host: str = _LOOPBACK) -> None:
        super().__init__((host, port), Handler)
        self.state, self.role, self._tls = state, role, tls
        self.scheme = "https" if tls else "http"
        self._open: set[socket.socket] = set()

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.server_name}:{self.server_port}"

    def answer(self, request: Request) -> Reply:
        return answer(self.state, request)

    def server_bind(self) -> None:
        """Bind without resolving the host's name, which takes seconds on some machines."""
        if self.allow_reuse_address:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.socket.settimeout(1)  # a caller that left before it was accepted must not block the others
        self.server_name, self.server_port = self.socket.getsockname()

    def get_request(self) -> tuple[socket.socket, tuple[str, int]]:
        """Accept a connection. Its own thread does the TLS handshake, so that a slow caller blocks no other."""
        connection, address = self.socket.accept()
        if self._tls:
            connection = self._tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        self._open.add(connection)
        return connection, address

    def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
        if isinstance(request, socket.socket):
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: socket.socket | tuple[bytes, socket.socket], client_address: object) -> None:
        """Ignore callers that leave in the middle of a request; report other errors."""
        if not isinstance(sys.exception(), (ConnectionError, TimeoutError, ssl.SSLError)):
            super().handle_error(request, client_address)

    def close_connections(self) -> None:
        """Close the connections that callers have left open."""
        for connection in [*self._open]:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class Sandbox:
    """A pretend fal on loopback, as a context manager. Nothing leaves the machine and nothing costs money.

    `url` serves everything; on `queue_url` every POST is a submission to the queue; `hostile_url` and `private_url`
    are other origins to which faults point. `speed` makes jobs faster. If `key` is given, no other is accepted. `tls`
    holds the paths of a certificate and its key. A later sandbox with the same `state_dir` finds the jobs again.
    """

    def __init__(
        self,
        port: int = 0,
        speed: float = 1.0,
        key: str | None = None,
        tls: tuple[str | Path, str | Path] | None = None,
        state_dir: str | Path | None = None,
        *,
        hostile_origin: str | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._port = port
        self._tls = tls
        self._hostile_origin = hostile_origin
        self._state = State(clock, speed, key, Path(state_dir) if state_dir else None)
        self._listeners: list[Listener] = []
        self._thread: threading.Thread | None = None
        self._wakeup: tuple[socket.socket, socket.socket] | None = None

    @property
    def url(self) -> str:
        return self._state.url

    @property
    def queue_url(self) -> str:
        return self._state.queue_url

    @property
    def hostile_url(self) -> str:
        return self._state.hostile_url

    @property
    def private_url(self) -> str:
        return self._state.private_url

    @property
    def requests(self) -> list[Seen]:
        """All requests so far at all ports, in order."""
        return self._state.ledger.requests

    @property
    def submissions(self) -> list[Submission]:
        """Accepted submissions; each would have cost money."""
        return self._state.ledger.submissions

    @property
    def violations(self) -> list[str]:
        """What no client should have done, as sentences."""
        return self._state.ledger.violations

    @property
    def uploads(self) -> dict[str, bytes]:
        """Complete uploads, by the path of their URL."""
        return {path: uploaded.data for path, uploaded in self._state.uploads.items()}

    def content(self, url: str) -> bytes | None:
        """Return the file behind a URL, without a request; None if there is none."""
        found = blob(self._state, urlsplit(url).path)
        return b"".join(found.read(0, found.size)) if found else None

    def ends_at(self, request_id: str) -> float:
        """Return when a job ends or ended, as Unix time in seconds."""
        job = self._state.find(request_id)
        assert job, request_id  # noqa: S101
        return job.ends_at

    def inject(self, *calls: str) -> None:
        """Let faults hit the next requests of their kind: uploads and the catalog have no prompt to order them."""
        for call in calls:
            self._state.inject(call)

    def reset(self) -> None:
        """Forget all jobs, uploads, requests and injected faults."""
        self._state.reset()

    def start(self) -> Self:
        state = self._state
        state.stopping.clear()
        context = None
        if self._tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*self._tls)
        ports = {Role.MAIN: self._port, Role.QUEUE: 0, Role.HOSTILE: 0}
        self._listeners = [Listener(state, role, port, context) for role, port in ports.items()]
        main, queue, hostile = self._listeners
        state.url, state.queue_url = main.url, queue.url
        state.hostile_url = self._hostile_origin or hostile.url
        state.private_url = main.url.replace(_LOOPBACK, _PRIVATE)
        with contextlib.suppress(OSError):
            self._listeners.append(Listener(state, Role.PRIVATE, 0, context, _PRIVATE))
            state.private_url = self._listeners[-1].url
        state.forget_old()
        self._wakeup = socket.socketpair()
        self._thread = threading.Thread(target=self._accept, name="sandbox", daemon=True)
        self._thread.start()
        return self

    def _accept(self) -> None:
        """Accept connections until `stop()` writes to the wake-up socket. Without polling, stopping takes no time."""
        assert self._wakeup is not None  # noqa: S101 - start() made it
        with selectors.DefaultSelector() as selector:
            for listener in self._listeners:
                selector.register(listener.socket, selectors.EVENT_READ, listener.handle_request)
            selector.register(self._wakeup[1], selectors.EVENT_READ, None)
            while True:
                for key, _ in selector.select():
                    if key.data is None:
                        return
                    key.data()

    def stop(self) -> None:
        """Stop listening and close all connections."""
        if not self._thread or not self._wakeup:
            return
        self._state.stopping.set()
        self._wakeup[0].send(b"!")
        self._thread.join()
        for listener in self._listeners:
            listener.server_close()
            listener.close_connections()
        for end in self._wakeup:
            end.close()
        self._thread = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
