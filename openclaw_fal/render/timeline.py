"""What has happened to a task so far, and how long each part of it took."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, Literal

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
from openclaw_fal.core.text import size_text
from openclaw_fal.render.format import duration_text, left_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from openclaw_fal.core.tasks import Task

Phase = Literal["starting", "uploading", "submitting", "queued", "running", "downloading"]

# The speed of a download is that of its last seconds: an average would hide a stall.
_SPEED_WINDOW_S = 3.0
_SAMPLE_S = 0.1
_MIN_SHOWN_S = 0.1


class Timeline:
    """Takes every event and answers what a display shows.

    ``now`` is the wall clock in seconds since the epoch, as tasks are dated by it. The thread that works calls
    `see`; another one that draws holds ``lock`` while it reads.
    """

    def __init__(self, now: Callable[[], float], expect: Callable[[Task], float | None] | None = None) -> None:
        self.lock = threading.Lock()
        self._now = now
        self._expect = expect
        self._expected: tuple[str, float | None] = ("", None)
        self._begun_at = now()
        self._restart()

    def _restart(self) -> None:
        """Forget everything: a new task is another job, with its own times."""
        self.task: Task | None = None
        self.phase: Phase = "starting"
        self.position: int | None = None
        self.percent: float | None = None
        self.log: LogLine | None = None
        self.trouble: Waiting | None = None
        self.upload: Uploading | None = None
        # The latest event of each file, by the file's number.
        self.downloads: dict[int, Downloading] = {}
        self._since = self._now()
        self._spent: dict[Phase, float] = {}
        self._saw_start = False
        self._fetched = 0
        self._received: deque[tuple[float, int]] = deque()

    def see(self, event: Event) -> None:
        if isinstance(event, Finished | GaveUp | Note):
            return
        with self.lock:
            self._see(event)

    def _see(
        self, event: Submitting | Submitted | Queued | Running | LogLine | Waiting | Uploading | Downloading | Saved
    ) -> None:
        self.trouble = event if isinstance(event, Waiting) else None
        if isinstance(event, Waiting):
            return
        if isinstance(event, Uploading):
            self.upload = event
            self._saw_start = True
            self._enter("uploading")
            return
        if self.task is None or self.task.id != event.task.id:
            # References may be uploaded before their task has an id.
            if self.task is not None:
                self._restart()
            self.task = event.task
        self._see_task(event)

    def _see_task(self, event: Submitting | Submitted | Queued | Running | LogLine | Downloading | Saved) -> None:
        self.task = event.task
        match event:
            case Submitting():
                self._saw_start = True
                self._enter("submitting" if event.task.transport == "queue" else "running")
            case Submitted():
                self._saw_start = True
                self._enter("queued" if event.task.transport == "queue" else "running")
            case Queued():
                self.position = event.position
                self._enter("queued")
            case Running():
                self._enter("running")
            case LogLine():
                self._enter("running")
                self.log = event
                self.percent = self.percent if event.percent is None else event.percent
            case Downloading():
                self._enter("downloading")
                self._measure(event)
            case Saved():
                self._enter("downloading")
                self._fetched += event.asset.size or 0

    def _enter(self, phase: Phase) -> None:
        if phase != self.phase:
            now = self._now()
            self._spent[self.phase] = self._spent.get(self.phase, 0) + now - self._since
            self.phase, self._since = phase, now

    def _measure(self, event: Downloading) -> None:
        before, now = self.received, self._now()
        self.downloads[event.number] = event
        if self.received < before:  # the server can't resume and starts over
            self._received.clear()
        # A fast download comes in thousands of chunks per second.
        if not self._received or now - self._received[-1][0] >= _SAMPLE_S:
            self._received.append((now, self.received))
        while len(self._received) > 2 and self._received[0][0] < now - _SPEED_WINDOW_S:  # a speed needs two samples
            self._received.popleft()

    @property
    def received(self) -> int:
        return sum(event.received for event in self.downloads.values())

    @property
    def expected(self) -> int | None:
        """Bytes of all files; ``None`` while the size of any is unknown."""
        files = list(self.downloads.values())
        if not files or len(files) < files[0].total:
            return None
        sizes = [event.size for event in files if event.size is not None]
        return sum(sizes) if len(sizes) == len(files) else None

    @property
    def downloaded_percent(self) -> float | None:
        """Each file counts the same, because the sizes of files that have not begun are unknown."""
        files = list(self.downloads.values())
        if not files or any(event.size is None for event in files):
            return None
        return sum(100 * event.received / event.size for event in files if event.size) / files[0].total

    @property
    def bytes_per_second(self) -> float | None:
        if not self._received:
            return None
        began, first = self._received[0]
        # Up to now rather than up to the last chunk, so that a stalled download slows down.
        passed = self._now() - began
        gained = self.received - first
        return gained / passed if gained and passed >= _SAMPLE_S * 2 else None

    @property
    def elapsed(self) -> float:
        """Seconds since the task was created, maybe by an earlier run; 0 at first for a task that had ended before."""
        had_ended = self.task is not None and (self.task.finished_at or self._begun_at) < self._begun_at
        begun_at = self.task.created_at if self.task and not had_ended else self._begun_at
        return max(self._now() - begun_at, 0)

    @property
    def left(self) -> float | None:
        """Seconds that the job most likely still takes, ``None`` if that is not known or has passed."""
        if self._expect is None or self.task is None or self.phase not in ("submitting", "queued", "running"):
            return None
        if self._expected[0] != self.task.id:
            self._expected = (self.task.id, self._expect(self.task))
        expected = self._expected[1]
        return expected - self.elapsed if expected is not None and expected > self.elapsed else None

    def left_text(self, dot: str) -> str:
        """Return how long the job most likely still takes, after a dot; empty if that is not known."""
        return "" if self.left is None else f" {dot} {left_text(self.left)}"

    def headline(self) -> tuple[str, float | None]:
        """Return what is going on in a few words, and how far it is if that is known."""
        with self.lock:
            name = self.task.endpoint.rpartition("/")[2] if self.task else "openclaw-fal"
            percent = {
                "uploading": self.upload.percent if self.upload else None,
                "running": self.percent,
                "downloading": self.downloaded_percent,
            }.get(self.phase)
            return f"{name}: {self.phase}", percent

    def summary(self) -> list[str]:
        """Return how long each part took: ``queued 4.0s``, ``ran 31s`` and ``fetched 8.2 MB in 2.1s``."""
        spent = self._spent | {self.phase: self._spent.get(self.phase, 0) + self._now() - self._since}
        if self._saw_start:
            verbs: dict[Phase, str] = {"uploading": "uploaded", "queued": "queued", "running": "ran"}
            parts = [
                f"{verb} {duration_text(spent[phase])}"
                for phase, verb in verbs.items()
                if spent.get(phase, 0) >= _MIN_SHOWN_S
            ]
        else:
            parts = [f"waited {duration_text(spent.get('queued', 0) + spent.get('running', 0))}"]
        if self._fetched:
            took = spent["downloading"]
            parts.append(
                f"fetched {size_text(self._fetched)}" + (f" in {duration_text(took)}" if took >= _MIN_SHOWN_S else "")
            )
        return parts
