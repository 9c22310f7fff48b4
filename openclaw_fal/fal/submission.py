"""Submissions, which cost money and are sent at most once.

fal has no idempotency key, so a submission is repeated only if it surely was not accepted: the connection was never
made, or the answer was a clear refusal.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from openclaw_fal.core.errors import ConfigError, NothingSent, SubmitUnknown
from openclaw_fal.core.text import printable
from openclaw_fal.fal.clock import Backoff
from openclaw_fal.fal.failures import NOT_CHARGED, detail_of, failure, nothing_sent, unreadable
from openclaw_fal.fal.origins import Origins
from openclaw_fal.fal.parse import Result, Submission, parse_result, parse_submission
from openclaw_fal.fal.reply import Reply, Unreachable, asked_pause_text, retry_after_s

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    from openclaw_fal.core.errors import OpenclawFalError
    from openclaw_fal.core.events import Waiting
    from openclaw_fal.fal.client import FalClient
    from openclaw_fal.fal.clock import Deadline

# "normal" is the default. The header marks a POST to the queue for a single origin that serves everything
# (`models.providers.fal.baseUrl`).
QUEUE_HEADERS = {"X-Fal-Queue-Priority": "normal"}
MAX_TRIES = 5
ANSWER_TIMEOUT_S = 60.0  # for a queue submission, which fal answers at once

_GATEWAY_MARK = b"nginx"  # in the pages of the gateway in front of fal
_REDIRECTS = frozenset({301, 302, 307, 308})  # 303 means that the request was accepted
_UNCLEAR = frozenset({408, 425})  # and other redirects, which no fal sends
_MAY_BE_CHARGED = "fal may or may not have accepted the request, and may charge for it."


def submit(
    client: FalClient, endpoint: str, body: Mapping[str, Any], deadline: Deadline
) -> Generator[Waiting, None, Submission]:
    """Put a job into the queue.

    Raises `NothingSent` if the job surely did not arrive, `SubmitUnknown` if it may have, and the error that `failure`
    returns if fal refuses it.
    """
    url = endpoint_url(client.origins.queue, endpoint)

    def send() -> Reply:
        return client.once(
            "POST",
            url,
            body=body,
            headers=QUEUE_HEADERS,
            deadline=deadline,
            read_timeout_s=ANSWER_TIMEOUT_S,
            may_run_over=True,
        )

    reply = yield from _until_answered(client, send, endpoint, deadline, _queue_refusal)
    submission = parse_submission(reply.json, reply.headers)
    if submission is None:
        detail = detail_of(reply) or reply.problem
        raise SubmitUnknown(
            f"fal's answer to the submission to {endpoint} has no request id ({detail}): {_MAY_BE_CHARGED}"
        )
    return submission


def run(
    client: FalClient, endpoint: str, body: Mapping[str, Any], deadline: Deadline
) -> Generator[Waiting, None, Result]:
    """Run a model synchronously and return its result. Raises as `submit` does."""
    url = endpoint_url(client.origins.run, endpoint)

    def send() -> Reply:
        return client.once("POST", url, body=body, deadline=deadline, read_timeout_s=math.inf, may_run_over=True)

    reply = yield from _until_answered(client, send, endpoint, deadline, _refusal)
    if reply.is_unreadable and reply.is_surely_from_fal and reply.request_id:
        raise unreadable(reply, endpoint)
    if reply.is_unreadable:
        raise SubmitUnknown(
            f"{endpoint} answered, but {reply.problem}: its files are unknown, and fal may charge for them.",
            request_id=reply.request_id,
            answer=reply.body,
        )
    return parse_result(reply.json, reply.headers)


def endpoint_url(origin: str, endpoint: str) -> str:
    """Return the URL of an endpoint. Slashes are kept; characters that would end the path are escaped."""
    return f"{origin}/{quote(endpoint, safe='/:@!$&+,;=~', errors='replace')}"


def _until_answered(
    client: FalClient,
    send: Callable[[], Reply],
    endpoint: str,
    deadline: Deadline,
    refusal: Callable[[Reply, str, bool], OpenclawFalError],
) -> Generator[Waiting, None, Reply]:
    """Send once, and again only if surely nothing was accepted. Returns a success and raises everything else."""
    if deadline.is_over:
        raise _not_sent(endpoint, "no time was left")
    backoff = Backoff(deadline, MAX_TRIES)
    error: OpenclawFalError
    while True:
        asked_s, is_limit = None, False
        try:
            reply = send()
        except Unreachable as problem:
            if problem.sent:
                raise _lost(endpoint, problem) from problem
            error = _not_sent(endpoint, problem.reason, client.origins)
            reason, may_repeat = problem.reason, not problem.is_final
        except ConfigError as problem:
            raise nothing_sent(problem) from problem
        else:
            if reply.is_success:
                return reply
            reason, may_repeat = reply.problem, _surely_not_accepted(reply, client.origins)
            error = refusal(reply, endpoint, may_repeat)
            asked_s, is_limit = retry_after_s(reply.headers, client.clock.now()), reply.status == 429
        if not may_repeat or not (yield from backoff.pause(reason, asked_s, is_limit=is_limit)):
            if may_repeat and asked_s:
                error.hint = f"Run the same command again later: {asked_pause_text(asked_s)}."
            raise error


def _surely_not_accepted(reply: Reply, origins: Origins) -> bool:
    """Return whether surely nothing was accepted: after any 429, and after the 503 of the gateway in front of fal.

    Other gateways may answer 503 after they have passed the request on.
    """
    if reply.status == 429:
        return True
    is_fals_gateway = origins == Origins() and not reply.is_from_fal and _GATEWAY_MARK in reply.body
    return reply.status == 503 and is_fals_gateway


def _queue_refusal(reply: Reply, endpoint: str, is_refused: bool) -> OpenclawFalError:
    """Return the error for a refused submission. After a 5xx of fal the queue may still have the job."""
    has_expired = reply.status == 504 and reply.headers.get("x-fal-request-timeout-type") == "user"
    if reply.status >= 500 and reply.is_from_fal and not has_expired:
        return _unclear(reply, endpoint)
    return _refusal(reply, endpoint, is_refused)


def _refusal(reply: Reply, endpoint: str, is_refused: bool) -> OpenclawFalError:
    if reply.status in _REDIRECTS:
        where = printable(reply.headers.get("location", ""), limit=100).partition("?")[0]
        return NothingSent(
            f"HTTP {reply.status} redirects the submission to {endpoint} to {where}, which must not get the key.",
            consequence=NOT_CHARGED,
            code="unreachable",
            hint="A proxy or the login page of a network may have answered in fal's place: check HTTPS_PROXY and the "
            "base URL.",
        )
    if is_refused and reply.status != 429:
        return _not_sent(endpoint, reply.problem)
    if reply.status in _UNCLEAR or reply.status < 400 or (reply.status >= 500 and not reply.is_from_fal):
        return _unclear(reply, endpoint)
    return failure(reply, f"submitting to {endpoint}")


def _unclear(reply: Reply, endpoint: str) -> SubmitUnknown:
    detail = detail_of(reply)
    explanation = f" ({detail})" if detail else ""
    return SubmitUnknown(
        f"fal answered the submission to {endpoint} with HTTP {reply.status}{explanation}: {_MAY_BE_CHARGED}",
        http_status=reply.status,
        request_id=reply.request_id,
    )


def _lost(endpoint: str, problem: Unreachable) -> SubmitUnknown:
    return SubmitUnknown(
        f"The connection broke after the request for {endpoint} was sent ({problem.reason}): {_MAY_BE_CHARGED}",
        request_id=problem.request_id,
    )


def _not_sent(endpoint: str, reason: str, origins: Origins | None = None) -> NothingSent:
    """Return the error for a submission that did not leave. ``origins`` are the ones that can't be reached."""
    hint = "Check the network, HTTPS_PROXY and SSL_CERT_FILE, then run the same command again."
    if origins and origins != Origins():
        hint = (
            f"Is a server running at {origins.run}? OPENCLAW_FAL_BASE_URL or models.providers.fal.baseUrl names it; "
            "without both, fal itself is used."
        )
    return NothingSent(
        f"fal can't be reached to submit to {endpoint} ({reason}).",
        consequence=NOT_CHARGED,
        code="unreachable",
        hint=hint,
        retryable=True,
    )
