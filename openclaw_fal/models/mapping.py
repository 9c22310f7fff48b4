"""From flags to the inputs of an endpoint, by its schema: one table of names, and a shape for each kind of value.

Only inputs that the endpoint has are sent. A flag that finds no input stays open in the draft and is reported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from openclaw_fal.core.requests import Size, ratio_value
from openclaw_fal.models import shapes
from openclaw_fal.models.sizes import LONGER_EDGES, PRESETS, rounded, sized

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from openclaw_fal.models.parts import Draft
    from openclaw_fal.models.schema import Input, Schema
    from openclaw_fal.models.shapes import Fitted


class Home(NamedTuple):
    """The inputs that a flag may go into, the preferred one first, and how its value is written there."""

    flag: str
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
)
# Flags whose value goes into one input. Sizes, ratios, resolutions and lengths have rules of their own below.
HOMES = (
    Home("negative_prompt", ("negative_prompt",), shapes.text),
    Home("count", ("num_images", "num_samples", "num_results", "num_outputs", "batch_size"), shapes.number),
    Home("output_format", ("output_format", "image_format", "format"), shapes.file_format),
    Home("quality", ("quality",), shapes.quality),
    Home("background", ("background",), shapes.listed),
    Home("audio", ("generate_audio", "generate_audio_switch", "enable_audio", "audio", "bgm"), shapes.switch),
    Home("watermark", ("watermark", "enable_watermark", "add_watermark"), shapes.switch),
    Home("seed", ("seed",), shapes.exact_number),
    Home("steps", ("num_inference_steps", "steps", "num_steps", "steps_num"), shapes.number),
    Home("guidance", ("guidance_scale", "cfg_scale", "guidance", "guide_scale", "cfg"), shapes.number),
)
DURATION_NAMES = ("duration", "duration_seconds", "seconds_total", "seconds", "video_length", "length", "music_length")
FRAME_NAMES = ("num_frames",)
FRAME_RATE_NAMES = ("frames_per_second", "fps", "frame_rate", "export_fps", "output_fps")
GEOMETRY_NAMES = (
    "image_size",
    "video_size",
    "size",
    "aspect_ratio",
    "resolution",
    "video_resolution",
    "output_resolution",
    "target_resolution",
    "dimensions",
    "orientation",
    "video_aspect_ratio",
)
# OpenClaw sends these two with every picture; the endpoint's own defaults count wherever it lacks the input.
IMAGE_DEFAULTS = {"count": 1, "output_format": "png"}
_LINES_PER_K = {"image": 1024, "video": 540}


def fill(draft: Draft, schema: Schema) -> None:
    """Send every flag of the draft that the endpoint has an input for."""
    inputs = schema.inputs or {}
    first = [home for home in HOMES if home.flag in IMAGE_DEFAULTS]
    for home in first:
        _send_home(draft, inputs, home)
        if draft.kind == "image":
            _send_default(draft, inputs, home)
    _Geometry(draft, schema).fill()
    _send_duration(draft, inputs)
    for home in HOMES:
        if home not in first:
            _send_home(draft, inputs, home)


def prompt_input(schema: Schema) -> str | None:
    """Return the input that takes the prompt: the first of the known names that takes text."""
    inputs = schema.inputs or {}
    takes_text = [name for name in PROMPT_NAMES if name in inputs and inputs[name].takes("string")]
    required = [name for name in takes_text if inputs[name].is_required]
    return next(iter([*required, *takes_text]), None)


def max_count(schema: Schema) -> int | None:
    """Return how many files one request makes at most, ``None`` when the schema sets no bound; 1 without an input."""
    inputs = schema.inputs or {}
    field = next((inputs[name] for name in _names_of("count") if name in inputs), None)
    if field is None:
        return 1
    numbers = [value for value in field.enum if isinstance(value, int)]
    return max(numbers) if numbers else None if field.maximum is None else int(field.maximum)


def homes_of(schema: Schema) -> dict[str, list[str]]:
    """Return, for each input of the schema that a flag can fill, the names of these flags: for `models show`."""
    inputs = schema.inputs or {}
    found: dict[str, list[str]] = {}
    for home in HOMES:
        if name := next((name for name in home.names if name in inputs), None):
            found.setdefault(name, []).append(home.flag)
    if name := prompt_input(schema):
        found.setdefault(name, []).append("prompt")
    if name := next((name for name in (*DURATION_NAMES, *FRAME_NAMES) if name in inputs), None):
        found.setdefault(name, []).append("duration")
    for name in GEOMETRY_NAMES:
        if name in inputs:
            found.setdefault(name, []).extend(_geometry_flags(inputs[name]))
    return found


def _names_of(flag: str) -> tuple[str, ...]:
    return next(home.names for home in HOMES if home.flag == flag)


def _send_home(draft: Draft, inputs: Mapping[str, Input], home: Home) -> None:
    asked = draft.open.get(home.flag)
    if asked is None:
        return
    for name in home.names:
        fitted = home.shape(asked, inputs[name]) if name in inputs else None
        if fitted is not None:
            draft.send(name, fitted.value, home.flag, applied=fitted.applied)
            return


def _send_default(draft: Draft, inputs: Mapping[str, Input], home: Home) -> None:
    name = next((name for name in home.names if name in inputs), None)
    if name is None or name in draft.body:
        return
    fitted = home.shape(IMAGE_DEFAULTS[home.flag], inputs[name])
    if fitted:
        draft.send(name, fitted.value)


# --- lengths -----------------------------------------------------------------------------------


def _send_duration(draft: Draft, inputs: Mapping[str, Input]) -> None:
    asked = draft.open.get("duration")
    if asked is None:
        return
    for name in DURATION_NAMES:
        if name in inputs and (fitted := shapes.seconds(asked, inputs[name])):
            draft.send(name, fitted.value, "duration", applied=fitted.applied)
            return
    per_second = frame_rate(inputs, draft.parameters)
    for name in FRAME_NAMES if per_second else ():
        if name in inputs and (fitted := shapes.frames(asked, inputs[name], per_second or 1)):
            draft.send(name, fitted.value, "duration", applied=fitted.applied)
            return


def frame_rate(inputs: Mapping[str, Input], parameters: Mapping[str, Any]) -> float | None:
    """Return the frames a second that an endpoint makes: the user's own, else its default; ``None`` if not known."""
    for name in FRAME_RATE_NAMES:
        if name in inputs:
            rate = parameters.get(name, inputs[name].default)
            if isinstance(rate, int | float) and not isinstance(rate, bool) and rate > 0:
                return float(rate)
    return None


# --- sizes, ratios, resolutions ----------------------------------------------------------------


class _Geometry:
    """The inputs of an endpoint that decide the size, told apart by their values rather than by their names."""

    def __init__(self, draft: Draft, schema: Schema) -> None:
        self.draft = draft
        self.inputs = {name: (schema.inputs or {})[name] for name in GEOMETRY_NAMES if name in (schema.inputs or {})}
        self.edges = {name: field for name, field in (schema.inputs or {}).items() if name in ("width", "height")}
        self.lines_per_k = _LINES_PER_K[draft.kind]

    def fill(self) -> None:
        size = self.draft.pixels
        if size and (len(self.edges) == 2 or any(map(_takes_pixels, self.inputs.values()))):
            self._send_size(size)  # pixels say more than a ratio
        ratio, resolution = self.draft.open.get("aspect_ratio"), self.draft.open.get("resolution")
        if ratio == "auto":
            self._send_word("auto", "aspect_ratio")
        elif ratio:
            self._send_ratio(ratio, resolution)
        if resolution and "resolution" in self.draft.open:
            self._send_resolution(resolution)
        if self.draft.open.get("size") == "auto":
            self._send_word("auto", "size")
        elif size and "size" in self.draft.open:
            self._send_size(size)

    def _send_word(self, word: str, flag: str) -> None:
        """Send a word such as ``auto`` where an input lists it."""
        for name, field in self.inputs.items():
            if name not in self.draft.body and word in field.enum:
                self.draft.send(name, word, flag, applied=word)
                return

    def _send_ratio(self, ratio: str, resolution: str | None) -> None:
        for name, field in self.inputs.items():
            if name in self.draft.body:
                continue
            member = (field.properties or {}).get("ratio")
            fitted = shapes.ratio(ratio, member) if member else None
            if fitted:
                self.draft.send(f"{name}.ratio", fitted.value, "aspect_ratio", applied=fitted.applied)
                return
            if _lists_ratios(field) and (fitted := shapes.ratio(ratio, field)):
                self.draft.send(name, fitted.value, "aspect_ratio", applied=fitted.applied)
                return
        self._send_ratio_as_size(ratio, resolution)

    def _send_ratio_as_size(self, ratio: str, resolution: str | None) -> None:
        """Send the ratio where only sizes are taken: fal's preset of that ratio, else the pixels."""
        for name, field in self.inputs.items():
            if name in self.draft.body:
                continue
            preset = PRESETS.get(ratio)
            if preset in field.enum and not (resolution and _takes_pixels(field)):
                self.draft.send(name, preset, "aspect_ratio", applied=ratio)
                return
            if _takes_pixels(field) and (fitted := shapes.pixels(self._pixels(ratio, resolution), field)):
                flags = ("aspect_ratio", "resolution") if resolution and not self._lines_input() else ("aspect_ratio",)
                self.draft.send(name, fitted.value, *flags, applied=ratio)
                return
            if _lists_sizes(field) and (fitted := shapes.listed_size(self._pixels(ratio, resolution), field)):
                self.draft.send(name, fitted.value, "aspect_ratio", applied=fitted.applied)
                return
        if len(self.edges) == 2 and not {"width", "height"} & set(self.draft.body):
            self._send_edges(self._pixels(ratio, resolution), "aspect_ratio", applied=ratio)

    def _pixels(self, ratio: str, resolution: str | None) -> Size:
        value = ratio_value(ratio)
        if self.draft.kind == "image":
            return sized(value, LONGER_EDGES.get((resolution or "1K").upper(), 1024))
        shorter = rounded(shapes.lines_of(resolution or "720p", self.lines_per_k) or 720)
        longer = rounded(shorter * max(value, 1 / value) / 8) * 8
        return Size(longer, shorter) if value >= 1 else Size(shorter, longer)

    def _send_resolution(self, resolution: str) -> None:
        if name := self._lines_input():
            fitted = shapes.lines(resolution, self.inputs[name], lines_per_k=self.lines_per_k)
            if fitted:
                self.draft.send(name, fitted.value, "resolution", applied=fitted.applied)
            return
        for name, field in self.inputs.items():
            if name not in self.draft.body and _takes_pixels(field):
                square = "1:1" if self.draft.kind == "image" else "16:9"
                if "aspect_ratio" not in self.draft.asked and "size" not in self.draft.asked:
                    fitted = shapes.pixels(self._pixels(square, resolution), field)
                    if fitted:
                        self.draft.send(name, fitted.value, "resolution", applied=resolution)
                return

    def _lines_input(self) -> str | None:
        return next(
            (name for name, field in self.inputs.items() if _lists_lines(field, self.lines_per_k)),
            None,
        )

    def _send_size(self, size: Size) -> None:
        """Send a size; an explicit ratio or resolution wins over it and leaves it to fill in the rest."""
        for name, field in self.inputs.items():
            if name in self.draft.body or not _takes_pixels(field):
                continue
            if fitted := shapes.pixels(size, field):
                self.draft.send(name, fitted.value, "size", applied=fitted.applied)
                return
        if len(self.edges) == 2 and not {"width", "height"} & set(self.draft.body):
            self._send_edges(size, "size", applied=None)
            return
        for name, field in self.inputs.items():
            if name in self.draft.body:
                continue
            if _is_free_size(field):
                self.draft.send(name, str(size), "size")
                return
            if _lists_sizes(field) and not _lists_lines(field, self.lines_per_k):
                fitted = shapes.listed_size(size, field)
                if fitted:
                    self.draft.send(name, fitted.value, "size", applied=fitted.applied)
                    return
        self._send_size_in_parts(size)

    def _send_size_in_parts(self, size: Size) -> None:
        """Send the closest ratio, and for a video the closest resolution, where that is all there is to choose."""
        filled: dict[str, Any] = {}
        for name, field in self.inputs.items():
            if name in self.draft.body:
                continue
            member = (field.properties or {}).get("ratio")
            if member and (fitted := shapes.ratio(f"{size.width}:{size.height}", member)):
                filled[f"{name}.ratio"] = fitted.value
            elif _lists_ratios(field) and (fitted := shapes.ratio(f"{size.width}:{size.height}", field)):
                filled[name] = fitted.value
            elif self.draft.kind == "video" and _lists_lines(field, self.lines_per_k):
                fitted = shapes.lines(str(min(size)), field, lines_per_k=self.lines_per_k)
                if fitted:
                    filled[name] = fitted.value
        for name, value in filled.items():
            self.draft.send(name, value, "size", applied=" ".join(map(str, filled.values())))

    def _send_edges(self, size: Size, flag: str, *, applied: Any) -> None:
        for name, edge in zip(("width", "height"), size, strict=True):
            fitted = shapes.number(edge, self.edges[name])
            if fitted:
                self.draft.send(name, fitted.value, flag, applied=applied)


def _geometry_flags(field: Input) -> list[str]:
    if _takes_pixels(field):
        return ["size", "aspect_ratio"]
    if _lists_ratios(field) or "ratio" in (field.properties or {}):
        return ["aspect_ratio"]
    return ["size"] if _lists_sizes(field) or _is_free_size(field) else ["resolution"]


def _takes_pixels(field: Input) -> bool:
    return {"width", "height"} <= set(field.properties or {})


def _lists_ratios(field: Input) -> bool:
    """Tell ratios and orientations from sizes by name, which have pixels behind them."""
    if not field.enum:
        return field.takes("string") and isinstance(field.default, str) and ":" in field.default
    return any(shapes.ratio_of(value) and not shapes.size_of(value) for value in field.enum)


def _lists_sizes(field: Input) -> bool:
    return any(shapes.size_of(value) for value in field.enum)


def _lists_lines(field: Input, lines_per_k: int) -> bool:
    return any(shapes.lines_of(value, lines_per_k) for value in field.enum)


def _is_free_size(field: Input) -> bool:
    return not field.enum and field.takes("string") and shapes.size_of(field.default) is not None
