"""A file on its way to the caller, and everything that can happen to it there."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from .artifacts import plans
from .blobs import Blob
from .cdn import MISSING, blob, joined, made_by, serve
from .error_replies import SPOILED, failure
from .http_message import Ending, Reply, json_reply

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .faults import Script
    from .http_message import Request
    from .jobs import Job
    from .state import State

_PAGE = b"<!DOCTYPE html><html><head><title>503</title></head><body>Service unavailable</body></html>"
_DRIP = 40  # pieces of a slow file
_OFF = 7  # bytes by which a bad range is off


def download(state: State, request: Request) -> Reply:
    """`GET` or `HEAD` of anything under /files/."""
    made = made_by(state, request.path)
    if not made:
        return serve(request, blob(state, request.path))
    job, number = made
    script = job.script
    struck = _struck(state, request, job, last=number == len(plans(job)) - 1)
    if struck:
        return struck
    if "retention-gone" in script and request.path in job.fetched:
        return json_reply(404, MISSING)
    reply = _served(request, script, _altered(script, blob(state, request.path)))
    if request.method == "GET" and reply.length:
        job.fetched.add(request.path)
        _spoil(state, script, reply)
    return reply


def _struck(state: State, request: Request, job: Job, *, last: bool) -> Reply | None:
    """Give an answer that is not the file at all."""
    script = job.script
    if "hostile-download-redirect" in script and not request.role.elsewhere:
        return Reply(302, headers={"location": f"{state.hostile_url}{request.path}"})
    if last and (script.strikes("one-of-n-404") or script.strikes("one-of-n-404-once")):
        return json_reply(404, MISSING)
    if script.strikes("download-html") or (last and script.strikes("one-of-n-html")):
        return Reply(200, _PAGE, {"content-type": plans(job)[0].content_type})
    return failure((state.injected, script), "download", but=SPOILED)


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
        wrong = max(0, start - _OFF)
        reply.headers["content-range"] = f"bytes {wrong}-{found.size - 1}/{found.size}"
        reply.body, reply.length = found.read(wrong, found.size), found.size - wrong
    return reply


def _spoil(state: State, script: Script, reply: Reply) -> None:
    """Cut, stall, slow down or disguise the body that is about to go out."""
    cuts = ("download-cut", "download-cut-norange", "download-changed", "download-bad-range")
    if any(script.strikes(name) for name in cuts):
        reply.body, reply.ending = _half(reply.body, reply.length), Ending.CLOSE
    elif script.strikes("download-stall"):
        reply.body, reply.ending = _half(reply.body, reply.length), Ending.STALL
    elif "download-no-length" in script or "download-no-length-cut" in script:
        if script.strikes("download-no-length-cut"):
            reply.body = _half(reply.body, reply.length)
        reply.length = None
        reply.headers["connection"] = "close"
    elif "download-slow" in script:
        reply.body = _slowly(state, joined(reply.body), script.number("download-slow") / state.speed)


def _half(body: bytes | Iterable[bytes | memoryview], length: int | None) -> Iterator[bytes | memoryview]:
    """Give the first half of a body, without making more of it than that."""
    left = (length or 0) // 2
    for piece in [body] if isinstance(body, bytes) else body:
        if left <= 0:
            return
        yield piece[:left]
        left -= len(piece)


def _slowly(state: State, data: bytes, seconds: float) -> Iterator[bytes]:
    step = max(1, len(data) // _DRIP)
    for at in range(0, len(data), step):
        if state.stopping.is_set():
            return
        yield data[at : at + step]
        time.sleep(seconds / _DRIP)
