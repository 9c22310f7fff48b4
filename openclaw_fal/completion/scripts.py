"""The completion scripts: one template per shell, in the shell's own language, with tables of the commands."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from openclaw_fal.completion.install import FILE_NAMES
from openclaw_fal.completion.tree import command_paths, read_tree, steps_to
from openclaw_fal.completion.values import FILES, MODEL_SETTINGS, TEXT, Word, values_by_kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from openclaw_fal.completion.tree import Argument, Command, Flag

TEMPLATES = Path(__file__).with_name("templates")
_TABLE = re.compile(r"^( *)# >>> (\w+) >>>\n(?= *# <<< \2 <<<$)", re.MULTILINE)
_MAX_LINE = 110  # characters


def make_script(shell: str, program: Any) -> str:
    """Return the script of a shell for ``program``, the root command as typer builds it."""
    template = (TEMPLATES / FILE_NAMES[shell]).read_text(encoding="utf-8")
    return _fill(template, _LANGUAGES[shell]().tables(read_tree(program)))


def _fill(template: str, tables: Mapping[str, list[str]]) -> str:
    """Put the lines of each table between its markers, indented as they are."""

    def insert(marker: re.Match[str]) -> str:
        return marker[0] + "".join(f"{marker[1]}{line}\n" for line in tables[marker[2]])

    return _TABLE.sub(insert, template)


class _Language:
    """Writes the lines of the tables in the language of a shell."""

    def tables(self, root: Command) -> dict[str, list[str]]:
        """Return the lines of each table."""
        paths = command_paths(root)
        return {
            "values": [line for kind, words in values_by_kind(root).items() for line in self.values(kind, words)],
            "settings": [line for kind, names in MODEL_SETTINGS.items() for line in self.settings(kind, names)],
            "steps": [line for path, steps in steps_to(paths).items() for line in self.steps(path, steps)],
            "commands": [line for command, path in paths.items() for line in self.command(path, command)],
        }

    def values(self, kind: str, words: tuple[Word, ...]) -> Iterator[str]:
        """Yield the lines for the values of a kind."""
        raise NotImplementedError

    def settings(self, kind: str, names: tuple[str, ...]) -> Iterator[str]:
        """Yield the lines for the settings whose values are of a kind."""
        raise NotImplementedError

    def steps(self, path: str, steps: list[str]) -> Iterator[str]:
        """Yield the lines for the steps that lead to the command at a path."""
        raise NotImplementedError

    def command(self, path: str, command: Command) -> Iterator[str]:
        """Yield the lines for what a command takes."""
        raise NotImplementedError


class _Bash(_Language):
    """Lines of `case`."""

    def values(self, kind: str, words: tuple[Word, ...]) -> Iterator[str]:
        one_line = f"{kind}) found=({' '.join(word.text for word in words)}) ;;"
        if len(one_line) <= _MAX_LINE:
            yield one_line
        else:
            yield from (f"{kind})", "    found=(", *(f"        {word.text}" for word in words), "    )", "    ;;")

    def settings(self, kind: str, names: tuple[str, ...]) -> Iterator[str]:
        yield f"{' | '.join(names)}) kind={kind} ;;"

    def steps(self, path: str, steps: list[str]) -> Iterator[str]:
        yield f"{' | '.join(map(_in_quotes, steps))}) node={_in_quotes(path)} ;;"

    def command(self, path: str, command: Command) -> Iterator[str]:
        yield f"{_in_quotes(path)})"
        yield from self._words("commands", (name for name, _command in command.commands))
        yield from self._words("flags", (spec for spec, _help in command.suggested_flags))
        yield from self._words("silent", command.silent_flags)
        yield from self._words("arguments", command.argument_kinds)
        yield "    ;;"

    def _words(self, variable: str, words: Iterable[str]) -> Iterator[str]:
        """Yield an assignment of the words, each between blanks, unless there are none."""
        if joined := " ".join(words):
            yield f"    {variable}=' {joined} '"


class _Zsh(_Language):
    """Lines of `case`, with flags and arguments as `_arguments` wants them."""

    def values(self, kind: str, words: tuple[Word, ...]) -> Iterator[str]:
        if not any(word.description for word in words):
            yield f"({kind}) found=({' '.join(word.text for word in words)}) ;;"
            return
        yield f"({kind})"
        yield from self._array("found", map(self._with_tab, words))
        yield "    ;;"

    def settings(self, kind: str, names: tuple[str, ...]) -> Iterator[str]:
        yield f"({'|'.join(names)}) kind={kind} ;;"

    def steps(self, path: str, steps: list[str]) -> Iterator[str]:
        yield f"({'|'.join(map(_in_quotes, steps))}) node={path} ;;"

    def command(self, path: str, command: Command) -> Iterator[str]:
        flags = (spec for flag in command.flags for spec in self._flag_specs(flag))
        subcommands = (f"{name}:{below.help}" for name, below in command.commands)
        yield f"({_in_quotes(path)})"
        yield from self._array("flags", map(self._quoted, flags))
        yield from self._array("arguments", map(self._quoted, self._argument_specs(command.arguments)))
        yield from self._array("subcommands", map(self._quoted, subcommands))
        yield "    ;;"

    def _array(self, variable: str, items: Iterable[str]) -> Iterator[str]:
        lines = [f"        {item}" for item in items]
        if lines:
            yield from (f"    {variable}=(", *lines, "    )")

    def _flag_specs(self, flag: Flag) -> Iterator[str]:
        """Yield each spelling of a flag, with the flags that it excludes or * if it may be repeated."""
        excluded = "(- *)" if flag.is_final else f"({' '.join(flag.names)})" if len(flag.names) > 1 else ""
        front = "*" if flag.is_repeatable else excluded
        description = "[" + flag.help.replace("[", r"\[").replace("]", r"\]") + "]"
        value = self._value_spec(flag.metavar, flag.kind) if flag.kind else ""
        for name in flag.names:
            equals = "" if flag.kind is None else "=" if name.startswith("--") else "+"
            yield f"{front}{name}{equals}{description}{value}" if flag.is_suggested else f"!{name}{equals}{value}"

    def _argument_specs(self, arguments: tuple[Argument, ...]) -> Iterator[str]:
        for number, argument in enumerate(arguments, start=1):
            if argument.kind == TEXT and argument.is_repeatable:
                return  # with nothing to suggest, `_arguments` would keep a flag that is begun from being completed
            place = "*" if argument.is_repeatable else str(number)
            yield place + self._value_spec(argument.metavar, argument.kind)

    def _value_spec(self, metavar: str, kind: str) -> str:
        message = metavar.lower().replace(":", r"\:") or "value"
        action = {FILES: "_files", TEXT: " "}.get(kind, f"_openclaw-fal-values {kind}")
        return f":{message}:{action}"

    def _with_tab(self, word: Word) -> str:
        text, description = (part.replace("\\", r"\\").replace("'", r"\'") for part in (word.text, word.description))
        return rf"$'{text}\t{description}'"

    def _quoted(self, text: str) -> str:
        return _in_quotes(text.replace("'", r"'\''"))


class _Fish(_Language):
    """Cases of `switch`."""

    def values(self, kind: str, words: tuple[Word, ...]) -> Iterator[str]:
        yield from self._case([kind], self._set("found", words))

    def settings(self, kind: str, names: tuple[str, ...]) -> Iterator[str]:
        yield from self._case(names, [f"set kind {kind}"])

    def steps(self, path: str, steps: list[str]) -> Iterator[str]:
        yield from self._case(map(self._quoted, steps), [f"set node {path}"])

    def command(self, path: str, command: Command) -> Iterator[str]:
        statements = (
            *self._set("commands", [Word(name, below.help) for name, below in command.commands]),
            *self._set("flags", [Word(spec, text) for spec, text in command.suggested_flags]),
            *self._set("silent", map(Word, command.silent_flags)),
            *self._set("arguments", map(Word, command.argument_kinds)),
        )
        yield from self._case([self._quoted(path)], statements)

    def _case(self, patterns: Iterable[str], statements: Iterable[str]) -> Iterator[str]:
        yield f"case {' '.join(patterns)}"
        yield from (f"    {statement}" for statement in statements)

    def _set(self, variable: str, words: Iterable[Word]) -> Iterator[str]:
        """Yield the lines that set a variable: one, or one per word with its description; none without words."""
        words = list(words)
        if any(word.description for word in words):
            *lines, last = (f"    {word.text}\\t{self._quoted(word.description)}" for word in words)
            yield from (f"set {variable} \\", *(f"{line} \\" for line in lines), last)
        elif words:
            yield f"set {variable} {' '.join(word.text for word in words)}"

    def _quoted(self, text: str) -> str:
        return _in_quotes(text.replace("\\", "\\\\").replace("'", "\\'"))


class _PowerShell(_Language):
    """Clauses of `switch`, with ordered hash tables."""

    def values(self, kind: str, words: tuple[Word, ...]) -> Iterator[str]:
        entries = [f"{self._quoted(word.text)} = {self._quoted(word.description)}" for word in words]
        if not any(word.description for word in words):
            yield f"{self._quoted(kind)} {{ [ordered]@{{ {'; '.join(entries)} }} }}"
            return
        yield f"{self._quoted(kind)} {{"
        yield from ("    [ordered]@{", *(f"        {entry}" for entry in entries), "    }")
        yield "}"

    def settings(self, kind: str, names: tuple[str, ...]) -> Iterator[str]:
        yield from (f"{self._quoted(name)} {{ $kind = '{kind}' }}" for name in names)

    def steps(self, path: str, steps: list[str]) -> Iterator[str]:
        yield from (f"{self._quoted(step)} {{ {self._quoted(path)} }}" for step in steps)

    def command(self, path: str, command: Command) -> Iterator[str]:
        yield f"{self._quoted(path)} {{"
        yield "    @{"
        yield from self._described("Commands", ((name, below.help) for name, below in command.commands))
        yield from self._described("Flags", command.suggested_flags)
        yield f"        Silent    = {self._array(command.silent_flags)}"
        yield f"        Arguments = {self._array(command.argument_kinds)}"
        yield "    }"
        yield "}"

    def _described(self, name: str, entries: Iterable[tuple[str, str]]) -> Iterator[str]:
        lines = [f"            {self._quoted(word)} = {self._quoted(text)}" for word, text in entries]
        if lines:
            yield from (f"        {name:<9} = [ordered]@{{", *lines, "        }")
        else:
            yield f"        {name:<9} = [ordered]@{{}}"

    def _array(self, words: Iterable[str]) -> str:
        return f"@({', '.join(map(self._quoted, words))})"

    def _quoted(self, text: str) -> str:
        return _in_quotes(text.replace("'", "''"))


def _in_quotes(text: str) -> str:
    return f"'{text}'"


_LANGUAGES: dict[str, type[_Language]] = {"bash": _Bash, "zsh": _Zsh, "fish": _Fish, "powershell": _PowerShell}
