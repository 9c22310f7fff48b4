"""The configuration file, read and checked. ``config/edits.py`` changes it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from openclaw_fal.config.includes import INCLUDE, Included, resolve_includes
from openclaw_fal.config.path import MISSING, ConfigPath, look_up, show_path
from openclaw_fal.config.settings import MODEL_PATHS, Settings, read_settings, uses_media_models
from openclaw_fal.config.settings_schema import Issue
from openclaw_fal.core.errors import ConfigError
from openclaw_fal.core.json_text import parse_json
from openclaw_fal.core.program import command
from openclaw_fal.core.records import Record
from openclaw_fal.core.text import NOT_UTF8
from openclaw_fal.store.paths import OPEN_PIPES, read_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from openclaw_fal.config.json5.parser import Json5SyntaxError
    from openclaw_fal.core.kinds import Kind


_OFF = frozenset({"", "0", "false", "no", "off"})


class Config(Record):
    """The configuration when it was read; empty if there is no file.

    ``data`` is what the file itself says, which edits change; `merged` has the files that it includes, too.
    """

    path: Path
    data: dict[str, Any]
    exists: bool = False
    text: str = ""
    is_read_only: bool = False
    environ: Mapping[str, str] = {}

    def __repr__(self) -> str:
        return f"Config({self.path})"  # the rest has secrets

    @classmethod
    def read(cls, path: Path, environ: Mapping[str, str]) -> Config:
        """Read the file; a missing one is empty. Raises `ConfigError` if it can't be read or is not JSON5."""
        return cls(path, {}, is_read_only=is_read_only(environ), environ=environ).read_again()

    def read_again(self) -> Config:
        """Return the configuration as the file is now."""
        if self.path.is_fifo() and not str(self.path).startswith(OPEN_PIPES):
            raise _unreadable(self.path, "is a named pipe, not a file")
        try:
            text = read_text(self.path, "utf-8", newline="")
        except FileNotFoundError:
            return self._replace(exists=False, text="", data={})
        except OSError as error:
            reason = error.strerror or str(error)
            raise _unreadable(self.path, f"can't be read: {reason}") from error
        except UnicodeDecodeError as error:
            raise _unreadable(self.path, f"is {NOT_UTF8}") from error
        return self.with_text(text)

    def with_text(self, text: str) -> Config:
        return self._replace(exists=True, text=text, data=parse_config(self.path, text))

    @property
    def merged(self) -> dict[str, Any]:
        """What the file and those that it includes say. Raises `ConfigError` (code ``config_include``)."""
        return self._included.data

    @property
    def effective(self) -> dict[str, Any]:
        """As `merged`, but what the file itself says if an included file can't be used."""
        try:
            return self.merged
        except ConfigError:
            return self.data

    @property
    def settings(self) -> Settings:
        """The settings. A wrong value counts as unset, and is one of the issues."""
        return self._checked[0]

    @property
    def issues(self) -> tuple[Issue, ...]:
        """What is wrong with the configuration, each issue with its line."""
        return self._with_lines(self._checked[1])

    @property
    def pressing_issues(self) -> tuple[Issue, ...]:
        """The issues without the unread names, which change nothing here."""
        return self._with_lines([issue for issue in self._checked[1] if issue.is_typo or not issue.is_unread])

    def value_at(self, path: ConfigPath) -> Any:
        """Return a value, secrets included. Raises `ConfigError` (code ``config_path_missing``) if none is set."""
        value = look_up(self.merged, path)
        if value is MISSING:
            raise ConfigError(
                f"{show_path(path)} is not set in {self.path}.",
                hint=f"The settings that are read: {command('config schema')}",
                code="config_path_missing",
            )
        return value

    def model_path(self, kind: Kind) -> ConfigPath:
        """Return the path to write a default model to: the newer one if a newer OpenClaw uses the file."""
        newer, *older = MODEL_PATHS[kind]
        if uses_media_models(self.effective):
            return newer
        return self.settings.model(kind).where or [*older, newer][0]

    @cached_property
    def _included(self) -> Included:
        if INCLUDE not in self.text:
            return Included(self.data, (self.path,) if self.exists else ())
        return resolve_includes(self.path, self.data, parse_config, self.environ)

    @cached_property
    def _checked(self) -> tuple[Settings, list[Issue]]:
        settings, issues = read_settings(self.effective)
        try:
            settings = settings._replace(files=self._included.files)
        except ConfigError as error:
            issues.insert(0, Issue((), error.message))
        return settings, issues

    def _with_lines(self, issues: Iterable[Issue]) -> tuple[Issue, ...]:
        return tuple(issue._replace(line=_line_of(self.text, issue.path)) for issue in issues)


def is_read_only(environ: Mapping[str, str]) -> bool:
    return environ.get("OPENCLAW_CONFIG_READONLY", "").strip().lower() not in _OFF


def parse_config(path: Path, text: str) -> dict[str, Any]:
    """Parse the text of a configuration file; only white space and comments mean an empty configuration.

    Raises `ConfigError` with the file, line and column.
    """
    try:
        data = parse_json(text.removeprefix("\ufeff") or "{}")
    except ValueError:
        data = _parse_json5(path, text)
    if not isinstance(data, dict):
        raise broken_file(f"{path}:1:1: expected an object in braces.", "expected an object in braces")
    return data


def _parse_json5(path: Path, text: str) -> Any:
    # Imported here: most runs have no file, or one of plain JSON.
    from openclaw_fal.config.json5 import parser  # noqa: PLC0415

    try:
        return parser.read_value(text)
    except parser.Json5SyntaxError as error:
        raise syntax_error(path, error) from error


def syntax_error(path: Path, error: Json5SyntaxError) -> ConfigError:
    return broken_file(f"{path}:{error.line}:{error.column}: {error.message}", error.message, line=error.line)


def broken_file(message: str, problem: str, *, line: int | None = None, code: str | None = None) -> ConfigError:
    """Return the error for a file that is not a configuration, with the ``problem`` as its one issue."""
    issue = Issue((), problem, line=line)
    return ConfigError(message, hint=command("config validate"), code=code, facts={"issues": [issue.as_json()]})


def _unreadable(path: Path, problem: str) -> ConfigError:
    return broken_file(f"{path} {problem}.", f"the file {problem}", code="config_unreadable")


def _line_of(text: str, path: ConfigPath) -> int | None:
    from openclaw_fal.config.json5 import editor  # noqa: PLC0415 - only a file with a mistake needs it

    place = editor.locate(text, path)
    return place[0] if place else None
