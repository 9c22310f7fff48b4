from __future__ import annotations

import pytest

from openclaw_fal.core.eta import expected_rest, expected_seconds
from openclaw_fal.core.requests import Request
from openclaw_fal.core.tasks import Task, TaskStatus


def task(
    took: float | None = None, *, duration: float | None = None, count: int | None = None, own: float | None = None
) -> Task:
    return Task(
        id="k",
        capability="video.generate",
        model="m",
        endpoint="m",
        transport="queue",
        status=TaskStatus.SUCCEEDED,
        created_at=1000.0,
        updated_at=1000.0,
        digest="",
        request=Request(capability="video.generate", prompt="x", duration=duration, count=count),
        finished_at=None if took is None else 1000.0 + took,
        inference_seconds=own,
    )


@pytest.mark.parametrize(
    ("earlier", "new", "expected"),
    [
        ([], task(), None),
        ([task(10), task(12)], task(), None),  # too few to say anything
        ([task(10), task(12), task(90)], task(), 12),
        # Those of the same length count, if there are enough of them.
        (
            [task(50, duration=5), task(52, duration=5), task(54, duration=5), task(100, duration=10)],
            task(duration=5),
            52,
        ),
        # Else the time for one second is multiplied.
        ([task(50, duration=5), task(100, duration=10), task(110, duration=10)], task(duration=20), 200),
        ([task(4, count=1), task(8, count=2), task(16, count=4)], task(count=3), 12),
        # Nobody waited for them at first, so when they were seen to end says nothing.
        ([task(90_000, own=20), task(80_000, own=22), task(30, own=24)], task(), 22),
        ([task(None), task(None), task(5)], task(), None),
    ],
)
def test_the_time_of_a_job_is_the_median_of_earlier_ones_like_it(
    earlier: list[Task], new: Task, expected: float | None
) -> None:
    assert expected_seconds(new, earlier) == expected


@pytest.mark.parametrize(
    ("running", "waiting", "at_once", "expected"),
    [
        ([10.0, 4.0], 0, 2, 10.0),  # the longest of those that run
        ([10.0, 4.0], 3, 2, 22.0),  # 14 + 3 x 10, two at once
        ([], 5, 5, 10.0),
        ([0.0, 0.0], 0, 2, 0.0),  # they take longer than usual
    ],
)
def test_the_rest_of_a_batch_takes_as_long_as_its_jobs_at_once(
    running: list[float], waiting: int, at_once: int, expected: float
) -> None:
    assert expected_rest(running, waiting, 10.0, at_once) == expected
