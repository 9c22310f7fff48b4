"""Which settings this tool reads, and of which form. A real OpenClaw configuration holds much else.

`SCHEMA` is the one table: `config schema` prints it, and `check` goes by it. Unknown keys are nobody's mistake.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from openclaw_fal.config.path import ConfigPath, show_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_ANYTHING = r"\S"
_URL_OR_VARIABLE = r"^(https?://|.*\$\{)"


class Issue(NamedTuple):
    """Something wrong with the configuration, or with all of it when `path` is empty.

    `line` (from 1) is known once the text is.
    """

    path: ConfigPath
    message: str
    level: Literal["error", "warning"] = "error"
    line: int | None = None

    def __str__(self) -> str:
        if not self.path:
            return self.message
        return f"{show_path(self.path)}: {self.message}" + (f" (line {self.line})" if self.line else "")

    def as_json(self) -> dict[str, Any]:
        line = {} if self.line is None else {"line": self.line}
        return {"path": show_path(self.path), "message": self.message} | line


def _object(description: str = "", *, required: tuple[str, ...] = (), **properties: Any) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "object"}
    if description:
        schema["description"] = description
    if required:
        schema["required"] = list(required)
    return schema | {"properties": properties, "additionalProperties": True}


def _string(description: str, **more: Any) -> dict[str, Any]:
    return {"type": "string", "description": description, "pattern": _ANYTHING} | more


def _model(description: str) -> dict[str, Any]:
    return {
        "description": description,
        "anyOf": [
            _string("A model such as fal/fal-ai/flux/dev."),
            _object(
                "A model, those to try when it fails, and how long to wait for each.",
                primary=_string("The model to use, such as fal/fal-ai/flux/dev."),
                fallbacks={
                    "type": "array",
                    "description": "Models to try, in this order, when the primary one fails.",
                    "items": _string("A model such as fal/fal-ai/flux/dev."),
                },
                timeoutMs={
                    "type": "integer",
                    "description": "How long a generation may take, in milliseconds.",
                    "exclusiveMinimum": 0,
                },
            ),
        ],
    }


SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "openclaw.json, as far as openclaw-fal reads it",
    **_object(
        agents=_object(
            defaults=_object(
                imageGenerationModel=_model("The default image model."),
                videoGenerationModel=_model("The default video model."),
                mediaModels=_object(
                    "The newer spelling of the default models; it wins over the older one.",
                    image=_model("The default image model."),
                    video=_model("The default video model."),
                ),
                mediaMaxMb={
                    "type": "number",
                    "description": "The largest file to download, in megabytes.",
                    "exclusiveMinimum": 0,
                },
            ),
        ),
        models=_object(
            providers=_object(
                fal=_object(
                    "How to reach fal.",
                    baseUrl=_string(
                        "One origin for all of fal's services, in place of its own hosts; ${NAME} for a variable.",
                        pattern=_URL_OR_VARIABLE,
                    ),
                    apiKey={
                        "description": "The key, when neither the environment nor `onboard` gives one.",
                        "anyOf": [
                            _string("The key itself, or ${FAL_KEY} for the variable that holds it."),
                            _object(
                                "Where the key is kept; of the sources, openclaw-fal reads env.",
                                required=("source", "id"),
                                source={"type": "string", "enum": ["env", "file", "exec"]},
                                provider=_string("The name of the secret provider."),
                                id=_string("For env, the name of the variable."),
                            ),
                        ],
                    },
                ),
            ),
        ),
        auth=_object(
            profiles={
                "type": "object",
                "description": "Which accounts are set up, by name, such as fal:default. Never holds a key.",
                "additionalProperties": _object(
                    provider=_string("The provider's id, such as fal."),
                    mode=_string("How to sign in, such as api_key."),
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
_PATTERN_COMPLAINTS = {_ANYTHING: "must not be empty", _URL_OR_VARIABLE: "expected an http or https URL"}


def check(value: Any, schema: Mapping[str, Any] = SCHEMA, path: ConfigPath = ()) -> Iterator[Issue]:
    """Yield what is wrong with a value. This is the part of JSON Schema that the table uses."""
    choices = schema.get("anyOf", [schema])
    fitting = next((choice for choice in choices if _has_type(value, choice["type"])), None)
    if fitting is None:
        expected = " or ".join(_TYPE_NAMES[choice["type"]] for choice in choices)
        yield Issue(path, f"expected {expected}, found {_kind(value)}")
    elif isinstance(value, dict):
        yield from _check_members(value, fitting, path)
    elif isinstance(value, list):
        for index, element in enumerate(value):
            yield from check(element, fitting["items"], (*path, index))
    elif message := _complaint(value, fitting):
        yield Issue(path, message)


def _check_members(value: dict[str, Any], schema: Mapping[str, Any], path: ConfigPath) -> Iterator[Issue]:
    for name in schema.get("required", ()):
        if name not in value:
            yield Issue(path, f"{name} is missing")
    others = schema["additionalProperties"]
    for name, member in value.items():
        expected = schema.get("properties", {}).get(name, others)
        if expected is not True:
            yield from check(member, expected, (*path, name))


def _complaint(value: Any, schema: Mapping[str, Any]) -> str | None:
    """Say what is wrong with a value of the right type, without repeating it: it may be a secret."""
    if "enum" in schema and value not in schema["enum"]:
        return f"expected one of {', '.join(schema['enum'])}"
    if "pattern" in schema and not re.search(schema["pattern"], value):
        return _PATTERN_COMPLAINTS[schema["pattern"]]
    # Written so that NaN, which is no number above 0, is caught too.
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


def _kind(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    kinds = (("null", type(None)), ("a boolean", bool), ("a number", int), ("a string", str), ("a list", list))
    return next((name for name, kind in kinds if isinstance(value, kind)), "an object")
