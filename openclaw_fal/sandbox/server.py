"""The sandbox itself: its listeners, one thread that accepts, one thread for each connection."""

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
from .handler import Handler
from .http_message import Role
from .state import State

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from .ledger import Seen, Submission

_LOOPBACK = "127.0.0.1"
_PRIVATE = "127.0.0.2"  # loopback too, but another address; macOS has to be told about it, so we can do without


class Listener(ThreadingHTTPServer):
    """One port. Which one it is decides what a POST means and whether the key may be seen there."""

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

    def server_bind(self) -> None:
        """Bind without looking the host's name up, which can take seconds on a machine with an odd resolver."""
        if self.allow_reuse_address:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.socket.settimeout(1)  # a caller that is gone again before it was accepted must not hold up the others
        self.server_name, self.server_port = self.socket.getsockname()

    def get_request(self) -> tuple[socket.socket, tuple[str, int]]:
        """Accept. A TLS handshake waits until the connection's own thread reads, lest a slow caller hold up all."""
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
        """Say nothing of a caller that goes away in the middle of a request; anything else is an error of ours."""
        if not isinstance(sys.exception(), (ConnectionError, TimeoutError, ssl.SSLError)):
            super().handle_error(request, client_address)

    def hang_up(self) -> None:
        """End the connections that callers have left open."""
        for connection in [*self._open]:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class Sandbox:
    """A stand-in for fal on loopback, as a context manager. Nothing leaves the machine and nothing costs money.

    `url` serves everything; on `queue_url` every POST is a submission to the queue; `hostile_url` is another origin,
    watched, to which faults point. `speed` makes jobs faster; `key` is the only one accepted, if given; `tls` is a
    certificate and its key; with `state_dir` accepted submissions can be found again by a later sandbox.
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
        self._bell: tuple[socket.socket, socket.socket] | None = None

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
        """Every request so far, in order, at whichever port."""
        return self._state.ledger.requests

    @property
    def submissions(self) -> list[Submission]:
        """What was accepted: each of these would have cost money."""
        return self._state.ledger.submissions

    @property
    def violations(self) -> list[str]:
        """What no client should have done."""
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
        """Let faults strike whoever comes next: the catalog and uploads, which have no prompt, or any task."""
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
        self._bell = socket.socketpair()
        self._thread = threading.Thread(target=self._accept, name="sandbox", daemon=True)
        self._thread.start()
        return self

    def _accept(self) -> None:
        """Hand out connections until the bell rings; no polling, so stopping takes no time."""
        assert self._bell is not None  # noqa: S101 - start() hung it up
        with selectors.DefaultSelector() as selector:
            for listener in self._listeners:
                selector.register(listener.socket, selectors.EVENT_READ, listener.handle_request)
            selector.register(self._bell[1], selectors.EVENT_READ, None)
            while True:
                for key, _ in selector.select():
                    if key.data is None:
                        return
                    key.data()

    def stop(self) -> None:
        """Stop listening and end what is still going on."""
        if not self._thread or not self._bell:
            return
        self._state.stopping.set()
        self._bell[0].send(b"!")
        self._thread.join()
        for listener in self._listeners:
            listener.server_close()
            listener.hang_up()
        for end in self._bell:
            end.close()
        self._thread = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
