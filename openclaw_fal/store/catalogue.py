"""fal's model catalogue, as it was when it was last fetched."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from openclaw_fal.core.catalog import BuiltInModel
from openclaw_fal.store.private_files import write_private
from openclaw_fal.store.word_files import write_model_words

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class StoredCatalogue:
    """``fetched_at`` in seconds since the epoch."""

    models: tuple[BuiltInModel, ...]
    fetched_at: float


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The cache file. ``origin`` names whose catalogue it is: a sandbox's list is not fal's."""

    path: Path
    origin: str

    def read(self) -> StoredCatalogue | None:
        """Return what is stored for this origin; ``None`` when there is nothing that can be used."""
        try:
            kept = json.loads(self.path.read_bytes())
            if kept["origin"] != self.origin:
                return None
            models = tuple(
                BuiltInModel(entry["key"], entry["name"], entry["category"], tuple(entry["tags"]))
                for entry in kept["models"]
            )
            return StoredCatalogue(models, float(kept["fetchedAt"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def write(self, models: tuple[BuiltInModel, ...], now: float) -> None:
        """Keep the catalogue. A cache that can't be written is no failure: it is fetched again."""
        kept = {
            "origin": self.origin,
            "fetchedAt": now,
            "models": [
                {"key": model.endpoint_id, "name": model.name, "category": model.category, "tags": list(model.tags)}
                for model in models
            ],
        }
        with suppress(OSError):
            write_private(self.path, json.dumps(kept, ensure_ascii=False))
            write_model_words(self.path.parent, models)
