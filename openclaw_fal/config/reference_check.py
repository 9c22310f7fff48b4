"""`config set --dry-run`: whether the references to secrets that a change brings lead to a secret."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openclaw_fal.config.edit_types import Patch, Set, Unset
from openclaw_fal.config.path import show_path
from openclaw_fal.config.secret_refs import find_secret
from openclaw_fal.core.errors import ConfigError
from openclaw_fal.core.records import Record
from openclaw_fal.store.keys import SecretRef

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from openclaw_fal.config.edit_types import Edit
    from openclaw_fal.config.path import ConfigPath
    from openclaw_fal.config.settings import Settings
    from openclaw_fal.config.variables import Variables


class CheckedReferences(Record):
    """How many references were followed, how many were not because they run a command, and what is wrong."""

    checked: int
    skipped: int
    errors: list[dict[str, str]]


def check_references(
    edits: Sequence[Edit], settings: Settings, variables: Variables, *, may_run: bool
) -> CheckedReferences:
    """Follow the references in the edits' values; those that run a command only if ``may_run``."""
    found = [(path, ref) for edit in edits for path, ref in _references_in(edit)]
    followed = [(path, ref) for path, ref in found if may_run or ref.source != "exec"]
    errors = []
    for path, ref in followed:
        try:
            find_secret(ref, show_path(path), settings, variables)
        except ConfigError as error:
            errors.append({"kind": "resolvability", "path": show_path(path), "message": error.message})
    return CheckedReferences(len(followed), len(found) - len(followed), errors)


def _references_in(edit: Edit) -> Iterator[tuple[ConfigPath, SecretRef]]:
    match edit:
        case Set(path=path, value=value):
            yield from _references(path, value)
        case Patch(value=value):
            yield from _references((), value)
        case Unset():
            pass


def _references(path: ConfigPath, value: Any) -> Iterator[tuple[ConfigPath, SecretRef]]:
    match value:
        case {"source": "env" | "file" | "exec" as source, "id": str() as name}:
            yield path, SecretRef(source, name, str(value.get("provider") or "default"))
        case dict():
            for key, member in value.items():
                yield from _references((*path, key), member)
        case list():
            for index, element in enumerate(value):
                yield from _references((*path, index), element)
        case _:
            pass
