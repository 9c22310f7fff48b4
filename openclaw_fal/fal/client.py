"""The HTTP client. It sends a request once, repeats it until it succeeds, or streams its answer.

A request that may cost money is sent once, and a failure says whether it may have arrived. A request that costs nothing
is repeated until its deadline. All raise `Unreachable` if there is no usable answer.
"""

from __future__ import annotations

import json
import re
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from openclaw_fal import __version__
from openclaw_fal.core.secrets import KeyFilter, is_sensitive, redact
from openclaw_fal.core.text import printable
from openclaw_fal.fal.certificates import Certificates
from openclaw_fal.fal.clock import Backoff
from openclaw_fal.fal.connections import NotPublic, WaitLimit
from openclaw_fal.fal.lean_httpcore import httpcore
from openclaw_fal.fal.reply import Incoming, Reply, Unreachable, asked_pause_text, retry_after_s
from openclaw_fal.fal.transport import HTTP_ERRORS, InvalidUrl, Transport, is_untrusted, open_transport, read_url

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping

    from openclaw_fal.core.events import Waiting
    from openclaw_fal.core.secrets import Key
    from openclaw_fal.fal.clock import Clock, Deadline
    from openclaw_fal.fal.origins import Origins


MAX_JSON_BYTES = 64 * 1024 * 1024  # a result may contain its images as data: URIs
READ_TIMEOUT_S = 30.0

_HEADERS = {"User-Agent": f"openclaw-fal/{__version__}", "Accept": "application/json", "Accept-Encoding": "gzip"}
_NOT_SENT = (httpcore.ConnectError, httpcore.ConnectTimeout, httpcore.PoolTimeout, httpcore.ProxyError)
_NOT_SENDABLE = (httpcore.UnsupportedProtocol, httpcore.LocalProtocolError)
_WITH_BODY = frozenset({"POST", "PUT"})  # without a body, they say that its length is 0
_MAX_SHOWN = 300  # characters of a body in the debug trace
_MAX_READ = 4000  # bytes; leaves enough to show once long data is cut

# What the trace leaves out. re compiles them on first use.
_DATA = r"data:([\w.+-]*/?[\w.+-]*)[;,][^\"\s\\]*"
_QUERY = r"(https?://[^\s\"?#\\]*)[?#][^\s\"\\]*"
_MEMBER = r"(?s)(\"(\w+)\"\s*:\s*)\"(?:[^\"\\]|\\.)*+\"?"

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
        transport: Transport | None = None,
        certificates: Certificates | None = None,
    ) -> None:
        self.origins = origins
        self.clock = clock
        self._find_key = key
        self._trace = trace
        self._key: Key | None = None
        self._filter: KeyFilter | None = None
        self._only_transport = transport
        self._transports: dict[tuple[bytes, bytes, int | None], Transport] = {}
        self._opening = threading.Lock()
        self._is_over = False
        self._certificates = certificates or Certificates()

    def abort(self) -> None:
        """Break all connections: other threads that wait for an answer get `Unreachable`, and so do later requests."""
        with self._opening:
            self._is_over = True
            for transport in self._transports.values():
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
        should_retry: Callable[[Reply], bool] = lambda reply: reply.is_inconclusive,
        tries: int | None = None,
        **options: Any,
    ) -> Generator[Waiting, None, Reply]:
        """Send a request that costs nothing, and repeat it as long as ``should_retry`` returns True for the answer.

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
                if not should_retry(reply):
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
            answer = self._transport_for(request.url).send(request)
            try:
                incoming = Incoming(answer, wait_limit, self._filter if is_own else None)
                wait_limit.is_arriving = True
                shown = f"< {incoming.status} {incoming.headers.get('content-type', '')}"
                self._trace_line(lambda: shown)
                yield incoming
            finally:
                answer.close()
        except NotPublic as error:
            raise Unreachable(str(error), sent=False, is_final=True) from error
        except HTTP_ERRORS as error:
            raise _unreachable(error, incoming, is_at_proxy=wait_limit.is_at_proxy) from error

    def _authorization(self) -> dict[str, str]:
        key = self._find_key()
        if self._key is None or self._key.value != key.value.strip():
            self._key = key._replace(value=key.value.strip())
            self._key.check_sendable()
            self._filter = KeyFilter(self._key.value)
        return {"Authorization": f"Key {self._key.value}"}

    def _transport_for(self, url: httpcore.URL) -> Transport:
        """Return the transport for the server of a URL. It is opened when it is first used."""
        if self._only_transport:
            return self._only_transport
        server = (url.scheme, url.host, url.port)
        with self._opening:  # files are fetched side by side, in threads
            if server not in self._transports:
                self._transports[server] = open_transport(url, self.origins.may_reach, self._certificates)
                if self._is_over:
                    self._transports[server].abort()
            return self._transports[server]

    def _trace_line(self, line: Callable[[], str]) -> None:
        if self._trace:
            self._trace(line().rstrip())


def _request(
    method: str, url: str, headers: Mapping[str, str], content: Any, wait_limit: WaitLimit
) -> httpcore.Request:
    """Return a request. ``content`` is bytes, ``None``, or an iterable of bytes whose length the headers name."""
    try:
        target = read_url(url)
        sent = [(name.encode("ascii"), value.encode("ascii")) for name, value in headers.items()]
    except (InvalidUrl, UnicodeError) as error:
        raise Unreachable("its address is not a valid URL", sent=False, is_final=True) from error
    if isinstance(content, bytes) or (content is None and method in _WITH_BODY):
        sent.append((b"Content-Length", b"%d" % len(content or b"")))
    host = b"[%b]" % target.host if b":" in target.host else target.host
    sent.insert(0, (b"Host", host if target.port is None else b"%b:%d" % (host, target.port)))
    chunks = () if content is None else content  # httpcore makes an empty chunk of ``None``, and writes it
    return httpcore.Request(
        method, target, headers=sent, content=chunks, extensions={"timeout": wait_limit.as_timeouts()}
    )


def _unreachable(error: Exception, incoming: Incoming | None, *, is_at_proxy: bool) -> Unreachable:
    """Return the error for an exception: whether the request was sent, and whether a retry may help.

    ``is_at_proxy`` if a proxy was asked for the connection, and nothing else was sent.
    """
    if isinstance(error, _NOT_SENDABLE):
        # The exception quotes the invalid value, which may be the key.
        return Unreachable(f"the request can't be sent ({type(error).__name__})", sent=False, is_final=True)
    if is_untrusted(error):
        return Unreachable(_UNTRUSTED, sent=False, is_final=True)
    request_id = incoming.request_id if incoming else None
    return Unreachable(
        f"the proxy: {_reason(error)}" if is_at_proxy else _reason(error),
        sent=not (is_at_proxy or isinstance(error, _NOT_SENT)),
        request_id=request_id,
        is_refused=isinstance(error, httpcore.ConnectError)
        and isinstance(_system_error(error), ConnectionRefusedError),
    )


def _reason(error: Exception) -> str:
    """Return what went wrong in a few words, as part of a sentence."""
    if isinstance(error, httpcore.TimeoutException):
        return "no connection in time" if isinstance(error, httpcore.ConnectTimeout) else "no answer in time"
    cause = _system_error(error)
    if isinstance(reason := getattr(cause, "reason", None), str):
        return f"TLS: {reason.lower().replace('_', ' ')}"
    if cause is not None and cause.strerror and str(cause) == str(error):
        return cause.strerror[0].lower() + cause.strerror[1:]
    return printable(redact(str(error)), limit=200).rstrip(".") or type(error).__name__


def _system_error(error: BaseException | None) -> OSError | None:
    """Return what the system said, from which the other exceptions follow; ``None`` if it said nothing."""
    while error is not None and not isinstance(error, OSError):
        error = error.__cause__ or error.__context__
    return error


def shown_url(url: str, *, in_full: bool) -> str:
    """Return a URL for the trace, without its query unless ``in_full``: the query of a signed URL is a secret."""
    return printable(redact(url if in_full else re.sub(_QUERY, r"\1?…", url)), limit=_MAX_SHOWN)


def shown_body(body: object) -> str:
    """Return the beginning of a body without secrets and media, and nothing of a streamed body."""
    if not isinstance(body, bytes):
        return ""
    text = body[:_MAX_READ].decode("utf-8", "replace")
    for secret, shown in ((_DATA, r"data:\1…"), (_QUERY, r"\1?…")):
        text = re.sub(secret, shown, text)
    text = re.sub(_MEMBER, lambda member: f'{member[1]}"…"' if is_sensitive(member[2]) else member[0], text)
    return printable(redact(text), limit=_MAX_SHOWN)
