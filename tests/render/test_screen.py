"""What `Screen` finds out about streams and environment, and how it writes."""

from __future__ import annotations

import errno
import io
import os

import pytest

from openclaw_fal.core.errors import OpenclawFalError
from openclaw_fal.render.screen import ASCII, UNICODE, Screen


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Broken(io.StringIO):
    def write(self, _text: str) -> int:
        raise BrokenPipeError


class Full(io.StringIO):
    def write(self, _text: str) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def detect(environ: dict[str, str], *, stdout: io.StringIO | None = None) -> Screen:
    return Screen.detect(Terminal(), stdout or Terminal(), Terminal(), {"TERM": "xterm", **environ})


def test_a_terminal_is_live_and_colored() -> None:
    screen = detect({})
    assert (screen.live, screen.stdout_color, screen.stderr_color) == (True, True, True)


def test_stdout_in_a_pipe_leaves_stderr_live() -> None:
    screen = detect({}, stdout=io.StringIO())
    assert (screen.stdout_is_terminal, screen.stdout_color) == (False, False)
    assert (screen.stderr_is_terminal, screen.live, screen.stderr_color) == (True, True, True)


@pytest.mark.parametrize("environ", [{"CI": "true"}, {"CI": "1"}, {"TERM": "dumb"}])
def test_ci_and_dumb_terminals_are_never_redrawn(environ: dict[str, str]) -> None:
    assert not detect(environ).live


@pytest.mark.parametrize("environ", [{"CI": ""}, {"CI": "false"}])
def test_an_empty_or_false_ci_counts_as_none(environ: dict[str, str]) -> None:
    assert detect(environ).live


def test_no_color_leaves_the_live_display() -> None:
    screen = detect({"NO_COLOR": "1", "FORCE_COLOR": "1"})
    assert (screen.live, screen.stdout_color, screen.stderr_color) == (True, False, False)


def test_an_empty_no_color_is_ignored() -> None:
    assert detect({"NO_COLOR": ""}).stderr_color


@pytest.mark.parametrize("name", ["FORCE_COLOR", "CLICOLOR_FORCE"])
def test_color_can_be_forced_into_a_pipe(name: str) -> None:
    pipes = io.StringIO(), io.StringIO(), io.StringIO()
    assert Screen.detect(*pipes, {name: "1"}).stderr_color
    assert not Screen.detect(*pipes, {name: "0"}).stderr_color


@pytest.mark.parametrize(("columns", "width"), [("123", 123), ("0", 80), ("-5", 80), ("wide", 80), ("", 80), ("٣", 80)])
def test_columns_fixes_the_width_when_it_is_a_number(columns: str, width: int) -> None:
    assert detect({"COLUMNS": columns}).width == width


def test_an_encoding_without_our_signs_gets_ascii() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="latin-1")
    assert Screen.detect(stream, stream, stream, {}).marks == ASCII
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    assert Screen.detect(stream, stream, stream, {}).marks == UNICODE


def test_closed_streams_are_no_terminals_and_accept_everything() -> None:
    screen = Screen.detect(None, None, None, {})
    assert not screen.stdout_is_terminal
    screen.write_stdout("result")
    screen.write_stderr("message")


def test_undecodable_bytes_of_a_path_are_written_unchanged() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="utf-8")
    Screen(stream, stream, stream).write_stdout(os.fsdecode(b"/tmp/f\xffx") + "\n")
    assert raw.getvalue() == b"/tmp/f\xffx\n"


def test_characters_that_an_encoding_lacks_are_escaped() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    Screen(stream, stream, stream).write_stdout("/tmp/é\n")
    assert raw.getvalue() == b"/tmp/\\xe9\n"


def test_a_closed_stderr_is_ignored() -> None:
    Screen(io.StringIO(), io.StringIO(), Broken()).write_stderr("hello")


def test_a_stdout_that_cannot_be_written_is_an_error_with_the_reason() -> None:
    with pytest.raises(OpenclawFalError, match="No space left on device") as caught:
        Screen(io.StringIO(), Full(), io.StringIO()).write_stdout("hello")
    assert caught.value.code == "stdout_failed"


def test_a_closed_pipe_on_stdout_raises() -> None:
    with pytest.raises(BrokenPipeError):
        Screen(io.StringIO(), Broken(), io.StringIO()).write_stdout("hello")
