"""What a running job says, line by line, as its time passes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .jobs import stamp

if TYPE_CHECKING:
    from .http_message import Json
    from .jobs import Job

_STEPS = 20
_SAID = [
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
    """Write the log so far: cumulative, as a poll shows it (fal-http.md §3.3). Both documented shapes occur."""
    if not job.started(now):
        return []
    said = [(share, text) for share, text in _script(job) if share <= job.share(now)]
    begun = job.accepted_at + job.queued_for
    return [_entry(number, text, begun + share * job.running_for) for number, (share, text) in enumerate(said)]


def _script(job: Job) -> list[tuple[float, str]]:
    more: list[tuple[float, str]] = []
    if "log-escape" in job.script:
        more = [(0.1 * number, text) for number, text in enumerate(_ESCAPES)]
    if "log-flood" in job.script:
        more = [(0.5, f"line {number} of many") for number in range(job.script.number("log-flood"))]
    return sorted(_SAID + more, key=lambda said: said[0])


def _entry(number: int, text: str, at: float) -> Json:
    if number == 0:
        return {"timestamp": stamp(at), "message": text, "labels": {}}
    return {"timestamp": stamp(at), "message": text, "level": "INFO", "source": "USER"}
