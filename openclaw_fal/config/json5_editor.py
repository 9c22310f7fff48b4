"""Edits JSON5 text. Every byte outside the edited value stays: comments, order, quotes, layout, line endings.

Every edit is checked before it is returned: the new text is parsed and must contain the old value with the edit
applied, and `json5` must read the changed part in the same way.
"""

from __future__ import annotations

import bisect
import json
from typing import TYPE_CHECKING, Any

from openclaw_fal.config.json5_parser import (
    LINE_BREAKS,
    SPACE,
    Container,
    Json5DepthError,
    Json5SyntaxError,
    Node,
    Skipped,
    containers,
    has_value,
    line_and_column,
    parse,
    parse_around,
    read_value,
    value_of,
)
from openclaw_fal.config.json5_writer import insert, overwrite, remove, style_of
from openclaw_fal.config.path import ConfigPath, show_path
from openclaw_fal.core.json_text import is_deep

if TYPE_CHECKING:
    from collections.abc import Callable


class PathError(ValueError):
    """The path does not fit the document, such as a name below a number, or an index past the end."""


class Json5EditError(RuntimeError):
    """The edited text failed its check and must not be written: a bug here."""


MAX_CHECKED = 20_000
"""Maximum length of a changed part that json5, which is slow, must read in the same way."""
MAX_CHECKED_DEPTH = 20
"""Maximum levels of a changed part that json5 must read in the same way; deeper ones overflow its stack."""


def locate(text: str, path: ConfigPath) -> tuple[int, int] | None:
    """Return the line and column (from 1) of the value at a path; ``None`` if there is none."""
    node = _find(text, path)
    return None if node is None else line_and_column(text, node.start)


def set_value(text: str, path: ConfigPath, value: Any) -> str:
    """Set the value at a path.

    Missing parents become objects; an index equal to the length appends. An equal value leaves the text unchanged.
    Raises `PathError` and `Json5SyntaxError`.
    """
    value = _plain(value)
    return _checked(text, _set(text, path, value), _with(read_value(text), path, value))


def unset(text: str, path: ConfigPath) -> str:
    """Remove the member or element at a path, if there is one. Raises as `set_value`."""
    if not path:
        raise PathError("the whole document can't be unset")
    return _checked(text, _unset(text, path), _without(read_value(text), path))


def merge(text: str, path: ConfigPath, patch: Any) -> str:
    """Apply a JSON merge patch (RFC 7396) at a path: objects merge, null deletes, anything else replaces.

    Each difference is a separate edit, so that the comments and layout of a merged object stay. Raises as `set_value`.
    """
    patch = _plain(patch)
    if patch is None:
        return unset(text, path)
    old = _find(text, path)
    merged = _merged(None if old is None else value_of(old), patch)
    return _checked(text, _merge(text, path, patch), _with(read_value(text), path, merged))


# --- values ---------------------------------------------------------------------------------------


def _plain(value: Any) -> Any:
    """Convert a value to plain JSON: tuples become lists, surrogate pairs one character. Raises `TypeError`."""
    return json.loads(json.dumps(value))


def is_same(one: Any, other: Any) -> bool:
    """Compare as JSON: 1 equals 1.0 but not true, NaN equals NaN, the order of members does not matter."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(is_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(is_same, one, other))
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return bool(one == other or (one != one and other != other))  # noqa: PLR0124 - NaN differs from itself


def _with(value: Any, path: ConfigPath, new: Any) -> Any:
    if not path:
        return new
    step, rest = path[0], path[1:]
    if isinstance(value, list) and isinstance(step, int):
        items = [*value, {}] if step == len(value) else list(value)
        items[step] = _with(items[step], rest, new)
        return items
    return {**value, step: _with(value.get(step, {}), rest, new)}


def _without(value: Any, path: ConfigPath) -> Any:
    step, rest = path[0], path[1:]
    if isinstance(value, dict) and step in value:
        kept = {key: item for key, item in value.items() if key != step}
        return {**value, step: _without(value[step], rest)} if rest else kept
    if isinstance(value, list) and isinstance(step, int) and 0 <= step < len(value):
        middle = [_without(value[step], rest)] if rest else []
        return [*value[:step], *middle, *value[step + 1 :]]
    return value


def _merged(value: Any, patch: Any) -> Any:
    if not isinstance(patch, dict):
        return patch
    merged = dict(value) if isinstance(value, dict) else {}
    for key, part in patch.items():
        merged[key] = _merged(merged.get(key), part)
    return {key: item for key, item in merged.items() if key not in patch or patch[key] is not None}


def _checked(before: str, after: str, intended: Any) -> str:
    """Return the edited text if it contains the intended value, and if json5 reads the changed part so, too.

    Raises `PathError` if the document would be nested too deep, and `Json5EditError`.
    """
    if after == before:
        return after
    try:
        value = read_value(after)
    except Json5DepthError as error:
        raise PathError(f"the document would be {error.message}") from error
    except Json5SyntaxError as error:
        raise Json5EditError(f"the edited document can't be parsed: {error}") from error
    if not is_same(value, intended):
        raise Json5EditError("the edited document does not contain the intended value")
    part = _changed_part(before, after)
    if len(part) > MAX_CHECKED or is_deep(changed := value_of(parse(part)), MAX_CHECKED_DEPTH):
        return after
    if not is_same(_value_by_json5(part), changed):
        raise Json5EditError("json5 reads the edited document differently")
    return after


def _changed_part(before: str, after: str) -> str:
    """Return a document with the entries of ``after`` that differ, and with what separates them from their neighbors.

    A placeholder stands for each neighbor, however large it is.
    """
    start, stop = _difference(before, after)
    node = parse_around(after, start, stop)
    while isinstance(node, Container):
        overlapping = [entry for entry in node.entries if entry.start < stop and entry.value.end > start]
        inner = overlapping[0].value if len(overlapping) == 1 else None
        if not isinstance(inner, Container) or not inner.start < start <= stop < inner.end:
            return _with_placeholders(after, node, start, stop)
        node = inner
    return after


def _difference(before: str, after: str) -> tuple[int, int]:
    """Return where the part of ``after`` starts and ends that is not in ``before``."""
    longest = min(len(before), len(after))
    start = _longest(longest, lambda length: before[:length] == after[:length])
    same_end = _longest(longest - start, lambda length: before[len(before) - length :] == after[len(after) - length :])
    return start, len(after) - same_end


def _longest(limit: int, holds: Callable[[int], bool]) -> int:
    """Return the largest length up to a limit for which something holds, as it does for all smaller ones."""
    return bisect.bisect_left(range(1, limit + 1), True, key=lambda length: not holds(length))


def _with_placeholders(text: str, node: Container, start: int, stop: int) -> str:
    previous = next((entry for entry in reversed(node.entries) if entry.value.end <= start), None)
    following = next((entry for entry in node.entries if entry.start >= stop), None)
    left = previous.value.end if previous else node.start + 1
    right = following.start if following else node.end - 1
    name = "before: 0" if node.is_object else "0"
    after = "after: 0" if node.is_object else "0"
    part = f"{name if previous else ''}{text[left:right]}{after if following else ''}"
    return f"{{{part}}}" if node.is_object else f"[{part}]"


def _value_by_json5(text: str) -> Any:
    import json5  # noqa: PLC0415 - takes 10 ms, and only edits need it

    try:
        return _plain(json5.loads(text))
    except (ValueError, RecursionError) as error:
        raise Json5EditError(f"json5 can't read the edited document: {error}") from error


# --- paths ----------------------------------------------------------------------------------------


def _find(text: str, path: ConfigPath) -> Node | None:
    return _below(text, path, path)


def _parent(text: str, path: ConfigPath) -> Node | None:
    """Return what contains the value at a path, with its entries."""
    return _below(text, path, path[:-1])


def _below(text: str, path: ConfigPath, steps: ConfigPath) -> Node | None:
    """Return the node that ``steps`` lead to, in a document of which only what is on a path is parsed."""
    node = parse(text, path) if has_value(text) else None
    for step in steps:
        node = node.child(step) if isinstance(node, Container) else None
    return node


def _container(text: str, node: Node, path: ConfigPath, step: str | int) -> Container:
    """Return the node as a container that the step applies to. Raises `PathError`."""
    place = f"{show_path(path) or 'the document'} (line {line_and_column(text, node.start)[0]})"
    wanted = "an object" if isinstance(step, str) else "an array"
    if not isinstance(node, Container) or node.is_object != isinstance(step, str):
        raise PathError(f"{place} is {_type_name(node)}, not {wanted}")
    if isinstance(step, int) and not 0 <= step <= len(node.entries):
        raise PathError(f"{place} has no index {step}; the next one free is {len(node.entries)}")
    return node


def _nested(path: ConfigPath, value: Any) -> Any:
    """Wrap a value in the objects that are missing above it."""
    for step in reversed(path):
        if isinstance(step, int):
            raise PathError(f"index {step} needs an array, and there is none yet")
        value = {step: value}
    return value


def _type_name(node: Node) -> str:
    if isinstance(node, Container):
        return "an object" if node.is_object else "an array"
    if isinstance(node, Skipped):
        return "another value"
    if isinstance(node.value, str):
        return "a string"
    return json.dumps(node.value) if node.value is None or isinstance(node.value, bool) else "a number"


# --- edits ----------------------------------------------------------------------------------------


def _set(text: str, path: ConfigPath, value: Any) -> str:
    if not has_value(text):
        return _first_value(text, _nested(path, value))
    root = node = parse(text, path)
    start = 0  # of the entry whose value is the node
    parents: list[Container] = []  # the nearest first: its style counts most
    for depth, step in enumerate(path):
        parent = _container(text, node, path[:depth], step)
        parents.insert(0, parent)
        if (index := parent.index(step)) is None:
            style = style_of(text, [*parents, *containers(root)])
            key = step if isinstance(step, str) else None
            return insert(text, parent, start, style, key, _nested(path[depth + 1 :], value))
        node, start = parent.entries[index].value, parent.entries[index].start
    if is_same(value_of(node), value):
        return text
    return overwrite(text, node, start, style_of(text, [*containers(node), *parents, *containers(root)]), value)


def _first_value(text: str, value: Any) -> str:
    """Add a value after the comments of a document that has no value."""
    style = style_of(text, [])
    head = text if text.strip(SPACE) else "\ufeff" * text.startswith("\ufeff")
    if head.strip("\ufeff") and head[-1] not in LINE_BREAKS:
        head += style.newline
    return head + style.value(value, indent="") + style.newline


def _merge(text: str, path: ConfigPath, patch: Any) -> str:
    if patch is None:
        return _unset(text, path)
    node = _find(text, path)
    if not isinstance(patch, dict) or not isinstance(node, Container) or not node.is_object:
        return _set(text, path, _merged(None, patch))
    for key, part in patch.items():
        text = _merge(text, (*path, key), part)
    return text


def _unset(text: str, path: ConfigPath) -> str:
    """Remove every member of that name: without the last one, the one before would count."""
    parent = _parent(text, path)
    if not isinstance(parent, Container) or (index := parent.index(path[-1])) is None:
        return text
    text = remove(text, parent, index)
    return _unset(text, path) if parent.is_object else text
