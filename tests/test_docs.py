"""The documents are true: their examples run, their tables agree with the code, what they name is there.

python tests/test_docs.py       writes what is made from the program: parts of the README, and completions/
"""

from __future__ import annotations

import ast
import json
import os
import re
import stat
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from openclaw_fal.cli import build
from openclaw_fal.commands.help import ERROR_CODES, EXIT_CODES, VARIABLES
from openclaw_fal.completion.install import FILE_NAMES
from openclaw_fal.core import errors
from tests.command_tree import leaves
from tests.man_page import man_page
from tests.session_picture import COMMANDS as COMMANDS_IN_PICTURE
from tests.session_picture import PICTURE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openclaw_fal.sandbox import Sandbox
    from tests.conftest import Runner

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "openclaw_fal"
README = (ROOT / "README.md").read_text()
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()
PROGRAM: Any = build()
# These two are run by tests/test_package.py and by CI.
SETTING_UP = ("## Install", "## Tests")


# --- what is made from the program ---------------------------------------------------------------


COMMANDS: dict[str, Any] = dict(leaves(PROGRAM))


def is_alias(name: str) -> bool:
    return name.startswith(("infer image ", "infer video ", "infer model ", "capability "))


def exit_codes() -> str:
    """Return the table of exit codes."""
    lines = [
        "| exit | meaning |",
        "|---|---|",
        *(f"| {status} | {meaning} |" for status, meaning in EXIT_CODES.items()),
    ]
    return "\n".join(lines) + "\n"


def error_codes() -> dict[str, set[str]]:
    """Return the codes of each exit code: those of the kinds of error, and those given where an error is made."""
    kinds: list[type[errors.OpenclawFalError]] = [errors.OpenclawFalError, *errors.OpenclawFalError.__subclasses__()]
    status_of = {kind.__name__: str(kind.exit_code) for kind in kinds}
    codes: dict[str, set[str]] = {"129, 130, 143": {"interrupted"}}
    for kind in kinds:
        codes.setdefault(str(kind.exit_code), set()).add(kind.code)
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in status_of:
                given = next((word.value for word in node.keywords if word.arg == "code"), None)
                if isinstance(given, ast.Constant) and given.value != "interrupted":
                    codes[status_of[node.func.id]].add(str(given.value))
    return codes


def files() -> str:
    """Return the modules of each room, as CONTRIBUTING lists them."""
    rooms: dict[str, list[str]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        room, *rest = path.relative_to(PACKAGE).with_suffix("").parts
        if rest and rest[-1] != "__init__":
            rooms.setdefault(room, []).append("/".join(rest))
    lines = [
        textwrap.fill(" ".join(names), 120, initial_indent=f"{room:12}", subsequent_indent=" " * 12)
        for room, names in rooms.items()
    ]
    return "\n".join(["```", *lines, "```"]) + "\n"


MADE = {"exit codes": exit_codes, "files": files}


def with_made_parts(text: str) -> str:
    for name, make in MADE.items():
        if f"<!-- {name} -->" not in text:
            continue
        begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
        before, _, rest = text.partition(begin)
        text = f"{before}{begin}{make()}{end}{rest.partition(end)[2]}"
    return text


def test_what_is_made_from_the_program_is_up_to_date() -> None:
    assert with_made_parts(README) == README, "run: python tests/test_docs.py"
    assert with_made_parts(CONTRIBUTING) == CONTRIBUTING, "run: python tests/test_docs.py"


def test_every_error_code_is_explained_by_its_exit_code() -> None:
    explained = {status: ", ".join(sorted(codes)) for status, codes in error_codes().items() if codes}
    assert explained == ERROR_CODES


def test_the_readme_begins_with_a_picture_of_a_real_session() -> None:
    name = re.search(r"\A# openclaw-fal\n\n!\[[^\]]+\]\((\S+)\)", README)
    assert name
    assert ROOT / name[1] == PICTURE
    svg = PICTURE.read_text()
    shown = "".join(ET.fromstring(svg).itertext())
    letters = "".join(shown.split())  # rich draws no spaces between the parts of a line
    for command in COMMANDS_IN_PICTURE:
        assert "".join(command.split()) in letters, "run: python tests/session_picture.py"
    assert "succeeded" in letters
    assert set(re.findall(r"https?://[^\"\s]+", svg)) <= {"http://www.w3.org/2000/svg", "https://www.textualize.io"}


MAN_PAGE = ROOT / "completions" / "openclaw-fal.1"


def test_the_man_page_is_up_to_date() -> None:
    assert MAN_PAGE.read_text() == man_page(PROGRAM), "run: python tests/test_docs.py"


@pytest.mark.needs("groff")
def test_the_man_page_is_valid_roff() -> None:
    command = ["groff", "-man", "-Tascii", "-P-cbou", "-ww", str(MAN_PAGE)]
    shown = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "--aspect-ratio W:H" in shown.stdout
    assert 'openclaw-fal image generate "a red fox in snow"' in shown.stdout


def test_every_command_is_on_the_help_page_of_its_group(run: Runner) -> None:
    for name, command in COMMANDS.items():
        *group, last = name.split()
        shown = re.findall(r"^  ([a-z-]+)  ", run(*group, "--help").out, re.MULTILINE)
        assert (last in shown) is not command.hidden, name


def test_every_command_that_the_readme_names_is_there() -> None:
    named = set(re.findall(r"`(?:openclaw-fal )?([a-z]+ [a-z]+(?:-[a-z]+)*)\b", README))
    groups = {name for name, command in PROGRAM.commands.items() if hasattr(command, "commands")}
    ours = {name for name in named if name.split()[0] in groups}
    assert len(ours) > 4
    assert ours <= {*COMMANDS, *(name.rpartition(" ")[0] for name in COMMANDS)}


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_every_command_and_every_flag_has_a_sentence(name: str) -> None:
    command = COMMANDS[name] if name else PROGRAM
    assert command.help.strip().endswith(".")
    for parameter in command.params:
        if not parameter.hidden and parameter.param_type_name == "option":
            assert parameter.help, parameter.name


def test_aliases_have_the_flags_of_their_commands() -> None:
    for name, command in COMMANDS.items():
        plain = re.sub(r"^(infer|capability) (?=image|video)|^capability", lambda m: "" if m[1] else "infer", name)
        assert [each.opts for each in command.params] == [each.opts for each in COMMANDS[plain].params], name


def test_every_variable_that_is_read_is_explained() -> None:
    ours = [path for path in PACKAGE.rglob("*.py") if "sandbox" not in path.relative_to(PACKAGE).parts[:1]]
    read = {name for path in ours for name in re.findall(r'"((?:OPENCLAW|FAL)_[A-Z_]+)"', path.read_text())}
    assert read
    assert read <= set(re.findall(r"\w+", " ".join(VARIABLES)))


# --- examples ------------------------------------------------------------------------------------


def section(text: str, heading: str) -> str:
    """Return what stands under a heading, down to the next one of its kind."""
    found = re.search(rf"^{re.escape(heading)}$(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, heading
    return found[1]


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def examples() -> Iterator[Any]:
    """Yield each block of shell commands, named by its heading."""
    for heading in re.findall(r"^## .*$", README, re.MULTILINE):
        for number, block in enumerate(blocks(section(README, heading), "bash"), start=1):
            if heading not in SETTING_UP:
                marks = [pytest.mark.slow] if "--sandbox video" in block else []
                marks += [pytest.mark.needs("jq")] if "jq" in block else []
                yield pytest.param(block, id=f"{heading.strip('# ')} {number}", marks=marks)


@pytest.fixture
def shell(tmp_path: Path) -> dict[str, str]:
    """Return the environment of a shell that finds the program under its name."""
    program = tmp_path / "bin" / "openclaw-fal"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m openclaw_fal "$@"\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return os.environ | {"PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}


@pytest.mark.usefixtures("fal")
@pytest.mark.needs("bash")
@pytest.mark.parametrize("block", list(examples()))
def test_the_examples_of_the_readme_run(block: str, shell: dict[str, str], png: bytes) -> None:
    Path("prompt.txt").write_text("a red fox in snow\n")
    Path("prompts.txt").write_text("a red fox\nan owl\n")
    Path("shots.jsonl").write_text('{"prompt": "a red fox", "count": 2}\n')
    for name in ("photo.jpg", "fox-1.png"):
        Path(name).write_bytes(png)
    if "fox.png --overwrite" not in block:
        Path("fox-1.png").unlink(missing_ok="--output fox.png" in block)
    ended = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block],
        env=shell,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr


def test_the_example_of_a_configuration_is_valid_and_understood(run: Runner, home: Path) -> None:
    (example,) = blocks(section(README, "## Configuration"), "json5")
    file = home / "openclaw.json"
    file.write_text(example)
    file.chmod(0o600)
    environ = {"OPENCLAW_CONFIG_PATH": str(file), "MY_FAL_KEY": "some:key"}
    assert run("config", "validate", "--json", env=environ).json == {"valid": True, "path": str(file), "warnings": []}
    status = run("models", "status", "--json", env=environ).json
    assert status["ok"] is True
    assert [candidate["model"] for candidate in (*status["image"], *status["video"])] == [
        "fal/fal-ai/flux/dev",
        "fal/fal-ai/nano-banana-2",
        "fal/bytedance/seedance-2.0/fast/text-to-video",
    ]


def test_the_examples_of_answers_have_the_keys_of_real_ones(run: Runner, fal: Sandbox) -> None:
    success, failure = map(json.loads, blocks(section(README, "## Scripts and CI"), "json"))
    answer = run("image", "generate", "--prompt", "a red fox", "--json").json
    assert list(success) == list(answer)
    assert list(success["outputs"][0]) == list(answer["outputs"][0])
    refusal = run("video", "generate", "--prompt", "[fault:result-content-policy]", "--json").json
    assert set(failure) <= set(refusal)
    assert set(failure["error"]) <= set(refusal["error"])
    assert failure["error"]["code"] == refusal["error"]["code"]
    assert failure["error"]["hint"] == refusal["error"]["hint"]
    assert len(fal.submissions) == 2


def test_every_file_and_heading_that_is_linked_to_is_there() -> None:
    for text in (README, CONTRIBUTING):
        headings = {re.sub(r"[^a-z0-9 -]", "", line.lower()).strip().replace(" ", "-") for line in text.splitlines()}
        for target in re.findall(r"\]\((?!https?:)([^)]+)\)", text):
            file, _, heading = target.partition("#")
            assert not file or (ROOT / file).exists(), target
            assert file or heading in headings, target


# --- CONTRIBUTING --------------------------------------------------------------------------------


def defined_in(path: Path) -> set[str]:
    """Return the names of all functions and classes of a module, of those inside classes too."""
    nodes = ast.walk(ast.parse(path.read_text()))
    return {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)}


def test_every_file_that_contributing_names_is_there() -> None:
    named = set(re.findall(r"`([a-z_0-9./-]+\.(?:py|toml|txt|md|json))`", CONTRIBUTING))
    assert len(named) > 10
    missing = {name for name in named if not (ROOT / name).exists() and not (PACKAGE / name).exists()}
    assert missing == set()


def test_every_step_of_the_walk_names_a_function_of_its_file() -> None:
    steps = re.findall(r"^\d+\. `([\w/]+\.py)` (.*?)(?=^\d+\. |^$)", CONTRIBUTING, re.MULTILINE | re.DOTALL)
    assert len(steps) == 10
    for file, text in steps:
        functions = set(re.findall(r"`(\w+)\(\)`", text))
        assert functions, file
        assert functions <= defined_in(PACKAGE / file), file


def test_the_table_of_rooms_is_the_one_that_is_held() -> None:
    source = (ROOT / "tests" / "test_architecture.py").read_text()
    table = next(
        node.value
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "") == "TABLE"
    )
    assert table is not None
    held = {room: [set(part) for part in parts] for room, parts in _evaluated(table).items()}
    rows = [line.split("|")[1:-1] for line in section(CONTRIBUTING, "## Rooms").splitlines() if line.startswith("| `")]
    assert {room.strip(" `"): [set(re.findall(r"\w+", cell)) for cell in cells] for room, *cells in rows} == held


def _evaluated(node: ast.expr) -> dict[str, Any]:
    """Read a literal in which an empty set is written `set()`."""
    text = ast.unparse(node).replace("set()", "[]")
    value: dict[str, Any] = ast.literal_eval(text)
    return value


@pytest.mark.parametrize("command", ["ruff check", "ruff format --check", "mypy"])
def test_ci_runs_the_commands_that_contributing_names(command: str) -> None:
    assert command in " ".join(CONTRIBUTING.split())
    words = command.split()
    assert any(all(word in line.split() for word in words) for line in (ROOT / ".ci" / "run").read_text().splitlines())


def write_completions() -> None:
    """Write the completion scripts of all shells, as the program prints them."""
    for shell, name in FILE_NAMES.items():
        command = [sys.executable, "-m", "openclaw_fal", "completion", "--shell", shell]
        printed = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
        (ROOT / "completions" / name).write_bytes(printed.stdout)
    MAN_PAGE.write_text(man_page(PROGRAM))


if __name__ == "__main__":
    (ROOT / "README.md").write_text(with_made_parts(README))
    (ROOT / "CONTRIBUTING.md").write_text(with_made_parts(CONTRIBUTING))
    write_completions()
