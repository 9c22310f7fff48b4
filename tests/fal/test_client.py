"""The client: what it sends, how long it waits, and what bad answers become."""

from __future__ import annotations

import base64
import json
import math
import os
import re
import signal
import socket
import time
from contextlib import closing
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from openclaw_fal.core.errors import Interrupted, KeyProblem
from openclaw_fal.core.events import Waiting
from openclaw_fal.core.secrets import Key
from openclaw_fal.fal.client import FalClient, shown_body, shown_url
from openclaw_fal.fal.clock import FIRST_DELAY_S, MAX_DELAY_S
from openclaw_fal.fal.reply import Unreachable
from openclaw_fal.fal.submission import run
from openclaw_fal.fal.uploads import upload
from tests.conftest import closed_port

if TYPE_CHECKING:
    from openclaw_fal.sandbox import Sandbox
    from tests.conftest import Server
    from tests.fal.conftest import Harness, OpenHarness

OK = (200, b'{"ok": true}')


# --- what is sent -------------------------------------------------------------------------------


def test_a_request_has_our_user_agent_and_the_key(key: str, server: Server, open_harness: OpenHarness) -> None:
    server.answer(OK)
    harness = open_harness(server.url)
    got = harness.client.once(
        "POST", f"{server.url}/fal-ai/flux/dev", deadline=harness.deadline(), body={"prompt": "ö"}
    )
    asked = server.requests[0]
    assert (got.status, got.json) == (200, {"ok": True})
    assert asked.line == "POST /fal-ai/flux/dev HTTP/1.1"
    assert asked.headers["authorization"] == f"Key {key}"
    assert asked.headers["user-agent"].startswith("openclaw-fal/")
    assert asked.headers["accept"] == "application/json"
    assert asked.headers["content-type"] == "application/json"
    assert asked.headers["content-length"] == str(len(asked.body))
    assert asked.body == b'{"prompt": "\\u00f6"}'


def test_a_url_on_another_host_does_not_get_the_key(fal: Sandbox, harness: Harness) -> None:
    harness.client.once("GET", f"{fal.hostile_url}/anything", deadline=harness.deadline())
    assert [(seen.scheme, seen.role.value) for seen in fal.requests] == [("", "hostile")]
    assert not fal.violations


def test_a_streamed_body_has_a_length_and_is_opened_again_for_each_try(
    server: Server, open_harness: OpenHarness
) -> None:
    server.answer(503, OK)
    harness = open_harness(server.url)
    opened: list[int] = []

    def content() -> list[bytes]:
        opened.append(1)
        return [b"abc", b"def"]

    work = harness.client.read(
        "PUT", server.url, deadline=harness.deadline(), content=content, headers={"Content-Length": "6"}, with_key=False
    )
    assert harness.result_of(work).status == 200
    assert len(opened) == 2
    assert [asked.body for asked in server.requests] == [b"abcdef", b"abcdef"]
    assert all("transfer-encoding" not in asked.headers for asked in server.requests)
    assert all("authorization" not in asked.headers for asked in server.requests)


def test_connections_are_reused(fal: Sandbox, harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    connected: list[Any] = []
    create = socket.create_connection

    def connect(*args: Any, **more: Any) -> socket.socket:
        connected.append(create(*args, **more))
        return connected[-1]  # type: ignore[no-any-return]

    monkeypatch.setattr(socket, "create_connection", connect)
    for _ in range(3):
        harness.client.once("GET", f"{fal.url}/v1/models?limit=1", deadline=harness.deadline())
    assert len(connected) == 1


@pytest.mark.parametrize("key", ["schlüssel:geheim", "id:sec\nret", "id:\x1b[31m", "id:sec\x00ret"])
def test_a_key_that_a_header_cannot_contain_is_refused_and_not_shown(
    key: str, fal: Sandbox, open_harness: OpenHarness
) -> None:
    harness = open_harness(fal.url, key=key)
    with pytest.raises(KeyProblem) as caught:
        harness.client.once("GET", fal.url, deadline=harness.deadline())
    assert caught.value.code == "key_malformed"
    assert not set(key.split(":")) & set(caught.value.message.split())
    assert not fal.requests


def test_white_space_around_the_key_is_removed(key: str, server: Server, open_harness: OpenHarness) -> None:
    server.answer(OK)
    harness = open_harness(server.url, key=f" {key}\n")
    harness.client.once("GET", server.url, deadline=harness.deadline())
    assert server.requests[0].headers["authorization"] == f"Key {key}"


def test_a_key_that_a_server_repeats_is_not_shown(key: str, server: Server, open_harness: OpenHarness) -> None:
    server.answer((401, f'{{"detail": "bad header: Key {key}"}}'.encode()))
    harness = open_harness(server.url)
    got = harness.client.once("GET", server.url, deadline=harness.deadline())
    assert got.json == {"detail": "bad header: Key [key]"}
    assert key not in "".join(harness.traced)


@pytest.mark.parametrize("after", [0, 1, 2])
@pytest.mark.parametrize("half", [0, 1, None])
def test_no_form_of_either_half_of_the_key_comes_through(
    half: int | None, after: int, key: str, server: Server, open_harness: OpenHarness
) -> None:
    text = f"{'x' * after}{key if half is None else key.split(':')[half]} and more"
    encoded = base64.b64encode(text.encode()).decode()
    body = json.dumps({"detail": text, "raw": encoded, "url": f"https://a.test/?k={quote(text, safe='')}"})
    server.answer((200, body.encode(), {"x-fal-request-id": text, "x-fal-error-type": encoded}))
    harness = open_harness(server.url)
    got = harness.client.once("GET", server.url, deadline=harness.deadline())
    everything = repr((got.json, dict(got.headers), harness.traced))
    assert not forms_of(key, everything)
    assert got.json["detail"] == f"{'x' * after}[key] and more"


def test_no_event_of_a_stream_has_the_key(key: str, server: Server, open_harness: OpenHarness) -> None:
    pieces = [b'data: {"logs": "', key[:30].encode(), key[30:].encode(), b'"}\n\n']
    server.answer(server.slowly(b"HTTP/1.1 200 OK\r\n\r\n", *pieces, every_s=0.01))
    harness = open_harness(server.url)
    with harness.client.stream("GET", server.url, deadline=harness.deadline()) as incoming:
        assert [data for data in incoming.events() if data] == ['{"logs": "[key]"}']


def forms_of(key: str, text: str) -> list[str]:
    """Return what a text has of a key: its halves, and what is hidden in base64."""
    halves = key.split(":")
    decoded = [base64.b64decode(word + "==") for word in re.findall(r"[\w+/]{12,}", text) if len(word) % 4 != 1]
    found = [half for half in halves if half in text or quote(half) in text]
    return found + [half for half in halves for one in decoded if half.encode()[:12] in one]


@pytest.mark.parametrize("url", ["http://[::1", "http://x/\x00", "ftp://x/", "\ud800"])
def test_an_invalid_url_is_neither_requested_nor_retried(url: str, harness: Harness) -> None:
    with pytest.raises(Unreachable) as caught:
        harness.result_of(harness.client.read("GET", url, deadline=harness.deadline()))
    assert (caught.value.sent, caught.value.is_final, harness.slept) == (False, True, [])


# --- answers ------------------------------------------------------------------------------------


def test_after_a_refused_connection_nothing_was_sent(open_harness: OpenHarness) -> None:
    with closed_port() as port:
        url = f"http://127.0.0.1:{port}"
        harness = open_harness(url)
        with pytest.raises(Unreachable, match="refused") as caught:
            harness.client.once("POST", url, deadline=harness.deadline(), body={})
    assert not caught.value.sent


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\ncontent-le",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"CERTIFICATE_VERIFY_FAILED\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab",
        b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"x: " + b"y" * 200_000 + b"\r\n\r\n",
    ],
    ids=[
        "nothing",
        "half a head",
        "not http",
        "not a certificate",
        "short body",
        "cut chunk",
        "odd length",
        "endless head",
    ],
)
def test_after_a_broken_answer_the_request_counts_as_sent(
    answer: Any, server: Server, open_harness: OpenHarness
) -> None:
    server.answer(answer)
    harness = open_harness(server.url)
    with pytest.raises(Unreachable) as caught:
        harness.client.once("POST", server.url, deadline=harness.deadline(), body={})
    assert caught.value.sent


def test_a_cut_answer_still_has_its_request_id(server: Server, open_harness: OpenHarness) -> None:
    server.answer((200, b"{", {"x-fal-request-id": "abc"}, 50))
    harness = open_harness(server.url)
    with pytest.raises(Unreachable) as caught:
        harness.client.once("POST", server.url, deadline=harness.deadline(), body={})
    assert caught.value.request_id == "abc"


def test_an_endless_answer_is_read_up_to_the_limit(server: Server, open_harness: OpenHarness) -> None:
    server.answer(server.dripping(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 100_000, every_s=0))
    harness = open_harness(server.url)
    got = harness.client.once("GET", server.url, deadline=harness.deadline(), limit=1_000_000)
    assert got.is_too_large
    assert (got.body, got.problem) == (b"", "the answer is too large")
    assert server.gone.wait(60), "the connection is closed"


def test_redirects_are_not_followed(fal: Sandbox, server: Server, open_harness: OpenHarness) -> None:
    server.answer((307, b"", {"location": fal.url}))
    harness = open_harness(server.url)
    assert harness.client.once("GET", server.url, deadline=harness.deadline()).status == 307
    assert not fal.requests


def test_a_body_that_breaks_while_it_is_read_raises_unreachable(server: Server, open_harness: OpenHarness) -> None:
    server.answer((200, b"half", {}, 8))
    harness = open_harness(server.url)
    received: list[bytes] = []

    def receive() -> None:
        with harness.client.stream("GET", server.url, deadline=harness.deadline()) as incoming:
            received.extend(incoming.pieces())

    with pytest.raises(Unreachable):
        receive()
    assert received == [b"half"]


# --- how long it may take -----------------------------------------------------------------------

HEAD = b"HTTP/1.1 200 OK\r\n"
SOON_S = 10.0  # on a busy machine; without their deadlines these waits last half a minute or have no end


@pytest.mark.parametrize(
    "pieces",
    [
        [],
        [HEAD, b"x-drip: drop\r\n"],
        [HEAD + b"content-length: 100000\r\n\r\n", b"x"],
        [HEAD + b"transfer-encoding: chunked\r\n\r\n", b"1\r\nx\r\n"],
    ],
    ids=["silence", "a head that drips", "a body that drips", "chunks that drip"],
)
def test_no_answer_outlasts_the_deadline(pieces: list[bytes], server: Server, open_harness: OpenHarness) -> None:
    server.answer(server.dripping(*pieces))
    harness = open_harness(server.url)
    started = time.monotonic()
    with pytest.raises(Unreachable, match="no answer in time") as caught:
        harness.client.once("GET", server.url, deadline=harness.deadline(1.0))
    assert 0.95 < time.monotonic() - started < SOON_S
    assert caught.value.sent


def test_a_body_that_stalls_late_does_not_outlast_the_deadline(server: Server, open_harness: OpenHarness) -> None:
    def late(connection: socket.socket) -> None:
        connection.sendall(HEAD + b"content-length: 9\r\n\r\n")
        time.sleep(0.9)
        connection.sendall(b"x")
        server.silent(connection)

    server.answer(late)
    harness = open_harness(server.url)
    started = time.monotonic()
    with pytest.raises(Unreachable):
        harness.client.once("GET", server.url, deadline=harness.deadline(1.2))
    assert time.monotonic() - started < SOON_S


def test_a_server_that_reads_nothing_does_not_outlast_the_deadline(open_harness: OpenHarness) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        harness = open_harness(f"http://127.0.0.1:{deaf.getsockname()[1]}")
        work, url = [b"x" * 1_000_000] * 50, harness.client.origins.run
        length = {"Content-Length": str(sum(map(len, work)))}
        started = time.monotonic()
        with pytest.raises(Unreachable) as caught:
            harness.client.once("PUT", url, deadline=harness.deadline(1.0), headers=length, content=lambda: work)
    assert 0.95 < time.monotonic() - started < SOON_S
    assert caught.value.sent


def test_each_try_has_its_own_time_limit(server: Server, open_harness: OpenHarness) -> None:
    server.answer(server.silent, OK)
    harness = open_harness(server.url)
    got = harness.result_of(harness.client.read("GET", server.url, deadline=harness.deadline(), read_timeout_s=1.0))
    assert got.json == {"ok": True}
    assert [event.reason for event in harness.events] == ["no answer in time"]


def test_nothing_is_sent_after_the_deadline(server: Server, open_harness: OpenHarness) -> None:
    harness = open_harness(server.url)
    with pytest.raises(Unreachable) as caught:
        harness.client.once("POST", server.url, deadline=harness.deadline(0), body={})
    assert not caught.value.sent
    assert not server.requests


def test_a_deadline_may_be_years_away(server: Server, open_harness: OpenHarness) -> None:
    server.answer(OK)
    harness = open_harness(server.url)
    assert (
        harness.client.once("GET", server.url, deadline=harness.deadline(1e12), read_timeout_s=math.inf).status == 200
    )


def test_an_interrupt_during_an_answer_closes_the_connection(server: Server, open_harness: OpenHarness) -> None:
    def interrupted(number: int, _frame: object) -> None:
        raise Interrupted(number)

    def interrupting(connection: socket.socket) -> None:
        connection.sendall(HEAD + b"content-length: 100000\r\n\r\nx")
        os.kill(os.getpid(), signal.SIGALRM)
        server.dripping(b"x", every_s=0.02)(connection)

    server.answer(interrupting)
    harness = open_harness(server.url)
    before = signal.signal(signal.SIGALRM, interrupted)
    try:
        with pytest.raises(Interrupted):
            harness.result_of(harness.client.read("GET", server.url, deadline=harness.deadline()))
    finally:
        signal.signal(signal.SIGALRM, before)
    assert server.gone.wait(60)
    assert len(server.requests) == 1


# --- reads that are repeated ----------------------------------------------------------------------


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_a_read_is_repeated_after_temporary_failures(status: int, server: Server, open_harness: OpenHarness) -> None:
    server.answer(status, (status, b"<html>nginx</html>"), OK)
    harness = open_harness(server.url)
    assert harness.result_of(harness.client.read("GET", server.url, deadline=harness.deadline())).json == {"ok": True}
    assert [event.reason for event in harness.events] == [f"HTTP {status}"] * 2
    assert [event.delay_s for event in harness.events] == harness.slept


@pytest.mark.parametrize(
    "answer",
    [b"", (200, b"{", {}, 50), (200, b"not JSON"), 200, (302, b"<html>log in</html>")],
    ids=["reset", "cut", "garbage", "empty", "a hotel's network"],
)
def test_a_read_is_repeated_after_answers_that_are_not_fals(
    answer: Any, server: Server, open_harness: OpenHarness
) -> None:
    server.answer(answer, OK)
    harness = open_harness(server.url)
    assert harness.result_of(harness.client.read("GET", server.url, deadline=harness.deadline())).json == {"ok": True}
    assert len(server.requests) == 2


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422, 499])
def test_a_read_returns_fals_refusal_at_once(status: int, server: Server, open_harness: OpenHarness) -> None:
    server.answer((status, b'{"detail": "no"}'))
    harness = open_harness(server.url)
    assert harness.result_of(harness.client.read("GET", server.url, deadline=harness.deadline())).status == status
    assert not harness.events


def test_pauses_grow_and_vary(server: Server, open_harness: OpenHarness) -> None:
    server.answer(503)
    harness = open_harness(server.url)
    with pytest.raises(Unreachable, match="HTTP 503"):
        harness.result_of(harness.client.read("GET", server.url, deadline=harness.deadline(120)))
    planned = [min(FIRST_DELAY_S * 2**number, MAX_DELAY_S) for number in range(len(harness.slept))]
    assert all(0.75 * plan <= slept <= 1.25 * plan for plan, slept in zip(planned, harness.slept, strict=True))
    assert sum(harness.slept) < 120
    assert len(set(harness.slept)) > 1


@pytest.mark.parametrize(
    ("value", "pause"),
    [("3", (3, 3)), ("0", (0.3, 0.7)), ("-5", (0.3, 0.7)), ("soon", (0.3, 0.7)), ("1e3", (0.3, 0.7)), ("", (0.3, 0.7))],
)
def test_retry_after_in_seconds_is_honored(
    value: str, pause: tuple[float, float], server: Server, open_harness: OpenHarness
) -> None:
    server.answer((429, b"", {"retry-after": value}), OK)
    harness = open_harness(server.url)
    harness.result_of(harness.client.read("GET", server.url, deadline=harness.deadline()))
    assert pause[0] <= harness.slept[0] <= pause[1]


def test_retry_after_as_a_date_is_honored(server: Server, open_harness: OpenHarness) -> None:
    due = int(time.time()) + 20
    date = format_datetime(datetime.fromtimestamp(due, UTC), usegmt=True)
    server.answer((503, b"", {"retry-after": date}), OK)
    harness = open_harness(server.url)
    before = harness.clock.now()
    harness.result_of(harness.client.read("GET", server.url, deadline=harness.deadline()))
    asked_at = due - harness.slept[0]
    assert before <= asked_at <= harness.clock.now() - harness.slept[0]


@pytest.mark.parametrize("value", ["86400", "9" * 400, "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_a_pause_beyond_the_deadline_ends_the_read_at_once(
    value: str, server: Server, open_harness: OpenHarness
) -> None:
    server.answer((429, b"", {"retry-after": value}))
    harness = open_harness(server.url)
    with pytest.raises(Unreachable, match="HTTP 429; fal asks to wait"):
        harness.result_of(harness.client.read("GET", server.url, deadline=harness.deadline()))
    assert not harness.slept


def test_the_tries_of_a_read_can_be_limited(server: Server, open_harness: OpenHarness) -> None:
    server.answer(b"")
    harness = open_harness(server.url)
    with pytest.raises(Unreachable):
        harness.result_of(harness.client.read("GET", server.url, deadline=harness.deadline(), tries=2))
    assert len(server.requests) == 2


def test_each_pause_is_reported_before_it_begins(server: Server, open_harness: OpenHarness) -> None:
    server.answer(503, OK)
    harness = open_harness(server.url)
    work = harness.client.read("GET", server.url, deadline=harness.deadline())
    assert isinstance(next(work), Waiting)
    assert not harness.slept


# --- the debug trace ----------------------------------------------------------------------------

PIXELS = "iVBORw0KGgoAAAANSUhEUg" * 20


def test_a_request_and_its_answer_are_traced(fal: Sandbox, harness: Harness) -> None:
    harness.result_of(run(harness.client, "fal-ai/flux/dev", {"prompt": "a red fox"}, harness.deadline()))
    sent, head, body = harness.traced
    assert sent == f'> POST {fal.url}/fal-ai/flux/dev {{"prompt": "a red fox"}}'
    assert head == "< 200 application/json"
    assert body.startswith("  ")
    assert '{"images": [{"url":' in body


def test_neither_the_key_nor_a_signature_nor_media_are_traced(key: str, harness: Harness) -> None:
    content = b"\x89PNG" + bytes(1000)
    harness.result_of(
        upload(harness.client, "fox.png", "image/png", len(content), lambda: [content], harness.deadline())
    )
    body = {"prompt": f"use {key}", "image_url": f"data:image/png;base64,{PIXELS}", "strength": 0.5}
    harness.result_of(run(harness.client, "fal-ai/flux/dev/image-to-image", body, harness.deadline()))
    told = "\n".join(harness.traced)
    assert key not in told
    assert "Authorization" not in told
    assert "token=" not in told
    assert "?…" in told
    assert PIXELS[:20] not in told
    assert '"image_url": "data:image/png…"' in told
    assert '"strength": 0.5' in told


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ('{"url": "https://x/y?sig=abc"}', '{"url": "https://x/y?…"}'),
        ('{"upload_token": "abc", "n": 1}', '{"upload_token": "…", "n": 1}'),
        ('{"u": "data:;base64,AAAA"}', '{"u": "data:…"}'),
        ('{"log": "\x1b[31mred"}', '{"log": "�[31mred"}'),
        ("https://me:pass@host/", "https://__OPENCLAW_REDACTED__@host/"),
    ],
)
def test_a_body_is_shown_without_its_secrets(body: str, shown: str) -> None:
    assert shown_body(body.encode()) == shown


def test_a_secret_that_is_cut_is_not_shown() -> None:
    for length in range(3900, 4100, 7):
        body = json.dumps({"pad": "x" * length, "image_url": f"data:image/png;base64,{PIXELS}"})
        assert "iVBORw" not in shown_body(body.encode())


def test_only_queries_to_fal_are_shown() -> None:
    assert shown_url("https://api.fal.ai/v1/models?limit=200", in_full=True).endswith("?limit=200")
    assert shown_url("https://v3.fal.media/f.png?sig=secret", in_full=False) == "https://v3.fal.media/f.png?…"


def test_a_client_without_trace_sends_the_same(key: str, fal: Sandbox, harness: Harness) -> None:
    with closing(FalClient(harness.client.origins, harness.clock, lambda: Key(key, "a test"))) as client:
        harness.result_of(run(client, "fal-ai/flux/dev", {"prompt": "a red fox"}, harness.deadline()))
    assert len(fal.submissions) == 1
    assert not harness.traced
