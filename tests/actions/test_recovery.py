"""Requests whose answer never came: fal's history finds them, no two are mixed up, and nothing is paid twice."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from openclaw_fal.core.tasks import InputMark
from openclaw_fal.fal.clock import Clock
from openclaw_fal.runtime import Runtime
from tests.conftest import KEY, PNG, quick_sleep
from tests.faults.outcomes import saved_files, tasks_of, wait_until

if TYPE_CHECKING:
    from openclaw_fal.sandbox import Sandbox
    from tests.conftest import FalClock, Run, Runner, Server

pytestmark = pytest.mark.usefixtures("folder", "impatient")

LOST, NEVER_SENT = "[fault:submit-drop-after]", "[fault:submit-drop-before]"
IMAGE, VIDEO = "fal-ai/flux/dev", "fal-ai/minimax/video-01-live"


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look for a lost request for seconds at most; pauses take a tenth of that."""
    monkeypatch.setattr("openclaw_fal.actions.recovery.SEARCH_TIME_S", 20.0)


@pytest.fixture
def looking_once(impatient: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("openclaw_fal.actions.recovery.SEARCH_TIME_S", 0.0)


@pytest.fixture
def listed_by_now(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every request be older than fal would surely list it."""
    for name in ("LISTING_LAG_S", "QUEUE_WAIT_S"):
        monkeypatch.setattr(f"openclaw_fal.actions.recovery.{name}", -1e6)


def generate(run: Runner, kind: str, prompt: str, *more: str) -> Run:
    return run(kind, "generate", "--prompt", prompt, "--output", "out/", *more, "--json")


def ids(fal: Sandbox) -> list[str]:
    return [submission.request_id for submission in fal.submissions]


# --- found ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["image", "video"])
@pytest.mark.parametrize("more", [(), ("--count", "2", "--queue")], ids=["plain", "queue"])
def test_the_same_command_finds_the_request_and_fetches_its_files(
    run: Runner, fal: Sandbox, kind: str, more: tuple[str, ...]
) -> None:
    if kind == "video" and more:
        return
    ran = generate(run, kind, f"x {LOST}", *more)
    assert ran.code == 0, ran.err
    assert "because its answer never arrived" in ran.err
    assert ids(fal) == [ran.json["requestId"]]
    assert len(saved_files()) == (2 if more else 1)
    assert tasks_of(run)[0]["status"] == "succeeded"


@pytest.mark.parametrize("kind", ["image", "video"])
def test_a_detached_request_is_found_too(run: Runner, fal: Sandbox, kind: str) -> None:
    left = generate(run, kind, f"x {LOST}", "--detach")
    assert left.code == 0, left.err
    assert left.json["requestId"] == ids(fal)[0]
    assert run("tasks", "wait", left.json["taskId"]).code == 0


def test_an_image_over_its_time_limit_is_fetched_by_the_next_wait(
    run: Runner, fal: Sandbox, fal_clock: FalClock
) -> None:
    ran = generate(run, "image", "x [fault:slow-600]", "--timeout-ms", "2000")
    assert (ran.code, ran.json["error"]["code"]) == (8, "submit_unknown")
    fal_clock.skip(60)
    named = re.search(r"openclaw-fal (tasks wait \S+)", ran.err)
    assert named
    waited = run(*named[1].split(), "--json")
    assert waited.code == 0, waited.err
    assert (len(fal.submissions), len(saved_files())) == (1, 1)


def test_an_image_that_never_ends_is_still_running_at_the_next_time_limit(run: Runner, fal: Sandbox) -> None:
    ran = generate(run, "image", "x [fault:never]", "--timeout-ms", "2000")
    waited = run("tasks", "wait", ran.json["error"]["taskId"], "--timeout-ms", "4000", "--json")
    assert (waited.code, waited.json["error"]["code"]) == (9, "still_running")
    (task,) = tasks_of(run)
    assert (task["status"], task["requestId"]) == ("running", ids(fal)[0])


def test_a_request_that_is_listed_late_is_waited_for(run: Runner, fal: Sandbox) -> None:
    ran = generate(run, "image", f"x {LOST} [fault:history-late-3]")
    assert ran.code == 0, ran.err
    assert "not in fal's history so far" in ran.err
    assert len(fal.submissions) == 1


@pytest.mark.usefixtures("looking_once")
def test_a_request_that_is_listed_much_later_is_found_by_the_next_wait(
    run: Runner, fal: Sandbox, fal_clock: FalClock
) -> None:
    ran = generate(run, "video", f"x {LOST} [fault:history-late-100]")
    assert (ran.code, ran.json["error"]["code"]) == (8, "submit_unknown")
    assert "not in fal's history so far" in ran.json["error"]["message"]
    fal_clock.skip(100)
    waited = run("tasks", "wait", ran.json["error"]["taskId"], "--json")
    assert waited.code == 0, waited.err
    assert (len(fal.submissions), len(saved_files())) == (1, 1)


@pytest.mark.usefixtures("looking_once")
def test_reuse_takes_up_a_request_whose_answer_never_came(run: Runner, fal: Sandbox, fal_clock: FalClock) -> None:
    prompt = f"x {LOST} [fault:history-late-100]"
    assert generate(run, "image", prompt).code == 8
    assert generate(run, "image", prompt, "--reuse").code == 8
    fal_clock.skip(100)
    again = generate(run, "image", prompt, "--reuse")
    assert again.code == 0, again.err
    assert (len(fal.submissions), len(saved_files())) == (1, 1)


@pytest.mark.parametrize("size", [0, 400_000], ids=["inline", "uploaded"])
def test_a_request_with_a_picture_is_found(run: Runner, fal: Sandbox, size: int) -> None:
    Path("photo.png").write_bytes(PNG + bytes(size))
    edit = ("image", "edit", "--file", "photo.png", "--output", "out/", "--json")
    ran = run(*edit, "--prompt", f"x {LOST}")
    assert ran.code == 0, ran.err
    assert len(fal.submissions) == len(saved_files()) == 1


def test_a_lost_request_that_fal_refused_is_reported_as_that(run: Runner, fal: Sandbox) -> None:
    ran = generate(run, "video", f"x {LOST} [fault:result-content-policy]")
    assert (ran.code, ran.json["error"]["code"]) == (5, "content_policy")
    assert len(fal.submissions) == 1


# --- never mixed up ------------------------------------------------------------------------------


@pytest.mark.usefixtures("looking_once")
@pytest.mark.parametrize("kind", ["image", "video"])
def test_two_lost_requests_that_are_equal_are_never_mixed_up(
    run: Runner, fal: Sandbox, fal_clock: FalClock, kind: str
) -> None:
    prompt = "x [fault:submit-drop-after*2] [fault:history-late-100]"
    tasks = [generate(run, kind, prompt).json["error"]["taskId"] for _ in range(2)]
    assert len(fal.submissions) == 2
    fal_clock.skip(100)
    for task in tasks:
        waited = run("tasks", "wait", task, "--json")
        assert (waited.code, waited.json["error"]["code"]) == (8, "submit_unknown")
        assert all(request_id in waited.err for request_id in ids(fal))
        for request_id in ids(fal):
            assert f"openclaw-fal tasks adopt {request_id} --task {task}" in waited.err
    assert saved_files() == []
    for task, request_id in zip(tasks, ids(fal), strict=True):
        adopted = run("tasks", "adopt", request_id, "--task", task, "--json")
        assert adopted.code == 0, adopted.err
        assert (adopted.json["taskId"], adopted.json["requestId"]) == (task, request_id)
    assert (len(fal.submissions), len(saved_files())) == (2, 2)


@pytest.mark.usefixtures("looking_once")
def test_one_request_that_may_belong_to_two_tasks_is_given_to_neither(
    run: Runner, fal: Sandbox, fal_clock: FalClock
) -> None:
    prompt = "x [fault:submit-drop-before] [fault:submit-drop-after] [fault:history-late-100]"
    tasks = [generate(run, "image", prompt).json["error"]["taskId"] for _ in range(2)]
    assert len(fal.submissions) == 1
    fal_clock.skip(100)
    for task in tasks:
        waited = run("tasks", "wait", task, "--json")
        assert waited.code == 8
        assert "may also belong to another task" in waited.err
    assert saved_files() == []


@pytest.mark.usefixtures("looking_once")
def test_a_request_that_another_task_has_is_not_taken(run: Runner, fal: Sandbox, fal_clock: FalClock) -> None:
    prompt = f"x {LOST} [fault:history-late-100]"
    lost = generate(run, "image", prompt).json["error"]["taskId"]
    answered = generate(run, "image", prompt).json
    fal_clock.skip(100)
    waited = run("tasks", "wait", lost, "--json")
    assert waited.code == 0, waited.err
    assert [waited.json["requestId"], answered["requestId"]] == ids(fal)


@pytest.mark.usefixtures("looking_once")
def test_equal_requests_of_other_machines_are_named_and_not_guessed(
    run: Runner, fal: Sandbox, fal_clock: FalClock, tmp_path: Path
) -> None:
    prompt = f"x {LOST} [fault:history-late-100]"
    lost = generate(run, "image", prompt).json["error"]["taskId"]
    run("image", "generate", "--prompt", prompt, env={"OPENCLAW_STATE_DIR": str(tmp_path / "other")})
    fal_clock.skip(100)
    waited = run("tasks", "wait", lost, "--json")
    assert waited.code == 8
    assert all(request_id in waited.err for request_id in ids(fal))


def test_another_input_is_another_request(run: Runner, fal: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("openclaw_fal.actions.recovery.SEARCH_TIME_S", 0.0)
    generate(run, "image", "x [fault:submit-drop-before*9]", "--seed", "2")
    (task,) = tasks_of(run)
    run("image", "generate", "--prompt", "x [fault:submit-drop-before*9]", "--no-validate")
    httpx.post(f"{fal.url}/{IMAGE}", json={"prompt": "x"}, headers={"authorization": f"Key {KEY}"})
    assert len(fal.submissions) == 1
    assert run("tasks", "wait", task["taskId"]).code == 8


@pytest.mark.parametrize(
    ("listed", "is_same"),
    [
        ({"prompt": "a", "n": 1, "pictures": ["data:image/png;base64,AA"]}, True),
        ({"pictures": ["https://v3.fal.media/files/x"], "n": 1.0, "prompt": "a", "seed": None}, True),
        ({"prompt": "a", "n": 1, "pictures": ["https://x/1", "https://x/2"]}, False),
        ({"prompt": "a", "n": 1, "pictures": ["https://x/1"], "seed": 5}, False),
        ({"prompt": "b", "n": 1, "pictures": ["https://x/1"]}, False),
        ({"prompt": "a", "n": True, "pictures": ["https://x/1"]}, False),
        (None, False),
        ("a", False),
    ],
)
def test_inputs_are_equal_but_for_media_inside_the_request(listed: Any, is_same: bool) -> None:
    mark = InputMark.of({"prompt": "a", "n": 1, "pictures": ["data:image/png;base64,AA"]})
    assert mark.matches(listed) is is_same


# --- not found -----------------------------------------------------------------------------------


@pytest.mark.usefixtures("looking_once")
@pytest.mark.parametrize("kind", ["image", "video"])
def test_nothing_is_said_for_sure_before_fal_would_list_it(run: Runner, fal: Sandbox, kind: str) -> None:
    ran = generate(run, kind, f"x {NEVER_SENT}")
    waited = run("tasks", "wait", ran.json["error"]["taskId"], "--json")
    assert (waited.code, waited.json["error"]["code"]) == (8, "submit_unknown")
    assert "https://fal.ai/dashboard/requests" in waited.err
    assert tasks_of(run)[0]["status"] == "unknown"
    assert fal.submissions == []


@pytest.mark.usefixtures("looking_once")
@pytest.mark.parametrize("kind", ["image", "video"])
def test_what_fal_would_surely_list_was_not_submitted(
    run: Runner, fal: Sandbox, kind: str, request: pytest.FixtureRequest
) -> None:
    ran = generate(run, kind, f"x {NEVER_SENT}")
    assert ran.code == 8
    request.getfixturevalue("listed_by_now")
    for _ in range(2):
        waited = run("tasks", "wait", ran.json["error"]["taskId"], "--json")
        assert (waited.code, waited.json["error"]["code"]) == (7, "never_submitted")
        assert "fal has no such request: nothing was submitted" in waited.err
        assert tasks_of(run)[0]["status"] == "failed"
    assert fal.submissions == []


@pytest.mark.usefixtures("looking_once")
def test_a_clock_that_was_wrong_does_not_make_a_request_vanish(
    run: Runner, fal: Sandbox, request: pytest.FixtureRequest
) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Runtime, "clock", Clock(lambda: time.time() + 3600, time.monotonic, quick_sleep))
        ran = generate(run, "image", f"x {LOST}")
    assert ran.code == 8
    request.getfixturevalue("listed_by_now")
    waited = run("tasks", "wait", ran.json["error"]["taskId"], "--json")
    assert (waited.code, waited.json["error"]["code"]) == (8, "submit_unknown")
    assert f"tasks adopt {ids(fal)[0]}" in waited.err
    assert "nothing was submitted" not in waited.err
    assert tasks_of(run)[0]["status"] == "unknown"


@pytest.mark.usefixtures("looking_once", "listed_by_now")
def test_even_then_a_request_that_turns_up_is_taken(run: Runner, fal: Sandbox, fal_clock: FalClock) -> None:
    ran = generate(run, "video", f"x {LOST} [fault:history-late-100]")
    assert (ran.code, ran.json["error"]["code"]) == (7, "never_submitted")
    fal_clock.skip(100)
    waited = run("tasks", "wait", ran.json["error"]["taskId"], "--json")
    assert waited.code == 0, waited.err
    assert (tasks_of(run)[0]["status"], len(fal.submissions)) == ("succeeded", 1)


@pytest.mark.usefixtures("looking_once", "listed_by_now")
@pytest.mark.parametrize("fault", ["history-401", "history-500*9", "history-garbage*9", "history-bare"])
def test_a_history_that_can_not_be_read_changes_nothing(run: Runner, fal: Sandbox, fault: str) -> None:
    ran = generate(run, "image", f"x {LOST} [fault:{fault}]")
    assert (ran.code, ran.json["error"]["code"]) == (8, "submit_unknown")
    assert tasks_of(run)[0]["status"] == "unknown"
    assert len(fal.submissions) == 1


def test_a_server_without_a_history_is_asked_once(run: Runner, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENCLAW_FAL_BASE_URL", server.url)
    monkeypatch.setenv("FAL_KEY", KEY)
    server.answer(b"", (404, b"<html>no such page</html>", {"content-type": "text/html"}))
    ran = generate(run, "image", "x", "--timeout-ms", "20000")
    assert (ran.code, ran.json["error"]["code"]) == (8, "submit_unknown")
    assert len(server.requests) == 2


@pytest.mark.usefixtures("looking_once")
def test_a_request_that_is_looked_for_costs_no_second_submission(run: Runner, fal: Sandbox) -> None:
    ran = generate(run, "image", f"x {LOST} [fault:history-empty]")
    for _ in range(3):
        assert run("tasks", "wait", ran.json["error"]["taskId"]).code == 8
    assert sum(seen.method == "POST" for seen in fal.requests) == 1


# --- requests of other machines ------------------------------------------------------------------


def elsewhere(run: Runner, tmp_path: Path, kind: str) -> str:
    """Submit a request from another machine and return its id."""
    left = run(
        kind,
        "generate",
        "--prompt",
        "a fox",
        "--json",
        *(["--detach"] if kind == "video" else []),
        env={"OPENCLAW_STATE_DIR": str(tmp_path / "other")},
    )
    return str(left.json["requestId"])


@pytest.mark.parametrize(("kind", "model"), [("image", IMAGE), ("video", VIDEO)])
@pytest.mark.parametrize("verb", ["adopt", "wait"])
def test_a_request_of_another_machine_is_taken_up(
    run: Runner, fal: Sandbox, tmp_path: Path, kind: str, model: str, verb: str
) -> None:
    request_id = elsewhere(run, tmp_path, kind)
    wait_until(lambda: fal.ends_at(request_id) < time.time())
    taken = run("tasks", verb, request_id, "--model", f"fal/{model}", "--output", "out/", "--json")
    assert taken.code == 0, taken.err
    assert (taken.json["requestId"], taken.json["capability"]) == (request_id, f"{kind}.generate")
    assert (len(fal.submissions), len(saved_files())) == (1, 1)
    (task,) = tasks_of(run)
    assert (task["status"], task["request"]["prompt"]) == ("succeeded", "a fox")
    again = run("tasks", "adopt", request_id, "--model", model, "--json")
    assert (again.code, len(tasks_of(run))) == (0, 1)


def test_a_request_that_fal_does_not_know_is_not_taken_up(run: Runner, fal: Sandbox) -> None:
    unknown = "00000000-0000-4000-8000-000000000000"
    ran = run("tasks", "adopt", unknown, "--model", IMAGE, "--json")
    assert (ran.code, ran.json["error"]["code"]) == (1, "request_not_found")
    assert run("tasks", "adopt", unknown).code == 2
    assert run("tasks", "wait", unknown).code == 1
    assert tasks_of(run) == []
    assert fal.submissions == []
