"""Changes the configuration file by edits. Comments and layout stay, and what other processes write.

OpenClaw 2026.8 and newer refuse a whole file for the older names of default models. In a file that such a version
uses, default models are written under their newer names.
"""

from __future__ import annotations

import copy
import os
import shlex
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from openclaw_fal.config import json5_editor as editor
from openclaw_fal.config.edits import Change, Edit, Patch, Set, Unset, notes_of_unknown_names
from openclaw_fal.config.file import INCLUDE, Config, includes_above, is_read_only, syntax_error
from openclaw_fal.config.json5_parser import Json5SyntaxError
from openclaw_fal.config.path import MISSING, ConfigPath, look_up, resolve_path, show_path, walk
from openclaw_fal.config.settings import MODEL_PATHS, uses_media_models
from openclaw_fal.core.errors import ConfigError, NothingSent, UsageError
from openclaw_fal.core.program import command
from openclaw_fal.core.secrets import REDACTED, holds_redacted
from openclaw_fal.store.paths import backup_of
from openclaw_fal.store.private_files import real_file, write_private
from openclaw_fal.store.processes import locked

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

_PROTECTED: tuple[ConfigPath, ...] = (
    ("agents", "defaults", "models"),
    ("agents", "defaults", "mediaModels"),
    ("auth", "profiles"),
    ("models", "providers"),
    ("plugins", "entries"),
)
"""Objects whose entries a set must not remove, unless it is a replacement."""


def plan_change(config: Config, edits: Sequence[Edit]) -> Change:
    """Return what `change_config` would do, and write nothing.

    Raises `UsageError` for an edit that does not fit the file, and `ConfigError` for one that the file does not allow.
    """
    after = config
    notes: list[str] = []
    for asked in edits:
        before, edit = after, _under_newer_names(after, asked, notes)
        after = before.with_text(_applied(before, edit))
        if isinstance(edit, Set) and not edit.replace:
            _refuse_losses(before.data, after.data)
        if isinstance(edit, Set) and not edit.merge:
            _check_included(before, after, edit, notes)
    return Change(config, after, len(edits), (*notes, *notes_of_unknown_names(config, after)))


def change_config(config: Config, edits: Sequence[Edit]) -> Change:
    """Apply all edits to the file as it is now, and keep the previous version as ``.bak``.

    Concurrent writers wait for each other, and each edits what the other has written. Writes nothing if nothing
    changes. Raises as `plan_change`, and also `ConfigError` for edits that add errors and under
    ``OPENCLAW_CONFIG_READONLY``, and `NothingSent` (code ``disk_failed``).
    """
    with _writing(config.path, refused=config.is_read_only):
        change = plan_change(config.read_again(), edits)
        change.refuse_errors()
        if not change.is_empty:
            if change.before.exists:
                write_private(backup_of(config.path), change.before.text)
            write_private(config.path, change.after.text, like=real_file(config.path))
        return change


def remove_config(path: Path, environ: Mapping[str, str]) -> bool:
    """Rename the file to ``.bak``, and return whether there was one. Raises as `change_config`."""
    with _writing(path, refused=is_read_only(environ)):
        if not os.path.exists(path):
            return False
        # Not parsed, because a broken file must be removable.
        write_private(backup_of(path), path.read_bytes())
        real_file(path).unlink()
        return True


def moves_to_newer_names(config: Config) -> list[Set | Unset]:
    """Return the edits that give older names in a file of a newer OpenClaw their newer ones.

    Where both are set, the newer one stays, because it wins.
    """
    edits: list[Set | Unset] = []
    for older, newer in _renamed() if uses_media_models(config.effective) else ():
        value = look_up(config.data, older)
        if value is MISSING:
            continue
        if look_up(config.effective, newer) is MISSING:
            edits.append(Set(newer, value))
        edits.append(Unset(older))
    return edits


@contextmanager
def _writing(path: Path, *, refused: bool) -> Iterator[None]:
    if refused:
        raise ConfigError(
            f"{path} is read-only: OPENCLAW_CONFIG_READONLY is set.",
            hint="Change the original, or unset OPENCLAW_CONFIG_READONLY.",
            code="config_readonly",
        )
    try:
        target = real_file(path)
        # Beside the real file, so that all symbolic links to it share one lock.
        with locked(target.with_name(f".{target.name}.lock")):
            yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise NothingSent(f"{path} can't be written: {reason}. It is unchanged.", code="disk_failed") from error


def _applied(config: Config, edit: Edit) -> str:
    if not isinstance(edit, Unset) and holds_redacted(edit.value):
        raise UsageError(
            f"{REDACTED} is a placeholder for a secret; it can't be written instead of the secret.",
            hint="Leave that value out to keep the secret.",
        )
    text = config.text or "{}\n"
    try:
        match edit:
            case Unset(path=path):
                config.value_at(path)
                if look_up(config.data, path) is MISSING:
                    raise _set_elsewhere(config, path, "so it can't be removed here")
                return editor.unset(text, resolve_path(config.data, path))
            case Patch(value=value):
                return editor.merge(text, (), value)
            case Set(path=path, value=value, merge=merge):
                _check_expectation(config, edit)
                if merge:
                    _check_mergeable(config, edit)
                    return editor.merge(text, resolve_path(config.data, path), value)
                return editor.set_value(text, *_placed(config.data, path, value))
    except editor.Json5EditError as error:
        raise ConfigError(f"Not written: {error}.") from error
    except Json5SyntaxError as error:  # nested so deep that only json can read it
        raise syntax_error(config.path, error) from error
    except editor.PathError as error:
        raise UsageError(f"{error}. Nothing was written.") from error


def _placed(data: Any, path: ConfigPath, value: Any) -> tuple[ConfigPath, Any]:
    """Create missing lists above an index 0, so that ``fallbacks[0]`` can be set before there is a list."""
    path = resolve_path(data, path)
    depth = len([*walk(data, path)])
    if not any(isinstance(step, int) for step in path[depth:]):
        return path, value
    for step in reversed(path[depth:]):
        if isinstance(step, int) and step > 0:
            raise UsageError(f"{show_path(path)}: there is no list yet, so the first index is 0, not {step}.")
        value = [value] if isinstance(step, int) else {step: value}
    return path[:depth], value


def _check_expectation(config: Config, edit: Set) -> None:
    if edit.expect is None:
        return
    value = look_up(config.effective, edit.path)
    is_set = value is not MISSING
    if edit.expect.absent and not is_set:
        return
    if not edit.expect.absent and is_set and editor.is_same(value, edit.expect.value):
        return
    # The value is not shown: it may be a secret.
    now = "is set to another value" if is_set and not edit.expect.absent else "is set" if is_set else "is not set"
    raise ConfigError(
        f"{show_path(edit.path)} {now}, which was not expected. Nothing was written.",
        hint=command("config get", shlex.quote(show_path(edit.path))),
        code="config_changed",
    )


def _check_mergeable(config: Config, edit: Set) -> None:
    if not isinstance(edit.value, dict):
        raise UsageError("--merge needs an object, such as '{timeoutMs: 60000}'.")
    value = look_up(config.data, edit.path)
    if value is not MISSING and not isinstance(value, dict):
        raise UsageError(
            f"{show_path(edit.path)} is not an object, so nothing can be merged into it. Set it without --merge."
        )


def _check_included(before: Config, after: Config, edit: Set, notes: list[str]) -> None:
    """Note that a value overrides an included file; refuse a value that would not have the requested effect."""
    if INCLUDE not in after.text:
        return
    included = look_up(before.effective, edit.path)
    if included is not MISSING and look_up(before.data, edit.path) is MISSING:
        files = ", ".join(includes_above(before.data, edit.path))
        notes.append(
            f"{show_path(edit.path)} is also set in {files}, which {before.path.name} includes. That file is not "
            f"changed; the value in {before.path.name} wins."
        )
    if not editor.is_same(look_up(after.effective, edit.path), look_up(after.data, edit.path)):
        raise _set_elsewhere(after, edit.path, "and both are joined. Nothing was written")


def _set_elsewhere(config: Config, path: ConfigPath, why: str) -> ConfigError:
    files = ", ".join(includes_above(config.data, path))
    return ConfigError(
        f"{show_path(path)} is set in {files}, which {config.path} includes, {why}.",
        hint=f"Change it in {files}.",
        code="config_include",
    )


def _refuse_losses(before: dict[str, Any], after: dict[str, Any]) -> None:
    for path in _PROTECTED:
        old, new = look_up(before, path), look_up(after, path)
        lost = [name for name in old if not isinstance(new, dict) or name not in new] if isinstance(old, dict) else []
        if lost:
            raise ConfigError(
                f"This would remove {', '.join(lost)} from {show_path(path)}. Nothing was written.",
                hint="--merge adds to the existing entries; --replace removes the others.",
                code="config_would_lose",
            )


def _under_newer_names(config: Config, edit: Edit, notes: list[str]) -> Edit:
    """Return an edit that writes default models under their newer names if the file takes no others.

    Edits of a part of a setting (``….primary``), or of an object that contains one, are redirected as well. A setting
    is removed under the name that it has. Adds a note to ``notes`` for what is written to another path.
    """
    path: ConfigPath = () if isinstance(edit, Patch) else edit.path
    value = None if isinstance(edit, Unset) else copy.deepcopy(edit.value)
    if not uses_media_models(config.effective) and not _brings_media_models(path, value):
        return edit
    for older, newer in _renamed():
        if path[: len(older)] == older:
            moved = newer + path[len(older) :]
            if isinstance(edit, Patch) or (isinstance(edit, Unset) and look_up(config.data, path) is not MISSING):
                return edit
            notes.append(_renaming_note(path, moved))
            return replace(edit, path=moved)
        if older[: len(path)] == path and _move(value, older[len(path) :], newer[len(path) :]):
            notes.append(_renaming_note(older, newer))
    if isinstance(edit, Unset):
        return edit
    return replace(edit, value=value)  # type: ignore[arg-type]  # a copy of the edit's own value


def _renamed() -> Iterator[tuple[ConfigPath, ConfigPath]]:
    for newer, *older in MODEL_PATHS.values():
        yield from ((name, newer) for name in older)


def _brings_media_models(path: ConfigPath, value: Any) -> bool:
    """Return whether a value at a path contains newer names."""
    return any(
        newer[: len(path)] == path and look_up(value, newer[len(path) : -1]) is not MISSING for _, newer in _renamed()
    )


def _move(value: Any, older: ConfigPath, newer: ConfigPath) -> bool:
    """Move a member within a value, and return whether there was one. What the newer name has stays."""
    holder = look_up(value, older[:-1])
    if not isinstance(holder, dict) or holder.get(older[-1]) is None:  # null removes it where it is
        return False
    moved = holder.pop(older[-1])
    for step in newer[:-1]:
        value = value.setdefault(step, {})
        if not isinstance(value, dict):
            return True
    present = value.get(newer[-1])
    both = isinstance(present, dict) and isinstance(moved, dict)
    value[newer[-1]] = moved | present if both else moved if present is None else present
    return True


def _renaming_note(asked: ConfigPath, written: ConfigPath) -> str:
    return (
        f"Written as {show_path(written)}: this file is used by OpenClaw 2026.8 or newer, which refuses the name "
        f"{show_path(asked)}."
    )
