"""One HTTP client, and the three ways in which it is used: once, until it works, and streamed.

A POST that may cost money is sent *once* and tells apart "it never left" from "nobody knows".
A read is repeated until its deadline. Both give a `Reply` or raise `Unreachable`.
"""

from __future__ import annotations

import email.utils
import itertools
import json
import random
import ssl
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx

from openclaw_fal import __version__
from openclaw_fal.core.tasks import Waiting
from openclaw_fal.core.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping

    from openclaw_fal.fal.deadline import Clock, Deadline
    from openclaw_fal.fal.origins import Origins

JSON_LIMIT = 64 * 1024 * 1024  # bytes; a result may carry its pictures as data: URIs
CONNECT_TIMEOUT_S = 10.0
READ_TIMEOUT_S = 30.0
FIRST_DELAY_S, LONGEST_DELAY_S = 0.5, 8.0
RETRYABLE = frozenset({408, 425, 429, 500, 502, 503, 504})

_NEVER_LEFT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
    httpx.LocalProtocolError,
)


class Unreachable(Exception):
    """No usable answer came. ``sent`` is False only when the request surely never left."""

    def __init__(self, reason: str, *, sent: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.sent = sent


@dataclass(frozen=True, slots=True)
class Reply:
    """A complete answer. Header names are lower-case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    url: str = ""

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    @property
    def is_from_fal(self) -> bool:
        """Tell fal's own answers from those of a gateway in front of it (``fal-http.md`` §2)."""
        return "x-fal-request-id" in self.headers

    def json(self) -> Any:
        """Return the parsed body, ``None`` when it is not JSON."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


class FalHttp:
    """The one client. The key is added to requests that go to fal's own origins, and to no others."""

    def __init__(
        self,
        origins: Origins,
        clock: Clock,
        key: Callable[[], str],
        trace: Callable[[str], None] | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.origins = origins
        self.clock = clock
        self._key = key
        self._trace = trace
        self._transport = transport
        self._clients: dict[str, httpx.Client] = {}

    def close(self) -> None:
        for client in self._clients.values():
            client.close()

    def _client_for(self, url: str) -> httpx.Client:
        """Return the client for the URL's scheme, built on first use.

        Loading the certificates takes 17 ms, so plain http (this machine only) goes without: an empty
        context trusts nobody, which fails closed should it ever meet TLS.
        """
        scheme = url.partition(":")[0].lower()
        if scheme not in self._clients:
            self._clients[scheme] = httpx.Client(
                transport=self._transport,
                verify=httpx.create_ssl_context() if scheme == "https" else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
                headers={"User-Agent": f"openclaw-fal/{__version__}", "Accept": "application/json"},
                follow_redirects=False,
            )
        return self._clients[scheme]

    def once(
        self,
        method: str,
        url: str,
        *,
        deadline: Deadline,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        content: Any = None,
        with_key: bool = True,
        read_timeout_s: float = READ_TIMEOUT_S,
        limit: int = JSON_LIMIT,
    ) -> Reply:
        """Send one request and read the whole answer; raise `Unreachable` when none comes by the deadline.

        ``body`` is sent as JSON; ``content`` is bytes, or a function that opens a stream of them anew for each try.
        """
        encoded = (content() if callable(content) else content) if body is None else json.dumps(body).encode()
        extra = dict(headers or {})
        if body is not None:
            extra["Content-Type"] = "application/json"
        with self.stream(
            method,
            url,
            deadline=deadline,
            headers=extra,
            content=encoded,
            with_key=with_key,
            read_timeout_s=read_timeout_s,
        ) as response:
            received = bytearray()
            for chunk in response.iter_bytes():
                received += chunk
                if len(received) > limit:
                    raise Unreachable(f"the answer is larger than {limit // 2**20} MiB", sent=True)
                if deadline.is_over:
                    raise Unreachable("the answer did not end in time", sent=True)
            reply = Reply(response.status_code, _lower(response.headers), bytes(received), url)
        self._tell(f"< {reply.status} {len(reply.body)} bytes {_shown_body(reply.body)}")
        return reply

    def read(
        self,
        method: str,
        url: str,
        *,
        deadline: Deadline,
        retry: Callable[[Reply], bool] = lambda reply: reply.status in RETRYABLE,
        tries: int | None = None,
        **options: Any,
    ) -> Generator[Waiting, None, Reply]:
        """Repeat a request that costs nothing until it is answered or the deadline is near.

        Yields a `Waiting` before each pause. Returns the last reply, which may still be an error;
        raises `Unreachable` when there never was one. ``Retry-After`` is honoured; when it lies
        beyond the deadline there is no point in waiting and the refusal is returned at once.
        ``tries`` limits how often, for what is not worth a long wait.
        """
        delay = FIRST_DELAY_S
        for tried in itertools.count(1):
            reply, reason = None, ""
            try:
                reply = self.once(method, url, deadline=deadline, **options)
            except Unreachable as failure:
                reason = failure.reason
                pause = _jittered(delay)
            else:
                if not retry(reply):
                    return reply
                reason = f"HTTP {reply.status}"
                pause = retry_after_s(reply.headers, self.clock.now()) or _jittered(delay)
            if pause >= deadline.remaining or tried == tries:
                if reply is None:
                    raise Unreachable(reason, sent=True)
                return reply
            yield Waiting(reason, pause)
            self.clock.sleep(pause)
            delay = min(delay * 2, LONGEST_DELAY_S)
        raise AssertionError("unreachable")

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
    ) -> Iterator[httpx.Response]:
        """Open a request whose body the caller reads. The deadline bounds each wait for bytes."""
        extra = dict(headers or {})
        if with_key and self.origins.may_see_key(url):
            extra["Authorization"] = f"Key {self._key()}"
        patience = max(0.05, min(read_timeout_s, deadline.remaining))
        timeout = httpx.Timeout(patience, connect=min(CONNECT_TIMEOUT_S, patience))
        self._tell(f"> {method} {_shown_url(url)} {_shown_body(content)}")
        with (
            _translated(),
            self._client_for(url).stream(method, url, headers=extra, content=content, timeout=timeout) as response,
        ):
            yield response

    def _tell(self, line: str) -> None:
        if self._trace:
            self._trace(line.rstrip())


@contextmanager
def _translated() -> Iterator[None]:
    """Turn httpx's exceptions into ours, which tell whether the request left."""
    try:
        yield
    except _NEVER_LEFT as error:
        raise Unreachable(_reason(error), sent=False) from error
    except (httpx.HTTPError, httpx.StreamError, ssl.SSLError) as error:
        raise Unreachable(_reason(error), sent=True) from error


def _reason(error: Exception) -> str:
    kind = type(error).__name__
    told = printable(str(error), limit=200)
    if isinstance(error, httpx.TimeoutException):
        return "no answer in time" if not isinstance(error, httpx.ConnectTimeout) else "no connection in time"
    return f"{told} ({kind})" if told else kind


def retry_after_s(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds to wait as told by ``Retry-After`` (a number or an HTTP date), ``None`` when not told."""
    told = headers.get("retry-after", "").strip()
    if not told:
        return None
    try:
        return max(0.0, float(told))
    except ValueError:
        pass
    try:
        return max(0.0, email.utils.parsedate_to_datetime(told).timestamp() - now)
    except ValueError:
        return None


def _jittered(delay: float) -> float:
    return delay * random.uniform(0.75, 1.25)  # noqa: S311 - spreads load, hides nothing


def _lower(headers: httpx.Headers) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _shown_url(url: str) -> str:
    """Upload and file URLs may be signed: what follows the ``?`` is as good as a key."""
    base, _, query = url.partition("?")
    return f"{base}?{query}" if query.startswith("logs=") or not query else f"{base}?…"


def _shown_body(content: Any) -> str:
    """Return a short form for the debug trace: long data is cut, so no media and no upload tokens in full."""
    if not isinstance(content, bytes):
        return ""
    return printable(content[:400].decode("utf-8", "replace"), limit=300)
