"""Following a job by its stream and by polling, whatever the server answers."""

from __future__ import annotations

import itertools
import time
from typing import TYPE_CHECKING, Any

import pytest

from openclaw_fal.core.errors import AccountProblem, InputRefused, JobFailed, KeyProblem
from openclaw_fal.fal import connections, following
from openclaw_fal.fal.following import follow
from openclaw_fal.fal.origins import Origins
from openclaw_fal.fal.parse import QueueStatus
from openclaw_fal.fal.queue import Handle, cancel
from openclaw_fal.fal.reply import Unreachable
from openclaw_fal.fal.submission import submit
from openclaw_fal.sandbox import Sandbox
from tests.conftest import FalClock
from tests.fal.conftest import Canned, CannedAnswers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tests.conftest import Server
    from tests.fal.conftest import Harness, OpenHarness

VIDEO = "bytedance/seedance-2.0/fast/text-to-video"
IMAGE = "fal-ai/flux/dev"
STREAM = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"
PING = b": ping\n\n"
RUNNING = (202, b'{"status": "IN_PROGRESS", "logs": null}')
DONE = (200, b'{"status": "COMPLETED", "logs": null}')
MADE = (200, b'{"video": {"url": "https://v3.fal.media/x.mp4"}}')
EARLY = (400, b'{"detail": "Request is still in progress"}')


@pytest.fixture
def opened() -> list[Harness]:
    """The harness, once there is one. Its sleeps advance the jobs of the sandbox."""
    return []


@pytest.fixture
def fal(opened: list[Harness]) -> Iterator[Sandbox]:
    """A sandbox whose jobs skip no state on a busy machine."""
    clock = FalClock(step_s=0.01)
    with Sandbox(speed=10, clock=lambda: clock() + sum(slept for each in opened for slept in each.slept)) as sandbox:
        yield sandbox


@pytest.fixture
def harness(fal: Sandbox, open_harness: OpenHarness, opened: list[Harness]) -> Harness:
    opened.append(open_harness(fal.url))
    return opened[0]


@pytest.fixture
def polling(open_harness: OpenHarness) -> Iterator[tuple[Harness, Sandbox]]:
    """A harness and a sandbox whose clock only moves when the harness sleeps."""
    opened: list[Harness] = []
    with Sandbox(clock=lambda: opened[0].clock.now() if opened else time.time()) as sandbox:
        opened.append(open_harness(sandbox.url, speed=0))
        yield opened[0], sandbox


def job(harness: Harness, prompt: str = "waves", model: str = IMAGE) -> Handle:
    accepted = harness.result_of(submit(harness.client, model, {"prompt": prompt}, harness.deadline()))
    urls = (accepted.status_url, accepted.response_url, accepted.cancel_url)
    return Handle.make(harness.client.origins, model, accepted.request_id, urls)


def states(harness: Harness) -> list[str]:
    """Return the states that were reported, each change once."""
    states = [event.state for event in harness.events if isinstance(event, QueueStatus)]
    return [state for place, state in enumerate(states) if states[place - 1 : place] != [state]]


def followed(harness: Harness, prompt: str, seconds: float = 60.0) -> Any:
    handle = job(harness, prompt)
    return harness.result_of(follow(harness.client, handle, harness.deadline(seconds)))


def count(sandbox: Sandbox, route: str) -> int:
    return sum(seen.route == route for seen in sandbox.requests)


# --- by the stream --------------------------------------------------------------------------------


def test_a_stream_follows_a_job_in_one_request(fal: Sandbox, harness: Harness) -> None:
    result = harness.result_of(follow(harness.client, job(harness, model=VIDEO), harness.deadline()))
    assert result
    assert len(result.assets) == 1
    assert states(harness) == ["queued", "running", "completed"]
    positions = [event.position for event in harness.events if event.state == "queued"]
    assert positions == sorted(positions, reverse=True)
    assert any("%" in entry.message for event in harness.events for entry in event.logs)
    assert harness.events[-1].inference_seconds
    assert [seen.route for seen in fal.requests] == ["submit", "stream", "result"]
    assert not harness.slept


def test_the_result_comes_over_the_connection_of_the_stream(
    fal: Sandbox, harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[object] = []
    connect = connections.GuardedBackend.connect_tcp

    def counted(*arguments: Any, **options: Any) -> Any:
        opened.append(arguments)
        return connect(*arguments, **options)

    monkeypatch.setattr(connections.GuardedBackend, "connect_tcp", counted)
    assert harness.result_of(follow(harness.client, job(harness), harness.deadline()))
    assert len(opened) <= 1  # the submission's, if that is still open


def test_the_end_is_noticed_at_once(open_harness: OpenHarness) -> None:
    """Within a quarter of a second, in one of many tries, because the machine may be busy."""
    late: list[float] = []
    with Sandbox(speed=10) as fal:
        harness = open_harness(fal.url)
        while len(late) < 30 and min(late, default=1) > 0.25:
            handle = job(harness)
            harness.result_of(follow(harness.client, handle, harness.deadline()))
            late.append(time.time() - fal.ends_at(handle.request_id))
    assert min(late) < 0.25


def test_a_ten_minute_job_takes_few_requests(open_harness: OpenHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "FIRST_BYTE_TIMEOUT_S", 1e6)  # the clock below does not wait for the client
    opened: list[Harness] = []

    def ten_seconds_a_look() -> float:
        if not opened:
            return time.time()
        opened[0].skip(10)
        return opened[0].clock.now()

    with Sandbox(clock=ten_seconds_a_look) as fal:
        opened.append(open_harness(fal.url, speed=0))
        assert followed(opened[0], "waves [fault:slow-600]", 1e6)
        assert opened[0].clock.monotonic() > 500
        assert len(fal.requests) < 8


def canned(answer: tuple[int, bytes]) -> Canned:
    status, body = answer
    return Canned(status, {}, body)


class Stream(Canned):
    """A status stream of which each piece comes so many seconds after the one before, and the end after the last."""

    def __init__(self, harness: Harness, seconds: float, pieces: Iterable[bytes]) -> None:
        super().__init__(200, {"content-type": "text/event-stream"}, b"")
        self._harness, self._seconds, self._pieces = harness, seconds, pieces

    def pieces(self) -> Iterator[bytes]:
        for piece in self._pieces:
            yield piece
            self._harness.skip(self._seconds)


def test_a_stream_that_only_pings_is_checked_less_and_less_often(open_harness: OpenHarness) -> None:
    fal = CannedAnswers()
    harness = open_harness(Origins(), transport=fal, speed=0)
    fal.give(Stream(harness, 1.0, itertools.repeat(PING)), *map(canned, (*[RUNNING] * 3, DONE, MADE)))
    handle = Handle.make(harness.client.origins, VIDEO, "r", (None, None, None))
    assert harness.result_of(follow(harness.client, handle, harness.deadline(700)))
    assert states(harness) == ["running", "completed"]
    assert len(fal.received) == 6
    assert 480 < harness.clock.monotonic() < 490


def test_a_long_stream_that_ends_is_opened_again(open_harness: OpenHarness) -> None:
    """Gateways end them. Polling for the rest of a long job would take a hundred requests."""
    fal = CannedAnswers()
    harness = open_harness(Origins(), transport=fal, speed=0)
    running, done = (f'data: {{"status": "{status}"}}\n\n'.encode() for status in ("IN_PROGRESS", "COMPLETED"))
    fal.give(*(Stream(harness, 50, [piece]) for piece in (running, running, done)), canned(MADE))
    handle = Handle.make(harness.client.origins, VIDEO, "r", (None, None, None))
    assert harness.result_of(follow(harness.client, handle, harness.deadline(6000)))
    assert [b"/stream?" in request.url.target for request in fal.received] == [True, True, True, False]
    assert not harness.slept


def test_the_stream_is_requested_with_logs_and_uncompressed(server: Server, open_harness: OpenHarness) -> None:
    server.answer(STREAM + b'data: {"status": "COMPLETED"}\n\n', MADE)
    harness = open_harness(server.url)
    handle = Handle.make(harness.client.origins, VIDEO, "r", (None, None, None))
    harness.result_of(follow(harness.client, handle, harness.deadline()))
    stream, result = server.requests
    assert stream.line == "GET /bytedance/seedance-2.0/requests/r/status/stream?logs=1 HTTP/1.1"
    assert (stream.headers["accept"], stream.headers["accept-encoding"]) == ("text/event-stream", "identity")
    assert result.line == "GET /bytedance/seedance-2.0/requests/r HTTP/1.1"


# --- by polling -----------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["404", "405", "garbage", "ends", "cut", "html", "lies"])
def test_an_unusable_stream_is_replaced_by_polling(fault: str, fal: Sandbox, harness: Harness) -> None:
    assert followed(harness, f"waves [fault:stream-{fault}][fault:slow-1]")
    assert count(fal, "stream") == 1
    assert count(fal, "status") >= 1
    assert states(harness)[-1] == "completed"
    assert len(fal.submissions) == 1


@pytest.mark.parametrize("fault", ["stall", "silent"])
def test_a_stream_that_never_begins_is_replaced_by_polling(
    fault: str, fal: Sandbox, harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "FIRST_BYTE_TIMEOUT_S", 0.2)
    assert followed(harness, f"waves [fault:stream-{fault}]")
    assert count(fal, "status") >= 1


def test_a_stream_that_stalls_is_replaced_by_polling(
    server: Server, open_harness: OpenHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    def falling_silent(connection: Any) -> None:
        connection.sendall(STREAM + b'data: {"status": "IN_PROGRESS"}\n\n')
        while connection.recv(100):
            pass

    monkeypatch.setattr(following, "SILENCE_TIMEOUT_S", 0.5)
    server.answer(falling_silent, DONE, MADE)
    harness = open_harness(server.url)
    handle = Handle.make(harness.client.origins, VIDEO, "r", (None, None, None))
    assert harness.result_of(follow(harness.client, handle, harness.deadline()))
    assert states(harness) == ["running", "completed"]


def test_polling_a_ten_minute_job_takes_at_most_130_requests(polling: tuple[Harness, Sandbox]) -> None:
    harness, fal = polling
    assert followed(harness, "waves [fault:slow-600][fault:stream-404]", 1200)
    assert states(harness) == ["queued", "running", "completed"]
    assert 600 < sum(harness.slept) < 606
    assert len(fal.requests) <= 130


def test_polling_pauses_grow_from_half_a_second_to_five(polling: tuple[Harness, Sandbox]) -> None:
    harness, _ = polling
    assert followed(harness, "waves [fault:slow-60][fault:stream-404]", 1200)
    assert harness.slept[0] == 0.5
    assert harness.slept == sorted(harness.slept)
    assert harness.slept[-1] == 5.0


def test_a_stream_whose_head_comes_byte_by_byte_gives_way_to_polling(
    server: Server, open_harness: OpenHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("openclaw_fal.fal.following.FIRST_BYTE_TIMEOUT_S", 0.3)
    server.answer(server.dripping(b"HTTP/1.1 200 OK\r\n", b"x"), DONE, MADE)
    harness = open_harness(server.url)
    handle = Handle.make(harness.client.origins, VIDEO, "r", (None, None, None))
    assert harness.result_of(follow(harness.client, handle, harness.deadline()))


def test_the_deadline_ends_polling_without_result_or_error(polling: tuple[Harness, Sandbox]) -> None:
    harness, fal = polling
    assert followed(harness, "waves [fault:never][fault:stream-404]", 30) is None
    assert states(harness)[-1] == "running"
    assert sum(harness.slept) == pytest.approx(30)
    assert len(fal.submissions) == 1


def test_a_wrong_status_is_polled_less_and_less_often(server: Server, open_harness: OpenHarness) -> None:
    server.answer(404, DONE, EARLY, DONE, EARLY, DONE, EARLY, DONE, MADE)
    harness = open_harness(server.url)
    handle = Handle.make(harness.client.origins, VIDEO, "r", (None, None, None))
    assert harness.result_of(follow(harness.client, handle, harness.deadline()))
    assert harness.slept == pytest.approx([0.5, 0.7, 0.98])


@pytest.mark.parametrize("fault", ["flap", "unknown-status", "status-200", "long-urls", "log-flood", "log-escape"])
@pytest.mark.parametrize("more", ["", "[fault:stream-404]"])
def test_unusual_statuses_are_followed_to_the_end(fault: str, more: str, fal: Sandbox, harness: Harness) -> None:
    assert followed(harness, f"waves [fault:{fault}]{more}")
    assert states(harness)[-1] == "completed"
    shown = "".join(entry.message for event in harness.events if isinstance(event, QueueStatus) for entry in event.logs)
    assert "\x1b" not in shown
    assert not fal.violations


@pytest.mark.parametrize(
    "faults",
    [
        "poll-502*3",
        "poll-reset*2",
        "poll-cut",
        "poll-garbage",
        "poll-429-after-2",
        "poll-500][fault:poll-503][fault:poll-504][fault:poll-408",
        "result-502-once][fault:result-cut-once][fault:result-400-early-once",
    ],
)
def test_failed_reads_do_not_end_a_job(faults: str, fal: Sandbox, harness: Harness) -> None:
    assert followed(harness, f"waves [fault:{faults}]")
    assert len(fal.requests) > 3  # as many as a job needs without a failed read
    assert len(fal.submissions) == 1


# --- how a job ends -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "kind", "code"),
    [
        ("completed-error", JobFailed, "server_error"),
        ("completed-error-string", JobFailed, "server_error"),
        ("completed-error-object", JobFailed, "server_error"),
        ("result-422", InputRefused, "input_refused"),
        ("result-content-policy", InputRefused, "content_policy"),
        ("result-500", JobFailed, "server_error"),
        ("result-504-user", JobFailed, "timed_out"),
        ("result-404", JobFailed, "result_gone"),
        ("poll-404", JobFailed, "job_lost"),
        ("poll-401", KeyProblem, "key_refused"),
        ("poll-403-locked", AccountProblem, "balance_exhausted"),
    ],
)
def test_a_failed_job_raises_its_error(
    fault: str, kind: type[Exception], code: str, fal: Sandbox, harness: Harness
) -> None:
    with pytest.raises(kind) as caught:
        followed(harness, f"waves [fault:{fault}]")
    assert caught.value.code == code  # type: ignore[attr-defined]
    assert len(fal.submissions) == 1


def test_a_completed_job_with_an_error_is_not_polled_again(fal: Sandbox, harness: Harness) -> None:
    with pytest.raises(JobFailed):
        followed(harness, "waves [fault:completed-error-string]")
    assert harness.events[-1].error
    assert count(fal, "result") == 1


def test_a_canceled_job_ends_as_canceled(harness: Harness) -> None:
    handle = job(harness, "waves [fault:never]")
    harness.result_of(cancel(harness.client, handle, harness.deadline()))
    with pytest.raises(JobFailed) as caught:
        harness.result_of(follow(harness.client, handle, harness.deadline()))
    assert caught.value.code == "cancelled"
    assert harness.events[-1].error_type == "client_cancelled"


def test_hostile_urls_are_not_requested(fal: Sandbox, harness: Harness) -> None:
    assert followed(harness, "waves [fault:hostile-status-url][fault:hostile-response-url][fault:hostile-cancel-url]")
    assert not any(seen.role.is_foreign for seen in fal.requests)
    assert not fal.violations


def test_an_unreachable_server_does_not_end_the_job(fal: Sandbox, harness: Harness) -> None:
    handle = job(harness)
    fal.stop()
    with pytest.raises(Unreachable, match="refused"):
        harness.result_of(follow(harness.client, handle, harness.deadline(5)))
