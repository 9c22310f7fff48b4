"""The files that TAB reads, which models there are and what each takes, and the catalog that they are made from.

They never hold what a private sandbox says, since it ends with its command.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from openclaw_fal.core.errors import ConfigError
from openclaw_fal.models import facts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from openclaw_fal.models.schema import Schema
    from openclaw_fal.runtime import Runtime
    from openclaw_fal.store.caches import CatalogCache


def write_completion_files(runtime: Runtime, *, only_missing: bool = False) -> None:
    """Write the files of everything that is known without a network."""
    if only_missing and _inputs_file(runtime).exists():
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
    if file.exists():
        write_input_completions(file, [schema])
    else:
        write_input_completions(file, (*_known_schemas(runtime), schema))


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
