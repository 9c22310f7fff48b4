"""`openclaw-fal spend`: what your tasks have cost."""

# No `from __future__ import annotations`: Typer would have to read each annotation back from text, at every start.
from typing import TYPE_CHECKING, Annotated, Any

import typer

from openclaw_fal.commands import options as opt
from openclaw_fal.core.program import command
from openclaw_fal.core.requests import SPENDING_GROUPS
from openclaw_fal.core.results import Column, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openclaw_fal.actions.spending import Group, Spending
    from openclaw_fal.runtime import Runtime

app = typer.Typer()

BAR_WIDTH, MIN_BAR_WIDTH = 24, 6
GAP = 2  # columns between those of a table


@app.command("spend")
def spend(
    context: typer.Context,
    since: Annotated[
        str | None, typer.Option(metavar="WHEN", help="Count tasks since then: an age such as 7d or 12h, or a date.")
    ] = None,
    by: Annotated[str, typer.Option(metavar="WHAT", help=f"Group by {', '.join(SPENDING_GROUPS)}.")] = "day",
    refresh: Annotated[
        bool,
        typer.Option("--refresh", help="Fetch billed costs from fal (needs FAL_ADMIN_KEY), else missing prices."),
    ] = False,
    as_json: opt.JsonOption = False,
) -> None:
    """Show what your tasks have cost.

    A cost is what fal has billed, else the units that it reported times the price, if that was known. Tasks without a
    price are counted, not guessed. Those in the sandbox cost nothing and are left out.
    """
    from openclaw_fal.actions import spending
    from openclaw_fal.core.text import parse_since

    runtime = opt.runtime_of(context)
    grouping = opt.checked_choice("--by", by, SPENDING_GROUPS)
    moment = parse_since(since, runtime.clock.now()) if since else None
    if refresh:
        done = spending.refresh_since(runtime, moment)
        runtime.messages.note(f"Billed by fal: {done.billed} costs. Computed from prices: {done.computed}.")
        if done.problem:
            runtime.messages.warning(done.problem)
    spent = spending.spending(runtime, moment, grouping)
    if not spent.groups and not runtime.json:
        runtime.messages.note("No tasks that cost anything.")
    runtime.out.table(_table(runtime, spent))
    if spent.whole.unpriced and not runtime.json:
        runtime.messages.note(_unpriced_text(spent.whole.unpriced))
    if spent.in_sandbox and not runtime.json:
        runtime.messages.note(f"{_tasks(spent.in_sandbox)} of the sandbox cost nothing and {_are(spent.in_sandbox)}.")


def _table(runtime: "Runtime", spent: "Spending") -> Table:
    names = [spent.by, "tasks", "cost", *(["no price"] if spent.whole.unpriced else [])]
    rows = [
        (
            group.name,
            str(group.tasks),
            _amounts(group),
            *([str(group.unpriced or "")] if spent.whole.unpriced else []),
        )
        for group in spent.groups
    ]
    columns = [Column(name, "key" if name == spent.by else "text") for name in names]
    if runtime.screen.stdout_is_terminal and rows and not runtime.json:
        bars = _bars(spent.groups, runtime.screen.marks.bar, _room_for_bars(names, rows, runtime.screen.width))
        columns, rows = [*columns, Column("", "mark")], [(*row, bar) for row, bar in zip(rows, bars, strict=True)]
    return Table(
        tuple(columns),
        rows,
        value=_as_json(spent) if runtime.json else None,
        footer=f"{_amounts(spent.whole)} in {_tasks(spent.whole.tasks)}" if spent.groups else None,
    )


def _room_for_bars(names: "Sequence[str]", rows: "Sequence[tuple[str, ...]]", width: int | None) -> int:
    """Return how many columns are left beside a table, at most `BAR_WIDTH`."""
    taken = sum(max(map(len, column)) + GAP for column in zip(names, *rows, strict=True))
    return BAR_WIDTH if width is None else max(0, min(BAR_WIDTH, width - taken))


def _bars(groups: "Sequence[Group]", mark: str, width: int) -> list[str]:
    """Return a bar for the share of each group; none for a group without a known cost, or without room."""
    amounts = [max(group.amounts.values(), default=None) for group in groups]
    highest = max((amount for amount in amounts if amount), default=None)
    if highest is None or width < MIN_BAR_WIDTH:
        return [""] * len(amounts)
    return [mark * max(1, round(amount / highest * width)) if amount else "" for amount in amounts]


def _amounts(group: "Group") -> str:
    from openclaw_fal.core.costs import money

    return " + ".join(money(amount, currency) for currency, amount in group.amounts.items()) or "unknown"


def _tasks(count: int) -> str:
    return f"{count} task{'' if count == 1 else 's'}"


def _are(count: int) -> str:
    return "is left out" if count == 1 else "are left out"


def _unpriced_text(count: int) -> str:
    verb = "has" if count == 1 else "have"
    return f"{_tasks(count)} may have been charged and {verb} no price. Ask fal: {command('spend --refresh')}"


def _as_json(spent: "Spending") -> dict[str, Any]:
    from openclaw_fal.core.text import iso_time

    return {
        "since": None if spent.since is None else iso_time(spent.since),
        "by": spent.by,
        **_group_as_json(spent.whole),
        "sandboxTasks": spent.in_sandbox,
        "groups": [{spent.by: group.name, **_group_as_json(group)} for group in spent.groups],
    }


def _group_as_json(group: "Group") -> dict[str, Any]:
    """Return the sums that are known, of which there may be none; an unknown cost is never 0."""
    costs = [{"amount": float(amount), "currency": currency} for currency, amount in group.amounts.items()]
    return {"tasks": group.tasks, "unpriced": group.unpriced, "costs": costs}
