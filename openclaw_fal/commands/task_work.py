"""`openclaw-fal tasks …`: what is done with tasks: wait for them, send them again, open their files, cancel them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from openclaw_fal.commands import options as opt
from openclaw_fal.commands.tasks import ID_HELP
from openclaw_fal.core.errors import OpenclawFalError, UsageError
from openclaw_fal.core.program import command
from openclaw_fal.core.requests import INTERRUPT_POLICIES, PROGRESS_MODES
from openclaw_fal.core.results import Table
from openclaw_fal.core.tasks import Task, TaskStatus

if TYPE_CHECKING:
    from openclaw_fal.runtime import Runtime

app = typer.Typer()

IdsArgument = Annotated[list[str], typer.Argument(metavar="ID…", help=f"Task ids. {ID_HELP}")]


@app.command()
def wait(
    context: typer.Context,
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
    overwrite: opt.OverwriteOption = False,
    timeout_ms: Annotated[int | None, opt.timeout_option(1200.0)] = None,
    on_interrupt: opt.InterruptOption = INTERRUPT_POLICIES[0],
    progress: opt.ProgressOption = PROGRESS_MODES[0],
    quiet: opt.QuietOption = False,
    print_form: opt.PrintOption = None,
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
    from openclaw_fal.actions.tasks import wait_for
    from openclaw_fal.commands.answers import for_all, view
    from openclaw_fal.commands.answers import show as show_envelopes

    runtime = opt.runtime_of(context)
    tasks = _named(runtime, task_ids, model) if task_ids else runtime.journal.awaited_tasks()
    if not tasks:
        runtime.messages.note("No task is open.")
        runtime.out.table(Table((), [], {"ok": True, "tasks": []}))
        return
    if len(tasks) > 1:
        _check_shared_output(output)
    envelopes = for_all(
        runtime,
        tasks,
        lambda task: wait_for(runtime, task, output, timeout_ms, overwrite=overwrite),
    )
    show_envelopes(runtime, envelopes, output, as_tasks=True)
    view(runtime, envelopes, preview=preview, open_files=open_files)


@app.command()
@opt.gathering
def rerun(
    context: typer.Context,
    task_ids: IdsArgument,
    *,
    flags: opt.RerunFlags,
    job: opt.JobFlags,
    as_json: opt.JsonOption = False,
    sandbox: opt.SandboxOption = False,
) -> None:
    """Send the requests of tasks again, with changes if you like.

    Model, seed, inputs and references are those of the tasks, except for what you change. Each is a new job, and is
    billed as one. `rerun FILE` does the same for a file that was made here.
    """
    from openclaw_fal.actions.rerun import Changes, changed, find_earlier
    from openclaw_fal.commands.answers import generate_all_and_show, read_parameters

    runtime = opt.runtime_of(context)
    changes = Changes(
        seed=flags.seed, model=flags.model, prompt=flags.prompt or None, parameters=read_parameters(job.param)
    )
    earlier = [find_earlier(runtime, task.id) for task in _named(runtime, task_ids)]
    if len({each.sandbox for each in earlier}) > 1:
        raise UsageError("Only some of these tasks are from the sandbox. Wait for those in a separate command.")
    requests = [changed(each, changes) for each in earlier]
    if len(requests) > 1:
        _check_shared_output(job.output)
    runtime.use_sandbox(earlier[0].sandbox or runtime.in_sandbox)
    generate_all_and_show(runtime, requests, job)


@app.command()
def preview(context: typer.Context, task_ids: IdsArgument, as_json: opt.JsonOption = False) -> None:
    """Show the pictures of tasks in the terminal, and the first frames of their videos."""
    from openclaw_fal.commands.viewing import preview_files

    runtime = opt.runtime_of(context)
    saved = [asset for task in _named(runtime, task_ids) for asset in task.outputs if asset.path]
    if runtime.json:
        runtime.out.data({"ok": True, "files": [asset.path for asset in saved]})
    else:
        preview_files(runtime, saved)


@app.command("open")
def open_files(context: typer.Context, task_ids: IdsArgument, as_json: opt.JsonOption = False) -> None:
    """Open the files of tasks in the system's viewer."""
    from openclaw_fal.commands.viewing import open_all

    runtime = opt.runtime_of(context)
    saved = [asset.path for task in _named(runtime, task_ids) for asset in task.outputs if asset.path]
    if runtime.json:
        runtime.out.data({"ok": True, "files": saved})
    else:
        open_all(runtime, saved)


@app.command()
def adopt(
    context: typer.Context,
    request_id: Annotated[str, typer.Argument(metavar="REQUEST_ID", help="Id that fal gave the request.")],
    model: Annotated[str | None, typer.Option(metavar="REF", help="The model that the request was sent to.")] = None,
    task: Annotated[
        str | None, typer.Option(metavar="ID", help="The task without an answer that the request belongs to.")
    ] = None,
    output: Annotated[str | None, opt.output_option("the task's own, else the current folder")] = None,
    overwrite: opt.OverwriteOption = False,
    timeout_ms: Annotated[int | None, opt.timeout_option(1200.0)] = None,
    on_interrupt: opt.InterruptOption = INTERRUPT_POLICIES[0],
    progress: opt.ProgressOption = PROGRESS_MODES[0],
    as_json: opt.JsonOption = False,
    sandbox: opt.SandboxOption = False,
) -> None:
    """Adopt a request of another machine, or of a task whose answer never arrived, and fetch its files.

    Nothing is submitted or charged again. Your key must be of the account that sent the request.
    """
    from openclaw_fal.actions.adoption import adopted, known_or_adopted
    from openclaw_fal.actions.tasks import wait_for
    from openclaw_fal.commands.answers import for_each
    from openclaw_fal.commands.answers import show as show_envelopes

    runtime = opt.runtime_of(context)
    unanswered = runtime.journal.get_task(task) if task else None
    if unanswered and (unanswered.request_id or unanswered.status is TaskStatus.SUCCEEDED):
        raise UsageError(f"The task {unanswered.id} already has a request: {unanswered.request_id}.")
    if unanswered is None and model is None:
        raise UsageError("--model names the model that the request was sent to.", hint=command("tasks adopt --help"))
    taken = (
        adopted(runtime, request_id, unanswered) if unanswered else known_or_adopted(runtime, request_id, model or "")
    )
    envelopes = for_each(
        runtime, [taken], lambda each: wait_for(runtime, each, output, timeout_ms, overwrite=overwrite)
    )
    show_envelopes(runtime, envelopes, output)


@app.command()
def cancel(context: typer.Context, task_ids: IdsArgument, as_json: opt.JsonOption = False) -> None:
    """Ask fal to cancel tasks, and show its answer.

    A job that is already running may still finish, and is then charged.
    """
    from openclaw_fal.actions.tasks import cancel as ask_to_stop
    from openclaw_fal.commands.answers import for_each

    runtime = opt.runtime_of(context)
    tasks = _named(runtime, task_ids)
    envelopes = for_each(runtime, tasks, lambda task: ask_to_stop(runtime, task))
    for envelope in envelopes:
        runtime.out.line(f"{envelope.task_id}\t{envelope.status}")
    if runtime.json:
        answers = [{"taskId": e.task_id, "status": e.status, "answer": e.answer} for e in envelopes]
        runtime.out.data({"ok": True, "tasks": answers})


def _named(runtime: Runtime, task_ids: list[str], model: str | None = None) -> list[Task]:
    """Return the tasks, each once, in the order given; with ``model``, those of jobs that no journal knows as well."""
    if model is None:
        tasks = [runtime.journal.get_task(task_id) for task_id in task_ids]
    else:
        from openclaw_fal.actions.adoption import known_or_adopted

        tasks = [known_or_adopted(runtime, task_id, model) for task_id in task_ids]
    return list({task.id: task for task in tasks}.values())


def _check_shared_output(output: str | None) -> None:
    """Refuse one file name for several tasks: they would overwrite each other, or only the first be saved."""
    is_shared = output is not None and not output.endswith(("/", os.sep)) and not Path(output).is_dir()
    if is_shared and "{task}" not in str(output):
        raise UsageError(
            f"--output {output} is one file name for several tasks.",
            hint="Use a folder, such as videos/, or a template with {task}.",
        )


def _confirm_loss(runtime: Runtime) -> None:
    from openclaw_fal.actions.key_input import ask

    question = "Also remove tasks that may have been paid for? Their files can't be fetched afterwards."
    if not ask(runtime, question, default=False):
        raise OpenclawFalError("Nothing was removed.", code="declined")


@app.command()
def prune(
    context: typer.Context,
    days: Annotated[float, typer.Option(metavar="N", min=0, help="Remove tasks unchanged for this many days.")] = 30,
    everything: Annotated[
        bool, typer.Option("--all", help="Also remove tasks with files that were never fetched, and unknown ones.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before --all.")] = False,
    as_json: opt.JsonOption = False,
) -> None:
    """Remove old finished tasks from the list. Their files are kept.

    Tasks that may still be running at fal are always kept. Without --all, tasks that may have been paid for are kept
    too: those with files that were never fetched, and those that fal may or may not have accepted. On a terminal,
    --all asks first.
    """
    from openclaw_fal.actions.tasks import prune as forget

    runtime = opt.runtime_of(context)
    if everything and not yes and runtime.stdin_is_terminal and runtime.screen.stderr_is_terminal:
        _confirm_loss(runtime)
    before = runtime.clock.now() - days * 86400
    removed = forget(runtime, before, everything=everything)
    if runtime.json:
        runtime.out.data({"ok": True, "forgotten": removed})
    else:
        runtime.out.line(f"{removed} task{'' if removed == 1 else 's'} removed")
