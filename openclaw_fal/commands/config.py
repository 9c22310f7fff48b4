"""`openclaw-fal config …`."""

# No `from __future__ import annotations`: Typer would have to read each annotation back from text, at every start.
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from openclaw_fal.commands import options as opt
from openclaw_fal.core.errors import ConfigError, UsageError
from openclaw_fal.core.program import command
from openclaw_fal.core.requests import SECRET_SOURCES
from openclaw_fal.core.text import unreadable_reason

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openclaw_fal.config.edits import Change, CheckedReferences, Edit, Expectation
    from openclaw_fal.config.json5_parser import Json5SyntaxError
    from openclaw_fal.config.settings_schema import Issue
    from openclaw_fal.runtime import Runtime

app = typer.Typer(name="config", help="Read and change the configuration file.")

_PATH_HELP = 'Path, such as agents.defaults.mediaMaxMb, fallbacks[0] or auth.profiles["fal:default"].'

_OPENERS = ("{", "[", '"', "'")

PathArgument = Annotated[str, typer.Argument(metavar="PATH", help=_PATH_HELP)]
OptionalPathArgument = Annotated[
    str | None, typer.Argument(metavar="[PATH]", help=f"{_PATH_HELP} Default: everything.", show_default=False)
]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Check the change and report it without writing.")]
AllowExecOption = Annotated[
    bool, typer.Option("--allow-exec", help="Let --dry-run run the commands of exec references.")
]


@app.command()
def get(context: typer.Context, path: OptionalPathArgument = None, as_json: opt.JsonOption = False) -> None:
    """Print a value: strings and numbers as they are, the rest as JSON.

    Secrets are printed as __OPENCLAW_REDACTED__.
    """
    from openclaw_fal.config.path import parse_path
    from openclaw_fal.core.secrets import redact_config

    runtime = opt.runtime_of(context)
    steps = parse_path(path) if path else ()
    value = redact_config(runtime.config.value_at(steps), steps)
    if runtime.json or isinstance(value, dict | list):
        runtime.out.data(value)
    else:
        runtime.out.line(value if isinstance(value, str) else json.dumps(value))


@app.command("set")
def set_(
    context: typer.Context,
    path: Annotated[str | None, typer.Argument(metavar="PATH", help=_PATH_HELP, show_default=False)] = None,
    value: Annotated[
        str | None,
        typer.Argument(metavar="VALUE", help="JSON5; anything else is stored as a string.", show_default=False),
    ] = None,
    strict_json: Annotated[
        bool, typer.Option("--strict-json", help="Refuse a value that is not JSON5, as --json does.")
    ] = False,
    merge: Annotated[
        bool, typer.Option("--merge", help="Merge an object into the existing one; null deletes a member.")
    ] = False,
    replace: Annotated[
        bool,
        typer.Option("--replace", help="Replace a value even if that removes models, providers, plugins or accounts."),
    ] = False,
    expect_current_json: Annotated[
        str | None,
        typer.Option(metavar="JSON", help="Write only if the current value equals this.", show_default=False),
    ] = None,
    expect_current_absent: Annotated[
        bool, typer.Option("--expect-current-absent", help="Write only if no value is set.")
    ] = False,
    batch_json: Annotated[
        str | None,
        typer.Option(metavar="JSON", help="Set several values, all or none: [{path, value}, …].", show_default=False),
    ] = None,
    batch_file: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help="Like --batch-json, from a file; `-` reads standard input.", show_default=False
        ),
    ] = None,
    ref_provider: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Store a reference to a secret of this provider, instead of a value.",
            show_default="default",
        ),
    ] = None,
    ref_source: Annotated[
        str | None, typer.Option(metavar="SOURCE", help="Kind of the reference: env, file or exec.", show_default=False)
    ] = None,
    ref_id: Annotated[
        str | None,
        typer.Option(metavar="ID", help="Variable, JSON pointer or id that the reference names.", show_default=False),
    ] = None,
    dry_run: DryRunOption = False,
    allow_exec: AllowExecOption = False,
    as_json: opt.JsonOption = False,
) -> None:
    """Set a value. Comments and formatting are kept, and the previous file is saved as .bak."""
    from openclaw_fal.config.edits import Set
    from openclaw_fal.config.path import parse_path

    runtime = opt.runtime_of(context)
    _refuse_together("--merge", merge, "--replace", replace)
    expect = _read_expectation(expect_current_json, expect_current_absent)
    reference = _read_reference(ref_source, ref_provider, ref_id)
    is_batch = batch_json is not None or batch_file is not None
    is_strict = strict_json or as_json
    if reference and path is not None and value is None and not is_batch:
        pairs: list[tuple[str, Any]] = [(path, reference)]
    elif not reference and not is_batch and path is not None and value is not None:
        pairs = [(path, _read_value(value, strict=is_strict))]
    elif not reference and path is None and expect is None and (batch_json is None) != (batch_file is None):
        pairs = _read_batch(runtime, batch_json, batch_file)
    else:
        raise UsageError(
            "Give PATH and VALUE, PATH and --ref-…, --batch-json or --batch-file. --expect-current-… needs a PATH.",
            hint=command("config set --help"),
        )
    edits = [Set(parse_path(path), value, merge, replace, expect) for path, value in pairs]
    mode = "builder" if reference else "value" if path is not None and not is_strict else "json"
    _change(runtime, edits, mode, dry_run=dry_run, may_run=allow_exec)


@app.command()
def unset(
    context: typer.Context,
    path: PathArgument,
    dry_run: DryRunOption = False,
    as_json: opt.JsonOption = False,
) -> None:
    """Remove a value. Comments and formatting are kept, and the previous file is saved as .bak."""
    from openclaw_fal.config.edits import Unset
    from openclaw_fal.config.path import parse_path

    _change(opt.runtime_of(context), [Unset(parse_path(path))], "unset", dry_run=dry_run)


@app.command()
def patch(
    context: typer.Context,
    file: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="JSON5 file with the patch; `-` reads standard input.", show_default=False),
    ] = None,
    stdin: Annotated[bool, typer.Option("--stdin", help="Read the patch from standard input.")] = False,
    replace_path: Annotated[
        list[str] | None,
        typer.Option(metavar="PATH", help="Replace the value at this path instead of merging. Repeatable."),
    ] = None,
    dry_run: DryRunOption = False,
    allow_exec: AllowExecOption = False,
    as_json: opt.JsonOption = False,
) -> None:
    """Merge an object into the configuration.

    Objects merge, null deletes, and any other value replaces. Comments and formatting are kept.
    """
    from openclaw_fal.config.edits import Patch, split_patch
    from openclaw_fal.config.path import parse_path

    runtime = opt.runtime_of(context)
    if (file is None) != stdin:
        raise UsageError("Give either --file FILE or --stdin.")
    value = _read_json5(_read_text(runtime, file or "-"), "The patch")
    if not isinstance(value, dict):
        raise UsageError("The patch is not an object. Give one such as {agents: {defaults: {mediaMaxMb: 20}}}.")
    edits = split_patch(Patch(value), [parse_path(path) for path in replace_path or ()])
    _change(runtime, edits, "json", dry_run=dry_run, may_run=allow_exec)


@app.command()
def file(context: typer.Context, as_json: opt.JsonOption = False) -> None:
    """Print the path of the configuration file, existing or not."""
    runtime = opt.runtime_of(context)
    path = runtime.paths.config_file
    _answer(runtime, {"path": str(path), "exists": os.path.exists(path)}, str(path))


@app.command()
def schema(context: typer.Context, as_json: opt.JsonOption = False) -> None:
    """Print the JSON Schema of the settings that openclaw-fal reads.

    Other settings are allowed and ignored.
    """
    from openclaw_fal.config.settings_schema import SCHEMA

    opt.runtime_of(context).out.data(SCHEMA)


@app.command()
def validate(context: typer.Context, as_json: opt.JsonOption = False) -> None:
    """Check the configuration. The exit status is 1 if a setting is wrong; unknown settings are allowed."""
    runtime = opt.runtime_of(context)
    path = runtime.paths.config_file
    issues = _find_issues(runtime)
    errors = [issue for issue in issues if issue.level == "error"]
    warnings = [issue for issue in issues if issue.level == "warning"]
    for warning in warnings:
        runtime.messages.warning(str(warning))
    document = {"valid": not errors, "path": str(path)}
    document |= {"issues": [issue.as_json() for issue in errors]} if errors else {}
    document |= {"warnings": [issue.as_json() for issue in warnings]}
    if errors:
        raise ConfigError("\n".join([f"{path} is not valid:", *map(str, errors)]), facts=document)
    _answer(runtime, document, f"Config valid: {path}")


# --- input ------------------------------------------------------------------------------------


def _refuse_together(first: str, is_first: bool, second: str, is_second: bool) -> None:
    if is_first and is_second:
        raise UsageError(f"{first} and {second} can't be combined. Give one of them.")


def _read_expectation(text: str | None, absent: bool) -> "Expectation | None":
    from openclaw_fal.config.edits import Expectation

    _refuse_together("--expect-current-json", text is not None, "--expect-current-absent", absent)
    if text is not None:
        return Expectation(_read_json5(text, "--expect-current-json"))
    return Expectation(absent=True) if absent else None


def _read_reference(source: str | None, provider: str | None, name: str | None) -> dict[str, str] | None:
    if source is None and provider is None and name is None:
        return None
    if source is None or not name:
        raise UsageError("A reference needs --ref-source and --ref-id.", hint=command("config set --help"))
    return {
        "source": opt.checked_choice("--ref-source", source, SECRET_SOURCES),
        "provider": provider or "default",
        "id": name,
    }


def _read_value(text: str, *, strict: bool) -> Any:
    from openclaw_fal.config.json5_parser import Json5SyntaxError, parse, value_of

    try:
        return value_of(parse(text))
    except Json5SyntaxError as error:
        # A value that starts like JSON5 was meant to be that.
        if not strict and text.lstrip()[:1] not in _OPENERS:
            return text
        raise _not_json5("VALUE", error, f"column {error.column}: {error.message}") from error


def _read_json5(text: str, name: str) -> Any:
    from openclaw_fal.config.json5_parser import Json5SyntaxError, parse, value_of

    try:
        return value_of(parse(text))
    except Json5SyntaxError as error:
        raise _not_json5(name, error, str(error)) from error


def _not_json5(name: str, error: "Json5SyntaxError", reason: str) -> UsageError:
    from openclaw_fal.config.json5_parser import Json5DepthError

    if isinstance(error, Json5DepthError):
        return UsageError(f"{name} is {error.message}. Nothing was written.")
    hint = "A string needs its own quotes: '\"text\"'" if name == "VALUE" else None
    return UsageError(f"{name} is not JSON5: {reason}.", hint=hint)


def _read_batch(runtime: "Runtime", batch_json: str | None, batch_file: str | None) -> list[tuple[str, Any]]:
    name = "--batch-json" if batch_file is None else "--batch-file"
    batch = _read_json5(batch_json or "" if batch_file is None else _read_text(runtime, batch_file), name)
    if not isinstance(batch, list) or not batch:
        raise UsageError(f'{name} is not a list of changes. Give [{{path: "a.b", value: 1}}, …].')
    for number, item in enumerate(batch, start=1):
        if not isinstance(item, dict) or set(item) != {"path", "value"} or not isinstance(item["path"], str):
            raise UsageError(f"{name}: entry {number} must have a path and a value, and nothing else.")
    return [(item["path"], item["value"]) for item in batch]


def _read_text(runtime: "Runtime", file: str) -> str:
    if file == "-":
        return runtime.stdin_text
    from openclaw_fal.store.paths import read_text

    try:
        return read_text(Path(file))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} can't be read: {unreadable_reason(error)}.") from error


# --- output -----------------------------------------------------------------------------------


def _answer(runtime: "Runtime", document: dict[str, Any], line: str) -> None:
    if runtime.json:
        runtime.out.data(document)
    else:
        runtime.out.line(line)


def _change(
    runtime: "Runtime", edits: "Sequence[Edit]", input_mode: str, *, dry_run: bool, may_run: bool = False
) -> None:
    """Change the file, or with ``dry_run`` only plan the change, and report it."""
    from openclaw_fal.config.change import change_config, plan_change
    from openclaw_fal.config.edits import Patch
    from openclaw_fal.config.path import show_path

    change = plan_change(runtime.config, edits) if dry_run else change_config(runtime.config, edits)
    path = runtime.paths.config_file
    references = _followed(runtime, change, edits, may_run=may_run) if dry_run else None
    document = change.as_json(input_mode=input_mode, references=references)
    if document["errors"] and runtime.json:
        runtime.out.data(document)
    change.refuse_errors()
    if references and references.errors:
        raise ConfigError("\n".join(f"{error['path']}: {error['message']}" for error in references.errors))
    for note in change.notes:
        runtime.messages.note(note)
    for warning in change.warnings:
        runtime.messages.warning(str(warning))
    verb = "Nothing to change" if change.is_empty else "Would change" if dry_run else "Changed"
    paths = ", ".join(show_path(edit.path) for edit in edits if not isinstance(edit, Patch))
    _answer(runtime, document, f"{verb}: {paths or 'several settings'} in {path}")


def _followed(runtime: "Runtime", change: "Change", edits: "Sequence[Edit]", *, may_run: bool) -> "CheckedReferences":
    from openclaw_fal.config.edits import check_references

    settings = change.after.settings
    return check_references(edits, settings, runtime.variables(settings), may_run=may_run)


def _find_issues(runtime: "Runtime") -> "Sequence[Issue]":
    from openclaw_fal.config.settings_schema import Issue

    try:
        config = runtime.config
    except ConfigError as error:
        return [Issue((), error.message, line=getattr(error.__cause__, "line", None))]
    return config.issues if config.exists else [Issue((), "the file does not exist")]
