"""The flags of every command, wherever they stand; what each log level lets through."""

from __future__ import annotations

import json
import os
import re
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from openclaw_fal import __version__
from openclaw_fal.core.requests import LOG_LEVELS
from openclaw_fal.store import paths
from tests.conftest import KEY

if TYPE_CHECKING:
    from openclaw_fal.sandbox import Sandbox
    from tests.conftest import Runner, Server

KEY_PARTS = ("00000000-1111", "0123456789abcdef")


# --- anywhere ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        ["--json", "models", "list", "--local"],
        ["models", "--json", "list", "--local"],
        ["models", "list", "--local", "--json"],
        ["--json", "models", "list", "--local", "--json"],
    ],
    ids=" ".join,
)
def test_json_may_stand_before_or_behind(run: Runner, arguments: list[str]) -> None:
    assert run(*arguments).json == {"count": 0, "models": []}


@pytest.mark.parametrize(
    "arguments",
    [
        ["--json"],
        ["--json", "bogus"],
        ["bogus", "--json"],
        ["--json", "config"],
        ["models", "bogus", "--json"],
        ["models", "list", "--bogus", "--json"],
        ["--bogus", "models", "list", "--json"],
        ["--log-level", "loud", "models", "list", "--json"],
        ["models", "list", "--log-level", "loud", "--json"],
        ["--log-level"],
        ["tasks", "list", "--limit", "many", "--json"],
        ["tasks", "show", "--json"],
        ["image", "generate", "--json"],
        ["image", "generate", "--prompt", "x", "--progress", "loud", "--json"],
        ["--profile", "../x", "config", "file", "--json"],
        ["--json", "config", "file", "--profile", ""],
        ["config", "get", "a", "b", "--json"],
    ],
    ids=" ".join,
)
def test_a_usage_error_is_one_document_wherever_json_is_placed(run: Runner, arguments: list[str]) -> None:
    refused = run(*arguments)
    assert refused.code == 2
    if "--json" in arguments:
        assert refused.json["ok"] is False
        assert refused.json["error"]["type"] == "cli_error"
        assert all(line in refused.err for line in refused.json["error"]["message"].splitlines())
    else:
        assert refused.out == ""


@pytest.mark.parametrize("flag", ["-V", "--version"])
@pytest.mark.parametrize("command", [[], ["models"], ["models", "list"], ["image", "generate"], ["infer", "video"]])
def test_the_version_is_printed_everywhere(run: Runner, command: list[str], flag: str) -> None:
    assert run(*command, flag).out == f"openclaw-fal {__version__}\n"


@pytest.mark.parametrize("before", [True, False])
def test_a_profile_has_its_own_configuration_and_tasks(run: Runner, fal: Sandbox, folder: Path, before: bool) -> None:
    def in_profile(*arguments: str) -> tuple[str, ...]:
        return ("--profile", "work", *arguments) if before else (*arguments, "--profile", "work")

    run(*in_profile("config", "set", "agents.defaults.mediaMaxMb", "7"))
    run(*in_profile("image", "generate", "--prompt", "x"))
    assert run(*in_profile("config", "file")).out == f"{folder / 'profiles' / 'work' / 'openclaw.json'}\n"
    assert run(*in_profile("tasks", "list", "--json")).json["count"] == 1
    assert run("tasks", "list", "--json").json["count"] == 0
    assert run("config", "get", "agents.defaults.mediaMaxMb").code == 1
    assert run("--profile", "default", "config", "file").out == f"{folder / 'openclaw.json'}\n"


def test_a_sandbox_is_asked_for_before_or_behind(run: Runner) -> None:
    for arguments in (
        ["--sandbox", "models", "status"],
        ["models", "status", "--sandbox"],
        ["models", "--sandbox", "status"],
    ):
        assert run(*arguments, "--json").json["auth"]["source"] == "sandbox"


@pytest.mark.parametrize(
    ("arguments", "environ", "colored"),
    [
        ([], {}, True),
        (["--no-color"], {}, False),
        ([], {"NO_COLOR": "1"}, False),
        ([], {"TERM": "dumb"}, False),
        ([], {"FORCE_COLOR": "1", "TERM": "dumb"}, True),
    ],
)
@pytest.mark.parametrize("before", [True, False])
def test_colors_can_be_turned_off(
    run: Runner, arguments: list[str], environ: dict[str, str], colored: bool, before: bool
) -> None:
    words = [*arguments, "models", "status"] if before else ["models", "status", *arguments]
    shown = run(*words, env={"TERM": "xterm", **environ}, terminal=True)
    assert ("\x1b[" in shown.out) is colored
    assert ("\x1b[" in shown.err) is colored


# --- log levels --------------------------------------------------------------------------------


def kinds_on(err: str) -> set[str]:
    """Return the kinds of messages on stderr."""
    kinds = {"error:": "error", "warning:": "warning", "note:": "note", "> ": "wire", "< ": "wire"}
    found = {kind for line in err.splitlines() for mark, kind in kinds.items() if line.startswith(mark)}
    return found | ({"progress"} if ": running" in err or ": submitted" in err else set())


LEVELS = {
    "silent": set(),
    "fatal": set(),
    "error": {"error"},
    "warn": {"error", "warning"},
    "info": {"error", "warning", "note", "progress"},
    "debug": {"error", "warning", "note", "progress", "wire"},
    "trace": {"error", "warning", "note", "progress", "wire"},
}


def test_each_level_is_tried_here() -> None:
    assert tuple(LEVELS) == LOG_LEVELS


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("before", [True, False])
def test_each_level_prints_what_those_before_it_print_and_more(
    run: Runner, fal: Sandbox, folder: Path, level: str, before: bool
) -> None:
    """A generation that warns, notes, makes progress and then fails has something for everyone."""
    asked = ("image", "generate", "--prompt", "x [fault:never]", "--queue", "--timeout-ms", "2000", "--agent", "main")
    run(*asked[:-2], "--detach")
    done = run("--log-level", level, *asked) if before else run(*asked, "--log-level", level)
    assert done.code == 9
    assert kinds_on(done.err) == LEVELS[level]
    assert (done.err == "") is (level in {"silent", "fatal"})


def test_without_a_level_it_is_info(run: Runner, fal: Sandbox, folder: Path) -> None:
    assert kinds_on(run("video", "generate", "--prompt", "x").err) == {"progress"}


@pytest.mark.parametrize("level", ["debug", "trace"])
def test_each_request_and_reply_is_shown_and_no_secret_or_long_data(
    run: Runner, fal: Sandbox, folder: Path, level: str, png: bytes
) -> None:
    Path("small.png").write_bytes(png + bytes(2000))
    Path("large.png").write_bytes(png + bytes(400_000))
    model = ("--model", "fal/fal-ai/nano-banana")
    done = run(
        "image", "edit", "--prompt", "a fox", "--file", "small.png", "--file", "large.png", *model, "--log-level", level
    )
    assert done.code == 0, done.err
    wire = [line for line in done.err.splitlines() if re.match(r"\s*[<>] ", line)]
    sent, came = [line for line in wire if ">" in line[:4]], [line for line in wire if "<" in line[:4]]
    assert len(sent) == len(came) == len(fal.requests)
    assert any(line.lstrip().startswith(f"> POST {fal.url}/fal-ai/nano-banana/edit") for line in sent)
    assert not any(part in done.err for part in KEY_PARTS)
    assert "Authorization" not in done.err
    assert not re.search(r"[A-Za-z0-9+/]{200}", done.err)
    assert max(map(len, done.err.splitlines())) < 1000
    assert json.loads(run("image", "generate", "--prompt", "x", "--json", "--log-level", level).out)["ok"] is True


@pytest.mark.parametrize(
    "line",
    [
        ["onboard", KEY],
        ["image", "generate", "--model", KEY, "x"],
        ["image", "generate", f"--{KEY}"],
        ["tasks", "show", KEY],
        ["config", "set", "agents.defaults.mediaMaxMb", KEY, "--strict-json"],
        ["config", "set", "models.providers.fal.apiKey", KEY, "extra"],
    ],
    ids=lambda line: " ".join(line).replace(KEY, "KEY"),
)
@pytest.mark.parametrize("as_json", [[], ["--json"]], ids=["", "json"])
def test_a_key_in_the_wrong_place_is_not_repeated(
    run: Runner, folder: Path, line: list[str], as_json: list[str]
) -> None:
    ran = run(*line, *as_json)
    assert ran.code != 0
    assert not any(half in ran.out + ran.err for half in KEY.split(":"))


@pytest.mark.parametrize("text", ['{apiKey: "%s', "{apiKey: %s}", "%s", '{"a": 1, %s: 2}'])
def test_a_syntax_error_of_the_configuration_quotes_no_key(run: Runner, folder: Path, text: str) -> None:
    folder.mkdir()
    (folder / "openclaw.json").write_text(text % KEY)
    for command in (["config", "validate"], ["config", "get", "models"], ["models", "status"], ["doctor"]):
        ran = run(*command)
        assert ran.code != 0 or command[0] != "config"
        assert not any(half[:12] in ran.out + ran.err for half in KEY.split(":"))


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no such device")
@pytest.mark.parametrize(
    "words",
    [
        ["image", "generate", "--prompt", "@/dev/zero"],
        ["image", "generate", "-p", "prompt=@/dev/zero"],
        ["batch", "/dev/zero"],
        ["batch", "merge", "/dev/zero"],
        ["config", "patch", "--file", "/dev/zero"],
        ["config", "get"],
    ],
    ids=" ".join,
)
def test_a_text_without_an_end_is_too_large(
    run: Runner, fal: Sandbox, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    monkeypatch.setattr(paths, "MAX_TEXT", 10_000)
    if words == ["config", "get"]:
        monkeypatch.setenv("OPENCLAW_CONFIG_PATH", "/dev/zero")
    refused = run(*words)
    assert (refused.code, "File too large" in refused.err) in [(2, True), (1, True)], refused.err
    assert not fal.submissions


@pytest.mark.parametrize("words", [["image", "generate", "-"], ["batch", "-"], ["config", "patch", "--stdin"]])
def test_too_much_on_standard_input_is_refused(
    run: Runner, fal: Sandbox, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    monkeypatch.setattr(paths, "MAX_TEXT", 2_000_000)
    refused = run(*words, stdin="a" * 2_000_001)
    assert (refused.code, "Standard input is larger than 2 MB." in refused.err) == (2, True)
    assert not fal.submissions


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("models list --refresh", "Interrupted."),
        ("models show fal-ai/flux/dev --price", "Interrupted."),
        ("models auth paste-api-key", "Interrupted. Nothing was stored."),
        ("onboard --fal-api-key a:b", "Interrupted. Nothing was stored."),
        ("image generate fox --max-cost 1", "Interrupted. Nothing was submitted."),
        ("run fal-ai/flux/dev fox --dry-run", "Interrupted. Nothing was submitted."),
    ],
)
def test_an_interrupt_says_what_was_not_done(
    run: Runner, server: Server, monkeypatch: pytest.MonkeyPatch, typed: str, said: str
) -> None:
    def interrupt(connection: Any) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        connection.close()

    server.answer(*[interrupt] * 5)
    monkeypatch.setenv("OPENCLAW_FAL_BASE_URL", server.url)
    stopped = run(*typed.split(), "--json", stdin="a:b", env={"FAL_KEY": "a:b"})
    assert (stopped.code, stopped.json["error"]) == (
        130,
        {"type": "cli_error", "message": said, "code": "interrupted"},
    )
