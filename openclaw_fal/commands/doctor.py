"""`openclaw-fal doctor`."""

# No `from __future__ import annotations`: Typer would have to read each annotation back from text, at every start.
from typing import Annotated

import typer

from openclaw_fal.commands import options as opt
from openclaw_fal.core.results import Column, Table

app = typer.Typer()


@app.command("doctor")
def doctor(
    context: typer.Context,
    fix: Annotated[
        bool,
        typer.Option(
            "--fix",
            help="Give default models the names that a current OpenClaw reads, and close a configuration with a key "
            "to other users.",
        ),
    ] = False,
    probe: Annotated[bool, typer.Option("--probe", help="Check the key with fal, at no cost.")] = False,
    as_json: opt.JsonOption = False,
    sandbox: opt.SandboxOption = False,
) -> None:
    """Check configuration, key, network settings and tasks, and repair old names.

    The exit status is 1 if a problem remains that would stop a command; a warning does not count.
    """
    from openclaw_fal.actions.doctor import diagnose

    runtime = opt.runtime_of(context)
    found = diagnose(runtime, fix=fix, probe=probe)
    rows: list[tuple[str, str, str, str]] = [("fixed", "config", each, "") for each in found.fixed]
    rows += [(each.level, each.name, each.text, (each.hint or "").replace("\n", "; ")) for each in found.findings]
    value = {
        "ok": not found.problems,
        "path": str(runtime.paths.config_file),
        "issues": [each.as_json() for each in found.problems],
        "fixed": list(found.fixed),
        "checks": [each.as_json() for each in found.findings],
    }
    if runtime.json:
        runtime.out.data(value)
    elif runtime.screen.stdout_is_terminal:
        names = {"ok": "", "warning": "warning: ", "problem": "problem: ", "fixed": "fixed: "}
        lines = [(name, names[level] + text) for level, name, text, _ in rows]
        hints = [line for each in found.findings if each.hint for line in each.hint.splitlines()]
        runtime.out.descriptions("doctor", lines)
        if hints:
            runtime.out.descriptions("next", [("→", line) for line in dict.fromkeys(hints)])
    else:
        columns = (Column("status"), Column("check", "key"), Column("message"), Column("next", "dim"))
        runtime.out.table(Table(columns, rows, value))
    if found.problems:
        raise typer.Exit(1)
