"""A job that follows a script, shown by the real viewers: run by the tests in a pseudo-terminal.

    python scripted_job.py SCENARIO [PACE]

PACE is how long a step lasts, in seconds. Every scenario goes through `Screen.detect` and prints its result.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import TYPE_CHECKING

from openclaw_fal.core.errors import Interrupted, JobFailed
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
    Waiting,
)
from openclaw_fal.core.results import Asset, Attempt, Envelope, Normalized
from openclaw_fal.core.tasks import Task, TaskStatus
from openclaw_fal.render.messages import Messages
from openclaw_fal.render.output import PlainOutput
from openclaw_fal.render.output_terminal import TerminalOutput
from openclaw_fal.render.progress import PlainProgress
from openclaw_fal.render.progress_live import LiveProgress
from openclaw_fal.render.screen import Screen
from openclaw_fal.signals import Signals

if TYPE_CHECKING:
    from collections.abc import Iterator

MODEL = "fal-ai/minimax/video-01-live"
SIZE = 8_200_000


def task(transport: str = "queue", model: str = MODEL) -> Task:
    return Task(
        id="k3f9x2qd7m",
        capability="video.generate",
        model=model,
        endpoint=model,
        transport="sync" if transport == "sync" else "queue",
        status=TaskStatus.QUEUED,
        created_at=time.time(),
        updated_at=time.time(),
        digest="",
    )


def be_seen(seconds: float) -> None:
    """Last so long, and until a frame is drawn that has begun by now: on a busy machine it may be late."""
    before, deadline = len(frames), time.monotonic() + 30
    time.sleep(seconds)
    while is_live and len(frames) < before + 2 and time.monotonic() < deadline:
        time.sleep(0.01)


def count_frames() -> None:
    draw = Screen.draw

    def draw_and_count(screen: Screen, text: str) -> None:
        draw(screen, text)
        if text.endswith("\x1b8"):
            frames.append(text)

    setattr(Screen, "draw", draw_and_count)  # noqa: B010


frames: list[str] = []
is_live = False


def video(pace: float) -> Iterator[Event]:
    job = task()
    yield Submitting(job)
    time.sleep(pace)
    yield Submitted(job)
    for ahead, paces in ((2, 4), (1, 1), (0, 1)):
        yield Queued(job, ahead)
        be_seen(paces * pace)
    yield Running(job)
    be_seen(pace)
    for step in range(5, 55, 5):
        yield LogLine(
            job, f"Denoising step {step}/50 ({2 * step}%) \x1b[31m[bold]not red[/bold]\x07 {'and more ' * 12}"
        )
        be_seen(pace / 2)
    yield Waiting("the connection to queue.fal.run was reset", 1.5)
    be_seen(pace)
    yield from fetched(job, pace)


def fetched(job: Task, pace: float) -> Iterator[Event]:
    for tenth in range(1, 11):
        yield Downloading(job, 1, 1, SIZE * tenth // 10, SIZE)
        be_seen(pace / 4)
    film = Asset(url="https://v3.fal.media/x.mp4", size=SIZE, width=1280, height=720, path="/home/me/a red fox.mp4")
    yield Saved(job, film)
    yield Finished(answer(job, film))


def answer(job: Task, asset: Asset) -> Envelope:
    return Envelope(
        capability=job.capability,
        model=job.model,
        outputs=(asset,),
        ignored={"quality": "high"},
        normalization={"size": Normalized("1000x1000", "1024x1024")},
        task_id=job.id,
        seed=2**63 - 1,
        duration_ms=36_400,
        sandbox=True,
    )


def image(pace: float) -> Iterator[Event]:
    """Be done sooner than anybody wants to see a progress bar."""
    job = task("sync", "fal-ai/flux/dev")
    yield Submitting(job)
    time.sleep(min(pace, 0.05))
    fox = Asset(url="https://v3.fal.media/x.png", size=1_800_000, width=1024, height=1536, path="/home/me/fox.png")
    yield Finished(answer(job, fox))


def fallback(pace: float) -> Iterator[Event]:
    yield Submitting(task())
    time.sleep(pace)
    yield GaveUp(Attempt(MODEL, "HTTP 503", "unavailable"))
    yield Note("the next model is tried", "warning")
    time.sleep(pace)
    yield from image(pace)


def failure(pace: float) -> Iterator[Event]:
    yield Queued(task(), 3)
    time.sleep(pace)
    raise JobFailed(
        "The job failed at fal:\n  out of memory", hint="openclaw-fal tasks show k3f9x2qd7m", http_status=500
    )


def endless(pace: float) -> Iterator[Event]:
    yield Running(task())
    time.sleep(60 + pace)


SCENARIOS = {job.__name__: job for job in (video, image, fallback, failure, endless)}


def main(scenario: str, pace: float) -> int:
    screen = Screen.detect(sys.stdin, sys.stdout, sys.stderr, os.environ)
    global is_live  # noqa: PLW0603
    is_live = screen.live
    count_frames()
    viewer = LiveProgress(screen, time.time) if screen.live else PlainProgress(screen, time.time)
    output = TerminalOutput(screen) if screen.stdout_is_terminal else PlainOutput(screen)
    try:
        with Signals().caught():
            output.envelope(viewer.follow(SCENARIOS[scenario](pace)))
    except JobFailed as error:
        Messages(screen).error(error)
        return error.exit_code
    except Interrupted as error:
        return error.exit_code
    return 0


if __name__ == "__main__":
    # As the program itself does: a second Ctrl-C, outside of `caught`, ends the process without a traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    ended_with = main(sys.argv[1], float(sys.argv[2]) if len(sys.argv) > 2 else 0.3)
    sys.stdout.flush()
    os._exit(ended_with)
