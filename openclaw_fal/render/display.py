"""What the live display shows of one job, drawn by rich in the last lines of a terminal. Loaded with the first frame.

⠹ fal-ai/minimax/video-01-live  task k3f9x2qd7m
  running · 0:31  ━━━━━━━━━━━━━━━━━╸───────────  62%
  Denoising step 31/50
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from rich.console import Console, ConsoleDimensions, ConsoleOptions, Group, RenderHook, RenderResult
from rich.control import Control
from rich.live import Live
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn
from rich.progress_bar import ProgressBar
from rich.segment import ControlType, Segment
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from openclaw_fal.core.text import printable, size_text
from openclaw_fal.render.format import (
    amount_text,
    cell_width,
    cut,
    duration_text,
    elapsed_text,
    log_text,
    queue_text,
    retry_text,
    upload_text,
)
from openclaw_fal.render.output_terminal import terminal_console

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import ConsoleRenderable, RenderableType

    from openclaw_fal.render.screen import Screen
    from openclaw_fal.render.timeline import Timeline

_MAX_WIDTH = 78
_MAX_BAR, _MIN_BAR = 32, 6
_GAP = 2
# What rich draws where there is only ASCII, in signs that differ from those of the track.
_ASCII_BAR = str.maketrans("- ", "=>")


class Display(RenderHook):
    """Shows a view until it is stopped; then nothing of it is left.

    It adds three things to rich's: after the window was made narrower it also erases the rows that the terminal has
    wrapped; a window with too few rows gets the first lines; a terminal that goes away raises nothing.
    """

    def __init__(self, screen: Screen, view: RenderableType) -> None:
        self._screen = screen
        self._frame = Frame(view)
        self._console = terminal_console(_Stderr(screen), color=screen.stderr_color)
        self._live = Live(
            self._frame,
            console=self._console,
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )

    def start(self) -> None:
        self._console.push_render_hook(self)
        self._live.start()

    def refresh(self) -> None:
        self._live.refresh()

    def stop(self) -> None:
        self._live.stop()

    def print_above(self, text: str) -> None:
        """Print lines, which may have colors, above the display."""
        # Some versions of rich keep the last line end, others drop it.
        self._console.print(Text.from_ansi(text.removesuffix("\n")), soft_wrap=True)

    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        """Prepare a frame. rich has gone up to the top of the last one, and draws the new one below ``renderables``."""
        columns, rows = self._screen.size
        # One column and one row stay free, so that the terminal neither wraps nor scrolls by itself.
        self._console.size = ConsoleDimensions(max(columns - 1, 1), max(rows - 1, 1))
        wrapped = sum((width - 1) // columns for width in self._frame.widths if width)
        return [Control(*((ControlType.CURSOR_UP, 1), (ControlType.ERASE_IN_LINE, 2)) * wrapped), *renderables]


class _Stderr(io.StringIO):
    """The file that rich writes to."""

    def __init__(self, screen: Screen) -> None:
        super().__init__()
        self._screen = screen

    @property
    def encoding(self) -> str:  # type: ignore[override]  # rich draws in ASCII where this is not UTF
        return "utf-8" if self._screen.unicode else "ascii"

    def write(self, text: str) -> int:
        self._screen.draw(text)
        return len(text)


class Frame:
    """Draws another renderable in as many rows as there are, and keeps the width of each line in ``widths``."""

    def __init__(self, content: RenderableType) -> None:
        self._content = content
        self.widths: list[int] = []

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        lines = console.render_lines(self._content, options, pad=False)[: console.height]
        lines = [_without_padding(line) for line in lines]
        self.widths = [Segment.get_line_length(line) for line in lines]
        for number, line in enumerate(lines):
            if number:
                yield Segment.line()
            yield from line


def _without_padding(line: list[Segment]) -> list[Segment]:
    """Leave out the spaces with which rich fills cells: they would be wrapped as well."""
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
        state = f"{self._action()} {dot} {elapsed_text(timeline.elapsed)}{left_text(timeline, dot)}"
        percent = timeline.percent if timeline.phase == "running" else None
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


def left_text(timeline: Timeline, dot: str) -> str:
    """Return how long a job most likely still takes, after a dot; empty if that is not known."""
    return "" if timeline.left is None else f" {dot} about {duration_text(max(timeline.left, 1))} left"


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
    """rich's bar on a thinner track, so that the two can be told apart without color."""

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
