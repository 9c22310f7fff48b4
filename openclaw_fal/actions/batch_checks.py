"""The checks of a whole batch before anything is sent: what each line becomes, and what is wrong with any of them.

Lines that differ only in prompt and seed share the work of planning.
"""

from __future__ import annotations

import errno
import os
import re
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from openclaw_fal.actions.batch import STDIN, one_sentence
from openclaw_fal.actions.generation import Options, Prepared
from openclaw_fal.actions.output_place import existing, output_of
from openclaw_fal.actions.planning import KnownSchemas, format_of_name, plans
from openclaw_fal.actions.references import References
from openclaw_fal.core.batch_line_state import LineResult, LineState
from openclaw_fal.core.batch_lines import NOT_JSON, Mistake
from openclaw_fal.core.errors import UsageError
from openclaw_fal.core.file_names import PLACEHOLDERS, exact_names, safe_value
from openclaw_fal.core.records import Record
from openclaw_fal.models.validation import has_problem
from openclaw_fal.store.output_check import OutputCheck
from openclaw_fal.store.paths import expand_home

if TYPE_CHECKING:
    from openclaw_fal.actions.batch import Batch, Line
    from openclaw_fal.actions.planning import Skipped
    from openclaw_fal.core.costs import Estimate
    from openclaw_fal.core.file_names import OutputPlan
    from openclaw_fal.core.requests import Request
    from openclaw_fal.core.results import Envelope
    from openclaw_fal.models.payload import Plan
    from openclaw_fal.runtime import Runtime

DEFAULT_OUTPUT = "{batch}/{line:04}-{prompt}.{ext}"
MAX_PROMPT_IN_NAME = 40
MAX_NAMED = 20  # lines with the same mistake
CHECK_TIMEOUT_S = 600.0  # for the references of all lines
_PLACEHOLDER = re.compile(r"\{(line|prompt|batch)(?::0(\d))?\}")
_ANY_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


class Ready(Record):
    """A fully checked line, ready to be submitted."""

    options: Options
    output: OutputPlan
    prepared: list[Prepared]
    skipped: list[Skipped]


class CheckedBatch(Record):
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


def check(batch: Batch, *, asks_prices: bool = True) -> CheckedBatch:
    """Check every line that is to be submitted; raise `UsageError` with all mistakes, unless they are skipped.

    With a limit, raise `CostRefused` if the lines may cost more; fal is asked for the prices if ``asks_prices``.
    """
    options = batch.options
    open_states = {LineState.RUNNING, LineState.INCOMPLETE, LineState.UNKNOWN}
    to_submit = [
        line
        for line in batch.lines
        if line.state is LineState.MISSING or (options.retry_failed and line.state.needs_retry)
    ]
    to_finish = [line for line in batch.lines if line.state in open_states]
    ready: dict[int, Ready] = {}
    deadline = batch.runtime.clock.deadline(CHECK_TIMEOUT_S)
    checker = _Checker(batch)
    with closing(References(batch.runtime, deadline)) as references:
        for line in to_submit:
            try:
                found = checker.check(line, references)
            except UsageError as error:
                batch.mistakes.append(Mistake(line.number, one_sentence(error)))
                continue
            if isinstance(found, Ready):
                ready[line.number] = found
            else:
                batch.results[line.number] = LineResult(line.number, line.key, line.title, LineState.DONE, found)
    if batch.mistakes and not options.skip_invalid:
        raise _refused(batch)
    if same := batch.same_elsewhere:
        batch.runtime.messages.warning(same)
    if batch.mistakes:
        batch.runtime.messages.warning(_wrong_lines(batch.mistakes, " and skipped"))
    wrong = {mistake.number for mistake in batch.mistakes}
    batch.lines = [line for line in batch.lines if line.number not in wrong]
    if ready or to_finish:
        batch.runtime.require_key()
    checked = CheckedBatch(batch, ready, to_finish)
    if options.limit and ready:
        from openclaw_fal.actions.cost_limit import check_limit  # noqa: PLC0415 - most batches have no limit

        check_limit(options.limit, checked.plans, checked.estimates(may_ask=asks_prices))
    return checked


def _refused(batch: Batch) -> UsageError:
    hint = "Correct them, or skip them: --skip-invalid"
    if not batch.lines and len(batch.mistakes) > 1 and batch.mistakes[0].message.startswith(NOT_JSON):
        hint += "\nWrite each object on one line, as jq -c does, or all of them as an array."
    folder = str(Path(batch.file).parent)
    if folder != "." and any(os.strerror(errno.ENOENT) in mistake.message for mistake in batch.mistakes):
        hint += f"\nPaths are relative to the current folder, not to {folder}."
    return UsageError(_wrong_lines(batch.mistakes, ", so nothing was sent"), hint=hint, code="batch_invalid")


def _wrong_lines(mistakes: list[Mistake], consequence: str) -> str:
    """Return what is wrong, and in which lines: many may have the same mistake, such as a wrong flag."""
    numbers: dict[str, list[int]] = {}
    for mistake in sorted(mistakes, key=lambda mistake: mistake.number):
        numbers.setdefault(mistake.message, []).append(mistake.number)
    count = f"{len(mistakes)} line is" if len(mistakes) == 1 else f"{len(mistakes)} lines are"
    return "\n".join(
        [f"{count} wrong{consequence}.", *(f"{_lines(each)}: {message}" for message, each in numbers.items())]
    )


def _lines(numbers: list[int]) -> str:
    named = ", ".join(map(str, numbers[:MAX_NAMED]))
    more = f" and {len(numbers) - MAX_NAMED} more" if len(numbers) > MAX_NAMED else ""
    return f"line{'s' if len(numbers) > 1 else ''} {named}{more}"


class _Checker:
    """Checks lines one by one, and that no two of them write the same file."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        self._runtime = batch.runtime
        self._planner = Planner(batch.runtime)
        self._check_output = OutputCheck()
        self._names: dict[str, int] = {}
        self._batch_in_name = _in_name(Path(batch.name).stem if Path(batch.name).is_absolute() else batch.name)

    def check(self, line: Line, references: References) -> Ready | Envelope:
        """Return what is to be submitted, or an answer with the files that are there already (``--if-exists skip``)."""
        parsed, options = line.parsed, self._batch.options
        request = parsed.request
        how = Options(
            output=self._output(line),
            overwrite=parsed.overwrite or options.overwrite,
            timeout_ms=parsed.timeout_ms or options.timeout_ms,
            queue=not options.direct or self._runtime.cancel_on_interrupt,  # only those in the queue can be canceled
            is_checked=parsed.is_checked and options.is_checked,
            limit=options.limit,
            sidecar=parsed.sidecar or options.sidecar,
            metadata=parsed.metadata or options.metadata,
            # Names that the user did not choose are changed if they are taken.
            if_exists=parsed.if_exists or options.if_exists or (None if self._is_named(line) else "rename"),
        )
        planned, skipped = self._planner.plans(request, is_checked=how.is_checked, output=how.output or "")
        output = output_of(self._runtime, request, how, planned, self._check_output)
        if "{line" not in self._typed(line):
            self._check_names(line, output, request.count or 1)
        if how.if_exists == "skip" and (answer := existing(request, output, planned)):
            return answer
        prepared = [Prepared.make(each, request, references) for each in planned]
        return Ready(how, output, prepared, skipped)

    def _is_named(self, line: Line) -> bool:
        return line.parsed.output is not None or self._batch.options.output is not None

    def _typed(self, line: Line) -> str:
        options = self._batch.options
        typed = options.output if line.parsed.output is None else line.parsed.output
        return DEFAULT_OUTPUT if typed is None else typed

    def _output(self, line: Line) -> str:
        """Return the line's output with the values that differ from line to line filled in."""
        typed = self._typed(line)
        if typed == STDIN:
            raise UsageError("--output - takes the files of only one line. Give a folder or a template.")
        if typed.endswith("/") or ("{" not in typed and os.path.isdir(expand_home(typed))):
            typed = f"{typed.rstrip('/')}/{DEFAULT_OUTPUT.partition('/')[2]}"
        values = {"line": str(line.number), "prompt": _in_name(line.title), "batch": self._batch_in_name}
        filled = _PLACEHOLDER.sub(lambda found: values[found[1]].zfill(int(found[2] or 0)), typed)
        if unknown := next((name for name in _ANY_PLACEHOLDER.findall(filled) if name not in PLACEHOLDERS), None):
            allowed = " ".join(f"{{{name}}}" for name in (*values, *PLACEHOLDERS))
            raise UsageError(f"--output has an unknown placeholder {{{unknown}}}. Use any of: {allowed}.")
        return filled

    def _check_names(self, line: Line, output: OutputPlan, count: int) -> None:
        # The extension may be known only when the file has come, so names are compared without it.
        for name in exact_names(output, count, ".any") or ([] if output.kind == "template" else [str(output)]):
            if other := self._names.get(name):
                raise UsageError(
                    f"its file would get the same name as the file of line {other}. Give a folder/, or put {{line}} "
                    "into --output."
                )
            self._names[name] = line.number


def _in_name(text: str) -> str:
    """Return the beginning of a text as part of a file name: words with hyphens between them."""
    words = re.sub(r"[^\w]+", "-", text[: MAX_PROMPT_IN_NAME * 4]).strip("-_")
    if len(words) > MAX_PROMPT_IN_NAME:
        cut = words[:MAX_PROMPT_IN_NAME]
        words = cut.rpartition("-")[0] or cut
    return safe_value(words)


# --- plans -------------------------------------------------------------------------------------

# What may differ between requests that share the work.
_VARIED = (("prompt", "seed"), ("prompt",))


class Planner:
    """Plans many requests. Those that differ only in prompt and seed share the work."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._known: dict[str, KnownSchemas] = {}
        self._shapes: dict[str, _Shape] = {}

    def plans(self, request: Request, *, is_checked: bool, output: str) -> tuple[list[Plan], list[Skipped]]:
        """Return the same as `planning.plans`."""
        named = format_of_name(output, request)
        shapes = []
        for varied in _VARIED:
            if all(getattr(request, name) not in (None, "") for name in varied):
                key = f"{is_checked} {named} {varied} {request.without(varied)}"
                shapes.append(self._shapes.setdefault(key, _Shape(varied)))
                if filled := shapes[-1].filled(request):
                    return filled
        made, skipped = plans(self._runtime, request, is_checked=is_checked, output=output, known=self._known_of)
        for shape in shapes:
            shape.learn(request, made, skipped)
        return made, skipped

    def _known_of(self, model: str) -> KnownSchemas:
        return self._known.setdefault(model, KnownSchemas(self._runtime, model))


class _Shape:
    """Requests that differ only in some fields. If the plans of two differ only there as well, all plans do."""

    def __init__(self, varied: tuple[str, ...]) -> None:
        self._varied = varied
        self._first: tuple[Request, list[Plan], list[Skipped]] | None = None
        self._inputs: list[dict[str, str]] | None = None

    def learn(self, request: Request, made: list[Plan], skipped: list[Skipped]) -> None:
        before, first, _ = self._first or (request, made, skipped)
        if any(getattr(request, name) == getattr(before, name) for name in self._varied):
            self._first = self._first or (request, made, skipped)
            return
        inputs = [found for plan in first if (found := self._inputs_of(plan, before))]
        if len(inputs) == len(first) and [*map(_with, first, inputs, [request] * len(first))] == made:
            self._inputs = inputs
        else:  # two inputs may have had the same value
            self._first = (request, made, skipped)

    def filled(self, request: Request) -> tuple[list[Plan], list[Skipped]] | None:
        """Return the plans of a request; ``None`` if they have to be made."""
        if self._first is None or self._inputs is None or not request.prompt.strip():
            return None
        _, first, skipped = self._first
        made = [_with(plan, inputs, request) for plan, inputs in zip(first, self._inputs, strict=True)]
        for plan, inputs in zip(made, self._inputs, strict=True):
            if plan.schema and any(has_problem(plan.schema, name, plan.body[name]) for name in inputs):
                return None
        return made, [*skipped]

    def _inputs_of(self, plan: Plan, request: Request) -> dict[str, str] | None:
        """Return the field that fills each input, ``None`` if several inputs may be that of a field."""
        inputs = {}
        for field in self._varied:
            names = [name for name, value in plan.body.items() if value == getattr(request, field)]
            if len(names) != 1:
                return None
            inputs[names[0]] = field
        return inputs


def _with(plan: Plan, inputs: dict[str, str], request: Request) -> Plan:
    return plan._replace(body=plan.body | {name: getattr(request, field) for name, field in inputs.items()})
