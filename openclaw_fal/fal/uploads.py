"""Uploads of references to fal's storage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openclaw_fal.core.errors import ConfigError, NothingSent
from openclaw_fal.fal.failures import NOT_CHARGED, detail_of, failure, nothing_sent
from openclaw_fal.fal.reply import KEY_STATUSES, RETRYABLE_STATUSES, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

    from openclaw_fal.core.events import Waiting
    from openclaw_fal.fal.client import FalClient
    from openclaw_fal.fal.clock import Deadline

MAX_UPLOAD_BYTES = 90 * 1024 * 1024  # fal's own clients upload larger files in parts
ANSWER_TIMEOUT_S = 60.0  # fal answers once it has stored the whole file


def upload(
    client: FalClient,
    file_name: str,
    mime_type: str,
    size: int,
    read_chunks: Callable[[], Iterable[bytes]],
    deadline: Deadline,
) -> Generator[Waiting, None, str]:
    """Store ``size`` bytes at fal and return the URL where models can read them.

    An upload costs nothing and is repeated until the deadline. ``read_chunks`` opens the file for each try. Only the
    first step gets the key, because the URL of the second is signed. Raises `NothingSent` if the upload fails, and
    `KeyProblem` or `AccountProblem` if fal refuses the key.
    """
    try:
        upload_url, file_url = yield from _start(client, file_name, mime_type, deadline)
        reply = yield from client.read(
            "PUT",
            upload_url,
            deadline=deadline,
            should_retry=lambda reply: reply.status in RETRYABLE_STATUSES,
            content=lambda: _exactly(size, read_chunks()),
            headers={"Content-Type": mime_type, "Content-Length": str(size)},
            with_key=False,
            read_timeout_s=ANSWER_TIMEOUT_S,
        )
    except Unreachable as problem:
        raise _failed(file_name, problem.reason) from problem
    except ConfigError as error:
        raise nothing_sent(error) from error
    except OSError as error:
        raise _failed(file_name, f"it can't be read: {error.strerror or error}") from error
    if not reply.is_success:
        raise _failed(file_name, reply.problem)
    return file_url


def _start(
    client: FalClient, file_name: str, mime_type: str, deadline: Deadline
) -> Generator[Waiting, None, tuple[str, str]]:
    """Return the URL to send the bytes to and the URL of the stored file. Refuses URLs in private networks."""
    reply = yield from client.read(
        "POST",
        f"{client.origins.storage}/storage/upload/initiate?storage_type=fal-cdn-v3",
        deadline=deadline,
        body={"content_type": mime_type, "file_name": file_name},
    )
    if reply.status in KEY_STATUSES:
        raise failure(reply, f"uploading {file_name}")
    match reply.json:
        case {"upload_url": str(upload_url), "file_url": str(file_url)} if reply.is_success:
            problem = client.origins.may_fetch(upload_url)
        case _:
            raise _failed(file_name, f"fal returned no upload address: {detail_of(reply) or reply.problem}")
    if problem:
        raise _failed(file_name, f"fal returned an upload address that can't be used: {problem}")
    return upload_url, file_url


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
        f"The upload of {file_name} failed ({reason}). {NOT_CHARGED}",
        code="upload_failed",
        hint="Run the same command again, or pass the reference as an https URL.",
        retryable=True,
    )
