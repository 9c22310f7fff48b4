"""References: reading and checking them, and turning them into URLs that models can read."""

from __future__ import annotations

import base64
import hashlib
import urllib.parse
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from openclaw_fal.core.data_uri import decode_data_uri, is_data_uri
from openclaw_fal.core.errors import UsageError
from openclaw_fal.core.media import kind_of, sniff
from openclaw_fal.core.tasks import Uploading, Waiting
from openclaw_fal.core.text import printable, size_text
from openclaw_fal.fal.uploads import MAX_UPLOAD_BYTES, upload
from openclaw_fal.store.paths import expand_home

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from openclaw_fal.core.requests import MediaKind, Reference
    from openclaw_fal.fal.client import FalClient
    from openclaw_fal.fal.clock import Deadline
    from openclaw_fal.models.payload import Plan

MAX_INLINE_SIZE = 256 * 1024  # bytes; smaller files are sent inside the request, larger ones through fal's storage
CHUNK_SIZE = 1024 * 1024
HEAD_SIZE = 4096  # bytes, enough to recognize a file


class Medium(NamedTuple):
    """One reference, ready to be sent.

    ``identity`` is the SHA-256 of the content in hex, or the URL. Exactly one of ``url`` (sent as it is) and ``path``
    is set. ``size`` is in bytes; type and size are ``None`` for a URL, which only fal reads.
    """

    kind: MediaKind
    name: str
    identity: str
    mime_type: str | None = None
    size: int | None = None
    url: str | None = None
    path: Path | None = None

    def read_chunks(self) -> Iterator[bytes]:
        if self.path is None:
            raise ValueError(f"{self.name} is a URL")
        with self.path.open("rb") as file:
            while chunk := file.read(CHUNK_SIZE):
                yield chunk


def load(references: Sequence[Reference]) -> tuple[Medium, ...]:
    """Read every reference. Raises `UsageError` for one that no model could take."""
    return tuple(_load(reference) for reference in references)


def _load(reference: Reference) -> Medium:
    source = reference.source
    if is_data_uri(source):
        return _inline(reference)
    scheme = urllib.parse.urlsplit(source).scheme if "://" in source else ""
    if scheme in {"http", "https"}:
        name = Path(urllib.parse.urlsplit(source).path).name or source
        return Medium(reference.kind, printable(name, limit=80), source, url=source)
    if scheme:
        raise UsageError(f"{source!r} is not a reference. Give a path, an http(s) URL or a data: URI.")
    return _file(reference, expand_home(source))


def _inline(reference: Reference) -> Medium:
    shown = printable(reference.source, limit=40)
    try:
        _, content = decode_data_uri(reference.source, MAX_UPLOAD_BYTES)
    except ValueError as error:
        raise UsageError(f"The reference {shown!r} is not a valid data: URI: {error}.") from error
    mime_type = _checked_type(reference.kind, content[:HEAD_SIZE], shown)
    identity = hashlib.sha256(content).hexdigest()
    return Medium(reference.kind, "data: URI", identity, mime_type, len(content), reference.source)


def _file(reference: Reference, path: Path) -> Medium:
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_SIZE)
            digest = hashlib.sha256(head)
            while chunk := file.read(CHUNK_SIZE):
                digest.update(chunk)
            size = file.tell()
    except OSError as error:
        raise UsageError(f"The reference {path} can't be read: {error.strerror or error}.") from error
    mime_type = _checked_type(reference.kind, head, str(path))
    if size > MAX_UPLOAD_BYTES:
        raise UsageError(
            f"The reference {path} has {size_text(size)}; at most {size_text(MAX_UPLOAD_BYTES)} can be uploaded. "
            "Give it as an https URL instead."
        )
    return Medium(reference.kind, path.name, digest.hexdigest(), mime_type, size, path=path.absolute())


def _checked_type(kind: MediaKind, head: bytes, shown: str) -> str:
    """Return the type by content: a name may lie, and a wrong guess would be paid for."""
    mime_type = sniff(head)
    if kind not in _ARTICLES:  # a 3-D model, an archive or whatever else an input takes
        return mime_type or "application/octet-stream"
    if mime_type is None or kind_of(mime_type) != kind:
        raise UsageError(f"The reference {shown} is not {_ARTICLES[kind]}: its content is {mime_type or 'unknown'}.")
    return mime_type


_ARTICLES = {"image": "an image", "video": "a video", "audio": "a sound file"}


def check_fit(media: Sequence[Medium], plan: Plan) -> None:
    """Raise `UsageError` for a file of a type or size that the model does not take."""
    for slot in plan.slots:
        files = [medium for medium in media if medium.kind == slot.kind and medium.size is not None]
        for medium in files:
            if slot.mime_types and medium.mime_type not in slot.mime_types:
                taken = ", ".join(slot.mime_types)
                raise UsageError(f"{medium.name} is {medium.mime_type}; {plan.endpoint} takes {taken}.")
            _check_size(medium.name, medium.size or 0, slot.max_bytes, plan)
        _check_size("All of them together", sum(medium.size or 0 for medium in files), slot.max_total_bytes, plan)


def _check_size(what: str, size: int, limit: int | None, plan: Plan) -> None:
    if limit is not None and size > limit:
        raise UsageError(f"{what}: {size_text(size)}, but {plan.endpoint} takes at most {size_text(limit)}.")


def send(
    client: FalClient, media: Sequence[Medium], deadline: Deadline, sent: dict[str, str]
) -> Generator[Uploading | Waiting, None, list[str]]:
    """Return the URL of each medium, uploading the large ones, equal content once.

    ``sent`` remembers uploads by content for the rest of the run. Raises as `upload` does.
    """
    urls: list[str] = []
    large = [medium for medium in media if _needs_upload(medium)]
    for medium in media:
        if medium.url:
            url = medium.url
        elif medium.identity in sent:
            url = sent[medium.identity]
        elif not _needs_upload(medium):
            encoded = base64.b64encode(b"".join(medium.read_chunks())).decode()
            url = f"data:{medium.mime_type};base64,{encoded}"
        else:
            yield Uploading(medium.name, large.index(medium) + 1, len(large), medium.size or 0)
            url = yield from upload(
                client, medium.name, medium.mime_type or "", medium.size or 0, medium.read_chunks, deadline
            )
            sent[medium.identity] = url
        urls.append(url)
    return urls


def _needs_upload(medium: Medium) -> bool:
    return medium.path is not None and (medium.size or 0) > MAX_INLINE_SIZE
