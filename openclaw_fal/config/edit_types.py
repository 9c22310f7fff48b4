"""The edits that a configuration file can be asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from openclaw_fal.config.path import ConfigPath


@dataclass(frozen=True, slots=True)
class Expectation:
    """What must be at a path before a set: this value, or nothing."""

    value: Any = None
    absent: bool = False


@dataclass(frozen=True, slots=True)
class Set:
    """Set a value at a path, or merge it into the object there. ``replace`` may remove protected entries."""

    path: ConfigPath
    value: Any
    merge: bool = False
    replace: bool = False
    expect: Expectation | None = None


@dataclass(frozen=True, slots=True)
class Unset:
    """Remove what is set at a path."""

    path: ConfigPath


@dataclass(frozen=True, slots=True)
class Patch:
    """Merge an object into the whole configuration (RFC 7396); null deletes."""

    value: dict[str, Any]


Edit = Set | Unset | Patch
