"""What the configuration says, as far as this tool goes by it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from openclaw_fal.config.path import ConfigPath, show_path
from openclaw_fal.config.schema import Issue, check
from openclaw_fal.core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

IMAGE_MODEL: ConfigPath = ("agents", "defaults", "imageGenerationModel")
VIDEO_MODEL: ConfigPath = ("agents", "defaults", "videoGenerationModel")
NEWER_IMAGE_MODEL: ConfigPath = ("agents", "defaults", "mediaModels", "image")
NEWER_VIDEO_MODEL: ConfigPath = ("agents", "defaults", "mediaModels", "video")
MEDIA_MAX_MB: ConfigPath = ("agents", "defaults", "mediaMaxMb")
BASE_URL: ConfigPath = ("models", "providers", "fal", "baseUrl")
API_KEY: ConfigPath = ("models", "providers", "fal", "apiKey")

_VARIABLE = re.compile(r"\$?\$\{([A-Z_][A-Z0-9_]*)\}")


class ModelSetting(NamedTuple):
    """The default models of one capability; `where` is the path that sets them, empty when nothing does."""

    primary: str | None = None
    fallbacks: tuple[str, ...] = ()
    timeout_ms: int | None = None
    where: ConfigPath = ()

    def says_the_same_as(self, other: ModelSetting) -> bool:
        return self._replace(where=()) == other._replace(where=())


class SecretRef(NamedTuple):
    """Where a secret is kept, in place of the secret: OpenClaw's `{source, provider, id}`."""

    source: Literal["env", "file", "exec"]
    id: str
    provider: str = "default"

    def as_json(self) -> dict[str, str]:
        return {"source": self.source, "provider": self.provider, "id": self.id}


class Settings(NamedTuple):
    """The configuration's word on what this tool does. Unset is ``None``; strings are as written, `${NAME}` and all.

    `media_max_mb` is in megabytes.
    """

    image: ModelSetting = ModelSetting()
    video: ModelSetting = ModelSetting()
    media_max_mb: float | None = None
    base_url: str | None = None
    api_key: str | SecretRef | None = None


def read_settings(data: Any) -> tuple[Settings, list[Issue]]:
    """Return what the configuration says, and what is wrong with it. A value that is wrong counts as unset."""
    issues = list(check(data))
    reader = _Reader(data, issues)
    settings = Settings(
        image=reader.model(IMAGE_MODEL, NEWER_IMAGE_MODEL),
        video=reader.model(VIDEO_MODEL, NEWER_VIDEO_MODEL),
        media_max_mb=reader.value(MEDIA_MAX_MB),
        base_url=reader.value(BASE_URL),
        api_key=reader.secret(API_KEY),
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
