"""fal's model catalog, as it was last fetched."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from openclaw_fal.models.catalog import BUILT_IN, BuiltInModel, model_ref
from openclaw_fal.store.completion_cache import IMAGE_MODELS_FILE, VIDEO_MODELS_FILE, write_completions
from openclaw_fal.store.private_files import write_private

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


class CachedCatalog(NamedTuple):
    """``fetched_at`` is in seconds since the epoch."""

    models: tuple[BuiltInModel, ...]
    fetched_at: float


class CatalogCache(NamedTuple):
    """The cache file, with the completion files beside it. Holds fal's own models, never a sandbox's."""

    path: Path

    def read(self) -> CachedCatalog | None:
        """Return the cached catalog; ``None`` if there is none that can be read."""
        try:
            cached = json.loads(self.path.read_bytes())
            models = tuple(
                BuiltInModel(entry["key"], entry["name"], entry["category"], tuple(entry["tags"]))
                for entry in cached["models"]
            )
            return CachedCatalog(models, float(cached["fetchedAt"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def write(self, models: tuple[BuiltInModel, ...], now: float) -> None:
        """Cache the catalog. A file that can't be written is not an error: the catalog is fetched again."""
        cached = {
            "fetchedAt": now,
            "models": [
                {"key": model.endpoint_id, "name": model.name, "category": model.category, "tags": list(model.tags)}
                for model in models
            ],
        }
        with suppress(OSError):
            write_private(self.path, json.dumps(cached, ensure_ascii=False))
            self._update_completion_cache(models)

    def remove(self) -> list[Path]:
        """Remove the catalog and the completion files, and return those that existed. Raises `OSError`."""
        names = (self.path.name, IMAGE_MODELS_FILE, VIDEO_MODELS_FILE)
        removed = [file for name in names if (file := self.path.with_name(name)).exists()]
        for file in removed:
            file.unlink(missing_ok=True)
        return removed

    def _update_completion_cache(self, models: Iterable[BuiltInModel]) -> None:
        """Write the models that make images, and those that make videos."""
        known = {model.endpoint_id: model for model in (*BUILT_IN, *models)}
        current = [model for _endpoint_id, model in sorted(known.items()) if not model.is_deprecated]
        for name, suffix in ((IMAGE_MODELS_FILE, "-to-image"), (VIDEO_MODELS_FILE, "-to-video")):
            made = ((model_ref(model.endpoint_id), model.name) for model in current if model.category.endswith(suffix))
            write_completions(self.path.with_name(name), made)
