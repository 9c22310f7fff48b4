"""What comes back: a whole answer, or one whose body is still to come, and how long it asks us to wait."""

from __future__ import annotations

import email.utils
import json
import zlib
from datetime import UTC
from functools import cached_property
from typing import TYPE_CHECKING, Any

from openclaw_fal.core.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import httpx

    from openclaw_fal.core.fal_key import Key
    from openclaw_fal.fal.transport import WaitLimit

REQUEST_ID_HEADER = "x-fal-request-id"
RETRYABLE_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})
KEY_STATUSES = frozenset({401, 402, 403})
INFLATED_AT_ONCE = 256 * 1024  # bytes; a few that were sent may unfold to a thousand times as many
_ZLIB_OR_GZIP = 47  # zlib's own number for "whichever it is"


class Unreachable(Exception):
    """No usable answer came.

    ``sent`` is False only when the request surely never left. ``is_final``: asking again would change nothing.
    ``request_id`` is fal's, when at least the head of an answer came.
    """

    def __init__(self, reason: str, *, sent: bool, is_final: bool = False, request_id: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.sent = sent
        self.is_final = is_final
        self.request_id = request_id


class Reply:
    """A complete answer. Header names are lower-case. One that is too large has no body. ``key`` was sent with it."""

    def __init__(
        self,
        status: int,
        headers: Mapping[str, str],
        body: bytes,
        *,
        is_too_large: bool = False,
        key: Key | None = None,
    ) -> None:
        self.status = status
        self.headers = headers
        self.body = body
        self.is_too_large = is_too_large
        self.key = key

    @cached_property
    def json(self) -> Any:
        """The parsed body, ``None`` when it is not JSON."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    @property
    def request_id(self) -> str | None:
        return request_id_of(self.headers)

    @property
    def is_from_fal(self) -> bool:
        """Whether fal answered, and not a gateway in front of it: fal names the request in each answer."""
        return REQUEST_ID_HEADER in self.headers

    @property
    def is_garbled(self) -> bool:
        """A success that can't be read."""
        return self.is_success and self.json is None

    @property
    def is_inconclusive(self) -> bool:
        """A trouble that may pass, or the page of a gateway, a firewall or a hotel's network: not fal's own word."""
        if self.is_success:
            return self.is_garbled
        is_fals_word = self.status >= 400 and (self.is_from_fal or isinstance(self.json, dict))
        return self.status in RETRYABLE_STATUSES or not (is_fals_word or self.status in KEY_STATUSES)

    @property
    def problem(self) -> str:
        """What is wrong with it, for a message."""
        if self.is_too_large:
            return "the answer is too large"
        return "the answer is not JSON" if self.is_garbled else f"HTTP {self.status}"


class Incoming:
    """An answer whose head is here and whose body is still to come. Header names are lower-case."""

    def __init__(self, response: httpx.Response, wait_limit: WaitLimit) -> None:
        self.status = response.status_code
        self.headers: Mapping[str, str] = {name.lower(): value for name, value in response.headers.items()}
        self.wait_limit = wait_limit
        self._response = response

    @property
    def request_id(self) -> str | None:
        return request_id_of(self.headers)

    @property
    def is_redirect(self) -> bool:
        return self.status in {301, 302, 303, 307, 308}

    @property
    def is_encoded(self) -> bool:
        return self._encoding not in {"", "identity"}

    @property
    def _encoding(self) -> str:
        return self.headers.get("content-encoding", "").strip().lower()

    def pieces(self) -> Iterator[bytes]:
        """Read the body as it comes; one that was compressed is unfolded little by little.

        No size is asked for: that would only add copies to what the socket gave.
        """
        raw = self._response.iter_raw()
        if not self.is_encoded:
            return raw
        if self._encoding not in {"gzip", "x-gzip", "deflate"}:
            raise Unreachable(f"the answer is encoded as {self._encoding[:20]!r}", sent=True, is_final=True)
        return _inflated(raw)

    def whole(self, limit: int) -> bytes | None:
        """Read the whole body, ``None`` when it is larger than ``limit`` bytes."""
        body = bytearray()
        for piece in self.pieces():
            body += piece
            if len(body) > limit:
                return None
        return bytes(body)


def _inflated(chunks: Iterator[bytes]) -> Iterator[bytes]:
    inflater = zlib.decompressobj(_ZLIB_OR_GZIP)
    try:
        for chunk in chunks:
            rest = chunk
            while rest:
                yield inflater.decompress(rest, INFLATED_AT_ONCE)
                rest = inflater.unconsumed_tail
        yield inflater.flush()
    except zlib.error as error:
        raise Unreachable(f"the answer can't be decompressed ({error})", sent=True) from error
    if not inflater.eof:
        raise Unreachable("the compressed answer is incomplete", sent=True)


def request_id_of(headers: Mapping[str, str]) -> str | None:
    """Return fal's id of the request, ``None`` without one. Header names are lower-case."""
    return printable(headers.get(REQUEST_ID_HEADER, ""), limit=200) or None


def retry_after_s(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds to wait as told by ``Retry-After`` (a number or an HTTP date), ``None`` when not told."""
    told = headers.get("retry-after", "").strip()
    if told.isascii() and told.isdecimal():
        return float(told[:20])
    try:
        date = email.utils.parsedate_to_datetime(told)
    except (ValueError, IndexError, OverflowError):
        return None
    # A date without a zone is in UTC, as all HTTP dates are.
    return max(0.0, (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() - now)
