"""`kill -9`, Ctrl-C and SIGTERM at named points: no paid job is lost or submitted twice, no file is incomplete."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from tests.conftest import PNG, FalClock
from tests.faults.outcomes import saved_files, tasks_of, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from openclaw_fal.sandbox import Sandbox
    from tests.conftest import Runner

pytestmark = pytest.mark.slow

SIGNAL_POINTS = Path(__file__).with_name("signal_points.py")
WAIT_S = 100.0
VIDEO = ("video", "generate", "--prompt", "x [fault:big-2] [fault:slow-5]", "--output", "out/", "--json")
IMAGE = ("image", "generate", "--prompt", "x [fault:big-2]", "--output", "out/", "--json")


@pytest.fixture
def fal_clock() -> FalClock:
    """Each job is seen running, however busy the machine is."""
    return FalClock(step_s=0.02)


class Ended(NamedTuple):
    code: int
    out: str
    err: str


class After(NamedTuple):
    """What `kill -9` leaves: accepted submissions, the task's status, what `tasks wait` comes to."""

    submissions: int
    status: str | None
    waited: int | None = 0


VIDEO_POINTS = {
    "before-the-row": After(0, None, None),
    "inside-the-row": After(0, None, None),
    "after-the-row": After(0, "unknown", 8),
    "request-sent": After(1, "unknown"),
    "answer-received": After(1, "unknown"),
    "inside-the-id": After(1, "unknown"),
    "id-written": After(1, "queued"),
    "first-status": After(1, "queued"),
    "running": After(1, "queued"),
    "running-written": After(1, "running"),
    "completed": After(1, "running"),
    "result-received": After(1, "running"),
    "result-written": After(1, "succeeded"),
    "first-bytes": After(1, "succeeded"),
    "mid-download": After(1, "succeeded"),
    "downloaded": After(1, "succeeded"),
    "named": After(1, "succeeded"),
    "committed": After(1, "succeeded"),
    "delivered": After(1, "succeeded"),
    "before-printing": After(1, "succeeded"),
}
# The synchronous endpoint answers with the result itself: a request id never comes alone.
IMAGE_POINTS = {
    "before-the-row": After(0, None, None),
    "after-the-row": After(0, "unknown", 8),
    "request-sent": After(1, "unknown"),
    "answer-received": After(1, "unknown"),
    "id-written": After(1, "succeeded"),
    "mid-download": After(1, "succeeded"),
    "downloaded": After(1, "succeeded"),
    "named": After(1, "succeeded"),
    "committed": After(1, "succeeded"),
    "before-printing": After(1, "succeeded"),
}


def struck(*strikes: str, command: tuple[str, ...] = VIDEO, shell: str = 'exec "$@"') -> Ended:
    """Run the program in a process of its own and have it struck."""
    arguments = ["sh", "-c", shell, "sh", sys.executable, str(SIGNAL_POINTS), *strikes, "--", *command]
    child = subprocess.run(arguments, env=dict(os.environ), capture_output=True, timeout=WAIT_S, check=False)
    return Ended(child.returncode, child.stdout.decode(), child.stderr.decode())


def until_read(fal: Sandbox, submissions: int) -> None:
    """Wait for the server to read what was sent: the program may end before."""
    wait_until(lambda: len(fal.submissions) >= submissions)


def is_whole(fal: Sandbox, path: Path, tasks: list[dict[str, Any]]) -> bool:
    """Whether a file is byte for byte what fal has of the one task."""
    return path.read_bytes() == fal.content(tasks[0]["outputs"][0]["url"])


@pytest.mark.parametrize(
    ("command", "point"),
    [(VIDEO, point) for point in VIDEO_POINTS] + [(IMAGE, point) for point in IMAGE_POINTS],
    ids=[f"video-{point}" for point in VIDEO_POINTS] + [f"image-{point}" for point in IMAGE_POINTS],
)
def test_kill_9_loses_no_task_and_submits_nothing_twice(
    run: Runner,
    fal: Sandbox,
    command: tuple[str, ...],
    point: str,
    record_property: Callable[[str, object], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    after = (VIDEO_POINTS if command is VIDEO else IMAGE_POINTS)[point]
    killed = struck(f"{point}=KILL", command=command)
    assert killed.code == -9, killed.err
    until_read(fal, after.submissions)
    tasks = tasks_of(run)
    kept = f"{len(saved_files())} files; task {tasks[0]['status'] if tasks else 'none'}"
    record_property("fault", [f"kill -9 {command[0]} {point}", len(fal.submissions), "-9", kept])

    assert [task["status"] for task in tasks] == ([after.status] if after.status else [])
    assert len(fal.submissions) == after.submissions
    assert all(is_whole(fal, path, tasks) for path in saved_files())
    if after.status is None:
        return

    if after.waited:
        monkeypatch.setattr("openclaw_fal.actions.recovery.SEARCH_TIME_S", 0.0)
    waited = run("tasks", "wait", tasks[0]["taskId"], "--json")
    assert waited.code == after.waited, waited.err
    assert len(fal.submissions) == after.submissions
    if waited.code:
        assert "https://fal.ai/dashboard/requests" in waited.err
        assert saved_files() == []
        return
    (path,) = saved_files()
    assert is_whole(fal, path, tasks_of(run))
    assert waited.json["outputs"][0]["path"] == str(path.absolute())
    assert sorted(Path("out").iterdir()) == [path]  # nothing half done is left lying about
    assert tasks_of(run)[0]["outputs"][0]["path"] == str(path.absolute())


@pytest.mark.parametrize("transport", [(), ("--queue",)], ids=["sync", "queue"])
def test_images_inside_an_answer_are_kept_until_they_are_saved(
    run: Runner, fal: Sandbox, home: Path, transport: tuple[str, ...]
) -> None:
    inside = ("image", "generate", "--prompt", "x [fault:shape-data-uri]", "--count", "2", "--output", "out/", "--json")
    killed = struck("downloaded=KILL", command=(*inside, *transport))
    assert killed.code == -9
    (task,) = tasks_of(run)
    waited = run("tasks", "wait", task["taskId"], "--json")
    assert waited.code == 0, waited.err
    assert len(fal.submissions) == 1
    assert len(saved_files()) == 2
    assert list(home.rglob("fal-answers/*")) == []  # kept until then


def test_at_least_twelve_points_are_named() -> None:
    assert len(VIDEO_POINTS) >= 12


def test_the_same_request_after_a_kill_warns_of_the_task_that_may_be_billed(run: Runner, fal: Sandbox) -> None:
    struck("answer-received=KILL")
    (lost,) = tasks_of(run)
    again = run(*VIDEO)
    assert again.code == 0
    assert f"The task {lost['taskId']} is the same request and is unknown" in again.err
    assert f"openclaw-fal tasks show {lost['taskId']}" in again.err


def test_reuse_follows_a_task_whose_process_was_killed(run: Runner, fal: Sandbox) -> None:
    struck("id-written=KILL")
    (kept,) = tasks_of(run)
    again = run(*VIDEO, "--reuse")
    assert (again.code, len(fal.submissions)) == (0, 1)
    assert again.json["taskId"] == kept["taskId"]


# --- Ctrl-C and SIGTERM --------------------------------------------------------------------------

NOTHING, SHOW, WAIT = "Nothing was submitted", "tasks show", "tasks wait"


class Stop(NamedTuple):
    """How a signal ends it: what is said, accepted submissions, the task's status."""

    message: str
    submissions: int
    status: str | None


STOPS = {
    "before-the-row": Stop(NOTHING, 0, "failed"),
    "after-the-row": Stop(NOTHING, 0, "failed"),
    "request-sent": Stop(WAIT, 1, "queued"),  # the few moments of the submission end first
    "answer-received": Stop(WAIT, 1, "queued"),
    "id-written": Stop(WAIT, 1, "queued"),
    "first-status": Stop(WAIT, 1, "queued"),
    "running-written": Stop(WAIT, 1, "running"),
    "completed": Stop(WAIT, 1, "running"),
    "result-written": Stop(WAIT, 1, "succeeded"),
    "mid-download": Stop(WAIT, 1, "succeeded"),
    "downloaded": Stop(WAIT, 1, "succeeded"),
    "committed": Stop(WAIT, 1, "succeeded"),
    "delivered": Stop(SHOW, 1, "succeeded"),
}


@pytest.mark.parametrize("point", STOPS)
@pytest.mark.parametrize(("name", "code"), [("INT", 130), ("TERM", 143)])
def test_a_signal_keeps_the_task_and_the_error_names_the_next_command(
    run: Runner, fal: Sandbox, point: str, name: str, code: int, record_property: Callable[[str, object], None]
) -> None:
    stop = STOPS[point]
    ended = struck(f"{point}={name}")
    tasks = tasks_of(run)
    kept = f"{len(saved_files())} files; task {tasks[0]['status'] if tasks else 'none'}"
    record_property("fault", [f"SIG{name} video {point}", len(fal.submissions), ended.code, kept])
    check_stop(run, fal, ended, stop, code)


def check_stop(run: Runner, fal: Sandbox, ended: Ended, stop: Stop, code: int) -> None:
    until_read(fal, stop.submissions)
    tasks = tasks_of(run)
    assert ended.code == code, ended.err
    assert "Traceback" not in ended.err
    assert [task["status"] for task in tasks] == ([stop.status] if stop.status else [])
    assert len(fal.submissions) == stop.submissions
    assert json.loads(ended.out)["error"]["code"] == "interrupted"
    assert stop.message in ended.err
    if stop.message is NOTHING:
        return
    (line,) = (line for line in ended.err.splitlines() if stop.message in line)
    named = re.search(r"openclaw-fal (tasks (?:wait|show) \S+)", line)
    assert named
    assert named[1].split()[-1] == tasks[0]["taskId"]
    if stop.message is WAIT and not tasks[0]["finishedAt"]:
        assert "openclaw-fal tasks cancel" in ended.err
    resumed = run(*named[1].split())
    assert resumed.code == 0, resumed.err
    assert len(fal.submissions) == stop.submissions
    if stop.message is WAIT:
        (path,) = saved_files()
        assert is_whole(fal, path, tasks_of(run))


@pytest.mark.parametrize(
    ("strikes", "stop"),
    [
        # The first one is held while the request is under way; the second one does not wait.
        (["request-sent=INT,INT"], Stop(SHOW, 1, "unknown")),
        (["request-sent=TERM,INT"], Stop(SHOW, 1, "unknown")),
        (["running-written=INT", "reporting=INT"], Stop(WAIT, 1, "running")),
        (["mid-download=INT", "reporting=TERM"], Stop(WAIT, 1, "succeeded")),
    ],
    ids=["sending", "sending-other", "waiting", "downloading"],
)
def test_a_second_signal_does_not_shorten_the_report(run: Runner, fal: Sandbox, strikes: list[str], stop: Stop) -> None:
    # The last one to count names the status.
    check_stop(run, fal, struck(*strikes), stop, 143 if strikes[-1].endswith("TERM") else 130)


def test_an_image_that_is_interrupted_while_it_is_sent_is_reported_as_unknown(run: Runner, fal: Sandbox) -> None:
    ended = struck("request-sent=INT", command=IMAGE)
    check_stop(run, fal, ended, Stop(SHOW, 1, "unknown"), 130)
    assert "may or may not have accepted" in ended.err


@pytest.mark.parametrize("command", [VIDEO, IMAGE], ids=["video", "image"])
@pytest.mark.parametrize("strike", ["answer-received=INT", "answer-received=INT,INT", "inside-the-id=INT,INT"])
def test_the_answer_of_fal_is_recorded_despite_signals(
    run: Runner, fal: Sandbox, strike: str, command: tuple[str, ...]
) -> None:
    status = "queued" if command is VIDEO else "succeeded"
    check_stop(run, fal, struck(strike, command=command), Stop(WAIT, 1, status), 130)
    assert tasks_of(run)[0]["requestId"] == fal.submissions[0].request_id


@pytest.mark.parametrize("command", [("video", "generate"), ("image", "generate", "--queue")], ids=["late", "at once"])
def test_a_signal_does_not_hide_that_a_submission_is_unknown(
    run: Runner, fal: Sandbox, command: tuple[str, ...]
) -> None:
    """It ends the search for the request, also where the first look would find it."""
    ended = struck("request-sent=INT", command=(*command, "--prompt", "x [fault:submit-drop-after]", "--json"))
    assert (ended.code, json.loads(ended.out)["error"]["code"]) == (130, "interrupted")
    assert "may or may not have accepted" in ended.err
    (task,) = tasks_of(run)
    assert f"openclaw-fal tasks wait {task['taskId']}" in ended.err
    assert (task["status"], len(fal.submissions)) == ("unknown", 1)
    assert run("tasks", "wait", task["taskId"]).code == 0
    assert len(fal.submissions) == 1


def test_a_signal_after_the_answer_does_not_change_it(run: Runner, fal: Sandbox) -> None:
    ended = struck("closing=INT", command=IMAGE)
    assert (ended.code, json.loads(ended.out)["ok"]) == (0, True)
    assert len(fal.submissions) == len(saved_files()) == 1


def test_a_signal_between_two_tries_submits_nothing(run: Runner, fal: Sandbox) -> None:
    command = ("video", "generate", "--prompt", "x [fault:submit-429*3]", "--json")
    ended = struck("pausing-before-another-try=INT", command=command)
    check_stop(run, fal, ended, Stop(NOTHING, 0, "failed"), 130)


def test_a_signal_during_an_upload_submits_nothing(run: Runner, fal: Sandbox) -> None:
    Path("photo.png").write_bytes(PNG + b"\0" * 400_000)  # data after its end, large enough to be uploaded
    command = ("image", "edit", "--file", "photo.png", "--prompt", "x", "--json")
    check_stop(run, fal, struck("uploading=INT", command=command), Stop(NOTHING, 0, None), 130)


@pytest.mark.parametrize(("name", "code"), [("INT", 130), ("TERM", 143)])
def test_a_signal_cancels_with_on_interrupt_cancel(run: Runner, fal: Sandbox, name: str, code: int) -> None:
    ended = struck(f"running-written={name}", command=(*VIDEO, "--on-interrupt", "cancel"))
    assert ended.code == code
    assert "fal has canceled the job" in ended.err
    assert tasks_of(run)[0]["status"] == "cancelled"
    assert len(fal.submissions) == 1


def test_a_signal_while_fal_is_asked_to_cancel_keeps_the_task(run: Runner, fal: Sandbox) -> None:
    slow = ("video", "generate", "--prompt", "x [fault:slow-20] [fault:cancel-stall]", "--output", "out/", "--json")
    ended = struck("running-written=INT", "cancelling=INT", command=(*slow, "--on-interrupt", "cancel"))
    check_stop(run, fal, ended, Stop(WAIT, 1, "running"), 130)


def test_a_refusal_to_cancel_is_reported(run: Runner, fal: Sandbox) -> None:
    late = ("video", "generate", "--prompt", "x [fault:slow-20] [fault:cancel-completed]", "--json")
    ended = struck("running-written=INT", command=(*late, "--on-interrupt", "cancel"))
    assert ended.code == 130
    assert "too late" in ended.err
    assert "openclaw-fal tasks wait" in ended.err


def test_an_image_that_may_have_to_be_canceled_goes_through_the_queue(run: Runner, fal: Sandbox) -> None:
    command = ("image", "generate", "--prompt", "x [fault:slow-600]", "--timeout-ms", "2000", "--json")
    ran = run(*command, "--on-interrupt", "cancel")
    assert (ran.code, tasks_of(run)[0]["status"]) == (9, "cancelled")
    assert "cancel" in ran.err
    assert run(*command).code == 8  # its result would have come with the answer only


def test_the_time_limit_cancels_with_on_interrupt_cancel(run: Runner, fal: Sandbox) -> None:
    ended = run(
        "video", "generate", "--prompt", "x [fault:never]", "--timeout-ms", "2000", "--on-interrupt", "cancel", "--json"
    )
    assert ended.code == 9
    assert "fal has canceled the job" in ended.err
    assert tasks_of(run)[0]["status"] == "cancelled"


def test_a_cancel_request_without_an_answer_ends_soon_after_the_time_limit(run: Runner, fal: Sandbox) -> None:
    late = ("--prompt", "x [fault:never] [fault:cancel-stall]", "--timeout-ms", "2000", "--on-interrupt", "cancel")
    began = time.monotonic()
    ended = run("video", "generate", *late, "--json")
    assert time.monotonic() - began < 2 + 10  # it takes two; without a limit, half a minute
    assert (ended.code, "no answer in time" in ended.err, "tasks cancel" in ended.err) == (9, True, True)


def test_the_time_limit_cancels_each_of_several_tasks(run: Runner, fal: Sandbox) -> None:
    submit = ("video", "generate", "--detach", "--json", "--prompt")
    ids = [run(*submit, f"{name} [fault:never]").json["taskId"] for name in ("one", "two")]
    ended = run("tasks", "wait", *ids, "--timeout-ms", "1000", "--on-interrupt", "cancel", "--json")
    assert ended.code == 9
    assert ended.err.count("fal has canceled the job") == 4  # as each ends, and in the errors of the command
    assert ["fal has canceled the job" in task["error"]["message"] for task in ended.json["tasks"]] == [True, True]
    assert [task["status"] for task in tasks_of(run)] == ["cancelled", "cancelled"]
    assert len(fal.submissions) == 2


def test_a_signal_while_the_time_limit_cancels_is_reported(run: Runner, fal: Sandbox) -> None:
    late = ("--prompt", "x [fault:never]", "--timeout-ms", "4000", "--on-interrupt", "cancel", "--json")
    ended = struck("cancelling=INT", command=("video", "generate", *late))
    assert (ended.code, json.loads(ended.out)["error"]["code"]) == (130, "interrupted")
    assert "fal has canceled the job" in ended.err  # it was asked once more
    assert tasks_of(run)[0]["status"] == "cancelled"
    assert len(fal.submissions) == 1


def test_a_closed_terminal_interrupts_like_ctrl_c(run: Runner, fal: Sandbox) -> None:
    check_stop(run, fal, struck("running-written=HUP"), Stop(WAIT, 1, "running"), 129)


@pytest.mark.parametrize("name", ["INT", "HUP"])
def test_a_signal_that_the_shell_has_ignored_stays_ignored(run: Runner, fal: Sandbox, name: str) -> None:
    ended = struck(f"running-written={name}", shell=f"trap '' {name}; exec \"$@\"")
    assert ended.code == 0, ended.err
    assert len(fal.submissions) == len(saved_files()) == 1


def test_after_a_signal_no_other_model_is_tried(run: Runner, fal: Sandbox, home: Path) -> None:
    models = {"primary": "fal/sandbox/fault/video-submit-404-app", "fallbacks": ["fal/fal-ai/minimax/video-01-live"]}
    config = home / ".config" / "openclaw-fal" / "openclaw.json"
    config.parent.mkdir(parents=True)
    config.write_text(json.dumps({"agents": {"defaults": {"videoGenerationModel": models}}}))
    ended = struck("submitting=INT")
    assert ended.code == 130, ended.err
    assert fal.submissions == []
    assert [task["status"] for task in tasks_of(run)] == ["failed"]
    # Without the signal the second model is tried.
    assert run(*VIDEO).code == 0
    assert len(fal.submissions) == 1
