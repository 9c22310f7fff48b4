"""One job in the queue: its status, its result, and its cancellation."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from openclaw_fal.core.errors import AccountProblem, Incomplete, InputRefused, JobFailed, KeyProblem
from openclaw_fal.fal.origins import Origins
from openclaw_fal.fal.queue import FAILURE_TRIES, UNKNOWN_TRIES, Handle, cancel, read_status, result
from openclaw_fal.fal.reply import Unreachable
from openclaw_fal.fal.submission import submit
from openclaw_fal.sandbox import Sandbox

if TYPE_CHECKING:
    from tests.conftest import Server
    from tests.fal.conftest import Harness, OpenHarness

IMAGE = "fal-ai/flux/dev"  # done in a tenth of a second
VIDEO = "bytedance/seedance-2.0/fast/text-to-video"
RUNNING = b'{"status": "IN_PROGRESS", "logs": null}'
MADE = b'{"video": {"url": "https://v3.fal.media/x.mp4"}}'
LOST = b'{"status": "NOT_FOUND"}'


def job(harness: Harness, prompt: str = "waves") -> Handle:
    accepted = harness.result_of(submit(harness.client, IMAGE, {"prompt": prompt}, harness.deadline()))
    urls = (accepted.status_url, accepted.response_url, accepted.cancel_url)
    return Handle.make(harness.client.origins, IMAGE, accepted.request_id, urls)


def finished(fal: Sandbox, harness: Harness, prompt: str = "waves") -> Handle:
    """Submit a job and wait until the sandbox has finished it."""
    handle = job(harness, prompt)
    time.sleep(max(0.0, fal.ends_at(handle.request_id) - time.time() + 0.01))
    return handle


def harness_and_job(server: Server, open_harness: OpenHarness) -> tuple[Harness, Handle]:
    harness = open_harness(server.url)
    return harness, Handle.make(harness.client.origins, VIDEO, "r", (None, None, None))


# --- where to ask -------------------------------------------------------------------------------

BASE = "https://queue.fal.run/bytedance/seedance-2.0/requests/r"


def test_urls_that_fal_returned_are_followed() -> None:
    long = f"https://queue.fal.run/{VIDEO}/requests/r"
    urls = (f"{long}/status/", f"{long}/response", f"{long}/cancel")
    made = Handle.make(Origins(), VIDEO, "r", urls)
    assert made == Handle(VIDEO, "r", f"{long}/status", f"{long}/response", f"{long}/cancel")


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "https://evil.test/status",
        "http://queue.fal.run/x",
        "https://queue.fal.run:444/x",
        "https://x@queue.fal.run/",
        "https://queue.fal.run/x?to=1",
        "https://queue.fal.run/x#y",
        "javascript:1",
        "/relative",
    ],
)
def test_urls_on_other_hosts_are_replaced(url: str | None) -> None:
    made = Handle.make(Origins(), VIDEO, "r", (url, url, url))
    assert made == Handle(VIDEO, "r", f"{BASE}/status", BASE, f"{BASE}/cancel")


@pytest.mark.parametrize(
    ("endpoint", "app"),
    [
        ("fal-ai/flux/dev", "fal-ai/flux"),
        ("a/b", "a/b"),
        ("workflows/me/mine/x", "workflows/me/mine"),
        ("comfy/a/b", "comfy/a/b"),
    ],
)
def test_job_urls_have_the_short_form_of_the_endpoint(endpoint: str, app: str) -> None:
    made = Handle.make(Origins(), endpoint, "r", (None, None, None))
    assert made.response_url == f"https://queue.fal.run/{app}/requests/r"


@pytest.mark.parametrize("odd", ["../../../evil", "r?x=1", "r#x", "r\r\nx: y", "r/cancel", "\ud800"])
def test_a_request_id_stays_one_segment_of_the_path(odd: str) -> None:
    path = Handle.make(Origins(), VIDEO, odd, (None, None, None)).response_url.removeprefix(BASE[:-1])
    assert not set(path) & set("/?#\r\n")


# --- status -------------------------------------------------------------------------------------


def test_the_status_of_a_job_is_read(open_harness: OpenHarness) -> None:
    with Sandbox(speed=0.1) as fal:
        harness = open_harness(fal.url)
        status = harness.result_of(read_status(harness.client, job(harness), harness.deadline()))
        assert (status.state, status.position) == ("queued", 2)
        assert fal.requests[-1].path.endswith("/status")


@pytest.mark.parametrize(
    "fault",
    ["408", "429", "500", "502", "503", "504", "reset", "cut", "garbage", "empty", "huge", "404*2"],
)
def test_a_lost_status_is_requested_again(fault: str, fal: Sandbox, harness: Harness) -> None:
    handle = job(harness, f"waves [fault:poll-{fault}][fault:slow-600]")
    assert harness.result_of(read_status(harness.client, handle, harness.deadline())).state in {"queued", "running"}
    assert harness.events
    assert not fal.violations


@pytest.mark.parametrize("fault", ["poll-429-after-3", "poll-429-date-3"])
def test_retry_after_is_honored(fault: str, harness: Harness) -> None:
    handle = job(harness, f"waves [fault:{fault}]")
    began = time.monotonic()
    harness.result_of(read_status(harness.client, handle, harness.deadline()))
    # Of the time until a date, some has passed when it is read.
    passed = time.monotonic() - began if "date" in fault else 0
    assert 3 - passed <= harness.slept[0] <= 4


def test_a_pause_of_a_day_ends_the_request_at_once(harness: Harness) -> None:
    with pytest.raises(Unreachable, match="HTTP 429; fal asks to wait 86400 s"):
        harness.result_of(read_status(harness.client, job(harness, "waves [fault:poll-429-far]"), harness.deadline()))
    assert not harness.slept


def test_a_stalled_status_ends_with_the_deadline(harness: Harness) -> None:
    handle = job(harness, "waves [fault:poll-stall]")
    with pytest.raises(Unreachable, match="no answer in time"):
        harness.result_of(read_status(harness.client, handle, harness.deadline(1.0)))


def test_a_job_that_fal_repeatedly_does_not_know_is_lost(server: Server, open_harness: OpenHarness) -> None:
    server.answer((404, LOST))
    harness, handle = harness_and_job(server, open_harness)
    with pytest.raises(JobFailed) as caught:
        harness.result_of(read_status(harness.client, handle, harness.deadline()))
    assert (caught.value.code, len(server.requests)) == ("job_lost", UNKNOWN_TRIES)


def test_a_job_that_is_known_after_a_moment_is_not_lost(server: Server, open_harness: OpenHarness) -> None:
    server.answer((404, LOST), (202, RUNNING))
    harness, handle = harness_and_job(server, open_harness)
    assert harness.result_of(read_status(harness.client, handle, harness.deadline())).state == "running"
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, b"<html>nginx</html>"),
        (404, b'{"detail": "Not Found"}'),
        (405, b'{"detail": "Method Not Allowed"}'),
        (400, b'{"detail": "odd"}'),
        (422, b'{"detail": "odd"}'),
        (302, b""),
        (451, b"<html>firewall</html>"),
    ],
)
def test_no_other_answer_ends_a_paid_job(status: int, body: bytes, server: Server, open_harness: OpenHarness) -> None:
    server.answer((status, body))
    harness, handle = harness_and_job(server, open_harness)
    with pytest.raises(Unreachable, match=f"HTTP {status}"):
        harness.result_of(read_status(harness.client, handle, harness.deadline()))
    assert len(server.requests) >= UNKNOWN_TRIES


@pytest.mark.parametrize(("fault", "kind"), [("poll-401", KeyProblem), ("poll-403-locked", AccountProblem)])
def test_a_key_that_no_longer_works_is_reported_at_once(fault: str, kind: type[Exception], harness: Harness) -> None:
    handle = job(harness, f"waves [fault:{fault}]")
    with pytest.raises(kind):
        harness.result_of(read_status(harness.client, handle, harness.deadline()))
    assert not harness.slept


def test_a_redirected_status_is_not_followed(fal: Sandbox, harness: Harness) -> None:
    handle = job(harness, "waves [fault:hostile-status-redirect]")
    with pytest.raises(Unreachable, match="HTTP 302"):
        harness.result_of(read_status(harness.client, handle, harness.deadline(5)))
    assert not any(seen.role.is_foreign for seen in fal.requests)


# --- result -------------------------------------------------------------------------------------


def test_the_result_of_a_job_is_fetched(fal: Sandbox, harness: Harness) -> None:
    got = harness.result_of(
        result(harness.client, finished(fal, harness, "waves [fault:shape-huge-seed]"), harness.deadline())
    )
    assert got
    assert len(got.assets) == 1
    assert got.seed
    assert got.seed > 2**62
    assert got.billable_units


@pytest.mark.parametrize(
    "fault", ["429-once", "500-once", "502-once", "503-once", "reset-once", "cut-once", "garbage-once", "404*2"]
)
def test_a_lost_result_is_fetched_again(fault: str, fal: Sandbox, harness: Harness) -> None:
    handle = finished(fal, harness, f"waves [fault:result-{fault}]")
    assert harness.result_of(result(harness.client, handle, harness.deadline()))
    assert harness.events


def test_a_job_that_is_not_finished_has_no_result_yet(harness: Harness) -> None:
    handle = job(harness, "waves [fault:never]")
    assert harness.result_of(result(harness.client, handle, harness.deadline())) is None


@pytest.mark.parametrize(
    ("fault", "kind", "code"),
    [
        ("result-422", InputRefused, "input_refused"),
        ("result-422-string", InputRefused, "input_refused"),
        ("result-content-policy", InputRefused, "content_policy"),
        ("result-500", JobFailed, "server_error"),
        ("result-504-user", JobFailed, "timed_out"),
        ("completed-error", JobFailed, "server_error"),
        ("completed-error-string", JobFailed, "server_error"),
        ("result-404", JobFailed, "result_gone"),
        ("result-401", KeyProblem, "key_refused"),
    ],
)
def test_the_results_http_status_is_the_jobs_outcome(
    fault: str, kind: type[Exception], code: str, fal: Sandbox, harness: Harness
) -> None:
    handle = finished(fal, harness, f"waves [fault:{fault}]")
    with pytest.raises(kind) as caught:
        harness.result_of(result(harness.client, handle, harness.deadline()))
    assert caught.value.code == code  # type: ignore[attr-defined]


def test_the_result_of_a_canceled_job_is_its_cancellation(fal: Sandbox, harness: Harness) -> None:
    handle = job(harness, "waves [fault:never]")
    assert harness.result_of(cancel(harness.client, handle, harness.deadline())) == "requested"
    with pytest.raises(JobFailed) as caught:
        harness.result_of(result(harness.client, handle, harness.deadline()))
    assert caught.value.code == "cancelled"
    assert len(fal.submissions) == 1


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_gateway_never_ends_a_paid_job(status: int, server: Server, open_harness: OpenHarness) -> None:
    server.answer((status, b"<html>nginx</html>"))
    harness, handle = harness_and_job(server, open_harness)
    with pytest.raises(Unreachable, match=f"HTTP {status}"):
        harness.result_of(result(harness.client, handle, harness.deadline(300)))
    assert sum(harness.slept) > 250


def test_fals_own_failure_counts_when_it_is_repeated(server: Server, open_harness: OpenHarness) -> None:
    server.answer((500, b'{"detail": "Internal Server Error"}', {"x-fal-request-id": "r"}))
    harness, handle = harness_and_job(server, open_harness)
    with pytest.raises(JobFailed):
        harness.result_of(result(harness.client, handle, harness.deadline()))
    assert len(server.requests) == FAILURE_TRIES


def test_fals_own_failure_counts_at_once_when_the_status_had_an_error(
    server: Server, open_harness: OpenHarness
) -> None:
    server.answer((500, b'{"detail": "Runner died"}'))
    harness, handle = harness_and_job(server, open_harness)
    with pytest.raises(JobFailed, match="Runner died"):
        harness.result_of(result(harness.client, handle, harness.deadline(), has_failed=True))
    assert len(server.requests) == 1


def test_a_404_of_the_model_is_not_a_lost_result(server: Server, open_harness: OpenHarness) -> None:
    server.answer((404, b'{"detail": "Path /xyz not found"}'))
    harness, handle = harness_and_job(server, open_harness)
    with pytest.raises(InputRefused, match="/xyz"):
        harness.result_of(result(harness.client, handle, harness.deadline()))


@pytest.mark.parametrize(
    ("answer", "kind", "reason"),
    [
        ((200, b"<html>log in</html>", {"content-type": "text/html"}), Unreachable, "not JSON"),
        ((200, b"<html>log in</html>", {"content-type": "text/html", "x-fal-request-id": "r"}), Incomplete, "not JSON"),
        ((200, b'{"images": ['), Incomplete, "not JSON"),
        ((200, b"[]"), Incomplete, "has no outputs"),
        ((200, b"x" * 2000), Incomplete, "too large"),
    ],
    ids=["a page", "a page of fal", "garbage", "an empty list", "too large"],
)
def test_an_unreadable_result_is_not_fetched_forever(
    answer: Any,
    kind: type[Exception],
    reason: str,
    server: Server,
    open_harness: OpenHarness,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server.answer(answer)
    harness, handle = harness_and_job(server, open_harness)
    once = harness.client.once
    monkeypatch.setattr(harness.client, "once", lambda *args, **more: once(*args, **{**more, "limit": 1000}))
    with pytest.raises(kind, match=reason):
        harness.result_of(result(harness.client, handle, harness.deadline(10_000)))
    assert len(server.requests) < 10


def test_a_redirected_result_is_not_followed(fal: Sandbox, harness: Harness) -> None:
    handle = finished(fal, harness, "waves [fault:hostile-result-redirect]")
    with pytest.raises(Unreachable, match="HTTP 302"):
        harness.result_of(result(harness.client, handle, harness.deadline(5)))
    assert not any(seen.role.is_foreign for seen in fal.requests)


def test_a_result_has_some_time_even_after_the_deadline(fal: Sandbox, harness: Harness) -> None:
    assert harness.result_of(result(harness.client, finished(fal, harness), harness.deadline(0)))


# --- canceling ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "answer"),
    [
        ("never", "requested"),
        ("cancel-200", "requested"),
        ("cancel-ignored", "requested"),
        ("cancel-completed", "already_completed"),
        ("cancel-404", "not_found"),
    ],
)
def test_canceling_returns_fals_answer(fault: str, answer: str, fal: Sandbox, harness: Harness) -> None:
    handle = job(harness, f"waves [fault:never] [fault:{fault}]")
    assert harness.result_of(cancel(harness.client, handle, harness.deadline())) == answer
    assert [seen.route for seen in fal.requests] == ["submit", "cancel"]


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ((502, 202), "requested"),
        ((b"", (200, b"<html>ok</html>")), "requested"),
        (((400, b'{"status": "ALREADY_COMPLETED"}'),), "already_completed"),
    ],
)
def test_a_lost_cancel_is_sent_again(
    answers: tuple[Any, ...], said: str, server: Server, open_harness: OpenHarness
) -> None:
    server.answer(*answers)
    harness, handle = harness_and_job(server, open_harness)
    assert harness.result_of(cancel(harness.client, handle, harness.deadline())) == said
    assert {asked.headers["content-length"] for asked in server.requests} == {"0"}


@pytest.mark.parametrize(
    ("status", "body"), [(500, b""), (302, b""), (404, b"<html>"), (405, b'{"detail": "Method Not Allowed"}')]
)
def test_without_an_answer_to_cancel_nothing_is_claimed(
    status: int, body: bytes, server: Server, open_harness: OpenHarness
) -> None:
    server.answer((status, body))
    harness, handle = harness_and_job(server, open_harness)
    with pytest.raises(Unreachable, match=f"HTTP {status}"):
        harness.result_of(cancel(harness.client, handle, harness.deadline(20)))


def test_a_key_that_may_not_cancel_is_reported(server: Server, open_harness: OpenHarness) -> None:
    server.answer((401, b'{"detail": "invalid key credentials"}'))
    harness, handle = harness_and_job(server, open_harness)
    with pytest.raises(KeyProblem):
        harness.result_of(cancel(harness.client, handle, harness.deadline()))
