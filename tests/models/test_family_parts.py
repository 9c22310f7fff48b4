"""The closest is really the closest, and edges are exact."""

from __future__ import annotations

from math import isclose, log

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from openclaw_fal.core.errors import UsageError
from openclaw_fal.core.requests import Size, ratio_value
from openclaw_fal.models.families import FAMILIES
from openclaw_fal.models.family_parts import Limits, RatioAndResolution, closest_ratio, closest_resolution, shorter_edge
from openclaw_fal.models.shapes import sized

LISTS = sorted(
    {
        part.ratios
        for family in FAMILIES
        for part in family.parts
        if isinstance(part, RatioAndResolution) and part.ratios
    }
)
NUMBERS = st.floats(min_value=0.01, max_value=100)
SIZES = st.builds(Size, st.integers(10, 20_000), st.integers(10, 20_000))


@given(ratios=st.sampled_from(LISTS), wanted=NUMBERS)
def test_the_closest_ratio_is_chosen(ratios: tuple[str, ...], wanted: float) -> None:
    known = [ratio for ratio in ratios if ratio != "auto"]
    chosen = closest_ratio(wanted, known)
    distances = {ratio: abs(log(ratio_value(ratio)) - log(wanted)) for ratio in known}
    assert distances[chosen] <= min(distances.values()) + 1e-8


@given(ratios=st.sampled_from(LISTS), data=st.data())
def test_a_listed_ratio_is_kept(ratios: tuple[str, ...], data: st.DataObject) -> None:
    known = [ratio for ratio in ratios if ratio != "auto"]
    ratio = data.draw(st.sampled_from(known))
    assert closest_ratio(ratio_value(ratio), known) == ratio


@pytest.mark.parametrize(
    ("wanted", "chosen"), [("4:3", "16:9"), ("3:4", "9:16"), ("5:4", "1:1"), ("21:9", "16:9"), ("1:1", "1:1")]
)
def test_of_two_equally_close_ratios_the_first_is_chosen(wanted: str, chosen: str) -> None:
    assert closest_ratio(ratio_value(wanted), ("16:9", "9:16", "1:1")) == chosen


@pytest.mark.parametrize(
    ("edge", "chosen"), [(360, "480p"), (540, "480p"), (768, "720p"), (900, "1080p"), (1440, "1080p"), (2000, "4k")]
)
def test_the_closest_resolution_is_chosen(edge: int, chosen: str) -> None:
    assert closest_resolution(edge, ("480p", "720p", "1080p", "4k")) == chosen


@pytest.mark.parametrize(("resolution", "edge"), [("720p", 720), ("1080P", 1080), ("4k", 2160), ("2K", 1080)])
def test_a_resolution_has_a_shorter_edge(resolution: str, edge: int) -> None:
    assert shorter_edge(resolution) == edge


GPT = Limits(3840, 16, (655_360, 8_294_400), 3)


@given(size=SIZES)
@example(size=Size(3840, 2160))
@example(size=Size(1000, 1000))
def test_a_size_is_checked_against_every_limit(size: Size) -> None:
    assert GPT.hold(size) == (
        size.width % 16 == size.height % 16 == 0
        and max(size.width, size.height) <= 3840
        and 655_360 <= size.width * size.height <= 8_294_400
        and max(size.width, size.height) <= 3 * min(size.width, size.height)
    )


@given(size=SIZES.filter(lambda size: not GPT.hold(size)))
@example(size=Size(1000, 1000))
def test_a_refusal_suggests_only_a_size_that_is_taken(size: Size) -> None:
    with pytest.raises(UsageError, match=f"--size {size}") as refusal:
        GPT.check(size, "some/model")
    hint = refusal.value.hint
    assert hint is None or GPT.hold(Size.parse(hint.split()[-1]))


@given(ratio=st.builds("{}:{}".format, st.integers(1, 60), st.integers(1, 60)))
def test_a_ratio_outside_the_bounds_is_moved_to_the_bound(ratio: str) -> None:
    applied = ratio_value(GPT.nearest_ratio(ratio))
    assert isclose(applied, min(3, max(1 / 3, ratio_value(ratio))))
    assert GPT.hold(sized(applied, 1536, multiple=16))
