"""Words of a command that was made for a shell. Whole commands are run again in `tests/commands/test_gallery.py`."""

from __future__ import annotations

import subprocess

import pytest

from openclaw_fal.core.command_line import quoted

WORDS = [
    "plain",
    "two words",
    "it's",
    '"$HOME" `x` \\',
    "",
    "line\nline\ttab",
    "\x1b[31mred",
    "\u202eevil\u2066 'x' \\",
    "🦊\U000e0041",
]


@pytest.mark.needs("bash")
@pytest.mark.parametrize("word", WORDS)
def test_a_shell_reads_the_word_as_it_was(word: str) -> None:
    told = subprocess.run(["bash", "-c", f"printf %s {quoted(word)}"], capture_output=True, text=True, check=True)
    assert told.stdout == word


@pytest.mark.parametrize("word", WORDS)
def test_nothing_in_it_moves_the_cursor_or_reorders_text(word: str) -> None:
    assert set(quoted(word)).isdisjoint("\x1b\u202e\u2066\U000e0041")
