"""Which models to try for a request, in which order, and why."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING, Literal

from openclaw_fal.config.path import show_path
from openclaw_fal.config.settings import unset_variable
from openclaw_fal.core.errors import ConfigError, UsageError
from openclaw_fal.core.kinds import KIND_ROWS
from openclaw_fal.core.program import command
from openclaw_fal.core.records import Record
from openclaw_fal.models.refs import DEFAULT_MODELS, is_of_another_provider, resolve_model

if TYPE_CHECKING:
    from openclaw_fal.config.path import ConfigPath
    from openclaw_fal.config.settings import Settings
    from openclaw_fal.core.kinds import Kind
    from openclaw_fal.models.refs import ListModels

Origin = Literal["--model", "primary", "fallback", "default"]


class Candidate(Record):
    """A model to try; ``endpoint`` is its id without ``fal/``."""

    endpoint: str
    origin: Origin


def candidates(
    settings: Settings, kind: Kind, model: str | None = None, list_models: ListModels | None = None
) -> tuple[Candidate, ...]:
    """Return ``--model`` alone if given, else the configured models, else the default of the kind.

    ``list_models`` returns the models whose short names count; without it, those that are shipped do. Models of
    OpenClaw's other providers are skipped. Raises `UsageError` if only such models are configured, because the default
    is not what the user chose, and for text that names no model.
    """

    def resolved(text: str) -> str:
        from openclaw_fal.models.catalog import shipped_models  # noqa: PLC0415 - most runs name no model

        return resolve_model(text, settings.aliases, list_models or shipped_models, KIND_ROWS[kind].makes)

    if model:
        return (Candidate(resolved(model), "--model"),)
    setting = settings.model(kind)
    named: list[tuple[str, Origin]] = [(setting.primary, "primary")] if setting.primary else []
    named += [(fallback, "fallback") for fallback in setting.fallbacks]
    if not named:
        return (Candidate(DEFAULT_MODELS[kind], "default"),)
    _refuse_unset_variables(named, setting.where)
    ours = tuple(Candidate(resolved(ref), origin) for ref, origin in named if not is_of_another_provider(ref))
    if not ours:
        raise UsageError(
            f"{show_path(setting.where)} has no model of fal: {', '.join(ref for ref, _ in named)}.",
            hint=f"Give --model fal/…, or add one: {command('config set', show_path(setting.where))}.primary fal/…",
        )
    return ours


def skipped_models(settings: Settings, kind: Kind, model: str | None) -> tuple[str, ...]:
    """Return the refs of models of other providers that are configured before the first of fal's."""
    setting = settings.model(kind)
    named = [] if model else [ref for ref in (setting.primary, *setting.fallbacks) if ref]
    return tuple(takewhile(is_of_another_provider, named))


def _refuse_unset_variables(named: list[tuple[str, Origin]], where: ConfigPath) -> None:
    for ref, _ in named:
        if variable := unset_variable(ref):
            raise ConfigError(
                f"{show_path(where)} names a model by the environment variable {variable}, which is not set.",
                code="variable_missing",
            )
