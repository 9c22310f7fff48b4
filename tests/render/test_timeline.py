"""What has happened so far, in numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from openclaw_fal.core.events import (
    Downloading,
    LogLine,
    Queued,
    Running,
    Submitted,
    Waiting,
)
from openclaw_fal.render.timeline import Timeline

if TYPE_CHECKING:
    from openclaw_fal.core.tasks import Task


class Clock:
    time = 1000.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def timeline(clock: Clock) -> Timeline:
    return Timeline(clock)


def test_time_is_counted_for_each_phase(job: Task, timeline: Timeline, clock: Clock) -> None:
    timeline.see(Submitted(job))
    clock.time += 4
    timeline.see(Running(job))
    clock.time += 31
    timeline.see(LogLine(job, "40%"))
    assert timeline.summary() == ["queued 4.0s", "ran 31s"]
    assert (timeline.elapsed, timeline.percent) == (35.0, 40.0)


def test_a_job_of_an_earlier_run_shows_its_whole_age(job: Task, timeline: Timeline, clock: Clock) -> None:
    clock.time += 3600
    timeline.see(Queued(job, 1))
    clock.time += 5
    assert timeline.elapsed == 3605.0
    assert timeline.summary() == ["waited 5.0s"]


def test_elapsed_time_is_never_negative(job: Task, timeline: Timeline, clock: Clock) -> None:
    timeline.see(Running(job))
    clock.time -= 100
    assert timeline.elapsed == 0


def test_a_retry_is_forgotten_at_the_next_event(job: Task, timeline: Timeline) -> None:
    timeline.see(Waiting("HTTP 503", 1.0))
    assert timeline.trouble
    timeline.see(Running(job))
    assert timeline.trouble is None


def test_files_downloaded_at_once_are_counted_together(job: Task, timeline: Timeline) -> None:
    timeline.see(Downloading(job, 2, 2, 500, 1000))
    assert (timeline.received, timeline.expected, timeline.downloaded_percent) == (500, None, 25)
    timeline.see(Downloading(job, 1, 2, 300, 300))
    assert (timeline.received, timeline.expected, timeline.downloaded_percent) == (800, 1300, 75)


def test_a_file_of_unknown_size_has_no_percentage(job: Task, timeline: Timeline) -> None:
    timeline.see(Downloading(job, 1, 1, 500, None))
    assert (timeline.received, timeline.expected, timeline.downloaded_percent) == (500, None, None)


def test_the_speed_is_that_of_the_last_seconds(job: Task, timeline: Timeline, clock: Clock) -> None:
    for second in range(10):
        timeline.see(Downloading(job, 1, 1, 1000 * second, 100_000))
        clock.time += 1
    assert timeline.bytes_per_second == pytest.approx(750, rel=0.01)
    clock.time += 8
    assert timeline.bytes_per_second == pytest.approx(250, rel=0.01)


def test_a_download_that_starts_over_starts_a_new_measurement(job: Task, timeline: Timeline, clock: Clock) -> None:
    timeline.see(Downloading(job, 1, 1, 9000, 10_000))
    clock.time += 1
    timeline.see(Downloading(job, 1, 1, 100, 10_000))
    clock.time += 1
    assert timeline.bytes_per_second is None
    timeline.see(Downloading(job, 1, 1, 1100, 10_000))
    assert timeline.bytes_per_second == 1000
