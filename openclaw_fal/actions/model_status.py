"""`models status`: which models a generation would use, with which key, and what would stop it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from openclaw_fal.config.candidates import Candidate, candidates
from openclaw_fal.config.path import show_path
from openclaw_fal.config.settings import Settings
from openclaw_fal.core.errors import ConfigError, OpenclawFalError
from openclaw_fal.core.generators import result_of
from openclaw_fal.fal.origins import Origins
from openclaw_fal.fal.platform import KEY_CHECK_TIMEOUT_S, check_key
from openclaw_fal.fal.reply import Unreachable
from openclaw_fal.models.catalog import DEFAULT_MODELS
from openclaw_fal.store.openclaw import unused_config

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from openclaw_fal.core.requests import Kind
    from openclaw_fal.runtime import Runtime

    Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Choice:
    """A model that a generation tries, in this order; ``where`` is the setting that names it, if one does."""

    kind: Kind
    candidate: Candidate
    where: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What a generation would use, and what would stop it. The key is masked; ``base_url`` is set if it is not fal's.

    ``unused_config`` is OpenClaw's own configuration if this tool has none.
    ``probe`` is ``ok``, ``unreachable``, or the code of the error that the key check ended with.
    """

    config_path: str
    config_exists: bool
    base_url: str | None
    key_source: str | None
    key_masked: str | None
    choices: tuple[Choice, ...]
    problems: tuple[str, ...]
    probe: str | None = None
    unused_config: str | None = None


def status(runtime: Runtime, *, probe: bool) -> Status:
    """Return what `image generate` and `video generate` would use; with ``probe``, ask fal whether the key is good."""
    problems = _Problems()
    # An error in one setting is reported; the other settings still apply.
    settings = problems.collect(lambda: runtime.settings) or problems.collect(lambda: runtime.config.settings)
    settings = settings or Settings()
    base_url = problems.collect(lambda: _base_url(runtime))
    sources = runtime.key_sources(settings)
    key = None if runtime.in_sandbox else problems.collect(sources.require)
    choices = tuple(choice for kind in DEFAULT_MODELS for choice in _choices(settings, kind, problems))
    if not _may_write(runtime.paths.journal_file):
        problems.add(f"The task journal {runtime.paths.journal_file} can't be written.")
    unused = unused_config(runtime.environ, runtime.profile, runtime.paths.config_file)
    probed = _probe(runtime, problems) if probe and (key or runtime.in_sandbox) else None
    return Status(
        config_path=str(runtime.paths.config_file),
        config_exists=_config_exists(runtime),
        base_url=base_url,
        key_source=key.source if key else "sandbox" if runtime.in_sandbox else None,
        key_masked=key.masked if key else None,
        choices=choices,
        problems=problems.messages,
        probe=probed,
        unused_config=str(unused) if unused else None,
    )


class _Problems:
    """Collects problems instead of stopping at the first."""

    def __init__(self) -> None:
        self._messages: list[str] = []

    @property
    def messages(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self._messages))

    def add(self, message: str) -> None:
        self._messages.append(message)

    def collect(self, find: Callable[[], Value]) -> Value | None:
        """Return what ``find`` returns; if it raises one of our errors, collect that and return ``None``."""
        try:
            return find()
        except OpenclawFalError as error:
            self.add(error.message)
            return None


def _base_url(runtime: Runtime) -> str | None:
    if runtime.in_sandbox:
        return None  # status does not need a running sandbox
    Origins.from_base_url(runtime.base_url)
    return runtime.base_url


def _choices(settings: Settings, kind: Kind, problems: _Problems) -> list[Choice]:
    where = settings.model(kind).where
    return [
        Choice(kind, candidate, None if candidate.origin == "default" else show_path(where))
        for candidate in problems.collect(lambda: candidates(settings, kind)) or ()
    ]


def _may_write(path: Path) -> bool:
    """Return whether a file can be written or created, without trying it."""
    folder = next(parent for parent in path.parents if os.path.lexists(parent))
    return folder.is_dir() and os.access(folder, os.W_OK) and (os.access(path, os.W_OK) or not os.path.lexists(path))


def _probe(runtime: Runtime, problems: _Problems) -> str:
    try:
        result_of(check_key(runtime.fal, runtime.clock.deadline(KEY_CHECK_TIMEOUT_S)))
    except Unreachable as problem:
        problems.add(f"fal can't be reached: {problem}")
        return "unreachable"
    except OpenclawFalError as error:
        problems.add(error.message)
        return error.code
    return "ok"


def _config_exists(runtime: Runtime) -> bool:
    try:
        return runtime.config.exists
    except ConfigError:
        return True
