from __future__ import annotations

import pytest

from openclaw_fal.core.text import printable, size_text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (999_960, "1.0 MB"),
        (8_200_000, "8.2 MB"),
        (3_000_000_000, "3.0 GB"),
        (5 * 10**12, "5.0 TB"),
    ],
)
def test_sizes_are_decimal(count: int, text: str) -> None:
    assert size_text(count) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a family 👨\u200d👩\u200d👧", "a family 👨👩👧"),
        ("می\u200cخواهم", "میخواهم"),
        ("soft\u00adhyphen \U0001f3f4\U000e0067\U000e0062\U000e007f", "softhyphen \U0001f3f4"),
        ("\u202etxt.exe \x1b[2J", "�txt.exe �[2J"),
    ],
)
def test_what_joins_characters_is_left_out_and_what_controls_a_terminal_is_replaced(text: str, shown: str) -> None:
    assert printable(text) == shown
