"""`models list` and `models status`: what there is, and what would be used and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from openclaw_fal.core.candidates import Candidate, candidates
from openclaw_fal.core.capabilities import built_in, capabilities
from openclaw_fal.core.catalog import BUILT_IN, DEFAULT_IMAGE_MODEL, DEFAULT_VIDEO_MODEL, BuiltInModel
from openclaw_fal.core.errors import OpenclawFalError
from openclaw_fal.fal.http import Unreachable
from openclaw_fal.fal.platform import check_key, list_models
from openclaw_fal.store.catalogue import Catalogue
from openclaw_fal.store.keys import mask

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from openclaw_fal.core.tasks import Waiting
    from openclaw_fal.runtime import Runtime

    Returned = TypeVar("Returned")

DAY_S = 24 * 3600
FETCH_TIMEOUT_S = 30.0
PROBE_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class Listing:
    """The models that can be named, and what to say about where the list comes from."""

    models: tuple[BuiltInModel, ...]
    note: str | None = None


def list_catalogue(runtime: Runtime, *, refresh: bool) -> Listing:
    """Return fal's live catalogue, at most a day old, with the built-in models that it may lack.

    Without a network the last one known is served, however old, and failing that the built-in models alone.
    """
    kept_for = "sandbox" if runtime.sandbox_wanted else runtime.fal.origins.platform
    cache = Catalogue(runtime.paths.catalogue_file, kept_for)
    stored = cache.read()
    age_s = runtime.clock.now() - stored.fetched_at if stored else 0.0
    if stored and 0 <= age_s < DAY_S and not refresh:
        return Listing(_with_built_in(stored.models))
    with_key = runtime.sandbox_wanted or runtime.key is not None
    try:
        deadline = runtime.clock.deadline(FETCH_TIMEOUT_S)
        models = tuple(drained(list_models(runtime.fal, deadline, with_key=with_key)))
    except (Unreachable, OpenclawFalError) as problem:
        reason = problem.reason if isinstance(problem, Unreachable) else problem.message
        kept = f"this one is {age_s / 3600:.0f} hours old" if stored else "these are the built-in models alone"
        return Listing(
            _with_built_in(stored.models if stored else ()), f"fal's catalogue can't be fetched ({reason}); {kept}."
        )
    cache.write(models, runtime.clock.now())
    return Listing(_with_built_in(models))


def _with_built_in(models: Sequence[BuiltInModel]) -> tuple[BuiltInModel, ...]:
    live = {model.endpoint_id for model in models}
    everything = [*models, *(model for model in BUILT_IN if model.endpoint_id not in live)]
    return tuple(sorted(everything, key=lambda model: model.endpoint_id))


def drained(work: Generator[Waiting, None, Returned]) -> Returned:
    """Do work whose pauses nobody needs to be told of."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What a generation would use, and what would stop it. The key is masked."""

    config_path: str
    config_exists: bool
    key_source: str | None
    key_masked: str | None
    image: tuple[Candidate, ...]
    video: tuple[Candidate, ...]
    problems: tuple[str, ...]
    probe: str | None = None


def status(runtime: Runtime, *, probe: bool) -> Status:
    """Find out what `image generate` and `video generate` would use; with ``probe``, whether fal takes the key."""
    problems: list[str] = []
    key = _try(lambda: runtime.require_key() and runtime.key, problems)
    image = _try(lambda: candidates(runtime.settings, "image"), problems) or ()
    video = _try(lambda: candidates(runtime.settings, "video"), problems) or ()
    probed = _probe(runtime, problems) if probe and (key or runtime.sandbox_wanted) else None
    return Status(
        config_path=str(runtime.paths.config_file),
        config_exists=runtime.paths.config_file.exists(),
        key_source=key.source if key else "sandbox" if runtime.sandbox_wanted else None,
        key_masked=mask(key.value) if key else None,
        image=image,
        video=video,
        problems=tuple(dict.fromkeys(problems)),
        probe=probed,
    )


def _probe(runtime: Runtime, problems: list[str]) -> str:
    try:
        drained(check_key(runtime.fal, runtime.clock.deadline(PROBE_TIMEOUT_S)))
    except Unreachable as problem:
        problems.append(f"fal can't be reached: {problem.reason}")
        return "unreachable"
    except OpenclawFalError as error:
        problems.append(error.message)
        return error.code
    return "ok"


def _try(find: Any, problems: list[str]) -> Any:
    try:
        return find()
    except OpenclawFalError as error:
        problems.append(error.message)
        return None


def provider(runtime: Runtime, kind: Literal["image", "video"]) -> dict[str, Any]:
    """Return what fal can do with images or videos, in the shape of OpenClaw's ``infer image providers --json``."""
    setting = runtime.settings.video if kind == "video" else runtime.settings.image
    chosen = candidates(runtime.settings, kind)[0]
    return {
        "id": "fal",
        "label": "fal",
        "available": True,
        "configured": runtime.sandbox_wanted or runtime.key is not None,
        "selected": setting.primary is not None,
        "defaultModel": DEFAULT_VIDEO_MODEL if kind == "video" else DEFAULT_IMAGE_MODEL,
        "model": chosen.endpoint,
        "models": built_in(kind),
        "capabilities": capabilities(kind),
    }
