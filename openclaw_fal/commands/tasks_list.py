"""`openclaw-fal tasks list` and `tasks show`: what is known of tasks, without asking fal."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from openclaw_fal.commands import options as opt
from openclaw_fal.core.command_line import command_line, quoted
from openclaw_fal.core.errors import UsageError
from openclaw_fal.core.kinds import KIND_ROWS
from openclaw_fal.core.program import command
from openclaw_fal.core.results import Column, Table
from openclaw_fal.core.tasks import RUNTIME, Task, TaskStatus
from openclaw_fal.core.text import ago

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openclaw_fal.actions.task_filter import TaskFilter
    from openclaw_fal.core.requests import Request
    from openclaw_fal.core.results import Asset
    from openclaw_fal.runtime import Runtime

app = typer.Typer()

OLD_STATUS_S = 300.0  # an older status of an open task is shown with its age
BLOCKED = "blocked"  # a status of OpenClaw's that no task has here


@app.command("list")
def list_tasks(
    context: typer.Context,
    number: Annotated[str | None, typer.Argument(metavar="[N]", hidden=True, help="As --limit.")] = None,
    status: Annotated[
        list[str] | None,
        typer.Option(metavar="S", help=f"Show only tasks with this status: {', '.join(TaskStatus)}. Repeatable."),
    ] = None,
    model: Annotated[
        str | None, typer.Option(metavar="REF", help="Show only tasks of models whose id contains this.")
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option(metavar="KIND", help=f"Show only this kind: {', '.join(KIND_ROWS)}. Tasks of `run` are any."),
    ] = None,
    since: Annotated[
        str | None, typer.Option(metavar="WHEN", help="Show tasks since then: an age such as 2d or 12h, or a date.")
    ] = None,
    search: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Show only tasks with this in the prompt, id or file names.")
    ] = None,
    batch: Annotated[
        str | None, typer.Option(metavar="NAME", help="Show only this batch, given by its name or file.")
    ] = None,
    missing: Annotated[
        bool, typer.Option("--missing", help="Show only succeeded tasks whose files are not here.")
    ] = False,
    limit: Annotated[
        int, typer.Option("--limit", "-n", "-L", metavar="N", min=1, help="Number of tasks to show.")
    ] = 20,
    every: Annotated[bool, typer.Option("--all", help="Show all tasks.")] = False,
    ids: Annotated[bool, typer.Option("--quiet", "-q", help="Print only the ids.")] = False,
    cost: Annotated[bool, typer.Option("--cost", help="Show what each task has cost.")] = False,
    origin: Annotated[str | None, typer.Option("--runtime", metavar="R", help=opt.IGNORED_HELP, hidden=True)] = None,
    as_json: opt.JsonOption = False,
) -> None:
    """List tasks, newest first.

    A task is one submission to fal. Shows the last known status; `tasks wait` refreshes it.
    """
    from openclaw_fal.actions.task_filter import TaskFilter
    from openclaw_fal.core.text import parse_since

    runtime = opt.runtime_of(context)
    if number:
        limit = _read_number(number)
    words = [opt.checked_choice("--status", word, (*TaskStatus, BLOCKED)) for word in status or ()]
    wanted = [TaskStatus(word) for word in words if word != BLOCKED]
    filters = TaskFilter(
        kind=opt.checked_choice("--kind", kind, tuple(KIND_ROWS)) if kind else None,
        since=parse_since(since, runtime.clock.now()) if since else None,
        model=model,
        batch=batch,
        search=search,
        is_missing=missing,
    )
    is_possible = origin in (None, RUNTIME) and (wanted or not words)
    tasks, total = _listed(runtime, wanted, filters, None if every else limit) if is_possible else ([], 0)
    if ids and not runtime.json:
        for task in tasks:
            runtime.out.line(task.id)
        return
    if not tasks and not runtime.json:
        others = "No tasks with this status." if status else "No tasks yet."
        runtime.messages.note("No such tasks." if not filters.is_empty else others)
    asked = {"runtime": origin, "status": words[0] if len(words) == 1 else words or None}
    more = "--limit N or --all shows more"
    cut = f"The newest {len(tasks)} of {total} tasks; {more}." if 0 < len(tasks) < total else None
    if cut and not (runtime.json or runtime.screen.stdout_is_terminal):
        runtime.messages.note(cut)
    facts = {"count": len(tasks), "total": total, **asked}
    now = runtime.clock.now()
    is_seen = runtime.screen.stdout_is_terminal
    runtime.out.table(_table(tasks, cut, now, facts if runtime.json else None, with_cost=cost, is_seen=is_seen))


def _read_number(text: str) -> int:
    """Return the number of tasks that was typed without a flag."""
    if text.isdecimal() and int(text):
        return int(text)
    # gh takes names of fields after --json.
    is_fields = "," in text
    hint = f"{command('tasks list --json')} | jq" if is_fields else command("tasks list --search", quoted(text))
    raise UsageError(f"{text!r} is not a number of tasks.", hint=hint)


def _listed(
    runtime: Runtime, wanted: list[TaskStatus], filters: TaskFilter, limit: int | None
) -> tuple[list[Task], int]:
    """Return the newest tasks that are wanted, and how many there are in all."""
    if filters.is_empty:
        counts = runtime.journal.counts()
        total = sum(count for name, count in counts.items() if not wanted or name in wanted)
        return runtime.journal.list_tasks(wanted, limit), total
    found = [task for task in runtime.journal.list_tasks(wanted) if filters.match(task)]
    return found[:limit], len(found)


def _moment(at: float, now: float) -> str:
    """Return a time as a list shows it to a person: without the parts that are those of today."""
    then, today = time.localtime(at), time.localtime(now)
    if then[:3] == today[:3]:
        return time.strftime("%H:%M", then)
    return time.strftime("%b %d %H:%M" if then.tm_year == today.tm_year else "%Y-%m-%d", then)


def _table(
    tasks: list[Task],
    cut: str | None,
    now: float,
    facts: dict[str, Any] | None,
    *,
    with_cost: bool,
    is_seen: bool,
) -> Table:
    return Table(
        columns=(
            Column("id", "key"),
            Column("status", "status"),
            *([Column("cost")] if with_cost else []),
            Column("created", "dim", shrinks=True),
            Column("model", shrinks=True),
            Column("prompt", "dim", shrinks=True),
            Column("note", "dim"),
        ),
        rows=[
            (
                task.id,
                str(task.status),
                *([_cost_text(task)] if with_cost else []),
                _moment(task.created_at, now)
                if is_seen
                else time.strftime("%Y-%m-%d %H:%M", time.localtime(task.created_at)),
                task.endpoint,
                task.request.prompt if task.request else "",
                ", ".join(_notes(task, now)),
            )
            for task in tasks
        ],
        value=None
        if facts is None
        else {**facts, "tasks": [task.as_json() | _cost_json(task, with_cost) for task in tasks]},
        footer=cut,
        is_paged=True,
    )


def _cost_text(task: Task) -> str:
    """Return what a task has cost, empty for one that costs nothing."""
    if task.cost is None:
        return "unknown" if task.is_unpriced else ""
    return task.cost.money or "unknown"


def _cost_json(task: Task, wanted: bool) -> dict[str, Any]:
    if not (wanted and task.is_unpriced):
        return {}
    from openclaw_fal.core.costs import Cost

    return {"cost": Cost("unknown", reason="no price is known").as_json()}


def _notes(task: Task, now: float) -> Iterator[str]:
    """Yield what a row adds to the status: whether the files are there, how old the status is, and the sandbox."""
    from openclaw_fal.store.part_files import is_saved

    if task.outputs:
        there = sum(map(is_saved, task.outputs))
        if there == len(task.outputs):
            yield f"{there} file{'s' if there > 1 else ''}"
        elif not any(asset.path for asset in task.outputs):
            yield "not fetched"
        else:
            yield f"{len(task.outputs) - there} of {len(task.outputs)} files missing"
    if not task.status.is_final and now - task.updated_at > OLD_STATUS_S:
        yield f"as of {ago(now - task.updated_at)}"
    if task.sandbox:
        yield "sandbox"


@app.command()
def show(
    context: typer.Context,
    task_id: Annotated[str, typer.Argument(metavar=opt.TASK, help=f"Task id. {opt.TASK_HELP}")],
    refresh_cost: Annotated[
        bool,
        typer.Option("--refresh-cost", help="Fetch the billed cost from fal (needs FAL_ADMIN_KEY), else the price."),
    ] = False,
    as_json: opt.JsonOption = False,
) -> None:
    """Show a task: its request, status, files and next command."""
    from openclaw_fal.core.file_names import current_folder_if_any

    runtime = opt.runtime_of(context)
    task = runtime.journal.get_task(task_id)
    if refresh_cost:
        task = _with_fresh_cost(runtime, task)
    pairs = [
        ("task", task.id),
        ("status", ", ".join([str(task.status), *_notes(task, runtime.clock.now())])),
        ("error", task.error.message if task.error else ""),
        ("capability", task.capability),
        ("model", task.endpoint),
        ("created", _local(task.created_at)),
        ("finished", _local(task.finished_at)),
        ("request id", task.request_id or ""),
        *_asked(task.request),
        ("seed", "" if task.seed is None else str(task.seed)),
        ("billable units", task.billable_units or ""),
        ("cost", task.cost.text if task.cost else "unknown" if refresh_cost and task.is_unpriced else ""),
        *(("file", _file(asset)) for asset in task.outputs),
        *(("warning", warning.message) for warning in task.warnings),
        ("next", _next(task)),
        ("again", command_line(task, current_folder_if_any())),
    ]
    runtime.out.facts(f"task {task.id}", [(name, value) for name, value in pairs if value], value=task.as_json())
    runtime.out.values(task.envelope().values)


def _with_fresh_cost(runtime: Runtime, task: Task) -> Task:
    from openclaw_fal.actions.spending import refresh

    done = refresh(runtime, [task])
    if done.problem:
        runtime.messages.warning(done.problem)
    return runtime.journal.get_task(task.id)


def _asked(request: Request | None) -> Iterator[tuple[str, str]]:
    """Yield the parts of the request, each with its name."""
    if request is None:
        return
    for name, value in request.as_json().items():
        if name not in {"capability", "model", "seed", "references", "parameters"}:
            yield name.replace("_", " "), str(value)
    yield from (("reference", f"{reference.kind} {reference.as_json()['source']}") for reference in request.references)
    yield from (("parameter", f"{key}={part}") for key, part in request.as_json().get("parameters", {}).items())


def _file(asset: Asset) -> str:
    from openclaw_fal.store.part_files import is_saved

    if asset.path is None:
        return f"{asset.url[:200]} (not fetched)"
    return asset.path if is_saved(asset) else f"{asset.path} (no longer there)"


def _next(task: Task) -> str:
    """Return the command that fetches the files of a task; empty if there is none."""
    is_waited_for = task.request_id is not None and not task.status.is_final
    is_to_fetch = task.status is TaskStatus.SUCCEEDED and not task.is_delivered
    return command("tasks wait", task.id) if is_waited_for or is_to_fetch else ""


def _local(seconds: float | None) -> str:
    return "" if seconds is None else time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))
