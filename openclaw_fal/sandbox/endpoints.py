"""Which endpoints there are and what each takes and makes: the facts file, and a list of what it lacks.

A line holds an endpoint's id, category, title and the rest as JSON, separated by tabs. The lines of the facts file are
sorted by id, so that one is found by bisection without reading the others.
"""

from __future__ import annotations

import json
import mmap
from contextlib import closing
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .connection import Json

Kind = Literal["image", "video", "audio", "3d", "text", "other"]
FACTS_FILE = Path(__file__).parents[1] / "models" / "facts.tsv"
_UNLISTED_FILE = Path(__file__).with_name("unlisted.tsv")  # newer than the facts, or older, but named by OpenClaw
_KINDS: dict[str, Kind] = {
    "image": "image",
    "video": "video",
    "audio": "audio",
    "speech": "audio",
    "music": "audio",
    "3d": "3d",
    "text": "text",
    "json": "text",
    "vision": "text",
    "llm": "text",
}
# Words in the id of an endpoint that is not known, and the category that they suggest. The first match counts.
_VIDEO_WORDS = ("video", "kling", "seedance", "veo", "wan/", "sora", "hailuo", "luma-dream", "ltx", "pixverse")
_CATEGORY_WORDS = (
    ("training", ("trainer", "training")),
    ("text-to-video", _VIDEO_WORDS),
    ("speech-to-text", ("whisper", "speech-to-text", "transcri")),
    ("text-to-audio", ("audio", "speech", "tts", "music", "voice", "sound")),
    ("image-to-3d", ("3d", "mesh")),
    ("llm", ("llm", "router", "vision", "moondream", "ocr", "caption")),
)
_OUTPUTS_BY_KIND: dict[Kind, dict[str, str]] = {
    "image": {"images": "[]"},
    "video": {"video": "."},
    "audio": {"audio": "."},
    "3d": {"model_mesh": "."},
    "text": {},
    "other": {},
}
_TRAINING_OUTPUTS = {"diffusers_lora_file": ".", "config_file": "."}
NO_DEFAULT = object()
_TYPES = {"str": "string", "int": "integer", "num": "number", "bool": "boolean", "obj": "object", "list": "array"}
_MEDIA_TYPES = {"string", "array", "object"}  # a URL, several, or objects with URLs; the facts also mark two booleans


class Endpoint(NamedTuple):
    """What an endpoint takes and makes.

    `inputs` is None if they are not known: then any body is accepted. `outputs` maps the names of media to their
    shape: `.` one file, `[]` several, `url` and `url[]` the same as plain strings.
    """

    id: str
    category: str = ""
    title: str = ""
    inputs: Mapping[str, Input] | None = None
    outputs: Mapping[str, str] = {}
    gone: bool = False

    @property
    def kind(self) -> Kind:
        """What the endpoint makes: by its category, which ends in it, else by its outputs."""
        named = _KINDS.get(self.category.rpartition("-to-")[2])
        if named:
            return named
        return "video" if "video" in self.outputs and self.category != "training" else "other"

    @property
    def takes(self) -> Mapping[str, Input]:
        """The known inputs."""
        return self.inputs or {}

    def default(self, name: str) -> object:
        """Return the default of an input; None without one."""
        one = self.takes.get(name)
        return one.default if one and isinstance(one.default, (str, int, float, dict, list)) else None


class Input(NamedTuple):
    """An input, an item of a list or a field of an object.

    `types` are names of JSON Schema types; none means any value. `minimum` and `maximum` are inclusive, `above` and
    `below` are not. `medium` is image, video, audio, 3d or file for URLs of media, else empty.
    """

    types: tuple[str, ...] = ()
    required: bool = False
    nullable: bool = False
    default: Any = NO_DEFAULT
    choices: tuple[Any, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    above: float | None = None
    below: float | None = None
    step: float | None = None
    min_length: int | None = None
    max_length: int | None = None
    min_items: int | None = None
    max_items: int | None = None
    medium: str = ""
    items: Input | None = None
    fields: Mapping[str, Input] = {}


class Entry(NamedTuple):
    """An endpoint as fal lists it. `gone` ones have left fal's index but may still run."""

    endpoint: str
    category: str
    title: str
    gone: bool


def find_endpoint(endpoint: str) -> Endpoint | None:
    """Find an endpoint by its id; None if the sandbox does not know it."""
    line = _unlisted().get(endpoint) or _line_in_facts(endpoint)
    return _parsed(line) if line else None


@lru_cache(maxsize=256)
def endpoint_of(endpoint: str) -> Endpoint:
    """Return what is known of an endpoint. One that is not known takes anything, and its id suggests what it makes."""
    known = find_endpoint(endpoint)
    if known:
        return known if known.outputs else known._replace(outputs=_usual_outputs(known))
    unknown = Endpoint(endpoint, _guessed_category(endpoint), endpoint)
    return unknown._replace(outputs=_usual_outputs(unknown))


@cache
def entries() -> tuple[Entry, ...]:
    """List all endpoints by id. The JSON part of the lines is not read: that would take ten times as long."""
    lines = [*_facts_lines(), *_unlisted().values()]
    return tuple(sorted(_entry(line) for line in lines))


def _guessed_category(endpoint: str) -> str:
    if endpoint.startswith("sandbox/fault/"):
        return "text-to-image" if endpoint.startswith("sandbox/fault/image-") else "text-to-video"
    found = (category for category, words in _CATEGORY_WORDS if any(word in endpoint for word in words))
    return next(found, "text-to-image")


def _usual_outputs(endpoint: Endpoint) -> dict[str, str]:
    return _TRAINING_OUTPUTS if endpoint.category == "training" else _OUTPUTS_BY_KIND[endpoint.kind]


def _facts_lines() -> Iterator[str]:
    for line in FACTS_FILE.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            yield line


@cache
def _unlisted() -> dict[str, str]:
    lines = _UNLISTED_FILE.read_text(encoding="utf-8").splitlines()
    return {line.partition("\t")[0]: line for line in lines if not line.startswith("#")}


def _entry(line: str) -> Entry:
    endpoint, category, title, rest = line.split("\t", 3)
    return Entry(endpoint, category, title, '"gone":1' in rest)


def _parsed(line: str) -> Endpoint:
    endpoint, category, title, rest = line.split("\t", 3)
    facts: Json = json.loads(rest)
    inputs = _read_inputs(facts["i"]) if "i" in facts else None
    return Endpoint(endpoint, category, title, inputs, facts.get("o", {}), bool(facts.get("gone")))


def _read_inputs(facts: Mapping[str, Any]) -> dict[str, Input]:
    """Read named inputs from the facts' notation."""
    return {name: _read(fact) for name, fact in facts.items()}


def _read(fact: Json | str) -> Input:
    """Read one input. Items of a list may be the bare name of a type."""
    if isinstance(fact, str):
        fact = {"t": fact}
    types = tuple(_TYPES[name] for name in str(fact.get("t", "")).split("|") if name in _TYPES)
    return Input(
        types=types,
        required=bool(fact.get("r")),
        nullable=bool(fact.get("n")),
        default=fact.get("d", NO_DEFAULT),
        choices=tuple(fact.get("e", ())),
        minimum=fact.get("min"),
        maximum=fact.get("max"),
        above=fact.get("gt"),
        below=fact.get("lt"),
        step=fact.get("step"),
        min_length=fact.get("minlen"),
        max_length=fact.get("maxlen"),
        min_items=fact.get("least"),
        max_items=fact.get("most"),
        medium=fact.get("m", "") if _MEDIA_TYPES.intersection(types) else "",
        items=_read(fact["of"]) if "of" in fact else None,
        fields=_read_inputs(fact.get("p", {})),
    )


def _line_in_facts(endpoint: str) -> str | None:
    """Bisect the bytes of the facts file."""
    wanted = endpoint.encode()
    with FACTS_FILE.open("rb") as file, closing(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)) as data:
        low, high = 0, len(data)
        while low < high:
            start = data.rfind(b"\n", low, (low + high) // 2) + 1 or low
            end = data.find(b"\n", start)
            end = len(data) if end < 0 else end
            line = data[start:end]
            found = line.partition(b"\t")[0]
            if found == wanted:
                return line.decode()
            low, high = (end + 1, high) if found < wanted else (low, start)
    return None
