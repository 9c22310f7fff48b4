"""`openclaw-fal completion`: TAB in bash, zsh, fish and PowerShell."""

from __future__ import annotations

import sys
from pathlib import PurePath
from typing import TYPE_CHECKING, Annotated, Any

import typer

from openclaw_fal.commands import options as opt
from openclaw_fal.completion.install import SHELLS
from openclaw_fal.core.errors import OpenclawFalError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openclaw_fal.completion.install import Installation
    from openclaw_fal.runtime import Runtime


app = typer.Typer()


@app.command("completion")
def completion(
    context: typer.Context,
    shell: Annotated[
        str | None,
        typer.Option(
            "--shell", "-s", metavar="SHELL", help=f"Which shell: {', '.join(SHELLS)}.", show_default="the one in use"
        ),
    ] = None,
    install: Annotated[
        bool, typer.Option("--install", "-i", help="Set the shell up for it. Again after an update.")
    ] = False,
    write_state: Annotated[
        bool,
        typer.Option(
            "--write-state", help="Write the script into the state folder; those of all shells if none is named."
        ),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="With --install: do not ask.")] = False,
    as_json: opt.JsonOption = False,
) -> None:
    """Complete commands, flags, models and tasks with TAB.

    Prints the script for a shell, or installs it.
    """
    runtime = opt.runtime_of(context)
    if shell is not None:
        opt.check_choice("--shell", shell, SHELLS)
    used = shell or shell_in_use(runtime.environ)
    program = context.find_root().command
    if install:
        _install(runtime, used, program, ask=not yes)
    elif write_state:
        _write(runtime, (shell,) if shell else SHELLS, program)
    else:
        _print(runtime, used, program)


def shell_in_use(environ: Mapping[str, str]) -> str:
    """Guess the shell from the environment: bash if it is none that we know."""
    name = PurePath(environ.get("SHELL", "")).name.removesuffix(".exe")
    if name in SHELLS:
        return name
    return "powershell" if name == "pwsh" or (not name and sys.platform == "win32") else "bash"


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
        runtime.messages.note(f"The completion script for {shell} is {file}")


def _install(runtime: Runtime, shell: str, program: Any, *, ask: bool) -> None:
    from openclaw_fal.completion.install import install, target
    from openclaw_fal.completion.scripts import make_script

    file = target(shell, runtime.environ)
    if ask:
        _ask(runtime, shell, str(file))
    done = install(shell, file, runtime.paths.state_dir, make_script(shell, program))
    _tell(runtime, shell, done)


def _ask(runtime: Runtime, shell: str, file: str) -> None:
    if not runtime.stdin_is_terminal:
        raise UsageError(f"--install changes {file}, and nobody can be asked here.", hint="Add --yes")
    if not typer.confirm(f"Set up completion for {shell} in {file}?", default=True, err=True):
        raise OpenclawFalError("Nothing was changed.", code="declined")


def _tell(runtime: Runtime, shell: str, done: Installation) -> None:
    if runtime.json:
        facts = {"shell": shell, "file": str(done.file), "script": str(done.script), "changed": done.has_changed}
        runtime.out.data({"ok": True} | facts)
    elif done.has_changed:
        runtime.out.line(f"Completion for {shell} is set up in {done.file}")
        runtime.messages.note("It works in every shell that is opened from now on.")
    else:
        runtime.out.line(f"Completion for {shell} was set up in {done.file} before; the script is up to date.")
