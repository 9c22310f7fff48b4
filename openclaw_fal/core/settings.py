"""What the configuration says, as far as this tool goes by it.

`SCHEMA` is the one table: `config schema` prints it, and `read_settings` checks by it. A real OpenClaw configuration
holds much else; unknown keys are nobody's mistake.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from openclaw_fal.core.config_path import ConfigPath, show_path
from openclaw_fal.core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

IMAGE_MODEL: ConfigPath = ("agents", "defaults", "imageGenerationModel")
VIDEO_MODEL: ConfigPath = ("agents", "defaults", "videoGenerationModel")
NEWER_IMAGE_MODEL: ConfigPath = ("agents", "defaults", "mediaModels", "image")
NEWER_VIDEO_MODEL: ConfigPath = ("agents", "defaults", "mediaModels", "video")
MEDIA_MAX_MB: ConfigPath = ("agents", "defaults", "mediaMaxMb")
BASE_URL: ConfigPath = ("models", "providers", "fal", "baseUrl")
API_KEY: ConfigPath = ("models", "providers", "fal", "apiKey")
AUTH_PROFILES: ConfigPath = ("auth", "profiles")


# --- the table ---------------------------------------------------------------------------------


def _object(description: str = "", *, required: tuple[str, ...] = (), **properties: Any) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "object"}
    if description:
        schema["description"] = description
    if required:
        schema["required"] = list(required)
    return schema | {"properties": properties, "additionalProperties": True}


def _string(description: str, **more: Any) -> dict[str, Any]:
    return {"type": "string", "description": description, "minLength": 1} | more


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
                        pattern=r"^(https?://|.*\$\{)",
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


# --- what it comes to --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Issue:
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


@dataclass(frozen=True, slots=True)
class ModelSetting:
    """The default models of one capability; `where` is the path that sets them, empty when nothing does."""

    primary: str | None = None
    fallbacks: tuple[str, ...] = ()
    timeout_ms: int | None = None
    where: ConfigPath = ()

    def says_the_same_as(self, other: ModelSetting) -> bool:
        return replace(self, where=()) == replace(other, where=())


@dataclass(frozen=True, slots=True)
class SecretRef:
    """Where a secret is kept, in place of the secret: OpenClaw's `{source, provider, id}`."""

    source: Literal["env", "file", "exec"]
    id: str
    provider: str = "default"

    def as_json(self) -> dict[str, str]:
        return {"source": self.source, "provider": self.provider, "id": self.id}


@dataclass(frozen=True, slots=True)
class Settings:
    """The configuration's word on what this tool does. Unset is ``None``; strings are as written, `${NAME}` and all.

    `media_max_mb` is in megabytes; `auth_profile` names the first account set up for fal.
    """

    image: ModelSetting = ModelSetting()
    video: ModelSetting = ModelSetting()
    media_max_mb: float | None = None
    base_url: str | None = None
    api_key: str | SecretRef | None = None
    auth_profile: str | None = None


def read_settings(data: Any) -> tuple[Settings, list[Issue]]:
    """Return what the configuration says, and what is wrong with it. A value that is wrong counts as unset."""
    issues = list(_check(data, SCHEMA, ()))
    reader = _Reader(data, issues)
    settings = Settings(
        image=reader.model(IMAGE_MODEL, NEWER_IMAGE_MODEL),
        video=reader.model(VIDEO_MODEL, NEWER_VIDEO_MODEL),
        media_max_mb=reader.value(MEDIA_MAX_MB),
        base_url=reader.value(BASE_URL),
        api_key=reader.secret(API_KEY),
        auth_profile=reader.fal_profile(),
    )
    return settings, issues


def expand_variables(text: str, environ: Mapping[str, str]) -> str:
    """Put a variable's value in place of each `${NAME}`; `$${NAME}` stands for itself.

    Raises `ConfigError` when a variable is unset or empty.
    """

    def expanded(match: re.Match[str]) -> str:
        if match[0].startswith("$$"):
            return match[0][1:]
        value = environ.get(match[1])
        if not value:
            raise ConfigError(
                f"The configuration asks for the environment variable {match[1]}, which is not set.",
                code="variable_missing",
            )
        return value

    return _VARIABLE.sub(expanded, text)


_VARIABLE = re.compile(r"\$?\$\{([A-Z_][A-Z0-9_]*)\}")


class _Reader:
    """Takes values out of checked data; what it finds odd beyond the table goes to `issues`."""

    def __init__(self, data: Any, issues: list[Issue]) -> None:
        self.data = data
        self.issues = issues
        self.wrong = {issue.path for issue in issues}

    def value(self, path: ConfigPath) -> Any:
        found = self.data
        for length, step in enumerate(path, start=1):
            if not isinstance(found, dict) or step not in found or path[:length] in self.wrong:
                return None
            found = found[step]
        return found

    def model(self, older: ConfigPath, newer: ConfigPath) -> ModelSetting:
        """Read either spelling. The newer one wins: newer versions of OpenClaw go by nothing else."""
        first, second = self.model_at(newer), self.model_at(older)
        if first is None or second is None:
            return first or second or ModelSetting()
        if not first.says_the_same_as(second):
            message = f"{show_path(newer)} says otherwise, and wins. Remove one of the two."
            self.issues.append(Issue(older, message, "warning"))
        return first

    def model_at(self, path: ConfigPath) -> ModelSetting | None:
        value = self.value(path)
        if value is None:
            return None
        if isinstance(value, str):
            return ModelSetting(primary=value, where=path)
        fallbacks = self.value((*path, "fallbacks")) or []
        timeout_ms = self.value((*path, "timeoutMs"))
        return ModelSetting(
            primary=self.value((*path, "primary")),
            fallbacks=tuple(name for i, name in enumerate(fallbacks) if (*path, "fallbacks", i) not in self.wrong),
            timeout_ms=None if timeout_ms is None else int(timeout_ms),
            where=path,
        )

    def secret(self, path: ConfigPath) -> str | SecretRef | None:
        value = self.value(path)
        if value is None or isinstance(value, str):
            return value
        source, name = self.value((*path, "source")), self.value((*path, "id"))
        if source is None or name is None:
            return None
        if source != "env":
            message = f'secrets of source "{source}" can\'t be read by openclaw-fal, only those of "env"'
            self.issues.append(Issue(path, message, "warning"))
        return SecretRef(source=source, id=name, provider=self.value((*path, "provider")) or "default")

    def fal_profile(self) -> str | None:
        profiles = self.value(AUTH_PROFILES) or {}
        return next((name for name in profiles if self.value((*AUTH_PROFILES, name, "provider")) == "fal"), None)


# --- the checks: the part of JSON Schema that the table uses -----------------------------------

_TYPE_NAMES = {
    "object": "an object",
    "array": "a list",
    "string": "a string",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "null": "null",
}


def _check(value: Any, schema: Mapping[str, Any], path: ConfigPath) -> Iterator[Issue]:
    choices = schema.get("anyOf", [schema])
    fitting = next((choice for choice in choices if _has_type(value, choice["type"])), None)
    if fitting is None:
        expected = " or ".join(_TYPE_NAMES[choice["type"]] for choice in choices)
        yield Issue(path, f"expected {expected}, found {_kind(value)}")
    elif isinstance(value, dict):
        yield from _check_members(value, fitting, path)
    elif isinstance(value, list):
        for index, element in enumerate(value):
            yield from _check(element, fitting["items"], (*path, index))
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
            yield from _check(member, expected, (*path, name))


def _complaint(value: Any, schema: Mapping[str, Any]) -> str | None:
    """Say what is wrong with a value of the right type, without repeating it: it may be a secret."""
    if "enum" in schema and value not in schema["enum"]:
        return f"expected one of {', '.join(schema['enum'])}"
    if isinstance(value, str) and len(value.strip()) < schema.get("minLength", 0):
        return "must not be empty"
    if "pattern" in schema and not re.search(schema["pattern"], value):
        return "expected an http or https URL"
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
