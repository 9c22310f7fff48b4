"""What a user gets: a wheel that holds all it needs, and the commands of the README on a machine that has nothing."""

from __future__ import annotations

import csv
import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent
TOP_LEVEL = {"openclaw_fal", "tests", "completions", "pyproject.toml", "README.md", "CHANGELOG.md", "CONTRIBUTING.md"}
TOP_LEVEL |= {"LICENSE", ".ci"}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def environment(*front: Path) -> dict[str, str]:
    """Return an environment as a shell has it after activation, without what Python reads from ours."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    return kept | {"PATH": os.pathsep.join([*map(str, front), os.environ["PATH"]])}


def tracked() -> list[Path]:
    """Return the files of the project, as the repository has them or will; without git, those that belong to it."""
    if shutil.which("git"):
        command = ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, capture_output=True, text=True, check=False)
        if not listed.returncode:
            return [path for name in listed.stdout.splitlines() if (path := ROOT / name).is_file()]
    inside = (path for name in TOP_LEVEL for path in [ROOT / name, *(ROOT / name).rglob("*")])
    return [path for path in inside if path.is_file() and "__pycache__" not in path.parts]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a copy of the project as a clone would have it."""
    copy = tmp_path / "checkout"
    for path in tracked():
        target = copy / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    return copy


def test_the_top_level_stays_small() -> None:
    names = {path.relative_to(ROOT).parts[0] for path in tracked()}
    assert {name for name in names if not name.startswith(".")} <= TOP_LEVEL


def test_no_committed_file_names_a_folder_of_the_machine_it_was_made_on() -> None:
    made_in = [ROOT] + ([Path(sys.prefix)] if sys.prefix != sys.base_prefix else [])
    here = [os.fsencode(str(folder)) for folder in made_in]
    found = {path.name for path in tracked() if any(folder in path.read_bytes() for folder in here)}
    assert found == set()


def test_the_hashed_requirements_name_no_registry() -> None:
    lines = (ROOT / ".ci/requirements.txt").read_text().splitlines()
    assert not [line for line in lines if "://" in line or (line.startswith("-") and not line.startswith("--hash"))]


def test_the_hashed_requirements_pin_all_that_the_project_asks_for() -> None:
    text = (ROOT / ".ci/requirements.txt").read_text()
    blocks = [block for block in re.split(r"\n(?=\S)", text) if not block.startswith("#")]
    assert all("--hash=sha256:" in block for block in blocks)
    pinned = dict(re.findall(r"^(\S+)==(\S+)", text, re.MULTILINE))
    for asked in (*PROJECT["project"]["dependencies"], *PROJECT["dependency-groups"]["dev"]):
        requirement = Requirement(asked)
        assert pinned[requirement.name] in requirement.specifier, asked


def test_the_program_says_the_version_that_is_installed() -> None:
    from openclaw_fal import __version__

    assert metadata.version("openclaw-fal") == __version__
    assert f"## [{__version__}]" in (ROOT / "CHANGELOG.md").read_text()


@pytest.mark.slow
@pytest.mark.needs("bash")
def test_the_first_command_of_the_readme_works_where_there_is_nothing(checkout: Path) -> None:
    """It builds the wheel and installs it into a fresh environment, whose list of files shows what the wheel held."""
    command = first_block("## Install").strip()
    assert "\n" not in command
    assert command.endswith('openclaw-fal --sandbox image generate "a red fox"')
    python = Path(sys.base_prefix, "bin")
    ended = subprocess.run(
        ["bash", "-euc", command], cwd=checkout, env=environment(python), capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    image = Path(ended.stdout.splitlines()[-1])
    assert image.parent == checkout
    assert image.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")

    names = installed_by(checkout / ".venv")
    assert "openclaw_fal/py.typed" in names
    templates = {path.name for path in (ROOT / "openclaw_fal" / "completion" / "templates").iterdir()}
    assert {f"openclaw_fal/completion/templates/{name}" for name in templates} <= names
    assert not [name for name in names if "tests" in Path(name).parts]
    shared = {f"share/{name.partition('/share/')[2]}" for name in names if "/share/" in name}
    assert shared == set(PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["shared-data"].values())
    assert len(shared) == len(list((ROOT / "completions").iterdir()))


def installed_by(prefix: Path) -> set[str]:
    """Return the files that pip installed from the wheel, as it has written them down; the program itself is one."""
    (record,) = prefix.glob("lib/python*/site-packages/openclaw_fal-*.dist-info/RECORD")
    with record.open(newline="") as lines:
        return {name for name, *_ in csv.reader(lines)}


def test_ci_sets_up_and_tests_as_the_readme_says() -> None:
    """The second command is what CI runs, so it needs no run of its own."""
    ci = (ROOT / ".ci" / "run").read_text()
    for part in first_block("## Tests").replace("\n", " && ").split("&&"):
        command = part.strip().replace("-m pip", "-m pip")
        assert not command or all(word in ci for word in command.split()), command


def first_block(heading: str) -> str:
    """Return the first block of shell commands under a heading of the README."""
    section = (ROOT / "README.md").read_text().partition(f"\n{heading}\n")[2]
    return re.search(r"```bash\n(.*?)```", section, re.DOTALL)[1]  # type: ignore[index]
