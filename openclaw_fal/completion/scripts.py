"""The completion scripts of all shells, made from the command tree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openclaw_fal.completion.bash import bash_script
from openclaw_fal.completion.fish import fish_script
from openclaw_fal.completion.powershell import powershell_script
from openclaw_fal.completion.tree import Nodes, read_tree
from openclaw_fal.completion.zsh import zsh_script

if TYPE_CHECKING:
    from collections.abc import Callable

_MAKERS: dict[str, Callable[[Nodes], str]] = {
    "bash": bash_script,
    "zsh": zsh_script,
    "fish": fish_script,
    "powershell": powershell_script,
}


def make_script(shell: str, program: Any) -> str:
    """Return the script of a shell for the whole of the program, a command of typer's."""
    return _MAKERS[shell](Nodes.of(read_tree(program)))
