"""`upload`: store files at fal."""

from __future__ import annotations

import os
from contextlib import closing
from typing import TYPE_CHECKING

from openclaw_fal.actions.references import References, Uploads, store
from openclaw_fal.core.errors import UsageError
from openclaw_fal.core.events import Finished
from openclaw_fal.core.requests import Reference, is_local
from openclaw_fal.core.results import Asset, Envelope
from openclaw_fal.core.secrets import redact
from openclaw_fal.core.tasks import WAIT_TIMEOUT_S
from openclaw_fal.core.text import printable
from openclaw_fal.store.paths import expand_home

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from openclaw_fal.core.events import Event
    from openclaw_fal.runtime import Runtime


def upload(runtime: Runtime, sources: Sequence[str], timeout_ms: int | None) -> Generator[Event, None, None]:
    """Upload files; the outputs of the last event, `Finished`, have their URLs, in the order of ``sources``.

    Each file is read before the first is sent. Raises `UsageError` for one that can't be read, and as
    `fal.uploads.upload` does.
    """
    deadline = runtime.deadline(timeout_ms / 1000 if timeout_ms else WAIT_TIMEOUT_S)
    with closing(References(runtime, deadline, as_they_are=True)) as references:
        for source in sources:
            if source != "-" and not is_local(source):
                raise UsageError(f"{printable(redact(source), limit=200)} is a URL already: use it as it is.")
        media = references.load(Reference("file", source) for source in sources)
        runtime.require_key()
        urls = yield from store(runtime.fal, media, deadline, Uploads())
    outputs = [
        Asset(url, medium.mime_type, medium.name, medium.size, path=_path(source), sha256=medium.identity)
        for source, medium, url in zip(sources, media, urls, strict=True)
    ]
    yield Finished(Envelope(capability="upload", model="upload", outputs=tuple(outputs)))


def _path(source: str) -> str | None:
    """Return the absolute path of a source, ``None`` if it is no file."""
    path = expand_home(source).absolute()
    return str(path) if os.path.isfile(path) else None
