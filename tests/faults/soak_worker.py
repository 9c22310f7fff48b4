"""A worker of the soak test: `python soak_worker.py SEED NUMBER…` prints each number and runs a job for it."""

from __future__ import annotations

import os
import random
import sys
import time

from openclaw_fal.actions import recovery
from openclaw_fal.cli import main
from openclaw_fal.runtime import Runtime

KINDS = (("video", "generate"), ("image", "generate"), ("image", "generate", "--queue"))
FAULTS = (
    *[""] * 6,
    "big-1",
    "completed-error",
    "download-changed",
    "download-cut",
    "download-cut-norange",
    "download-reset",
    "log-flood-200",
    "one-of-n-404-once",
    "poll-429-after",
    "poll-502*3",
    "poll-reset",
    "result-400-early-once",
    "shape-data-uri",
    "slow-4",
    "stream-cut",
    "stream-lies",
    "submit-401",
    "submit-429",
    "submit-502-after",
    "submit-503-ingress",
    "submit-cut",
    "submit-drop-after",
    "submit-drop-before",
    "submit-garbage",
)


def job(seed: int, number: int) -> list[str]:
    """Return the command line of a job, the same for the same numbers."""
    chosen = random.Random(seed * 1_000_003 + number)
    fault = chosen.choice(FAULTS)
    prompt = f"job {number}" + (f" [fault:{fault}]" if fault else "")
    kind = chosen.choice(KINDS)
    count = ["--count", str(chosen.randint(1, 4))] if kind[0] == "image" else []
    return [*kind, *count, "--prompt", prompt, "--output", "out/", "--progress", "none", "--timeout-ms", "20000"]


def quick_sleep(seconds: float) -> None:
    time.sleep(seconds / 10)


def work() -> None:
    recovery.SEARCH_TIME_S = 2.0  # some requests are never there to be found
    seed, *numbers = map(int, sys.argv[1:])
    told = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    for number in numbers:
        os.write(told, f"{number}\n".encode())
        main(job(seed, number), Runtime(sleep=quick_sleep))


if __name__ == "__main__":
    work()
