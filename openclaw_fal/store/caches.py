"""What fal last said of its models: the catalog, the OpenAPI documents of endpoints, and their prices.

A cache that can't be read is empty, and one that can't be written is not an error: fal is asked again. ``origin`` keeps
apart what a server in fal's place said; it is empty for fal itself. Times are in seconds since the epoch.
"""

from __future__ import annotations

import json
import os
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from openclaw_fal.core.records import Record
from openclaw_fal.models.catalog import BUILT_IN, ListedModel, merged, shipped_models
from openclaw_fal.store.paths import files_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from openclaw_fal.core.costs import Price

OTHER_CATALOG_FILE = "fal-models-elsewhere.json"
MAX_DOCUMENTS = 300  # of about 7 kB each
MAX_NAME = 150  # characters; the longest id of fal has 87
MAX_PRICE_AGE_S = 24 * 3600.0
_SAFE_NAME = r"[\w.~-]+"
_UNREADABLE = (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError)


# --- the catalog -------------------------------------------------------------------------------


class CachedCatalog(Record):
    models: tuple[ListedModel, ...]
    fetched_at: float


class CatalogCache(Record):
    """The cache file, with the completion files beside it. Never holds the models of a private sandbox."""

    path: Path
    origin: str = ""

    @property
    def _file(self) -> Path:
        return self.path.with_name(OTHER_CATALOG_FILE) if self.origin else self.path

    def read(self, prefix: str = "") -> CachedCatalog | None:
        """Return the cached catalog, or only its models whose ids begin with a prefix; ``None`` if there is none."""
        try:
            cached = json.loads(self._file.read_bytes())
            if cached.get("origin", "") != self.origin:
                return None
            models = tuple(
                ListedModel(entry["key"], entry["name"], entry["category"], tuple(entry["tags"]))
                for entry in cached["models"]
                if entry["key"].startswith(prefix)
            )
            return CachedCatalog(models, float(cached["fetchedAt"]))
        except _UNREADABLE:
            return None

    def known_models(self, prefix: str = "") -> Iterator[ListedModel]:
        """Yield the models that are known without a network: the cached ones, and the shipped ones that they lack.

        With a prefix, only those whose ids begin with it.
        """
        cached = self.read(prefix)
        models = {model.endpoint_id: model for model in cached.models} if cached else {}
        yield from models.values()
        yield from (model for model in shipped_models(prefix) if model.endpoint_id not in models)

    def write(self, models: tuple[ListedModel, ...], now: float) -> None:
        """Cache the catalog, and write the completion files of it."""
        cached = {
            "fetchedAt": now,
            "origin": self.origin,
            "models": [
                {"key": model.endpoint_id, "name": model.name, "category": model.category, "tags": list(model.tags)}
                for model in models
            ],
        }
        with suppress(OSError):
            _write(self._file, json.dumps(cached, ensure_ascii=False))
            self.write_completions()

    def write_completions(self) -> None:
        """Write the completion files with the models that are known without a network."""
        from openclaw_fal.store.model_completions import write_model_completions  # noqa: PLC0415 - most only read

        write_model_completions(self.path.parent, self._completed())

    def _completed(self) -> tuple[ListedModel, ...]:
        """Return fal's models, from the cached catalog or the shipped ones, and those of a server in fal's place.

        A shell that suggests both is better than one that forgets fal's models after a trial.
        """
        cached = self._replace(origin="").read()
        models = merged(cached.models, BUILT_IN) if cached else merged(shipped_models(), ())
        other = self.read() if self.origin else None
        return merged(models, other.models) if other else models

    def remove(self) -> list[Path]:
        """Remove the catalog and the completion files, and return those that existed. Raises `OSError`."""
        from openclaw_fal.store.model_completions import MODEL_FILES  # noqa: PLC0415 - most only read

        names = (self.path.name, OTHER_CATALOG_FILE, *MODEL_FILES)
        removed = [file for name in names if os.path.exists(file := self.path.with_name(name))]
        for file in removed:
            file.unlink(missing_ok=True)
        return removed


# --- documents ---------------------------------------------------------------------------------


class CachedDocument(Record):
    document: Any
    fetched_at: float


class SchemaCache(Record):
    """A folder with a file for each document."""

    folder: Path
    origin: str = ""

    def read(self, endpoint: str) -> CachedDocument | None:
        """Return the cached document; ``None`` if there is none that can be read."""
        try:
            cached = json.loads(self._file(endpoint).read_bytes())
            # Names that differ only in letter case are one file on some disks.
            is_same = (cached["endpoint"], cached["origin"]) == (endpoint, self.origin)
            return CachedDocument(cached["document"], float(cached["fetchedAt"])) if is_same else None
        except _UNREADABLE:
            return None

    def read_all(self) -> Iterator[tuple[str, CachedDocument]]:
        """Yield each endpoint of this origin with its document."""
        for file in files_in(self.folder, "*.json"):
            with suppress(*_UNREADABLE):
                endpoint = str(json.loads(file.read_bytes())["endpoint"])
                if file == self._file(endpoint) and (cached := self.read(endpoint)):
                    yield endpoint, cached

    def write(self, endpoint: str, document: Any, now: float) -> None:
        """Cache a document."""
        cached = {"endpoint": endpoint, "origin": self.origin, "fetchedAt": now, "document": document}
        with suppress(OSError, ValueError, RecursionError):
            _write(self._file(endpoint), json.dumps(cached))
            self._remove_oldest()

    def remove(self) -> list[Path]:
        """Remove the documents of all origins and the folder, and return it if it held any. Raises `OSError`."""
        return _remove_folder(self.folder)

    def _file(self, endpoint: str) -> Path:
        name = endpoint.replace("/", "~")
        if self.origin:
            name += "~~" + _digest(self.origin)[:12]
        if len(name) > MAX_NAME or not re.fullmatch(_SAFE_NAME, name, re.ASCII):
            name = _digest(name)
        return self.folder / f"{name}.json"

    def _remove_oldest(self) -> None:
        files = files_in(self.folder, "*.json")
        if len(files) > MAX_DOCUMENTS:
            oldest = sorted(files, key=lambda file: file.stat().st_mtime)[: len(files) - MAX_DOCUMENTS]
            for file in oldest:
                file.unlink(missing_ok=True)


# --- prices ------------------------------------------------------------------------------------


class PriceCache(Record):
    """A folder with a file for each origin."""

    folder: Path
    origin: str = ""

    def read(self) -> dict[str, Price]:
        """Return the cached prices by endpoint, whatever their age."""
        from openclaw_fal.core.costs import Price  # noqa: PLC0415 - most commands need no price

        try:
            prices = map(Price.from_record, json.loads(self._file.read_bytes())["prices"])
            return {price.endpoint: price for price in prices}
        except _UNREADABLE:
            return {}

    def fresh(self, now: float) -> dict[str, Price]:
        """Return the cached prices that were fetched less than a day before ``now``."""
        return {name: price for name, price in self.read().items() if 0 <= now - price.fetched_at < MAX_PRICE_AGE_S}

    def add(self, prices: Mapping[str, Price]) -> None:
        """Add prices."""
        if not prices:
            return
        rows = [price.as_record() for price in {**self.read(), **prices}.values()]
        with suppress(OSError):
            _write(self._file, json.dumps({"origin": self.origin, "prices": rows}))

    def remove(self) -> list[Path]:
        """Remove the prices of all origins and the folder, and return it if it held any. Raises `OSError`."""
        return _remove_folder(self.folder)

    @property
    def _file(self) -> Path:
        return self.folder / f"{_digest(self.origin)[:12] if self.origin else 'fal'}.json"


def _write(file: Path, text: str) -> None:
    from openclaw_fal.store.private_files import write_private  # noqa: PLC0415 - most only read

    write_private(file, text)


def _remove_folder(folder: Path) -> list[Path]:
    files = files_in(folder, "*.json")
    for file in files:
        file.unlink(missing_ok=True)
    with suppress(OSError):
        folder.rmdir()
    return [folder] if files else []


def _digest(text: str) -> str:
    import hashlib  # noqa: PLC0415 - loads OpenSSL, and most names need none

    return hashlib.sha256(text.encode(errors="replace")).hexdigest()
