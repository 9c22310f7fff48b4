"""What something costs: a price, an estimate before a run, a cost after it. Amounts are exact decimals.

An amount that is not known is ``None`` and has a reason. It is never 0.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Literal

from openclaw_fal.core.records import Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

USD = "USD"
_SIGNIFICANT = 4  # digits of an amount below a dollar


class Price(Record):
    """What fal charges for one ``unit``, which is free text. ``fetched_at`` is in seconds since the epoch."""

    endpoint: str
    amount: Decimal
    unit: str
    currency: str
    fetched_at: float

    def __str__(self) -> str:
        unit = _worded(self.unit, 1)
        return f"{money(self.amount, self.currency)} per {unit}" if unit else money(self.amount, self.currency)

    def as_record(self) -> dict[str, Any]:
        """Return the price as caches and the task journal keep it; the amount as text, which keeps it exact."""
        return self._asdict() | {"amount": str(self.amount)}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Price:
        """Restore a price; raise `KeyError` or `ValueError` for an invalid record."""
        amount = decimal_of(record["amount"])
        if amount is None:
            raise ValueError(f"{record['amount']!r} is not an amount")
        unit, currency, fetched_at = str(record["unit"]), str(record["currency"]), float(record["fetched_at"])
        return cls(str(record["endpoint"]), amount, unit, currency, fetched_at)

    def as_json(self) -> dict[str, Any]:
        return {
            "amount": float(self.amount),
            "currency": self.currency,
            "unit": self.unit,
            "fetchedAt": self.fetched_at,
        }


class Estimate(Record):
    """What a request will cost, before it is sent.

    ``known``: ``quantity`` units of ``unit``. ``at_least``: these, and more for the reason given. ``unknown``: without
    an amount, for the reason given.
    """

    kind: Literal["known", "at_least", "unknown"]
    amount: Decimal | None = None
    currency: str | None = None
    unit: str | None = None
    quantity: Decimal | None = None
    unit_price: Decimal | None = None
    reason: str | None = None

    @classmethod
    def unknown(cls, reason: str, price: Price | None = None) -> Estimate:
        if price is None:
            return cls("unknown", reason=reason)
        return cls("unknown", None, price.currency, price.unit, None, price.amount, reason)

    @property
    def text(self) -> str:
        """The estimate in words: ``$0.05 (2 images at $0.025)``."""
        if self.amount is None:
            return f"unknown: {self.reason}"
        prefix = "at least " if self.kind == "at_least" else ""
        details = "; ".join(filter(None, (counted(self), self.reason)))
        return f"{prefix}{money(self.amount, self.currency)}" + (f" ({details})" if details else "")

    def as_json(self) -> dict[str, Any]:
        return _as_json(self)


class Cost(Record):
    """What a task has cost.

    ``computed``: the billable units that fal reported, times the unit price. ``billed``: fal's own figure, after
    discounts. ``unknown``: without an amount, for the reason given.
    """

    kind: Literal["computed", "billed", "unknown"]
    amount: Decimal | None = None
    currency: str | None = None
    unit: str | None = None
    quantity: Decimal | None = None
    unit_price: Decimal | None = None
    reason: str | None = None

    @classmethod
    def computed(cls, billable_units: str | None, price: Price) -> Cost | None:
        """Return units times price, ``None`` if fal reported no number of units."""
        units = decimal_of(billable_units)
        if units is None:
            return None
        return cls("computed", units * price.amount, price.currency, price.unit, units, price.amount)

    @property
    def money(self) -> str | None:
        """The amount alone: ``$0.05``."""
        return None if self.amount is None else money(self.amount, self.currency)

    @property
    def text(self) -> str:
        """The cost in words: ``$0.05 computed (2 images at $0.025)``."""
        if self.amount is None:
            return f"unknown: {self.reason}"
        details = counted(self)
        if self.quantity is not None and self.unit_price is not None and self.amount < self.quantity * self.unit_price:
            details += ", less a discount"
        return f"{self.money} {self.kind}" + (f" ({details})" if details else "")

    def as_json(self) -> dict[str, Any]:
        return _as_json(self)

    def as_record(self) -> dict[str, Any]:
        """Return everything for the task journal; amounts as text, which keeps them exact."""
        return {name: str(value) if isinstance(value, Decimal) else value for name, value in self._known().items()}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Cost:
        return cls._restored({**record, **{name: decimal_of(record[name]) for name in _AMOUNTS if name in record}})


_AMOUNTS = ("amount", "quantity", "unit_price")


def _as_json(value: Estimate | Cost) -> dict[str, Any]:
    document = {
        "kind": value.kind,
        "amount": None if value.amount is None else float(value.amount),
        "currency": value.currency,
        "unit": value.unit,
        "quantity": None if value.quantity is None else _number(value.quantity),
        "unitPrice": None if value.unit_price is None else float(value.unit_price),
    }
    return document | ({"reason": value.reason} if value.reason else {})


def _number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


def decimal_of(value: Any) -> Decimal | None:
    """Return a number from fal, which may be text, as an exact decimal; ``None`` for anything else, and below 0."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() and number >= 0 else None


def money(amount: Decimal, currency: str | None = USD) -> str:
    """Return an amount of money: ``$0.05``, ``$0.0025``, ``$12.30``, ``0.30 EUR``."""
    digits = 2
    if 0 < amount < 1:
        # As many decimals as the amount has, but no more than four digits that matter.
        exponent = -amount.adjusted() - 1 + _SIGNIFICANT
        digits = max(2, len(f"{amount:.{exponent}f}".rstrip("0").partition(".")[2]))
    text = f"{amount:,.{digits}f}"
    return f"${text}" if (currency or USD) == USD else f"{text} {currency}"


def counted(value: Estimate | Cost) -> str:
    """Return what is paid for: ``2 images at $0.025``; empty if that is not known."""
    if value.quantity is None or value.unit_price is None:
        return ""
    number = f"{round(value.quantity, 6).normalize():f}"
    unit = _worded(value.unit or "", value.quantity)
    joined = " x " if unit[:1].isdigit() else " "
    return f"{number}{joined if unit else ''}{unit} at {money(value.unit_price, value.currency)}"


def _worded(unit: str, quantity: Decimal | int) -> str:
    """Return a unit as it is written after a number; one that begins with a number stays as fal writes it."""
    text = " ".join(unit.split())
    if not text or text[0].isdigit():
        return text
    return text.removesuffix("s") if quantity == 1 else text if text.endswith("s") else f"{text}s"


def total(costs: Iterable[Cost]) -> dict[str, Decimal]:
    """Return the sum of the amounts that are known, for each currency."""
    sums: dict[str, Decimal] = {}
    for cost in costs:
        if cost.amount is not None:
            sums[cost.currency or USD] = sums.get(cost.currency or USD, Decimal()) + cost.amount
    return sums


def estimated_total(estimates: Sequence[Estimate]) -> Estimate:
    """Return what several requests will cost together: at least that, if any of them may cost more or is unknown."""
    known = [each for each in estimates if each.amount is not None]
    currencies = {each.currency for each in known}
    if not known or len(currencies) > 1:
        reason = "prices are in several currencies" if known else (estimates[0].reason if estimates else "no request")
        return Estimate.unknown(reason or "no price is known")
    amount = sum((each.amount or Decimal() for each in known), Decimal())
    is_exact = len(known) == len(estimates) and all(each.kind == "known" for each in known)
    missing = len(estimates) - len(known)
    reason = f"the cost of {missing} of {len(estimates)} is unknown" if missing else None
    return Estimate("known" if is_exact else "at_least", amount, currencies.pop(), reason=reason)
