"""`openclaw-fal batch …`: many requests from a file."""

# No `from __future__ import annotations`: Typer would have to read each annotation back from text, at every start.
from contextlib import closing
from copy import copy
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any

import typer

from openclaw_fal.commands import options as opt
from openclaw_fal.commands.option_groups import Flags, gathering
from openclaw_fal.core.command_line import quoted
from openclaw_fal.core.errors import Interrupted, RequestError
from openclaw_fal.core.kinds import OUTPUT_FORMATS
from openclaw_fal.core.program import command
from openclaw_fal.core.requests import BACKGROUNDS, INTERRUPT_POLICIES, PROGRESS_MODES, QUALITIES
from openclaw_fal.core.text import printable

if TYPE_CHECKING:
    import inspect
    from collections.abc import Callable, Generator, Mapping, Sequence

    from openclaw_fal.actions.batch import Batch, BatchOptions
    from openclaw_fal.actions.batch_checks import CheckedBatch
    from openclaw_fal.core.batch_line_state import LineResult
    from openclaw_fal.core.job_events import JobEvent
    from openclaw_fal.core.results import Table
    from openclaw_fal.runtime import Runtime

app = typer.Typer(name="batch", help="Make many results from a file; a later run makes only what is missing.")

FileArgument = Annotated[
    str,
    typer.Argument(
        metavar="FILE", help="Prompts, one per line; JSON Lines or an array; or CSV with a header. `-` reads stdin."
    ),
]


def _not_empty(param: typer.CallbackParam, text: str | None) -> str | None:
    """Refuse an empty value, such as that of an unset variable of the shell."""
    if text is not None and not text.strip():
        raise RequestError(f"--{param.name} is empty.")
    return text


def _default(about: str, metavar: str, *names: str, callback: "Callable[..., Any] | None" = None) -> Any:
    return typer.Option(*names, metavar=metavar, help=f"{about}, if a line has none.", callback=callback)


class LineFlags(Flags):
    """What becomes part of every line that does not say otherwise."""

    command: Annotated[
        str,
        typer.Option(
            metavar="C",
            help="Command, if a line has none: image.generate, image.edit, video.generate, music.generate or run.",
        ),
    ] = "image.generate"
    model: Annotated[str | None, _default("Model", "REF", "--model", "-m", callback=opt.not_empty_model)] = None
    count: Annotated[
        int | None,
        typer.Option(
            "--count",
            "-n",
            metavar="N",
            help="Images per line, 1 to 4 or the model's limit, if a line does not say.",
            show_default="1",
        ),
    ] = None
    size: Annotated[str | None, _default("Size in pixels", "WxH")] = None
    aspect_ratio: Annotated[str | None, _default("Aspect ratio", "W:H")] = None
    resolution: Annotated[str | None, _default("Resolution", "R")] = None
    output_format: Annotated[
        str | None, typer.Option(metavar="FORMAT", help=f"File format: {', '.join(OUTPUT_FORMATS)}.")
    ] = None
    quality: Annotated[str | None, typer.Option(metavar="Q", help=f"Quality: {', '.join(QUALITIES)}.")] = None
    background: Annotated[str | None, typer.Option(metavar="B", help=f"Background: {', '.join(BACKGROUNDS)}.")] = None
    file: Annotated[list[str] | None, _default("Image to edit", "PATH", "--file", "-i")] = None
    image: Annotated[list[str] | None, _default("First frame", "PATH")] = None
    last_image: Annotated[str | None, _default("Last frame", "PATH")] = None
    video: Annotated[list[str] | None, _default("Reference video", "PATH")] = None
    audio_ref: Annotated[list[str] | None, _default("Reference audio", "PATH")] = None
    mask: Annotated[str | None, _default("Mask image", "PATH")] = None
    duration: Annotated[float | None, _default("Seconds", "SECONDS")] = None
    audio: Annotated[
        bool | None, typer.Option("--audio/--no-audio", help="Audio in videos, if a line does not say.")
    ] = None
    watermark: Annotated[
        bool | None, typer.Option("--watermark/--no-watermark", help="Watermark in videos, if a line does not say.")
    ] = None
    lyrics: Annotated[str | None, _default("Words to sing", "TEXT")] = None
    instrumental: Annotated[
        bool | None, typer.Option("--instrumental", help="Music without words, if a line does not say.")
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
        str | None,
        typer.Option(
            metavar="NAME", help="Name of the batch; a later run with it continues the batch.", callback=_not_empty
        ),
    ] = None
    shard: Annotated[
        str | None, typer.Option(metavar="I/N", help="Run only part I of N, to share the work between machines.")
    ] = None


class RunFlags(Flags):
    """How the lines are carried out, which changes nothing in what they are."""

    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="PATH",
            help="Folder, or a template with {line}, {prompt}, {batch}, {index}, {ext}, {task}, {seed}, {model}.",
            show_default="{batch}/{line:04}-{prompt}.{ext}",
            callback=_not_empty,
        ),
    ] = None
    overwrite: opt.OverwriteOption = False
    if_exists: opt.IfExistsOption = None
    sidecar: opt.SidecarOption = False
    embed_metadata: opt.MetadataOption = False
    concurrency: Annotated[
        int, typer.Option("--concurrency", metavar="N", min=1, max=256, help="Number of jobs at the same time.")
    ] = 8
    retry_failed: Annotated[bool, typer.Option("--retry-failed", help="Submit failed and canceled lines again.")] = (
        False
    )
    skip_invalid: Annotated[bool, typer.Option("--skip-invalid", help="Skip invalid lines.")] = False
    fail_fast: Annotated[bool, typer.Option("--fail-fast", help="Start no more jobs after a failure.")] = False
    direct: Annotated[
        bool,
        typer.Option(
            "--direct",
            help="Send images to fal's synchronous endpoint: half the requests, but a job that is interrupted can't be "
            "resumed.",
        ),
    ] = False
    results: Annotated[
        str | None, typer.Option(metavar="FILE", help="Append a JSON line to this file as each line ends.")
    ] = None
    no_validate: opt.NoValidateOption = False
    timeout_ms: Annotated[
        int | None,
        typer.Option(
            metavar="MS", min=1, help="Time limit of each job, in milliseconds.", show_default="the command's"
        ),
    ] = None
    on_interrupt: opt.InterruptOption = INTERRUPT_POLICIES[0]
    progress: opt.ProgressOption = PROGRESS_MODES[0]
    summary: opt.SummaryOption = False


class StatusFlags(RunFlags):
    """The same flags for `batch status`, so that the command line of the run is that of the status, too."""

    @classmethod
    @cache
    def parameters(cls) -> "list[inspect.Parameter]":
        return [_hidden(each) for each in super().parameters()]


def _hidden(parameter: "inspect.Parameter") -> "inspect.Parameter":
    option = copy(parameter.annotation.__metadata__[0])
    option.hidden = True
    return parameter.replace(annotation=Annotated[parameter.annotation.__origin__, option])


_OWN = {"command", "input_format", "name", "shard"}


@app.command(name="run")
@gathering
def run(
    context: typer.Context,
    source: FileArgument,
    *,
    flags: LineFlags,
    how: RunFlags,
    max_cost: opt.MaxCostOption = None,
    allow_unknown_cost: opt.AllowUnknownCostOption = False,
    dry_run: opt.DryRunOption = False,
    no_price: opt.NoPriceOption = False,
    quiet: opt.QuietOption = False,
    print_form: opt.PrintOption = None,
    as_json: opt.JsonOption = False,
    sandbox: opt.SandboxOption = False,
) -> int:
    """Submit the requests of a file, one per line.

    The whole file is checked first, and nothing is sent if a line is wrong. Run the same command again to do only what
    is missing: it skips finished lines and follows running ones. No line is paid twice.
    """
    runtime = opt.runtime_of(context)
    runtime.prepare_client()
    from openclaw_fal.actions import batch as action
    from openclaw_fal.actions.batch_checks import check
    from openclaw_fal.commands.answers import cancel_if_wanted, cost_limit

    options = _options(flags)._replace(
        output=how.output,
        overwrite=how.overwrite,
        if_exists=how.if_exists,
        sidecar=how.sidecar,
        metadata=how.embed_metadata,
        concurrency=how.concurrency,
        retry_failed=how.retry_failed,
        skip_invalid=how.skip_invalid,
        fail_fast=how.fail_fast,
        direct=how.direct,
        is_checked=not how.no_validate,
        timeout_ms=how.timeout_ms,
        limit=cost_limit(runtime, max_cost, allows_unknown=allow_unknown_cost),
    )
    batch = action.Batch(runtime, source, options)
    checked = check(batch, asks_prices=not (dry_run and no_price))
    if dry_run:
        _show_dry_run(runtime, checked, may_ask=not no_price)
        return 0
    code = None
    try:
        runtime.show_all(_printing(runtime, action.run(checked, how.results)), batch.overview)
    except Interrupted as interrupt:
        code = interrupt.exit_code
        if answer := cancel_if_wanted(runtime):
            runtime.messages.note(answer)
        batch.look_again()
    _append_summary(runtime, batch, is_asked=how.summary)
    return _finish(runtime, batch, 130 if batch.was_interrupted and code is None else code)


@app.command()
@gathering
def status(
    context: typer.Context,
    source: FileArgument,
    *,
    flags: LineFlags,
    how: StatusFlags,
    as_json: opt.JsonOption = False,
    sandbox: opt.SandboxOption = False,
) -> int:
    """Show which lines of a batch are done, running, failed or missing. Nothing is sent.

    Different flags make different requests, so give the flags of the run.
    """
    runtime = opt.runtime_of(context)
    from openclaw_fal.actions.batch import Batch

    batch = Batch(runtime, source, _options(flags))
    report = batch.report
    if runtime.json:
        runtime.out.data(report.as_json())
        return report.exit_code
    counts = report.counts
    if batch.has_other_tasks and counts["missing"] == counts["total"]:
        runtime.messages.note("The tasks of this batch were made with other flags. Give the flags of that run.")
    if same := batch.same_elsewhere:
        runtime.messages.note(same)
    runtime.out.facts(report.batch, [(name, str(count)) for name, count in counts.items() if count or name == "done"])
    runtime.out.table(_table([result for result in report.results if result.state != "done"]))
    if notes := _notes(batch):
        runtime.messages.note("\n".join(notes))
    return report.exit_code


def _table(results: "Sequence[LineResult]") -> "Table":
    from openclaw_fal.core.results import Column, Table

    columns = Column("line", "key"), Column("state", "status"), Column("task"), Column("what", "dim", shrinks=True)
    rows = []
    for result in results:
        task_id = result.envelope.task_id if result.envelope else None
        rows.append((str(result.number), str(result.state), task_id or "", _about(result)))
    return Table(columns, rows, None)


def _about(result: "LineResult") -> str:
    return result.error.message.splitlines()[0] if result.error else printable(result.title)


@app.command()
def merge(
    context: typer.Context,
    sources: Annotated[list[str], typer.Argument(metavar="FILE…", help="Files that --results wrote, on any machine.")],
    as_json: opt.JsonOption = False,
) -> int:
    """Merge results files into one table, with the last result of each line.

    The exit code is 0 if every line is done, else 10.
    """
    runtime = opt.runtime_of(context)
    from openclaw_fal.actions.batch_results import merged
    from openclaw_fal.core.results import Column, Table

    rows = merged(sources)
    is_done = all(row.get("ok") for row in rows)
    columns = Column("line", "key"), Column("state", "status"), Column("model"), Column("file"), Column("prompt", "dim")
    cells = [
        (
            *(str(row.get(name, "")) for name in ("line", "state", "model")),
            _files(row),
            printable(str(row.get("prompt", ""))),
        )
        for row in rows
    ]
    counts = {"total": len(rows), "done": sum(bool(row.get("ok")) for row in rows)}
    runtime.out.table(Table(columns, cells, {"ok": is_done, "counts": counts, "jobs": rows}, is_paged=True))
    return 0 if is_done else 10


def _files(row: "Mapping[str, Any]") -> str:
    outputs = [each for each in row.get("outputs") or () if isinstance(each, dict)]
    return ", ".join(str(each.get("path") or each.get("url")) for each in outputs)


def _options(flags: LineFlags) -> "BatchOptions":
    from openclaw_fal.actions.batch import BatchOptions
    from openclaw_fal.core.batch_line_state import Shard
    from openclaw_fal.core.batch_lines import BATCH_FORMATS
    from openclaw_fal.core.batch_requests import COMMANDS

    defaults = {name: value for name, value in vars(flags).items() if name not in _OWN}
    form = flags.input_format
    return BatchOptions(
        defaults=defaults,
        form=opt.checked_choice("--input-format", form, BATCH_FORMATS) if form else None,
        command=opt.checked_choice("--command", ".".join(flags.command.split()), COMMANDS),
        name=flags.name,
        shard=Shard.parse(flags.shard) if flags.shard else None,
    )


def _show_dry_run(runtime: "Runtime", checked: "CheckedBatch", *, may_ask: bool) -> None:
    """Show what would be sent, and what all of it will cost."""
    from openclaw_fal.core.costs import estimated_total
    from openclaw_fal.core.results import Column, Table

    costs = checked.estimates(may_ask=may_ask)
    numbers = sorted(checked.ready)
    rows = [*zip(numbers, checked.plans, costs, strict=True)]
    if not rows and not runtime.json:
        _say(runtime, checked.batch)
        return
    titles = {line.number: line.title for line in checked.batch.lines}
    together = estimated_total(costs)
    jobs = [
        {"line": number, "prompt": titles[number], "model": plan.endpoint, "estimate": cost.as_json()}
        for number, plan, cost in rows
    ]
    document = {"ok": True, "dryRun": True, "batch": checked.batch.name, "counts": checked.batch.report.counts}
    columns = Column("line", "key"), Column("model"), Column("cost"), Column("prompt", "dim", shrinks=True)
    runtime.out.table(
        Table(
            columns,
            [(str(number), plan.endpoint, cost.text, printable(titles[number])) for number, plan, cost in rows],
            document | {"estimate": together.as_json(), "jobs": jobs},
            footer=f"Nothing was sent. {len(rows)} line{'' if len(rows) == 1 else 's'} would be submitted; the cost is "
            f"{together.text}.",
        )
    )


def _printing(runtime: "Runtime", events: "Generator[JobEvent, None, None]") -> "Generator[JobEvent, None, None]":
    """Print the result of each job as it ends, unless the progress shows it on the same terminal."""
    from openclaw_fal.core.job_events import Ended
    from openclaw_fal.core.results import Envelope

    is_shown = runtime.screen.stdout_is_terminal and runtime.progress_form in {"live", "plain"}
    if not is_shown:
        runtime.prints = runtime.prints or "path"
    with closing(events):
        for event in events:
            if isinstance(event, Ended) and isinstance(event.outcome, Envelope) and runtime.prints and not runtime.json:
                runtime.out.envelope(event.outcome)
            yield event


def _append_summary(runtime: "Runtime", batch: "Batch", *, is_asked: bool) -> None:
    """Show the state of all lines on the page of a GitHub Actions job, also if nobody asked for it."""
    from openclaw_fal.actions.step_summary import VARIABLE, append_report

    if is_asked or runtime.environ.get(VARIABLE, "").strip():
        append_report(runtime, batch.report)


def _finish(runtime: "Runtime", batch: "Batch", interrupted: int | None) -> int:
    """Print the state of all lines and how to continue."""
    report = batch.report
    if runtime.json:
        runtime.out.data(report.as_json())
    else:
        _say(runtime, batch)
    return report.exit_code if interrupted is None else interrupted


def _say(runtime: "Runtime", batch: "Batch") -> None:
    from openclaw_fal.core.batch_line_state import LineState
    from openclaw_fal.core.costs import money

    report, is_unnamed = batch.report, not batch.has_name
    counts = report.counts
    parts = [f"{counts['done']} of {counts['total']} lines done"]
    parts += [f"{count} {state}" for state in LineState if (count := counts[state]) and state is not LineState.DONE]
    parts += [f"cost {money(amount, currency)}" for currency, amount in report.costs.items()]
    lines = [f"{', '.join(parts)}."]
    if any(counts[state] for state in (LineState.MISSING, LineState.RUNNING, LineState.INCOMPLETE)):
        again = f"Give the same lines with --name {report.batch}" if is_unnamed else "Run the same command again"
        lines.append(f"{again} to do what is missing; nothing is paid twice.")
    if folders := batch.other_folders:
        lines.append(f"The files of lines that were done before are in {folders[0]}.")
    runtime.messages.note("\n".join([*lines, *_notes(batch)]))


def _notes(batch: "Batch") -> list[str]:
    """Say what becomes of lines that no run makes by itself."""
    from openclaw_fal.core.batch_line_state import LineState

    counts, notes = batch.report.counts, []
    if ended := [state for state in LineState if state.needs_retry and counts[state]]:
        notes.append(f"Run the batch with --retry-failed to submit {' and '.join(ended)} lines again.")
    if counts[LineState.UNKNOWN]:
        notes.append("fal may have accepted the unknown lines; they are looked up, never submitted again.")
    if gone := _gone(batch):
        notes.append(gone)
    return notes


def _gone(batch: "Batch") -> str | None:
    """Say how to fetch the files of finished lines that are no longer where they were saved."""
    count = batch.count_of_gone_files
    if not count:
        return None
    what = "1 file of finished lines is" if count == 1 else f"{count} files of finished lines are"
    ids = command("tasks list --missing --all -q --batch", quoted(batch.name))
    return f"{what} no longer there. Fetch again what fal still has: {command('tasks wait')} $({ids})"
