"""Unexpected exceptions, readers that are gone, and Ctrl-C at any moment."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from openclaw_fal.actions import generation
from openclaw_fal.cli import main
from openclaw_fal.runtime import Runtime
from openclaw_fal.store.journal import Journal
from tests.conftest import KEY, Terminal, quick_sleep

if TYPE_CHECKING:
    from openclaw_fal.sandbox import Sandbox
    from tests.conftest import Runner


@pytest.fixture
def broken_list(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `tasks list` fail as only a bug can."""

    def fail(*_arguments: Any, **_more: Any) -> None:
        raise KeyError(f"no such thing: {KEY}")

    monkeypatch.setattr(Journal, "list_tasks", fail)


LONG = "x" * 300


@pytest.mark.parametrize(
    "typed",
    [
        f"rerun {LONG}.png",
        f"batch {LONG}",
        f"batch status {LONG}",
        f"batch merge {LONG}",
        f"batch prompts.txt -o {LONG}",
        f"gallery -o {LONG}",
        f"upload {LONG}",
        f"image edit -i {LONG} x",
        f"image generate x -o {LONG}/",
        f"image generate @{LONG}",
        f"config patch --file {LONG}",
    ],
)
def test_a_path_that_can_not_be_is_named_and_no_bug(run: Runner, fal: Sandbox, typed: str) -> None:
    Path("prompts.txt").write_text("fox\n")
    refused = run(*typed.split())
    assert refused.code == 2
    assert LONG in refused.err
    assert not fal.submissions


@pytest.mark.parametrize("variable", ["OPENCLAW_CONFIG_PATH", "OPENCLAW_STATE_DIR", "HOME", "XDG_CACHE_HOME"])
@pytest.mark.parametrize(
    "typed", ["doctor", "models status", "tasks list", "config file", "--sandbox image generate x"]
)
def test_a_folder_that_can_not_be_is_no_bug(
    run: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, typed: str
) -> None:
    monkeypatch.delenv("OPENCLAW_STATE_DIR", raising=False)
    monkeypatch.setenv(variable, str(tmp_path / LONG))
    assert "This is a bug" not in run(*typed.split()).err


@pytest.mark.bug
@pytest.mark.usefixtures("broken_list")
def test_an_unforeseen_exception_is_one_document_and_its_traceback_a_private_file(run: Runner, folder: Path) -> None:
    ended = run("tasks", "list", "--json")
    error = ended.json["error"]
    assert (ended.code, error["code"]) == (1, "internal")
    [report] = (folder / "bugs").iterdir()
    assert str(report) in error["hint"]
    assert str(report) in ended.err
    assert report.stat().st_mode & 0o077 == 0
    text = report.read_text()
    assert "Traceback (most recent call last)" in text
    assert "KeyError" in text
    assert KEY not in text + ended.err + ended.out
    assert "Traceback" not in ended.err


@pytest.mark.bug
@pytest.mark.parametrize("broken", ["output.JsonOutput.data", "output.JsonOutput.failure"])
def test_a_bug_in_what_shows_the_answer_is_a_document_as_well(
    run: Runner, folder: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    def fail(*_arguments: Any, **_more: Any) -> None:
        raise KeyError(f"no such thing: {KEY}")

    monkeypatch.setattr(f"openclaw_fal.render.{broken}", fail)
    command = ("tasks", "list") if broken.endswith("data") else ("tasks", "show", "nope")
    ended = run(*command, "--json")
    assert (ended.code, ended.json["ok"], ended.json["error"]["code"]) == (1, False, "internal")
    assert len(list((folder / "bugs").iterdir())) == 1
    assert KEY not in ended.out + ended.err
    assert "Traceback" not in ended.err


@pytest.mark.bug
@pytest.mark.usefixtures("broken_list")
def test_without_a_folder_for_it_the_report_is_in_the_temporary_one(
    run: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    ended = run("tasks", "list", "--json", env={"OPENCLAW_STATE_DIR": str(tmp_path / "file")})
    assert ended.json["error"]["code"] == "internal"
    [report] = tmp_path.glob("openclaw-fal-*/*.txt")
    assert str(report) in ended.err


@pytest.mark.bug
def test_a_bug_after_the_submission_names_the_task(
    run: Runner, fal: Sandbox, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: Any, **_more: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(generation, "deliver", fail)
    ended = run("image", "generate", "--prompt", "x", "--json")
    assert ended.json["error"]["code"] == "internal"
    monkeypatch.undo()
    [task] = run("tasks", "list", "--json", env={"OPENCLAW_STATE_DIR": str(folder)}).json["tasks"]
    assert f"openclaw-fal tasks show {task['taskId']}" in ended.json["error"]["hint"]
    assert len(fal.submissions) == 1


@pytest.mark.parametrize("jump_s", [-7200.0, 7200.0])
@pytest.mark.parametrize("progress", ["plain", "auto"])
def test_a_clock_that_is_set_back_gives_no_negative_times(
    fal: Sandbox, folder: Path, jump_s: float, progress: str
) -> None:
    began = time.time()

    def now() -> float:
        return time.time() + (jump_s if fal.submissions else 0.0)

    out, err = Terminal(), Terminal(is_terminal=True)
    runtime = Runtime(stdin=Terminal(), stdout=out, stderr=err, now=now, sleep=quick_sleep)
    line = ["video", "generate", "--prompt", "x", "--output", "x.mp4", "--json", "--progress", progress]
    assert main(line, runtime) == 0, err.written.decode()
    answer = json.loads(out.written)
    assert answer["durationMs"] >= 0
    assert not re.search(r"-\d+(\.\d+)?s|-\d:\d\d", err.written.decode())
    assert time.time() - began < 60


@pytest.mark.parametrize("line", [["help", "environment"], ["config", "schema"], ["image", "generate", "--help"]])
def test_a_reader_that_is_gone_is_no_failure(line: list[str]) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "openclaw_fal", *line], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    told = process.stderr.read()
    process.stderr.close()
    assert (process.wait(10), told) == (141, b"")


WAITS_IN_AN_IMPORT = """
import sys, time

class Finder:
    def find_spec(name, path, target=None):
        if name == "inspect":
            sys.stderr.write("importing inspect\\n")
            sys.stderr.flush()
            time.sleep(60)

sys.meta_path.insert(0, Finder)
"""


def test_two_ctrl_c_while_the_program_is_being_loaded_print_no_traceback(tmp_path: Path) -> None:
    """The signals come in the middle of the imports: one of them waits for the first signal."""
    (tmp_path / "sitecustomize.py").write_text(WAITS_IN_AN_IMPORT)
    process = subprocess.Popen(
        [sys.executable, "-m", "openclaw_fal", "models", "status"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={"OPENCLAW_STATE_DIR": str(tmp_path), "PYTHONPATH": ":".join([str(tmp_path), *sys.path])},
    )
    assert process.stderr is not None
    assert process.stderr.readline() == b"importing inspect\n"
    for _ in range(2):
        process.send_signal(signal.SIGINT)
        time.sleep(0.002)
    _, told = process.communicate(timeout=60)
    assert process.returncode in (130, -signal.SIGINT)
    assert b"Traceback" not in told
