"""Proxies: which one the environment names for a URL, and what may go wrong before its tunnel is open.

Until then nothing of a request was sent, whatever fails.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.request import getproxies, proxy_bypass

from openclaw_fal.core.errors import ConfigError
from openclaw_fal.core.records import Record
from openclaw_fal.core.secrets import redact
from openclaw_fal.fal.connections import DeadlineStream
from openclaw_fal.fal.lean_httpcore import httpcore

if TYPE_CHECKING:
    import ssl

_SOCKS_REPLIES = (b"\x05", b"\x01")  # the first byte of a SOCKS 5 proxy's replies; 1 is for those about a password


class Proxy(Record):
    """A proxy as httpcore's pool takes it, and the class of a new connection to it."""

    of_pool: httpcore.Proxy
    first_stream: type[DeadlineStream]


def find_proxy(url: httpcore.URL, context: ssl.SSLContext) -> Proxy | None:
    """Return the proxy that the environment names for an https URL.

    Plain http never uses one: it is for this machine only, and the key would leave it unencrypted. Raises
    `ConfigError` for a proxy that can't be used.
    """
    named = _named_proxy(f"{url.host.decode()}:{url.port or 443}")
    if named is None:
        return None
    import httpx  # noqa: PLC0415 - see `fal/transport.py`

    try:
        read = httpx.Proxy(named)
    except (ValueError, httpx.InvalidURL) as error:
        # httpx quotes a URL that it can't read, with the password.
        shown = redact(named.rpartition("@")[2])
        problem = "it is not the URL of an HTTP, HTTPS or SOCKS 5 proxy"
        raise ConfigError(f"The proxy {shown} can't be used: {problem}", code="proxy_invalid") from error
    of_pool = httpcore.Proxy(
        httpcore.URL(scheme=read.url.raw_scheme, host=read.url.raw_host, port=read.url.port, target=b"/"),
        auth=read.raw_auth,
        ssl_context=context if read.url.scheme == "https" else None,
    )
    return Proxy(of_pool, _first_stream(read.url.scheme))


def _named_proxy(server: str) -> str | None:
    proxies = getproxies()
    proxy = (proxies.get("https") or proxies.get("all") or "").strip()
    if not proxy or proxy_bypass(server):
        return None
    scheme, mark, address = proxy.rpartition("://")
    if not mark:
        return f"http://{proxy}"
    # Desktops write socks:// for version 5.
    return f"socks5://{address}" if scheme.lower() == "socks" else proxy


def _first_stream(scheme: str) -> type[DeadlineStream]:
    """Return the class of a new connection. Only https goes through a proxy, so the request begins after TLS."""
    if scheme.startswith("socks"):
        return SocksStream
    return SecureTunnelStream if scheme == "https" else TunnelStream


class TunnelStream(DeadlineStream):
    """A connection to an HTTP proxy until TLS with fal begins: what is written here only asks for the connection."""

    is_to_proxy = True


class SecureTunnelStream(DeadlineStream):
    """A connection to an HTTPS proxy until TLS with the proxy itself begins."""

    is_to_proxy = True

    @property
    def after_tls(self) -> type[DeadlineStream]:
        return TunnelStream


class SocksStream(DeadlineStream):
    """A connection to a SOCKS proxy until TLS begins. Whatever fails here, no request was sent."""

    def read(self, max_bytes: int, timeout: Any = None) -> bytes:
        try:
            data = super().read(max_bytes, timeout)
        except httpcore.ReadTimeout as error:
            raise httpcore.ConnectTimeout("the SOCKS proxy does not answer") from error
        except httpcore.ReadError as error:
            raise httpcore.ConnectError(f"the SOCKS proxy closed the connection: {error}") from error
        if data[:1] not in _SOCKS_REPLIES:
            reason = "the proxy does not speak SOCKS 5" if data else "the SOCKS proxy closed the connection"
            raise httpcore.ProxyError(reason)
        return data

    def write(self, buffer: bytes, timeout: Any = None) -> None:
        try:
            super().write(buffer, timeout)
        except (httpcore.WriteError, httpcore.WriteTimeout) as error:
            raise httpcore.ConnectError(f"the SOCKS proxy closed the connection: {error}") from error
