from __future__ import annotations

import pytest

from openclaw_fal.core.text import size_text


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
