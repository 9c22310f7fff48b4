"""``--help`` of a command that takes a model: with a model on the command line, its own inputs follow."""

# No `from __future__ import annotations`: Typer would have to read each annotation back from text, at every start.
from typing import Any

import typer
from typer.core import TyperCommand

from openclaw_fal.commands import options as opt
from openclaw_fal.core.errors import OpenclawFalError
from openclaw_fal.core.kinds import KIND_ROWS

MAX_WIDTH = 80  # as wide as the rest of the help
MAX_NAME = 24  # characters; the text behind a longer name begins below it


class ModelCommand(TyperCommand):
    """A command with a parameter ``model``."""

    _model: str | None = None

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        # Help is printed before the other options are read.
        if any(arg in ctx.help_option_names for arg in args):
            self._model = self._model_in(ctx, args)
        return super().parse_args(ctx, args)

    def get_help(self, ctx: Any) -> str:
        text = super().get_help(ctx)
        return f"{text}\n\n{_inputs(ctx, self._model)}" if self._model else text

    def _model_in(self, ctx: Any, args: list[str]) -> str | None:
        try:
            given, _rest, _order = self.make_parser(ctx).parse_args(args=[*args])
        except typer.TyperException:  # the mistake is reported where the arguments are read
            return None
        model = given.get("model")
        return model if isinstance(model, str) else None


def _inputs(context: Any, text: str) -> str:
    from openclaw_fal.actions.models import known_model
    from openclaw_fal.models.catalog import model_ref
    from openclaw_fal.models.descriptions import input_pairs

    runtime = opt.runtime_of(context)
    group = context.parent.info_name if context.parent else None
    kind = group if group in KIND_ROWS else None
    try:
        schema = known_model(runtime, text, kind)
    except OpenclawFalError as error:
        return f"Inputs of {text}: {error.message}"
    if schema is None or schema.inputs is None:
        return f"Inputs of {text}: not known; give any with -p NAME=VALUE."
    width = min(runtime.screen.width, MAX_WIDTH)
    rows = [_row(name, words, width) for name, words in input_pairs(schema, kind or "any")]
    return "\n".join([f"Inputs of {model_ref(schema.endpoint)} (-p NAME=VALUE):", *rows])


def _row(name: str, words: str, width: int) -> str:
    import textwrap

    indent = " " * (MAX_NAME + 4)
    first = f"  {name}  ".ljust(len(indent))
    lines = textwrap.wrap(words, max(width - len(indent), MAX_NAME), break_on_hyphens=False, break_long_words=False)
    if len(first) > len(indent):
        return "\n".join([first.rstrip(), *(indent + line for line in lines)])
    return "\n".join([first + lines[0], *(indent + line for line in lines[1:])])
