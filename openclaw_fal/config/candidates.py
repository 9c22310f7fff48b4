"""Which models to try for a request, in which order, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from openclaw_fal.config.path import show_path
from openclaw_fal.core.errors import UsageError
from openclaw_fal.core.kinds import KIND_ROWS
from openclaw_fal.core.program import command
from openclaw_fal.models.catalog import DEFAULT_MODELS, is_of_another_provider, shipped_models
from openclaw_fal.models.refs import resolve_model

if TYPE_CHECKING:
    from openclaw_fal.config.settings import Settings
    from openclaw_fal.core.requests import Kind
    from openclaw_fal.models.refs import ListModels

Origin = Literal["--model", "primary", "fallback", "default"]


class Candidate(NamedTuple):
    """A model to try; ``endpoint`` is its id without ``fal/``."""

    endpoint: str
    origin: Origin


def candidates(
    settings: Settings, kind: Kind, model: str | None = None, list_models: ListModels = shipped_models
) -> tuple[Candidate, ...]:
    """Return ``--model`` alone if given, else the configured models, else the default of the kind.

    ``list_models`` returns the models whose short names count. Models of OpenClaw's other providers are skipped. Raises
    `UsageError` if only such models are configured, because the default is not what the user chose, and for text that
    names no model.
    """

    def resolved(text: str) -> str:
        return resolve_model(text, settings.aliases, list_models, KIND_ROWS[kind].makes)

    if model:
        return (Candidate(resolved(model), "--model"),)
    setting = settings.model(kind)
    named: list[tuple[str, Origin]] = [(setting.primary, "primary")] if setting.primary else []
    named += [(fallback, "fallback") for fallback in setting.fallbacks]
    if not named:
        return (Candidate(DEFAULT_MODELS[kind], "default"),)
    ours = tuple(Candidate(resolved(ref), origin) for ref, origin in named if not is_of_another_provider(ref))
    if not ours:
        raise UsageError(
            f"{show_path(setting.where)} has no model of fal: {', '.join(ref for ref, _ in named)}.",
            hint=f"Give --model fal/…, or add one: {command('config set', show_path(setting.where))}.primary fal/…",
        )
    return ours
