"""`openclaw-fal models set` and `models status`: the models that are used if none is named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from openclaw_fal.commands import options as opt
from openclaw_fal.commands.option_groups import Ignored, ignoring
from openclaw_fal.core.errors import UsageError
from openclaw_fal.core.program import command
from openclaw_fal.models.refs import DEFAULT_MODELS, model_ref

if TYPE_CHECKING:
    from openclaw_fal.actions.model_status import Choice, Status

app = typer.Typer()

PROBE_DETAILS = Ignored(
    values=("probe_provider", "probe_timeout", "probe_concurrency", "probe_max_tokens"),
    repeated=("probe_profile",),
)


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
