"""Options that a command takes as a group: those that several commands share, and OpenClaw's, which are ignored."""

# No `from __future__ import annotations`: Typer would have to read each annotation back from text, at every start.
import inspect
from collections.abc import Callable
from functools import cache, wraps
from itertools import chain
from typing import Annotated, Any

import typer

from openclaw_fal.commands import options as opt
from openclaw_fal.core.kinds import KIND_ROWS
from openclaw_fal.core.records import Record
from openclaw_fal.core.requests import INTERRUPT_POLICIES, PROGRESS_MODES

Command = Callable[..., Any]


class Flags:
    """A group of options, as annotated attributes with their defaults, which `gathering` gives to a command.

    Not a dataclass: to define one takes longer than to parse the command line, at every start.
    """

    def __init__(self, **given: Any) -> None:
        self.__dict__.update(given)

    @classmethod
    @cache
    def parameters(cls) -> list[inspect.Parameter]:
        """Return a parameter for each option, those of base classes first."""
        options: dict[str, Any] = {}
        for group in reversed(cls.__mro__):
            options |= inspect.get_annotations(group)
        return [_keyword(name, annotation, getattr(cls, name)) for name, annotation in options.items()]


class JobFlags(Flags):
    """How any command that makes something carries it out. A subclass per kind has the kind's own defaults."""

    param: opt.ParamOption = None
    no_validate: opt.NoValidateOption = False
    output: Annotated[str | None, opt.output_option(opt.default_names("KIND"))] = None
    overwrite: opt.OverwriteOption = False
    if_exists: opt.IfExistsOption = None
    sidecar: opt.SidecarOption = False
    embed_metadata: opt.MetadataOption = False
    timeout_ms: Annotated[int | None, opt.timeout_option(KIND_ROWS["any"].timeout_s)] = None
    on_interrupt: opt.InterruptOption = INTERRUPT_POLICIES[0]
    progress: opt.ProgressOption = PROGRESS_MODES[0]
    detach: opt.DetachOption = False
    reuse: opt.ReuseOption = False
    max_cost: opt.MaxCostOption = None
    allow_unknown_cost: opt.AllowUnknownCostOption = False
    dry_run: opt.DryRunOption = False
    no_price: opt.NoPriceOption = False
    as_form: opt.AsOption = None
    summary: opt.SummaryOption = False
    quiet: opt.QuietOption = False
    preview: opt.PreviewOption = False
    open_files: opt.OpenOption = False
    notify: opt.NotifyOption = True
    print_form: opt.PrintOption = None


class Ignored(Record):
    """OpenClaw's flags that have no meaning at fal, by what they take. Accepted, so that its command lines work."""

    values: tuple[str, ...] = ()
    repeated: tuple[str, ...] = ()
    switches: tuple[str, ...] = ()
    hidden: bool = True

    def parameters(self) -> list[inspect.Parameter]:
        kinds = (self.values, str | None, None), (self.repeated, list[str] | None, None), (self.switches, bool, False)
        return [
            _keyword(name, Annotated[kind, self._option(name, is_switch=kind is bool)], default)
            for names, kind, default in kinds
            for name in names
        ]

    def _option(self, name: str, *, is_switch: bool) -> Any:
        names = [flag(name)] if is_switch else []
        return typer.Option(*names, metavar=None if is_switch else "X", help=opt.IGNORED_HELP, hidden=self.hidden)


def flag(name: str) -> str:
    """Return the flag of a parameter."""
    return f"--{name.replace('_', '-')}"


def ignoring(ignored: Ignored) -> Callable[[Command], Command]:
    """Give a command options that it never sees; those that were given are named in a note."""
    names = [*ignored.values, *ignored.repeated, *ignored.switches]

    def decorate(command: Command) -> Command:
        @wraps(command)
        def noting(context: typer.Context, **given: Any) -> None:
            values = {name: given.pop(name) for name in names}
            if used := [flag(name) for name, value in values.items() if value not in (None, False, [])]:
                opt.note_ignored(context, used)
            command(context=context, **given)

        return _with_parameters(noting, [*_parameters(command), *ignored.parameters()])

    return decorate


def gathering(command: Command) -> Command:
    """Let each parameter that is a group of `Flags` stand for its options.

    Commands with twenty options in common state them once, and pass them on as one typed object.
    """
    own = _parameters(command)
    types = {each.name: each.annotation for each in own if _is_group(each.annotation)}
    groups = {name: [flag.name for flag in group.parameters()] for name, group in types.items()}

    @wraps(command)
    def gathered(**given: Any) -> Any:
        for name, flags in groups.items():
            given[name] = types[name](**{flag: given.pop(flag) for flag in flags})
        return command(**given)

    parameters = (types[each.name].parameters() if each.name in types else [each] for each in own)
    return _with_parameters(gathered, [*chain.from_iterable(parameters)])


def _is_group(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, Flags)


def _keyword(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default)


def _parameters(command: Callable[..., Any]) -> list[inspect.Parameter]:
    signature, keyword = inspect.signature(command, eval_str=True), inspect.Parameter.KEYWORD_ONLY
    return [each if each.kind is keyword else each.replace(kind=keyword) for each in signature.parameters.values()]


def _with_parameters(command: Command, parameters: list[inspect.Parameter]) -> Command:
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return command
