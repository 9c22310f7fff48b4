"""The CDN: files of jobs and uploads, without a key, whole or in part; and downloads that go wrong on demand."""

from __future__ import annotations

import hashlib
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from .connection import Ending, Reply, json_reply
from .error_replies import DOWNLOAD_FAULTS, NOT_FOUND, failure
from .job_result import plans
from .jobs import id_of
from .placeholders import MEGABYTE, filling_of, render
from .validation import data_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from .connection import Request
    from .faults import Script
    from .jobs import Job
    from .state import State

_MADE = re.compile(r"/files/b/[0-9a-f]{8}/([0-9a-f]{32})_(\d+)_.*", re.DOTALL)
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
_PAGE = b"<!DOCTYPE html><html><head><title>503</title></head><body>Service unavailable</body></html>"
_SLOW_PIECES = 40
_WRONG_OFFSET = 7  # bytes by which a bad range is off


def download(state: State, request: Request) -> Reply:
    """Answer a `GET` or `HEAD` of anything under /files/."""
    made = _made_by(state, request.path)
    if not made:
        return _serve(request, blob(state, request.path))
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


def blob(state: State, path: str) -> Blob | None:
    """Find the file at a path. Files of jobs are made on demand."""
    uploaded = state.uploads.get(path)
    if uploaded:
        return Blob(uploaded.data, uploaded.content_type, f'"{hashlib.sha256(uploaded.data).hexdigest()[:32]}"')
    made = _made_by(state, path)
    if not made:
        return None
    plan = plans(made[0])[made[1]]
    tag = f'"{hashlib.sha256(repr(plan).encode()).hexdigest()[:32]}"'
    return padded(render(plan), plan.format, plan.megabytes, plan.content_type, tag)


def is_gone(state: State, url: str) -> bool:
    """Say whether a URL of the sandbox leads to no file. Of other URLs nothing is known here."""
    path = urlsplit(url).path
    return _is_own(state, url) and path not in state.uploads and _made_by(state, path) is None


def bytes_of(state: State, url: str) -> bytes | None:
    """Return what an app would get from an input's URL. Nothing outside the sandbox is ever fetched."""
    if url.startswith("data:"):
        return data_of(url)
    known = _is_own(state, url) or urlsplit(url).netloc.endswith("fal.media")
    found = blob(state, urlsplit(url).path) if known else None
    return found.data if found else None


@dataclass(frozen=True)
class Blob:
    """`data`, with `megabytes` of filling at the offset `place`; `fill` makes one megabyte by its number."""

    data: bytes
    content_type: str
    tag: str
    place: int = 0
    megabytes: int = 0
    fill: Callable[[int], bytes] | None = None

    @property
    def size(self) -> int:
        return len(self.data) + self.megabytes * MEGABYTE

    def read(self, start: int, stop: int) -> Iterator[memoryview]:
        """Yield the bytes from `start` up to `stop` in pieces."""
        filled = self.place + self.megabytes * MEGABYTE
        yield from _pieces(self.data, start, min(stop, self.place))
        at = max(start, self.place)
        while self.fill and at < min(stop, filled):
            number, offset = divmod(at - self.place, MEGABYTE)
            piece = memoryview(self.fill(number))[offset : offset + min(stop, filled) - at]
            yield piece
            at += len(piece)
        yield from _pieces(self.data, max(start, filled) - filled + self.place, stop - filled + self.place)


def padded(data: bytes, form: str, megabytes: int, content_type: str, tag: str) -> Blob:
    """Make a file longer by whole megabytes that decoders skip."""
    place, fill = filling_of(form, len(data))
    return Blob(data, content_type, tag, place, megabytes, fill)


def _made_by(state: State, path: str) -> tuple[Job, int] | None:
    """Find the job that made the file at a path, and the number of the file."""
    match = _MADE.fullmatch(path)
    if not match:
        return None
    job, number = state.find(id_of(match[1])), int(match[2])
    return (job, number) if job and number < len(plans(job)) else None


def _is_own(state: State, url: str) -> bool:
    """Say whether a URL is at one of the sandbox's own addresses."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" in {state.url, state.queue_url, state.hostile_url, state.private_url}


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
    reply = _serve(request, found, ranges=ranges)
    if found and reply.status == 206 and "download-bad-range" in script:
        start = int(reply.headers["content-range"].split()[1].partition("-")[0])
        wrong = max(0, start - _WRONG_OFFSET)
        reply.headers["content-range"] = f"bytes {wrong}-{found.size - 1}/{found.size}"
        reply.body, reply.length = found.read(wrong, found.size), found.size - wrong
    return reply


def _serve(request: Request, found: Blob | None, *, ranges: bool = True) -> Reply:
    """Answer a `GET` or `HEAD` of a file, with Range and If-Range as in RFC 9110."""
    if not found:
        return json_reply(404, NOT_FOUND)
    headers = {"content-type": found.content_type, "etag": found.tag}
    if not ranges:
        return Reply(200, found.read(0, found.size), headers, found.size)
    headers["accept-ranges"] = "bytes"
    part = _requested_range(request, found)
    if part is None:
        return Reply(200, found.read(0, found.size), headers, found.size)
    start, stop = part
    if start >= found.size:
        return Reply(416, b"", headers | {"content-range": f"bytes */{found.size}"})
    headers["content-range"] = f"bytes {start}-{stop - 1}/{found.size}"
    return Reply(206, found.read(start, stop), headers, stop - start)


def _requested_range(request: Request, found: Blob) -> tuple[int, int] | None:
    """Return the requested range as start and stop; None for the whole file, also if it has changed since."""
    match = _RANGE.fullmatch(request.headers.get("range", ""))
    if not match or not (match[1] or match[2]) or request.headers.get("if-range", found.tag) != found.tag:
        return None
    if not match[1]:
        return max(0, found.size - int(match[2])), found.size
    return int(match[1]), min(found.size, int(match[2]) + 1 if match[2] else found.size)


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


def _pieces(data: bytes, start: int, stop: int) -> Iterator[memoryview]:
    view = memoryview(data)[: max(0, stop)]
    for at in range(start, len(view), MEGABYTE):
        yield view[at : at + MEGABYTE]
