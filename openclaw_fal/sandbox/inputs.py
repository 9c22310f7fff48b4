"""One input of an endpoint: its types, bounds and allowed values, read from the facts' notation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .http_message import Json

NO_DEFAULT = object()

SIZES = {
    "square_hd": (1024, 1024),
    "square": (512, 512),
    "portrait_4_3": (768, 1024),
    "portrait_16_9": (576, 1024),
    "landscape_4_3": (1024, 768),
    "landscape_16_9": (1024, 576),
}
"""The named sizes of fal's image endpoints, as width and height in pixels."""

_TYPES = {"str": "string", "int": "integer", "num": "number", "bool": "boolean", "obj": "object", "list": "array"}
_MEDIA_TYPES = {"string", "array", "object"}  # a URL, several, or objects with URLs; the facts also mark two booleans


class Input(NamedTuple):
    """An input, an item of a list or a field of an object.

    `types` are names of JSON Schema types; none means any value. `minimum` and `maximum` are inclusive, `above` and
    `below` are not. `medium` is image, video, audio, 3d or file for URLs of media, else empty.
    """

    types: tuple[str, ...] = ()
    required: bool = False
    nullable: bool = False
    default: Any = NO_DEFAULT
    choices: tuple[Any, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    above: float | None = None
    below: float | None = None
    step: float | None = None
    min_length: int | None = None
    max_length: int | None = None
    min_items: int | None = None
    max_items: int | None = None
    medium: str = ""
    items: Input | None = None
    fields: Mapping[str, Input] = {}


def read_inputs(facts: Mapping[str, Any]) -> dict[str, Input]:
    """Read named inputs from the facts' notation."""
    return {name: _read(fact) for name, fact in facts.items()}


def _read(fact: Json | str) -> Input:
    """Read one input. Items of a list may be the bare name of a type."""
    if isinstance(fact, str):
        fact = {"t": fact}
    types = tuple(_TYPES[name] for name in str(fact.get("t", "")).split("|") if name in _TYPES)
    return Input(
        types=types,
        required=bool(fact.get("r")),
        nullable=bool(fact.get("n")),
        default=fact.get("d", NO_DEFAULT),
        choices=tuple(fact.get("e", ())),
        minimum=fact.get("min"),
        maximum=fact.get("max"),
        above=fact.get("gt"),
        below=fact.get("lt"),
        step=fact.get("step"),
        min_length=fact.get("minlen"),
        max_length=fact.get("maxlen"),
        min_items=fact.get("least"),
        max_items=fact.get("most"),
        medium=fact.get("m", "") if _MEDIA_TYPES.intersection(types) else "",
        items=_read(fact["of"]) if "of" in fact else None,
        fields=read_inputs(fact.get("p", {})),
    )


def unknown_inputs(inputs: Mapping[str, Input] | None, body: Any) -> list[str]:
    """List what a body holds beyond an endpoint's inputs, such as `loras.0.color`; fal ignores those.

    Empty if the inputs are not known.
    """
    return list(_unknown(inputs or {}, body, "")) if inputs is not None else []


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
