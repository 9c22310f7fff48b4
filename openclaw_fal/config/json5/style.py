"""The style of a JSON5 document, and new text in that style."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeVar

from openclaw_fal.config.json5.parser import BLANKS, COMMENT, LINE_BREAKS, SPACE, Container, is_name

QUOTES = ("'", '"')
MAX_LIST_LINE = 80
"""Maximum length of a new list of plain values on one line."""

_Choice = TypeVar("_Choice")
_BREAK = re.compile(rf"[{LINE_BREAKS}]")
_INDENT = re.compile(rf"[{BLANKS}]*")
_COLON = re.compile(r" ?: ?")
# Characters that text editors do not show, or that UTF-8 can't encode.
_ESCAPED = re.compile(r"[\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]")


def line_start(text: str, offset: int) -> int:
    return max(text.rfind(line_break, 0, offset) for line_break in LINE_BREAKS) + 1


def begins_line(text: str, offset: int) -> bool:
    return not text[line_start(text, offset) : offset].strip(SPACE)


def line_indent(text: str, offset: int) -> str:
    """Return the white space at the start of the line of an offset, without a byte order mark."""
    indent = _INDENT.match(text, line_start(text, offset))
    return indent[0].replace("\ufeff", "") if indent else ""


def has_break(gap: str) -> bool:
    """Return whether the text between two tokens has a line break outside comments."""
    return _BREAK.search(COMMENT.sub("", gap)) is not None


@dataclass(frozen=True)
class Style:
    """The style of a document, or of the part that is edited."""

    newline: str
    indent_unit: str
    quote: str
    key_quote: str  # "" for keys without quotes
    colon: str
    separator: str  # after a comma, between entries on one line
    padding: str  # inside the braces of an object on one line
    trailing_comma: bool  # if entries are on separate lines

    def entry(self, key: str | None, value: Any, indent: str | None) -> str:
        """Write a member, or an element if ``key`` is ``None``."""
        return self.value(value, indent) if key is None else self._key(key) + self.colon + self.value(value, indent)

    def value(self, value: Any, indent: str | None) -> str:
        """Write a value; ``indent`` is that of the line on which it starts, ``None`` keeps it on one line."""
        if isinstance(value, str):
            return _quoted(value, self.quote)
        if not isinstance(value, dict | list):
            return json.dumps(value)
        line = self._on_one_line(value)
        if indent is None or not value or (_is_plain_list(value) and len(line) <= MAX_LIST_LINE):
            return line
        inner = self.newline + indent + self.indent_unit
        lines = f",{inner}".join(self.entry(key, item, indent + self.indent_unit) for key, item in _pairs(value))
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
    """Take each choice from the first example that shows it; the default is plain JSON."""
    examples = [example for example in examples if example.entries]

    def choice(shown: Callable[[str, Container], _Choice | None], default: _Choice) -> _Choice:
        found = (shown(text, example) for example in examples)
        return next((value for value in found if value is not None), default)

    newlines = Counter(re.findall(r"\r\n|\n|\r", text))
    colon = choice(_colon, ": ")
    space = "" if colon == ":" else " "
    return Style(
        newline=newlines.most_common(1)[0][0] if newlines else "\n",
        indent_unit=choice(_indent_unit, "  "),
        quote=choice(_quote, '"'),
        key_quote=choice(_key_quote, '"'),
        colon=colon,
        separator=choice(_separator, space),
        padding=choice(_padding, space),
        trailing_comma=choice(_trailing_comma, default=False),
    )


def _key_quote(text: str, example: Container) -> str | None:
    """Return no quotes if one key has none: the others may need theirs."""
    starts = [text[entry.start] for entry in example.entries if example.is_object]
    if not starts:
        return None
    return starts[-1] if all(start in QUOTES for start in starts) else ""


def _quote(text: str, example: Container) -> str | None:
    """Return the quotes of the first quoted value, else of the first quoted key."""
    starts = [entry.value.start for entry in example.entries] + [entry.start for entry in example.entries]
    return next((text[start] for start in starts if text[start] in QUOTES), None)


def _colon(text: str, example: Container) -> str | None:
    last = example.entries[-1]
    gap = text[last.key_end : last.value.start]
    return gap if _COLON.fullmatch(gap) else None


def _indent_unit(text: str, example: Container) -> str | None:
    """Return the indent of the entries, less that of the line on which their container starts."""
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
    return quote + _ESCAPED.sub(lambda char: f"\\u{ord(char[0]):04x}", body) + quote
