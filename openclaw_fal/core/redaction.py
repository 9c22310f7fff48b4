"""Removes secrets from what is shown and recorded: by their names, by their shapes, and in URLs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

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
