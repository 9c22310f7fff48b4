"""Edit JSON5 text so that every byte outside the edited value stays: comments, order, quoting, layout, line endings.

Text in, text out: a tree of offsets says where to splice. No edit is returned unchecked: the new text is read again,
by our own reader and by `json5`, and must hold exactly the old value with the edit applied.
"""

import json
import re
from typing import Any

from openclaw_fal.config.json5.parser import (
    LINE_BREAKS,
    SPACE,
    Container,
    Json5SyntaxError,
    Node,
    containers,
    has_value,
    line_and_column,
    parse,
    value_of,
)
from openclaw_fal.config.json5.splice import insert, overwrite, remove
from openclaw_fal.config.json5.style import style_of

__all__ = [
    "Json5EditError",
    "Json5SyntaxError",
    "Node",
    "Path",
    "PathError",
    "locate",
    "merge",
    "parse",
    "set_value",
    "unset",
    "value_of",
]

Path = tuple[str | int, ...]
"""The way to a value: names of members and indexes of elements."""


_BARE_KEY = re.compile(r"[\w$-]+")


class PathError(ValueError):
    """The path does not fit the document: it asks for a key of a number, say, or an index past the end."""


class Json5EditError(RuntimeError):
    """An edited text failed its check, and is not to be written: a defect here, or nested too deep for json5."""


def locate(text: str, path: Path) -> tuple[int, int] | None:
    """Return the line and column (from 1) of the value at a path; None when nothing is there."""
    node = _find(text, path)
    return None if node is None else line_and_column(text, node.start)


def set_value(text: str, path: Path, value: Any) -> str:
    """Put a value at a path, in place of all that is there.

    Missing parents become objects; an index equal to the length appends. A value that is deeply equal to the old one
    leaves the text as it is.
    """
    value = _plain(value)
    return _checked(text, _set(text, path, value), _with(_read(text), path, value))


def unset(text: str, path: Path) -> str:
    """Remove the member or element at a path; return the text as it is when nothing is there."""
    if not path:
        raise PathError("the whole document can't be unset")
    return _checked(text, _unset(text, path), _without(_read(text), path))


def merge(text: str, path: Path, patch: Any) -> str:
    """Apply a JSON merge patch (RFC 7396) at a path: objects merge, null deletes, anything else replaces.

    Every difference is an edit of its own, so that the comments and the layout of a merged object survive.
    """
    patch = _plain(patch)
    if patch is None:
        return unset(text, path)
    old = _find(text, path)
    merged = _merged(None if old is None else value_of(old), patch)
    return _checked(text, _merge(text, path, patch), _with(_read(text), path, merged))


# Values ---------------------------------------------------------------------------------------------------------------


def _read(text: str) -> Any:
    """Read a document; one with no value yet counts as an empty object."""
    return value_of(parse(text)) if has_value(text) else {}


def _plain(value: Any) -> Any:
    """Return what JSON makes of a value: tuples become lists, surrogate pairs one character, other types an error."""
    return json.loads(json.dumps(value))


def _same(one: Any, other: Any) -> bool:
    """Compare as JSON does: 1 is 1.0 but not true, NaN is NaN, and the order of members means nothing."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return bool(one == other or (one != one and other != other))  # noqa: PLR0124 - NaN differs from itself


def _with(value: Any, path: Path, new: Any) -> Any:
    if not path:
        return new
    step, rest = path[0], path[1:]
    if isinstance(value, list) and isinstance(step, int):
        items = [*value, {}] if step == len(value) else list(value)
        items[step] = _with(items[step], rest, new)
        return items
    return {**value, step: _with(value.get(step, {}), rest, new)}


def _without(value: Any, path: Path) -> Any:
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
    """Return the edited text, if two readers find the intended value in it."""
    try:
        is_right = _same(_read(after), intended) and (after == before or _same(_read_by_json5(after), intended))
    except (ValueError, RecursionError) as error:
        raise Json5EditError(f"the edited document could not be read back: {error}") from error
    if not is_right:
        raise Json5EditError("the edited document does not hold the value that it should")
    return after


def _read_by_json5(text: str) -> Any:
    import json5  # noqa: PLC0415 - 10 ms, and only a writer needs it

    return _plain(json5.loads(text))


# Paths ----------------------------------------------------------------------------------------------------------------


def _find(text: str, path: Path) -> Node | None:
    node = parse(text) if has_value(text) else None
    for step in path:
        if not isinstance(node, Container) or (index := node.index(step)) is None:
            return None
        node = node.entries[index].value
    return node


def _container(text: str, node: Node, path: Path, step: str | int) -> Container:
    """Return the node as the container that a step can be taken in, or say why it can't."""
    place = f"{_dotted(path)} (line {line_and_column(text, node.start)[0]})"
    wanted = "an object" if isinstance(step, str) else "an array"
    if not isinstance(node, Container) or node.is_object != isinstance(step, str):
        raise PathError(f"{place} is {_kind(node)}, not {wanted}")
    if isinstance(step, int) and not 0 <= step <= len(node.entries):
        raise PathError(f"{place} has no index {step}; the next one free is {len(node.entries)}")
    return node


def _nested(path: Path, value: Any) -> Any:
    """Wrap a value in the parents that are missing."""
    for step in reversed(path):
        if isinstance(step, int):
            raise PathError(f"index {step} needs an array, and there is none yet")
        value = {step: value}
    return value


def _dotted(path: Path) -> str:
    """Write a path as it is typed: `channels[0].name`, and `models["a.b"]` for a key that would not read so."""
    bare = (isinstance(step, str) and _BARE_KEY.fullmatch(step) for step in path)
    steps = (f".{step}" if is_bare else f"[{json.dumps(step)}]" for step, is_bare in zip(path, bare, strict=True))
    return "".join(steps).removeprefix(".") or "the document"


def _kind(node: Node) -> str:
    if isinstance(node, Container):
        return "an object" if node.is_object else "an array"
    if isinstance(node.value, str):
        return "a string"
    return json.dumps(node.value) if node.value is None or isinstance(node.value, bool) else "a number"


# Edits ----------------------------------------------------------------------------------------------------------------


def _set(text: str, path: Path, value: Any) -> str:
    if not has_value(text):
        return _first_value(text, _nested(path, value))
    root = node = parse(text)
    start = 0  # of the entry that the node is the value of
    parents: list[Container] = []  # the nearest first: its habits count most
    for depth, step in enumerate(path):
        parent = _container(text, node, path[:depth], step)
        parents.insert(0, parent)
        if (index := parent.index(step)) is None:
            style = style_of(text, [*parents, *containers(root)])
            key = step if isinstance(step, str) else None
            return insert(text, parent, start, style, key, _nested(path[depth + 1 :], value))
        node, start = parent.entries[index].value, parent.entries[index].start
    if _same(value_of(node), value):
        return text
    return overwrite(text, node, start, style_of(text, [*containers(node), *parents, *containers(root)]), value)


def _first_value(text: str, value: Any) -> str:
    """Put a value behind the comments of a document that has nothing else."""
    style = style_of(text, [])
    head = text if text.strip(SPACE) else "\ufeff" * text.startswith("\ufeff")
    if head.strip("\ufeff") and head[-1] not in LINE_BREAKS:
        head += style.newline
    return head + style.value(value, indent="") + style.newline


def _merge(text: str, path: Path, patch: Any) -> str:
    if patch is None:
        return _unset(text, path)
    node = _find(text, path)
    if not isinstance(patch, dict) or not isinstance(node, Container) or not node.is_object:
        return _set(text, path, _merged(None, patch))
    for key, part in patch.items():
        text = _merge(text, (*path, key), part)
    return text


def _unset(text: str, path: Path) -> str:
    """Remove every member of that name: were only the last of them removed, the one before would count."""
    parent = _find(text, path[:-1])
    if not isinstance(parent, Container) or (index := parent.index(path[-1])) is None:
        return text
    text = remove(text, parent, index)
    return _unset(text, path) if parent.is_object else text
