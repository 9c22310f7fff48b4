"""Checks a body against an endpoint's inputs and words each problem as fal's apps do, with pydantic's error types."""

from __future__ import annotations

import base64
import binascii
import math
from typing import TYPE_CHECKING, Any

from .dimensions import size_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from .connection import Json
    from .endpoints import Endpoint, Input

Detail = list["Json"]
Location = tuple[str | int, ...]
_TRUE_OR_FALSE = {"true", "false", "1", "0", "yes", "no", "on", "off"}
# Limits that fal states in prose only, so that the facts lack them: how many media a list may hold.
_MAX_MEDIA = (
    ("fal-ai/nano-banana", {"image_urls": 14}),
    ("google/nano-banana", {"image_urls": 14}),
    ("xai/grok-imagine-image", {"image_urls": 3}),
    ("bytedance/seedance-2.0/", {"image_urls": 9, "video_urls": 3, "audio_urls": 3}),
    ("fal-ai/heygen/v3/video-agent", {"file_urls": 20}),
)


def problems(endpoint: Endpoint, body: Any, is_gone: Callable[[str], bool]) -> Detail:
    """List everything that is wrong with a body, in the order of the inputs; empty if it can run.

    `is_gone` says of a URL that nothing is there.
    """
    if not isinstance(body, dict):
        return [_entry("model_attributes_type", ("body",), "Input should be a valid dictionary or object", body)]
    found = list(_check_fields(endpoint.takes, body, ("body",), is_gone))
    return found or list(_too_many_media(endpoint.id, body))


def unknown_inputs(inputs: Mapping[str, Input] | None, body: Any) -> list[str]:
    """List what a body holds beyond an endpoint's inputs, such as `loras.0.color`; fal ignores those.

    Empty if the inputs are not known.
    """
    return [] if inputs is None else list(_unknown(inputs, body, ""))


def not_json(error: ValueError) -> Detail:
    return [_entry("json_invalid", ("body", 0), "JSON decode error", {}, {"error": str(error)})]


def data_of(uri: str) -> bytes:
    """Decode a data: URI; empty if it is malformed."""
    head, _, data = uri.partition(",")
    try:
        return base64.b64decode(data, validate=True) if head.endswith(";base64") else data.encode()
    except binascii.Error:
        return b""


def _unknown(fields: Mapping[str, Input], body: Any, prefix: str) -> Iterator[str]:
    for name, value in body.items() if isinstance(body, dict) else ():
        if name in fields:
            yield from _unknown_within(fields[name], value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


def _unknown_within(one: Input, value: Any, prefix: str) -> Iterator[str]:
    if one.fields:
        yield from _unknown(one.fields, value, prefix)
    if one.items and isinstance(value, list):
        for number, item in enumerate(value):
            yield from _unknown_within(one.items, item, f"{prefix}{number}.")


def _entry(kind: str, where: Location, message: str, value: Any, context: Json | None = None) -> Json:
    entry: Json = {"type": kind, "loc": list(where), "msg": message, "input": value}
    return {**entry, "ctx": context} if context else entry


def _too_many_media(endpoint: str, body: Json) -> Iterator[Json]:
    for prefix, limits in _MAX_MEDIA:
        for name, most in limits.items() if endpoint.startswith(prefix) else ():
            if isinstance(body.get(name), list) and len(body[name]) > most:
                yield _too_long(("body", name), body[name], most)


def _check_fields(
    fields: Mapping[str, Input], body: Json, where: Location, is_gone: Callable[[str], bool]
) -> Iterator[Json]:
    for name, one in fields.items():
        value = body.get(name)
        if name in body and value == one.default:
            continue  # a default is accepted, whatever it is: an empty URL or a number that should be text
        if value is not None:
            yield from _check(one, value, (*where, name), is_gone)
        elif one.required and not (one.nullable and name in body):
            yield _entry("missing", (*where, name), "Field required", body)


def _check(one: Input, value: Any, where: Location, is_gone: Callable[[str], bool]) -> Iterator[Json]:
    """Check a value that is not null. Of several types the one that fits it best judges it."""
    kind = _best_type(one.types, value)
    if kind == "object":
        yield from _object(one, value, where, is_gone)
    elif kind == "array":
        yield from _array(one, value, where, is_gone)
    elif one.choices:
        yield from _choice(one, value, where)
    elif kind == "string":
        yield from _string(one, value, where, is_gone)
    elif kind == "boolean":
        yield from _boolean(value, where)
    elif kind:
        yield from _number(one, value, where, whole=kind == "integer")


def _best_type(types: tuple[str, ...], value: Any) -> str:
    """Return the one of the types that a value has; the last one, which is the simplest, if it has none of them."""
    if isinstance(value, dict) and "object" in types:
        return "object"
    if isinstance(value, list) and "array" in types:
        return "array"
    scalars = [name for name in types if name not in {"object", "array"}]
    if isinstance(value, str) and "string" in scalars:
        return "string"
    return (scalars or list(types) or [""])[-1]


def _choice(one: Input, value: Any, where: Location) -> Iterator[Json]:
    if any(value == choice and isinstance(value, bool) == isinstance(choice, bool) for choice in one.choices):
        return
    quoted = [f"'{choice}'" if isinstance(choice, str) else str(choice) for choice in one.choices]
    expected = " or ".join(filter(None, [", ".join(quoted[:-1]), quoted[-1]]))
    yield _entry("literal_error", where, f"Input should be {expected}", value, {"expected": expected})


def _string(one: Input, value: Any, where: Location, is_gone: Callable[[str], bool]) -> Iterator[Json]:
    if not isinstance(value, str):
        yield _entry("string_type", where, "Input should be a valid string", value)
    elif one.medium:
        yield from _url(one.medium, value, where, is_gone)
    elif one.min_length is not None and len(value) < one.min_length:
        message = f"String should have at least {_counted(one.min_length, 'character')}"
        yield _entry("string_too_short", where, message, value, {"min_length": one.min_length})
    elif one.max_length is not None and len(value) > one.max_length:
        message = f"String should have at most {_counted(one.max_length, 'character')}"
        yield _entry("string_too_long", where, message, value, {"max_length": one.max_length})


def _number(one: Input, value: Any, where: Location, *, whole: bool) -> Iterator[Json]:
    """Check a number, or text that reads as one."""
    prefix, named = ("int", "integer") if whole else ("float", "number")
    if isinstance(value, str):
        try:
            value = int(value) if whole else float(value)
        except ValueError:
            message = f"Input should be a valid {named}, unable to parse string as {'an' if whole else 'a'} {named}"
            yield _entry(f"{prefix}_parsing", where, message, value)
            return
    if not isinstance(value, (int, float)):
        yield _entry(f"{prefix}_type", where, f"Input should be a valid {named}", value)
    elif not math.isfinite(value):
        yield _entry("finite_number", where, "Input should be a finite number", str(value))
    elif whole and value != int(value):
        message = "Input should be a valid integer, got a number with a fractional part"
        yield _entry("int_from_float", where, message, value)
    else:
        yield from _range(one, value, where)


def _range(one: Input, value: float, where: Location) -> Iterator[Json]:
    if one.above is not None and value <= one.above:
        yield _entry("greater_than", where, f"Input should be greater than {one.above:g}", value, {"gt": one.above})
    elif one.minimum is not None and value < one.minimum:
        message = f"Input should be greater than or equal to {one.minimum:g}"
        yield _entry("greater_than_equal", where, message, value, {"ge": one.minimum})
    elif one.below is not None and value >= one.below:
        yield _entry("less_than", where, f"Input should be less than {one.below:g}", value, {"lt": one.below})
    elif one.maximum is not None and value > one.maximum:
        message = f"Input should be less than or equal to {one.maximum:g}"
        yield _entry("less_than_equal", where, message, value, {"le": one.maximum})
    elif one.step is not None and not _is_multiple(value, one.step):
        message = f"Input should be a multiple of {one.step:g}"
        yield _entry("multiple_of", where, message, value, {"multiple_of": one.step})


def _is_multiple(value: float, step: float) -> bool:
    """Say whether a number is a multiple of a step, which may be a fraction such as 0.05."""
    return abs(value / step - round(value / step)) < 1e-9


def _boolean(value: Any, where: Location) -> Iterator[Json]:
    if isinstance(value, str) and value.lower() not in _TRUE_OR_FALSE:
        message = "Input should be a valid boolean, unable to interpret input"
        yield _entry("bool_parsing", where, message, value)
    elif not isinstance(value, (str, int, float)):
        yield _entry("bool_type", where, "Input should be a valid boolean", value)


def _object(one: Input, value: Any, where: Location, is_gone: Callable[[str], bool]) -> Iterator[Json]:
    if isinstance(value, dict):
        yield from _check_fields(one.fields, value, where, is_gone)
    else:
        yield _entry("model_attributes_type", where, "Input should be a valid dictionary or object", value)


def _array(one: Input, value: Any, where: Location, is_gone: Callable[[str], bool]) -> Iterator[Json]:
    least = one.min_items or (1 if one.required and one.medium else 0)
    if not isinstance(value, list):
        yield _entry("list_type", where, "Input should be a valid list", value)
    elif len(value) < least:
        message = f"List should have at least {_counted(least, 'item')}"
        yield _entry("sequence_too_short", where, message, value, {"min_length": least})
    elif one.max_items is not None and len(value) > one.max_items:
        yield _too_long(where, value, one.max_items)
    elif one.items:
        for number, item in enumerate(value):
            yield from _check(one.items, item, (*where, number), is_gone)


def _too_long(where: Location, value: list[Any], most: int) -> Json:
    message = f"List should have at most {_counted(most, 'item')}"
    return _entry("sequence_too_long", where, message, value, {"max_length": most})


def _counted(number: int, unit: str) -> str:
    return f"{number} {unit}{'' if number == 1 else 's'}"


def _url(medium: str, value: str, where: Location, is_gone: Callable[[str], bool]) -> Iterator[Json]:
    """Check a URL or a data: URI as an app does that loads it. Only pictures are looked into."""
    if value.startswith("data:"):
        if medium == "image" and size_of(data_of(value)) is None:
            yield _unusable("image_load_error", where, "Failed to load the image. Please ensure it is valid.", value)
    elif not value.startswith(("https://", "http://")) or is_gone(value):
        yield _unusable("file_download_error", where, "Failed to download the file. Please check the URL.", value)


def _unusable(kind: str, where: Location, message: str, value: str) -> Json:
    shown = f"{value[:80]}..." if value.startswith("data:") else value
    return {**_entry(kind, where, message, shown), "url": f"https://docs.fal.ai/errors#{kind}"}
