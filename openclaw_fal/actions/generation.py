"""Every command that makes something: one action, because kinds and models are rows of data.

generate = plan + submit + follow + deliver
--detach = plan + submit
tasks wait = follow + deliver
"""

from __future__ import annotations

import os
from contextlib import closing
from typing import TYPE_CHECKING, Any

from openclaw_fal.actions.delivery import deliver, without_missing_files
from openclaw_fal.actions.output_place import existing, listed, output_of
from openclaw_fal.actions.planning import plans
from openclaw_fal.actions.references import LoadedReference, References, Uploads, check_fit, send
from openclaw_fal.actions.reuse import output_of_same, request_digest, take_up, warn_of_same
from openclaw_fal.actions.submit import check_recorded, submit
from openclaw_fal.core.errors import (
    CostRefused,
    InputRefused,
    JobFailed,
    KeyProblem,
    OpenclawFalError,
    SubmitUnknown,
)
from openclaw_fal.core.events import Finished, GaveUp, Note
from openclaw_fal.core.file_names import current_folder_if_any
from openclaw_fal.core.kinds import KIND_ROWS
from openclaw_fal.core.records import Record
from openclaw_fal.core.requests import Reference, local_files
from openclaw_fal.core.results import Attempt, Envelope
from openclaw_fal.core.tasks import Task, TaskStatus
from openclaw_fal.store.task_rows import new_task_id

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Mapping, Sequence
    from decimal import Decimal

    from openclaw_fal.actions.cost_limit import Limit
    from openclaw_fal.actions.planning import Skipped
    from openclaw_fal.core.costs import Price
    from openclaw_fal.core.events import Event
    from openclaw_fal.core.file_names import OutputPlan
    from openclaw_fal.core.requests import IfExists, Request
    from openclaw_fal.fal.clock import Deadline
    from openclaw_fal.models.payload import Plan
    from openclaw_fal.runtime import Runtime

DETACHED_SEARCH_TIME_S = 30.0  # for a request whose answer never arrived, if the user does not want to wait


class BatchLine(Record):
    """The line of a batch that a request comes from: the batch's name, and the line's identity."""

    batch: str
    key: str


class Options(Record):
    """How a request is carried out. ``timeout_ms`` is for the whole of it; ``output`` is as typed.

    Without ``is_checked`` a body is sent even if the model's schema refuses it. Nothing is sent that may cost more than
    ``limit``. `OutputPlan` has the meaning of ``sidecar`` and ``metadata``. ``if_exists`` is about names that are known
    before anything is sent; unless it is given, one that is taken is refused.
    """

    output: str | None = None
    overwrite: bool = False
    timeout_ms: int | None = None
    detach: bool = False
    queue: bool = False
    reuse: bool = False
    is_checked: bool = True
    limit: Limit | None = None
    sidecar: bool = False
    metadata: bool = False
    if_exists: IfExists | None = None

    def is_queued(self, request: Request) -> bool:
        """Return whether fal's queue is used. A synchronous run ends with the connection, so it can't be detached."""
        return KIND_ROWS[request.kind].is_queued or self.queue or self.detach


def generate(runtime: Runtime, request: Request, options: Options) -> Generator[Event, None, None]:
    """Try the candidates in order until one makes what was asked for; the last event is `Finished`.

    Raises `UsageError`, `KeyProblem` and `CostRefused` before anything is sent, and then the errors of `submit`,
    `follow` and `deliver`. The error of the last candidate has the attempts before it in its envelope.
    """
    planned, skipped = plans(runtime, request, is_checked=options.is_checked, output=options.output)
    output = output_of(runtime, request, options, planned)
    if options.if_exists == "skip" and (answer := existing(request, output, planned)):
        yield Note(f"Nothing was sent: {listed(answer)} (--if-exists skip).")
        yield Finished(answer)
        return
    deadline = runtime.deadline(timeout_s(runtime, request, options))
    with closing(References(runtime, deadline, as_they_are=not options.is_checked)) as references:
        prepared = [Prepared.make(each, request, references) for each in planned]
        yield from notes_of(prepared)
        runtime.require_key()
        work = Work(runtime, request, options, output, deadline, [], Uploads())
        yield from carry_out(work, prepared, skipped)


def carry_out(run: Work, prepared: Sequence[Prepared], skipped: Sequence[Skipped]) -> Generator[Event, None, None]:
    """Try the candidates of a request that was checked, in order; the last event is `Finished`."""
    runtime = run.runtime
    failure: OpenclawFalError | None = None
    for number, each in enumerate(prepared, start=1):
        passed = [other.attempt for other in skipped if other.after == number - 1]
        run.attempts.extend(passed)
        yield from map(GaveUp, passed)
        runtime.signals.raise_pending()  # it may have arrived while the last candidate was being sent
        try:
            yield from run.attempt(each)
        except CostRefused as error:
            if failure is None:
                raise
            # The candidates before it were sent, so their failure is what is reported.
            refused = Attempt(each.plan.endpoint, f"{error.problem} It was not tried.", error.code)
            run.attempts.append(refused)
            yield GaveUp(refused)
            if number == len(prepared):
                failure.envelope = _with_attempts(failure, run, each.plan)
                raise failure from error
        except OpenclawFalError as error:
            failure = error
            attempt = Attempt(each.plan.endpoint, error.message, error.code, error.task_id)
            if number == len(prepared) or not _another_model_could_help(error):
                error.envelope = _with_attempts(error, run, each.plan)
                raise
            run.attempts.append(attempt)
            runtime.open_tasks.drop(error.task_id)
            yield GaveUp(attempt)
        else:
            return


def timeout_s(runtime: Runtime, request: Request, options: Options) -> float:
    setting = runtime.settings.model(request.kind)
    milliseconds = options.timeout_ms or setting.timeout_ms
    return milliseconds / 1000 if milliseconds else KIND_ROWS[request.kind].timeout_s


def _another_model_could_help(error: OpenclawFalError) -> bool:
    """Return whether to try the next model: not after a content refusal, nor if the job may be billed."""
    match error:
        case InputRefused():
            return error.code != "content_policy"
        case JobFailed():
            return error.code != "cancelled"
        case KeyProblem():
            return error.code == "access_denied"
        case _:
            return False


def _with_attempts(error: OpenclawFalError, run: Work, planned: Plan) -> Envelope | None:
    if error.envelope is None and run.attempts:
        return Envelope(capability=run.request.capability, model=planned.endpoint, attempts=tuple(run.attempts))
    return error.envelope


class Prepared(Record):
    """A plan and the files that it needs: those of the references, then those of ``-p NAME=@FILE``."""

    plan: Plan
    media: tuple[LoadedReference, ...]

    @classmethod
    def make(cls, plan: Plan, request: Request, references: References) -> Prepared:
        """Read the files; raise `UsageError` for one that can't be read or that the model does not take."""
        media = references.load(request.references)
        check_fit(media, plan, of_any_type=references.as_they_are)
        references.check_urls(plan.media_urls)
        files = references.load(Reference(file.medium, file.source) for file in plan.files)
        return cls(plan, (*media, *files))


def notes_of(prepared: Iterable[Prepared]) -> list[Note]:
    """Return the notes about the files, each once."""
    return list(dict.fromkeys(medium.note for each in prepared for medium in each.media if medium.note))


class Work(Record):
    """A request with everything that its attempts share; those of a batch share ``uploads`` and ``prices`` as well."""

    runtime: Runtime
    request: Request
    options: Options
    output: OutputPlan
    deadline: Deadline
    attempts: list[Attempt]
    uploads: Uploads
    line: BatchLine | None = None
    prices: Mapping[str, Price] | None = None

    def attempt(self, prepared: Prepared) -> Generator[Event, None, None]:
        taken: list[Decimal] = []
        try:
            yield from self._attempt(prepared, taken)
        except OpenclawFalError as error:
            if self.options.limit and taken and not self._may_be_charged(error):
                self.options.limit.give_back(taken[0])
            raise

    def _may_be_charged(self, error: OpenclawFalError) -> bool:
        if error.task_id is None:
            return False
        try:
            return self.runtime.journal.get_task(error.task_id).may_have_been_charged
        except OpenclawFalError:  # a journal that can't be read must not hide the error
            return True

    def _attempt(self, prepared: Prepared, taken: list[Decimal]) -> Generator[Event, None, None]:
        planned = prepared.plan
        digest = request_digest(self.runtime, prepared.plan, prepared.media)
        # A line of a batch has an identity of its own: equal ones are meant to be made more than once.
        task = None if self.line else (yield from self._same(digest))
        is_new = False
        while task is None:
            price = self._price(planned, taken)
            urls = yield from send(self.runtime.fal, prepared.media, self.deadline, self.uploads)
            new = self._new_task(planned, digest, price)
            body = planned.with_references(urls)
            # None if another process has opened the same request meanwhile.
            task = yield from self._submit(new, body)
            is_new = task is not None
            if task is None:
                task = yield from self._same(digest)
        if self.options.detach:
            check_recorded(self.runtime, task)
        else:
            task = yield from self._to_the_end(task, is_new=is_new)
        yield Finished(task.envelope(tuple(self.attempts)))

    def _same(self, digest: str) -> Generator[Event, None, Task | None]:
        """Return the task of the same request if ``reuse`` asks for it; else only warn of it."""
        if self.line:
            from openclaw_fal.actions.reuse import take_up_line  # noqa: PLC0415 - most requests are of no batch

            return (yield from take_up_line(self.runtime, self.line, self.deadline))
        if self.options.reuse:
            return (yield from take_up(self.runtime, digest, self.deadline))
        yield from warn_of_same(self.runtime, digest)
        return None

    def _submit(self, task: Task, body: Mapping[str, Any]) -> Generator[Event, None, Task | None]:
        """Submit a task as `submit` does. If the answer never comes, the request is looked for while time is left."""
        try:
            return (yield from submit(self.runtime, task, body, self.deadline, unless_same=self.options.reuse))
        except SubmitUnknown as lost:
            if self.deadline.is_over:
                raise
            # Imported here: nearly never needed.
            from openclaw_fal.actions.follow import latest  # noqa: PLC0415
            from openclaw_fal.actions.recovery import recover  # noqa: PLC0415

            known = latest(self.runtime, task)
            if known.request_id and known.transport == "queue":
                raise
            until = self.deadline.within(DETACHED_SEARCH_TIME_S) if self.options.detach else self.deadline
            return (yield from recover(self.runtime, known, until, lost))

    def _price(self, planned: Plan, taken: list[Decimal]) -> Price | None:
        """Return the price of a unit if it is known without asking; raise `CostRefused` over the limit.

        fal is asked for the price only if there is a limit. What the attempt takes of the limit is added to ``taken``.
        """
        limit = self.options.limit
        if limit is not None and not taken:
            taken.append(limit.take(self.runtime, planned))
        if self.prices is not None and limit is None:
            return self.prices.get(planned.endpoint)
        if limit is None and not os.path.exists(self.runtime.paths.prices_dir):
            return None
        from openclaw_fal.actions.pricing import cached_prices  # noqa: PLC0415

        return cached_prices(self.runtime).get(planned.endpoint)

    def _to_the_end(self, task: Task, *, is_new: bool) -> Generator[Event, None, Task]:
        output = self.output if is_new else output_of_same(task, self.output)
        if not is_new:
            from openclaw_fal.actions.tasks import finish  # noqa: PLC0415 - only for a task that exists already

            task = without_missing_files((yield from finish(self.runtime, task, self.deadline)), output)
        elif task.status is not TaskStatus.SUCCEEDED:
            from openclaw_fal.actions.follow import follow  # noqa: PLC0415 - a synchronous run has already ended

            task = yield from follow(self.runtime, task, self.deadline)
        # Another process may take up the same request or line of a batch, and be the first to fetch its files.
        is_again = self.line is not None or self.options.reuse
        return (yield from deliver(self.runtime, task, output, self.deadline, is_again=is_again))

    def _new_task(self, planned: Plan, digest: str, price: Price | None) -> Task:
        now = self.runtime.clock.now()
        return Task(
            id=new_task_id(),
            capability=self.request.capability,
            model=planned.model,
            endpoint=planned.endpoint,
            transport="queue" if self.options.is_queued(self.request) else "sync",
            status=TaskStatus.SUBMITTING,
            created_at=now,
            updated_at=now,
            digest=digest,
            request=self.request,
            delivery=self.output,
            working_folder=current_folder_if_any() if local_files(self.request) else None,
            ignored=dict(planned.ignored),
            normalization=dict(planned.normalization),
            sandbox=self.runtime.makes_placeholders,
            price=price,
            batch=self.line.batch if self.line else None,
            line=self.line.key if self.line else None,
        )
