"""The tables of the bash script: lines of `case`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openclaw_fal.completion.tree import command_paths, steps_to
from openclaw_fal.completion.values import MODEL_SETTINGS, values_by_kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from openclaw_fal.completion.tree import Command
    from openclaw_fal.completion.values import Word

MAX_LINE = 110  # characters


def tables(root: Command) -> dict[str, list[str]]:
    """Return the lines of each table."""
    paths = command_paths(root)
    return {
        "values": [line for kind, words in values_by_kind(root).items() for line in _values(kind, words)],
        "settings": [f"{' | '.join(names)}) kind={kind} ;;" for kind, names in MODEL_SETTINGS.items()],
        "steps": [
            f"{' | '.join(map(_quoted, steps))}) node={_quoted(path)} ;;" for path, steps in steps_to(paths).items()
        ],
        "commands": [line for command, path in paths.items() for line in _command(path, command)],
    }


def _values(kind: str, words: tuple[Word, ...]) -> Iterator[str]:
    one_line = f"{kind}) found=({' '.join(word.text for word in words)}) ;;"
    if len(one_line) <= MAX_LINE:
        yield one_line
    else:
        yield from (f"{kind})", "    found=(", *(f"        {word.text}" for word in words), "    )", "    ;;")


def _command(path: str, command: Command) -> Iterator[str]:
    yield f"{_quoted(path)})"
    yield from _words("commands", (name for name, _command in command.commands))
    yield from _words("flags", (spec for spec, _help in command.suggested_flags))
    yield from _words("silent", command.silent_flags)
    yield from _words("arguments", command.argument_kinds)
    yield "    ;;"


def _words(variable: str, words: Iterable[str]) -> Iterator[str]:
    """Yield an assignment of the words, each between blanks, unless there are none."""
    if joined := " ".join(words):
        yield f"    {variable}=' {joined} '"


def _quoted(text: str) -> str:
    return f"'{text}'"
