"""How a JSON5 document is laid out, and how to write new text so that it looks at home there."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeVar

from openclaw_fal.config.json5.parser import BLANKS, COMMENT, LINE_BREAKS, SPACE, Container, is_name

QUOTES = ("'", '"')
SHORT_LIST = 80
"""A new list of plain values stays on one line up to this many characters."""

_Habit = TypeVar("_Habit")
_BREAK = re.compile(rf"[{LINE_BREAKS}]")
_INDENT = re.compile(rf"[{BLANKS}]*")
_COLON = re.compile(r" ?: ?")
# Characters that an editor would not show as they are, or that UTF-8 can't hold.
_UNSHOWN = re.compile(r"[\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]")


def line_start(text: str, offset: int) -> int:
    return max(text.rfind(line_break, 0, offset) for line_break in LINE_BREAKS) + 1


def begins_line(text: str, offset: int) -> bool:
    return not text[line_start(text, offset) : offset].strip(SPACE)


def line_indent(text: str, offset: int) -> str:
    """Return the white space at the start of an offset's line, without a byte order mark."""
    indent = _INDENT.match(text, line_start(text, offset))
    return indent[0].replace("\ufeff", "") if indent else ""


def has_break(gap: str) -> bool:
    """Say whether a gap between two tokens goes on to a new line, other than inside a comment."""
    return _BREAK.search(COMMENT.sub("", gap)) is not None


@dataclass(frozen=True)
class Style:
    """The habits of a document, or of the part of it that is edited."""

    newline: str
    unit: str  # of indentation
    quote: str
    key_quote: str  # "" where keys stand without
    colon: str
    separator: str  # behind a comma, between entries on one line
    padding: str  # inside the braces of an object on one line
    trailing_comma: bool  # where entries have lines of their own

    def entry(self, key: str | None, value: Any, indent: str | None) -> str:
        """Write a member, or an element if there is no key."""
        return self.value(value, indent) if key is None else self._key(key) + self.colon + self.value(value, indent)

    def value(self, value: Any, indent: str | None) -> str:
        """Write a value; `indent` is that of the line it starts on, None keeps it on one line."""
        if isinstance(value, str):
            return _quoted(value, self.quote)
        if not isinstance(value, dict | list):
            return json.dumps(value)
        line = self._on_one_line(value)
        if indent is None or not value or (_is_plain_list(value) and len(line) <= SHORT_LIST):
            return line
        inner = self.newline + indent + self.unit
        lines = f",{inner}".join(self.entry(key, item, indent + self.unit) for key, item in _pairs(value))
        return line[0] + inner + lines + ("," if self.trailing_comma else "") + self.newline + indent + line[-1]

    def _on_one_line(self, value: dict[str, Any] | list[Any]) -> str:
        entries = f",{self.separator}".join(self.entry(key, item, None) for key, item in _pairs(value))
        if isinstance(value, list):
            return f"[{entries}]"
        return f"{{{self.padding}{entries}{self.padding}}}" if value else "{}"

    def _key(self, key: str) -> str:
        if not self.key_quote and is_name(key):
            return key
        return _quoted(key, self.key_quote or self.quote)


def style_of(text: str, examples: Iterable[Container]) -> Style:
    """Take each habit from the first example that shows it; where none does, write plain JSON."""
    examples = [example for example in examples if example.entries]

    def habit(shown: Callable[[str, Container], _Habit | None], default: _Habit) -> _Habit:
        found = (shown(text, example) for example in examples)
        return next((habit for habit in found if habit is not None), default)

    newlines = Counter(re.findall(r"\r\n|\n|\r", text))
    colon = habit(_colon, ": ")
    space = "" if colon == ":" else " "
    return Style(
        newline=newlines.most_common(1)[0][0] if newlines else "\n",
        unit=habit(_unit, "  "),
        quote=habit(_quote, '"'),
        key_quote=habit(_key_quote, '"'),
        colon=colon,
        separator=habit(_separator, space),
        padding=habit(_padding, space),
        trailing_comma=habit(_trailing_comma, default=False),
    )


def _key_quote(text: str, example: Container) -> str | None:
    """One key without quotes is enough: its siblings may need theirs."""
    starts = [text[entry.start] for entry in example.entries if example.is_object]
    if not starts:
        return None
    return starts[-1] if all(start in QUOTES for start in starts) else ""


def _quote(text: str, example: Container) -> str | None:
    """Ask the values first, then the keys."""
    starts = [entry.value.start for entry in example.entries] + [entry.start for entry in example.entries]
    return next((text[start] for start in starts if text[start] in QUOTES), None)


def _colon(text: str, example: Container) -> str | None:
    last = example.entries[-1]
    gap = text[last.key_end : last.value.start]
    return gap if _COLON.fullmatch(gap) else None


def _unit(text: str, example: Container) -> str | None:
    """Return what the entries' indent adds to that of the line on which their container starts."""
    first = example.entries[0].start
    outer, inner = line_indent(text, example.start), line_indent(text, first)
    if begins_line(text, first) and inner.startswith(outer) and inner != outer:
        return inner.removeprefix(outer)
    return None


def _separator(text: str, example: Container) -> str | None:
    gaps = [text[before.end : after.start] for before, after in pairwise(example.entries)]
    return gaps[-1] if gaps and gaps[-1] in ("", " ") else None


def _padding(text: str, example: Container) -> str | None:
    gap = text[example.start + 1 : example.entries[0].start]
    return gap if example.is_object and gap in ("", " ") else None


def _trailing_comma(text: str, example: Container) -> bool | None:
    return example.entries[-1].comma is not None if begins_line(text, example.end - 1) else None


def _pairs(value: dict[str, Any] | list[Any]) -> Iterable[tuple[str | None, Any]]:
    return value.items() if isinstance(value, dict) else ((None, item) for item in value)


def _is_plain_list(value: dict[str, Any] | list[Any]) -> bool:
    return isinstance(value, list) and not any(isinstance(item, dict | list) for item in value)


def _quoted(value: str, quote: str) -> str:
    body = json.dumps(value, ensure_ascii=False)[1:-1]
    if quote == "'":
        body = body.replace('\\"', '"').replace("'", "\\'")
    return quote + _UNSHOWN.sub(lambda char: f"\\u{ord(char[0]):04x}", body) + quote
