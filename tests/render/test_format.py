"""Times, texts from outside, and adjustments in words."""

from __future__ import annotations

import pytest

from openclaw_fal.core.results import Envelope, Normalized
from openclaw_fal.render.format import adjustments, cut, duration_text, elapsed_text, exact, wrap


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
def test_durations_show_as_many_digits_as_matter(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text


@pytest.mark.parametrize(("seconds", "text"), [(-3, "0:00"), (31.9, "0:31"), (725, "12:05"), (3725, "1:02:05")])
def test_elapsed_time_counts_whole_seconds(seconds: float, text: str) -> None:
    assert elapsed_text(seconds) == text


def test_exact_text_keeps_every_space_and_replaces_every_control_character() -> None:
    assert exact("/a  b\u202fc/\x1b[2J\n\u202e.png ") == "/a  b\u202fc/�[2J��.png "


def test_adjustments_name_the_flag_as_typed_and_the_value_sent() -> None:
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


def test_wrapping_breaks_a_list_between_its_items_only() -> None:
    assert wrap(["a model", "· 8.2 MB", "· 31s"], 16, first="* ") == ["* a model", "  · 8.2 MB · 31s"]


def test_cutting_counts_characters_of_two_columns() -> None:
    assert cut("雪の中の赤い狐", 8, "…") == "雪の中…"
    assert cut("雪の中の赤い狐", 8, "…", keep_end=True) == "…赤い狐"
    assert cut("abc", 3, "…") == "abc"
