"""Downloads of result files. They are resumed when they break, and never get the key.

Whether the content is what was asked for is decided in `actions.fetching`.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urljoin, urlsplit

from openclaw_fal.core.records import Record
from openclaw_fal.fal.clock import Backoff
from openclaw_fal.fal.origins import is_loopback
from openclaw_fal.fal.reply import RETRYABLE_STATUSES, Incoming, Unreachable, retry_after_s

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from openclaw_fal.core.events import Waiting
    from openclaw_fal.fal.client import FalClient
    from openclaw_fal.fal.clock import Deadline

MAX_REDIRECTS = 5
STALL_TIMEOUT_S = 15.0  # without a byte
NO_PROGRESS_TIMEOUT_S = 60.0  # in which tries bring no byte at all

_STRONG_ETAG = re.compile(r'"[\x21\x23-\x7e]*"')
_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")
_HEADERS = {"Accept": "*/*", "Accept-Encoding": "identity"}


class Sink(Protocol):
    """Where the bytes are written: ``size`` of them so far, from the version with the ETag ``validator``."""

    validator: str | None

    @property
    def size(self) -> int: ...
    def write(self, chunk: bytes, /) -> None: ...
    def restart(self) -> None:
        """Delete all bytes written so far."""


class Received(Record):
    """The number of bytes so far. ``total`` is ``None`` if the server does not send the size."""

    received: int
    total: int | None


class NotFetched(Exception):
    """The file can't be fetched. ``is_final``: a retry can't help. ``status`` is the HTTP status, if there is one."""

    def __init__(
        self,
        reason: str,
        *,
        is_final: bool = False,
        status: int | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status
        self.is_final = is_final
        self.retry_after_s = retry_after_s


def download(
    client: FalClient,
    url: str,
    sink: Sink,
    deadline: Deadline,
    limit_bytes: int | None = None,
    expected_bytes: int | None = None,
    may_retry: Callable[[], bool] = lambda: True,
) -> Generator[Waiting | Received, None, str | None]:
    """Fetch ``url`` into ``sink`` and return its declared media type.

    A broken download continues where it stopped if a strong ETag shows that the file is the same, else it starts
    again. ``expected_bytes`` is the size that fal reported; it is used only if the server does not mark the end of the
    file. Raises `NotFetched` if the deadline passes, no byte arrives for a minute of tries, the server refuses, the
    file is larger than ``limit_bytes``, or the address must not be used (private networks, plain http); after a failed
    try, also if ``may_retry`` returns False.
    """
    backoff = Backoff(deadline.within(NO_PROGRESS_TIMEOUT_S))
    while True:
        before, asked_s = sink.size, None
        try:
            with _open(client, url, sink, deadline) as incoming:
                yield from _receive(incoming, sink, limit_bytes, expected_bytes)
                return incoming.headers.get("content-type", "").partition(";")[0].strip() or None
        except Unreachable as problem:
            # A server on this machine does not come back by itself.
            if problem.is_final or (problem.is_refused and is_loopback(urlsplit(url).hostname or "")):
                raise NotFetched(problem.reason, is_final=True) from problem
            reason = problem.reason
        except NotFetched as problem:
            if problem.is_final:
                raise
            reason, asked_s = problem.reason, problem.retry_after_s
        if sink.size > before:
            backoff = Backoff(deadline.within(NO_PROGRESS_TIMEOUT_S))
        if not may_retry() or not (yield from backoff.pause(reason, asked_s)):
            raise NotFetched(reason)


@contextmanager
def _open(client: FalClient, url: str, sink: Sink, deadline: Deadline) -> Iterator[Incoming]:
    """Request the missing bytes, and follow redirects as long as each address may be used."""
    for _ in range(MAX_REDIRECTS + 1):
        problem = client.origins.may_fetch(url)
        if problem:
            raise NotFetched(f"its address can't be used: {problem}", is_final=True)
        with client.stream(
            "GET",
            url,
            deadline=deadline,
            headers=_range_headers(sink),
            with_key=False,
            read_timeout_s=STALL_TIMEOUT_S,
            may_run_over=True,
        ) as incoming:
            if not incoming.is_redirect:
                _check_head(incoming, sink, client.clock.now())
                yield incoming
                return
            url = _next_hop(url, incoming)
    raise NotFetched("too many redirects", is_final=True)


def _next_hop(url: str, incoming: Incoming) -> str:
    try:
        return urljoin(url, incoming.headers.get("location", ""))
    except ValueError as error:
        raise NotFetched("it redirects to an invalid URL", is_final=True) from error


def _range_headers(sink: Sink) -> dict[str, str]:
    # Without a strong ETag the missing bytes may belong to another version of the file.
    if sink.size and not sink.validator:
        sink.restart()
    if not sink.size or not sink.validator:
        return _HEADERS
    return {**_HEADERS, "Range": f"bytes={sink.size}-", "If-Range": sink.validator}


def _check_head(incoming: Incoming, sink: Sink, now: float) -> None:
    """Raise `NotFetched` for an unusable answer; restart the sink if the server sends the whole file again."""
    etag = incoming.headers.get("etag", "")
    match incoming.status:
        case 200:
            if sink.size:
                sink.restart()
            is_strong = _STRONG_ETAG.fullmatch(etag) and not incoming.is_encoded
            sink.validator = etag if is_strong else None
        case 206 if _continues(incoming, sink, etag):
            pass
        case 206 | 416:
            sink.restart()
            raise NotFetched("the server sent a different part than requested")
        case status:
            after_s = retry_after_s(incoming.headers, now)
            is_final = status not in RETRYABLE_STATUSES
            raise NotFetched(f"HTTP {status}", is_final=is_final, status=status, retry_after_s=after_s)


def _continues(incoming: Incoming, sink: Sink, etag: str) -> bool:
    """Return whether a part starts where the sink ends, in the same file."""
    part = _CONTENT_RANGE.fullmatch(incoming.headers.get("content-range", ""))
    is_same = sink.validator is not None and etag in {"", sink.validator} and not incoming.is_encoded
    return is_same and part is not None and int(part[1]) == sink.size > 0


def _receive(
    incoming: Incoming, sink: Sink, limit_bytes: int | None, expected_bytes: int | None
) -> Generator[Received, None, None]:
    total = _total(incoming, sink.size)
    if limit_bytes and (total or 0) > limit_bytes:
        raise _too_large(limit_bytes)
    yield Received(sink.size, total)
    for piece in incoming.pieces():
        sink.write(piece)
        if limit_bytes and sink.size > limit_bytes:
            raise _too_large(limit_bytes)
        yield Received(sink.size, total)
    has_end = total is not None or "transfer-encoding" in incoming.headers
    whole = total if has_end else expected_bytes
    if whole is not None and sink.size < whole:
        raise NotFetched(f"the body ended after {sink.size} of {whole} bytes")


def _total(incoming: Incoming, before: int) -> int | None:
    """Return the size of the file in bytes, ``None`` if the server does not send it."""
    part = _CONTENT_RANGE.fullmatch(incoming.headers.get("content-range", ""))
    if incoming.status == 206 and part and part[3] != "*":
        return int(part[3])
    length = incoming.headers.get("content-length", "")
    return before + int(length) if length.isdecimal() and not incoming.is_encoded else None


def _too_large(limit_bytes: int) -> NotFetched:
    return NotFetched(
        f"it is larger than agents.defaults.mediaMaxMb allows ({limit_bytes / 2**20:g} MiB)", is_final=True
    )
