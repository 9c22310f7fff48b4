"""Prices and estimates. Prices are fetched only when they are asked for."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from openclaw_fal.core.costs import Estimate
from openclaw_fal.core.errors import OpenclawFalError
from openclaw_fal.core.events import result_of
from openclaw_fal.core.records import Record
from openclaw_fal.models.estimates import estimate
from openclaw_fal.store.caches import PriceCache

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from openclaw_fal.core.costs import Price
    from openclaw_fal.models.payload import Plan
    from openclaw_fal.runtime import Runtime

TIMEOUT_S = 10.0

# A private sandbox ends with the command, so its prices are kept for the run only.
_of_run: WeakKeyDictionary[Runtime, dict[str, Price]] = WeakKeyDictionary()


# --- prices ------------------------------------------------------------------------------------


class Prices(Record):
    """Prices by endpoint; ``problem`` says why some of fal's may be missing."""

    found: Mapping[str, Price]
    problem: str | None = None

    def missing(self) -> str:
        """Return why an endpoint has no price here."""
        return self.problem or "fal has no price for it"


def prices_of(runtime: Runtime, endpoints: Iterable[str], *, may_ask: bool = True) -> Prices:
    """Return the prices of endpoints, none older than a day. Those that are not cached are fetched."""
    wanted = [*dict.fromkeys(endpoints)]
    known = cached_prices(runtime)
    missing = [endpoint for endpoint in wanted if endpoint not in known]
    asked = _fetched(runtime, missing) if missing and may_ask else Prices({}, _unasked(missing))
    found = {**known, **asked.found}
    return Prices({endpoint: found[endpoint] for endpoint in wanted if endpoint in found}, asked.problem)


def cached_prices(runtime: Runtime) -> dict[str, Price]:
    """Return all prices that are cached and not older than a day, without asking fal."""
    of_run, cache = _of_run.get(runtime, {}), _cache(runtime)
    of_file = cache.fresh(runtime.clock.now()) if cache and os.path.exists(runtime.paths.prices_dir) else {}
    return of_run | of_file


def _unasked(missing: Sequence[str]) -> str | None:
    return "no price is cached" if missing else None


def _fetched(runtime: Runtime, endpoints: Sequence[str]) -> Prices:
    # Imported here: what is cached needs no fal.
    from openclaw_fal.fal.billing import fetch_prices  # noqa: PLC0415
    from openclaw_fal.fal.reply import Unreachable  # noqa: PLC0415

    if not runtime.has_key():
        return Prices({}, "fal shows prices only with a key, and there is none")
    try:
        found = result_of(fetch_prices(runtime.fal, endpoints, runtime.deadline(TIMEOUT_S)))
    except Unreachable as problem:
        return Prices({}, f"fal's prices can't be fetched ({problem.reason})")
    except OpenclawFalError as error:
        return Prices({}, error.message)
    if cache := _cache(runtime):
        cache.add(found)
    _of_run.setdefault(runtime, {}).update(found)
    return Prices(found)


def _cache(runtime: Runtime) -> PriceCache | None:
    """Return the cache of the origin that answers; a private sandbox has none."""
    return None if runtime.in_sandbox else PriceCache(runtime.paths.prices_dir, runtime.base_url or "")


# --- estimates ---------------------------------------------------------------------------------


def estimates(runtime: Runtime, plans: Sequence[Plan], *, may_ask: bool = True) -> list[Estimate]:
    """Return what each plan will cost, with one question for the prices of up to fifty endpoints."""
    prices = prices_of(runtime, (plan.endpoint for plan in plans), may_ask=may_ask)
    return [
        estimate(plan, price) if (price := prices.found.get(plan.endpoint)) else Estimate.unknown(prices.missing())
        for plan in plans
    ]
