"""Answers: a complete one, one whose body is still arriving, and the error for none."""

from __future__ import annotations

import json
import zlib
from contextlib import suppress
from datetime import UTC
from functools import cached_property
from typing import TYPE_CHECKING, Any

from openclaw_fal.core.text import printable
from openclaw_fal.fal.sse import server_sent_events

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from openclaw_fal.core.secrets import Key, KeyFilter
    from openclaw_fal.fal.connections import WaitLimit
    from openclaw_fal.fal.transport import Answer

REQUEST_ID_HEADER = "x-fal-request-id"
RETRYABLE_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})
KEY_STATUSES = frozenset({401, 402, 403})
MAX_INFLATED_PIECE = 256 * 1024  # bytes; compressed data may grow a thousandfold
_INFLATED = frozenset({"gzip", "x-gzip", "deflate"})
_COMPRESSED = (b"\x1f\x8b", b"\x78")  # how gzip and zlib begin
_ZLIB_OR_GZIP = 47  # zlib detects which of the two it is


class Unreachable(Exception):
    """There is no usable answer.

    ``sent`` is False only if the request surely was not sent. ``is_final`` means that a retry can't help.
    ``request_id`` is fal's id of the request, if the headers of an answer arrived.
    ``is_refused`` if nothing listens at the address.
    """

    def __init__(
        self,
        reason: str,
        *,
        sent: bool,
        is_final: bool = False,
        request_id: str | None = None,
        is_refused: bool = False,
    ) -> None:
        super().__init__(reason)
        self.is_refused = is_refused
        self.reason = reason
        self.sent = sent
        self.is_final = is_final
        self.request_id = request_id


class Reply:
    """A complete answer to a request with ``key``. Header names are lower-case. A body that is too large is empty."""

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
        """The parsed body, ``None`` if it is not JSON."""
        return read_json(self.body)

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    @property
    def request_id(self) -> str | None:
        return request_id_of(self.headers)

    @property
    def is_from_fal(self) -> bool:
        """Whether fal itself answered and not a gateway in front of it. Every answer of fal has a request id."""
        return REQUEST_ID_HEADER in self.headers

    @property
    def is_surely_from_fal(self) -> bool:
        """Whether an answer that can't be read is from fal or the model, and not a page of a gateway or a login."""
        has_content = bool(self.body) or self.is_too_large
        return has_content and (self.is_from_fal or "json" in self.headers.get("content-type", ""))

    @property
    def is_garbled(self) -> bool:
        """Whether a success has a body that is not JSON."""
        return self.is_success and self.json is None

    @property
    def is_unreadable(self) -> bool:
        """Whether a success has a body that can't be the result of a model."""
        return self.is_success and (self.json in (None, [], "") or isinstance(self.json, bool | int | float))

    @property
    def is_inconclusive(self) -> bool:
        """Whether the answer says nothing about the request: a temporary failure, or a page of a gateway or login."""
        if self.is_success:
            return self.is_garbled
        is_from_service = self.status >= 400 and (self.is_from_fal or isinstance(self.json, dict))
        return self.status in RETRYABLE_STATUSES or not (is_from_service or self.status in KEY_STATUSES)

    @property
    def problem(self) -> str:
        """What is wrong with the answer, as part of a message."""
        if self.is_too_large:
            return "the answer is too large"
        if self.is_garbled:
            return "the answer is not JSON"
        return "the answer has no outputs" if self.is_unreadable else f"HTTP {self.status}"


class Incoming:
    """An answer whose body is still arriving. Header names are lower-case.

    ``key_filter`` removes the key from headers, from the `whole` body, and from `events`. No other text of a server
    that got the key reaches the rest of the program.
    """

    def __init__(self, answer: Answer, wait_limit: WaitLimit, key_filter: KeyFilter | None = None) -> None:
        self.status = answer.status
        self.headers: Mapping[str, str] = _headers(answer.headers, key_filter.clean_text if key_filter else str)
        self._filter = key_filter
        self.wait_limit = wait_limit
        self._answer = answer

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
        """Yield the body as it arrives, decompressed in small pieces.

        The pieces are as large as the socket returns them, because any other size would copy the data again.
        """
        raw = self._answer.pieces()
        if not self.is_encoded:
            return raw
        if self._encoding not in _INFLATED:
            raise Unreachable(f"the answer is encoded as {self._encoding[:20]!r}", sent=True, is_final=True)
        return _inflated(raw)

    def whole(self, limit: int) -> bytes | None:
        """Return the whole body, ``None`` if it is larger than ``limit`` bytes.

        A gateway may say that a body is compressed that is not: that body is returned as it is.
        """
        body = _joined(self._answer.pieces(), limit)
        if body is not None and body.startswith(_COMPRESSED) and self._encoding in _INFLATED:
            body = _joined(_inflated(iter([body])), limit)
        return self._filter.clean(body) if self._filter and body is not None else body

    def read_end(self, rest: Iterator[object], seconds: float) -> None:
        """Read the end of the answer if it comes within ``seconds``: the connection can then serve the next request."""
        self.wait_limit.seconds = seconds
        with suppress(Exception):  # whatever goes wrong with the connection, the next request opens another
            next(rest, None)

    def events(self) -> Iterator[str | None]:
        """Yield the data of server-sent events as they arrive, ``None`` for everything else that does."""
        for data in server_sent_events(self.pieces()):
            yield self._filter.clean_text(data) if data and self._filter else data


def _headers(received: Iterable[tuple[bytes, bytes]], clean: Callable[[str], str]) -> dict[str, str]:
    """Return headers with lower-case names. Values of equal names are joined."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in received:
        name, value = raw_name.decode("latin-1").lower(), clean(_text(raw_value))
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _joined(pieces: Iterable[bytes], limit: int) -> bytes | None:
    body = bytearray()
    for piece in pieces:
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
                yield inflater.decompress(rest, MAX_INFLATED_PIECE)
                rest = inflater.unconsumed_tail
        yield inflater.flush()
    except zlib.error as error:
        raise Unreachable(f"the answer can't be decompressed ({error})", sent=True) from error
    if not inflater.eof:
        raise Unreachable("the compressed answer is incomplete", sent=True)


def read_json(body: bytes) -> Any:
    """Parse JSON; return ``None`` for anything else.

    One wrong byte or a number that is too long for Python must not lose what was paid for: bytes that are not UTF-8
    are replaced, such a number becomes text, and what follows an object is ignored.
    """
    try:
        return json.loads(body)
    except RecursionError:
        return None
    except ValueError:
        text = body.decode(json.detect_encoding(body), "replace")
    try:
        decoder = json.JSONDecoder(strict=False, parse_int=_integer_or_text)
        value, end = decoder.raw_decode(text.lstrip("\ufeff \t\r\n"))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) or end == len(text.strip("\ufeff \t\r\n")) else None


def _integer_or_text(digits: str) -> int | str:
    try:
        return int(digits)
    except ValueError:
        return digits


def request_id_of(headers: Mapping[str, str]) -> str | None:
    """Return fal's id of a request, ``None`` if there is none. Header names are lower-case."""
    return printable(headers.get(REQUEST_ID_HEADER, ""), limit=200) or None


def asked_pause_text(seconds: float) -> str:
    hours = f" ({seconds / 3600:.0f} h)" if seconds >= 7200 else ""
    return f"fal asks to wait {seconds:.0f} s{hours}"


def retry_after_s(headers: Mapping[str, str], now: float) -> float | None:
    """Return the seconds until the time in ``Retry-After``, a number or an HTTP date; ``None`` without one.

    ``now`` is in seconds since 1970.
    """
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdecimal():
        return float(value[:20])
    if not value:
        return None
    from email.utils import parsedate_to_datetime  # noqa: PLC0415 - takes 5 ms, and dates are rare

    try:
        date = parsedate_to_datetime(value)
    except (ValueError, IndexError, OverflowError):
        return None
    # HTTP dates are in UTC.
    return max(0.0, (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() - now)
