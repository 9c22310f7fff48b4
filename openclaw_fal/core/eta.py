"""How long a job will probably take, from earlier jobs of the same endpoint on this machine."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openclaw_fal.core.tasks import Task

MIN_KNOWN = 3
# A job that nobody waited for seems to end when it is looked at; then the model's own time, as fal reports it, counts.
_FACTOR, _SLACK_S = 3.0, 30.0


def expected_seconds(task: Task, earlier: Sequence[Task]) -> float | None:
    """Return the seconds from submission to end, ``None`` if fewer than three earlier tasks are known.

    Longer results and more files take longer: if too few tasks had this length or count, the time per second or per
    file is multiplied.
    """
    known = [(_amount_of(one), seconds) for one in earlier if (seconds := _seconds(one)) is not None]
    if len(known) < MIN_KNOWN:
        return None
    amount = _amount_of(task)
    alike = [seconds for other, seconds in known if other == amount]
    return median(alike) if len(alike) >= MIN_KNOWN else median(seconds / other for other, seconds in known) * amount


def expected_rest(running: Sequence[float], waiting: int, seconds_each: float, at_once: int) -> float:
    """Return the seconds until several jobs are done; ``running`` is what those under way have left."""
    longest = max(running, default=0.0)
    return max(longest, (sum(running) + waiting * seconds_each) / max(at_once, 1))


def _amount_of(task: Task) -> float:
    """Return the length in seconds that was asked for, else the number of files."""
    request = task.request
    return (request.duration or request.count or 1) if request else 1


def _seconds(task: Task) -> float | None:
    took, own = task.duration_s, task.inference_seconds
    if took is None or (own is not None and took > own * _FACTOR + _SLACK_S):
        return own
    return took
