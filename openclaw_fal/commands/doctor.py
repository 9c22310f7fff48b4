"""`openclaw-fal doctor`."""

# No `from __future__ import annotations`: Typer would have to read each annotation back from text, at every start.
from typing import TYPE_CHECKING, Annotated

import typer

from openclaw_fal.commands import options as opt
from openclaw_fal.core.program import command

if TYPE_CHECKING:
    from openclaw_fal.runtime import Runtime

app = typer.Typer()


@app.command("doctor")
def doctor(
    context: typer.Context,
    fix: Annotated[
        bool, typer.Option("--fix", help="Give default models the names that a current OpenClaw reads.")
    ] = False,
    as_json: opt.JsonOption = False,
) -> None:
    """Check configuration and key, and repair old names.

    The exit status is 1 if a problem remains.
    """
    from openclaw_fal.actions.model_status import status
    from openclaw_fal.config.model_names import moves

    runtime = opt.runtime_of(context)
    fixed = _fix(runtime) if fix else []
    problems = list(status(runtime, probe=False).problems)
    can_fix = bool(moves(runtime.config)) if _is_readable(runtime) else False
    if can_fix:
        problems += [str(issue) for issue in runtime.config.issues if issue.level == "warning"]
    pairs = [("config", str(runtime.paths.config_file))]
    pairs += [("fixed", each) for each in fixed] + [("problem", each) for each in problems]
    pairs += [("next", command("doctor --fix"))] if can_fix else []
    document = {
        "ok": not problems,
        "path": str(runtime.paths.config_file),
        "issues": [{"message": each} for each in problems],
        "fixed": fixed,
    }
    runtime.out.facts("doctor", pairs if problems or fixed else [*pairs, ("problems", "none")], value=document)
    if problems:
        raise typer.Exit(1)


def _fix(runtime: "Runtime") -> list[str]:
    """Move default models to their newer names, and return what was done."""
    from openclaw_fal.config.edit_types import Set
    from openclaw_fal.config.edits import change_config
    from openclaw_fal.config.model_names import moves
    from openclaw_fal.config.path import show_path

    edits = moves(runtime.config)
    if not edits:
        return []
    change_config(runtime.config, edits)
    runtime.read_config_again()
    return [f"{'set' if isinstance(edit, Set) else 'removed'} {show_path(edit.path)}" for edit in edits]


def _is_readable(runtime: "Runtime") -> bool:
    from openclaw_fal.core.errors import ConfigError

    try:
        return runtime.config.exists
    except ConfigError:  # it is one of the problems
        return False
