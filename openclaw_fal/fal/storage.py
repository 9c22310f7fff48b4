"""References on their way in: fal's storage (``fal-http.md`` §5.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openclaw_fal.core.errors import NothingSubmitted
from openclaw_fal.fal.failures import failure
from openclaw_fal.fal.http import FalHttp, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable

    from openclaw_fal.core.tasks import Waiting
    from openclaw_fal.fal.deadline import Deadline

SINGLE_SHOT_LIMIT = 90 * 1024 * 1024  # bytes; above that fal's own clients upload in parts (§10)


def upload(
    http: FalHttp,
    file_name: str,
    mime_type: str,
    size: int,
    read_chunks: Callable[[], Iterable[bytes]],
    deadline: Deadline,
) -> Generator[Waiting, None, str]:
    """Store ``size`` bytes at fal and return the URL under which models can read them.

    Costs nothing, so it is repeated until the deadline. ``read_chunks`` opens the file anew for each try. The key goes
    with the first step only: the URL to send the bytes to is signed. Raises `NothingSubmitted` when it fails.
    """
    try:
        reply = yield from http.read(
            "POST",
            f"{http.origins.storage}/storage/upload/initiate?storage_type=fal-cdn-v3",
            deadline=deadline,
            body={"content_type": mime_type, "file_name": file_name},
        )
        if not reply.is_success:
            raise failure(reply, f"uploading {file_name}")
        upload_url, file_url = _urls(http, reply.json(), file_name)
        reply = yield from http.read(
            "PUT",
            upload_url,
            deadline=deadline,
            content=read_chunks,
            headers={"Content-Type": mime_type, "Content-Length": str(size)},
            with_key=False,
        )
    except Unreachable as problem:
        raise _failed(file_name, problem.reason) from problem
    if not reply.is_success:
        raise _failed(file_name, f"HTTP {reply.status}")
    return file_url


def _urls(http: FalHttp, answer: object, file_name: str) -> tuple[str, str]:
    """Return where to send the bytes and where they will be, refusing to send them into a private network."""
    match answer:
        case {"upload_url": str(upload_url), "file_url": str(file_url)}:
            problem = http.origins.may_fetch(upload_url)
            if problem:
                raise _failed(file_name, f"fal named an upload address that is not used: {problem}")
            return upload_url, file_url
        case _:
            raise _failed(file_name, "fal's answer names no address to upload to")


def _failed(file_name: str, reason: str) -> NothingSubmitted:
    return NothingSubmitted(
        f"The upload of {file_name} failed ({reason}). Nothing was submitted, nothing was charged.",
        code="upload_failed",
        hint="Run the same command again, or give the reference as an https URL.",
        retryable=True,
    )
