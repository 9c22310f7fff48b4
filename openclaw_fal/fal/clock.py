"""Time: a clock that tests can replace, the deadline of an operation, and the pauses between its tries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openclaw_fal.core.events import Waiting
from openclaw_fal.core.records import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

GRACE_S = 1.5  # past the deadline, for an answer that is expected at any moment
OVERTIME_S = 60.0  # past the deadline, for an answer that is arriving
FIRST_DELAY_S, MAX_DELAY_S = 0.5, 8.0  # between two tries


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


class Backoff:
    """Pauses between the tries of one operation, each about twice as long as the last, up to ``MAX_DELAY_S``.

    ``max_tries`` limits the number of tries; ``None`` leaves that to the deadline.
    """

    def __init__(self, deadline: Deadline, max_tries: int | None = None) -> None:
        self._deadline = deadline
        self._delay = FIRST_DELAY_S
        self._tries_left = max_tries

    @property
    def is_last_try(self) -> bool:
        return self._tries_left is not None and self._tries_left <= 1

    def pause(
        self, reason: str, asked_s: float | None = None, *, is_limit: bool = False
    ) -> Generator[Waiting, None, bool]:
        """Yield a `Waiting`, sleep and return True; return False at once if there can't be another try.

        The pause is ``asked_s`` seconds if the server asked for that many. There is no other try after the last one,
        nor if the pause would outlast the deadline.
        """
        seconds = asked_s or _jittered(self._delay)
        if self.is_last_try or seconds >= self._deadline.remaining:
            return False
        yield Waiting(reason, seconds, is_limit)
        self._deadline.clock.sleep(seconds)
        self._delay = min(self._delay * 2, MAX_DELAY_S)
        if self._tries_left is not None:
            self._tries_left -= 1
        return True


def _jittered(delay: float) -> float:
    """Return about ``delay``, so that many clients don't retry at the same moment."""
    import random  # noqa: PLC0415 - takes 1.5 ms, and most requests succeed at once

    return delay * random.uniform(0.75, 1.25)  # noqa: S311 - not for secrets
