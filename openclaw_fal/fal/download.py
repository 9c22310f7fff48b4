"""Results on their way home: streamed, resumed, and never with the key."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urljoin

from openclaw_fal.core.tasks import Waiting
from openclaw_fal.fal.http import FIRST_DELAY_S, LONGEST_DELAY_S, RETRYABLE, FalHttp, Unreachable, retry_after_s

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    import httpx

    from openclaw_fal.fal.deadline import Deadline

MOST_REDIRECTS = 5


class Sink(Protocol):
    """Where the bytes go. ``size`` is how many are there already, ``validator`` the ETag they came under."""

    validator: str | None

    @property
    def size(self) -> int: ...
    def write(self, chunk: bytes, /) -> None: ...
    def restart(self) -> None:
        """Forget all bytes written so far."""


@dataclass(frozen=True, slots=True)
class Received:
    """``received`` of ``total`` bytes are there; ``total`` is ``None`` when the server does not say."""

    received: int
    total: int | None


class NotFetched(Exception):
    """The file can't be had, now or (``is_final``) at all."""

    def __init__(self, reason: str, *, is_final: bool = False, retry_after_s: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_final = is_final
        self.retry_after_s = retry_after_s


def download(
    http: FalHttp, url: str, sink: Sink, deadline: Deadline, limit_bytes: int | None = None
) -> Generator[Waiting | Received, None, str | None]:
    """Fetch ``url`` into ``sink`` and return its declared media type.

    A cut connection is resumed where it broke, when the server vouches with a strong ETag that the file is still
    the same; else it starts again. Raises `NotFetched` when the deadline passes, the server refuses, the file is larger
    than ``limit_bytes``, or the address must not be asked (private networks, plain http).
    """
    delay = FIRST_DELAY_S
    while True:
        before, pause = sink.size, delay
        try:
            with _open(http, url, sink, deadline) as response:
                yield from _receive(response, sink, deadline, limit_bytes)
                return response.headers.get("content-type", "").partition(";")[0].strip() or None
        except Unreachable as problem:
            reason = problem.reason
        except NotFetched as problem:
            if problem.is_final:
                raise
            reason, pause = problem.reason, problem.retry_after_s or delay
        if pause >= deadline.remaining:
            raise NotFetched(reason)
        yield Waiting(reason, pause)
        http.clock.sleep(pause)
        delay = FIRST_DELAY_S if sink.size > before else min(delay * 2, LONGEST_DELAY_S)


@contextmanager
def _open(http: FalHttp, url: str, sink: Sink, deadline: Deadline) -> Iterator[httpx.Response]:
    """Ask for the bytes that are missing, following redirects as far as each hop may be asked."""
    for _ in range(MOST_REDIRECTS + 1):
        problem = http.origins.may_fetch(url)
        if problem:
            raise NotFetched(f"its address is not used: {problem}", is_final=True)
        with http.stream("GET", url, deadline=deadline, headers=_wanted(sink), with_key=False) as response:
            if response.is_redirect:
                url = urljoin(url, response.headers.get("location", ""))
                continue
            _check_status(response, sink, http.clock.now())
            yield response
            return
    raise NotFetched("too many redirects", is_final=True)


def _wanted(sink: Sink) -> dict[str, str]:
    # Without a strong ETag nobody can tell whether the rest still belongs to the beginning.
    if sink.size and not sink.validator:
        sink.restart()
    headers = {"Accept": "*/*", "Accept-Encoding": "identity"}
    if sink.size and sink.validator:
        headers |= {"Range": f"bytes={sink.size}-", "If-Range": sink.validator}
    return headers


def _check_status(response: httpx.Response, sink: Sink, now: float) -> None:
    """Let a fitting answer pass, forgetting what is there already when the server sends everything again."""
    status = response.status_code
    if status == 206 and response.headers.get("content-range", "").startswith(f"bytes {sink.size}-"):
        return
    if status == 200:
        if sink.size:
            sink.restart()
        etag = response.headers.get("etag", "")
        sink.validator = etag if etag and not etag.startswith("W/") else None
        return
    if status in {206, 416}:
        sink.restart()
        raise NotFetched("the server sent another part than the one asked for")
    raise NotFetched(
        f"HTTP {status}",
        is_final=status not in RETRYABLE,
        retry_after_s=retry_after_s(response.headers, now),
    )


def _receive(
    response: httpx.Response, sink: Sink, deadline: Deadline, limit_bytes: int | None
) -> Generator[Received, None, None]:
    length = response.headers.get("content-length", "")
    total = sink.size + int(length) if length.isdecimal() else None
    if limit_bytes and (total or 0) > limit_bytes:
        raise _too_large(limit_bytes)
    yield Received(sink.size, total)
    # No chunk size: it would only add copies to what the socket gave.
    for chunk in response.iter_raw():
        sink.write(chunk)
        if limit_bytes and sink.size > limit_bytes:
            raise _too_large(limit_bytes)
        if deadline.is_over:
            raise NotFetched("time ran out", is_final=True)
        yield Received(sink.size, total)
    if total is not None and sink.size != total:
        raise NotFetched(f"the body ended after {sink.size} of {total} bytes")


def _too_large(limit_bytes: int) -> NotFetched:
    return NotFetched(
        f"it is larger than agents.defaults.mediaMaxMb allows ({limit_bytes / 2**20:g} MB)", is_final=True
    )
