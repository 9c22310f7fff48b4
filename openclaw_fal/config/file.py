"""The configuration file, read and checked, with the files that it includes. ``config/change.py`` changes it."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from openclaw_fal.config.path import MISSING, ConfigPath, look_up, show_path, walk
from openclaw_fal.config.settings import MODEL_PATHS, Settings, read_settings, uses_media_models
from openclaw_fal.config.settings_schema import Issue
from openclaw_fal.core.errors import ConfigError
from openclaw_fal.core.json_text import parse_json
from openclaw_fal.core.program import command
from openclaw_fal.core.records import Record
from openclaw_fal.core.text import NOT_UTF8, printable
from openclaw_fal.store.paths import OPEN_PIPES, is_pipe, read_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from openclaw_fal.config.json5_parser import Json5SyntaxError
    from openclaw_fal.core.kinds import Kind

_OFF = frozenset({"", "0", "false", "no", "off"})
INCLUDE = "$include"
MAX_INCLUDE_DEPTH = 10  # files that include each other
MAX_INCLUDE_BYTES = 2 * 1024 * 1024  # of one file


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
        if is_pipe(self.path) and not str(self.path).startswith(OPEN_PIPES):
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
    def _included(self) -> _Included:
        if INCLUDE not in self.text:
            return _Included(self.data, (self.path,) if self.exists else ())
        return _resolve_includes(self.path, self.data, self.environ)

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
        raise _broken_file(f"{path}:1:1: expected an object in braces.", "expected an object in braces")
    return data


def includes_above(data: Any, path: ConfigPath) -> list[str]:
    """Return the files that objects on the way to a path include, the nearest first."""
    passed = [data, *(value for _step, value in walk(data, path))]
    return [name for value in reversed(passed) if isinstance(value, dict) for name in _names(value.get(INCLUDE))]


def syntax_error(path: Path, error: Json5SyntaxError) -> ConfigError:
    return _broken_file(f"{path}:{error.line}:{error.column}: {error.message}", error.message, line=error.line)


def _broken_file(message: str, problem: str, *, line: int | None = None, code: str | None = None) -> ConfigError:
    """Return the error for a file that is not a configuration, with the ``problem`` as its one issue."""
    issue = Issue((), problem, line=line)
    return ConfigError(message, hint=command("config validate"), code=code, facts={"issues": [issue.as_json()]})


def _parse_json5(path: Path, text: str) -> Any:
    # Imported here: most runs have no file, or one of plain JSON.
    from openclaw_fal.config.json5_parser import Json5SyntaxError, read_value  # noqa: PLC0415

    try:
        return read_value(text)
    except Json5SyntaxError as error:
        raise syntax_error(path, error) from error


def _unreadable(path: Path, problem: str) -> ConfigError:
    return _broken_file(f"{path} {problem}.", f"the file {problem}", code="config_unreadable")


def _line_of(text: str, path: ConfigPath) -> int | None:
    from openclaw_fal.config.json5_editor import locate  # noqa: PLC0415 - only a file with a mistake needs it

    place = locate(text, path)
    return place[0] if place else None


class _Included(Record):
    """The merged configuration, and all files that it comes from, the main file first."""

    data: dict[str, Any]
    files: tuple[Path, ...]


def _resolve_includes(file: Path, data: dict[str, Any], environ: Mapping[str, str]) -> _Included:
    """Return the configuration with its included files merged in.

    What an object says itself wins over what it includes, and a later file over an earlier one; lists are joined. Paths
    are relative to the file that names them. Files must be below the folder of the main file, or below one of
    ``OPENCLAW_INCLUDE_ROOTS``. Raises `ConfigError`.
    """
    main = Path(os.path.realpath(file))
    resolver = _Resolver((main.parent, *_extra_roots(environ)))
    merged = resolver.resolved(data, (main,))
    if not isinstance(merged, dict):
        raise ConfigError(f"{main}: the included files don't make an object.", hint=command("config validate"))
    return _Included(merged, (main, *resolver.files))


class _Resolver:
    def __init__(self, roots: tuple[Path, ...]) -> None:
        self.roots = roots
        self.files: list[Path] = []

    def resolved(self, value: Any, chain: tuple[Path, ...]) -> Any:
        """Return a value of the last file of ``chain``, in which each file includes the next."""
        if isinstance(value, list):
            return [self.resolved(element, chain) for element in value]
        if not isinstance(value, dict):
            return value
        own = {name: self.resolved(member, chain) for name, member in value.items() if name != INCLUDE}
        if INCLUDE not in value:
            return own
        names = _names(value[INCLUDE])
        if not names:
            raise _include_problem(chain[-1], f"{INCLUDE} must be the path of a file, or a list of such paths")
        included: Any = {}
        for name in names:
            included = _merged(included, self.file(name, chain))
        return _merged(included, own) if own else included

    def file(self, name: str, chain: tuple[Path, ...]) -> Any:
        path = self.located(name, chain)
        if path in chain:
            circle = " → ".join(each.name for each in (*chain[chain.index(path) :], path))
            raise _include_problem(chain[-1], f"these files include each other: {circle}")
        if len(chain) > MAX_INCLUDE_DEPTH:
            raise _include_problem(chain[-1], f"more than {MAX_INCLUDE_DEPTH} files include each other")
        if path not in self.files:
            self.files.append(path)
        return self.resolved(parse_config(path, _read_included(path, chain[-1])), (*chain, path))

    def located(self, name: str, chain: tuple[Path, ...]) -> Path:
        try:
            path = Path(os.path.realpath(chain[-1].parent / Path(name).expanduser()))
        except (RuntimeError, ValueError) as error:
            raise _include_problem(chain[-1], f"{printable(name)!r} is not a path") from error
        if not any(path.is_relative_to(root) for root in self.roots):
            raise _include_problem(
                chain[-1],
                f"the included file {printable(name)} is outside {self.roots[0]}; OPENCLAW_INCLUDE_ROOTS can allow its "
                "folder",
            )
        return path


def _extra_roots(environ: Mapping[str, str]) -> Iterator[Path]:
    for name in environ.get("OPENCLAW_INCLUDE_ROOTS", "").split(os.pathsep):
        root = Path(os.path.expanduser(name.strip()))  # noqa: PTH111 - without a home folder, the tilde stays
        if name.strip() and root.is_absolute():
            yield Path(os.path.realpath(root))


def _names(value: Any) -> list[str]:
    names = value if isinstance(value, list) else [value]
    return [name for name in names if name] if all(isinstance(name, str) for name in names) else []


def _merged(first: Any, second: Any) -> Any:
    if isinstance(first, list) and isinstance(second, list):
        return [*first, *second]
    if isinstance(first, dict) and isinstance(second, dict):
        return first | {name: _merged(first[name], value) if name in first else value for name, value in second.items()}
    return second


def _read_included(path: Path, parent: Path) -> str:
    try:
        if not os.path.isfile(path):
            raise _include_problem(parent, f"the included file {path} does not exist")
        with path.open("rb") as file:
            content = file.read(MAX_INCLUDE_BYTES + 1)
        if len(content) > MAX_INCLUDE_BYTES:
            raise _include_problem(parent, f"the included file {path} is larger than {MAX_INCLUDE_BYTES} bytes")
        return content.decode()
    except OSError as error:
        raise _include_problem(parent, f"the included file {path} can't be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise _include_problem(parent, f"the included file {path} is {NOT_UTF8}") from error


def _include_problem(file: Path, message: str) -> ConfigError:
    return ConfigError(f"{file}: {message}.", hint=command("config validate"), code="config_include")
