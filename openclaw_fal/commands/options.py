"""Options that several commands share, and the way from a context to the runtime."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from openclaw_fal.core.errors import UsageError
from openclaw_fal.core.requests import (
    BACKGROUNDS,
    IMAGE_RESOLUTIONS,
    INTERRUPT_POLICIES,
    MAX_COUNT,
    OUTPUT_FORMATS,
    PROGRESS_MODES,
    QUALITIES,
    VIDEO_RESOLUTIONS,
)
from openclaw_fal.runtime import Runtime

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from openclaw_fal.runtime import PrivateSandbox

Command = TypeVar("Command", bound="Callable[..., None]")


def runtime_of(context: typer.Context) -> Runtime:
    runtime = context.find_object(Runtime)
    if runtime is None:
        raise RuntimeError("the program was started without a runtime")
    return runtime


def open_sandbox(state_dir: Path) -> PrivateSandbox:
    """Start a private sandbox that remembers its jobs in ``state_dir``, so that a later command can take them up."""
    from openclaw_fal.sandbox import Sandbox

    return Sandbox(state_dir=state_dir).start()


def _ask_for_json(context: typer.Context, wanted: bool) -> bool:
    # Eager, so that whatever goes wrong while the rest is parsed is already told in JSON.
    if wanted:
        runtime_of(context).json = True
    return wanted


def _ask_for_sandbox(context: typer.Context, wanted: bool) -> bool:
    if wanted:
        runtime_of(context).sandbox_wanted = True
    return wanted


def _choose_progress(context: typer.Context, mode: str) -> str:
    check_choice("--progress", mode, PROGRESS_MODES)
    runtime_of(context).progress_mode = mode
    return mode


def _choose_interrupt_policy(context: typer.Context, policy: str) -> str:
    check_choice("--on-interrupt", policy, INTERRUPT_POLICIES)
    runtime_of(context).cancel_on_interrupt = policy == "cancel"
    return policy


def group(name: str, description: str) -> typer.Typer:
    """Return an empty group of commands. Without rich, help and usage errors come 60 ms sooner."""
    return typer.Typer(name=name, help=description, no_args_is_help=True, add_completion=False, rich_markup_mode=None)


JsonOption = Annotated[
    bool,
    typer.Option("--json", help="Print one JSON document, errors included.", is_eager=True, callback=_ask_for_json),
]
SandboxOption = Annotated[
    bool,
    typer.Option(
        "--sandbox",
        help="Use a private stand-in for fal: no key, no cost, placeholder files.",
        callback=_ask_for_sandbox,
        is_eager=True,
    ),
]
PromptOption = Annotated[
    str, typer.Option(metavar="TEXT", help="What to make, in words. A lone - reads it from standard input.")
]

# A table of options: a parameter's name, its annotation and its default. `accepting` gives them to a command.
Options = dict[str, tuple[Any, Any]]


def model(example: str) -> Options:
    """Return the option for a model of one kind, with one that can be copied."""
    option = typer.Option(
        metavar="REF",
        help=f"The model, such as {example}. Only this one is tried. All there are: openclaw-fal models list",
        show_default="the configured one, then its fallbacks; else fal's default",
    )
    return {"model": (Annotated[str | None, option], None)}


MODEL = model("fal/fal-ai/flux/dev")

SHAPE: Options = {
    "size": (
        Annotated[
            str | None,
            typer.Option(
                metavar="WxH", help="Size in pixels, such as 1024x1536. A model that takes none gets the closest ratio."
            ),
        ],
        None,
    ),
    "aspect_ratio": (
        Annotated[
            str | None,
            typer.Option(metavar="W:H", help="Shape, such as 1:1, 16:9, 2:3. A model that lacks it takes its closest."),
        ],
        None,
    ),
}

MODEL_INPUT: Options = {
    "seed": (
        Annotated[
            int | None,
            typer.Option(metavar="N", help="A number; the same prompt and the same number make the same result again."),
        ],
        None,
    ),
    "param": (
        Annotated[
            list[str] | None,
            typer.Option(
                metavar="NAME=VALUE",
                help="Another input field of the model, as its page at fal.ai names it. NAME=VALUE sends text, "
                "NAME:=VALUE sends JSON, such as guidance_scale:=3.5. Repeatable.",
            ),
        ],
        None,
    ),
}

IMAGE_HINTS: Options = {
    "count": (
        Annotated[int | None, typer.Option(metavar="N", help=f"How many images, 1 to {MAX_COUNT}.", show_default="1")],
        None,
    ),
    **SHAPE,
    "resolution": (
        Annotated[
            str | None,
            typer.Option(
                metavar="R",
                help=f"Length of the longer edge, of 1024 pixels and twice or four times that: "
                f"{', '.join(IMAGE_RESOLUTIONS)}.",
            ),
        ],
        None,
    ),
    "output_format": (
        Annotated[
            str | None,
            typer.Option(metavar="FORMAT", help=f"File type: {', '.join(OUTPUT_FORMATS)}.", show_default="png"),
        ],
        None,
    ),
    "quality": (
        Annotated[
            str | None,
            typer.Option(metavar="Q", help=f"Quality, for models that have a choice: {', '.join(QUALITIES)}."),
        ],
        None,
    ),
    "background": (
        Annotated[
            str | None,
            typer.Option(metavar="B", help=f"Background, for models that have a choice: {', '.join(BACKGROUNDS)}."),
        ],
        None,
    ),
    **MODEL_INPUT,
}

VIDEO_HINTS: Options = {
    **SHAPE,
    "resolution": (
        Annotated[
            str | None,
            typer.Option(
                metavar="R",
                help=f"Length of the shorter edge: {', '.join(VIDEO_RESOLUTIONS)}. A model takes the closest it has.",
            ),
        ],
        None,
    ),
    "duration": (
        Annotated[
            float | None,
            typer.Option(metavar="SECONDS", help="Length in seconds. A model takes the closest it can make."),
        ],
        None,
    ),
    "audio": (
        Annotated[
            bool | None, typer.Option("--audio/--no-audio", help="With sound, or without, for models that make sound.")
        ],
        None,
    ),
    "watermark": (
        Annotated[
            bool | None,
            typer.Option(
                "--watermark/--no-watermark", help="With a mark in the picture, or without, for models that have one."
            ),
        ],
        None,
    ),
    **MODEL_INPUT,
}


def files(names: str) -> Options:
    """Return the options for where files go; ``names`` tells where and how they are named unless that is said."""
    output = typer.Option(
        metavar="PATH",
        help="A file, a folder, a template with {index} {name} {ext} {task} {seed} {model}, or - for the bytes on "
        "standard output. The extension follows what fal returns.",
        show_default=names,
    )
    overwrite = typer.Option("--overwrite", help="Replace files that exist. Without it none is ever replaced.")
    return {"output": (Annotated[str | None, output], None), "overwrite": (Annotated[bool, overwrite], False)}


FILES = files("image-DATE-TIME-N.EXT in this folder")


def waiting(limit_ms: str) -> Options:
    """Return the options for waiting, which ends after ``limit_ms`` unless told otherwise."""
    timeout = typer.Option(
        metavar="MS",
        min=1,
        help="How long to wait for all of it, in milliseconds. The job itself goes on at fal and is not lost.",
        show_default=limit_ms,
    )
    on_interrupt = typer.Option(
        metavar="WHAT",
        help="What becomes of the job after Ctrl-C or the time limit: keep (it goes on, to be waited for later) "
        "or cancel.",
        callback=_choose_interrupt_policy,
    )
    progress = typer.Option(
        metavar="MODE",
        help="Progress on stderr: auto (live on a terminal, else plain), plain (a line per change), "
        "json (a JSON object per line), none.",
        callback=_choose_progress,
    )
    return {
        "timeout_ms": (Annotated[int | None, timeout], None),
        "on_interrupt": (Annotated[str, on_interrupt], INTERRUPT_POLICIES[0]),
        "progress": (Annotated[str, progress], PROGRESS_MODES[0]),
    }


WAITING = waiting("600000, ten minutes")

SUBMITTING: Options = {
    "detach": (
        Annotated[
            bool,
            typer.Option("--detach", help="Submit, print the task id and leave. `tasks wait ID` fetches the files."),
        ],
        False,
    ),
    "reuse": (
        Annotated[
            bool,
            typer.Option("--reuse", help="If this very request is under way already, follow it and send nothing."),
        ],
        False,
    ),
}

QUEUE: Options = {
    "queue": (
        Annotated[
            bool, typer.Option("--queue", help="Send it through fal's queue, so that it can be resumed and cancelled.")
        ],
        False,
    ),
}

IN_VAIN = "Accepted for OpenClaw's sake; has no effect here."

# Parts of OpenClaw that have no counterpart at fal: accepted, so that its command lines work, and reported.
WITHOUT_EFFECT: Options = {
    name: (Annotated[str | None, typer.Option(metavar="X", help=IN_VAIN)], None)
    for name in ("agent", "openai_background", "openai_moderation")
}


def without_effect(values: Iterable[str] = (), switches: Iterable[str] = (), repeated: Iterable[str] = ()) -> Options:
    """Return options as in `WITHOUT_EFFECT` that the help leaves out, by whether they take a value."""
    one = Annotated[str | None, typer.Option(metavar="X", help=IN_VAIN, hidden=True)]
    several = Annotated[list[str] | None, typer.Option(metavar="X", help=IN_VAIN, hidden=True)]
    options: Options = dict.fromkeys(values, (one, None)) | dict.fromkeys(repeated, (several, None))
    for name in switches:
        flag = f"--{name.replace('_', '-')}"
        options[name] = (Annotated[bool, typer.Option(flag, help=IN_VAIN, hidden=True)], False)
    return options


COMMON: Options = {"as_json": (JsonOption, False), "sandbox": (SandboxOption, False)}


def accepting(*tables: Options) -> Callable[[Command], Command]:
    """Give a command the options of ``tables``; their values reach it as keyword arguments.

    Typer reads a command's signature, and two commands with twenty options in common would state them twice.
    """

    def decorate(command: Command) -> Command:
        own = inspect.signature(command, eval_str=True).parameters.values()
        shared = [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default)
            for table in tables
            for name, (annotation, default) in table.items()
        ]
        kept = [parameter for parameter in own if parameter.kind is not inspect.Parameter.VAR_KEYWORD]
        command.__signature__ = inspect.Signature([*kept, *shared])  # type: ignore[attr-defined]
        return command

    return decorate


def report_ineffective(runtime: Runtime, flags: Mapping[str, Any], names: Iterable[str]) -> None:
    """Say which of OpenClaw's flags that mean nothing here were given."""
    given = [f"--{name.replace('_', '-')}" for name in names if flags[name] not in (None, False, [])]
    if given:
        runtime.messages.note(f"{', '.join(given)}: no effect in openclaw-fal.")


def check_choice(flag: str, value: str, allowed: Iterable[str]) -> None:
    if value not in allowed:
        raise UsageError(f"{flag} {value!r} is not known. Choose one of: {', '.join(allowed)}.")
