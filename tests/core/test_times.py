"""Points in time as people type them."""

from __future__ import annotations

from datetime import datetime

import pytest

from openclaw_fal.core.errors import UsageError
from openclaw_fal.core.times import parse_since

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
