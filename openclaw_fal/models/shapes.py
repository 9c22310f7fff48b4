"""How a value is written for one input: as one of the values that it lists, in its type, within its bounds.

Each shape takes what was asked and the input, and returns the value to send with the same in the user's words, or
``None`` when the input can't express it.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from openclaw_fal.core.records import Record
from openclaw_fal.core.requests import SIZE_PRESETS, Size

if TYPE_CHECKING:
    from openclaw_fal.models.schema import Input

MAX_SECONDS = 86_400.0  # a day, so that the number of frames stays finite
# fal's presets. OpenClaw sends them for these five ratios, and pixels for all others.
PRESETS = {
    "1:1": "square_hd",
    "4:3": "landscape_4_3",
    "3:4": "portrait_4_3",
    "16:9": "landscape_16_9",
    "9:16": "portrait_16_9",
}
LONGER_EDGES = {"1K": 1024, "2K": 2048, "4K": 4096}
_ORIENTATIONS = {"landscape": 16 / 9, "portrait": 9 / 16, "vertical": 9 / 16, "horizontal": 16 / 9, "square": 1.0}
_FORMAT_SPELLINGS = {"jpeg": ("jpeg", "jpg"), "png": ("png",), "webp": ("webp",)}
_QUALITIES = ("low", "medium", "high", "xhigh", "max")


class Fitted(Record):
    """A value to send, and the same in the words of the flag, to report a change."""

    value: Any
    applied: Any


def listed(asked: Any, field: Input) -> Fitted | None:
    """Write text as the input lists it, in its case; an input without a list takes any text."""
    if not field.enum:
        return Fitted(asked, asked) if field.takes("string") else None
    found = next((value for value in field.enum if _same(value, asked)), None)
    if found is None and field.is_open:
        return Fitted(asked, asked)
    return None if found is None else Fitted(found, asked)


def switch(asked: Any, field: Input) -> Fitted | None:
    """Write a yes or no."""
    return Fitted(asked, asked) if "boolean" in field.types else None


def number(asked: Any, field: Input) -> Fitted | None:
    """Write a number: the nearest that the input lists or allows."""
    if field.enum:
        return _nearest_listed(asked, field)
    if not (field.takes("integer") or field.takes("number")):
        return None
    value = _bounded(asked, field)
    return Fitted(value, value)


def exact_number(asked: Any, field: Input) -> Fitted | None:
    """Write a number as it is: a seed that was changed would be of no use."""
    return Fitted(asked, asked) if field.takes("integer") else None


def file_format(asked: Any, field: Input) -> Fitted | None:
    """Write a file format in the spelling that the input lists."""
    spellings = _FORMAT_SPELLINGS.get(asked, (asked,))
    fitted = next(filter(None, (listed(name, field) for name in spellings)), None)
    if fitted is None:
        # Sound formats are listed with their rates, such as mp3_44100_128.
        known = [value for value in (field.default, *reversed(field.enum)) if str(value).startswith(f"{asked}_")]
        fitted = Fitted(known[0], asked) if known else None
    return fitted and Fitted(fitted.value, asked)


def quality(asked: Any, field: Input) -> Fitted | None:
    """Write a quality: the listed one, else the nearest step on the way from low to max."""
    if fitted := listed(asked, field):
        return fitted
    known = [value for value in field.enum if str(value).lower() in _QUALITIES]
    if asked not in _QUALITIES or not known:
        return None
    place = _QUALITIES.index(asked)
    nearest = min(known, key=lambda value: abs(_QUALITIES.index(str(value).lower()) - place))
    return Fitted(nearest, nearest)


def seconds(asked: float, field: Input) -> Fitted | None:
    """Write a length in seconds as ``5``, ``"5"`` or ``"5s"``: the nearest, or the longer of two."""
    if field.enum:
        return _nearest_listed(asked, field)
    if field.takes("number") or field.takes("integer"):
        value = _bounded(asked, field)
        return Fitted(value, value)
    if not field.takes("string"):
        return None
    suffix = "s" if str(field.default).endswith("s") else ""
    return Fitted(f"{asked:g}{suffix}", asked)


def frames(asked: float, field: Input, per_second: float) -> Fitted | None:
    """Write a length in seconds as a number of frames at the endpoint's own rate.

    If the default is one more than a multiple of four, the model adds such a last frame to every length.
    """
    if not (field.takes("integer") or field.takes("number")):
        return None
    extra = int(isinstance(field.default, int) and field.default % 4 == 1)
    if field.enum:
        fitted = _nearest_listed(asked * per_second + extra, field)
        return fitted and Fitted(fitted.value, plain((number_in(fitted.value) or 0) / per_second))
    count = rounded(min(asked, MAX_SECONDS) * per_second) + extra
    value = int(_bounded(count, field))
    return Fitted(value, asked if value == count else plain(max(value - extra, 0) / per_second))


def ratio(asked: str, field: Input) -> Fitted | None:
    """Write an aspect ratio ``W:H``: as the input lists it, else the nearest listed one."""
    if not field.enum or field.is_open:
        return Fitted(asked, asked) if field.takes("string") else None
    if same := listed(asked, field):
        return same
    wanted = ratio_of(asked)
    known = [value for value in field.enum if ratio_of(value)]
    if wanted is None or not known:
        return None
    nearest = min(known, key=lambda value: distance(ratio_of(value) or 1, wanted))
    return Fitted(nearest, nearest)


def resolution(asked: str, field: Input, *, lines_per_k: int) -> Fitted | None:
    """Write a resolution such as ``720p``, ``2K`` or ``1MP``: as the input lists it, else the nearest."""
    if same := listed(asked, field):
        return same
    wanted = lines_of(asked, lines_per_k)
    known = [value for value in field.enum if lines_of(value, lines_per_k)]
    if wanted is None or not known:
        return None
    nearest = min(known, key=lambda value: distance(lines_of(value, lines_per_k) or 1, wanted))
    return Fitted(nearest, nearest)


def listed_size(asked: Size, field: Input) -> Fitted | None:
    """Write a size as one that the input lists, by name or as ``WxH``: the nearest in ratio, then in area."""
    known = [(value, size) for value in field.enum if (size := size_of(value))]
    if not known:
        return None
    value, _ = min(
        known,
        key=lambda each: (distance(each[1].ratio, asked.ratio), distance(each[1].area, asked.area)),
    )
    return Fitted(value, value)


def pixels(asked: Size, field: Input) -> Fitted | None:
    """Write a size as ``{width, height}``, scaled into the input's bounds if it lies outside them."""
    members = field.properties or {}
    if not {"width", "height"} <= set(members):
        return None
    size = asked
    for name, edge in (("width", asked.width), ("height", asked.height)):
        allowed = _bounded(edge, members[name])
        if allowed != edge:
            factor = allowed / edge
            size = Size(max(1, rounded(asked.width * factor)), max(1, rounded(asked.height * factor)))
    value = {"width": _bounded(size.width, members["width"]), "height": _bounded(size.height, members["height"])}
    return Fitted(value, str(Size(int(value["width"]), int(value["height"]))))


# --- what a listed value stands for ------------------------------------------------------------


def ratio_of(value: Any) -> float | None:
    """Return width over height of ``16:9``, ``1024x768``, ``landscape_4_3`` or ``portrait``."""
    if size := size_of(value):
        return size.ratio
    word = str(value).strip().lower()
    if match := re.match(r"(\d+(?:\.\d+)?)\s*:\s*(\d+(?:\.\d+)?)", word):
        width, height = float(match[1]), float(match[2])
        return width / height if width and height else None
    return _ORIENTATIONS.get(word)


def size_of(value: Any) -> Size | None:
    """Return the size that a listed value stands for: a preset's name or ``WxH``."""
    word = str(value).strip().lower()
    match = re.match(r"(\d{2,5})\s*[x×*]\s*(\d{2,5})", SIZE_PRESETS.get(word, word))
    return Size(int(match[1]), int(match[2])) if match and int(match[1]) and int(match[2]) else None


def lines_of(value: Any, lines_per_k: int) -> float | None:
    """Return the shorter edge that a word for a resolution stands for: of ``720p``, ``4k``, ``1MP``."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(p|k|mp)?", str(value).strip().lower())
    if not match or not float(match[1]):
        return None
    amount, unit = float(match[1]), match[2]
    return amount * lines_per_k if unit == "k" else math.sqrt(amount * 1e6) if unit == "mp" else amount


def _same(value: Any, asked: Any) -> bool:
    if isinstance(value, bool) or isinstance(asked, bool):
        return value is asked
    return value == asked or str(value).strip().lower() == str(asked).strip().lower()


def number_in(value: Any) -> float | None:
    """Return the number in ``5``, ``"5"`` or ``"5s"``."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(?:s|sec|seconds)?", str(value).strip().lower())
    return float(match[1]) if match else None


def _nearest_listed(asked: float, field: Input) -> Fitted | None:
    known = [(value, amount) for value in field.enum if (amount := number_in(value)) is not None]
    if not known:
        return None
    value, amount = min(known, key=lambda each: (abs(each[1] - asked), -each[1]))
    return Fitted(value, plain(amount))


def _bounded(asked: float, field: Input) -> float:
    """Return the nearest number that the input allows, whole where it takes no other."""
    whole = field.types == ("integer",)
    value: float = asked if field.takes("number") else rounded(asked)
    if field.minimum is not None:
        value = max(value, field.minimum)
    if field.above is not None and value <= field.above:
        value = math.floor(field.above) + 1 if whole else field.above + (field.step or 1e-3)
    if field.maximum is not None:
        value = min(value, field.maximum)
    if field.below is not None and value >= field.below:
        value = math.ceil(field.below) - 1 if whole else field.below - (field.step or 1e-3)
    if field.step and value != asked:
        value = rounded(value / field.step) * field.step
    bounded: float = plain(value)
    return bounded


def plain(value: float) -> Any:
    return int(value) if float(value).is_integer() else round(value, 4)


# --- sizes and ratios ---------------------------------------------------------------------------


def rounded(number: float) -> int:
    """Round a positive number, halves up as JavaScript and so OpenClaw does; `round` makes them even."""
    return int(number + 0.5)


def sized(ratio: float, longer_edge: int, *, multiple: int = 1) -> Size:
    """Return the size with that ratio and longer edge; the shorter edge is a multiple of ``multiple``."""
    shorter = longer_edge / ratio if ratio >= 1 else longer_edge * ratio
    shorter = max(1, rounded(shorter / multiple)) * multiple
    return Size(longer_edge, shorter) if ratio >= 1 else Size(shorter, longer_edge)


def distance(one: float, other: float) -> float:
    """Return how far two ratios or edges are apart, as a factor: 1 for equal ones."""
    # Rounded, because 4:3 is as far from 16:9 as from 1:1, which floats may not show.
    return round(max(one / other, other / one), 9)
