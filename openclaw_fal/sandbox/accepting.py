"""The moment that costs money: from a POST to a job, for the queue and the synchronous endpoint alike."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from .failures import UNHEARD, answer, failure
from .faults import Script, UnknownFaultError
from .files import bytes_of, is_gone
from .jobs import Job, Phase, calls_of, new_id
from .keys import refusal
from .ledger import Submission
from .probe import size_of
from .schemas import schema_of
from .validation import not_json, problems
from .wire import Reply, json_reply

if TYPE_CHECKING:
    from .probe import Size
    from .wire import Json, Request
    from .world import World

_VIDEO_TIMES = (0.8, 2.0)  # seconds queued and running, at speed 1
_IMAGE_TIMES = (0.3, 0.7)
_NOT_BILLED = {"x-fal-billable-units": "0"}


def short(endpoint: str) -> str:
    """Cut an endpoint id down to its application, which is all that status URLs carry (fal-http.md §3.1)."""
    parts = endpoint.split("/")
    return "/".join(parts[: 3 if parts[0] in {"workflows", "comfy"} else 2])


def accept(world: World, request: Request, endpoint: str, *, queued: bool) -> Job | Reply:
    """Take a submission on, or say why not. A bad input is no reason for the queue (§3.2), it is for a run (§2)."""
    request_id = new_id(world.clock())
    named = {"x-fal-request-id": request_id}
    refused = refusal(request, world.key, app=short(endpoint), spends=True) or _no_such_app(endpoint)
    if refused:
        refused.headers.update(named)
        return refused
    try:
        body = request.json()
        script = _submission_script(world, request, endpoint, calls_of(endpoint, body))
    except UnknownFaultError as error:
        return json_reply(400, {"detail": str(error)}, named)
    except ValueError as error:
        return json_reply(422, {"detail": not_json(error)}, named | _NOT_BILLED)
    struck = _before(world, request, endpoint, script, request_id)
    if struck:
        return struck
    wrong = problems(schema_of(endpoint), body, lambda url: is_gone(world, url))
    if wrong and not queued:
        return json_reply(422, {"detail": wrong}, named | _NOT_BILLED)
    return _accepted(world, request, _job(world, request, request_id, endpoint, body, wrong, queued=queued), script)


def unheard(world: World, job: Job) -> Reply | None:
    """Give the answer that the caller of an accepted submission gets in place of the true one, if a fault says so."""
    for script in (world.injected, job.submission):
        for name, kind in UNHEARD.items():
            if script.strikes(name):
                return answer(kind)
    return None


def _no_such_app(endpoint: str) -> Reply | None:
    if "/" in endpoint and not endpoint.startswith("sandbox/missing"):
        return None
    return json_reply(404, {"detail": f'Application "{short(endpoint).rpartition("/")[2]}" not found'})


def _submission_script(world: World, request: Request, endpoint: str, calls: list[str]) -> Script:
    """Keep the faults of a submission by its content: the same body sent again finds them counted down."""
    content = hashlib.sha256(endpoint.encode() + request.body).hexdigest()
    with world.lock:
        return world.scripts.setdefault(content, Script(calls))


def _before(world: World, request: Request, endpoint: str, script: Script, request_id: str) -> Reply | None:
    """Whatever keeps a submission from being accepted."""
    if script.strikes("hostile-submit-redirect") and not request.role.elsewhere:
        return Reply(307, headers={"location": f"{world.hostile_url}/{endpoint}"})
    if script.strikes("submit-422-echo"):
        text = f"Not understood: Authorization: {request.authorization}"
        return json_reply(422, {"detail": text}, {"x-fal-request-id": request_id})
    most = request.first("fal_max_queue_length")
    if most.isdigit() and _waiting(world, endpoint) > int(most):
        return json_reply(429, {"detail": "Queue is full"}, {"x-fal-request-id": request_id})
    return failure((world.injected, script), "submit", request_id, but=UNHEARD)


def _waiting(world: World, endpoint: str) -> int:
    now = world.clock()
    return sum(job.endpoint == endpoint and job.phase(now) is Phase.IN_QUEUE for job in [*world.jobs.values()])


def _job(
    world: World, request: Request, request_id: str, endpoint: str, body: Any, wrong: list[Json], *, queued: bool
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
        accepted_at=world.clock(),
        queued=queued,
        queued_for=queued_for / world.speed if queued else 0.0,
        running_for=running_for / world.speed if queued or "slow" in script else 0.0,
        problems=wrong,
        input_size=_input_size(world, body),
        calls=calls,
        start_timeout=_start_timeout(request),
    )


def _accepted(world: World, request: Request, job: Job, script: Script) -> Job:
    job.submission = script
    world.keep(job)
    world.ledger.accept(
        Submission(job.request_id, job.endpoint, job.body, job.queued, request.headers, job.accepted_at)
    )
    return job


def _input_size(world: World, body: Any) -> Size | None:
    """Give the size of the first picture that came along, if it can be read here."""
    if not isinstance(body, dict):
        return None
    several = body.get("image_urls")
    url = body.get("image_url") or (several[0] if isinstance(several, list) and several else None)
    data = bytes_of(world, url) if isinstance(url, str) else None
    return size_of(data) if data else None


def _start_timeout(request: Request) -> float | None:
    """Both names of the header; the newer wins (§10)."""
    for name in ("x-fal-request-start-timeout", "x-fal-request-timeout"):
        try:
            return float(request.headers[name])
        except (KeyError, ValueError):
            continue
    return None
