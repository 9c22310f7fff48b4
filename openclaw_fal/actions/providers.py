"""`image providers` and `video providers`: what fal can do, in OpenClaw's shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openclaw_fal.config.candidates import candidates
from openclaw_fal.core.errors import UsageError
from openclaw_fal.models.capabilities import built_in, capabilities
from openclaw_fal.models.catalog import DEFAULT_MODELS

if TYPE_CHECKING:
    from openclaw_fal.core.requests import Kind
    from openclaw_fal.runtime import Runtime


def provider(runtime: Runtime, kind: Kind) -> dict[str, Any]:
    """Return what fal can do with images or videos, in the shape of OpenClaw's ``infer image providers --json``."""
    setting = runtime.settings.model(kind)
    chosen = _first_candidate(runtime, kind)
    return {
        "id": "fal",
        "label": "fal",
        "available": True,
        "configured": runtime.has_key(runtime.messages.warning),
        "selected": setting.primary is not None and chosen is not None,
        "defaultModel": DEFAULT_MODELS[kind],
        "model": chosen,
        "models": built_in(kind),
        "capabilities": capabilities(kind),
    }


def _first_candidate(runtime: Runtime, kind: Kind) -> str | None:
    try:
        return candidates(runtime.settings, kind)[0].endpoint
    except UsageError as error:
        runtime.messages.warning(error.message)
        return None
