"""Points in time as people type them."""

from __future__ import annotations

import re
import time
from datetime import datetime

from openclaw_fal.core.errors import UsageError

_AGE = r"(\d{1,9}(?:\.\d{1,9})?)\s*([smhdw])"
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def parse_since(text: str, now: float, flag: str = "--since") -> float:
    """Return the time that a flag names, in seconds since the epoch: an age such as ``7d``, or a local date or time.

    Raises `UsageError` for anything else.
    """
    word = text.strip().lower()
    if age := re.fullmatch(_AGE, word):
        return now - float(age[1]) * _SECONDS[age[2]]
    try:
        if word in {"today", "yesterday"}:
            day = datetime.fromtimestamp(now).astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
            return day.timestamp() - (86400 if word == "yesterday" else 0)
        return datetime.fromisoformat(text.strip().upper()).timestamp()
    except (ValueError, OverflowError, OSError) as error:
        example = time.strftime("%Y-%m-%d", time.localtime(now))
        raise UsageError(
            f"{flag} {text!r} is not a time. Give an age such as 90m, 12h, 7d or 2w, or a date such as {example}."
        ) from error
