"""Progress of several jobs, as lines of text or JSON. `progress_many_live` draws it on a terminal.

``--progress json`` prints the objects of `progress_json`, each with ``line``, and these:

    began         line, title
    ended         line, ok, paths, error?, counts, etaSeconds?
    slowed        limit, delayS                        fal had too many requests
    stopping      message                              no more jobs start
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from openclaw_fal.core.costs import money, total
from openclaw_fal.core.errors import OpenclawFalError
from openclaw_fal.core.events import (
    Downloading,
    GaveUp,
    LogLine,
    Note,
    task_to_estimate,
)
from openclaw_fal.core.job_events import (
    Began,
    Ended,
    Happened,
    Slowed,
    Stopping,
)
from openclaw_fal.core.records import Record
from openclaw_fal.core.results import Envelope
from openclaw_fal.core.text import printable
from openclaw_fal.render.format import duration_text, exact, failure_text, file_facts, left_text, location

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from openclaw_fal.core.costs import Cost
    from openclaw_fal.core.events import Event
    from openclaw_fal.core.job_events import Job, JobEvent, Overview
    from openclaw_fal.core.tasks import Task
    from openclaw_fal.render.messages import Messages
    from openclaw_fal.render.screen import Screen
    from openclaw_fal.render.window_title import Window

STATUS_PAUSE_S = 30.0
_MIN_FOR_ETA = 3  # ended jobs of this run


class JobsProgress(Protocol):
    def follow(self, events: Iterator[JobEvent]) -> None:
        """Show the events as they come."""


class DisplayContext(Record):
    """Where a display is drawn. ``expect`` returns how many seconds a task most likely takes."""

    screen: Screen
    messages: Messages
    window: Window
    now: Callable[[], float]
    expect: Callable[[Task], float | None]


def jobs_progress(form: str, context: DisplayContext, overview: Overview) -> JobsProgress:
    """Return the display of a form: ``none``, ``json``, ``live`` or ``plain``."""
    tally = Tally(overview, context.now, context.expect)
    match form:
        case "none":
            return NoJobsProgress(context.messages)
        case "json":
            return JsonJobsProgress(context, tally)
        case "live":
            from openclaw_fal.render.progress_many_live import LiveJobsProgress  # noqa: PLC0415 - it draws

            return LiveJobsProgress(context, tally)
        case _:
            return PlainJobsProgress(context.screen, context.now, tally)


class Tally:
    """How many jobs are done, have failed, run and are left, and how long the rest takes.

    Earlier jobs of the same endpoints show that at first, and the pace once as many have ended as run at once.
    """

    def __init__(self, overview: Overview, now: Callable[[], float], expect: Callable[[Task], float | None]) -> None:
        self.total = overview.total
        self.done = overview.done
        self.failed = overview.failed
        self.under_way: dict[int, Job] = {}
        self.costs: list[Cost] = []
        self._now = now
        self._begun_at = now()
        self._ended = 0
        self._most_at_once = 0
        self._expect = expect
        # When each submitted job most likely ends, by its number, and how long they take on average.
        self._ends_at: dict[int, float] = {}
        self._submitted = 0
        self._seconds_each: float | None = 0.0

    def see(self, event: JobEvent) -> None:
        if isinstance(event, Began):
            self.under_way[event.job.number] = event.job
            self._most_at_once = max(self._most_at_once, len(self.under_way))
        elif isinstance(event, Happened):
            self._see_task(event.job.number, event.event)
        elif isinstance(event, Ended):
            self.under_way.pop(event.job.number, None)
            self._ends_at.pop(event.job.number, None)
            if event.outcome is not None:
                self._ended += 1
                self.failed += isinstance(event.outcome, OpenclawFalError)
                self.done += not isinstance(event.outcome, OpenclawFalError)
            envelope = event.outcome.envelope if isinstance(event.outcome, OpenclawFalError) else event.outcome
            self.costs += [envelope.cost] if envelope and envelope.cost else []

    @property
    def left(self) -> int:
        """Jobs that have not begun."""
        return max(self.total - self.done - self.failed - len(self.under_way), 0)

    def _see_task(self, number: int, event: Event) -> None:
        task = task_to_estimate(event)
        if number in self._ends_at or self._has_pace or task is None:
            return
        seconds, before = self._expect(task), self._seconds_each
        self._ends_at[number] = task.created_at + (seconds or 0)
        self._submitted += 1
        if seconds is None or before is None:
            self._seconds_each = None
        else:
            self._seconds_each = before + (seconds - before) / self._submitted

    @property
    def _has_pace(self) -> bool:
        return self._ended >= max(_MIN_FOR_ETA, self._most_at_once)

    @property
    def eta_s(self) -> float | None:
        if self._submitted and self._seconds_each is not None and not self._has_pace:
            return self._expected_s(self._seconds_each)
        if self._ended < _MIN_FOR_ETA:
            return None
        return self.elapsed / self._ended * (self.left + len(self.under_way))

    def _expected_s(self, seconds_each: float) -> float:
        from openclaw_fal.core.eta import expected_rest  # noqa: PLC0415 - most jobs are single

        now = self._now()
        running = [max(end - now, 0.0) for end in self._ends_at.values()]
        waiting = self.left + len(self.under_way) - len(running)
        return expected_rest(running, waiting, seconds_each, self._most_at_once)

    @property
    def elapsed(self) -> float:
        return self._now() - self._begun_at

    @property
    def cost_text(self) -> str:
        """What the jobs of this run have cost so far, empty if nothing is known."""
        return " + ".join(money(amount, currency) for currency, amount in total(self.costs).items())

    def counts(self) -> dict[str, int]:
        return {
            "total": self.total,
            "done": self.done,
            "failed": self.failed,
            "running": len(self.under_way),
            "left": self.left,
        }

    def headline(self) -> tuple[str, float | None]:
        """Return what a window's title says, and how much is done, in percent."""
        return f"{self.done} of {self.total} done", 100 * (self.done + self.failed) / max(self.total, 1)

    def text(self) -> str:
        parts = [f"{self.done} of {self.total} done"]
        parts += [f"{self.failed} failed"] if self.failed else []
        parts += [f"{len(self.under_way)} under way"] if self.under_way else []
        parts += [left_text(self.eta_s)] if self.eta_s else []
        parts += [f"{self.cost_text} so far"] if self.costs else []
        return ", ".join(parts)


class NoJobsProgress:
    """``--progress none``: only warnings, and what is wrong."""

    def __init__(self, messages: Messages) -> None:
        self._messages = messages

    def follow(self, events: Iterator[JobEvent]) -> None:
        for event in events:
            if message := important(event):
                self._messages.warning(message)


def important(event: JobEvent) -> str | None:
    """Return a warning that every display shows."""
    match event:
        case Happened(job, Note(message, "warning")):
            return f"{job.name}: {message}"
        case Ended(job, OpenclawFalError() as error):
            return f"{job.name}: {error.message}"
        case Stopping(reason):
            return reason
        case _:
            return None


def _unlinked(text: str, _path: str | None) -> str:
    return text


def ended_lines(
    envelope: Envelope, *, below: str = "", linked: Callable[[str, str | None], str] = _unlinked
) -> list[str]:
    """Return each file of an answer with its facts; ``below`` a folder, by its path from there."""
    lines = []
    for asset in envelope.outputs:
        facts = ", ".join(file_facts(asset))
        path = exact((location(asset) or "").removeprefix(below))
        lines.append(linked(path, asset.path) + (f" ({facts})" if facts else ""))
    return lines or [printable(text, limit=200) for _, text in envelope.values[:1]] or [f"task {envelope.task_id}"]


class PlainJobsProgress:
    """A line for each job that ends, and one about all of them every 30 s."""

    def __init__(self, screen: Screen, now: Callable[[], float], tally: Tally) -> None:
        self._screen = screen
        self._now = now
        self._tally = tally
        self._next_status_at = now() + STATUS_PAUSE_S

    def follow(self, events: Iterator[JobEvent]) -> None:
        for event in events:
            self._tally.see(event)
            for line in self._lines(event):
                self._screen.write_stderr(line + "\n")
            if self._now() >= self._next_status_at:
                self._next_status_at = self._now() + STATUS_PAUSE_S
                self._screen.write_stderr(f"{self._tally.text()}\n")

    def _lines(self, event: JobEvent) -> list[str]:
        match event:
            case Ended(job, OpenclawFalError() as error):
                return [f"{self._count} {job.name}: {error.code}: {printable(error.message)}"]
            case Ended(job, Envelope() as outcome):
                return [f"{self._count} {job.name}: {line}" for line in ended_lines(outcome)]
            case Happened(job, Note() as note):
                return [f"{job.name}: {note.label}: {printable(line)}" for line in note.message.splitlines()[:1]]
            case Happened(job, GaveUp(attempt)):
                return [f"{job.name}: {printable(attempt.model)}: {failure_text(attempt)}"]
            case Slowed():
                return [slowed_text(event)]
            case Stopping(reason):
                return [f"warning: {printable(reason)}"]
            case _:
                return []

    @property
    def _count(self) -> str:
        return f"[{self._tally.done + self._tally.failed}/{self._tally.total}]"


def slowed_text(event: Slowed) -> str:
    jobs = "1 job" if event.limit == 1 else f"{event.limit} jobs"
    return f"fal has too many requests: {jobs} at a time from now on, the next in {duration_text(event.delay_s)}"


class JsonJobsProgress:
    """One object a line; see the top of this file."""

    def __init__(self, context: DisplayContext, tally: Tally) -> None:
        self._screen = context.screen
        self._now = context.now
        self._expect = context.expect
        self._tally = tally

    def follow(self, events: Iterator[JobEvent]) -> None:
        from openclaw_fal.render.progress_json import print_event  # noqa: PLC0415 - one of three displays

        for event in events:
            self._tally.see(event)
            if found := self._as_json(event):
                print_event(self._screen, self._now(), *found)

    def _as_json(self, event: JobEvent) -> tuple[str, dict[str, Any]] | None:
        from openclaw_fal.render.progress_json import eta_of, event_as_json  # noqa: PLC0415 - one of three displays

        match event:
            case Began(job):
                return "began", {"line": job.number, "title": job.title}
            case Happened(_, Downloading() | LogLine()):
                return None  # of many jobs at once they would be too many
            case Happened(job, inner):
                name, facts = event_as_json(inner)
                return name, {"line": job.number} | facts | eta_of(inner, self._now(), self._expect)
            case Ended(job, outcome):
                return "ended", {"line": job.number} | self._ending(outcome)
            case Slowed(limit, delay_s):
                return "slowed", {"limit": limit, "delayS": delay_s}
            case Stopping(reason):
                return "stopping", {"message": reason}
            case _:
                return None

    def _ending(self, outcome: Envelope | OpenclawFalError | None) -> dict[str, Any]:
        facts: dict[str, Any] = {"ok": False, "error": None}
        if isinstance(outcome, OpenclawFalError):
            facts["error"] = outcome.as_json()
        elif outcome is not None:
            facts |= {"ok": True, "paths": [asset.path for asset in outcome.outputs if asset.path]}
        eta_s = self._tally.eta_s
        return facts | {"counts": self._tally.counts(), "etaSeconds": None if eta_s is None else round(eta_s, 1)}
