"""Which file sets up a shell, and what `install` does to it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from openclaw_fal.completion.install import BEGIN, END, install, setup_file
from openclaw_fal.core.errors import OpenclawFalError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("platform", "shell", "variables", "file"),
    [
        ("linux", "bash", {}, ".bashrc"),
        ("linux", "zsh", {}, ".zshrc"),
        ("linux", "zsh", {"ZDOTDIR": "dots"}, "dots/.zshrc"),
        ("linux", "fish", {}, ".config/fish/completions/openclaw-fal.fish"),
        ("linux", "fish", {"XDG_CONFIG_HOME": "settings"}, "settings/fish/completions/openclaw-fal.fish"),
        ("linux", "powershell", {}, ".config/powershell/Microsoft.PowerShell_profile.ps1"),
        ("win32", "powershell", {}, "Documents/PowerShell/Microsoft.PowerShell_profile.ps1"),
    ],
)
def test_each_shell_is_set_up_in_the_file_that_it_reads(
    platform: str, shell: str, variables: dict[str, str], file: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    environ = {"HOME": str(home)} | {name: str(home / folder) for name, folder in variables.items()}
    assert setup_file(shell, environ) == home / file


@pytest.mark.parametrize(
    ("present", "file"),
    [
        ((), ".bashrc"),
        ((".bash_profile",), ".bash_profile"),
        ((".bash_profile", ".bashrc"), ".bashrc"),
    ],
)
def test_bash_on_macos_is_set_up_in_the_login_file_unless_there_is_a_bashrc(
    present: tuple[str, ...], file: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    for name in present:
        (home / name).touch()
    assert setup_file("bash", {"HOME": str(home)}) == home / file


@pytest.mark.parametrize("before", ["", "alias x=y", "alias x=y\n"])
def test_the_lines_come_after_those_of_the_user(before: str, home: Path) -> None:
    (home / ".bashrc").write_text(before)
    done = install("bash", home / ".bashrc", home / "state", "# the script\n")
    after = (home / ".bashrc").read_text()
    assert after.startswith(before)
    assert after.removeprefix(before).strip().splitlines() == [
        BEGIN,
        f"if [ -r {done.script} ]; then . {done.script}; fi",
        END,
    ]
    assert done.script.read_text() == "# the script\n"


def test_a_second_time_only_the_script_changes(home: Path) -> None:
    first = install("zsh", home / ".zshrc", home / "state", "old\n")
    second = install("zsh", home / ".zshrc", home / "state", "new\n")
    assert (first.is_changed, second.is_changed) == (True, False)
    assert second.script.read_text() == "new\n"


def test_a_file_that_cannot_be_written_is_named_with_the_command_that_prints_the_script(home: Path) -> None:
    (home / "folder").write_text("a file")
    with pytest.raises(OpenclawFalError, match=r"folder/openclaw-fal\.fish") as caught:
        install("fish", home / "folder" / "openclaw-fal.fish", home / "state", "script")
    assert caught.value.code == "completion_unwritable"
    assert str(caught.value.hint).endswith("openclaw-fal completion --shell fish")
