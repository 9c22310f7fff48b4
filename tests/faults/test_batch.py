"""A batch that is interrupted, killed or started twice: no line is paid twice, and the next run ends it."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from openclaw_fal.sandbox import Sandbox
from tests.faults.outcomes import saved_files, tasks_of, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import FalClock, Runner

SEED = 20_261_128
LINES, KILLS, KILL_TIME_S = 24, 6, 90.0


def start(*arguments: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "openclaw_fal", "batch", "b.txt", "--output", "out/{line}.png", *arguments]
    return subprocess.Popen(command, env=os.environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def ended(process: subprocess.Popen[bytes], told: str = "") -> tuple[int, str]:
    """Return the exit status, and all that was said on stderr, of which ``told`` has been read."""
    _, rest = process.communicate(timeout=100)
    err = told + rest.decode()
    assert "Traceback" not in err, err
    return process.returncode, err


def read_until(process: subprocess.Popen[bytes], words: str) -> str:
    """Return the lines on stderr to the first that has these words: two signals at once could come as one."""
    assert process.stderr is not None
    told = ""
    for line in process.stderr:
        told += line.decode()
        if words in line.decode():
            return told
    pytest.fail(f"ended without {words!r}:\n{told}")


def streams(fal: Sandbox) -> int:
    """Return how many jobs are followed; their ids are in the journal by then."""
    return sum(seen.route == "stream" for seen in fal.requests)


def write(*prompts: str) -> None:
    Path("b.txt").write_text("".join(f"{prompt}\n" for prompt in prompts))


def prompts_of(fal: Sandbox) -> list[str]:
    return sorted(submission.body["prompt"] for submission in fal.submissions)


@pytest.mark.slow
def test_the_first_ctrl_c_begins_no_job_and_ends_those_under_way(run: Runner, fal: Sandbox) -> None:
    write(*(f"fox {number} [fault:slow-50]" for number in range(9)))
    process = start("--concurrency", "3")
    wait_until(lambda: len(fal.submissions) == 3)
    process.send_signal(signal.SIGINT)
    code, err = ended(process)
    assert (code, len(fal.submissions), len(saved_files())) == (130, 3, 3)
    assert "no more jobs start" in err
    assert "3 of 9 lines done, 6 missing" in err
    assert "Run the same command again" in err


@pytest.mark.slow
@pytest.mark.parametrize(("signals", "code"), [((signal.SIGINT,) * 2, 130), ((signal.SIGTERM,), 143)])
def test_the_second_ctrl_c_leaves_the_jobs_at_fal_and_the_next_run_follows_them(
    run: Runner, fal: Sandbox, fal_clock: FalClock, signals: tuple[signal.Signals, ...], code: int
) -> None:
    write(*(f"fox {number} [fault:slow-600]" for number in range(3)), "owl")
    process = start("--concurrency", "3")
    wait_until(lambda: streams(fal) == 3)
    process.send_signal(signals[0])
    told = read_until(process, "press Ctrl-C again") if len(signals) > 1 else ""
    for each in signals[1:]:
        process.send_signal(each)
    began = time.monotonic()
    left, err = ended(process, told)
    assert (left, len(fal.submissions), saved_files()) == (code, 3, [])
    assert time.monotonic() - began < 20  # the jobs take a minute
    assert "3 running" in err
    fal_clock.skip(60)
    again = run("batch", "b.txt", "--output", "out/{line}.png", "--json")
    assert (again.code, again.json["counts"]["done"], len(fal.submissions)) == (0, 4, 4)


@pytest.mark.slow
def test_the_second_ctrl_c_cancels_the_jobs_with_on_interrupt_cancel(run: Runner, fal: Sandbox) -> None:
    write(*(f"fox {number} [fault:slow-600]" for number in range(4)))
    process = start("--concurrency", "3", "--on-interrupt", "cancel", "--direct")  # what is direct can't be canceled
    wait_until(lambda: streams(fal) == 3)
    process.send_signal(signal.SIGINT)
    told = read_until(process, "press Ctrl-C again")
    process.send_signal(signal.SIGINT)
    code, err = ended(process, told)
    assert (code, err.count("fal has canceled the job"), len(fal.submissions)) == (130, 3, 3)
    assert "press Ctrl-C again to cancel them" in err
    assert sorted(task["status"] for task in tasks_of(run)) == ["cancelled"] * 3


@pytest.mark.slow
def test_a_third_ctrl_c_leaves_submissions_without_an_answer_and_says_so(run: Runner, fal: Sandbox) -> None:
    write(*(f"fox {number} [fault:submit-stall]" for number in range(3)))
    process = start("--concurrency", "3")
    wait_until(lambda: len(fal.submissions) == 3)
    process.send_signal(signal.SIGINT)
    told = read_until(process, "press Ctrl-C again")
    process.send_signal(signal.SIGINT)
    told += read_until(process, "Press Ctrl-C again to leave now")
    process.send_signal(signal.SIGINT)
    began = time.monotonic()
    code, err = ended(process, told)
    assert time.monotonic() - began < 10  # the answers would be waited for for a quarter of a minute
    assert "Press Ctrl-C again to leave now" in err
    assert (code, "0 of 3 lines done, 3 unknown." in err) == (130, True), err


@pytest.mark.slow
def test_two_processes_with_the_same_file_make_each_line_once(run: Runner, fal: Sandbox) -> None:
    write(*(f"fox {number}" for number in range(12)))
    processes = [start("--concurrency", "4") for _ in range(3)]
    assert [ended(process)[0] for process in processes] == [0, 0, 0]
    assert prompts_of(fal) == sorted(f"fox {number}" for number in range(12))
    assert len(saved_files()) == 12


@pytest.mark.soak
def test_a_batch_that_is_killed_again_and_again_pays_each_line_once(
    run: Runner, monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]
) -> None:
    """A kill between the journal and fal's answer leaves a line unknown: fal's history then says what became of it."""
    monkeypatch.setenv("FAL_KEY", "0" * 20 + ":" + "1" * 20)
    # What never reached fal is never found; what did is listed within two seconds at this speed.
    monkeypatch.setattr("openclaw_fal.actions.recovery.SEARCH_TIME_S", 10.0)
    with Sandbox(speed=4) as fal:
        monkeypatch.setenv("OPENCLAW_FAL_BASE_URL", fal.url)
        unknown = kill_until_done(run, fal, LINES, KILLS)
        record_property("fault", [f"batch killed {KILLS} times", len(fal.submissions), "-9", f"{unknown} unknown"])


def kill_until_done(run: Runner, fal: Sandbox, lines: int, kills: int) -> int:
    """Kill a batch at random moments until it has been killed often enough, then end it; return the lost lines."""
    chance = random.Random(SEED)
    write(*(f"fox {number} [fault:slow-{number % 4 + 4}]" for number in range(lines)))
    deadline = time.monotonic() + KILL_TIME_S
    for _ in range(kills):
        process = start("--concurrency", "8")
        try:
            process.wait(chance.uniform(0.5, 2.5))
        except subprocess.TimeoutExpired:
            process.kill()
        process.communicate()
        check_status(run, fal)
    counts: dict[str, int] = {"done": 0, "unknown": 0}
    while time.monotonic() < deadline:
        last = run("batch", "b.txt", "--output", "out/{line}.png", "--json", "--timeout-ms", "60000")
        counts = last.json["counts"]
        if counts["done"] + counts["unknown"] == lines:
            break
    assert counts["done"] + counts["unknown"] == lines, counts
    assert len(set(prompts_of(fal))) == len(fal.submissions)
    assert len(saved_files()) == counts["done"]
    assert len(fal.submissions) >= counts["done"]
    return int(counts["unknown"])


def check_status(run: Runner, fal: Sandbox) -> None:
    """Compare what `batch status` says with what fal and the disk have."""
    told = json.loads(run("batch", "status", "b.txt", "--json").out)
    states: dict[str, list[dict[str, Any]]] = {}
    for job in told["jobs"]:
        states.setdefault(job["state"], []).append(job)
    paid = set(prompts_of(fal))
    assert not {job["prompt"] for job in states.get("missing", [])} & paid
    for state in ("done", "running", "incomplete"):
        assert {job["prompt"] for job in states.get(state, [])} <= paid
    for job in states.get("done", []):
        assert Path(job["outputs"][0]["path"]).stat().st_size == job["outputs"][0]["size"]
