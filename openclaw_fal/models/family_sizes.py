"""Sizes, ratios and resolutions: the closest that a model takes, and the parts of a row that send them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openclaw_fal.core.errors import UsageError
from openclaw_fal.core.records import Record
from openclaw_fal.core.requests import Size, ratio_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from openclaw_fal.models.draft import Draft

# fal's presets. OpenClaw sends them for these five ratios, and pixels for all others.
PRESETS = {
    "1:1": "square_hd",
    "4:3": "landscape_4_3",
    "3:4": "portrait_4_3",
    "16:9": "landscape_16_9",
    "9:16": "portrait_16_9",
}
LONGER_EDGES = {"1K": 1024, "2K": 2048, "4K": 4096}


def rounded(number: float) -> int:
    """Round a positive number, halves up as JavaScript and so OpenClaw does; `round` makes them even."""
    return int(number + 0.5)


def closest_ratio(wanted: float, ratios: Iterable[str]) -> str:
    """Return the ratio closest to ``wanted``, the first of two that are equally close."""
    return min(ratios, key=lambda ratio: distance(ratio_value(ratio), wanted))


def closest_resolution(edge: float, resolutions: Iterable[str]) -> str:
    """Return the resolution whose shorter edge is closest to ``edge``, the first of two that are equally close."""
    return min(resolutions, key=lambda resolution: distance(shorter_edge(resolution), edge))


def shorter_edge(resolution: str) -> int:
    """Return the shorter edge of ``720p``, ``1080P`` or ``4k`` (2160) in pixels."""
    number = int(resolution[:-1])
    return number * 540 if resolution[-1] in "kK" else number


def sized(ratio: float, longer_edge: int, *, multiple: int = 1) -> Size:
    """Return the size with that ratio and longer edge; the shorter edge is a multiple of ``multiple``."""
    shorter = longer_edge / ratio if ratio >= 1 else longer_edge * ratio
    shorter = max(1, rounded(shorter / multiple)) * multiple
    return Size(longer_edge, shorter) if ratio >= 1 else Size(shorter, longer_edge)


def distance(one: float, other: float) -> float:
    """Return how far two ratios or edges are apart, as a factor: 1 for equal ones."""
    # Rounded, because 4:3 is as far from 16:9 as from 1:1, which floats may not show.
    return round(max(one / other, other / one), 9)


class Limits(Record):
    """The sizes that a model takes."""

    max_edge: int = 14142  # of fal's ImageSize
    multiple: int = 1
    pixels: tuple[int, int] = (1, 14142**2)
    ratio: float = 14142

    def __str__(self) -> str:
        if self.multiple == 1:
            return f"edges up to {self.max_edge}"
        return (
            f"edges in multiples of {self.multiple} up to {self.max_edge}, "
            f"{self.pixels[0]:,} to {self.pixels[1]:,} pixels, a ratio from 1:{self.ratio:g} to {self.ratio:g}:1"
        )

    def hold(self, size: Size) -> bool:
        return (
            max(size.width, size.height) <= self.max_edge
            and not size.width % self.multiple
            and not size.height % self.multiple
            and self.pixels[0] <= size.width * size.height <= self.pixels[1]
            and 1 / self.ratio <= size.ratio <= self.ratio
        )

    def check(self, size: Size, model: str) -> None:
        """Raise `UsageError` for a size that the model does not take."""
        if self.hold(size):
            return
        near = Size(*(max(1, rounded(edge / self.multiple)) * self.multiple for edge in (size.width, size.height)))
        raise UsageError(
            f"fal/{model} does not take --size {size}. It takes {self}.",
            hint=f"The closest size: --size {near}" if self.hold(near) else None,
        )

    def nearest_ratio(self, ratio: str) -> str:
        value = ratio_value(ratio)
        return f"{self.ratio:g}:1" if value > self.ratio else f"1:{self.ratio:g}" if value < 1 / self.ratio else ratio


class ImageSize(Record):
    """``image_size``: the requested pixels, else a preset or pixels from ratio and resolution, as OpenClaw sends them.

    A size wins over the other hints. ``words`` are sizes that are sent unchanged. ``listed`` is false if the endpoint's
    schema has no such field; OpenClaw sends it anyway, so it is sent and the hints are reported as ignored.
    """

    limits: Limits = Limits()
    presets: Mapping[str, str] = PRESETS
    longer_edge: int = 1024
    words: tuple[str, ...] = ()
    listed: bool = True

    def fill(self, draft: Draft) -> None:
        ratio, resolution = draft.open.get("aspect_ratio"), draft.open.get("resolution")
        if draft.open.get("size") in self.words:
            self._send(draft, draft.open["size"], "size")
        elif size := draft.pixels:
            self.limits.check(size, draft.model)
            self._send(draft, size, "size")
        elif ratio not in (None, "auto"):
            self._send_ratio(draft, ratio, resolution)
        elif resolution:
            self._send(draft, sized(1, LONGER_EDGES[resolution.upper()]), "resolution")

    def _send_ratio(self, draft: Draft, ratio: str, resolution: str | None) -> None:
        applied = self.limits.nearest_ratio(ratio)
        if resolution:
            size = sized(ratio_value(applied), LONGER_EDGES[resolution.upper()], multiple=self.limits.multiple)
            self._send(draft, size, "aspect_ratio", "resolution", applied=applied)
        else:
            size = sized(ratio_value(applied), self.longer_edge, multiple=self.limits.multiple)
            self._send(draft, self.presets.get(applied, size), "aspect_ratio", applied=applied)

    def _send(self, draft: Draft, size: Size | str, *hints: str, applied: str | None = None) -> None:
        value = {"width": size.width, "height": size.height} if isinstance(size, Size) else size
        draft.send("image_size", value, *(hints if self.listed else ()), applied=applied)

    def accepts(self) -> dict[str, tuple[Any, ...]]:
        return {"size": (), "aspect_ratio": (), "resolution": tuple(LONGER_EDGES)}


class Shape(Record):
    """``aspect_ratio`` and ``resolution`` from lists: the requested values or the closest.

    A ratio wins over a size, of which the closest ratio is sent. ``any_ratio`` sends a ratio unchanged.
    """

    ratios: tuple[str, ...]
    resolutions: tuple[str, ...] = ()
    any_ratio: bool = False

    def fill(self, draft: Draft) -> None:
        ratio, resolution = draft.open.get("aspect_ratio"), draft.open.get("resolution")
        if ratio and (ratio != "auto" or self.any_ratio or "auto" in self.ratios):
            applied = ratio if self.any_ratio or ratio in self.ratios else self._closest(ratio_value(ratio))
            draft.send("aspect_ratio", applied, "aspect_ratio", applied=applied)
        if resolution and self.resolutions:
            applied = closest_resolution(shorter_edge(resolution), self.resolutions)
            draft.send("resolution", applied, "resolution", applied=applied)
        if "aspect_ratio" not in draft.body and (size := draft.pixels):
            applied = self._closest(size.ratio)
            draft.send("aspect_ratio", applied, "size", applied=applied)

    def _closest(self, ratio: float) -> str:
        return closest_ratio(ratio, (known for known in self.ratios if known != "auto"))

    def accepts(self) -> dict[str, tuple[Any, ...]]:
        answer = {"size": (), "aspect_ratio": () if self.any_ratio else self.ratios}
        return answer | ({"resolution": self.resolutions} if self.resolutions else {})


class Orientation(Record):
    """``portrait`` or ``landscape``, from a ratio or size that is not square."""

    field: str

    def fill(self, draft: Draft) -> None:
        for hint in ("aspect_ratio", "size"):
            asked = draft.open.get(hint)
            ratio = 1.0 if asked in (None, "auto") else ratio_value(str(asked).lower().replace("x", ":"))
            if ratio != 1:
                word = "landscape" if ratio > 1 else "portrait"
                draft.send(self.field, word, hint, applied=word)
                return

    def accepts(self) -> dict[str, tuple[Any, ...]]:
        return {"aspect_ratio": (), "size": ()}
