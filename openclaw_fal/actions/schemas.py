"""Which schema of an endpoint counts: fal's live document while it is fresh, else the shipped facts.

The files that TAB reads are made from the same: which models there are, and what each takes. They never hold what a
private sandbox says, since it ends with its command.

No command waits for the network where the facts know the endpoint. What they refuse is confirmed with the live
document.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from openclaw_fal.core.errors import ConfigError
from openclaw_fal.core.events import result_of
from openclaw_fal.core.records import Record
from openclaw_fal.models import facts
from openclaw_fal.models.schema import Schema

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from openclaw_fal.runtime import Runtime
    from openclaw_fal.store.caches import CatalogCache, SchemaCache

WEEK_S = 7 * 24 * 3600.0
LOOKUP_TIMEOUT_S = 5.0  # for an endpoint of which nothing is known
CONFIRM_TIMEOUT_S = 2.0  # for a refusal that a newer document may lift


class Lookup(Record):
    """What is known of an endpoint. ``is_missing``: fal answered that it has no such endpoint."""

    schema: Schema
    is_missing: bool = False


# What fal answered in this run, or that it did not: a batch asks about an endpoint once.
_answers: WeakKeyDictionary[Runtime, dict[tuple[str, bool], Lookup | None]] = WeakKeyDictionary()


def known_schema(runtime: Runtime, endpoint: str) -> Schema | None:
    """Return what is known of an endpoint without asking fal."""
    cached = _cached(runtime, endpoint)
    return cached if cached and is_fresh(runtime, cached) else facts.find_schema(endpoint) or cached


def schema_of(runtime: Runtime, endpoint: str, *, timeout_s: float = LOOKUP_TIMEOUT_S) -> Lookup:
    """Return what is known of an endpoint; a schema without inputs when that is nothing.

    fal is asked only about an endpoint that neither the cache nor the facts know, for up to ``timeout_s``.
    """
    cached = _cached(runtime, endpoint)
    if cached and is_fresh(runtime, cached):
        return Lookup(cached)
    if known := facts.find_schema(endpoint):
        return Lookup(known)
    live = live_schema(runtime, endpoint, timeout_s=timeout_s)
    return live or Lookup(cached or Schema(endpoint))


def is_fresh(runtime: Runtime, schema: Schema) -> bool:
    """Return whether a schema is a live document of the last seven days."""
    return schema.read_at is not None and 0 <= runtime.clock.now() - schema.read_at < WEEK_S


def live_schema(runtime: Runtime, endpoint: str, *, timeout_s: float) -> Lookup | None:
    """Ask fal for an endpoint's document and cache it; ``None`` when no answer came in time.

    A question is asked once in a run.
    """
    answers = _answers.setdefault(runtime, {})
    question = (endpoint, runtime.in_sandbox)
    if question not in answers:
        answers[question] = _fetched(runtime, endpoint, timeout_s)
    return answers[question]


def cached_document(runtime: Runtime, endpoint: str) -> Any:
    """Return the document that is cached, whatever its age; ``None`` when there is none."""
    cache = _cache(runtime)
    cached = cache.read(endpoint) if cache else None
    return cached.document if cached else None


def _fetched(runtime: Runtime, endpoint: str, timeout_s: float) -> Lookup | None:
    # Imported here: most commands need no document.
    from openclaw_fal.fal.platform import fetch_openapi  # noqa: PLC0415
    from openclaw_fal.fal.reply import Unreachable  # noqa: PLC0415

    deadline = runtime.deadline(timeout_s)
    try:
        document = result_of(fetch_openapi(runtime.fal, endpoint, deadline))
    except (Unreachable, ConfigError):  # a submission that needs it reports the problem itself
        return None
    if document is None:
        return Lookup(Schema(endpoint), is_missing=True)
    now = runtime.clock.now()
    if cache := _cache(runtime):
        cache.write(endpoint, document, now)
    schema = _read(endpoint, document, now)
    add_inputs(runtime, schema)
    return Lookup(schema)


def _cached(runtime: Runtime, endpoint: str) -> Schema | None:
    if not os.path.exists(runtime.paths.schemas_dir):
        return None
    cache = _cache(runtime)
    cached = cache.read(endpoint) if cache else None
    return _read(endpoint, cached.document, cached.fetched_at) if cached else None


def _read(endpoint: str, document: Any, read_at: float) -> Schema:
    # Imported here: where the facts are enough, nothing is read.
    from openclaw_fal.models.openapi import read_document  # noqa: PLC0415

    live, known = read_document(endpoint, document, read_at), facts.find_schema(endpoint)
    if known is None:
        return live
    if live.inputs is None:  # fal could not write the document this time
        return known
    # Documents have no title, and a few of them no outputs.
    return live._replace(
        title=known.title, category=live.category or known.category, outputs=live.outputs or known.outputs
    )


def _cache(runtime: Runtime) -> SchemaCache | None:
    """Return the cache of the origin that answers; a private sandbox has none, since it ends with the command."""
    if runtime.in_sandbox:
        return None
    # Imported here: most runs read facts and write no document.
    from openclaw_fal.store.caches import SchemaCache  # noqa: PLC0415

    return SchemaCache(runtime.paths.schemas_dir, origin_of(runtime))


# --- whose answers they are ----------------------------------------------------------------------


def is_fal_itself(runtime: Runtime) -> bool:
    """Return whether fal's own hosts answer, not a sandbox or another server."""
    if not runtime.in_sandbox and runtime.base_url is None:
        return True
    from openclaw_fal.fal.origins import Origins  # noqa: PLC0415 - what is cached needs no fal

    return Origins.from_base_url(runtime.base_url).platform == Origins().platform


def origin_of(runtime: Runtime) -> str:
    """Return the address of the server in fal's place, whose answers are kept apart; empty for fal and for a sandbox.

    A configuration with mistakes names none.
    """
    try:
        return "" if runtime.in_sandbox or is_fal_itself(runtime) else runtime.base_url or ""
    except ConfigError:
        return ""


def catalog_cache(runtime: Runtime) -> CatalogCache:
    """Return the cache of the catalog that counts."""
    # Imported here: a model that is written out is found in the facts.
    from openclaw_fal.store.caches import CatalogCache  # noqa: PLC0415

    return CatalogCache(runtime.paths.catalog_file, origin_of(runtime))


# --- completion files ---------------------------------------------------------------------------


def write_completion_files(runtime: Runtime, *, only_missing: bool = False) -> None:
    """Write the files of everything that is known without a network."""
    if only_missing and os.path.exists(_inputs_file(runtime)):
        return
    from openclaw_fal.store.model_completions import write_input_completions  # noqa: PLC0415 - most complete nothing

    catalog_cache(runtime).write_completions()
    write_input_completions(_inputs_file(runtime), _known_schemas(runtime))


def add_inputs(runtime: Runtime, schema: Schema) -> None:
    """Add the inputs of a model from fal's answer. A server in fal's place adds only models that the facts lack."""
    if schema.inputs is None or runtime.in_sandbox or (origin_of(runtime) and facts.find_schema(schema.endpoint)):
        return
    from openclaw_fal.store.model_completions import write_input_completions  # noqa: PLC0415

    file = _inputs_file(runtime)
    if os.path.exists(file):
        write_input_completions(file, [schema])
    else:
        write_input_completions(file, (*_known_schemas(runtime), schema))


def _known_schemas(runtime: Runtime) -> Iterator[Schema]:
    """Yield the schemas of the facts, then those of the documents that are cached."""
    # Imported here: most commands complete nothing.
    from openclaw_fal.models.openapi import read_document  # noqa: PLC0415
    from openclaw_fal.store.caches import SchemaCache  # noqa: PLC0415

    yield from facts.all_schemas()
    for origin in dict.fromkeys(("", origin_of(runtime))):
        for endpoint, cached in SchemaCache(runtime.paths.schemas_dir, origin).read_all():
            schema = read_document(endpoint, cached.document)
            if schema.inputs is not None and not (origin and facts.find_schema(endpoint)):
                yield schema


def _inputs_file(runtime: Runtime) -> Path:
    from openclaw_fal.store.model_completions import MODEL_INPUTS_FILE  # noqa: PLC0415

    return runtime.paths.cache_dir / MODEL_INPUTS_FILE
