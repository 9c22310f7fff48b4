"""The live display, as a real pseudo-terminal sees it."""

from __future__ import annotations

import contextlib
import fcntl
import io
import os
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pyte
import pytest

from openclaw_fal.core.errors import JobFailed
from openclaw_fal.core.events import (
    Event,
    Finished,
    LogLine,
    Note,
    Queued,
    Running,
    Submitted,
    Uploading,
)
from openclaw_fal.core.results import Asset, Envelope
from openclaw_fal.render.format import cell_width
from openclaw_fal.render.live_display import Display, JobView
from openclaw_fal.render.messages import Messages
from openclaw_fal.render.progress_live import LiveProgress
from openclaw_fal.render.screen import Screen
from openclaw_fal.render.timeline import Timeline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from openclaw_fal.core.tasks import Task

ROOT = Path(__file__).parents[2]
SCRIPT = Path(__file__).with_name("scripted_job.py")
PACE_S = "0.25"
ERASE_ROW = "\x1b[2K"
END_OF_FRAME = b"\x1b8"
SHOW_CURSOR, HIDE_CURSOR = b"\x1b[?25h", b"\x1b[?25l"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")


def set_size(terminal: int, columns: int, rows: int = 24) -> None:
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


class Run:
    """A scripted job whose stderr is a terminal, and all that this terminal showed."""

    def __init__(self, scenario: str, *, columns: int = 80, environ: dict[str, str] | None = None) -> None:
        self.screen = pyte.Screen(columns, 24)
        self._stream = pyte.ByteStream(self.screen)
        self.sent = b""
        self.frames: list[str] = []
        self._terminal, inner = os.openpty()
        set_size(inner, columns)
        clean = {name: value for name, value in os.environ.items() if name not in ("CI", "NO_COLOR", "COLUMNS")}
        self.process = subprocess.Popen(
            [sys.executable, str(SCRIPT), scenario, PACE_S],
            stdout=subprocess.PIPE,
            stderr=inner,
            env={**clean, "TERM": "xterm", "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", **(environ or {})},
            process_group=0,  # as a shell starts it; only then does SIGTSTP stop it
        )
        os.close(inner)

    def read_until(self, enough: Callable[[], bool] = lambda: False) -> None:
        """Read until there is ``enough``, or all."""
        deadline = time.monotonic() + 100
        while not enough() and time.monotonic() < deadline:
            if not select.select([self._terminal], [], [], 1)[0]:
                continue
            try:
                data = os.read(self._terminal, 65536)
            except OSError:  # on Linux: the other end is closed
                break
            if not data:
                break
            self.sent += data
            for part in re.split(rb"(?<=%b)" % END_OF_FRAME, data):  # a busy machine may read several at once
                self._stream.feed(part)
                self.frames.append(self.text)

    def show(self, text: str) -> None:
        """Print on the terminal as another program would."""
        self._stream.feed(text.encode())

    def end(self) -> tuple[int, str]:
        """Return the exit status and stdout."""
        self.read_until()
        stdout, _ = self.process.communicate(timeout=60)
        os.close(self._terminal)
        return self.process.returncode, stdout.decode()

    @property
    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self.screen.display).rstrip()

    def showed(self, pattern: str) -> bool:
        return any(re.search(pattern, frame) for frame in self.frames)


@pytest.fixture(scope="module")
def videos() -> list[tuple[Run, int, str]]:
    """Watch the same job on a usual terminal, on a narrow one without colors, and on one that shows ASCII only."""
    runs = [
        Run("video"),
        Run("video", columns=40, environ={"NO_COLOR": "1"}),
        Run("video", environ={"PYTHONIOENCODING": "ascii"}),
    ]
    with ThreadPoolExecutor() as watchers:
        return [(run, *ended) for run, ended in zip(runs, watchers.map(Run.end, runs), strict=True)]


@pytest.fixture
def video(videos: list[tuple[Run, int, str]]) -> tuple[Run, int, str]:
    return videos[0]


@pytest.mark.parametrize(
    "pattern",
    [
        r"fal-ai/minimax/video-01-live  task k3f9x2qd7m",
        r"  queued, 2 ahead · 0:0\d",
        r"  queued, next in line · 0:0\d",
        r"  running · 0:0\d  ━+╸─+  \d+%\n  Denoising step \d+/50",
        r"\n  trying again in 1.5s: the connection to queue.fal.run was reset$",
        r"  downloading  ━+╸─+  \d\.\d MB of 8\.2 MB",
        r"  downloading  ━+╸?─*  \d\.\d MB of 8\.2 MB · \d+\.\d MB/s$",
    ],
)
def test_a_video_is_shown_on_its_way(video: tuple[Run, int, str], pattern: str) -> None:
    assert video[0].showed(pattern), "\n---\n".join(dict.fromkeys(video[0].frames))


def test_only_the_summary_stays(video: tuple[Run, int, str]) -> None:
    run, status, _ = video
    assert status == 0
    assert re.fullmatch(
        "note: --size 1000x1000 was sent as 1024x1024\n"
        "note: --quality high was not sent: the model does not take it\n"
        r"✓ fal-ai/minimax/video-01-live  queued \d+\.\ds · ran \d+\.\ds · fetched 8\.2 MB in \d+\.\ds",
        run.text,
    )
    assert not run.screen.cursor.hidden
    assert run.sent.count(HIDE_CURSOR) == run.sent.count(SHOW_CURSOR) == 1


def test_stdout_has_only_the_result(video: tuple[Run, int, str]) -> None:
    assert video[2] == (
        "video.generate via local\n"
        "provider: fal\n"
        "model: fal-ai/minimax/video-01-live\n"
        "outputs: 1\n"
        "/home/me/a red fox.mp4\n"
    )


def test_the_display_is_never_more_than_three_lines_high(video: tuple[Run, int, str]) -> None:
    assert max(frame.count("\n") for frame in video[0].frames[:-1]) == 2


def test_markup_and_escape_codes_in_a_log_line_are_shown_as_text(video: tuple[Run, int, str]) -> None:
    assert video[0].showed(r"�\[31m\[bold\]not red\[/bold\]� and")
    assert b"\x07" not in video[0].sent


def test_a_narrow_terminal_without_colors_shows_the_same_in_forty_columns(videos: list[tuple[Run, int, str]]) -> None:
    run, status, _ = videos[1]
    assert status == 0
    assert run.showed(r"fal-ai/minimax/video-01-live\n  task k3f9x2qd7m\n  queued, 2 ahead · 0:0\d$")
    assert run.showed(r"\n  running · 0:0\d  ━+╸─+  \d+%\n  Denoising step .*…$")
    assert run.showed(r"\n  downloading  ━*╸?─*  \d\.\d MB of 8\.2 MB$")
    assert not re.search(rb"\x1b\[[0-9;]*m", run.sent)


def test_a_terminal_without_unicode_shows_the_same_in_ascii(videos: list[tuple[Run, int, str]]) -> None:
    run, status, _ = videos[2]
    assert status == 0
    assert run.showed(r"[-\\|/] fal-ai/minimax/video-01-live  task k3f9x2qd7m\n  running - 0:0\d  =+>?-+  \d+%\n")
    assert run.sent.isascii()


def test_an_image_that_is_done_at_once_shows_nothing() -> None:
    """A busy machine may take so long that it is shown after all; then another try counts."""
    run, tries = Run("image"), 1
    while run.end()[0] == 0 and HIDE_CURSOR in run.sent and tries < 10:
        run, tries = Run("image"), tries + 1
    assert run.process.returncode == 0
    assert HIDE_CURSOR not in run.sent
    assert run.text == (
        "note: --size 1000x1000 was sent as 1024x1024\nnote: --quality high was not sent: the model does not take it"
    )


def test_a_failure_leaves_only_the_error() -> None:
    run = Run("failure")
    assert run.end() == (6, "")
    assert run.text == (
        "error: The job failed at fal:\n  out of memory\n  (HTTP 500)\n  → openclaw-fal tasks show k3f9x2qd7m"
    )
    assert not run.screen.cursor.hidden


def test_ctrl_c_erases_the_display_and_restores_the_cursor() -> None:
    run = Run("endless")
    run.read_until(lambda: run.showed("running · 0:0[1-9]"))
    run.process.send_signal(signal.SIGINT)
    assert run.end() == (130, "")
    assert run.text == ""
    assert not run.screen.cursor.hidden
    assert (run.screen.cursor.x, run.screen.cursor.y) == (0, 0)


def test_two_ctrl_c_at_once_restore_the_cursor_as_well() -> None:
    run = Run("endless")
    run.read_until(lambda: run.showed("running · 0:0[1-9]"))
    run.process.send_signal(signal.SIGINT)
    run.process.send_signal(signal.SIGINT)
    run.end()
    assert run.screen.display[0].strip() == ""
    assert not run.screen.cursor.hidden


def test_ctrl_z_leaves_a_clean_terminal_and_fg_shows_the_job_again() -> None:
    run = Run("endless")
    run.read_until(lambda: run.showed("running · 0:0"))
    run.process.send_signal(signal.SIGTSTP)
    run.read_until(lambda: not run.text and not run.screen.cursor.hidden)
    os.waitid(os.P_PID, run.process.pid, os.WSTOPPED)
    run.process.send_signal(signal.SIGCONT)
    run.read_until(lambda: "running · 0:0" in run.text)
    assert run.screen.cursor.hidden
    run.process.send_signal(signal.SIGINT)
    assert run.end() == (130, "")
    assert run.text == ""
    assert not run.screen.cursor.hidden


def test_a_job_that_was_stopped_from_outside_is_drawn_below_what_the_shell_printed() -> None:
    run = Run("endless")
    run.read_until(lambda: run.showed("running · 0:0"))
    run.process.send_signal(signal.SIGSTOP)
    os.waitid(os.P_PID, run.process.pid, os.WSTOPPED)
    run.show("\r\n[1]+ Stopped\r\n$ fg\r\n")
    time.sleep(0.5)  # as long as typing fg takes at least
    run.process.send_signal(signal.SIGCONT)
    run.read_until(lambda: re.search(r"\$ fg\n.* task k3f9x2qd7m\n  running", run.text) is not None)
    assert "\n[1]+ Stopped" in run.text
    run.process.send_signal(signal.SIGINT)
    assert run.end()[0] == 130


@pytest.mark.parametrize("environ", [{"CI": "true"}, {"TERM": "dumb"}])
def test_ci_and_dumb_terminals_get_lines(environ: dict[str, str]) -> None:
    run = Run("image", environ=environ)
    assert run.end()[0] == 0
    assert run.text.splitlines()[0] == "fal-ai/flux/dev: waiting for the answer (task k3f9x2qd7m)"
    assert b"\x1b" not in run.sent


# --- without another process --------------------------------------------------------------


ANSWER = Envelope(capability="video.generate", model="fal-ai/x")
FILM = Asset(url="https://v3.fal.media/x.mp4", path="/home/me/fox.mp4", size=8_200_000)


def slow(*events: Event | Exception) -> Iterator[Event]:
    """Last long enough for the region to be drawn, and a little more between the events."""
    time.sleep(0.35)
    for event in events:
        if isinstance(event, Exception):
            raise event
        yield event
        time.sleep(0.15)


def progress_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "progress"]


def screen(stderr: io.StringIO) -> Screen:
    return Screen(io.StringIO(), io.StringIO(), stderr, stdout_is_terminal=True, columns=80)


def picture(stderr: io.StringIO) -> pyte.Screen:
    """Return what a terminal shows after all that was written."""
    terminal = pyte.Screen(80, 24)
    pyte.Stream(terminal).feed(stderr.getvalue().replace("\n", "\r\n"))
    return terminal


@contextlib.contextmanager
def shown(job: Task, *events: Event) -> Iterator[tuple[Callable[[], str], Callable[[int, int], None]]]:
    """Show a job on a pseudo-terminal; yield what draws a frame and returns it, and what resizes the terminal."""
    outer, inner = os.openpty()
    set_size(inner, 80)
    with os.fdopen(inner, "w") as stderr, os.fdopen(outer, "rb", buffering=0) as terminal:
        timeline = Timeline(time.time)
        for event in (Queued(job, 1), *events):
            timeline.see(event)
        screen = Screen(io.StringIO(), io.StringIO(), stderr)
        display = Display(screen, JobView(screen, timeline))

        def draw() -> str:
            display.refresh()
            drawn = b""
            while not drawn.endswith(END_OF_FRAME):
                drawn += terminal.read(65536)
            return drawn.decode()

        display.start()
        terminal.read(65536)
        yield draw, lambda columns, rows: set_size(terminal.fileno(), columns, rows)
        display.stop()


def test_no_thread_outlives_a_failure() -> None:
    stderr = io.StringIO()
    with pytest.raises(JobFailed):
        LiveProgress(screen(stderr), time.time).follow(slow(JobFailed("no")))
    assert progress_threads() == []
    terminal = picture(stderr)
    assert terminal.display[0].strip() == ""
    assert not terminal.cursor.hidden


def test_a_terminal_that_goes_away_does_not_end_the_work() -> None:
    stderr = io.StringIO()
    stderr.close()
    assert LiveProgress(screen(stderr), time.time).follow(slow(Note("hello"), Finished(ANSWER))) is ANSWER


def test_several_jobs_can_be_followed_one_after_the_other() -> None:
    progress = LiveProgress(screen(io.StringIO()), time.time)
    assert progress.follow(iter([Finished(ANSWER)])) is progress.follow(iter([Finished(ANSWER)])) is ANSWER
    assert progress_threads() == []


def test_a_note_is_printed_above_the_display_and_stays() -> None:
    stderr = io.StringIO()
    LiveProgress(screen(stderr), time.time).follow(slow(Note("[b]expensive[/b]", "warning"), Finished(ANSWER)))
    assert [line.rstrip() for line in picture(stderr).display if line.strip()] == ["warning: [b]expensive[/b]"]


def test_messages_are_printed_above_the_display(job: Task) -> None:
    stderr = io.StringIO()
    terminal = screen(stderr)

    def work() -> Iterator[Event]:
        yield Running(job)
        time.sleep(0.5)
        Messages(terminal, "debug").trace("GET https://queue.fal.run 200")
        time.sleep(0.2)
        yield Finished(ANSWER)

    LiveProgress(terminal, time.time).follow(work())
    Messages(terminal).note("done")
    assert [line.rstrip() for line in picture(stderr).display if line.strip()] == [
        "GET https://queue.fal.run 200",
        "note: done",
    ]


def test_a_second_job_leaves_the_summary_of_the_first(job: Task) -> None:
    stderr = io.StringIO()
    progress = LiveProgress(screen(stderr), time.time)
    for _ in range(2):
        job = job._replace(created_at=time.time())
        progress.follow(slow(Submitted(job), Running(job), Finished(ANSWER._replace(outputs=(FILM,)))))
    shown = [line for line in picture(stderr).display if line.strip()]
    assert len(shown) == 2
    assert all(re.match(r"  queued \d+\.\ds · ran \d+\.\ds", line) for line in shown)


def test_characters_of_two_columns_are_cut_at_the_width_of_the_terminal(job: Task) -> None:
    with shown(job, LogLine(job, "雪の中の赤い狐" * 9)) as (draw, resize):
        resize(40, 24)
        line = re.sub(r"\x1b(\[\??\w+|[78])", "", draw()).rstrip("\r").splitlines()[-1]
    assert cell_width(line) <= 39
    assert line.endswith("…")


def test_an_upload_in_parts_has_a_bar(job: Task) -> None:
    part = Uploading("sea.mp4", 1, 1, 120_000_000, 30_000_000)
    with shown(job, part) as (draw, _):
        assert re.search(r"uploading sea\.mp4 \(30\.0 MB of 120\.0 MB\) · [\d:]+  ━+╸?─+  25%", draw())


def test_a_narrowed_window_gets_narrower_lines(job: Task) -> None:
    with shown(job._replace(endpoint="x" * 60, created_at=time.time())) as (draw, resize):
        draw()
        resize(25, 24)
        frame = draw()
        assert "…" + "x" * 21 in frame
        assert "x" * 22 not in frame


def test_the_cursor_waits_at_the_first_line_so_that_a_lower_window_keeps_it(job: Task) -> None:
    terminal = pyte.Screen(80, 24)
    with shown(job._replace(created_at=time.time())) as (draw, _):
        pyte.Stream(terminal).feed(draw() + draw())
    assert "queued" in terminal.display[1]
    assert (terminal.cursor.x, terminal.cursor.y) == (0, 0)


def test_rows_that_stay_where_they_are_are_written_over(job: Task) -> None:
    with shown(job._replace(created_at=time.time())) as (draw, resize):
        draw()
        frame = draw()
        assert ERASE_ROW not in frame
        assert "\n" not in frame  # nor does anything scroll
        resize(60, 24)
        assert ERASE_ROW in draw()


def test_a_low_window_gets_as_many_lines_as_it_has_room_for(job: Task) -> None:
    with shown(job._replace(created_at=time.time())) as (draw, resize):
        resize(80, 3)
        assert "0:0" in draw()
        resize(80, 2)
        assert "0:0" not in draw()
