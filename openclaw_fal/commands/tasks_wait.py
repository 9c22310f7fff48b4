"""`openclaw-fal tasks wait` and `tasks adopt`: follow jobs that were submitted before, and fetch their files."""

# No `from __future__ import annotations`: Typer would have to read each annotation back from text.
from typing import TYPE_CHECKING, Annotated

import typer

from openclaw_fal.commands import options as opt
from openclaw_fal.commands.option_groups import Flags, gathering
from openclaw_fal.commands.tasks import check_shared_output, named_tasks
from openclaw_fal.core.errors import UsageError
from openclaw_fal.core.program import command
from openclaw_fal.core.requests import INTERRUPT_POLICIES, PROGRESS_MODES
from openclaw_fal.core.results import Table
from openclaw_fal.core.tasks import TaskStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from openclaw_fal.core.events import Event
    from openclaw_fal.core.tasks import Task
    from openclaw_fal.runtime import Runtime

    Events = Generator[Event, None, None]

app = typer.Typer()


class FetchFlags(Flags):
    """How jobs are followed, and their files fetched."""

    overwrite: opt.OverwriteOption = False
    if_exists: opt.IfExistsOption = None
    timeout_ms: Annotated[int | None, opt.timeout_option(1200.0)] = None
    on_interrupt: opt.InterruptOption = INTERRUPT_POLICIES[0]
    progress: opt.ProgressOption = PROGRESS_MODES[0]
    quiet: opt.QuietOption = False
    print_form: opt.PrintOption = None


@app.command()
@gathering
def wait(
    context: typer.Context,
    *,
    task_ids: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ID…]", help="Task ids or `last`; without any, all open or unfetched tasks."),
    ] = None,
    output: Annotated[str | None, opt.output_option("the task's own --output")] = None,
    model: Annotated[
        str | None,
        typer.Option(
            metavar="REF",
            help="Model of jobs that this computer has no record of; ID is then fal's request id.",
        ),
    ] = None,
    how: FetchFlags,
    preview: opt.PreviewOption = False,
    open_files: opt.OpenOption = False,
    notify: opt.NotifyOption = True,
    as_json: opt.JsonOption = False,
    sandbox: opt.SandboxOption = False,
) -> None:
    """Wait for tasks and fetch their files. Nothing is submitted or charged again.

    For a finished task, missing files are fetched, as long as fal keeps them. With --output, all files are fetched
    again to that place.
    """
    from openclaw_fal.commands.answers import for_all, limit_time, view
    from openclaw_fal.commands.answers import show as show_envelopes

    runtime = opt.runtime_of(context)
    limit_time(runtime, how.timeout_ms)
    tasks = named_tasks(runtime, task_ids, model) if task_ids else runtime.journal.awaited_tasks()
    if not tasks:
        runtime.messages.note("No task is open.")
        runtime.out.table(Table((), [], {"ok": True, "tasks": []}))
        return
    if len(tasks) > 1:
        check_shared_output(output)
    envelopes = for_all(runtime, tasks, _fetching(runtime, output, how))
    show_envelopes(runtime, envelopes, output, as_tasks=True)
    view(runtime, envelopes, preview=preview, open_files=open_files)


@app.command()
@gathering
def adopt(
    context: typer.Context,
    *,
    request_id: Annotated[str, typer.Argument(metavar="REQUEST_ID", help="Id that fal gave the request.")],
    model: Annotated[str | None, typer.Option(metavar="REF", help="The model that the request was sent to.")] = None,
    task: Annotated[
        str | None, typer.Option(metavar="ID", help="The task without an answer that the request belongs to.")
    ] = None,
    output: Annotated[str | None, opt.output_option("the task's own, else the current folder")] = None,
    how: FetchFlags,
    as_json: opt.JsonOption = False,
    sandbox: opt.SandboxOption = False,
) -> None:
    """Adopt a request of another machine, or of a task whose answer never arrived, and fetch its files.

    Nothing is submitted or charged again. Your key must be of the account that sent the request.
    """
    from openclaw_fal.actions.recovery import adopted, known_or_adopted
    from openclaw_fal.commands.answers import for_each, limit_time
    from openclaw_fal.commands.answers import show as show_envelopes

    runtime = opt.runtime_of(context)
    limit_time(runtime, how.timeout_ms)
    unanswered = runtime.journal.get_task(task) if task else None
    if unanswered and (unanswered.request_id or unanswered.status is TaskStatus.SUCCEEDED):
        raise UsageError(f"The task {unanswered.id} already has a request: {unanswered.request_id}.")
    if unanswered is None and model is None:
        raise UsageError("--model names the model that the request was sent to.", hint=command("tasks adopt --help"))
    taken = (
        adopted(runtime, request_id, unanswered) if unanswered else known_or_adopted(runtime, request_id, model or "")
    )
    envelopes = for_each(runtime, [taken], _fetching(runtime, output, how))
    show_envelopes(runtime, envelopes, output)


def _fetching(runtime: "Runtime", output: str | None, how: FetchFlags) -> "Callable[[Task], Events]":
    """Return what follows a task and fetches its files."""
    from openclaw_fal.actions.tasks import wait_for

    policy = opt.if_exists_policy(how.if_exists)
    return lambda task: wait_for(runtime, task, output, how.timeout_ms, overwrite=how.overwrite, if_exists=policy)
