"""``--progress json``: one object per line, on stderr."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

from openclaw_fal.core.errors import JobFailed
from openclaw_fal.core.events import (
    Downloading,
    Event,
    Finished,
    GaveUp,
    LogLine,
    Note,
    Queued,
    Running,
    Saved,
    Submitted,
    Submitting,
    Uploading,
    Waiting,
)
from openclaw_fal.core.results import Asset, Attempt, Envelope
from openclaw_fal.render.progress_json import JsonMessages, JsonProgress
from openclaw_fal.render.screen import Screen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openclaw_fal.core.tasks import Task

ABOUT = {"taskId": "k3f9x2qd7m", "model": "fal-ai/x"}
ANSWER = Envelope(capability="video.generate", model="fal-ai/x", task_id="k3f9x2qd7m")


def objects(*events: Event) -> list[dict[str, Any]]:
    stdout, stderr = io.StringIO(), io.StringIO()
    JsonProgress(Screen(io.StringIO(), stdout, stderr), lambda: 1000.12345).follow(iter(events))
    assert stdout.getvalue() == ""
    return [json.loads(line) for line in stderr.getvalue().splitlines()]


def test_every_event_has_its_documented_keys(job: Task) -> None:
    film = Asset(url="https://x/1.mp4", mime_type="video/mp4", size=9, path="/1.mp4")
    shown = objects(
        Uploading("fox.jpg", 1, 2, 12),
        Uploading("fox.jpg", 1, 2, 12, 6),
        Submitting(job),
        Submitted(job),
        Queued(job, 2),
        Queued(job, None),
        Running(job),
        LogLine(job, "step 40%", "INFO"),
        LogLine(job, "hello", "WARN"),
        Waiting("HTTP 503", 1.5),
        Downloading(job, 1, 1, 3, None),
        Saved(job, film),
        Note("mind", "warning"),
        GaveUp(Attempt("fal-ai/y", "HTTP 503", "unavailable", "p0p0p0p0p0")),
        Finished(ANSWER),
    )
    assert {line.pop("time") for line in shown} == {"1970-01-01T00:16:40.123Z"}
    assert shown == [
        {"event": "uploading", "name": "fox.jpg", "index": 1, "total": 2, "size": 12, "sent": 0},
        {"event": "uploading", "name": "fox.jpg", "index": 1, "total": 2, "size": 12, "sent": 6},
        {"event": "submitting", **ABOUT},
        {"event": "submitted", **ABOUT, "requestId": "019e"},
        {"event": "queued", **ABOUT, "position": 2},
        {"event": "queued", **ABOUT},
        {"event": "running", **ABOUT},
        {"event": "log", **ABOUT, "message": "step 40%", "level": "INFO", "percent": 40.0},
        {"event": "log", **ABOUT, "message": "hello", "level": "WARN"},
        {"event": "waiting", "reason": "HTTP 503", "delayS": 1.5},
        {"event": "downloading", **ABOUT, "index": 1, "total": 1, "received": 3},
        {"event": "saved", **ABOUT, "path": "/1.mp4", "mimeType": "video/mp4", "size": 9, "url": "https://x/1.mp4"},
        {"event": "note", "message": "mind", "level": "warning"},
        {
            "event": "gaveUp",
            "taskId": "p0p0p0p0p0",
            "model": "fal-ai/y",
            "code": "unavailable",
            "message": "HTTP 503",
        },
        {"event": "finished", **ABOUT, "outputs": 0},
    ]


def test_line_ends_and_control_characters_in_a_log_are_escaped(job: Task) -> None:
    stderr = io.StringIO()
    events: Iterator[Event] = iter([LogLine(job, "a\nb\u2028c\x1b\x9b"), Finished(ANSWER)])
    JsonProgress(Screen(io.StringIO(), io.StringIO(), stderr), lambda: 0).follow(events)
    first = stderr.getvalue().split("\n")[0]
    assert "a\\nb\\u2028c\\u001b\\u009b" in first


def test_a_download_has_a_few_lines_a_second_and_one_at_its_end(job: Task) -> None:
    chunks = [Downloading(job, 1, 1, received, 1000) for received in range(1, 1001)]
    shown = objects(*chunks, Finished(ANSWER))
    assert [line["received"] for line in shown if line["event"] == "downloading"] == [1, 1000]


def test_messages_are_objects_too() -> None:
    stderr = io.StringIO()
    messages = JsonMessages(Screen(io.StringIO(), io.StringIO(), stderr), lambda: 5)
    messages.note("one")
    messages.warning("two")
    messages.error(JobFailed("No.", hint="Go on."))
    assert [json.loads(line) for line in stderr.getvalue().splitlines()] == [
        {"event": "note", "time": "1970-01-01T00:00:05.000Z", "message": "one", "level": "info"},
        {"event": "note", "time": "1970-01-01T00:00:05.000Z", "message": "two", "level": "warning"},
        {
            "event": "error",
            "time": "1970-01-01T00:00:05.000Z",
            "error": {"type": "cli_error", "message": "No.", "code": "job_failed", "hint": "Go on."},
        },
    ]
