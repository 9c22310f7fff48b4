"""The queue's routes: submit, status and its stream of events, result and cancel; and synchronous runs."""

from __future__ import annotations

import json
import time
from http import HTTPStatus
from typing import TYPE_CHECKING

from .authorization import refusal
from .connection import Ending, Reply, json_reply, no_answer
from .error_replies import UNKNOWN_REQUEST, failure
from .job_result import error_fields, job_reply
from .jobs import Job, Phase, log_lines
from .submissions import accept, app_of, lost_answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .connection import Json, Request
    from .state import State

_FLAP = 0.25  # seconds of each state when the status flaps, at speed 1
_EARLY = {"detail": "Request is still in progress"}
_TOO_LATE = {"status": "ALREADY_COMPLETED"}
_CANCELLING = {"status": "CANCELLATION_REQUESTED"}
_CHECK_INTERVAL = 0.02  # seconds
_PING_INTERVAL = 1.0  # seconds of silence after which a comment is sent
_EVENTS = {"content-type": "text/event-stream", "cache-control": "no-cache"}
_GARBAGE = [b"data: {not json\n\n", b"data: 12\n\n", b"\xff\xfe\x00: \x80\n\n", b"event: \x1b[31m\ndata:\n\n"]


def run(state: State, request: Request, endpoint: str) -> Reply:
    """Answer a synchronous run with the model's own reply, at once unless a fault makes it slow."""
    job = accept(state, request, endpoint, queued=False)
    if isinstance(job, Reply):
        return job
    lost = lost_answer(state, job)
    if lost:
        return lost
    if "never" in job.script:
        return no_answer(Ending.STALL)
    state.stopping.wait(job.running_for)
    fault = failure((state.injected, job.script), "result", job.request_id)
    return fault or job_reply(state, job, state.file_origin(request))


def run_as_events(state: State, request: Request, endpoint: str) -> Reply:
    """Answer a synchronous run with events, of which each has more of the text; anything else comes in one."""
    reply = run(state, request, endpoint)
    if reply.status != HTTPStatus.OK or not isinstance(reply.body, bytes):
        return reply
    output = json.loads(reply.body)
    return Reply(200, map(_event, _growing(output)), {**reply.headers, **_EVENTS})


def _growing(output: Json) -> Iterator[Json]:
    text = output.get("output")
    words = text.split(" ") if isinstance(text, str) else []
    yield from ({**output, "output": " ".join(words[:count])} for count in range(1, len(words)))
    yield output


def submit(state: State, request: Request, endpoint: str) -> Reply:
    """Answer a submission to the queue."""
    job = accept(state, request, endpoint, queued=True)
    if isinstance(job, Reply):
        return job
    lost = lost_answer(state, job)
    if lost:
        return lost
    body = _status_body(state, request, job, job.accepted_at, with_logs=False)
    if job.submission.triggers("submit-no-urls"):
        body = {name: value for name, value in body.items() if not name.endswith("_url")}
    if job.submission.triggers("submit-no-id"):
        del body["request_id"]
    return json_reply(200, body, {"x-fal-request-id": job.request_id})


def status(state: State, request: Request, app: str, request_id: str) -> Reply:
    """Answer `GET .../status`: 202 until the job is completed, then 200."""
    job = _find_to_read(state, request, app, request_id)
    if isinstance(job, Reply):
        return job
    if "hostile-status-redirect" in job.script and not request.role.is_foreign:
        return Reply(302, headers={"location": f"{state.hostile_url}{request.path}"})
    body = _status_body(state, request, job, state.clock(), with_logs=_wants_logs(request))
    done = body["status"] == Phase.COMPLETED.value
    headers = {"x-fal-request-id": job.request_id}
    return json_reply(200 if done or "status-200" in job.script else 202, body, headers)


def stream(state: State, request: Request, app: str, request_id: str) -> Reply:
    """Send each change as one event with only the new log lines, and end after COMPLETED."""
    job = _find_to_read(state, request, app, request_id)
    if isinstance(job, Reply):
        return job
    return _bad_stream(state, request, job) or Reply(200, _events(state, request, job), dict(_EVENTS))


def result(state: State, request: Request, app: str, request_id: str) -> Reply:
    """Answer `GET .../requests/{id}` with the code, headers and body of the model's own reply."""
    job = _find(state, request, app, request_id)
    if isinstance(job, Reply):
        return job
    if "hostile-result-redirect" in job.script and not request.role.is_foreign:
        return Reply(302, headers={"location": f"{state.hostile_url}{request.path}"})
    if job.phase(state.clock()) is not Phase.COMPLETED:
        return json_reply(400, _EARLY, {"x-fal-request-id": job.request_id})
    fault = failure((state.injected, job.script), "result", job.request_id)
    if fault:
        return fault
    job.fetched.add("result")
    return job_reply(state, job, state.file_origin(request))


def cancel(state: State, request: Request, app: str, request_id: str) -> Reply:
    """Answer `PUT .../cancel`: 202, or 400 when it is too late."""
    job = _find(state, request, app, request_id)
    if isinstance(job, Reply):
        return job
    fault = failure((state.injected, job.script), "cancel", job.request_id)
    if fault:
        return fault
    now = state.clock()
    if job.phase(now) is Phase.COMPLETED or "cancel-completed" in job.script:
        return json_reply(400, _TOO_LATE)
    if "cancel-ignored" not in job.script:
        job.cancelled_at = now
        state.keep(job)
    return json_reply(200, {"status": "OK"}) if "cancel-200" in job.script else json_reply(202, _CANCELLING)


def _find_to_read(state: State, request: Request, app: str, request_id: str) -> Job | Reply:
    """Find the job of a poll or a stream; a fault of the status route comes first."""
    job = _find(state, request, app, request_id)
    if isinstance(job, Reply):
        return job
    return failure((state.injected, job.script), "poll", job.request_id) or job


def _find(state: State, request: Request, app: str, request_id: str) -> Job | Reply:
    refused = refusal(request, state.key)
    if refused:
        return refused
    job = state.find(request_id)
    known = job and job.queued and app in {app_of(job.endpoint), job.endpoint}
    gone = job and "retention-gone" in job.script and "result" in job.fetched
    return job if job and known and not gone else json_reply(404, UNKNOWN_REQUEST)


def _wants_logs(request: Request) -> bool:
    """Say whether logs are wanted: the JavaScript client sends `1`, the Python client `true`."""
    return request.first("logs", "0").lower() in {"1", "true"}


def _status_body(state: State, request: Request, job: Job, now: float, *, with_logs: bool) -> Json:
    """Make a status object, with `logs` and `queue_position` where the Python client relies on them."""
    phase = _shown(state, job, now)
    body: Json = {"status": phase.value, "request_id": job.request_id, **_urls(state, request, job)}
    body |= {"logs": None, "metrics": {}}
    if phase is Phase.IN_QUEUE:
        return body | {"queue_position": job.position(now)}
    if with_logs:
        body["logs"] = log_lines(job, now)
    if phase is Phase.COMPLETED:
        return body | {"metrics": {"inference_time": round(job.running_for, 3)}, **error_fields(job)}
    return body | ({"status": "PREPARING"} if "unknown-status" in job.script else {})


def _shown(state: State, job: Job, now: float) -> Phase:
    """Return the job's phase, or what a flapping status claims."""
    phase = job.phase(now)
    turns = int((now - job.accepted_at) * state.speed / _FLAP)
    return Phase.IN_QUEUE if "flap" in job.script and phase is Phase.IN_PROGRESS and turns % 2 else phase


def _urls(state: State, request: Request, job: Job) -> Json:
    """Return the three URLs, on the origin that the caller used and with the application instead of the full id."""
    long = "long-urls" in job.script
    path = f"/{job.endpoint if long else app_of(job.endpoint)}/requests/{job.request_id}"
    tails = {"response": "/response" if long else "", "status": "/status", "cancel": "/cancel"}
    own = state.origin(request)
    hostile = {kind for kind in tails if f"hostile-{kind}-url" in job.script}
    return {
        f"{kind}_url": (state.hostile_url if kind in hostile else own) + path + tail for kind, tail in tails.items()
    }


def _events(state: State, request: Request, job: Job) -> Iterator[bytes]:
    said, before, spoke = 0, None, time.monotonic()
    while not state.stopping.is_set():
        body = _status_body(state, request, job, state.clock(), with_logs=_wants_logs(request))
        entries = body["logs"] or []
        shown = (body["status"], body.get("queue_position"))
        if shown != before or len(entries) > said:
            yield _event({**body, "logs": entries[said:] if body["logs"] is not None else None})
            said, before, spoke = len(entries), shown, time.monotonic()
        elif time.monotonic() - spoke > _PING_INTERVAL:
            yield b": ping\n\n"
            spoke = time.monotonic()
        if body["status"] == Phase.COMPLETED.value:
            return
        state.stopping.wait(_CHECK_INTERVAL)


def _event(body: Json) -> bytes:
    return f"data: {json.dumps(body)}\n\n".encode()


def _bad_stream(state: State, request: Request, job: Job) -> Reply | None:
    script, now = job.script, state.clock()
    body = _status_body(state, request, job, now, with_logs=False)
    if script.triggers("stream-404"):
        return json_reply(404, {"detail": "Not Found"})
    if script.triggers("stream-405"):
        return json_reply(405, {"detail": "Method Not Allowed"}, {"allow": "PUT"})
    if script.triggers("stream-stall"):
        return no_answer(Ending.STALL)
    if script.triggers("stream-html"):
        return Reply(200, b"<html><body>Sign in to the network</body></html>", {"content-type": "text/html"})
    if script.triggers("stream-silent"):
        return Reply(200, iter(()), dict(_EVENTS), ending=Ending.STALL)
    if script.triggers("stream-garbage"):
        return Reply(200, iter(_GARBAGE), dict(_EVENTS))
    if script.triggers("stream-ends"):
        return Reply(200, iter([_event(body)]), dict(_EVENTS))
    if script.triggers("stream-lies"):
        return Reply(200, iter([_event(body | {"status": "COMPLETED", "logs": []})]), dict(_EVENTS))
    if script.triggers("stream-cut"):
        return Reply(200, iter([_event(body), _event(body)[:40]]), dict(_EVENTS), ending=Ending.RESET)
    return None
