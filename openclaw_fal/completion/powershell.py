"""The tables of the PowerShell script: clauses of `switch`, with ordered hash tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openclaw_fal.completion.tree import command_paths, steps_to
from openclaw_fal.completion.values import MODEL_SETTINGS, values_by_kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from openclaw_fal.completion.tree import Command
    from openclaw_fal.completion.values import Word


def tables(root: Command) -> dict[str, list[str]]:
    """Return the lines of each table."""
    paths = command_paths(root)
    return {
        "values": [line for kind, words in values_by_kind(root).items() for line in _values(kind, words)],
        "settings": [
            f"{_quoted(name)} {{ $kind = '{kind}' }}" for kind, names in MODEL_SETTINGS.items() for name in names
        ],
        "steps": [
            f"{_quoted(step)} {{ {_quoted(path)} }}" for path, steps in steps_to(paths).items() for step in steps
        ],
        "commands": [line for command, path in paths.items() for line in _command(path, command)],
    }


def _values(kind: str, words: tuple[Word, ...]) -> Iterator[str]:
    entries = [f"{_quoted(word.text)} = {_quoted(word.description)}" for word in words]
    if not any(word.description for word in words):
        yield f"{_quoted(kind)} {{ [ordered]@{{ {'; '.join(entries)} }} }}"
        return
    yield f"{_quoted(kind)} {{"
    yield from ("    [ordered]@{", *(f"        {entry}" for entry in entries), "    }")
    yield "}"


def _command(path: str, command: Command) -> Iterator[str]:
    yield f"{_quoted(path)} {{"
    yield "    @{"
    yield from _described("Commands", ((name, below.help) for name, below in command.commands))
    yield from _described("Flags", command.suggested_flags)
    yield f"        Silent    = {_array(command.silent_flags)}"
    yield f"        Arguments = {_array(command.argument_kinds)}"
    yield "    }"
    yield "}"


def _described(name: str, entries: Iterable[tuple[str, str]]) -> Iterator[str]:
    lines = [f"            {_quoted(word)} = {_quoted(text)}" for word, text in entries]
    if lines:
        yield from (f"        {name:<9} = [ordered]@{{", *lines, "        }")
    else:
        yield f"        {name:<9} = [ordered]@{{}}"


def _array(words: Iterable[str]) -> str:
    return f"@({', '.join(map(_quoted, words))})"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
