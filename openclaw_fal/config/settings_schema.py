"""The JSON Schema of the settings that this tool reads.

`config schema` prints `SCHEMA`, and `check` applies it. Other keys are allowed: OpenClaw has many more settings.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal

from openclaw_fal.config.path import ConfigPath, show_path
from openclaw_fal.core.records import Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

MAX_TIMEOUT_MS = 2**31 - 1
"""The longest timeout that OpenClaw supports: 24 days."""
_MAX_DISTANCE = 2  # letters
_MIN_NAME = 5  # letters; shorter names are close to too many others
_NOT_BLANK = r"\S"
_URL_OR_VARIABLE = r"^(https?://|.*\$\{)"


MEDIA_MODELS: ConfigPath = ("agents", "defaults", "mediaModels")
_WHOLE_FILE = "<root>"  # OpenClaw's path for an issue of the whole configuration
OTHER_MEDIA = frozenset({"music", "audio", "speech"})
"""Kinds of media in OpenClaw's configuration that may be unknown here."""
# The names at the top of OpenClaw's configuration, in all versions since 2026.1. OpenClaw refuses a file with others.
_SECTIONS = frozenset(
    """
    $schema $include meta auth accessGroups acp env wizard diagnostics logging audit security cli crestodian update
    browser ui tui secrets marketplaces skills plugins surfaces models nodeHost agents tools bindings broadcast audio
    media attachments messages tts commands approvals session web channels cron worktrees transcripts commitments hooks
    discovery canvasHost talk gateway cloudWorkers desktop vault memory mcp proxy
    """.split()  # noqa: SIM905 - a word on each line would fill a page
)


class Issue(Record):
    """Something that is wrong at a path; an empty path means the whole configuration. ``line`` starts at 1.

    ``is_typo`` marks an unknown name that is close to a known one. It is a warning, and refused by edits.
    ``is_unread`` marks a name at the top that neither OpenClaw nor this tool knows. Edits refuse it as well, because
    OpenClaw refuses the whole file; commands that only read the file are silent about it.
    """

    path: ConfigPath
    message: str
    level: Literal["error", "warning"] = "error"
    line: int | None = None
    is_typo: bool = False
    is_unread: bool = False

    def __str__(self) -> str:
        if not self.path:
            return self.message
        return f"{show_path(self.path)}: {self.message}" + (f" (line {self.line})" if self.line else "")

    def as_json(self) -> dict[str, Any]:
        line = {} if self.line is None else {"line": self.line}
        return {"path": show_path(self.path) or _WHOLE_FILE, "message": self.message} | line


def _object(description: str = "", *, required: tuple[str, ...] = (), **properties: Any) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "object"}
    if description:
        schema["description"] = description
    if required:
        schema["required"] = list(required)
    return schema | {"properties": properties, "additionalProperties": True}


def _string(description: str, **more: Any) -> dict[str, Any]:
    return {"type": "string", "description": description, "pattern": _NOT_BLANK} | more


def _model(description: str) -> dict[str, Any]:
    return {
        "description": description,
        "anyOf": [
            _string("A model such as fal/fal-ai/flux/dev."),
            _object(
                "A model, its fallbacks, and how long to wait for each.",
                primary=_string("The model to use, such as fal/fal-ai/flux/dev."),
                fallbacks={
                    "type": "array",
                    "description": "Models to try, in this order, if the primary one fails.",
                    "items": _string("A model such as fal/fal-ai/flux/dev."),
                },
                timeoutMs={
                    "type": "integer",
                    "description": "Maximum time for a generation, in milliseconds.",
                    "exclusiveMinimum": 0,
                    "maximum": MAX_TIMEOUT_MS,
                },
            ),
        ],
    }


SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "The settings in openclaw.json that openclaw-fal reads",
    **_object(
        agents=_object(
            defaults=_object(
                imageGenerationModel=_model("The default image model."),
                videoGenerationModel=_model("The default video model."),
                mediaModels=_object(
                    "The default models in newer versions of OpenClaw; wins over the older settings.",
                    image=_model("The default image model."),
                    video=_model("The default video model."),
                    music=_model("The default music model."),
                ),
                mediaMaxMb={
                    "type": "number",
                    "description": "Maximum size of a downloaded file, in MiB; Infinity means no limit.",
                    "exclusiveMinimum": 0,
                },
            ),
        ),
        models=_object(
            providers=_object(
                fal=_object(
                    "How to reach fal.",
                    baseUrl=_string(
                        "One origin for all of fal's services, instead of fal's own hosts; ${NAME} inserts a variable.",
                        pattern=_URL_OR_VARIABLE,
                    ),
                    apiKey={
                        "description": "The key, used if neither the environment nor `onboard` provides one.",
                        "anyOf": [
                            _string("The key, or ${NAME} or $NAME for the variable that holds it."),
                            _object(
                                "A reference to the key in a variable, a file or the output of a command.",
                                required=("source", "id"),
                                source={"type": "string", "enum": ["env", "file", "exec"]},
                                provider=_string("The name of the secret provider."),
                                id=_string("The variable; the JSON pointer in a file; the id for a command."),
                            ),
                        ],
                    },
                ),
            ),
        ),
        auth=_object(
            profiles={
                "type": "object",
                "description": "The accounts that are set up, by name, such as fal:default. Contains no keys.",
                "additionalProperties": _object(
                    provider=_string("The provider's id, such as fal."),
                    mode=_string("The sign-in method, such as api_key."),
                ),
            },
        ),
    ),
}

_TYPE_NAMES = {
    "object": "an object",
    "array": "a list",
    "string": "a string",
    "number": "a number",
    "integer": "a whole number",
}
_PATTERN_MESSAGES = {_NOT_BLANK: "must not be empty", _URL_OR_VARIABLE: "expected an http or https URL"}


def check(value: Any, schema: Mapping[str, Any] = SCHEMA, path: ConfigPath = ()) -> Iterator[Issue]:
    """Yield what is wrong with a value. Supports the part of JSON Schema that `SCHEMA` uses."""
    choices = schema.get("anyOf", [schema])
    matching = next((choice for choice in choices if _has_type(value, choice["type"])), None)
    if matching is None:
        expected = " or ".join(_TYPE_NAMES[choice["type"]] for choice in choices)
        yield Issue(path, f"expected {expected}, found {_type_name(value)}")
    elif isinstance(value, dict):
        yield from _check_members(value, matching, path)
    elif isinstance(value, list):
        for index, element in enumerate(value):
            yield from check(element, matching["items"], (*path, index))
    elif message := _value_problem(value, matching):
        yield Issue(path, message)


def _check_members(value: dict[str, Any], schema: Mapping[str, Any], path: ConfigPath) -> Iterator[Issue]:
    for name in schema.get("required", ()):
        if name not in value:
            yield Issue(path, f"{name} is missing")
    others = schema["additionalProperties"]
    known = schema.get("properties", {})
    for name, member in value.items():
        expected = known.get(name, others)
        if expected is True:
            yield from _check_name(name, known, path)
        else:
            yield from check(member, expected, (*path, name))


def _check_name(name: str, known: Iterable[str], path: ConfigPath) -> Iterator[Issue]:
    """Report an unknown name: one at the top, one that is close to a known one, one of an unknown kind of media."""
    if not path and name not in _SECTIONS:
        close = next((other for other in known if _is_close(name, other)), None)
        instead = f". Did you mean {close}?" if close else ""
        message = f"this name is unknown to OpenClaw and to openclaw-fal{instead}"
        yield Issue((name,), message, "warning", is_typo=bool(close), is_unread=True)
    elif close := next((other for other in known if _is_close(name, other)), None):
        message = f"this name is unknown. Did you mean {show_path((*path, close))}?"
        yield Issue((*path, name), message, "warning", is_typo=True)
    elif path == MEDIA_MODELS and name not in OTHER_MEDIA:
        yield Issue((*path, name), f"openclaw-fal does not know this kind; it knows {', '.join(known)}", "warning")


def _is_close(name: str, known: str) -> bool:
    """Return whether at most two letters were left out, added, replaced or swapped.

    Importing `difflib` would cost 2 ms of every run whose file has other settings, as OpenClaw's own has.
    """
    if len(known) < _MIN_NAME or abs(len(name) - len(known)) > _MAX_DISTANCE:
        return False
    one, other = name.casefold(), known.casefold()
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        last, row = row, [i]
        for j, wanted in enumerate(other, start=1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before = last
    return row[-1] <= _MAX_DISTANCE


def _value_problem(value: Any, schema: Mapping[str, Any]) -> str | None:
    """Return what is wrong with a value of the right type. The value may be a secret, so it is not shown."""
    if "enum" in schema and value not in schema["enum"]:
        return f"expected one of {', '.join(schema['enum'])}"
    if "pattern" in schema and not re.search(schema["pattern"], value):
        return _PATTERN_MESSAGES[schema["pattern"]]
    if "maximum" in schema and value > schema["maximum"]:
        return f"expected at most {schema['maximum']}"
    # Not `<=`, which would let NaN through.
    if "exclusiveMinimum" in schema and not value > schema["exclusiveMinimum"]:
        return f"expected a number above {schema['exclusiveMinimum']}"
    return None


def _has_type(value: Any, name: str) -> bool:
    match name:
        case "object":
            return isinstance(value, dict)
        case "array":
            return isinstance(value, list)
        case "string":
            return isinstance(value, str)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case _:
            return _has_type(value, "number") and (isinstance(value, int) or value.is_integer())


def _type_name(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    kinds = (("null", type(None)), ("a boolean", bool), ("a number", int), ("a string", str), ("a list", list))
    return next((name for name, kind in kinds if isinstance(value, kind)), "an object")
