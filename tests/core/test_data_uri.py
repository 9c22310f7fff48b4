from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openclaw_fal.core.data_uri import decode_data_uri, has_lost_content, without_content


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://v3.fal.media/a.png", "https://v3.fal.media/a.png"),
        ("data:image/png;base64," + "A" * 100, "data:image/png;base64," + "A" * 18 + "…"),
    ],
)
def test_the_short_form_of_a_url_is_stable(url: str, kept: str) -> None:
    assert without_content(url) == without_content(kept) == kept
    assert not has_lost_content(url)
    assert has_lost_content(kept) == (kept != url)


@given(st.binary(max_size=200))
def test_a_data_uri_is_decoded_to_its_content(content: bytes) -> None:
    assert decode_data_uri("data:image/png;base64," + base64.b64encode(content).decode(), 200) == ("image/png", content)
    escaped = "".join(f"%{byte:02x}" for byte in content)
    assert decode_data_uri("DATA:Image/PNG," + escaped, 200) == ("image/png", content)


@pytest.mark.parametrize(
    ("uri", "answer"),
    [
        ("data:,hello", ("text/plain", b"hello")),
        ("data:image/svg+xml;charset=utf-8,%3Csvg/%3E", ("image/svg+xml", b"<svg/>")),
        ("data:image/png;base64,QQ", ("image/png", b"A")),
        ("data:image/png;base64,QQ%3D%3D", ("image/png", b"A")),
        ("data:image/png;name=a;base64,QU\nJD", ("image/png", b"ABC")),
    ],
)
def test_every_form_of_a_data_uri_is_decoded(uri: str, answer: tuple[str, bytes]) -> None:
    assert decode_data_uri(uri, 100) == answer


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "https://example.com/a,b",
        "data:image/png;base64",
        "data:image/png;base64,****",
        "data:image/png;base64,QQ==QQ==",
        "data:image/png;base64,A",
        "data:image/png,%4",
        "data:image/png,%zz",
        "data:image/png,ü",
        "data:image/png;base64," + "QUJD" * 34,
        "data:," + "x" * 101,
        "data:," + "x" * 10_000,
    ],
)
def test_a_damaged_or_too_large_data_uri_is_refused(uri: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - any of its kinds
        decode_data_uri(uri, 100)
