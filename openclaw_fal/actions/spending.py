"""What was spent, by day, model or batch: from the task journal, and from fal's billing."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from openclaw_fal.actions.pricing import prices_of
from openclaw_fal.config.key import admin_key
from openclaw_fal.core.costs import Cost, total
from openclaw_fal.core.errors import KeyProblem, OpenclawFalError
from openclaw_fal.core.events import result_of
from openclaw_fal.core.records import Record
from openclaw_fal.fal.billing import fetch_billed
from openclaw_fal.fal.reply import Unreachable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from decimal import Decimal

    from openclaw_fal.core.requests import SpendingGroup
    from openclaw_fal.core.tasks import Task
    from openclaw_fal.runtime import Runtime

TIMEOUT_S = 60.0


class Group(Record):
    """Tasks with one day, model or batch.

    ``amounts`` is the sum of what is known, by currency. ``unpriced`` tasks may have been charged an amount that is not
    known.
    """

    name: str
    tasks: int
    unpriced: int
    amounts: Mapping[str, Decimal]

    @classmethod
    def of(cls, name: str, tasks: Sequence[Task]) -> Group:
        costs = [task.cost for task in tasks if task.cost]
        return cls(name, len(tasks), sum(task.is_unpriced for task in tasks), total(costs))


class Spending(Record):
    """What was spent since a moment (``None``: ever). ``in_sandbox`` tasks cost nothing and are left out."""

    since: float | None
    by: SpendingGroup
    groups: tuple[Group, ...]
    whole: Group
    in_sandbox: int


def spending(runtime: Runtime, since: float | None, by: SpendingGroup) -> Spending:
    """Return what the journal knows of the costs of the tasks since a moment; days in their order, others by cost."""
    found = _tasks(runtime, since)
    charged = [task for task in found if not task.sandbox and (task.cost or task.may_have_been_charged)]
    named: dict[str, list[Task]] = {}
    for task in charged:
        named.setdefault(_name(task, by), []).append(task)
    groups = [Group.of(name, tasks) for name, tasks in named.items()]
    if by == "day":
        groups.sort(key=lambda group: group.name)
    else:
        groups.sort(key=lambda group: (-max(group.amounts.values(), default=0), group.name))
    return Spending(since, by, tuple(groups), Group.of("", charged), sum(task.sandbox for task in found))


def _tasks(runtime: Runtime, since: float | None) -> list[Task]:
    tasks = runtime.journal.list_tasks()
    return tasks if since is None else [task for task in tasks if task.created_at >= since]


def _name(task: Task, by: SpendingGroup) -> str:
    if by == "day":
        return time.strftime("%Y-%m-%d", time.localtime(task.created_at))
    return task.endpoint if by == "model" else task.batch or "no batch"


# --- what fal says -----------------------------------------------------------------------------


class Refreshed(Record):
    """How many costs fal has billed, and how many were computed from fetched prices; ``problem`` says why not more."""

    billed: int
    computed: int
    problem: str | None = None


def refresh_since(runtime: Runtime, since: float | None) -> Refreshed:
    """Ask fal for the costs of the tasks since a moment, unless fal has named them already."""
    return refresh(runtime, (task for task in _tasks(runtime, since) if task.may_have_been_charged))


def refresh(runtime: Runtime, tasks: Iterable[Task]) -> Refreshed:
    """Record what fal has billed for tasks, else units times price; fal is asked for the prices.

    Only a key with the scope ADMIN may read what was billed: that of ``FAL_ADMIN_KEY``, else the usual one is tried.
    """
    wanted = [task for task in tasks if not task.sandbox and not (task.cost and task.cost.kind == "billed")]
    events, problem = _billed(runtime, [task.request_id for task in wanted if task.request_id])
    for task in wanted:
        if task.request_id in events:
            runtime.journal.record(task, cost=_with_unit(events[task.request_id], task))
    rest = [task for task in wanted if task.request_id not in events and not task.cost and task.billable_units]
    prices = prices_of(runtime, [task.endpoint for task in rest]) if rest else None
    computed = 0
    for task in rest if prices else ():
        price = prices.found.get(task.endpoint) if prices else None
        cost = Cost.computed(task.billable_units, price) if price else None
        if cost:
            runtime.journal.record(task, cost=cost)
            computed += 1
    return Refreshed(len(events), computed, problem or (prices.problem if prices else None))


def _with_unit(cost: Cost, task: Task) -> Cost:
    unit = task.cost.unit if task.cost else task.price.unit if task.price else None
    return cost._replace(unit=unit)


def _billed(runtime: Runtime, request_ids: Sequence[str]) -> tuple[dict[str, Cost], str | None]:
    if not request_ids:
        return {}, None
    key = admin_key(runtime.variables(runtime.settings))
    client = runtime.client(lambda: key) if key else runtime.fal
    try:
        return result_of(fetch_billed(client, request_ids, runtime.clock.deadline(TIMEOUT_S))), None
    except Unreachable as problem:
        return {}, f"fal's billing events can't be read ({problem.reason})."
    except KeyProblem:
        named = f"the key from {key.source} is not one" if key else "set FAL_ADMIN_KEY"
        return {}, f"fal shows what it has billed only to a key with the scope ADMIN; {named}."
    except OpenclawFalError as error:
        return {}, error.message
    finally:
        if key:
            client.close()
