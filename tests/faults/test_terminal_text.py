"""Text from a server never reaches the terminal raw: no escape codes, no markup that acts, nothing that reorders."""

from __future__ import annotations

import os
import re
import sys
import unicodedata
from typing import TYPE_CHECKING

import pexpect
import pytest

if TYPE_CHECKING:
    from openclaw_fal.sandbox import Sandbox
    from tests.conftest import Runner

VIDEO = ("video", "generate", "--output", "out/", "--prompt")
NAMED = ("image", "generate", "--output", "out/{name}.{ext}", "--prompt")
DANGEROUS = {"Cc", "Cf", "Cs", "Co"}

# What our own screens send: colors, where the cursor goes, what is erased, whether the cursor shows and rows wrap; the
# window's title and progress, and links, whose text is looked at as well.
OURS = re.compile(
    r"\x1b\[(?:[0-9;]*m|[0-9]*[ABC]|2?K|J|\?(?:7|25)[lh]|2[23];2t)|\x1b[78]|\x1b\](?:2|9;4|8);([^\x1b]*)\x1b\\"
)
MODES = {
    "plain": (),
    "json": ("--json",),
    "json lines": ("--json", "--progress", "json"),
    "debug": (),
}


def unsafe_in(text: str) -> list[str]:
    """Return the characters that would do something to a terminal, other than to go on in the next line."""
    return [f"U+{ord(c):04X}" for c in text if unicodedata.category(c) in DANGEROUS and c not in "\n\t"]


def run_in(run: Runner, mode: str, *arguments: str) -> tuple[int, str, str]:
    first = ("--log-level", "debug") if mode == "debug" else ()
    ran = run(*first, *arguments, *MODES[mode])
    return ran.code, ran.out, ran.err


@pytest.mark.parametrize("mode", MODES)
def test_logs_of_a_server_are_only_text(run: Runner, fal: Sandbox, mode: str) -> None:
    code, out, err = run_in(run, mode, *VIDEO, "x [fault:log-escape]")
    assert code == 0, err
    assert unsafe_in(out) == []
    assert unsafe_in(err) == []
    assert "screen cleared" in err
    assert "[red]markup[/red] [link=http://127.0.0.1/]link[/link] [/] 50%" in err


@pytest.mark.parametrize("mode", MODES)
def test_errors_of_a_server_are_only_text(run: Runner, fal: Sandbox, mode: str) -> None:
    code, out, err = run_in(run, mode, *VIDEO, "x [fault:error-escape]")
    assert code == 5
    assert unsafe_in(out) == []
    assert unsafe_in(err) == []
    assert "[bold]is[/bold]" in err
    if mode == "json":
        assert "[bold]is[/bold]" in out


@pytest.mark.parametrize("number", [0, 3, 4, 9])
@pytest.mark.parametrize("mode", MODES)
def test_file_names_of_a_server_are_only_text(run: Runner, fal: Sandbox, mode: str, number: int) -> None:
    code, out, err = run_in(run, mode, *NAMED, f"x [fault:result-evil-name-{number}]")
    assert code == 0, err
    assert unsafe_in(out) == []
    assert unsafe_in(err) == []


@pytest.mark.parametrize("mode", MODES)
def test_addresses_of_a_server_are_only_text(run: Runner, fal: Sandbox, mode: str) -> None:
    code, out, err = run_in(run, mode, *NAMED, "x [fault:result-evil-name-3] [fault:download-404]")
    assert code == 10
    assert "missing: http" in err or mode == "json lines"
    assert unsafe_in(out) == []
    assert unsafe_in(err) == []


def test_what_the_journal_keeps_of_them_is_only_text(run: Runner, fal: Sandbox) -> None:
    run(*VIDEO, "x [fault:error-escape]")
    run(*NAMED, "x [fault:result-evil-name-3]")
    listed = run("tasks", "list", "--json")
    assert unsafe_in(listed.out) == []
    for task in listed.json["tasks"]:
        for mode in ((), ("--json",)):
            shown = run("tasks", "show", task["taskId"], *mode)
            assert shown.code == 0
            assert unsafe_in(shown.out) == []
    waited = run("tasks", "wait", listed.json["tasks"][1]["taskId"])
    assert waited.code == 5
    assert unsafe_in(waited.err) == []


@pytest.mark.parametrize(
    ("command", "code", "shown"),
    [
        ((*VIDEO, "x [fault:log-escape] [fault:slow-10]"), 0, ".mp4"),
        ((*VIDEO, "x [fault:error-escape]"), 5, "[bold]is[/bold]"),
        ((*NAMED, "x [fault:result-evil-name-3]"), 0, ".png"),
        ((*NAMED, "x [fault:result-evil-name-9] [fault:download-404]"), 10, "missing"),
    ],
    ids=["logs", "errors", "names", "addresses"],
)
def test_on_a_terminal_only_our_own_codes_act(fal: Sandbox, command: tuple[str, ...], code: int, shown: str) -> None:
    child: pexpect.spawn[str] = pexpect.spawn(
        sys.executable,
        ["-m", "openclaw_fal", *command],
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "200"},
        encoding="utf-8",
        timeout=100,
        dimensions=(50, 200),
    )
    screen = child.read()
    child.close()
    assert child.exitstatus == code
    assert shown in screen
    assert unsafe_in(OURS.sub(lambda code: code[1] or "", screen.replace("\r", ""))) == []


def test_the_key_is_not_printed_when_a_server_repeats_it(run: Runner, fal: Sandbox) -> None:
    ran = run("--log-level", "trace", *VIDEO, "x [fault:submit-422-echo]", "--json")
    assert ran.code == 5
    assert "0123456789abcdef" not in ran.out + ran.err
