"""`openclaw-fal models aliases …`."""

from __future__ import annotations

from typing import Annotated

import typer

from openclaw_fal.commands import options as opt
from openclaw_fal.core.results import Column, Table

app = typer.Typer(name="aliases", help="List and change your own names for models.")

NameArgument = Annotated[str, typer.Argument(metavar="ALIAS", help="Your name for the model.")]


@app.command("list")
def list_aliases(
    context: typer.Context,
    plain: Annotated[bool, typer.Option("--plain", help="Print an alias and its model per line.")] = False,
    as_json: opt.JsonOption = False,
) -> None:
    """List the aliases. `--model` takes them instead of a model reference."""
    runtime = opt.runtime_of(context)
    aliases = runtime.settings.aliases
    if plain and not runtime.json:
        for name, ref in aliases.items():
            runtime.out.line(f"{name} {ref}")
        return
    if not aliases and not runtime.json:
        runtime.messages.note("There are no aliases.")
    runtime.out.table(Table((Column("alias", "key"), Column("model")), [*aliases.items()], {"aliases": dict(aliases)}))


@app.command()
def add(context: typer.Context, alias: NameArgument, model: opt.ModelArgument, as_json: opt.JsonOption = False) -> None:
    """Give a model a name of your own."""
    from openclaw_fal.actions.models import add_alias

    runtime = opt.runtime_of(context)
    ref = add_alias(runtime, alias, model)
    if runtime.json:
        runtime.out.data({"ok": True, "alias": alias, "model": ref})
    else:
        runtime.out.line(f"{alias} now means {ref}.")


@app.command()
def remove(context: typer.Context, alias: NameArgument, as_json: opt.JsonOption = False) -> None:
    """Remove an alias. The model stays."""
    from openclaw_fal.actions.models import remove_alias

    runtime = opt.runtime_of(context)
    ref = remove_alias(runtime, alias)
    if runtime.json:
        runtime.out.data({"ok": True, "alias": alias, "model": ref})
    else:
        runtime.out.line(f"{alias} no longer means {ref}.")
