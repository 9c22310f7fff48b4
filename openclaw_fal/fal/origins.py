"""Which servers are fal's: the only ones that ever see the key. And which addresses a reply may point at."""

from __future__ import annotations

import ipaddress
import socket
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from openclaw_fal.core.errors import ConfigError
from openclaw_fal.core.text import redact

_DEFAULT_PORTS = {"http": 80, "https": 443}
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# Where some VPNs put every name there is, behind which they look for the real one. Nobody's network is there.
_STAND_INS = ipaddress.IPv4Network("198.18.0.0/15")


class Origins(NamedTuple):
    """The origin of each of fal's services, without a trailing slash."""

    run: str = "https://fal.run"
    queue: str = "https://queue.fal.run"
    storage: str = "https://rest.fal.ai"
    platform: str = "https://api.fal.ai"
    site: str = "https://fal.ai"
    """Public documents; the key is never sent there."""

    @classmethod
    def from_base_url(cls, base_url: str | None) -> Origins:
        """Move all services to one origin, or keep fal's own when ``base_url`` is empty or names them.

        Raises `ConfigError` when it is not a URL, or plain http to anywhere but this machine.
        """
        if not base_url:
            return cls()
        base = base_url.strip().rstrip("/")
        parts = _split(base)
        if parts is None or _origin(base) is None or parts.query or parts.fragment:
            raise _bad_base(base_url, "is not a plain http(s) URL, such as https://fal.run")
        if parts.scheme == "http" and not _is_loopback(parts.hostname or ""):
            raise _bad_base(
                base_url, "would send your key unencrypted: plain http is only for this machine (127.0.0.1, localhost)"
            )
        usual = cls()
        if _origin(base) in {_origin(usual.run), _origin(usual.queue)}:
            return usual
        return cls(base, base, base, base, base)

    def may_see_key(self, url: str) -> bool:
        """Tell whether ``url`` is on one of fal's own origins: scheme, host and port alike."""
        origin = _origin(url)
        return origin is not None and origin in {
            _origin(own) for own in (self.run, self.queue, self.storage, self.platform)
        }

    def may_fetch(self, url: str) -> str | None:
        """Return why a file must not be fetched from (or sent to) ``url``; ``None`` when it may.

        A reply must not be able to make this machine talk to its own network, nor without encryption. The one
        exception is fal's own host, when that is configured to be there. Where a name leads is judged when it is
        connected to, by `may_reach`.
        """
        parts = _split(url)
        if parts is None:
            return "it is not an http(s) URL"
        host = parts.hostname or ""
        if parts.scheme != "https" and not (self._is_own(host) and _is_loopback(host)):
            return "it is not encrypted (https)"
        if self._is_own(host):
            return None
        written = _written_address(host)
        if _is_loopback(host) or (written and not _is_public(written)):
            return "it points into a private network"
        return None

    def may_reach(self, host: str, address: str) -> bool:
        """Tell whether a connection to ``host`` may go to ``address``, which its name led to."""
        return self._is_own(host) or _is_public(address) or (host != address and _is_stand_in(address))

    def _is_own(self, host: str) -> bool:
        return host.lower() in {urlsplit(own).hostname for own in self}


def _bad_base(base_url: str, problem: str) -> ConfigError:
    return ConfigError(f"The base URL {redact(base_url)!r} {problem}.", code="base_url_invalid")


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts if parts.scheme in _DEFAULT_PORTS and parts.hostname else None


def _origin(url: str) -> tuple[str, str, int] | None:
    parts = _split(url)
    if parts is None or "@" in parts.netloc:
        return None
    return parts.scheme, parts.hostname or "", parts.port or _DEFAULT_PORTS[parts.scheme]


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _written_address(host: str) -> str | None:
    """Return the address that a URL spells out, in any of the ways that ``127.0.0.1`` is also ``127.1``."""
    try:
        # Bytes where they do, for text takes a codec that takes 2 ms to load.
        found = socket.getaddrinfo(host.encode() if host.isascii() else host, None, flags=socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        return None
    return str(found[0][4][0])


def _is_public(address: str) -> bool:
    parsed = _target(address)
    is_site_local = isinstance(parsed, ipaddress.IPv6Address) and parsed.is_site_local
    return parsed.is_global and not (parsed.is_multicast or parsed.is_reserved or is_site_local)


def _is_stand_in(address: str) -> bool:
    return _target(address) in _STAND_INS


def _target(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Return the IPv4 address that an IPv6 one stands for, if it does, else the address itself."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(parsed, ipaddress.IPv4Address):
        return parsed
    if parsed in _NAT64:
        return ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF)
    return parsed.ipv4_mapped or parsed.sixtofour or parsed
