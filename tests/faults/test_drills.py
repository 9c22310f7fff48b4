"""Sixteen faults that every client of fal meets: each ends with exactly one submission and a next step."""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.faults.outcomes import PNG, saved_files, tasks_of, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from openclaw_fal.sandbox import Sandbox
    from tests.conftest import FalClock, Runner

    Report = Callable[[str, int], None]

VIDEO = ("video", "generate", "--output", "out/", "--json", "--prompt")
IMAGE = ("image", "generate", "--output", "out/", "--json", "--prompt")
WAIT_S = 100.0
MP4 = b"ftyp"


@pytest.fixture
def report(fal: Sandbox, run: Runner, record_property: Callable[[str, object], None]) -> Report:
    """Put a drill into the table that ends the test run, and check what holds for all of them."""

    def tell(drill: str, code: int) -> None:
        tasks = run("tasks", "list", "--json").json["tasks"]
        statuses = ", ".join(task["status"] for task in tasks) or "none"
        record_property("fault", [f"drill: {drill}", len(fal.submissions), code, f"{files()}; tasks: {statuses}"])
        assert fal.violations == []

    return tell


def files() -> list[str]:
    """Name what stands under its final name."""
    return [path.name for path in saved_files()]


def next_command(message: str, verb: str) -> list[str]:
    """Return the command that a message names, as the user would type it."""
    named = re.search(rf"openclaw-fal (tasks {verb} \S+)", message)
    assert named, message
    return named[1].split()


def is_whole(answer: dict[str, Any], magic: bytes = MP4) -> bool:
    """Whether each file is there as the answer says."""
    outputs = answer["outputs"]
    contents = [Path(output["path"]).read_bytes() for output in outputs]
    assert [output["size"] for output in outputs] == [len(content) for content in contents]
    assert [output["sha256"] for output in outputs] == [hashlib.sha256(content).hexdigest() for content in contents]
    return bool(contents) and all(magic in content[:12] for content in contents)


def task_of(run: Runner) -> dict[str, Any]:
    (task,) = tasks_of(run)
    return task


def test_drill_01_one_502_on_a_poll(run: Runner, fal: Sandbox, report: Report) -> None:
    ran = run(*VIDEO, "x [fault:poll-502*2]")
    report("one 502 on a status poll", ran.code)
    assert ran.code == 0, ran.err
    assert "502" in ran.err
    assert len(fal.submissions) == 1
    assert is_whole(ran.json)


def test_drill_02_429_with_retry_after_on_a_poll(run: Runner, fal: Sandbox, report: Report) -> None:
    ran = run(*VIDEO, "x [fault:poll-429-after-3*2]")
    report("429 with Retry-After: 3 on a poll", ran.code)
    assert ran.code == 0, ran.err
    assert "trying again in 3.0s: HTTP 429" in ran.err
    assert len(fal.submissions) == 1
    assert is_whole(ran.json)


@pytest.mark.parametrize("command", [VIDEO, IMAGE], ids=["video", "image"])
def test_drill_03_accepted_and_then_the_connection_drops(
    run: Runner, fal: Sandbox, report: Report, command: tuple[str, ...]
) -> None:
    ran = run(*command, "x [fault:submit-drop-after]")
    report(f"accepted, then the connection dropped ({command[0]})", ran.code)
    assert (ran.code, task_of(run)["status"]) == (0, "succeeded"), ran.err
    assert len(fal.submissions) == 1
    assert "Searching fal's history" in ran.err
    assert ran.json["requestId"] == fal.submissions[0].request_id
    assert is_whole(ran.json, MP4 if command is VIDEO else PNG)


@pytest.mark.parametrize("command", [VIDEO, IMAGE], ids=["video", "image"])
def test_drill_03b_accepted_dropped_and_not_listed_by_fal(
    run: Runner, fal: Sandbox, report: Report, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.setattr("openclaw_fal.actions.recovery.SEARCH_TIME_S", 0.0)
    prompt = "x [fault:submit-drop-after] [fault:history-empty]"
    ran = run(*command, prompt)
    report(f"accepted, dropped, and not in fal's history ({command[0]})", ran.code)
    assert (ran.code, task_of(run)["status"]) == (8, "unknown")
    assert len(fal.submissions) == 1
    assert "may or may not have accepted" in ran.err
    assert "https://fal.ai/dashboard/requests" in ran.err
    shown = run(*next_command(ran.err, "show"))
    assert shown.code == 0
    assert "submit-drop-after" in shown.out  # what was sent
    # Whoever runs the same command again is warned; --reuse buys nothing.
    refused = run(*command, prompt, "--reuse")
    assert (refused.code, len(fal.submissions)) == (8, 1)
    again = run(*command, prompt)
    assert again.code == 0
    assert f"warning: The task {ran.json['error']['taskId']} is the same request" in again.err


def test_drill_03c_an_image_over_its_time_limit(run: Runner, fal: Sandbox, fal_clock: FalClock, report: Report) -> None:
    ran = run(*IMAGE, "x [fault:slow-600]", "--timeout-ms", "2000")
    report("image over its time limit", ran.code)
    assert (ran.code, ran.json["error"]["code"]) == (8, "submit_unknown")
    fal_clock.skip(60)
    waited = run(*next_command(ran.err, "wait"), "--json")
    assert waited.code == 0, waited.err
    assert len(fal.submissions) == 1
    assert is_whole(waited.json, PNG)


def test_drill_04_completed_with_an_error_text(run: Runner, fal: Sandbox, report: Report) -> None:
    ran = run(*VIDEO, "x [fault:completed-error]")
    report("COMPLETED with an error text", ran.code)
    assert (ran.code, task_of(run)["status"]) == (6, "failed")
    assert len(fal.submissions) == 1
    assert "Runner disconnected (runner_disconnected)" in ran.err
    shown = run(*next_command(ran.err, "show"))
    assert "Runner disconnected" in shown.out
    waited = run("tasks", "wait", ran.json["error"]["taskId"])
    assert (waited.code, len(fal.submissions)) == (6, 1)
    assert "Runner disconnected" in waited.err


def test_drill_05_a_content_policy_refusal(run: Runner, fal: Sandbox, report: Report) -> None:
    ran = run(*VIDEO, "x [fault:result-content-policy]")
    report("422 content policy", ran.code)
    assert (ran.code, ran.json["error"]["code"]) == (5, "content_policy")
    assert ran.json["error"]["httpStatus"] == 422
    assert len(fal.submissions) == 1
    assert "prompt: The content could not be processed" in ran.err
    assert "Change the prompt" in ran.err
    assert run(*VIDEO, "another prompt").code == 0


def test_drill_06_a_locked_account(run: Runner, fal: Sandbox, report: Report) -> None:
    ran = run(*VIDEO, "x [fault:submit-403-locked]")
    report("403 locked, no balance", ran.code)
    assert (ran.code, ran.json["error"]["code"]) == (4, "balance_exhausted")
    assert len(fal.submissions) == 0
    assert "User is locked. Reason: Exhausted balance." in ran.err
    assert "https://fal.ai/dashboard/billing" in ran.err


def test_drill_07_ctrl_c_while_running(run: Runner, fal: Sandbox, fal_clock: FalClock, report: Report) -> None:
    command = [sys.executable, "-m", "openclaw_fal", *VIDEO, "x [fault:slow-600]"]
    child = subprocess.Popen(command, env=dict(os.environ), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wait_until(lambda: any(seen.route == "stream" for seen in fal.requests))
    child.send_signal(signal.SIGINT)
    out, err = (stream.decode() for stream in child.communicate(timeout=WAIT_S))
    report("Ctrl-C while running", child.returncode)
    assert child.returncode == 130
    assert json.loads(out)["error"]["code"] == "interrupted"
    assert "Traceback" not in err
    wait, cancel = (line for line in err.splitlines() if "openclaw-fal tasks" in line)
    assert wait.startswith("  → Keep waiting: openclaw-fal tasks wait ")
    assert cancel.startswith("  → Cancel it: openclaw-fal tasks cancel ")
    fal_clock.skip(60)
    waited = run(*next_command(err, "wait"), "--json")
    assert waited.code == 0, waited.err
    assert len(fal.submissions) == 1
    assert is_whole(waited.json)


def test_drill_08_the_own_time_limit(run: Runner, fal: Sandbox, fal_clock: FalClock, report: Report) -> None:
    ran = run(*VIDEO, "x [fault:slow-600]", "--timeout-ms", "2000")
    report("own time limit hit", ran.code)
    assert (ran.code, ran.json["error"]["code"]) == (9, "still_running")
    assert "openclaw-fal tasks cancel" in ran.err
    fal_clock.skip(60)
    waited = run(*next_command(ran.err, "wait"), "--json")
    assert waited.code == 0, waited.err
    assert len(fal.submissions) == 1
    assert is_whole(waited.json)


def test_drill_09_one_of_two_images_fails_to_arrive(run: Runner, fal: Sandbox, report: Report) -> None:
    ran = run(*IMAGE, "x [fault:one-of-n-404-once]", "--count", "2")
    report("one of two images fails to download", ran.code)
    assert (ran.code, ran.json["error"]["code"]) == (10, "files_missing")
    good, bad = ran.json["outputs"]
    assert Path(good["path"]).read_bytes().startswith(PNG)
    assert "no longer has it" in bad["error"]
    assert bad["url"].startswith(fal.url)
    before = Path(good["path"]).stat().st_mtime_ns
    waited = run(*next_command(ran.err, "wait"), "--json")
    assert waited.code == 0, waited.err
    assert len(fal.submissions) == 1
    assert is_whole(waited.json, PNG)
    assert len(files()) == 2
    assert Path(good["path"]).stat().st_mtime_ns == before


@pytest.mark.parametrize("fault", ["download-cut", "download-cut*3", "download-cut-norange", "download-changed"])
def test_drill_10_a_download_that_is_cut_short(run: Runner, fal: Sandbox, report: Report, fault: str) -> None:
    ran = run(*IMAGE, f"x [fault:{fault}] [fault:big-1]")
    report(f"download cut short ({fault})", ran.code)
    assert ran.code == 0, ran.err
    assert len(fal.submissions) == 1
    assert is_whole(ran.json, PNG)
    assert len(files()) == 1
    resumed = any(seen.route == "download" and seen.status == 206 for seen in fal.requests)
    assert resumed == (fault in {"download-cut", "download-cut*3"})


def test_drill_11_an_image_of_20_mb(run: Runner, fal: Sandbox, report: Report) -> None:
    ran = run(*IMAGE, "x [fault:big-20]")
    report("20 MB image", ran.code)
    assert ran.code == 0, ran.err
    assert len(fal.submissions) == 1
    assert ran.json["outputs"][0]["size"] > 20 * 2**20
    assert is_whole(ran.json, PNG)


@pytest.mark.parametrize("shape", ["shape-strings", "shape-data-uri"])
@pytest.mark.parametrize("command", [VIDEO, IMAGE], ids=["video", "image"])
def test_drills_12_and_13_a_result_of_plain_urls_or_data_uris(
    run: Runner, fal: Sandbox, report: Report, command: tuple[str, ...], shape: str
) -> None:
    ran = run(*command, f"x [fault:{shape}]")
    report(f"result as {shape.removeprefix('shape-')} ({command[0]})", ran.code)
    assert ran.code == 0, ran.err
    assert len(fal.submissions) == 1
    assert is_whole(ran.json, MP4 if command is VIDEO else PNG)
    assert len(files()) == 1


@pytest.mark.parametrize("command", [VIDEO, IMAGE], ids=["video", "image"])
def test_drill_14_a_result_inside_a_private_network(
    run: Runner, fal: Sandbox, report: Report, command: tuple[str, ...]
) -> None:
    ran = run(*command, "x [fault:result-private-url]")
    report(f"result URL inside a private network ({command[0]})", ran.code)
    assert (ran.code, ran.json["error"]["code"]) == (10, "files_missing")
    assert len(fal.submissions) == 1
    assert files() == []
    assert ran.json["outputs"][0]["url"].startswith(fal.private_url)
    assert not any(seen.route == "download" for seen in fal.requests)
    waited = run(*next_command(ran.err, "wait"), "--json")
    assert (waited.code, len(fal.submissions)) == (10, 1)
    assert not any(seen.route == "download" for seen in fal.requests)


@pytest.mark.parametrize("number", range(10))
def test_drill_15_a_file_name_that_leads_elsewhere(run: Runner, fal: Sandbox, report: Report, number: int) -> None:
    before = set(Path.cwd().parent.rglob("*"))
    ran = run(*IMAGE, f"x [fault:result-evil-name-{number}]", "--output", "out/{name}.{ext}")
    report(f"evil file name {number}", ran.code)
    assert ran.code == 0, ran.err
    assert len(fal.submissions) == 1
    assert is_whole(ran.json, PNG)
    (name,) = files()
    assert name.isprintable()
    assert len(name) < 200
    made = {path for path in set(Path.cwd().parent.rglob("*")) - before if path.is_file()}
    assert {path.parent.name for path in made if path.suffix == ".png"} == {"out"}
    assert not Path("/etc/openclaw-evil.png").exists()


def test_drill_16_two_runs_at_once_into_one_folder(run: Runner, fal: Sandbox, report: Report) -> None:
    command = [sys.executable, "-m", "openclaw_fal", "image", "generate", "--prompt", "x", "--output", "out/fox.png"]
    children = [
        subprocess.Popen(command, env=dict(os.environ), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(3)
    ]
    ended = [child.communicate(timeout=WAIT_S) for child in children]
    codes = [child.returncode for child in children]
    # One that came late is refused before anything is sent; each of the others has a name of its own.
    assert set(codes) <= {0, 2}
    paid = codes.count(0)
    report("three runs at once, one file name", max(codes))
    assert len(fal.submissions) == paid == len(files())
    assert "fox.png" in files()
    named = {out.decode().splitlines()[-1] for (out, _), code in zip(ended, codes, strict=True) if code == 0}
    assert {Path(path).name for path in named} == set(files())
    assert all(Path("out", name).read_bytes().startswith(PNG) for name in files())
