"""JSON from elsewhere, which must not be nested so deep that functions that walk through it overflow Python's stack."""

from __future__ import annotations

import json
from typing import Any

MAX_DEPTH = 100
"""Levels of objects and lists; a deeper document is an error."""
TOO_DEEP = f"nested deeper than {MAX_DEPTH} levels"


class TooDeepError(ValueError):
    def __init__(self) -> None:
        super().__init__(TOO_DEEP)


def parse_json(text: str | bytes, *, is_strict: bool = False) -> Any:
    """Parse JSON. Raises `ValueError`, also for a document that is too deep, and for NaN and Infinity if strict."""
    try:
        value = json.loads(text, parse_constant=_refuse_constant if is_strict else None)
    except RecursionError:
        raise TooDeepError from None
    except ValueError as error:
        if "set_int_max_str_digits" in str(error):  # advice for programmers
            raise ValueError("a number has too many digits") from None
        raise
    if _may_be_deep(text) and is_deep(value):
        raise TooDeepError
    return value


def _refuse_constant(word: str) -> None:
    raise ValueError(f"{word} is not a JSON number")


def is_deep(value: Any, limit: int = MAX_DEPTH) -> bool:
    """Return whether a value has more levels than the limit."""
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(limit):
        if not level:
            return False
        level = [
            child
            for parent in level
            for child in (parent.values() if isinstance(parent, dict) else parent)
            if isinstance(child, dict | list)
        ]
    return bool(level)


def _may_be_deep(text: str | bytes) -> bool:
    """Return whether a text has enough brackets; looking at every value of a short one would take longer."""
    if isinstance(text, bytes):
        return text.count(b"{") + text.count(b"[") > MAX_DEPTH
    return text.count("{") + text.count("[") > MAX_DEPTH
