"""`models list` and `models status`: what there is, and what would be used and why."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from openclaw_fal.config.candidates import Candidate, candidates
from openclaw_fal.config.key import KeySources
from openclaw_fal.config.path import show_path
from openclaw_fal.config.settings import Settings
from openclaw_fal.core.errors import ConfigError, OpenclawFalError
from openclaw_fal.fal.origins import Origins
from openclaw_fal.fal.platform import check_key, list_models
from openclaw_fal.fal.reply import Unreachable
from openclaw_fal.models.catalog import BUILT_IN, BuiltInModel
from openclaw_fal.store.catalog_cache import CachedCatalog, CatalogCache

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from openclaw_fal.core.requests import Kind
    from openclaw_fal.runtime import Runtime

    Found = TypeVar("Found")

    from collections.abc import Generator

    from openclaw_fal.core.tasks import Waiting
    from openclaw_fal.fal.client import FalHttp
    from openclaw_fal.models.catalog import BuiltInModel

    Returned = TypeVar("Returned")


DAY_S = 24 * 3600
FETCH_TIMEOUT_S = 30.0
QUICK_TIMEOUT_S = 5.0  # for who did not ask for fal's list, and may be offline


@dataclass(frozen=True, slots=True)
class Listing:
    """The models that can be named, and what to say about where the list comes from."""

    models: tuple[BuiltInModel, ...]
    note: str | None = None


def list_catalog(runtime: Runtime, *, refresh: bool) -> Listing:
    """Return fal's live catalog, at most a day old, with the built-in models that it may lack.

    Without a network the last one known is served, however old, and failing that the built-in models alone.
    """
    timeout_s = FETCH_TIMEOUT_S if refresh or runtime.sandbox_wanted else QUICK_TIMEOUT_S
    # A sandbox's list is made up, and must not take the place of fal's.
    if Origins.from_base_url(runtime.base_url).platform != Origins().platform:
        return _fetched(runtime, None, None, timeout_s)
    cache = CatalogCache(runtime.paths.catalog_file)
    stored = cache.read()
    if stored and 0 <= runtime.clock.now() - stored.fetched_at < DAY_S and not refresh:
        return Listing(_with_built_in(stored.models))
    return _fetched(runtime, cache, stored, timeout_s)


def _fetched(runtime: Runtime, cache: CatalogCache | None, stored: CachedCatalog | None, timeout_s: float) -> Listing:
    # Imported here: a list that is kept already needs no network.

    try:
        models = fetch_catalog(runtime, timeout_s)
    except NoAnswer as problem:
        age = _age(runtime.clock.now() - stored.fetched_at) if stored else ""
        kept = f"this one is {age} old" if stored else "these are the built-in models alone"
        more = " --refresh tries for longer." if timeout_s < FETCH_TIMEOUT_S else ""
        return Listing(
            _with_built_in(stored.models if stored else ()),
            f"fal's catalog can't be fetched ({problem}); {kept}.{more}",
        )
    if cache:
        cache.write(models, runtime.clock.now())
    return Listing(_with_built_in(models))


def _with_built_in(models: Sequence[BuiltInModel]) -> tuple[BuiltInModel, ...]:
    live = {model.endpoint_id for model in models}
    everything = [*models, *(model for model in BUILT_IN if model.endpoint_id not in live)]
    return tuple(sorted(everything, key=lambda model: model.endpoint_id))


def _age(seconds: float) -> str:
    hours = max(0.0, seconds) / 3600
    if hours < 1:
        return "less than an hour"
    return f"{hours:.0f} hours" if hours < 48 else f"{hours / 24:.0f} days"


@dataclass(frozen=True, slots=True)
class Choice:
    """A model that would be tried, in this order, and the reason: its origin and the setting that names it."""

    kind: Kind
    candidate: Candidate
    where: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What a generation would use, and what would stop it. The key is masked, ``base_url`` set if it is not fal's."""

    config_path: str
    config_exists: bool
    base_url: str | None
    key_source: str | None
    key_masked: str | None
    choices: tuple[Choice, ...]
    problems: tuple[str, ...]
    probe: str | None = None


def status(runtime: Runtime, *, probe: bool) -> Status:
    """Find out what `image generate` and `video generate` would use; with ``probe``, whether fal takes the key."""
    looked = _Looked()
    # A mistake in one setting is told, and what the others say counts all the same.
    settings = looked.at(lambda: runtime.settings) or looked.at(lambda: runtime.config.settings) or Settings()
    base_url = looked.at(lambda: _base_url(runtime))
    sources = KeySources(runtime.environ, runtime.paths.key_file, settings, runtime.messages.warning)
    key = None if runtime.sandbox_wanted else looked.at(sources.require)
    image = looked.at(lambda: _choices(settings, "image")) or []
    video = looked.at(lambda: _choices(settings, "video")) or []
    if not _may_write(runtime.paths.journal_file):
        looked.problems.append(f"The task journal {runtime.paths.journal_file} can't be written.")
    probed = _probe(runtime, looked.problems) if probe and (key or runtime.sandbox_wanted) else None
    return Status(
        config_path=str(runtime.paths.config_file),
        config_exists=_config_exists(runtime),
        base_url=base_url,
        key_source=key.source if key else "sandbox" if runtime.sandbox_wanted else None,
        key_masked=key.masked if key else None,
        choices=(*image, *video),
        problems=tuple(dict.fromkeys(looked.problems)),
        probe=probed,
    )


class _Looked:
    """Looks at one thing after another; what can't be had is a problem, and the rest is told all the same."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def at(self, find: Callable[[], Found]) -> Found | None:
        try:
            return find()
        except OpenclawFalError as error:
            self.problems.append(error.message)
            return None


def _config_exists(runtime: Runtime) -> bool:
    try:
        return runtime.config.exists
    except ConfigError:
        return True


def _base_url(runtime: Runtime) -> str | None:
    if runtime.sandbox_wanted:
        return None  # it need not be started to be looked at
    Origins.from_base_url(runtime.base_url)
    return runtime.base_url


def _choices(settings: Settings, kind: Kind) -> list[Choice]:
    where = settings.model(kind).where
    return [
        Choice(kind, candidate, None if candidate.origin == "default" else show_path(where))
        for candidate in candidates(settings, kind)
    ]


def _may_write(path: Path) -> bool:
    """Tell whether a file can be written or made, without doing so."""
    folder = next(place for place in path.parents if os.path.lexists(place))
    return folder.is_dir() and os.access(folder, os.W_OK) and (os.access(path, os.W_OK) or not os.path.lexists(path))


def _probe(runtime: Runtime, problems: list[str]) -> str:
    # Imported here: looking at what is set up needs no network.

    try:
        ask_about_key(runtime, runtime.fal)
    except NoAnswer as problem:
        problems.append(f"fal can't be reached: {problem}")
        return "unreachable"
    except OpenclawFalError as error:
        problems.append(error.message)
        return error.code
    return "ok"


# MERGED """What `models` and `onboard` ask fal itself, all of it free: is the key good, and which models are there."""
#

PROBE_TIMEOUT_S = 10.0


class NoAnswer(Exception):
    """fal did not tell what was asked; the text says why."""


def fetch_catalog(runtime: Runtime, timeout_s: float) -> tuple[BuiltInModel, ...]:
    """Fetch all of fal's models. Raises `NoAnswer`."""
    deadline = runtime.clock.deadline(timeout_s)
    try:
        # A key raises the rate limit; nobody needs one to see the list.
        return tuple(_drained(list_models(runtime.fal, deadline, with_key=runtime.has_key())))
    except Unreachable as problem:
        raise NoAnswer(problem.reason) from problem
    except OpenclawFalError as error:
        raise NoAnswer(error.message) from error


def ask_about_key(runtime: Runtime, client: FalHttp) -> None:
    """Find out whether fal takes the client's key. Raises `KeyProblem`, or `NoAnswer` when fal can't be reached."""
    try:
        _drained(check_key(client, runtime.clock.deadline(PROBE_TIMEOUT_S)))
    except Unreachable as problem:
        raise NoAnswer(problem.reason) from problem


def _drained(work: Generator[Waiting, None, Returned]) -> Returned:
    """Do work whose pauses nobody needs to be told of."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]
