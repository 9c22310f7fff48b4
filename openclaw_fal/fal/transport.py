"""The wire beneath HTTP: how long each wait may take, whom a name may lead to, and which proxy stands between.

httpx ends a wait that is too long, not an answer that drips on for ever, and looks a name up anew after anybody who has
judged where it leads. Both are mended where connections are made: httpcore's network backend, which `Network` wraps.
"""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING, Any
from urllib.request import getproxies, proxy_bypass

import httpx

from openclaw_fal.core.errors import ConfigError
from openclaw_fal.core.text import redact

if TYPE_CHECKING:
    from collections.abc import Callable

    from openclaw_fal.fal.certificates import Certificates
    from openclaw_fal.fal.clock import Deadline

CONNECT_TIMEOUT_S = 6.0  # for each address of a host
MAX_WAIT_S = 24 * 3600.0  # sockets take no more than some weeks
KEPT_OPEN_S = 15.0  # longer than the pause between two polls
READ_SIZE = 256 * 1024  # bytes asked of the socket at once; httpcore's 64 KiB cost a third of the throughput
WRITE_SIZE = 64 * 1024


class NotPublic(Exception):
    """A name leads into a network that a reply must not be able to reach."""


class WaitLimit:
    """How many seconds one wait for the network may take, which is never past the deadline.

    httpx and httpcore hand time limits down to the network as they got them, so one can be more than a number.
    """

    def __init__(self, seconds: float, deadline: Deadline) -> None:
        self.seconds = seconds
        self._deadline = deadline

    def limits(self) -> dict[str, Any]:
        """Return httpx's ``timeout`` extension. There is no limit to connections, so none is waited for."""
        return {"connect": self, "read": self, "write": self, "pool": None}

    def left(self, late: type[httpx.TimeoutException], at_most: float = MAX_WAIT_S) -> float:
        """Return the seconds that a wait may take; raise ``late`` when there are none."""
        seconds = min(self.seconds, at_most, self._deadline.remaining)
        if seconds <= 0:
            raise late("time ran out")
        return seconds


class GuardedBackend:
    """Connections whose waits end with the deadline, to addresses that ``may_reach(host, address)`` allows.

    The address that was judged is the one connected to: a name that leads elsewhere a moment later gains nothing.
    """

    def __init__(self, inner: Any, may_reach: Callable[[str, str], bool]) -> None:
        self._inner = inner
        self._may_reach = may_reach

    def connect_tcp(self, host: str, port: int, timeout: WaitLimit, **options: Any) -> DeadlineStream:
        addresses = addresses_of(host, port)
        if not all(self._may_reach(host, address) for address in addresses):
            raise NotPublic(f"{host} leads into a private network")
        trouble: Exception = httpx.ConnectError(f"{host} has no address")
        for address in addresses:
            seconds = timeout.left(httpx.ConnectTimeout, CONNECT_TIMEOUT_S)
            try:
                connection = self._inner.connect_tcp(address.encode(), port, timeout=seconds, **options)
                return DeadlineStream(connection, timeout)
            except Exception as error:  # noqa: BLE001 - httpcore's, which only httpx knows; the next address may do
                trouble = error
        raise trouble


class DeadlineStream:
    """One connection. Reads come in larger pieces than httpcore asks for, and writes go out in smaller ones.

    ``limit`` is for the waits that httpcore sets no limit to: those for the greetings of a SOCKS proxy.
    """

    def __init__(self, inner: Any, limit: WaitLimit) -> None:
        self._inner = inner
        self._limit = limit

    def read(self, max_bytes: int, timeout: WaitLimit | None = None) -> bytes:
        seconds = (timeout or self._limit).left(httpx.ReadTimeout)
        data: bytes = self._inner.read(max(max_bytes, READ_SIZE), timeout=seconds)
        return data

    def write(self, buffer: bytes, timeout: WaitLimit | None = None) -> None:
        for start in range(0, len(buffer), WRITE_SIZE):
            seconds = (timeout or self._limit).left(httpx.WriteTimeout)
            self._inner.write(memoryview(buffer)[start : start + WRITE_SIZE], timeout=seconds)

    def start_tls(self, ssl_context: ssl.SSLContext, server_hostname: str, timeout: WaitLimit) -> DeadlineStream:
        seconds = timeout.left(httpx.ConnectTimeout, CONNECT_TIMEOUT_S)
        return DeadlineStream(
            self._inner.start_tls(ssl_context, server_hostname=server_hostname, timeout=seconds), timeout
        )

    def close(self) -> None:
        self._inner.close()

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def addresses_of(host: str, port: int) -> list[str]:
    """Look a host up; raise `httpx.ConnectError` when it has no address.

    As bytes, for text takes a codec that takes 2 ms to load; httpx has brought other alphabets into ASCII already.
    """
    try:
        found = socket.getaddrinfo(host.encode("ascii"), port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpx.ConnectError(f"{host} can't be looked up: {error}") from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def proxy_for(url: httpx.URL) -> str | None:
    """Return the proxy that the environment names for a URL.

    Plain http takes none: it is for this machine alone, and the key would leave it unencrypted.
    """
    if url.scheme != "https":
        return None
    proxies = getproxies()
    proxy = proxies.get("https") or proxies.get("all")
    if not proxy or proxy_bypass(f"{url.host}:{url.port or 443}"):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def open_transport(
    scheme: str, proxy: str | None, may_reach: Callable[[str, str], bool], certificates: Certificates
) -> httpx.BaseTransport:
    """Return a transport for one scheme and proxy. Raises `ConfigError` for a proxy or certificates that can't be used.

    A proxy looks names up itself, so through one only what is written in a URL can be judged.
    """
    # Plain http goes without: an empty context trusts nobody, which fails closed should it ever meet TLS.
    context = certificates.context() if scheme == "https" else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        middle = httpx.Proxy(proxy, ssl_context=context if proxy.startswith("https:") else None) if proxy else None
        transport = httpx.HTTPTransport(
            verify=context, proxy=middle, trust_env=False, limits=httpx.Limits(keepalive_expiry=KEPT_OPEN_S)
        )
    except (ImportError, ValueError, httpx.InvalidURL) as error:
        raise ConfigError(f"The proxy {redact(proxy)} can't be used: {error}", code="proxy_invalid") from error
    _wrap_network(transport, may_reach if proxy is None else lambda _host, _address: True)
    return transport


def _wrap_network(transport: httpx.HTTPTransport, may_reach: Callable[[str, str], bool]) -> None:
    """Put ours around httpcore's network. It has a parameter for that, which httpx does not pass on."""
    pool: Any = transport._pool  # noqa: SLF001
    pool._network_backend = GuardedBackend(pool._network_backend, may_reach)  # noqa: SLF001
