"""What ``-p NAME=VALUE`` means for an endpoint: the value in the type that the input has.

``NAME=VALUE`` is read by the schema, ``NAME:=JSON`` as it is, ``NAME=@FILE`` from a file. ``a.b=…`` and ``a.0.b=…`` go
into objects and lists. A value that does not fit its input stays text; `validation` says what is wrong with it.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from openclaw_fal.core.errors import UsageError
from openclaw_fal.core.json_text import parse_json
from openclaw_fal.models.draft import MediaFile
from openclaw_fal.models.schema import Input, medium_of_input, medium_of_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from openclaw_fal.core.requests import Parameter
    from openclaw_fal.models.schema import JsonType, Schema

_TRUE, _FALSE = frozenset({"true", "yes", "on", "1"}), frozenset({"false", "no", "off", "0"})
_INTEGER = r"[+-]?\d+"
_NUMBER = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"
_SIZE = r"(\d+)[xX×](\d+)"
# Text comes last: everything could be text.
_ORDER: tuple[JsonType, ...] = ("integer", "number", "boolean", "object", "array", "string")
_NOTHING: Any = object()


def parameter_values(
    parameters: Iterable[Parameter], schema: Schema, read_text: Callable[[str], str]
) -> dict[str, Any]:
    """Return the inputs that the parameters set, with a `MediaFile` for each file whose URL is to be sent.

    ``read_text`` returns the text of a file. A later parameter replaces an earlier one, but a list gets both.
    Raises `UsageError` for names that contradict each other.
    """
    values: dict[str, Any] = {}
    root = Input(("object",), properties=schema.inputs)
    for parameter in parameters:
        is_whole = parameter.name in (schema.inputs or {}) or "." not in parameter.name
        steps = [parameter.name] if is_whole else parameter.name.split(".")
        _set(values, steps, root, parameter, read_text)
    return values


def coerced(text: str, field: Input) -> Any:
    """Return what a typed value means for an input; text that fits none of its types stays text."""
    listed = _listed(text, field)
    if listed is not _NOTHING:
        return listed
    word = text.strip()
    if word == "null" and field.is_nullable:
        return None
    # Where both are taken, an input whose default is text is meant to get text, if it takes any text.
    is_closed = bool(field.enum) and not field.is_open
    is_text_first = field.takes("string") and not is_closed and (not field.types or isinstance(field.default, str))
    for json_type in ("string", *_ORDER) if is_text_first else _ORDER:
        if field.takes(json_type):
            value = _read(json_type, text, word, field)
            if value is not _NOTHING:
                return value
    return text


# --- one value ---------------------------------------------------------------------------------


def _listed(text: str, field: Input) -> Any:
    """Return the listed value that is meant, by its text, its number or in another letter case."""
    for value in field.enum:
        if isinstance(value, str) and value == text:
            return value
    if field.is_open:
        return _NOTHING
    word = text.strip().casefold()
    number = _number(word)
    for value in field.enum:
        if isinstance(value, bool):
            if word == str(value).lower():
                return value
        elif isinstance(value, str):
            if value.casefold() == word:
                return value
        elif number is not _NOTHING and value == number:
            return value
    return _NOTHING


def _read(json_type: JsonType, text: str, word: str, field: Input) -> Any:
    """Read text as one type; `_NOTHING` when it is not of that type."""
    match json_type:
        case "string":
            return text
        case "boolean":
            lowered = word.lower()
            return True if lowered in _TRUE else False if lowered in _FALSE else _NOTHING
        case "integer" | "number":
            number = _number(word)
            return number if json_type == "number" or isinstance(number, int) else _NOTHING
        case "object":
            return _object(word, field)
        case "array":
            return _list(text, word, field)


def _number(word: str) -> Any:
    """Read a finite number, a whole one as an integer even if it is written ``2.0``."""
    if re.fullmatch(_INTEGER, word, re.ASCII) and len(word) < 100:
        return int(word)
    if not re.fullmatch(_NUMBER, word, re.ASCII):
        return _NOTHING
    number = float(word)
    if not math.isfinite(number):
        return _NOTHING
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


def _object(word: str, field: Input) -> Any:
    if word.startswith("{"):
        return _loads(word, dict)
    size = re.fullmatch(_SIZE, word, re.ASCII)
    if size and {"width", "height"} <= set(field.properties or {}):
        return {"width": int(size[1]), "height": int(size[2])}
    return _NOTHING


def _list(text: str, word: str, field: Input) -> Any:
    if not word:
        return []
    if word.startswith("[") and (whole := _loads(word, list)) is not _NOTHING:
        return whole
    # A single value is a list of one, unless it could be the text that the input takes as well.
    return _NOTHING if "string" in field.types else [coerced(text, field.items or Input())]


def _loads(word: str, kind: type) -> Any:
    try:
        value = parse_json(word, is_strict=True)
    except ValueError:
        return _NOTHING
    return value if isinstance(value, kind) else _NOTHING


# --- its place in the body ---------------------------------------------------------------------


def _set(
    root: dict[str, Any], steps: list[str], field: Input | None, parameter: Parameter, read_text: Callable[[str], str]
) -> None:
    """Put the value where the steps lead, making objects and lists on the way."""
    holder: Any = root
    for step, following in zip(steps, [*steps[1:], None], strict=True):
        key = _key(holder, step, parameter)
        field = _member(field, step)
        existing = _get(holder, key)
        if following is None:
            _put(holder, key, _joined(existing, _value(parameter, step, field, read_text), parameter, field))
            return
        if existing is _NOTHING:
            existing = [] if _is_index(following, field) else {}
            _put(holder, key, existing)
        elif not isinstance(existing, dict | list):
            raise UsageError(f"-p {parameter.name} needs an object, and {step} is given as a single value.")
        holder = existing


def _key(holder: Any, step: str, parameter: Parameter) -> Any:
    if isinstance(holder, dict):
        return step
    if not _is_number(step) or int(step) > len(holder):
        raise UsageError(f"-p {parameter.name}: {step!r} is not the next place in a list. Count from 0, without gaps.")
    return int(step)


def _get(holder: Any, key: Any) -> Any:
    if isinstance(holder, dict):
        return holder.get(key, _NOTHING)
    return holder[key] if key < len(holder) else _NOTHING


def _put(holder: Any, key: Any, value: Any) -> None:
    if isinstance(holder, list) and key == len(holder):
        holder.append(value)
    else:
        holder[key] = value


def _member(field: Input | None, step: str) -> Input | None:
    """Return the input inside another; ``None`` when it is not known."""
    if field is None:
        return None
    if _is_index(step, field):
        return field.items
    return (field.properties or {}).get(step)


def _is_index(step: str, field: Input | None) -> bool:
    return _is_number(step) and (field is None or (field.takes("array") and step not in (field.properties or {})))


def _is_number(step: str) -> bool:
    return step.isascii() and step.isdecimal() and len(step) < 6


def _value(parameter: Parameter, step: str, field: Input | None, read_text: Callable[[str], str]) -> Any:
    if parameter.form == "json":
        return parameter.value
    known = field or Input()
    if parameter.form == "text":
        return coerced(parameter.value, known)
    # For an unknown input, only the name says which medium it takes.
    medium = medium_of_input(step, known) or (None if known.types else medium_of_name(step))
    if medium:
        file = MediaFile(medium, parameter.value)
        return [file] if known.is_list else file
    try:
        return coerced(read_text(parameter.value), known)
    except UsageError:
        if field is not None:
            raise
    return MediaFile("file", parameter.value)  # not text; that the name is wrong may be reported first


def _joined(existing: Any, value: Any, parameter: Parameter, field: Input | None) -> Any:
    """Add a repeated value to its list; anywhere else the later one counts."""
    if existing is _NOTHING or parameter.form == "json" or field is None or "array" not in field.types:
        return value
    return [part for each in (existing, value) for part in (each if isinstance(each, list) else [each])]
