"""Following a job in fal's queue (``fal-http.md`` §3.3–3.5)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from openclaw_fal.core.errors import JobFailed
from openclaw_fal.fal.events import server_sent_events
from openclaw_fal.fal.failures import detail_of, error_types, failure
from openclaw_fal.fal.http import RETRYABLE, FalHttp, Reply, Unreachable
from openclaw_fal.fal.wire import QueueStatus, Result, parse_result, parse_status

if TYPE_CHECKING:
    from collections.abc import Generator

    from openclaw_fal.core.tasks import Waiting
    from openclaw_fal.fal.deadline import Deadline
    from openclaw_fal.fal.origins import Origins

STATUS_LIMIT = 4 * 1024 * 1024  # bytes; a status is a few lines and its logs
FIRST_POLL_S, LONGEST_POLL_S, POLL_GROWTH = 0.5, 5.0, 1.4
SILENCE_S = 15.0  # a stream without a byte for this long is given up (as fal's own client does)
FIRST_CHECK_S = 60.0  # a stream that only pings is checked by asking, ever more rarely

CancelAnswer = Literal["requested", "already_completed", "not_found"]


@dataclass(frozen=True, slots=True)
class Handle:
    """Where to ask about one job; every URL is on one of fal's own origins."""

    request_id: str
    status_url: str
    response_url: str
    cancel_url: str

    @classmethod
    def make(cls, origins: Origins, endpoint: str, request_id: str, urls: tuple[str | None, ...]) -> Handle:
        """Follow the URLs that fal returned, but only where the key may go.

        A URL on another host is rebuilt from the endpoint id and the request id in the short form of §3.1:
        it may be hostile, or from a sandbox that has since moved to another port.
        """
        base = f"{origins.queue}/{app_of(endpoint)}/requests/{request_id}"
        own = (f"{base}/status", base, f"{base}/cancel")
        status, response, cancel = (
            given if given and origins.may_see_key(given) else built for given, built in zip(urls, own, strict=True)
        )
        return cls(request_id, status, response, cancel)


def app_of(endpoint: str) -> str:
    """Return the part of an endpoint id that stays in a job's URLs: ``owner/app`` (§3.1)."""
    segments = endpoint.split("/")
    return "/".join(segments[: 3 if segments[0] in {"workflows", "comfy"} else 2])


def watch(http: FalHttp, handle: Handle, deadline: Deadline) -> Generator[QueueStatus | Waiting, None, None]:
    """Yield the job's status as it changes, the last one being ``completed`` unless time ran out.

    The stream where the server offers one; polling when it does not, falls silent, breaks or talks nonsense.
    """
    completed = yield from _streamed(http, handle, deadline)
    if not completed:
        yield from poll(http, handle, deadline)


def poll(http: FalHttp, handle: Handle, deadline: Deadline) -> Generator[QueueStatus | Waiting, None, None]:
    """Ask again and again, at first every half second, later every five: 130 requests in ten minutes at most."""
    pause = FIRST_POLL_S
    while not deadline.is_over:
        status = yield from ask(http, handle, deadline)
        if status is None:
            return
        yield status
        if status.state == "completed":
            return
        http.clock.sleep(min(pause, deadline.remaining))
        pause = min(pause * POLL_GROWTH, LONGEST_POLL_S)


def ask(http: FalHttp, handle: Handle, deadline: Deadline) -> Generator[Waiting, None, QueueStatus | None]:
    """Ask once how the job is doing; ``None`` when no answer came before the deadline.

    Raises `JobFailed` (``job_lost``) when fal does not know the job, `KeyProblem` when the key no longer works.
    """
    missing = 0

    def again(reply: Reply) -> bool:
        nonlocal missing
        missing += reply.status == 404  # just after the submission it may not be known yet
        garbled = reply.is_success and parse_status(reply.json()) is None
        return reply.status in RETRYABLE or garbled or 0 < missing <= 2

    try:
        reply = yield from http.read(
            "GET", f"{handle.status_url}?logs=1", deadline=deadline, retry=again, limit=STATUS_LIMIT
        )
    except Unreachable:
        return None
    if reply.status == 404:
        raise JobFailed(
            f"fal no longer knows the job {handle.request_id}.",
            code="job_lost",
            request_id=handle.request_id,
            http_status=404,
        )
    if reply.is_success or reply.status in RETRYABLE:
        return parse_status(reply.json())
    raise failure(reply, "asking about the job")


def _streamed(http: FalHttp, handle: Handle, deadline: Deadline) -> Generator[QueueStatus | Waiting, None, bool]:
    """Yield statuses from the stream; return whether it told the end."""
    last_news, check_after = http.clock.monotonic(), FIRST_CHECK_S
    try:
        with http.stream(
            "GET",
            f"{handle.status_url}/stream?logs=1",
            deadline=deadline,
            headers={"Accept": "text/event-stream"},
            read_timeout_s=SILENCE_S,
        ) as response:
            if response.status_code != 200 or "event-stream" not in response.headers.get("content-type", ""):
                return False
            for data in server_sent_events(response.iter_raw()):
                if deadline.is_over:
                    return False
                if data is not None:
                    status = _event_status(data)
                    if status is None:
                        return False
                    last_news, check_after = http.clock.monotonic(), FIRST_CHECK_S
                elif http.clock.monotonic() - last_news > check_after:
                    status = yield from ask(http, handle, deadline)
                    check_after *= 2
                else:
                    continue
                if status:
                    yield status
                    if status.state == "completed":
                        return True
    except Unreachable:
        return False
    return False


def _event_status(data: str) -> QueueStatus | None:
    try:
        return parse_status(json.loads(data))
    except (ValueError, RecursionError):
        return None


def result(http: FalHttp, handle: Handle, deadline: Deadline) -> Generator[Waiting, None, Result | None]:
    """Fetch what the job made (§3.4); ``None`` when it is not finished after all.

    Its HTTP status is the job's real outcome: a completed job may still answer 422 or 5xx, which is raised as
    the error it stands for. Raises `Unreachable` when no answer came in time.
    """
    own_failures = 0

    def again(reply: Reply) -> bool:
        nonlocal own_failures
        # fal's own 5xx is most likely the model's verdict; a gateway's says nothing about the job.
        own_failures += reply.status >= 500 and reply.is_from_fal
        is_verdict = own_failures > 2 or (reply.status >= 500 and bool(error_types(reply)))
        garbled = reply.is_success and reply.json() is None
        return garbled or (reply.status in RETRYABLE and not is_verdict)

    reply = yield from http.read("GET", handle.response_url, deadline=deadline, retry=again)
    if reply.status == 400 and "in progress" in detail_of(reply).lower():
        return None
    if reply.status == 404:
        raise JobFailed(
            f"fal no longer keeps the result of the job {handle.request_id}.",
            code="result_gone",
            request_id=handle.request_id,
            http_status=404,
        )
    if not reply.is_success:
        raise failure(reply, "making the result")
    if reply.json() is None:
        raise Unreachable("the result is not JSON", sent=True)
    return parse_result(reply.json(), reply.headers)


def cancel(http: FalHttp, handle: Handle, deadline: Deadline) -> Generator[Waiting, None, CancelAnswer]:
    """Ask fal to stop a job and return what fal says (§3.5). A running job may still finish and be charged.

    Raises `Unreachable` when no answer came, and what `failure` makes of other refusals.
    """
    reply = yield from http.read("PUT", handle.cancel_url, deadline=deadline, limit=STATUS_LIMIT)
    if reply.is_success:
        return "requested"
    if reply.status == 400:
        return "already_completed"
    if reply.status == 404:
        return "not_found"
    raise failure(reply, "cancelling the job")
