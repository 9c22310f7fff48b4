"""Paths to values in the configuration: ``agents.defaults``, ``a["b/c"].d``, ``fallbacks[0]``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from openclaw_fal.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

ConfigPath = tuple[str | int, ...]
"""Names of members, and indexes (from 0) of list elements."""

MAX_STEPS = 100
MISSING: Any = object()
"""What `look_up` returns where nothing is set; ``None`` is a value."""

# Compiled when they are first used; most runs use none.
_STEP = r"""
      (?P<bare> (?: [^.\[\]\\] | \\. )+ )
    | \[ \s* (?:
          (?P<index>  \d{1,9} )
        | (?P<quoted> "(?:[^"\\]|\\.)*" | '(?:[^'\\]|\\.)*' )
        | (?P<word>   [^\]"'\s-][^\]"'\s]* )
      ) \s* \]
    """
_ESCAPED = r"\\(.)"
_NEEDS_NO_QUOTES = r"[A-Za-z0-9_$@:-]+"
_NEEDS_ESCAPE = r'(["\\])'


def parse_path(text: str) -> ConfigPath:
    r"""Read a path. Raises `UsageError` for text that is not a path.

    A name with dots or brackets is written in brackets and quotes, or with a backslash before each.
    """
    steps: list[str | int] = []
    position, text = 0, text.strip()
    while position < len(text) or not steps:
        if steps and text[position] == ".":
            position += 1
        match = re.compile(_STEP, re.VERBOSE | re.DOTALL).match(text, position)
        if match is None or (steps and match["bare"] and text[position - 1] != "."):
            raise UsageError(
                f"{text!r} is not a path: it can't be read from character {position + 1} on.",
                hint="""Paths look like agents.defaults.mediaMaxMb, fallbacks[0] or auth.profiles["fal:default"].""",
            )
        steps.append(_step(match))
        position = match.end()
    if len(steps) > MAX_STEPS:
        raise UsageError(f"The path has {len(steps)} steps; a configuration has at most {MAX_STEPS} levels.")
    return tuple(steps)


def show_path(path: ConfigPath) -> str:
    """Write a path as `parse_path` reads it, with quotes only where they are needed."""
    return "".join(map(_show_step, path)).removeprefix(".")


def look_up(value: Any, path: ConfigPath) -> Any:
    """Return what is set at a path below a value; `MISSING` if nothing is."""
    found = value
    for _step, found in walk(value, path):  # noqa: B007 - the last one counts
        pass
    return found


def resolve_path(value: Any, path: ConfigPath) -> ConfigPath:
    """Return the path with its numbers as they apply below a value: an index in a list, a name in an object."""
    steps = tuple(step for step, _value in walk(value, path))
    return steps + path[len(steps) :]


def walk(value: Any, path: ConfigPath) -> Iterator[tuple[str | int, Any]]:
    """Yield each step of a path, as it applies below a value, with what is set there.

    Stops after the first step where nothing is set, which yields `MISSING`.
    """
    for step in path:
        if isinstance(value, list) and isinstance(step, str) and step.isdecimal():
            step = int(step)  # noqa: PLW2901
        elif isinstance(value, dict) and isinstance(step, int):
            step = str(step)  # noqa: PLW2901
        value = _child(value, step)
        yield step, value
        if value is MISSING:
            return


def _child(value: Any, step: str | int) -> Any:
    if isinstance(value, dict):
        return value.get(step, MISSING)
    if isinstance(value, list) and isinstance(step, int) and 0 <= step < len(value):
        return value[step]
    return MISSING


def _step(match: re.Match[str]) -> str | int:
    if match["index"]:
        return int(match["index"])
    if match["quoted"]:
        return re.sub(_ESCAPED, r"\1", match["quoted"][1:-1], flags=re.DOTALL)
    return match["word"] or re.sub(_ESCAPED, r"\1", match["bare"], flags=re.DOTALL)


def _show_step(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if re.fullmatch(_NEEDS_NO_QUOTES, step) else '["' + re.sub(_NEEDS_ESCAPE, r"\\\1", step) + '"]'
