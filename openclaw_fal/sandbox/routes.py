"""Routes requests. One origin serves all of fal's services, which differ by path.

Only the host says whether a `POST` of an endpoint id means the queue or a synchronous run. In this order: the queue's
own listener and a host that begins with `queue.` mean the queue; the host `fal.run` means a run; the header
`X-Fal-Queue-Priority` means the queue; else videos are queued and all others run, as OpenClaw does with its one base
URL.
"""

from __future__ import annotations

import json
import re
from http import HTTPStatus
from typing import TYPE_CHECKING

from . import account_routes, cdn, listing, prices, storage
from .connection import Reply, Role, json_reply
from .endpoints import endpoint_of
from .faults import FAULTS, UnknownFaultError
from .queue_routes import cancel, result, run, run_as_events, status, stream, submit

if TYPE_CHECKING:
    from collections.abc import Callable

    from .connection import Request
    from .state import State

_HELP = """A pretend fal on this machine: no key, no cost, placeholder files.

  export OPENCLAW_FAL_BASE_URL={origin} FAL_KEY=any:key
  {origin}/sandbox/ledger   what was accepted and requested (JSON)
  POST {origin}/sandbox/reset   forget everything
  POST {origin}/sandbox/inject   {{"faults": ["poll-502*3"]}}

Keys whose id starts with bad, locked or noscope are refused; one that starts with admin may read
billing events. Faults, as [fault:NAME], [fault:NAME*TIMES] or
[fault:NAME-NUMBER] anywhere in a prompt, or as the model sandbox/fault/NAME or sandbox/fault/image-NAME:

{faults}
"""
_RUN_HOSTS = {"fal.run", "falrun.com"}
_REQUEST = r"/(?P<app>[^?]+?)/requests/(?P<request_id>[^/]+)"
_FILE = r"(?P<path>/files/.+?)"


def answer(state: State, request: Request) -> Reply:
    """Answer one request. It is recorded in the ledger unless it is about the sandbox itself."""
    path = request.path.rstrip("/") or "/"
    for methods, pattern, name, serve in _ROUTES:
        match = pattern.fullmatch(path) if request.method in methods else None
        if match:
            reply = serve(state, request, **match.groupdict())
            return _recorded(state, request, name, reply) if name else reply
    match = _ENDPOINT.fullmatch(path) if request.method == "POST" else None
    if match:
        name, serve, endpoint = _submission(request, match[1])
        return _recorded(state, request, name, serve(state, request, endpoint))
    missing, wrong = (HTTPStatus.NOT_FOUND, "Not Found"), (HTTPStatus.METHOD_NOT_ALLOWED, "Method Not Allowed")
    code, detail = missing if "%" in path else wrong
    return _recorded(state, request, "unknown", json_reply(code, {"detail": detail}))


def _recorded(state: State, request: Request, name: str, reply: Reply) -> Reply:
    state.ledger.note(request, name, reply.status, state.clock())
    return reply


def _submission(request: Request, endpoint: str) -> tuple[str, Callable[[State, Request, str], Reply], str]:
    """Return a POST's name in the ledger, the function that answers it, and the endpoint that it is for."""
    if "text/event-stream" in request.headers.get("accept", ""):
        is_known = endpoint_of(endpoint).inputs is not None  # some ids end in /stream
        return "run", run_as_events, endpoint if is_known else endpoint.removesuffix("/stream")
    return ("submit", submit, endpoint) if _is_for_queue(request, endpoint) else ("run", run, endpoint)


def _is_for_queue(request: Request, endpoint: str) -> bool:
    host = request.host.partition(":")[0]
    if request.role is Role.QUEUE or host.startswith("queue."):
        return True
    if host in _RUN_HOSTS:
        return False
    return "x-fal-queue-priority" in request.headers or endpoint_of(endpoint).kind == "video"


def _help(_state: State, request: Request) -> Reply:
    """Answer `GET /`, for people who open the address in a browser."""
    faults = "\n".join(f"  {name:26} {fault.about}" for name, fault in FAULTS.items())
    text = _HELP.format(origin=f"{request.scheme}://{request.host}", faults=faults)
    return Reply(200, text.encode(), {"content-type": "text/plain; charset=utf-8"})


def _ledger(state: State, _request: Request) -> Reply:
    return json_reply(200, state.ledger.report())


def _reset(state: State, _request: Request) -> Reply:
    state.reset()
    return json_reply(200, {"ok": True})


def _inject(state: State, request: Request) -> Reply:
    """Answer `POST /sandbox/inject` with `{"faults": ["poll-502*3"]}`: each hits the next request of its kind."""
    try:
        for call in request.json()["faults"]:
            state.inject(call)
    except UnknownFaultError as error:
        return json_reply(400, {"detail": str(error)})
    except (json.JSONDecodeError, TypeError, KeyError):
        return json_reply(400, {"detail": 'Send {"faults": ["name", ...]}.'})
    return json_reply(200, {"ok": True})


_ENDPOINT = re.compile(r"/([^/%][^%]*)")  # slashes of an endpoint id are not escaped
# Methods, path, name in the ledger (none: not recorded), function. The first match counts.
_ROUTES: list[tuple[set[str], re.Pattern[str], str, Callable[..., Reply]]] = [
    (set(methods.split()), re.compile(pattern, re.DOTALL), name, serve)
    for methods, pattern, name, serve in (
        ("GET", r"/", "", _help),
        ("GET", r"/sandbox/ledger", "", _ledger),
        ("POST", r"/sandbox/reset", "", _reset),
        ("POST", r"/sandbox/inject", "", _inject),
        ("GET", r"/v1/models", "models", listing.listing),
        ("GET", r"/v1/models/pricing", "pricing", prices.pricing),
        ("POST", r"/v1/models/pricing/estimate", "estimate", prices.estimate),
        ("GET", r"/v1/models/requests/by-endpoint", "history", account_routes.history),
        ("GET", r"/v1/models/billing-events", "billing", account_routes.billing_events),
        ("GET", r"/api/openapi/queue/openapi\.json", "openapi", listing.openapi),
        ("POST", r"/storage/upload/initiate(?:-multipart)?", "initiate", storage.initiate),
        ("POST", r"/storage/auth/token", "token", storage.token),
        ("POST", r"/tokens", "jwt", storage.jwt),
        ("POST", r"/files/upload", "upload", storage.single_shot),
        ("POST", r"/files/upload/multipart", "upload", storage.begin_parts),
        ("PUT", _FILE + r"/multipart/(?P<upload_id>[^/]+)/(?P<number>\d+)", "part", storage.token_part),
        ("POST", _FILE + r"/multipart/(?P<upload_id>[^/]+)/complete", "complete", storage.token_complete),
        ("PUT", _FILE + r"/(?P<number>\d+)", "put", storage.put_part),
        ("POST", _FILE + r"/complete", "complete", storage.complete),
        ("PUT", r"/files/.+", "put", storage.put),
        ("GET HEAD", r"/files/.+", "download", cdn.download),
        ("GET", _REQUEST + r"/status", "status", status),
        ("GET", _REQUEST + r"/status/stream", "stream", stream),
        ("PUT", _REQUEST + r"/cancel", "cancel", cancel),
        ("GET", _REQUEST + r"(?:/response)?", "result", result),
    )
]
