"""`openclaw-fal onboard`."""

from __future__ import annotations

import os
import select
import stat
from typing import TYPE_CHECKING, Annotated, Any

import typer

from openclaw_fal.commands import options as opt
from openclaw_fal.core.errors import KeyProblem, UsageError
from openclaw_fal.core.requests import AUTH_CHOICES, RESET_SCOPES, SECRET_INPUT_MODES

if TYPE_CHECKING:
    from openclaw_fal.actions.onboard import Onboarded
    from openclaw_fal.config.key import FoundKey
    from openclaw_fal.core.requests import ResetScope
    from openclaw_fal.runtime import Runtime

KEY_VARIABLES = ("FAL_KEY", "FAL_API_KEY")
RESET_DEFAULT = "config+creds+sessions"
COMMAND = "openclaw-fal onboard --auth-choice fal-api-key"

PIPE_PATIENCE_S = 3.0  # for a pipe that nobody may ever write to, when there is another key
MOST_OF_A_PIPE = 10_000  # characters; a key has about seventy

# What else OpenClaw's `onboard` sets up: its gateway, its service, its agents.
WITHOUT_EFFECT = opt.without_effect(
    values=(
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
    ),
)


def add_to(program: typer.Typer) -> None:
    program.command("onboard")(onboard)


@opt.accepting(WITHOUT_EFFECT)
def onboard(
    context: typer.Context,
    auth_choice: Annotated[
        str, typer.Option(metavar="CHOICE", help=f"How to sign in. The one way is {', '.join(AUTH_CHOICES)}.")
    ] = AUTH_CHOICES[0],
    fal_api_key: Annotated[
        str | None,
        typer.Option(
            metavar="KEY",
            help="The key. Other users of this machine can see it in the list of processes, so it is better to pipe "
            "the key in or to let this command ask for it.",
            show_default="from a pipe, else asked for, else FAL_KEY, FAL_API_KEY or the stored key",
        ),
    ] = None,
    non_interactive: Annotated[
        bool, typer.Option("--non-interactive", help="Ask nothing. Needs --accept-risk as well.")
    ] = False,
    accept_risk: Annotated[
        bool, typer.Option("--accept-risk", help="Say that you know that generations cost money.")
    ] = False,
    secret_input_mode: Annotated[
        str,
        typer.Option(
            metavar="MODE",
            help="plaintext stores the key in a file that only you can read; ref stores the name of the environment "
            "variable that holds it (FAL_KEY or FAL_API_KEY).",
        ),
    ] = SECRET_INPUT_MODES[0],
    reset: Annotated[
        bool, typer.Option("--reset", help="Start over: remove what was set up, once the new key has been checked.")
    ] = False,
    reset_scope: Annotated[
        str,
        typer.Option(
            metavar="SCOPE",
            help="What --reset removes: config (kept as .bak), config+creds+sessions (the stored key too), or full "
            "(the stored list of models too). Tasks and files are never removed.",
        ),
    ] = RESET_DEFAULT,
    skip_health: Annotated[
        bool, typer.Option("--skip-health", help="Store the key without asking fal whether it is good.")
    ] = False,
    as_json: opt.JsonOption = False,
    sandbox: opt.SandboxOption = False,
    **in_vain: Any,
) -> None:
    """Set up your fal key and the default image model.

    The key is checked with fal, at no cost, before it is stored. Get one at https://fal.ai/dashboard/keys.
    With --sandbox nothing is stored: a key that the sandbox takes must not replace one that fal takes.
    OpenClaw's other flags (--flow, --mode, --workspace, --gateway-…, --skip-…, --install-daemon and so on) are
    accepted and have no effect.
    """
    from openclaw_fal.actions.onboard import forget_config, onboard

    runtime = opt.runtime_of(context)
    is_risk_open = non_interactive and not accept_risk
    try:
        scope = _check_options(auth_choice, secret_input_mode, reset_scope, is_risk_open=is_risk_open)
    except UsageError as error:
        error.extra = {"phase": "options", "message": error.message}  # OpenClaw's keys, beside ours
        raise
    opt.report_ineffective(runtime, in_vain, WITHOUT_EFFECT)
    if reset:
        forget_config(runtime)
    plaintext, _ = SECRET_INPUT_MODES
    variable, key = (None, None) if secret_input_mode == plaintext else _variable(runtime, fal_api_key)
    known = _known_key(runtime, scope if reset else None)
    key = key or _find_key(runtime, fal_api_key, known, ask=not non_interactive)
    _warn(runtime, key, is_stored=variable is None and not runtime.sandbox_wanted)
    done = onboard(runtime, key, variable=variable, check=not skip_health, reset=scope if reset else None)
    for removed in done.removed:
        kept = f"; it is kept as {runtime.paths.config_backup.name}" if removed == done.config_path else ""
        runtime.messages.note(f"Removed {removed}{kept}.")
    _show(runtime, done, auth_choice, secret_input_mode)


def _check_options(auth_choice: str, secret_input_mode: str, reset_scope: str, *, is_risk_open: bool) -> ResetScope:
    opt.check_choice("--auth-choice", auth_choice, AUTH_CHOICES)
    opt.check_choice("--secret-input-mode", secret_input_mode, SECRET_INPUT_MODES)
    opt.check_choice("--reset-scope", reset_scope, RESET_SCOPES)
    if is_risk_open:
        raise UsageError(
            "--non-interactive needs --accept-risk, for generations cost money. Run it again with --accept-risk.",
            hint=f"{COMMAND} --non-interactive --accept-risk",
        )
    return next(scope for scope in RESET_SCOPES if scope == reset_scope)


def _variable(runtime: Runtime, given: str | None) -> tuple[str, str]:
    """Return the variable that a reference can name, and the key in it."""
    for name in KEY_VARIABLES:
        key = runtime.environ.get(name, "").strip()
        if key and given and given.strip() != key:
            raise UsageError(f"--secret-input-mode ref uses the key in {name}, and --fal-api-key gives another one.")
        if key:
            return name, key
    raise KeyProblem(
        "--secret-input-mode ref stores the name of a variable, and FAL_KEY is not set.",
        code="key_missing",
        hint="export FAL_KEY=…, then run the same command again",
    )


def _known_key(runtime: Runtime, reset: ResetScope | None) -> FoundKey | None:
    """Return the key that is set up so far; one that can't be read is no reason not to set up another."""
    from openclaw_fal.actions.onboard import known_key

    try:
        return known_key(runtime, reset)
    except KeyProblem as problem:
        runtime.messages.warning(problem.message)
        return None


def _find_key(runtime: Runtime, given: str | None, known: FoundKey | None, *, ask: bool) -> str:
    """Take the key from the flag, a pipe, or the user, and else the one that is known."""
    if given and given.strip():
        return given.strip()
    if piped := _read_pipe(runtime, known):
        return piped
    if ask and runtime.stdin_is_terminal:
        return _ask(runtime, known)
    if known:
        runtime.messages.note(f"Using the key from {known.source}.")
        return known.value
    raise KeyProblem(
        "Missing --fal-api-key (or FAL_KEY in the environment, a key on standard input, or an existing fal profile).",
        code="key_missing",
        hint=f"{COMMAND} < key.txt",
    )


def _read_pipe(runtime: Runtime, known: FoundKey | None) -> str:
    stdin = runtime.screen.stdin
    if not _is_piped(runtime):
        return ""
    # Whoever started us may hold the other end open for ever and never write to it.
    if known and not _arrives(runtime):
        runtime.messages.note(f"Nothing came on standard input within {PIPE_PATIENCE_S:g} s.")
        return ""
    try:
        return stdin.read(MOST_OF_A_PIPE).strip()
    except UnicodeDecodeError:
        raise KeyProblem("What is on standard input is no text, and so no key.", code="key_malformed") from None


def _is_piped(runtime: Runtime) -> bool:
    """Tell a pipe or file from a terminal and from the nothing that services and CI jobs have for input."""
    try:
        mode = os.fstat(runtime.screen.stdin.fileno()).st_mode
    except (OSError, ValueError, AttributeError):
        return not runtime.stdin_is_terminal
    return stat.S_ISFIFO(mode) or stat.S_ISREG(mode) or stat.S_ISSOCK(mode)


def _arrives(runtime: Runtime) -> bool:
    try:
        return bool(select.select([runtime.screen.stdin], [], [], PIPE_PATIENCE_S)[0])
    except (OSError, ValueError):  # Windows can't wait for pipes
        return True


def _ask(runtime: Runtime, known: FoundKey | None) -> str:
    # Not typer's prompt: it shows its words before it hides what is typed, and a key pasted in between would be seen.
    from getpass import getpass

    from openclaw_fal.config.key import mask

    runtime.messages.note("A key is made at https://fal.ai/dashboard/keys. What you type stays hidden.")
    keep = f" [Enter keeps {mask(known.value)}]" if known else ""
    try:
        typed = getpass(f"fal API key{keep}: ").strip()
    except EOFError:  # Ctrl-D
        typed, known = "", None
    if typed:
        return typed
    if known:
        return known.value
    raise KeyProblem("No key was typed. Nothing was stored.", code="key_missing")


def _warn(runtime: Runtime, key: str, *, is_stored: bool) -> None:
    from openclaw_fal.config.key import oddity_of

    if oddity := oddity_of(key):
        runtime.messages.warning(oddity)
    winner = next((name for name in KEY_VARIABLES if runtime.environ.get(name, "").strip()), None)
    if is_stored and winner and runtime.environ[winner].strip() != key:
        runtime.messages.warning(f"{winner} is set to another key, and wins over the stored one as long as it is set.")
    if runtime.sandbox_wanted:
        runtime.messages.warning(
            "The sandbox takes any key that looks like one. fal itself is not asked, and nothing is stored."
        )


def _show(runtime: Runtime, done: Onboarded, auth_choice: str, secret_input_mode: str) -> None:
    by_whom, sandbox = ("the sandbox", "--sandbox ") if runtime.sandbox_wanted else ("fal", "")
    runtime.out.facts(
        "Ready",
        [
            ("key", f"{done.key_masked} ({f'accepted by {by_whom}' if done.checked else 'not checked'})"),
            ("stored", done.stored or "nothing: this is the sandbox"),
            ("config", done.config_path),
            ("image model", done.image_model),
            ("next", f'openclaw-fal {sandbox}image generate --prompt "a red fox in snow"'),
        ],
        value={
            "ok": True,
            "mode": "local",
            "authChoice": auth_choice,
            "secretInputMode": secret_input_mode,
            "skipHealth": not done.checked,
            "keyMasked": done.key_masked,
            "keyChecked": done.checked,
            "keyStored": done.stored,
            "configPath": done.config_path,
            "imageModel": done.image_model,
            **({"removed": list(done.removed)} if done.removed else {}),
            **({"sandbox": True} if runtime.sandbox_wanted else {}),
        },
    )
