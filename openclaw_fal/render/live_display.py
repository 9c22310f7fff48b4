"""What the live display shows of one job, drawn by rich in the last lines of a terminal. Loaded with the first frame.

⠹ fal-ai/minimax/video-01-live  task k3f9x2qd7m
  running · 0:31  ━━━━━━━━━━━━━━━━━╸───────────  62%
  Denoising step 31/50
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from rich.console import Console, ConsoleDimensions, ConsoleOptions, Group, RenderResult
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn
from rich.progress_bar import ProgressBar
from rich.segment import Segment
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from openclaw_fal.core.text import printable, size_text
from openclaw_fal.render.format import (
    amount_text,
    cell_width,
    cut,
    elapsed_text,
    log_text,
    queue_text,
    retry_text,
    upload_text,
)
from openclaw_fal.render.output_terminal import terminal_console

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import RenderableType

    from openclaw_fal.render.screen import Screen
    from openclaw_fal.render.timeline import Timeline

_MAX_WIDTH = 78
_MAX_BAR, _MIN_BAR = 32, 6
_GAP = 2
# What rich draws where there is only ASCII, in signs that differ from those of the track.
_ASCII_BAR = str.maketrans("- ", "=>")
_HIDE_CURSOR, _SHOW_CURSOR = "\x1b[?25l", "\x1b[?25h"
# Some terminals draw an emoji wider than it is counted: its row is cut then.
_NO_WRAP, _WRAP = "\x1b[?7l", "\x1b[?7h"
_SAVE_CURSOR, _RESTORE_CURSOR = "\x1b7", "\x1b8"
_NEXT_ROW = "\r\x1b[B"
_ERASE_TO_RIGHT, _ERASE_BELOW = "\x1b[K", "\x1b[J"
# From the cursor's row on. tmux copies what is erased from the very first column and row on into its scrollback.
_ERASE = f"\r\x1b[C{_ERASE_BELOW}\r\x1b[2K"


class Display:
    """Shows a view until it is stopped; then nothing of it is left.

    Between frames the cursor stays at the start of the first line, not at the end as with rich's Live. A terminal that
    is made lower keeps the cursor's row: it drops what is below, and the top rows do not get into the scrollback, from
    where a higher window would show them again. When it is made narrower, it wraps lines downward from there.
    """

    def __init__(self, screen: Screen, view: RenderableType) -> None:
        self._screen = screen
        self._frame = _Frame(view)
        self._console = terminal_console(_Stream(screen), color=screen.stderr_color)
        self._size: tuple[int, int] | None = None
        self._rows = 0

    def start(self) -> None:
        self._screen.draw(_HIDE_CURSOR)

    def refresh(self) -> None:
        self._draw("")

    def stop(self) -> None:
        self._screen.draw(_ERASE + _SHOW_CURSOR)

    def print_above(self, text: str) -> None:
        """Print lines, which may have colors, above the display."""
        self._draw(text if text.endswith("\n") else f"{text}\n")

    def _draw(self, above: str) -> None:
        size = self._screen.size
        lines = self._lines(*size)
        stays = not above and size == self._size
        # Rows that stay where they are are written over: erased first, they might flicker. Nothing of the display ever
        # scrolls: the terminal may be lower than it said a moment ago, and would keep those rows.
        start = "" if stays else _ERASE
        room = "" if stays and len(lines) <= self._rows else _room_for(len(lines))
        frame = f"{_ERASE_TO_RIGHT}{_NEXT_ROW}".join(lines)
        self._screen.draw(f"{start}{above}{room}{_SAVE_CURSOR}{_NO_WRAP}{frame}{_ERASE_BELOW}{_WRAP}{_RESTORE_CURSOR}")
        self._size, self._rows = size, len(lines)

    def _lines(self, columns: int, rows: int) -> list[str]:
        """Return as many lines as fit. One column and one row stay free, so that the terminal does not scroll."""
        self._console.size = ConsoleDimensions(max(columns - 1, 1), max(rows - 1, 1))
        with self._console.capture() as drawn:
            self._console.print(self._frame, end="")
        return drawn.get().split("\n")


def _room_for(rows: int) -> str:
    """Scroll if there are fewer rows from the cursor's on."""
    return "\n" * (rows - 1) + f"\x1b[{rows - 1}A\r" if rows > 1 else ""


class _Stream(io.StringIO):
    """The file that rich asks what it may draw."""

    def __init__(self, screen: Screen) -> None:
        super().__init__()
        self._encoding = "utf-8" if screen.unicode else "ascii"

    @property
    def encoding(self) -> str:  # type: ignore[override]  # rich draws in ASCII where this is not UTF
        return self._encoding


class _Frame:
    """Draws another renderable in as many rows as there are, without the spaces with which rich fills them."""

    def __init__(self, content: RenderableType) -> None:
        self._content = content

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for number, line in enumerate(console.render_lines(self._content, options, pad=False)[: console.height]):
            if number:
                yield Segment.line()
            yield from _without_padding(line)


def _without_padding(line: list[Segment]) -> list[Segment]:
    while line and not line[-1].text.rstrip():
        line = line[:-1]
    return line and [*line[:-1], Segment(line[-1].text.rstrip(), line[-1].style)]


class JobView:
    """One job: its model and task, what it is doing, and its latest log line or trouble."""

    def __init__(self, screen: Screen, timeline: Timeline) -> None:
        self._marks = screen.marks
        self._unicode = screen.unicode
        self._timeline = timeline
        self._spinner = Spinner(screen.marks.spinner, style="cyan")
        self._row = JobRow(screen)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = min(options.max_width, _MAX_WIDTH) - _GAP
        with self._timeline.lock:
            self._spinner.update(text=Group(*self._heading(width), self._state(width), *self._details(width)))
        yield self._spinner

    def _heading(self, width: int) -> list[Text]:
        task = self._timeline.task
        if task is None:
            return []
        # The end of a model's name says more than its beginning.
        model = cut(printable(task.endpoint), width, self._marks.ellipsis, keep_end=True)
        name = f"task {task.id}"
        if cell_width(model) + _GAP + len(name) <= width:
            return [Text.assemble((model, "bold"), " " * _GAP, (name, "dim"))]
        return [Text(model, style="bold"), Text(name, style="dim")]

    def _state(self, width: int) -> Table:
        timeline = self._timeline
        if timeline.phase == "downloading" and timeline.downloads:
            files = timeline.downloads[min(timeline.downloads)].total
            state = "downloading" if files == 1 else f"downloading {files} files"
            amount = amount_text(timeline.received, timeline.expected)
            speed = timeline.bytes_per_second
            with_speed = [f"{amount} {self._marks.dot} {size_text(int(speed))}/s"] if speed else []
            return self._row.draw(width, state, timeline.downloaded_percent, [*with_speed, amount])
        dot = self._marks.dot
        state = f"{self._action()} {dot} {elapsed_text(timeline.elapsed)}{timeline.left_text(dot)}"
        percent = timeline.percent if timeline.phase == "running" else None
        if timeline.phase == "uploading" and timeline.upload:
            percent = timeline.upload.percent
        return self._row.draw(width, state, percent, [] if percent is None else [f"{percent:.0f}%"])

    def _action(self) -> str:
        timeline = self._timeline
        if timeline.phase == "queued":
            return queue_text(timeline.position)
        if timeline.phase == "uploading" and timeline.upload:
            return upload_text(timeline.upload)
        return timeline.phase

    def _details(self, width: int) -> list[Text]:
        timeline = self._timeline
        if timeline.trouble:
            return [self._line(retry_text(timeline.trouble), width, "yellow")]
        if timeline.phase == "running" and timeline.log:
            return [self._line(log_text(timeline.log), width, "dim")]
        return []

    def _line(self, text: str, width: int, style: str) -> Text:
        # Where the encoding lacks a character, the text that replaces it would be longer than counted here.
        shown = text if self._unicode else text.encode("ascii", "replace").decode()
        return Text(cut(shown, width, self._marks.ellipsis), style=style)


class JobRow(Progress):
    """The row with the bar. In a narrow window the bar is left out first."""

    def __init__(self, screen: Screen) -> None:
        super().__init__(auto_refresh=False)
        self._marks = screen.marks
        self._job = self.add_task("")

    def draw(self, width: int, state: str, percent: float | None, amounts: list[str]) -> Table:
        """Return ``state``, a bar if a percentage is known, and the first of ``amounts`` that has room."""
        state = cut(state, width, self._marks.ellipsis)
        used = cell_width(state)
        amount = next((text for text in amounts if used + _GAP + len(text) <= width), "")
        room = min(width - used - len(amount) - 2 * _GAP, _MAX_BAR)
        columns: list[ProgressColumn] = [TextColumn("{task.description}", markup=False)]
        if percent is not None and room >= _MIN_BAR:
            columns.append(TrackedBarColumn(room, track=self._marks.track))
        if amount:
            columns.append(TextColumn("{task.fields[amount]}", style="dim", markup=False))
        self.columns = tuple(columns)
        self.update(self._job, description=state, completed=percent or 0, amount=amount)
        return self.make_tasks_table(self.tasks)

    def make_tasks_table(self, tasks: Iterable[Task]) -> Table:
        table = Table.grid(padding=(0, _GAP))
        for task in tasks:
            table.add_row(*(column(task) for column in self.columns if isinstance(column, ProgressColumn)))
        return table


class TrackedBarColumn(BarColumn):
    """rich's bar on a thinner track, so that the two differ without color as well."""

    def __init__(self, width: int, *, track: str) -> None:
        super().__init__()
        self._width = width
        self._track = track

    def render(self, task: Task) -> ProgressBar:
        return TrackedBar(task, self._width, self._track)


class TrackedBar(ProgressBar):
    def __init__(self, task: Task, width: int, track: str) -> None:
        super().__init__(task.total, task.completed, width, style="dim", complete_style="cyan", finished_style="cyan")
        self._track = track

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        track_style = console.get_style(self.style)
        room = self.width or 0
        for segment in super().__rich_console__(console, options):
            # rich draws no track where there is no color.
            if isinstance(segment, Segment) and segment.style != track_style:
                room -= segment.cell_length
                yield Segment(segment.text.translate(_ASCII_BAR), segment.style)
        yield Segment(self._track * room, track_style)
