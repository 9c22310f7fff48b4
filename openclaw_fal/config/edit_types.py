"""The edits of a configuration file."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from openclaw_fal.config.path import look_up, show_path
from openclaw_fal.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

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


def split_patch(patch: Patch, replaced: Sequence[ConfigPath]) -> list[Edit]:
    """Return the edits of a patch whose values at some paths replace what is there instead of being merged.

    Raises `UsageError` for a path at which the patch has nothing.
    """
    rest = copy.deepcopy(patch.value)
    edits: list[Edit] = []
    for path in replaced:
        holder = look_up(rest, path[:-1])
        if not isinstance(holder, dict) or path[-1] not in holder:
            raise UsageError(f"--replace-path {show_path(path)}: the patch has nothing at this path.")
        value = holder.pop(str(path[-1]))
        edits.append(Unset(path) if value is None else Set(path, value, replace=True))
    return [*edits, Patch(rest)] if rest or not edits else edits
