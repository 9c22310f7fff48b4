"""`image providers` and `video providers`: what fal can do, in OpenClaw's shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openclaw_fal.config.candidates import candidates
from openclaw_fal.core.errors import UsageError
from openclaw_fal.core.records import Record
from openclaw_fal.models.capabilities import Capabilities, built_in, capabilities
from openclaw_fal.models.catalog import DEFAULT_MODELS

if TYPE_CHECKING:
    from openclaw_fal.core.kinds import Kind
    from openclaw_fal.runtime import Runtime


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
