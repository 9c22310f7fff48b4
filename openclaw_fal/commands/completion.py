"""`openclaw-fal completion`: TAB completion for bash, zsh, fish and PowerShell."""

from __future__ import annotations

import sys
from pathlib import PurePath
from typing import TYPE_CHECKING, Annotated, Any

import typer

from openclaw_fal.commands import options as opt
from openclaw_fal.completion.install import SHELLS
from openclaw_fal.core.errors import OpenclawFalError, UsageError
from openclaw_fal.core.program import command

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from openclaw_fal.completion.install import Installation
    from openclaw_fal.runtime import Runtime


app = typer.Typer()


@app.command("completion")
def completion(
    context: typer.Context,
    shell: Annotated[
        str | None,
        typer.Option(
            "--shell", "-s", metavar="SHELL", help=f"Shell: {', '.join(SHELLS)}.", show_default="the current one"
        ),
    ] = None,
    install: Annotated[
        bool, typer.Option("--install", "-i", help="Set up the shell; repeat this after an update.")
    ] = False,
    write_state: Annotated[
        bool,
        typer.Option(
            "--write-state", help="Write the script to the state folder; without --shell, the scripts of all shells."
        ),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before --install.")] = False,
    as_json: opt.JsonOption = False,
) -> None:
    """Set up TAB completion of commands, flags, models and tasks.

    Prints the script for a shell, unless --install or --write-state is given.
    """
    runtime = opt.runtime_of(context)
    if shell is not None:
        shell = opt.checked_choice("--shell", shell, SHELLS)
    from openclaw_fal.store.processes import ancestor_names

    chosen = shell or current_shell(runtime.environ, ancestor_names())
    program = context.find_root().command
    if not runtime.in_sandbox:
        _write_models(runtime, only_missing=not (install or write_state))
    if install:
        _install(runtime, chosen, program, ask=not yes)
    elif write_state:
        _write(runtime, (shell,) if shell else SHELLS, program)
    else:
        _print(runtime, chosen, program)


def current_shell(environ: Mapping[str, str], ancestors: Sequence[str] = ()) -> str:
    """Return the shell that runs this program, else the user's login shell; bash if it is not a known one.

    ``ancestors`` are the names of the parent process, of its parent and so on.
    """
    login = PurePath(environ.get("SHELL", "")).name
    for name in (*ancestors, login):
        # A login shell has a hyphen before its name.
        word = name.lstrip("-").lower().removesuffix(".exe").replace("pwsh", "powershell")
        if word in SHELLS:
            return word
    return "powershell" if not login and sys.platform == "win32" else "bash"


def _write_models(runtime: Runtime, *, only_missing: bool) -> None:
    """Write for TAB the models and inputs that are known without asking fal."""
    from openclaw_fal.actions.schemas import write_completion_files

    write_completion_files(runtime, only_missing=only_missing)


def _print(runtime: Runtime, shell: str, program: Any) -> None:
    from openclaw_fal.completion.scripts import make_script

    script = make_script(shell, program)
    if runtime.json:
        runtime.out.data({"shell": shell, "script": script})
    else:
        runtime.out.line(script.removesuffix("\n"))


def _write(runtime: Runtime, shells: tuple[str, ...], program: Any) -> None:
    from openclaw_fal.completion.install import write_script
    from openclaw_fal.completion.scripts import make_script

    written = {shell: write_script(runtime.paths.state_dir, shell, make_script(shell, program)) for shell in shells}
    if runtime.json:
        runtime.out.data({"ok": True, "written": {shell: str(file) for shell, file in written.items()}})
    for shell, file in written.items():
        runtime.messages.note(f"Wrote the completion script for {shell} to {file}.")


def _install(runtime: Runtime, shell: str, program: Any, *, ask: bool) -> None:
    from openclaw_fal.completion.install import install, setup_file
    from openclaw_fal.completion.scripts import make_script

    file = setup_file(shell, runtime.environ)
    if ask:
        _confirm(runtime, shell, str(file))
    _show(runtime, shell, install(shell, file, runtime.paths.state_dir, make_script(shell, program)))


def _confirm(runtime: Runtime, shell: str, file: str) -> None:
    if not runtime.stdin_is_terminal:
        raise UsageError(
            f"--install changes {file}, and there is no terminal to confirm that.",
            hint=command(f"completion --install --yes --shell {shell}"),
        )
    try:
        is_confirmed = typer.confirm(f"Set up completion for {shell} in {file}?", default=True, err=True)
    except typer.Abort:  # Ctrl-D
        is_confirmed = False
    if not is_confirmed:
        raise OpenclawFalError("Nothing was changed.", code="declined")


def _show(runtime: Runtime, shell: str, done: Installation) -> None:
    if runtime.json:
        facts = {"shell": shell, "file": str(done.file), "script": str(done.script), "changed": done.is_changed}
        runtime.out.data({"ok": True} | facts)
    elif done.is_changed:
        runtime.out.line(f"Completion for {shell} is set up in {done.file}")
        runtime.messages.note("It works in new shells.")
    else:
        runtime.out.line(f"Completion for {shell} is already set up in {done.file}; the script is up to date.")
