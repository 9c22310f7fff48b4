"""`openclaw-fal models …`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from openclaw_fal.commands import options as opt
from openclaw_fal.core.candidates import candidates
from openclaw_fal.core.catalog import model_ref
from openclaw_fal.core.errors import OpenclawFalError
from openclaw_fal.core.tables import Column, Table

if TYPE_CHECKING:
    from openclaw_fal.actions.models import Status
    from openclaw_fal.core.candidates import Candidate
    from openclaw_fal.core.catalog import BuiltInModel
    from openclaw_fal.runtime import Runtime

app = opt.group("models", "See which models there are, and which would be used.")

PlainOption = Annotated[bool, typer.Option("--plain", help="One value a line, for scripts.")]


def add_to(program: typer.Typer) -> None:
    program.add_typer(app)


@app.command("list")
def list_models(
    context: typer.Context,
    provider: Annotated[str, typer.Option(metavar="NAME", help="Whose models; this tool knows fal.")] = "fal",
    everything: Annotated[bool, typer.Option("--all", help="With the models that fal calls deprecated.")] = False,
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Fetch fal's catalogue now, however fresh ours is.")
    ] = False,
    plain: PlainOption = False,
    as_json: opt.JsonOption = False,
    sandbox: opt.SandboxOption = False,
) -> None:
    """List the models: fal's live catalogue, kept for a day; without a network the built-in ones."""
    from openclaw_fal.actions.models import Listing, list_catalogue

    runtime = opt.runtime_of(context)
    if provider == "fal":
        listing = list_catalogue(runtime, refresh=refresh)
    else:
        listing = Listing((), f"openclaw-fal knows the models of fal only, none of {provider!r}.")
    models = [model for model in listing.models if everything or "deprecated" not in model.tags]
    if listing.note:
        runtime.messages.note(listing.note)
    if plain:
        for model in models:
            runtime.out.line(model_ref(model.endpoint_id))
        return
    runtime.out.table(_table(models, _defaults(runtime)))


def _defaults(runtime: Runtime) -> dict[str, str]:
    """Return the mark of each configured default by endpoint id; a broken configuration marks none."""
    marks: dict[str, str] = {}
    for kind in ("image", "video"):
        try:
            for candidate in candidates(runtime.settings, kind):
                marks.setdefault(candidate.endpoint, f"{kind} {candidate.origin}")
        except OpenclawFalError as error:
            runtime.messages.warning(error.message)
    return marks


def _table(models: list[BuiltInModel], marks: dict[str, str]) -> Table:
    return Table(
        columns=(
            Column("model", "key"),
            Column("name", shrinks=True),
            Column("category", "dim", shrinks=True),
            Column("default", "mark"),
        ),
        rows=[
            (model_ref(model.endpoint_id), model.name, model.category, marks.get(model.endpoint_id, ""))
            for model in models
        ],
        value={
            "count": len(models),
            "models": [
                {
                    "key": model_ref(model.endpoint_id),
                    "name": model.name,
                    "category": model.category,
                    "tags": list(model.tags),
                }
                | ({"default": marks[model.endpoint_id]} if model.endpoint_id in marks else {})
                for model in models
            ],
        },
        footer=f"{len(models)} models" if models else None,
    )


@app.command("status")
def show_status(
    context: typer.Context,
    check: Annotated[bool, typer.Option("--check", help="Exit with 1 when something would stop a generation.")] = False,
    probe: Annotated[bool, typer.Option("--probe", help="Ask fal, at no cost, whether it takes the key.")] = False,
    plain: PlainOption = False,
    as_json: opt.JsonOption = False,
    sandbox: opt.SandboxOption = False,
) -> None:
    """Show the key's source, and which models would be used and why."""
    from openclaw_fal.actions.models import status

    runtime = opt.runtime_of(context)
    found = status(runtime, probe=probe)
    if plain and not as_json:
        for candidate in (*found.image[:1], *found.video[:1]):
            runtime.out.line(model_ref(candidate.endpoint))
    else:
        runtime.out.facts("models status", _pairs(found), value=_as_json(found))
    for problem in found.problems:
        runtime.messages.warning(problem)
    if check and found.problems:
        raise typer.Exit(1)


def _pairs(found: Status) -> list[tuple[str, str]]:
    key = f"{found.key_masked or '-'} ({found.key_source})" if found.key_source else "none"
    return [
        ("config", found.config_path if found.config_exists else f"{found.config_path} (does not exist)"),
        ("key", key),
        *([("fal", found.probe)] if found.probe else []),
        *((f"image {candidate.origin}", model_ref(candidate.endpoint)) for candidate in found.image),
        *((f"video {candidate.origin}", model_ref(candidate.endpoint)) for candidate in found.video),
    ]


def _as_json(found: Status) -> dict[str, Any]:
    return {
        "ok": not found.problems,
        "configPath": found.config_path,
        "configExists": found.config_exists,
        "auth": {"provider": "fal", "source": found.key_source, "key": found.key_masked},
        "image": [_candidate_as_json(candidate) for candidate in found.image],
        "video": [_candidate_as_json(candidate) for candidate in found.video],
        "probe": found.probe,
        "problems": list(found.problems),
    }


def _candidate_as_json(candidate: Candidate) -> dict[str, str]:
    return {"model": model_ref(candidate.endpoint), "why": candidate.origin}
