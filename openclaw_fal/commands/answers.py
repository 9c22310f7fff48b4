"""From a request to an answer: do the work, show the result."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from openclaw_fal.core.errors import Interrupted, OpenclawFalError, StillRunning
from openclaw_fal.core.program import command, onboard_command
from openclaw_fal.core.requests import REQUEST_FORMS, parse_parameter
from openclaw_fal.core.results import Envelope
from openclaw_fal.models.refs import model_ref

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Sequence

    from openclaw_fal.actions.cost_limit import Limit
    from openclaw_fal.actions.dry_run import DryRun
    from openclaw_fal.actions.generation import Options
    from openclaw_fal.commands.option_groups import JobFlags
    from openclaw_fal.core.events import Event
    from openclaw_fal.core.kinds import Kind
    from openclaw_fal.core.requests import Parameter, Request
    from openclaw_fal.core.tasks import Task
    from openclaw_fal.models.capabilities import Capabilities
    from openclaw_fal.runtime import Runtime


def generate_and_show(runtime: Runtime, request: Request, job: JobFlags, *, queue: bool = False) -> None:
    runtime.prepare_client()
    from openclaw_fal.actions.generation import generate

    limit_time(runtime, job.timeout_ms)
    options = _options(runtime, job, queue=queue)
    if job.dry_run or job.as_form is not None:
        _show_dry_runs(runtime, [request], options, job)
        return
    try:
        envelope = _answer(runtime, generate(runtime, request, options))
    except OpenclawFalError as error:
        _summarize(runtime, [request], job, [error])
        raise
    _summarize(runtime, [request], job, [envelope])
    show(runtime, [envelope], job.output)
    view(runtime, [envelope], preview=job.preview, open_files=job.open_files)


def generate_all_and_show(runtime: Runtime, requests: Sequence[Request], job: JobFlags) -> None:
    """Make several requests at once; what is wrong with any of them is found before one is sent."""
    if len(requests) == 1:
        generate_and_show(runtime, requests[0], job)
        return
    from openclaw_fal.actions.generation import generate
    from openclaw_fal.actions.job_pool import MAX_AT_ONCE, outcomes
    from openclaw_fal.actions.planning import plans
    from openclaw_fal.core.job_events import Job

    limit_time(runtime, job.timeout_ms)
    options = _options(runtime, job, queue=True)
    planned = [
        plans(runtime, request, is_checked=options.is_checked, output=options.output)[0][0] for request in requests
    ]
    if options.limit:
        from openclaw_fal.actions.cost_limit import check_limit
        from openclaw_fal.actions.pricing import estimates

        check_limit(options.limit, planned, estimates(runtime, planned))
    if job.dry_run or job.as_form is not None:
        _show_dry_runs(runtime, requests, options._replace(limit=None), job)
        return
    jobs = [
        Job(number, f"request {number}", request.prompt, partial(generate, runtime, request, options))
        for number, request in enumerate(requests, start=1)
    ]
    results = outcomes(runtime, jobs, MAX_AT_ONCE)
    _summarize(runtime, requests, job, results)
    envelopes = _answers(runtime, results)
    show(runtime, envelopes, job.output)
    view(runtime, envelopes, preview=job.preview, open_files=job.open_files)


def _options(runtime: Runtime, job: JobFlags, *, queue: bool) -> Options:
    from openclaw_fal.actions.generation import Options

    return Options(
        output=job.output,
        overwrite=job.overwrite,
        if_exists=job.if_exists,
        timeout_ms=job.timeout_ms,
        detach=job.detach,
        queue=queue or job.on_interrupt == "cancel",  # only what is in the queue can be canceled
        reuse=job.reuse,
        is_checked=not job.no_validate,
        limit=cost_limit(runtime, job.max_cost, allows_unknown=job.allow_unknown_cost),
        sidecar=job.sidecar,
        metadata=job.embed_metadata,
    )


def limit_time(runtime: Runtime, timeout_ms: int | None) -> None:
    """Let the time limit of the command end what it does before its job as well."""
    if timeout_ms is not None:
        runtime.time_limit = runtime.clock.deadline(timeout_ms / 1000)


def _summarize(
    runtime: Runtime, requests: Sequence[Request], job: JobFlags, answers: Sequence[Envelope | OpenclawFalError]
) -> None:
    """Append the answers to the summary of a CI job, if that is wanted."""
    if job.summary:
        from openclaw_fal.actions.step_summary import Row, append

        pairs = zip(requests, answers, strict=True)
        append(runtime, [Row.of(request.prompt, answer, request.model or "") for request, answer in pairs])


def view(runtime: Runtime, envelopes: Sequence[Envelope], *, preview: bool, open_files: bool) -> None:
    """Show the files themselves, if a flag or a variable asks for it."""
    if preview or open_files or runtime.wants_previews:
        from openclaw_fal.commands import viewing

        viewing.view(runtime, envelopes, preview=preview, open_files=open_files)


def cost_limit(runtime: Runtime, max_cost: str | None, *, allows_unknown: bool) -> Limit | None:
    """Return the limit of the cost, if one is set; without one, nothing about costs is loaded."""
    if max_cost is None and not runtime.environ.get("OPENCLAW_FAL_MAX_COST", "").strip():
        return None
    from openclaw_fal.actions.cost_limit import read_limit

    return read_limit(runtime, max_cost, allows_unknown=allows_unknown)


def _show_dry_runs(runtime: Runtime, requests: Sequence[Request], options: Options, job: JobFlags) -> None:
    """Show what would be sent; of several requests one after the other, in JSON under ``requests``."""
    from openclaw_fal.actions.dry_run import dry_run
    from openclaw_fal.commands.options import checked_choice
    from openclaw_fal.core.costs import estimated_total

    if job.as_form is not None:
        checked_choice("--as", job.as_form, REQUEST_FORMS)
    fetches_price = not job.no_price and job.as_form is None
    would = [dry_run(runtime, request, options, fetches_price=fetches_price) for request in requests]
    if job.as_form is not None:
        _show_as_curl(runtime, would)
    elif len(would) == 1 and runtime.json:
        runtime.out.data(would[0].as_json())
    elif runtime.json:
        cost = estimated_total([each.estimate for each in would])
        answers = [each.as_json() for each in would]
        runtime.out.data({"ok": True, "dryRun": True, "requests": answers, "estimate": cost.as_json()})
    else:
        for each in would:
            runtime.out.facts(f"{each.model}: nothing was sent", each.pairs())
            runtime.out.data(each.shown_body)
        if len(would) > 1:
            cost = estimated_total([each.estimate for each in would])
            runtime.out.facts(f"{len(would)} requests: nothing was sent", [("total cost", cost.text)])


def _show_as_curl(runtime: Runtime, would: Sequence[DryRun]) -> None:
    for upload in dict.fromkeys(upload for each in would for upload in each.uploads):
        runtime.messages.note(f"{upload.name} must be uploaded first; put its URL in place of {upload.placeholder!r}.")
    curls = [each.as_curl() for each in would]
    if not runtime.json:
        for curl in curls:
            runtime.out.line(curl)
        return
    lines = {"curl": curls[0]} if len(curls) == 1 else {"requests": [{"curl": curl} for curl in curls]}
    runtime.out.data({"ok": True, "dryRun": True, **lines})


def for_all(
    runtime: Runtime, tasks: Sequence[Task], work: Callable[[Task], Generator[Event, None, None]]
) -> list[Envelope]:
    """Do the work for all tasks at once; return and raise as `for_each` does."""
    if len(tasks) < 2 or len({task.sandbox for task in tasks}) > 1:  # a client asks either fal or the sandbox
        return for_each(runtime, tasks, work)
    from openclaw_fal.actions.job_pool import MAX_AT_ONCE, outcomes
    from openclaw_fal.core.job_events import Job

    runtime.use_sandbox(tasks[0].sandbox)
    titles = [task.request.prompt if task.request else task.endpoint for task in tasks]
    jobs = [
        Job(number, f"task {task.id}", title, partial(work, task))
        for number, (task, title) in enumerate(zip(tasks, titles, strict=True), start=1)
    ]
    found = zip(outcomes(runtime, jobs, MAX_AT_ONCE), tasks, strict=True)
    results = [each.about(task) if isinstance(each, OpenclawFalError) else each for each, task in found]
    return _answers(runtime, results)


def for_each(
    runtime: Runtime, tasks: Sequence[Task], work: Callable[[Task], Generator[Event, None, None]]
) -> list[Envelope]:
    """Do the work for each task, even if others fail, and return the answers.

    Raises the error of the first task that fails, with the results of all tasks.
    """
    results: list[Envelope | OpenclawFalError] = []
    for task in tasks:
        try:
            results.append(_answer(runtime, work(task)))
        except OpenclawFalError as error:
            results.append(error.about(task))
    return _answers(runtime, results)


def _answers(runtime: Runtime, results: Sequence[Envelope | OpenclawFalError]) -> list[Envelope]:
    """Return the answers; raise the first error, with all results."""
    answers = [result for result in results if isinstance(result, Envelope)]
    failures = [result for result in results if isinstance(result, OpenclawFalError)]
    if not failures:
        return answers
    for answer in () if runtime.json else answers:
        runtime.out.envelope(answer)
    failures[0].results = tuple(results)
    raise failures[0]


def _answer(runtime: Runtime, events: Generator[Event, None, None]) -> Envelope:
    """Do the work and return its answer. With ``--on-interrupt cancel``, a task is canceled at the time limit."""
    try:
        return runtime.show(events)
    except StillRunning as error:
        from openclaw_fal.actions.interrupted_tasks import late

        raise late(runtime, error) from error


def show_provider(runtime: Runtime, kind: Kind, describe: Callable[[Capabilities], list[tuple[str, str]]]) -> None:
    """Show what fal can do with one kind of media; ``describe`` turns its capabilities into names and values."""
    from openclaw_fal.actions.model_status import provider

    fal = provider(runtime, kind)
    if runtime.json:
        # As in OpenClaw, whose other providers describe videos as well.
        runtime.out.data({"generation": [fal.as_json()], "description": []} if kind == "video" else [fal.as_json()])
        return
    runtime.out.facts(
        "fal",
        [
            ("provider", "fal"),
            ("configured", "yes" if fal.is_configured else f"no: {onboard_command()}"),
            ("model", model_ref(fal.model) if fal.model else "no fal model is configured"),
            *describe(fal.capabilities),
            *(("known model", model_ref(model)) for model in fal.models),
        ],
    )


def listed(*lists: Iterable[str]) -> str:
    """Return all words of some lists, each once."""
    return ", ".join(dict.fromkeys(word for words in lists for word in words))


def cancel_if_wanted(runtime: Runtime) -> str | None:
    """After a signal: with ``--on-interrupt cancel``, ask fal to cancel the open tasks and return what it answered.

    A second signal meanwhile leaves them running.
    """
    from openclaw_fal.actions.interrupted_tasks import cancel_as_asked

    try:
        return cancel_as_asked(runtime, runtime.open_tasks)
    except Interrupted:
        return None


def interruption(runtime: Runtime, answer: str | None) -> OpenclawFalError:
    """Return the error of a command that a signal ended, with fal's ``answer`` to a cancel request if there is one."""
    from openclaw_fal.actions.interrupted_tasks import interrupted

    return interrupted(runtime, runtime.open_tasks, answer)


def unforeseen(runtime: Runtime, arguments: Sequence[str], error: Exception) -> OpenclawFalError:
    """Return the error for an unexpected exception, with the file that has its traceback."""
    from openclaw_fal.core.secrets import redact
    from openclaw_fal.core.text import printable
    from openclaw_fal.store.bug_reports import write_bug_report

    try:
        folder = runtime.paths.state_dir
    except Exception:  # noqa: BLE001 - it may be what has failed
        folder = None
    path = write_bug_report(folder, error, arguments)
    what = printable(str(redact(f"{type(error).__name__}: {error}")), limit=300).rstrip(".")
    tasks = [f"See its status: {command('tasks show', task.id)}" for task in runtime.open_tasks]
    details = f"Please report it, with this file: {path}" if path else "Please report it."
    return OpenclawFalError(
        f"Unexpected error: {what}. This is a bug in openclaw-fal.",
        hint="\n".join([*tasks, details]),
        code="internal",
    )


def show(runtime: Runtime, envelopes: Sequence[Envelope], output: str | None, *, as_tasks: bool = False) -> None:
    """Show the answers, unless the file itself was written to standard output.

    With ``as_tasks``, JSON has them under ``tasks``, however many there are; a single one stands above that, too.
    """
    if output == "-":
        return
    if runtime.json and (as_tasks or len(envelopes) > 1):
        answers = [envelope.as_json() for envelope in envelopes]
        runtime.out.data((answers[0] if len(answers) == 1 else {"ok": True}) | {"tasks": answers})
        return
    for envelope in envelopes:
        runtime.out.envelope(envelope)


def read_parameters(given: Sequence[str] | None) -> tuple[Parameter, ...]:
    """Read every ``-p``; raise `UsageError` for one that can't be read."""
    return tuple(parse_parameter(text) for text in given or ())
