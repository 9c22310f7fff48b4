"""Sizes, aspect ratios and resolutions: the inputs of an endpoint that take them, by their values.

Names do not help: ``resolution`` lists ``720p``, ``2K``, ``1MP`` or ``1024x768``, and ``aspect_ratio`` ratios, sizes or
orientations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openclaw_fal.core.kinds import RESOLUTIONS
from openclaw_fal.core.records import Record
from openclaw_fal.core.requests import Size, ratio_value
from openclaw_fal.models import shapes
from openclaw_fal.models.shapes import LONGER_EDGES, PRESETS, Fitted, rounded, sized

if TYPE_CHECKING:
    from openclaw_fal.core.kinds import Kind
    from openclaw_fal.models.draft import Draft
    from openclaw_fal.models.schema import Input, Schema

NAMES = (
    "image_size",
    "video_size",
    "size",
    "aspect_ratio",
    "resolution",
    "video_resolution",
    "output_resolution",
    "target_resolution",
    "resolution_mode",
    "dimensions",
    "orientation",
    "video_aspect_ratio",
)
EDGES = ("width", "height")
_LINES_PER_K = {"image": 1024, "video": 540}
# What a resolution means where only pixels are taken and no ratio was asked for.
_USUAL_RATIO = {"image": "1:1", "video": "16:9"}


class SizeInput(Record):
    """One input that decides the size of what is made. It may take several forms."""

    name: str
    field: Input
    lines_per_k: int

    @property
    def takes_pixels(self) -> bool:
        return set(EDGES) <= (self.field.properties or {}).keys()

    @property
    def ratio_member(self) -> Input | None:
        """The member of ``{"ratio": …}``."""
        return (self.field.properties or {}).get("ratio")

    @property
    def lists_ratios(self) -> bool:
        """Whether it takes ratios or orientations, as opposed to names of sizes, which have pixels behind them."""
        if not self.field.enum:
            default = self.field.default
            return self.field.takes("string") and isinstance(default, str) and ":" in default
        return any(shapes.ratio_of(value) and not shapes.size_of(value) for value in self.field.enum)

    @property
    def lists_sizes(self) -> bool:
        return any(shapes.size_of(value) for value in self.field.enum)

    @property
    def lists_resolutions(self) -> bool:
        return any(shapes.lines_of(value, self.lines_per_k) for value in self.field.enum)

    @property
    def is_free_size(self) -> bool:
        """Whether it takes any ``WxH`` as text."""
        return not self.field.enum and self.field.takes("string") and shapes.size_of(self.field.default) is not None

    @property
    def hints(self) -> list[str]:
        """The hints whose value goes here."""
        if self.takes_pixels:
            return ["size", "aspect_ratio"]
        if self.lists_ratios or self.ratio_member:
            return ["aspect_ratio"]
        return ["size"] if self.lists_sizes or self.is_free_size else ["resolution"]


def size_inputs(schema: Schema, kind: Kind) -> list[SizeInput]:
    """Return the inputs that decide the size, the preferred one first; ``width`` and ``height`` are not among them."""
    inputs = schema.inputs or {}
    return [SizeInput(name, inputs[name], _LINES_PER_K[kind]) for name in NAMES if name in inputs]


def accepted_geometry(schema: Schema, kind: Kind) -> dict[str, tuple[Any, ...]]:
    """Return which of size, ratio and resolution can be sent, each with its listed values (none: any)."""
    inputs = size_inputs(schema, kind)
    ratios = next((each for each in inputs if each.lists_ratios or each.ratio_member), None)
    resolutions = next((each for each in inputs if each.lists_resolutions), None)
    has_edges = set(EDGES) <= (schema.inputs or {}).keys()
    takes_pixels = has_edges or any(each.takes_pixels or each.is_free_size for each in inputs)
    accepted: dict[str, tuple[Any, ...]] = {}
    if takes_pixels or ratios or any(each.lists_sizes for each in inputs):
        listed = (ratios.ratio_member or ratios.field).enum if ratios and not takes_pixels else ()
        accepted |= {"size": (), "aspect_ratio": listed}
    if resolutions:
        accepted["resolution"] = resolutions.field.enum
    elif takes_pixels:
        accepted["resolution"] = RESOLUTIONS[kind]
    return accepted


def fill_geometry(draft: Draft, schema: Schema) -> None:
    """Send size, ratio and resolution. Pixels say most, then the ratio; a size fills in what is left."""
    geometry = _Geometry(draft, schema)
    if size := draft.pixels:
        geometry.send_pixels(size, "size")
    geometry.send_ratio()
    geometry.send_resolution()
    if draft.open.get("size") == "auto":
        geometry.send_auto("size")
    elif size := draft.pixels:
        geometry.send_size(size)


class _Geometry:
    """Fits what is open in a draft into the inputs that are still free."""

    def __init__(self, draft: Draft, schema: Schema) -> None:
        self.draft = draft
        self.inputs = size_inputs(schema, draft.kind)
        edges = {name: field for name, field in (schema.inputs or {}).items() if name in EDGES}
        self.edges = edges if len(edges) == len(EDGES) else {}

    @property
    def free(self) -> list[SizeInput]:
        return [each for each in self.inputs if each.name not in self.draft.body]

    @property
    def resolution_input(self) -> SizeInput | None:
        return next((each for each in self.inputs if each.lists_resolutions), None)

    def send_auto(self, hint: str) -> None:
        """Send ``auto`` where an input lists it."""
        name = next((each.name for each in self.free if "auto" in each.field.enum), None)
        if name:
            self.draft.send(name, "auto", hint, applied="auto")

    def send_ratio(self) -> None:
        """Send the ratio as one that is listed, else as a size."""
        ratio = self.draft.open.get("aspect_ratio")
        if ratio == "auto":
            self.send_auto("aspect_ratio")
        elif ratio:
            for name, fitted in self._fitted_ratios(ratio):
                self.draft.send(name, fitted.value, "aspect_ratio", applied=fitted.applied)
                return
            self._send_ratio_as_size(ratio)

    def send_pixels(self, size: Size, *hints: str, applied: str | None = None) -> bool:
        """Send a size as pixels; return whether an input takes them. ``applied`` is what they mean for the hint."""
        for each in self.free:
            fitted = Fitted(str(size), str(size)) if each.is_free_size else shapes.pixels(size, each.field)
            if fitted:
                self.draft.send(each.name, fitted.value, *hints, applied=applied or fitted.applied)
                return True
        return self._send_edges(size, *hints, applied=applied)

    def _send_edges(self, size: Size, *hints: str, applied: str | None) -> bool:
        if not self.edges or not self.draft.body.keys().isdisjoint(EDGES):
            return False
        fitted = [
            shapes.number(edge, self.edges[name]) for name, edge in zip(EDGES, (size.width, size.height), strict=True)
        ]
        values = [each.value for each in fitted if each]
        if len(values) < len(EDGES):
            return False
        for name, value in zip(EDGES, values, strict=True):
            self.draft.send(name, value, *hints, applied=applied or "x".join(map(str, values)))
        return True

    def send_resolution(self) -> None:
        """Send the resolution as listed, else as pixels unless another hint decides them."""
        resolution = self.draft.open.get("resolution")
        if resolution is None:
            return
        if listed := self.resolution_input:
            if fitted := shapes.resolution(resolution, listed.field, lines_per_k=listed.lines_per_k):
                self.draft.send(listed.name, fitted.value, "resolution", applied=fitted.applied)
        elif self.draft.asked.keys().isdisjoint({"aspect_ratio", "size"}):
            self.send_pixels(self._pixels(_USUAL_RATIO[self.draft.kind], resolution), "resolution", applied=resolution)

    def send_size(self, size: Size) -> None:
        """Send a size where no pixels are taken: as the nearest that is listed, else its ratio and resolution."""
        if self._send_listed_size(size, "size"):
            return
        ratios = self._fitted_ratios(f"{size.width}:{size.height}")
        filled: dict[str, Any] = {name: fitted.value for name, fitted in ratios}
        for each in self.free if self.draft.kind == "video" else ():
            if each.lists_resolutions and each.name not in filled:
                fitted = shapes.resolution(str(min(size.width, size.height)), each.field, lines_per_k=each.lines_per_k)
                filled |= {each.name: fitted.value} if fitted else {}
        for name, value in filled.items():
            self.draft.send(name, value, "size", applied=" ".join(map(str, filled.values())))

    def _fitted_ratios(self, ratio: str) -> list[tuple[str, Fitted]]:
        """Return the free inputs that take a ratio, with what to send."""
        found = []
        for each in self.free:
            member = each.ratio_member
            fitted = shapes.ratio(ratio, member) if member else None
            if fitted:
                found.append((f"{each.name}.ratio", fitted))
            elif each.lists_ratios and (fitted := shapes.ratio(ratio, each.field)):
                found.append((each.name, fitted))
        return found

    def _send_ratio_as_size(self, ratio: str) -> None:
        """Send the ratio where only sizes are taken: as fal's name for it, else as pixels, else the nearest size."""
        resolution = self.draft.open.get("resolution")
        preset = PRESETS.get(ratio)
        for each in self.free:
            if preset in each.field.enum and not (resolution and each.takes_pixels):
                self.draft.send(each.name, preset, "aspect_ratio", applied=ratio)
                return
        size = self._pixels(ratio, resolution)
        is_both = resolution is not None and not self.resolution_input
        hints = ("aspect_ratio", "resolution") if is_both else ("aspect_ratio",)
        if not self.send_pixels(size, *hints, applied=ratio):
            self._send_listed_size(size, "aspect_ratio")

    def _send_listed_size(self, size: Size, hint: str) -> bool:
        """Send the nearest size that is listed; return whether an input lists sizes."""
        for each in self.free:
            fitted = None if each.lists_resolutions else shapes.listed_size(size, each.field)
            if fitted:
                self.draft.send(each.name, fitted.value, hint, applied=fitted.applied)
                return True
        return False

    def _pixels(self, ratio: str, resolution: str | None) -> Size:
        value = ratio_value(ratio)
        if self.draft.kind == "image":
            return sized(value, LONGER_EDGES.get((resolution or "1K").upper(), 1024))
        shorter = rounded(shapes.lines_of(resolution or "720p", _LINES_PER_K["video"]) or 720)
        longer = rounded(shorter * max(value, 1 / value) / 8) * 8
        return Size(longer, shorter) if value >= 1 else Size(shorter, longer)
