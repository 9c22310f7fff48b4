"""References: reading and checking them, and turning them into URLs that models can read."""

from __future__ import annotations

import base64
import hashlib
import io
import threading
import urllib.parse
from contextlib import contextmanager
from functools import partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from openclaw_fal.actions.reference_input import CHUNK_SIZE, Content, bounded, open_path, open_stdin
from openclaw_fal.core.completeness import is_cut_short
from openclaw_fal.core.data_uri import decode_data_uri, is_data_uri
from openclaw_fal.core.errors import RequestError, UsageError
from openclaw_fal.core.events import Uploading, Waiting, translate
from openclaw_fal.core.file_names import safe_file_name
from openclaw_fal.core.media import extension_for, medium_of_type, sniff
from openclaw_fal.core.records import Record
from openclaw_fal.core.secrets import redact
from openclaw_fal.core.text import printable, size_text
from openclaw_fal.fal.uploads import MAX_SIZE_AT_ONCE, upload
from openclaw_fal.store.paths import expand_home

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
    from pathlib import Path
    from typing import BinaryIO

    from openclaw_fal.core.events import Note
    from openclaw_fal.core.kinds import MediaKind
    from openclaw_fal.core.requests import Reference
    from openclaw_fal.fal.client import FalClient
    from openclaw_fal.fal.clock import Deadline
    from openclaw_fal.models.payload import Plan
    from openclaw_fal.runtime import Runtime

MAX_INLINE_SIZE = 256 * 1024  # bytes; smaller files are sent inside the request, larger ones through fal's storage
HEAD_SIZE = 4096  # bytes, enough to recognize a file


class LoadedReference(Record):
    """One reference, ready to be sent.

    ``identity`` is the SHA-256 of the content in hex, or the URL. Exactly one of ``url`` (sent as it is) and ``read``
    (returns the content, from its beginning each time) is set. ``size`` is in bytes; type and size are ``None`` for a
    URL, which only fal reads.
    """

    kind: MediaKind
    name: str
    identity: str
    mime_type: str | None = None
    size: int | None = None
    url: str | None = None
    read: Callable[[], Iterator[bytes]] | None = None
    note: Note | None = None

    def read_chunks(self) -> Iterator[bytes]:
        if self.read is None:
            raise ValueError(f"{self.name} is a URL")
        return self.read()


class References:
    """Reads references, each once, and holds what came through a pipe until it is closed.

    The content of a pipe has to arrive by the deadline. Pictures that no model reads are converted, or refused, unless
    everything is to be sent as it is.
    """

    def __init__(self, runtime: Runtime, deadline: Deadline, *, as_they_are: bool = False) -> None:
        self._runtime = runtime
        self._deadline = deadline
        self.as_they_are = as_they_are
        self._loaded: dict[tuple[MediaKind, str], LoadedReference] = {}
        self._kept: dict[str, Content] = {}

    def close(self) -> None:
        for content in self._kept.values():
            content.file.close()

    def load(self, references: Iterable[Reference]) -> tuple[LoadedReference, ...]:
        """Return the references ready to be sent. Raises `UsageError` for one that no model could take."""
        return tuple(self._once(reference.kind, reference.source) for reference in references)

    def check_urls(self, urls: Iterable[str]) -> None:
        """Raise `UsageError` for a URL that fal can't read."""
        for url in urls:
            if problem := self._runtime.fal.origins.unreadable_for_fal(url):
                raise RequestError(
                    f"fal can't read {printable(redact(url), limit=200)}: {problem}.",
                    hint="Give the file itself, or a URL that everyone can open.",
                )

    def _once(self, kind: MediaKind, source: str) -> LoadedReference:
        key = (kind, source)
        if key not in self._loaded:
            self._loaded[key] = self._load(kind, source)
        return self._loaded[key]

    def _load(self, kind: MediaKind, source: str) -> LoadedReference:
        if not source.strip():
            raise UsageError("A reference is empty. Give a path, an http(s) URL, a data: URI, or - for standard input.")
        if is_data_uri(source):
            return self._inline(kind, source)
        scheme = source.partition("://")[0].lower() if "://" in source else ""
        if scheme in {"http", "https"}:
            self.check_urls([source])
            name = PurePosixPath(urllib.parse.urlsplit(source).path).name or source
            return LoadedReference(kind, printable(redact(name), limit=80), source, url=source)
        if scheme:
            raise UsageError(f"{redact(source)!r} is not a reference. Give a path, an http(s) URL or a data: URI.")
        return self._content(kind, source)

    def _content(self, kind: MediaKind, source: str) -> LoadedReference:
        def check_head(head: bytes, shown: str) -> None:
            _checked_type(kind, head, shown)

        if source in self._kept:  # a pipe that is given for two inputs of different kinds
            content = self._kept[source]
        elif source == "-":
            content = open_stdin(self._runtime, self._deadline, check_head)
        else:
            content = open_path(expand_home(source), self._deadline, check_head)
        if content.path is None:
            self._kept[source] = content
            return self._readable(_examined(kind, content), content)
        with content.file:
            return self._readable(_examined(kind, content), content)

    def _inline(self, kind: MediaKind, source: str) -> LoadedReference:
        shown = printable(source, limit=40)
        try:
            _, data = decode_data_uri(source, MAX_SIZE_AT_ONCE)
        except ValueError as error:
            raise UsageError(f"The reference {shown!r} is not a valid data: URI: {error}.") from error
        content = Content(io.BytesIO(data), shown, "data: URI", None)
        medium = _examined(kind, content)._replace(name="data: URI")
        sent = self._readable(medium, content)
        return sent if sent.mime_type != medium.mime_type else sent._replace(url=source, read=None)

    def _readable(self, medium: LoadedReference, content: Content) -> LoadedReference:
        """Return a picture as models read it, with a note if it is not what the file holds, or looks turned."""
        if medium.kind != "image":
            return medium
        # Imported here: most requests have no reference.
        from openclaw_fal.actions.pictures import CONVERTIBLE, readable, turned_note  # noqa: PLC0415

        shown, path = content.shown, content.path
        if self.as_they_are or medium.mime_type not in CONVERTIBLE:
            return medium._replace(note=turned_note(content.file, shown, path))
        data, mime_type, note = readable(b"".join(_chunks(content.file)), medium.mime_type, shown, path)
        name = PurePosixPath(medium.name).stem + extension_for(mime_type)
        identity = hashlib.sha256(data).hexdigest()
        return LoadedReference(medium.kind, name, identity, mime_type, len(data), read=lambda: iter([data]), note=note)


def _examined(kind: MediaKind, content: Content) -> LoadedReference:
    """Return what is known of a content by reading all of it. Raises `UsageError` if it is not what it has to be."""
    file, shown = content.file, content.shown
    digest, size = hashlib.sha256(), 0
    try:
        for chunk in bounded(_chunks(file), shown):
            digest.update(chunk)
            size += len(chunk)
        file.seek(0)
        mime_type = _checked_type(kind, file.read(HEAD_SIZE), shown)
        is_cut = is_cut_short(file, size)
    except OSError as error:
        raise UsageError(f"The reference {shown} can't be read: {error.strerror or error}.") from error
    if is_cut:
        raise RequestError(
            f"The reference {shown} is incomplete: the end of this {mime_type} is missing ({size_text(size)}).",
            hint="Copy or download it again.",
        )
    read = partial(_chunks, file) if content.path is None else partial(_chunks_of, content.path.absolute())
    return LoadedReference(kind, safe_file_name(content.name), digest.hexdigest(), mime_type, size, read=read)


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    file.seek(0)
    while chunk := file.read(CHUNK_SIZE):
        yield chunk


def _chunks_of(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from _chunks(file)


def _checked_type(kind: MediaKind, head: bytes, shown: str) -> str:
    """Return the type by content: a name may be wrong, and a wrong guess would be billed."""
    if not head:
        raise UsageError(f"The reference {shown} is empty (0 bytes).")
    mime_type = sniff(head)
    if kind not in _ARTICLES:  # a 3-D model, an archive or whatever else an input takes
        return mime_type or "application/octet-stream"
    if mime_type is None or medium_of_type(mime_type) != kind:
        raise UsageError(f"The reference {shown} is not {_ARTICLES[kind]}: its content is {mime_type or 'unknown'}.")
    return mime_type


_ARTICLES = {"image": "an image", "video": "a video", "audio": "a sound file"}


def check_fit(media: Sequence[LoadedReference], plan: Plan, *, of_any_type: bool = False) -> None:
    """Raise `UsageError` for a file of a size that the model does not take, or of such a type."""
    for slot in plan.slots:
        files = [medium for medium in media if medium.kind == slot.kind and medium.size is not None]
        for medium in files:
            if slot.mime_types and not of_any_type and medium.mime_type not in slot.mime_types:
                taken = ", ".join(slot.mime_types)
                raise UsageError(f"{medium.name} is {medium.mime_type}; {plan.endpoint} takes {taken}.")
            _check_size(medium.name, medium.size or 0, slot.max_bytes, plan)
        _check_size("All of them together", sum(medium.size or 0 for medium in files), slot.max_total_bytes, plan)


def _check_size(what: str, size: int, limit: int | None, plan: Plan) -> None:
    if limit is not None and size > limit:
        raise UsageError(f"{what}: {size_text(size)}, but {plan.endpoint} takes at most {size_text(limit)}.")


class Uploads:
    """The URLs of what was uploaded in this run, by content. Threads may share it: equal content is uploaded once."""

    def __init__(self) -> None:
        self._urls: dict[str, str] = {}
        self._locks: dict[str, threading.Lock] = {}

    @contextmanager
    def one_at_a_time(self, identity: str) -> Iterator[None]:
        """Wait for another thread that uploads the same content."""
        with self._locks.setdefault(identity, threading.Lock()):
            yield

    def find(self, identity: str) -> str | None:
        return self._urls.get(identity)

    def add(self, identity: str, url: str) -> None:
        self._urls[identity] = url


def send(
    client: FalClient, media: Sequence[LoadedReference], deadline: Deadline, sent: Uploads
) -> Generator[Uploading | Waiting, None, list[str]]:
    """Return the URL of each medium, uploading the large ones, equal content once.

    ``sent`` remembers uploads for the rest of the run. Raises as `upload` does.
    """
    stored = iter((yield from store(client, [medium for medium in media if needs_upload(medium)], deadline, sent)))
    return [medium.url or (next(stored) if needs_upload(medium) else inline_url(medium)) for medium in media]


def store(
    client: FalClient, media: Sequence[LoadedReference], deadline: Deadline, sent: Uploads
) -> Generator[Uploading | Waiting, None, list[str]]:
    """Upload each medium that ``sent`` does not know, and return the URLs of all. Raises as `upload` does."""
    urls: list[str] = []
    for number, medium in enumerate(media, start=1):
        with sent.one_at_a_time(medium.identity):
            url = sent.find(medium.identity)
            if url is None:
                begun = Uploading(medium.name, number, len(media), medium.size or 0)
                yield begun
                url = yield from _upload(client, medium, begun, deadline)
                sent.add(medium.identity, url)
        urls.append(url)
    return urls


def _upload(
    client: FalClient, medium: LoadedReference, begun: Uploading, deadline: Deadline
) -> Generator[Uploading | Waiting, None, str]:
    def event_of(item: Waiting | int) -> Uploading | Waiting:
        return begun._replace(sent=item) if isinstance(item, int) else item

    work = upload(client, medium.name, medium.mime_type or "", begun.size, medium.read_chunks, deadline)
    return (yield from translate(work, lambda item: [event_of(item)]))


def inline_url(medium: LoadedReference) -> str:
    """Return a small medium as a ``data:`` URI."""
    encoded = base64.b64encode(b"".join(medium.read_chunks())).decode()
    return f"data:{medium.mime_type};base64,{encoded}"


def needs_upload(medium: LoadedReference) -> bool:
    """Return whether a medium is too large to be sent inside the request."""
    return medium.url is None and (medium.size or 0) > MAX_INLINE_SIZE
