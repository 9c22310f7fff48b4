"""One accepted submission: whether it is queued, running or done, and its log, follow from how much time has passed."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from typing import TYPE_CHECKING, Any, Self

from .faults import Script, calls_in_endpoint, calls_in_text

if TYPE_CHECKING:
    from .connection import Json
    from .dimensions import Size

VIDEO_TIMES = (0.8, 2.0)  # seconds queued and running, at speed 1
OTHER_TIMES = (0.3, 0.7)
_KEPT_FIELDS = (
    *("request_id", "endpoint", "accepted_at", "queued", "queued_for", "running_for"),
    *("problems", "input_size", "calls", "start_timeout", "cancelled_at"),
)
_REQUESTS_AHEAD = 3  # of a new job in the queue
_STEPS = 20
_LOG_LINES = [
    (0.0, "task submitted"),
    (0.02, "loading weights"),
    (0.12, "encoding prompt"),
    *((0.15 + 0.75 * step / _STEPS, f"denoising {100 * step // _STEPS}%") for step in range(1, _STEPS + 1)),
    (0.93, "encoding output"),
    (0.99, "uploading result"),
]
_LOG_ESCAPES = [
    "\x1b[2J\x1b[1;31mred\x1b[0m screen cleared",
    "\x1b]0;a new window title\x07 and \x1b]52;c;ZXZpbA==\x07 a clipboard",
    "[red]markup[/red] [link=http://127.0.0.1/]link[/link] [/] 50%",
    "carriage\rreturn, back\b\bspace, bell\x07, \x9b31m C1, \u202eright to left\u202c",
]


class Phase(Enum):
    """The three statuses that fal documents."""

    IN_QUEUE = "IN_QUEUE"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"


@dataclass
class Job:
    """What was accepted and when; everything else follows from the clock. Times are in seconds."""

    request_id: str
    endpoint: str
    body: Json
    accepted_at: float
    queued: bool = True
    queued_for: float = 0.0
    running_for: float = 0.0
    problems: list[Json] = field(default_factory=list)
    input_size: Size | None = None
    calls: list[str] = field(default_factory=list)
    start_timeout: float | None = None
    cancelled_at: float | None = None
    script: Script = field(default_factory=Script, repr=False)
    submission: Script = field(default_factory=Script, repr=False)
    fetched: set[str] = field(default_factory=set, repr=False)

    def __post_init__(self) -> None:
        self.script = Script(self.calls)

    @property
    def prompt(self) -> str:
        return str(self.body.get("prompt") or "")

    @property
    def timed_out(self) -> bool:
        """Whether the caller's start timeout is shorter than the time in the queue."""
        return self.start_timeout is not None and self.start_timeout < self.queued_for

    @property
    def ends_at(self) -> float:
        if self.cancelled_at is not None:
            return self.cancelled_at
        if self.timed_out:
            return self.accepted_at + (self.start_timeout or 0.0)
        if "never" in self.script:
            return float("inf")
        return self.accepted_at + self.queued_for + self.running_for

    def phase(self, now: float) -> Phase:
        if now >= self.ends_at:
            return Phase.COMPLETED
        return Phase.IN_QUEUE if now < self.accepted_at + self.queued_for else Phase.IN_PROGRESS

    def position(self, now: float) -> int:
        """Return how many requests are ahead; it counts down to 0."""
        left = 1 - (now - self.accepted_at) / self.queued_for if self.queued_for else 0.0
        return min(_REQUESTS_AHEAD - 1, max(0, int(left * _REQUESTS_AHEAD)))

    def share(self, now: float) -> float:
        """Return how much of the running time is over, 0 to 1."""
        if not self.running_for:
            return 1.0
        end = min(now, self.ends_at)
        return min(1.0, max(0.0, (end - self.accepted_at - self.queued_for) / self.running_for))

    def started(self, now: float) -> bool:
        return min(now, self.ends_at) >= self.accepted_at + self.queued_for

    def record(self) -> Json:
        """Return what is kept on disk. `fetched` and the state of the faults are not kept."""
        return {name: getattr(self, name) for name in _KEPT_FIELDS} | {"body": without_data(self.body)}

    @classmethod
    def from_record(cls, text: str) -> Self:
        record = json.loads(text)
        if record["input_size"]:
            record["input_size"] = tuple(record["input_size"])
        return cls(**record)


def calls_of(endpoint: str, body: Any) -> list[str]:
    """List the faults that a submission asks for, by its endpoint id and its prompt."""
    prompt = body.get("prompt") if isinstance(body, dict) else None
    return calls_in_endpoint(endpoint) + calls_in_text(prompt if isinstance(prompt, str) else "")


def log_lines(job: Job, now: float) -> list[Json]:
    """Return the log so far, as a poll shows it. Both shapes of entries that fal documents occur."""
    if not job.started(now):
        return []
    written = [(share, text) for share, text in _all_log_lines(job) if share <= job.share(now)]
    started = job.accepted_at + job.queued_for
    return [_log_entry(number, text, started + share * job.running_for) for number, (share, text) in enumerate(written)]


def new_id(now: float) -> str:
    """Make a request id like fal's: a UUID of version 7, so that ids are in order of time."""
    number = (
        (int(now * 1000) << 80 | secrets.randbits(80)) & ~(0xF000 << 64 | 0xC000 << 48) | 0x7000 << 64 | 0x8000 << 48
    )
    return id_of(f"{number:032x}")


def id_of(digits: str) -> str:
    """Return a request id from its 32 hexadecimal digits."""
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def without_data(value: Any, stand_in: str = "") -> Any:
    """Return the same JSON with `stand_in` for each data: URI, or else its type and length."""
    if isinstance(value, dict):
        return {name: without_data(item, stand_in) for name, item in value.items()}
    if isinstance(value, list):
        return [without_data(item, stand_in) for item in value]
    if isinstance(value, str) and value.startswith("data:"):
        return stand_in or f"{value.partition(',')[0]},... ({len(value)} characters)"
    return value


def _all_log_lines(job: Job) -> list[tuple[float, str]]:
    """Return each line with the share of the running time, 0 to 1, at which it is written."""
    more: list[tuple[float, str]] = []
    if "log-escape" in job.script:
        more = [(0.1 * number, text) for number, text in enumerate(_LOG_ESCAPES)]
    if "log-flood" in job.script:
        more = [(0.5, f"line {number} of many") for number in range(job.script.number("log-flood"))]
    return sorted(_LOG_LINES + more, key=lambda line: line[0])


def _log_entry(number: int, text: str, at: float) -> Json:
    if number == 0:
        return {"timestamp": _stamp(at), "message": text, "labels": {}}
    return {"timestamp": _stamp(at), "message": text, "level": "INFO", "source": "USER"}


def _stamp(at: float) -> str:
    """Format a time as fal's logs do: UTC, without an offset."""
    return datetime.fromtimestamp(at, UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
