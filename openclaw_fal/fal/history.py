"""fal's history of requests: what it received, when, and how it ended.

A request is listed once it has started. One that still waits in the queue is not, and one that runs has no end.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from openclaw_fal.core.records import Record
from openclaw_fal.fal.failures import failure, no_answer
from openclaw_fal.fal.parse import Result, next_cursor, parse_result
from openclaw_fal.fal.reply import KEY_STATUSES, REQUEST_ID_HEADER, Reply

if TYPE_CHECKING:
    from collections.abc import Generator

    from openclaw_fal.core.errors import OpenclawFalError
    from openclaw_fal.core.events import Waiting
    from openclaw_fal.fal.client import FalClient
    from openclaw_fal.fal.clock import Deadline

PAGE_SIZE = 100  # fal's maximum
MAX_PAGES = 10
_SUCCESS = range(200, 300)


class Listed(Record):
    """A request as the history lists it. Times are in seconds since the epoch.

    ``status_code`` is ``None`` while it runs. ``input`` and ``output`` are ``None`` where fal keeps no payloads.
    """

    request_id: str
    endpoint: str
    sent_at: float | None
    status_code: int | None
    input: Any
    output: Any

    @property
    def has_ended(self) -> bool:
        return self.status_code is not None

    def result(self) -> Result | None:
        """Return the result of a request that succeeded, ``None`` if fal keeps none."""
        if self.status_code not in _SUCCESS or self.output is None:
            return None
        return parse_result(self.output, {REQUEST_ID_HEADER: self.request_id})

    def error(self) -> OpenclawFalError | None:
        """Return the error that a request ended with, ``None`` if it did not fail."""
        if self.status_code is None or self.status_code in _SUCCESS:
            return None
        body = b"" if self.output is None else json.dumps(self.output).encode()
        return failure(Reply(self.status_code, {REQUEST_ID_HEADER: self.request_id}, body), "making the result")


class History(Record):
    """The requests of an endpoint; not ``is_complete`` if there are more than were read."""

    requests: tuple[Listed, ...]
    is_complete: bool

    def find(self, request_id: str | None) -> Listed | None:
        """Return the request with this id, if it is listed."""
        return next((listed for listed in self.requests if listed.request_id == request_id), None)


def fetch_history(
    client: FalClient, endpoint: str, deadline: Deadline, *, since: float | None = None, request_id: str | None = None
) -> Generator[Waiting, None, History]:
    """Return the requests of an endpoint since a moment, or the one with this id, with their payloads.

    Asks once, because the caller decides whether to ask again. Raises `Unreachable`, which is final if there is no
    history, and `KeyProblem` or `AccountProblem` if fal refuses the key.
    """
    query = {"endpoint_id": endpoint, "expand": "payloads", "limit": str(PAGE_SIZE)}
    query |= {"request_id": request_id} if request_id else {}
    query |= {"start": _stamp(since)} if since is not None else {}
    found: dict[str, Listed] = {}
    cursor = ""
    for _ in range(MAX_PAGES):
        page = urlencode(query | ({"cursor": cursor} if cursor else {}))
        url = f"{client.origins.platform}/v1/models/requests/by-endpoint?{page}"
        reply = yield from client.read("GET", url, deadline=deadline, should_retry=_may_change, tries=1)
        if reply.status in KEY_STATUSES:
            raise failure(reply, "reading the history of requests")
        rows = reply.json.get("items") if reply.is_success and isinstance(reply.json, dict) else None
        if not isinstance(rows, list):
            raise no_answer(reply, is_final=not _may_change(reply))
        found |= {listed.request_id: listed for row in rows if (listed := _listed(row))}
        cursor = next_cursor(reply.json, cursor)
        if not cursor:
            return History(tuple(found.values()), is_complete=not reply.json.get("has_more"))
    return History(tuple(found.values()), is_complete=False)


def _may_change(reply: Reply) -> bool:
    """Return whether another try may get an answer: not from a server in fal's place that has no history."""
    return reply.status not in {404, 405} and reply.is_inconclusive


def _listed(row: Any) -> Listed | None:
    if not isinstance(row, dict) or not isinstance(row.get("request_id"), str):
        return None
    code = row.get("status_code")
    return Listed(
        row["request_id"],
        str(row.get("endpoint_id") or ""),
        _moment(row.get("sent_at") or row.get("started_at")),
        code if isinstance(code, int) and not isinstance(code, bool) else None,
        row.get("json_input"),
        row.get("json_output"),
    )


def _moment(text: Any) -> float | None:
    try:
        moment = datetime.fromisoformat(text)
    except (ValueError, TypeError):
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _stamp(at: float) -> str:
    return datetime.fromtimestamp(max(at, 0.0), UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
