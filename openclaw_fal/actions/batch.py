"""`batch`: a file of requests is read, checked and compared with the journal; only what is missing is done."""

from __future__ import annotations

import json
import re
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from openclaw_fal.actions.batch_planning import Planner
from openclaw_fal.actions.generation import (
    BatchLine,
    Options,
    Prepared,
    Work,
    carry_out,
    existing,
    notes_of,
    output_of,
    timeout_s,
)
from openclaw_fal.actions.planning import read_text
from openclaw_fal.actions.references import References, Uploads
from openclaw_fal.actions.tasks import wait_for
from openclaw_fal.actions.together import together
from openclaw_fal.core.batch import Ended, Job, LineResult, LineState, Overview, Report, Stopping, keys_of, state_of
from openclaw_fal.core.batch_lines import LineReader, Mistake, format_of, read_lines
from openclaw_fal.core.errors import Incomplete, OpenclawFalError, StillRunning, SubmitUnknown, UsageError
from openclaw_fal.core.naming import exact_names, safe_value
from openclaw_fal.core.results import Envelope
from openclaw_fal.core.text import printable
from openclaw_fal.store.journal import new_task_id
from openclaw_fal.store.output_check import OutputCheck
from openclaw_fal.store.paths import expand_home

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence

    from openclaw_fal.actions.planning import Skipped
    from openclaw_fal.actions.pricing import Limit
    from openclaw_fal.core.batch import JobEvent, Shard
    from openclaw_fal.core.batch_lines import BatchFormat, ParsedLine
    from openclaw_fal.core.costs import Estimate, Price
    from openclaw_fal.core.naming import OutputPlan
    from openclaw_fal.core.requests import Capability, IfExists
    from openclaw_fal.core.tasks import Event, Note, Task
    from openclaw_fal.models.payload import Plan
    from openclaw_fal.runtime import Runtime

STDIN = "-"
DEFAULT_OUTPUT = "{batch}/{line:04}-{prompt}.{ext}"
MAX_PROMPT_IN_NAME = 40
CHECK_TIMEOUT_S = 600.0  # for the references of all lines
_PLACEHOLDER = re.compile(r"\{(line|prompt|batch)(?::0(\d))?\}")
_TITLE_LENGTH = 200


class BatchOptions(NamedTuple):
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


class Line(NamedTuple):
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
    what = request.prompt or " ".join(one.source for one in request.references) or request.model or ""
    return printable(what, limit=_TITLE_LENGTH)


class Ready(NamedTuple):
    """A fully checked line, ready to be submitted."""

    options: Options
    output: OutputPlan
    prepared: list[Prepared]
    skipped: list[Skipped]


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
        if self.file == STDIN:
            # Texts on standard input have no name, so each is its own batch.
            return f"stdin-{new_task_id()}"
        return str(Path(expand_home(self.file)).resolve())

    def _read(self) -> list[Line]:
        text = read_text(self.runtime, self.file).removeprefix("\ufeff")
        form = self.options.form or format_of(self.file, text)
        raw, self.mistakes = read_lines(text, form, tabs=self.file.endswith(".tsv"))
        reader = LineReader(self.options.command, self.options.defaults, lambda path: read_text(self.runtime, path))
        parsed = []
        for line in raw:
            try:
                parsed.append(reader.parse(line))
            except UsageError as error:
                self.mistakes.append(Mistake(line.number, _one_sentence(error)))
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
        return Overview(counts["total"], counts["done"], counts["failed"] + counts["invalid"])


def _known_result(line: Line) -> LineResult:
    task, error = line.task, None
    if task and line.state is LineState.FAILED and task.error:
        error = task.error.restored().about(task)
    envelope = task.envelope() if task else None
    return LineResult(line.number, line.key, line.title, line.state, envelope, error, was_done_before=True)


# --- check -------------------------------------------------------------------------------------


class Undertaking(NamedTuple):
    """A batch that was checked: what is to be submitted, by line number, and the tasks that are to be finished."""

    batch: Batch
    ready: dict[int, Ready]
    to_finish: list[Line]

    @property
    def plans(self) -> list[Plan]:
        """What would be sent first of each line that is to be submitted, in the order of the file."""
        return [ready.prepared[0].plan for _, ready in sorted(self.ready.items())]

    def estimates(self, *, may_ask: bool = True) -> list[Estimate]:
        """Return what each of the plans will cost."""
        from openclaw_fal.actions.pricing import estimates  # noqa: PLC0415 - asked for by a flag

        return estimates(self.batch.runtime, self.plans, may_ask=may_ask)


def check(batch: Batch, *, asks_prices: bool = True) -> Undertaking:
    """Check every line that is to be submitted; raise `UsageError` with all mistakes, unless they are skipped.

    With a limit, raise `CostRefused` if the lines may cost more; fal is asked for the prices if ``asks_prices``.
    """
    options = batch.options
    again = {LineState.MISSING, *([LineState.FAILED] if options.retry_failed else [])}
    open_states = {LineState.RUNNING, LineState.INCOMPLETE, LineState.UNKNOWN}
    to_submit = [line for line in batch.lines if line.state in again]
    to_finish = [line for line in batch.lines if line.state in open_states]
    ready: dict[int, Ready] = {}
    deadline = batch.runtime.clock.deadline(CHECK_TIMEOUT_S)
    checker = _Checker(batch)
    with closing(References(batch.runtime, deadline)) as references:
        for line in to_submit:
            try:
                checked = checker.check(line, references)
            except UsageError as error:
                batch.mistakes.append(Mistake(line.number, _one_sentence(error)))
                continue
            if isinstance(checked, Ready):
                ready[line.number] = checked
            else:
                batch.results[line.number] = LineResult(
                    line.number, line.key, line.title, LineState.DONE, checked, was_done_before=True
                )
    if batch.mistakes and not options.skip_invalid:
        raise _refused(batch)
    wrong = {mistake.number for mistake in batch.mistakes}
    batch.lines = [line for line in batch.lines if line.number not in wrong]
    if ready or to_finish:
        batch.runtime.require_key()
    undertaking = Undertaking(batch, ready, to_finish)
    if options.limit and ready:
        from openclaw_fal.actions.pricing import check_limit  # noqa: PLC0415 - most batches have no limit

        check_limit(options.limit, undertaking.plans, undertaking.estimates(may_ask=asks_prices))
    return undertaking


def _refused(batch: Batch) -> UsageError:
    mistakes = sorted(batch.mistakes)
    count = f"{len(mistakes)} line is" if len(mistakes) == 1 else f"{len(mistakes)} lines are"
    lines = [f"{mistake}" for mistake in mistakes]
    return UsageError(
        "\n".join([f"{count} wrong, so nothing was sent.", *lines]),
        hint="Correct them, or skip them: --skip-invalid",
        code="batch_invalid",
    )


def _one_sentence(error: UsageError) -> str:
    return " ".join(error.message.replace("Nothing was sent.", "").split())


class _Checker:
    """Checks lines one by one, and that no two of them write the same file."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        self._runtime = batch.runtime
        self._planner = Planner(batch.runtime)
        self._check_output = OutputCheck()
        self._names: dict[str, int] = {}
        self._batch_in_name = _in_name(batch.options.name or Path(batch.name).stem)

    def check(self, line: Line, references: References) -> Ready | Envelope:
        """Return what is to be submitted, or an answer with the files that are there already (``--if-exists skip``)."""
        parsed, options = line.parsed, self._batch.options
        request = parsed.request
        how = Options(
            output=self._output(line),
            overwrite=parsed.overwrite or options.overwrite,
            timeout_ms=parsed.timeout_ms or options.timeout_ms,
            queue=not options.direct,
            is_checked=parsed.is_checked and options.is_checked,
            limit=options.limit,
            sidecar=options.sidecar,
            metadata=options.metadata,
            # Names that the user did not choose are changed if they are taken.
            if_exists=options.if_exists or (None if parsed.output or options.output else "rename"),
        )
        planned, skipped = self._planner.plans(request, is_checked=how.is_checked, output=how.output or "")
        output = output_of(self._runtime, request, how, planned, self._check_output)
        if "{line" not in (parsed.output or options.output or DEFAULT_OUTPUT):
            self._check_names(line, output, request.count or 1)
        if how.if_exists == "skip" and (answer := existing(request, output, planned)):
            return answer
        prepared = [Prepared.make(each, request, references) for each in planned]
        return Ready(how, output, prepared, skipped)

    def _output(self, line: Line) -> str:
        """Return the line's output with the values that differ from line to line filled in."""
        typed = line.parsed.output or self._batch.options.output or DEFAULT_OUTPUT
        if typed == STDIN:
            raise UsageError("--output - takes the files of only one line. Give a folder or a template.")
        if typed.endswith("/") or ("{" not in typed and Path(expand_home(typed)).is_dir()):
            typed = f"{typed.rstrip('/')}/{DEFAULT_OUTPUT.partition('/')[2]}"
        values = {"line": str(line.number), "prompt": _in_name(line.title), "batch": self._batch_in_name}
        return _PLACEHOLDER.sub(lambda found: values[found[1]].zfill(int(found[2] or 0)), typed)

    def _check_names(self, line: Line, output: OutputPlan, count: int) -> None:
        # The extension may be known only when the file has come, so names are compared without it.
        for name in exact_names(output, count, ".any") or ([] if output.kind == "template" else [str(output)]):
            if other := self._names.get(name):
                raise UsageError(
                    f"its file would get the same name as the file of line {other}. Put {{line}} into --output."
                )
            self._names[name] = line.number


def _in_name(text: str) -> str:
    """Return the beginning of a text as part of a file name: words with hyphens between them."""
    words = re.sub(r"[^\w]+", "-", text[: MAX_PROMPT_IN_NAME * 4]).strip("-_")
    if len(words) > MAX_PROMPT_IN_NAME:
        cut = words[:MAX_PROMPT_IN_NAME]
        words = cut.rpartition("-")[0] or cut
    return safe_value(words)


# --- run ---------------------------------------------------------------------------------------


def run(undertaking: Undertaking, results_file: str | None = None) -> Generator[JobEvent, None, None]:
    """Submit, follow and deliver what is missing; the batch's ``report`` has the state of each line."""
    batch = undertaking.batch
    by_number = {line.number: line for line in batch.lines}
    jobs = _jobs(undertaking)
    with closing(_ResultsFile(batch, results_file)) as written:
        for line in batch.lines:
            written.add_known(batch.results.get(line.number) or _known_result(line))
        if not jobs:
            return
        options = batch.options
        for event in together(batch.runtime, jobs, options.concurrency, fail_fast=options.fail_fast):
            if isinstance(event, Ended):
                result = _result(batch, by_number[event.job.number], event.outcome)
                batch.results[event.job.number] = result
                written.add(result)
            elif isinstance(event, Stopping):
                batch.was_interrupted = batch.was_interrupted or event.is_interrupt
            yield event


def _jobs(undertaking: Undertaking) -> list[Job]:
    batch, shared = undertaking.batch, _Shared(Uploads(), _prices(undertaking.batch), set())
    # Paid lines come first.
    finish = [_job(line, _completion(batch, line)) for line in undertaking.to_finish]
    submit = [
        _job(line, _submission(batch, line, ready, shared))
        for line in batch.lines
        if (ready := undertaking.ready.get(line.number))
    ]
    return [*finish, *submit]


def _job(line: Line, work: Callable[[], Generator[Event, None, None]]) -> Job:
    return Job(line.number, f"line {line.number}", line.title, work)


class _Shared(NamedTuple):
    """What is looked up once for all lines."""

    uploads: Uploads
    prices: Mapping[str, Price]
    said: set[Note]


def _prices(batch: Batch) -> Mapping[str, Price]:
    """Return the prices that are known without asking."""
    if batch.options.limit is None and not batch.runtime.paths.prices_dir.exists():
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
    return LineResult(line.number, line.key, line.title, _state_after(outcome, state), envelope, outcome)


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


class _ResultsFile:
    """``--results``: one JSON line for each line of the batch as it ends. A line that is in it already is not added."""

    def __init__(self, batch: Batch, path: str | None) -> None:
        self._batch = batch
        self._file = None
        self._known: set[str] = set()
        if path is None:
            return
        target = expand_home(path)
        try:
            if target.exists():
                self._known = {row["key"] for row in read_results(target.read_text("utf-8")) if row.get("ok")}
            target.parent.mkdir(parents=True, exist_ok=True)
            self._file = target.open("a", encoding="utf-8")
        except OSError as error:
            raise UsageError(f"--results {path} can't be written: {error.strerror or error}.") from error

    def add_known(self, result: LineResult) -> None:
        if result.state in (LineState.DONE, LineState.FAILED) and result.key not in self._known:
            self.add(result)

    def add(self, result: LineResult) -> None:
        if self._file is None or result.state is LineState.MISSING:
            return
        document = {"batch": self._batch.name} | result.as_json()
        self._file.write(json.dumps(document, ensure_ascii=True, separators=(",", ":"), default=str) + "\n")
        self._file.flush()

    def close(self) -> None:
        if self._file:
            self._file.close()


def merged(files: Sequence[str]) -> list[dict[str, Any]]:
    """Return the rows of several results files, in the order of their lines: of each line the last that is done."""
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for name in files:
        try:
            text = expand_home(name).read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            raise UsageError(f"{name} can't be read: {reason}.") from error
        for row in read_results(text):
            # The same batch has another folder on another machine.
            key = (Path(str(row.get("batch"))).name, str(row["key"]))
            if row.get("ok") or not rows.get(key, {}).get("ok"):
                rows[key] = row
    return sorted(rows.values(), key=lambda row: (str(row.get("batch")), _number(row.get("line"))))


def _number(value: Any) -> int:
    return value if isinstance(value, int) else 0


def read_results(text: str) -> list[dict[str, Any]]:
    """Return the rows of a results file; what is no row, such as a line that was cut by a crash, is left out."""
    rows = []
    for line in text.splitlines():
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if isinstance(row, dict) and "key" in row:
            rows.append(row)
    return rows
