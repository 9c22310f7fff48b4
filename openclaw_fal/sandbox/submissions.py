"""Turns a POST into a job, for the queue and for synchronous runs: on fal, this is what costs money."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from .authorization import refusal
from .cdn import bytes_of, is_gone
from .connection import Reply, json_reply
from .dimensions import size_of
from .endpoints import endpoint_of
from .error_replies import LOST_ANSWERS, answer, failure
from .faults import Script, UnknownFaultError
from .jobs import OTHER_TIMES, VIDEO_TIMES, Job, Phase, calls_of, new_id
from .state import Submission
from .validation import not_json, problems, unknown_inputs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .connection import Json, Request
    from .dimensions import Size
    from .endpoints import Endpoint
    from .state import State

_NOT_BILLED = {"x-fal-billable-units": "0"}


def app_of(endpoint: str) -> str:
    """Cut an endpoint id down to its application, which is all that status URLs carry."""
    parts = endpoint.split("/")
    return "/".join(parts[: 3 if parts[0] in {"workflows", "comfy"} else 2])


def accept(state: State, request: Request, endpoint: str, *, queued: bool) -> Job | Reply:
    """Accept a submission, or return the reply that refuses it.

    The queue accepts a bad body and reports it in the result; a synchronous run refuses it at once.
    """
    request_id = new_id(state.clock())
    named = {"x-fal-request-id": request_id}
    refused = refusal(request, state.key, app=app_of(endpoint), spends=True) or _no_such_app(endpoint)
    if refused:
        refused.headers.update(named)
        return refused
    try:
        body = request.json()
        script = _submission_script(state, request, endpoint, calls_of(endpoint, body))
    except UnknownFaultError as error:
        return json_reply(400, {"detail": str(error)}, named)
    except ValueError as error:
        return json_reply(422, {"detail": not_json(error)}, named | _NOT_BILLED)
    fault = _fault_before(state, request, endpoint, script, request_id)
    if fault:
        return fault
    wrong = problems(endpoint_of(endpoint), body, lambda url: is_gone(state, url))
    if wrong and not queued:
        return json_reply(422, {"detail": wrong}, named | _NOT_BILLED)
    return _accepted(state, request, _job(state, request, request_id, endpoint, body, wrong, queued=queued), script)


def lost_answer(state: State, job: Job) -> Reply | None:
    """Return what the caller of an accepted submission gets instead of the true answer, if a fault says so."""
    for script in (state.injected, job.submission):
        for name, kind in LOST_ANSWERS.items():
            if script.triggers(name):
                return answer(kind)
    return None


def _no_such_app(endpoint: str) -> Reply | None:
    if "/" in endpoint and not endpoint.startswith("sandbox/missing"):
        return None
    return json_reply(404, {"detail": f'Application "{app_of(endpoint).rpartition("/")[2]}" not found'})


def _submission_script(state: State, request: Request, endpoint: str, calls: list[str]) -> Script:
    """Keep the faults of a submission by its content: when the same body is sent again they are counted down."""
    content = hashlib.sha256(endpoint.encode() + request.body).hexdigest()
    with state.lock:
        return state.scripts.setdefault(content, Script(calls))


def _fault_before(state: State, request: Request, endpoint: str, script: Script, request_id: str) -> Reply | None:
    """Return the reply of a fault that keeps a submission from being accepted."""
    if script.triggers("hostile-submit-redirect") and not request.role.is_foreign:
        return Reply(307, headers={"location": f"{state.hostile_url}/{endpoint}"})
    if script.triggers("submit-422-echo"):
        text = f"Not understood: Authorization: {request.authorization}"
        return json_reply(422, {"detail": text}, {"x-fal-request-id": request_id})
    max_length = request.first("fal_max_queue_length")
    if max_length.isdigit() and _queue_length(state, endpoint) > int(max_length):
        return json_reply(429, {"detail": "Queue is full"}, {"x-fal-request-id": request_id})
    return failure((state.injected, script), "submit", request_id, but=LOST_ANSWERS)


def _queue_length(state: State, endpoint: str) -> int:
    now = state.clock()
    return sum(job.endpoint == endpoint and job.phase(now) is Phase.IN_QUEUE for job in [*state.jobs.values()])


def _job(
    state: State, request: Request, request_id: str, endpoint: str, body: Any, wrong: list[Json], *, queued: bool
) -> Job:
    calls = calls_of(endpoint, body)
    known = endpoint_of(endpoint)
    queued_for, running_for = VIDEO_TIMES if known.kind == "video" else OTHER_TIMES
    script = Script(calls)
    if "slow" in script:
        running_for = float(script.number("slow"))
    return Job(
        request_id=request_id,
        endpoint=endpoint,
        body=body if isinstance(body, dict) else {},
        accepted_at=state.clock(),
        queued=queued,
        queued_for=queued_for / state.speed if queued else 0.0,
        running_for=running_for / state.speed if queued or "slow" in script else 0.0,
        problems=wrong,
        input_size=_input_size(state, known, body),
        calls=calls,
        start_timeout=_start_timeout(request),
    )


def _accepted(state: State, request: Request, job: Job, script: Script) -> Job:
    job.submission = script
    state.keep(job)
    unknown = tuple(unknown_inputs(endpoint_of(job.endpoint).inputs, job.body))
    state.ledger.accept(
        Submission(job.request_id, job.endpoint, job.body, job.queued, request.headers, job.accepted_at, unknown)
    )
    return job


def _input_size(state: State, endpoint: Endpoint, body: Any) -> Size | None:
    """Return the size of the first picture in the body, if it can be read here."""
    for url in _picture_urls(endpoint, body if isinstance(body, dict) else {}):
        data = bytes_of(state, url)
        return size_of(data) if data else None
    return None


def _picture_urls(endpoint: Endpoint, body: Json) -> Iterator[str]:
    names = ["image_url", "image_urls", *(name for name, one in endpoint.takes.items() if one.medium == "image")]
    for name in names:
        value = body.get(name)
        for url in value if isinstance(value, list) else [value]:
            if isinstance(url, str):
                yield url


def _start_timeout(request: Request) -> float | None:
    """Read either name of the header, in seconds; the newer one wins."""
    for name in ("x-fal-request-start-timeout", "x-fal-request-timeout"):
        try:
            return float(request.headers[name])
        except (KeyError, ValueError):
            continue
    return None
