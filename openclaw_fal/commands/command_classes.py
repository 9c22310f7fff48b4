"""The classes of commands and groups: what all have, and what those have that make something with a model."""

# No `from __future__ import annotations`: Typer would have to read each annotation back from text, at every start.
import copy
import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Self

import typer
from typer.core import TyperCommand, TyperGroup

from openclaw_fal.commands.options import runtime_of
from openclaw_fal.core.errors import UsageError

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
            from openclaw_fal.commands.unknown_flags import stray_words

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


class Group(TyperGroup):
    """A group whose commands are built when they are asked for.

    ``default`` is the command that runs when none is named, ``for_files`` the one for a first word that is not a
    command.
    """

    default: str | None = None
    for_files: str | None = None

    _sections: Mapping[str, Mapping[str, str]] | None = None

    def having(
        self, builders: Mapping[str, Callable[[], Any]], sections: Mapping[str, Mapping[str, str]] | None = None
    ) -> Self:
        """Set the commands, by the functions that build them, and return the group."""
        self.commands = LazyCommands(builders)  # type: ignore[assignment]  # no command is added later
        self._sections = sections
        return self

    def summaries(self) -> Mapping[str, Mapping[str, str]]:
        """Return the sentence of each command, under the headings of its help page."""
        if self._sections is not None:
            return self._sections
        shown = {name: each for name, each in self.commands.items() if not each.hidden}
        return {"Commands": {name: (each.help or "").partition("\n\n")[0] for name, each in shown.items()}}

    def get_help(self, ctx: Any) -> str:
        from openclaw_fal.commands.help_pages import page

        return page(ctx)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        word = args[0]
        if word in self.commands or word.replace("_", "-") in self.commands or word.startswith("-"):
            return super().resolve_command(ctx, args)
        from openclaw_fal.commands.openclaw_commands import openclaws_command
        from openclaw_fal.commands.unknown_commands import unknown_command

        words = [*ctx.command_path.split()[1:], word]
        raise openclaws_command(words, args[1:]) or unknown_command(
            words, self.commands, args[1:], ctx.find_root().command, runtime_of(ctx)
        )

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Answer the program's name alone with its help; a group's name alone is its default command."""
        ctx.meta[AS_TYPED] = [*args]
        is_file = bool(args) and args[0] not in (*self.commands, "-h", "--help", "--json")
        if self.for_files and is_file and not ctx.resilient_parsing and not self._is_elsewhere(ctx, args[0]):
            args = [self.for_files, *args]
        if self.default and not ctx.resilient_parsing and self._names_no_command(args):
            args = [self.default, *args]
        if args or ctx.resilient_parsing or runtime_of(ctx).json:
            return super().parse_args(ctx, args)
        is_program = ctx.parent is None
        typer.echo(ctx.get_help(), err=not is_program)
        raise typer.Exit(0 if is_program else UsageError.exit_code)

    def _is_elsewhere(self, ctx: Any, word: str) -> bool:
        """Return whether a word is a command of another tool, and no file: `batch image prompts.txt`."""
        if not word.isalpha() or os.path.exists(word):
            return False
        from openclaw_fal.commands.unknown_commands import is_known

        return is_known(f"{ctx.info_name} {word}")

    def _names_no_command(self, args: list[str]) -> bool:
        asks_for_help = not {"-h", "--help"}.isdisjoint(args)
        begins_with_flag = not args or args[0].startswith("-")
        return begins_with_flag and not asks_for_help and self.commands.keys().isdisjoint(args)


class LazyCommands(Mapping[str, Any]):
    """Commands by name. Typer reads every option of a command that it builds, so only what is asked for is built."""

    def __init__(self, builders: Mapping[str, Callable[[], Any]]) -> None:
        self._builders = builders
        self._built: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._built:
            self._built[name] = self._builders[name]()
        return self._built[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._builders)

    def __len__(self) -> int:
        return len(self._builders)
