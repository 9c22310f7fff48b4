"""The completion scripts: one template per shell, in the shell's own language, with tables of the commands."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from openclaw_fal.completion import bash, fish, powershell, zsh
from openclaw_fal.completion.install import FILE_NAMES
from openclaw_fal.completion.tree import read_tree

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from openclaw_fal.completion.tree import Command

TEMPLATES = Path(__file__).with_name("templates")
_TABLES: dict[str, Callable[[Command], dict[str, list[str]]]] = {
    "bash": bash.tables,
    "zsh": zsh.tables,
    "fish": fish.tables,
    "powershell": powershell.tables,
}
_TABLE = re.compile(r"^( *)# >>> (\w+) >>>\n(?= *# <<< \2 <<<$)", re.MULTILINE)


def make_script(shell: str, program: Any) -> str:
    """Return the script of a shell for ``program``, the root command as typer builds it."""
    template = (TEMPLATES / FILE_NAMES[shell]).read_text(encoding="utf-8")
    return _fill(template, _TABLES[shell](read_tree(program)))


def _fill(template: str, tables: Mapping[str, list[str]]) -> str:
    """Put the lines of each table between its markers, indented as they are."""

    def insert(marker: re.Match[str]) -> str:
        return marker[0] + "".join(f"{marker[1]}{line}\n" for line in tables[marker[2]])

    return _TABLE.sub(insert, template)
