"""A size has the asked ratio and an exact longer edge."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from openclaw_fal.core.requests import ratio_value
from openclaw_fal.models.shapes import rounded, sized

NUMBERS = st.floats(min_value=0.01, max_value=100)


@given(ratio=NUMBERS, edge=st.sampled_from([1024, 1536, 2048, 4096]), multiple=st.sampled_from([1, 16]))
@example(ratio=1.0, edge=1024, multiple=16)
def test_the_longer_edge_is_exact_and_the_shorter_one_as_close_as_can_be(
    ratio: float, edge: int, multiple: int
) -> None:
    size = sized(ratio, edge, multiple=multiple)
    longer, shorter = max(size.width, size.height), min(size.width, size.height)
    assert longer == edge
    assert shorter % multiple == 0
    assert shorter == multiple or abs(shorter - edge * min(ratio, 1 / ratio)) <= multiple / 2 + 1e-6
    assert size.ratio == 1 or (size.ratio > 1) == (ratio > 1)


@pytest.mark.parametrize(
    ("ratio", "edge", "size"),
    [
        ("21:9", 1024, "1024x439"),
        ("2:3", 1024, "683x1024"),
        ("5:4", 1024, "1024x819"),
        ("16:9", 2048, "2048x1152"),
        ("2:3", 4096, "2731x4096"),
        ("10000:1", 1024, "1024x1"),
    ],
)
def test_sizes_of_the_contract(ratio: str, edge: int, size: str) -> None:
    assert str(sized(ratio_value(ratio), edge)) == size


@pytest.mark.parametrize(("number", "whole"), [(0.5, 1), (1.49, 1), (2.5, 3), (4.5, 5)])
def test_halves_are_rounded_up(number: float, whole: int) -> None:
    assert rounded(number) == whole
