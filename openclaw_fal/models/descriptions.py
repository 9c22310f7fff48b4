"""What an endpoint takes and gives, in words and in JSON, and which flags fill its inputs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from openclaw_fal.core.kinds import KIND_ROWS, flag_name
from openclaw_fal.core.requests import Reference
from openclaw_fal.models.flag_inputs import hints_by_input, prompt_input
from openclaw_fal.models.placement import LAST_IMAGE_NAMES, MASK_NAMES, REFERENCE_NAMES, Unplaced, media_inputs, place
from openclaw_fal.models.schema import medium_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from openclaw_fal.core.kinds import Kind, MediaKind, ReferenceRole
    from openclaw_fal.core.requests import Request
    from openclaw_fal.models.placement import Placement
    from openclaw_fal.models.schema import Input, Output, Schema

_TYPES = {
    "string": "text",
    "integer": "integer",
    "number": "number",
    "boolean": "true or false",
    "object": "object",
    "array": "list",
}
_MEDIA = {
    "image": "image file or URL",
    "video": "video file or URL",
    "audio": "audio file or URL",
    "3d": "3-D file or URL",
    "file": "file or URL",
}
MAX_DEFAULT = 60  # characters
MAX_DEPTH = 3  # dots in the name of a member


def flags_of(schema: Schema, kind: Kind | None = None) -> dict[str, list[str]]:
    """Return, for each input of an endpoint, the flags that fill it in the command of a kind.

    Without a kind, it is the command for what the endpoint makes. Inputs without a flag are left out; they are given
    with ``-p``. `run` has a flag for the prompt only.
    """
    kind = kind or _kind_of(schema)
    known = KIND_ROWS[kind].hints
    filled = ((name, [hint for hint in hints if hint in known]) for name, hints in hints_by_input(schema).items())
    found = {name: [flag_name(hint, kind) for hint in hints] for name, hints in filled if hints}
    for medium, role, flag in _reference_flags(kind):
        try:
            placements = place([Reference(medium, "x", role)], schema)
        except Unplaced:
            continue
        for placement in placements:
            found.setdefault(placement.name, []).append(flag)
    return found


def flags_that_help(schema: Schema, request: Request, placements: Sequence[Placement]) -> dict[str, str]:
    """Return the flags to name for inputs: those that were typed, and those that fill a missing input."""
    placed = [placement.name for placement in placements]
    row = KIND_ROWS[request.kind]
    flags = {
        name: flag_name(hint, request.kind)
        for name, hints in hints_by_input(schema).items()
        for hint in hints
        if getattr(request, hint) not in (None, "")
    }
    for name in schema.inputs or {}:
        if name in LAST_IMAGE_NAMES and row.last_image_flag:
            flags[name] = f"{row.last_image_flag} PATH"
        elif name in MASK_NAMES and row.mask_flag:
            flags[name] = f"{row.mask_flag} PATH"
    for medium, flag in row.reference_flags.items():
        is_given = any(reference.role == "reference" for reference in request.of_kind(medium))
        taken = [name for name in media_inputs(schema, medium) if name in REFERENCE_NAMES[medium]]
        flags |= {name: f"{flag} PATH" for name in taken if name in placed or not is_given}
    if prompt := prompt_input(schema):
        flags[prompt] = "--prompt TEXT" if request.prompt else "--prompt TEXT, or - to read standard input"
    typed = {parameter.name for parameter in request.parameters}
    return {name: flag for name, flag in flags.items() if name not in typed}


def _kind_of(schema: Schema) -> Kind:
    """Return the kind whose command makes what the endpoint makes; ``any`` means `run`."""
    if schema.kind in ("image", "video"):
        return schema.kind
    return "music" if schema.makes_music else "any"


def _reference_flags(kind: Kind) -> Iterator[tuple[MediaKind, ReferenceRole, str]]:
    row = KIND_ROWS[kind]
    yield from ((medium, "reference", flag) for medium, flag in row.reference_flags.items())
    if row.mask_flag:
        yield "image", "mask", row.mask_flag
    if row.last_image_flag:
        yield "image", "last image", row.last_image_flag


def input_text(field: Input) -> str:
    """Return what an input takes: its type, its range, its values, its default."""
    words = [_type_text(field), *range_texts(field), *_length_texts(field)]
    if field.enum:
        words[0] = f"{'such as ' if field.is_open else ''}{', '.join(_value_text(value) for value in field.enum)}"
        if "object" in field.types:
            words[0] += f", or {_type_text(field._replace(types=('object',)))}"
    if field.has_default and field.default is not None:
        words.append(f"default {_value_text(field.default)}")
    return "; ".join(words)


def input_pairs(schema: Schema, kind: Kind | None = None) -> list[tuple[str, str]]:
    """Return each input with what it takes and the flags that fill it; those that are required come first.

    The members of an object follow it, named as ``-p`` takes them. The kind selects the flags as in `flags_of`.
    """
    flags = flags_of(schema, kind)
    inputs = _required_first(schema.inputs or {})
    named = (each for name, field in inputs for each in ((name, field), *_members(name, field)))
    return [(name, "; ".join(_input_facts(field, flags.get(name, [])))) for name, field in named]


def _required_first(fields: Mapping[str, Input]) -> list[tuple[str, Input]]:
    return sorted(fields.items(), key=lambda each: not each[1].is_required)


def _members(name: str, field: Input) -> Iterator[tuple[str, Input]]:
    """Yield what an object, or each object of a list, holds; nothing for an input that takes something simpler too."""
    holder, path = (field.items, f"{name}.0") if field.is_list else (field, name)
    if holder is None or holder.properties is None or holder.types != ("object",) or path.count(".") > MAX_DEPTH:
        return
    for member, its in _required_first(holder.properties):
        yield f"{path}.{member}", its
        yield from _members(f"{path}.{member}", its)


def _input_facts(field: Input, flags: list[str]) -> Iterator[str]:
    if field.is_required:
        yield "required"
    yield input_text(field)
    if flags:
        yield f"use {' or '.join(flags)}"


def input_json(name: str, field: Input, flags: list[str]) -> dict[str, Any]:
    """Return an input for programs; what is not known is left out."""
    facts: dict[str, Any] = {"name": name, "type": list(field.types), "required": field.is_required}
    known = {
        "nullable": field.is_nullable or None,
        "values": list(field.enum) or None,
        "open": field.is_open or None,
        **_bounds(field),
        "media": medium_of(field),
        "description": field.description or None,
        "deprecated": field.is_deprecated or None,
    }
    facts |= {key: value for key, value in known.items() if value is not None}
    if field.has_default:
        facts["default"] = field.default
    members = field.properties or (field.items.properties if field.items else None)
    if members:
        facts["members"] = [input_json(member, its, []) for member, its in members.items()]
    return facts | {"flags": flags}


def output_text(output: Output) -> str:
    noun = "URL" if output.is_url else "file"
    return f"list of {noun}s" if output.is_list else noun


def json_schema_of(schema: Schema) -> dict[str, Any]:
    """Return the JSON Schema of an endpoint's body."""
    inputs = schema.inputs or {}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"https://fal.ai/models/{schema.endpoint}",
        "title": schema.title or schema.endpoint,
        **_node_of_members(inputs),
        "additionalProperties": schema.inputs is None or schema.takes_others,
    }


def _node(field: Input) -> dict[str, Any]:
    node: dict[str, Any] = {}
    if field.types:
        types = [*field.types, *(["null"] if field.is_nullable else [])]
        node["type"] = types[0] if len(types) == 1 else types
    values = list(field.enum) + ([None] if field.is_nullable and field.enum else [])
    if field.enum and (field.is_open or {"object", "array"} & {*field.types}):
        node["examples"] = list(field.enum)  # other values are taken too
    elif field.enum:
        node["enum"] = values
    node |= {name: bound for name, bound in _bounds(field).items() if bound is not None}
    if field.items is not None:
        node["items"] = _node(field.items)
    if field.properties is not None:
        node |= {name: value for name, value in _node_of_members(field.properties).items() if name != "type"}
    if field.has_default:
        node["default"] = field.default
    if field.description:
        node["description"] = field.description
    return node


def _bounds(field: Input) -> dict[str, float | None]:
    """Return the bounds of an input by their names in JSON Schema."""
    return {
        "minimum": field.minimum,
        "maximum": field.maximum,
        "exclusiveMinimum": field.above,
        "exclusiveMaximum": field.below,
        "multipleOf": field.step,
        "minLength": field.min_length,
        "maxLength": field.max_length,
        "minItems": field.min_items,
        "maxItems": field.max_items,
    }


def _node_of_members(members: Any) -> dict[str, Any]:
    node: dict[str, Any] = {"type": "object", "properties": {name: _node(field) for name, field in members.items()}}
    required = [name for name, field in members.items() if field.is_required]
    return node | ({"required": required} if required else {})


def _type_text(field: Input) -> str:
    medium = medium_of(field)
    if medium and "array" in field.types:
        return f"list of {_MEDIA[medium].replace('file', 'files').replace('URL', 'URLs')}"
    if medium:
        return _MEDIA[medium]
    return " or ".join(_one_type(json_type, field) for json_type in field.types) or "any value"


def _one_type(json_type: str, field: Input) -> str:
    if json_type == "object" and field.properties:
        return f"{{{', '.join(field.properties)}}}"
    if json_type == "array" and field.items is not None and field.items.types:
        return f"list of {_type_text(field.items)}"
    return _TYPES[json_type]


def range_texts(field: Input) -> Iterator[str]:
    """Yield which numbers an input takes: ``1 to 10``, ``multiples of 2``."""
    low, high = field.minimum, field.maximum
    if low is not None and high is not None:
        yield f"{_number(low)} to {_number(high)}"
    elif low is not None:
        yield f"at least {_number(low)}"
    elif high is not None:
        yield f"at most {_number(high)}"
    for bound, words in ((field.above, "more than"), (field.below, "less than"), (field.step, "multiples of")):
        if bound is not None:
            yield f"{words} {_number(bound)}"


def _length_texts(field: Input) -> Iterator[str]:
    for bound, words in (
        (field.max_length, "at most {} characters"),
        (field.min_items, "at least {} values"),
        (field.max_items, "at most {} values"),
    ):
        if bound is not None:
            yield words.format(bound)


def _number(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) and abs(value) < 1e6 else str(value)


def _value_text(value: Any) -> str:
    text = value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= MAX_DEFAULT else f"{text[: MAX_DEFAULT - 1]}…"
