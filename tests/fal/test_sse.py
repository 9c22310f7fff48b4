"""Server-sent events from bytes, however these are split."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openclaw_fal.fal.sse import MAX_EVENT_BYTES, server_sent_events

STREAM = (
    '\ufeff: hello\ndata: {"a": 1}\n\nevent: x\r\nid: 7\r\ndata:two\r\ndata: lines\r\n\r\n'
    "data: sep\u2028ar\u0085ated ü 🦊\r\rretry: 5\n\n: ping\r\n\r\ndata:  kept\n\ndata\n\ndatax: no\n\ndata: unfinished"
).encode()
EVENTS = ['{"a": 1}', "two\nlines", "sep\u2028ar\u0085ated ü 🦊", " kept"]


def events_of(chunks: list[bytes]) -> list[str]:
    return [event for event in server_sent_events(chunks) if event is not None]


@given(st.lists(st.integers(0, len(STREAM)), max_size=40))
def test_events_are_the_same_however_the_bytes_are_split(cuts: list[int]) -> None:
    places = [0, *sorted(cuts), len(STREAM)]
    assert events_of([STREAM[start:stop] for start, stop in pairwise(places)]) == EVENTS


def test_events_are_the_same_byte_by_byte() -> None:
    assert events_of([STREAM[place : place + 1] for place in range(len(STREAM))]) == EVENTS


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
def test_an_event_is_yielded_as_soon_as_its_line_ends(end: bytes) -> None:
    """A CR at the end of a chunk may be half of a CRLF. The event does not wait for the other half."""
    assert events_of([b"data: x" + end, end]) == ["x"]


def test_chunks_without_the_end_of_an_event_yield_none() -> None:
    assert list(server_sent_events([b": ping\n", b"\n", b"event: x\n\n", b"da", b"ta: x\n\n"])) == [None] * 4 + ["x"]


@given(st.lists(st.binary(max_size=50)))
def test_any_bytes_can_be_parsed(chunks: list[bytes]) -> None:
    assert len(list(server_sent_events(chunks))) >= len(events_of(chunks))


def test_half_a_character_is_replaced() -> None:
    assert events_of([b"data: \xff\xfe\xc3\n\n"]) == ["���"]


@pytest.mark.parametrize("piece", [b"x" * 4096, b"data: " + b"x" * 4096 + b"\n"], ids=["one line", "many lines"])
def test_an_endless_event_ends_the_stream(piece: bytes) -> None:
    def endless() -> list[bytes]:
        return [b"data: "] + [piece] * (2 * MAX_EVENT_BYTES // len(piece))

    heard = list(server_sent_events(endless()))
    assert len(heard) < MAX_EVENT_BYTES // 4096 + 5
    assert not any(heard)


def test_a_long_line_in_small_pieces_takes_linear_time() -> None:
    started = time.process_time()
    assert events_of([b"data: ", *[b"x" * 16] * 60_000, b"\n\n"]) == ["x" * 960_000]
    assert time.process_time() - started < 2
