"""Secrets: a fal key, and what is removed from all that is shown and recorded.

A secret is recognized by its name, by its shape, and in URLs.
"""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

from openclaw_fal.core.errors import KeyProblem
from openclaw_fal.core.program import onboard_command
from openclaw_fal.core.records import Record

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

REDACTED = "__OPENCLAW_REDACTED__"

# Strings, not patterns: they are compiled when they are first used, and most runs use none.
_SENSITIVE_NAME = r"""(?i: token | (?<=[a-z_-])tokens | (?: secret | passwo?r?d | pwd | passphrase | passcode
           | credential | authorization | bearer | jwt | cookie | signature | connection[_-]?string | ^pass
           | (?:api|access|private|secret|signing|encryption|shared|master|account|storage|license)[_-]?key )s? )$
      | (?:^|_)KEY$  # a variable such as FAL_KEY"""
_FAL_KEY = r"[0-9a-fA-F]{8}(?:[-_][0-9a-fA-F]{4}){3}[-_][0-9a-fA-F]{12}:[0-9a-zA-Z]{16,}"
_OTHER_KEYS = r"""\b(?: sk-[\w-]{16,} | gh[pousr]_\w{20,} | github_pat_\w{20,} | glpat-[\w-]{16,} | hf_\w{20,}
    | xox[abeoprs]-[\w-]{10,} | xapp-[\w-]{10,} | AKIA[0-9A-Z]{16} | AIza[\w-]{30,} | npm_\w{30,}
    | [rs]k_(?:live|test)_\w{10,} | eyJ[\w-]{8,}\.[\w-]{4,}\.[\w-]+ | \d{8,10}:AA[\w-]{30,} )
    | (?<=hooks\.slack\.com/services/)\S+ | (?<=/api/webhooks/)\d+/\S+
    | (?<=\b[Bb]earer[ ])[\w.~+/=-]{16,} | (?<=\b[Kk]ey[ ])[\w.~+/=:-]{20,}
    | -----BEGIN[ ][A-Z ]*PRIVATE[ ]KEY-----(?s:.*)"""
_RANDOM = r"[0-9a-fA-F]{32,}|(?=.*\d)(?=.*[a-z])(?=.*[A-Z])[\w+=-]{40,}"  # as a whole value
_VARIABLE = r"\$\{[A-Z_][A-Z0-9_]*\}"
_USER_IN_URL = r"(?<=://)[^/@\s]+(?=@)"
_QUERY_VALUE = r"(?<=[?&])([\w.~-]+)=([^&#\s\"'<>]+)"
_SECRET_PARAMETERS = frozenset({"sig", "key", "auth", "jwt"})  # of a URL, beside the names that are always sensitive

_MAX_KEY_LENGTH = 1000
_MIN_SECRET = 16  # characters; a shorter key could be part of any text
_REMOVED = b"[key]"
_SHOWN_ENDS = 4
_MIN_MASKED_LENGTH = 20
# What people copy together with a key: a byte order mark, the assignment of a variable, the words of a header.
_NOT_KEY = r"""(?ix) \ufeff | (?:export|set)\s+(?=\w+\s*=) | FAL_(?:API_)?KEY\s*=\s*
    | Authorization\s*:\s* | (?:Key|Bearer)\s+"""
_QUOTES = {'"': '"', "'": "'", "`": "`", "\u201c": "\u201d", "\u2018": "\u2019"}


# --- the key: its value, where it came from, and how much of it may be shown --------------------


class Key(Record):
    """A key and where it came from, such as ``environment variable FAL_KEY``. Its ``repr`` hides the key.

    ``variables`` are the environment variables that hold it, if any do. ``place`` is set where it decides something:
    whether it was stored by `onboard`, or typed at the prompt.
    """

    value: str
    source: str
    variables: tuple[str, ...] = ()
    place: Literal["stored", "typed"] | None = None

    def __repr__(self) -> str:
        return f"Key(source={self.source!r})"

    @property
    def masked(self) -> str:
        """As much of the key as may be shown: the first and last four characters, nothing of a short key."""
        if len(self.value) < _MIN_MASKED_LENGTH:
            return "********"
        return f"{self.value[:_SHOWN_ENDS]}…{self.value[-_SHOWN_ENDS:]}"

    @property
    def replacement_hint(self) -> str:
        """How to use another key; a stored key would not win over variables."""
        if not self.variables:
            return f"Store a working key: {onboard_command()}"
        names = " ".join(self.variables)
        return f"Correct it, or remove it: unset {names}\nThen store a working key: {onboard_command()}"

    def check_sendable(self) -> None:
        """Raise `KeyProblem` for a key that no HTTP header can carry: the HTTP library's own error would show it."""
        if not self.value.isascii() or not self.value.isprintable() or len(self.value) > _MAX_KEY_LENGTH:
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
        self._min_length = min(map(len, self._forms), default=0)

    def clean(self, data: bytes) -> bytes:
        if len(data) < self._min_length:  # as most headers are
            return data
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
    if text[:13].lower() != "authorization" and text.replace(":", "").replace("-", "").isalnum():
        return text  # as fal writes keys, so no pattern needs to be compiled
    before = None
    while text != before:
        before, text = text, text.strip()
        if match := re.match(_NOT_KEY, text):
            text = text[match.end() :]
        if len(text) > 1 and _QUOTES.get(text[0]) == text[-1]:
            text = text[1:-1]
    return text


# --- any secret ---------------------------------------------------------------------------------


def redact(value: Any) -> Any:
    """Return a copy of a value with `__OPENCLAW_REDACTED__` for each secret.

    A reference to a secret is kept: `${FAL_KEY}`, and an object with a source. In any text, fal keys are replaced, and
    in URLs the user, the password and the values that sign them.
    """
    return _redacted(value, is_secret=False)


def redact_config(value: Any, path: Sequence[str | int]) -> Any:
    """Return the value at ``path`` of a configuration with its secrets replaced, as `redact` does.

    Secrets of other services, and values that look random, are replaced as well, whatever their names are.
    """
    name = next((step for step in reversed(path) if isinstance(step, str)), "")
    return _without_other_keys(_redacted(value, is_secret=is_sensitive(name)))


def _without_other_keys(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_other_keys(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_without_other_keys(element) for element in value]
    if not isinstance(value, str):
        return value
    return REDACTED if re.fullmatch(_RANDOM, value) else re.sub(_OTHER_KEYS, REDACTED, value, flags=re.VERBOSE)


def holds_redacted(value: Any) -> bool:
    """Return whether a value contains `__OPENCLAW_REDACTED__`, which must never be written in place of a secret."""
    if isinstance(value, dict):
        return any(map(holds_redacted, value.values()))
    if isinstance(value, list):
        return any(map(holds_redacted, value))
    return isinstance(value, str) and REDACTED in value


def is_sensitive(name: str) -> bool:
    """Return whether a value with this name is a secret."""
    return bool(re.search(_SENSITIVE_NAME, name, flags=re.VERBOSE))


def _redacted(value: Any, *, is_secret: bool) -> Any:
    if isinstance(value, dict):
        is_secret = is_secret and "source" not in value
        return {name: _redacted(member, is_secret=is_secret or is_sensitive(name)) for name, member in value.items()}
    if isinstance(value, list):
        return [_redacted(element, is_secret=is_secret) for element in value]
    if not isinstance(value, str) or not value:
        return value
    if is_secret and not re.fullmatch(_VARIABLE, value):
        return REDACTED
    without_users = re.sub(_USER_IN_URL, REDACTED, re.sub(_FAL_KEY, REDACTED, value))
    return re.sub(_QUERY_VALUE, _redacted_parameter, without_users) if "://" in value else without_users


def _redacted_parameter(found: re.Match[str]) -> str:
    is_secret = found[1].lower() in _SECRET_PARAMETERS or is_sensitive(found[1])
    return f"{found[1]}={REDACTED}" if is_secret and not re.fullmatch(_VARIABLE, found[2]) else found[0]
