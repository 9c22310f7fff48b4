"""`openclaw-fal tasks …`."""

from __future__ import annotations

import time
from typing import Annotated, Any

import typer

from openclaw_fal.commands import options as opt
from openclaw_fal.core.errors import UsageError
from openclaw_fal.core.tables import Column, Table
from openclaw_fal.core.tasks import Task, TaskStatus

app = opt.group("tasks", "Jobs that were submitted: see, wait for, cancel and forget them.")

IdArgument = Annotated[str, typer.Argument(metavar="ID", help="A task id, or a beginning that only one task has.")]
IdsArgument = Annotated[
    list[str], typer.Argument(metavar="ID…", help="Task ids, or beginnings that only one task has.")
]


def add_to(program: typer.Typer) -> None:
    program.add_typer(app)


@app.command("list")
def list_tasks(
    context: typer.Context,
    status: Annotated[
        list[str] | None,
        typer.Option(metavar="S", help=f"Only tasks with this status: {', '.join(TaskStatus)}. Repeatable."),
    ] = None,
    limit: Annotated[int, typer.Option(metavar="N", min=1, help="At most so many, the newest first.")] = 20,
    as_json: opt.JsonOption = False,
) -> None:
    """List tasks, the newest first."""
    runtime = opt.runtime_of(context)
    for word in status or ():
        opt.check_choice("--status", word, tuple(TaskStatus))
    tasks = runtime.journal.list_tasks([TaskStatus(word) for word in status or ()], limit)
    runtime.out.table(_table(tasks))


def _table(tasks: list[Task]) -> Table:
    return Table(
        columns=(
            Column("id", "key"),
            Column("status", "status"),
            Column("created", "dim", shrinks=True),
            Column("model", shrinks=True),
            Column("prompt", "dim", shrinks=True),
        ),
        rows=[
            (
                task.id,
                str(task.status),
                time.strftime("%Y-%m-%d %H:%M", time.localtime(task.created_at)),
                task.endpoint,
                str(task.request.get("prompt", "")),
            )
            for task in tasks
        ],
        value={"count": len(tasks), "tasks": [_as_json(task) for task in tasks]},
        footer=None if tasks else "No tasks.",
    )


def _as_json(task: Task) -> dict[str, Any]:
    return task.envelope().as_json() | {
        "ok": task.status is TaskStatus.SUCCEEDED,
        "createdAt": task.created_at,
        "updatedAt": task.updated_at,
        "finishedAt": task.finished_at,
        "request": task.request,
        "error": task.error and {"code": task.error.get("code"), "message": task.error.get("message")},
    }


@app.command()
def show(context: typer.Context, task_id: IdArgument, as_json: opt.JsonOption = False) -> None:
    """Show all that is known of a task."""
    runtime = opt.runtime_of(context)
    task = runtime.journal.get_task(task_id)
    request = {name: str(value) for name, value in task.request.items() if name not in {"capability", "model"}}
    pairs = {
        "status": str(task.status),
        "error": str((task.error or {}).get("message", "")),
        "capability": task.capability,
        "model": task.endpoint,
        "created": _local(task.created_at),
        "finished": _local(task.finished_at),
        "request id": task.request_id or "",
        **request,
        "seed": "" if task.seed is None else str(task.seed),
        "billable units": task.billable_units or "",
    }
    files = [("file", asset.path or f"{asset.url[:200]} (not fetched)") for asset in task.outputs]
    runtime.out.facts(
        f"task {task.id}", [("task", task.id), *((n, v) for n, v in pairs.items() if v), *files], value=_as_json(task)
    )


def _local(seconds: float | None) -> str:
    return "" if seconds is None else time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))


@app.command()
@opt.accepting(opt.FILES, opt.WAITING, opt.COMMON)
def wait(context: typer.Context, task_ids: IdsArgument, **flags: Any) -> None:
    """Wait for tasks and fetch their files; for finished ones, fetch what is missing, at no cost."""
    from openclaw_fal.actions.waiting import wait_for
    from openclaw_fal.commands.answers import show as show_envelopes

    runtime = opt.runtime_of(context)
    tasks = [runtime.journal.get_task(task_id) for task_id in task_ids]
    if len(tasks) > 1 and flags["output"] == "-":
        raise UsageError("--output - takes one file. Wait for one task at a time.")
    envelopes = [
        runtime.show(wait_for(runtime, task, flags["output"], flags["timeout_ms"], overwrite=flags["overwrite"]))
        for task in tasks
    ]
    show_envelopes(runtime, envelopes, flags["output"])


@app.command()
def cancel(context: typer.Context, task_ids: IdsArgument, as_json: opt.JsonOption = False) -> None:
    """Ask fal to stop tasks, and tell what it answered. A job that already runs may finish and be charged."""
    from openclaw_fal.actions.tasks import cancel as ask_to_stop

    runtime = opt.runtime_of(context)
    tasks = [runtime.journal.get_task(task_id) for task_id in task_ids]
    answers = []
    for task in tasks:
        envelope = runtime.show(ask_to_stop(runtime, task))
        runtime.out.line(f"{task.id}\t{envelope.extra['status']}")
        answers.append({"taskId": task.id, "status": envelope.extra["status"], "answer": envelope.extra["answer"]})
    if as_json:
        runtime.out.data({"ok": True, "tasks": answers})


@app.command()
def prune(
    context: typer.Context,
    days: Annotated[
        float, typer.Option(metavar="N", min=0, help="Forget finished tasks older than so many days.")
    ] = 30,
    everything: Annotated[bool, typer.Option("--all", help="Also those with files that were never fetched.")] = False,
    as_json: opt.JsonOption = False,
) -> None:
    """Forget finished tasks. Files are left alone, and tasks that may still cost money or give files are kept."""
    runtime = opt.runtime_of(context)
    before = runtime.clock.now() - days * 86400
    forgotten = runtime.journal.prune(before, keep_undelivered=not everything)
    if as_json:
        runtime.out.data({"ok": True, "forgotten": forgotten})
    else:
        runtime.out.line(f"{forgotten} task{'' if forgotten == 1 else 's'} forgotten")
