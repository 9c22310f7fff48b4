"""``$include``: other files that OpenClaw merges into the configuration."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from openclaw_fal.config.path import walk
from openclaw_fal.core.errors import ConfigError
from openclaw_fal.core.program import command
from openclaw_fal.core.records import Record
from openclaw_fal.core.text import NOT_UTF8, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from openclaw_fal.config.path import ConfigPath

INCLUDE = "$include"
MAX_DEPTH = 10  # files that include each other
MAX_BYTES = 2 * 1024 * 1024  # of one file


class Included(Record):
    """The merged configuration, and all files that it comes from, the main file first."""

    data: dict[str, Any]
    files: tuple[Path, ...]


def resolve_includes(
    file: Path, data: dict[str, Any], parse: Callable[[Path, str], dict[str, Any]], environ: Mapping[str, str]
) -> Included:
    """Return the configuration with its included files merged in.

    What an object says itself wins over what it includes, and a later file over an earlier one; lists are joined. Paths
    are relative to the file that names them. Files must be below the folder of the main file, or below one of
    ``OPENCLAW_INCLUDE_ROOTS``. Raises `ConfigError`.
    """
    main = Path(os.path.realpath(file))
    resolver = _Resolver(parse, (main.parent, *_extra_roots(environ)))
    merged = resolver.resolved(data, (main,))
    if not isinstance(merged, dict):
        raise ConfigError(f"{main}: the included files don't make an object.", hint=command("config validate"))
    return Included(merged, (main, *resolver.files))


def includes_above(data: Any, path: ConfigPath) -> list[str]:
    """Return the files that objects on the way to a path include, the nearest first."""
    passed = [data, *(value for _step, value in walk(data, path))]
    return [name for value in reversed(passed) if isinstance(value, dict) for name in _names(value.get(INCLUDE))]


class _Resolver:
    def __init__(self, parse: Callable[[Path, str], dict[str, Any]], roots: tuple[Path, ...]) -> None:
        self.parse = parse
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
            raise _problem(chain[-1], f"{INCLUDE} must be the path of a file, or a list of such paths")
        included: Any = {}
        for name in names:
            included = _merged(included, self.file(name, chain))
        return _merged(included, own) if own else included

    def file(self, name: str, chain: tuple[Path, ...]) -> Any:
        path = self.located(name, chain)
        if path in chain:
            circle = " → ".join(each.name for each in (*chain[chain.index(path) :], path))
            raise _problem(chain[-1], f"these files include each other: {circle}")
        if len(chain) > MAX_DEPTH:
            raise _problem(chain[-1], f"more than {MAX_DEPTH} files include each other")
        if path not in self.files:
            self.files.append(path)
        return self.resolved(self.parse(path, _read(path, chain[-1])), (*chain, path))

    def located(self, name: str, chain: tuple[Path, ...]) -> Path:
        try:
            path = Path(os.path.realpath(chain[-1].parent / Path(name).expanduser()))
        except (RuntimeError, ValueError) as error:
            raise _problem(chain[-1], f"{printable(name)!r} is not a path") from error
        if not any(path.is_relative_to(root) for root in self.roots):
            raise _problem(
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


def _read(path: Path, parent: Path) -> str:
    try:
        if not path.is_file():
            raise _problem(parent, f"the included file {path} does not exist")
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise _problem(parent, f"the included file {path} is larger than {MAX_BYTES} bytes")
        return content.decode()
    except OSError as error:
        raise _problem(parent, f"the included file {path} can't be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise _problem(parent, f"the included file {path} is {NOT_UTF8}") from error


def _problem(file: Path, message: str) -> ConfigError:
    return ConfigError(f"{file}: {message}.", hint=command("config validate"), code="config_include")
