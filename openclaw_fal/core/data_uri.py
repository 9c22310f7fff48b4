"""``data:`` URIs: reading their content, and the short form that the task journal keeps."""

from __future__ import annotations

import binascii
import re

KEPT_LENGTH = 40
_CUT = "…"
_ESCAPE = rb"%([0-9A-Fa-f]{2})?"


def is_data_uri(url: str) -> bool:
    return url.startswith("data:")


def without_content(url: str) -> str:
    """Return a URL as the journal keeps it: of a ``data:`` URI the first 40 characters, any other whole."""
    return url[:KEPT_LENGTH] + _CUT if is_data_uri(url) and not has_lost_content(url) else url


def has_lost_content(url: str) -> bool:
    """Return whether this is a ``data:`` URI from the journal, of which only the beginning is left."""
    return is_data_uri(url) and url.endswith(_CUT)


def decode_data_uri(uri: str, limit: int) -> tuple[str, bytes]:
    """Return the declared media type and the content of a ``data:`` URI.

    Raises `ValueError` when it is not one, is damaged, or holds more than ``limit`` bytes.
    """
    head, comma, body = uri.partition(",")
    scheme, _, declared = head.partition(":")
    if scheme.lower() != "data" or not comma:
        raise ValueError("not a data: URI")
    mime, *parameters = (part.strip().lower() for part in declared.split(";"))
    is_base64 = "base64" in parameters
    # A base64 digit is six bits, an escape three characters: what is longer can't fit.
    if len(body) > limit * (4 if is_base64 else 3) + 4:
        raise ValueError(f"more than {limit} bytes")
    content = _unescaped(body.encode("ascii"))
    if is_base64:
        # Missing padding and line breaks are accepted, as in browsers: the picture is paid for.
        content = content.translate(None, b" \t\r\n")
        content = binascii.a2b_base64(content + b"=" * (-len(content) % 4), strict_mode=True)
    if len(content) > limit:
        raise ValueError(f"more than {limit} bytes")
    return mime or "text/plain", content


def _unescaped(text: bytes) -> bytes:
    if b"%" not in text:
        return text
    if any(match[1] is None for match in re.finditer(_ESCAPE, text)):
        raise ValueError("a % without two hexadecimal digits after it")
    return re.sub(_ESCAPE, lambda match: binascii.unhexlify(match[1]), text)
