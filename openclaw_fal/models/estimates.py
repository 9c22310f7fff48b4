"""What a request will cost: how many of fal's units its body asks for. No I/O.

fal's units are free text, such as ``images``, ``Megapixels`` or ``1000 characters``. Many of them say nothing of a
request (``compute seconds``, ``credits``), and a unit price may be valid for the cheapest resolution only.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from openclaw_fal.core.costs import Estimate
from openclaw_fal.core.records import Record
from openclaw_fal.models import shapes
from openclaw_fal.models.flag_inputs import DURATION_NAMES, FRAME_NAMES, FRAME_RATE_NAMES, PROMPT_NAMES, names_of
from openclaw_fal.models.schema import NO_DEFAULT, medium_of
from openclaw_fal.models.size_inputs import EDGES, size_inputs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from openclaw_fal.core.costs import Price
    from openclaw_fal.models.payload import Plan

# fal bills 1024x1024 as one megapixel and 1920x1080 as two: each picture is rounded up.
MEGAPIXEL = 1024 * 1024
_UNIT = r"(?:(?P<number>\d+(?:\.\d+)?)\s*(?P<factor>[km])?\s+)?(?P<words>.*)"
_FACTORS = {"k": 1_000, "m": 1_000_000}
_AUDIO_NAMES = names_of("audio")
_COUNT_NAMES = (*names_of("count"), "number_of_images", "num_videos")
_MULTIPLIERS = ("max_images", "num_images_per_size")  # for each of the files that are asked for
_TIME_WORDS = ("second", "minute", "frame")
_VAGUE = {
    "compute second": "compute seconds are known only after the run",
    "gpu second": "compute seconds are known only after the run",
    "credit": "fal does not say how many credits a request takes",
    "unit": "fal does not say what a unit is",
    "1": "fal does not say what a unit is",
    "": "fal does not say what a unit is",
    "token": "the number of tokens is known only after the run",
    "input second": "it depends on the length of the input",
    "input minute": "it depends on the length of the input",
    "input megapixel": "it depends on the size of the input",
    "processed megapixel": "it depends on the size of the input",
    "video segment": "it depends on how the model cuts the video",
}


class _UnknownQuantity(Exception):
    """The request does not say how many units it takes."""


def estimate(plan: Plan, price: Price) -> Estimate:
    """Return what a planned request costs at this price."""
    request = _Request.of(plan)
    number, words = _parsed(price.unit)
    if not price.amount:
        return Estimate.unknown("fal lists it at 0, which may mean that no price is set", price)
    if words in _VAGUE:
        return Estimate.unknown(_VAGUE[words], price)
    count = _COUNTERS.get(words)
    if count is None or not number:
        return Estimate.unknown(f"openclaw-fal does not know the unit {' '.join(price.unit.split())!r}", price)
    try:
        quantity = count(request) / number
    except _UnknownQuantity as problem:
        return Estimate.unknown(str(problem), price)
    reason = request.surcharge(words, quantity, number)
    return Estimate(
        "at_least" if reason else "known",
        quantity * price.amount,
        price.currency,
        price.unit,
        quantity,
        price.amount,
        reason,
    )


def _parsed(unit: str) -> tuple[Decimal, str]:
    """Return the number in a unit and its words in the singular: ``1000 characters`` is (1000, ``character``)."""
    text = " ".join(unit.lower().split())
    match = re.fullmatch(_UNIT, text)
    if match is None or match["number"] is None:
        return Decimal(1), _singular(text)
    return Decimal(match["number"]) * _FACTORS.get(match["factor"] or "", 1), _singular(match["words"])


def _singular(words: str) -> str:
    return words.removesuffix("s") if words not in {"", "s"} else words


class _Request(Record):
    """What is asked of an endpoint: the inputs that are sent, and the defaults of the others."""

    plan: Plan
    values: Mapping[str, Any]

    @classmethod
    def of(cls, plan: Plan) -> _Request:
        inputs = (plan.schema and plan.schema.inputs) or {}
        defaults = {name: field.default for name, field in inputs.items() if field.default is not NO_DEFAULT}
        return cls(plan, defaults | plan.body)

    @property
    def makes(self) -> str:
        return self.plan.schema.kind if self.plan.schema else "other"

    def pieces(self) -> Decimal:
        """Return how many files are asked for."""
        # Where videos are made, a batch is what is computed at once.
        names = [name for name in _COUNT_NAMES if name != "batch_size" or self.makes == "image"]
        named = next((self.values[name] for name in names if self.values.get(name) is not None), 1)
        number = shapes.number_in(named)
        return Decimal(round(number)) if number and number >= 1 else Decimal(1)

    def seconds(self) -> Decimal:
        """Return the length of all files together."""
        return self.length() * self.pieces()

    def frames(self) -> Decimal:
        return self.frame_count() * self.pieces()

    def length(self) -> Decimal:
        """Return the seconds of one file, from a duration or a number of frames."""
        members = [self.values, *(value for value in self.values.values() if isinstance(value, dict))]
        for values in members:
            for name in DURATION_NAMES:
                seconds = shapes.number_in(values.get(name)) if values.get(name) is not None else None
                if seconds and seconds > 0:
                    return _exact(seconds) / (1000 if name.endswith("_ms") else 1)
        if any(name in self.values for name in DURATION_NAMES):
            raise _UnknownQuantity("the model chooses the length")
        rate = next((self.values[name] for name in FRAME_RATE_NAMES if _is_number(self.values.get(name))), None)
        if rate is None:
            raise _UnknownQuantity("the length is not part of the request")
        return self.frame_count() / _exact(rate)

    def frame_count(self) -> Decimal:
        for name in FRAME_NAMES:
            frames = shapes.number_in(self.values.get(name))
            if frames and frames > 0:
                return _exact(frames)
        raise _UnknownQuantity("the number of frames is not part of the request")

    def megapixels(self) -> Decimal:
        """Return the megapixels of all pictures, each rounded up."""
        if self.makes == "video":
            raise _UnknownQuantity("the megapixels of a video are known only after the run")
        pixels = self.pixels()
        if pixels is None:
            raise _UnknownQuantity("the size is not part of the request")
        return max(1, -(-pixels // MEGAPIXEL)) * self.pieces()

    def pixels(self) -> int | None:
        """Return how many pixels one picture gets, ``None`` if neither the request nor a default says that."""
        for name in ("image_size", "size", "resolution", "dimensions"):
            value = self.values.get(name)
            if isinstance(value, dict) and all(_is_number(value.get(edge)) for edge in EDGES):
                return int(value["width"]) * int(value["height"])
            if size := shapes.size_of(value):
                return size.area
        if all(_is_number(self.values.get(edge)) for edge in EDGES):
            return int(self.values["width"]) * int(self.values["height"])
        return None

    def texts(self) -> list[str]:
        """Return the texts that are sent, the one that is read aloud first."""
        sent = (self.plan.body.get(name) for name in ("text", *PROMPT_NAMES, "lyrics", "transcript"))
        return list(dict.fromkeys(text for text in sent if isinstance(text, str) and text))

    def characters(self) -> Decimal:
        texts = self.texts()
        if not texts:
            raise _UnknownQuantity("the text is not part of the request")
        return Decimal(len(texts[0]))

    def surcharge(self, words: str, quantity: Decimal, number: Decimal) -> str | None:
        """Return why more than the unit price may be charged, ``None`` if nothing suggests that.

        ``words`` name the unit, and ``number`` is how many of it have the price.
        """
        schema = self.plan.schema
        if schema is None or schema.inputs is None:
            return "nothing is known of the model's inputs"
        if words == "character":
            return "the other text may be counted as well" if len(self.texts()) > 1 else None
        is_time = words.endswith(_TIME_WORDS) or "second of" in words
        if any((shapes.number_in(self.values.get(name)) or 0) > 1 for name in _MULTIPLIERS):
            return "the model may make more files"
        counted = {"video", "audio"} if is_time else {"image"} if words.endswith(("megapixel", "mp")) else set()
        if any(medium_of(field) in counted for field in schema.inputs.values()):
            return "the input may be counted as well"
        if words.endswith(("megapixel", "mp")):
            return None
        is_long = not is_time and self.makes in {"video", "audio"}
        found = [
            *(["length"] if is_long and any(name in schema.inputs for name in (*DURATION_NAMES, *FRAME_NAMES)) else []),
            *(["resolution"] if self._has_resolutions else []),
            *(["sound"] if any(name in schema.inputs for name in _AUDIO_NAMES) else []),
            *(["quality"] if "quality" in schema.inputs else []),
        ]
        if found:
            return f"the price may depend on {' and '.join(found)}"
        if words.endswith("image") and (self.pixels() or 0) > MEGAPIXEL:
            return "the price may depend on the size"
        is_block = is_time and (number > 1 or words.endswith("minute"))
        is_part = is_block and quantity != quantity.to_integral_value()
        return "a part of a unit may be charged as a whole one" if is_part else None

    @property
    def _has_resolutions(self) -> bool:
        schema = self.plan.schema
        if schema is None:
            return False
        inputs = size_inputs(schema, "video" if self.makes == "video" else "image")
        return any(each.lists_resolutions and len(each.field.enum) > 1 for each in inputs)


_COUNTERS: Mapping[str, Callable[[_Request], Decimal]] = {
    "image": _Request.pieces,
    "output image": _Request.pieces,
    "video": _Request.pieces,
    "generation": _Request.pieces,
    "request": _Request.pieces,
    "call": _Request.pieces,
    "run": _Request.pieces,
    "song": _Request.pieces,
    "track": _Request.pieces,
    "model": _Request.pieces,
    "3d model": _Request.pieces,
    "mesh": _Request.pieces,
    "megapixel": _Request.megapixels,
    "output megapixel": _Request.megapixels,
    "mp": _Request.megapixels,
    "second": _Request.seconds,
    "output second": _Request.seconds,
    "video second": _Request.seconds,
    "audio second": _Request.seconds,
    "second of video": _Request.seconds,
    "second of audio": _Request.seconds,
    "minute": lambda request: request.seconds() / 60,
    "audio minute": lambda request: request.seconds() / 60,
    "frame": _Request.frames,
    "video frame": _Request.frames,
    "character": _Request.characters,
}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0


def _exact(number: float) -> Decimal:
    return Decimal(str(number))
