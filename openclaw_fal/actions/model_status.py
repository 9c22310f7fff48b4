"""`models status`: which models a generation would use, with which key, and what would stop it.

`image providers` and its like: what fal can do, in OpenClaw's shape.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from openclaw_fal.config.candidates import Candidate, candidates
from openclaw_fal.config.path import show_path
from openclaw_fal.config.settings import Settings
from openclaw_fal.core.errors import ConfigError, OpenclawFalError, UsageError
from openclaw_fal.core.events import result_of
from openclaw_fal.core.records import Record
from openclaw_fal.fal.origins import Origins
from openclaw_fal.fal.platform import KEY_CHECK_TIMEOUT_S, check_key
from openclaw_fal.fal.reply import Unreachable
from openclaw_fal.models.capabilities import Capabilities, built_in, capabilities
from openclaw_fal.models.refs import DEFAULT_MODELS, model_ref
from openclaw_fal.store.keys import PROFILE
from openclaw_fal.store.openclaw import unused_config

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from openclaw_fal.core.kinds import Kind
    from openclaw_fal.core.secrets import Key
    from openclaw_fal.runtime import Runtime

    Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Choice:
    """A model that a generation tries, in this order; ``where`` is the setting that names it, if one does."""

    kind: Kind
    candidate: Candidate
    where: str | None = None

    def as_json(self) -> dict[str, str | None]:
        return {"model": model_ref(self.candidate.endpoint), "why": self.candidate.origin, "where": self.where}


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What a generation would use, and what would stop it. The key is masked; ``base_url`` is set if it is not fal's.

    ``unused_config`` is OpenClaw's own configuration if this tool has none.
    ``probe`` is ``ok``, ``unreachable``, or the code of the error that the key check ended with. ``key_kind`` is what
    OpenClaw calls the place of the key, ``profiles`` the names of the stored keys.
    """

    config_path: str
    config_exists: bool
    base_url: str | None
    key_source: str | None
    key_masked: str | None
    choices: tuple[Choice, ...]
    problems: tuple[OpenclawFalError, ...]
    probe: str | None = None
    unused_config: str | None = None
    state_folder: str
    key_file: str
    key_kind: Literal["env", "profiles", "models.json", "missing"]
    profiles: tuple[str, ...]
    aliases: Mapping[str, str]

    def as_json(self) -> dict[str, Any]:
        """Return the keys of OpenClaw's ``models status --json`` that have a meaning here, and ours.

        OpenClaw's ``defaultModel`` writes text; fal's makes images. ``imageModel`` would read images; none does.
        """
        by_kind: dict[str, list[Choice]] = {kind: [] for kind in DEFAULT_MODELS}
        for choice in self.choices:
            by_kind[choice.kind].append(choice)
        images = [model_ref(choice.candidate.endpoint) for choice in by_kind["image"]]
        return {
            "ready": not self.problems,
            "configPath": self.config_path,
            "configExists": self.config_exists,
            "agentDir": self.state_folder,
            "defaultModel": images[0] if images else None,
            "resolvedDefault": images[0] if images else None,
            "fallbacks": images[1:],
            "imageModel": None,
            "imageFallbacks": [],
            "utilityModel": None,
            "aliases": dict(self.aliases),
            "allowed": [],
            "baseUrl": self.base_url,
            "auth": self._auth_as_json(),
            **{kind: [choice.as_json() for choice in choices] for kind, choices in by_kind.items()},
            "probe": self.probe,
            "problems": [problem.message for problem in self.problems],
        }

    def _auth_as_json(self) -> dict[str, Any]:
        shown = {"value": self.key_masked, "source": self.key_source}
        place = {"env": "env", "models.json": "modelsJson"}.get(self.key_kind)
        provider = {
            "provider": "fal",
            "effective": {"kind": self.key_kind, "detail": self.key_masked or self.key_source or "missing"},
            "profiles": {
                "count": len(self.profiles),
                "oauth": 0,
                "token": 0,
                "apiKey": len(self.profiles),
                "labels": list(self.profiles),
            },
        }
        return {
            "provider": "fal",
            "source": self.key_source,
            "key": self.key_masked,
            "storePath": self.key_file,
            "shellEnvFallback": {"enabled": False, "appliedKeys": []},
            "providersWithOAuth": [],
            "missingProvidersInUse": [] if self.key_source else ["fal"],
            "providers": [provider | ({place: shown} if place else {})],
            "unusableProfiles": [],
        }


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
        problems.add(OpenclawFalError(f"The task journal {runtime.paths.journal_file} can't be written."))
    unused = unused_config(runtime.environ, runtime.profile, runtime.paths.config_file)
    probed = _probe(runtime, problems) if probe and (key or runtime.in_sandbox) else None
    return Status(
        config_path=str(runtime.paths.config_file),
        config_exists=_config_exists(runtime),
        base_url=base_url,
        key_source=key.source if key else "sandbox" if runtime.in_sandbox else None,
        key_masked=key.masked if key else None,
        choices=choices,
        problems=problems.different,
        probe=probed,
        unused_config=str(unused) if unused else None,
        state_folder=str(runtime.paths.state_dir),
        key_file=str(runtime.paths.key_file),
        key_kind=_kind_of(key),
        profiles=(PROFILE,) if os.path.exists(runtime.paths.key_file) else (),
        aliases=settings.aliases,
    )


def _kind_of(key: Key | None) -> Literal["env", "profiles", "models.json", "missing"]:
    if key is None:
        return "missing"
    if key.variables:
        return "env"
    return "profiles" if key.place == "stored" else "models.json"


class _Problems:
    """Collects problems instead of stopping at the first."""

    def __init__(self) -> None:
        self._by_message: dict[str, OpenclawFalError] = {}

    @property
    def different(self) -> tuple[OpenclawFalError, ...]:
        return tuple(self._by_message.values())

    def add(self, problem: OpenclawFalError) -> None:
        self._by_message.setdefault(problem.message, problem)

    def collect(self, find: Callable[[], Value]) -> Value | None:
        """Return what ``find`` returns; if it raises one of our errors, collect that and return ``None``."""
        try:
            return find()
        except OpenclawFalError as error:
            self.add(error)
            return None


def _base_url(runtime: Runtime) -> str | None:
    if runtime.in_sandbox:
        return None  # status does not need a running sandbox
    Origins.from_base_url(runtime.base_url, runtime.base_url_setting)
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
    return (
        os.path.isdir(folder) and os.access(folder, os.W_OK) and (os.access(path, os.W_OK) or not os.path.lexists(path))
    )


def _probe(runtime: Runtime, problems: _Problems) -> str:
    try:
        result_of(check_key(runtime.fal, runtime.clock.deadline(KEY_CHECK_TIMEOUT_S)))
    except Unreachable as problem:
        problems.add(OpenclawFalError(f"fal can't be reached: {problem}"))
        return "unreachable"
    except OpenclawFalError as error:
        problems.add(error)
        return error.code
    return "ok"


def _config_exists(runtime: Runtime) -> bool:
    try:
        return runtime.config.exists
    except ConfigError:
        return True


# --- providers ---------------------------------------------------------------------------------


class Provider(Record):
    """fal as a provider of one kind.

    ``model`` is the endpoint id that a generation would use, ``None`` if only models of other providers are configured;
    ``is_selected`` says whether the configuration names it.
    """

    is_configured: bool
    is_selected: bool
    default_model: str
    model: str | None
    models: list[str]
    capabilities: Capabilities

    def as_json(self) -> dict[str, Any]:
        """Return an element of OpenClaw's ``infer image providers --json``, with ``model`` added."""
        return {
            "id": "fal",
            "label": "fal",
            "available": True,
            "configured": self.is_configured,
            "selected": self.is_selected,
            "defaultModel": self.default_model,
            "model": self.model,
            "models": self.models,
            "capabilities": self.capabilities.as_json(),
        }


def provider(runtime: Runtime, kind: Kind) -> Provider:
    """Return what fal can do with a kind, and which model is used for it."""
    model = _first_candidate(runtime, kind)
    return Provider(
        is_configured=runtime.has_key(runtime.messages.warning),
        is_selected=runtime.settings.model(kind).primary is not None and model is not None,
        default_model=DEFAULT_MODELS[kind],
        model=model,
        models=built_in(kind),
        capabilities=capabilities(kind),
    )


def _first_candidate(runtime: Runtime, kind: Kind) -> str | None:
    try:
        return candidates(runtime.settings, kind)[0].endpoint
    except UsageError as error:
        runtime.messages.warning(error.message)
        return None
