"""The command tree as completion needs it: names, flags, what follows each of them, and a line about each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from openclaw_fal.completion.values import IGNORED, TEXT, find_kind

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAM = "openclaw-fal"


def _is_long(name: str) -> bool:
    return name.startswith("--")


@dataclass(frozen=True, slots=True)
class Flag:
    """A flag in all its spellings.

    ``kind`` says what its value is, ``None`` that it takes none. After a final one nothing else matters. One that is
    not offered is known all the same.
    """

    names: tuple[str, ...]
    help: str
    kind: str | None = None
    metavar: str = ""
    is_repeatable: bool = False
    is_offered: bool = True
    is_final: bool = False

    def known_as(self, name: str) -> str:
        """Return ``--name``, ``--name=kind``, or ``--name=kind+`` when it may be repeated."""
        return name if self.kind is None else f"{name}={self.kind}{'+' * self.is_repeatable}"


@dataclass(frozen=True, slots=True)
class Argument:
    """A word that belongs to no flag."""

    kind: str
    metavar: str
    is_repeatable: bool = False


@dataclass(frozen=True, slots=True)
class Command:
    """A command or a group of them.

    It does not know its own name: `infer image generate` is `image generate`, and completed by the same lines.
    """

    help: str
    flags: tuple[Flag, ...] = ()
    arguments: tuple[Argument, ...] = ()
    commands: tuple[tuple[str, Command], ...] = ()

    @property
    def offered(self) -> list[tuple[str, str]]:
        """The flags to offer, in their long spelling: how they are known, and what they are for."""
        return [
            (flag.known_as(name), flag.help)
            for flag in self.flags
            for name in flag.names
            if flag.is_offered and _is_long(name)
        ]

    @property
    def silent(self) -> list[str]:
        """Flags and spellings that are known and not offered."""
        return [
            flag.known_as(name)
            for flag in self.flags
            for name in flag.names
            if not (flag.is_offered and _is_long(name))
        ]

    @property
    def argument_kinds(self) -> list[str]:
        return [argument.kind + "+" * argument.is_repeatable for argument in self.arguments]


HELP = Flag(("--help", "-h"), "Show what this command is for and how to call it", is_final=True)


def read_tree(command: Any, path: tuple[str, ...] = ()) -> Command:
    """Read the tree at and below a command as typer and click build it."""
    options = [each for each in command.params if each.param_type_name == "option"]
    arguments = [each for each in command.params if each.param_type_name == "argument"]
    below = getattr(command, "commands", {})
    return Command(
        help=_first_sentence(command.help),
        flags=(*(_flag(option, path) for option in options), HELP),
        arguments=tuple(_argument(argument, path) for argument in arguments),
        commands=tuple((name, read_tree(sub, (*path, name))) for name, sub in below.items() if not sub.hidden),
    )


def _flag(option: Any, path: tuple[str, ...]) -> Flag:
    name = option.name or ""
    takes_value = not (option.is_flag or option.count)
    kind = find_kind(path, name) or TEXT
    is_ignored = kind == IGNORED
    return Flag(
        names=tuple(sorted((*option.opts, *option.secondary_opts), key=_is_long, reverse=True)),
        help=_first_sentence(option.help),
        kind=None if not takes_value else TEXT if is_ignored else kind,
        metavar=option.metavar or "",
        is_repeatable=option.multiple,
        is_offered=not (option.hidden or is_ignored),
        is_final=name == "version",
    )


def _argument(argument: Any, path: tuple[str, ...]) -> Argument:
    kind = find_kind(path, argument.name or "") or TEXT
    return Argument(kind, (argument.metavar or "").strip("[]…"), argument.nargs != 1)


def _first_sentence(text: str | None) -> str:
    one_line = " ".join((text or "").replace("…", "...").split())
    return one_line.partition(". ")[0].removesuffix(".")


@dataclass(slots=True)
class Nodes:
    """The different commands of a tree, each once, under the path by which it is found first; the root's is empty."""

    root: Command
    names: dict[Command, str] = field(default_factory=dict)

    @classmethod
    def of(cls, tree: Command) -> Nodes:
        nodes = cls(tree)
        nodes._add(tree, "")
        return nodes

    def _add(self, command: Command, path: str) -> None:
        if command not in self.names:
            self.names[command] = path
            for name, sub in command.commands:
                self._add(sub, f"{path}/{name}" if path else name)

    def steps(self) -> Iterator[tuple[str, list[str]]]:
        """Yield each command's name with the ways to it, each as ``<name of the command above> <word>``."""
        ways: dict[str, list[str]] = {}
        for command, name in self.names.items():
            for word, sub in command.commands:
                ways.setdefault(self.names[sub], []).append(f"{name} {word}")
        yield from ways.items()
