"""The HTTP client. It sends a request once, repeats it until it succeeds, or streams its answer.

A request that may cost money is sent once, and a failure says whether it may have arrived. A request that costs nothing
is repeated until its deadline. All raise `Unreachable` if there is no usable answer.
"""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import httpx

from openclaw_fal import __version__
from openclaw_fal.core.fal_key import KeyFilter
from openclaw_fal.core.redaction import redact
from openclaw_fal.core.text import printable
from openclaw_fal.fal.backoff import Backoff
from openclaw_fal.fal.certificates import Certificates
from openclaw_fal.fal.reply import Incoming, Reply, Unreachable, asked_pause_text, retry_after_s
from openclaw_fal.fal.trace import shown_body, shown_url
from openclaw_fal.fal.transport import NotPublic, Transport, WaitLimit, open_transport, proxy_for

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping

    from openclaw_fal.core.fal_key import Key
    from openclaw_fal.core.tasks import Waiting
    from openclaw_fal.fal.clock import Clock, Deadline
    from openclaw_fal.fal.origins import Origins


MAX_JSON_BYTES = 64 * 1024 * 1024  # a result may contain its images as data: URIs
READ_TIMEOUT_S = 30.0

_HEADERS = {"User-Agent": f"openclaw-fal/{__version__}", "Accept": "application/json", "Accept-Encoding": "gzip"}
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
_NOT_SENDABLE = (httpx.UnsupportedProtocol, httpx.LocalProtocolError)
_UNTRUSTED = "the server's certificate is not trusted; SSL_CERT_FILE can name certificates to trust"


class FalClient:
    """Sends requests to fal and to file servers. Only fal's own origins get the key.

    ``key`` is called for each request that needs the key. ``trace`` gets the lines of the debug trace.
    """

    def __init__(
        self,
        origins: Origins,
        clock: Clock,
        key: Callable[[], Key],
        trace: Callable[[str], None] | None = None,
        transport: httpx.BaseTransport | None = None,
        certificates: Certificates | None = None,
    ) -> None:
        self.origins = origins
        self.clock = clock
        self._find_key = key
        self._trace = trace
        self._key: Key | None = None
        self._filter: KeyFilter | None = None
        self._only_transport = transport
        self._transports: dict[tuple[str, str | None], httpx.BaseTransport] = {}
        self._opening = threading.Lock()
        self._certificates = certificates or Certificates()

    def abort(self) -> None:
        """Break all connections: other threads that wait for an answer get `Unreachable`, and so do later requests."""
        for transport in list(self._transports.values()):
            if isinstance(transport, Transport):
                transport.abort()

    def close(self) -> None:
        for transport in self._transports.values():
            transport.close()
        self._transports.clear()

    def once(
        self,
        method: str,
        url: str,
        *,
        deadline: Deadline,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        content: Callable[[], Any] | None = None,
        with_key: bool = True,
        read_timeout_s: float = READ_TIMEOUT_S,
        may_run_over: bool = False,
        limit: int = MAX_JSON_BYTES,
    ) -> Reply:
        """Send one request and read the whole answer. Raises `Unreachable` if it does not arrive by the deadline.

        ``may_run_over``: an answer that has begun to arrive by then is read to its end, within a minute.

        ``body`` is sent as JSON. ``content`` opens a stream of bytes, a new one for each try. ``limit`` is the largest
        body to read, in bytes.
        """
        extra, sent = dict(headers or {}), content() if content else None
        if body is not None:
            extra["Content-Type"], sent = "application/json", json.dumps(body).encode()
        with self.stream(
            method,
            url,
            deadline=deadline,
            headers=extra,
            content=sent,
            with_key=with_key,
            read_timeout_s=read_timeout_s,
            may_run_over=may_run_over,
        ) as incoming:
            received = incoming.whole(limit)
        reply = Reply(
            incoming.status,
            incoming.headers,
            received or b"",
            is_too_large=received is None,
            key=self._key if with_key else None,
        )
        self._trace_line(lambda: f"  {len(reply.body)} bytes {shown_body(reply.body)}")
        return reply

    def read(
        self,
        method: str,
        url: str,
        *,
        deadline: Deadline,
        again: Callable[[Reply], bool] = lambda reply: reply.is_inconclusive,
        tries: int | None = None,
        **options: Any,
    ) -> Generator[Waiting, None, Reply]:
        """Send a request that costs nothing, and repeat it as long as ``again`` returns True for the answer.

        Yields a `Waiting` before each pause. Raises `Unreachable` at the deadline, or at once if ``Retry-After`` asks
        for a pause beyond it. ``tries`` limits the number of requests, ``None`` leaves that to the deadline.
        """
        backoff = Backoff(deadline, tries)
        while True:
            asked_s, is_limit = None, False
            try:
                reply = self.once(method, url, deadline=deadline, **options)
            except Unreachable as problem:
                if problem.is_final:
                    raise
                reason = problem.reason
            else:
                if not again(reply):
                    return reply
                reason, asked_s = reply.problem, retry_after_s(reply.headers, self.clock.now())
                is_limit = reply.status == 429
            if not (yield from backoff.pause(reason, asked_s, is_limit=is_limit)):
                asked = f"; {asked_pause_text(asked_s)}" if asked_s and not backoff.is_last_try else ""
                raise Unreachable(reason + asked, sent=True)

    @contextmanager
    def stream(
        self,
        method: str,
        url: str,
        *,
        deadline: Deadline,
        headers: Mapping[str, str] | None = None,
        content: Any = None,
        with_key: bool = True,
        read_timeout_s: float = READ_TIMEOUT_S,
        may_run_over: bool = False,
    ) -> Iterator[Incoming]:
        """Send a request and let the caller read its answer. No wait outlasts the deadline (see `WaitLimit`).

        Raises `Unreachable` for network failures, also while the caller reads the body.
        """
        is_own = with_key and self.origins.may_see_key(url)
        wait_limit = WaitLimit(read_timeout_s, deadline, may_run_over=may_run_over)
        extra = {**_HEADERS, **(headers or {}), **(self._authorization() if is_own else {})}
        request = _request(method, url, extra, content, wait_limit)
        self._trace_line(lambda: f"> {method} {shown_url(url, in_full=is_own)} {shown_body(content)}")
        incoming: Incoming | None = None
        try:
            response = self._transport_for(request.url).handle_request(request)
            try:
                incoming = Incoming(response, wait_limit, self._filter if is_own else None)
                wait_limit.is_arriving = True
                shown = f"< {incoming.status} {incoming.headers.get('content-type', '')}"
                self._trace_line(lambda: shown)
                yield incoming
            finally:
                response.close()
        except NotPublic as error:
            raise Unreachable(str(error), sent=False, is_final=True) from error
        except httpx.HTTPError as error:
            raise _unreachable(error, incoming, is_at_proxy=wait_limit.is_at_proxy) from error

    def _authorization(self) -> dict[str, str]:
        key = self._find_key()
        if self._key is None or self._key.value != key.value.strip():
            self._key = key._replace(value=key.value.strip())
            self._key.check_sendable()
            self._filter = KeyFilter(self._key.value)
        return {"Authorization": f"Key {self._key.value}"}

    def _transport_for(self, url: httpx.URL) -> httpx.BaseTransport:
        """Return the transport for a URL. Transports are opened when they are first used."""
        if self._only_transport:
            return self._only_transport
        route = (url.scheme, proxy_for(url))
        with self._opening:  # files are fetched side by side, in threads
            if route not in self._transports:
                self._transports[route] = open_transport(*route, self.origins.may_reach, self._certificates)
            return self._transports[route]

    def _trace_line(self, line: Callable[[], str]) -> None:
        if self._trace:
            self._trace(line().rstrip())


def _request(method: str, url: str, headers: Mapping[str, str], content: Any, wait_limit: WaitLimit) -> httpx.Request:
    try:
        return httpx.Request(
            method, _parsed(url), headers=headers, content=content, extensions={"timeout": wait_limit.as_timeouts()}
        )
    except (httpx.InvalidURL, UnicodeError) as error:
        raise Unreachable("its address is not a valid URL", sent=False, is_final=True) from error


@lru_cache
def _parsed(url: str) -> httpx.URL:
    """Return a URL as httpx reads it, which takes a twentieth of the time of a request. A batch sends many to one."""
    return httpx.URL(url)


def _unreachable(error: httpx.HTTPError, incoming: Incoming | None, *, is_at_proxy: bool) -> Unreachable:
    """Return the error for an exception: whether the request was sent, and whether a retry may help.

    ``is_at_proxy`` if a proxy was asked for the connection, and nothing else was sent.
    """
    if isinstance(error, _NOT_SENDABLE):
        # The exception quotes the invalid value, which may be the key.
        return Unreachable(f"the request can't be sent ({type(error).__name__})", sent=False, is_final=True)
    if isinstance(error, httpx.ConnectError) and "CERTIFICATE_VERIFY_FAILED" in str(error):
        return Unreachable(_UNTRUSTED, sent=False, is_final=True)
    request_id = incoming.request_id if incoming else None
    return Unreachable(
        f"the proxy: {_reason(error)}" if is_at_proxy else _reason(error),
        sent=not (is_at_proxy or isinstance(error, _NOT_SENT)),
        request_id=request_id,
        is_refused=isinstance(error, httpx.ConnectError) and _is_refusal(error),
    )


def _is_refusal(error: BaseException | None) -> bool:
    """Return whether nothing listens at the address."""
    while error is not None:
        if isinstance(error, ConnectionRefusedError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _reason(error: Exception) -> str:
    if isinstance(error, httpx.TimeoutException):
        return "no connection in time" if isinstance(error, httpx.ConnectTimeout) else "no answer in time"
    text = printable(redact(str(error)), limit=200)
    return f"{text} ({type(error).__name__})" if text else type(error).__name__
