"""The tables of the fish script: cases of `switch`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openclaw_fal.completion.tree import command_paths, steps_to
from openclaw_fal.completion.values import MODEL_SETTINGS, Word, values_by_kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from openclaw_fal.completion.tree import Command


def tables(root: Command) -> dict[str, list[str]]:
    """Return the lines of each table."""
    paths = command_paths(root)
    return {
        "values": _cases(([kind], _set("found", words)) for kind, words in values_by_kind(root).items()),
        "settings": _cases((names, [f"set kind {kind}"]) for kind, names in MODEL_SETTINGS.items()),
        "steps": _cases((map(_quoted, steps), [f"set node {path}"]) for path, steps in steps_to(paths).items()),
        "commands": _cases(([_quoted(path)], _command(command)) for command, path in paths.items()),
    }


def _cases(cases: Iterable[tuple[Iterable[str], Iterable[str]]]) -> list[str]:
    """Return a case for each list of patterns, with its statements."""
    return [
        line
        for patterns, statements in cases
        for line in (f"case {' '.join(patterns)}", *(f"    {statement}" for statement in statements))
    ]


def _command(command: Command) -> Iterator[str]:
    yield from _set("commands", [Word(name, below.help) for name, below in command.commands])
    yield from _set("flags", [Word(spec, text) for spec, text in command.suggested_flags])
    yield from _set("silent", map(Word, command.silent_flags))
    yield from _set("arguments", map(Word, command.argument_kinds))


def _set(variable: str, words: Iterable[Word]) -> Iterator[str]:
    """Yield the lines that set a variable: a single one, or one per word with its description; none without words."""
    words = list(words)
    if any(word.description for word in words):
        *lines, last = (f"    {word.text}\\t{_quoted(word.description)}" for word in words)
        yield from (f"set {variable} \\", *(f"{line} \\" for line in lines), last)
    elif words:
        yield f"set {variable} {' '.join(word.text for word in words)}"


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
