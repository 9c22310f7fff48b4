"""Sending what costs money: at most once.

fal has no idempotency key (``fal-http.md`` §3.2), so a request is only ever repeated when it surely
was not accepted: the connection was never made, or the answer was a clear refusal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openclaw_fal.core.errors import NothingSubmitted, SubmitUnknown
from openclaw_fal.core.tasks import Waiting
from openclaw_fal.fal.failures import detail_of, failure
from openclaw_fal.fal.http import FIRST_DELAY_S, FalHttp, Reply, Unreachable, retry_after_s
from openclaw_fal.fal.wire import Result, Submission, parse_result, parse_submission

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from openclaw_fal.fal.deadline import Deadline

TRIES = 5
ANSWER_TIMEOUT_S = 60.0  # for a queue submission, which fal answers at once


def submit(
    http: FalHttp, endpoint: str, body: Mapping[str, Any], deadline: Deadline
) -> Generator[Waiting, None, Submission]:
    """Put a job into the queue (§3.2).

    Raises `NothingSubmitted` when it surely did not arrive, `SubmitUnknown` when nobody can tell, and what
    `failure` makes of a refusal.
    """
    url = f"{http.origins.queue}/{endpoint}"
    # The priority is the default one. Naming it tells a single origin that serves everything
    # (`models.providers.fal.baseUrl`) that this POST is meant for the queue.
    headers = {"X-Fal-Queue-Priority": "normal"}
    reply = yield from _send(http, url, endpoint, body, headers, deadline, ANSWER_TIMEOUT_S)
    submission = parse_submission(reply.json())
    if submission is None:
        raise SubmitUnknown(
            f"fal answered the submission to {endpoint} with something that names no request: {detail_of(reply)}"
        )
    return submission


def run(http: FalHttp, endpoint: str, body: Mapping[str, Any], deadline: Deadline) -> Generator[Waiting, None, Result]:
    """Run a model synchronously (§2); the answer holds the result. Raises as `submit` does."""
    url = f"{http.origins.run}/{endpoint}"
    reply = yield from _send(http, url, endpoint, body, {}, deadline, deadline.remaining)
    answer = reply.json()
    if answer is None:
        raise SubmitUnknown(f"{endpoint} ran, but its answer is not JSON, so its files are not known.")
    return parse_result(answer, reply.headers)


def _send(
    http: FalHttp,
    url: str,
    endpoint: str,
    body: Mapping[str, Any],
    headers: Mapping[str, str],
    deadline: Deadline,
    timeout_s: float,
) -> Generator[Waiting, None, Reply]:
    delay = FIRST_DELAY_S
    for tries_left in reversed(range(TRIES)):
        reply, reason = None, ""
        try:
            reply = http.once("POST", url, body=body, headers=headers, deadline=deadline, read_timeout_s=timeout_s)
        except Unreachable as problem:
            if problem.sent:
                raise SubmitUnknown(
                    f"The connection broke after the request for {endpoint} was sent ({problem.reason}): "
                    "fal may or may not have accepted it, and may charge for it."
                ) from problem
            reason = problem.reason
        if reply and not _surely_refused(reply):
            return _accepted(reply, endpoint)
        pause = (retry_after_s(reply.headers, http.clock.now()) if reply else None) or delay
        if not tries_left or pause >= deadline.remaining:
            raise _given_up(reply, reason, url, endpoint)
        yield Waiting(reason or f"HTTP {reply.status if reply else ''}", pause)
        http.clock.sleep(pause)
        delay *= 2
    raise AssertionError("unreachable")


def _surely_refused(reply: Reply) -> bool:
    """429 is a refusal wherever it comes from; 503 only from in front of fal (§3.6)."""
    return reply.status == 429 or (reply.status == 503 and not reply.is_from_fal)


def _accepted(reply: Reply, endpoint: str) -> Reply:
    if reply.is_success:
        return reply
    if reply.status >= 500 and not reply.is_from_fal:
        raise SubmitUnknown(
            f"A gateway in front of fal answered HTTP {reply.status} for {endpoint}: "
            "fal may or may not have accepted the request, and may charge for it.",
            http_status=reply.status,
        )
    raise failure(reply, f"submitting to {endpoint}")


def _given_up(reply: Reply | None, reason: str, url: str, endpoint: str) -> Exception:
    if reply is not None and reply.status == 429:
        return failure(reply, f"submitting to {endpoint}")
    origin = "/".join(url.split("/")[:3])
    return NothingSubmitted(
        f"fal can't be reached at {origin} ({reason or f'HTTP {reply.status if reply else 0}'}). "
        "Nothing was submitted, nothing was charged.",
        code="unreachable",
        hint="Check the network (HTTPS_PROXY and SSL_CERT_FILE are honoured) and run the same command again.",
        retryable=True,
    )
