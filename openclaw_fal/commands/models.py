"""`openclaw-fal models …`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from openclaw_fal.commands import options as opt
from openclaw_fal.core.errors import OpenclawFalError
from openclaw_fal.core.results import Column, Table
from openclaw_fal.models.catalog import BUILT_IN, model_ref

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openclaw_fal.actions.models import Choice, Listing, Status
    from openclaw_fal.models.catalog import BuiltInModel
    from openclaw_fal.runtime import Runtime

app = typer.Typer(name="models", help="List fal's models, and show which ones are used.")

PROBE_DETAILS = opt.Ignored(
    values=("agent", "probe_provider", "probe_timeout", "probe_concurrency", "probe_max_tokens"),
    repeated=("probe_profile",),
)
AGENT = opt.Ignored(values=("agent",))


@app.command("list")
@opt.ignoring(AGENT)
def list_models(
    context: typer.Context,
    provider: Annotated[str, typer.Option(metavar="NAME", help="Provider; only fal has models here.")] = "fal",
    everything: Annotated[bool, typer.Option("--all", help="Include deprecated models.")] = False,
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Fetch fal's catalog now, even if the cached one is fresh.")
    ] = False,
    local: Annotated[
        bool, typer.Option("--local", hidden=True, help="Models on this machine; there are none.")
    ] = False,
    plain: Annotated[bool, typer.Option("--plain", help="Print only model references, one per line.")] = False,
    as_json: opt.JsonOption = False,
    sandbox: opt.SandboxOption = False,
) -> None:
    """List fal's models.

    The catalog is fetched from fal and cached for a day. If fal can't be reached, the cached catalog is shown, or
    the built-in models.
    """
    runtime = opt.runtime_of(context)
    listing = _listing(runtime, provider, refresh=refresh, local=local)
    if listing.note:
        runtime.messages.note(listing.note)
    # Built-in models stay listed, because the documentation names them.
    ours = {model.endpoint_id for model in BUILT_IN}
    models = [model for model in listing.models if everything or not model.is_deprecated or model.endpoint_id in ours]
    if plain and not runtime.json:
        for model in models:
            runtime.out.line(model_ref(model.endpoint_id))
        return
    runtime.out.table(_table(models, _roles(runtime) if models else {}))


def _listing(runtime: Runtime, provider: str, *, refresh: bool, local: bool) -> Listing:
    from openclaw_fal.actions.models import Listing, list_catalog

    if provider.strip().lower() != "fal":
        return Listing((), f"No models: openclaw-fal lists fal's models only, not those of {provider!r}.")
    if local:
        return Listing((), "No models: fal's models run at fal, not on this machine.")
    return list_catalog(runtime, refresh=refresh)


class Role(NamedTuple):
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
    for kind in ("image", "video"):
        try:
            for number, candidate in enumerate(candidates(runtime.settings, kind)):
                roles.setdefault(candidate.endpoint, []).append(Role(kind, number))
        except OpenclawFalError as error:
            runtime.messages.warning(error.message)
    return roles


def _table(models: list[BuiltInModel], roles: Mapping[str, list[Role]]) -> Table:
    return Table(
        columns=(
            Column("model", "key"),
            Column("category", "dim", shrinks=True),
            Column("name", shrinks=True),
            Column("default", "mark"),
        ),
        rows=[
            (
                model_ref(model.endpoint_id),
                model.category,
                model.name,
                ", ".join(map(str, roles.get(model.endpoint_id, ()))),
            )
            for model in models
        ],
        value={"count": len(models), "models": [_model_as_json(model, roles) for model in models]},
        footer=f"{len(models)} models" if models else None,
    )


def _model_as_json(model: BuiltInModel, roles: Mapping[str, list[Role]]) -> dict[str, Any]:
    """Return OpenClaw's four keys and no others. As in OpenClaw, tags mark the defaults and fallbacks."""
    marks = [role.tag for role in roles.get(model.endpoint_id, ())]
    return {
        "key": model_ref(model.endpoint_id),
        "name": model.name,
        "category": model.category,
        "tags": [*model.tags, *marks],
    }


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
    as_json: opt.JsonOption = False,
    sandbox: opt.SandboxOption = False,
) -> None:
    """Show which key and models are used, and why.

    The --model of a command wins over the configured primary model and its fallbacks. fal's default is used if no
    model is configured. The key is shown shortened.
    """
    from openclaw_fal.actions.models import status

    runtime = opt.runtime_of(context)
    found = status(runtime, probe=probe)
    failed = check and bool(found.problems)
    if plain and not runtime.json:
        first = {choice.kind: choice.candidate.endpoint for choice in reversed(found.choices)}
        for kind in ("image", "video"):
            if kind in first:
                runtime.out.line(model_ref(first[kind]))
    else:
        runtime.out.facts("models status", _pairs(found), value=_status_as_json(found, failed=failed))
    for problem in found.problems:
        runtime.messages.warning(problem)
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


def _status_as_json(found: Status, *, failed: bool) -> dict[str, Any]:
    """Return the facts. ``ok`` matches the exit status; ``ready`` is whether a generation could start."""
    return {
        "ok": not failed,
        "ready": not found.problems,
        "configPath": found.config_path,
        "configExists": found.config_exists,
        "baseUrl": found.base_url,
        "auth": {"provider": "fal", "source": found.key_source, "key": found.key_masked},
        "image": [_choice_as_json(choice) for choice in found.choices if choice.kind == "image"],
        "video": [_choice_as_json(choice) for choice in found.choices if choice.kind == "video"],
        "probe": found.probe,
        "problems": list(found.problems),
    }


def _choice_as_json(choice: Choice) -> dict[str, str | None]:
    return {"model": model_ref(choice.candidate.endpoint), "why": choice.candidate.origin, "where": choice.where}


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
