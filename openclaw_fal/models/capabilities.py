"""What fal can do with images and videos, read from the schemas of the built-in models and the rows of `families`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openclaw_fal.core.kinds import HINTS, OUTPUT_FORMATS, RESOLUTIONS
from openclaw_fal.core.records import Record
from openclaw_fal.core.requests import MAX_COUNT
from openclaw_fal.models.catalog import BUILT_IN
from openclaw_fal.models.facts import find_schema
from openclaw_fal.models.families import FAMILIES, find_body_family, find_family
from openclaw_fal.models.family_parts import works_from_references
from openclaw_fal.models.flag_inputs import accepted_values, max_count

if TYPE_CHECKING:
    from openclaw_fal.core.kinds import Kind, MediaKind

SIZES = ("1024x1024", "1024x1536", "1536x1024", "1024x1792", "1792x1024")
"""Sizes to suggest; models take others as well."""

_UNLISTED_MODEL = "any/other"  # an id without a row of its own, which gets the last row of its kind


class InputLimit(Record):
    """How many references of a medium a model takes, by its id or the beginning of it; ``default`` for all others."""

    default: int
    by_model: dict[str, int]
    by_prefix: dict[str, int]


class Capabilities(Record):
    """What fal can do with one kind.

    A field without ``by_model`` is true of every model that the ``by_model`` field beside it does not name. A model
    that is named with an empty list does not take the hint. Durations are in seconds.
    """

    kind: Kind
    supported: frozenset[str]  # hints that any model takes
    max_count: int
    max_count_by_model: dict[str, int]
    inputs: dict[MediaKind, InputLimit]
    aspect_ratios_by_model: dict[str, list[str]]
    resolutions: tuple[str, ...]
    resolutions_by_model: dict[str, list[str]]
    durations_by_model: dict[str, list[int]]
    formats: tuple[str, ...]
    formats_by_model: dict[str, list[str]]
    sizes_by_model: dict[str, list[str]]
    qualities_by_model: dict[str, list[str]]
    backgrounds_by_model: dict[str, list[str]]

    @property
    def aspect_ratios(self) -> list[str]:
        """The ratios that any model lists."""
        lists = self.aspect_ratios_by_model.values()
        return list(dict.fromkeys(ratio for ratios in lists for ratio in ratios if ratio != "auto"))

    def as_json(self) -> dict[str, Any]:
        """Return the ``capabilities`` of OpenClaw's ``infer image providers --json``, or of ``infer video …``."""
        return _SHAPES[self.kind](self)


def built_in(kind: Kind) -> list[str]:
    """Return the endpoint ids of the built-in models of a kind."""
    return [model.endpoint_id for model in BUILT_IN if model.category.endswith(f"-to-{kind}")]


def capabilities(kind: Kind) -> Capabilities:
    """Return what fal can do with a kind."""
    accepted = {model: _accepted(model, kind) for model in built_in(kind)}
    usual = _accepted_by_row(_UNLISTED_MODEL, kind)
    counts = {model: _max_count(model, kind) for model in accepted}
    most = find_family(_UNLISTED_MODEL, kind).max_count

    def by_model(hint: str) -> dict[str, list[Any]]:
        return _differing({model: values.get(hint) for model, values in accepted.items()}, usual.get(hint))

    return Capabilities(
        kind=kind,
        supported=frozenset(hint for values in accepted.values() for hint in values),
        max_count=most,
        max_count_by_model={model: count for model, count in counts.items() if count < most},
        inputs={medium: _input_limit(kind, medium) for medium in ("image", "video", "audio")},
        aspect_ratios_by_model=by_model("aspect_ratio"),
        resolutions=RESOLUTIONS[kind],
        resolutions_by_model=by_model("resolution"),
        durations_by_model=by_model("duration"),
        formats=usual.get("output_format", ()),
        formats_by_model=by_model("output_format"),
        sizes_by_model={model: [] for model, values in accepted.items() if "size" not in values},
        qualities_by_model=_listed(accepted, "quality"),
        backgrounds_by_model=_listed(accepted, "background"),
    )


# --- values of one model -----------------------------------------------------------------------


def _accepted(model: str, kind: Kind) -> dict[str, tuple[Any, ...]]:
    """Return the hints that a model takes, each with the values that it takes (none: any), in the flag's words."""
    schema, family = find_schema(model), find_family(model, kind)
    if schema is None or schema.inputs is None:
        accepted = _accepted_by_row(model, kind)
    else:
        accepted = accepted_values(schema, kind)
        accepted |= {hint: values for part in family.always for hint, values in part.accepts().items()}
    return {
        hint: _in_words_of_flag(hint, values, kind) for hint, values in accepted.items() if hint not in family.refuses
    }


def _accepted_by_row(model: str, kind: Kind) -> dict[str, tuple[Any, ...]]:
    parts = find_body_family(model, kind).parts_for(references=works_from_references(model))
    accepted = {hint: values for part in parts for hint, values in part.accepts().items()}
    return {hint: _in_words_of_flag(hint, values, kind) for hint, values in accepted.items()}


def _in_words_of_flag(hint: str, values: tuple[Any, ...], kind: Kind) -> tuple[Any, ...]:
    """Return the values that the flag can ask for, in its spelling."""
    if hint == "resolution":
        written = {str(value).upper() for value in values}
        return tuple(value for value in RESOLUTIONS[kind] if value in written)
    if hint == "output_format":
        written = {str(value).lower().replace("jpg", "jpeg") for value in values}
        return tuple(value for value in OUTPUT_FORMATS if value in written)
    return values


def _differing(values: dict[str, tuple[Any, ...] | None], usual: tuple[Any, ...] | None) -> dict[str, list[Any]]:
    """Return the values of each model that limits a hint; an empty list where a model does not take it."""
    return {model: list(own or ()) for model, own in values.items() if own is None or (own and own != usual)}


def _listed(accepted: dict[str, dict[str, tuple[Any, ...]]], hint: str) -> dict[str, list[Any]]:
    """Return the values of each model that takes a hint."""
    return {model: list(values[hint]) for model, values in accepted.items() if hint in values}


def _max_count(model: str, kind: Kind) -> int:
    schema = find_schema(model)
    if schema is None or schema.inputs is None:
        return find_body_family(model, kind).max_count
    return min(max_count(schema) or MAX_COUNT, MAX_COUNT)


def _input_limit(kind: Kind, medium: MediaKind) -> InputLimit:
    limits = {
        model: next((slot.limit for slot in find_family(model, kind).slots if slot.kind == medium), 0)
        for model in (_UNLISTED_MODEL, *built_in(kind))
    }
    usual = limits.pop(_UNLISTED_MODEL)
    return InputLimit(
        usual,
        {model: limit for model, limit in limits.items() if limit != usual},
        {
            prefix: slot.limit
            for family in FAMILIES
            if family.kind == kind
            for prefix in family.prefixes
            for slot in family.slots
            if prefix and slot.kind == medium
        },
    )


# --- OpenClaw's shapes -------------------------------------------------------------------------


def _image_shape(can: Capabilities) -> dict[str, Any]:
    counts = {"maxCount": can.max_count, "maxCountByModel": can.max_count_by_model}
    supports = _supports(can, "size", "aspect_ratio", "resolution")
    return {
        "generate": counts | supports,
        "edit": {"enabled": True, **counts, **_inputs(can, "image"), **supports},
        "geometry": {
            "sizes": list(SIZES),
            "sizesByModel": can.sizes_by_model,
            "aspectRatios": can.aspect_ratios,
            "aspectRatiosByModel": can.aspect_ratios_by_model,
            "resolutions": list(can.resolutions),
            "resolutionsByModel": can.resolutions_by_model,
        },
        "output": {
            "formats": list(can.formats),
            "formatsByModel": can.formats_by_model,
            "qualitiesByModel": can.qualities_by_model,
            "backgroundsByModel": can.backgrounds_by_model,
        },
    }


def _video_shape(can: Capabilities) -> dict[str, Any]:
    common = {
        "maxVideos": can.max_count,
        **_supports(can, "size", "aspect_ratio", "resolution", "audio"),
        "supportedDurationSecondsByModel": can.durations_by_model,
    }
    return {
        "generate": common,
        "imageToVideo": {"enabled": True, **_inputs(can, "image"), **_inputs(can, "audio"), **common},
        "videoToVideo": {
            "enabled": True,
            **_inputs(can, "image"),
            **_inputs(can, "video"),
            **_inputs(can, "audio"),
            **common,
        },
        "geometry": {
            "aspectRatiosByModel": can.aspect_ratios_by_model,
            "resolutions": list(can.resolutions),
            "resolutionsByModel": can.resolutions_by_model,
        },
    }


_SHAPES = {"image": _image_shape, "video": _video_shape}


def _supports(can: Capabilities, *hints: str) -> dict[str, bool]:
    return {f"supports{HINTS[hint][0].upper()}{HINTS[hint][1:]}": hint in can.supported for hint in hints}


def _inputs(can: Capabilities, medium: MediaKind) -> dict[str, Any]:
    limit, key = can.inputs[medium], f"maxInput{medium.capitalize()}s"
    by_prefix = {f"{key}ByModelPrefix": limit.by_prefix} if limit.by_prefix else {}
    return {key: limit.default, f"{key}ByModel": limit.by_model} | by_prefix
