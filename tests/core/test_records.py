from __future__ import annotations

import pickle
from copy import deepcopy
from typing import Any

import pytest

from openclaw_fal.core.records import Record


class Fox(Record):
    name: str
    legs: int = 4
    tags: tuple[str, ...] = ()


class Checked(Record):
    count: int

    def _check(self) -> None:
        if self.count < 1:
            raise ValueError("count")


def test_fields_are_given_by_position_or_by_name_and_have_defaults() -> None:
    assert Fox("red")._asdict() == {"name": "red", "legs": 4, "tags": ()}
    assert Fox("red", 3, tags=("old",)) == Fox(tags=("old",), legs=3, name="red")


@pytest.mark.parametrize(
    ("values", "named"),
    [((), {}), (("red", 4, (), "more"), {}), (("red",), {"leg": 3}), ((), {"legs": 3}), ((), {"nam": "red"})],
)
def test_fields_that_are_missing_or_unknown_are_refused(values: tuple[Any, ...], named: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="Fox"):
        Fox(*values, **named)


def test_records_are_equal_by_class_and_fields() -> None:
    assert Fox("red") == Fox("red")
    assert hash(Fox("red")) == hash(Fox("red"))
    assert Fox("red") != Fox("blue")
    assert Checked(1) != Fox("red")
    assert len({Fox("red"), Fox("red"), Fox("blue")}) == 2


def test_a_record_changes_only_in_a_copy() -> None:
    fox = Fox("red")
    assert fox._replace(legs=3) == Fox("red", 3)
    with pytest.raises(AttributeError, match="_replace"):
        fox.legs = 3  # type: ignore[misc]
    with pytest.raises(AttributeError, match="removed"):
        del fox.legs
    assert fox == Fox("red") == deepcopy(fox) == pickle.loads(pickle.dumps(fox))


def test_a_copy_is_checked_as_the_first_was() -> None:
    with pytest.raises(ValueError, match="count"):
        Checked(1)._replace(count=0)


def test_a_record_shows_its_fields() -> None:
    assert repr(Fox("red")) == "Fox(name='red', legs=4, tags=())"


def test_fields_are_matched_by_position() -> None:
    match Fox("red", 3):
        case Fox(name, legs):
            assert (name, legs) == ("red", 3)
        case _:
            pytest.fail("no match")
