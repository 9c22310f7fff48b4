"""Changes one entry of a parsed JSON5 text, and leaves every other byte unchanged.

The functions take a text and nodes of its tree. The text that they return must be parsed again before the next change.
"""

import re
from dataclasses import replace
from typing import Any

from openclaw_fal.config.json5.parser import BLANKS, COMMENT, LINE_BREAKS, SPACE, Container, Node
from openclaw_fal.config.json5.style import QUOTES, Style, begins_line, has_break, line_indent, line_start

# The comments that follow an offset on its line.
_COMMENTS = re.compile(rf"(?:[{BLANKS}]*(?:{COMMENT.pattern}))*", re.DOTALL)
_LINE_END = re.compile(rf"[{BLANKS}]*(\r\n|[{LINE_BREAKS}])")


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
    if text[node.start] in QUOTES:
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
    if begins_line(text, last.start) or has_break(text[last.end : container.end]):
        is_beside_opener = line_start(text, last.start) == line_start(text, container.start)
        indent = line_indent(text, last.start) + (style.indent_unit if is_beside_opener else "")
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
    if not has_break(text[container.start : closer]):
        return _splice(text, point, point, " " + style.entry(key, value, indent=None))
    outer = line_indent(text, container.start)
    indent = line_indent(text, last.start()) if begins_line(text, last.start()) else outer + style.indent_unit
    entry = style.newline + indent + style.entry(key, value, indent) + "," * style.trailing_comma
    if has_break(text[point:closer]):
        return _splice(text, point, point, entry)
    return _splice(text, point, closer, entry + style.newline + outer)


def _indent_at(text: str, node: Node, start: int) -> str | None:
    """Return the indent of a value that replaces a node whose entry starts at ``start``; ``None`` keeps it on one line.

    A node on several lines may be replaced by several lines; so may an empty or plain one that starts a line.
    """
    spans_lines = begins_line(text, node.end - 1)
    may_grow = not (isinstance(node, Container) and node.entries) and begins_line(text, start)
    return line_indent(text, node.start) if spans_lines or may_grow else None


def _widened(text: str, start: int, end: int, *, is_last: bool) -> tuple[int, int]:
    """Extend a cut to whole lines if nothing else is on them, else by the white space on one side."""
    left = len(text[:start].rstrip(BLANKS))
    begins = left == line_start(text, start)
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
