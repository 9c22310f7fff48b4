"""JSON as it is written: any value, any encoding, nothing that a terminal would obey."""

from __future__ import annotations

import json
import math
import re
from typing import Any

# `json` escapes what is below space only. Lone surrogates can't be encoded at all, and these others move
# the cursor (C1 controls) or reorder what is read (bidirectional controls). Escaped they mean the same.
_UNSAFE = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def json_text(value: Any, *, indent: int | None = None) -> str:
    separators = (",", ":") if indent is None else None
    try:
        text = json.dumps(value, ensure_ascii=False, indent=indent, separators=separators, allow_nan=False)
    except ValueError:
        text = json.dumps(_finite(value), ensure_ascii=False, indent=indent, separators=separators)
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _finite(value: Any) -> Any:
    """Replace what JSON has no number for; a paid answer must not fail on a ``NaN`` from outside."""
    if isinstance(value, dict):
        return {name: _finite(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
