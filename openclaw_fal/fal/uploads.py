"""Uploads of references to fal's storage."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from openclaw_fal.core.errors import ConfigError, NothingSent
from openclaw_fal.fal.failures import NOT_CHARGED, detail_of, failure, nothing_sent
from openclaw_fal.fal.reply import KEY_STATUSES, RETRYABLE_STATUSES, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

    from openclaw_fal.core.events import Waiting
    from openclaw_fal.fal.client import FalClient
    from openclaw_fal.fal.clock import Deadline
    from openclaw_fal.fal.reply import Reply

MAX_SIZE_AT_ONCE = 90 * 1024 * 1024  # bytes; larger files are sent in parts
PART_SIZE = 10 * 1024 * 1024  # bytes
MAX_PARTS = 1000
MAX_UPLOAD_BYTES = MAX_PARTS * PART_SIZE
ANSWER_TIMEOUT_S = 60.0  # fal answers once it has stored what it was sent

Sent = int  # bytes that fal has stored


def upload(
    client: FalClient,
    file_name: str,
    mime_type: str,
    size: int,
    read_chunks: Callable[[], Iterable[bytes]],
    deadline: Deadline,
) -> Generator[Waiting | Sent, None, str]:
    """Store ``size`` bytes at fal and return the URL where models can read them.

    An upload costs nothing. It is repeated until the deadline, and so is each part of a large one, after which the
    bytes stored so far are yielded. ``read_chunks`` opens the file, for each try to send it at once. Only the first
    step gets the key, because the URL of the others is signed. Raises `NothingSent` if the upload fails, and
    `KeyProblem` or `AccountProblem` if fal refuses the key.
    """
    send = _Sender(client, file_name, mime_type, deadline)
    try:
        if size <= MAX_SIZE_AT_ONCE:
            upload_url, file_url = yield from send.start("initiate")
            yield from send.put(upload_url, size, lambda: _exactly(size, read_chunks()))
        else:
            upload_url, file_url = yield from send.start("initiate-multipart")
            yield from send.parts(upload_url, _exactly(size, read_chunks()))
    except Unreachable as problem:
        raise _failed(file_name, problem.reason) from problem
    except ConfigError as error:
        raise nothing_sent(error) from error
    except OSError as error:
        raise _failed(file_name, f"it can't be read: {error.strerror or error}") from error
    return file_url


class _Sender:
    """Sends one file."""

    def __init__(self, client: FalClient, file_name: str, mime_type: str, deadline: Deadline) -> None:
        self._client = client
        self._file_name = file_name
        self._mime_type = mime_type
        self._deadline = deadline

    def start(self, route: Literal["initiate", "initiate-multipart"]) -> Generator[Waiting, None, tuple[str, str]]:
        """Return the URL to send the bytes to and that of the stored file. Refuses URLs in private networks."""
        origins = self._client.origins
        reply = yield from self._client.read(
            "POST",
            f"{origins.storage}/storage/upload/{route}?storage_type=fal-cdn-v3",
            deadline=self._deadline,
            body={"content_type": self._mime_type, "file_name": self._file_name},
        )
        if reply.status in KEY_STATUSES:
            raise failure(reply, f"uploading {self._file_name}")
        match reply.json:
            case {"upload_url": str(upload_url), "file_url": str(file_url)} if reply.is_success:
                problem = origins.may_fetch(upload_url)
            case _:
                reason = f"fal returned no upload address: {detail_of(reply) or reply.problem}"
                raise _failed(self._file_name, reason)
        if problem:
            raise _failed(self._file_name, f"fal returned an upload address that can't be used: {problem}")
        return upload_url, file_url

    def put(self, url: str, size: int, content: Callable[[], Iterable[bytes]]) -> Generator[Waiting, None, Reply]:
        headers = {"Content-Type": self._mime_type, "Content-Length": str(size)}
        return (yield from self._send("PUT", url, content=content, headers=headers))

    def parts(self, url: str, chunks: Iterable[bytes]) -> Generator[Waiting | Sent, None, None]:
        """Send a file in parts, one after the other, and have fal join them."""
        parts: list[dict[str, Any]] = []
        sent = 0
        for number, part in enumerate(_parts(chunks), start=1):
            reply = yield from self.put(_below(url, str(number)), len(part), partial(iter, [part]))
            match reply.json:
                case {"etag": str(tag)}:
                    parts.append({"partNumber": number, "etag": tag})
                case _:
                    raise _failed(self._file_name, f"fal did not confirm part {number}: {reply.problem}")
            sent += len(part)
            yield sent
        yield from self._send("POST", _below(url, "complete"), body={"parts": parts})

    def _send(self, method: str, url: str, **request: Any) -> Generator[Waiting, None, Reply]:
        reply = yield from self._client.read(
            method,
            url,
            deadline=self._deadline,
            should_retry=lambda reply: reply.status in RETRYABLE_STATUSES,
            with_key=False,
            read_timeout_s=ANSWER_TIMEOUT_S,
            **request,
        )
        if not reply.is_success:
            raise _failed(self._file_name, reply.problem)
        return reply


def _below(url: str, name: str) -> str:
    """Return a URL with one more segment in its path; the query, which is its signature, stays."""
    parts = urlsplit(url)
    return parts._replace(path=f"{parts.path}/{name}").geturl()


def _parts(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Join the chunks to parts of the size that fal takes."""
    part = bytearray()
    for chunk in chunks:
        part += chunk
        while len(part) >= PART_SIZE:
            yield bytes(part[:PART_SIZE])
            del part[:PART_SIZE]
    if part:
        yield bytes(part)


def _exactly(size: int, chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield exactly ``size`` bytes; raise `OSError` if the file has changed, before the connection breaks."""
    left = size
    for chunk in chunks:
        left -= len(chunk)
        if left < 0:
            break
        yield chunk
    if left:
        raise OSError("it changed while it was read")


def _failed(file_name: str, reason: str) -> NothingSent:
    return NothingSent(
        f"The upload of {file_name} failed ({reason}).",
        consequence=NOT_CHARGED,
        code="upload_failed",
        hint="Run the same command again, or pass the reference as an https URL.",
        retryable=True,
    )
