"""Sizes, times and outside text, as people read them."""

from __future__ import annotations

import json
import math
import re
import unicodedata
from typing import TYPE_CHECKING, Any

from openclaw_fal.core.requests import HINTS
from openclaw_fal.core.text import printable

if TYPE_CHECKING:
    from openclaw_fal.core.results import Asset, Attempt, Envelope
    from openclaw_fal.core.tasks import Downloading, LogLine, Uploading, Waiting


_KILO = 1000
_MINUTE = 60
_HOUR = 3600
_TENTHS_BELOW = 10


def size(count: int) -> str:
    """Bytes in decimal units, as file managers and curl name them: ``8.2 MB``."""
    if count < _KILO:
        return f"{count} B"
    value = float(count)
    for unit in ("kB", "MB", "GB"):
        value /= _KILO
        # 999,960 bytes would round to "1000.0 kB".
        if round(value, 1) < _KILO:
            return f"{value:.1f} {unit}"
    return f"{value / _KILO:.1f} TB"


def duration(seconds: float) -> str:
    """How long something took: ``0.4s``, ``31s``, ``2m 05s``, ``1h 02m``."""
    # 9.96 would round to "10.0s".
    if round(seconds, 1) < _TENTHS_BELOW:
        return f"{max(seconds, 0):.1f}s"
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole}s"
    if whole < _HOUR:
        return f"{whole // _MINUTE}m {whole % _MINUTE:02d}s"
    return f"{whole // _HOUR}h {whole % _HOUR // _MINUTE:02d}m"


def clock(seconds: float) -> str:
    """Time that is still passing: ``0:31``, ``12:05``, ``1:02:05``."""
    whole = max(int(seconds), 0)
    minutes, rest = divmod(whole, _MINUTE)
    if whole < _HOUR:
        return f"{minutes}:{rest:02d}"
    return f"{minutes // _MINUTE}:{minutes % _MINUTE:02d}:{rest:02d}"


def exact(text: str) -> str:
    """Like `printable`, but every space stays and nothing is cut: paths and URLs are there to be copied."""
    return "".join(
        character if unicodedata.category(character) == "Zs" else printable(character) or "�" for character in text
    )


def value(anything: Any) -> str:
    """Any JSON value on one line."""
    return printable(anything if isinstance(anything, str) else json.dumps(anything, ensure_ascii=False, default=str))


def dimensions(asset: Asset, times: str = "x") -> str | None:
    return None if asset.width is None or asset.height is None else f"{asset.width}{times}{asset.height}"


def place(asset: Asset) -> str | None:
    """Where the file is: its path, else the address it can still be fetched from."""
    return asset.path or (None if asset.url.startswith("data:") else asset.url)


def adjustments(envelope: Envelope) -> list[str]:
    """Say what was asked for and sent otherwise, or not at all."""
    changed = [
        f"{_asked(name, change.requested)} was sent as {value(change.applied)}"
        for name, change in envelope.normalization.items()
    ]
    left_out = [
        f"{_asked(name, asked)} was not sent: the model does not take it" for name, asked in envelope.ignored.items()
    ]
    return changed + left_out


def _asked(name: str, asked: Any) -> str:
    """Name a hint as it was typed: ``--duration 5`` for OpenClaw's ``durationSeconds``, ``--no-audio``."""
    flag = next((hint.replace("_", "-") for hint, theirs in HINTS.items() if theirs == name), None)
    if flag is None:
        return f"{printable(name)} {value(asked)}"
    if isinstance(asked, bool):
        return f"--{flag}" if asked else f"--no-{flag}"
    return f"--{flag} {value(asked)}"


# MERGED """Events in words: what a person reads of each, live or in a log."""
#


def queued(position: int | None) -> str:
    if position is None:
        return "queued"
    return f"queued, {position} ahead" if position else "queued, next in line"


def log(line: LogLine) -> str:
    message = printable(line.message)
    level = line.level.upper()
    return f"{level.lower()}: {message}" if level.startswith(("ERR", "WARN", "CRIT", "FATAL")) else message


def waiting(event: Waiting) -> str:
    return f"trying again in {duration(event.delay_s)}: {printable(event.reason)}"


def uploading(event: Uploading) -> str:
    return f"uploading {printable(event.name)} ({size(event.size)}){_which(event.number, event.total)}"


def downloading(event: Downloading) -> str:
    return f"downloading{_which(event.number, event.total)}, {amount(event.received, event.size)}"


def amount(received: int, expected: int | None) -> str:
    return size(received) if expected is None else f"{size(received)} of {size(expected)}"


def saved(asset: Asset) -> str:
    facts = [fact for fact in (dimensions(asset), None if asset.size is None else size(asset.size)) if fact]
    where = exact(place(asset) or "a file")
    if asset.error:
        return f"could not save {where}: {printable(asset.error)}"
    return f"saved {where}" + (f" ({', '.join(facts)})" if facts else "")


def gave_up(attempt: Attempt) -> str:
    return f"failed ({printable(attempt.code)}): {printable(attempt.error)}"


def _which(index: int, total: int) -> str:
    return f", {index} of {total}" if total > 1 else ""


# MERGED """JSON as it is written: any value, any encoding, nothing that a terminal would obey."""
#

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
