"""Progress on a terminal: one live region on stderr, gone when the job is done.

⠹ fal-ai/minimax/video-01-live  task k3f9x2qd7m
  running · 0:31  ━━━━━━━━━━━━━━━━━╸───────────  62%
  Denoising step 31/50
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from rich.text import Text

from openclaw_fal.core.tasks import Event, GaveUp, Note
from openclaw_fal.core.text import printable
from openclaw_fal.render import format as words
from openclaw_fal.render.format import adjustments, clock, size
from openclaw_fal.render.ink import cut
from openclaw_fal.render.progress import pull
from openclaw_fal.render.region import Region
from openclaw_fal.render.timeline import Timeline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from openclaw_fal.core.results import Envelope
    from openclaw_fal.render.screen import Screen

_FRAMES_PER_SECOND = 10
_LONGEST_LINE = 78
_LONGEST_BAR, _SHORTEST_BAR = 32, 6
_ALL = 100


class LiveProgress:
    def __init__(self, screen: Screen, now: Callable[[], float]) -> None:
        self._screen = screen
        self._marks = screen.marks
        self._now = now
        # The timeline is written by the thread that works and read by the one that draws.
        self._lock = threading.Lock()
        self._timeline = Timeline(now)
        self._region = Region(screen, self._draw)

    def follow(self, events: Iterator[Event]) -> Envelope:
        # A command may follow several tasks, one after the other; each has a region of its own.
        self._timeline = Timeline(self._now)
        self._region = Region(self._screen, self._draw)
        with self._region:
            envelope = pull(events, self._show)
        for line in self._ending(envelope):
            self._region.say(line)
        return envelope

    # --- what stays ------------------------------------------------------------------------

    def _show(self, event: Event) -> None:
        with self._lock:
            self._timeline.see(event)
        if isinstance(event, Note):
            self._region.say(_labelled(event.level == "warning", printable(event.message)))
        elif isinstance(event, GaveUp):
            self._region.say(_labelled(True, f"{printable(event.attempt.model)} {words.gave_up(event.attempt)}"))

    def _ending(self, envelope: Envelope) -> list[Text]:
        facts = self._timeline.summary() if self._region.was_shown and envelope.outputs else []
        times = f" {self._marks.dot} ".join(facts)
        if self._screen.stdout_is_terminal:
            # The result comes next, and has the rest.
            return [Text(f"  {times}", style="dim")] if times else []
        lines = [_labelled(False, line) for line in adjustments(envelope)]
        if times:
            done = (self._marks.done, "green")
            lines.append(Text.assemble(done, " ", (printable(envelope.model), "bold"), "  ", (times, "dim")))
        return lines

    # --- what moves ------------------------------------------------------------------------

    def _draw(self, width: int) -> list[Text]:
        room = min(width, _LONGEST_LINE) - 2
        with self._lock:
            lines = [*self._heading(room), self._state(room), *self._details(room)]
        frames = self._marks.spinner
        frame = frames[int(self._now() * _FRAMES_PER_SECOND) % len(frames)]
        first, *rest = lines
        return [Text.assemble((frame, "cyan"), " ", first), *(Text.assemble("  ", line) for line in rest)]

    def _heading(self, width: int) -> list[Text]:
        task = self._timeline.task
        if task is None:
            return []
        # The end of a model's name says more than its beginning.
        model = cut(Text(printable(task.endpoint), style="bold"), width, self._marks.ellipsis, keep_end=True)
        name = Text(f"task {task.id}", style="dim")
        if model.cell_len + 2 + name.cell_len <= width:
            return [Text.assemble(model, "  ", name)]
        return [model, name]

    def _state(self, width: int) -> Text:
        timeline = self._timeline
        if timeline.phase == "downloading" and timeline.downloads:
            files = timeline.downloads[min(timeline.downloads)].total
            left = "downloading" if files == 1 else f"downloading {files} files"
            amount = words.amount(timeline.received, timeline.expected)
            speed = timeline.bytes_per_second
            fast = [f"{amount} {self._marks.dot} {size(int(speed))}/s"] if speed else []
            return self._row(width, left, timeline.downloaded_percent, [*fast, amount])
        left = f"{self._doing()} {self._marks.dot} {clock(timeline.elapsed)}"
        percent = timeline.percent if timeline.phase == "running" else None
        return self._row(width, left, percent, [] if percent is None else [f"{percent:.0f}%"])

    def _doing(self) -> str:
        timeline = self._timeline
        if timeline.phase == "queued":
            return words.queued(timeline.position)
        if timeline.phase == "uploading" and timeline.upload:
            return words.uploading(timeline.upload)
        return timeline.phase

    def _row(self, width: int, left: str, percent: float | None, rights: list[str]) -> Text:
        """Put ``left``, a bar and the first of ``rights`` that has room into one line; the bar is the first to go."""
        right = next((text for text in rights if len(left) + 2 + len(text) <= width), "")
        row = Text(left)
        room = min(width - len(left) - len(right) - 4, _LONGEST_BAR)
        if percent is not None and room >= _SHORTEST_BAR:
            row.append("  ").append(self._bar(percent, room))
        return row.append(f"  {right}", "dim") if right else row

    def _bar(self, percent: float, width: int) -> Text:
        done = round(width * min(max(percent, 0), _ALL) / _ALL)
        head = self._marks.bar_head if 0 < done < width else ""
        full = self._marks.bar * (done - len(head))
        return Text.assemble((full + head, "cyan"), (self._marks.bar_rest * (width - done), "dim"))

    def _details(self, width: int) -> list[Text]:
        timeline = self._timeline
        if timeline.trouble:
            detail = Text(self._showable(words.waiting(timeline.trouble)), style="yellow")
        elif timeline.phase == "running" and timeline.log:
            detail = Text(self._showable(words.log(timeline.log)), style="dim")
        else:
            return []
        return [cut(detail, width, self._marks.ellipsis)]

    def _showable(self, text: str) -> str:
        """Keep lines as long as they are counted where the terminal would spell out what it can't show."""
        return text if self._screen.unicode else text.encode("ascii", "replace").decode()


def _labelled(is_warning: bool, text: str) -> Text:
    label = ("warning:", "yellow") if is_warning else ("note:", "cyan")
    return Text.assemble(label, f" {text}")
