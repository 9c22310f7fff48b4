"""Environment variables: of the process, of the configuration's ``env`` block, and of OpenClaw's ``.env`` files."""

from __future__ import annotations

import os
import re
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

from openclaw_fal.core.records import Record
from openclaw_fal.core.text import printable, unreadable_reason
from openclaw_fal.store.paths import read_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

_NOTHING: Mapping[str, str] = MappingProxyType({})

# One assignment: NAME=value, export NAME='value', NAME="two\nlines" # comment
_ASSIGNMENT = r"""(?xms) ^ [ \t]* (?:export[ \t]+)? (?P<name>[A-Za-z_][\w.-]*) [ \t]* = [ \t]*
    (?: "(?P<double>(?:[^"\\]|\\.)*)" | '(?P<single>[^']*)' | `(?P<back>[^`]*)`
      | (?P<bare>[^\r\n]*?) (?:[ \t]+\#[^\r\n]*)? )
    [ \t]* (?:\#[^\r\n]*)? \r? $"""
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}


class Variable(Record):
    """A variable's value, and where it is set, such as ``environment variable FAL_KEY``."""

    value: str
    source: str
    is_of_process: bool = True

    def __repr__(self) -> str:
        return f"Variable(source={self.source!r})"


class Variables:
    """Variables by name; the process wins over the configuration, and that over the ``.env`` files.

    A blank variable counts as unset. ``warn`` is called for a file that can't be read.
    """

    def __init__(
        self,
        environ: Mapping[str, str],
        configured: Mapping[str, str] = _NOTHING,
        env_files: Sequence[Path] = (),
        warn: Callable[[str], object] | None = None,
    ) -> None:
        self.environ = environ
        self.configured = configured
        self.env_files = env_files
        self._warn = warn

    def find(self, name: str) -> Variable | None:
        """Return a variable that is set."""
        return self.of_process(name) or self.of_configuration(name)

    def of_process(self, name: str) -> Variable | None:
        value = self.environ.get(name, "").strip()
        return Variable(value, f"environment variable {name}") if value else None

    def of_configuration(self, name: str) -> Variable | None:
        """Return a variable of the configuration's ``env`` block or of a ``.env`` file."""
        if value := self.configured.get(name, "").strip():
            return Variable(value, f"env.{name} in the configuration", is_of_process=False)
        for path, values in self._of_files:
            if value := values.get(name, "").strip():
                return Variable(value, f"{name} in {path}", is_of_process=False)
        return None

    @cached_property
    def _of_files(self) -> list[tuple[Path, dict[str, str]]]:
        return [(path, _parse_env_file(text)) for path in self.env_files if (text := self._read(path)) is not None]

    def _read(self, path: Path) -> str | None:
        try:
            return read_text(path) if os.path.isfile(path) else None
        except (OSError, UnicodeDecodeError) as error:
            if self._warn:
                self._warn(f"{printable(str(path))} can't be read: {unreadable_reason(error)}.")
            return None


def _parse_env_file(text: str) -> dict[str, str]:
    """Return the variables of a ``.env`` file; the last of several with one name counts."""
    return dict(_assignments(text))


def _assignments(text: str) -> Iterator[tuple[str, str]]:
    for match in re.finditer(_ASSIGNMENT, text):
        value = next(text for text in match.group("double", "single", "back", "bare") if text is not None)
        if match["double"] is not None:
            value = re.sub(r"\\(.)", lambda escape: _ESCAPES.get(escape[1], escape[1]), value, flags=re.DOTALL)
        yield match["name"], value
