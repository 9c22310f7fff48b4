"""Progress in a log: one plain line per change."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

from openclaw_fal.core.events import (
    Downloading,
    Event,
    Finished,
    GaveUp,
    LogLine,
    Note,
    Queued,
    Running,
    Saved,
    Submitted,
    Submitting,
    Uploading,
    Waiting,
)
from openclaw_fal.core.results import Asset, Attempt, Envelope, Normalized
from openclaw_fal.render.messages import Messages
from openclaw_fal.render.progress import NoProgress, PlainProgress
from openclaw_fal.render.screen import Screen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openclaw_fal.core.tasks import Task

MODEL = "fal-ai/minimax/video-01-live"
FILM = Asset(url="https://v3.fal.media/x.mp4", path="/home/me/fox.mp4", size=8_200_000, width=1280, height=720)
ANSWER = Envelope(capability="video.generate", model=MODEL, outputs=(FILM,))
EMPTY = Envelope(capability="video.generate", model=MODEL)


@pytest.fixture
def job(job: Task) -> Task:
    return job._replace(model=MODEL, endpoint=MODEL)


class Clock:
    """Stands still until a step of the script moves it."""

    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        return self.time

    def script(self, *steps: tuple[float, Event]) -> Iterator[Event]:
        for seconds, event in steps:
            self.time += seconds
            yield event


def lines(*steps: tuple[float, Event], stdout_is_terminal: bool = True) -> list[str]:
    stdout, stderr, clock = io.StringIO(), io.StringIO(), Clock()
    screen = Screen(io.StringIO(), stdout, stderr, stdout_is_terminal=stdout_is_terminal)
    PlainProgress(screen, clock).follow(clock.script(*steps))
    assert stdout.getvalue() == ""
    return stderr.getvalue().splitlines()


def test_a_queued_video_from_beginning_to_end(job: Task) -> None:
    assert lines(
        (0, Submitting(job)),
        (1, Submitted(job)),
        (0, Queued(job, 2)),
        (2, Queued(job, 2)),
        (1, Queued(job, 1)),
        (1, Queued(job, 0)),
        (1, Running(job)),
        (1, LogLine(job, "loading weights")),
        (30, LogLine(job, "saving", "WARNING")),
        (0, Downloading(job, 1, 1, 4_100_000, 8_200_000)),
        (1, Downloading(job, 1, 1, 8_200_000, 8_200_000)),
        (0, Saved(job, FILM)),
        (0, Finished(ANSWER)),
    ) == [
        f"{MODEL}: submitted (task k3f9x2qd7m)",
        f"{MODEL}: queued, 2 ahead",
        f"{MODEL}: queued, 1 ahead",
        f"{MODEL}: queued, next in line",
        f"{MODEL}: running",
        f"{MODEL}: loading weights",
        f"{MODEL}: warning: saving",
        f"{MODEL}: saved /home/me/fox.mp4 (1280x720, 8.2 MB)",
        f"{MODEL}: done in 38s (queued 5.0s, ran 31s, fetched 8.2 MB in 1.0s)",
    ]


def test_a_resumed_task_is_named_at_once_and_only_its_waiting_is_counted(job: Task) -> None:
    assert lines((500, Queued(job, None)), (9.5, Running(job)), (0.5, Saved(job, FILM)), (0, Finished(ANSWER))) == [
        f"{MODEL}: queued (task k3f9x2qd7m)",
        f"{MODEL}: running",
        f"{MODEL}: saved /home/me/fox.mp4 (1280x720, 8.2 MB)",
        f"{MODEL}: done in 8m 30s (waited 10s, fetched 8.2 MB)",
    ]


def test_a_synchronous_image_is_shown_as_sent(job: Task) -> None:
    job = job._replace(transport="sync")
    assert lines((0, Submitting(job)), (2, Submitted(job)), (0, Saved(job, FILM)), (0, Finished(ANSWER)))[0] == (
        f"{MODEL}: waiting for the answer (task k3f9x2qd7m)"
    )


def test_percentages_are_shown_in_steps_of_ten(job: Task) -> None:
    logs = [(1.0, LogLine(job, f"step {percent}%")) for percent in (0, 4, 9, 10, 15, 21, 100, 2)]
    assert lines((0, Running(job)), *logs, (0, Finished(EMPTY)))[1:] == [
        f"{MODEL}: step {percent}%" for percent in (0, 10, 21, 100, 2)
    ]


def test_a_slow_download_is_shown_every_five_seconds(job: Task) -> None:
    chunks = [(1.0, Downloading(job, 1, 2, 1_000_000 * second, 12_000_000)) for second in range(1, 13)]
    assert lines((0, Running(job)), *chunks, (0, Finished(EMPTY)))[1:] == [
        f"{MODEL}: downloading, 1 of 2, 6.0 MB of 12.0 MB",
        f"{MODEL}: downloading, 1 of 2, 11.0 MB of 12.0 MB",
    ]


def test_a_slow_upload_is_shown_every_five_seconds_and_a_short_download_after_it_is_not(job: Task) -> None:
    parts = [(2.0, Uploading("sea.mp4", 1, 1, 60_000_000, 10_000_000 * part)) for part in range(1, 7)]
    chunks = [(1.0, Downloading(job, 1, 1, received, 20)) for received in (10, 20)]
    assert lines(
        (0, Uploading("sea.mp4", 1, 1, 60_000_000)), *parts, (0, Submitting(job)), *chunks, (0, Finished(EMPTY))
    ) == [
        "uploading sea.mp4 (60.0 MB)",
        "uploading sea.mp4 (30.0 MB of 60.0 MB)",
    ]


def test_uploads_retries_notes_and_fallbacks_have_a_line_each(job: Task) -> None:
    assert lines(
        (0, Uploading("fox.jpg", 1, 2, 1_200_000)),
        (0, Waiting("HTTP 503 from queue.fal.run", 4)),
        (4, Waiting("HTTP 503 from queue.fal.run", 4)),
        (0, Note("cheaper models exist")),
        (0, Note("the state folder was readable by others", "warning")),
        (0, GaveUp(Attempt(MODEL, "HTTP 503", "unavailable"))),
        (0, Finished(EMPTY)),
    ) == [
        "uploading fox.jpg (1.2 MB), 1 of 2",
        "trying again in 4.0s: HTTP 503 from queue.fal.run",
        "trying again in 4.0s: HTTP 503 from queue.fal.run",
        "note: cheaper models exist",
        "warning: the state folder was readable by others",
        f"{MODEL}: failed (unavailable): HTTP 503",
    ]


def test_a_fallback_is_shown_with_its_own_task(job: Task) -> None:
    first = job._replace(transport="sync")
    second = first._replace(id="m2m2m2m2m2")
    shown = lines((0, Submitting(first)), (1, Submitting(second)), (0, Finished(EMPTY)))
    assert [line.rpartition(" ")[2] for line in shown] == ["k3f9x2qd7m)", "m2m2m2m2m2)"]


def test_escape_codes_in_a_log_line_are_replaced(job: Task) -> None:
    shown = lines((0, Running(job)), (0, LogLine(job, "\x1b[2J\x1b]0;x\x07\nnext")), (0, Finished(EMPTY)))
    assert shown[1] == f"{MODEL}: �[2J�]0;x� next"


def test_a_file_that_could_not_be_saved_is_named(job: Task) -> None:
    lost = Asset(url="https://v3.fal.media/x.mp4", error="HTTP 503")
    assert lines((0, Saved(job, lost)), (0, Finished(EMPTY))) == [
        f"{MODEL}: could not save https://v3.fal.media/x.mp4: HTTP 503 (task k3f9x2qd7m)"
    ]


def test_adjustments_are_shown_unless_the_result_on_a_terminal_has_them() -> None:
    answer = Envelope(capability="x", model=MODEL, normalization={"size": Normalized("1000x1000", "1024x1024")})
    assert lines((0, Finished(answer)), stdout_is_terminal=False) == ["note: --size 1000x1000 was sent as 1024x1024"]
    assert lines((0, Finished(answer)), stdout_is_terminal=True) == []


def test_events_are_pulled_to_the_very_end() -> None:
    steps: list[str] = []

    def work() -> Iterator[Event]:
        yield Finished(ANSWER)
        steps.append("tidied up")

    assert NoProgress(Messages(Screen(io.StringIO(), io.StringIO(), io.StringIO()))).follow(work()) is ANSWER
    assert steps == ["tidied up"]


def test_events_without_an_answer_raise(job: Task) -> None:
    with pytest.raises(RuntimeError):
        NoProgress(Messages(Screen(io.StringIO(), io.StringIO(), io.StringIO()))).follow(iter([Running(job)]))
