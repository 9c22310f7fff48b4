"""The files that TAB reads: which models there are, and what each takes.

They hold fal's own models, never a sandbox's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from openclaw_fal.models.schema import Schema
    from openclaw_fal.runtime import Runtime


def write_completion_files(runtime: Runtime, *, only_missing: bool = False) -> None:
    """Write the files of everything that is known without a network."""
    if only_missing and _inputs_file(runtime).exists():
        return
    from openclaw_fal.store.catalog_cache import CatalogCache  # noqa: PLC0415 - most commands complete nothing
    from openclaw_fal.store.model_completions import write_input_completions  # noqa: PLC0415

    CatalogCache(runtime.paths.catalog_file).write_completions()
    write_input_completions(_inputs_file(runtime), _known_schemas(runtime))


def add_inputs(runtime: Runtime, schema: Schema) -> None:
    """Add what fal has just said of a model."""
    if schema.inputs is None or not is_fal_itself(runtime):
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


def _known_schemas(runtime: Runtime) -> Iterator[Schema]:
    """Yield the schemas of the facts, then those of the documents that are cached."""
    # Imported here: most commands complete nothing.
    from openclaw_fal.models.facts import all_schemas  # noqa: PLC0415
    from openclaw_fal.models.openapi import read_document  # noqa: PLC0415
    from openclaw_fal.store.schema_cache import SchemaCache  # noqa: PLC0415

    yield from all_schemas()
    for endpoint, cached in SchemaCache(runtime.paths.schemas_dir).read_all():
        schema = read_document(endpoint, cached.document)
        if schema.inputs is not None:
            yield schema


def _inputs_file(runtime: Runtime) -> Path:
    from openclaw_fal.store.model_completions import MODEL_INPUTS_FILE  # noqa: PLC0415

    return runtime.paths.cache_dir / MODEL_INPUTS_FILE
