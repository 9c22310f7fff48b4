"""One job in fal's queue: its status, its result, and its cancellation."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote

from openclaw_fal.core.errors import JobFailed
from openclaw_fal.core.records import Record
from openclaw_fal.fal.failures import detail_of, error_types, failure, no_answer, unreadable
from openclaw_fal.fal.parse import parse_result, parse_status
from openclaw_fal.fal.reply import KEY_STATUSES, Reply

if TYPE_CHECKING:
    from collections.abc import Generator

    from openclaw_fal.core.events import Waiting
    from openclaw_fal.fal.client import FalClient
    from openclaw_fal.fal.clock import Deadline
    from openclaw_fal.fal.origins import Origins
    from openclaw_fal.fal.parse import QueueStatus, Result

MAX_STATUS_BYTES = 4 * 1024 * 1024  # a status is a few lines and its logs
UNKNOWN_TRIES = 3  # fal may not know a job right after its submission, nor its result right after its end
FAILURE_TRIES = 5  # a repeated 5xx of fal's own in place of a result is most likely the model's outcome
GARBLED_TRIES = 4

CancelAnswer = Literal["requested", "already_completed", "not_found"]


class Handle(Record):
    """The URLs of one job. Each is on one of fal's own origins and has no query."""

    endpoint: str
    request_id: str
    status_url: str
    response_url: str
    cancel_url: str

    @classmethod
    def make(cls, origins: Origins, endpoint: str, request_id: str, urls: tuple[str | None, ...]) -> Handle:
        """Use the URLs that fal returned (status, result, cancel), but only those that may get the key.

        The others are built from the endpoint id and the request id. They may be hostile, or belong to a sandbox that
        has moved to another port since.
        """
        base = f"{origins.queue}/{app_of(endpoint)}/requests/{quote(request_id, safe='', errors='replace')}"
        own = (f"{base}/status", base, f"{base}/cancel")
        status, response, cancel = (
            given.rstrip("/") if given and _has_no_query(given) and origins.may_see_key(given) else built
            for given, built in zip(urls, own, strict=True)
        )
        return cls(endpoint, request_id, status, response, cancel)


def _has_no_query(url: str) -> bool:
    return "?" not in url and "#" not in url


def app_of(endpoint: str) -> str:
    """Return the part of an endpoint id that is in the URLs of its jobs, usually ``owner/app``."""
    segments = endpoint.split("/")
    return "/".join(segments[: 3 if segments[0] in {"workflows", "comfy"} else 2])


def read_status(client: FalClient, handle: Handle, deadline: Deadline) -> Generator[Waiting, None, QueueStatus]:
    """Ask fal for the status of a job.

    Raises `JobFailed` (``job_lost``) if fal does not know the job, `KeyProblem` or `AccountProblem` if it refuses to
    answer, and `Unreachable` for everything else, because only the result says how a job ended.
    """
    seen: Counter[int] = Counter()

    def should_retry(reply: Reply) -> bool:
        seen[reply.status] += 1
        if reply.is_success:
            return parse_status(reply.json) is None
        may_change = reply.status not in KEY_STATUSES and seen[reply.status] < UNKNOWN_TRIES
        return reply.is_inconclusive or may_change

    reply = yield from client.read(
        "GET", f"{handle.status_url}?logs=1", deadline=deadline, should_retry=should_retry, limit=MAX_STATUS_BYTES
    )
    status = parse_status(reply.json) if reply.is_success else None
    if status:
        return status
    if _is_unknown(reply):
        raise _gone(f"fal no longer knows the job {handle.request_id}.", "job_lost", handle)
    if reply.status in KEY_STATUSES:
        raise failure(reply, "reading the job's status")
    raise no_answer(reply)


def result(
    client: FalClient, handle: Handle, deadline: Deadline, *, has_failed: bool = False
) -> Generator[Waiting, None, Result | None]:
    """Fetch the result of a job; return ``None`` if the job is not finished after all.

    The HTTP status of the result is the job's outcome: a completed job may answer 422 or 5xx, which is raised as the
    error that it stands for. ``has_failed`` says that the job's status had an error. Raises `Unreachable` if no answer
    arrives in time.
    """
    seen: Counter[int] = Counter()

    def should_retry(reply: Reply) -> bool:
        seen[reply.status] += 1
        return seen[reply.status] < _tries_until_final(reply, has_failed=has_failed)

    reply = yield from client.read(
        "GET", handle.response_url, deadline=deadline, should_retry=should_retry, may_run_over=True
    )
    if reply.is_unreadable:
        raise unreadable(reply, handle.endpoint) if reply.is_surely_from_fal else no_answer(reply)
    if reply.is_success:
        return parse_result(reply.json, reply.headers)
    if reply.status == 400 and "in progress" in detail_of(reply).lower():
        return None
    if _is_unknown(reply):
        raise _gone(f"fal no longer keeps the result of the job {handle.request_id}.", "result_gone", handle)
    raise failure(reply, "making the result")


def _tries_until_final(reply: Reply, *, has_failed: bool) -> float:
    """Return how often an answer without a result must arrive before it counts as the job's outcome.

    An answer of a gateway never counts: a job that was paid for does not end because something in front of fal is down.
    """
    if reply.status == 499 or (reply.status >= 500 and error_types(reply)):
        return 1
    if reply.status >= 500 and has_failed and isinstance(reply.json, dict):
        return 1
    if reply.status >= 500 and reply.is_from_fal:
        return FAILURE_TRIES
    if reply.is_unreadable:
        return GARBLED_TRIES
    if reply.is_inconclusive:
        return math.inf
    return UNKNOWN_TRIES if _is_unknown(reply) else 1


def cancel(client: FalClient, handle: Handle, deadline: Deadline) -> Generator[Waiting, None, CancelAnswer]:
    """Ask fal to cancel a job and return its answer. A running job may still finish and be charged.

    Raises `Unreachable` if no answer arrives, and `KeyProblem` or `AccountProblem` if fal refuses to answer.
    """
    reply = yield from client.read(
        "PUT",
        handle.cancel_url,
        deadline=deadline,
        should_retry=lambda reply: reply.is_inconclusive and not reply.is_success,
        limit=MAX_STATUS_BYTES,
    )
    if reply.is_success:
        return "requested"
    if reply.status == 400:
        return "already_completed"
    if reply.status == 404:
        return "not_found"
    if reply.status in KEY_STATUSES:
        raise failure(reply, "canceling the job")
    raise no_answer(reply)


def _is_unknown(reply: Reply) -> bool:
    """Return whether the queue itself says that it has no such job, and not a gateway or the model."""
    return reply.status == 404 and isinstance(reply.json, dict) and reply.json.get("status") == "NOT_FOUND"


def _gone(message: str, code: str, handle: Handle) -> JobFailed:
    return JobFailed(message, code=code, request_id=handle.request_id, http_status=404)
