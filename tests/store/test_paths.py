from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from openclaw_fal.core.errors import UsageError
from openclaw_fal.store.paths import Paths, find_paths

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("CONFIG", "STATE", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))


def test_the_folders_are_the_users_own(tmp_path: Path) -> None:
    assert find_paths({}) == Paths(
        config_file=tmp_path / "config/openclaw-fal/openclaw.json",
        state_dir=tmp_path / "state/openclaw-fal",
        cache_dir=tmp_path / "cache/openclaw-fal",
    )


def test_each_file_has_its_place(tmp_path: Path) -> None:
    paths = find_paths({"OPENCLAW_STATE_DIR": str(tmp_path)})
    assert paths.config_file == tmp_path / "openclaw.json"
    assert paths.config_backup == tmp_path / "openclaw.json.bak"
    assert paths.key_file == tmp_path / "fal-credentials.json"
    assert paths.journal_file == tmp_path / "fal-tasks.sqlite3"
    assert paths.catalog_file == tmp_path / "cache/fal-models.json"


def test_the_configuration_can_be_moved_alone(tmp_path: Path) -> None:
    paths = find_paths({"OPENCLAW_CONFIG_PATH": "~/mine.json5"})
    assert paths.config_file == tmp_path / "mine.json5"
    assert paths.state_dir == tmp_path / "state/openclaw-fal"
    both = find_paths({"OPENCLAW_CONFIG_PATH": "~/mine.json5", "OPENCLAW_STATE_DIR": "~/s"}, "work")
    assert both == Paths(tmp_path / "mine.json5", tmp_path / "s/profiles/work", tmp_path / "s/profiles/work/cache")


def test_an_empty_variable_counts_as_unset(tmp_path: Path) -> None:
    paths = find_paths({"OPENCLAW_CONFIG_PATH": "", "OPENCLAW_STATE_DIR": ""})
    assert paths.config_file == tmp_path / "config/openclaw-fal/openclaw.json"


def test_a_relative_path_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert find_paths({"OPENCLAW_CONFIG_PATH": "a.json"}).config_file == tmp_path / "a.json"


def test_a_profile_has_folders_of_its_own(tmp_path: Path) -> None:
    assert find_paths({}, "work") == Paths(
        config_file=tmp_path / "config/openclaw-fal/profiles/work/openclaw.json",
        state_dir=tmp_path / "state/openclaw-fal/profiles/work",
        cache_dir=tmp_path / "cache/openclaw-fal/profiles/work",
    )


def test_the_default_profile_is_no_profile() -> None:
    assert find_paths({}, "default") == find_paths({})


@pytest.mark.parametrize("name", ["", "..", "a/b", "a b", "a.b", "ü", "x" * 65, "work\n"])
def test_a_profile_that_can_name_no_folder_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="letters, digits, hyphens and underscores"):
        find_paths({}, name)


def test_a_missing_home_folder_is_an_error() -> None:
    with pytest.raises(UsageError, match="OPENCLAW_STATE_DIR is '~nobody-has-this-name/x'"):
        find_paths({"OPENCLAW_STATE_DIR": "~nobody-has-this-name/x"})


def test_platformdirs_is_not_loaded_before_it_is_needed() -> None:
    code = (
        "import sys; before = set(sys.modules); from openclaw_fal.store.paths import find_paths;"
        "find_paths({'OPENCLAW_STATE_DIR': '/x'});"
        "assert not {'platformdirs', 'tempfile', 'logging', 'asyncio'} & (set(sys.modules) - before)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("variable", [None, "OPENCLAW_STATE_DIR", "OPENCLAW_CONFIG_PATH"])
def test_without_a_home_folder_the_error_names_the_variable_that_helps(
    run: Any, monkeypatch: pytest.MonkeyPatch, variable: str | None
) -> None:
    def nobody(_uid: int) -> None:
        raise KeyError

    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name)
    monkeypatch.setattr("pwd.getpwuid", nobody)
    environ = {variable: "~/x"} if variable else {}
    refused = run("image", "generate", "--prompt", "x", "--json", env=environ)
    assert (refused.code, refused.json["error"]["code"]) == (2, "no_home")
    assert "OPENCLAW_STATE_DIR" in refused.json["error"]["hint"]


def test_without_a_home_folder_the_variable_is_enough(
    run: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def nobody(_uid: int) -> None:
        raise KeyError

    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name)
    monkeypatch.setattr("pwd.getpwuid", nobody)
    done = run("models", "status", "--json", env={"OPENCLAW_STATE_DIR": str(tmp_path / "s"), "FAL_KEY": "a:b"})
    assert done.code == 0, done.err


@pytest.mark.parametrize("words", [["--output", "~/x.png"], ["--output=~/"]])
def test_a_tilde_without_a_home_folder_is_a_usage_error(
    run: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, words: list[str]
) -> None:
    def nobody(_uid: int) -> None:
        raise KeyError

    monkeypatch.delenv("HOME")
    monkeypatch.setattr("pwd.getpwuid", nobody)
    environ = {"OPENCLAW_STATE_DIR": str(tmp_path / "s")}
    for command in (["image", "generate", *words], ["image", "edit", "--file", "~/a.png"]):
        refused = run(*command, "--prompt", "x", "--sandbox", "--json", env=environ)
        assert (refused.code, refused.json["error"]["code"]) == (2, "no_home")
