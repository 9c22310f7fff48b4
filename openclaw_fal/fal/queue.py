"""One job in fal's queue: its status, its result, and its cancellation."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Literal, NamedTuple
from urllib.parse import quote

from openclaw_fal.core.errors import JobFailed
from openclaw_fal.fal.failures import detail_of, error_types, failure
from openclaw_fal.fal.parse import parse_result, parse_status
from openclaw_fal.fal.reply import KEY_STATUSES, Reply, Unreachable

if TYPE_CHECKING:
    from collections.abc import Generator

    from openclaw_fal.core.tasks import Waiting
    from openclaw_fal.fal.client import FalClient
    from openclaw_fal.fal.clock import Deadline
    from openclaw_fal.fal.origins import Origins
    from openclaw_fal.fal.parse import QueueStatus, Result

MAX_STATUS_BYTES = 4 * 1024 * 1024  # bytes; a status is a few lines and its logs
STRANGE_TRIES = 3  # a job may not be known for a moment after its submission, nor its result after its end
OWN_FAILURES = 5  # fal's own 5xx for a result is most likely the model's verdict, once it is repeated
GARBLED_TRIES = 4
RESULT_TIME_S = 10.0  # for the result of a job that ended just before its time did

CancelAnswer = Literal["requested", "already_completed", "not_found"]


class Handle(NamedTuple):
    """Where to ask about one job; every URL is on one of fal's own origins and has no query."""

    request_id: str
    status_url: str
    response_url: str
    cancel_url: str

    @classmethod
    def make(cls, origins: Origins, endpoint: str, request_id: str, urls: tuple[str | None, ...]) -> Handle:
        """Follow the URLs that fal returned, but only where the key may go.

        A URL on another host is rebuilt from the endpoint id and the request id in fal's short form:
        it may be hostile, or from a sandbox that has since moved to another port.
        """
        base = f"{origins.queue}/{app_of(endpoint)}/requests/{quote(request_id, safe='', errors='replace')}"
        own = (f"{base}/status", base, f"{base}/cancel")
        status, response, cancel = (
            given.rstrip("/") if given and origins.may_see_key(given) and not {*"?#"} & {*given} else built
            for given, built in zip(urls, own, strict=True)
        )
        return cls(request_id, status, response, cancel)


def app_of(endpoint: str) -> str:
    """Return the part of an endpoint id that is in the URLs of its jobs, usually ``owner/app``."""
    segments = endpoint.split("/")
    return "/".join(segments[: 3 if segments[0] in {"workflows", "comfy"} else 2])


def ask(client: FalClient, handle: Handle, deadline: Deadline) -> Generator[Waiting, None, QueueStatus]:
    """Ask once how the job is doing.

    Raises `JobFailed` (``job_lost``) when fal does not know the job, `KeyProblem` or `AccountProblem` when it does not
    answer us, and `Unreachable` for all else: only the result tells how a job ended.
    """
    seen: Counter[int] = Counter()

    def again(reply: Reply) -> bool:
        seen[reply.status] += 1
        if reply.is_success:
            return parse_status(reply.json) is None
        is_strange = reply.status not in KEY_STATUSES and seen[reply.status] < STRANGE_TRIES
        return reply.is_inconclusive or is_strange

    reply = yield from client.read(
        "GET", f"{handle.status_url}?logs=1", deadline=deadline, again=again, limit=MAX_STATUS_BYTES
    )
    status = parse_status(reply.json) if reply.is_success else None
    if status:
        return status
    if _is_unknown(reply):
        raise _gone(f"fal no longer knows the job {handle.request_id}.", "job_lost", handle)
    if reply.status in KEY_STATUSES:
        raise failure(reply, "asking about the job")
    raise _no_answer(reply)


def result(
    client: FalClient, handle: Handle, deadline: Deadline, *, has_failed: bool = False
) -> Generator[Waiting, None, Result | None]:
    """Fetch the result of a job; return ``None`` if the job is not finished after all.

    Its HTTP status is the job's real outcome: a completed job may still answer 422 or 5xx, which is raised as the error
    it stands for. Raises `Unreachable` when no answer came in time.
    """
    seen: Counter[int] = Counter()

    def again(reply: Reply) -> bool:
        seen[reply.status] += 1
        return seen[reply.status] < _times_to_believe(reply, has_failed=has_failed)

    reply = yield from client.read("GET", handle.response_url, deadline=deadline.at_least(RESULT_TIME_S), again=again)
    if reply.is_garbled:
        raise _no_answer(reply)
    if reply.is_success:
        return parse_result(reply.json, reply.headers)
    if reply.status == 400 and "in progress" in detail_of(reply).lower():
        return None
    if _is_unknown(reply):
        raise _gone(f"fal no longer keeps the result of the job {handle.request_id}.", "result_gone", handle)
    raise failure(reply, "making the result")


def _times_to_believe(reply: Reply, *, has_failed: bool) -> float:
    """How often an answer in place of a result must come before it is the job's outcome.

    A gateway's word never is: a job that was paid for does not end because something in front of fal is down.
    """
    if reply.status == 499 or (reply.status >= 500 and error_types(reply)):
        return 1
    if reply.status >= 500 and has_failed and isinstance(reply.json, dict):
        return 1
    if reply.status >= 500 and reply.is_from_fal:
        return OWN_FAILURES
    if reply.is_garbled:
        return GARBLED_TRIES
    if reply.is_inconclusive:
        return math.inf
    return STRANGE_TRIES if _is_unknown(reply) else 1


def cancel(client: FalClient, handle: Handle, deadline: Deadline) -> Generator[Waiting, None, CancelAnswer]:
    """Ask fal to cancel a job and return its answer. A running job may still finish and be charged.

    Raises `Unreachable` when no answer came, and `KeyProblem` or `AccountProblem` when fal does not answer us.
    """
    reply = yield from client.read(
        "PUT",
        handle.cancel_url,
        deadline=deadline,
        again=lambda reply: reply.is_inconclusive and not reply.is_success,
        limit=MAX_STATUS_BYTES,
    )
    if reply.is_success:
        return "requested"
    if reply.status == 400:
        return "already_completed"
    if reply.status == 404:
        return "not_found"
    if reply.status in KEY_STATUSES:
        raise failure(reply, "cancelling the job")
    raise _no_answer(reply)


def _is_unknown(reply: Reply) -> bool:
    """Return whether the queue itself says that it has no such job, and not a gateway or the model."""
    return reply.status == 404 and isinstance(reply.json, dict) and reply.json.get("status") == "NOT_FOUND"


def _gone(message: str, code: str, handle: Handle) -> JobFailed:
    return JobFailed(message, code=code, request_id=handle.request_id, http_status=404)


def _no_answer(reply: Reply) -> Unreachable:
    detail = detail_of(reply) if not reply.is_success else ""
    return Unreachable(f"{reply.problem}: {detail}" if detail else reply.problem, sent=True)
