"""The prices of endpoints, as fal last gave them, which count for a day."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from typing import TYPE_CHECKING

from openclaw_fal.core.costs import Price
from openclaw_fal.core.records import Record

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


MAX_AGE_S = 24 * 3600.0


class PriceCache(Record):
    """A folder with a file for each origin; ``origin`` is empty for fal's own prices."""

    folder: Path
    origin: str = ""

    def read(self) -> dict[str, Price]:
        """Return the cached prices by endpoint, whatever their age; none if the file can't be read."""
        try:
            cached = json.loads(self._file.read_bytes())
            prices = map(Price.from_record, cached["prices"])
            return {price.endpoint: price for price in prices}
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return {}

    def fresh(self, now: float) -> dict[str, Price]:
        """Return the cached prices that were fetched less than a day before ``now``, in seconds since the epoch."""
        return {name: price for name, price in self.read().items() if 0 <= now - price.fetched_at < MAX_AGE_S}

    def add(self, prices: Mapping[str, Price]) -> None:
        """Add prices. A file that can't be written is not an error: the prices are fetched again."""
        if not prices:
            return
        from openclaw_fal.store.private_files import write_private  # noqa: PLC0415 - most only read

        rows = [price.as_record() for price in {**self.read(), **prices}.values()]
        with suppress(OSError):
            write_private(self._file, json.dumps({"origin": self.origin, "prices": rows}))

    def remove(self) -> list[Path]:
        """Remove the prices of all origins and the folder, and return it if it held any. Raises `OSError`."""
        files = sorted(self.folder.glob("*.json")) if self.folder.is_dir() else []
        for file in files:
            file.unlink(missing_ok=True)
        with suppress(OSError):
            self.folder.rmdir()
        return [self.folder] if files else []

    @property
    def _file(self) -> Path:
        name = hashlib.sha256(self.origin.encode(errors="replace")).hexdigest()[:12] if self.origin else "fal"
        return self.folder / f"{name}.json"
