"""Recovery of requests: those whose answer never arrived, and those of other machines, which are named by fal's id.

The first are found in fal's history, by endpoint, time and input. A task takes a request only if that is the only one
that it can be, and the only task that it can belong to.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from openclaw_fal.actions.follow import latest, still_running
from openclaw_fal.actions.outcomes import failed, keep_files_inside, succeeded
from openclaw_fal.actions.task_hints import details_hint, look_again_hint, take_command
from openclaw_fal.core.errors import JobFailed, NothingSent, OpenclawFalError, SubmitUnknown
from openclaw_fal.core.events import Note, Submitted, result_of
from openclaw_fal.core.kinds import KIND_ROWS
from openclaw_fal.core.records import Record
from openclaw_fal.core.requests import Request
from openclaw_fal.core.tasks import Task, TaskStatus
from openclaw_fal.fal import queue
from openclaw_fal.fal.clock import Backoff
from openclaw_fal.fal.history import History, Listed, fetch_history
from openclaw_fal.fal.reply import Unreachable
from openclaw_fal.models.refs import model_ref
from openclaw_fal.store.task_rows import new_task_id

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from openclaw_fal.core.events import Event, Waiting
    from openclaw_fal.core.kinds import Capability
    from openclaw_fal.fal.clock import Deadline
    from openclaw_fal.models.schema import OutputKind
    from openclaw_fal.runtime import Runtime

SEARCH_TIME_S = 300.0  # how long after its submission a request is looked for; fal lists most within seconds
CLOCK_SKEW_S = 120.0  # between this machine and fal
WRONG_CLOCK_S = 24 * 3600.0  # a clock may be set to another time zone, or be corrected after the submission
# When fal surely lists a request. A synchronous run starts at once, is over by its time limit, and is listed within
# minutes. A job in the queue may wait for hours before it starts, if the account has many of them.
LISTING_LAG_S = 300.0
QUEUE_WAIT_S = 24 * 3600.0
LOOKUP_TIMEOUT_S = 30.0  # for a request that is named
NOT_LISTED = "the request is not in fal's history so far"
_CAPABILITIES: dict[OutputKind, Capability] = {"image": "image.generate", "video": "video.generate"}


def recover(
    runtime: Runtime, task: Task, deadline: Deadline, lost: SubmitUnknown | None = None
) -> Generator[Event, None, Task]:
    """Find the request of a task whose answer never arrived, and return the task with its id.

    Looks at least once, and again until the deadline or `SEARCH_TIME_S` after the submission. Raises `NothingSent`
    (``never_submitted``) if fal surely has no such request, and `SubmitUnknown` if that can't be known: ``lost``, if it
    is given.
    """
    left_s = max(0.0, _sent_by(task) + SEARCH_TIME_S - runtime.clock.now())
    backoff = Backoff(deadline.within(left_s))
    yield Note(f"Searching fal's history for the request of the task {task.id}, because its answer never arrived.")
    while True:
        runtime.signals.raise_pending()  # it may have arrived while the request was being sent
        known = latest(runtime, task)
        if known.request_id and not task.request_id:  # another process has found it meanwhile
            runtime.open_tasks.put(known)
            return known
        try:
            look = yield from _look(runtime, task, deadline)
        except Unreachable as problem:
            reason = f"the history of requests can't be read ({problem.reason})"
            if problem.is_final:
                raise _unknown(task, lost, reason) from problem
            look = _Look(reason=reason)
        except OpenclawFalError as problem:
            raise _unknown(task, lost, problem.message) from problem
        if look.found:
            return (yield from take(runtime, task, look.found.request_id))
        if latest(runtime, task).request_id and not task.request_id:
            continue
        if look.is_absent:
            raise _never_submitted(runtime, task)
        if (look.several and not look.may_change) or not (yield from backoff.pause(look.reason)):
            raise _ambiguous(task, look.several) if look.several else _unknown(task, lost, look.reason)


def take(runtime: Runtime, task: Task, request_id: str) -> Generator[Event, None, Task]:
    """Record the request that belongs to a task."""
    task = runtime.journal.record(task, request_id=request_id, status=TaskStatus.QUEUED, error=None)
    runtime.open_tasks.put(task)
    yield Note(f"Found at fal: the request {request_id}.")
    yield Submitted(task)
    return task


# --- one look ----------------------------------------------------------------------------------


class _Look(Record):
    """What the history says of a task: the request that was found, else the ``reason`` why there is none.

    ``several`` are requests of which none is surely the one; others ``may_change`` that. ``is_absent``: fal surely has
    no such request.
    """

    found: Listed | None = None
    reason: str = NOT_LISTED
    several: tuple[Listed, ...] = ()
    may_change: bool = False
    is_absent: bool = False


def _look(runtime: Runtime, task: Task, deadline: Deadline) -> Generator[Waiting, None, _Look]:
    first, last = _window(runtime, task)
    if task.request_id:
        history = yield from fetch_history(runtime.fal, task.endpoint, deadline, request_id=task.request_id)
        same = history.find(task.request_id)
        return _Look(same) if same else _absence(runtime, task, history)
    history = yield from fetch_history(runtime.fal, task.endpoint, deadline, since=first)
    near = [listed for listed in history.requests if listed.sent_at is None or first <= listed.sent_at <= last]
    taken = runtime.journal.known_request_ids([listed.request_id for listed in near])
    free = [listed for listed in near if listed.request_id not in taken]
    equal = [listed for listed in free if task.mark and task.mark.matches(listed.input)]
    rivals = [other for listed in equal for other in _rivals(runtime, task, listed)]
    if len(equal) > 1 or rivals:
        is_submitting = any(other.status is TaskStatus.SUBMITTING for other in rivals)
        return _Look(reason="it may be one of several requests", several=tuple(equal), may_change=is_submitting)
    if any(listed.input is None for listed in free):
        history = history._replace(is_complete=False)  # one of them may be it
    if equal:
        return _Look(equal[0])
    look = _absence(runtime, task, history)
    return (yield from _look_wider(runtime, task, deadline)) if look.is_absent else look


def _look_wider(runtime: Runtime, task: Task, deadline: Deadline) -> Generator[Waiting, None, _Look]:
    """Look for equal requests of other times, before reporting that there is none: the clock may have been wrong."""
    since = min(task.created_at, runtime.clock.now()) - WRONG_CLOCK_S
    history = yield from fetch_history(runtime.fal, task.endpoint, deadline, since=since)
    taken = runtime.journal.known_request_ids([listed.request_id for listed in history.requests])
    free = [listed for listed in history.requests if listed.request_id not in taken]
    equal = tuple(listed for listed in free if task.mark and task.mark.matches(listed.input))
    if equal:
        return _Look(reason="an identical request was sent at another time", several=equal)
    return _absence(runtime, task, history)


def _absence(runtime: Runtime, task: Task, history: History) -> _Look:
    is_sure = history.is_complete and task.mark is not None and runtime.clock.now() > listed_by(task)
    return _Look(is_absent=is_sure)


def _rivals(runtime: Runtime, task: Task, listed: Listed) -> Iterator[Task]:
    """Yield the other tasks without an answer to which the request may belong."""
    for other in runtime.journal.find_unanswered(task.endpoint):
        first, last = _window(runtime, other)
        is_near = listed.sent_at is None or first <= listed.sent_at <= last
        is_equal = other.mark is None or other.mark.matches(listed.input)
        if other.id != task.id and other.sandbox == task.sandbox and is_near and is_equal:
            yield other


def _window(runtime: Runtime, task: Task) -> tuple[float, float]:
    """Return when the request may have been sent, on fal's clock."""
    last = task.updated_at if task.status is TaskStatus.UNKNOWN else runtime.clock.now()
    return task.created_at - CLOCK_SKEW_S, max(last, task.created_at) + CLOCK_SKEW_S


def _sent_by(task: Task) -> float:
    """Return when the request was sent at the latest. A process that was killed did not write that down."""
    return min(task.updated_at, task.created_at + KIND_ROWS[task.kind].timeout_s)


def listed_by(task: Task) -> float:
    """Return when fal lists the task's request at the latest, if it has one, in seconds since the epoch."""
    is_queued = task.transport == "queue"
    return _sent_by(task) + (QUEUE_WAIT_S if is_queued else KIND_ROWS[task.kind].timeout_s + LISTING_LAG_S)


# --- a synchronous run -------------------------------------------------------------------------


def follow_run(runtime: Runtime, task: Task, deadline: Deadline) -> Generator[Event, None, Task]:
    """Wait for the end of a synchronous run whose connection is gone, and return the task succeeded.

    Only the history knows such a run. Raises the error that it ended with, and `StillRunning` at the deadline.
    """
    backoff = Backoff(deadline)
    while True:
        reason = NOT_LISTED
        try:
            history = yield from fetch_history(runtime.fal, task.endpoint, deadline, request_id=task.request_id)
        except Unreachable as problem:
            reason = f"the history of requests can't be read ({problem.reason})"
        else:
            listed = history.find(task.request_id)
            if listed and listed.has_ended:
                return (yield from _ended(runtime, task, listed))
            if listed:
                reason = "it runs"
                if task.status is not TaskStatus.RUNNING:
                    task = runtime.journal.record(task, status=TaskStatus.RUNNING)
        if not (yield from backoff.pause(reason)):
            raise still_running(task)


def _ended(runtime: Runtime, task: Task, listed: Listed) -> Generator[Event, None, Task]:
    if error := listed.error():
        raise failed(runtime, task, error)
    result = listed.result()
    if result is None:
        gone = JobFailed(
            f"fal has made the result of the request {listed.request_id}, but keeps no copy of it.",
            code="result_gone",
            request_id=listed.request_id,
        )
        raise failed(runtime, task, gone)
    yield from keep_files_inside(runtime, task, result)
    return succeeded(runtime, task, result)


# --- requests that are named --------------------------------------------------------------------


def known_or_adopted(runtime: Runtime, name: str, model: str) -> Task:
    """Return the task with this id or request id; if there is none, a new task for the request with this id.

    Raises `UsageError` for text that names no model, `OpenclawFalError` (``request_not_found``) if fal does not know
    the request, and `NothingSent` if fal can't be asked.
    """
    try:
        return runtime.journal.get_task(name)
    except OpenclawFalError as error:
        if error.code == "task_ambiguous":
            raise
    from openclaw_fal.actions.models import resolved  # noqa: PLC0415 - only here a model is typed

    endpoint = resolved(runtime, model)
    is_queued, listed = _found(runtime, name, endpoint)
    return runtime.journal.record(_new_task(runtime, name, endpoint, listed, is_queued=is_queued))


def adopted(runtime: Runtime, request_id: str, unanswered: Task) -> Task:
    """Return a task whose answer never arrived with its request. Raises as `known_or_adopted` does."""
    runtime.use_sandbox(unanswered.sandbox)
    _found(runtime, request_id, unanswered.endpoint)
    return result_of(take(runtime, unanswered, request_id))


def _found(runtime: Runtime, request_id: str, endpoint: str) -> tuple[bool, Listed | None]:
    """Return whether the queue knows a request, and how the history lists it; raise if neither does."""
    deadline = runtime.deadline(LOOKUP_TIMEOUT_S)
    try:
        listed = result_of(fetch_history(runtime.fal, endpoint, deadline, request_id=request_id)).find(request_id)
    except Unreachable:
        listed = None
    is_queued = _is_in_queue(runtime, request_id, endpoint, deadline)
    if not is_queued and listed is None:
        raise OpenclawFalError(
            f"fal knows no request {request_id} of {model_ref(endpoint)}.",
            code="request_not_found",
            hint="Find its id and model: https://fal.ai/dashboard/requests",
        )
    return is_queued, listed


def _is_in_queue(runtime: Runtime, request_id: str, endpoint: str, deadline: Deadline) -> bool:
    """Return whether the queue knows a request; it knows no synchronous run."""
    handle = queue.Handle.make(runtime.fal.origins, endpoint, request_id, (None, None, None))
    try:
        result_of(queue.read_status(runtime.fal, handle, deadline))
    except JobFailed:
        return False
    except Unreachable as problem:
        raise NothingSent(
            f"fal can't be asked about the request {request_id} ({problem.reason}).", code="unreachable", retryable=True
        ) from problem
    return True


def _new_task(runtime: Runtime, request_id: str, endpoint: str, listed: Listed | None, *, is_queued: bool) -> Task:
    from openclaw_fal.actions.schemas import known_schema  # noqa: PLC0415

    now = runtime.clock.now()
    schema = known_schema(runtime, endpoint)
    capability = _CAPABILITIES.get(schema.kind if schema else "other", "run")
    prompt = listed.input.get("prompt") if listed and isinstance(listed.input, dict) else None
    asked = {"capability": capability, "model": endpoint, "prompt": prompt if isinstance(prompt, str) else ""}
    return Task(
        id=new_task_id(),
        capability=capability,
        model=endpoint,
        endpoint=endpoint,
        transport="queue" if is_queued else "sync",
        status=TaskStatus.QUEUED,
        created_at=(listed and listed.sent_at) or now,
        updated_at=now,
        digest="",
        request=Request.from_record(asked),
        sandbox=runtime.makes_placeholders,
        request_id=request_id,
    )


# --- messages ----------------------------------------------------------------------------------


def _unknown(task: Task, lost: SubmitUnknown | None, reason: str) -> SubmitUnknown:
    error = lost or SubmitUnknown(f"It is unknown whether fal accepted the task {task.id}.")
    by = time.strftime("%Y-%m-%d %H:%M", time.localtime(listed_by(task)))
    return error.about(task, hint=look_again_hint(task, by), more=f"{reason[0].upper()}{reason[1:].rstrip('.')}.")


def _ambiguous(task: Task, candidates: Sequence[Listed]) -> SubmitUnknown:
    ids = [listed.request_id for listed in candidates]
    several = f"{len(ids)} possible requests: {', '.join(ids)}" if len(ids) > 1 else f"the request {ids[0]}"
    why = "" if len(ids) > 1 else ", which may also belong to another task"
    commands = [f"Adopt this one: {take_command(one, task)}" for one in ids[:5]]
    return SubmitUnknown(f"For the task {task.id}, fal's history has {several}{why}.").about(
        task, hint="\n".join([*commands, details_hint(task)])
    )


def _never_submitted(runtime: Runtime, task: Task) -> OpenclawFalError:
    error = NothingSent(
        f"fal has no such request: nothing was submitted for the task {task.id}.",
        code="never_submitted",
        hint=f"Run the same command again.\n{details_hint(task)}",
    )
    return failed(runtime, task, error)
