"""Submissions: they cost money and are sent at most once."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING, Any

import pytest

from openclaw_fal.core.errors import (
    AccountProblem,
    Incomplete,
    InputRefused,
    JobFailed,
    KeyProblem,
    NothingSent,
    OpenclawFalError,
    SubmitUnknown,
)
from openclaw_fal.fal import submission
from openclaw_fal.fal.origins import Origins
from openclaw_fal.fal.parse import Submission
from openclaw_fal.fal.submission import MAX_TRIES, run, submit
from tests.conftest import closed_port
from tests.fal.conftest import Canned, CannedAnswers
from tests.faults.outcomes import wait_until

if TYPE_CHECKING:
    from openclaw_fal.sandbox import Sandbox
    from tests.conftest import Server
    from tests.fal.conftest import Harness, OpenHarness

VIDEO = "bytedance/seedance-2.0/fast/text-to-video"
IMAGE = "fal-ai/flux/dev"
ACCEPTED = (200, b'{"request_id": "r", "status": "IN_QUEUE"}')


def queued(harness: Harness, prompt: str, seconds: float = 60.0) -> Any:
    return harness.result_of(submit(harness.client, VIDEO, {"prompt": prompt}, harness.deadline(seconds)))


def made(harness: Harness, prompt: str, seconds: float = 60.0) -> Any:
    return harness.result_of(run(harness.client, IMAGE, {"prompt": prompt}, harness.deadline(seconds)))


# --- accepted -----------------------------------------------------------------------------------


def test_a_job_is_queued_once_and_its_urls_are_returned(fal: Sandbox, harness: Harness) -> None:
    accepted = queued(harness, "waves")
    (sent,) = fal.submissions
    assert accepted.request_id == sent.request_id
    assert accepted.status_url == f"{fal.url}/bytedance/seedance-2.0/requests/{sent.request_id}/status"
    assert (sent.endpoint, sent.body, sent.queued) == (VIDEO, {"prompt": "waves"}, True)
    assert not harness.events


def test_an_image_can_be_queued_too(fal: Sandbox, harness: Harness) -> None:
    harness.result_of(submit(harness.client, IMAGE, {"prompt": "a red fox"}, harness.deadline()))
    assert fal.submissions[0].queued


def test_a_synchronous_run_returns_its_result(fal: Sandbox, harness: Harness) -> None:
    result = made(harness, "a red fox [fault:shape-huge-seed]")
    (sent,) = fal.submissions
    assert not sent.queued
    assert result.request_id == sent.request_id
    assert len(result.assets) == 1
    assert result.seed > 2**62
    assert result.billable_units


@pytest.mark.parametrize(
    ("endpoint", "line"),
    [
        ("fal-ai/flux/dev", "/fal-ai/flux/dev"),
        ("a/b?fal_webhook=https://evil.test", "/a/b%3Ffal_webhook=https://evil.test"),
        ("a/b#c", "/a/b%23c"),
        ("a/b c\r\nX-Evil: 1", "/a/b%20c%0D%0AX-Evil:%201"),
        ("a/ü", "/a/%C3%BC"),
    ],
)
def test_an_endpoint_id_cannot_change_the_path(
    endpoint: str, line: str, server: Server, open_harness: OpenHarness
) -> None:
    server.answer(ACCEPTED)
    harness = open_harness(server.url)
    harness.result_of(submit(harness.client, endpoint, {}, harness.deadline()))
    assert server.requests[0].line == f"POST {line} HTTP/1.1"
    assert "x-evil" not in server.requests[0].headers


# --- surely not accepted: repeated --------------------------------------------------------------


def test_a_clear_refusal_is_repeated(fal: Sandbox, harness: Harness) -> None:
    queued(harness, "waves [fault:submit-429*2]")
    assert len(fal.submissions) == 1
    assert len(harness.events) == len(harness.slept) == 2


GATEWAY_PAGE = b"<html><body><center>nginx</center></body></html>"


@pytest.mark.parametrize(
    ("origins", "headers", "page", "posts"),
    [
        (Origins(), {}, GATEWAY_PAGE, 2),
        (Origins(), {}, b"<html>our own gateway</html>", 1),
        (Origins(), {"x-fal-request-id": "r"}, GATEWAY_PAGE, 1),
        (Origins.from_base_url("https://proxy.example"), {}, GATEWAY_PAGE, 1),
    ],
    ids=["fal's gateway", "another page", "fal itself", "another host"],
)
@pytest.mark.parametrize("send", [queued, made])
def test_a_503_is_repeated_only_if_the_gateway_of_fal_sent_it(
    origins: Origins, headers: dict[str, str], page: bytes, posts: int, send: Any, open_harness: OpenHarness
) -> None:
    server = CannedAnswers(Canned(503, headers, page), Canned(401, headers, b"{}"))
    with pytest.raises(OpenclawFalError) as caught:
        send(open_harness(origins, transport=server), "waves")
    assert len(server.received) == posts
    assert not isinstance(caught.value, NothingSent)
    assert isinstance(caught.value, SubmitUnknown | JobFailed) == (posts == 1)


@pytest.mark.parametrize("fault", ["submit-429-after-3", "submit-429-date-3"])
def test_retry_after_is_honored(fault: str, fal: Sandbox, harness: Harness) -> None:
    began = time.monotonic()
    queued(harness, f"waves [fault:{fault}]")
    assert len(fal.submissions) == 1
    # Of the time until a date, some has passed when it is read.
    passed = time.monotonic() - began if "date" in fault else 0
    assert 3 - passed <= harness.slept[0] <= 4


def test_a_pause_of_a_day_ends_the_request_at_once(fal: Sandbox, harness: Harness) -> None:
    with pytest.raises(AccountProblem) as caught:
        queued(harness, "waves [fault:submit-429-far]")
    assert caught.value.code == "rate_limited"
    assert not harness.slept
    assert not fal.submissions


def test_a_pause_that_is_too_long_to_wait_is_named(server: Server, open_harness: OpenHarness) -> None:
    server.answer((429, b'{"detail": "Too many requests"}', {"retry-after": "86400"}))
    with pytest.raises(AccountProblem) as caught:
        queued(open_harness(server.url), "waves")
    assert caught.value.hint == "Run the same command again later: fal asks to wait 86400 s (24 h)."


def test_endless_refusals_end_after_some_tries(fal: Sandbox, harness: Harness) -> None:
    with pytest.raises(AccountProblem, match="too many requests"):
        queued(harness, "waves [fault:submit-429*99]")
    assert len(harness.slept) == MAX_TRIES - 1
    assert not fal.submissions


def test_a_failed_connection_is_tried_again(fal: Sandbox, harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    refusals = [ConnectionRefusedError("refused"), OSError("no route to host"), TimeoutError("timed out")]
    create = socket.create_connection

    def connect(*args: Any, **more: Any) -> socket.socket:
        if refusals:
            raise refusals.pop()
        return create(*args, **more)

    monkeypatch.setattr(socket, "create_connection", connect)
    queued(harness, "waves")
    assert len(fal.submissions) == 1
    assert len(harness.events) == 3


def test_without_a_network_nothing_was_submitted(open_harness: OpenHarness) -> None:
    with closed_port() as port:
        harness = open_harness(f"http://127.0.0.1:{port}")
        with pytest.raises(NothingSent, match="Nothing was submitted, nothing was charged") as caught:
            queued(harness, "waves")
    assert caught.value.code == "unreachable"
    assert len(harness.events) == MAX_TRIES - 1


def test_nothing_is_sent_after_the_deadline(fal: Sandbox, harness: Harness) -> None:
    for send in (queued, made):
        with pytest.raises(NothingSent, match="no time was left"):
            send(harness, "waves", 0)
    assert not fal.requests


# --- unknown: never repeated --------------------------------------------------------------------

LOST = ["submit-drop-after", "submit-cut", "submit-empty", "submit-502-after"]


@pytest.mark.parametrize("fault", [*LOST, "submit-drop-before", "submit-504-ingress", "submit-502-nginx", "submit-408"])
@pytest.mark.parametrize("send", [queued, made])
def test_a_lost_answer_is_unknown_and_sent_once(fault: str, send: Any, fal: Sandbox, harness: Harness) -> None:
    with pytest.raises(SubmitUnknown, match="may charge"):
        send(harness, f"waves [fault:{fault}]")
    assert len(fal.submissions) == (fault in LOST)
    assert len(fal.requests) == 1
    assert not harness.slept


def test_a_stalled_answer_is_unknown_after_the_time_limit(
    fal: Sandbox, harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(submission, "ANSWER_TIMEOUT_S", 0.3)
    with pytest.raises(SubmitUnknown, match="no answer in time"):
        queued(harness, "waves [fault:submit-stall]")
    wait_until(lambda: bool(fal.requests))
    assert len(fal.submissions) == len(fal.requests) == 1


def test_a_stalled_run_ends_with_the_deadline(fal: Sandbox, harness: Harness) -> None:
    started = time.monotonic()
    with pytest.raises(SubmitUnknown, match="no answer in time"):
        made(harness, "waves [fault:submit-stall]", 1.0)
    assert time.monotonic() - started < 1 + 10  # without the deadline, half a minute
    wait_until(lambda: bool(fal.requests))
    assert len(fal.submissions) == len(fal.requests) == 1


def test_the_queues_answer_has_some_time_beyond_the_deadline(server: Server, open_harness: OpenHarness) -> None:
    """An unknown submission is worse than a late answer."""

    def late(connection: socket.socket) -> None:
        time.sleep(1.2)
        connection.sendall(server.encoded(ACCEPTED))

    server.answer(late)
    assert queued(open_harness(server.url), "waves", 1.0).request_id == "r"


@pytest.mark.parametrize("pieces", [[], [b"HTTP/1.1 200 OK\r\n", b"x: y\r\n"]])
def test_a_dripping_answer_ends_with_the_deadline(
    pieces: list[bytes], server: Server, open_harness: OpenHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("openclaw_fal.fal.connections.GRACE_S", 0.3)
    monkeypatch.setattr("openclaw_fal.fal.connections.OVERTIME_S", 0.3)
    server.answer(server.dripping(*pieces, every_s=0.02))
    with pytest.raises(SubmitUnknown):
        queued(open_harness(server.url), "waves", 1.0)
    assert len(server.requests) == 1


def test_an_answer_without_an_id_takes_the_one_in_its_header(fal: Sandbox, harness: Harness) -> None:
    accepted = queued(harness, "waves [fault:submit-no-id]")
    assert accepted.request_id == fal.submissions[0].request_id


def test_an_answer_without_urls_is_accepted(fal: Sandbox, harness: Harness) -> None:
    accepted = queued(harness, "waves [fault:submit-no-urls]")
    assert accepted == Submission(fal.submissions[0].request_id, None, None, None, 2)


def test_the_error_for_a_cut_answer_has_its_request_id(server: Server, open_harness: OpenHarness) -> None:
    server.answer((200, b'{"request', {"x-fal-request-id": "abc"}, 500))
    with pytest.raises(SubmitUnknown) as caught:
        queued(open_harness(server.url), "waves")
    assert caught.value.request_id == "abc"
    assert len(server.requests) == 1


def test_an_answer_that_can_not_be_read_and_has_no_request_id_is_unknown(fal: Sandbox, harness: Harness) -> None:
    with pytest.raises(SubmitUnknown, match="may charge"):
        queued(harness, "waves [fault:submit-garbage]")
    with pytest.raises(SubmitUnknown, match="may charge") as caught:
        made(harness, "waves [fault:submit-garbage]")
    assert caught.value.answer
    assert len(fal.submissions) == len(fal.requests) == 2


def test_a_page_in_the_place_of_a_result_is_unknown(server: Server, open_harness: OpenHarness) -> None:
    server.answer((200, b"<html>log in</html>", {"content-type": "text/html"}))
    with pytest.raises(SubmitUnknown, match="may charge"):
        made(open_harness(server.url), "waves")
    assert len(server.requests) == 1


def test_an_answer_that_is_too_large_is_a_result_that_can_not_be_read(
    server: Server, open_harness: OpenHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.answer((200, b'{"images": "' + b"x" * 5000 + b'"}', {"x-fal-request-id": "abc"}))
    harness = open_harness(server.url)
    once = harness.client.once
    monkeypatch.setattr(harness.client, "once", lambda *args, **more: once(*args, **more, limit=1000))
    with pytest.raises(Incomplete, match="too large") as caught:
        made(harness, "waves")
    assert caught.value.request_id == "abc"


# --- refusals -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "kind", "code"),
    [
        ("submit-401", KeyProblem, "key_refused"),
        ("submit-403-locked", AccountProblem, "balance_exhausted"),
        ("submit-403-scope", KeyProblem, "access_denied"),
        ("submit-404-app", InputRefused, "model_not_found"),
        ("submit-422-list", InputRefused, "input_refused"),
        ("submit-422-string", InputRefused, "input_refused"),
        ("submit-504-user", JobFailed, "timed_out"),
        ("hostile-submit-redirect", NothingSent, "unreachable"),
    ],
)
@pytest.mark.parametrize("send", [queued, made])
def test_a_refusal_is_reported_and_not_repeated(
    key: str, fault: str, kind: type[OpenclawFalError], code: str, send: Any, fal: Sandbox, harness: Harness
) -> None:
    with pytest.raises(kind) as caught:
        send(harness, f"waves [fault:{fault}]")
    assert caught.value.code == code
    assert (len(fal.requests), fal.submissions, fal.violations, harness.slept) == (1, [], [], [])
    assert key not in caught.value.message


@pytest.mark.parametrize("fault", ["submit-500", "submit-503-fal"])
def test_after_a_failure_of_the_queue_the_submission_is_unknown_and_its_id_kept(
    fault: str, fal: Sandbox, harness: Harness
) -> None:
    with pytest.raises(SubmitUnknown, match="may or may not have accepted") as caught:
        queued(harness, f"waves [fault:{fault}]")
    assert caught.value.request_id
    assert caught.value.http_status in {500, 503}
    assert (len(fal.requests), harness.slept) == (1, [])


@pytest.mark.parametrize("fault", ["submit-500", "submit-503-fal"])
def test_the_same_failure_of_a_synchronous_run_is_its_outcome(fault: str, fal: Sandbox, harness: Harness) -> None:
    with pytest.raises(JobFailed) as caught:
        made(harness, f"waves [fault:{fault}]")
    assert caught.value.code == "server_error"
    assert (len(fal.requests), harness.slept) == (1, [])


@pytest.mark.parametrize(("limit", "kind"), [("user", JobFailed), ("gateway", SubmitUnknown), (None, SubmitUnknown)])
def test_a_504_of_the_queue_is_a_refusal_only_for_our_own_start_timeout(
    limit: str | None, kind: type[OpenclawFalError], server: Server, open_harness: OpenHarness
) -> None:
    headers = {"x-fal-request-id": "abc"} | ({"x-fal-request-timeout-type": limit} if limit else {})
    server.answer((504, b'{"detail": "too late"}', headers))
    with pytest.raises(kind) as caught:
        queued(open_harness(server.url), "waves")
    assert caught.value.request_id == "abc"
    assert len(server.requests) == 1


def test_a_failed_run_gives_its_reason(fal: Sandbox, harness: Harness) -> None:
    with pytest.raises(InputRefused) as caught:
        made(harness, "waves [fault:result-content-policy]")
    assert caught.value.code == "content_policy"
    assert caught.value.request_id == fal.submissions[0].request_id


@pytest.mark.parametrize("status", [300, 303, 304, 305])
def test_after_a_redirect_that_refuses_nothing_the_submission_is_unknown(
    server: Server, open_harness: OpenHarness, status: int
) -> None:
    server.answer((status, b"", {"location": "/done"}))
    with pytest.raises(SubmitUnknown):
        queued(open_harness(server.url), "waves")
    assert len(server.requests) == 1


def test_a_redirect_to_an_invalid_url_is_a_refusal_too(server: Server, open_harness: OpenHarness) -> None:
    server.answer((307, b"", {"location": "https://[::1"}))
    with pytest.raises(NothingSent):
        queued(open_harness(server.url), "waves")
    assert len(server.requests) == 1
