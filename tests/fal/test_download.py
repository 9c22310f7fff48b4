"""Downloads: resumed, restarted, refused, and never with the key."""

from __future__ import annotations

import gzip
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest

from openclaw_fal.core.events import Waiting
from openclaw_fal.fal.download import MAX_REDIRECTS, NotFetched, Received, download
from openclaw_fal.fal.submission import run

if TYPE_CHECKING:
    from openclaw_fal.sandbox import Sandbox
    from tests.conftest import Server
    from tests.fal.conftest import Harness, OpenHarness

FILE = bytes(range(256)) * 40
SIZE = len(FILE)
TAG = {"etag": '"one"', "content-type": "video/mp4"}


class Memory:
    """A sink that keeps the bytes."""

    def __init__(self, content: bytes = b"", validator: str | None = None) -> None:
        self.content = bytearray(content)
        self.validator = validator
        self.restarts = 0

    @property
    def size(self) -> int:
        return len(self.content)

    def write(self, chunk: bytes, /) -> None:
        self.content += chunk

    def restart(self) -> None:
        self.restarts += 1
        self.content.clear()
        self.validator = None


class Discard(Memory):
    """A sink that only counts the bytes."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    @property
    def size(self) -> int:
        return self.count

    def write(self, chunk: bytes, /) -> None:
        self.count += len(chunk)


def fetch(harness: Harness, url: str, sink: Memory | None = None, seconds: float = 60.0, **options: Any) -> Memory:
    sink = sink or Memory()
    harness.result_of(download(harness.client, url, sink, harness.deadline(seconds), **options))
    return sink


def made(harness: Harness, fault: str = "", prompt: str = "a red fox") -> str:
    """Let the sandbox make an image and return its URL."""
    prompt += f" [fault:{fault}]" if fault else ""
    made = harness.result_of(run(harness.client, "fal-ai/flux/dev", {"prompt": prompt}, harness.deadline()))
    return made.assets[0].url


def part(start: int, stop: int = SIZE, total: str = str(SIZE), status: int = 206, **headers: str) -> Any:
    sent = {"content-range": f"bytes {start}-{stop - 1}/{total}", **TAG, **headers}
    return (status, FILE[start:stop], sent)


HALF = (200, FILE[:5000], TAG, SIZE)


# --- complete downloads -------------------------------------------------------------------------


def test_a_file_is_fetched_without_the_key(fal: Sandbox, harness: Harness) -> None:
    url = made(harness)
    sink = Memory()
    kind = harness.result_of(download(harness.client, url, sink, harness.deadline()))
    assert kind in {"image/png", "image/jpeg"}
    assert harness.events[-1] == Received(sink.size, sink.size)
    assert fal.requests[-1].scheme == ""
    assert fal.requests[-1].headers["accept-encoding"] == "identity"
    assert "range" not in fal.requests[-1].headers
    assert sink.validator
    assert not fal.violations


def test_progress_is_reported_from_the_first_byte_to_the_last(server: Server, open_harness: OpenHarness) -> None:
    server.answer((200, FILE, TAG))
    harness = open_harness(server.url)
    fetch(harness, server.url)
    received = [event.received for event in harness.events]
    assert received == sorted(received)
    assert (received[0], received[-1]) == (0, SIZE)
    assert {event.total for event in harness.events} == {SIZE}


# --- cuts and resumption ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    ["cut", "cut-norange", "changed", "bad-range", "reset", "429-once", "500-once", "503-once", "cut*3"],
)
def test_a_download_is_resumed_after_network_failures(fault: str, fal: Sandbox, harness: Harness) -> None:
    url = made(harness, f"download-{fault}")
    resumed = fetch(harness, url)
    assert harness.slept
    assert resumed.content == fetch(harness, url).content, "the fault is over by now"
    assert len(fal.submissions) == 1


def test_a_broken_download_continues_where_it_stopped(server: Server, open_harness: OpenHarness) -> None:
    server.answer(HALF, part(5000))
    harness = open_harness(server.url)
    sink = fetch(harness, server.url)
    assert sink.content == FILE
    assert sink.restarts == 0
    assert (server.requests[1].headers["range"], server.requests[1].headers["if-range"]) == ("bytes=5000-", '"one"')
    assert [type(event) for event in harness.events].count(Waiting) == 1


def test_a_download_of_an_earlier_run_continues(server: Server, open_harness: OpenHarness) -> None:
    server.answer(part(5000))
    sink = fetch(open_harness(server.url), server.url, Memory(FILE[:5000], '"one"'))
    assert sink.content == FILE
    assert len(server.requests) == 1


def test_parts_smaller_than_requested_are_joined(server: Server, open_harness: OpenHarness) -> None:
    server.answer(HALF, part(5000, 7000), part(7000, 9000), part(9000))
    sink = fetch(open_harness(server.url), server.url)
    assert sink.content == FILE
    assert sink.restarts == 0


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((200, FILE[:5000], {"etag": 'W/"weak"'}, SIZE), (200, FILE)),
        ((200, FILE[:5000], {}, SIZE), (200, FILE)),
        ((200, FILE[:5000], {"etag": '"ünclean"'}, SIZE), (200, FILE)),
        (HALF, (200, FILE, {"etag": '"two"'})),
    ],
    ids=["weak", "none", "odd", "changed"],
)
def test_without_the_same_strong_etag_a_download_starts_again(
    first: bytes, second: bytes, server: Server, open_harness: OpenHarness
) -> None:
    server.answer(first, second)
    sink = fetch(open_harness(server.url), server.url)
    assert sink.content == FILE
    assert sink.restarts == 1


@pytest.mark.parametrize(
    "wrong",
    [
        part(4993),
        part(5007),
        part(0),
        part(5000, etag='"two"'),
        (206, FILE[5000:], TAG),
        (206, FILE[5000:], {**TAG, "content-range": "bytes */*"}),
        (206, FILE[5000:], {**TAG, "content-range": "items 5000-9/10"}),
        (416, b"", {"content-range": f"bytes */{SIZE}"}),
    ],
    ids=["too early", "too late", "from the start", "of another file", "no range", "odd range", "other unit", "416"],
)
def test_a_part_that_was_not_requested_is_never_joined(wrong: bytes, server: Server, open_harness: OpenHarness) -> None:
    server.answer(HALF, wrong, (200, FILE, TAG))
    sink = fetch(open_harness(server.url), server.url)
    assert sink.content == FILE
    assert sink.restarts == 1
    assert "range" not in server.requests[2].headers


def test_an_unrequested_part_is_not_saved_as_the_file(server: Server, open_harness: OpenHarness) -> None:
    server.answer(part(0, 5000), (200, FILE, TAG))
    assert fetch(open_harness(server.url), server.url).content == FILE


def test_a_stalled_download_is_resumed(
    server: Server, open_harness: OpenHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stalling(connection: Any) -> None:
        connection.sendall(server.encoded(HALF))
        server.silent(connection)

    server.answer(stalling, part(5000))
    monkeypatch.setattr("openclaw_fal.fal.download.STALL_TIMEOUT_S", 1.0)
    harness = open_harness(server.url)
    assert fetch(harness, server.url).content == FILE


def test_pauses_grow_until_bytes_arrive_again(server: Server, open_harness: OpenHarness) -> None:
    server.answer(503, 503, HALF, 503, part(5000))
    harness = open_harness(server.url)
    fetch(harness, server.url)
    assert [round(slept * 2) / 2 for slept in harness.slept] == [0.5, 1.0, 0.5, 1.0]


def test_retry_after_is_honored(server: Server, open_harness: OpenHarness) -> None:
    server.answer((429, b"", {"retry-after": "7"}), (200, FILE))
    harness = open_harness(server.url)
    fetch(harness, server.url)
    assert harness.slept == [7]


# --- failures -----------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451, 304])
def test_a_refusal_is_final(status: int, server: Server, open_harness: OpenHarness) -> None:
    server.answer(status)
    harness = open_harness(server.url)
    with pytest.raises(NotFetched, match=f"HTTP {status}") as caught:
        fetch(harness, server.url)
    assert caught.value.is_final
    assert not harness.slept


@pytest.mark.parametrize("answer", [503, (429, b"", {"retry-after": "86400"}), b"", HALF])
def test_endless_failures_end_with_the_deadline(answer: Any, server: Server, open_harness: OpenHarness) -> None:
    server.answer(answer)
    harness = open_harness(server.url)
    with pytest.raises(NotFetched) as caught:
        fetch(harness, server.url, seconds=30)
    assert not caught.value.is_final
    assert sum(harness.slept) < 30


@pytest.mark.parametrize(
    "pieces",
    [[], [b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n", b"x"]],
    ids=["silent", "dripping"],
)
def test_a_download_ends_soon_after_the_deadline(
    pieces: list[bytes], server: Server, open_harness: OpenHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("openclaw_fal.fal.connections.GRACE_S", 0.3)
    monkeypatch.setattr("openclaw_fal.fal.connections.OVERTIME_S", 0.6)
    server.answer(server.dripping(*pieces))
    harness = open_harness(server.url)
    before = harness.clock.monotonic()
    with pytest.raises(NotFetched, match="no answer in time"):
        fetch(harness, server.url, seconds=1.0)
    assert harness.clock.monotonic() - before < 10  # on a busy machine; else half a minute, or without end


def test_bytes_that_are_arriving_at_the_deadline_are_received_to_the_end(
    server: Server, open_harness: OpenHarness
) -> None:
    pieces = [server.encoded((200, b"", TAG, SIZE)), *(FILE[at : at + 2048] for at in range(0, SIZE, 2048))]
    server.answer(server.slowly(*pieces, every_s=0.3))
    assert fetch(open_harness(server.url), server.url, seconds=0.9).content == FILE


@pytest.mark.parametrize("answer", [500, (404, b"", {"retry-after": "70"})], ids=["errors", "a long pause"])
def test_a_host_that_sends_no_byte_for_a_minute_is_given_up(
    answer: Any, server: Server, open_harness: OpenHarness
) -> None:
    server.answer(answer)
    harness = open_harness(server.url)
    with pytest.raises(NotFetched):
        fetch(harness, server.url, seconds=1200)
    assert sum(harness.slept) < 61


def test_a_download_that_goes_on_is_never_given_up(server: Server, open_harness: OpenHarness) -> None:
    server.answer(HALF, *[503] * 6, part(5000, 6000), *[503] * 6, part(6000))
    assert fetch(open_harness(server.url), server.url, seconds=1200).content == FILE


def test_bytes_that_arrived_are_kept_at_the_deadline(server: Server, open_harness: OpenHarness) -> None:
    def stalling(connection: Any) -> None:
        connection.sendall(server.encoded(HALF))
        server.silent(connection)

    server.answer(stalling)
    sink = Memory()
    with pytest.raises(NotFetched):
        fetch(open_harness(server.url), server.url, sink, seconds=1.0)
    assert sink.content == FILE[:5000]
    assert sink.validator == '"one"'


@pytest.mark.parametrize("headers", [{}, {"transfer-encoding": "chunked"}], ids=["by its length", "by its bytes"])
def test_a_file_that_is_too_large_is_not_fetched(
    headers: dict[str, str], server: Server, open_harness: OpenHarness
) -> None:
    body = b"%x\r\n%b\r\n0\r\n\r\n" % (SIZE, FILE) if headers else FILE
    server.answer((200, body, headers, -1 if headers else None))
    sink = Memory()
    with pytest.raises(NotFetched, match="mediaMaxMb") as caught:
        fetch(open_harness(server.url), server.url, sink, limit_bytes=5000)
    assert caught.value.is_final


def test_a_full_disk_is_not_reported_as_a_network_failure(server: Server, open_harness: OpenHarness) -> None:
    class Full(Memory):
        def write(self, _chunk: bytes, /) -> None:
            raise OSError(28, "No space left on device")

    server.answer((200, FILE))
    with pytest.raises(OSError, match="No space left"):
        fetch(open_harness(server.url), server.url, Full())
    assert server.gone.wait(60)


# --- bodies without an end ----------------------------------------------------------------------


def test_a_body_that_ends_with_the_connection_is_checked_against_fals_file_size(
    server: Server, open_harness: OpenHarness
) -> None:
    server.answer((200, FILE[:5000], {}, -1), (200, FILE, {}, -1))
    harness = open_harness(server.url)
    assert fetch(harness, server.url, expected_bytes=SIZE).content == FILE
    assert harness.slept


def test_the_servers_size_wins_over_fals(server: Server, open_harness: OpenHarness) -> None:
    server.answer((200, FILE))
    assert fetch(open_harness(server.url), server.url, expected_bytes=SIZE + 1).content == FILE
    chunked = (200, b"%x\r\n%b\r\n0\r\n\r\n" % (SIZE, FILE), {"transfer-encoding": "chunked"}, -1)
    server.answer(chunked)
    assert fetch(open_harness(server.url), server.url, expected_bytes=SIZE + 1).content == FILE


def test_a_file_compressed_without_request_is_decompressed(server: Server, open_harness: OpenHarness) -> None:
    server.answer((200, gzip.compress(FILE), {**TAG, "content-encoding": "gzip"}))
    sink = fetch(open_harness(server.url), server.url)
    assert sink.content == FILE
    assert sink.validator is None, "a part of it would not fit"


def test_a_file_in_an_unknown_encoding_is_not_saved(server: Server, open_harness: OpenHarness) -> None:
    server.answer((200, FILE, {"content-encoding": "br"}))
    with pytest.raises(NotFetched, match="'br'") as caught:
        fetch(open_harness(server.url), server.url)
    assert caught.value.is_final


# --- allowed addresses --------------------------------------------------------------------------


def test_a_file_on_another_server_is_fetched_without_the_key(fal: Sandbox, harness: Harness) -> None:
    assert fetch(harness, made(harness, "result-stranger-url")).size
    assert fal.requests[-1].role.value == "hostile"
    assert fal.requests[-1].scheme == ""
    assert not fal.violations


def test_a_file_in_a_private_network_is_not_fetched(fal: Sandbox, harness: Harness) -> None:
    url = made(harness, "result-private-url")
    with pytest.raises(NotFetched, match="its address can't be used") as caught:
        fetch(harness, url)
    assert caught.value.is_final
    assert not any(seen.role.is_foreign for seen in fal.requests)


def test_a_redirect_is_followed_without_the_key(fal: Sandbox, harness: Harness) -> None:
    assert fetch(harness, made(harness, "hostile-download-redirect")).size
    assert [seen.role.value for seen in fal.requests[-2:]] == ["main", "hostile"]
    assert not fal.violations


@pytest.mark.parametrize(
    "location",
    [
        "https://127.0.0.2/x",
        "http://127.0.0.2/x",
        "file:///etc/passwd",
        "https://10.0.0.1/",
        "//169.254.169.254/",
        "https://[::1",
    ],
)
def test_a_redirect_may_only_lead_to_allowed_urls(location: str, server: Server, open_harness: OpenHarness) -> None:
    server.answer((302, b"", {"location": location}))
    with pytest.raises(NotFetched, match=r"can't be used|invalid URL") as caught:
        fetch(open_harness(server.url), server.url)
    assert caught.value.is_final
    assert len(server.requests) == 1


@pytest.mark.parametrize("headers", [{"location": "/again"}, {}], ids=["to itself", "to nowhere"])
def test_endless_redirects_end(headers: dict[str, str], server: Server, open_harness: OpenHarness) -> None:
    server.answer((302, b"", headers))
    with pytest.raises(NotFetched, match="too many redirects"):
        fetch(open_harness(server.url), server.url)
    assert len(server.requests) == MAX_REDIRECTS + 1


def test_a_relative_redirect_is_followed(server: Server, open_harness: OpenHarness) -> None:
    server.answer((301, b"", {"location": "there?x=1"}), (200, FILE))
    assert fetch(open_harness(server.url), f"{server.url}/here/file").content == FILE
    assert server.requests[1].line == "GET /here/there?x=1 HTTP/1.1"


def test_a_download_uses_little_memory(fal: Sandbox, harness: Harness) -> None:
    url = made(harness, "big-30")
    fetch(harness, url, Discard())
    tracemalloc.start()
    try:
        sink = fetch(harness, url, Discard())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert sink.size > 30 << 20
    assert peak < 16 << 20, "the sandbox, in the same process, holds a few pieces too"
