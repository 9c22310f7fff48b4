"""`openclaw-fal models …`: what a model takes and makes, the models that are used if none is named, and their aliases.

`models list` is in `models_list`, `models auth` in `models_auth`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from openclaw_fal.commands import options as opt
from openclaw_fal.commands.models_list import known_prices, price_as_json, roles_of
from openclaw_fal.commands.option_groups import Ignored, ignoring
from openclaw_fal.core.errors import UsageError
from openclaw_fal.core.program import command
from openclaw_fal.core.results import Column, Table
from openclaw_fal.core.text import iso_time
from openclaw_fal.models.refs import DEFAULT_MODELS, model_ref

if TYPE_CHECKING:
    from openclaw_fal.actions.model_status import Choice, Status
    from openclaw_fal.actions.models import Shown
    from openclaw_fal.core.costs import Price
    from openclaw_fal.runtime import Runtime

app = typer.Typer()
aliases = typer.Typer(name="aliases", help="List and change your own names for models.")
app.add_typer(aliases)

NameArgument = Annotated[str, typer.Argument(metavar="ALIAS", help="Your name for the model.")]
PROBE_DETAILS = Ignored(
    values=("probe_provider", "probe_timeout", "probe_concurrency", "probe_max_tokens"),
    repeated=("probe_profile",),
)


# --- show ---------------------------------------------------------------------------------------


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


# --- set and status -----------------------------------------------------------------------------


@app.command("set")
def set_default(
    context: typer.Context,
    model: opt.ModelArgument,
    after_kind: Annotated[
        str | None, typer.Argument(metavar="[REF]", hidden=True, help="Model, if a kind comes first.")
    ] = None,
    as_json: opt.JsonOption = False,
    sandbox: opt.SandboxOption = False,
) -> None:
    """Make a model the default for images, videos or music.

    The kind of media that it makes decides which default is set. The fallbacks stay.
    """
    from openclaw_fal.actions import models
    from openclaw_fal.config.path import show_path

    runtime = opt.runtime_of(context)
    # `models set image REF`: the kind is that of the model.
    if after_kind and model not in DEFAULT_MODELS:
        from openclaw_fal.commands.proposals import double_quoted

        raise UsageError("Give one model.", hint=command("models set", double_quoted(model)))
    done = models.set_default(runtime, after_kind or model)
    where = show_path(done.path)
    if runtime.json:
        runtime.out.data(
            {
                "ok": True,
                "kind": done.kind,
                "model": done.model,
                "path": where,
                "configPath": str(runtime.paths.config_file),
                "before": done.before,
                "changed": done.before != done.model,
            }
        )
    elif done.before == done.model:
        runtime.out.line(f"{done.model} is already the default {done.kind} model ({where}).")
    else:
        runtime.out.line(f"{done.model} is now the default {done.kind} model ({where}).")


@app.command("status")
@ignoring(PROBE_DETAILS)
def show_status(
    context: typer.Context,
    check: Annotated[
        bool, typer.Option("--check", help="Exit with status 1 if a problem would prevent a generation.")
    ] = False,
    probe: Annotated[bool, typer.Option("--probe", help="Check the key with fal, at no cost.")] = False,
    plain: Annotated[
        bool, typer.Option("--plain", help="Print only the default image and video models, one per line.")
    ] = False,
    status_plain: Annotated[bool, typer.Option("--status-plain", help="As --plain.", hidden=True)] = False,
    status_json: Annotated[
        bool, typer.Option("--status-json", help="As --json.", hidden=True, is_eager=True, callback=opt.use_json)
    ] = False,
    as_json: opt.JsonOption = False,
    sandbox: opt.SandboxOption = False,
) -> None:
    """Show which key and models are used, and why.

    The --model of a command wins over the configured primary model and its fallbacks. fal's default is used if no
    model is configured. The key is shown shortened.
    """
    from openclaw_fal.actions.model_status import status

    runtime = opt.runtime_of(context)
    found = status(runtime, probe=probe)
    failed = check and bool(found.problems)
    if (plain or status_plain) and not runtime.json:
        first = {choice.kind: choice.candidate.endpoint for choice in reversed(found.choices)}
        for kind in ("image", "video"):
            if kind in first:
                runtime.out.line(model_ref(first[kind]))
    else:
        runtime.out.facts("models status", _pairs(found), value={"ok": not failed} | found.as_json())
    for problem in found.problems:
        runtime.messages.warning(problem.message)
    if found.unused_config:
        runtime.messages.note(
            f"OpenClaw's configuration {found.unused_config} is not used. To use it: {command('onboard')}"
        )
    if runtime.environ.get("OPENCLAW_CONFIG_PATH") and not found.config_exists:
        runtime.messages.warning("OPENCLAW_CONFIG_PATH names a file that does not exist.")
    if failed:
        raise typer.Exit(1)


def _pairs(found: Status) -> list[tuple[str, str]]:
    pairs = [("config", found.config_path if found.config_exists else f"{found.config_path} (does not exist)")]
    pairs += [("fal at", found.base_url)] if found.base_url else []
    pairs += [("key", found.key_masked or ("not needed" if found.key_source else "none"))]
    pairs += [("key from", found.key_source)] if found.key_source else []
    pairs += [("probe", found.probe)] if found.probe else []
    return pairs + [
        (choice.kind, f"{model_ref(choice.candidate.endpoint)} ({_why(choice)})") for choice in found.choices
    ]


def _why(choice: Choice) -> str:
    if choice.where is None:
        return "default; none is configured"
    return f"{choice.candidate.origin}: {choice.where}"


# --- aliases ------------------------------------------------------------------------------------


@aliases.command("list")
def list_aliases(
    context: typer.Context,
    plain: Annotated[bool, typer.Option("--plain", help="Print an alias and its model per line.")] = False,
    as_json: opt.JsonOption = False,
) -> None:
    """List the aliases. `--model` takes them instead of a model reference."""
    runtime = opt.runtime_of(context)
    known = runtime.settings.aliases
    if plain and not runtime.json:
        for name, ref in known.items():
            runtime.out.line(f"{name} {ref}")
        return
    if not known and not runtime.json:
        runtime.messages.note("There are no aliases.")
    runtime.out.table(Table((Column("alias", "key"), Column("model")), [*known.items()], {"aliases": dict(known)}))


@aliases.command("add")
def add_alias(
    context: typer.Context, alias: NameArgument, model: opt.ModelArgument, as_json: opt.JsonOption = False
) -> None:
    """Give a model a name of your own."""
    from openclaw_fal.actions import models as actions

    runtime = opt.runtime_of(context)
    ref = actions.add_alias(runtime, alias, model)
    if runtime.json:
        runtime.out.data({"ok": True, "alias": alias, "model": ref})
    else:
        runtime.out.line(f"{alias} now means {ref}.")


@aliases.command("remove")
def remove_alias(context: typer.Context, alias: NameArgument, as_json: opt.JsonOption = False) -> None:
    """Remove an alias. The model stays."""
    from openclaw_fal.actions import models as actions

    runtime = opt.runtime_of(context)
    ref = actions.remove_alias(runtime, alias)
    if runtime.json:
        runtime.out.data({"ok": True, "alias": alias, "model": ref})
    else:
        runtime.out.line(f"{alias} no longer means {ref}.")
