"""Changes one entry of a parsed JSON5 text in the text's own style, and leaves every other byte unchanged.

The functions take a text and nodes of its tree. The text that they return must be parsed again before the next change.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeVar

from openclaw_fal.config.json5_parser import BLANKS, COMMENT, LINE_BREAKS, SPACE, Container, Node, is_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

# The comments that follow an offset on its line.
_COMMENTS = re.compile(rf"(?:[{BLANKS}]*(?:{COMMENT.pattern}))*", re.DOTALL)
_LINE_END = re.compile(rf"[{BLANKS}]*(\r\n|[{LINE_BREAKS}])")
_QUOTES = ("'", '"')
_MAX_LIST_LINE = 80
"""Maximum length of a new list of plain values on one line."""
_Choice = TypeVar("_Choice")
_BREAK = re.compile(rf"[{LINE_BREAKS}]")
_INDENT = re.compile(rf"[{BLANKS}]*")
_COLON = re.compile(r" ?: ?")
# Characters that text editors do not show, or that UTF-8 can't encode.
_ESCAPED = re.compile(r"[\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]")


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
        """Write a value; ``indent`` is the indent of its first line; ``None`` keeps it on one line."""
        if isinstance(value, str):
            return _quoted(value, self.quote)
        if not isinstance(value, dict | list):
            return json.dumps(value)
        line = self._on_one_line(value)
        if indent is None or not value or (_is_plain_list(value) and len(line) <= _MAX_LIST_LINE):
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


def insert(text: str, container: Container, start: int, style: Style, key: str | None, value: Any) -> str:
    """Add an entry to a container whose own entry starts at ``start``; ``key`` is ``None`` in an array."""
    if container.entries:
        return _append(text, container, style, key, value)
    if COMMENT.search(text, container.start, container.end):
        return _fill(text, container, style, key, value)
    whole = [value] if key is None else {key: value}
    return _splice(text, container.start, container.end, style.value(whole, _indent_at(text, container, start)))


def overwrite(text: str, node: Node, start: int, style: Style, value: Any) -> str:
    """Replace a node whose entry starts at ``start``. A string keeps the quotes of the old one."""
    if text[node.start] in _QUOTES:
        style = replace(style, quote=text[node.start])
    return _splice(text, node.start, node.end, style.value(value, _indent_at(text, node, start)))


def remove(text: str, container: Container, index: int) -> str:
    """Remove an entry with its comma and, unless it is the last one, the comment after it.

    A comment after the last entry stays: it may be about all entries.
    """
    entry, is_last = container.entries[index], index == len(container.entries) - 1
    around = text[container.start + 1 : entry.start] + text[entry.value.end : container.end - 1]
    if not around.strip(SPACE + ","):
        return _splice(text, container.start + 1, container.end - 1, "")
    stop = entry.value.end if is_last else _after_comments(text, entry.value.end)
    if entry.comma is None:
        spans = [(entry.start, stop)]
    elif text[stop : entry.comma].strip(SPACE):
        spans = [(entry.start, stop), (entry.comma, entry.end)]  # the comments between them stay
    else:
        spans = [(entry.start, entry.end)]
    cuts = [_widened(text, start, end, is_last=is_last) for start, end in spans]
    before = container.entries[index - 1].comma if index else None
    if is_last and entry.comma is None and before is not None:
        cuts.insert(0, (before, before + 1))  # the entry that is last now has no comma either
    for start, end in reversed(cuts):
        text = _splice(text, start, end, "")
    return text


def _append(text: str, container: Container, style: Style, key: str | None, value: Any) -> str:
    """Add an entry after the last one and its comments."""
    last = container.entries[-1]
    point = _after_comments(text, last.end)
    indent, space = None, style.separator
    if _begins_line(text, last.start) or _has_break(text[last.end : container.end]):
        is_beside_opener = _line_start(text, last.start) == _line_start(text, container.start)
        indent = _line_indent(text, last.start) + (style.indent_unit if is_beside_opener else "")
        space = style.newline + indent
    entry = space + style.entry(key, value, indent)
    if last.comma is not None:
        return _splice(text, point, point, entry + ",")
    # On separate lines, the comma goes before the comment, which may extend to the end of the line.
    comments = text[last.end : point]
    return _splice(text, last.end, point, f"{comments},{entry}" if indent is None else f",{comments}{entry}")


def _fill(text: str, container: Container, style: Style, key: str | None, value: Any) -> str:
    """Add the first entry to a container, after the comments in it."""
    *_, last = COMMENT.finditer(text, container.start, container.end)
    point, closer = last.end(), container.end - 1
    if not _has_break(text[container.start : closer]):
        return _splice(text, point, point, " " + style.entry(key, value, indent=None))
    outer = _line_indent(text, container.start)
    indent = _line_indent(text, last.start()) if _begins_line(text, last.start()) else outer + style.indent_unit
    entry = style.newline + indent + style.entry(key, value, indent) + "," * style.trailing_comma
    if _has_break(text[point:closer]):
        return _splice(text, point, point, entry)
    return _splice(text, point, closer, entry + style.newline + outer)


def _indent_at(text: str, node: Node, start: int) -> str | None:
    """Return the indent of a value that replaces a node whose entry starts at ``start``; ``None`` keeps it on one line.

    A node on several lines may be replaced by several lines; so may an empty or plain one that starts a line.
    """
    spans_lines = _begins_line(text, node.end - 1)
    may_grow = not (isinstance(node, Container) and node.entries) and _begins_line(text, start)
    return _line_indent(text, node.start) if spans_lines or may_grow else None


def _widened(text: str, start: int, end: int, *, is_last: bool) -> tuple[int, int]:
    """Extend a cut to whole lines if nothing else is on them, else by the white space on one side."""
    left = len(text[:start].rstrip(BLANKS))
    begins = left == _line_start(text, start)
    line_end = _LINE_END.match(text, end if is_last or not begins else _after_comments(text, end))
    if line_end:
        return left, line_end.end() if begins else line_end.start(1)
    if is_last and not begins:
        return left, end
    return start, end + len(text[end:]) - len(text[end:].lstrip(BLANKS))


def _after_comments(text: str, offset: int) -> int:
    comments = _COMMENTS.match(text, offset)
    return comments.end() if comments else offset


def _splice(text: str, start: int, end: int, new: str) -> str:
    return text[:start] + new + text[end:]


def _line_start(text: str, offset: int) -> int:
    return max(text.rfind(line_break, 0, offset) for line_break in LINE_BREAKS) + 1


def _begins_line(text: str, offset: int) -> bool:
    return not text[_line_start(text, offset) : offset].strip(SPACE)


def _line_indent(text: str, offset: int) -> str:
    """Return the white space at the start of the line of an offset, without a byte order mark."""
    indent = _INDENT.match(text, _line_start(text, offset))
    return indent[0].replace("\ufeff", "") if indent else ""


def _has_break(gap: str) -> bool:
    """Return whether the text between two tokens has a line break outside comments."""
    return _BREAK.search(COMMENT.sub("", gap)) is not None


def _key_quote(text: str, example: Container) -> str | None:
    """Return no quotes if one key has none: the others may need theirs."""
    starts = [text[entry.start] for entry in example.entries if example.is_object]
    if not starts:
        return None
    return starts[-1] if all(start in _QUOTES for start in starts) else ""


def _quote(text: str, example: Container) -> str | None:
    """Return the quotes of the first quoted value, else of the first quoted key."""
    starts = [entry.value.start for entry in example.entries] + [entry.start for entry in example.entries]
    return next((text[start] for start in starts if text[start] in _QUOTES), None)


def _colon(text: str, example: Container) -> str | None:
    last = example.entries[-1]
    gap = text[last.key_end : last.value.start]
    return gap if _COLON.fullmatch(gap) else None


def _indent_unit(text: str, example: Container) -> str | None:
    """Return how much further the entries are indented than the line on which their container starts."""
    first = example.entries[0].start
    outer, inner = _line_indent(text, example.start), _line_indent(text, first)
    if _begins_line(text, first) and inner.startswith(outer) and inner != outer:
        return inner.removeprefix(outer)
    return None


def _separator(text: str, example: Container) -> str | None:
    gaps = [text[before.end : after.start] for before, after in pairwise(example.entries)]
    return gaps[-1] if gaps and gaps[-1] in ("", " ") else None


def _padding(text: str, example: Container) -> str | None:
    gap = text[example.start + 1 : example.entries[0].start]
    return gap if example.is_object and gap in ("", " ") else None


def _trailing_comma(text: str, example: Container) -> bool | None:
    return example.entries[-1].comma is not None if _begins_line(text, example.end - 1) else None


def _pairs(value: dict[str, Any] | list[Any]) -> Iterable[tuple[str | None, Any]]:
    return value.items() if isinstance(value, dict) else ((None, item) for item in value)


def _is_plain_list(value: dict[str, Any] | list[Any]) -> bool:
    return isinstance(value, list) and not any(isinstance(item, dict | list) for item in value)


def _quoted(value: str, quote: str) -> str:
    body = json.dumps(value, ensure_ascii=False)[1:-1]
    if quote == "'":
        body = body.replace('\\"', '"').replace("'", "\\'")
    return quote + _ESCAPED.sub(lambda char: f"\\u{ord(char[0]):04x}", body) + quote
