"""Sizes and times in words, what a terminal must not get, and points in time as people type them."""

from __future__ import annotations

from datetime import datetime

import pytest

from openclaw_fal.core.errors import UsageError
from openclaw_fal.core.text import parse_since, printable, size_text


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


NOW = datetime(2026, 11, 28, 15, 30).astimezone().timestamp()


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("90s", NOW - 90),
        ("90m", NOW - 5400),
        ("12H", NOW - 43_200),
        ("1.5d", NOW - 129_600),
        (" 2w ", NOW - 1_209_600),
        ("today", datetime(2026, 11, 28).astimezone().timestamp()),
        ("yesterday", datetime(2026, 11, 27).astimezone().timestamp()),
        ("2026-11-01", datetime(2026, 11, 1).astimezone().timestamp()),
        ("2026-11-01 09:30", datetime(2026, 11, 1, 9, 30).astimezone().timestamp()),
        ("2026-11-01T09:30:00Z", 1_793_525_400.0),
    ],
)
def test_ages_dates_and_times_are_understood(text: str, at: float) -> None:
    assert parse_since(text, NOW) == at


@pytest.mark.parametrize("text", ["", "7", "d", "7y", "-1d", "soon", "2026-13-01", "9" * 400 + "d"])
def test_anything_else_is_refused_with_examples(text: str) -> None:
    with pytest.raises(UsageError, match=r"is not a time. Give an age such as .* 7d .* 2026-11-28"):
        parse_since(text, NOW)
