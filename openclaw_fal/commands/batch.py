"""`openclaw-fal batch …`: many requests from a file."""

# No `from __future__ import annotations`: Typer would have to read each annotation back from text, at every start.
from typing import TYPE_CHECKING, Annotated, Any

import typer

from openclaw_fal.commands import options as opt
from openclaw_fal.core.errors import Interrupted
from openclaw_fal.core.requests import BACKGROUNDS, INTERRUPT_POLICIES, OUTPUT_FORMATS, PROGRESS_MODES, QUALITIES

if TYPE_CHECKING:
    from collections.abc import Generator

    from openclaw_fal.actions.batch import Batch, BatchOptions
    from openclaw_fal.core.batch import JobEvent, Report
    from openclaw_fal.runtime import Runtime

app = typer.Typer(name="batch", help="Make many at once from a file, and only what is missing when run again.")

FileArgument = Annotated[
    str,
    typer.Argument(metavar="FILE", help="Prompts, one a line; JSON Lines; or CSV with a header. `-` reads stdin."),
]


def _default(about: str, metavar: str = "X") -> Any:
    return typer.Option(metavar=metavar, help=f"{about}, if a line has none.")


class LineFlags(opt.Flags):
    """What becomes part of every line that does not say otherwise."""

    command: Annotated[
        str,
        typer.Option(
            metavar="C",
            help="Command, if a line has none: image.generate, image.edit, video.generate, music.generate or run.",
        ),
    ] = "image.generate"
    model: Annotated[str | None, _default("Model", "REF")] = None
    count: Annotated[int | None, _default("Images per line", "N")] = None
    size: Annotated[str | None, _default("Size in pixels", "WxH")] = None
    aspect_ratio: Annotated[str | None, _default("Aspect ratio", "W:H")] = None
    resolution: Annotated[str | None, _default("Resolution", "R")] = None
    output_format: Annotated[
        str | None, typer.Option(metavar="FORMAT", help=f"File format: {', '.join(OUTPUT_FORMATS)}.")
    ] = None
    quality: Annotated[str | None, typer.Option(metavar="Q", help=f"Quality: {', '.join(QUALITIES)}.")] = None
    background: Annotated[str | None, typer.Option(metavar="B", help=f"Background: {', '.join(BACKGROUNDS)}.")] = None
    file: Annotated[list[str] | None, _default("Image to edit", "PATH")] = None
    image: Annotated[list[str] | None, _default("First frame", "PATH")] = None
    duration: Annotated[float | None, _default("Seconds", "SECONDS")] = None
    audio: Annotated[
        bool | None, typer.Option("--audio/--no-audio", help="Audio in videos, if a line does not say.")
    ] = None
    seed: Annotated[int | None, _default("Seed", "N")] = None
    negative_prompt: Annotated[str | None, _default("Negative prompt", "TEXT")] = None
    steps: Annotated[int | None, _default("Steps", "N")] = None
    guidance: Annotated[float | None, _default("Guidance scale", "N")] = None
    param: opt.ParamOption = None
    input_format: Annotated[
        str | None, typer.Option(metavar="FORMAT", help="Format of FILE: text, jsonl or csv.", show_default="detected")
    ] = None
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="Name of the batch, by which a later run finds it.")
    ] = None
    shard: Annotated[
        str | None, typer.Option(metavar="I/N", help="Take part I of N, the same lines on every run and machine.")
    ] = None


_OWN = {"command", "input_format", "name", "shard"}


@app.command(name="run")
@opt.gathering
def run(
    context: typer.Context,
    source: FileArgument,
    *,
    flags: LineFlags,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            metavar="PATH",
            help="Folder, or a template with {line}, {prompt}, {batch}, {index}, {ext}, {task}, {seed}, {model}.",
            show_default="{batch}/{line:04}-{prompt}.{ext}",
        ),
    ] = None,
    overwrite: opt.OverwriteOption = False,
    concurrency: Annotated[
        int, typer.Option("--concurrency", metavar="N", min=1, max=256, help="Number of jobs at the same time.")
    ] = 8,
    retry_failed: Annotated[bool, typer.Option("--retry-failed", help="Submit failed lines again.")] = False,
    skip_invalid: Annotated[bool, typer.Option("--skip-invalid", help="Go on without lines that are wrong.")] = False,
    fail_fast: Annotated[bool, typer.Option("--fail-fast", help="After a failure, begin no further job.")] = False,
    results: Annotated[
        str | None, typer.Option(metavar="FILE", help="Append a JSON line to this file as each line ends.")
    ] = None,
    no_validate: opt.NoValidateOption = False,
    timeout_ms: Annotated[
        int | None,
        typer.Option(
            metavar="MS", min=1, help="Time limit of each job, in milliseconds.", show_default="the command's"
        ),
    ] = None,
    on_interrupt: opt.InterruptOption = INTERRUPT_POLICIES[0],
    progress: opt.ProgressOption = PROGRESS_MODES[0],
    quiet: opt.QuietOption = False,
    print_form: opt.PrintOption = None,
    as_json: opt.JsonOption = False,
    sandbox: opt.SandboxOption = False,
) -> int:
    """Make what a file asks for, one request a line.

    The whole file is checked first, and nothing is sent if a line is wrong. Run again, only what is missing is done:
    finished lines are skipped, running ones are followed. No line is paid twice, whenever it was stopped.
    """
    runtime = opt.runtime_of(context)
    runtime.prepare_client()
    from openclaw_fal.actions import batch as action

    options = _options(flags)._replace(
        output=output,
        overwrite=overwrite,
        concurrency=concurrency,
        retry_failed=retry_failed,
        skip_invalid=skip_invalid,
        fail_fast=fail_fast,
        is_checked=not no_validate,
        timeout_ms=timeout_ms,
    )
    batch = action.Batch(runtime, source, options)
    undertaking = action.check(batch)
    code = None
    try:
        runtime.show_all(_printing(runtime, action.run(undertaking, results)), batch.overview)
    except Interrupted as interrupt:
        code = interrupt.exit_code
    return _finish(runtime, batch, code)


def _options(flags: LineFlags) -> "BatchOptions":
    from openclaw_fal.actions.batch import BatchOptions
    from openclaw_fal.core.batch import Shard
    from openclaw_fal.core.batch_lines import BATCH_FORMATS, COMMANDS

    defaults = {name: value for name, value in vars(flags).items() if name not in _OWN}
    form = flags.input_format and opt.checked_choice("--input-format", flags.input_format, BATCH_FORMATS)
    command = opt.checked_choice("--command", ".".join(flags.command.split()), COMMANDS)
    return BatchOptions(
        defaults=defaults,
        command=next(each for each in COMMANDS if each == command),
        form=next((each for each in BATCH_FORMATS if each == form), None),
        name=flags.name,
        shard=Shard.parse(flags.shard) if flags.shard else None,
    )


def _printing(runtime: "Runtime", events: "Generator[JobEvent, None, None]") -> "Generator[JobEvent, None, None]":
    """Print the result of each job as it ends, unless the progress shows it on the same terminal."""
    from openclaw_fal.core.batch import Ended
    from openclaw_fal.core.results import Envelope

    is_shown = runtime.screen.stdout_is_terminal and runtime.progress_form in {"live", "plain"}
    if not is_shown:
        runtime.prints = runtime.prints or "path"
    for event in events:
        if isinstance(event, Ended) and isinstance(event.outcome, Envelope) and runtime.prints and not runtime.json:
            runtime.out.envelope(event.outcome)
        yield event


def _finish(runtime: "Runtime", batch: "Batch", interrupted: int | None) -> int:
    """Say how all lines stand, and how to go on."""
    report = batch.report
    if runtime.json:
        runtime.out.data(report.as_json())
    else:
        _say(runtime, batch, report)
    return report.exit_code if interrupted is None else interrupted


def _say(runtime: "Runtime", batch: "Batch", report: "Report") -> None:
    counts = report.counts
    others = [f"{count} {name}" for name, count in counts.items() if count and name not in ("total", "done")]
    runtime.messages.note(", ".join([f"{counts['done']} of {counts['total']} lines done", *others]) + ".")
