"""`openclaw-fal models list`: the catalog, with default models and prices; and `models remake-facts`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from openclaw_fal.commands import options as opt
from openclaw_fal.core.errors import OpenclawFalError, UsageError
from openclaw_fal.core.program import command
from openclaw_fal.core.records import Record
from openclaw_fal.core.results import Column, Grouping, Table
from openclaw_fal.models.refs import DEFAULT_MODELS, model_ref
from openclaw_fal.models.schema import OutputKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from openclaw_fal.actions.models import Filter, Listing
    from openclaw_fal.core.costs import Price
    from openclaw_fal.models.catalog import ListedModel
    from openclaw_fal.runtime import Runtime

app = typer.Typer()

MODEL_KINDS: tuple[OutputKind, ...] = get_args(OutputKind)
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
    made = None if kind is None else opt.checked_choice("--kind", kind, MODEL_KINDS)
    listing = _listing(runtime, provider, refresh=refresh, local=local)
    if listing.note:
        runtime.messages.note(listing.note)
    wanted = Filter(" ".join([*([search] if search else []), *(words or ())]), category or "", made, everything)
    found = filtered(listing.models, wanted)
    models = found[:limit]
    if listing.models and not found:
        runtime.messages.note(_no_match(listing, wanted))
    if plain and not runtime.json:
        runtime.out.table(Table((Column("model", "key"),), [(model_ref(model.endpoint_id),) for model in models], None))
        return
    prices = known_prices(runtime, [model.endpoint_id for model in models], fetch=price)
    table = _table(runtime, models, roles_of(runtime) if models else {}, prices, total=len(found))
    runtime.out.table(table._replace(is_paged=not no_pager))


def known_prices(runtime: Runtime, endpoints: Sequence[str], *, fetch: bool) -> Mapping[str, Price]:
    """Return the cached prices, with ``fetch`` fal's; a note says why some are missing."""
    if not endpoints or not (fetch or os.path.exists(runtime.paths.prices_dir)):
        return {}
    from openclaw_fal.actions.pricing import prices_of

    prices = prices_of(runtime, endpoints, may_ask=fetch)
    if fetch and prices.problem:
        runtime.messages.note(f"{prices.problem.rstrip('.')}. Only cached prices are shown.")
    return prices.found


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


def roles_of(runtime: Runtime) -> dict[str, list[Role]]:
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
    rows = [_model_as_json(model, roles, has_key) | price_as_json(prices.get(model.endpoint_id)) for model in models]
    return {"count": len(models), "models": rows}


def price_as_json(price: Price | None) -> dict[str, Any]:
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
