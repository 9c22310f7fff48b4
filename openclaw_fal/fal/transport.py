"""One way to each server: its idle connections, the proxy in between, and how a URL is read.

httpcore speaks HTTP over the connections of `GuardedBackend`. httpx is not in between, because importing it takes a
sixth of the time of an image: it only reads proxies, and URLs that are not plain.
"""

from __future__ import annotations

import os
import ssl
import sys
from contextlib import suppress
from functools import lru_cache
from string import ascii_letters, digits
from typing import TYPE_CHECKING, Any

from openclaw_fal.fal.connections import GuardedBackend
from openclaw_fal.fal.lean_httpcore import httpcore
from openclaw_fal.fal.origins import DEFAULT_PORTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from openclaw_fal.fal.certificates import Certificates
    from openclaw_fal.fal.proxy import Proxy

KEEP_ALIVE_S = 15.0  # longer than the pause between two polls
HTTP_ERRORS = (
    httpcore.NetworkError,
    httpcore.TimeoutException,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.UnsupportedProtocol,
)
"""All that a request can raise: httpcore's errors have no class in common."""

_MAX_URL = 65536  # characters
_MAX_PORT = 65535

_PLAIN = frozenset(f"{ascii_letters}{digits}-._~!$&'()*+,;=:@/?")  # what no URL has to escape


class InvalidUrl(Exception):
    """The text is not a URL that a request can be sent to."""


@lru_cache
def read_url(url: str) -> httpcore.URL:
    """Return a URL in parts, with a name in ASCII and escaped as necessary. Raises `InvalidUrl`.

    httpx reads what is not plain, with the same result for what is.
    """
    scheme, _, rest = url.partition("://")
    server, _, path = rest.partition("/")
    host, colon, port = server.partition(":")
    is_plain = scheme in DEFAULT_PORTS and _is_plain_name(host) and _is_plain_port(port) == bool(colon)
    if not is_plain or not _PLAIN.issuperset(url) or "/." in url or len(url) > _MAX_URL:
        return _read_by_httpx(url)
    number = int(port) if port else None
    return httpcore.URL(
        scheme=scheme, host=host, port=None if number == DEFAULT_PORTS[scheme] else number, target=f"/{path}"
    )


def _is_plain_name(host: str) -> bool:
    """Return whether a host is 127.0.0.1, or a lower-case name that is not a number."""
    is_name = host.replace("-", "").replace(".", "").isalnum() and host.islower() and not host[-1].isdecimal()
    return is_name or host == "127.0.0.1"


def _is_plain_port(port: str) -> bool:
    return port.isdecimal() and len(port) <= len(str(_MAX_PORT)) and int(port) <= _MAX_PORT


def _read_by_httpx(url: str) -> httpcore.URL:
    import httpx  # noqa: PLC0415 - see the docstring of this file

    try:
        read = httpx.URL(url)
    except (httpx.InvalidURL, UnicodeError) as error:
        raise InvalidUrl(str(error)) from error
    if read.port is not None and read.port > _MAX_PORT:
        raise InvalidUrl("its port is above 65535")  # a look-up would take its last 16 bits, or overflow
    return httpcore.URL(scheme=read.raw_scheme, host=read.raw_host, port=read.port, target=read.raw_path)


def is_untrusted(error: Exception) -> bool:
    """Return whether the server has a certificate that is not trusted."""
    return isinstance(error, httpcore.ConnectError) and "CERTIFICATE_VERIFY_FAILED" in str(error)


class Answer:
    """The answer to a request: its status, its headers as they came, and its body, which is still arriving.

    When it is closed, its connection joins the ``idle`` ones if it can serve another request.
    """

    def __init__(self, response: httpcore.Response, connection: Any, idle: list[Any]) -> None:
        self.status = response.status
        self.headers = response.headers
        self._body: Any = response.stream
        self._connection = connection
        self._idle = idle
        self._is_closed = False

    def pieces(self) -> Iterator[bytes]:
        """Yield the body as it arrives, and close the answer at its end."""
        yield from self._body
        self.close()

    def close(self) -> None:
        if self._is_closed:
            return
        self._is_closed = True
        self._body.close()
        if not self._connection.is_idle():
            return
        if self._has_more:
            self._connection.close()
        else:
            self._idle.append(self._connection)

    @property
    def _has_more(self) -> bool:
        """Whether bytes have arrived after the answer. httpcore would take them for the answer to the next request."""
        # httpcore has no public name for what h11 has read: in a version without these, such bytes go unnoticed.
        h11_state = getattr(getattr(self._body, "_connection", None), "_h11_state", None)
        return bool(h11_state and h11_state.trailing_data[0])


class Transport:
    """Sends requests to one server, and raises `HTTP_ERRORS`.

    ``pool`` only opens the connections: it would look at all of them for each request, several times, which took a
    tenth of the CPU time of a batch. Here a request takes the one that was used last, and gives it back.
    """

    def __init__(
        self, pool: httpcore.ConnectionPool, backend: GuardedBackend, more_certificates: Callable[[], bool]
    ) -> None:
        self._pool = pool
        self._backend = backend
        self._more_certificates = more_certificates
        self._idle: list[Any] = []

    def send(self, request: httpcore.Request) -> Answer:
        connection = self._usable() or self._pool.create_connection(request.url.origin)
        try:
            response = connection.handle_request(request)
        except httpcore.ConnectError as error:
            # Nothing was sent: TLS comes before.
            if not is_untrusted(error) or not self._more_certificates():
                raise
            connection = self._pool.create_connection(request.url.origin)
            response = connection.handle_request(request)
        except Exception as error:
            if not type(error).__module__.startswith("socksio"):
                raise
            raise httpcore.ProxyError(f"the proxy does not speak SOCKS 5: {error}") from error
        return Answer(response, connection, self._idle)

    def abort(self) -> None:
        self._backend.abort()

    def close(self) -> None:
        self._idle.clear()
        self._backend.close()

    def _usable(self) -> Any:
        """Take the connection that was used last, unless the server has closed it; ``None`` if there is none."""
        while self._idle:
            with suppress(IndexError):  # another thread may have taken it
                connection = self._idle.pop()
                if not connection.has_expired():
                    return connection
                connection.close()
        return None


def open_transport(url: httpcore.URL, may_reach: Callable[[str, str], bool], certificates: Certificates) -> Transport:
    """Return a transport for the server of ``url``.

    A proxy looks names up itself, so behind one only an address that is written in a URL can be checked. Raises
    `ConfigError` for a proxy or certificates that can't be used.
    """
    if url.scheme not in {b"http", b"https"}:
        raise httpcore.UnsupportedProtocol(f"{url.scheme.decode()} is not http or https")
    # Plain http needs no certificates. An empty context trusts no certificate, so TLS with it fails.
    context = certificates.context() if url.scheme == b"https" else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    proxy = _proxy_for(url, context)
    backend = GuardedBackend(_anywhere, proxy.first_stream) if proxy else GuardedBackend(may_reach)
    pool = httpcore.ConnectionPool(
        ssl_context=context,
        proxy=proxy.of_pool if proxy else None,
        max_connections=None,
        keepalive_expiry=KEEP_ALIVE_S,
        network_backend=backend,
    )
    return Transport(pool, backend, certificates.add_system_certificates)


def _proxy_for(url: httpcore.URL, context: ssl.SSLContext) -> Proxy | None:
    """Return the proxy for a URL, ``None`` without one. macOS and Windows have settings for it beside the variables."""
    has_settings = sys.platform in {"darwin", "win32"}
    if url.scheme != b"https" or not (has_settings or any(name.lower().endswith("_proxy") for name in os.environ)):
        return None
    from openclaw_fal.fal.proxy import find_proxy  # noqa: PLC0415 - importing it takes 20 ms, with a proxy 50

    return find_proxy(url, context)


def _anywhere(_host: str, _address: str) -> bool:
    return True
