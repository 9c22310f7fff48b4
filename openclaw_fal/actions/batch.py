"""`batch`: a file of requests is read, checked and compared with the journal; only what is missing is done."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from openclaw_fal.actions.batch_results import ResultsFile
from openclaw_fal.actions.generation import (
    BatchLine,
    Work,
    carry_out,
    notes_of,
    timeout_s,
)
from openclaw_fal.actions.job_pool import run_concurrently
from openclaw_fal.actions.planning import read_text, text_of
from openclaw_fal.actions.references import Uploads
from openclaw_fal.actions.tasks import wait_for
from openclaw_fal.core.batch_line_state import (
    LineResult,
    LineState,
    Report,
    keys_of,
    state_of,
)
from openclaw_fal.core.batch_lines import Mistake, format_of, read_lines
from openclaw_fal.core.batch_requests import LineReader
from openclaw_fal.core.command_line import quoted
from openclaw_fal.core.errors import Incomplete, OpenclawFalError, RequestError, StillRunning, SubmitUnknown, UsageError
from openclaw_fal.core.job_events import Ended, Job, Overview, Stopping
from openclaw_fal.core.records import Record
from openclaw_fal.core.results import Asset, Envelope
from openclaw_fal.core.tasks import TaskStatus
from openclaw_fal.core.text import printable
from openclaw_fal.store.part_files import is_saved
from openclaw_fal.store.paths import absolute_path, expand_home, is_pipe
from openclaw_fal.store.task_rows import new_task_id

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    from openclaw_fal.actions.batch_checks import CheckedBatch, Ready
    from openclaw_fal.actions.cost_limit import Limit
    from openclaw_fal.core.batch_line_state import Shard
    from openclaw_fal.core.batch_lines import BatchFormat
    from openclaw_fal.core.batch_requests import ParsedLine
    from openclaw_fal.core.costs import Price
    from openclaw_fal.core.events import Event, Note
    from openclaw_fal.core.job_events import JobEvent
    from openclaw_fal.core.kinds import Capability
    from openclaw_fal.core.requests import IfExists
    from openclaw_fal.core.tasks import Task
    from openclaw_fal.runtime import Runtime

STDIN = "-"
_TITLE_LENGTH = 200


class BatchOptions(Record):
    """How to run a batch; ``defaults`` are members of every line that lacks them."""

    defaults: Mapping[str, Any]
    command: Capability = "image.generate"
    form: BatchFormat | None = None
    name: str | None = None
    output: str | None = None
    overwrite: bool = False
    timeout_ms: int | None = None
    is_checked: bool = True
    skip_invalid: bool = False
    retry_failed: bool = False
    shard: Shard | None = None
    concurrency: int = 8
    fail_fast: bool = False
    limit: Limit | None = None
    sidecar: bool = False
    metadata: bool = False
    direct: bool = False
    if_exists: IfExists | None = None


class Line(Record):
    """A line of the file, with what the journal knows about it."""

    parsed: ParsedLine
    key: str
    title: str
    state: LineState
    task: Task | None

    @property
    def number(self) -> int:
        return self.parsed.number


def _title(parsed: ParsedLine) -> str:
    request = parsed.request
    return request.prompt or " ".join(one.source for one in request.references) or request.model or ""


# --- read --------------------------------------------------------------------------------------


class Batch:
    """The lines of a batch and their states. ``name`` is the batch's, ``mistakes`` are those of all lines."""

    def __init__(self, runtime: Runtime, file: str, options: BatchOptions) -> None:
        self.runtime = runtime
        self.options = options
        self.file = file
        self.name = options.name or self._default_name()
        self.mistakes: list[Mistake] = []
        self.results: dict[int, LineResult] = {}
        self.was_interrupted = False
        self.lines = self._read()

    def _default_name(self) -> str:
        if not self.has_name:
            # What comes through a pipe has no name, so each text is its own batch.
            return f"stdin-{new_task_id()}"
        return str(absolute_path(self.file).resolve())

    @property
    def has_name(self) -> bool:
        """Whether the same command would continue this batch. Names of pipes are reused for other texts."""
        return bool(self.options.name) or not (self.file == STDIN or is_pipe(expand_home(self.file)))

    def _read(self) -> list[Line]:
        if not self.file:
            raise RequestError("FILE is empty.")
        text = read_text(self.runtime, self.file).removeprefix("\ufeff")
        form = self.options.form or format_of(self.file, text)
        raw, self.mistakes = read_lines(text, form)
        reader = LineReader(
            self.options.command,
            self.options.defaults,
            lambda text: text_of(self.runtime, text),
            reads_prompts=form != "text",
        )
        parsed = []
        for line in raw:
            try:
                parsed.append(reader.parse(line))
            except UsageError as error:
                self.mistakes.append(Mistake(line.number, one_sentence(error)))
        if parsed and reader.unused_defaults:
            raise UsageError(f"No line of the batch can use {', '.join(reader.unused_defaults)}.")
        if not raw and not self.mistakes:
            raise UsageError(f"{self._shown_file} has no lines.")
        return self._known(parsed)

    @property
    def _shown_file(self) -> str:
        return "Standard input" if self.file == STDIN else self.file

    def _known(self, parsed: list[ParsedLine]) -> list[Line]:
        """Return the lines of this machine's part, with their tasks."""
        where = "sandbox" if self.runtime.in_sandbox else self.runtime.base_url or ""
        tasks, shard = self._tasks(), self.options.shard
        self.has_other_tasks = bool(tasks)
        return [
            Line(line, key, _title(line), *state_of(tasks.get(key, [])))
            for line, key in zip(parsed, keys_of(parsed, where), strict=True)
            if shard is None or shard.has(key)
        ]

    @property
    def same_elsewhere(self) -> str | None:
        """What to say if another batch has made most lines, and this one has made none: its file may have moved."""
        if self.has_other_tasks:
            return None
        other = self.runtime.journal.batch_of_lines([line.key for line in self.lines])
        known = "Most lines of this batch were made before, by another batch."
        return other and f"{known} Continue that one: --name {quoted(other)}"

    def _tasks(self) -> dict[str, list[Task]]:
        tasks: dict[str, list[Task]] = {}
        for task in self.runtime.journal.batch_tasks(self.name):
            tasks.setdefault(task.line or "", []).append(task)
        return tasks

    def look_again(self) -> None:
        """Read again the state of lines whose jobs were left."""
        tasks = self._tasks()
        lines = []
        for line in self.lines:
            state, task = state_of(tasks.get(line.key, []))
            lines.append(line._replace(state=state, task=task))
        self.lines = lines

    @property
    def report(self) -> Report:
        """The current state of all lines."""
        known = [self.results.get(line.number) or _known_result(line) for line in self.lines]
        invalid = [
            LineResult(mistake.number, "", "", LineState.INVALID, error=UsageError(str(mistake)))
            for mistake in self.mistakes
        ]
        return Report(self.name, sorted([*known, *invalid], key=lambda result: result.number), self.options.shard)

    @property
    def overview(self) -> Overview:
        counts = self.report.counts
        failed = 0 if self.options.retry_failed else counts["failed"] + counts["canceled"]
        return Overview(counts["total"], counts["done"], failed + counts["invalid"])

    @property
    def count_of_gone_files(self) -> int:
        """The number of files of finished lines that are not where they were saved."""
        return sum(not is_saved(asset) for asset in self._known_files)

    @property
    def other_folders(self) -> list[Path]:
        """The folders with files of lines that were done before, if ``--output`` names another one this time."""
        typed = (self.options.output or "").partition("{")[0]
        folder = expand_home(typed[: typed.rfind("/") + 1]).resolve()
        known = {Path(asset.path).parent for asset in self._known_files if typed and asset.path}
        return sorted(each for each in known if not each.resolve().is_relative_to(folder))

    @property
    def _known_files(self) -> list[Asset]:
        """The files of the lines that the journal knows as finished."""
        done = [line.task for line in self.lines if line.state is LineState.DONE and line.task]
        return [asset for task in done for asset in task.outputs]


def one_sentence(error: UsageError) -> str:
    return " ".join(error.problem.split())


def _known_result(line: Line) -> LineResult:
    task, error = line.task, None
    if task and line.state.needs_retry and task.error:
        error = task.error.restored().about(task)
    envelope = task.envelope() if task else None
    return LineResult(line.number, line.key, line.title, line.state, envelope, error)


# --- run ---------------------------------------------------------------------------------------


def run(checked: CheckedBatch, results_file: str | None = None) -> Generator[JobEvent, None, None]:
    """Submit, follow and deliver what is missing; the batch's ``report`` has the state of each line."""
    batch = checked.batch
    by_number = {line.number: line for line in batch.lines}
    jobs = _jobs(checked)
    with closing(ResultsFile(batch, results_file)) as written:
        for line in batch.lines:
            written.add_known(batch.results.get(line.number) or _known_result(line))
        if not jobs:
            return
        options = batch.options
        work = run_concurrently(batch.runtime, jobs, options.concurrency, fail_fast=options.fail_fast)
        with closing(work) as events:
            for event in events:
                if isinstance(event, Ended):
                    result = _result(batch, by_number[event.job.number], event.outcome)
                    batch.results[event.job.number] = result
                    written.add(result)
                elif isinstance(event, Stopping):
                    batch.was_interrupted = batch.was_interrupted or event.is_interrupt
                yield event


def _jobs(checked: CheckedBatch) -> list[Job]:
    batch, shared = checked.batch, _Shared(Uploads(), _prices(checked.batch), set())
    # Paid lines come first.
    finish = [_job(line, _completion(batch, line)) for line in checked.to_finish]
    submit = [
        _job(line, _submission(batch, line, ready, shared))
        for line in batch.lines
        if (ready := checked.ready.get(line.number))
    ]
    return [*finish, *submit]


def _job(line: Line, work: Callable[[], Generator[Event, None, None]]) -> Job:
    return Job(line.number, f"line {line.number}", printable(line.title, limit=_TITLE_LENGTH), work, f"{line.number}")


class _Shared(Record):
    """What is looked up once for all lines."""

    uploads: Uploads
    prices: Mapping[str, Price]
    said: set[Note]


def _prices(batch: Batch) -> Mapping[str, Price]:
    """Return the prices that are known without asking."""
    if batch.options.limit is None and not os.path.exists(batch.runtime.paths.prices_dir):
        return {}
    from openclaw_fal.actions.pricing import cached_prices  # noqa: PLC0415 - most machines know no price

    return cached_prices(batch.runtime)


def _submission(batch: Batch, line: Line, ready: Ready, shared: _Shared) -> Callable[[], Generator[Event, None, None]]:
    def work() -> Generator[Event, None, None]:
        new = [note for note in notes_of(ready.prepared) if note not in shared.said]
        shared.said.update(new)
        yield from new
        runtime, request = batch.runtime, line.parsed.request
        deadline = runtime.clock.deadline(timeout_s(runtime, request, ready.options))
        of_batch = BatchLine(batch.name, line.key)
        work = Work(
            runtime, request, ready.options, ready.output, deadline, [], shared.uploads, of_batch, shared.prices
        )
        yield from carry_out(work, ready.prepared, ready.skipped)

    return work


def _completion(batch: Batch, line: Line) -> Callable[[], Generator[Event, None, None]]:
    task = line.task
    if task is None:
        raise ValueError(f"line {line.number} has no task")
    timeout_ms = line.parsed.timeout_ms or batch.options.timeout_ms
    return lambda: wait_for(batch.runtime, task, None, timeout_ms, overwrite=False)


def _result(batch: Batch, line: Line, outcome: Envelope | OpenclawFalError | None) -> LineResult:
    if isinstance(outcome, Envelope):
        return LineResult(line.number, line.key, line.title, LineState.DONE, outcome)
    tasks = batch.runtime.journal.batch_tasks(batch.name, line.key)
    state, task = state_of(tasks)
    envelope = task.envelope() if task else None
    if outcome is None:
        return LineResult(line.number, line.key, line.title, state, envelope)
    if not (task and task.id == outcome.task_id and task.status is TaskStatus.CANCELLED):
        state = _state_after(outcome, state)
    return LineResult(line.number, line.key, line.title, state, envelope, outcome)


def _state_after(error: OpenclawFalError, state: LineState) -> LineState:
    """Return the state of a line whose job raised an error; the journal may not have been written."""
    match error:
        case Incomplete():
            return LineState.INCOMPLETE
        case StillRunning():
            return LineState.RUNNING
        case SubmitUnknown():
            return LineState.UNKNOWN
        case _:
            return state
