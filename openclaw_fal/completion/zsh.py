"""The tables of the zsh script: lines of `case`, with flags and arguments as `_arguments` wants them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openclaw_fal.completion.tree import command_paths, steps_to
from openclaw_fal.completion.values import FILES, MODEL_SETTINGS, TEXT, values_by_kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from openclaw_fal.completion.tree import Argument, Command, Flag
    from openclaw_fal.completion.values import Word


def tables(root: Command) -> dict[str, list[str]]:
    """Return the lines of each table."""
    paths = command_paths(root)
    return {
        "values": [line for kind, words in values_by_kind(root).items() for line in _values(kind, words)],
        "settings": [f"({'|'.join(names)}) kind={kind} ;;" for kind, names in MODEL_SETTINGS.items()],
        "steps": [f"({'|'.join(map(_quoted, steps))}) node={path} ;;" for path, steps in steps_to(paths).items()],
        "commands": [line for command, path in paths.items() for line in _command(path, command)],
    }


def _values(kind: str, words: tuple[Word, ...]) -> Iterator[str]:
    if not any(word.description for word in words):
        yield f"({kind}) found=({' '.join(word.text for word in words)}) ;;"
        return
    yield f"({kind})"
    yield from _array("found", (_with_tab(word) for word in words))
    yield "    ;;"


def _command(path: str, command: Command) -> Iterator[str]:
    yield f"({_quoted(path)})"
    yield from _array("flags", (_quoted(spec) for flag in command.flags for spec in _flag_specs(flag)))
    yield from _array("arguments", map(_quoted, _argument_specs(command.arguments)))
    yield from _array("subcommands", (_quoted(f"{name}:{below.help}") for name, below in command.commands))
    yield "    ;;"


def _array(variable: str, items: Iterable[str]) -> Iterator[str]:
    lines = [f"        {item}" for item in items]
    if lines:
        yield from (f"    {variable}=(", *lines, "    )")


def _flag_specs(flag: Flag) -> Iterator[str]:
    """Yield each spelling of a flag, with the flags that it excludes or * if it may be repeated."""
    excluded = "(- *)" if flag.is_final else f"({' '.join(flag.names)})" if len(flag.names) > 1 else ""
    front = "*" if flag.is_repeatable else excluded
    description = "[" + flag.help.replace("[", r"\[").replace("]", r"\]") + "]"
    value = f":{_message(flag.metavar)}:{_action(flag.kind)}" if flag.kind else ""
    for name in flag.names:
        equals = "" if flag.kind is None else "=" if name.startswith("--") else "+"
        yield f"{front}{name}{equals}{description}{value}" if flag.is_suggested else f"!{name}{equals}{value}"


def _argument_specs(arguments: tuple[Argument, ...]) -> Iterator[str]:
    for number, argument in enumerate(arguments, start=1):
        if argument.kind == TEXT and argument.is_repeatable:
            return  # with nothing to suggest, `_arguments` would keep a flag that is begun from being completed
        place = "*" if argument.is_repeatable else str(number)
        yield f"{place}:{_message(argument.metavar)}:{_action(argument.kind)}"


def _message(metavar: str) -> str:
    return metavar.lower().replace(":", r"\:") or "value"


def _action(kind: str) -> str:
    return {FILES: "_files", TEXT: " "}.get(kind, f"_openclaw-fal-values {kind}")


def _with_tab(word: Word) -> str:
    text, description = (part.replace("\\", r"\\").replace("'", r"\'") for part in (word.text, word.description))
    return rf"$'{text}\t{description}'"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", r"'\''") + "'"
