"""Answers: compressed ones, unreadable ones, and the pauses that they ask for."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openclaw_fal.fal.reply import Reply, Unreachable, retry_after_s

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Server
    from tests.fal.conftest import OpenHarness

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("encoding", "pack"), [("gzip", gzip.compress), ("x-gzip", gzip.compress), ("deflate", zlib.compress)]
)
def test_compressed_answers_are_decompressed(
    encoding: str, pack: Callable[[bytes], bytes], server: Server, open_harness: OpenHarness
) -> None:
    packed = pack(b'{"a": 1}')
    server.answer((200, packed, {"content-encoding": encoding}))
    harness = open_harness(server.url)
    assert harness.client.once("GET", server.url, deadline=harness.deadline()).json == {"a": 1}
    assert server.requests[0].headers["accept-encoding"] == "gzip"


@pytest.mark.parametrize(
    ("encoding", "body"),
    [("gzip", b"not gzip"), ("br", b"whatever"), ("gzip, gzip", b"x")],
    ids=["not compressed", "unknown", "twice"],
)
def test_answers_that_are_not_what_they_are_declared_as_are_kept_as_they_are(
    encoding: str, body: bytes, server: Server, open_harness: OpenHarness
) -> None:
    server.answer((200, body, {"content-encoding": encoding}))
    harness = open_harness(server.url)
    assert harness.client.once("POST", server.url, deadline=harness.deadline(), body={}).body == body


def test_a_compressed_answer_that_is_incomplete_raises_unreachable(server: Server, open_harness: OpenHarness) -> None:
    server.answer((200, gzip.compress(b"x" * 1000)[:-9], {"content-encoding": "gzip"}))
    harness = open_harness(server.url)
    with pytest.raises(Unreachable) as caught:
        harness.client.once("POST", server.url, deadline=harness.deadline(), body={})
    assert caught.value.sent, "a submission may have been accepted all the same"


def test_a_compression_bomb_is_read_up_to_the_limit(server: Server, open_harness: OpenHarness) -> None:
    packer = zlib.compressobj(1, wbits=31)
    bomb = b"".join(packer.compress(bytes(1 << 20)) for _ in range(100)) + packer.flush()
    server.answer((200, bomb, {"content-encoding": "gzip"}))
    harness = open_harness(server.url)
    tracemalloc.start()
    try:
        got = harness.client.once("GET", server.url, deadline=harness.deadline(), limit=1 << 20)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert got.is_too_large
    assert peak < 8 << 20


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7),
        (" 120 ", 120),
        ("0", 0),
        ("Thu, 01 Jan 2026 12:00:30 GMT", 30),
        ("Thu, 01 Jan 2026 13:00:30 +0100", 30),
        ("Thu, 01 Jan 2026 12:00:30 -0000", 30),
        ("Thu, 01 Jan 2026 11:00:00 GMT", 0),
        ("Thursday, 01-Jan-26 12:00:30 GMT", 30),
        ("-1", None),
        ("1.5", None),
        ("nan", None),
        ("inf", None),
        ("٣", None),
        ("soon", None),
        ("", None),
        ("Thu, 99 Jan 2026 12:00:30 GMT", None),
    ],
)
def test_retry_after_is_a_number_or_a_date(value: str, seconds: float | None) -> None:
    assert retry_after_s({"retry-after": value}, NOON) == seconds
    assert retry_after_s({}, NOON) is None


@given(st.text())
def test_retry_after_may_contain_anything(value: str) -> None:
    seconds = retry_after_s({"retry-after": value}, NOON)
    assert seconds is None or seconds >= 0


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"a": "caf\xe9"}', {"a": "caf\ufffd"}),
        (b'{"a": "one\ntwo"}', {"a": "one\ntwo"}),
        (b'{"a": ' + b"9" * 5000 + b"}", {"a": "9" * 5000}),
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        ('{"a": 1}'.encode("utf-16"), {"a": 1}),
        (b'{"a": 1}\n{"b": 2}', {"a": 1}),
        (b' {"a": 1}</html>', {"a": 1}),
        (b"200 OK", None),
        (b" [1] ", [1]),
    ],
    ids=["a wrong byte", "a line break", "5,000 digits", "a mark", "UTF-16", "two", "more", "text", "a list"],
)
def test_json_with_small_faults_is_read(body: bytes, value: object) -> None:
    assert Reply(200, {}, body).json == value


def test_deep_json_is_not_parsed() -> None:
    assert Reply(200, {}, b"[" * 100_000).json is None
    assert Reply(200, {}, b"\xff").json is None


@pytest.mark.parametrize(
    ("status", "headers", "body", "is_inconclusive"),
    [
        (200, {}, b"{}", False),
        (200, {}, b"<html>", True),
        (202, {}, b"[]", False),
        (302, {"location": "/"}, b"{}", True),
        (404, {}, b'{"status": "NOT_FOUND"}', False),
        (404, {}, b"<html>", True),
        (404, {"x-fal-request-id": "1"}, b"plain", False),
        (401, {}, b"", False),
        (403, {}, b"<html>", False),
        (451, {}, b"<html>", True),
        (422, {}, b'{"detail": []}', False),
        (503, {"x-fal-request-id": "1"}, b"{}", True),
    ],
)
def test_answers_of_fal_and_of_gateways_are_distinguished(
    status: int, headers: dict[str, str], body: bytes, is_inconclusive: bool
) -> None:
    assert Reply(status, headers, body).is_inconclusive is is_inconclusive
