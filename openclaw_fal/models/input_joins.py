"""Inputs joined: what any one of several descriptions allows, and what two descriptions of one input allow together.

Where they contradict each other, the result is the looser one: fal has the last word on a body, so nothing that it may
accept is refused here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openclaw_fal.models.schema import Input, json_type_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from openclaw_fal.models.schema import JsonType

ANYTHING = Input()
_NUMBERS = frozenset({"integer", "number"})
_BOUNDS = (
    *("minimum", "maximum", "above", "below", "step"),
    *("min_length", "max_length", "min_items", "max_items", "medium"),
)


def either(options: list[Input]) -> Input:
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
        items=either([option.items or ANYTHING for option in arrays]) if arrays else None,
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
        name: either([properties[name] for properties in known if name in properties])._replace(
            is_required=all(name in properties and properties[name].is_required for properties in known)
        )
        for name in names
    }


def both(outer: Input, inner: Input) -> Input:
    """Join what two parts of one node say. Where both set a bound, the outer one holds."""
    bounds = {name: getattr(inner, name) if getattr(outer, name) is None else getattr(outer, name) for name in _BOUNDS}
    listed = outer if outer.enum else inner
    items = both(outer.items, inner.items) if outer.items and inner.items else outer.items or inner.items
    properties = inner.properties if outer.properties is None else outer.properties
    if outer.properties is not None and inner.properties is not None:
        properties = dict(inner.properties)
        for name, field in outer.properties.items():
            properties[name] = both(field, properties[name]) if name in properties else field
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
    both = tuple(name for name in other if name in one)
    return both or (("integer",) if {*one, *other} == _NUMBERS else ())
