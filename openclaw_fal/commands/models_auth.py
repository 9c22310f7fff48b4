"""`openclaw-fal models auth …`."""

from __future__ import annotations

from typing import Annotated

import typer

from openclaw_fal.commands import options as opt
from openclaw_fal.core.errors import UsageError
from openclaw_fal.core.program import onboard_command
from openclaw_fal.core.results import Column, Table

app = typer.Typer(name="auth", help="List, store and forget the fal key.")

ProviderOption = Annotated[
    str | None, typer.Option(metavar="NAME", help="Provider; only fal is supported.", show_default="fal")
]


@app.command("list")
def list_keys(context: typer.Context, provider: ProviderOption = None, as_json: opt.JsonOption = False) -> None:
    """List the stored key. `models status` shows which key is used, and where it comes from."""
    from openclaw_fal.actions.auth import profiles

    runtime = opt.runtime_of(context)
    names = profiles(runtime) if provider is None or _is_fal(provider) else []
    found = [{"id": name, "provider": "fal", "type": "api_key", "label": name} for name in names]
    if not found and not runtime.json:
        runtime.messages.note(f"No key is stored. Store one: {onboard_command()}")
    runtime.out.table(
        Table(
            (Column("id", "key"), Column("provider"), Column("type")),
            [(name, "fal", "api_key") for name in names],
            {
                "agentId": "main",
                "agentDir": str(runtime.paths.state_dir),
                "authStatePath": str(runtime.paths.key_file),
                "provider": provider,
                "profiles": found,
            },
        )
    )


@app.command("paste-api-key")
def paste_api_key(
    context: typer.Context,
    provider: ProviderOption = None,
    profile_id: Annotated[
        str, typer.Option(metavar="ID", help="Name of the key; one key is stored at a time.")
    ] = "fal:default",
    skip_health: opt.SkipHealthOption = False,
    as_json: opt.JsonOption = False,
    sandbox: opt.SandboxOption = False,
) -> None:
    """Store a key from standard input, or from a prompt.

    It is checked with fal first, free of charge, and replaces the stored one. With --sandbox nothing is stored.
    """
    from openclaw_fal.actions.auth import paste

    runtime = opt.runtime_of(context)
    _require_fal(provider)
    pasted = paste(runtime, profile_id, check=not skip_health)
    where = "" if runtime.makes_placeholders else str(runtime.paths.key_file)
    runtime.out.facts(
        "Stored" if where else "Checked",
        [
            ("key", f"{pasted.key.masked} ({'accepted' if pasted.is_checked else 'not checked'})"),
            ("stored", where or "nothing: this is the sandbox"),
        ],
        value={
            "ok": True,
            "provider": "fal",
            "profileId": pasted.profile,
            "keyMasked": pasted.key.masked,
            "keyChecked": pasted.is_checked,
            "keyStored": where or None,
        },
    )


@app.command()
def logout(context: typer.Context, provider: ProviderOption = None, as_json: opt.JsonOption = False) -> None:
    """Forget the stored key. Tasks, files and the configuration stay."""
    from openclaw_fal.actions.auth import log_out, remaining_source

    runtime = opt.runtime_of(context)
    _require_fal(provider)
    removed = log_out(runtime)
    if source := remaining_source(runtime):
        runtime.messages.note(f"A key still comes from {source}.")
    if runtime.json:
        runtime.out.data({"provider": "fal", "removedProfiles": removed})
    else:
        runtime.out.line(f"Removed: {', '.join(removed)}" if removed else "No key is stored.")


def _is_fal(provider: str) -> bool:
    return provider.strip().casefold() == "fal"


def _require_fal(provider: str | None) -> None:
    if provider is not None and not _is_fal(provider):
        raise UsageError(f"--provider {provider!r}: openclaw-fal stores keys for fal only.")
