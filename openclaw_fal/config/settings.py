"""The settings that this tool reads from the configuration."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from openclaw_fal.config.path import MISSING, ConfigPath, look_up, show_path
from openclaw_fal.config.settings_schema import MEDIA_MODELS, Issue, check
from openclaw_fal.core.errors import ConfigError
from openclaw_fal.core.program import command
from openclaw_fal.core.records import Record
from openclaw_fal.store.keys import SecretRef

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from openclaw_fal.config.variables import Variables
    from openclaw_fal.core.kinds import Kind

Member = TypeVar("Member")

NEWER_OPENCLAW = (2026, 8)  # the first version that refuses files with the older names
MODEL_PATHS: Mapping[Kind, tuple[ConfigPath, ...]] = {
    "image": ((*MEDIA_MODELS, "image"), ("agents", "defaults", "imageGenerationModel")),
    "video": ((*MEDIA_MODELS, "video"), ("agents", "defaults", "videoGenerationModel")),
    "music": ((*MEDIA_MODELS, "music"),),
}
"""The paths that set the default models of a kind. The first wins: OpenClaw 2026.8 and newer read no other."""
ALIASED_MODELS: ConfigPath = ("agents", "defaults", "models")
MEDIA_MAX_MB: ConfigPath = ("agents", "defaults", "mediaMaxMb")
BASE_URL: ConfigPath = ("models", "providers", "fal", "baseUrl")
API_KEY: ConfigPath = ("models", "providers", "fal", "apiKey")
ENV: ConfigPath = ("env",)
SECRET_PROVIDERS: ConfigPath = ("secrets", "providers")
SECRET_DEFAULTS: ConfigPath = ("secrets", "defaults")

_NO_MODEL = r"""^(?!.*\$\{).*[\s"'`<>|\\^,;(){}\[\]]"""  # unless a variable is inserted
_NO_LIMIT = 1e9  # MiB
_REFUSED = "OpenClaw 2026.8 and newer refuse a file with this name."
_VARIABLE = re.compile(r"\$?\$\{([A-Z_][A-Z0-9_]*)\}")


class ModelSetting(Record):
    """The default models of one kind; ``where`` is the path that sets them, empty if none does."""

    primary: str | None = None
    fallbacks: tuple[str, ...] = ()
    timeout_ms: int | None = None
    where: ConfigPath = ()

    def is_equivalent(self, other: ModelSetting) -> bool:
        """Compare all but ``where``."""
        return self._replace(where=()) == other._replace(where=())


class Settings(Record):
    """The settings that this tool reads. ``None`` means unset; strings still contain their ``${NAME}``.

    `with_variables` replaces those in names of models.

    ``models`` holds the kinds that are configured, ``aliases`` the model refs by the names that the user gave them;
    ``media_max_mb`` is in MiB. ``env`` are variables that the configuration sets; ``files`` are the
    configuration file and those that it includes.
    """

    models: Mapping[Kind, ModelSetting] = MappingProxyType({})
    aliases: Mapping[str, str] = MappingProxyType({})
    media_max_mb: float | None = None
    base_url: str | None = None
    api_key: str | SecretRef | None = None
    env: Mapping[str, str] = MappingProxyType({})
    secret_providers: Mapping[str, Mapping[str, Any]] = MappingProxyType({})
    secret_defaults: Mapping[str, str] = MappingProxyType({})
    files: tuple[Path, ...] = ()

    def model(self, kind: Kind) -> ModelSetting:
        """Return the default models of a kind; an empty setting if none are configured."""
        return self.models.get(kind, ModelSetting())


def read_settings(data: Any) -> tuple[Settings, list[Issue]]:
    """Return the settings, and what is wrong with the configuration. A wrong value counts as unset."""
    issues = list(check(data))
    reader = _Reader(data, issues)
    settings = Settings(
        models={kind: setting for kind, paths in MODEL_PATHS.items() if (setting := reader.model(paths))},
        aliases=reader.aliases(),
        media_max_mb=reader.limit(MEDIA_MAX_MB),
        base_url=reader.value(BASE_URL),
        api_key=reader.secret(API_KEY),
        env=reader.env(),
        secret_providers=reader.members(SECRET_PROVIDERS, dict),
        secret_defaults=reader.members(SECRET_DEFAULTS, str),
    )
    return settings, issues


def uses_media_models(data: Any) -> bool:
    """Return whether a file takes default models under ``mediaModels`` only, because a newer OpenClaw reads it."""
    if look_up(data, MEDIA_MODELS) is not MISSING:
        return True
    version = look_up(data, ("meta", "lastTouchedVersion"))
    numbers = re.match(r"v?(\d{1,9})\.(\d{1,9})", version) if isinstance(version, str) else None
    return numbers is not None and (int(numbers[1]), int(numbers[2])) >= NEWER_OPENCLAW


def with_variables(settings: Settings, variables: Variables) -> Settings:
    """Return settings with the values of variables in the names of models; of an unset one, ``${NAME}`` stays."""

    def expanded(text: str) -> str:
        try:
            return expand_variables(text, variables) if "${" in text else text
        except ConfigError:
            return text

    models = {
        kind: setting._replace(
            primary=setting.primary and expanded(setting.primary), fallbacks=tuple(map(expanded, setting.fallbacks))
        )
        for kind, setting in settings.models.items()
    }
    return settings._replace(models=models, aliases={name: expanded(ref) for name, ref in settings.aliases.items()})


def unset_variable(text: str) -> str | None:
    """Return the name of a variable that `with_variables` left in a text."""
    match = _VARIABLE.search(text) if "${" in text else None
    return match[1] if match else None


def expand_variables(text: str, variables: Variables) -> str:
    """Replace each ``${NAME}`` with the variable's value; ``$${NAME}`` becomes ``${NAME}``.

    Raises `ConfigError` (code ``variable_missing``) for a variable that is unset or empty.
    """

    def expanded(match: re.Match[str]) -> str:
        if match[0].startswith("$$"):
            return match[0][1:]
        variable = variables.find(match[1])
        if variable is None:
            raise ConfigError(
                f"The configuration refers to the environment variable {match[1]}, which is not set.",
                code="variable_missing",
            )
        return variable.value

    return _VARIABLE.sub(expanded, text)


def _suggestion(name: str) -> str:
    from openclaw_fal.models.catalog import shipped_models  # noqa: PLC0415
    from openclaw_fal.models.refs import (  # noqa: PLC0415
        DEFAULT_IMAGE_MODEL,
        closest_models,
        model_ref,
    )

    close = closest_models(re.sub(r"\s+", "-", name.strip()), shipped_models())
    if close:
        return f". Did you mean {model_ref(close[0])}?"
    return f"; expected one such as {model_ref(DEFAULT_IMAGE_MODEL)}"


class _Reader:
    """Reads values from checked data, and adds warnings to ``issues`` that the schema can't express."""

    def __init__(self, data: Any, issues: list[Issue]) -> None:
        self.data = data
        self.issues = issues
        self.wrong = {issue.path for issue in issues}

    def value(self, path: ConfigPath) -> Any:
        if any(path[:length] in self.wrong for length in range(1, len(path) + 1)):
            return None
        value = look_up(self.data, path)
        return None if value is MISSING else value

    def model(self, paths: tuple[ConfigPath, ...]) -> ModelSetting | None:
        """Return the first setting of several spellings, with a warning for each other one that differs."""
        found = [setting for path in paths if (setting := self.model_at(path))]
        refused = f" {_REFUSED}" if uses_media_models(self.data) else ""
        for other in found[1:]:
            if not found[0].is_equivalent(other):
                message = f"{show_path(found[0].where)} differs, and wins.{refused or ' Remove one of the two.'}"
                self.issues.append(Issue(other.where, message, "warning"))
        for setting in found:
            is_reported = any(issue.path == setting.where for issue in self.issues)
            if refused and setting.where in paths[1:] and not is_reported:
                message = f"this belongs to {show_path(paths[0])}.{refused} Move it: {command('doctor --fix')}"
                self.issues.append(Issue(setting.where, message, "warning"))
        return found[0] if found else None

    def model_at(self, path: ConfigPath) -> ModelSetting | None:
        value = self.value(path)
        if value is None:
            return None
        if isinstance(value, str):
            return ModelSetting(primary=self.model_name(path), where=path)
        fallbacks = self.value((*path, "fallbacks")) or []
        timeout_ms = self.value((*path, "timeoutMs"))
        names = [self.model_name((*path, "fallbacks", index)) for index in range(len(fallbacks))]
        return ModelSetting(
            primary=self.model_name((*path, "primary")),
            fallbacks=tuple(name for name in names if name is not None),
            timeout_ms=None if timeout_ms is None else int(timeout_ms),
            where=path,
        )

    def model_name(self, path: ConfigPath) -> str | None:
        """Return the name of a model, which may be an alias; ``None`` for text that can't be a model's name."""
        name: str | None = self.value(path)
        if name is None or not re.search(_NO_MODEL, name.strip()) or name.strip() in self.aliases():
            return name
        self.wrong.add(path)
        self.issues.append(Issue(path, f"no model has such a name{_suggestion(name)}"))
        return None

    def limit(self, path: ConfigPath) -> float | None:
        """Return a number; ``None`` for one so large that it limits nothing."""
        value = self.value(path)
        return None if value is None or value > _NO_LIMIT else float(value)

    def aliases(self) -> dict[str, str]:
        """Return the refs by alias. OpenClaw keeps other things at this place too; what has no alias is left out."""
        models = self.value(ALIASED_MODELS)
        named = models.items() if isinstance(models, dict) else ()
        return {
            entry["alias"].strip(): ref
            for ref, entry in named
            if isinstance(entry, dict) and isinstance(entry.get("alias"), str) and entry["alias"].strip()
        }

    def secret(self, path: ConfigPath) -> str | SecretRef | None:
        value = self.value(path)
        if value is None or isinstance(value, str):
            return value
        source, name = self.value((*path, "source")), self.value((*path, "id"))
        if source is None or name is None:
            return None
        ref = SecretRef(source=source, id=name, provider=self.value((*path, "provider")) or "default")
        provider = ref.provider
        if provider == "default":
            provider = self.members(SECRET_DEFAULTS, str).get(source, provider)
        if source != "env" and provider not in self.members(SECRET_PROVIDERS, dict):
            message = f"{show_path((*SECRET_PROVIDERS, provider))} is not set, so this key can't be found"
            self.issues.append(Issue(path, message, "warning"))
        return ref

    def env(self) -> dict[str, str]:
        """Return the variables that the configuration sets: in ``env`` itself, and in ``env.vars``."""
        own = {name: value for name, value in self.members(ENV, str).items() if value.strip()}
        return self.members((*ENV, "vars"), str) | own

    def members(self, path: ConfigPath, of_type: type[Member]) -> dict[str, Member]:
        """Return the members of an object that have this type, none if the value is no object."""
        value = self.value(path)
        found = value if isinstance(value, dict) else {}
        return {name: member for name, member in found.items() if isinstance(member, of_type)}
