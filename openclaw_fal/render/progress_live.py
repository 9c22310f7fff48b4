"""Progress on a terminal: a live display in its last lines, gone when the job is done; and Ctrl-Z and ``fg`` meanwhile.

`live_display` draws it with rich, which is loaded shortly before the first frame, after the request has left.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Literal

from openclaw_fal.core.errors import Interrupted, OpenclawFalError
from openclaw_fal.core.events import Event, GaveUp, Note
from openclaw_fal.core.text import printable
from openclaw_fal.render.format import failure_text, separated, wrap
from openclaw_fal.render.messages import Messages
from openclaw_fal.render.progress import Progress
from openclaw_fal.render.screen import BOLD, DIM, GREEN
from openclaw_fal.render.timeline import Timeline
from openclaw_fal.render.window_title import Window

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from rich.console import RenderableType

    from openclaw_fal.core.results import Envelope
    from openclaw_fal.core.tasks import Task
    from openclaw_fal.render.live_display import Display
    from openclaw_fal.render.screen import Screen

Order = Literal["suspend", "continue", "close"]

# Nothing flashes up for work that is done at once. By the time of loading, the request has left.
_LOAD_AFTER_S, _DRAW_AFTER_S = 0.15, 0.3
_PERIOD_S, _LATE_S = 0.1, 0.15
_SHOW_CURSOR = "\x1b[?25h"


class LiveProgress(Progress):
    _timeline: Timeline  # of the job that is followed

    def __init__(
        self,
        screen: Screen,
        now: Callable[[], float],
        window: Window | None = None,
        expect: Callable[[Task], float | None] | None = None,
    ) -> None:
        self._screen = screen
        self._now = now
        self._expect = expect
        self._window = window or Window(screen, {}, notifies=False)
        self._messages = Messages(screen)

    def follow(self, events: Iterator[Event]) -> Envelope:
        # A command may follow several jobs, one after the other; each has its own times.
        self._timeline = Timeline(self._now, self._expect)
        animation = Animation(self._screen, self._view, self._timeline.headline, self._window)
        begun_at = time.monotonic()
        try:
            with animation.running():
                envelope = super().follow(events)
        except OpenclawFalError as error:
            if not isinstance(error, Interrupted):
                self._window.call(f"Failed: {error.message}", time.monotonic() - begun_at)
            raise
        self._window.call(f"Done: {envelope.model}", time.monotonic() - begun_at)
        self._print_summary(envelope, self._timeline.summary() if animation.was_shown and envelope.is_complete else [])
        return envelope

    def show(self, event: Event) -> None:
        self._timeline.see(event)
        if isinstance(event, Note):
            self._messages.show(event)
        elif isinstance(event, GaveUp):
            self._messages.warning(f"{printable(event.attempt.name)} {failure_text(event.attempt)}")

    def _view(self) -> RenderableType:
        from openclaw_fal.render.live_display import JobView  # noqa: PLC0415  # it loads rich

        return JobView(self._screen, self._timeline)

    def _print_summary(self, envelope: Envelope, times: list[str]) -> None:
        self._messages.adjustments(envelope)
        if not times:
            return
        marks, model, styled = self._screen.marks, printable(envelope.model), self._screen.styled_for_stderr
        if self._screen.stdout_is_terminal:
            first = shown_first = "  "
        else:
            first = f"{marks.done} {model}  "
            shown_first = f"{styled(marks.done, GREEN)} {styled(model, BOLD)}  "
        lines = wrap(separated(times, marks.dot), self._screen.width, first=first)
        lines[0] = lines[0].removeprefix(first)
        self._screen.write_stderr(shown_first + "".join(f"{styled(line, DIM)}\n" for line in lines))


class Animation:
    """Draws a view ten times a second, in a thread: the one that works waits for the network.

    ``new_view`` returns what to draw; it is called when the first frame is due, because that loads rich. ``headline``
    is what the window's title says. Only that thread starts and stops the display, so that no signal interrupts the
    restoring of the cursor.
    """

    def __init__(
        self,
        screen: Screen,
        new_view: Callable[[], RenderableType],
        headline: Callable[[], tuple[str, float | None]],
        window: Window,
    ) -> None:
        self._screen = screen
        self._new_view = new_view
        self._headline = headline
        self._window = window
        # Signal handlers may put into this kind of queue.
        self._orders: SimpleQueue[Order] = SimpleQueue()
        self._is_erased = threading.Event()
        self._thread = threading.Thread(target=self._run, name="progress", daemon=True)
        # Held for every access to the display, which knows what is on the screen.
        self._lock = threading.Lock()
        self._display: Display | None = None
        self._echo_is_off = False
        self._was_suspended = False
        self.was_shown = False

    @contextmanager
    def running(self) -> Iterator[None]:
        """Draw while inside."""
        with _job_control(lambda: self._orders.put("suspend"), lambda: self._orders.put("continue")):
            self._screen.print_above = self._print_above
            self._thread.start()
            try:
                yield
            finally:
                try:
                    self._close()
                finally:
                    # A second Ctrl-C may have interrupted that.
                    self._close(timeout=1)
                    self._screen.print_above = None

    def _close(self, timeout: float | None = None) -> None:
        self._orders.put("close")
        # Up to Python 3.12, a `join` that a signal interrupts takes the thread for ended.
        if self._is_erased.wait(timeout):
            self._thread.join()

    def _print_above(self, text: str) -> None:
        with self._lock:
            if self._display:
                self._display.print_above(text)
            else:
                self._screen.draw(text)

    def _run(self) -> None:
        _leave_signals_to_main_thread()
        try:
            begun_at = time.monotonic()
            if not self._waits_until(begun_at + _LOAD_AFTER_S):
                return
            from openclaw_fal.render.live_display import Display  # noqa: PLC0415  # it loads rich

            next_at = max(begun_at + _DRAW_AFTER_S, time.monotonic())
            while self._waits_until(next_at):
                self._draw(Display)
                next_at = time.monotonic() + _PERIOD_S
        finally:
            try:
                self._hide()
            finally:
                self._is_erased.set()

    def _waits_until(self, end: float) -> bool:
        """Wait, and follow orders meanwhile; return whether to go on."""
        while True:
            try:
                order = self._orders.get(timeout=max(end - time.monotonic(), 0))
            except Empty:
                if time.monotonic() - end < _LATE_S:
                    return True
                # The process may have been stopped, and the handler that says so runs in another thread.
                end = time.monotonic() + _LATE_S
                continue
            if order == "close":
                return False
            if order == "suspend":
                self._hide()
                self._was_suspended = True
                _suspend()
            elif self._was_suspended:
                self._was_suspended = False
            elif order == "continue":
                self._forget()

    def _forget(self) -> None:
        """Start again after a stop from outside: the shell has printed below the last frame."""
        with self._lock:
            if self._display:
                self._display = None
                self._screen.draw(_SHOW_CURSOR)

    def _draw(self, new_display: type[Display]) -> None:
        with self._lock:
            if not self._screen.is_in_foreground:
                return
            if not self._display:
                self._display = new_display(self._screen, self._new_view())
                self._echo_is_off = self._screen.set_echo(False) or self._echo_is_off
                self._display.start()
                self.was_shown = True
            self._display.refresh()
            self._window.show(*self._headline())

    def _hide(self) -> None:
        with self._lock:
            display, self._display = self._display, None
            self._window.restore()
            if not self._screen.is_in_foreground:
                # The shell has the terminal already, and prints where the display was.
                self._screen.draw(_SHOW_CURSOR if display else "")
                return
            if display:
                display.stop()
            if self._echo_is_off:
                self._echo_is_off = False
                self._screen.set_echo(True)


@contextmanager
def _job_control(on_suspend: Callable[[], None], on_continue: Callable[[], None]) -> Iterator[None]:
    """Call these when the user presses Ctrl-Z (SIGTSTP), and when the shell continues the process (SIGCONT).

    Both are called in a signal handler, so they must not wait for a lock. What ``on_suspend`` starts ends with
    `_suspend`. Nothing is handled where these signals do not exist, in another thread than the main one, and
    in a shell without job control, which ignores SIGTSTP.
    """

    def suspend_wanted(_number: int, _frame: FrameType | None) -> None:
        # Until the process continues, the signal has its usual effect, for `_suspend` and for a second Ctrl-Z.
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        on_suspend()

    def continued(_number: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGTSTP, suspend_wanted)
        on_continue()

    if not hasattr(signal, "SIGTSTP") or signal.getsignal(signal.SIGTSTP) is not signal.SIG_DFL:
        yield
        return
    try:
        before = signal.signal(signal.SIGCONT, continued)
    except ValueError:  # not the main thread
        yield
        return
    signal.signal(signal.SIGTSTP, suspend_wanted)
    try:
        yield
    finally:
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        signal.signal(signal.SIGCONT, before)


def _suspend() -> None:
    """Stop the process, as Ctrl-Z does; return when it continues."""
    os.kill(os.getpid(), signal.SIGTSTP)


def _leave_signals_to_main_thread() -> None:
    """Block signals in this thread, all but the one of `_suspend`.

    After a stop the system may give SIGCONT to any thread. Python runs handlers in the main thread, and would not wake
    it from a read for a signal that another thread got.
    """
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals() - {signal.SIGTSTP})
