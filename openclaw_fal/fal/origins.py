"""Which servers get the key, and which addresses a reply may make the program connect to."""

from __future__ import annotations

import ipaddress
import socket
from functools import cache, cached_property
from urllib.parse import SplitResult, urlsplit

from openclaw_fal.core.errors import ConfigError
from openclaw_fal.core.records import Record
from openclaw_fal.core.secrets import redact

DEFAULT_PORTS = {"http": 80, "https": 443}
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# Some VPNs resolve every name to an address in here and route it themselves. No real network uses these.
_VPN_ADDRESSES = ipaddress.IPv4Network("198.18.0.0/15")

# Domains that are reserved for private networks, or for tests.
_PRIVATE_DOMAINS = (".local", ".internal", ".intranet", ".lan", ".home.arpa", ".localdomain", ".test", ".invalid")


class Origins(Record):
    """The origin of each of fal's services, without a trailing slash."""

    run: str = "https://fal.run"
    queue: str = "https://queue.fal.run"
    storage: str = "https://rest.fal.ai"
    platform: str = "https://api.fal.ai"
    site: str = "https://fal.ai"
    """Public documents; the key is never sent there."""

    @classmethod
    def from_base_url(cls, base_url: str | None, setting: str = "") -> Origins:
        """Return one origin for all services, or fal's own if ``base_url`` is empty or names one of them.

        Errors name the ``setting`` that it comes from. Raises `ConfigError` for an invalid URL, and for plain http to
        another machine.
        """
        if not base_url:
            return cls()
        base = base_url.strip().rstrip("/")
        parts = _split(base)
        if parts is None or _origin(base) is None or parts.query or parts.fragment:
            raise _bad_base(
                base_url, setting, "is not an http(s) URL without user, query and fragment, such as https://fal.run"
            )
        if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
            raise _bad_base(
                base_url,
                setting,
                "would send your key unencrypted; plain http is for this machine only (127.0.0.1, localhost)",
            )
        default = cls()
        if _origin(base) in {_origin(default.run), _origin(default.queue)}:
            return default
        return cls(base, base, base, base, base)

    def may_see_key(self, url: str) -> bool:
        """Return whether ``url`` has the scheme, host and port of one of fal's own origins.

        A redirect never gets the key: `fal.submission` refuses it, and `fal.download` follows it without the key.
        """
        if url.startswith(self._key_prefixes):  # without the time of a parser: every request asks
            return True
        origin = _origin(url)
        return origin is not None and origin in {_origin(own) for own in self._with_key}

    @property
    def _with_key(self) -> tuple[str, ...]:
        return self.run, self.queue, self.storage, self.platform

    @cached_property
    def _key_prefixes(self) -> tuple[str, ...]:
        return tuple(f"{own}/" for own in self._with_key)

    def may_fetch(self, url: str) -> str | None:
        """Return why a file must not be fetched from (or sent to) ``url``; ``None`` if it may.

        A reply must not make this machine connect to a private network or without encryption. The exception is fal's
        own host, if the configuration puts it there. `may_reach` checks the addresses of names.
        """
        parts = _split(url)
        if parts is None:
            return "it is not an http(s) URL"
        host = parts.hostname or ""
        if parts.scheme != "https" and not (self._is_own(host) and is_loopback(host)):
            return "it is not encrypted (https)"
        if self._is_own(host):
            return None
        literal = _literal_address(host)
        if is_loopback(host) or (literal and not _is_public(literal)):
            return "it points into a private network"
        return None

    def unreadable_for_fal(self, url: str) -> str | None:
        """Return why fal can't read a reference at ``url``; ``None`` if it may. No name is resolved.

        A configured host may be in the same private network as the reference, so only fal itself is limited.
        """
        parts = _split(url)
        if parts is None or not all(character.isprintable() and character != " " for character in parts.netloc):
            return "it is not an http(s) URL"
        if self != Origins():
            return None
        host = (parts.hostname or "").rstrip(".")
        literal = _literal_address(host)
        if is_loopback(host):
            return "it points to this machine"
        if literal:
            return None if _is_public(literal) else "it points into a private network"
        is_private_name = "." not in host or host.endswith(_PRIVATE_DOMAINS)
        return "its name is known in a private network only" if is_private_name else None

    def may_reach(self, host: str, address: str) -> bool:
        """Return whether a connection to ``host`` may use ``address``, one of its addresses."""
        return self._is_own(host) or _is_public(address) or (host != address and _is_vpn_address(address))

    def _is_own(self, host: str) -> bool:
        return host.lower() in _own_hosts(self)


@cache
def _own_hosts(origins: Origins) -> frozenset[str | None]:
    return frozenset(urlsplit(own).hostname for own in origins._asdict().values())


def _bad_base(base_url: str, setting: str, problem: str) -> ConfigError:
    source = f" in {setting}" if setting else ""
    return ConfigError(f"The base URL {redact(base_url)!r}{source} {problem}.", code="base_url_invalid")


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts if parts.scheme in DEFAULT_PORTS and parts.hostname else None


def _origin(url: str) -> tuple[str, str, int] | None:
    parts = _split(url)
    if parts is None or "@" in parts.netloc:
        return None
    return parts.scheme, parts.hostname or "", parts.port or DEFAULT_PORTS[parts.scheme]


def is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _literal_address(host: str) -> str | None:
    """Return the address if ``host`` is one in any notation (``127.1`` is ``127.0.0.1``), ``None`` for a name."""
    try:
        # As bytes if possible: for text, socket loads a codec, which takes 2 ms.
        found = socket.getaddrinfo(host.encode() if host.isascii() else host, None, flags=socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        return None
    return str(found[0][4][0])


def _is_public(address: str) -> bool:
    parsed = _target(address)
    is_site_local = isinstance(parsed, ipaddress.IPv6Address) and parsed.is_site_local
    return parsed.is_global and not (parsed.is_multicast or parsed.is_reserved or is_site_local)


def _is_vpn_address(address: str) -> bool:
    return _target(address) in _VPN_ADDRESSES


def _target(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Return the IPv4 address that an IPv6 address contains, else the address itself."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(parsed, ipaddress.IPv4Address):
        return parsed
    if parsed in _NAT64:
        return ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF)
    return parsed.ipv4_mapped or parsed.sixtofour or parsed
