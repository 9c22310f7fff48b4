"""The status as server-sent events: `GET .../status/stream`."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from .http_message import Ending, Reply, json_reply, no_answer
from .jobs import Phase
from .queue_routes import find_to_read, status_body, wants_logs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .http_message import Json, Request
    from .jobs import Job
    from .state import State

_CHECK_INTERVAL = 0.02  # seconds
_PING_INTERVAL = 1.0  # seconds of silence after which a comment is sent
_EVENTS = {"content-type": "text/event-stream", "cache-control": "no-cache"}
_GARBAGE = [b"data: {not json\n\n", b"data: 12\n\n", b"\xff\xfe\x00: \x80\n\n", b"event: \x1b[31m\ndata:\n\n"]


def stream(state: State, request: Request, app: str, request_id: str) -> Reply:
    """Send each change as one event with only the new log lines, and end after COMPLETED."""
    job = find_to_read(state, request, app, request_id)
    if isinstance(job, Reply):
        return job
    return _bad_stream(state, request, job) or Reply(200, _events(state, request, job), dict(_EVENTS))


def _events(state: State, request: Request, job: Job) -> Iterator[bytes]:
    said, before, spoke = 0, None, time.monotonic()
    while not state.stopping.is_set():
        body = status_body(state, request, job, state.clock(), with_logs=wants_logs(request))
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
    body = status_body(state, request, job, now, with_logs=False)
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
