"""Bad answers by name, the same for every route: `submit-502-nginx`, `poll-429-after` and `result-500` end here."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

from .http_message import Ending, Reply, json_reply, no_answer

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator

    from .faults import Script

LOCKED = {"detail": "User is locked. Reason: Exhausted balance. Top up your balance at fal.ai/dashboard/billing."}
UNKNOWN_KEY = {"detail": "invalid key credentials"}
NOT_FOUND = {"status": "NOT_FOUND"}
_A_DAY = 86400
_HUGE = 64  # MiB after which even "JSON without end" ends, lest a careless client fill its machine
_PAGE = (
    "<html>\r\n<head><title>{0}</title></head>\r\n<body><center><h1>{0}</h1></center><hr><center>nginx</center></body>"
)


def ingress(status: int, reason: str) -> Reply:
    """Answer as what stands before fal does: in HTML and without x-fal-request-id (fal-http.md §4.1 F)."""
    return Reply(status, _PAGE.format(f"{status} {reason}").encode(), {"content-type": "text/html"})


def infra(status: int, kind: str, text: str, **headers: str) -> Reply:
    """Shape C of fal-http.md §4.1."""
    more = {"x-fal-error-type": kind, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return json_reply(status, {"detail": text, "error_type": kind}, more)


def _too_many(retry_after: str = "") -> Reply:
    return json_reply(429, {"detail": "Too many requests"}, {"retry-after": retry_after} if retry_after else {})


def _date(seconds: int) -> str:
    # HTTP dates have whole seconds: round up, so that the wait is never shorter than was asked for.
    return format_datetime(datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=seconds + 1), usegmt=True)


def _cut() -> Reply:
    return Reply(200, b'{"status": "IN_PROGR', {"content-type": "application/json"}, length=5000, ending=Ending.CLOSE)


def _endless() -> Iterator[bytes]:
    yield b'{"status": "IN_PROGRESS", "logs": ["'
    for _ in range(_HUGE * 16):
        yield b"x" * 65536
    yield b'"]}'


def _policy() -> Reply:
    text = "The content could not be processed because it contained material flagged by a content checker."
    kind = "content_policy_violation"
    entry = {"loc": ["body", "prompt"], "msg": text, "type": kind, "url": f"https://docs.fal.ai/errors#{kind}"}
    return json_reply(422, {"detail": [entry]}, {"x-fal-retryable": "false"})


def _list() -> Reply:
    text = "Input should be less than or equal to 4"
    context = {"le": 4}
    entry = {"type": "less_than_equal", "loc": ["body", "num_images"], "msg": text, "input": 9, "ctx": context}
    return json_reply(422, {"detail": [entry]}, {"x-fal-billable-units": "0"})


def _garbage(text: bytes) -> Reply:
    return Reply(200, text, {"content-type": "application/json"})


_KINDS: dict[str, Callable[[int], Reply]] = {
    "401": lambda _: json_reply(401, UNKNOWN_KEY),
    "403": lambda _: json_reply(403, {"detail": "Signature expired"}),
    "403-locked": lambda _: json_reply(403, LOCKED),
    "403-scope": lambda _: json_reply(403, {"detail": "This key may not be used for this endpoint."}),
    "404": lambda _: json_reply(404, NOT_FOUND),
    "404-app": lambda _: json_reply(404, {"detail": 'Application "missing" not found'}),
    "408": lambda _: json_reply(408, {"detail": "Request timeout"}),
    "422": lambda _: _list(),
    "422-list": lambda _: _list(),
    "422-string": lambda _: json_reply(422, {"detail": "The prompt is too long for this model."}),
    "content-policy": lambda _: _policy(),
    "400-early": lambda _: json_reply(400, {"detail": "Request is still in progress"}),
    "429": lambda _: _too_many(),
    "429-after": lambda seconds: _too_many(str(seconds)),
    "429-date": lambda seconds: _too_many(_date(seconds)),
    "429-far": lambda _: _too_many(str(_A_DAY)),
    "500": lambda _: json_reply(500, {"detail": "Internal Server Error"}),
    "502": lambda _: ingress(502, "Bad Gateway"),
    "502-nginx": lambda _: ingress(502, "Bad Gateway"),
    "503": lambda _: ingress(503, "Service Temporarily Unavailable"),
    "503-ingress": lambda _: ingress(503, "Service Temporarily Unavailable"),
    "503-fal": lambda _: infra(503, "runner_scheduling_failure", "No runner could be scheduled"),
    "504": lambda _: ingress(504, "Gateway Time-out"),
    "504-ingress": lambda _: ingress(504, "Gateway Time-out"),
    "504-user": lambda _: infra(504, "request_timeout", "Request timed out", x_fal_request_timeout_type="user"),
    "reset": lambda _: no_answer(Ending.RESET),
    "drop-before": lambda _: no_answer(Ending.RESET),
    "stall-before": lambda _: no_answer(Ending.STALL),
    "stall": lambda _: no_answer(Ending.STALL),
    "cut": lambda _: _cut(),
    "garbage": lambda _: _garbage(b"<!doctype html><p>this is not JSON</p>"),
    "empty": lambda _: _garbage(b""),
    "huge": lambda _: Reply(200, _endless(), {"content-type": "application/json"}),
}
# What happens to the answer of a submission that was accepted, as kinds of failure.
UNHEARD = {
    "submit-drop-after": "reset",
    "submit-stall": "stall",
    "submit-cut": "cut",
    "submit-garbage": "garbage",
    "submit-empty": "empty",
    "submit-502-after": "502",
}
# What happens to a file on its way is another matter than a bad answer of the same name.
SPOILED = {"download-cut", "download-stall", "download-empty"}
_STAGES = {"submit", "poll", "result", "cancel", "download", "models", "upload", "put"}
# These come from before fal, or not at all: no x-fal-request-id on them.
_NOT_FROM_FAL = {"502", "502-nginx", "503", "503-ingress", "504", "504-ingress", "cut", "huge", "garbage", "empty"}


def answer(kind: str, number: int = 0, request_id: str = "") -> Reply:
    """One kind of bad answer."""
    reply = _KINDS[kind](number)
    if reply.status and kind not in _NOT_FROM_FAL and request_id:
        reply.headers["x-fal-request-id"] = request_id
    return reply


def failure(scripts: tuple[Script, ...], stage: str, request_id: str = "", *, but: Container[str] = ()) -> Reply | None:
    """Give the bad answer that strikes now at this stage, if one does; `but` are names that the stage does itself."""
    for script in scripts:
        for name in script.names(f"{stage}-"):
            kind = name.removeprefix(f"{stage}-").removesuffix("-once")
            if kind in _KINDS and name not in but and script.strikes(name):
                return answer(kind, script.number(name), request_id)
    return None


def injectable(name: str) -> bool:
    """Say whether a fault can strike by itself, without a job whose script it stands in."""
    stage, _, kind = name.partition("-")
    if stage not in _STAGES:
        return name == "hostile-upload-url"
    return name in UNHEARD or name == "models-loop" or (kind.removesuffix("-once") in _KINDS and name not in SPOILED)
