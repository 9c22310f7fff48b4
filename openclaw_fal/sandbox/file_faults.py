"""The download of a file, and everything that can go wrong with it on demand."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from .artifacts import plans
from .blobs import Blob
from .cdn import NOT_FOUND, blob, made_by, serve
from .error_replies import DOWNLOAD_FAULTS, failure
from .http_message import Ending, Reply, json_reply

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .faults import Script
    from .http_message import Request
    from .jobs import Job
    from .state import State

_PAGE = b"<!DOCTYPE html><html><head><title>503</title></head><body>Service unavailable</body></html>"
_SLOW_PIECES = 40
_WRONG_OFFSET = 7  # bytes by which a bad range is off


def download(state: State, request: Request) -> Reply:
    """Answer a `GET` or `HEAD` of anything under /files/."""
    made = made_by(state, request.path)
    if not made:
        return serve(request, blob(state, request.path))
    job, number = made
    script = job.script
    fault = _fault(state, request, job, last=number == len(plans(job)) - 1)
    if fault:
        return fault
    if "retention-gone" in script and request.path in job.fetched:
        return json_reply(404, NOT_FOUND)
    reply = _served(request, script, _altered(script, blob(state, request.path)))
    if request.method == "GET" and reply.length:
        job.fetched.add(request.path)
        _damage(state, script, reply)
    return reply


def _fault(state: State, request: Request, job: Job, *, last: bool) -> Reply | None:
    """Return a reply that is not the file at all, if a fault says so."""
    script = job.script
    if "hostile-download-redirect" in script and not request.role.is_foreign:
        return Reply(302, headers={"location": f"{state.hostile_url}{request.path}"})
    if last and (script.triggers("one-of-n-404") or script.triggers("one-of-n-404-once")):
        return json_reply(404, NOT_FOUND)
    if script.triggers("download-html") or (last and script.triggers("one-of-n-html")):
        return Reply(200, _PAGE, {"content-type": plans(job)[0].content_type})
    return failure((state.injected, script), "download", but=DOWNLOAD_FAULTS)


def _altered(script: Script, found: Blob | None) -> Blob | None:
    if found and "download-empty" in script:
        return Blob(b"", found.content_type, found.tag)
    if found and "download-1-byte" in script:
        return Blob(found.data[:1], found.content_type, found.tag)
    if found and "download-wrong-type" in script:
        return Blob(found.data, "application/octet-stream", found.tag, found.place, found.megabytes, found.fill)
    return found


def _served(request: Request, script: Script, found: Blob | None) -> Reply:
    ranges = "download-cut-norange" not in script and "download-no-length-cut" not in script
    reply = serve(request, found, ranges=ranges)
    if found and reply.status == 206 and "download-bad-range" in script:
        start = int(reply.headers["content-range"].split()[1].partition("-")[0])
        wrong = max(0, start - _WRONG_OFFSET)
        reply.headers["content-range"] = f"bytes {wrong}-{found.size - 1}/{found.size}"
        reply.body, reply.length = found.read(wrong, found.size), found.size - wrong
    return reply


def _damage(state: State, script: Script, reply: Reply) -> None:
    """Cut, stall or slow down the body that is about to go out, or hide its length."""
    cuts = ("download-cut", "download-cut-norange", "download-changed", "download-bad-range")
    if any(script.triggers(name) for name in cuts):
        reply.body, reply.ending = _half(reply.body, reply.length), Ending.CLOSE
    elif script.triggers("download-stall"):
        reply.body, reply.ending = _half(reply.body, reply.length), Ending.STALL
    elif "download-no-length" in script or "download-no-length-cut" in script:
        if script.triggers("download-no-length-cut"):
            reply.body = _half(reply.body, reply.length)
        reply.length = None
        reply.headers["connection"] = "close"
    elif "download-slow" in script:
        data = reply.body if isinstance(reply.body, bytes) else b"".join(reply.body)
        reply.body = _slowly(state, data, script.number("download-slow") / state.speed)


def _half(body: bytes | Iterable[bytes | memoryview], length: int | None) -> Iterator[bytes | memoryview]:
    """Yield the first half of a body, and make no more of it."""
    left = (length or 0) // 2
    for piece in [body] if isinstance(body, bytes) else body:
        if left <= 0:
            return
        yield piece[:left]
        left -= len(piece)


def _slowly(state: State, data: bytes, seconds: float) -> Iterator[bytes]:
    step = max(1, len(data) // _SLOW_PIECES)
    for at in range(0, len(data), step):
        if state.stopping.is_set():
            return
        yield data[at : at + step]
        time.sleep(seconds / _SLOW_PIECES)
