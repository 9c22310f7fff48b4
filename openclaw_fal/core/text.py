"""Text for people: without control characters, with sizes and times in words; and times as people type them.

A server, a file name or a log line may contain escape codes that move the cursor, retitle the window or hide what
follows; bidirectional controls reorder what a person reads.
"""

from __future__ import annotations

import codecs
import re
import time
import unicodedata

from openclaw_fal.core.errors import UsageError

NOT_UTF8 = "not UTF-8 text; save it as UTF-8"
NOT_TEXT = f"it is {NOT_UTF8}"
_DANGEROUS = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
# They join or part the characters of a word or an emoji, which terminals show in different widths.
_INVISIBLE = dict.fromkeys((0xAD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, *range(0xE0020, 0xE0080)))
_AGE = r"(\d{1,9}(?:\.\d{1,9})?)\s*([smhdw])"
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def unreadable_reason(error: OSError | UnicodeDecodeError) -> str:
    """Return why the text of a file can't be read, to follow a colon."""
    return NOT_TEXT if isinstance(error, UnicodeDecodeError) else error.strerror or str(error)


def encoding_of(data: bytes) -> str:
    """Return the encoding of a text: UTF-8, or UTF-16 with a byte order mark, as PowerShell and Excel write it."""
    return "utf-16" if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"


def printable(text: str, *, limit: int = 2000) -> str:
    """Return one line of ``text`` with control and formatting characters replaced by ``�``, at most ``limit`` long.

    Those that join or part the characters of a word or an emoji are left out.
    """
    one_line = " ".join(text[: limit * 4].split())
    if one_line.isascii() and one_line.isprintable() and len(one_line) <= limit:  # most are, and the rest is slow
        return one_line
    joined = one_line.translate(_INVISIBLE)
    safe = "".join("�" if unicodedata.category(character) in _DANGEROUS else character for character in joined)
    return safe if len(safe) <= limit else safe[: limit - 1] + "…"


def size_text(count: int) -> str:
    """Return a number of bytes in decimal units, as file managers and curl do: ``8.2 MB``."""
    if count < 1000:
        return f"{count} B"
    value = float(count)
    for unit in ("kB", "MB", "GB"):
        value /= 1000
        # 999,960 bytes would round to "1000.0 kB".
        if round(value, 1) < 1000:
            return f"{value:.1f} {unit}"
    return f"{value / 1000:.1f} TB"


def iso_time(seconds: float | None) -> str | None:
    """Return a moment as ISO 8601 in UTC, such as ``2026-11-28T09:06:20.125Z``; `None` for an unknown one."""
    if seconds is None:
        return None
    whole, milliseconds = divmod(round(seconds * 1000), 1000)
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(whole))}.{milliseconds:03}Z"


def ago(seconds: float) -> str:
    """Return how long ago something was: ``12 min ago``, ``3 h ago``, ``5 days ago``."""
    minutes = max(0.0, seconds) / 60
    if minutes < 60:
        return f"{minutes:.0f} min ago"
    return f"{minutes / 60:.0f} h ago" if minutes < 48 * 60 else f"{minutes / 60 / 24:.0f} days ago"


def parse_since(text: str, now: float) -> float:
    """Return the moment that ``--since`` names, in seconds since the epoch: an age such as ``7d``, or a local time.

    Raises `UsageError` for anything else.
    """
    from datetime import datetime  # noqa: PLC0415 - few runs are given a time

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
            f"--since {text!r} is not a time. Give an age such as 90m, 12h, 7d or 2w, or a date such as {example}."
        ) from error
