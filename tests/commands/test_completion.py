"""`openclaw-fal completion`, through `main`."""

from __future__ import annotations

import io
import os
import shlex
import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import typer

from openclaw_fal.commands.completion import current_shell
from openclaw_fal.completion.install import BEGIN, END, FILE_NAMES, SHELLS, setup_file
from openclaw_fal.store import processes
from tests.conftest import take_for_fal

if TYPE_CHECKING:
    from openclaw_fal.sandbox import Sandbox
    from tests.conftest import Runner

STATE = Path(".local/state/openclaw-fal/completions")


def script_of(run: Runner, shell: str) -> str:
    return run("completion", "--shell", shell).out


# --- which shell -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("variable", "shell"),
    [("/bin/zsh", "zsh"), ("/usr/bin/fish", "fish"), ("/bin/bash", "bash"), ("/opt/pwsh", "powershell"),
     ("/bin/ksh", "bash"), ("", "bash")],
)  # fmt: skip
def test_the_shell_is_the_login_shell_where_no_parent_is_one(
    run: Runner, variable: str, shell: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "ancestor_names", list)
    assert current_shell({"SHELL": variable}) == shell
    assert run("completion", env={"SHELL": variable}).out == script_of(run, shell)


@pytest.mark.parametrize(
    ("ancestors", "shell"),
    [
        (["zsh", "login"], "zsh"),
        (["-fish"], "fish"),
        (["uv", "pwsh", "bash"], "powershell"),
        (["python3.11", "make", "bash"], "bash"),
        (["sshd", "systemd"], "fish"),
    ],
)
def test_the_shell_is_the_one_that_runs_the_program(ancestors: list[str], shell: str) -> None:
    assert current_shell({"SHELL": "/usr/bin/fish"}, ancestors) == shell


@pytest.mark.needs("bash")
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="asks ps instead of /proc")
def test_a_bash_below_another_login_shell_gets_its_own_script(run: Runner) -> None:
    line = f"{shlex.quote(sys.executable)} -m openclaw_fal completion; exit $?"
    environ = {**os.environ, "SHELL": "/bin/zsh"}
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, env=environ, check=True)
    assert done.stdout == script_of(run, "bash")


def test_the_short_flag_is_openclaws(run: Runner) -> None:
    assert run("completion", "-s", "fish").out == script_of(run, "fish")


def test_an_unknown_shell_is_a_usage_error(run: Runner) -> None:
    result = run("completion", "--shell", "ksh", "--json")
    assert (result.code, result.json["error"]["code"]) == (2, "usage")
    assert "bash, zsh, fish, powershell" in result.json["error"]["message"]


def test_the_script_is_printed_in_json(run: Runner) -> None:
    assert run("completion", "--shell", "zsh", "--json").json == {"shell": "zsh", "script": script_of(run, "zsh")}


# --- --write-state -----------------------------------------------------------------------------


def test_write_state_writes_scripts_and_prints_nothing(run: Runner, home: Path) -> None:
    written = run("completion", "--write-state", "--shell", "fish")
    assert (written.code, written.out) == (0, "")
    assert [file.name for file in (home / STATE).iterdir()] == ["openclaw-fal.fish"]
    assert run("completion", "--write-state").code == 0
    for shell in SHELLS:
        assert (home / STATE / FILE_NAMES[shell]).read_text() == script_of(run, shell)


def test_write_state_prints_the_paths_in_json(run: Runner, tmp_path: Path) -> None:
    written = run("completion", "--write-state", "--json", env={"OPENCLAW_STATE_DIR": str(tmp_path / "state")})
    assert written.json["written"] == {
        shell: str(tmp_path / "state" / "completions" / FILE_NAMES[shell]) for shell in SHELLS
    }


def test_a_state_folder_that_cannot_be_written_is_an_error(run: Runner, home: Path) -> None:
    (home / ".local").write_text("no folder")
    result = run("completion", "--write-state", "--json")
    assert (result.code, result.json["error"]["code"]) == (1, "completion_unwritable")


# --- --install ---------------------------------------------------------------------------------


@pytest.mark.parametrize("shell", SHELLS)
def test_installing_twice_sets_up_a_shell_once(run: Runner, home: Path, shell: str) -> None:
    file = setup_file(shell, os.environ)
    file.parent.mkdir(parents=True, exist_ok=True)
    if shell != "fish":
        file.write_bytes(b"# mine\xff\nalias x=y")
        file.chmod(0o640)
    first = run("completion", "--install", "--yes", "--shell", shell)
    after = file.read_bytes()
    again = run("completion", "-i", "-y", "-s", shell, "--json")
    assert first.code == again.code == 0
    assert str(file) in first.out
    assert again.json["changed"] is False
    assert file.read_bytes() == after
    if shell == "fish":
        assert after.decode() == script_of(run, shell)
    else:
        assert after.startswith(b"# mine\xff\nalias x=y\n\n" + BEGIN.encode())
        assert after.count(END.encode()) == 1
        assert stat.S_IMODE(file.stat().st_mode) == 0o640
        assert (home / STATE / FILE_NAMES[shell]).read_text() == script_of(run, shell)


def test_lines_of_an_earlier_setup_are_replaced_where_they_are(run: Runner, home: Path) -> None:
    (home / ".bashrc").write_text(f"first\n{BEGIN}\nold\n{END}\nlast\n")
    assert run("completion", "--install", "-y", "--shell", "bash").code == 0
    lines = (home / ".bashrc").read_text().splitlines()
    assert (lines[0], lines[-1]) == ("first", "last")
    assert "old" not in lines
    assert lines.count(BEGIN) == 1


def test_a_linked_start_up_file_stays_a_link(run: Runner, home: Path, tmp_path: Path) -> None:
    (tmp_path / "dotfiles").mkdir()
    (tmp_path / "dotfiles" / "bashrc").write_text("mine\n")
    (home / ".bashrc").symlink_to(tmp_path / "dotfiles" / "bashrc")
    run("completion", "--install", "-y", "--shell", "bash")
    assert (home / ".bashrc").is_symlink()
    assert BEGIN in (tmp_path / "dotfiles" / "bashrc").read_text()


def test_install_needs_yes_without_a_terminal(run: Runner, home: Path) -> None:
    refused = run("completion", "--install", "--shell", "bash", stdin="y\n")
    assert refused.code == 2
    assert "--yes" in refused.err
    assert not (home / ".bashrc").exists()


def test_ctrl_d_at_the_question_changes_nothing(run: Runner, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    declined = run("completion", "--install", "--shell", "bash", "--json")
    assert (declined.code, declined.json["error"]["code"]) == (1, "declined")
    assert not (home / ".bashrc").exists()


def test_install_changes_nothing_unless_confirmed(run: Runner, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typer, "confirm", lambda *_, **__: False)
    assert run("completion", "--install", "--shell", "zsh").code == 1
    assert not (home / ".zshrc").exists()
    monkeypatch.setattr(typer, "confirm", lambda *_, **__: True)
    assert run("completion", "--install", "--shell", "zsh").code == 0
    assert (home / ".zshrc").exists()


_ASK_BASH = """
complete -p openclaw-fal >/dev/null; COMP_LINE='openclaw-fal im'; COMP_WORDS=($COMP_LINE); COMP_CWORD=1
_openclaw_fal openclaw-fal im; echo ${COMPREPLY[@]}
"""
_ASK_ZSH = "echo $_comps[openclaw-fal]; autoload +X _openclaw-fal && echo $+functions[_openclaw-fal]"
_ASK_FISH = "complete -C 'openclaw-fal im'"


@pytest.mark.parametrize(
    ("shell", "asked", "answer"),
    [
        pytest.param(asked[0], asked, answer, id=asked[0], marks=pytest.mark.needs(asked[0]))
        for asked, answer in (
            (("bash", "--noprofile", "-i", "-c", _ASK_BASH), "image\n"),
            (("zsh", "-i", "-c", _ASK_ZSH), "_openclaw-fal\n1\n"),
            (("fish", "-c", _ASK_FISH), "image\tMake and edit images\n"),
        )
    ],
)
def test_a_new_shell_completes(run: Runner, home: Path, shell: str, asked: tuple[str, ...], answer: str) -> None:
    run("completion", "--install", "-y", "--shell", shell, env={"OPENCLAW_STATE_DIR": str(home / "my state's")})
    program = home / "bin" / "openclaw-fal"  # fish completes only what there is
    program.parent.mkdir()
    program.touch(0o755)
    environment = {"HOME": str(home), "PATH": f"{program.parent}:{os.environ['PATH']}", "TERM": "dumb"}
    done = subprocess.run(asked, env=environment, capture_output=True, text=True, check=False, timeout=30)
    assert done.stdout == answer, done.stderr


# --- models and their inputs -------------------------------------------------------------------


def cache(folder: Path, name: str) -> dict[str, str]:
    lines = (folder / "cache" / f"fal-{name}.txt").read_text().splitlines()
    return {line.split("\t")[0]: line for line in lines}


@pytest.mark.parametrize("arguments", [(), ("--install", "--yes"), ("--write-state",)])
def test_tab_knows_the_models_of_the_facts_and_their_inputs_without_a_network(
    run: Runner, folder: Path, arguments: tuple[str, ...]
) -> None:
    assert run("completion", "--shell", "bash", *arguments).code == 0
    images, videos, music, everything = (cache(folder, f"{kind}-models") for kind in ("image", "video", "music", "all"))
    assert {"fal/fal-ai/lyria3", "fal/fal-ai/minimax-music/v2.6"} <= music.keys()
    assert not {"fal/fal-ai/kokoro/french", "fal/fal-ai/elevenlabs/tts/eleven-v3"} & music.keys()
    assert len(images) > 500
    assert len(videos) > 500
    assert len(everything) > 1300
    assert images["fal/fal-ai/flux/dev"] == "fal/fal-ai/flux/dev\tFLUX.1 [dev]"
    assert "fal/fal-ai/kokoro/french" in everything
    assert not {"fal/fal-ai/kokoro/french", "fal/fal-ai/hyper-sdxl"} & (images.keys() | videos.keys())
    inputs = cache(folder, "model-inputs")
    assert inputs["fal-ai/flux/dev"].split("\t")[1] == "prompt=", "what is required comes first"
    assert "output_format=jpeg,png" in inputs["fal-ai/flux/dev"].split("\t")
    assert "sync_mode=true,false" in inputs["fal-ai/flux/dev"].split("\t")
    assert {"loras=", "loras.0.path=", "loras.0.scale="} <= set(inputs["fal-ai/flux-lora"].split("\t"))
    assert [*inputs] == sorted(inputs, key=str.encode), "shells bisect"


def test_printing_a_script_at_every_start_of_a_shell_writes_the_models_once(run: Runner, folder: Path) -> None:
    run("completion", "--shell", "bash")
    file = folder / "cache" / "fal-model-inputs.txt"
    before = file.stat().st_mtime_ns
    run("completion", "--shell", "bash")
    assert file.stat().st_mtime_ns == before
    run("completion", "--shell", "bash", "--write-state")
    assert file.stat().st_mtime_ns != before


def test_a_model_that_fal_describes_is_completed_with_its_inputs(
    run: Runner, fal: Sandbox, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_for_fal(fal, monkeypatch)
    assert run("models", "show", "fal/openai/gpt-image-1").code == 0
    inputs = cache(folder, "model-inputs")
    assert "prompt=" in inputs["openai/gpt-image-1"].split("\t")
    assert "fal-ai/flux/dev" in inputs
    run("completion", "--shell", "bash", "--write-state")
    assert cache(folder, "model-inputs") == inputs


def test_a_private_sandbox_is_not_completed(run: Runner, folder: Path) -> None:
    assert run("models", "show", "fal/openai/gpt-image-1", "--sandbox").code == 0
    assert not (folder / "cache" / "fal-model-inputs.txt").exists()
