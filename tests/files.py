"""Files and folders as tests look at them, and configurations that they write."""

from __future__ import annotations

import json
import stat
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def configure(home: Path, data: dict[str, Any]) -> None:
    """Write the configuration of the user whose home this is."""
    path = home / ".config" / "openclaw-fal" / "openclaw.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(data))


def configure_defaults(folder: Path, **defaults: Any) -> None:
    """Write a configuration with these ``agents.defaults`` into a folder."""
    (folder / "openclaw.json").write_text(json.dumps({"agents": {"defaults": defaults}}))
