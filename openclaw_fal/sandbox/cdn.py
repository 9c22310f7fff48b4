"""The CDN: files that jobs made or callers uploaded, without a key, whole or in part."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from .artifacts import plans
from .blobs import Blob, padded
from .http_message import Reply, json_reply
from .jobs import id_of
from .placeholders import render
from .validation import data_of

if TYPE_CHECKING:
    from .http_message import Request
    from .jobs import Job
    from .state import State

_MADE = re.compile(r"/files/b/[0-9a-f]{8}/([0-9a-f]{32})_(\d+)_.*", re.DOTALL)
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
NOT_FOUND = {"detail": "Not found"}


def made_by(state: State, path: str) -> tuple[Job, int] | None:
    """Find the job that made the file at a path, and the number of the file."""
    match = _MADE.fullmatch(path)
    if not match:
        return None
    job, number = state.find(id_of(match[1])), int(match[2])
    return (job, number) if job and number < len(plans(job)) else None


def blob(state: State, path: str) -> Blob | None:
    """Find the file at a path. Files of jobs are made on demand."""
    uploaded = state.uploads.get(path)
    if uploaded:
        return Blob(uploaded.data, uploaded.content_type, f'"{hashlib.sha256(uploaded.data).hexdigest()[:32]}"')
    made = made_by(state, path)
    if not made:
        return None
    plan = plans(made[0])[made[1]]
    tag = f'"{hashlib.sha256(repr(plan).encode()).hexdigest()[:32]}"'
    return padded(render(plan), plan.format, plan.megabytes, plan.content_type, tag)


def _is_own(state: State, url: str) -> bool:
    """Say whether a URL is at one of the sandbox's own addresses."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" in {state.url, state.queue_url, state.hostile_url, state.private_url}


def is_gone(state: State, url: str) -> bool:
    """Say whether a URL of the sandbox leads to no file. Of other URLs nothing is known here."""
    path = urlsplit(url).path
    return _is_own(state, url) and path not in state.uploads and made_by(state, path) is None


def bytes_of(state: State, url: str) -> bytes | None:
    """Return what an app would get from an input's URL. Nothing outside the sandbox is ever fetched."""
    if url.startswith("data:"):
        return data_of(url)
    known = _is_own(state, url) or urlsplit(url).netloc.endswith("fal.media")
    found = blob(state, urlsplit(url).path) if known else None
    return found.data if found else None


def serve(request: Request, found: Blob | None, *, ranges: bool = True) -> Reply:
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
