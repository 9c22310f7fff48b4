"""The OpenAPI documents of endpoints, as fal last published them: one file each."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from openclaw_fal.core.records import Record

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_DOCUMENTS = 300  # of about 7 kB each
MAX_NAME = 150  # characters; the longest id of fal has 87
_SAFE_NAME = r"[\w.~-]+"


class CachedDocument(Record):
    """``fetched_at`` is in seconds since the epoch."""

    document: Any
    fetched_at: float


class SchemaCache(Record):
    """A folder of documents. ``origin`` keeps apart those that did not come from fal itself; empty for fal's own."""

    folder: Path
    origin: str = ""

    def read(self, endpoint: str) -> CachedDocument | None:
        """Return the cached document; ``None`` if there is none that can be read."""
        try:
            cached = json.loads(self._file(endpoint).read_bytes())
            # Names that differ by letter case alone are one file on some disks.
            is_same = (cached["endpoint"], cached["origin"]) == (endpoint, self.origin)
            return CachedDocument(cached["document"], float(cached["fetchedAt"])) if is_same else None
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None

    def read_all(self) -> Iterator[tuple[str, CachedDocument]]:
        """Yield each endpoint of this origin with its document."""
        for file in self._files():
            with suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
                endpoint = str(json.loads(file.read_bytes())["endpoint"])
                if file == self._file(endpoint) and (cached := self.read(endpoint)):
                    yield endpoint, cached

    def write(self, endpoint: str, document: Any, now: float) -> None:
        """Cache a document. A file that can't be written is not an error: the document is fetched again."""
        cached = {"endpoint": endpoint, "origin": self.origin, "fetchedAt": now, "document": document}
        from openclaw_fal.store.private_files import write_private  # noqa: PLC0415 - most only read

        with suppress(OSError, ValueError, RecursionError):
            write_private(self._file(endpoint), json.dumps(cached))
            self._remove_oldest()

    def remove(self) -> list[Path]:
        """Remove all documents and the folder, and return it if it held any. Raises `OSError`."""
        files = self._files()
        for file in files:
            file.unlink(missing_ok=True)
        with suppress(OSError):
            self.folder.rmdir()
        return [self.folder] if files else []

    def _file(self, endpoint: str) -> Path:
        name = endpoint.replace("/", "~")
        if self.origin:
            name += "~~" + _digest(self.origin)[:12]
        if len(name) > MAX_NAME or not re.fullmatch(_SAFE_NAME, name, re.ASCII):
            name = _digest(name)
        return self.folder / f"{name}.json"

    def _files(self) -> list[Path]:
        return sorted(self.folder.glob("*.json")) if self.folder.is_dir() else []

    def _remove_oldest(self) -> None:
        files = self._files()
        if len(files) > MAX_DOCUMENTS:
            oldest = sorted(files, key=lambda file: file.stat().st_mtime)[: len(files) - MAX_DOCUMENTS]
            for file in oldest:
                file.unlink(missing_ok=True)


def _digest(text: str) -> str:
    import hashlib  # noqa: PLC0415 - loads OpenSSL, and most names need none

    return hashlib.sha256(text.encode(errors="replace")).hexdigest()
