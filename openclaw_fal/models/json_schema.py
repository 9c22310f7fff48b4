"""JSON Schema, as fal's documents use it, read into `Input`.

A node is read as the conjunction of its parts: its own keywords, the target of its ``$ref``, the union of its ``anyOf``
or ``oneOf``, and each of its ``allOf``. What cannot be read adds no constraint. Where parts contradict each other, the
looser one counts: fal has the last word on a body, so nothing that it may accept is refused here.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, get_args

from openclaw_fal.core.kinds import MediaKind
from openclaw_fal.models.schema import NO_DEFAULT, Input, JsonType, json_type_of, medium_of_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

MAX_DEPTH = 24  # steps into a document; fal's take up to nine
MAX_NODES = 20_000  # a few references that name each other twice would unfold without end
MAX_DESCRIPTION = 1000  # characters

_JSON_TYPES: tuple[JsonType, ...] = get_args(JsonType)
_MEDIA: tuple[MediaKind, ...] = get_args(MediaKind)
_ANYTHING = Input()
_NUMBERS = frozenset({"integer", "number"})
_BOUNDS = (
    *("minimum", "maximum", "above", "below", "step"),
    *("min_length", "max_length", "min_items", "max_items", "medium"),
)


class Reader:
    """Reads nodes of one document."""

    def __init__(self, document: Any) -> None:
        self._document = as_dict(document)
        self._nodes_left = MAX_NODES

    def at(self, *steps: str) -> dict[str, Any]:
        """Return the object at a place in the document, references followed; empty when there is none."""
        node: Any = self._document
        for step in steps:
            node = self.resolved(as_dict(node).get(step))
        return as_dict(node)

    def resolved(self, node: Any) -> dict[str, Any]:
        """Follow a reference to the object that it names; empty for anything else."""
        for _ in range(MAX_DEPTH):
            if not isinstance(node, dict) or "$ref" not in node:
                return as_dict(node)
            node = self._target(node["$ref"])
        return {}

    def field(self, node: Any, refs: frozenset[str] = frozenset(), depth: int = 0) -> Input:
        """Read a node. ``refs`` are the references on the way to it, none of which is followed again."""
        self._nodes_left -= 1
        if not isinstance(node, dict) or depth > MAX_DEPTH or self._nodes_left < 0:
            return _ANYTHING
        found = self._own(node, refs, depth + 1)
        ref = node.get("$ref")
        if isinstance(ref, str) and ref not in refs:
            found = _both(found, self.field(self._target(ref), refs | {ref}, depth + 1))
        for part in _list(node.get("allOf")):
            found = _both(found, self.field(part, refs, depth + 1))
        for word in ("anyOf", "oneOf"):
            options = _list(node.get(word))
            read = [self.field(option, refs, depth + 1) for option in options if not _is_null(option)]
            if read:
                found = _both(found, _either(read))
            if len(read) < len(options):
                found = found._replace(is_nullable=True)
        return found

    def _target(self, ref: Any) -> Any:
        if not isinstance(ref, str) or not ref.startswith("#/"):
            return None
        node: Any = self._document
        for step in ref[2:].split("/"):
            node = as_dict(node).get(step.replace("~1", "/").replace("~0", "~"))
        return node

    def _own(self, node: Mapping[str, Any], refs: frozenset[str], depth: int) -> Input:
        """Read the keywords that stand in the node itself."""
        types, is_nullable = _types(node)
        enum = _list(node.get("enum")) + ([node["const"]] if "const" in node else [])
        items = self.field(node["items"], refs, depth) if isinstance(node.get("items"), dict) else None
        return Input(
            types=types,
            is_nullable=is_nullable or None in enum,
            default=node.get("default", NO_DEFAULT),
            enum=tuple(value for value in enum if value is not None),
            **_bounds(node),
            medium=_hinted(node) or (items.medium if items else None),
            items=items,
            properties=self._properties(node, refs, depth),
            description=_description(node),
            is_deprecated=node.get("deprecated") is True,
            takes_others=isinstance(node.get("properties"), dict) and bool(node.get("additionalProperties")),
        )

    def _properties(self, node: Mapping[str, Any], refs: frozenset[str], depth: int) -> dict[str, Input] | None:
        """Read the members of an object in the order in which to show them; ``None`` when any may be there."""
        if not isinstance(node.get("properties"), dict):
            return None
        required = [name for name in _list(node.get("required")) if isinstance(name, str)]
        members = node["properties"] | {name: None for name in required if name not in node["properties"]}
        return {
            name: _with_medium(name, self.field(members[name], refs, depth))._replace(is_required=name in required)
            for name in _ordered(members, node.get("x-fal-order-properties"), required)
        }


def as_dict(node: Any) -> dict[str, Any]:
    return node if isinstance(node, dict) else {}


def _list(node: Any) -> list[Any]:
    return node if isinstance(node, list) else []


def _is_null(node: Any) -> bool:
    return isinstance(node, dict) and (node.get("type") == "null" or node.get("enum") == [None] or _is_null_const(node))


def _is_null_const(node: Mapping[str, Any]) -> bool:
    return "const" in node and node["const"] is None


def _ordered(members: Iterable[str], order: Any, required: list[str]) -> list[str]:
    """Put the names in fal's order; where there is none, the required ones first."""
    known = list(members)
    first = [name for name in (_list(order) or required) if isinstance(name, str) and name in known]
    return list(dict.fromkeys([*first, *known]))


def _types(node: Mapping[str, Any]) -> tuple[tuple[JsonType, ...], bool]:
    """Return the types that a node states or implies, and whether it takes null as well."""
    stated = node.get("type")
    names = [stated] if isinstance(stated, str) else _list(stated)
    types = tuple(name for name in _JSON_TYPES if name in names)
    is_nullable = node.get("nullable") is True or ("null" in names and bool(types))
    if not types:
        types = _implied_types(node)
    return types, is_nullable


def _implied_types(node: Mapping[str, Any]) -> tuple[JsonType, ...]:
    values = [*_list(node.get("enum")), node.get("const")]
    types = {json_type_of(value) for value in values if value is not None}
    if types:
        return tuple(name for name in _JSON_TYPES if name in types)
    if isinstance(node.get("properties"), dict):
        return ("object",)
    return ("array",) if isinstance(node.get("items"), dict) else ()


def _bounds(node: Mapping[str, Any]) -> dict[str, Any]:
    minimum, maximum = _number(node.get("minimum")), _number(node.get("maximum"))
    above, below = node.get("exclusiveMinimum"), node.get("exclusiveMaximum")
    step = _number(node.get("multipleOf"))
    return {
        # OpenAPI 3.0 has a boolean there, which makes the other bound exclusive.
        "minimum": None if above is True else minimum,
        "maximum": None if below is True else maximum,
        "above": minimum if above is True else _number(above),
        "below": maximum if below is True else _number(below),
        "step": step if step and step > 0 else None,
        "min_length": _count(node.get("minLength")),
        "max_length": _count(node.get("maxLength")),
        "min_items": _count(node.get("minItems")),
        "max_items": _count(node.get("maxItems")),
    }


def _number(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return value if is_number else None


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _description(node: Mapping[str, Any]) -> str:
    """Return the description; a title is almost always the name again, so it is used only without one."""
    text = node.get("description") or node.get("title")
    return text[:MAX_DESCRIPTION] if isinstance(text, str) else ""


def _hinted(node: Mapping[str, Any]) -> MediaKind | None:
    """Return the medium that the widget for this input would ask for: fal marks it in two ways."""
    hint = node.get("_fal_ui_field") or as_dict(node.get("ui")).get("field")
    hint = {"mask": "image", "model": "3d"}.get(hint, hint) if isinstance(hint, str) else None
    return next((medium for medium in _MEDIA if medium == hint), None)


def _with_medium(name: str, field: Input) -> Input:
    """Settle which medium an input takes: as fal marks it, else by its name. Only text can hold a URL."""
    medium = field.medium if field.medium not in {None, "file"} else medium_of_name(name) or field.medium
    element = field.items and field.items._replace(medium=medium if field.items.takes("string") else None)
    is_list_of_urls = "array" in field.types and (element is None or element.takes("string"))
    is_url = field.takes("string") and not field.enum
    return field._replace(medium=medium if is_url or is_list_of_urls else None, items=element)


# --- joining what several parts say about one input ---------------------------------------------


def _either(options: list[Input]) -> Input:
    """Join what any one of several allows. Where they differ, the looser bound holds."""
    if len(options) == 1:
        return options[0]
    first = next((option for option in options if option.has_default), options[0])
    if not all(option.types for option in options):
        return Input(default=first.default, description=first.description)
    enum, is_open = _joined_enum(options)
    arrays, objects = _of_types(options, "array"), _of_types(options, "object")
    return Input(
        types=tuple(dict.fromkeys(name for option in options for name in option.types)),
        is_nullable=any(option.is_nullable for option in options),
        default=first.default,
        enum=enum,
        is_open=is_open,
        **_joined_bounds(options),
        medium=next((option.medium for option in options if option.medium), None),
        items=_either([option.items or _ANYTHING for option in arrays]) if arrays else None,
        properties=_joined_properties(objects),
        description=next((option.description for option in options if option.description), ""),
        is_deprecated=all(option.is_deprecated for option in options),
        takes_others=any(option.takes_others for option in objects),
    )


def _of_types(options: Iterable[Input], *types: str) -> list[Input]:
    return [option for option in options if not set(types).isdisjoint(option.types)]


def _joined_enum(options: list[Input]) -> tuple[tuple[Any, ...], bool]:
    """Return all listed values, and whether they are suggestions: another option takes any value of their type."""
    enum = tuple({(type(value), repr(value)): value for option in options for value in option.enum}.values())
    unlisted = [option for option in options if not option.enum or option.is_open]
    is_open = any(
        option.takes(json_type) for value in enum if (json_type := json_type_of(value)) for option in unlisted
    )
    return enum, is_open


def _joined_bounds(options: list[Input]) -> dict[str, Any]:
    numbers, texts, lists = _of_types(options, *_NUMBERS), _of_types(options, "string"), _of_types(options, "array")
    steps = {option.step for option in numbers}
    return {
        "minimum": _loosest(min, (option.minimum for option in numbers)),
        "maximum": _loosest(max, (option.maximum for option in numbers)),
        "above": _loosest(min, (option.above for option in numbers)),
        "below": _loosest(max, (option.below for option in numbers)),
        "step": steps.pop() if len(steps) == 1 else None,
        "min_length": _loosest(min, (option.min_length for option in texts)),
        "max_length": _loosest(max, (option.max_length for option in texts)),
        "min_items": _loosest(min, (option.min_items for option in lists)),
        "max_items": _loosest(max, (option.max_items for option in lists)),
    }


def _loosest(choose: Callable[[list[float]], float], bounds: Iterable[float | None]) -> float | None:
    given = list(bounds)
    known = [bound for bound in given if bound is not None]
    return choose(known) if known and len(known) == len(given) else None


def _joined_properties(objects: list[Input]) -> Mapping[str, Input] | None:
    known = [option.properties for option in objects if option.properties is not None]
    if not known or len(known) < len(objects):
        return None
    names = dict.fromkeys(name for properties in known for name in properties)
    return {
        name: _either([properties[name] for properties in known if name in properties])._replace(
            is_required=all(name in properties and properties[name].is_required for properties in known)
        )
        for name in names
    }


def _both(outer: Input, inner: Input) -> Input:
    """Join what two parts of one node say. Where both set a bound, the outer one holds."""
    bounds = {name: getattr(inner, name) if getattr(outer, name) is None else getattr(outer, name) for name in _BOUNDS}
    listed = outer if outer.enum else inner
    items = _both(outer.items, inner.items) if outer.items and inner.items else outer.items or inner.items
    properties = inner.properties if outer.properties is None else outer.properties
    if outer.properties is not None and inner.properties is not None:
        properties = dict(inner.properties)
        for name, field in outer.properties.items():
            properties[name] = _both(field, properties[name]) if name in properties else field
    return Input(
        types=_common_types(outer.types, inner.types),
        is_required=outer.is_required or inner.is_required,
        is_nullable=outer.is_nullable or inner.is_nullable,
        default=outer.default if outer.has_default else inner.default,
        enum=listed.enum,
        is_open=listed.is_open,
        **bounds,
        items=items,
        properties=properties,
        description=outer.description or inner.description,
        is_deprecated=outer.is_deprecated or inner.is_deprecated,
        takes_others=outer.takes_others or inner.takes_others,
    )


def _common_types(one: tuple[JsonType, ...], other: tuple[JsonType, ...]) -> tuple[JsonType, ...]:
    if not one or not other:
        return one or other
    common = tuple(name for name in other if name in one)
    return common or (("integer",) if {*one, *other} == _NUMBERS else ())
