"""`openclaw-fal models …`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from openclaw_fal.commands import options as opt
from openclaw_fal.core.errors import OpenclawFalError, UsageError
from openclaw_fal.core.program import command
from openclaw_fal.core.records import Record
from openclaw_fal.core.results import Column, Grouping, Table
from openclaw_fal.core.text import iso_time
from openclaw_fal.models.catalog import DEFAULT_MODELS, model_ref
from openclaw_fal.models.schema import OutputKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from openclaw_fal.actions.model_status import Choice, Status
    from openclaw_fal.actions.models import Filter, Listing, Shown
    from openclaw_fal.core.costs import Price
    from openclaw_fal.models.catalog import ListedModel
    from openclaw_fal.runtime import Runtime

app = typer.Typer(name="models", help="List fal's models, show what one takes, and set the defaults.")

PROBE_DETAILS = opt.Ignored(
    values=("probe_provider", "probe_timeout", "probe_concurrency", "probe_max_tokens"),
    repeated=("probe_profile",),
)
MODEL_KINDS = get_args(OutputKind)
# The groups of a list on a terminal: what most people look for comes first.
CATEGORIES = (
    "text-to-image",
    "image-to-image",
    "text-to-video",
    "image-to-video",
    "video-to-video",
    "audio-to-video",
    "text-to-speech",
    "text-to-audio",
    "audio-to-audio",
    "text-to-3d",
    "image-to-3d",
)


# --- list --------------------------------------------------------------------------------------


@app.command("list")
def list_models(
    context: typer.Context,
    words: Annotated[
        list[str] | None, typer.Argument(metavar="[WORD]…", help="Same as --search.", show_default=False)
    ] = None,
    search: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Only models whose id or name contains all these words.")
    ] = None,
    category: Annotated[
        str | None, typer.Option(metavar="CATEGORY", help="Only one of fal's categories, such as text-to-image.")
    ] = None,
    kind: Annotated[
        str | None, typer.Option(metavar="KIND", help=f"Only models that make this: {', '.join(MODEL_KINDS)}.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", "-n", "-L", metavar="N", min=1, help="At most N models.")
    ] = None,
    provider: Annotated[str, typer.Option(metavar="NAME", help="Provider; only fal is supported.")] = "fal",
    everything: Annotated[bool, typer.Option("--all", help="Include deprecated models.")] = False,
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Fetch fal's catalog now, even if the cached one is fresh.")
    ] = False,
    local: Annotated[
        bool, typer.Option("--local", hidden=True, help="Models on this machine; there are none.")
    ] = False,
    price: Annotated[
        bool, typer.Option("--price", help="Fetch the prices of the listed models from fal; they are kept for a day.")
    ] = False,
    plain: Annotated[bool, typer.Option("--plain", help="Print only model references, one per line.")] = False,
    no_pager: Annotated[
        bool, typer.Option("--no-pager", help="Do not show a long list in a pager ($PAGER, else less).")
    ] = False,
    as_json: opt.JsonOption = False,
    sandbox: opt.SandboxOption = False,
) -> None:
    """List fal's models.

    The catalog is fetched from fal and cached for a day. If fal can't be reached, the cached catalog and the models
    that this version knows are shown.
    """
    from openclaw_fal.actions.models import Filter, filtered

    runtime = opt.runtime_of(context)
    if kind is not None:
        kind = opt.checked_choice("--kind", kind, MODEL_KINDS)
    listing = _listing(runtime, provider, refresh=refresh, local=local)
    if listing.note:
        runtime.messages.note(listing.note)
    wanted = Filter(
        " ".join([*([search] if search else []), *(words or ())]), category or "", _as_kind(kind), everything
    )
    found = filtered(listing.models, wanted)
    models = found[:limit]
    if listing.models and not found:
        runtime.messages.note(_no_match(listing, wanted))
    if plain and not runtime.json:
        runtime.out.table(Table((Column("model", "key"),), [(model_ref(model.endpoint_id),) for model in models], None))
        return
    prices = _prices(runtime, [model.endpoint_id for model in models], fetch=price)
    table = _table(runtime, models, _roles(runtime) if models else {}, prices, total=len(found))
    runtime.out.table(table._replace(is_paged=not no_pager))


def _prices(runtime: Runtime, endpoints: Sequence[str], *, fetch: bool) -> Mapping[str, Price]:
    """Return the cached prices, with ``fetch`` fal's; a note says why some are missing."""
    if not endpoints or not (fetch or runtime.paths.prices_dir.exists()):
        return {}
    from openclaw_fal.actions.pricing import prices_of

    prices = prices_of(runtime, endpoints, may_ask=fetch)
    if fetch and prices.problem:
        runtime.messages.note(f"{prices.problem.rstrip('.')}. Only cached prices are shown.")
    return prices.found


def _as_kind(text: str | None) -> OutputKind | None:
    return next((kind for kind in MODEL_KINDS if kind == text), None)


def _no_match(listing: Listing, wanted: Filter) -> str:
    from openclaw_fal.actions.models import filtered

    others = 0 if wanted.everything else len(filtered(listing.models, wanted._replace(everything=True)))
    return f"No model matches; with --all, {others} would." if others else "No model matches."


def _listing(runtime: Runtime, provider: str, *, refresh: bool, local: bool) -> Listing:
    from openclaw_fal.actions.models import Listing, list_catalog

    if provider.strip().lower() != "fal":
        raise UsageError(f"--provider {provider!r}: openclaw-fal lists fal's models only.")
    if local:
        return Listing((), "No models: fal's models run at fal, not on this machine.")
    return list_catalog(runtime, refresh=refresh)


class Role(Record):
    """How a model is used without ``--model``: number 0 is the default, higher numbers the fallbacks in order."""

    kind: str
    number: int

    def __str__(self) -> str:
        return f"{self.kind} fallback {self.number}" if self.number else self.kind

    @property
    def tag(self) -> str:
        return f"fallback:{self.kind}:{self.number}" if self.number else f"default:{self.kind}"


def _roles(runtime: Runtime) -> dict[str, list[Role]]:
    """Return the roles by endpoint id. A configuration error becomes a warning, and no roles."""
    from openclaw_fal.config.candidates import candidates

    roles: dict[str, list[Role]] = {}
    for kind in DEFAULT_MODELS:
        try:
            for number, candidate in enumerate(candidates(runtime.settings, kind)):
                roles.setdefault(candidate.endpoint, []).append(Role(kind, number))
        except OpenclawFalError as error:
            runtime.messages.warning(error.message)
    return roles


def _table(
    runtime: Runtime,
    models: Sequence[ListedModel],
    roles: Mapping[str, list[Role]],
    prices: Mapping[str, Price],
    *,
    total: int,
) -> Table:
    found = {model.category for model in models}
    rest = sorted(found - {*CATEGORIES, "training", ""})
    shown = f"{len(models)} models" if len(models) == total else f"{len(models)} of {total} models"
    return Table(
        columns=(
            Column("model", "key"),
            Column("category", "dim", shrinks=True),
            Column("name", "dim", shrinks=True),
            Column("default", "mark"),
            *([Column("price")] if prices else []),
        ),
        rows=[
            (
                model_ref(model.endpoint_id),
                model.category,
                model.name,
                ", ".join(map(str, roles.get(model.endpoint_id, ()))),
                *([str(prices.get(model.endpoint_id, ""))] if prices else []),
            )
            for model in models
        ],
        value=_models_as_json(runtime, models, roles, prices) if runtime.json else None,
        footer=f"{shown}. Inputs of one: {command('models show REF')}" if models else None,
        grouping=Grouping(1, (*CATEGORIES, *rest, "training", "")),
    )


def _models_as_json(
    runtime: Runtime, models: Sequence[ListedModel], roles: Mapping[str, list[Role]], prices: Mapping[str, Price]
) -> dict[str, Any]:
    has_key = runtime.has_key()
    rows = [_model_as_json(model, roles, has_key) | _price_as_json(prices.get(model.endpoint_id)) for model in models]
    return {"count": len(models), "models": rows}


def _price_as_json(price: Price | None) -> dict[str, Any]:
    return {"price": price.as_json()} if price else {}


def _model_as_json(model: ListedModel, roles: Mapping[str, list[Role]], has_key: bool) -> dict[str, Any]:
    """Return OpenClaw's keys, with fal's category and our kind. As in OpenClaw, tags mark the defaults and fallbacks.

    ``available`` is whether a key is set up, ``contextWindow`` a fact about models of text.
    """
    from openclaw_fal.actions.models import kind_of

    marks = [role.tag for role in roles.get(model.endpoint_id, ())]
    return {
        "key": model_ref(model.endpoint_id),
        "name": model.name,
        "category": model.category,
        "tags": [*model.tags, *marks],
        "kind": kind_of(model),
        "input": _input_media(model.category),
        "contextWindow": None,
        "local": False,
        "available": has_key and not model.is_gone,
    }


def _input_media(category: str) -> str:
    """Return what a model works from, as OpenClaw writes it: ``text`` or ``text+image``."""
    source, to, _made = category.partition("-to-")
    if source == "vision":
        source = "image"
    elif not to:
        return "text"
    return "text" if source == "text" else f"text+{'audio' if source == 'speech' else source}"


# --- show --------------------------------------------------------------------------------------


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
    known_price = _prices(runtime, [endpoint], fetch=price).get(endpoint)
    if runtime.json:
        runtime.out.data(_shown_as_json(runtime, shown) | _price_as_json(known_price))
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
        ("default", ", ".join(map(str, _roles(runtime).get(schema.endpoint, ())))),
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
        "tags": [*shown.tags, *(role.tag for role in _roles(runtime).get(schema.endpoint, ()))],
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


# --- set ---------------------------------------------------------------------------------------


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
        from openclaw_fal.commands.proposals import quoted

        raise UsageError("Give one model.", hint=command("models set", quoted(model)))
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


# --- status ------------------------------------------------------------------------------------


@app.command("status")
@opt.ignoring(PROBE_DETAILS)
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
        runtime.messages.warning(problem)
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


@app.command("remake-facts", hidden=True)
def remake_facts(
    context: typer.Context,
    output: Annotated[str, typer.Option(metavar="FILE", help="Facts file to write.")],
    only: Annotated[str | None, typer.Option(metavar="TEXT", help="Only endpoints whose ids contain this.")] = None,
    as_json: opt.JsonOption = False,
    sandbox: opt.SandboxOption = False,
) -> None:
    """Remake the facts about fal's endpoints from its live API. For maintainers."""
    from openclaw_fal.actions import remake_facts

    runtime = opt.runtime_of(context)
    count = 0
    for progress in remake_facts.remake_facts(runtime, Path(output), only=only or ""):
        count = progress.done
        runtime.messages.note(f"{progress.done} of {progress.total}: {progress.endpoint}")
    runtime.out.facts("models remake-facts", [("file", output), ("endpoints", str(count))])
