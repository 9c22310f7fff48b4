"""The configuration file, read and checked; `config_edits` changes it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from openclaw_fal.config.path import ConfigPath, show_path
from openclaw_fal.config.settings import MEDIA_MODELS, MODEL_PATHS, Settings, read_settings
from openclaw_fal.core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from openclaw_fal.config.json5.parser import Json5SyntaxError
    from openclaw_fal.config.schema import Issue
    from openclaw_fal.core.requests import Kind

VALIDATE_HINT = "openclaw-fal config validate"

_OFF = frozenset({"", "0", "false", "no", "off"})


@dataclass(frozen=True)
class Config:
    """The configuration as it was when it was read; empty when there is no file."""

    path: Path
    exists: bool = False
    text: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    is_read_only: bool = False

    @classmethod
    def read(cls, path: Path, environ: Mapping[str, str]) -> Config:
        """Read the file; none is an empty one. Raises `ConfigError` when it is not JSON5."""
        return cls(path, is_read_only=is_read_only(environ)).read_again()

    def read_again(self) -> Config:
        """Return the configuration as it is now."""
        try:
            text = self.path.read_bytes().decode()
        except FileNotFoundError:
            return replace(self, exists=False, text="", data={})
        except OSError as error:
            reason = error.strerror or str(error)
            raise ConfigError(f"{self.path} can't be read: {reason}.", code="config_unreadable") from error
        except UnicodeDecodeError as error:
            raise ConfigError(f"{self.path} is not UTF-8 text.", hint=VALIDATE_HINT) from error
        return self.with_text(text)

    def with_text(self, text: str) -> Config:
        return replace(self, exists=True, text=text, data=parse_config(self.path, text))

    @property
    def settings(self) -> Settings:
        """What the configuration says; a value of the wrong type counts as unset, and is among the issues."""
        return self._judged[0]

    @property
    def issues(self) -> tuple[Issue, ...]:
        """What is wrong with it, each with its line."""
        return self._judged[1]

    def value_at(self, path: ConfigPath) -> Any:
        """Return a value with its secrets; raise `ConfigError` when nothing is set there."""
        is_set, value = look_up(self.data, path)
        if not is_set:
            raise ConfigError(
                f"{show_path(path)} is not set in {self.path}.",
                hint="openclaw-fal config schema lists the settings that are read.",
                code="config_path_missing",
            )
        return value

    def model_path(self, kind: Kind) -> ConfigPath:
        """Return the path to write a default model to: the spelling that the file uses, else the older one."""
        paths = MODEL_PATHS[kind]
        return self.settings.model(kind).where or (paths[0] if look_up(self.data, MEDIA_MODELS)[0] else paths[-1])

    @cached_property
    def _judged(self) -> tuple[Settings, tuple[Issue, ...]]:
        settings, issues = read_settings(self.data)
        return settings, tuple(issue._replace(line=_line_of(self.text, issue.path)) for issue in issues)


def is_read_only(environ: Mapping[str, str]) -> bool:
    return environ.get("OPENCLAW_CONFIG_READONLY", "").strip().lower() not in _OFF


def parse_config(path: Path, text: str) -> dict[str, Any]:
    """Return what a configuration's text says; nothing but space and comments says nothing.

    Raises `ConfigError` with the place in the file.
    """
    try:
        data = json.loads(text or "{}")
    except (ValueError, RecursionError):
        data = _parse_json5(path, text)
    if not isinstance(data, dict):
        raise ConfigError(f"{path}:1:1: expected an object in braces.", hint=VALIDATE_HINT)
    return data


def _parse_json5(path: Path, text: str) -> Any:
    # Imported here: most runs have no file, or one of plain JSON.
    from openclaw_fal.config.json5 import parser as json5_syntax  # noqa: PLC0415

    try:
        return json5_syntax.value_of(json5_syntax.parse(text)) if json5_syntax.has_value(text) else {}
    except json5_syntax.Json5SyntaxError as error:
        raise broken_config(path, error) from error


def broken_config(path: Path, error: Json5SyntaxError) -> ConfigError:
    return ConfigError(f"{path}:{error.line}:{error.column}: {error.message}", hint=VALIDATE_HINT)


def _line_of(text: str, path: ConfigPath) -> int | None:
    from openclaw_fal.config.json5 import editor as json5_edit  # noqa: PLC0415 - only a file with a mistake needs it

    place = json5_edit.locate(text, path)
    return place[0] if place else None


def look_up(data: Any, path: ConfigPath) -> tuple[bool, Any]:
    """Say whether anything is set at a path, and what."""
    found = data
    for step in fitted(data, path):
        if not isinstance(found, dict | list):
            return False, None
        try:
            found = found[step]  # type: ignore[index]
        except (LookupError, TypeError):
            return False, None
    return True, found


def fitted(data: Any, path: ConfigPath) -> ConfigPath:
    """Read a number as what it stands for in this document: `fallbacks.0` is an index, `a[0]` may be a key."""
    found, fitted = data, list(path)
    for depth, step in enumerate(path):
        if isinstance(found, list) and isinstance(step, str) and step.isdecimal():
            fitted[depth] = int(step)
        elif isinstance(found, dict) and isinstance(step, int):
            fitted[depth] = str(step)
        try:
            found = found[fitted[depth]]
        except (LookupError, TypeError):
            break
    return tuple(fitted)
