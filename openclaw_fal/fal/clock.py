"""A point in time by which an operation, all its retries and waits included, must be over."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable


class Clock(NamedTuple):
    """Time as the fal layer sees it; tests put their own in its place. All in seconds."""

    now: Callable[[], float]
    monotonic: Callable[[], float]
    sleep: Callable[[float], None]

    def deadline(self, seconds: float) -> Deadline:
        return Deadline(self.monotonic() + seconds, self)


class Deadline(NamedTuple):
    at: float
    clock: Clock

    @property
    def remaining(self) -> float:
        """Seconds left, never negative."""
        return max(0.0, self.at - self.clock.monotonic())

    @property
    def is_over(self) -> bool:
        return self.remaining <= 0

    def at_least(self, seconds: float) -> Deadline:
        """Return this one, or a later one when fewer seconds are left."""
        return max(self, self.clock.deadline(seconds), key=lambda either: either.at)
