"""Sizes, times and outside text."""

from __future__ import annotations

import pytest

from openclaw_fal.core.results import Envelope, Normalized
from openclaw_fal.core.text import size_text
from openclaw_fal.render.format import adjustments, duration_text, elapsed_text, exact
from openclaw_fal.render.output_terminal import fit


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
    ("seconds", "text"),
    [
        (-1, "0.0s"),
        (0.42, "0.4s"),
        (9.96, "10s"),
        (31.4, "31s"),
        (59.7, "1m 00s"),
        (125, "2m 05s"),
        (3725, "1h 02m"),
    ],
)
def test_durations_have_as_many_digits_as_matter(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text


@pytest.mark.parametrize(("seconds", "text"), [(-3, "0:00"), (31.9, "0:31"), (725, "12:05"), (3725, "1:02:05")])
def test_a_clock_counts_whole_seconds(seconds: float, text: str) -> None:
    assert elapsed_text(seconds) == text


def test_a_path_keeps_every_space_and_loses_every_control() -> None:
    assert exact("/a  b\u202fc/\x1b[2J\n\u202e.png ") == "/a  b\u202fc/�[2J��.png "


def test_adjustments_name_what_was_asked_and_what_was_sent() -> None:
    envelope = Envelope(
        capability="image.generate",
        model="fal-ai/flux/dev",
        ignored={"quality": "high", "mask": {"x": 1}},
        normalization={"size": Normalized("1000x1000", "1024x1024")},
    )
    assert adjustments(envelope) == [
        "--size 1000x1000 was sent as 1024x1024",
        "--quality high was not sent: the model does not take it",
        'mask {"x": 1} was not sent: the model does not take it',
    ]


def test_a_table_that_fits_keeps_its_widths() -> None:
    assert fit([10, 20, 8], [False, True, True], 80) == [10, 20, 8]


def test_the_widest_columns_shrink_first_and_a_key_never_does() -> None:
    assert fit([46, 60, 14, 7], [False, True, True, False], 100) == [46, 27, 14, 7]
    assert fit([30, 60, 60], [False, True, True], 74) == [30, 20, 20]


def test_columns_that_would_say_nothing_are_left_out_from_the_last() -> None:
    assert fit([46, 60, 14, 7], [False, True, True, False], 80) == [46, 23, 0, 7]
    assert fit([46, 60, 14], [False, True, True], 40) == [46, 0, 0]
