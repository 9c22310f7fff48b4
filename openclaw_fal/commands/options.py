"""Options that several commands share, and the way from a context to the runtime."""

# No `from __future__ import annotations`: Typer would have to read each annotation back from text, at every start.
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from openclaw_fal.core.errors import RequestError, UsageError
from openclaw_fal.core.requests import IF_EXISTS, INTERRUPT_POLICIES, PRINT_FORMS, PROGRESS_MODES, choice
from openclaw_fal.runtime import Runtime

if TYPE_CHECKING:
    from openclaw_fal.core.requests import IfExists
    from openclaw_fal.runtime import PrivateSandbox

    IfExistsWord = IfExists
    Word = TypeVar("Word", bound=str)
else:
    IfExistsWord = str  # what Typer reads; a callback checks the word

# Arguments that take a task, `last` included.
TASK, TASKS, FILE_OR_TASK = TASK_METAVARS = "ID", "ID…", "FILE|ID"
TASK_HELP = "A unique prefix is enough; fal's request id and `last`, `last~1` … work too."
OPENCLAWS_NAMES = ("infer", "capability")  # of the group of all commands that make something


def runtime_of(context: typer.Context) -> Runtime:
    runtime = context.find_object(Runtime)
    if runtime is None:
        raise RuntimeError("the program was started without a runtime")
    return runtime


def open_sandbox(state_dir: Path) -> "PrivateSandbox":
    """Start a private sandbox that keeps its jobs in ``state_dir``, so that a later command can resume them."""
    from openclaw_fal.sandbox import Sandbox

    return Sandbox(state_dir=state_dir).start()


def checked_choice(flag: str, value: str, allowed: "Sequence[Word]") -> "Word":
    """Return the allowed word that was typed, in any case. Raises `UsageError` for any other."""
    word = choice(value, allowed)
    if word is None:
        raise UsageError(f"{flag} {value!r} is not known. Choose one of: {', '.join(allowed)}.")
    return word


# --- options -----------------------------------------------------------------------------------


def use_json(context: typer.Context, wanted: bool) -> bool:
    # Eager, so that a mistake in the rest of the command line is already reported in JSON.
    if wanted:
        runtime_of(context).json = True
    return wanted


def _use_sandbox(context: typer.Context, wanted: bool) -> bool:
    if wanted:
        runtime_of(context).in_sandbox = True
    return wanted


def _choose_notification(context: typer.Context, wanted: bool) -> bool:
    runtime_of(context).notifies = wanted
    return wanted


def be_quiet(context: typer.Context, wanted: bool) -> bool:
    if wanted:
        runtime_of(context).quiet = True
    return wanted


def _checked_if_exists(word: str | None) -> IfExistsWord | None:
    return None if word is None else checked_choice("--if-exists", word, IF_EXISTS)


def _choose_print_form(context: typer.Context, form: str | None) -> str | None:
    if form is not None:
        runtime_of(context).prints = checked_choice("--print", form, PRINT_FORMS)
    return form


def _choose_progress(context: typer.Context, mode: str) -> str:
    mode = checked_choice("--progress", mode, PROGRESS_MODES)
    runtime_of(context).progress_mode = mode
    return mode


def _choose_interrupt_policy(context: typer.Context, policy: str) -> str:
    policy = checked_choice("--on-interrupt", policy, INTERRUPT_POLICIES)
    runtime_of(context).cancel_on_interrupt = policy == "cancel"
    return policy


def _or_as_openclaw(context: typer.Context, wanted: bool) -> bool:
    """Replace files under OpenClaw's own names for a command, because its scripts count on that."""
    return wanted or _is_openclaws(context)


def _is_openclaws(context: typer.Context) -> bool:
    return any(name in context.command_path.split() for name in OPENCLAWS_NAMES)


def not_empty_model(context: typer.Context, param: typer.CallbackParam, model: str | None) -> str | None:
    """Refuse an empty model, such as that of an unset variable of the shell; OpenClaw uses the default."""
    if model is None or model.strip() or _is_openclaws(context):
        return model
    is_option = param.param_type_name == "option"
    name = "--model" if is_option else "REF"
    raise RequestError(f"{name} is empty.", hint="Leave it out to use the default model." if is_option else None)


JsonOption = Annotated[
    bool,
    typer.Option("--json", help="Print one JSON document, errors included.", is_eager=True, callback=use_json),
]
SandboxOption = Annotated[
    bool,
    typer.Option(
        "--sandbox",
        help="Use a sandbox instead of fal: no key, no cost. It makes placeholder files.",
        callback=_use_sandbox,
        is_eager=True,
    ),
]
ModelArgument = Annotated[
    str,
    typer.Argument(metavar="REF", help="Model: fal/ID, its page at fal.ai, or a short name.", callback=not_empty_model),
]
PromptArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[PROMPT]",
        help="Text prompt; `-` is standard input, `@FILE` a file. Put it in quotes. Write @@ to begin a prompt with @.",
    ),
]
PromptOption = Annotated[
    str | None, typer.Option(metavar="TEXT", help="Same as PROMPT, for OpenClaw compatibility.", show_default=False)
]
SizeOption = Annotated[
    str | None,
    typer.Option(
        metavar="WxH",
        help="Size in pixels, such as 1024x1536. Models without sizes get the closest aspect ratio.",
    ),
]
AspectRatioOption = Annotated[
    str | None,
    typer.Option(metavar="W:H", help="Aspect ratio: 1:1, 16:9, 2:3 and so on. The model's closest is used."),
]
SeedOption = Annotated[int | None, typer.Option(metavar="N", help="Seed, for reproducible results.")]
ParamOption = Annotated[
    list[str] | None,
    typer.Option(
        "--param",
        "-p",
        metavar="NAME=VALUE",
        help="Any other input of the model. NAME=VALUE, NAME:=JSON or NAME=@FILE. Repeatable.",
    ),
]
SkipHealthOption = Annotated[bool, typer.Option("--skip-health", help="Store the key without checking it with fal.")]
NoValidateOption = Annotated[
    bool, typer.Option("--no-validate", help="Send inputs that the model's schema refuses. They may be billed.")
]
NegativePromptOption = Annotated[
    str | None, typer.Option(metavar="TEXT", help="What to avoid, if the model supports it.")
]
StepsOption = Annotated[int | None, typer.Option(metavar="N", min=1, help="Inference steps, if the model supports it.")]
GuidanceOption = Annotated[float | None, typer.Option(metavar="N", help="Guidance scale, if the model supports it.")]
OverwriteOption = Annotated[bool, typer.Option("--overwrite", help="Replace existing files.", callback=_or_as_openclaw)]
InterruptOption = Annotated[
    str,
    typer.Option(
        metavar="WHAT",
        help="On Ctrl-C or timeout: `keep` the job running, or `cancel` it.",
        callback=_choose_interrupt_policy,
    ),
]
ProgressOption = Annotated[
    str,
    typer.Option(
        metavar="MODE",
        help="Progress on stderr: auto, plain, json or none. `auto` is live on a terminal, else plain; `plain` is a "
        "line per change, `json` an object per line.",
        callback=_choose_progress,
    ),
]
DetachOption = Annotated[
    bool, typer.Option("--detach", help="Submit, print the task id and exit. `tasks wait ID` fetches the files.")
]
QuietOption = Annotated[
    bool,
    typer.Option("--quiet", "-q", help="Print only the paths of the files.", callback=be_quiet, is_eager=True),
]
PreviewOption = Annotated[
    bool, typer.Option("--preview", help="Show pictures in the terminal. OPENCLAW_FAL_PREVIEW=1 always does this.")
]
OpenOption = Annotated[bool, typer.Option("--open", help="Open the files with the system's viewer.")]
NotifyOption = Annotated[
    bool,
    typer.Option(
        "--notify/--no-notify",
        help="Ring the terminal's bell and send a notification when a job that took over 20 s ends.",
        callback=_choose_notification,
        show_default=False,
    ),
]
IfExistsOption = Annotated[
    IfExistsWord | None,
    typer.Option(
        "--if-exists",
        metavar="WHAT",
        help="If a file name is taken: `skip` the request, `rename` the new file, `overwrite` the old one, or `fail`.",
        show_default="fail, but names that you did not choose are changed",
        callback=_checked_if_exists,
    ),
]
PrintOption = Annotated[
    str | None,
    typer.Option(
        "--print",
        metavar="WHAT",
        help="Print only the `path` or `url` of each file, or the task's `id`.",
        callback=_choose_print_form,
        is_eager=True,
    ),
]
ReuseOption = Annotated[
    bool, typer.Option("--reuse", help="Follow an identical open request instead of submitting again.")
]


def model_option(default: str) -> Any:
    """Return the option for a model of one kind; ``default`` is used when none is configured."""
    return typer.Option(
        "--model",
        "-m",
        callback=not_empty_model,
        metavar="REF",
        help="Model: fal/ID, its page at fal.ai, or a short name. Fallbacks are not tried. "
        "List models with: openclaw-fal models list",
        show_default=f"the configured models, else {default}",
    )


def output_option(default: str) -> Any:
    """Return the option for where files go; ``default`` describes what happens without it."""
    return typer.Option(
        "--output",
        "-o",
        metavar="PATH",
        help="File, folder/, template, or `-` for standard output. A template has {index}, {name}, {ext}, {task}, "
        "{seed} or {model}.",
        show_default=default,
    )


def timeout_option(default_s: float) -> Any:
    """Return the option for the time limit; ``default_s`` is the one without it, in seconds."""
    return typer.Option(
        metavar="MS",
        min=1,
        help="Time limit of the command, in milliseconds. A file that is arriving gets 60 s more.",
        show_default=f"{default_s * 1000:.0f} ({default_s / 60:g} minutes)",
    )


def default_names(stem: str) -> str:
    """Describe the names of files without ``--output``."""
    return f"{stem}-DATE-TIME-N.EXT in the current folder"


MaxCostOption = Annotated[
    str | None,
    typer.Option(
        metavar="USD",
        help="Send nothing that may cost more, in US dollars. Refuses unknown costs. Fetches the model's price.",
        show_default="OPENCLAW_FAL_MAX_COST, else no limit",
    ),
]
AllowUnknownCostOption = Annotated[
    bool, typer.Option("--allow-unknown-cost", help="With --max-cost, send requests whose cost is unknown.")
]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Show the request and what it will cost. Sends nothing but a price request.")
]
NoPriceOption = Annotated[bool, typer.Option("--no-price", help="With --dry-run, fetch no price.")]
AsOption = Annotated[
    str | None,
    typer.Option("--as", metavar="FORM", help="Print the request as a `curl` command; implies --dry-run."),
]
SummaryOption = Annotated[
    bool, typer.Option("--summary", help="Append a table of results and costs to $GITHUB_STEP_SUMMARY.")
]
SidecarOption = Annotated[
    bool, typer.Option("--sidecar", help="Write FILE.json beside each file: what made it, for `rerun FILE`.")
]
MetadataOption = Annotated[
    bool, typer.Option("--embed-metadata", help="Put prompt, model and seed into PNG and JPEG files.")
]

IGNORED_HELP = "Accepted for OpenClaw compatibility; ignored."


def note_ignored(context: typer.Context, flags: Sequence[str]) -> None:
    """Say that flags were accepted and have no effect."""
    runtime_of(context).messages.note(f"{', '.join(flags)}: no effect in openclaw-fal.")
