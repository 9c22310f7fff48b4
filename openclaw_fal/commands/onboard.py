"""`openclaw-fal onboard`."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Annotated, Any

import typer

from openclaw_fal.commands import options as opt
from openclaw_fal.core.errors import KeyProblem, UsageError

if TYPE_CHECKING:
    from openclaw_fal.runtime import Runtime

AUTH_CHOICES = ("fal-api-key",)
SECRET_INPUT_MODES = ("plaintext", "ref")
KEY_VARIABLES = ("FAL_KEY", "FAL_API_KEY")

_IN_VAIN = "Accepted for OpenClaw's sake; has no effect here."
WITHOUT_EFFECT: opt.Options = {
    name: (Annotated[str | None, typer.Option(metavar="X", help=_IN_VAIN)], None)
    for name in ("flow", "mode", "workspace")
} | {
    name: (Annotated[bool, typer.Option(f"--{name.replace('_', '-')}", help=_IN_VAIN)], False)
    for name in (
        "install_daemon",
        "no_install_daemon",
        "skip_daemon",
        "skip_channels",
        "skip_skills",
        "skip_search",
        "skip_ui",
        "skip_bootstrap",
        "skip_hooks",
    )
}


def add_to(program: typer.Typer) -> None:
    program.command("onboard")(onboard)


@opt.accepting(WITHOUT_EFFECT)
def onboard(
    context: typer.Context,
    auth_choice: Annotated[
        str, typer.Option(metavar="CHOICE", help=f"How to sign in: {', '.join(AUTH_CHOICES)}.")
    ] = AUTH_CHOICES[0],
    fal_api_key: Annotated[
        str | None,
        typer.Option(
            metavar="KEY",
            help="The key. Others on this machine can see arguments: rather pipe it in, or let it be asked for.",
        ),
    ] = None,
    non_interactive: Annotated[
        bool, typer.Option("--non-interactive", help="Ask nothing. Needs --accept-risk.")
    ] = False,
    accept_risk: Annotated[
        bool, typer.Option("--accept-risk", help="Say that you know that generations cost money.")
    ] = False,
    secret_input_mode: Annotated[
        str,
        typer.Option(
            metavar="MODE",
            help="plaintext stores the key (readable by you alone), ref the name of the variable that holds it.",
        ),
    ] = SECRET_INPUT_MODES[0],
    reset: Annotated[bool, typer.Option("--reset", help="Start over: remove what is set up first.")] = False,
    reset_scope: Annotated[
        str,
        typer.Option(
            metavar="SCOPE",
            help="With --reset: config, config+creds+sessions (the key too) or full (the cache too). Tasks are kept.",
        ),
    ] = "config",
    skip_health: Annotated[bool, typer.Option("--skip-health", help="Store the key without asking fal.")] = False,
    as_json: opt.JsonOption = False,
    sandbox: opt.SandboxOption = False,
    **in_vain: Any,
) -> None:
    """Set up the key and the default image model."""
    from openclaw_fal.actions.onboard import RESET_SCOPES, onboard
    from openclaw_fal.actions.onboard import reset as start_over
    from openclaw_fal.store.keys import warn_if_odd

    runtime = opt.runtime_of(context)
    opt.check_choice("--auth-choice", auth_choice, AUTH_CHOICES)
    opt.check_choice("--secret-input-mode", secret_input_mode, SECRET_INPUT_MODES)
    scope = next((known for known in RESET_SCOPES if known == reset_scope), None)
    if scope is None:
        opt.check_choice("--reset-scope", reset_scope, RESET_SCOPES)
    if non_interactive and not accept_risk:
        raise UsageError("--non-interactive needs --accept-risk: generations cost money.", hint="Add --accept-risk")
    opt.report_ineffective(runtime, in_vain, WITHOUT_EFFECT)
    if reset and scope:
        for removed in start_over(runtime, scope):
            runtime.messages.note(f"removed {removed}")
    variable = _variable(runtime) if secret_input_mode == SECRET_INPUT_MODES[1] else None
    key = runtime.environ[variable].strip() if variable else _find_key(runtime, fal_api_key, ask=not non_interactive)
    if oddity := warn_if_odd(key):
        runtime.messages.warning(oddity)
    done = onboard(runtime, key, variable=variable, check=not skip_health)
    runtime.out.facts(
        "Ready",
        [
            ("key", f"{done.key_masked} ({'accepted by fal' if done.checked else 'not checked'})"),
            ("stored", done.stored),
            ("config", done.config_path),
            ("image model", done.image_model),
            ("next", 'openclaw-fal image generate --prompt "a red fox in snow"'),
        ],
        value={
            "ok": True,
            "mode": "local",
            "authChoice": auth_choice,
            "secretInputMode": secret_input_mode,
            "keyMasked": done.key_masked,
            "keyChecked": done.checked,
            "keyStored": done.stored,
            "configPath": done.config_path,
            "imageModel": done.image_model,
        },
    )


def _variable(runtime: Runtime) -> str:
    """Return the variable that a reference can name; raise `KeyProblem` when none is set."""
    for name in KEY_VARIABLES:
        if runtime.environ.get(name, "").strip():
            return name
    raise KeyProblem(
        "--secret-input-mode ref stores the name of a variable, and FAL_KEY is not set.",
        code="key_missing",
        hint="export FAL_KEY=…, then run the same command again",
    )


def _find_key(runtime: Runtime, given: str | None, *, ask: bool) -> str:
    """Take the key from the flag, a pipe, the environment, what is stored, or the user, in this order."""
    if given and given.strip():
        return given.strip()
    if _is_piped(runtime) and (piped := runtime.screen.stdin.read().strip()):
        return piped
    if ask and runtime.stdin_is_terminal:
        return _ask(runtime)
    if runtime.key is not None:
        return runtime.key.value
    raise KeyProblem(
        "No key was given: pipe it into this command, set FAL_KEY, or give --fal-api-key.",
        code="key_missing",
        hint="openclaw-fal onboard --auth-choice fal-api-key < key.txt",
    )


def _is_piped(runtime: Runtime) -> bool:
    """Tell a pipe or file from a terminal and from the nothing that services and CI jobs have for input."""
    try:
        mode = os.fstat(runtime.screen.stdin.fileno()).st_mode
    except (OSError, ValueError, AttributeError):
        return not runtime.stdin_is_terminal
    return stat.S_ISFIFO(mode) or stat.S_ISREG(mode) or stat.S_ISSOCK(mode)


def _ask(runtime: Runtime) -> str:
    runtime.messages.note("Keys are made at https://fal.ai/dashboard/keys. What you type is not shown.")
    known = f" [Enter keeps the one from {runtime.key.source}]" if runtime.key else ""
    typed: str = typer.prompt(
        f"fal API key{known}", hide_input=True, err=True, default="", show_default=False, prompt_suffix=": "
    ).strip()
    if typed:
        return typed
    if runtime.key:
        return runtime.key.value
    raise KeyProblem("No key was typed. Nothing was stored.", code="key_missing")
