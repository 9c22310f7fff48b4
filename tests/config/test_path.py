from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openclaw_fal.config.path import ConfigPath, parse_path, show_path
from openclaw_fal.core.errors import UsageError


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("agents", ("agents",)),
        ("agents.defaults.mediaMaxMb", ("agents", "defaults", "mediaMaxMb")),
        ("auth.profiles.fal:default", ("auth", "profiles", "fal:default")),
        ('auth.profiles["fal:default"].mode', ("auth", "profiles", "fal:default", "mode")),
        ("auth.profiles['fal:default']", ("auth", "profiles", "fal:default")),
        ('a["b/c"].d', ("a", "b/c", "d")),
        ("a[b/c]", ("a", "b/c")),
        (r"a.b\.c", ("a", "b.c")),
        (r'a["say \"hi\""]', ("a", 'say "hi"')),
        ("fallbacks[0]", ("fallbacks", 0)),
        ("a[0][1].b", ("a", 0, 1, "b")),
        ("fallbacks.0", ("fallbacks", "0")),
        ('["a.b"].c', ("a.b", "c")),
        ('a.["b"]', ("a", "b")),
        (" agents.defaults ", ("agents", "defaults")),
        ("a b.ü", ("a b", "ü")),
    ],
)
def test_a_path_is_read_as_openclaw_reads_it(text: str, path: ConfigPath) -> None:
    assert parse_path(text) == path


@pytest.mark.parametrize(
    "text", ["", " ", ".", "a.", ".a", "a..b", "a[", "a]", "a[]", "a[0", "a[0]b", 'a["b]', "a[-1]", 'a["b"c]', "a\\"]
)
def test_text_that_is_not_a_path_is_refused_with_the_position(text: str) -> None:
    with pytest.raises(UsageError, match="not a path: it can't be read from character") as caught:
        parse_path(text)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (("agents", "defaults"), "agents.defaults"),
        (("auth", "profiles", "fal:default"), "auth.profiles.fal:default"),
        (("a", "b/c", 0, "d"), 'a["b/c"][0].d'),
        (("a.b",), '["a.b"]'),
        ((), ""),
    ],
)
def test_a_path_is_shown_with_quotes_only_where_needed(path: ConfigPath, text: str) -> None:
    assert show_path(path) == text


@given(st.lists(st.one_of(st.text(min_size=1), st.integers(0, 10**9 - 1)), min_size=1))
def test_a_path_that_is_shown_can_be_typed(steps: list[str | int]) -> None:
    assert parse_path(show_path(tuple(steps))) == tuple(steps)
