"""The command tree, and `main`: the one way into the program and the one place where errors become output."""

from __future__ import annotations

import copy
import importlib
import os
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from openclaw_fal import __version__
from openclaw_fal.commands.options import JsonOption, SandboxOption, check_choice, open_sandbox, runtime_of
from openclaw_fal.core.errors import Interrupted, OpenclawFalError, UsageError
from openclaw_fal.core.requests import LOG_LEVELS
from openclaw_fal.runtime import Runtime

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# A command's name is its module's: `image generate` is commands/image.py. Only modules that the command line may mean
# are imported: each tree of options that Typer need not build saves milliseconds at every start.
COMMANDS = (
    "onboard",
    "image",
    "video",
    "models",
    "tasks",
    "config",
    "infer",
    "capability",
    "completion",
    "sandbox",
)


def build(words: Sequence[str] | None = None) -> typer.Typer:
    """Return the program; with the ``words`` of a command line, only as much of it as they may mean."""
    app = typer.Typer(
        name="openclaw-fal",
        help="Make images and videos with fal.ai, with OpenClaw's commands and configuration.\n\n"
        "To begin: openclaw-fal onboard. To try it without a key: "
        'openclaw-fal --sandbox image generate --prompt "a red fox".',
        epilog="Variables: FAL_KEY or FAL_API_KEY is the key; OPENCLAW_CONFIG_PATH names the configuration file, "
        "OPENCLAW_STATE_DIR the folder for everything; OPENCLAW_FAL_BASE_URL is a server in the place of fal's.\n\n"
        "Exit codes: 0 done, 1 failed, 2 usage (nothing sent), 3 key, 4 account, 5 input refused, 6 job failed, "
        "7 nothing submitted, 8 submitted or not is unknown, 9 still running, 10 files missing, 130 interrupted.",
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_global_options)
    asks_for_version = words is not None and words[:1] in (["--version"], ["-V"])
    for name in () if asks_for_version else _meant(COMMANDS, words):
        importlib.import_module(f"openclaw_fal.commands.{name}").add_to(app)
    _prune(app, words)
    return app


def _meant(names: Sequence[str], words: Sequence[str] | None) -> Sequence[str]:
    """Return the names among the words, or all names when there is none: then it is help or a mistake.

    A word may be an option's value as well; then one command too many is built, never one too few.
    """
    return (words is not None and [name for name in names if name in words]) or names


def _prune(app: typer.Typer, words: Sequence[str] | None) -> None:
    """Leave out the commands of a group that are not meant: Typer reads the signature of each that is left."""
    for group in app.registered_groups:
        if group.typer_instance is None:
            continue
        group.typer_instance = copy.copy(group.typer_instance)
        commands = {
            command.name or _name_of(command.callback): command for command in group.typer_instance.registered_commands
        }
        meant = _meant(list(commands), words)
        group.typer_instance.registered_commands = [commands[name] for name in meant]
        _prune(group.typer_instance, words)


def _name_of(callback: Callable[..., object] | None) -> str:
    return getattr(callback, "__name__", "").replace("_", "-")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"openclaw-fal {__version__}")
        raise typer.Exit


def _choose_profile(context: typer.Context, name: str | None) -> None:
    if name is not None:
        runtime_of(context).profile = name


def _choose_color(context: typer.Context, unwanted: bool) -> None:
    if unwanted:
        runtime_of(context).color = False


def _choose_log_level(context: typer.Context, level: str | None) -> None:
    if level is not None:
        check_choice("--log-level", level, LOG_LEVELS)
        runtime_of(context).log_level = level


def _global_options(
    profile: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Keep configuration, key and tasks of this name apart from all others.",
            callback=_choose_profile,
            is_eager=True,
        ),
    ] = None,
    as_json: JsonOption = False,
    sandbox: SandboxOption = False,
    no_color: Annotated[
        bool,
        typer.Option(
            "--no-color", help="No colors, as with the variable NO_COLOR.", callback=_choose_color, is_eager=True
        ),
    ] = False,
    log_level: Annotated[
        str | None,
        typer.Option(
            metavar="LEVEL",
            help=f"How much is told on stderr: {', '.join(LOG_LEVELS)}. error leaves out warnings, warn leaves out "
            "notes and progress; debug and trace show each request and reply, without secrets.",
            show_default="info",
            callback=_choose_log_level,
            is_eager=True,
        ),
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", "-V", help="Show the version.", is_eager=True, callback=_show_version)
    ] = False,
) -> None:
    """Leave it to the callbacks of the options, which can stand behind a command as well."""


def _accept_everywhere(command: Any, options: Sequence[Any]) -> None:
    """Let the global options stand behind a command, too; its help leaves that to the program's."""
    for sub in command.commands.values() if hasattr(command, "commands") else ():
        known = {name for option in sub.params for name in option.opts}
        sub.params += [option for option in options if known.isdisjoint(option.opts)]
        sub.epilog = "Also --profile, --log-level and others, see: openclaw-fal --help"
        _accept_everywhere(sub, options)


def _as_hidden(option: Any) -> Any:
    option = copy.copy(option)
    option.hidden, option.expose_value = True, False
    return option


def main(argv: Sequence[str] | None = None, runtime: Runtime | None = None) -> int:
    """Run one command line and return its exit status.

    Foreseen failures become a message and a status here and nowhere else. Anything unforeseen is a bug: its traceback
    is left to be seen.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    runtime = runtime or Runtime()
    runtime.open_sandbox = open_sandbox
    try:
        with runtime.signals.caught():
            try:
                return _run(arguments, runtime)
            finally:
                with runtime.signals.held(counts_after=False):
                    runtime.close()
    except Interrupted as second:
        return second.exit_code
    except BrokenPipeError:
        # Whoever read our output has gone; what is left of it must not raise at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 1


def _run(arguments: list[str], runtime: Runtime) -> int:
    try:
        return _invoke(arguments, runtime)
    except Interrupted as interrupt:
        return _report_interrupt(runtime, interrupt)
    except OpenclawFalError as error:
        # Whoever was to be told in JSON is, also if the mistake stands before that flag.
        runtime.json = runtime.json or (isinstance(error, UsageError) and "--json" in arguments)
        return _report(runtime, error)
    except typer.TyperException as error:
        runtime.json = runtime.json or "--json" in arguments
        if type(error).__name__ == "NoArgsIsHelpError" and not runtime.json:
            return _show_help(error)
        return _report(runtime, _usage_error(error))


def _invoke(arguments: list[str], runtime: Runtime) -> int:
    # Help and completion scripts are about the whole program.
    is_about_all = not {"-h", "--help", "completion"}.isdisjoint(arguments)
    program = typer.main.get_command(build(None if is_about_all else arguments))
    _accept_everywhere(program, [_as_hidden(option) for option in program.params])
    returned = program(arguments, prog_name="openclaw-fal", obj=runtime, standalone_mode=False)
    return returned if isinstance(returned, int) else 0


def _show_help(error: typer.TyperException) -> int:
    """Answer the program's name alone with its help, as asked for; a group's alone is a command cut short."""
    context = getattr(error, "ctx", None)
    is_program = context is not None and context.parent is None
    typer.echo(error.format_message(), err=not is_program)
    return 0 if is_program else UsageError.exit_code


def _usage_error(error: typer.TyperException) -> UsageError:
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "openclaw-fal"
    message = error.format_message()
    return UsageError("Missing command." if message.startswith("Usage:") else message, hint=f"{path} --help")


def _report(runtime: Runtime, error: OpenclawFalError) -> int:
    """Tell an error, and those of other tasks that came with it; the first one names the status."""
    with runtime.signals.held(counts_after=False):
        for told in (error, *error.others):
            if runtime.profile and told.hint:
                # Tasks are kept apart by profile: without it the command would not find them.
                told.hint = told.hint.replace("openclaw-fal tasks", f"openclaw-fal --profile {runtime.profile} tasks")
            runtime.messages.error(told)
        try:
            runtime.out.failure(error)
        except OpenclawFalError as unwritten:
            runtime.messages.error(unwritten)
    return error.exit_code


def _report_interrupt(runtime: Runtime, interrupt: Interrupted) -> int:
    """Say where things stand: the task is kept, and here is how to take it up or to stop it."""
    from openclaw_fal.actions.tasks import cancel_as_asked, interrupted

    try:
        answer = cancel_as_asked(runtime)
    except Interrupted:  # again, while fal was asked: then the task goes on
        answer = None
    # Another signal must not come between the task and the words that tell how to find it again.
    with runtime.signals.held():
        error = interrupted(runtime)
        if answer:
            error.message = f"Stopped waiting. {answer}"
        _report(runtime, error)
    return interrupt.exit_code
