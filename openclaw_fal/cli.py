"""The command tree, and `main`: the entry point, and the one place where errors become output."""

# No `from __future__ import annotations`: Typer would have to read each annotation back from text, at every start.
import copy
import importlib
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache, partial
from typing import Annotated, Any

import typer
from typer.core import TyperCommand
from typer.main import get_command, get_command_from_info

from openclaw_fal import __version__
from openclaw_fal.commands.command_classes import Command, Group
from openclaw_fal.commands.options import (
    IGNORED_HELP,
    TASK_METAVARS,
    JsonOption,
    SandboxOption,
    be_quiet,
    checked_choice,
    note_ignored,
    open_sandbox,
    runtime_of,
)
from openclaw_fal.core import program
from openclaw_fal.core.errors import Interrupted, OpenclawFalError, UsageError
from openclaw_fal.core.requests import LOG_LEVELS
from openclaw_fal.runtime import Runtime

# The sentences repeat those of the commands, so that the program's help need not import them. A name is a key of
# `GROUPS`, or a file of commands/ with a Typer app. The app of a group has the name as well.
SECTIONS: Mapping[str, Mapping[str, str]] = {
    "Make": {
        "image": "Make and edit images.",
        "video": "Make videos.",
        "music": "Make music.",
        "run": "Run any model: speech, sound, 3-D, upscaling, vision, text.",
        "batch": "Make many results from a file; a later run makes only what is missing.",
        "upload": "Upload files to fal, and print the URL of each.",
        "models": "List fal's models, show what one takes, and set the defaults.",
    },
    "History": {
        "tasks": "List, wait for and cancel tasks, the jobs that you submitted.",
        "rerun": "Make a file again, with another seed, prompt, model, size or input.",
        "spend": "Show what your tasks have cost.",
        "gallery": "Write a page with everything that you made: pictures, videos, sounds and texts.",
    },
    "Set up": {
        "onboard": "Set up your fal key and the default models.",
        "config": "Read and change the configuration file.",
        "doctor": "Check configuration, key, network settings and tasks, and repair old names.",
        "completion": "Set up TAB completion of commands, flags, models and tasks.",
        "sandbox": "Run a local server that behaves like fal, until Ctrl-C.",
    },
    "More": {
        "help": "Show help for a command or a topic.",
        "version": "Show the version.",
        "infer": "OpenClaw's name for `image` and `video`.",
        "capability": "OpenClaw's older name for `infer`.",
    },
}
COMMANDS = tuple(name for names in SECTIONS.values() for name in names)

CLOSED_PIPE = 141  # what a shell says of a program that SIGPIPE ended

# What a group runs if no command of it is named, as in OpenClaw.
DEFAULT_COMMANDS = {"models": "status", "tasks": "list"}

# What a group runs if the first word names no command: a file is meant, or a flag.
COMMANDS_FOR_FILES = {"batch": "run"}

# Groups whose commands are in several files, or have other names there. For each command: its file in commands/, and
# its name there if that differs; or the key of the group that it is. Building a group imports none of its commands.
GROUPS: Mapping[str, Mapping[str, str]] = {
    "models": {
        **dict.fromkeys(("list", "remake-facts"), "models_list.py"),
        **dict.fromkeys(("show", "set", "status"), "models.py"),
        "auth": "models_auth.py",
        "aliases": "models.py",
    },
    "tasks": {
        **dict.fromkeys(("list", "show"), "tasks_list.py"),
        "wait": "tasks.py",
        "rerun": "rerun.py tasks-rerun",
        **dict.fromkeys(("preview", "open", "adopt", "cancel", "prune"), "tasks.py"),
    },
    "infer": {
        **dict.fromkeys(("list", "inspect"), "infer.py"),
        "image": "image.py",
        "video": "video.py",
        "model": "infer model",
    },
    "infer model": {"list": "models_list.py", "inspect": "models.py show", "auth": "infer model auth"},
    "infer model auth": {
        "status": "models.py status",
        "login": "models_auth.py paste-api-key",
        "logout": "models_auth.py",
    },
}
# The sentences of groups within groups; those of the others are in SECTIONS.
GROUP_HELP = {"infer model": "OpenClaw's name for `models`.", "infer model auth": "OpenClaw's name for `models auth`."}
HIDDEN_GROUPS = ("infer model",)


# --- the command tree --------------------------------------------------------------------------


@cache
def build() -> Group:
    """Return the program. Each of its commands is imported and built when it is first asked for, once in a process."""
    app = typer.Typer(
        name="openclaw-fal",
        cls=Group,
        help="Make images, videos, music and more with fal.ai, with OpenClaw's commands and configuration.",
        add_completion=False,
        rich_markup_mode=None,
        # fal's own names for inputs have underscores.
        context_settings={
            "help_option_names": ["-h", "--help"],
            "token_normalize_func": lambda name: name.replace("_", "-"),
        },
    )
    app.callback()(_global_options)
    root = get_command(app)
    assert isinstance(root, Group)  # noqa: S101
    shared = [_as_hidden(option) for option in root.params if option.name != "quiet"]
    places = {name: name if name in GROUPS else f"{name}.py" for name in COMMANDS} | {"capability": "infer"}
    return root.having({name: partial(_build, place, shared, name) for name, place in places.items()}, SECTIONS)


def _build(place: str, shared: list[Any], name: str) -> Any:
    """Build the command or group with this name, which is in a file of commands/ or a key of `GROUPS`."""
    if place in GROUPS:
        return _listed_group(place, shared, name)
    file, _, name_there = place.partition(" ")
    app = importlib.import_module(f"openclaw_fal.commands.{file.removesuffix('.py')}").app
    wanted = name_there or name
    if app.info.name == wanted:
        return _group(app, shared)
    if info := next((info for info in app.registered_commands if _name(info) == wanted), None):
        command = _command(info, shared)
        command.name = name
        return command
    return next(_group(each, shared) for each in _apps(app) if each.info.name == wanted)


def _listed_group(path: str, shared: list[Any], name: str) -> Group:
    sentence = GROUP_HELP.get(path) or next(names[name] for names in SECTIONS.values() if name in names)
    group = Group(name=name, help=sentence, hidden=path in HIDDEN_GROUPS, rich_markup_mode=None)
    return _having(group, {each: partial(_build, place, shared, each) for each, place in GROUPS[path].items()}, shared)


def _group(app: typer.Typer, shared: list[Any]) -> Group:
    builders = {_name(info): partial(_command, info, shared) for info in app.registered_commands}
    builders |= {str(each.info.name): partial(_group, each, shared) for each in _apps(app)}
    return _having(Group(name=app.info.name, help=app.info.help, rich_markup_mode=None), builders, shared)


def _having(group: Group, builders: Mapping[str, Callable[[], Any]], shared: list[Any]) -> Group:
    group.default = DEFAULT_COMMANDS.get(str(group.name))
    group.for_files = COMMANDS_FOR_FILES.get(str(group.name))
    _accept(shared, group)
    return group.having(builders)


def _apps(app: typer.Typer) -> list[typer.Typer]:
    return [info.typer_instance for info in app.registered_groups if info.typer_instance]


def _name(command: Any) -> str:
    return str(command.name or command.callback.__name__.replace("_", "-"))


def _command(info: Any, shared: list[Any]) -> Any:
    # Without rich, help and usage errors come 60 ms sooner.
    if info.cls is TyperCommand:
        info.cls = Command
    command = get_command_from_info(info, pretty_exceptions_short=False, rich_markup_mode=None)
    _accept(shared, command)
    return command


def _accept(shared: list[Any], command: Any) -> None:
    """Let the global options follow a command, too; only the program's help lists them."""
    known = {name for option in command.params for name in option.opts}
    command.params += [option for option in shared if known.isdisjoint(option.opts)]


def _as_hidden(option: Any) -> Any:
    option = copy.copy(option)
    option.hidden, option.expose_value = True, False
    return option


# --- global options ----------------------------------------------------------------------------


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"openclaw-fal {__version__}")
        raise typer.Exit


def _choose_profile(context: typer.Context, name: str | None) -> None:
    if name is not None:
        runtime_of(context).profile = name
        program.use_profile(name)


def _choose_color(context: typer.Context, unwanted: bool) -> None:
    if unwanted:
        runtime_of(context).color = False


def _choose_log_level(context: typer.Context, level: str | None) -> None:
    if level is not None:
        runtime_of(context).log_level = checked_choice("--log-level", level, LOG_LEVELS)


def _ignore_agent(context: typer.Context, agent: str | None) -> None:
    # OpenClaw takes it before and after any command: `infer image --agent main generate`.
    if agent is not None:
        # At the end, when it is known how much to print.
        context.call_on_close(partial(note_ignored, context, ["--agent"]))


def _global_options(
    profile: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Use a separate configuration, key and task list under this name.",
            callback=_choose_profile,
            is_eager=True,
        ),
    ] = None,
    as_json: JsonOption = False,
    sandbox: SandboxOption = False,
    no_color: Annotated[
        bool,
        typer.Option(
            "--no-color", help="Print without colors, as with NO_COLOR=1.", callback=_choose_color, is_eager=True
        ),
    ] = False,
    log_level: Annotated[
        str | None,
        typer.Option(
            metavar="LEVEL",
            help=f"How much to print on stderr: {', '.join(LOG_LEVELS)}. `warn` hides notes and progress, "
            "`error` also warnings; `debug` adds requests and replies.",
            show_default="info",
            callback=_choose_log_level,
            is_eager=True,
        ),
    ] = None,
    agent: Annotated[
        str | None, typer.Option(metavar="ID", help=IGNORED_HELP, hidden=True, callback=_ignore_agent, is_eager=True)
    ] = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", hidden=True, help="As after a command.", callback=be_quiet, is_eager=True)
    ] = False,
    version: Annotated[
        bool, typer.Option("--version", "-V", help="Show the version and exit.", is_eager=True, callback=_show_version)
    ] = False,
) -> None:
    """Do nothing: the callbacks of the options do, so that they can follow a command as well."""


# --- main --------------------------------------------------------------------------------------


def main(argv: Sequence[str] | None = None, runtime: Runtime | None = None) -> int:
    """Run one command line and return its exit status.

    Failures become a message and a status here and nowhere else. Unexpected ones have the code ``internal``.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    if runtime is None:
        runtime = Runtime()
        runtime.is_program = True
    program.use_profile(None)
    runtime.open_sandbox = open_sandbox
    try:
        with runtime.signals.caught():
            try:
                return _run(arguments, runtime)
            finally:
                with runtime.signals.held(raise_after=False):
                    runtime.close()
    except Interrupted as second:
        return second.exit_code
    except BrokenPipeError:
        # The reader of our output is gone. What is left in the buffer must not raise at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return CLOSED_PIPE
    except Exception as error:  # noqa: BLE001 - in closing what was opened
        return _report_bug(runtime, arguments, error)


def _run(arguments: list[str], runtime: Runtime) -> int:
    try:
        returned = build()(arguments, prog_name="openclaw-fal", obj=runtime, standalone_mode=False)
    except Interrupted as interrupt:
        return _report_interrupt(runtime, interrupt)
    except OpenclawFalError as error:
        # A mistake may stand before --json, which is then not parsed yet.
        runtime.json = runtime.json or (isinstance(error, UsageError) and "--json" in arguments)
        return _report(runtime, error)
    except typer.TyperException as error:
        runtime.json = runtime.json or "--json" in arguments
        return _report(runtime, _usage_error(error))
    except SystemExit as ended:
        # Typer ends the process with 1 when the reader of our output is gone.
        if isinstance(ended.__context__, BrokenPipeError):
            raise ended.__context__ from None
        raise
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001 - any other exception is a bug
        return _report_bug(runtime, arguments, error)
    return returned if isinstance(returned, int) else 0


def _usage_error(error: typer.TyperException) -> UsageError:
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "openclaw-fal"
    if context and (unknown := getattr(error, "option_name", None)) and hasattr(error, "possibilities"):
        from openclaw_fal.commands.unknown_flags import unknown_flag

        return unknown_flag(context, unknown)
    if context and getattr(getattr(error, "param", None), "metavar", None) in TASK_METAVARS:
        from openclaw_fal.commands.unknown_flags import missing_task

        return missing_task(context, error.format_message())
    is_missing = hasattr(error, "param_type")  # another argument, or the value of one
    if is_missing and context and getattr(context.parent.command if context.parent else None, "for_files", None):
        from openclaw_fal.commands.corrections import batch_of_typed_file

        if meant := batch_of_typed_file(context):
            return UsageError(error.format_message(), hint=meant)
    return UsageError(error.format_message(), hint=f"{path} --help")


def _report(runtime: Runtime, error: OpenclawFalError) -> int:
    """Print an error, and those of other tasks that came with it; the first one decides the exit status."""
    from openclaw_fal.core.secrets import redact

    with runtime.signals.held(raise_after=False):
        for each in (error, *error.others):
            # What was typed may be a key in the wrong place.
            each.problem, each.hint = redact(each.problem), redact(each.hint)
            runtime.messages.error(each)
        try:
            runtime.out.failure(error)
        except OpenclawFalError as unwritten:
            runtime.messages.error(unwritten)
    return error.exit_code


def _report_bug(runtime: Runtime, arguments: list[str], error: Exception) -> int:
    """Report an unexpected exception: its traceback is in a file, and tasks are kept."""
    from openclaw_fal.commands.answers import unforeseen

    runtime.bug = error
    runtime.json = runtime.json or "--json" in arguments
    bug = unforeseen(runtime, arguments, error)
    try:
        return _report(runtime, bug)
    except (BrokenPipeError, Interrupted):
        raise
    except Exception:  # noqa: BLE001 - the bug is in what shows messages
        return _report_plainly(runtime, bug)


def _report_plainly(runtime: Runtime, bug: OpenclawFalError) -> int:
    import json

    with suppress(OSError):
        sys.stderr.write(f"error: {bug.message}\n{bug.hint}\n")
        if runtime.json:
            sys.stdout.write(json.dumps({"ok": False, "error": bug.as_json()}) + "\n")
        sys.stdout.flush()
    return bug.exit_code


def _report_interrupt(runtime: Runtime, interrupt: Interrupted) -> int:
    """Print the state of the tasks, and how to wait for them or stop them."""
    from openclaw_fal.commands.answers import cancel_if_wanted, interruption

    answer = cancel_if_wanted(runtime)
    # Another signal must not come between the task and the message that says how to find it.
    with runtime.signals.held():
        _report(runtime, interruption(runtime, answer))
    return interrupt.exit_code
