"""Which models to try, in which order, and why (``openclaw-cli.md`` §4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from openclaw_fal.core.catalog import DEFAULT_IMAGE_MODEL, DEFAULT_VIDEO_MODEL, parse_model_ref

if TYPE_CHECKING:
    from openclaw_fal.core.settings import Settings

Origin = Literal["--model", "primary", "fallback", "default"]


class Candidate(NamedTuple):
    """A model that may answer a request; ``endpoint`` is its id without ``fal/``."""

    endpoint: str
    origin: Origin


def candidates(settings: Settings, kind: Literal["image", "video"], model: str | None = None) -> tuple[Candidate, ...]:
    """Return ``--model`` alone when given, else primary and fallbacks, else the provider's default.

    Raises `UsageError` for a reference that is none of fal's.
    """
    if model is not None:
        return (Candidate(parse_model_ref(model), "--model"),)
    setting = settings.video if kind == "video" else settings.image
    configured: list[Candidate] = []
    if setting.primary:
        configured.append(Candidate(parse_model_ref(setting.primary), "primary"))
    configured += [Candidate(parse_model_ref(fallback), "fallback") for fallback in setting.fallbacks]
    default = DEFAULT_VIDEO_MODEL if kind == "video" else DEFAULT_IMAGE_MODEL
    return tuple(configured) or (Candidate(default, "default"),)
