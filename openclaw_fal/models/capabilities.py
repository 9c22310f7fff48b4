"""What the provider can do, read off the rows, in the shape of OpenClaw's ``infer image|video providers --json``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openclaw_fal.core.requests import HINTS, IMAGE_RESOLUTIONS, MAX_COUNT, VIDEO_RESOLUTIONS
from openclaw_fal.models.catalog import BUILT_IN
from openclaw_fal.models.families import find_family
from openclaw_fal.models.parts import works_from_references

if TYPE_CHECKING:
    from openclaw_fal.core.requests import Kind, MediaKind

ANY_MODEL = "any/other"  # an id that no row names, and so goes by the last one
SIZES = ("1024x1024", "1024x1536", "1536x1024", "1024x1792", "1792x1024")  # to offer; any other goes too


def built_in(kind: Kind) -> list[str]:
    """Return the endpoint ids of the listed models that make images, or videos."""
    return [model.endpoint_id for model in BUILT_IN if model.category.endswith(f"-to-{kind}")]


def capabilities(kind: Kind) -> dict[str, Any]:
    """Return OpenClaw's ``capabilities`` of the provider.

    ``supports…`` says whether any model does; other plain keys are for models that no ``…ByModel`` names.
    """
    return _of_images() if kind == "image" else _of_videos()


def _of_images() -> dict[str, Any]:
    supports = _supports("image", "size", "aspect_ratio", "resolution")
    counts = {model: find_family(model, "image").max_count for model in built_in("image")}
    counted = {"maxCount": MAX_COUNT, "maxCountByModel": {m: count for m, count in counts.items() if count < MAX_COUNT}}
    ratios = _by_model("image", "aspect_ratio")
    return {
        "generate": counted | supports,
        "edit": {"enabled": True, **counted, **_inputs("image", "image"), **supports},
        "geometry": {
            "sizes": list(SIZES),
            "aspectRatios": list(
                dict.fromkeys(ratio for known in ratios.values() for ratio in known if ratio != "auto")
            ),
            "aspectRatiosByModel": ratios,
            "resolutions": list(IMAGE_RESOLUTIONS),
            "resolutionsByModel": _resolutions_by_model("image", IMAGE_RESOLUTIONS),
        },
        "output": {
            "formats": list(_accepted(ANY_MODEL, "image")["output_format"]),
            "formatsByModel": _by_model("image", "output_format"),
        },
    }


def _of_videos() -> dict[str, Any]:
    common = {
        "maxVideos": 1,
        **_supports("video", "size", "aspect_ratio", "resolution", "audio"),
        "supportedDurationSecondsByModel": _by_model("video", "duration"),
    }
    return {
        "generate": common,
        "imageToVideo": {"enabled": True, **_inputs("video", "image"), **common},
        "videoToVideo": {"enabled": True, **_inputs("video", "video"), **_inputs("video", "audio"), **common},
        "geometry": {
            "aspectRatiosByModel": _by_model("video", "aspect_ratio"),
            "resolutions": list(VIDEO_RESOLUTIONS),
            "resolutionsByModel": _resolutions_by_model("video", VIDEO_RESOLUTIONS),
        },
    }


def _accepted(model: str, kind: Kind) -> dict[str, tuple[Any, ...]]:
    family = find_family(model, kind)
    parts = family.parts_for(references=works_from_references(model))
    accepted = {hint: values for part in parts for hint, values in part.accepts().items()}
    return {hint: values for hint, values in accepted.items() if hint not in family.refuses}


def _supports(kind: Kind, *hints: str) -> dict[str, bool]:
    known = {hint for model in built_in(kind) for hint in _accepted(model, kind)}
    return {f"supports{HINTS[hint][0].upper()}{HINTS[hint][1:]}": hint in known for hint in hints}


def _by_model(kind: Kind, hint: str) -> dict[str, list[Any]]:
    """Return the values of the models that limit the hint, none for those that don't take it."""
    values = {model: _accepted(model, kind).get(hint) for model in built_in(kind)}
    usual = _accepted(ANY_MODEL, kind).get(hint)
    return {model: list(own or ()) for model, own in values.items() if own is None or (own and own != usual)}


def _resolutions_by_model(kind: Kind, asked: tuple[str, ...]) -> dict[str, list[str]]:
    """Return the resolutions that can be asked for and are sent as asked."""
    known = _by_model(kind, "resolution")
    return {model: [value.upper() for value in own if value.upper() in asked] for model, own in known.items()}


def _inputs(kind: Kind, medium: MediaKind) -> dict[str, Any]:
    limits = {
        model: next((slot.limit for slot in find_family(model, kind).slots if slot.kind == medium), 0)
        for model in (ANY_MODEL, *built_in(kind))
    }
    most = limits.pop(ANY_MODEL)
    key = f"maxInput{medium.capitalize()}s"
    return {key: most, f"{key}ByModel": {model: limit for model, limit in limits.items() if limit != most}}
