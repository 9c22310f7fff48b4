"""The log of a running job, which grows as its time passes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .jobs import stamp

if TYPE_CHECKING:
    from .http_message import Json
    from .jobs import Job

_STEPS = 20
_LINES = [
    (0.0, "task submitted"),
    (0.02, "loading weights"),
    (0.12, "encoding prompt"),
    *((0.15 + 0.75 * step / _STEPS, f"denoising {100 * step // _STEPS}%") for step in range(1, _STEPS + 1)),
    (0.93, "encoding output"),
    (0.99, "uploading result"),
]
_ESCAPES = [
    "\x1b[2J\x1b[1;31mred\x1b[0m screen cleared",
    "\x1b]0;a new window title\x07 and \x1b]52;c;ZXZpbA==\x07 a clipboard",
    "[red]markup[/red] [link=http://127.0.0.1/]link[/link] [/] 50%",
    "carriage\rreturn, back\b\bspace, bell\x07, \x9b31m C1, \u202eright to left\u202c",
]


def lines(job: Job, now: float) -> list[Json]:
    """Return the log so far, as a poll shows it. Both shapes of entries that fal documents occur."""
    if not job.started(now):
        return []
    written = [(share, text) for share, text in _all_lines(job) if share <= job.share(now)]
    started = job.accepted_at + job.queued_for
    return [_entry(number, text, started + share * job.running_for) for number, (share, text) in enumerate(written)]


def _all_lines(job: Job) -> list[tuple[float, str]]:
    """Return each line with the share of the running time, 0 to 1, at which it is written."""
    more: list[tuple[float, str]] = []
    if "log-escape" in job.script:
        more = [(0.1 * number, text) for number, text in enumerate(_ESCAPES)]
    if "log-flood" in job.script:
        more = [(0.5, f"line {number} of many") for number in range(job.script.number("log-flood"))]
    return sorted(_LINES + more, key=lambda line: line[0])


def _entry(number: int, text: str, at: float) -> Json:
    if number == 0:
        return {"timestamp": stamp(at), "message": text, "labels": {}}
    return {"timestamp": stamp(at), "message": text, "level": "INFO", "source": "USER"}
