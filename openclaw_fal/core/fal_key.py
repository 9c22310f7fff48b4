"""A fal key: its value, where it came from, and how much of it may be shown."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from openclaw_fal.core.errors import KeyProblem
from openclaw_fal.core.program import onboard_command
from openclaw_fal.core.records import Record

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAX_LENGTH = 1000
_MIN_SECRET = 16  # characters; a shorter key could be part of any text
_REMOVED = b"[key]"
_MASK_ENDS = 4
_MIN_MASKED_LENGTH = 20
# What people copy together with a key: a byte order mark, the assignment of a variable, the words of a header.
_NOT_KEY = r"""(?ix) \ufeff | (?:export|set)\s+(?=\w+\s*=) | FAL_(?:API_)?KEY\s*=\s*
    | Authorization\s*:\s* | (?:Key|Bearer)\s+"""
_QUOTES = {'"': '"', "'": "'", "`": "`", "\u201c": "\u201d", "\u2018": "\u2019"}


class Key(Record):
    """A key and where it came from, such as ``environment variable FAL_KEY``. Its ``repr`` hides the key.

    ``variables`` are the environment variables that hold it, if any do.
    """

    value: str
    source: str
    variables: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Key(source={self.source!r})"

    @property
    def masked(self) -> str:
        """As much of the key as may be shown: the first and last four characters, nothing of a short key."""
        if len(self.value) < _MIN_MASKED_LENGTH:
            return "********"
        return f"{self.value[:_MASK_ENDS]}…{self.value[-_MASK_ENDS:]}"

    @property
    def replacement_hint(self) -> str:
        """How to use another key; a stored key would not win over variables."""
        if not self.variables:
            return f"Store a working key: {onboard_command()}"
        names = " ".join(self.variables)
        return f"Correct it, or remove it: unset {names}\nThen store a working key: {onboard_command()}"

    def check_sendable(self) -> None:
        """Raise `KeyProblem` for a key that no HTTP header can carry: the HTTP library's own error would show it."""
        if not self.value.isascii() or not self.value.isprintable() or len(self.value) > _MAX_LENGTH:
            raise KeyProblem(
                f"The key from {self.source} can't be sent: it contains line breaks or other characters that no key "
                "has, or is far too long.",
                hint=f"Copy the key again from https://fal.ai/dashboard/keys, then: {onboard_command()}",
                code="key_malformed",
            )


class KeyFilter:
    """Removes a key from what a server sends: some repeat what they received, and their words are shown and kept.

    Either half counts, as it is, in URLs and in base64.
    """

    def __init__(self, key: str) -> None:
        parts = [part for part in (key, *key.split(":")) if len(part) >= _MIN_SECRET]
        forms = [form for part in parts for form in (part, quote(part, safe=""), *_base64_forms(part))]
        # The longest first, so that nothing is left of it.
        self._forms = sorted({form.encode() for form in forms}, key=len, reverse=True)

    def clean(self, data: bytes) -> bytes:
        for form in self._forms:
            data = data.replace(form, _REMOVED)
        return data

    def clean_text(self, text: str) -> str:
        return self.clean(text.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")


def _base64_forms(part: str) -> Iterator[str]:
    """Yield what base64 makes of a text, without the characters that depend on what is before and after it."""
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + part.encode()).decode()
        first = (0, 2, 3)[before]
        last = (before + len(part)) * 8 // 6  # characters that hold six bits of it
        yield encoded[first:last]
        yield base64.urlsafe_b64encode(bytes(before) + part.encode()).decode()[first:last]


def clean_key(text: str) -> str:
    """Return a key without what is often copied with it: white space, quotes, ``FAL_KEY=``, ``Key``, ``Bearer``."""
    before = None
    while text != before:
        before, text = text, text.strip()
        if match := re.match(_NOT_KEY, text):
            text = text[match.end() :]
        if len(text) > 1 and _QUOTES.get(text[0]) == text[-1]:
            text = text[1:-1]
    return text
