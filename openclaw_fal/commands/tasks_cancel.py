"""`openclaw-fal tasks cancel` and `tasks prune`: stop jobs at fal, and forget old tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from openclaw_fal.commands import options as opt
from openclaw_fal.commands.tasks import IdsArgument, named_tasks
from openclaw_fal.core.errors import OpenclawFalError

if TYPE_CHECKING:
    from openclaw_fal.runtime import Runtime

app = typer.Typer()


@app.command()
def cancel(context: typer.Context, task_ids: IdsArgument, as_json: opt.JsonOption = False) -> None:
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


def _confirm_loss(runtime: Runtime) -> None:
    from openclaw_fal.actions.auth import ask

    question = "Also forget tasks that may have been paid for? Their files can't be fetched afterwards."
    runtime.not_done = "Nothing was forgotten."
    if not ask(runtime, question, default=False):
        raise OpenclawFalError(runtime.not_done, code="declined")
    runtime.not_done = ""
