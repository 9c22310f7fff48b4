"""The scripts: fresh, complete, and sound as text."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from typer.core import TyperGroup, TyperOption

from openclaw_fal.cli import build
from openclaw_fal.completion.install import FILE_NAMES, SHELLS
from openclaw_fal.completion.tree import Nodes, read_tree
from openclaw_fal.completion.values import KINDS, find_kind, fixed_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Runner

ROOT = Path(__file__).parents[2]
CHECKERS = {
    "bash": (str(Path(sys.executable).with_name("shellcheck")), "--severity=style", "--shell=bash"),
    "zsh": ("zsh", "-n"),
    "fish": ("fish", "--no-execute"),
}


def parameters() -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield each parameter that takes a value, with the path of its command."""

    def walk(command: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
        for parameter in command.params:
            is_switch = isinstance(parameter, TyperOption) and (parameter.is_flag or parameter.count)
            if not is_switch:
                yield path, parameter
        for name, sub in command.commands.items() if isinstance(command, TyperGroup) else ():
            yield from walk(sub, (*path, name))

    yield from walk(build(), ())


@pytest.mark.parametrize("shell", SHELLS)
def test_the_committed_script_is_the_one_that_the_program_prints(shell: str, run: Runner) -> None:
    printed = run("completion", "--shell", shell)
    assert printed.code == 0
    committed = (ROOT / "completions" / FILE_NAMES[shell]).read_bytes()
    again = f"openclaw-fal completion --shell {shell} > completions/{FILE_NAMES[shell]}"
    assert printed.raw == committed, f"The commands have changed. Make the script anew: {again}"


@pytest.mark.parametrize(
    "shell", [pytest.param(shell, marks=pytest.mark.needs(command[0])) for shell, command in CHECKERS.items()]
)
def test_the_script_is_sound(shell: str) -> None:
    command = [*CHECKERS[shell], str(ROOT / "completions" / FILE_NAMES[shell])]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


def test_zsh_finds_out_at_the_first_line_what_the_file_is_for() -> None:
    assert (ROOT / "completions" / "_openclaw-fal").read_text().startswith("#compdef openclaw-fal\n")


def test_bash_3_is_asked_for_nothing_that_it_lacks() -> None:
    script = (ROOT / "completions" / "openclaw-fal.bash").read_text()
    without_the_newer_way = script.replace('mapfile -t found <"$1"', "").replace("compopt +o bashdefault", "")
    assert not re.search(
        r"mapfile|readarray|compopt|(local|declare|typeset) -A|\$\{\w+(,,|\^\^|@)|&>>|\|&", without_the_newer_way
    )
    assert script.count("${BASH_VERSINFO[0]} -gt 3") == 2


@pytest.mark.parametrize("shell", SHELLS)
def test_every_command_and_flag_is_in_every_script(shell: str) -> None:
    script = (ROOT / "completions" / FILE_NAMES[shell]).read_text()
    tree = read_tree(build())
    for command in Nodes.of(tree).names:
        for word, _sub in command.commands:
            assert re.search(rf"(?<![\w-]){word}(?![\w-])", script), word
        for flag in command.flags:
            for name in flag.names:
                assert re.search(rf"(?<![\w-]){name}(?![\w-])", script), name


def test_every_value_is_decided_upon() -> None:
    missing = [
        f"{' '.join(path)}: {parameter.name}"
        for path, parameter in parameters()
        if not (getattr(parameter, "hidden", False) or find_kind(path, parameter.name))
    ]
    assert not missing, "Say in commands/completion_values.py what these can be (TEXT, if nobody can know)"


def test_nothing_is_decided_that_no_command_takes() -> None:
    keys = {key for path, each in parameters() for key in (each.name, *(f"{word}.{each.name}" for word in path))}
    assert set(KINDS) <= keys


def test_values_that_the_help_names_are_offered() -> None:
    named = {}
    for path, parameter in parameters():
        listed = re.search(r": (\w[\w+.-]*(?:, \w[\w+.-]*)+)", getattr(parameter, "help", None) or "")
        if listed:
            named[(*path, parameter.name)] = {word.rstrip(".") for word in listed[1].split(", ")}
    assert len(named) > 20
    words = fixed_words(read_tree(build()))
    offered = {each: set(words.get(find_kind(each[:-1], each[-1]) or "", ())) for each in named}
    assert {each: words - offered[each] for each, words in named.items() if not words <= offered[each]} == {}


def test_the_wheel_brings_the_scripts_where_shells_look() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    shipped = project["tool"]["hatch"]["build"]["targets"]["wheel"]["shared-data"]
    assert {f"completions/{name}" for name in FILE_NAMES.values()} == set(shipped)
    assert shipped["completions/openclaw-fal.bash"] == "share/bash-completion/completions/openclaw-fal"
    assert shipped["completions/_openclaw-fal"] == "share/zsh/site-functions/_openclaw-fal"
    assert shipped["completions/openclaw-fal.fish"] == "share/fish/vendor_completions.d/openclaw-fal.fish"
