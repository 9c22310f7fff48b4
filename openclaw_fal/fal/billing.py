"""Prices, and what requests were billed."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from openclaw_fal.core.costs import USD, Cost, Price, decimal_of
from openclaw_fal.core.text import printable
from openclaw_fal.fal.failures import failure, no_answer
from openclaw_fal.fal.parse import next_cursor
from openclaw_fal.fal.reply import KEY_STATUSES

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from openclaw_fal.core.events import Waiting
    from openclaw_fal.fal.client import FalClient
    from openclaw_fal.fal.clock import Deadline
    from openclaw_fal.fal.reply import Reply

MAX_IDS = 50  # of endpoints or requests, in one question
MAX_TRIES = 2  # the user is waiting
_NOT_KNOWN = frozenset({400, 404})
_NANO = Decimal("1e-9")


def fetch_prices(
    client: FalClient, endpoints: Sequence[str], deadline: Deadline
) -> Generator[Waiting, None, dict[str, Price]]:
    """Return the prices of endpoints; those that fal has no price for are missing.

    Raises `KeyProblem` or `AccountProblem` if fal refuses the key, and `Unreachable` if it does not answer.
    """
    found: dict[str, Price] = {}
    for number in range(0, len(endpoints), MAX_IDS):
        found |= yield from _prices(client, endpoints[number : number + MAX_IDS], deadline)
    return found


def _prices(
    client: FalClient, endpoints: Sequence[str], deadline: Deadline
) -> Generator[Waiting, None, dict[str, Price]]:
    reply = yield from _ask(client, "pricing", [("endpoint_id", one) for one in endpoints], deadline, "reading prices")
    if reply.status in _NOT_KNOWN:
        # One id that fal does not know spoils the answer for all of them.
        if len(endpoints) <= 1:
            return {}
        half = len(endpoints) // 2
        first = yield from _prices(client, endpoints[:half], deadline)
        return first | (yield from _prices(client, endpoints[half:], deadline))
    rows = reply.json.get("prices") if reply.is_success and isinstance(reply.json, dict) else None
    if not isinstance(rows, list):
        raise no_answer(reply)
    now = client.clock.now()
    prices = [price for row in rows if (price := _price(row, now)) and price.endpoint in endpoints]
    found = {price.endpoint: price for price in prices}
    # fal does not say which of several prices a request has.
    return {price.endpoint: price for price in found.values() if all(_is_same(price, other) for other in prices)}


def _is_same(price: Price, other: Price) -> bool:
    return price == other or price.endpoint != other.endpoint


def _price(row: Any, now: float) -> Price | None:
    match row:
        case {"endpoint_id": str(endpoint), "unit_price": amount, "unit": unit} if isinstance(unit, str | None):
            exact, currency = decimal_of(amount), row.get("currency")
            name = printable(currency, limit=10) if isinstance(currency, str) else USD
            return None if exact is None else Price(endpoint, exact, printable(unit or "", limit=60), name, now)
        case _:
            return None


def fetch_billed(
    client: FalClient, request_ids: Sequence[str], deadline: Deadline
) -> Generator[Waiting, None, dict[str, Cost]]:
    """Return what requests were billed, by their ids; those without a billing event are missing.

    Needs a key with the scope ADMIN. Raises as `fetch_prices` does.
    """
    costs: dict[str, Cost] = {}
    for number in range(0, len(request_ids), MAX_IDS):
        query, cursor = [("request_id", one) for one in request_ids[number : number + MAX_IDS]], ""
        while True:
            page = [*query, *([("cursor", cursor)] if cursor else [])]
            reply = yield from _ask(client, "billing-events", page, deadline, "reading billing events")
            if not reply.is_success or not isinstance(reply.json, dict):
                raise no_answer(reply)
            for request_id, cost in _events(reply.json.get("billing_events")):
                costs[request_id] = _added(costs[request_id], cost) if request_id in costs else cost
            cursor = next_cursor(reply.json, cursor)
            if not cursor:
                break
    return costs


def _events(rows: Any) -> Iterator[tuple[str, Cost]]:
    for row in rows if isinstance(rows, list) else []:
        if not isinstance(row, dict) or not isinstance(row.get("request_id"), str):
            continue
        total = decimal_of(row.get("cost_total"))
        if total is None and (nano := decimal_of(row.get("cost_estimate_nano_usd"))) is not None:
            total = nano * _NANO
        if total is not None:
            units, price = decimal_of(row.get("output_units")), decimal_of(row.get("unit_price"))
            yield row["request_id"], Cost("billed", total, USD, None, units, price)


def _added(one: Cost, other: Cost) -> Cost:
    """Return the sum of two events of one request, which may have different prices."""
    return Cost("billed", (one.amount or Decimal()) + (other.amount or Decimal()), USD)


def _ask(
    client: FalClient, route: str, query: Sequence[tuple[str, str]], deadline: Deadline, doing: str
) -> Generator[Waiting, None, Reply]:
    url = f"{client.origins.platform}/v1/models/{route}?{urlencode(query)}"
    reply = yield from client.read("GET", url, deadline=deadline, tries=MAX_TRIES)
    if reply.status in KEY_STATUSES:
        raise failure(reply, doing)
    return reply
