"""The facts that ship with the program: one line an endpoint, sorted by id, so that one is found without the rest.

A line holds, between tabs, the id, fal's category, the title, and a JSON object: ``i`` the inputs, ``o`` the media
outputs, ``gone`` when fal's index no longer lists the endpoint. CONTRIBUTING.md says how the file is made.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from openclaw_fal.models.schema import NO_DEFAULT, Input, JsonType, Output, Schema

if TYPE_CHECKING:
    from collections.abc import Iterator

FACTS_FILE = Path(__file__).with_name("facts.tsv")

_TYPES: dict[str, JsonType] = {
    "str": "string",
    "int": "integer",
    "num": "number",
    "bool": "boolean",
    "obj": "object",
    "list": "array",
}
_OUTPUTS = {
    ".": Output(),
    "[]": Output(is_list=True),
    "url": Output(is_url=True),
    "url[]": Output(is_list=True, is_url=True),
}


def find_schema(endpoint: str) -> Schema | None:
    """Return what the facts know of an endpoint, ``None`` when they do not have it."""
    line = _find_line(FACTS_FILE.read_bytes(), endpoint.encode())
    return None if line is None else _schema(line.decode())


def list_endpoints() -> Iterator[tuple[str, str, str]]:
    """Yield id, category and title of every endpoint, in the order of their ids."""
    for line in FACTS_FILE.read_text("utf-8").splitlines():
        if not line.startswith("#"):
            endpoint, category, title, _ = line.split("\t", 3)
            yield endpoint, category, title


def all_schemas() -> Iterator[Schema]:
    """Yield everything that the facts know, in the order of the ids."""
    for line in FACTS_FILE.read_text("utf-8").splitlines():
        if not line.startswith("#"):
            yield _schema(line)


def _find_line(data: bytes, endpoint: bytes) -> bytes | None:
    """Bisect the sorted lines."""
    low, high = 0, len(data)
    while low < high:
        middle = (low + high) // 2
        start = data.rfind(b"\n", low, middle) + 1 or low
        end = data.find(b"\n", middle)
        line = data[start:end]
        found = line.partition(b"\t")[0]
        if found == endpoint:
            return line
        if found < endpoint:
            low = end + 1
        else:
            high = start
    return None


def _schema(line: str) -> Schema:
    endpoint, category, title, rest = line.split("\t", 3)
    facts = json.loads(rest)
    inputs = facts.get("i")
    return Schema(
        endpoint,
        title,
        category,
        None if inputs is None else {name: _input(field) for name, field in inputs.items()},
        {name: _OUTPUTS[shape] for name, shape in facts.get("o", {}).items()},
    )


def _input(facts: dict[str, Any] | str) -> Input:
    if isinstance(facts, str):  # the elements of a list of which only the type is known
        return Input(_types(facts))
    items, properties = facts.get("of"), facts.get("p")
    return Input(
        types=_types(facts.get("t", "any")),
        is_required="r" in facts,
        is_nullable="n" in facts,
        default=facts.get("d", NO_DEFAULT),
        enum=tuple(facts.get("e", ())),
        is_open="open" in facts,
        minimum=facts.get("min"),
        maximum=facts.get("max"),
        above=facts.get("gt"),
        below=facts.get("lt"),
        step=facts.get("step"),
        min_length=facts.get("minlen"),
        max_length=facts.get("maxlen"),
        min_items=facts.get("least"),
        max_items=facts.get("most"),
        medium=facts.get("m"),
        items=None if items is None else _input(items),
        properties=None if properties is None else {name: _input(field) for name, field in properties.items()},
    )


def _types(names: str) -> tuple[JsonType, ...]:
    return tuple(_TYPES[name] for name in names.split("|") if name in _TYPES)
