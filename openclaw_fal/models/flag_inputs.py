"""From flags to the inputs of an endpoint, by its schema: one table of names, and a shape for each kind of value.

Only inputs that the endpoint has are sent. A hint that finds no input stays open in the draft and is reported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openclaw_fal.core.records import Record
from openclaw_fal.models import shapes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from openclaw_fal.core.kinds import Kind
    from openclaw_fal.models.draft import Draft
    from openclaw_fal.models.schema import Input, Schema
    from openclaw_fal.models.shapes import Fitted


class FlagInputs(Record):
    """The inputs that a hint may go into, the preferred one first, and how its value is written there."""

    hint: str
    names: tuple[str, ...]
    shape: Callable[[Any, Input], Fitted | None]


PROMPT_NAMES = (
    "prompt",
    "text",
    "instruction",
    "edit_instruction",
    "text_prompt",
    "text_input",
    "script",
    "input_text",
    "gen_text",
    "target_prompt",
    "first_text_input",
    "tags",
    "style_prompt",
)
# Hints whose value goes into one input. Durations have rules below; sizes, ratios and resolutions in `size_inputs`.
FLAG_INPUTS = (
    FlagInputs("negative_prompt", ("negative_prompt",), shapes.listed),
    FlagInputs("count", ("num_images", "num_samples", "num_results", "num_outputs", "batch_size"), shapes.number),
    FlagInputs(
        "output_format",
        ("output_format", "image_format", "format", "audio_format", "audio_setting.format"),
        shapes.file_format,
    ),
    FlagInputs("quality", ("quality",), shapes.quality),
    FlagInputs("background", ("background",), shapes.listed),
    FlagInputs(
        "audio",
        (
            "generate_audio",
            "generate_audio_switch",
            "enable_audio",
            "audio",
            "bgm",
            "keep_audio",
            "preserve_audio",
            "keep_original_sound",
        ),
        shapes.switch,
    ),
    FlagInputs("watermark", ("watermark", "enable_watermark", "add_watermark"), shapes.switch),
    FlagInputs("lyrics", ("lyrics", "lyrics_prompt"), shapes.listed),
    FlagInputs("instrumental", ("instrumental", "is_instrumental", "force_instrumental"), shapes.switch),
    FlagInputs("seed", ("seed",), shapes.exact_number),
    FlagInputs("steps", ("num_inference_steps", "steps", "num_steps", "steps_num"), shapes.number),
    FlagInputs(
        "guidance",
        (
            "guidance_scale",
            "cfg_scale",
            "guidance",
            "guide_scale",
            "cfg",
            "text_guidance_scale",
            "video_cfg_scale",
            "cfg_strength",
        ),
        shapes.number,
    ),
)
DURATION_NAMES = (
    "duration",
    "duration_seconds",
    "seconds_total",
    "total_seconds",
    "seconds",
    "video_length",
    "length",
    "music_length",
    "music_duration",
    "music_length_ms",
)
_UNITS_PER_SECOND = {"music_length_ms": 1000}
FRAME_NAMES = ("num_frames",)
FRAME_RATE_NAMES = ("frames_per_second", "fps", "frame_rate", "export_fps", "output_fps")
_SIZE_HINTS = ("size", "aspect_ratio", "resolution")
# OpenClaw sends these two with every image; so does this program, where the endpoint has the inputs.
IMAGE_DEFAULTS = {"count": 1, "output_format": "png"}


def fill(draft: Draft, schema: Schema) -> None:
    """Send every hint of the draft that the endpoint has an input for."""
    inputs = schema.inputs or {}
    first = [row for row in FLAG_INPUTS if row.hint in IMAGE_DEFAULTS]
    for row in first:
        _send_hint(draft, inputs, row)
        if draft.kind == "image":
            _send_default(draft, inputs, row)
    if not draft.open.keys().isdisjoint(_SIZE_HINTS):
        from openclaw_fal.models.size_inputs import fill_geometry  # noqa: PLC0415 - most requests leave it to the model

        fill_geometry(draft, schema)
    _send_duration(draft, inputs)
    for row in FLAG_INPUTS:
        if row not in first:
            _send_hint(draft, inputs, row)


def prompt_input(schema: Schema) -> str | None:
    """Return the input that takes the prompt: the first of the known names that takes text."""
    inputs = schema.inputs or {}
    takes_text = [name for name in PROMPT_NAMES if name in inputs and inputs[name].takes("string")]
    required = [name for name in takes_text if inputs[name].is_required]
    return next(iter([*required, *takes_text]), None)


def max_count(schema: Schema) -> int | None:
    """Return how many files one request makes at most, ``None`` when the schema sets no bound; 1 without an input."""
    inputs = schema.inputs or {}
    field = next((inputs[name] for name in names_of("count") if name in inputs), None)
    if field is None:
        return 1
    numbers = [value for value in field.enum if isinstance(value, int)]
    return max(numbers) if numbers else None if field.maximum is None else int(field.maximum)


def hints_by_input(schema: Schema) -> dict[str, list[str]]:
    """Return, for each input of the schema that hints can fill, the names of these hints."""
    from openclaw_fal.models.size_inputs import EDGES, size_inputs  # noqa: PLC0415 - only mistakes and help need it

    inputs = schema.inputs or {}
    found: dict[str, list[str]] = {}
    for row in FLAG_INPUTS:
        if name := _name_in(inputs, row):
            found.setdefault(name, []).append(row.hint)
    if name := prompt_input(schema):
        found.setdefault(name, []).append("prompt")
    if name := next((name for name in (*DURATION_NAMES, *FRAME_NAMES) if name in inputs), None):
        found.setdefault(name, []).append("duration")
    kind: Kind = "video" if schema.kind == "video" else "image"
    for each in size_inputs(schema, kind):
        found.setdefault(each.name, []).extend(each.hints)
    for name in EDGES if set(EDGES) <= inputs.keys() else ():
        found.setdefault(name, []).append("size")
    return found


def accepted_values(schema: Schema, kind: Kind) -> dict[str, tuple[Any, ...]]:
    """Return the hints that the schema has an input for, each with the values that can be sent (none: any)."""
    from openclaw_fal.models.size_inputs import accepted_geometry  # noqa: PLC0415 - only lists of abilities need it

    inputs = schema.inputs or {}
    accepted: dict[str, tuple[Any, ...]] = {}
    for row in FLAG_INPUTS:
        if (name := _name_in(inputs, row)) and (field := _find_input(inputs, name)):
            accepted[row.hint] = field.enum
    if name := next((name for name in DURATION_NAMES if name in inputs), None):
        listed = (shapes.number_in(value) for value in inputs[name].enum)
        accepted["duration"] = tuple(shapes.plain(value) for value in listed if value is not None)
    elif any(name in inputs for name in FRAME_NAMES) and frame_rate(inputs, {}):
        accepted["duration"] = ()
    return accepted | accepted_geometry(schema, kind)


def _find_input(inputs: Mapping[str, Input], name: str) -> Input | None:
    """Return an input, or a member of one for a name such as ``audio_setting.format``."""
    parent, dot, member = name.partition(".")
    if not dot:
        return inputs.get(name)
    return (inputs[parent].properties or {}).get(member) if parent in inputs else None


def _name_in(inputs: Mapping[str, Input], row: FlagInputs) -> str | None:
    """Return the preferred input of the row that the endpoint has."""
    return next((name for name in row.names if _find_input(inputs, name)), None)


def names_of(hint: str) -> tuple[str, ...]:
    """Return the inputs that a hint may go into; none for one that is not in `FLAG_INPUTS`."""
    return next((row.names for row in FLAG_INPUTS if row.hint == hint), ())


def _send_hint(draft: Draft, inputs: Mapping[str, Input], row: FlagInputs) -> None:
    asked = draft.open.get(row.hint)
    if asked is None:
        return
    for name in row.names:
        field = _find_input(inputs, name)
        fitted = row.shape(asked, field) if field else None
        if fitted is not None:
            draft.send(name, fitted.value, row.hint, applied=fitted.applied)
            return


def _send_default(draft: Draft, inputs: Mapping[str, Input], row: FlagInputs) -> None:
    name = _name_in(inputs, row)
    if name is None or name not in inputs or name in draft.body:
        return
    fitted = row.shape(IMAGE_DEFAULTS[row.hint], inputs[name])
    if fitted:
        draft.send(name, fitted.value)


# --- durations ---------------------------------------------------------------------------------


def _send_duration(draft: Draft, inputs: Mapping[str, Input]) -> None:
    asked = draft.open.get("duration")
    if asked is None:
        return
    for name in DURATION_NAMES:
        units = _UNITS_PER_SECOND.get(name, 1)
        if name in inputs and (fitted := shapes.seconds(asked * units, inputs[name])):
            applied = fitted.applied if units == 1 else shapes.plain(fitted.applied / units)
            draft.send(name, fitted.value, "duration", applied=applied)
            return
    per_second = frame_rate(inputs, draft.parameters)
    for name in FRAME_NAMES if per_second else ():
        if name in inputs and (fitted := shapes.frames(asked, inputs[name], per_second or 1)):
            draft.send(name, fitted.value, "duration", applied=fitted.applied)
            return


def frame_rate(inputs: Mapping[str, Input], parameters: Mapping[str, Any]) -> float | None:
    """Return the frames per second that an endpoint makes: the user's own, else its default; ``None`` if not known."""
    for name in FRAME_RATE_NAMES:
        if name in inputs:
            rate = parameters.get(name, inputs[name].default)
            if isinstance(rate, int | float) and not isinstance(rate, bool) and rate > 0:
                return float(rate)
    return None
