"""Which servers are fal's: the only ones that ever see the key."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit
from urllib.request import getproxies, proxy_bypass

from openclaw_fal.core.errors import ConfigError

_DEFAULT_PORTS = {"http": 80, "https": 443}
_FAL_MODEL_HOSTS = {"fal.run", "queue.fal.run"}


@dataclass(frozen=True, slots=True)
class Origins:
    """Where each of fal's services lives (``fal-http.md`` §1.1), without a trailing slash."""

    run: str = "https://fal.run"
    queue: str = "https://queue.fal.run"
    storage: str = "https://rest.fal.ai"
    platform: str = "https://api.fal.ai"

    @classmethod
    def from_base_url(cls, base_url: str | None) -> Origins:
        """Move all services to one origin, or keep fal's own when ``base_url`` is empty or names them.

        Raises `ConfigError` when it is not a URL, or plain http to anywhere but this machine.
        """
        if not base_url:
            return cls()
        base = base_url.rstrip("/")
        parts = _split(base)
        if parts is None:
            raise ConfigError(f"The base URL {base_url!r} is not an http(s) URL.", code="base_url_invalid")
        if parts.scheme == "http" and not _is_loopback(parts.hostname or ""):
            raise ConfigError(
                f"The base URL {base_url!r} would send your key unencrypted: "
                "plain http is only for this machine (127.0.0.1, localhost).",
                code="base_url_invalid",
            )
        return cls() if parts.hostname in _FAL_MODEL_HOSTS else cls(base, base, base, base)

    @property
    def all(self) -> tuple[str, ...]:
        return (self.run, self.queue, self.storage, self.platform)

    def may_see_key(self, url: str) -> bool:
        """Tell whether ``url`` is on one of fal's own origins: scheme, host and port alike."""
        return _origin(url) is not None and _origin(url) in {_origin(own) for own in self.all}

    def may_fetch(self, url: str) -> str | None:
        """Return why a file must not be fetched from (or sent to) ``url``; ``None`` when it may.

        A reply must not be able to make this machine talk to its own network. The one exception is
        fal's own host, when that is configured to be on such a network. A proxy resolves names itself,
        so only literal addresses are judged when one is in use.
        """
        parts = _split(url)
        if parts is None or not parts.hostname:
            return "it is not an http(s) URL"
        if parts.hostname in {urlsplit(own).hostname for own in self.all}:
            return None
        if parts.scheme != "https":
            return "it is not encrypted (https)"
        if any(not _is_public(address) for address in _addresses(parts)):
            return "it points into a private network"
        return None


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts if parts.scheme in _DEFAULT_PORTS and parts.hostname else None


def _origin(url: str) -> tuple[str, str, int] | None:
    parts = _split(url)
    if parts is None or parts.username is not None:
        return None
    return parts.scheme, parts.hostname or "", parts.port or _DEFAULT_PORTS[parts.scheme]


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_public(address: str) -> bool:
    parsed = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(parsed, "ipv4_mapped", None)
    return (mapped or parsed).is_global and not (mapped or parsed).is_multicast


def _addresses(parts: SplitResult) -> list[str]:
    host = parts.hostname or ""
    try:
        return [str(ipaddress.ip_address(host))]
    except ValueError:
        pass
    if parts.scheme in getproxies() and not proxy_bypass(host):
        return []
    try:
        found = socket.getaddrinfo(host, parts.port or _DEFAULT_PORTS[parts.scheme], type=socket.SOCK_STREAM)
    except OSError:
        return []  # The request itself will fail, and say why.
    return [str(entry[4][0]) for entry in found]
