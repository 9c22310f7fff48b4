"""The facts that ship with the program: one line per endpoint, sorted by id, so that one is found without reading all.

A line holds, between tabs, the id, fal's category, the title, and a JSON object: ``i`` the inputs, ``o`` the media
outputs, ``gone`` when fal's index no longer lists the endpoint. CONTRIBUTING.md says how the file is made.
"""

from __future__ import annotations

import json
from os import SEEK_END
from pathlib import Path
from typing import TYPE_CHECKING, Any

from openclaw_fal.models.schema import Input, JsonType, Output, Schema

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

HEADER = "# fal endpoints, {day}: id, category, title, facts. CONTRIBUTING.md says how this file is made and read."
MAX_VALUES = 500  # of one input; the names of 1,300 avatars would be a fifth of the file, and change every week
FACTS_FILE = Path(__file__).with_name("facts.tsv")

_TYPES: dict[str, JsonType] = {
    "str": "string",
    "int": "integer",
    "num": "number",
    "bool": "boolean",
    "obj": "object",
    "list": "array",
}
_TYPE_NAMES = {json_type: name for name, json_type in _TYPES.items()}
# The keys of an input, apart from its type ``t``, its elements ``of`` and its members ``p``.
_FLAGS = {"r": "is_required", "n": "is_nullable", "open": "is_open", "other": "takes_others"}
_VALUES = {
    "d": "default",
    "min": "minimum",
    "max": "maximum",
    "gt": "above",
    "lt": "below",
    "step": "step",
    "minlen": "min_length",
    "maxlen": "max_length",
    "least": "min_items",
    "most": "max_items",
    "m": "medium",
}
_GONE_ENDS = (b'"gone":1}\n', b'"gone":1,"other":1}\n')
_LINE_BREAKS = {ord(character): f"\\u{ord(character):04x}" for character in "\x85\u2028\u2029"}  # in JSON as in Python
_OUTPUTS = {
    ".": Output(),
    "[]": Output(is_list=True),
    "url": Output(is_url=True),
    "url[]": Output(is_list=True, is_url=True),
}


def find_schema(endpoint: str) -> Schema | None:
    """Return what the facts know of an endpoint, ``None`` when they do not have it."""
    with FACTS_FILE.open("rb") as file:
        line = _find_line(file, endpoint.encode())
    return None if line is None else _schema(line.decode())


def list_endpoints(prefix: str = "") -> Iterator[tuple[str, str, str, bool]]:
    """Yield id, category and title of every endpoint, in the order of their ids, and whether fal no longer lists it.

    With a prefix, only of those whose ids begin with it.
    """
    start = prefix.encode()
    with FACTS_FILE.open("rb") as file:
        file.seek(_position(file, start))
        for line in file:
            if line.startswith(start) and not line.startswith(b"#"):
                # Decoding only these is four times as fast. The end of the rest says whether the endpoint is gone.
                endpoint, category, title, _rest = line.split(b"\t", 3)
                yield endpoint.decode(), category.decode(), title.decode(), line.endswith(_GONE_ENDS)
            elif line > start and not line.startswith(b"#"):
                return


def day() -> str:
    """Return the day of the facts, such as 2026-08-05."""
    with FACTS_FILE.open(encoding="utf-8") as file:
        return file.readline().removeprefix("# fal endpoints, ").partition(":")[0]


def all_schemas() -> Iterator[Schema]:
    """Yield everything that the facts know, in the order of the ids."""
    for line in FACTS_FILE.read_text("utf-8").splitlines():
        if not line.startswith("#"):
            yield _schema(line)


def _find_line(file: BinaryIO, endpoint: bytes) -> bytes | None:
    file.seek(_position(file, endpoint))
    line = file.readline()
    return line.rstrip(b"\n") if line.partition(b"\t")[0] == endpoint else None


def _position(file: BinaryIO, endpoint: bytes) -> int:
    """Return the position of the last line whose id does not come after this one, or of the first line.

    The sorted lines are bisected; reading all of the file would take ten times as long.
    """
    low, high = 0, file.seek(0, SEEK_END)
    while low < high:
        middle = (low + high) // 2
        file.seek(middle)
        file.readline()  # the rest of a line
        start = file.tell()
        line = file.readline()
        if line and line.partition(b"\t")[0] <= endpoint:
            low = start
        else:
            high = middle
    return low


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
        is_gone="gone" in facts,
        takes_others="other" in facts,
    )


def write_line(schema: Schema) -> str:
    """Return the line from which the schema is read again, except for what the facts leave out: descriptions."""
    facts: dict[str, Any] = {}
    if schema.inputs is not None:
        facts["i"] = {name: _facts(field) for name, field in schema.inputs.items()}
    if schema.outputs:
        shapes = {output: shape for shape, output in _OUTPUTS.items()}
        facts["o"] = {name: shapes[output] for name, output in schema.outputs.items()}
    facts |= {key: 1 for key, is_set in (("gone", schema.is_gone), ("other", schema.takes_others)) if is_set}
    cells = (
        " ".join(cell.replace("\t", " ").splitlines()) for cell in (schema.endpoint, schema.category, schema.title)
    )
    return "\t".join((*cells, json.dumps(facts, ensure_ascii=False, separators=(",", ":")).translate(_LINE_BREAKS)))


def _input(facts: dict[str, Any] | str) -> Input:
    if isinstance(facts, str):  # the elements of a list of which only the type is known
        return Input(_types(facts))
    fields: dict[str, Any] = {}
    for key, value in facts.items():
        if key in _VALUES:
            fields[_VALUES[key]] = value
        elif key in _FLAGS:
            fields[_FLAGS[key]] = True
        elif key == "t":
            fields["types"] = _types(value)
        elif key == "e":
            fields["enum"] = tuple(value)
        elif key == "of":
            fields["items"] = _input(value)
        elif key == "p":
            fields["properties"] = {name: _input(member) for name, member in value.items()}
    return Input(**fields)


def _facts(field: Input) -> dict[str, Any]:
    """Return what `_input` reads, its keys in alphabetical order."""
    facts: dict[str, Any] = {key: 1 for key, name in _FLAGS.items() if getattr(field, name)}
    unset = Input()
    for key, name in _VALUES.items():
        value = getattr(field, name)
        if value is not getattr(unset, name):
            facts[key] = value
    facts["t"] = "|".join(_TYPE_NAMES[json_type] for json_type in field.types) or "any"
    if field.enum and len(field.enum) <= MAX_VALUES:
        facts["e"] = list(field.enum)
    if field.items is not None:
        items = _facts(field.items)
        facts["of"] = items["t"] if set(items) == {"t"} else items
    if field.properties is not None:
        facts["p"] = {name: _facts(member) for name, member in field.properties.items()}
    return dict(sorted(facts.items()))


def _types(names: str) -> tuple[JsonType, ...]:
    return tuple(_TYPES[name] for name in names.split("|") if name in _TYPES)
