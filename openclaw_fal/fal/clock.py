"""Time: a clock that tests can replace, and the deadline of an operation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openclaw_fal.core.records import Record

if TYPE_CHECKING:
    from collections.abc import Callable

GRACE_S = 1.5  # past the deadline, for an answer that is expected at any moment
OVERTIME_S = 60.0  # past the deadline, for an answer that is arriving


class Clock(Record):
    """The time functions that this room uses, all in seconds. Tests pass their own."""

    now: Callable[[], float]
    monotonic: Callable[[], float]
    sleep: Callable[[float], None]

    def deadline(self, seconds: float) -> Deadline:
        return Deadline(self.monotonic() + seconds, self)


class Deadline(Record):
    """The moment by which an operation must end, with all its retries and pauses."""

    at: float
    clock: Clock

    @property
    def remaining(self) -> float:
        """Seconds left, never negative."""
        return max(0.0, self.at - self.clock.monotonic())

    @property
    def is_over(self) -> bool:
        return self.remaining <= 0

    def later(self, seconds: float) -> Deadline:
        """Return a deadline that is ``seconds`` after this one."""
        return self._replace(at=self.at + seconds)

    def within(self, seconds: float) -> Deadline:
        """Return this deadline, or an earlier one if more than ``seconds`` are left."""
        return min(self, self.clock.deadline(seconds), key=lambda either: either.at)
