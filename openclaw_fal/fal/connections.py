"""The connections under HTTP: how long each wait takes, and which addresses they reach.

httpcore limits each wait, but not how often a server can make it wait again. It also looks names up itself, after any
check of their addresses. `GuardedBackend`, a network backend for httpcore, limits all waits and checks the addresses.
"""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from openclaw_fal.fal.clock import GRACE_S, OVERTIME_S
from openclaw_fal.fal.lean_httpcore import httpcore

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterable

    from openclaw_fal.fal.clock import Deadline

CONNECT_TIMEOUT_S = 6.0  # for each address of a host
MAX_WAIT_S = 24 * 3600.0  # sockets accept no more than some weeks
WAKE_UP_S = 0.25  # a signal that arrives right before a wait does not end it
READ_SIZE = 256 * 1024  # bytes; httpcore's 64 KiB cost a third of the throughput
WRITE_SIZE = 64 * 1024


class NotPublic(Exception):
    """A host name leads into a private network, which a reply must not reach."""


class WaitLimit:
    """How many seconds one wait for the network may take. No wait outlasts the deadline.

    With ``may_run_over``, an answer whose first bytes have arrived by then (`is_arriving`) may go on for a minute, as
    long as its bytes keep coming. httpcore passes timeouts to its network backend unchanged, so this can replace the
    number there.
    """

    def __init__(self, seconds: float, deadline: Deadline, *, may_run_over: bool = False) -> None:
        self.seconds = seconds
        self.is_arriving = False
        self.is_at_proxy = False  # nothing of the request itself has been written
        self.deadline = deadline
        self._may_run_over = may_run_over

    def as_timeouts(self) -> dict[str, Any]:
        """Return the ``timeout`` extension of a request. The pool has no limit, so nothing waits for it."""
        return {"connect": self, "read": self, "write": self, "pool": None}

    def left(self, late: type[Exception], at_most: float = MAX_WAIT_S) -> float:
        """Return the seconds that a wait may take; raise ``late`` if none are left."""
        seconds = min(self.seconds, at_most, self._remaining)
        if seconds <= 0:
            raise late("time ran out")
        return seconds

    @property
    def _remaining(self) -> float:
        left = self.deadline.at - self.deadline.clock.monotonic()
        if not self._may_run_over:
            return left
        if not self.is_arriving:
            return left + GRACE_S
        return min(max(left, 0.0) + GRACE_S, left + OVERTIME_S)


class OpenStreams(set["DeadlineStream"]):
    """The connections that are open. Once ``is_over``, no other may open: nothing is sent after an interruption."""

    is_over = False


class GuardedBackend(httpcore.NetworkBackend):
    """Opens connections whose waits end with the deadline, to addresses that ``may_reach(host, address)`` allows.

    It connects to the address that was checked, because another look-up may return another address.
    Every ``timeout`` is a `WaitLimit`. ``stream`` is the class of a new connection.
    """

    def __init__(self, may_reach: Callable[[str, str], bool], stream: type[DeadlineStream] | None = None) -> None:
        self._inner: Any = httpcore.SyncBackend()
        self._may_reach = may_reach
        self._stream = stream or DeadlineStream
        self._open = OpenStreams()

    def abort(self) -> None:
        """Break all connections and make no other, so that no thread waits any longer."""
        self._open.is_over = True
        for stream in list(self._open):
            stream.shut_down()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: Any = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        if self._open.is_over:
            raise httpcore.ConnectError("interrupted")
        addresses = addresses_of(host, port, timeout.left(httpcore.ConnectTimeout))
        if not all(self._may_reach(host, address) for address in addresses):
            raise NotPublic(f"{host} leads into a private network")
        failure: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in addresses:
            seconds = timeout.left(httpcore.ConnectTimeout, CONNECT_TIMEOUT_S)
            try:
                # As bytes: for text, socket loads a codec, which takes 2 ms.
                stream = self._inner.connect_tcp(address.encode(), port, seconds, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return self._stream(stream, timeout, self._open)
        raise failure

    def close(self) -> None:
        """Close what the pool has left open, such as the connection to a proxy that refuses."""
        for stream in list(self._open):
            stream.close()


class DeadlineStream(httpcore.NetworkStream):
    """One connection. It reads larger pieces than httpcore asks for, and writes smaller ones.

    ``limit`` bounds the waits for which httpcore has no timeout: those for a SOCKS proxy's greetings. ``opened`` holds
    the stream until it is closed, or continued by one with TLS.
    """

    is_to_proxy = False

    @property
    def after_tls(self) -> type[DeadlineStream]:
        """The class of the stream that continues this one with TLS."""
        return DeadlineStream

    def __init__(self, inner: Any, limit: WaitLimit, opened: OpenStreams) -> None:
        self._inner = inner
        self._limit = limit
        self._opened = opened
        opened.add(self)
        if opened.is_over:
            # `OpenStreams.is_over` was set during a look-up, a connect or a handshake.
            self.close()
            raise httpcore.ConnectError("interrupted")

    def read(self, max_bytes: int, timeout: Any = None) -> bytes:
        seconds = (timeout or self._limit).left(httpcore.ReadTimeout)
        data: bytes = self._inner.read(max(max_bytes, READ_SIZE), seconds)
        return data

    def write(self, buffer: bytes, timeout: Any = None) -> None:
        limit = timeout or self._limit
        limit.is_at_proxy = self.is_to_proxy
        for start in range(0, len(buffer), WRITE_SIZE):
            seconds = limit.left(httpcore.WriteTimeout)
            self._inner.write(memoryview(buffer)[start : start + WRITE_SIZE], seconds)

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: Any = None
    ) -> httpcore.NetworkStream:
        seconds = timeout.left(httpcore.ConnectTimeout, CONNECT_TIMEOUT_S)
        secure = self.after_tls(self._inner.start_tls(ssl_context, server_hostname, seconds), timeout, self._opened)
        self._opened.discard(self)
        return secure

    def close(self) -> None:
        self._opened.discard(self)
        self._inner.close()

    def shut_down(self) -> None:
        """End what other threads wait for at this connection. They still close it."""
        with suppress(OSError):
            self._inner.get_extra_info("socket").shutdown(socket.SHUT_RDWR)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def addresses_of(host: str, port: int, seconds: float) -> list[str]:
    """Look up a host, whose name is ASCII, within ``seconds``.

    Raises `httpcore.ConnectError` if it has no address, and `httpcore.ConnectTimeout` if there is no answer in time. A
    look-up has no limit and does not end on Ctrl-C: it runs in a thread, which is left alone then.
    """
    found: list[Any] = []
    failures: list[Exception] = []

    def look_up() -> None:
        try:
            found.extend(socket.getaddrinfo(host.encode("ascii"), port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            failures.append(error)

    if ":" in host or host.replace(".", "").isdecimal():
        look_up()  # an address, which no server is asked for; a name may end in a digit, such as proxy1
    else:
        thread = threading.Thread(target=look_up, daemon=True)
        thread.start()
        until = time.monotonic() + seconds
        while thread.is_alive() and (left := until - time.monotonic()) > 0:
            thread.join(min(left, WAKE_UP_S))
    for error in failures:
        reason = getattr(error, "strerror", None) or error
        raise httpcore.ConnectError(f"{host} can't be looked up: {reason}") from error
    if not found:
        raise httpcore.ConnectTimeout(f"{host} was not looked up in time")
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))
