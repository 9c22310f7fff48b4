"""The command tree as completion needs it: names, flags, the kinds of their values, and a line of help for each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from openclaw_fal.completion.values import COMMANDS, IGNORED, TEXT, find_kind
from openclaw_fal.core.requests import HELP_TOPICS

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_DESCRIPTION = 72  # characters; the values after a colon would not fit on a line, and TAB suggests them anyway


def _is_long(name: str) -> bool:
    return name.startswith("--")


@dataclass(frozen=True, slots=True)
class Flag:
    """A flag with all its spellings.

    ``kind`` is the kind of its value, ``None`` if it takes none. A flag that is not suggested is still recognized.
    Nothing is suggested after a final flag.
    """

    names: tuple[str, ...]
    help: str
    kind: str | None = None
    metavar: str = ""
    is_repeatable: bool = False
    is_suggested: bool = True
    is_final: bool = False

    def spec(self, name: str) -> str:
        """Return ``--name``, ``--name=kind``, or ``--name=kind+`` when it may be repeated."""
        return name if self.kind is None else f"{name}={self.kind}{'+' * self.is_repeatable}"


@dataclass(frozen=True, slots=True)
class Argument:
    """A positional argument."""

    kind: str
    metavar: str
    is_repeatable: bool = False


@dataclass(frozen=True, slots=True)
class Command:
    """A command or a group of commands, without its name: `infer image generate` equals `image generate`."""

    help: str
    flags: tuple[Flag, ...] = ()
    arguments: tuple[Argument, ...] = ()
    commands: tuple[tuple[str, Command], ...] = ()

    @property
    def suggested_flags(self) -> list[tuple[str, str]]:
        """The specs of the flags to suggest, in their long spellings, each with its help."""
        return [
            (flag.spec(name), flag.help)
            for flag in self.flags
            for name in flag.names
            if flag.is_suggested and _is_long(name)
        ]

    @property
    def silent_flags(self) -> list[str]:
        """The specs of the flags and spellings that are recognized and not suggested."""
        return [
            flag.spec(name) for flag in self.flags for name in flag.names if not (flag.is_suggested and _is_long(name))
        ]

    @property
    def argument_kinds(self) -> list[str]:
        return [argument.kind + "+" * argument.is_repeatable for argument in self.arguments]


HELP = Flag(("--help", "-h"), "Show this help", is_final=True)


def read_tree(program: Any) -> Command:
    """Read the tree of commands below ``program``, the root command as typer builds it."""
    root = _read(program, ())
    return replace(root, commands=tuple((name, _with_words(command, root)) for name, command in root.commands))


def _with_words(command: Command, root: Command) -> Command:
    """Return `help` with all commands and topics below it, so that its words are completed one by one."""
    if not any(argument.kind == COMMANDS for argument in command.arguments):
        return command
    # A topic with the name of a command is shown with it.
    topics = [topic for topic in HELP_TOPICS if topic not in dict(root.commands)]
    below = tuple((topic, Command(f"Help on {topic.replace('-', ' ')}")) for topic in topics)
    return replace(command, arguments=(), commands=(*_bare(root).commands, *below))


def _bare(command: Command) -> Command:
    """Return a command without its flags and arguments."""
    return Command(command.help, commands=tuple((name, _bare(below)) for name, below in command.commands))


def _read(command: Any, path: tuple[str, ...]) -> Command:
    options = [each for each in command.params if each.param_type_name == "option"]
    arguments = [each for each in command.params if each.param_type_name == "argument"]
    below = getattr(command, "commands", {})
    return Command(
        help=_description(command.help),
        flags=(*(_flag(option, path) for option in options), HELP),
        arguments=tuple(_argument(argument, path) for argument in arguments),
        commands=tuple((name, _read(sub, (*path, name))) for name, sub in below.items() if not sub.hidden),
    )


def _flag(option: Any, path: tuple[str, ...]) -> Flag:
    name = option.name or ""
    takes_value = not (option.is_flag or option.count)
    kind = find_kind(path, name) or TEXT
    is_ignored = kind == IGNORED
    return Flag(
        names=tuple(sorted((*option.opts, *option.secondary_opts), key=_is_long, reverse=True)),
        help=_description(option.help),
        kind=None if not takes_value else TEXT if is_ignored else kind,
        metavar=option.metavar or "",
        is_repeatable=option.multiple,
        is_suggested=not (option.hidden or is_ignored),
        is_final=name == "version",
    )


def _argument(argument: Any, path: tuple[str, ...]) -> Argument:
    kind = find_kind(path, argument.name or "") or TEXT
    return Argument(kind, (argument.metavar or "").strip("[]…"), argument.nargs != 1)


def _description(text: str | None) -> str:
    """Return the first sentence of a help text; of a long one, only what comes before the colon."""
    one_line = " ".join((text or "").replace("…", "...").split())
    sentence = one_line.partition(". ")[0].removesuffix(".")
    return sentence if len(sentence) <= MAX_DESCRIPTION else sentence.partition(": ")[0]


def command_paths(root: Command) -> dict[Command, str]:
    """Return the different commands of a tree with the path at which each is found first; the root's is empty.

    Equal commands at several paths, such as `infer image generate` and `image generate`, count as one.
    """
    paths: dict[Command, str] = {}

    def add(command: Command, path: str) -> None:
        if command not in paths:
            paths[command] = path
            for name, below in command.commands:
                add(below, f"{path}/{name}" if path else name)

    add(root, "")
    return paths


def steps_to(paths: Mapping[Command, str]) -> dict[str, list[str]]:
    """Return the steps that lead to each command, each as ``<path of the command above> <name>``."""
    steps: dict[str, list[str]] = {}
    for command, path in paths.items():
        for name, below in command.commands:
            steps.setdefault(paths[below], []).append(f"{path} {name}")
    return steps
