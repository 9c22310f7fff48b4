"""Several jobs at once, each in a thread, as one stream of events, which the renderer pulls in the main thread."""

from __future__ import annotations

import threading
import time
from collections import deque
from contextlib import closing, contextmanager, nullcontext
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from openclaw_fal.core.errors import (
    AccountProblem,
    Interrupted,
    KeyProblem,
    NothingSent,
    OpenclawFalError,
    StillRunning,
)
from openclaw_fal.core.events import Finished, Waiting
from openclaw_fal.core.job_events import (
    Began,
    Ended,
    Happened,
    Overview,
    Slowed,
    Stopping,
    Tick,
)

if TYPE_CHECKING:
    import signal
    from collections.abc import Generator, Iterator, Sequence

    from openclaw_fal.core.events import Event
    from openclaw_fal.core.job_events import Job, JobEvent
    from openclaw_fal.core.results import Envelope
    from openclaw_fal.runtime import Runtime

LEAVE_TIMEOUT_S = 15.0  # for submissions that are under way when the command is left
SILENT_TIMEOUT_S = 1.0  # after which it is said what is waited for
JOIN_TIMEOUT_S = 2.0  # for all threads
POLL_S = 0.25
COLLECT_S = 0.02
DEFAULT_PAUSE_S = 1.0  # if fal is busy and names no time
MAX_REPEATS = 10  # of a job that fal had no room for
MAX_UNREACHABLE = 3  # jobs in a row
MAX_AT_ONCE = 32  # tasks that are waited for
INTERRUPTED = "Ctrl-C: no more jobs start. Waiting for those that run; press Ctrl-C again to {policy} them."

LEAVING = (
    f"Waiting up to {LEAVE_TIMEOUT_S:.0f} s for fal's answers to submissions. Press Ctrl-C again to leave now: "
    "it is then unknown whether fal has accepted them."
)


def run_concurrently(
    runtime: Runtime, jobs: Sequence[Job], concurrency: int, *, fail_fast: bool = False, may_stop: bool = True
) -> Generator[JobEvent, None, None]:
    """Work through the jobs, ``concurrency`` at a time, and yield what happens to them, each with its job.

    With ``may_stop``, no more jobs start after a failure that all would have (a refused key, a locked account, a full
    disk, no network), nor after the first Ctrl-C. When this is left early, submissions under way are finished first,
    and jobs that fal has accepted continue there.
    """
    _ = runtime.fal  # built before threads share it
    pool = _JobPool(runtime, jobs, concurrency, fail_fast=fail_fast, may_stop=may_stop)
    with pool.working():
        left = len(pool.threads)
        while left:
            try:
                event = pool.events.get_nowait()
            except Empty:
                # Waking up for each event would slow the threads down more than it is worth.
                time.sleep(COLLECT_S)
                try:
                    # With a timeout, because Windows can't interrupt a wait without one.
                    event = pool.events.get(timeout=1.0)
                except Empty:
                    yield Tick()
                    continue
            if isinstance(event, BaseException):
                raise event
            if event is None:
                left -= 1
            else:
                yield event


def outcomes(runtime: Runtime, jobs: Sequence[Job], concurrency: int) -> list[Envelope | OpenclawFalError]:
    """Show the work on all jobs, and return the outcome of each, in their order."""
    found: dict[int, Envelope | OpenclawFalError] = {}

    def noted() -> Generator[JobEvent, None, None]:
        with closing(run_concurrently(runtime, jobs, concurrency, may_stop=False)) as events:
            for event in events:
                if isinstance(event, Ended) and event.outcome is not None:
                    found[event.job.number] = event.outcome
                yield event

    runtime.show_all(noted(), Overview(len(jobs)))
    return [found[job.number] for job in jobs]


class Pace:
    """How many jobs may be under way: fewer after each refusal for too many requests, and slowly more again."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.limit = most
        self.resume_at = 0.0
        self._successes = 0

    def slow_down(self, active: int, now: float, seconds: float) -> bool:
        """Allow half as many jobs; return whether that is new, and not one of many refusals at the same time."""
        is_new = now >= self.resume_at
        if is_new:
            self.limit = max(1, active // 2)
            self._successes = 0
        self.resume_at = max(self.resume_at, now + seconds)
        return is_new

    def recover(self) -> None:
        """Allow one job more after as many successes as jobs are allowed."""
        self._successes += 1
        if self.limit < self.most and self._successes >= self.limit:
            self.limit += 1
            self._successes = 0


class _JobPool:
    """The threads, and what they share."""

    def __init__(
        self, runtime: Runtime, jobs: Sequence[Job], concurrency: int, *, fail_fast: bool, may_stop: bool
    ) -> None:
        self._runtime = runtime
        self._jobs = deque(jobs)
        self._fail_fast = fail_fast
        self._may_stop = may_stop
        self._pace = Pace(concurrency)
        self._changed = threading.Condition()
        self._active = 0
        self._unreachable = 0
        self._repeats: dict[int, int] = {}
        self._is_stopping = False
        # Signal handlers may put into this kind of queue. ``None`` is the end of a thread.
        self.events: SimpleQueue[JobEvent | BaseException | None] = SimpleQueue()
        count = min(concurrency, len(self._jobs))
        self.threads = [threading.Thread(target=self._run, name=f"job-{n}", daemon=True) for n in range(count)]

    @contextmanager
    def working(self) -> Iterator[None]:
        """Work while inside; at the end no thread is left."""
        number: signal.Signals | int | None = None
        for thread in self.threads:
            thread.start()
        try:
            with self._runtime.signals.first_noted(self._note_interrupt) if self._may_stop else nullcontext():
                yield
        except Interrupted as interrupt:
            number = interrupt.signal_number
            raise
        finally:
            if any(thread.is_alive() for thread in self.threads):
                self._leave(number or 2)

    def _note_interrupt(self) -> None:
        self._is_stopping = True
        policy = "cancel" if self._runtime.cancel_on_interrupt else "leave"
        self.events.put(Stopping(INTERRUPTED.format(policy=policy), is_interrupt=True))

    def _leave(self, number: int) -> None:
        self._is_stopping = True
        signals = self._runtime.signals
        signals.interrupt_others(number)
        try:
            # Another signal ends this wait, and what is being submitted becomes unknown.
            if not signals.wait_for_others(SILENT_TIMEOUT_S):
                self._runtime.messages.warning(LEAVING)
                signals.wait_for_others(LEAVE_TIMEOUT_S - SILENT_TIMEOUT_S)
        finally:
            self._runtime.abort_requests()
            until = time.monotonic() + JOIN_TIMEOUT_S
            for thread in self.threads:
                thread.join(max(0.0, until - time.monotonic()))
        if not any(thread.is_alive() for thread in self.threads):
            signals.interrupt_others(None)  # others may cancel the tasks

    # --- in the threads ------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            while job := self._next():
                self.events.put(Began(job))
                outcome = self._outcome(job)
                if not self._is_repeated(job, outcome):
                    self.events.put(Ended(job, outcome))
        except BaseException as error:  # noqa: BLE001 - raised again in the main thread
            self.events.put(error)
        finally:
            self.events.put(None)

    def _next(self) -> Job | None:
        """Wait for a turn, and return the next job; ``None`` if there is none, or no more may start."""
        clock = self._runtime.clock
        with self._changed:
            while not self._is_stopping and self._jobs:
                if self._active < self._pace.limit and clock.monotonic() >= self._pace.resume_at:
                    self._active += 1
                    return self._jobs.popleft()
                self._changed.wait(POLL_S)
        return None

    def _outcome(self, job: Job) -> Envelope | OpenclawFalError | None:
        envelope: Envelope | None = None
        seen: set[str] = set()
        try:
            with closing(job.work()) as events:
                for event in events:
                    self._see(job, event, seen)
                    if isinstance(event, Finished):
                        envelope = event.envelope
                    self._runtime.signals.raise_pending()
        except Interrupted:
            return None
        except StillRunning as error:
            return self._late(error)
        except OpenclawFalError as error:
            self._forget(seen)
            return error
        self._forget(seen)
        return envelope

    def _late(self, error: StillRunning) -> StillRunning:
        if not self._runtime.cancel_on_interrupt:
            return error
        from openclaw_fal.actions.interrupted_tasks import late  # noqa: PLC0415 - asked for by a flag

        return late(self._runtime, error)

    def _see(self, job: Job, event: Event, seen: set[str]) -> None:
        if task := getattr(event, "task", None):
            seen.add(task.id)
        self.events.put(Happened(job, event))
        if isinstance(event, Waiting) and event.is_limit:
            self._slow_down(event.delay_s)

    def _forget(self, task_ids: set[str]) -> None:
        for task_id in task_ids:
            self._runtime.open_tasks.drop(task_id)

    def _slow_down(self, seconds: float) -> None:
        with self._changed:
            if self._pace.slow_down(self._active, self._runtime.clock.monotonic(), seconds):
                self.events.put(Slowed(self._pace.limit, seconds))

    def _is_repeated(self, job: Job, outcome: Envelope | OpenclawFalError | None) -> bool:
        """Note how a job ended; return whether it is to be tried again, because fal had no room for it."""
        with self._changed:
            self._active -= 1
            self._changed.notify()
            if not isinstance(outcome, OpenclawFalError):
                self._unreachable = 0
                self._pace.recover()
                return False
        if outcome.code == "rate_limited":
            self._slow_down(DEFAULT_PAUSE_S)
            self._repeats[job.number] = self._repeats.get(job.number, 0) + 1
            if self._repeats[job.number] <= MAX_REPEATS and not self._is_stopping:
                self._jobs.append(job)  # last: fal may have room for the model of another
                return True
        self._unreachable = self._unreachable + 1 if outcome.code == "unreachable" else 0
        reason = self._reason_to_stop(outcome) if self._may_stop else None
        if reason and not self._is_stopping:
            self._is_stopping = True
            self.events.put(Stopping(reason))
        return False

    def _reason_to_stop(self, error: OpenclawFalError) -> str | None:
        is_account = isinstance(error, AccountProblem) and error.code != "rate_limited"
        is_key = isinstance(error, KeyProblem) and error.code != "access_denied"
        is_local = isinstance(error, NothingSent) and error.code in {"journal_unwritable", "disk_full"}
        if is_account or is_key or is_local or self._unreachable >= MAX_UNREACHABLE:
            return f"{error.message} No more jobs start."
        return "A job failed, so no more jobs start (--fail-fast)." if self._fail_fast else None
