"""The end of a command that makes or fetches files: do the work, show the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openclaw_fal.core.errors import OpenclawFalError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence

    from openclaw_fal.core.requests import Request
    from openclaw_fal.core.results import Envelope
    from openclaw_fal.core.tasks import Event, Task
    from openclaw_fal.runtime import Runtime


def generate_and_show(runtime: Runtime, request: Request, flags: Mapping[str, Any]) -> None:
    runtime.expect_fal()
    from openclaw_fal.actions.generation import Options, generate

    options = Options(
        output=flags["output"],
        overwrite=flags["overwrite"],
        timeout_ms=flags["timeout_ms"],
        detach=flags["detach"],
        queue=flags.get("queue", False),
        reuse=flags["reuse"],
    )
    show(runtime, [runtime.show(generate(runtime, request, options))], flags["output"])


def for_each(
    runtime: Runtime, tasks: Sequence[Task], work: Callable[[Task], Generator[Event, None, None]]
) -> list[Envelope]:
    """Do the work for each task, whatever becomes of the others, and return the answers.

    Of several that fail all are told, as an `ExceptionGroup`, the first one with the answers of all in JSON.
    """
    answers: list[Envelope] = []
    documents: list[dict[str, Any]] = []
    failures: list[OpenclawFalError] = []
    for task in tasks:
        try:
            answer = runtime.show(work(task))
        except OpenclawFalError as error:
            failures.append(error)
            told = {"code": error.code, "message": error.message, "hint": error.hint}
            known = error.envelope.as_json() if error.envelope else {}
            documents.append(known | {"ok": False, "taskId": task.id, "error": told})
        else:
            answers.append(answer)
            documents.append(answer.as_json())
    if failures and len(tasks) == 1:
        raise failures[0]
    if failures:
        for answer in () if runtime.json else answers:
            runtime.out.envelope(answer)
        failures[0].extra["tasks"] = documents
        raise ExceptionGroup("some of several tasks failed", failures)
    return answers


def show(runtime: Runtime, envelopes: Sequence[Envelope], output: str | None) -> None:
    """Show what was made, unless standard output has been taken by the file itself."""
    if output == "-":
        return
    if runtime.json and len(envelopes) > 1:
        runtime.out.data({"ok": True, "tasks": [envelope.as_json() for envelope in envelopes]})
        return
    for envelope in envelopes:
        runtime.out.envelope(envelope)
