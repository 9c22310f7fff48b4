"""`spend`, `tasks list --cost` and `tasks show --refresh-cost`: what was spent, and what is unknown."""

from __future__ import annotations

import sqlite3
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from openclaw_fal.core.tasks import TaskStatus
from tests.conftest import KEY

if TYPE_CHECKING:
    from pathlib import Path

    from openclaw_fal.sandbox import Sandbox
    from tests.conftest import Runner

pytestmark = pytest.mark.usefixtures("folder")

FLUX, RECRAFT = "fal-ai/flux/dev", "fal-ai/recraft/v3/text-to-image"
ADMIN = {"FAL_ADMIN_KEY": "admin-0000-1111:0123456789abcdef0123456789abcdef"}
IMAGE = ("image", "generate", "--prompt", "a fox")


@pytest.fixture
def made(folder: Path, run: Runner, fal: Sandbox) -> None:
    """Make three images at $0.025 and one whose price is not known."""
    assert run(*IMAGE, "--count", "3", "--max-cost", "1").code == 0
    assert run(*IMAGE, "--model", RECRAFT).code == 0
    fal.requests.clear()


def costs(answer: Any) -> list[tuple[float, str]]:
    return [(cost["amount"], cost["currency"]) for cost in answer["costs"]]


@pytest.mark.usefixtures("made")
def test_what_is_known_is_summed_and_what_is_not_is_counted(run: Runner, fal: Sandbox) -> None:
    spent = run("spend", "--by", "model", "--json").json
    assert (spent["tasks"], spent["unpriced"], costs(spent)) == (2, 1, [(0.075, "USD")])
    known, unknown = spent["groups"]
    assert (known["model"], costs(known), known["unpriced"]) == (FLUX, [(0.075, "USD")], 0)
    assert (unknown["model"], costs(unknown), unknown["unpriced"]) == (RECRAFT, [], 1)
    plain = run("spend", "--by", "model")
    assert plain.out == f"{FLUX}\t1\t$0.075\t\n{RECRAFT}\t1\tunknown\t1\n"
    assert "1 task may have been charged and has no price" in plain.err
    assert fal.requests == []


@pytest.mark.usefixtures("one_day", "made")
def test_a_terminal_gets_bars_and_the_sum(run: Runner) -> None:
    shown = run("spend", terminal=True).out
    assert time.strftime("%Y-%m-%d") in shown
    assert "━" * 24 in shown
    assert "$0.075 in 2 tasks" in shown
    assert "━" not in run("spend", terminal=True, env={"COLUMNS": "30"}).out


@pytest.mark.usefixtures("made")
def test_older_tasks_are_left_out_with_since(run: Runner, folder: Path) -> None:
    with sqlite3.connect(folder / "fal-tasks.sqlite3") as database:
        query = "UPDATE tasks SET detail = json_set(detail, '$.created_at', ?) WHERE endpoint = ?"
        database.execute(query, (time.time() - 8 * 86400, FLUX))
    database.close()
    assert run("spend", "--since", "7d", "--json").json["tasks"] == 1
    days = [group["day"] for group in run("spend", "--json").json["groups"]]
    assert (len(days), days) == (2, sorted(days))
    assert run("spend", "--since", "soon").code == 2
    assert run("spend", "--by", "moon").code == 2


def test_what_fal_never_accepted_or_failed_itself_costs_nothing(run: Runner, fal: Sandbox) -> None:
    run(*IMAGE, "--prompt", "x [fault:submit-401]")
    run(*IMAGE, "--prompt", "x [fault:result-500]")
    assert run("spend", "--json").json["tasks"] == 0
    assert "No tasks that cost anything" in run("spend").err
    # A refusal of the model may be billed, and so may what nobody knows.
    run(*IMAGE, "--prompt", "x [fault:result-content-policy]")
    assert run("spend", "--json").json["unpriced"] == 1
    assert len(fal.submissions) == 2


@pytest.mark.slow
def test_what_was_made_in_the_private_sandbox_is_left_out(run: Runner) -> None:
    run("--sandbox", *IMAGE)
    spent = run("spend", "--json").json
    assert (spent["tasks"], spent["sandboxTasks"]) == (0, 1)


def test_nothing_spent_is_no_error(run: Runner) -> None:
    spent = run("spend", "--json")
    assert (spent.code, spent.json["groups"], spent.json["costs"]) == (0, [], [])


@pytest.mark.usefixtures("made")
def test_the_task_list_shows_costs_on_demand(run: Runner) -> None:
    rows = [line.split("\t") for line in run("tasks", "list", "--cost").out.splitlines()]
    assert [row[2] for row in rows] == ["unknown", "$0.075"]
    listed = run("tasks", "list", "--cost", "--json").json["tasks"]
    assert [task["cost"]["kind"] for task in listed] == ["unknown", "computed"]
    assert listed[0]["cost"]["amount"] is None
    assert "cost" not in run("tasks", "list", "--json").json["tasks"][0]


# --- asking fal ----------------------------------------------------------------------------------


@pytest.mark.usefixtures("made")
def test_with_an_admin_key_fal_names_the_exact_cost(run: Runner, fal: Sandbox) -> None:
    discounted = run(*IMAGE, "--prompt", "x [fault:billing-discount-20]", "--count", "2", "--json").json
    assert discounted["cost"]["amount"] == 0.05
    fal.requests.clear()
    ran = run("spend", "--refresh", "--by", "model", "--json", env=ADMIN)
    assert costs(ran.json) == [(0.155, "USD")]  # $0.075, $0.04 and $0.05 less 20 %
    assert ran.json["unpriced"] == 0
    assert Counter(seen.route for seen in fal.requests) == {"billing": 1}
    shown = run("tasks", "show", discounted["taskId"], "--json").json["cost"]
    assert (shown["kind"], shown["amount"], shown["quantity"], shown["unitPrice"]) == ("billed", 0.04, 2, 0.025)
    assert "less a discount" in run("tasks", "show", discounted["taskId"]).out
    # Costs that fal has billed are not fetched again.
    assert run("spend", "--refresh", env=ADMIN).code == 0
    assert len(fal.requests) == 1


@pytest.mark.usefixtures("made")
def test_without_one_the_missing_prices_are_fetched(run: Runner, fal: Sandbox) -> None:
    ran = run("spend", "--refresh", "--json")
    assert (ran.code, costs(ran.json), ran.json["unpriced"]) == (0, [(0.115, "USD")], 0)
    assert "only to a key with the scope ADMIN; set FAL_ADMIN_KEY" in ran.err
    assert Counter(seen.route for seen in fal.requests) == {"billing": 1, "pricing": 1}


@pytest.mark.usefixtures("made")
def test_one_task_is_refreshed(run: Runner) -> None:
    unpriced = run("tasks", "list", "--json").json["tasks"][0]["taskId"]
    assert "cost" not in run("tasks", "show", unpriced, "--json").json
    shown = run("tasks", "show", unpriced, "--refresh-cost", "--json").json
    assert (shown["cost"]["kind"], shown["cost"]["amount"]) == ("computed", 0.04)
    billed = run("tasks", "show", unpriced, "--refresh-cost", "--json", env=ADMIN).json
    assert (billed["cost"]["kind"], billed["status"]) == ("billed", str(TaskStatus.SUCCEEDED))


@pytest.mark.parametrize("fault", ["billing-401", "billing-500*9", "billing-garbage*9"])
def test_a_fault_of_the_billing_events_is_reported_and_loses_nothing(run: Runner, fal: Sandbox, fault: str) -> None:
    run(*IMAGE, "--max-cost", "1")
    fal.inject(fault)
    ran = run("spend", "--refresh", "--json", env=ADMIN)
    assert (ran.code, costs(ran.json)) == (0, [(0.025, "USD")])
    assert "warning: " in ran.err


def test_a_billing_event_that_is_not_there_yet_leaves_the_computed_cost(run: Runner, fal: Sandbox) -> None:
    made = run(*IMAGE, "--prompt", "x [fault:billing-late]", "--max-cost", "1", "--json").json
    assert run("spend", "--refresh", env=ADMIN).code == 0
    assert run("tasks", "show", made["taskId"], "--json").json["cost"]["kind"] == "computed"
    assert len(fal.submissions) == 1


@pytest.mark.usefixtures("made")
def test_the_admin_key_goes_to_the_billing_events_only_and_is_never_shown(
    run: Runner, fal: Sandbox, folder: Path
) -> None:
    key = ADMIN["FAL_ADMIN_KEY"]
    ran = run("--log-level", "trace", "spend", "--refresh", env=ADMIN)
    assert key not in ran.out + ran.err
    assert not [path for path in folder.rglob("*") if path.is_file() and key.encode() in path.read_bytes()]
    sent = {seen.route for seen in fal.requests if key in seen.headers.get("authorization", "")}
    assert sent == {"billing"}
    assert run(*IMAGE, env=ADMIN).code == 0
    assert all(KEY in seen.headers["authorization"] for seen in fal.requests if seen.route == "run")
