"""The moment that costs money: from a POST to a job, for the queue and the synchronous endpoint alike."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from .authorization import refusal
from .cdn import bytes_of, is_gone
from .error_replies import UNHEARD, answer, failure
from .faults import Script, UnknownFaultError
from .http_message import Reply, json_reply
from .inputs import schema_of
from .jobs import Job, Phase, calls_of, new_id
from .ledger import Submission
from .probe import size_of
from .validation import not_json, problems

if TYPE_CHECKING:
    from .http_message import Json, Request
    from .probe import Size
    from .state import State

_VIDEO_TIMES = (0.8, 2.0)  # seconds queued and running, at speed 1
_IMAGE_TIMES = (0.3, 0.7)
_NOT_BILLED = {"x-fal-billable-units": "0"}


def short(endpoint: str) -> str:
    """Cut an endpoint id down to its application, which is all that status URLs carry (fal-http.md §3.1)."""
    parts = endpoint.split("/")
    return "/".join(parts[: 3 if parts[0] in {"workflows", "comfy"} else 2])


def accept(state: State, request: Request, endpoint: str, *, queued: bool) -> Job | Reply:
    """Take a submission on, or say why not. A bad input is no reason for the queue (§3.2), it is for a run (§2)."""
    request_id = new_id(state.clock())
    named = {"x-fal-request-id": request_id}
    refused = refusal(request, state.key, app=short(endpoint), spends=True) or _no_such_app(endpoint)
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
    struck = _before(state, request, endpoint, script, request_id)
    if struck:
        return struck
    wrong = problems(schema_of(endpoint), body, lambda url: is_gone(state, url))
    if wrong and not queued:
        return json_reply(422, {"detail": wrong}, named | _NOT_BILLED)
    return _accepted(state, request, _job(state, request, request_id, endpoint, body, wrong, queued=queued), script)


def unheard(state: State, job: Job) -> Reply | None:
    """Give the answer that the caller of an accepted submission gets in place of the true one, if a fault says so."""
    for script in (state.injected, job.submission):
        for name, kind in UNHEARD.items():
            if script.strikes(name):
                return answer(kind)
    return None


def _no_such_app(endpoint: str) -> Reply | None:
    if "/" in endpoint and not endpoint.startswith("sandbox/missing"):
        return None
    return json_reply(404, {"detail": f'Application "{short(endpoint).rpartition("/")[2]}" not found'})


def _submission_script(state: State, request: Request, endpoint: str, calls: list[str]) -> Script:
    """Keep the faults of a submission by its content: the same body sent again finds them counted down."""
    content = hashlib.sha256(endpoint.encode() + request.body).hexdigest()
    with state.lock:
        return state.scripts.setdefault(content, Script(calls))


def _before(state: State, request: Request, endpoint: str, script: Script, request_id: str) -> Reply | None:
    """Whatever keeps a submission from being accepted."""
    if script.strikes("hostile-submit-redirect") and not request.role.elsewhere:
        return Reply(307, headers={"location": f"{state.hostile_url}/{endpoint}"})
    if script.strikes("submit-422-echo"):
        text = f"Not understood: Authorization: {request.authorization}"
        return json_reply(422, {"detail": text}, {"x-fal-request-id": request_id})
    most = request.first("fal_max_queue_length")
    if most.isdigit() and _waiting(state, endpoint) > int(most):
        return json_reply(429, {"detail": "Queue is full"}, {"x-fal-request-id": request_id})
    return failure((state.injected, script), "submit", request_id, but=UNHEARD)


def _waiting(state: State, endpoint: str) -> int:
    now = state.clock()
    return sum(job.endpoint == endpoint and job.phase(now) is Phase.IN_QUEUE for job in [*state.jobs.values()])


def _job(
    state: State, request: Request, request_id: str, endpoint: str, body: Any, wrong: list[Json], *, queued: bool
) -> Job:
    calls = calls_of(endpoint, body)
    queued_for, running_for = _VIDEO_TIMES if schema_of(endpoint).kind == "video" else _IMAGE_TIMES
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
        input_size=_input_size(state, body),
        calls=calls,
        start_timeout=_start_timeout(request),
    )


def _accepted(state: State, request: Request, job: Job, script: Script) -> Job:
    job.submission = script
    state.keep(job)
    state.ledger.accept(
        Submission(job.request_id, job.endpoint, job.body, job.queued, request.headers, job.accepted_at)
    )
    return job


def _input_size(state: State, body: Any) -> Size | None:
    """Give the size of the first picture that came along, if it can be read here."""
    if not isinstance(body, dict):
        return None
    several = body.get("image_urls")
    url = body.get("image_url") or (several[0] if isinstance(several, list) and several else None)
    data = bytes_of(state, url) if isinstance(url, str) else None
    return size_of(data) if data else None


def _start_timeout(request: Request) -> float | None:
    """Both names of the header; the newer wins (§10)."""
    for name in ("x-fal-request-start-timeout", "x-fal-request-timeout"):
        try:
            return float(request.headers[name])
        except (KeyError, ValueError):
            continue
    return None
