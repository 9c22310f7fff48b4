"""`models remake-facts`: remakes the shipped facts from fal's live API. For maintainers.

fal is asked for one document at a time, with a pause in between and as long a wait as it asks for. Finished lines are
kept beside the output, so that a run which ends early is continued by the next.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from openclaw_fal.core.errors import OpenclawFalError
from openclaw_fal.core.events import result_of
from openclaw_fal.core.records import Record
from openclaw_fal.fal.platform import fetch_openapi, list_models
from openclaw_fal.fal.reply import Unreachable
from openclaw_fal.models import facts
from openclaw_fal.models.openapi import read_document

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from openclaw_fal.models.catalog import ListedModel
    from openclaw_fal.models.schema import Schema
    from openclaw_fal.runtime import Runtime

PAUSE_S = 0.2  # between two documents
LIST_TIMEOUT_S = 120.0
DOCUMENT_TIMEOUT_S = 300.0  # fal's limits of requests last about a minute


class Progress(Record):
    """How many of the endpoints are done."""

    done: int
    total: int
    endpoint: str


def remake_facts(runtime: Runtime, output: Path, *, only: str = "") -> Iterator[Progress]:
    """Rewrite the facts file, and yield after each endpoint.

    ``only`` restricts it to endpoints whose ids contain that text; the others keep what the shipped facts say. Raises
    `OpenclawFalError` when fal does not answer; the same command then continues.
    """
    shipped = {schema.endpoint: schema for schema in facts.all_schemas()}
    lines = {schema.endpoint: facts.write_line(schema) for schema in shipped.values()}
    listed = {model.endpoint_id: model for model in _listed(runtime)}
    for endpoint in shipped.keys() - listed.keys():
        lines[endpoint] = facts.write_line(shipped[endpoint]._replace(is_gone=True))
    wanted = {endpoint: model for endpoint, model in sorted(listed.items()) if only in endpoint}
    part = output.with_name(output.name + ".part")
    done = _finished(part)
    with part.open("a", encoding="utf-8", newline="\n") as file:
        for number, (endpoint, model) in enumerate(wanted.items(), 1):
            if endpoint not in done:
                done[endpoint] = facts.write_line(_schema(runtime, model, shipped.get(endpoint)))
                file.write(done[endpoint] + "\n")
                file.flush()
                runtime.clock.sleep(PAUSE_S)
            yield Progress(number, len(wanted), endpoint)
    _write(output, lines | {endpoint: line for endpoint, line in done.items() if endpoint in wanted}, runtime)
    part.unlink()


def _listed(runtime: Runtime) -> list[ListedModel]:
    deadline = runtime.clock.deadline(LIST_TIMEOUT_S)
    try:
        return result_of(list_models(runtime.fal, deadline, with_key=runtime.has_key()))
    except Unreachable as problem:
        raise OpenclawFalError(f"fal's catalog can't be fetched: {problem.reason}.", retryable=True) from problem


def _finished(part: Path) -> dict[str, str]:
    """Return the lines of an earlier run by endpoint; one that was cut short while it was written is removed."""
    try:
        text = part.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return {}
    whole, _, rest = text.rpartition("\n")
    if rest:
        part.write_text(whole + "\n" if whole else "", "utf-8", newline="\n")
    return {line.partition("\t")[0]: line for line in whole.splitlines()}


def _schema(runtime: Runtime, model: ListedModel, shipped: Schema | None) -> Schema:
    """Return what fal says now, or what was known before where it has no schema."""
    deadline = runtime.clock.deadline(DOCUMENT_TIMEOUT_S)
    try:
        document = result_of(fetch_openapi(runtime.fal, model.endpoint_id, deadline, tries=None))
    except Unreachable as problem:
        raise OpenclawFalError(
            f"The document of {model.endpoint_id} can't be fetched: {problem.reason}.",
            hint="Continue: run the same command again",
            retryable=True,
        ) from problem
    schema = read_document(model.endpoint_id, document)
    if schema.inputs is None and shipped:
        schema = shipped._replace(is_gone=False)
    return schema._replace(title=model.name, category=model.category or schema.category)


def _write(output: Path, lines: dict[str, str], runtime: Runtime) -> None:
    day = time.strftime("%Y-%m-%d", time.gmtime(runtime.clock.now()))
    ordered = [line for _endpoint, line in sorted(lines.items(), key=lambda entry: entry[0].encode())]
    staged = output.with_name(output.name + ".new")
    staged.write_text("\n".join([facts.HEADER.format(day=day), *ordered, ""]), "utf-8", newline="\n")
    staged.replace(output)
