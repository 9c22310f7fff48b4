"""``--max-cost``: how much a command may spend, and what is refused before it is sent."""

from __future__ import annotations

import re
import threading
from decimal import Decimal
from typing import TYPE_CHECKING

from openclaw_fal.actions.pricing import estimates
from openclaw_fal.core.costs import USD, Estimate, money
from openclaw_fal.core.errors import CostRefused, RequestError
from openclaw_fal.core.program import command
from openclaw_fal.models.refs import model_ref

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openclaw_fal.models.payload import Plan
    from openclaw_fal.runtime import Runtime

LIMIT_VARIABLE = "OPENCLAW_FAL_MAX_COST"
_AMOUNT = r"\$?([0-9]{1,12}(?:\.[0-9]{0,12})?|\.[0-9]{1,12})"


class Limit:
    """The most that may be spent, in US dollars; ``source`` is where it was set.

    The requests of a command share it, and so do their threads: each attempt takes its part before it is sent.
    """

    def __init__(self, amount: Decimal, source: str, *, allows_unknown: bool = False) -> None:
        self.amount = amount
        self.source = source
        self.allows_unknown = allows_unknown
        self._taken = Decimal()
        self._lock = threading.Lock()

    def take(self, runtime: Runtime, plan: Plan) -> Decimal:
        """Take what a plan may cost, and return it. Raises `CostRefused` for what is unknown or not left."""
        (cost,) = estimates(runtime, [plan])
        with self._lock:
            check_limit(self, [plan], [cost], self._taken)
            amount = Decimal() if cost.amount is None or _foreign(cost) else cost.amount
            self._taken += amount
        return amount

    def give_back(self, amount: Decimal) -> None:
        """Return what an attempt took that fal does not charge for."""
        with self._lock:
            self._taken -= amount


def read_limit(runtime: Runtime, typed: str | None, *, allows_unknown: bool) -> Limit | None:
    """Return the limit of ``--max-cost``, else that of the environment, ``None`` without one.

    Raises `UsageError` for text that is not an amount of US dollars.
    """
    text, name = typed, "--max-cost"
    if text is None:
        text, name = runtime.environ.get(LIMIT_VARIABLE, "").strip() or None, LIMIT_VARIABLE
    if text is None:
        return None
    # Python also reads 0_05 as a number, which is five dollars.
    match = re.fullmatch(_AMOUNT, text.strip())
    if match is None:
        raise RequestError(f"{name} {text!r} is not an amount. Give US dollars, such as 0.50.")
    return Limit(Decimal(match[1]), f"{name} {match[1]}", allows_unknown=allows_unknown)


def check_limit(limit: Limit, plans: Sequence[Plan], costs: Sequence[Estimate], taken: Decimal = Decimal()) -> None:
    """Raise `CostRefused` if the plans together may cost more than the limit has left, or an unknown amount."""
    total = Decimal()
    is_exact = True
    for plan, cost in zip(plans, costs, strict=True):
        problem = cost.reason if cost.amount is None else _foreign(cost)
        if problem is None:
            total += cost.amount or Decimal()
            is_exact = is_exact and cost.kind == "known"
        elif not limit.allows_unknown:
            raise _unknown(limit, plan, problem)
    if taken + total > limit.amount:
        raise _too_much(limit, plans, costs, f"{'' if is_exact else 'at least '}{money(total)}", taken)


def _foreign(cost: Estimate) -> str | None:
    return None if cost.currency == USD else f"its price is in {cost.currency}"


def _unknown(limit: Limit, plan: Plan, problem: str) -> CostRefused:
    return CostRefused(
        f"{limit.source} refuses {model_ref(plan.endpoint)}: its cost is unknown ({problem}).",
        code="cost_unknown",
        hint="Send it anyway: add --allow-unknown-cost",
    )


def _too_much(
    limit: Limit, plans: Sequence[Plan], costs: Sequence[Estimate], total: str, taken: Decimal
) -> CostRefused:
    if len(plans) == 1:
        what = f"A run of {model_ref(plans[0].endpoint)} costs {costs[0].text}"
    else:
        what = f"These {len(plans)} requests cost {total}"
    most = f"the {money(limit.amount - taken)} left of {limit.source}" if taken else f"{limit.source} allows"
    return CostRefused(
        f"{what}, more than {most}.",
        hint=f"Raise the limit, or choose another model: {command('models list --price')}",
    )
