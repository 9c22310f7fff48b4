"""`models list`, `models show` and `models set`: the list, what one takes, and the defaults."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openclaw_fal.actions.schemas import catalog_cache
from openclaw_fal.core.errors import ConfigError, OpenclawFalError, UsageError
from openclaw_fal.core.kinds import KIND_ROWS
from openclaw_fal.core.program import command
from openclaw_fal.core.records import Record
from openclaw_fal.models.catalog import (
    BUILT_IN,
    DEPRECATED,
    GONE,
    ListedModel,
    merged,
    shipped_models,
)
from openclaw_fal.models.refs import model_ref
from openclaw_fal.models.schema import OutputKind, Schema, kind_of_category

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from openclaw_fal.config.path import ConfigPath
    from openclaw_fal.core.kinds import Kind
    from openclaw_fal.runtime import Runtime
    from openclaw_fal.store.caches import CachedCatalog, CatalogCache

MAX_CATALOG_AGE_S = 24 * 3600
REFRESH_TIMEOUT_S = 30.0
TIMEOUT_S = 5.0  # without --refresh, because the user may be offline
SHOW_TIMEOUT_S = 5.0


# --- models list -------------------------------------------------------------------------------


class Listing(Record):
    """Models, and a note about where the list comes from."""

    models: tuple[ListedModel, ...]
    note: str | None = None


class Filter(Record):
    """Which models to list. ``search`` holds words that must all be in the id or the name."""

    search: str = ""
    category: str = ""
    kind: OutputKind | None = None
    everything: bool = False


def list_catalog(runtime: Runtime, *, refresh: bool) -> Listing:
    """Return fal's catalog, at most a day old, with the models of the documentation that it lacks.

    If fal can't be reached, an older catalog is returned together with the models that this version knows.
    """
    timeout_s = REFRESH_TIMEOUT_S if refresh or runtime.in_sandbox else TIMEOUT_S
    if runtime.in_sandbox:
        return _fetch_catalog(runtime, None, None, timeout_s)
    cache = catalog_cache(runtime)
    cached = cache.read()
    if cached and 0 <= runtime.clock.now() - cached.fetched_at < MAX_CATALOG_AGE_S and not refresh:
        return Listing(merged(cached.models, BUILT_IN))
    return _fetch_catalog(runtime, cache, cached, timeout_s)


def filtered(models: Iterable[ListedModel], wanted: Filter) -> list[ListedModel]:
    """Return the models that are wanted, in their order.

    Models that are deprecated or gone are left out unless everything is wanted; those of the documentation stay.
    Raises `UsageError` for a category that no model has.
    """
    documented = {model.endpoint_id for model in BUILT_IN}
    found = [
        model
        for model in models
        if wanted.everything or model.endpoint_id in documented or not (model.is_deprecated or model.is_gone)
    ]
    if wanted.category:
        found = _of_category(found, wanted.category)
    words = wanted.search.casefold().split()
    return [
        model
        for model in found
        if all(word in f"{model_ref(model.endpoint_id)} {model.name}".casefold() for word in words)
        and wanted.kind in (None, kind_of(model))
    ]


def kind_of(model: ListedModel) -> OutputKind:
    """Return what a model makes, according to its category."""
    return kind_of_category(model.category) or "other"


def _of_category(models: Sequence[ListedModel], category: str) -> list[ListedModel]:
    found = [model for model in models if model.category == category.strip().lower()]
    if not found and models:
        known = sorted({model.category for model in models if model.category})
        raise UsageError(
            f"--category {category!r} is not known. Choose one of: {', '.join(known)}.", code="category_unknown"
        )
    return found


def _fetch_catalog(
    runtime: Runtime, cache: CatalogCache | None, cached: CachedCatalog | None, timeout_s: float
) -> Listing:
    # Imported here: a list that is cached needs no fal.
    from openclaw_fal.core.events import result_of  # noqa: PLC0415
    from openclaw_fal.fal.platform import list_models  # noqa: PLC0415
    from openclaw_fal.fal.reply import Unreachable  # noqa: PLC0415

    deadline = runtime.clock.deadline(timeout_s)
    try:
        # A key raises the rate limit; the catalog can be read without one.
        models = result_of(list_models(runtime.fal, deadline, with_key=runtime.has_key()))
    except (Unreachable, OpenclawFalError) as error:
        return _listing_without_fal(runtime, cached, error, can_wait_longer=timeout_s < REFRESH_TIMEOUT_S)
    if cache:
        cache.write(tuple(models), runtime.clock.now())
    return Listing(merged(models, BUILT_IN))


def _listing_without_fal(
    runtime: Runtime, cached: CachedCatalog | None, error: Exception, *, can_wait_longer: bool
) -> Listing:
    from openclaw_fal.models.facts import day  # noqa: PLC0415 - only without a network

    age = age_text(runtime.clock.now() - cached.fetched_at) if cached else ""
    instead = f"This catalog is {age} old." if cached else f"These are the models that fal had on {day()}."
    more = " --refresh waits longer." if can_wait_longer else ""
    models = merged(cached.models if cached else (), shipped_models())
    return Listing(models, f"fal's catalog can't be fetched ({error}). {instead}{more}")


def age_text(seconds: float) -> str:
    """Return how long ago something was, in words."""
    hours = max(0.0, seconds) / 3600
    if hours < 1:
        return "less than an hour"
    return f"{hours:.0f} hours" if hours < 48 else f"{hours / 24:.0f} days"


# --- models show -------------------------------------------------------------------------------


class Shown(Record):
    """All that is known of a model. ``status`` is live, deprecated or gone; ``siblings`` are ids of other endpoints."""

    schema: Schema
    status: str
    tags: tuple[str, ...]
    siblings: tuple[str, ...]


def show_model(runtime: Runtime, text: str, *, refresh: bool) -> Shown:
    """Return what is known of the model that a text names.

    fal is asked with ``refresh``, and about a model of which nothing is known. Raises `UsageError` for a model that
    does not exist.
    """
    from openclaw_fal.actions.schemas import live_schema, schema_of  # noqa: PLC0415 - not for a list
    from openclaw_fal.models.sibling_endpoints import siblings_of, siblings_prefix  # noqa: PLC0415

    endpoint = resolved(runtime, text)
    models = _known_models(runtime, siblings_prefix(endpoint))
    live = live_schema(runtime, endpoint, timeout_s=SHOW_TIMEOUT_S) if refresh else None
    if refresh and live is None:
        runtime.messages.note("fal did not answer; showing what is already known.")
    found = live or schema_of(runtime, endpoint, timeout_s=SHOW_TIMEOUT_S)
    listed = models.get(endpoint)
    schema = found.schema
    if schema.inputs is None and listed is None:
        from openclaw_fal.models.refs import unknown_model  # noqa: PLC0415

        reason = "fal has no such model." if found.is_missing else "it is unknown here, and fal can't be reached."
        raise unknown_model(endpoint, _known_models(runtime).values(), reason)
    if listed:
        schema = schema._replace(title=schema.title or listed.name, category=schema.category or listed.category)
    tags = listed.tags if listed else ()
    status = "gone" if GONE in tags else "deprecated" if DEPRECATED in tags else "live"
    current = (each for each, model in models.items() if not model.is_gone)
    return Shown(schema, status, tags, tuple(siblings_of(endpoint, current)))


def known_model(runtime: Runtime, text: str, kind: Kind | None = None) -> Schema | None:
    """Return what is known of the model that a text names without asking fal, ``None`` when that is nothing.

    Raises `UsageError` for text that names no model.
    """
    from openclaw_fal.actions.schemas import known_schema  # noqa: PLC0415 - not for a list

    return known_schema(runtime, resolved(runtime, text, kind))


def _known_models(runtime: Runtime, prefix: str = "") -> dict[str, ListedModel]:
    """Return the models that are known without a network, by id: those of the cached catalog, and the shipped ones."""
    return {model.endpoint_id: model for model in catalog_cache(runtime).known_models(prefix)}


def resolved(runtime: Runtime, text: str, kind: Kind | None = None) -> str:
    """Return the id of the endpoint that a text means. Raises `UsageError` for text that names none.

    A short name prefers models of ``kind``.
    """
    from openclaw_fal.models.refs import resolve_model  # noqa: PLC0415 - not for a list

    try:
        aliases = runtime.config.settings.aliases
    except ConfigError:  # no reason not to show a model
        aliases = {}
    known = catalog_cache(runtime).known_models
    return resolve_model(text, aliases, known, KIND_ROWS[kind].makes if kind else None)


# --- models set --------------------------------------------------------------------------------


class NewDefault(Record):
    """The default that was set: for what, where, and which model it replaced."""

    kind: str
    model: str
    path: ConfigPath
    before: str | None


def set_default(runtime: Runtime, text: str) -> NewDefault:
    """Make a model the default of what it makes; its fallbacks stay.

    Raises `UsageError` for a model that makes no images, videos or music, and `ConfigError` as `change_config`.
    """
    from openclaw_fal.config.change import change_config  # noqa: PLC0415 - not for a list
    from openclaw_fal.config.edits import Set  # noqa: PLC0415
    from openclaw_fal.config.path import MISSING, look_up  # noqa: PLC0415

    shown = show_model(runtime, text, refresh=False)
    schema = shown.schema
    kind = _kind_with_default(schema)
    if kind is None:
        raise UsageError(
            f"{model_ref(schema.endpoint)} makes {_WORDS[schema.kind]}; there are defaults for images, videos and "
            "music only. Nothing was written.",
            code="wrong_kind",
        )
    ref = model_ref(schema.endpoint)
    path = runtime.config.model_path(kind)
    now = look_up(runtime.config.data, path)
    before = now if isinstance(now, str) else now.get("primary") if isinstance(now, dict) else None
    edit = Set(path, ref) if isinstance(now, str) else Set((*path, "primary"), ref)
    if now is MISSING or before != ref:
        change_config(runtime.config, [edit])
    if shown.status != "live":
        what = "no longer lists" if shown.status == "gone" else "calls deprecated"
        runtime.messages.warning(f"{ref} is a model that fal {what}, so it may not work.")
    return NewDefault(kind, ref, path, before)


def _kind_with_default(schema: Schema) -> Kind | None:
    """Return the kind that a model can be the default of."""
    kinds: dict[OutputKind, Kind] = {"image": "image", "video": "video"}
    return "music" if schema.makes_music else kinds.get(schema.kind)


_WORDS: dict[OutputKind, str] = {
    "image": "images",
    "video": "videos",
    "audio": "sound",
    "3d": "3-D models",
    "text": "text",
    "other": "something else",
}


# --- models aliases ----------------------------------------------------------------------------


def add_alias(runtime: Runtime, alias: str, text: str) -> str:
    """Give a model a name in the configuration, and return its ref. Raises `UsageError`, and as `change_config`."""
    from openclaw_fal.config.change import change_config  # noqa: PLC0415
    from openclaw_fal.config.edits import Set  # noqa: PLC0415
    from openclaw_fal.config.settings import ALIASED_MODELS  # noqa: PLC0415

    alias = alias.strip()
    if not alias or "/" in alias:
        raise UsageError(f"{alias!r} can't be an alias: give a name without slashes.")
    ref = model_ref(show_model(runtime, text, refresh=False).schema.endpoint)
    known = runtime.settings.aliases.get(alias)
    if known not in (None, ref):
        raise UsageError(f"{alias} already means {known}.", hint=command("models aliases remove", alias))
    change_config(runtime.config, [Set((*ALIASED_MODELS, ref), {"alias": alias}, merge=True)])
    return ref


def remove_alias(runtime: Runtime, alias: str) -> str:
    """Remove a name from the configuration, and return the ref that it meant. Raises as `add_alias`."""
    from openclaw_fal.config.change import change_config  # noqa: PLC0415
    from openclaw_fal.config.edits import Unset  # noqa: PLC0415
    from openclaw_fal.config.settings import ALIASED_MODELS  # noqa: PLC0415

    ref = runtime.settings.aliases.get(alias.strip())
    if ref is None:
        raise UsageError(f"There is no alias {alias!r}.", hint=command("models aliases list"))
    change_config(runtime.config, [Unset((*ALIASED_MODELS, ref, "alias"))])
    return ref
