"""`openclaw-fal onboard`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from openclaw_fal.commands import options as opt
from openclaw_fal.commands.option_groups import Ignored, ignoring
from openclaw_fal.core.errors import KeyProblem, OpenclawFalError, UsageError
from openclaw_fal.core.program import command, onboard_command
from openclaw_fal.core.requests import AUTH_CHOICES, RESET_SCOPES, SECRET_INPUT_MODES

if TYPE_CHECKING:
    from openclaw_fal.actions.onboard import Onboarded
    from openclaw_fal.runtime import Runtime

RESET_DEFAULT = "config+creds+sessions"

# What else OpenClaw's `onboard` sets up: its gateway, its service, its agents.
IGNORED = Ignored(
    values=(
        "agent_name",
        "flow",
        "mode",
        "workspace",
        "gateway_port",
        "gateway_bind",
        "gateway_auth",
        "gateway_token",
        "gateway_token_ref_env",
        "gateway_password",
        "remote_url",
        "remote_token",
        "tailscale",
        "daemon_runtime",
        "node_manager",
        "import_from",
        "import_source",
    ),
    switches=(
        "classic",
        "import_secrets",
        "install_daemon",
        "no_install_daemon",
        "skip_bootstrap",
        "skip_channels",
        "skip_daemon",
        "skip_hooks",
        "skip_search",
        "skip_skills",
        "skip_ui",
        "suppress_gateway_token_output",
        "tailscale_reset_on_exit",
        "tui",
    ),
)


app = typer.Typer()


@app.command("onboard")
@ignoring(IGNORED)
def onboard(
    context: typer.Context,
    auth_choice: Annotated[
        str,
        typer.Option(
            metavar="CHOICE", help=f"Sign-in method: {', '.join(AUTH_CHOICES)}; {AUTH_CHOICES[1]} stores no key."
        ),
    ] = AUTH_CHOICES[0],
    fal_api_key: Annotated[
        str | None,
        typer.Option(
            metavar="KEY",
            help="The key. Other users can see it in the process list; piping or typing it is safer.",
            show_default="from a pipe, a prompt, FAL_KEY, FAL_API_KEY or the stored key",
        ),
    ] = None,
    non_interactive: Annotated[
        bool, typer.Option("--non-interactive", help="Do not prompt. Requires --accept-risk.")
    ] = False,
    accept_risk: Annotated[bool, typer.Option("--accept-risk", help="Confirm that generations cost money.")] = False,
    secret_input_mode: Annotated[
        str,
        typer.Option(
            metavar="MODE",
            help="What to store: plaintext (the key, in a file that only you can read) or ref (the name of the "
            "variable that holds it, FAL_KEY or FAL_API_KEY).",
        ),
    ] = SECRET_INPUT_MODES[0],
    reset: Annotated[
        bool, typer.Option("--reset", help="Remove the existing setup, after the new key has been checked.")
    ] = False,
    reset_scope: Annotated[
        str,
        typer.Option(
            metavar="SCOPE",
            help="What --reset removes: config (kept as .bak), config+creds+sessions (also the stored key) or full "
            "(also the cached models). Never tasks or files.",
        ),
    ] = RESET_DEFAULT,
    skip_health: opt.SkipHealthOption = False,
    as_json: opt.JsonOption = False,
    sandbox: opt.SandboxOption = False,
) -> None:
    """Set up your fal key and the default models.

    The key is checked with fal, free of charge, before it is stored. Create one at https://fal.ai/dashboard/keys.
    With --sandbox no key is needed, and nothing is stored.
    OpenClaw's other flags (--flow, --mode, --workspace, --gateway-…, --skip-…, --install-daemon and so on) are
    accepted and ignored.
    """
    from openclaw_fal.actions.onboard import OnboardRequest, onboard

    runtime = opt.runtime_of(context)
    try:
        auth_choice = opt.checked_choice("--auth-choice", auth_choice, AUTH_CHOICES)
        secret_input_mode = opt.checked_choice("--secret-input-mode", secret_input_mode, SECRET_INPUT_MODES)
        scope = opt.checked_choice("--reset-scope", reset_scope, RESET_SCOPES)
        _check_risk(non_interactive, accept_risk)
    except UsageError as error:
        error.phase = "options"
        raise
    request = OnboardRequest(
        auth_choice=auth_choice,
        secret_input_mode=secret_input_mode,
        key=fal_api_key,
        reset=scope if reset else None,
        check=not skip_health,
        may_prompt=not non_interactive,
    )
    try:
        done = onboard(runtime, request)
    except OpenclawFalError as error:
        error.phase = _phase(error)
        raise
    _show(runtime, done)


def _phase(error: OpenclawFalError) -> str:
    """Return OpenClaw's name for the step that failed."""
    if isinstance(error, UsageError) or error.code == "key_missing":
        return "options"
    return "health" if isinstance(error, KeyProblem) or error.code == "unreachable" else "setup"


def _check_risk(non_interactive: bool, accept_risk: bool) -> None:
    if non_interactive and not accept_risk:
        raise UsageError(
            "--non-interactive needs --accept-risk, because generations cost money. Run it again with --accept-risk.",
            hint=f"{onboard_command()} --non-interactive --accept-risk",
        )


def _show(runtime: Runtime, done: Onboarded) -> None:
    for removed in done.removed:
        kept = f"; it is kept as {runtime.paths.config_backup.name}" if removed == done.config_path else ""
        runtime.messages.note(f"Removed {removed}{kept}.")
    judge = f"accepted by {'the sandbox' if done.in_sandbox else 'fal'}" if done.is_checked else "not checked"
    runtime.out.facts(
        "Ready",
        [
            ("key", f"{done.key.masked} ({judge})" if done.key else f"none; store one: {onboard_command()}"),
            *([("stored", done.stored or "nothing: this is the sandbox")] if done.key else []),
            ("config", done.config_path),
            *((f"{kind} model", model) for kind, model in done.models.items()),
            ("next", command('image generate "a red fox in snow"', sandbox=done.in_sandbox)),
            ("next", command('video generate "waves at dusk"', sandbox=done.in_sandbox)),
        ],
        value=done.as_json(),
    )
