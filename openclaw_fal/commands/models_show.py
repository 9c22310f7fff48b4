"""`openclaw-fal models show`: what a model takes and makes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from openclaw_fal.commands import options as opt
from openclaw_fal.commands.models import known_prices, price_as_json, roles_of
from openclaw_fal.core.text import iso_time
from openclaw_fal.models.refs import model_ref

if TYPE_CHECKING:
    from openclaw_fal.actions.models import Shown
    from openclaw_fal.core.costs import Price
    from openclaw_fal.runtime import Runtime

app = typer.Typer()


@app.command("show")
def show(
    context: typer.Context,
    model: opt.ModelArgument,
    schema: Annotated[
        bool, typer.Option("--schema", help="Print fal's OpenAPI document if it is cached, else a JSON Schema.")
    ] = False,
    refresh: Annotated[bool, typer.Option("--refresh", help="Fetch the model's document from fal now.")] = False,
    price: Annotated[
        bool, typer.Option("--price", help="Fetch the model's price from fal; it is kept for a day.")
    ] = False,
    as_json: opt.JsonOption = False,
    sandbox: opt.SandboxOption = False,
) -> None:
    """Show what a model takes and makes.

    Lists its inputs, the flags that fill them, its outputs and the other endpoints of the same model. The answer comes
    from the cache and from the facts that this version ships with; fal is asked about a model that is in neither.
    """
    from openclaw_fal.actions.models import show_model

    runtime = opt.runtime_of(context)
    shown = show_model(runtime, model, refresh=refresh)
    if schema:
        runtime.out.data(_document(runtime, shown))
        return
    endpoint = shown.schema.endpoint
    known_price = known_prices(runtime, [endpoint], fetch=price).get(endpoint)
    if runtime.json:
        runtime.out.data(_shown_as_json(runtime, shown) | price_as_json(known_price))
    else:
        _print_shown(runtime, shown, known_price)


def _document(runtime: Runtime, shown: Shown) -> Any:
    from openclaw_fal.actions.schemas import cached_document
    from openclaw_fal.models.descriptions import json_schema_of

    return cached_document(runtime, shown.schema.endpoint) or json_schema_of(shown.schema)


def _print_shown(runtime: Runtime, shown: Shown, price: Price | None) -> None:
    from openclaw_fal.models.descriptions import input_pairs, output_text

    schema = shown.schema
    pairs = [
        ("name", schema.title),
        ("kind", f"{schema.kind} ({schema.category})" if schema.category else schema.kind),
        ("status", shown.status),
        ("default", ", ".join(map(str, roles_of(runtime).get(schema.endpoint, ())))),
        ("price", _price_text(runtime, price)),
        *(("output", f"{name} ({output_text(output)})") for name, output in schema.outputs.items()),
        *(("sibling", model_ref(sibling)) for sibling in shown.siblings),
        *((name, address) for name, address in _links(schema.endpoint).items()),
        ("known from", _source(runtime, shown)),
    ]
    runtime.out.facts(model_ref(schema.endpoint), [(name, text) for name, text in pairs if text])
    inputs = input_pairs(schema)
    if not inputs:
        inputs = [("any", "the inputs are not known; give them with -p NAME=VALUE")]
    runtime.out.descriptions("input", inputs)


def _shown_as_json(runtime: Runtime, shown: Shown) -> dict[str, Any]:
    from openclaw_fal.models.descriptions import flags_of, input_json

    schema, flags = shown.schema, flags_of(shown.schema)
    return {
        "key": model_ref(schema.endpoint),
        "name": schema.title,
        "kind": schema.kind,
        "category": schema.category,
        "status": shown.status,
        "tags": [*shown.tags, *(role.tag for role in roles_of(runtime).get(schema.endpoint, ()))],
        "inputs": None
        if schema.inputs is None
        else [input_json(name, field, flags.get(name, [])) for name, field in schema.inputs.items()],
        "outputs": [
            {"name": name, "list": output.is_list, "url": output.is_url} for name, output in schema.outputs.items()
        ],
        "siblings": [model_ref(sibling) for sibling in shown.siblings],
        "links": _links(schema.endpoint),
        "source": "facts" if schema.read_at is None else "fal",
        "readAt": iso_time(schema.read_at),
    }


def _price_text(runtime: Runtime, price: Price | None) -> str:
    from openclaw_fal.actions.models import age_text

    return f"{price} (fetched {age_text(runtime.clock.now() - price.fetched_at)} ago)" if price else ""


def _links(endpoint: str) -> dict[str, str]:
    page = f"https://fal.ai/models/{endpoint}"
    return {"page": page, "api": f"{page}/api", "llms": f"{page}/llms.txt"}


def _source(runtime: Runtime, shown: Shown) -> str:
    from openclaw_fal.actions.models import age_text
    from openclaw_fal.models.facts import day

    if shown.schema.read_at is None:
        return f"openclaw-fal's own facts of {day()}"
    return f"fal, {age_text(runtime.clock.now() - shown.schema.read_at)} ago"
