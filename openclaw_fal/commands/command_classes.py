"""The classes of commands: what all have, and what those have that make something with a model."""

# No `from __future__ import annotations`: Typer would have to read each annotation back from text, at every start.
import copy
from collections.abc import Mapping
from typing import Any

import typer
from typer.core import TyperCommand

from openclaw_fal.commands.options import runtime_of

# Flags of other tools that mean the same as one of ours. A command understands those whose flag it has, unless it has
# a flag with the alias itself.
ALIASES: Mapping[str, tuple[str, ...]] = {
    "--count": ("--num-images", "--num-outputs", "--num", "--number", "--n"),
    "--negative-prompt": ("--negative", "--neg"),
    "--detach": ("--async", "--no-wait"),
    "--output": ("--out", "--output-file", "--output-path", "--download"),
    "--aspect-ratio": ("--aspect", "--ratio", "--ar"),
    "--steps": ("--num-inference-steps", "--inference-steps"),
    "--guidance": ("--guidance-scale", "--cfg-scale", "--cfg"),
    "--file": ("--image", "--image-url", "--image-urls", "--input-image", "--image-file", "--reference", "--ref"),
    "--image": ("--file", "--image-url", "--input-image", "--start-image", "--first-frame", "--init-image"),
    "--last-image": ("--end-image", "--end-image-url", "--last-frame", "--end-frame", "--tail-image-url"),
    "--video": ("--video-url", "--video-urls"),
    "--audio-ref": ("--audio-url", "--audio-urls"),
    "--mask": ("--mask-url", "--mask-image", "--mask-image-url"),
    "--duration": ("--length", "--seconds"),
    "--size": ("--image-size", "--dimensions"),
    "--audio": ("--generate-audio",),
    "--output-format": ("--format", "--image-format"),
    "--model": ("--endpoint", "--endpoint-id", "--model-id"),
    "--param": ("--set",),
    "--overwrite": ("--force", "--clobber"),
    "--quiet": ("--silent", "--print-path", "--print-paths", "--paths", "--path-only", "--paths-only"),
    "--max-cost": ("--max-price", "--max-spend", "--budget", "--max-budget", "--spend-limit", "--cost-limit"),
}


AS_TYPED = f"{__name__}.as_typed"


def options_of(command: Any) -> dict[str, Any]:
    """Return the options of a command by all their names, those of other tools included."""
    params = getattr(command, "params", ())
    options = {name: each for each in params if hasattr(each, "is_flag") for name in (*each.opts, *each.secondary_opts)}
    if not isinstance(command, ModelCommand):
        return options
    twins = {alias: options[flag] for flag, aliases in ALIASES.items() if flag in options for alias in aliases}
    return twins | options


class Command(TyperCommand):
    """A command with a help page of ours."""

    allow_extra_args = True  # they are refused here, with the flags that they may belong to

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        ctx.meta[AS_TYPED] = [*args]  # for a corrected command line
        try:
            rest = super().parse_args(ctx, args)
        except typer.TyperException as error:
            # Some mistakes come without the command that they were made in, whose help is to be named.
            if getattr(error, "ctx", None) is None:
                error.ctx = ctx  # type: ignore[attr-defined]
            raise
        if rest and not ctx.resilient_parsing:
            from openclaw_fal.commands.other_flags import stray_words

            raise stray_words(ctx, rest)
        return rest

    def invoke(self, ctx: Any) -> Any:
        if not any(each.name == "max_cost" for each in self.params):  # such a command submits nothing
            runtime_of(ctx).not_done = ""
        return super().invoke(ctx)

    def get_help(self, ctx: Any) -> str:
        from openclaw_fal.commands.help_pages import page

        return page(ctx)


class ModelCommand(Command):
    """A command with a parameter ``model``, which takes the flags of other tools as well.

    With a model on the command line, its own inputs follow the help.
    """

    _model: str | None = None

    def make_parser(self, ctx: Any) -> Any:
        parser = super().make_parser(ctx)
        options = {name: option for option in self.get_params(ctx) for name in option.opts if name.startswith("--")}
        for flag, aliases in ALIASES.items():
            if (option := options.get(flag)) is None:
                continue
            twin = copy.copy(option)
            twin.opts = [alias for alias in aliases if alias not in options]
            twin.secondary_opts = []
            if twin.opts:
                twin.add_to_parser(parser, ctx)
        return parser

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        args = _with_joined_parameters(args)
        # Help is printed before the other options are read.
        if any(arg in ctx.help_option_names for arg in args):
            self._model = self._model_in(ctx, args)
        return super().parse_args(ctx, args)

    def get_help(self, ctx: Any) -> str:
        text = super().get_help(ctx)
        if not self._model:
            return text
        from openclaw_fal.commands.help_pages import model_inputs

        return f"{text}\n\n{model_inputs(ctx, self._model)}"

    def _model_in(self, ctx: Any, args: list[str]) -> str | None:
        try:
            given, _rest, _order = self.make_parser(ctx).parse_args(args=[*args])
        except typer.TyperException:  # the mistake is reported where the arguments are read
            return None
        model = given.get("model")
        return model if isinstance(model, str) else None


def _with_joined_parameters(args: list[str]) -> list[str]:
    """Return arguments with ``-p NAME VALUE``, as other tools take it, as ``-p NAME=VALUE``."""
    joined: list[str] = []
    for word in args:
        is_value = len(joined) > 1 and joined[-2] in ("-p", "--param") and joined[-1].isidentifier()
        if is_value and not word.startswith("-"):
            joined[-1] = f"{joined[-1]}={word}"
        else:
            joined.append(word)
    return joined
