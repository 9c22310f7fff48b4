"""Bad answers by name, the same for every route, for faults such as `submit-502-nginx` or `poll-429-after`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

from .connection import Ending, Reply, json_reply, no_answer

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator

    from .faults import Script

LOCKED = {"detail": "User is locked. Reason: Exhausted balance. Top up your balance at fal.ai/dashboard/billing."}
UNKNOWN_KEY = {"detail": "invalid key credentials"}
NO_SCOPE = {"detail": "This key may not be used for this endpoint."}
UNKNOWN_REQUEST = {"status": "NOT_FOUND"}
NOT_FOUND = {"detail": "Not found"}
_A_DAY = 86400
_HUGE = 64  # MiB of "JSON without end", so that a careless client does not fill its memory
_PAGE = (
    "<html>\r\n<head><title>{0}</title></head>\r\n<body><center><h1>{0}</h1></center><hr><center>nginx</center></body>"
)


def ingress(status: int, reason: str) -> Reply:
    """Answer as the proxy in front of fal does: in HTML and without x-fal-request-id."""
    return Reply(status, _PAGE.format(f"{status} {reason}").encode(), {"content-type": "text/html"})


def infra(status: int, kind: str, text: str, **headers: str) -> Reply:
    """Answer as fal's infrastructure does, with an `error_type`."""
    more = {"x-fal-error-type": kind, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return json_reply(status, {"detail": text, "error_type": kind}, more)


def _too_many(retry_after: str = "") -> Reply:
    return json_reply(429, {"detail": "Too many requests"}, {"retry-after": retry_after} if retry_after else {})


def _date(seconds: int) -> str:
    # HTTP dates have whole seconds: rounded up, so that the wait is never too short.
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
    "403-scope": lambda _: json_reply(403, NO_SCOPE),
    "404": lambda _: json_reply(404, UNKNOWN_REQUEST),
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
# Faults that lose the answer of an accepted submission, and the bad answer that comes instead.
LOST_ANSWERS = {
    "submit-drop-after": "reset",
    "submit-stall": "stall",
    "submit-cut": "cut",
    "submit-garbage": "garbage",
    "submit-empty": "empty",
    "submit-502-after": "502",
}
# Downloads handle these themselves: they damage the file instead of replacing the answer.
DOWNLOAD_FAULTS = {"download-cut", "download-stall", "download-empty"}
_STAGES = {
    *("submit", "poll", "result", "cancel", "download"),
    *("models", "price", "history", "billing", "upload", "put"),
}
# These are about one job and are no bad answers.
_OF_JOBS = {"history-empty"}
# These do not come from fal itself and lack x-fal-request-id.
_NOT_FROM_FAL = {"502", "502-nginx", "503", "503-ingress", "504", "504-ingress", "cut", "huge", "garbage", "empty"}


def answer(kind: str, number: int = 0, request_id: str = "") -> Reply:
    """Make a bad answer of one kind."""
    reply = _KINDS[kind](number)
    if reply.status and kind not in _NOT_FROM_FAL and request_id:
        reply.headers["x-fal-request-id"] = request_id
    return reply


def failure(scripts: tuple[Script, ...], stage: str, request_id: str = "", *, but: Container[str] = ()) -> Reply | None:
    """Return the bad answer that a fault orders now for this stage; the stage handles the names in `but` itself."""
    for script in scripts:
        for name in script.names(f"{stage}-"):
            kind = name.removeprefix(f"{stage}-").removesuffix("-once")
            if kind in _KINDS and name not in but and script.triggers(name):
                return answer(kind, script.number(name), request_id)
    return None


def injectable(name: str) -> bool:
    """Say whether a fault can be injected, without a job that asks for it."""
    stage, _, kind = name.partition("-")
    if stage not in _STAGES:
        return name == "hostile-upload-url"
    is_bad_answer = kind.removesuffix("-once") in _KINDS and name not in DOWNLOAD_FAULTS | _OF_JOBS
    return is_bad_answer or name in LOST_ANSWERS or name == "models-loop"
