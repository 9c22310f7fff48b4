"""Change one entry of a parsed JSON5 text: new text out, every byte that is not the entry's own as it was.

Each function takes the text with nodes of its tree; the result has to be parsed again before the next change.
"""

import re
from dataclasses import replace
from typing import Any

from openclaw_fal.config.json5.parser import BLANKS, COMMENT, LINE_BREAKS, SPACE, Container, Node
from openclaw_fal.config.json5.style import QUOTES, Style, begins_line, has_break, line_indent, line_start

# The comments that start on the line of an offset, before anything else does.
_REMARKS = re.compile(rf"(?:[{BLANKS}]*(?:{COMMENT.pattern}))*", re.DOTALL)
_LINE_END = re.compile(rf"[{BLANKS}]*(\r\n|[{LINE_BREAKS}])")


def insert(text: str, container: Container, start: int, style: Style, key: str | None, value: Any) -> str:
    """Add an entry to a container, the entry of which begins at `start`; an element has no key."""
    if container.entries:
        return _append(text, container, style, key, value)
    if COMMENT.search(text, container.start, container.end):
        return _fill(text, container, style, key, value)
    whole = [value] if key is None else {key: value}
    return _splice(text, container.start, container.end, style.value(whole, _indent_at(text, container, start)))


def overwrite(text: str, node: Node, start: int, style: Style, value: Any) -> str:
    """Put a value in place of a node whose entry begins at `start`. A string keeps the quotes of the one before it."""
    if text[node.start] in QUOTES:
        style = replace(style, quote=text[node.start])
    return _splice(text, node.start, node.end, style.value(value, _indent_at(text, node, start)))


def remove(text: str, container: Container, index: int) -> str:
    """Cut an entry out with its comma and, unless it is the last, the remark behind it.

    A comment behind the last entry may be about all of them, or what once followed: it stays.
    """
    entry, is_last = container.entries[index], index == len(container.entries) - 1
    around = text[container.start + 1 : entry.start] + text[entry.value.end : container.end - 1]
    if not around.strip(SPACE + ","):
        return _splice(text, container.start + 1, container.end - 1, "")
    stop = entry.value.end if is_last else _after_remarks(text, entry.value.end)
    if entry.comma is None:
        spans = [(entry.start, stop)]
    elif text[stop : entry.comma].strip(SPACE):
        spans = [(entry.start, stop), (entry.comma, entry.end)]  # with comments between them, which stay
    else:
        spans = [(entry.start, entry.end)]
    cuts = [_widened(text, start, end, is_last=is_last) for start, end in spans]
    before = container.entries[index - 1].comma if index else None
    if is_last and entry.comma is None and before is not None:
        cuts.insert(0, (before, before + 1))  # what is last now has no comma either
    for start, end in reversed(cuts):
        text = _splice(text, start, end, "")
    return text


def _append(text: str, container: Container, style: Style, key: str | None, value: Any) -> str:
    """Add an entry behind the last one and its remarks."""
    last = container.entries[-1]
    point = _after_remarks(text, last.end)
    indent, space = None, style.separator
    if begins_line(text, last.start) or has_break(text[last.end : container.end]):
        is_beside_opener = line_start(text, last.start) == line_start(text, container.start)
        indent = line_indent(text, last.start) + (style.unit if is_beside_opener else "")
        space = style.newline + indent
    entry = space + style.entry(key, value, indent)
    if last.comma is not None:
        return _splice(text, point, point, entry + ",")
    # On lines of their own, the comma goes before the remark, which may run to the end of the line.
    remarks = text[last.end : point]
    return _splice(text, last.end, point, f"{remarks},{entry}" if indent is None else f",{remarks}{entry}")


def _fill(text: str, container: Container, style: Style, key: str | None, value: Any) -> str:
    """Put the first entry into a container, behind the comments that it holds."""
    *_, last = COMMENT.finditer(text, container.start, container.end)
    point, closer = last.end(), container.end - 1
    if not has_break(text[container.start : closer]):
        return _splice(text, point, point, " " + style.entry(key, value, indent=None))
    outer = line_indent(text, container.start)
    indent = line_indent(text, last.start()) if begins_line(text, last.start()) else outer + style.unit
    entry = style.newline + indent + style.entry(key, value, indent) + "," * style.trailing_comma
    if has_break(text[point:closer]):
        return _splice(text, point, point, entry)
    return _splice(text, point, closer, entry + style.newline + outer)


def _indent_at(text: str, node: Node, start: int) -> str | None:
    """Return the indent for a value in place of a node whose entry begins at `start`; None: it's to be one line.

    What spans lines may do so again, what is one line stays so, and what was small may grow if it begins a line.
    """
    spans_lines = begins_line(text, node.end - 1)
    may_grow = not (isinstance(node, Container) and node.entries) and begins_line(text, start)
    return line_indent(text, node.start) if spans_lines or may_grow else None


def _widened(text: str, start: int, end: int, *, is_last: bool) -> tuple[int, int]:
    """Widen a cut to the lines that it owns, or else by the space on one side of it."""
    left = len(text[:start].rstrip(BLANKS))
    begins = left == line_start(text, start)
    line_end = _LINE_END.match(text, end if is_last or not begins else _after_remarks(text, end))
    if line_end:
        return left, line_end.end() if begins else line_end.start(1)
    if is_last and not begins:
        return left, end
    return start, end + len(text[end:]) - len(text[end:].lstrip(BLANKS))


def _after_remarks(text: str, offset: int) -> int:
    remarks = _REMARKS.match(text, offset)
    return remarks.end() if remarks else offset


def _splice(text: str, start: int, end: int, new: str) -> str:
    return text[:start] + new + text[end:]
