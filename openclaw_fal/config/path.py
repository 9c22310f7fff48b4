"""The way to a value in the configuration: ``agents.defaults``, ``a["b/c"].d``, ``fallbacks[0]``."""

from __future__ import annotations

import re

from openclaw_fal.core.errors import UsageError

ConfigPath = tuple[str | int, ...]
"""Names of members and indexes (from 0) of list elements."""

# Patterns are compiled when they are first used; most runs use none.
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
    r"""Read a path; raise `UsageError` for anything else.

    A key with a dot or a bracket in it is written in brackets and quotes, or with a backslash before each.
    """
    steps: list[str | int] = []
    position, text = 0, text.strip()
    while position < len(text) or not steps:
        if steps and text[position] == ".":
            position += 1
        match = re.compile(_STEP, re.VERBOSE | re.DOTALL).match(text, position)
        if match is None or (steps and match["bare"] and text[position - 1] != "."):
            raise UsageError(
                f"{text!r} is no path: it can't be read from character {position + 1} on.",
                hint="""Paths look like agents.defaults.mediaMaxMb, fallbacks[0] or auth.profiles["fal:default"].""",
            )
        steps.append(_step(match))
        position = match.end()
    return tuple(steps)


def show_path(path: ConfigPath) -> str:
    """Write a path as `parse_path` reads it, with quotes only where they are needed."""
    return "".join(map(_shown, path)).removeprefix(".")


def _step(match: re.Match[str]) -> str | int:
    if match["index"]:
        return int(match["index"])
    if match["quoted"]:
        return re.sub(_ESCAPED, r"\1", match["quoted"][1:-1], flags=re.DOTALL)
    return match["word"] or re.sub(_ESCAPED, r"\1", match["bare"], flags=re.DOTALL)


def _shown(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if re.fullmatch(_NEEDS_NO_QUOTES, step) else '["' + re.sub(_NEEDS_ESCAPE, r"\\\1", step) + '"]'
