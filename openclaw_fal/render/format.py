"""Values, events and texts from outside, as people and programs read them."""

from __future__ import annotations

import json
import math
import re
import unicodedata
from typing import TYPE_CHECKING, Any

from openclaw_fal.core.kinds import HINTS, flag_name, kind_of
from openclaw_fal.core.text import printable, size_text

if TYPE_CHECKING:
    from openclaw_fal.core.events import Downloading, LogLine, Uploading, Waiting
    from openclaw_fal.core.kinds import Kind
    from openclaw_fal.core.results import Asset, Attempt, Envelope


# --- numbers ----------------------------------------------------------------------------------

_MINUTE = 60
_HOUR = 3600
_TENTHS_BELOW = 10


def duration_text(seconds: float) -> str:
    """Return how long something took: ``0.4s``, ``31s``, ``2m 05s``, ``1h 02m``."""
    # 9.96 would round to "10.0s".
    if round(seconds, 1) < _TENTHS_BELOW:
        return f"{max(seconds, 0):.1f}s"
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole}s"
    if whole < _HOUR:
        return f"{whole // _MINUTE}m {whole % _MINUTE:02d}s"
    return f"{whole // _HOUR}h {whole % _HOUR // _MINUTE:02d}m"


def left_text(seconds: float) -> str:
    """Return how long something most likely still takes: ``about 31s left``."""
    return f"about {duration_text(max(seconds, 1))} left"


def elapsed_text(seconds: float) -> str:
    """Return a time that is still passing: ``0:31``, ``12:05``, ``1:02:05``."""
    whole = max(int(seconds), 0)
    minutes, rest = divmod(whole, _MINUTE)
    if whole < _HOUR:
        return f"{minutes}:{rest:02d}"
    return f"{minutes // _MINUTE}:{minutes % _MINUTE:02d}:{rest:02d}"


# --- text and its width -----------------------------------------------------------------------


def exact(text: str) -> str:
    """Return `printable` text with every space kept and nothing cut: paths and URLs are there to be copied."""
    if text.isascii() and text.isprintable():  # most are, and the rest is slow
        return text
    return "".join(
        character if unicodedata.category(character) == "Zs" else printable(character) or "�" for character in text
    )


def exact_lines(text: str) -> str:
    """Return a text of several lines, each as `exact` returns it."""
    return "\n".join(map(exact, text.splitlines()))


def one_line(value: Any) -> str:
    """Return any JSON value on one line; text without quotes."""
    return printable(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str))


def cell_width(text: str) -> int:
    """Return how many columns of a terminal a text takes. rich knows as well, but errors are printed without it."""
    if text.isascii():
        return len(text)
    return sum(map(_character_width, text))


def _character_width(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def cut(text: str, width: int, ellipsis: str, *, keep_end: bool = False) -> str:
    """Return a text in at most ``width`` columns, with an ellipsis where something is missing."""
    if cell_width(text) <= width:
        return text
    room = max(width - len(ellipsis), 0)
    kept = text[max(len(text) - room, 0) :] if keep_end else text[:room]
    while cell_width(kept) > room:
        kept = kept[1:] if keep_end else kept[:-1]
    sign = ellipsis[: max(width, 0)]
    return sign + kept if keep_end else kept + sign


def wrap(text: str | list[str], width: int | None, *, first: str = "", rest: str = "  ") -> list[str]:
    """Return a line as lines of at most ``width`` columns, broken between words, or between the items of a list.

    ``first`` and ``rest`` stand before the first line and the others. A word that is longer than a line stays whole,
    because the terminal breaks it without a line end, so that it can be copied. ``None`` as width wraps nothing.
    """
    words = text.split(" ") if isinstance(text, str) else text
    whole = first + " ".join(words)
    if width is None or cell_width(whole) <= width:
        return [whole]
    lines, line = [], first
    is_empty = True
    for word in words:
        if not is_empty and cell_width(f"{line} {word}") > width:
            lines.append(line)
            line, is_empty = rest, True
        line = line + word if is_empty else f"{line} {word}"
        is_empty = False
    return [*lines, line]


def separated(facts: list[str], dot: str) -> list[str]:
    """Return the facts as items for `wrap`: ``8.2 MB``, ``· 31s``."""
    return [*facts[:1], *(f"{dot} {fact}" for fact in facts[1:])]


MAX_OUTPUT_NAME = 40  # characters

# --- results ----------------------------------------------------------------------------------


def dimensions(asset: Asset, times: str = "x") -> str | None:
    return None if asset.width is None or asset.height is None else f"{asset.width}{times}{asset.height}"


def file_facts(asset: Asset, times: str = "x") -> list[str]:
    """Return what is known of a file: its name in the result, its size in pixels, and in bytes."""
    name = printable(asset.output, limit=MAX_OUTPUT_NAME) if asset.output else None
    known = (name, dimensions(asset, times), None if asset.size is None else size_text(asset.size))
    return [fact for fact in known if fact]


def location(asset: Asset) -> str | None:
    """Return the file's path, or the address that it can still be fetched from."""
    return asset.path or (asset.url if asset.url.startswith("http") else None)


def adjustments(envelope: Envelope) -> list[str]:
    """Return a sentence for each hint that was sent as another value, or not at all."""
    kind = kind_of(envelope.capability)
    changed = [
        f"{_typed(name, change.requested, kind)} was sent as {one_line(change.applied)}"
        for name, change in envelope.normalization.items()
    ]
    left_out = [
        f"{_typed(name, asked, kind)} was not sent: the model does not take it"
        for name, asked in envelope.ignored.items()
    ]
    return changed + left_out


def _typed(name: str, asked: Any, kind: Kind) -> str:
    """Return a hint as it was typed: ``--duration 5`` for OpenClaw's ``durationSeconds``, ``--no-audio``."""
    if name == "prompt":
        return "--prompt"
    flag = next((flag_name(hint, kind) for hint, theirs in HINTS.items() if theirs == name), None)
    if flag is None:
        return f"{printable(name)} {one_line(asked)}"
    if isinstance(asked, bool):
        return flag if asked else flag.replace("--", "--no-", 1)
    return f"{flag} {one_line(asked)}"


# --- events -----------------------------------------------------------------------------------


def queue_text(position: int | None) -> str:
    if position is None:
        return "queued"
    return f"queued, {position} ahead" if position else "queued, next in line"


def log_text(line: LogLine) -> str:
    message = printable(line.message)
    level = line.level.upper()
    return f"{level.lower()}: {message}" if level.startswith(("ERR", "WARN", "CRIT", "FATAL")) else message


def retry_text(event: Waiting) -> str:
    return f"trying again in {duration_text(event.delay_s)}: {printable(event.reason)}"


def upload_text(event: Uploading) -> str:
    amount = amount_text(event.sent, event.size) if event.sent else size_text(event.size)
    return f"uploading {printable(event.name)} ({amount}){_number_of(event.number, event.total)}"


def download_text(event: Downloading) -> str:
    return f"downloading{_number_of(event.number, event.total)}, {amount_text(event.received, event.size)}"


def amount_text(received: int, expected: int | None) -> str:
    return size_text(received) if expected is None else f"{size_text(received)} of {size_text(expected)}"


def saved_text(asset: Asset) -> str:
    where = exact(location(asset) or "a file")
    if asset.error:
        return f"could not save {where}: {printable(asset.error)}"
    facts = ", ".join(file_facts(asset))
    return f"saved {where}" + (f" ({facts})" if facts else "")


def failure_text(attempt: Attempt) -> str:
    return f"failed ({printable(attempt.code)}): {printable(attempt.error)}"


def _number_of(number: int, total: int) -> str:
    return f", {number} of {total}" if total > 1 else ""


# --- JSON -------------------------------------------------------------------------------------

# `json` escapes what is below space only. Lone surrogates can't be encoded at all, and the others move
# the cursor (C1 controls) or reorder what is read (bidirectional controls). Escaped they mean the same.
_UNSAFE = "[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"


def json_text(value: Any, *, indent: int | None = None) -> str:
    """Return a value as JSON without control characters, in any encoding."""
    separators = (",", ":") if indent is None else None
    try:
        text = json.dumps(value, ensure_ascii=False, indent=indent, separators=separators, allow_nan=False)
    except ValueError:
        text = json.dumps(_finite(value), ensure_ascii=False, indent=indent, separators=separators)
    if text.isascii():  # as most is: the pattern need not be compiled
        return text.replace("\x7f", "\\u007f")
    return re.sub(_UNSAFE, lambda found: f"\\u{ord(found[0]):04x}", text)


def _finite(value: Any) -> Any:
    """Replace numbers that JSON lacks by null: a ``NaN`` from outside must not lose a paid answer."""
    if isinstance(value, dict):
        return {name: _finite(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
