"""Runs the program and sends it signals at named points: `python signal_points.py POINT=SIGNAL[,SIGNAL]… -- ARGUMENT…`.

Each point wraps one function of the product (or of httpcore beneath it) from outside; nothing in the product knows.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence


class Point(NamedTuple):
    """A moment: before or after the ``number``-th call (from 1) of the function at ``target``."""

    target: str
    when: str = "before"
    number: int = 1
    argument: str | None = None  # only calls that have it count


JOURNAL = "openclaw_fal.store.journal:Journal"
PART_FILE = "openclaw_fal.store.part_files:PartFile"
RECORD = f"{JOURNAL}.record"

# In the order in which `video generate` passes them. Its records: 1 queued, 2 running, 3 succeeded, 4 delivered.
POINTS = {
    "before-the-row": Point(f"{JOURNAL}.open_task"),
    "inside-the-row": Point("openclaw_fal.store.journal_file:execute", argument="COMMIT"),
    "after-the-row": Point(f"{JOURNAL}.open_task", "after"),
    "pausing-before-another-try": Point("openclaw_fal.runtime:Signals.pause"),
    "submitting": Point("openclaw_fal.fal.client:FalClient.once", argument="POST"),
    "request-sent": Point("httpcore._sync.http11:HTTP11Connection._receive_response_headers"),
    "answer-received": Point(RECORD),
    "inside-the-id": Point("openclaw_fal.store.journal_file:execute", number=2, argument="COMMIT"),
    "id-written": Point(RECORD, "after"),
    "first-status": Point("openclaw_fal.actions.follow:StatusReporter.events_of"),
    "running": Point(RECORD, number=2),
    "running-written": Point(RECORD, "after", 2),
    "completed": Point("openclaw_fal.fal.following:result"),
    "result-received": Point(RECORD, number=3),
    "result-written": Point(RECORD, "after", 3),
    "first-bytes": Point(f"{PART_FILE}.write", "after"),
    "mid-download": Point(f"{PART_FILE}.write", "after", 4),
    "downloaded": Point(f"{PART_FILE}.commit"),
    "named": Point("openclaw_fal.store.part_files:_claim", "after"),
    "committed": Point(f"{PART_FILE}.commit", "after"),
    "delivered": Point(RECORD, "after", 4),
    "before-printing": Point("openclaw_fal.render.output:JsonOutput.envelope"),
    # Outside that order.
    "uploading": Point("openclaw_fal.actions.references:upload"),
    "cancelling": Point("openclaw_fal.fal.queue:cancel"),
    "reporting": Point("openclaw_fal.actions.interrupted_tasks:interrupted"),
    "closing": Point("openclaw_fal.runtime:Runtime.close"),
}


def arm(name: str, signals: Sequence[signal.Signals]) -> None:
    """Have the signals strike at a point."""
    point = POINTS[name]
    module, _, path = point.target.partition(":")
    owner: Any = importlib.import_module(module)
    *classes, function = path.split(".")
    for inner in classes:
        owner = getattr(owner, inner)
    original = getattr(owner, function)
    calls = 0

    def strike() -> None:
        for number in signals:
            os.kill(os.getpid(), number)

    def armed(*arguments: Any, **options: Any) -> Any:
        nonlocal calls
        calls += point.argument is None or point.argument in arguments
        is_now = calls == point.number and (point.argument is None or point.argument in arguments)
        if is_now and point.when == "before":
            strike()
        answer = original(*arguments, **options)
        if is_now and point.when == "after":
            strike()
        return answer

    setattr(owner, function, armed)


def main() -> int:
    at = sys.argv.index("--")
    for strike in sys.argv[1:at]:
        name, _, signals = strike.partition("=")
        arm(name, [signal.Signals[f"SIG{word}"] for word in signals.split(",")])
    from openclaw_fal.cli import main as program

    return program(sys.argv[at + 1 :])


if __name__ == "__main__":
    sys.exit(main())
