"""Checking an input against a schema, with the error entries that fal's apps answer: fal-http.md §4.1 and §4.2."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

from .inputs import SIZES, Field
from .probe import size_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .http_message import Json
    from .inputs import Schema

Detail = list["Json"]
Location = tuple[str | int, ...]

_TRUTH = {True, False, "true", "false", "1", "0", "yes", "no", "on", "off"}


def problems(schema: Schema, body: Any, is_gone: Callable[[str], bool]) -> Detail:
    """Everything wrong with a body, in the order of the fields; empty when it can be run."""
    if not isinstance(body, dict):
        return [_entry("model_attributes_type", ("body",), "Input should be a valid dictionary or object", body)]
    return list(_check_fields(schema.fields.items(), body, ("body",), is_gone))


def not_json(error: ValueError) -> Detail:
    return [_entry("json_invalid", ("body", 0), "JSON decode error", {}, {"error": str(error)})]


def _entry(kind: str, where: Location, message: str, value: Any, context: Json | None = None) -> Json:
    entry: Json = {"type": kind, "loc": list(where), "msg": message, "input": value}
    return {**entry, "ctx": context} if context else entry


def _check_fields(fields: Any, body: Json, where: Location, is_gone: Callable[[str], bool]) -> Iterator[Json]:
    for name, field in fields:
        value = body.get(name)
        if value is not None:
            yield from _CHECKS[field.kind](field, value, (*where, name), is_gone)
        elif field.required:
            yield _entry("missing", (*where, name), "Field required", body)


def _string(field: Field, value: Any, where: Location, _: Callable[[str], bool]) -> Iterator[Json]:
    if field.choices and value not in field.choices:
        quoted = [f"'{choice}'" for choice in field.choices]
        expected = " or ".join(filter(None, [", ".join(quoted[:-1]), quoted[-1]]))
        yield _entry("literal_error", where, f"Input should be {expected}", value, {"expected": expected})
    elif not isinstance(value, str):
        yield _entry("string_type", where, "Input should be a valid string", value)


def _integer(field: Field, value: Any, where: Location, _: Callable[[str], bool]) -> Iterator[Json]:
    if isinstance(value, str):
        try:
            value = int(value)
        except ValueError:
            message = "Input should be a valid integer, unable to parse string as an integer"
            yield _entry("int_parsing", where, message, value)
            return
    if not isinstance(value, (int, float)):
        yield _entry("int_type", where, "Input should be a valid integer", value)
    elif value != int(value):
        message = "Input should be a valid integer, got a number with a fractional part"
        yield _entry("int_from_float", where, message, value)
    else:
        yield from _range(field, value, where)


def _number(field: Field, value: Any, where: Location, _: Callable[[str], bool]) -> Iterator[Json]:
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            message = "Input should be a valid number, unable to parse string as a number"
            yield _entry("float_parsing", where, message, value)
            return
    if isinstance(value, (int, float)):
        yield from _range(field, value, where)
    else:
        yield _entry("float_type", where, "Input should be a valid number", value)


def _range(field: Field, value: float, where: Location) -> Iterator[Json]:
    if field.above is not None and value <= field.above:
        yield _entry("greater_than", where, f"Input should be greater than {field.above:g}", value, {"gt": field.above})
    elif field.at_least is not None and value < field.at_least:
        message = f"Input should be greater than or equal to {field.at_least:g}"
        yield _entry("greater_than_equal", where, message, value, {"ge": field.at_least})
    elif field.at_most is not None and value > field.at_most:
        message = f"Input should be less than or equal to {field.at_most:g}"
        yield _entry("less_than_equal", where, message, value, {"le": field.at_most})
    elif field.step is not None and value % field.step:
        message = f"Input should be a multiple of {field.step}"
        yield _entry("multiple_of", where, message, value, {"multiple_of": field.step})


def _boolean(_: Field, value: Any, where: Location, __: Callable[[str], bool]) -> Iterator[Json]:
    if isinstance(value, str) and value.lower() not in _TRUTH:
        message = "Input should be a valid boolean, unable to interpret input"
        yield _entry("bool_parsing", where, message, value)
    elif not isinstance(value, (str, int, float)):
        yield _entry("bool_type", where, "Input should be a valid boolean", value)


def _object(field: Field, value: Any, where: Location, is_gone: Callable[[str], bool]) -> Iterator[Json]:
    if isinstance(value, dict):
        yield from _check_fields(field.fields, value, where, is_gone)
    else:
        yield _entry("model_attributes_type", where, "Input should be a valid dictionary or object", value)


def _array(field: Field, value: Any, where: Location, is_gone: Callable[[str], bool]) -> Iterator[Json]:
    if not isinstance(value, list):
        yield _entry("list_type", where, "Input should be a valid list", value)
    elif field.required and not value:
        message = "List should have at least 1 item"
        yield _entry("sequence_too_short", where, message, value, {"min_length": 1})
    elif field.items is not None and len(value) > field.items:
        message = f"List should have at most {field.items} items"
        yield _entry("sequence_too_long", where, message, value, {"max_length": field.items})
    elif where[-1] == "image_urls":
        for number, item in enumerate(value):
            yield from _image(field, item, (*where, number), is_gone)


def _image(_: Field, value: Any, where: Location, is_gone: Callable[[str], bool]) -> Iterator[Json]:
    """Check a URL or a data: URI: the app loads it, and says so when it can't."""
    if not isinstance(value, str):
        yield _entry("string_type", where, "Input should be a valid string", value)
    elif value.startswith("data:"):
        if size_of(data_of(value)) is None:
            yield _media(where, "image_load_error", "Failed to load the image. Please ensure it is valid.", value)
    elif not value.startswith(("https://", "http://")) or is_gone(value):
        yield _media(where, "file_download_error", "Failed to download the file. Please check the URL.", value)


def _media(where: Location, kind: str, message: str, value: str) -> Json:
    shown = f"{value[:80]}..." if value.startswith("data:") else value
    return {**_entry(kind, where, message, shown), "url": f"https://docs.fal.ai/errors#{kind}"}


def data_of(uri: str) -> bytes:
    """Give the bytes of a data: URI; empty when it can't be read."""
    head, _, data = uri.partition(",")
    try:
        return base64.b64decode(data, validate=True) if head.endswith(";base64") else data.encode()
    except binascii.Error:
        return b""


def _size(field: Field, value: Any, where: Location, is_gone: Callable[[str], bool]) -> Iterator[Json]:
    """Check a preset's name or {width, height}."""
    if isinstance(value, dict):
        edge = Field("integer", above=0, at_most=field.at_most, step=field.step)
        yield from _check_fields([("width", edge), ("height", edge)], value, where, is_gone)
    else:
        yield from _string(Field("string", choices=(*SIZES, "auto")), value, where, is_gone)


_CHECKS = {
    "string": _string,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "object": _object,
    "array": _array,
    "image": _image,
    "size": _size,
}
