"""Changes to the configuration file that lose no comment and no other writer's work."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from openclaw_fal.config.file import Config, broken_config, fitted, is_read_only, look_up
from openclaw_fal.config.path import ConfigPath, show_path
from openclaw_fal.core.errors import ConfigError, NothingSent, UsageError
from openclaw_fal.core.text import REDACTED, holds_redacted
from openclaw_fal.store.locks import locked
from openclaw_fal.store.paths import backup_of
from openclaw_fal.store.private_files import real_file, write_private

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from openclaw_fal.config.schema import Issue

SCHEMA_HINT = "openclaw-fal config schema"

_PROTECTED: tuple[ConfigPath, ...] = (
    ("agents", "defaults", "models"),
    ("agents", "defaults", "mediaModels"),
    ("auth", "profiles"),
    ("models", "providers"),
    ("plugins", "entries"),
)
"""Maps whose entries are each somebody's work: a set that would drop one has to say so."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """What must be at a path for a set to go ahead: this value, or nothing."""

    value: Any = None
    absent: bool = False


@dataclass(frozen=True, slots=True)
class Set:
    """Put a value at a path; merge into the object there, or replace even where that removes protected entries."""

    path: ConfigPath
    value: Any
    merge: bool = False
    replace: bool = False
    expect: Expectation | None = None


@dataclass(frozen=True, slots=True)
class Unset:
    path: ConfigPath


@dataclass(frozen=True, slots=True)
class Patch:
    """Merge an object into the whole configuration; null deletes (RFC 7396)."""

    value: dict[str, Any]


Edit = Set | Unset | Patch


@dataclass(frozen=True, slots=True)
class Change:
    """The configuration before and after."""

    before: Config
    after: Config

    @property
    def is_empty(self) -> bool:
        return self.before.text == self.after.text

    @property
    def errors(self) -> list[Issue]:
        """What the change makes wrong. What was wrong before may stay so, or no mistake could be mended by itself."""
        return self._new_issues("error")

    @property
    def warnings(self) -> list[Issue]:
        return self._new_issues("warning")

    def refuse_errors(self) -> None:
        """Raise `ConfigError` if the change makes anything wrong."""
        if self.errors:
            mistakes = "; ".join(map(str, self.errors))
            raise ConfigError(f"Nothing was written, for it would have been wrong: {mistakes}.", hint=SCHEMA_HINT)

    def _new_issues(self, level: str) -> list[Issue]:
        known = {(issue.path, issue.message) for issue in self.before.issues}
        new = (issue for issue in self.after.issues if (issue.path, issue.message) not in known)
        return [issue for issue in new if issue.level == level]


def plan_change(config: Config, edits: Sequence[Edit]) -> Change:
    """Say what `change_config` would do, and write nothing.

    Raises `UsageError` for an edit that makes no sense, and `ConfigError` for one that the file does not allow.
    """
    after = config
    for edit in edits:
        before, after = after, after.with_text(_applied(after, edit))
        if isinstance(edit, Set) and not edit.replace:
            _refuse_losses(before.data, after.data)
    return Change(config, after)


def change_config(config: Config, edits: Sequence[Edit]) -> Change:
    """Apply the edits to the file as it is by now, all or none, and keep the version before as `.bak`.

    Two writers wait for each other, and each edits what the other has written. An edit that changes nothing writes
    nothing. Raises as `plan_change`, `ConfigError` too for edits that make the configuration wrong and under
    `OPENCLAW_CONFIG_READONLY`, and `NothingSent` when the disk fails.
    """
    with _writing(config.path, refused=config.is_read_only):
        change = plan_change(config.read_again(), edits)
        change.refuse_errors()
        if not change.is_empty:
            if change.before.exists:
                write_private(backup_of(config.path), change.before.text)
            write_private(config.path, change.after.text)
        return change


def remove_config(path: Path, environ: Mapping[str, str]) -> bool:
    """Start over: remove the file, kept as `.bak`; say whether there was one. Raises as `change_config`."""
    with _writing(path, refused=is_read_only(environ)):
        if not path.exists():
            return False
        # Not read as a configuration: starting over is how to get rid of a broken one.
        write_private(backup_of(path), path.read_bytes())
        real_file(path).unlink()
        return True


@contextmanager
def _writing(path: Path, *, refused: bool) -> Iterator[None]:
    if refused:
        raise ConfigError(
            f"{path} is not to be changed: OPENCLAW_CONFIG_READONLY is set.",
            hint="Change it where it is made, or unset OPENCLAW_CONFIG_READONLY.",
            code="config_readonly",
        )
    try:
        target = real_file(path)
        # Beside the real file, so that all links to it share one lock.
        with locked(target.with_name(f".{target.name}.lock")):
            yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise NothingSent(f"{path} can't be written: {reason}. It is as it was.", code="disk_failed") from error


def _applied(config: Config, edit: Edit) -> str:
    from openclaw_fal.config.json5 import editor as json5_edit  # noqa: PLC0415 - reading does without it

    if not isinstance(edit, Unset) and holds_redacted(edit.value):
        raise UsageError(
            f"{REDACTED} stands for a secret that was not shown; it can't be written in the secret's place.",
            hint="Leave that value out, and the secret stays as it is.",
        )
    text = config.text or "{}\n"
    try:
        match edit:
            case Unset(path=path):
                config.value_at(path)
                return json5_edit.unset(text, fitted(config.data, path))
            case Patch(value=value):
                return json5_edit.merge(text, (), value)
            case Set(path=path, value=value, merge=merge):
                _check_expectation(config, edit)
                if merge:
                    _check_mergeable(config, edit)
                    return json5_edit.merge(text, fitted(config.data, path), value)
                return json5_edit.set_value(text, *_placed(config.data, path, value))
    except json5_edit.Json5SyntaxError as error:  # nested so deep that json reads it and the editor does not
        raise broken_config(config.path, error) from error
    except json5_edit.PathError as error:
        raise UsageError(f"{error}. Nothing was written.") from error


def _placed(data: Any, path: ConfigPath, value: Any) -> tuple[ConfigPath, Any]:
    """Make a list of what is missing above an index 0, so that `fallbacks[0]` can be set before there is a list."""
    path = fitted(data, path)
    depth = next((depth for depth in range(1, len(path)) if not look_up(data, path[:depth])[0]), len(path))
    if not any(isinstance(step, int) for step in path[depth:]):
        return path, value
    for step in reversed(path[depth:]):
        if isinstance(step, int) and step > 0:
            raise UsageError(f"{show_path(path)}: there is no list yet, so its first index is 0, not {step}.")
        value = [value] if isinstance(step, int) else {step: value}
    return path[:depth], value


def _check_expectation(config: Config, edit: Set) -> None:
    if edit.expect is None:
        return
    is_set, value = look_up(config.data, edit.path)
    if edit.expect.absent and not is_set:
        return
    if not edit.expect.absent and is_set and _same(value, edit.expect.value):
        return
    # The value is not told: it may be a secret.
    now = "is set to another value" if is_set and not edit.expect.absent else "is set" if is_set else "is not set"
    raise ConfigError(
        f"{show_path(edit.path)} {now}, which is not what was expected. Nothing was written.",
        hint=f"openclaw-fal config get '{show_path(edit.path)}'",
        code="config_changed",
    )


def _same(one: Any, other: Any) -> bool:
    """Compare as JSON, where 1 is not true and the order of members means nothing."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def _check_mergeable(config: Config, edit: Set) -> None:
    if not isinstance(edit.value, dict):
        raise UsageError("--merge needs an object to merge, such as '{timeoutMs: 60000}'.")
    is_set, value = look_up(config.data, edit.path)
    if is_set and not isinstance(value, dict):
        raise UsageError(
            f"{show_path(edit.path)} is no object, so nothing can be merged into it. Set it without --merge."
        )


def _refuse_losses(before: dict[str, Any], after: dict[str, Any]) -> None:
    for path in _PROTECTED:
        old, new = look_up(before, path)[1], look_up(after, path)[1]
        lost = [name for name in old if not isinstance(new, dict) or name not in new] if isinstance(old, dict) else []
        if lost:
            raise ConfigError(
                f"This would remove {', '.join(lost)} from {show_path(path)}. Nothing was written.",
                hint="--merge adds to what is there; --replace removes the rest on purpose.",
                code="config_would_lose",
            )
