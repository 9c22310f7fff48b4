"""The client: what is sent to whom, how long it may take, and what is made of bad answers."""

from __future__ import annotations

import math
import signal
import socket
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import pytest
from fal_servers import KEY, dripping, reply, silent

from openclaw_fal.core.errors import Interrupted, KeyProblem
from openclaw_fal.core.tasks import Waiting
from openclaw_fal.fal.clock import MAX_DELAY_S, MIN_DELAY_S
from openclaw_fal.fal.reply import Unreachable

if TYPE_CHECKING:
    from fal_desk import Desk, OpenDesk
    from fal_servers import Server

    from openclaw_fal.sandbox import Sandbox

pytest_plugins = ("fal_desk",)
OK = reply(200, b'{"ok": true}')


# --- what is sent -------------------------------------------------------------------------------


def test_a_request_says_who_asks_and_carries_the_key(server: Server, open_desk: OpenDesk) -> None:
    server.answer(OK)
    desk = open_desk(server.url)
    got = desk.http.once("POST", f"{server.url}/fal-ai/flux/dev", deadline=desk.deadline(), body={"prompt": "ö"})
    asked = server.asked[0]
    assert (got.status, got.json) == (200, {"ok": True})
    assert asked.line == "POST /fal-ai/flux/dev HTTP/1.1"
    assert asked.headers["authorization"] == f"Key {KEY}"
    assert asked.headers["user-agent"].startswith("openclaw-fal/")
    assert asked.headers["accept"] == "application/json"
    assert asked.headers["content-type"] == "application/json"
    assert asked.headers["content-length"] == str(len(asked.body))
    assert asked.body == b'{"prompt": "\\u00f6"}'


def test_the_key_stays_at_home_when_the_url_is_not_fals(fal: Sandbox, desk: Desk) -> None:
    desk.http.once("GET", f"{fal.hostile_url}/anything", deadline=desk.deadline())
    assert [(seen.scheme, seen.role.value) for seen in fal.requests] == [("", "hostile")]
    assert not fal.violations


def test_a_streamed_body_has_a_length_and_is_opened_anew_for_each_try(server: Server, open_desk: OpenDesk) -> None:
    server.answer(reply(503), OK)
    desk = open_desk(server.url)
    opened: list[int] = []

    def content() -> list[bytes]:
        opened.append(1)
        return [b"abc", b"def"]

    work = desk.http.read(
        "PUT", server.url, deadline=desk.deadline(), content=content, headers={"Content-Length": "6"}, with_key=False
    )
    assert desk.do(work).status == 200
    assert len(opened) == 2
    assert [asked.body for asked in server.asked] == [b"abcdef", b"abcdef"]
    assert all("transfer-encoding" not in asked.headers for asked in server.asked)
    assert all("authorization" not in asked.headers for asked in server.asked)


def test_connections_are_used_again(fal: Sandbox, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    connected: list[Any] = []
    create = socket.create_connection

    def connect(*args: Any, **more: Any) -> socket.socket:
        connected.append(create(*args, **more))
        return connected[-1]  # type: ignore[no-any-return]

    monkeypatch.setattr(socket, "create_connection", connect)
    for _ in range(3):
        desk.http.once("GET", f"{fal.url}/v1/models?limit=1", deadline=desk.deadline())
    assert len(connected) == 1


@pytest.mark.parametrize("key", ["schlüssel:geheim", "id:sec\nret", "id:\x1b[31m", "id:sec\x00ret"])
def test_a_key_that_no_header_can_hold_is_refused_without_being_shown(
    key: str, fal: Sandbox, open_desk: OpenDesk
) -> None:
    desk = open_desk(fal.url, key=key)
    with pytest.raises(KeyProblem) as caught:
        desk.http.once("GET", fal.url, deadline=desk.deadline())
    assert caught.value.code == "key_malformed"
    assert not set(key.split(":")) & set(caught.value.message.split())
    assert not fal.requests


def test_white_space_around_the_key_is_left_out(server: Server, open_desk: OpenDesk) -> None:
    server.answer(OK)
    desk = open_desk(server.url, key=f" {KEY}\n")
    desk.http.once("GET", server.url, deadline=desk.deadline())
    assert server.asked[0].headers["authorization"] == f"Key {KEY}"


def test_a_server_that_repeats_the_key_does_not_get_it_shown(server: Server, open_desk: OpenDesk) -> None:
    server.answer(reply(401, f'{{"detail": "bad header: Key {KEY}"}}'.encode()))
    desk = open_desk(server.url)
    got = desk.http.once("GET", server.url, deadline=desk.deadline())
    assert got.json == {"detail": "bad header: Key [key]"}
    assert KEY not in "".join(desk.told)


@pytest.mark.parametrize("url", ["http://[::1", "http://x/\x00", "ftp://x/", "\ud800"])
def test_what_is_no_url_never_leaves_and_is_not_tried_again(url: str, desk: Desk) -> None:
    with pytest.raises(Unreachable) as caught:
        desk.do(desk.http.read("GET", url, deadline=desk.deadline()))
    assert (caught.value.sent, caught.value.is_final, desk.slept) == (False, True, [])


# --- what comes back ----------------------------------------------------------------------------


def test_a_refused_connection_never_left(open_desk: OpenDesk) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    desk = open_desk(url)
    with pytest.raises(Unreachable, match="refused") as caught:
        desk.http.once("POST", url, deadline=desk.deadline(), body={})
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
def test_a_broken_answer_may_have_been_preceded_by_anything(answer: bytes, server: Server, open_desk: OpenDesk) -> None:
    server.answer(answer)
    desk = open_desk(server.url)
    with pytest.raises(Unreachable) as caught:
        desk.http.once("POST", server.url, deadline=desk.deadline(), body={})
    assert caught.value.sent


def test_a_cut_answer_still_tells_which_request_it_was_about(server: Server, open_desk: OpenDesk) -> None:
    server.answer(reply(200, b"{", {"x-fal-request-id": "abc"}, length=50))
    desk = open_desk(server.url)
    with pytest.raises(Unreachable) as caught:
        desk.http.once("POST", server.url, deadline=desk.deadline(), body={})
    assert caught.value.request_id == "abc"


def test_an_answer_without_end_is_not_read_to_its_end(server: Server, open_desk: OpenDesk) -> None:
    server.answer(dripping(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 100_000, every_s=0))
    desk = open_desk(server.url)
    got = desk.http.once("GET", server.url, deadline=desk.deadline(), limit=1_000_000)
    assert got.is_too_large
    assert (got.body, got.problem) == (b"", "the answer is too large")
    assert server.gone.wait(5), "the connection is let go of"


def test_redirects_are_not_followed(fal: Sandbox, server: Server, open_desk: OpenDesk) -> None:
    server.answer(reply(307, headers={"location": fal.url}))
    desk = open_desk(server.url)
    assert desk.http.once("GET", server.url, deadline=desk.deadline()).status == 307
    assert not fal.requests


def test_a_body_that_fails_while_the_caller_reads_it_is_unreachable_too(server: Server, open_desk: OpenDesk) -> None:
    server.answer(reply(200, b"half", length=8))
    desk = open_desk(server.url)
    received: list[bytes] = []

    def receive() -> None:
        with desk.http.stream("GET", server.url, deadline=desk.deadline()) as incoming:
            received.extend(incoming.pieces())

    with pytest.raises(Unreachable):
        receive()
    assert received == [b"half"]


# --- how long it may take -----------------------------------------------------------------------

HEAD = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    "answer",
    [
        silent,
        dripping(HEAD, b"x-drip: drop\r\n"),
        dripping(HEAD + b"content-length: 100000\r\n\r\n", b"x"),
        dripping(HEAD + b"transfer-encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    ],
    ids=["silence", "a head that drips", "a body that drips", "chunks that drip"],
)
def test_no_answer_outlasts_the_deadline(answer: Any, server: Server, open_desk: OpenDesk) -> None:
    server.answer(answer)
    desk = open_desk(server.url)
    started = time.monotonic()
    with pytest.raises(Unreachable, match="no answer in time") as caught:
        desk.http.once("GET", server.url, deadline=desk.deadline(0.3))
    assert 0.25 < time.monotonic() - started < 2
    assert caught.value.sent


def test_a_body_that_falls_silent_late_does_not_outlast_the_deadline(server: Server, open_desk: OpenDesk) -> None:
    def late(connection: socket.socket) -> None:
        connection.sendall(HEAD + b"content-length: 9\r\n\r\n")
        time.sleep(0.25)
        connection.sendall(b"x")
        silent(connection)

    server.answer(late)
    desk = open_desk(server.url)
    started = time.monotonic()
    with pytest.raises(Unreachable):
        desk.http.once("GET", server.url, deadline=desk.deadline(0.4))
    assert time.monotonic() - started < 2


def test_a_server_that_takes_no_bytes_does_not_outlast_the_deadline(open_desk: OpenDesk) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        desk = open_desk(f"http://127.0.0.1:{deaf.getsockname()[1]}")
        work = [b"x" * 1_000_000] * 50
        started = time.monotonic()
        with pytest.raises(Unreachable) as caught:
            desk.http.once("PUT", desk.http.origins.run, deadline=desk.deadline(0.3), content=lambda: work)
    assert 0.25 < time.monotonic() - started < 2
    assert caught.value.sent


def test_each_try_has_a_limit_of_its_own(server: Server, open_desk: OpenDesk) -> None:
    server.answer(silent, OK)
    desk = open_desk(server.url)
    got = desk.do(desk.http.read("GET", server.url, deadline=desk.deadline(), read_timeout_s=0.2))
    assert got.json == {"ok": True}
    assert [event.reason for event in desk.events] == ["no answer in time"]


def test_when_time_has_run_out_nothing_is_sent(server: Server, open_desk: OpenDesk) -> None:
    desk = open_desk(server.url)
    with pytest.raises(Unreachable) as caught:
        desk.http.once("POST", server.url, deadline=desk.deadline(0), body={})
    assert not caught.value.sent
    assert not server.asked


def test_a_deadline_may_be_years_away(server: Server, open_desk: OpenDesk) -> None:
    server.answer(OK)
    desk = open_desk(server.url)
    assert desk.http.once("GET", server.url, deadline=desk.deadline(1e12), read_timeout_s=math.inf).status == 200


def test_an_interrupt_in_the_middle_of_an_answer_closes_the_connection(server: Server, open_desk: OpenDesk) -> None:
    def interrupted(number: int, _frame: object) -> None:
        raise Interrupted(number)

    server.answer(dripping(HEAD + b"content-length: 100000\r\n\r\n", b"x", every_s=0.02))
    desk = open_desk(server.url)
    before = signal.signal(signal.SIGALRM, interrupted)
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    try:
        with pytest.raises(Interrupted):
            desk.do(desk.http.read("GET", server.url, deadline=desk.deadline()))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert server.gone.wait(5)
    assert len(server.asked) == 1


# --- reads that are repeated ----------------------------------------------------------------------


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_a_read_survives_what_may_pass(status: int, server: Server, open_desk: OpenDesk) -> None:
    server.answer(reply(status), reply(status, b"<html>nginx</html>"), OK)
    desk = open_desk(server.url)
    assert desk.do(desk.http.read("GET", server.url, deadline=desk.deadline())).json == {"ok": True}
    assert [event.reason for event in desk.events] == [f"HTTP {status}"] * 2
    assert [event.delay_s for event in desk.events] == desk.slept


@pytest.mark.parametrize(
    "answer",
    [b"", reply(200, b"{", length=50), reply(200, b"not JSON"), reply(200), reply(302, b"<html>log in</html>")],
    ids=["reset", "cut", "garbage", "empty", "a hotel's network"],
)
def test_a_read_survives_what_is_not_fals_word(answer: bytes, server: Server, open_desk: OpenDesk) -> None:
    server.answer(answer, OK)
    desk = open_desk(server.url)
    assert desk.do(desk.http.read("GET", server.url, deadline=desk.deadline())).json == {"ok": True}
    assert len(server.asked) == 2


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422, 499])
def test_a_read_returns_what_fal_says_at_once(status: int, server: Server, open_desk: OpenDesk) -> None:
    server.answer(reply(status, b'{"detail": "no"}'))
    desk = open_desk(server.url)
    assert desk.do(desk.http.read("GET", server.url, deadline=desk.deadline())).status == status
    assert not desk.events


def test_the_pauses_grow_and_vary(server: Server, open_desk: OpenDesk) -> None:
    server.answer(reply(503))
    desk = open_desk(server.url)
    with pytest.raises(Unreachable, match="HTTP 503"):
        desk.do(desk.http.read("GET", server.url, deadline=desk.deadline(120)))
    planned = [min(MIN_DELAY_S * 2**number, MAX_DELAY_S) for number in range(len(desk.slept))]
    assert all(0.75 * plan <= slept <= 1.25 * plan for plan, slept in zip(planned, desk.slept, strict=True))
    assert sum(desk.slept) < 120
    assert len(set(desk.slept)) > 1


@pytest.mark.parametrize(
    ("told", "pause"),
    [("3", (3, 3)), ("0", (0.3, 0.7)), ("-5", (0.3, 0.7)), ("soon", (0.3, 0.7)), ("1e3", (0.3, 0.7)), ("", (0.3, 0.7))],
)
def test_retry_after_in_seconds_is_honored(
    told: str, pause: tuple[float, float], server: Server, open_desk: OpenDesk
) -> None:
    server.answer(reply(429, headers={"retry-after": told}), OK)
    desk = open_desk(server.url)
    desk.do(desk.http.read("GET", server.url, deadline=desk.deadline()))
    assert pause[0] <= desk.slept[0] <= pause[1]


def test_retry_after_as_a_date_is_honored(server: Server, open_desk: OpenDesk) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=20), usegmt=True)
    server.answer(reply(503, headers={"retry-after": date}), OK)
    desk = open_desk(server.url)
    desk.do(desk.http.read("GET", server.url, deadline=desk.deadline()))
    assert 18 <= desk.slept[0] <= 20


@pytest.mark.parametrize("told", ["86400", "9" * 400, "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_a_pause_beyond_the_deadline_is_not_begun(told: str, server: Server, open_desk: OpenDesk) -> None:
    server.answer(reply(429, headers={"retry-after": told}))
    desk = open_desk(server.url)
    with pytest.raises(Unreachable, match="HTTP 429; fal asks to wait"):
        desk.do(desk.http.read("GET", server.url, deadline=desk.deadline()))
    assert not desk.slept


def test_a_read_can_be_limited_in_number(server: Server, open_desk: OpenDesk) -> None:
    server.answer(b"")
    desk = open_desk(server.url)
    with pytest.raises(Unreachable):
        desk.do(desk.http.read("GET", server.url, deadline=desk.deadline(), tries=2))
    assert len(server.asked) == 2


def test_each_pause_is_told_before_it_begins(server: Server, open_desk: OpenDesk) -> None:
    server.answer(reply(503), OK)
    desk = open_desk(server.url)
    work = desk.http.read("GET", server.url, deadline=desk.deadline())
    assert isinstance(next(work), Waiting)
    assert not desk.slept
