"""`openclaw-fal sandbox`: a real child process, and the tool running against it."""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import shlex
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from openclaw_fal.runtime import SANDBOX_KEY
from openclaw_fal.sandbox.faults import FAULTS, resolve
from tests.conftest import closed_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openclaw_fal.sandbox import Sandbox
    from tests.conftest import Runner, Server

PROGRAM = (sys.executable, "-m", "openclaw_fal")

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has other signals")


@contextlib.contextmanager
def serving(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run the command until the test ends; whatever happens, the child does too."""
    child = subprocess.Popen(
        [*PROGRAM, "sandbox", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ
    )
    with child:
        try:
            yield child
        finally:
            child.kill()


def first_line(child: subprocess.Popen[str]) -> str:
    assert child.stdout
    return child.stdout.readline().rstrip("\n")


def exported(line: str) -> dict[str, str]:
    """Return the variables that a shell sets for a line."""
    word, *settings = shlex.split(line)
    assert word == "export"
    return dict(setting.split("=", 1) for setting in settings)


def test_the_line_it_prints_makes_the_tool_use_it(run: Runner) -> None:
    with serving("--speed", "10") as child:
        variables = exported(first_line(child))
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", variables["OPENCLAW_FAL_BASE_URL"])
        assert variables["FAL_KEY"] == SANDBOX_KEY
        image = run("image", "generate", "--prompt", "a red fox", "--json", env=variables)
        assert image.code == 0, image.err
        assert Path(image.json["outputs"][0]["path"]).read_bytes().startswith(b"\x89PNG")
        onboarded = run("onboard", "--non-interactive", "--accept-risk", "--json", env=variables)
        assert (onboarded.code, onboarded.json["sandbox"], onboarded.json["keyStored"]) == (0, True, None)
        pasted = run("models", "auth", "paste-api-key", "--json", stdin="1234:abcd", env=variables)
        assert (pasted.code, pasted.json["keyStored"]) == (0, None)
        assert run("models", "status", "--probe", "--check", env=variables).code == 0
        video = run("video", "generate", "--prompt", "waves", "--detach", "--json", env=variables)
        assert run("tasks", "wait", video.json["taskId"], env=variables).code == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_in_order(number: signal.Signals) -> None:
    if signal.getsignal(number) is signal.SIG_IGN:
        pytest.skip("the tests run in the background, and so does the child")
    with serving() as child:
        assert first_line(child).startswith("export ")
        child.send_signal(number)
        out, err = child.communicate(timeout=60)
        assert (child.returncode, out) == (0, "")
        assert err.splitlines() == [
            "note: The sandbox runs until Ctrl-C. To use it, run this line in another terminal:",
            "note: Sandbox stopped.",
        ]


@pytest.mark.parametrize("arguments", [("sandbox", "--json"), ("--json", "sandbox")])
def test_json_is_one_document_at_once(arguments: tuple[str, ...]) -> None:
    child = subprocess.Popen(
        [*PROGRAM, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ
    )
    with child:
        try:
            assert child.stdout
            lines = [child.stdout.readline() for _ in range(8)]
            child.send_signal(signal.SIGTERM)
            rest, _ = child.communicate(timeout=60)
        finally:
            child.kill()
    answer = json.loads("".join(lines) + rest)
    assert answer == {
        "ok": True,
        "url": answer["url"],
        "environment": {"OPENCLAW_FAL_BASE_URL": answer["url"], "FAL_KEY": SANDBOX_KEY},
    }


def free_port() -> int:
    """Return a port below those that the system gives to connections, so that no other test takes it meanwhile."""
    while True:
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", random.randint(20_000, 32_000)))
            return int(probe.getsockname()[1])


def test_a_port_can_be_chosen() -> None:
    port = free_port()
    with serving("--port", str(port)) as child:
        assert exported(first_line(child))["OPENCLAW_FAL_BASE_URL"] == f"http://127.0.0.1:{port}"


def test_a_port_in_use_is_reported(run: Runner) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        refused = run("sandbox", "--port", port, "--json")
    assert (refused.code, refused.json["error"]["code"]) == (7, "port_unavailable")
    assert port in refused.json["error"]["message"]
    assert "--port" in refused.json["error"]["hint"]


@pytest.mark.parametrize(
    "arguments", [["--port", "65536"], ["--port", "-1"], ["--port", "http"], ["--speed", "0"], ["--speed", "1e9"]]
)
def test_bad_input_is_refused(run: Runner, arguments: list[str]) -> None:
    refused = run("sandbox", *arguments, "--json")
    assert (refused.code, refused.json["error"]["code"]) == (2, "usage")
    assert arguments[0] in refused.json["error"]["message"]


# --- while a command runs ----------------------------------------------------------------------


def ran(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROGRAM, "sandbox", *arguments], capture_output=True, text=True, env=os.environ, check=False, timeout=60
    )


def test_it_serves_while_a_command_runs_with_the_variables_set() -> None:
    done = ran("--speed", "10", "--", *PROGRAM, "image", "generate", "a red fox", "-q", "-o", "fox.png")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{Path('fox.png').absolute()}\n"
    assert Path("fox.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(("script", "status"), [("exit 7", 7), ("kill -9 $$", 137), ("printenv FAL_KEY", 0)])
def test_its_exit_status_is_that_of_the_command(script: str, status: int) -> None:
    done = ran("--", "sh", "-c", script)
    assert done.returncode == status
    assert done.stdout == (f"{SANDBOX_KEY}\n" if status == 0 else "")


def test_flags_behind_the_dashes_belong_to_the_command(run: Runner) -> None:
    assert ran("--", "echo", "--port", "x", "--json", "--help").stdout == "--port x --json --help\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--"], "needs a command after it"),
        (["make", "test"], "→ openclaw-fal sandbox -- make test"),
        (["fault"], "→ openclaw-fal sandbox faults\n"),
    ],
)
def test_what_can_not_be_run_is_a_usage_error(run: Runner, arguments: list[str], said: str) -> None:
    refused = run("sandbox", *arguments)
    assert (refused.code, refused.out) == (2, "")
    assert said in refused.err


@pytest.mark.parametrize(("program", "status"), [("no-such-program", 127), ("./notes.txt", 126), ("./folder", 126)])
def test_a_program_that_can_not_be_run_ends_it_as_a_shell_ends(run: Runner, program: str, status: int) -> None:
    Path("notes.txt").touch()
    Path("folder").mkdir()
    refused = run("sandbox", "--json", "--", program)
    assert (refused.code, refused.json["error"]["code"]) == (status, "usage")
    assert f"{program} can't be run: " in refused.json["error"]["message"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "Ctrl-C twice"])
def test_a_signal_ends_the_command_and_the_sandbox(number: int) -> None:
    script = 'trap "" INT; echo $OPENCLAW_FAL_BASE_URL; exec sleep 60'
    port = free_port()
    with serving("--port", str(port), "--", "sh", "-c", script) as child:
        assert first_line(child) == f"http://127.0.0.1:{port}"
        child.send_signal(number)
        if number == signal.SIGINT:
            with pytest.raises(subprocess.TimeoutExpired):
                child.wait(1.5)  # two at once may come as one
            child.send_signal(number)
        assert child.wait(60) == 128 + signal.SIGTERM
        with pytest.raises(OSError, match="refused"):
            socket.create_connection(("127.0.0.1", port), timeout=1)


def test_what_is_made_meanwhile_counts_as_made_in_the_sandbox(run: Runner) -> None:
    script = '"$@" video generate x --detach -q; "$@" tasks wait last -q; "$@" rerun last --json'
    done = ran("--speed", "10", "--", "sh", "-c", script, "sh", *PROGRAM)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout[done.stdout.index("{") :])["sandbox"] is True
    tasks = run("tasks", "list", "--json").json["tasks"]
    assert [(task["status"], task["sandbox"]) for task in tasks] == [("succeeded", True)] * 2
    assert run("spend", "--json").json["sandboxTasks"] == 2


# --- faults ------------------------------------------------------------------------------------


def test_the_faults_are_listed_as_they_are_written(run: Runner, fal: Sandbox) -> None:
    rows = [line.split("\t") for line in run("sandbox", "faults").out.splitlines()]
    assert ["submit-403-locked", "always", "the account is locked: exhausted balance"] in rows
    listed = run("sandbox", "faults", "--json").json
    assert len(listed) == len(rows) == len(FAULTS)
    for name, _times, _about in rows:
        assert resolve(name)


def only_task(run: Runner) -> str:
    [task] = run("tasks", "list", "--json").json["tasks"]
    return str(task["taskId"])


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("line", ["image generate --prompt x", "video generate --prompt x"])
def test_a_later_sandbox_gives_a_tasks_files_again(run: Runner, line: str) -> None:
    made = run("--sandbox", *line.split(), "--json").json["outputs"][0]
    content = Path(made["path"]).read_bytes()
    Path(made["path"]).unlink()
    task = only_task(run)
    again = run("--sandbox", "tasks", "wait", task, "--json")
    assert again.code == 0, again.err
    assert Path(again.json["outputs"][0]["path"]).read_bytes() == content
    elsewhere = run("tasks", "wait", task, "--output", "copy.bin", "--json")
    assert elsewhere.code == 0, elsewhere.err
    assert Path(elsewhere.json["outputs"][0]["path"]).read_bytes() == content
    assert elsewhere.json["sandbox"] is True


def test_a_file_on_a_port_where_nobody_listens_is_given_up_at_once(
    run: Runner, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENCLAW_FAL_BASE_URL", server.url)
    with closed_port() as port:
        dead = f"http://127.0.0.1:{port}/a.png"
        server.answer((200, json.dumps({"images": [{"url": dead}]}).encode()))
        made = run("image", "generate", "--prompt", "x", "--json", env={"FAL_KEY": "a:b"})
    assert (made.code, made.json["error"]["code"]) == (10, "files_missing")
    assert "connection refused" in made.json["outputs"][0]["error"]
    assert "trying again" not in made.err


def test_a_dead_base_url_is_named(run: Runner) -> None:
    away = {"OPENCLAW_FAL_BASE_URL": "http://127.0.0.1:1", "FAL_KEY": "a:b"}
    failed = run("image", "generate", "--prompt", "x", "--timeout-ms", "20000", "--json", env=away)
    assert failed.code == 7
    assert "http://127.0.0.1:1" in failed.json["error"]["hint"]
    assert "OPENCLAW_FAL_BASE_URL" in failed.json["error"]["hint"]


def test_an_unknown_fault_names_the_closest(run: Runner, fal: Sandbox) -> None:
    refused = run("image", "generate", "x [fault:pol-502]")
    assert "Did you mean 'poll-502'?" in refused.err
    assert "openclaw-fal sandbox faults" in refused.err
    several = run("image", "generate", "x [fault:submit-403]").err
    assert "Did you mean 'submit-403-locked' or 'submit-403-scope'?" in " ".join(several.split())
    assert "Did you mean 'slow'?" in run("image", "generate", "x [fault:slwo-30]").err
