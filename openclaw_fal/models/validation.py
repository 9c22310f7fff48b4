"""A body, checked against the schema of its endpoint before it is sent.

fal ignores an unknown input and still bills the job, so a name that the endpoint does not have is a problem too.
Whatever the schema leaves open passes.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, Literal

from openclaw_fal.core.errors import RequestError
from openclaw_fal.core.program import command
from openclaw_fal.core.records import Record
from openclaw_fal.core.secrets import redact
from openclaw_fal.core.text import printable
from openclaw_fal.models.draft import MediaFile
from openclaw_fal.models.refs import model_ref
from openclaw_fal.models.schema import Input, json_type_of, medium_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from openclaw_fal.models.schema import Schema

MAX_SHOWN = 12  # allowed values in a message
MAX_VALUE = 60  # characters of a value in a message
MAX_ENCODED = 1000  # characters; a longer text for a media input may be the file itself, in base64
_CLOSE = 0.6  # how alike a suggestion must be, from 0 to 1
_TYPE_NAMES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "object": "an object",
    "array": "a list",
}
_SCALARS = {"string": "text", "integer": "number", "number": "number", "boolean": "boolean"}


class Problem(Record):
    """One thing that is wrong with a body.

    ``path`` names the input, as ``-p`` takes it. ``message`` says what the input takes and what it got. ``suggestion``
    is the name or the value that was probably meant, as text. ``form`` is how a value is typed after the name, or
    after the suggested name if the name does not exist.
    """

    kind: Literal["unknown", "missing", "type", "value", "range", "length", "items"]
    path: str
    message: str
    allowed: tuple[Any, ...] = ()
    suggestion: str = ""
    form: str = "=…"

    def sentence(self, flags: Mapping[str, str]) -> str:
        """Return one sentence with the flag to use; ``flags`` has those of the inputs that a flag fills."""
        path = printable(self.path, limit=MAX_VALUE)
        flag = flags.get(self.path) or f"-p {path}{self.form}"
        suggestion = printable(self.suggestion, limit=MAX_VALUE)
        if self.kind == "unknown":
            meant = f" Did you mean -p {suggestion}{self.form}?" if suggestion else ""
            return f"There is no input {path!r}.{meant or self._others()}"
        if self.kind == "missing":
            if len(self.allowed) == 1:
                return f"The input {path!r} is required: {flag.replace('…', _plain(self.allowed[0]))}"
            values = f", one of {_shown_values(self.allowed)}" if self.allowed else ""
            return f"The input {path!r} is required: {flag}{values}"
        meant = f" Did you mean {suggestion}?" if suggestion else ""
        return f"{flag} {self.message}.{meant}"

    def _others(self) -> str:
        end = "" if len(self.allowed) > MAX_SHOWN else "."
        return f" The inputs are {_shown_values(self.allowed)}{end}" if self.allowed else ""

    def as_json(self) -> dict[str, Any]:
        facts = {
            "kind": self.kind,
            "input": self.path,
            "message": self.sentence({}),
            "allowed": list(self.allowed),
            "suggestion": self.suggestion,
        }
        return {name: value for name, value in facts.items() if value not in ("", [])}


class InvalidInputs(RequestError):
    """The schema refuses the body."""

    code = "inputs_invalid"

    def __init__(self, problems: Sequence[Problem], text: str, *, hint: str) -> None:
        super().__init__(text, hint=hint)
        self.problems = tuple(problems)

    def as_json(self) -> dict[str, Any]:
        return super().as_json() | {"problems": [problem.as_json() for problem in self.problems]}


def refusal(problems: Sequence[Problem], endpoint: str, flags: Mapping[str, str]) -> InvalidInputs:
    """Return the error that names all problems at once; ``flags`` maps inputs to flags such as ``--prompt TEXT``."""
    ref = model_ref(endpoint)
    # If an input is missing because its name is misspelled, the misspelling alone is reported.
    meant = {problem.suggestion for problem in problems if problem.kind == "unknown"}
    reported = [problem for problem in problems if problem.kind != "missing" or problem.path not in meant]
    sentences = list(dict.fromkeys(problem.sentence(flags) for problem in reported))
    first = f"{ref} does not take this."
    hints = [f"See its inputs: {command('models show', ref)}", "Send it unchecked: add --no-validate"]
    return InvalidInputs(problems, "\n".join([first, *sentences]), hint="\n".join(hints))


def check(schema: Schema, body: Mapping[str, Any]) -> list[Problem]:
    """Return everything that the schema refuses in a body; nothing when its inputs are not known."""
    if schema.inputs is None:
        return []
    whole = Input(("object",), properties=schema.inputs, takes_others=schema.takes_others)
    return list(_check_members("", body, whole))


def has_problem(schema: Schema, name: str, value: Any) -> bool:
    """Return whether the schema refuses a value of one of its inputs."""
    field = (schema.inputs or {}).get(name)
    return field is not None and any(_check(name, value, field))


def _shown_values(values: Sequence[Any]) -> str:
    """Return the first dozen of the values for a message."""
    texts = [_shown_value(value) if isinstance(value, dict | list) else _plain(value) for value in values[:MAX_SHOWN]]
    return ", ".join([*texts, "…"] if len(values) > MAX_SHOWN else texts)


def _shown_value(value: Any) -> str:
    """Return a value as JSON, short and without secrets."""
    return printable(redact(json.dumps(value, ensure_ascii=False, default=str)), limit=MAX_VALUE)


def _plain(value: Any) -> str:
    return printable(redact(value), limit=MAX_VALUE) if isinstance(value, str) else json.dumps(value)


def _check_members(path: str, value: Mapping[str, Any], field: Input) -> Iterator[Problem]:
    members = field.properties
    if members is None:
        return
    for name, member in members.items():
        if member.is_required and name not in value:
            yield Problem("missing", f"{path}{name}", "is required", member.enum, form=_form(member))
    for name, element in value.items():
        if name in members:
            yield from _check(f"{path}{name}", element, members[name])
        elif not field.takes_others:
            close = _closest_name(name, list(members))
            suggestion, form = (f"{path}{close}", _form(members[close])) if close else ("", "=…")
            others = tuple(sorted(members, key=lambda member: not members[member].is_required))
            yield Problem("unknown", f"{path}{name}", "does not exist", others, suggestion, form)


def _check(path: str, value: Any, field: Input) -> Iterator[Problem]:
    if isinstance(value, MediaFile):
        value = "https://"  # what will stand there
    if not _is_of_type(value, field):
        yield _of_wrong_type(path, value, field)
    elif not _is_listed(value, field):
        close = _closest_value(_plain(value), [_plain(each) for each in field.enum])
        other = f", or {_object_text(field)}" if field.properties and "object" in field.types else ""
        message = f"takes {_shown_values(field.enum)}{other}, not {_shown_value(value)}"
        yield Problem("value", path, message, field.enum, close)
    elif isinstance(value, dict):
        yield from _check_members(f"{path}.", value, field)
    elif isinstance(value, list):
        yield from _check_list(path, value, field)
    elif isinstance(value, str):
        yield from _check_text(path, value, field)
    elif value is not None and not isinstance(value, bool):
        yield from _check_number(path, value, field)


def _is_of_type(value: Any, field: Input) -> bool:
    if isinstance(value, float) and not math.isfinite(value):
        return False
    if not field.types:
        return True
    json_type = json_type_of(value)
    if json_type is None:
        return value is None and field.is_nullable
    # For JSON, 2.0 is a whole number.
    is_whole = isinstance(value, float) and value.is_integer() and field.takes("integer")
    return field.takes(json_type) or is_whole


def _is_listed(value: Any, field: Input) -> bool:
    """Return whether a value is listed, or of a type of which no values are listed."""
    scalar = _scalar(value)
    listed = [each for each in field.enum if _scalar(each) == scalar]
    return field.is_open or scalar is None or not listed or value in listed


def _scalar(value: Any) -> str | None:
    json_type = json_type_of(value)
    return _SCALARS.get(json_type) if json_type else None


def _of_wrong_type(path: str, value: Any, field: Input) -> Problem:
    # Imported here: most bodies have no mistake.
    from openclaw_fal.models.parameters import coerced  # noqa: PLC0415

    names = list(dict.fromkeys(_TYPE_NAMES[json_type] for json_type in field.types)) or ["a finite number"]
    names = [_object_text(field) if name == _TYPE_NAMES["object"] else name for name in names]
    names = [_shown_values(field.enum)] if field.enum and {*field.types} <= {*_SCALARS} else names
    meant = coerced(value, field) if isinstance(value, str) else value
    suggestion = _shown_value(meant) if isinstance(value, str) and meant != value else ""
    return Problem(
        "type", path, f"takes {' or '.join(names)}, not {_shown_value(value)}", field.enum, suggestion, _form(field)
    )


def _object_text(field: Input) -> str:
    if field.properties and {*field.properties} == {"width", "height"}:
        return "WxH"
    return f"an object with {_shown_values(list(field.properties))}" if field.properties else _TYPE_NAMES["object"]


def _check_text(path: str, value: str, field: Input) -> Iterator[Problem]:
    if field.medium in {"image", "video", "audio"}:
        if field.is_required and not value.strip():
            yield Problem("value", path, f"takes a URL, not {_shown_value(value)}; for a file, write -p {path}=@FILE")
        elif _is_path(value):
            file = _plain(value).removeprefix("@").removeprefix("file://")
            message = f"takes a URL, not {_shown_value(value)}; for a file, write -p {path}=@{file}"
            yield Problem("value", path, message)
    yield from _check_bounds("length", path, len(value), "character", field.min_length, field.max_length)


def _is_path(value: str) -> bool:
    is_url = "://" in value and not value.startswith("file://")
    return 0 < len(value) < MAX_ENCODED and not is_url and not value.startswith("data:")


def _check_list(path: str, value: list[Any], field: Input) -> Iterator[Problem]:
    yield from _check_bounds("items", path, len(value), "value", field.min_items, field.max_items)
    for index, element in enumerate(value):
        if field.items:
            yield from _check(f"{path}.{index}", element, field.items)


def _check_bounds(
    kind: Literal["length", "items"], path: str, count: int, unit: str, minimum: int | None, maximum: int | None
) -> Iterator[Problem]:
    for words, bound, is_broken in (
        ("at least", minimum, minimum is not None and count < minimum),
        ("at most", maximum, maximum is not None and count > maximum),
    ):
        if is_broken:
            yield Problem(kind, path, f"takes {words} {bound} {unit}{'' if bound == 1 else 's'}, not {count}")


def _check_number(path: str, value: float, field: Input) -> Iterator[Problem]:
    is_in_range = (
        (field.minimum is None or value >= field.minimum)
        and (field.maximum is None or value <= field.maximum)
        and (field.above is None or value > field.above)
        and (field.below is None or value < field.below)
        and (field.step is None or _is_multiple(value, field.step))
    )
    if not is_in_range:
        from openclaw_fal.models.descriptions import range_texts  # noqa: PLC0415 - most bodies have no mistake

        yield Problem("range", path, f"takes {', '.join(range_texts(field))}, not {_shown_value(value)}")


def _is_multiple(value: float, step: float) -> bool:
    """Return whether a number is a multiple, within the accuracy of floating point: 0.3 is one of 0.1."""
    if isinstance(value, int) and isinstance(step, int):
        return value % step == 0
    try:
        quotient = value / step
    except OverflowError:
        return True
    return math.isinf(quotient) or math.isclose(quotient, round(quotient), rel_tol=1e-9, abs_tol=1e-9)


def _closest(word: str, words: Sequence[str]) -> str:
    """Return what was probably meant, in any letter case; empty when nothing is alike."""
    # Imported here: most bodies have no mistake.
    import difflib  # noqa: PLC0415

    by_folded = {each.casefold(): each for each in words}
    found = difflib.get_close_matches(word.casefold(), by_folded, 1, _CLOSE)
    return by_folded[found[0]] if found else ""


def _closest_name(word: str, names: Sequence[str]) -> str:
    """Return the name that was probably meant: the only one with the word as a part, else one that looks alike."""
    part = word.casefold().replace("-", "_")
    having = [name for name in names if f"_{part}_" in f"_{name.casefold()}_"]
    return having[0] if len(having) == 1 else _closest(word, names) or min(having, key=len, default="")


def _closest_value(word: str, words: Sequence[str]) -> str:
    """Return the listed value that was probably meant. Numbers that look alike, such as two ratios, are not alike."""
    close = _closest(word, words)
    has_number = any(character.isdecimal() for character in word)
    return close if not has_number or close.casefold().startswith(word.casefold()) else ""


def _form(field: Input) -> str:
    """Return how a value of an input is typed after its name."""
    if medium_of(field):
        return "=@FILE"
    return ":=JSON" if field.types and {*field.types} <= {"object", "array"} and not _is_simple(field) else "=…"


def _is_simple(field: Input) -> bool:
    return bool(field.items and field.items.types and {*field.items.types} <= {*_SCALARS})
