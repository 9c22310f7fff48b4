"""Notes, warnings and errors on stderr."""

from __future__ import annotations

import io

import pytest

from openclaw_fal.core.errors import Incomplete, InputRefused, OpenclawFalError
from openclaw_fal.core.results import Asset, Envelope
from openclaw_fal.render.messages import Messages
from openclaw_fal.render.screen import Screen


def printed(error: OpenclawFalError, *, color: bool = False, unicode: bool = True) -> str:
    stderr = io.StringIO()
    Messages(Screen(io.StringIO(), io.StringIO(), stderr, stderr_color=color, unicode=unicode)).error(error)
    return stderr.getvalue()


def test_an_error_is_its_message_and_the_next_commands() -> None:
    error = InputRefused(
        "fal refused the input:\nprompt: too long", hint="openclaw-fal models list\nopenclaw-fal --help"
    )
    assert printed(error) == (
        "error: fal refused the input:\n  prompt: too long\n  → openclaw-fal models list\n  → openclaw-fal --help\n"
    )


def test_ascii_terminals_get_an_ascii_arrow() -> None:
    assert printed(InputRefused("No.", hint="x"), unicode=False) == "error: No.\n  -> x\n"


def test_color_marks_the_label_only() -> None:
    assert printed(InputRefused("No."), color=True) == "\x1b[31merror:\x1b[0m No.\n"


def test_escape_codes_from_outside_are_replaced() -> None:
    text = printed(InputRefused("\x1b]0;title\x07 bad \u202etxt", hint="\x1b[2J"))
    assert text == "error: �]0;title� bad �txt\n  → �[2J\n"


def test_ids_and_status_are_shown_unless_the_message_has_them() -> None:
    error = InputRefused("Task k3f9x2qd7m was refused.", task_id="k3f9x2qd7m", request_id="019e", http_status=422)
    assert printed(error) == "error: Task k3f9x2qd7m was refused.\n  (request 019e, HTTP 422)\n"


def test_saved_and_missing_files_are_listed_with_the_error() -> None:
    outputs = (
        Asset(url="https://v3.fal.media/1.png", path="/pictures/1.png"),
        Asset(url="https://v3.fal.media/2.png", error="HTTP 503"),
    )
    answer = Envelope(capability="image.generate", model="m", outputs=outputs)
    assert printed(Incomplete("1 of 2 files is missing.", envelope=answer)) == (
        "error: 1 of 2 files is missing.\n  saved: /pictures/1.png\n  missing: https://v3.fal.media/2.png\n"
    )


@pytest.mark.parametrize(("level", "shown"), [("silent", ""), ("error", "e"), ("warn", "ew"), ("info", "ewn")])
def test_each_level_shows_more_than_the_one_before(level: str, shown: str) -> None:
    stderr = io.StringIO()
    messages = Messages(Screen(io.StringIO(), io.StringIO(), stderr), level)
    messages.error(InputRefused("No."))
    messages.warning("two")
    messages.note("three")
    assert "".join(line[0] for line in stderr.getvalue().splitlines()) == shown


@pytest.mark.parametrize("level", ["note", "warning"])
def test_notes_and_warnings_keep_their_line_ends(level: str) -> None:
    stderr = io.StringIO()
    messages = Messages(Screen(io.StringIO(), io.StringIO(), stderr))
    getattr(messages, level)("one\ntwo")
    assert stderr.getvalue() == f"{level}: one\n  two\n"


def printed_in(columns: int, error: OpenclawFalError) -> list[str]:
    """Return the lines of an error on a terminal with that many columns."""
    stderr = io.StringIO()
    screen = Screen(io.StringIO(), io.StringIO(), stderr, stderr_is_terminal=True, columns=columns)
    Messages(screen).error(error)
    return stderr.getvalue().splitlines()


def test_words_wrap_at_the_width_of_a_terminal() -> None:
    assert printed_in(30, InputRefused("The model takes at most four 雪の中の赤い狐 pictures at once.")) == [
        "error: The model takes at most",
        "  four 雪の中の赤い狐 pictures",
        "  at once.",
    ]


def test_a_word_that_is_longer_than_a_line_stays_whole() -> None:
    path = "/home/me/" + "x" * 40
    assert printed_in(30, InputRefused(f"Cannot read {path}: no such file.")) == [
        "error: Cannot read",
        f"  {path}:",
        "  no such file.",
    ]


def test_a_command_to_copy_is_never_broken() -> None:
    command = 'openclaw-fal tasks wait k3f9x2qd7m --output "my film.mp4"'
    assert printed_in(
        40, InputRefused("No.", hint=f"Keep waiting: {command}\n{command}\nTry again in a minute, please.")
    ) == [
        "error: No.",
        "  → Keep waiting:",
        f"    {command}",
        f"  → {command}",
        "  → Try again in a minute, please.",
    ]


def test_a_hint_without_a_command_wraps_as_well() -> None:
    assert printed_in(24, InputRefused("No.", hint="Choose one of these: a, b, c.")) == [
        "error: No.",
        "  → Choose one of these:",
        "    a, b, c.",
    ]


def test_nothing_is_wrapped_in_a_pipe() -> None:
    stderr = io.StringIO()
    Messages(Screen(io.StringIO(), io.StringIO(), stderr, columns=20)).warning("word " * 30)
    assert stderr.getvalue() == f"warning: {' '.join(['word'] * 30)}\n"
