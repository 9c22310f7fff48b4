"""`openclaw-fal tasks …`: follow tasks, fetch and show their files, cancel and forget them.

`tasks list` and `tasks show` are in `tasks_list`, `tasks rerun` is in `rerun`.
"""

# No `from __future__ import annotations`: Typer would have to read each annotation back from text.
import os
from typing import TYPE_CHECKING, Annotated

import typer

from openclaw_fal.commands import options as opt
from openclaw_fal.commands.option_groups import Flags, gathering
from openclaw_fal.core.errors import OpenclawFalError, UsageError
from openclaw_fal.core.program import command
from openclaw_fal.core.requests import INTERRUPT_POLICIES, PROGRESS_MODES
from openclaw_fal.core.results import Table
from openclaw_fal.core.tasks import WAIT_TIMEOUT_S, TaskStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from openclaw_fal.core.events import Event
    from openclaw_fal.core.results import Asset
    from openclaw_fal.core.tasks import Task
    from openclaw_fal.runtime import Runtime

    Events = Generator[Event, None, None]

app = typer.Typer()

TasksArgument = Annotated[list[str], typer.Argument(metavar=opt.TASKS, help=f"Task ids. {opt.TASK_HELP}")]


# --- wait and adopt -----------------------------------------------------------------------------


class FetchFlags(Flags):
    """How jobs are followed, and their files fetched."""

    overwrite: opt.OverwriteOption = False
    if_exists: opt.IfExistsOption = None
    timeout_ms: Annotated[int | None, opt.timeout_option(WAIT_TIMEOUT_S)] = None
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
    from openclaw_fal.commands.answers import for_all, limit_time, show, view

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
    show(runtime, envelopes, output, as_tasks=True)
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
    from openclaw_fal.commands.answers import for_each, limit_time, show

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
    show(runtime, envelopes, output)


def _fetching(runtime: "Runtime", output: str | None, how: FetchFlags) -> "Callable[[Task], Events]":
    """Return what follows a task and fetches its files."""
    from openclaw_fal.actions.tasks import wait_for

    return lambda task: wait_for(
        runtime, task, output, how.timeout_ms, overwrite=how.overwrite, if_exists=how.if_exists
    )


# --- cancel and prune ---------------------------------------------------------------------------


@app.command()
def cancel(context: typer.Context, task_ids: TasksArgument, as_json: opt.JsonOption = False) -> None:
    """Ask fal to cancel tasks, and show its answer.

    A job that is already running may still finish, and is then charged.
    """
    from openclaw_fal.actions.tasks import cancel as ask_to_stop
    from openclaw_fal.commands.answers import for_each

    runtime = opt.runtime_of(context)
    tasks = named_tasks(runtime, task_ids)
    envelopes = for_each(runtime, tasks, lambda task: ask_to_stop(runtime, task))
    for envelope in envelopes:
        runtime.out.line(f"{envelope.task_id}\t{envelope.status}")
    if runtime.json:
        answers = [{"taskId": e.task_id, "status": e.status, "answer": e.answer} for e in envelopes]
        runtime.out.data({"ok": True, "tasks": answers})


@app.command()
def prune(
    context: typer.Context,
    days: Annotated[float, typer.Option(metavar="N", min=0, help="Forget tasks unchanged for this many days.")] = 30,
    everything: Annotated[
        bool, typer.Option("--all", help="Also forget tasks with files that were never fetched, and unknown ones.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before --all.")] = False,
    as_json: opt.JsonOption = False,
) -> None:
    """Forget old finished tasks. Their files are kept.

    Tasks that may still be running at fal are always kept. Without --all, tasks that may have been paid for are kept
    too: those with files that were never fetched, and those that fal may or may not have accepted. On a terminal,
    --all asks first.
    """
    from openclaw_fal.actions.tasks import prune as forget

    runtime = opt.runtime_of(context)
    if everything and not yes and runtime.stdin_is_terminal and runtime.screen.stderr_is_terminal:
        _confirm_loss(runtime)
    before = runtime.clock.now() - days * 86400
    forgotten = forget(runtime, before, everything=everything)
    if runtime.json:
        runtime.out.data({"ok": True, "forgotten": forgotten})
    else:
        runtime.out.line(f"{forgotten} task{'' if forgotten == 1 else 's'} forgotten")


def _confirm_loss(runtime: "Runtime") -> None:
    from openclaw_fal.actions.auth import ask_yes_or_no

    question = "Also forget tasks that may have been paid for? Their files can't be fetched afterwards."
    runtime.not_done = "Nothing was forgotten."
    if not ask_yes_or_no(runtime, question, default=False):
        raise OpenclawFalError(runtime.not_done, code="declined")
    runtime.not_done = ""


# --- open and preview ---------------------------------------------------------------------------


@app.command("open")
def open_files(context: typer.Context, task_ids: TasksArgument, as_json: opt.JsonOption = False) -> None:
    """Open the files of tasks in the system's viewer."""
    from openclaw_fal.commands.viewing import open_all

    _show_files(context, task_ids, lambda runtime, saved: open_all(runtime, [str(asset.path) for asset in saved]))


@app.command()
def preview(context: typer.Context, task_ids: TasksArgument, as_json: opt.JsonOption = False) -> None:
    """Show the pictures of tasks in the terminal, and the first frames of their videos."""
    from openclaw_fal.commands.viewing import preview_files

    _show_files(context, task_ids, preview_files)


def _show_files(context: typer.Context, task_ids: list[str], show: "Callable[[Runtime, list[Asset]], None]") -> None:
    """Show the saved files of tasks, which JSON lists instead."""
    runtime = opt.runtime_of(context)
    saved = _saved(runtime, task_ids)
    if runtime.json:
        runtime.out.data({"ok": True, "files": [asset.path for asset in saved]})
    elif saved:
        show(runtime, saved)


def _saved(runtime: "Runtime", task_ids: list[str]) -> "list[Asset]":
    """Return the saved files of tasks; say which tasks have none, and how to fetch those that there may be."""
    from openclaw_fal.actions.task_hints import wait_command

    tasks = named_tasks(runtime, task_ids)
    for task in tasks:
        if any(asset.path for asset in task.outputs):
            continue
        may_have_files = bool(task.outputs) or not task.status.is_final
        fetch = f"\nFetch its files: {wait_command(task)}" if may_have_files else ""
        runtime.messages.note(f"The task {task.id} is {task.status}, and has no saved files.{fetch}")
    return [asset for task in tasks for asset in task.outputs if asset.path]


# --- which tasks --------------------------------------------------------------------------------


def named_tasks(runtime: "Runtime", task_ids: list[str], model: str | None = None) -> "list[Task]":
    """Return the tasks, each once, in the order given; with ``model``, those of jobs that no journal knows as well."""
    if model is None:
        tasks = [runtime.journal.get_task(task_id) for task_id in task_ids]
    else:
        from openclaw_fal.actions.recovery import known_or_adopted

        tasks = [known_or_adopted(runtime, task_id, model) for task_id in task_ids]
    return list({task.id: task for task in tasks}.values())


def check_shared_output(output: str | None) -> None:
    """Refuse one file name for several tasks: they would overwrite each other, or only the first be saved."""
    is_shared = output is not None and not output.endswith(("/", os.sep)) and not os.path.isdir(output)
    if is_shared and "{task}" not in str(output):
        raise UsageError(
            f"--output {output} is one file name for several tasks.",
            hint="Use a folder, such as videos/, or a template with {task}.",
        )
