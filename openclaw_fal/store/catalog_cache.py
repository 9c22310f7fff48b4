"""fal's model catalog, as it was last fetched."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING

from openclaw_fal.core.records import Record
from openclaw_fal.models.catalog import BUILT_IN, ListedModel, merged, shipped_models

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


OTHER_CATALOG_FILE = "fal-models-elsewhere.json"


class CachedCatalog(Record):
    """``fetched_at`` is in seconds since the epoch."""

    models: tuple[ListedModel, ...]
    fetched_at: float


class CatalogCache(Record):
    """The cache file, with the completion files beside it. Never holds the models of a private sandbox.

    ``origin`` is that of a server in fal's place, whose catalog has a file of its own; empty for fal itself.
    """

    path: Path
    origin: str = ""

    @property
    def _file(self) -> Path:
        return self.path.with_name(OTHER_CATALOG_FILE) if self.origin else self.path

    def read(self, prefix: str = "") -> CachedCatalog | None:
        """Return the cached catalog, or only its models whose ids begin with a prefix.

        Returns ``None`` if there is no catalog that can be read.
        """
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
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
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
        """Cache the catalog. A file that can't be written is not an error: the catalog is fetched again."""
        cached = {
            "fetchedAt": now,
            "origin": self.origin,
            "models": [
                {"key": model.endpoint_id, "name": model.name, "category": model.category, "tags": list(model.tags)}
                for model in models
            ],
        }
        from openclaw_fal.store.model_completions import write_model_completions  # noqa: PLC0415 - most only read
        from openclaw_fal.store.private_files import write_private  # noqa: PLC0415

        with suppress(OSError):
            write_private(self._file, json.dumps(cached, ensure_ascii=False))
            write_model_completions(self.path.parent, self._completed())

    def write_completions(self) -> None:
        """Write the completion files of what is known without a network."""
        from openclaw_fal.store.model_completions import write_model_completions  # noqa: PLC0415 - most only read

        write_model_completions(self.path.parent, self._completed())

    def _completed(self) -> tuple[ListedModel, ...]:
        """Return the models of fal's catalog if it is cached, else those that ship; and those of a server in its place.

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
        removed = [file for name in names if (file := self.path.with_name(name)).exists()]
        for file in removed:
            file.unlink(missing_ok=True)
        return removed
