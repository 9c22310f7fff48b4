"""The text and numbers of a result as lines for people: nested values as an outline, short ones side by side."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from openclaw_fal.core.records import Record
from openclaw_fal.render.format import exact, wrap

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MAX_ROWS = 50  # of one list; a transcript has thousands of words with times
MAX_ITEMS = 60  # of one list of numbers or words
MAX_SHORT = 30  # characters of a text that stands beside others
_STEP = 2  # columns from a value to what it holds
_TINY = 0.001  # smaller numbers are not rounded to a fixed number of places


class Line(Record):
    """One line: what names it, with the space around, and the rest."""

    label: str
    text: str


def outline(name: str, value: Any, width: int, indent: int = _STEP) -> Iterator[Line]:
    """Yield the lines of a named value, which wrap at words in ``width`` columns."""
    label = f"{' ' * indent}{exact(name)}{' ' if name == '-' else '  '}"
    if isinstance(value, str):
        yield from _wrapped(label, value.splitlines() or [""], width, indent)
    elif (items := _side_by_side(value)) is not None:
        yield from _wrapped(label, [items], width, indent)
    else:
        yield Line(label.rstrip(), "")
        yield from _below(value, width, indent + _STEP)


def _below(value: Any, width: int, indent: int) -> Iterator[Line]:
    """Yield the lines of what an object or a list holds; each element of a list begins with a hyphen."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield from outline(str(name), member, width, indent)
        return
    for element in value[:MAX_ROWS]:
        if isinstance(element, str) or _side_by_side(element) is not None:
            yield from outline("-", element, width, indent)
        else:
            lines = _below(element, width, indent + _STEP)
            first = next(lines)
            yield first._replace(label=f"{' ' * indent}- {first.label[indent + _STEP :]}")
            yield from lines
    if len(value) > MAX_ROWS:
        yield Line(f"{' ' * indent}{_more(len(value) - MAX_ROWS)}", "")


def _more(count: int) -> str:
    return f"and {count} more; --json prints all"


def _wrapped(label: str, texts: Sequence[str | list[str]], width: int, indent: int) -> Iterator[Line]:
    rest = " " * (indent + _STEP)
    first, *others = (exact(text) if isinstance(text, str) else text for text in texts)
    head, *lines = wrap(first, width, first=label, rest=rest)
    yield Line(label, head.removeprefix(label))
    yield from (Line("", line) for line in lines)
    yield from (Line("", line.rstrip()) for other in others for line in wrap(other, width, first=rest, rest=rest))


def _side_by_side(value: Any) -> list[str] | None:
    """Return the parts of a value that fits on a line or a few; ``None`` for one that needs an outline."""
    match value:
        case list() | dict() if not value:
            return [json.dumps(value)]
        case list():
            parts = [_short(element) for element in value[:MAX_ITEMS]]
            more = [_more(len(value) - MAX_ITEMS)] if len(value) > MAX_ITEMS else []
        case dict():
            parts, more = [_member(name, member) for name, member in value.items()], []
        case _:
            return [_scalar(value)]
    known = [part for part in parts if part is not None]
    return _separated([*known, *more]) if len(known) == len(parts) else None


def _member(name: str, value: Any) -> str | None:
    short = _short(value)
    return None if short is None else f"{exact(str(name))} {short}"


def _short(value: Any) -> str | None:
    """Return a number or a short text; ``None`` for anything else."""
    if isinstance(value, dict | list):
        return None
    if not isinstance(value, str):
        return _scalar(value)
    is_short = len(value) <= MAX_SHORT and "\n" not in value
    return exact(value) or '""' if is_short else None


def _scalar(value: Any) -> str:
    """Return a value of JSON; a number with no more places than anyone reads."""
    if isinstance(value, float):
        value = round(value, 6) if abs(value) >= _TINY else float(f"{value:.4g}")
    return json.dumps(value, ensure_ascii=False, default=str)


def _separated(parts: Sequence[str]) -> list[str]:
    """Return the parts with commas, as items that stay whole where a line is broken."""
    return [*(f"{part}," for part in parts[:-1]), *parts[-1:]]
