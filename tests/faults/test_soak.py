"""Two hundred jobs in parallel processes, with random faults, and random kills of whole workers."""

from __future__ import annotations

import hashlib
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.faults.outcomes import saved_files, tasks_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from openclaw_fal.sandbox import Sandbox
    from tests.conftest import Runner

WORKER = Path(__file__).with_name("soak_worker.py")
SEED = 20_261_122
JOBS, WORKERS, KILLS = 200, 8, 24
TIME_S = 120.0  # at most; it takes some twenty on two idle cores


class Worker:
    """A process that works through its jobs, started again with the rest of them when it is killed."""

    def __init__(self, seed: int, numbers: list[int]) -> None:
        self.seed = seed
        self.left = numbers
        self.process: subprocess.Popen[bytes] | None = None
        self.errors = b""
        self._thread = threading.Thread(target=self._keep_going, daemon=True)
        self._thread.start()

    def _keep_going(self) -> None:
        while self.left:
            arguments = [sys.executable, str(WORKER), str(self.seed), *map(str, self.left)]
            process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            self.process = process
            assert process.stdout
            with process.stdout:
                for line in process.stdout:
                    self.left.remove(int(line))
            process.wait()

    def kill(self) -> None:
        if self.process:
            self.process.kill()

    def join(self, deadline: float) -> None:
        self._thread.join(max(0.0, deadline - time.monotonic()))
        assert not self._thread.is_alive(), f"{len(self.left)} jobs are left"


@pytest.mark.timeout(180)
@pytest.mark.soak
@pytest.mark.slow
def test_two_hundred_jobs_with_random_faults_and_kills_lose_nothing(
    run: Runner, fal: Sandbox, record_property: Callable[[str, object], None]
) -> None:
    chance = random.Random(SEED)
    deadline = time.monotonic() + TIME_S
    workers = [Worker(SEED, list(range(first, JOBS, WORKERS))) for first in range(WORKERS)]
    for _ in range(KILLS):
        time.sleep(chance.uniform(0.1, 0.6))
        chance.choice(workers).kill()
    for worker in workers:
        worker.join(deadline)

    tasks = tasks_of(run)
    check_money(fal, tasks)
    waited = Counter(wait_for(run, task) for task in tasks if is_open(task))
    assert set(waited) <= {0, 6}, waited
    tasks = tasks_of(run)
    check_money(fal, tasks)
    check_files(fal, tasks)
    statuses = Counter(task["status"] for task in tasks)
    assert statuses["succeeded"] > JOBS / 3
    told = f"{len(files())} files; " + ", ".join(f"{count} {status}" for status, count in sorted(statuses.items()))
    record_property("fault", [f"soak: {JOBS} jobs, {KILLS} kills", len(fal.submissions), 0, told])


def files() -> set[str]:
    return {str(path.absolute()) for path in saved_files()}


def is_open(task: dict[str, Any]) -> bool:
    """Whether there is something to wait for, or to fetch."""
    if task["status"] == "succeeded":
        return not all("path" in output for output in task["outputs"])
    return task["status"] in {"queued", "running"}


def wait_for(run: Runner, task: dict[str, Any]) -> int:
    waited = run("tasks", "wait", task["taskId"], "--timeout-ms", "20000")
    if waited.code == 10 and "one-of-n-404-once" in task["request"]["prompt"]:
        waited = run("tasks", "wait", task["taskId"])  # its fault had not struck before the kill
    if waited.code == 10 and "inside the answer" in waited.err:
        # The synchronous endpoint gave the pictures themselves, and the worker was killed before it had saved them.
        return 0
    return waited.code


def check_money(fal: Sandbox, tasks: list[dict[str, Any]]) -> None:
    """No job was bought twice, and each that was has a row: by its request id, or as unknown."""
    assert fal.violations == []
    assert max(Counter(submission.body["prompt"] for submission in fal.submissions).values()) == 1
    accepted = {submission.request_id: submission.body["prompt"] for submission in fal.submissions}
    assert {task["requestId"] for task in tasks if "requestId" in task} <= set(accepted)
    by_id = {task["requestId"] for task in tasks if "requestId" in task}
    unsure = [task["request"]["prompt"] for task in tasks if task["status"] == "unknown"]
    assert sorted(unsure) == sorted(set(unsure))
    rows = [request_id for request_id, prompt in accepted.items() if request_id in by_id or prompt in unsure]
    assert len(rows) == len(fal.submissions)
    assert "submitting" not in {task["status"] for task in tasks}


def check_files(fal: Sandbox, tasks: list[dict[str, Any]]) -> None:
    """Each file of each completed job is on disk, byte for byte, and nothing else is."""
    named = set()
    for task in tasks:
        for output in task["outputs"] if task["status"] == "succeeded" else []:
            if "url" not in output and "path" not in output:
                continue  # it came inside an answer that was lost with its process
            content = Path(output["path"]).read_bytes()
            assert output["sha256"] == hashlib.sha256(content).hexdigest()
            made = fal.content(output["url"]) if "url" in output else None
            # Of files that are fetched side by side, one may be complete before another of its job changes them all.
            assert made is None or content == made or "download-changed" in task["request"]["prompt"]
            named.add(output["path"])
    assert named == files()
    assert not [
        path for path in Path("out").glob(".*") if path.suffix != ".probe"
    ]  # of one killed while trying a folder
