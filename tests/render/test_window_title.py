"""The window's title, progress in the taskbar, and the call at the end: exact bytes, only where they are known."""

from __future__ import annotations

import io

import pytest

from openclaw_fal.render.screen import Screen
from openclaw_fal.render.window_title import Window

XTERM = {"TERM": "xterm-256color"}
GHOSTTY = {"TERM": "xterm-ghostty", "TERM_PROGRAM": "ghostty"}


def drawn(environ: dict[str, str], *, notifies: bool = True) -> tuple[Window, io.StringIO]:
    stderr = io.StringIO()
    return Window(Screen(io.StringIO(), io.StringIO(), stderr), environ, notifies=notifies), stderr


def test_the_title_is_saved_once_and_restored() -> None:
    window, stderr = drawn(XTERM)
    window.show("dev: running", None)
    window.show("dev: running", None)
    window.show("dev: running", 34.6)
    window.restore()
    window.restore()
    assert stderr.getvalue() == ("\x1b[22;2t\x1b]2;dev: running\x1b\\" + "\x1b]2;dev: running 35%\x1b\\" + "\x1b[23;2t")


def test_progress_goes_to_terminals_that_show_it() -> None:
    window, stderr = drawn(GHOSTTY | {"TERM": "linux"})
    window.show("dev: running", None)
    window.show("dev: running", 34.6)
    window.restore()
    assert stderr.getvalue() == "\x1b]9;4;3;0\x1b\\\x1b]9;4;1;35\x1b\\\x1b]9;4;0;0\x1b\\"


@pytest.mark.parametrize(
    ("environ", "shows"),
    [
        (XTERM, False),
        (GHOSTTY, True),
        ({"WT_SESSION": "x"}, True),
        ({"ConEmuANSI": "ON"}, True),
        ({"TERM_PROGRAM": "iTerm.app"}, False),
        ({"VTE_VERSION": "7600"}, False),
        ({"VTE_VERSION": "8000"}, True),
        (GHOSTTY | {"TMUX": "/tmp/x"}, False),
    ],
)
def test_terminals_that_would_show_progress_as_a_message_get_none(environ: dict[str, str], shows: bool) -> None:
    window, stderr = drawn(environ)
    window.show("x", 1)
    assert ("]9;4" in stderr.getvalue()) is shows


@pytest.mark.parametrize(
    ("environ", "called"),
    [
        (XTERM, "\a"),
        (GHOSTTY, "\a\x1b]9;Done: dev\x1b\\"),
        ({"TERM_PROGRAM": "iTerm.app"}, "\a\x1b]9;Done: dev\x1b\\"),
        ({"TERM": "foot"}, "\a\x1b]777;notify;openclaw-fal;Done: dev\x1b\\"),
        ({"TERM": "tmux-256color", "TERM_PROGRAM": "iTerm.app"}, "\a"),
    ],
)
def test_a_long_job_calls_at_its_end(environ: dict[str, str], called: str) -> None:
    window, stderr = drawn(environ)
    window.call("Done: dev", 19.9)
    assert stderr.getvalue() == ""
    window.call("Done: dev", 20.1)
    assert stderr.getvalue() == called


def test_nobody_is_called_who_does_not_want_it() -> None:
    window, stderr = drawn(GHOSTTY, notifies=False)
    window.call("Done", 1000)
    assert stderr.getvalue() == ""


def test_what_a_server_says_can_not_end_a_sequence() -> None:
    window, stderr = drawn(GHOSTTY)
    window.show("evil\x1b\\\a\x1b]52;c;x", None)
    window.call("evil\x1b\\;\a", 1000)
    text = stderr.getvalue()
    assert text.count("\a") == 1
    assert "]52;" not in text.replace("�]52;", "")
