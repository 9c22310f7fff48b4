"""What the Platform API says of an account: the history of its requests, and what each of them was billed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from .authorization import platform_error, platform_refusal
from .connection import json_reply
from .error_replies import failure
from .job_result import job_reply, plans
from .jobs import without_data
from .listing import BadQueryError, cursor, ids_in, page
from .prices import billed_units, price_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from .connection import Json, Reply, Request
    from .jobs import Job
    from .state import State

Row = TypeVar("Row")

_STAND_IN = "https://v3b.fal.media/files/b/0a1b2c3d/input"  # for data: URIs: the history has no bytes of media
_MAX_PAGE = 100
_DEFAULT_PAGE = 50
_MAX_IDS = 50
_DAY_S = 86400.0
_SEARCHED_BY_ID_S = 90 * _DAY_S
_OK = 200
_CLIENT_ERRORS = range(400, 500)
# These change what a history has, not the answer as a whole.
_OWN_FAULTS = {"history-empty", "history-late", "history-bare"}


def history(state: State, request: Request) -> Reply:
    """Answer `GET /v1/models/requests/by-endpoint`: requests that have started, the newest first.

    One that still waits in the queue is not listed; one that runs has no end and no status code.
    """
    refused = platform_refusal(request, state.key, needed=True)
    if refused:
        return refused
    try:
        endpoints = ids_in(request, needed=True)
        jobs = [job for job in state.every_job() if job.endpoint in endpoints]
        fault = failure((state.injected, *(job.script for job in jobs)), "history", but=_OWN_FAULTS)
        if fault:
            return fault
        window = _moment(request.first("start")), _moment(request.first("end"))
        found = [job for job in jobs if _is_listed(state, request, job, window)]
        return _paged(request, found[::-1], "items", lambda job: _item(state, request, job))
    except BadQueryError as error:
        return platform_error(400, "validation_error", str(error))


def billing_events(state: State, request: Request) -> Reply:
    """Answer `GET /v1/models/billing-events`, for keys whose id begins with `admin`."""
    refused = platform_refusal(request, state.key, needed=True) or failure((state.injected,), "billing")
    if refused:
        return refused
    if not request.authorization.partition(" ")[2].startswith("admin"):
        return platform_error(403, "authorization_error", "This endpoint requires an admin API key.")
    ids = [one for value in request.query.get("request_id", []) for one in value.split(",") if one]
    if len(ids) > _MAX_IDS:
        return platform_error(400, "validation_error", f"request_id: at most {_MAX_IDS} are allowed")
    jobs = [job for job in state.every_job() if not ids or job.request_id in ids]
    try:
        events = [event for job in jobs if (event := _event(state, request, job))]
        return _paged(request, events, "billing_events", lambda event: event)
    except BadQueryError as error:
        return platform_error(400, "validation_error", str(error))


def _is_listed(state: State, request: Request, job: Job, window: tuple[float | None, float | None]) -> bool:
    now = state.clock()
    late = job.script.number("history-late") if "history-late" in job.script else 0
    if not job.started(now) or now < job.accepted_at + late or "history-empty" in job.script:
        return False
    by_id = request.first("request_id")
    if by_id and by_id != job.request_id:
        return False
    start = window[0] or now - (_SEARCHED_BY_ID_S if by_id else _DAY_S)
    wanted = request.first("status")
    if not start <= job.accepted_at < (window[1] or float("inf")):
        return False
    return not wanted or wanted == _status(_code(state, request, job))


def _item(state: State, request: Request, job: Job) -> Json:
    made = _reply_of_ended(state, request, job)
    code = made.status if made else None
    item: Json = {
        "request_id": job.request_id,
        "endpoint_id": job.endpoint,
        "sent_at": _stamp(job.accepted_at),
        "started_at": _stamp(job.accepted_at + job.queued_for),
        "ended_at": None if code is None else _stamp(job.ends_at),
        "status_code": code,
        "duration": None if code is None else round(job.ends_at - job.accepted_at, 3),
    }
    if "payloads" in request.query.get("expand", []) and "history-bare" not in job.script:
        item["json_input"] = without_data(job.body, _STAND_IN)
        item["json_output"] = json.loads(made.body) if made and isinstance(made.body, bytes) else None
    return item


def _code(state: State, request: Request, job: Job) -> int | None:
    """Return the status code of a request that has ended."""
    made = _reply_of_ended(state, request, job)
    return made.status if made else None


def _reply_of_ended(state: State, request: Request, job: Job) -> Reply | None:
    """Return what a request that has ended was answered with; it may take a while to make."""
    return None if state.clock() < job.ends_at else job_reply(state, job, state.file_origin(request))


def _status(code: int | None) -> str:
    if code is None:
        return ""
    return "success" if code == _OK else "user_error" if code in _CLIENT_ERRORS else "error"


def _event(state: State, request: Request, job: Job) -> Json | None:
    """Return the billing event of a job that succeeded; errors are not billed."""
    price = price_of(job.endpoint)
    late = job.script.number("billing-late") if "billing-late" in job.script else 0
    if price is None or state.clock() < job.ends_at + late or _code(state, request, job) != _OK:
        return None
    units = float(billed_units(job, plans(job)))
    percent = job.script.number("billing-discount") if "billing-discount" in job.script else 0
    subtotal = units * price.amount
    discount = subtotal * percent / 100
    return {
        "request_id": job.request_id,
        "endpoint_id": job.endpoint,
        "timestamp": _stamp(job.ends_at),
        "output_units": units,
        "unit_price": price.amount,
        "percent_discount": percent,
        "cost_subtotal": round(subtotal, 9),
        "cost_discount": round(discount, 9),
        "cost_total": round(subtotal - discount, 9),
        "cost_estimate_nano_usd": round((subtotal - discount) * 1e9),
    }


def _paged(request: Request, rows: list[Row], name: str, shown: Callable[[Row], Json]) -> Reply:
    """Return one page of rows."""
    start, limit = page(request, _DEFAULT_PAGE, _MAX_PAGE)
    end = start + limit
    more = end < len(rows)
    after = cursor(end) if more else None
    return json_reply(200, {name: [shown(row) for row in rows[start:end]], "next_cursor": after, "has_more": more})


def _moment(text: str) -> float | None:
    """Read a date or a time in ISO 8601; without an offset it is UTC."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadQueryError(f"{text}: not a time in ISO 8601") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _stamp(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
