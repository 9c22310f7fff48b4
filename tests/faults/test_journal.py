"""The task journal when it can't be written, when many start at once, and when a request is sent a second time."""

from __future__ import annotations

import base64
import errno
import json
import os
import re
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from openclaw_fal.fal import submission
from openclaw_fal.fal.client import FalClient
from openclaw_fal.fal.reply import Reply
from openclaw_fal.store.database import execute
from tests.conftest import PNG
from tests.faults.outcomes import saved_files, tasks_of, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from openclaw_fal.sandbox import Sandbox
    from tests.conftest import FalClock, Runner

WAIT_S = 100.0
PARALLEL_RUNS = Path(__file__).with_name("parallel_runs.py")
VIDEO = ("video", "generate", "--output", "out/", "--prompt")
IMAGE = ("image", "generate", "--output", "out/", "--prompt")


# --- a journal that can't be written -------------------------------------------------------------


@pytest.mark.parametrize("command", [VIDEO, IMAGE], ids=["video", "image"])
def test_without_a_folder_for_the_journal_nothing_is_sent(
    run: Runner, fal: Sandbox, command: tuple[str, ...], record_property: Callable[[str, object], None]
) -> None:
    Path("taken").write_text("a file where the folder should be")
    Path("openclaw.json").write_text("{}")
    places = {"OPENCLAW_STATE_DIR": "taken/state", "OPENCLAW_CONFIG_PATH": "openclaw.json"}
    ran = run(*command, "x", "--json", env={name: str(Path(place).absolute()) for name, place in places.items()})
    record_property("fault", [f"no place for the journal, {command[0]}", len(fal.submissions), ran.code, "nothing"])
    assert (ran.code, ran.json["error"]["code"]) == (7, "journal_unwritable")
    assert "OPENCLAW_STATE_DIR" in ran.err
    assert fal.requests == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_in_a_read_only_folder_nothing_is_sent(run: Runner, fal: Sandbox) -> None:
    Path("state").mkdir(mode=0o500)
    ran = run(*VIDEO, "x", "--json", env={"OPENCLAW_STATE_DIR": str(Path("state").absolute())})
    assert (ran.code, ran.json["error"]["code"]) == (7, "journal_unwritable")
    assert fal.requests == []


def test_on_a_full_disk_nothing_is_sent(fal: Sandbox, record_property: Callable[[str, object], None]) -> None:
    # No file may grow beyond a block: the next best thing to a disk that is full.
    script = 'ulimit -f 1; exec "$0" -m openclaw_fal "$@"'
    child = subprocess.run(
        ["bash", "-c", script, sys.executable, *VIDEO, "x", "--json"],
        env=dict(os.environ),
        capture_output=True,
        timeout=WAIT_S,
        check=False,
    )
    record_property("fault", ["journal on a full disk", len(fal.submissions), child.returncode, "nothing"])
    assert child.returncode == 7, child.stderr
    assert json.loads(child.stdout)["error"]["code"] == "journal_unwritable"
    assert fal.requests == []


def _damage(journal: Path) -> None:
    journal.write_bytes(os.urandom(4096))


def _make_newer(journal: Path) -> None:
    with closing(sqlite3.connect(journal)) as database:
        database.execute("PRAGMA user_version = 99")


def _spoil_entry(journal: Path) -> None:
    with closing(sqlite3.connect(journal)) as database:
        database.execute("UPDATE tasks SET detail = '{', status = 'queued'")
        database.commit()


@pytest.mark.parametrize(
    ("spoil", "code", "said"),
    [
        (_damage, "journal_unusable", "The file is damaged. Move it away to start a new one: mv '"),
        (_make_newer, "journal_newer", "Update openclaw-fal"),
        (_spoil_entry, "journal_unusable", "An entry is damaged"),
    ],
    ids=["damaged", "newer", "an entry"],
)
@pytest.mark.parametrize("options", [(), ("--reuse",)], ids=["", "reuse"])
def test_with_a_journal_that_can_not_be_read_nothing_is_sent(
    run: Runner,
    fal: Sandbox,
    tmp_path: Path,
    spoil: Callable[[Path], None],
    code: str,
    said: str,
    options: tuple[str, ...],
    record_property: Callable[[str, object], None],
) -> None:
    place = {"OPENCLAW_STATE_DIR": str(tmp_path / "a folder")}
    assert run(*VIDEO, "x", "--detach", env=place).code == 0
    (journal,) = (tmp_path / "a folder").glob("*.sqlite3")
    spoil(journal)
    ran = run(*VIDEO, "x", "--json", *options, env=place)
    record_property("fault", [f"journal: {said[:20]} {options}", len(fal.submissions), ran.code, "nothing"])
    assert (ran.code, ran.json["error"]["code"]) == (7, code)
    assert said in ran.err
    assert len(fal.submissions) == 1


def test_one_entry_that_can_not_be_read_hides_no_other(run: Runner, fal: Sandbox, home: Path) -> None:
    first = run(*VIDEO, "x", "--detach", "--json").json["taskId"]
    (journal,) = home.rglob("*.sqlite3")
    _spoil_entry(journal)
    second = run(*VIDEO, "y", "--detach", "--json").json["taskId"]
    listed = run("tasks", "list", "--json")
    assert (listed.code, [task["taskId"] for task in listed.json["tasks"]]) == (0, [second])
    assert f"The journal's entry of {first} is damaged" in listed.err
    assert run("tasks", "wait", second).code == 0
    assert run("tasks", "show", first).code == 1


def test_tasks_are_listed_from_a_disk_that_can_not_be_written(
    run: Runner, fal: Sandbox, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = run(*VIDEO, "x", "--json").json
    (journal,) = home.rglob("*.sqlite3")
    connect = sqlite3.connect

    def connect_read_only(name: Any, **options: Any) -> sqlite3.Connection:
        if not options.get("uri"):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        opened: sqlite3.Connection = connect(name, **options)
        return opened

    monkeypatch.setattr(sqlite3, "connect", connect_read_only)
    listed = run("tasks", "list", "--json")
    assert [task["taskId"] for task in listed.json["tasks"]] == [made["taskId"]]
    ran = run(*VIDEO, "y", "--json")
    assert (ran.code, ran.json["error"]["code"]) == (7, "journal_unwritable")
    assert f"Make {journal.parent} writable" in ran.err
    assert "Free some space" not in ran.err
    assert len(fal.submissions) == 1


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "HTTPS_PROXY"])
def test_with_certificates_or_a_proxy_that_can_not_be_used_nothing_is_sent(
    run: Runner, fal: Sandbox, variable: str
) -> None:
    Path("photo.png").write_bytes(PNG + b"\0" * 400_000)
    nowhere = {"OPENCLAW_FAL_BASE_URL": "https://127.0.0.1:1", variable: "socks9://nowhere"}
    for command in (
        (*IMAGE, "x"),
        (*IMAGE, "x", "--model", "fal/some/new-model"),
        ("image", "edit", "--output", "out/", "--file", "photo.png", "--prompt", "x"),
    ):
        ran = run(*command, env=nowhere)
        assert ran.code == 7, ran.err
        assert "Nothing was submitted" in ran.err


def break_after(monkeypatch: pytest.MonkeyPatch, writes: int, repaired_after: int | None = None) -> None:
    """Have the disk fail after so many writes to the journal, and work again after so many failures."""
    begun = 0

    def failing(database: sqlite3.Connection, statement: str, *rest: Any) -> sqlite3.Cursor:
        nonlocal begun
        if statement.startswith("BEGIN"):
            begun += 1
            if begun > writes and (repaired_after is None or begun <= writes + repaired_after):
                raise sqlite3.OperationalError("disk I/O error")
        return execute(database, statement, *rest)

    monkeypatch.setattr("openclaw_fal.store.journal_file.execute", failing)


@pytest.mark.parametrize("command", [VIDEO, IMAGE], ids=["video", "image"])
def test_a_journal_that_fails_after_the_submission_loses_no_job(
    run: Runner,
    fal: Sandbox,
    command: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
    record_property: Callable[[str, object], None],
) -> None:
    break_after(monkeypatch, writes=1)
    ran = run(*command, "x", "--json")
    record_property("fault", [f"journal fails after the POST, {command[0]}", len(fal.submissions), ran.code, "1 file"])
    assert ran.code == 0, ran.err
    assert ran.err.count("can't be written (disk I/O error)") == 1
    assert len(fal.submissions) == len(saved_files()) == 1
    assert Path(ran.json["outputs"][0]["path"]) == saved_files()[0].absolute()


def test_a_repaired_journal_records_everything(run: Runner, fal: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    break_after(monkeypatch, writes=1, repaired_after=3)
    ran = run(*VIDEO, "x")
    assert ran.code == 0, ran.err
    (task,) = tasks_of(run)
    assert (task["status"], task["requestId"]) == ("succeeded", fal.submissions[0].request_id)
    assert [output["path"] for output in task["outputs"]] == [str(path.absolute()) for path in saved_files()]


def test_a_request_id_that_can_not_be_recorded_is_printed_with_the_command_that_adopts_the_job(
    run: Runner,
    fal: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    with monkeypatch.context() as patch:
        break_after(patch, writes=1)
        ran = run(*VIDEO, "x", "--detach", "--json")
    request_id = fal.submissions[0].request_id
    record_property("fault", ["journal fails after the POST, --detach", len(fal.submissions), ran.code, "the id"])
    assert (ran.code, ran.json["error"]["code"], ran.json["error"]["requestId"]) == (9, "not_recorded", request_id)
    adopt = f"tasks wait {request_id} --model fal/{fal.submissions[0].endpoint}"
    assert ran.err.count(f"openclaw-fal {adopt}") == 2  # at once, and at the end

    # On another machine, too, which has a journal of its own.
    elsewhere = {"OPENCLAW_STATE_DIR": str(tmp_path / "elsewhere")}
    adopted = run(*adopt.split(), "--output", "out/", "--json", env=elsewhere)
    assert adopted.code == 0, adopted.err
    assert adopted.json["requestId"] == request_id
    assert len(fal.submissions) == len(saved_files()) == 1
    again = run(*adopt.split(), "--json", env=elsewhere)
    assert (again.code, again.json["taskId"]) == (0, adopted.json["taskId"])


def test_a_journal_that_is_locked_after_the_submission_keeps_the_request_id_for_a_moment_only(
    run: Runner, fal: Sandbox, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    monkeypatch.setattr("openclaw_fal.actions.submit.JOURNAL_TIMEOUT_S", 0.1)
    monkeypatch.setattr("openclaw_fal.store.database.BUSY_TIMEOUT_S", 0.3)
    locked: list[sqlite3.Connection] = []
    submit = submission.submit

    def lock_and_submit(*arguments: Any) -> Any:
        accepted = yield from submit(*arguments)
        (journal,) = home.rglob("*.sqlite3")
        locked.append(sqlite3.connect(journal, isolation_level=None))
        locked[-1].execute("BEGIN IMMEDIATE")
        return accepted

    monkeypatch.setattr(submission, "submit", lock_and_submit)
    ran = run(*VIDEO, "x", "--detach")
    locked[-1].close()
    assert (ran.code, ran.raw) == (9, b"")
    assert fal.submissions[0].request_id in ran.err


def test_when_time_runs_out_on_a_broken_journal_the_request_id_is_printed(
    run: Runner, fal: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_after(monkeypatch, writes=1)
    ran = run(*VIDEO, "x [fault:never]", "--timeout-ms", "2000")
    assert ran.code == 9
    assert fal.submissions[0].request_id in ran.err


def test_the_journal_is_private_and_has_no_key_and_no_media(run: Runner, fal: Sandbox, home: Path) -> None:
    encoded = base64.b64encode(PNG + b"secret picture").decode()
    picture, secret = f"data:image/png;base64,{encoded}", encoded[-19:]
    assert run("image", "edit", "--file", picture, "--prompt", "x", "--queue", "--detach").code == 0
    assert run(*IMAGE, "x [fault:shape-data-uri]").code == 0
    kept = [path for path in home.rglob("*") if path.is_file() and "openclaw" in str(path)]
    assert kept
    for path in kept:
        content = path.read_bytes()
        assert os.environ["FAL_KEY"].encode() not in content, path
        assert secret.encode() not in content, path
        assert b"IHDR" not in content, path
        assert path.stat().st_mode & 0o077 == 0 or "cache" in str(path), path


# --- many at once --------------------------------------------------------------------------------


@pytest.mark.slow
def test_fifty_processes_at_once_on_a_missing_database_lose_nothing(
    run: Runner, fal: Sandbox, record_property: Callable[[str, object], None]
) -> None:
    command = [sys.executable, str(PARALLEL_RUNS), "50", "--", *IMAGE, "x", "--progress", "none"]
    child = subprocess.run(command, env=dict(os.environ), capture_output=True, timeout=WAIT_S, check=False)
    assert child.returncode == 0, child.stderr
    codes = json.loads(child.stdout)
    record_property(
        "fault", ["50 processes, no database", len(fal.submissions), max(codes), f"{len(saved_files())} files"]
    )
    assert codes == [0] * 50, child.stderr
    assert len(fal.submissions) == 50
    tasks = tasks_of(run)
    assert {task["requestId"] for task in tasks} == {submission.request_id for submission in fal.submissions}
    assert {task["status"] for task in tasks} == {"succeeded"}
    assert {output["path"] for task in tasks for output in task["outputs"]} == {
        str(p.absolute()) for p in saved_files()
    }
    assert len(saved_files()) == 50


def test_a_second_process_that_waits_for_the_same_task_fetches_nothing_twice(run: Runner, fal: Sandbox) -> None:
    command = [sys.executable, "-m", "openclaw_fal", *VIDEO, "x [fault:download-slow-15]"]
    first = subprocess.Popen(command, env=dict(os.environ), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wait_until(lambda: any(seen.route == "result" for seen in fal.requests))
    wait_until(lambda: tasks_of(run)[0]["status"] == "succeeded")
    waited = run("tasks", "wait", tasks_of(run)[0]["taskId"], "--json")
    out, err = first.communicate(timeout=WAIT_S)
    assert (first.returncode, waited.code) == (0, 0), err.decode() + waited.err
    (path,) = saved_files()
    assert out.decode().splitlines()[-1] == waited.json["outputs"][0]["path"] == str(path.absolute())
    assert sum(seen.route == "download" for seen in fal.requests) == 1
    assert len(fal.submissions) == 1


# --- the same request again ----------------------------------------------------------------------


def test_the_same_request_is_sent_again_with_a_warning_that_names_the_task(run: Runner, fal: Sandbox) -> None:
    first = run(*VIDEO, "x [fault:slow-10]", "--detach", "--json").json
    again = run(*VIDEO, "x [fault:slow-10]", "--detach", "--json")
    assert again.code == 0
    assert f"warning: The task {first['taskId']} is the same request and is queued." in again.err
    assert f"openclaw-fal tasks wait {first['taskId']}\n" in again.err
    assert "add --reuse" in again.err
    assert len(fal.submissions) == 2


def test_the_warning_comes_even_without_progress(run: Runner, fal: Sandbox) -> None:
    run(*VIDEO, "x [fault:slow-10]", "--detach")
    again = run(*VIDEO, "x [fault:slow-10]", "--detach", "--progress", "none")
    assert "is the same request" in again.err


def test_another_request_is_not_warned_of(run: Runner, fal: Sandbox) -> None:
    run(*IMAGE, "x [fault:slow-10]", "--detach")
    assert "is the same request" not in run(*IMAGE, "y [fault:slow-10]", "--detach").err
    assert "is the same request" not in run(*IMAGE, "x [fault:slow-10]", "--seed", "7", "--detach").err
    assert "is the same request" in run(*IMAGE, "x [fault:slow-10]", "--seed", "7", "--detach").err


def test_reuse_follows_an_open_task(run: Runner, fal: Sandbox) -> None:
    first = run(*VIDEO, "x [fault:slow-5]", "--detach", "--json").json
    again = run(*VIDEO, "x [fault:slow-5]", "--reuse", "--json")
    assert again.code == 0, again.err
    assert again.json["taskId"] == first["taskId"]
    assert len(fal.submissions) == len(saved_files()) == 1


def test_reuse_with_detach_sends_nothing_and_names_the_task(run: Runner, fal: Sandbox) -> None:
    first = run(*VIDEO, "x [fault:never]", "--detach", "--json").json
    again = run(*VIDEO, "x [fault:never]", "--reuse", "--detach", "--json")
    assert (again.code, again.json["taskId"]) == (0, first["taskId"])
    assert len(fal.submissions) == 1


def test_of_several_processes_that_reuse_one_submits_and_all_have_its_files(
    fal: Sandbox, record_property: Callable[[str, object], None]
) -> None:
    command = [sys.executable, "-m", "openclaw_fal", *VIDEO, "x", "--reuse", "--json"]
    children = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(4)]
    ended = [child.communicate(timeout=WAIT_S) for child in children]
    record_property("fault", ["--reuse, 4 at once", len(fal.submissions), children[0].returncode, "1 file"])
    assert [child.returncode for child in children] == [0] * 4, [err.decode() for _, err in ended]
    assert len(fal.submissions) == len(saved_files()) == 1
    assert {json.loads(out)["outputs"][0]["path"] for out, _ in ended} == {str(saved_files()[0].absolute())}


def test_several_processes_that_look_for_the_same_lost_answer_all_have_its_file(fal: Sandbox) -> None:
    """The first that finds the request takes it, so that the others don't see it among those of no task."""
    command = [sys.executable, str(PARALLEL_RUNS), "6", "--", *IMAGE, "x [fault:submit-drop-after]", "--reuse"]
    ended = subprocess.run(command, env=dict(os.environ), capture_output=True, timeout=WAIT_S, check=True)
    assert json.loads(ended.stdout) == [0] * 6, ended.stderr.decode()
    assert len(fal.submissions) == 1
    assert len(saved_files()) == 1


def test_reuse_waits_for_a_living_process_that_is_still_submitting(run: Runner, fal: Sandbox) -> None:
    command = [sys.executable, "-m", "openclaw_fal", *IMAGE, "x [fault:slow-30]"]
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_until(lambda: len(fal.submissions) == 1)
    again = run(*IMAGE, "x [fault:slow-30]", "--reuse", "--json")
    assert child.wait(WAIT_S) == 0
    assert again.code == 0, again.err
    assert len(fal.submissions) == len(saved_files()) == 1


def test_reuse_in_a_loop_buys_once_though_the_file_is_gone(run: Runner, fal: Sandbox) -> None:
    runs = [run(*IMAGE, "x [fault:download-404]", "--reuse", "--json") for _ in range(3)]
    assert [(ran.code, ran.json["error"]["code"]) for ran in runs] == [(10, "files_missing")] * 3
    assert len(fal.submissions) == 1
    warned = run(*IMAGE, "x [fault:download-404]", "--json")
    assert "is the same request and is succeeded" in warned.err
    assert f"Fetch its files instead: openclaw-fal tasks wait {runs[0].json['taskId']}" in warned.err


def test_reuse_puts_a_copy_elsewhere_if_asked_to(run: Runner, fal: Sandbox) -> None:
    task = run(*VIDEO, "x [fault:slow-2]", "--detach", "--json").json["taskId"]
    elsewhere = run(*VIDEO, "x [fault:slow-2]", "--reuse", "--output", "other/fox.mp4", "--json")
    assert elsewhere.code == 0, elsewhere.err
    assert (elsewhere.json["taskId"], [path.name for path in Path("other").iterdir()]) == (task, ["fox.mp4"])
    assert len(fal.submissions) == 1


def test_reuse_sends_when_there_is_nothing_to_follow(run: Runner, fal: Sandbox) -> None:
    assert run(*VIDEO, "x").code == 0
    assert run(*VIDEO, "x", "--reuse").code == 0
    assert len(fal.submissions) == 2


def test_reuse_does_not_submit_again_if_fal_may_have_accepted(run: Runner, fal: Sandbox) -> None:
    lost = "x [fault:submit-drop-after] [fault:history-401]"  # nor can fal's history be asked for it
    assert run(*VIDEO, lost).code == 8
    again = run(*VIDEO, lost, "--reuse", "--json")
    assert (again.code, again.json["error"]["code"]) == (8, "submit_unknown")
    assert "Nothing was submitted now" in again.err
    assert len(fal.submissions) == 1


def test_reuse_prefers_a_task_that_can_be_followed(run: Runner, fal: Sandbox) -> None:
    prompt = "x [fault:submit-drop-after] [fault:slow-5] [fault:history-401]"
    assert run(*VIDEO, prompt).code == 8  # unknown
    second = run(*VIDEO, prompt, "--detach", "--json").json
    again = run(*VIDEO, prompt, "--reuse", "--json")
    assert (again.code, again.json["taskId"]) == (0, second["taskId"])
    assert len(fal.submissions) == 2


def test_references_are_compared_by_content(run: Runner, fal: Sandbox) -> None:
    edit = ("image", "edit", "--prompt", "x [fault:never]", "--detach", "--file")
    Path("one.png").write_bytes(PNG + b"one")
    Path("two.png").write_bytes(PNG + b"two")
    Path("copy.png").write_bytes(PNG + b"one")
    run(*edit, "one.png")
    assert "is the same request" not in run(*edit, "two.png").err
    assert "is the same request" in run(*edit, "copy.png").err


# --- taking tasks up again -----------------------------------------------------------------------


def test_a_failing_task_does_not_stop_the_others(run: Runner, fal: Sandbox) -> None:
    prompts = ["one", "two [fault:result-422]", "three", "four [fault:download-404]"]
    ids = [run(*VIDEO, prompt, "--detach", "--json").json["taskId"] for prompt in prompts]
    waited = run("tasks", "wait", *ids, "--json")
    assert waited.code == 5  # of the first failure
    answer = waited.json
    assert (answer["ok"], answer["error"]["taskId"]) == (False, ids[1])
    assert [task["taskId"] for task in answer["tasks"]] == ids
    assert [task["ok"] for task in answer["tasks"]] == [True, False, True, False]
    assert answer["tasks"][3]["error"]["code"] == "files_missing"
    assert len(saved_files()) == 2
    assert f"openclaw-fal tasks wait {ids[3]}" in waited.err
    assert len(fal.submissions) == 4


def test_the_files_of_the_tasks_that_succeed_are_printed(run: Runner, fal: Sandbox) -> None:
    ids = [run(*VIDEO, prompt, "--detach", "--json").json["taskId"] for prompt in ["x [fault:no-media]", "y"]]
    waited = run("tasks", "wait", *ids)
    assert waited.code == 6
    assert [Path(line).name for line in waited.out.splitlines() if line.startswith("/")] == [saved_files()[0].name]


def test_tasks_are_canceled_even_if_one_can_not_be(run: Runner, fal: Sandbox) -> None:
    prompts = ["a [fault:never]", "b [fault:never] [fault:cancel-completed]", "c [fault:never]"]
    ids = [run(*VIDEO, prompt, "--detach", "--json").json["taskId"] for prompt in prompts]
    cancelled = run("tasks", "cancel", *ids, "--json")
    assert cancelled.code == 1
    assert cancelled.json["error"]["code"] == "not_cancelled"
    assert {task["taskId"]: task["status"] for task in tasks_of(run)}[ids[2]] == "cancelled"
    assert run("tasks", "cancel", ids[0]).code == 0  # it is already canceled
    waited = run("tasks", "wait", ids[0], "--json")
    assert (waited.code, waited.json["error"]["code"]) == (6, "cancelled")


def test_a_task_that_has_ended_can_not_be_canceled(run: Runner, fal: Sandbox) -> None:
    done = run(*VIDEO, "x", "--json").json["taskId"]
    lost = run(*VIDEO, "x [fault:submit-drop-after] [fault:history-401]", "--json").json["error"]["taskId"]
    too_late = run("tasks", "cancel", done, "--json")
    assert (too_late.code, too_late.json["error"]["code"]) == (1, "not_cancelled")
    assert f"openclaw-fal tasks wait {done}" in too_late.err
    unknown = run("tasks", "cancel", lost, "--json")
    assert (unknown.code, unknown.json["error"]["code"]) == (8, "submit_unknown")


@pytest.mark.parametrize(
    ("fault", "status"), [("poll-404", "lost"), ("result-404*3", "lost"), ("result-500*5", "failed")]
)
def test_an_end_that_may_be_wrong_is_asked_for_again(run: Runner, fal: Sandbox, fault: str, status: str) -> None:
    lost = run(*VIDEO, f"x [fault:{fault}]", "--json")
    assert (lost.code, tasks_of(run)[0]["status"]) == (6, status)
    wait_until(lambda: time.time() - fal.submissions[0].at > 0.5)
    waited = run("tasks", "wait", lost.json["error"]["taskId"], "--json")
    assert waited.code == 0, waited.err
    assert tasks_of(run)[0]["status"] == "succeeded"
    assert len(fal.submissions) == len(saved_files()) == 1


def test_a_failed_task_reports_its_error_again_and_stays_failed(run: Runner, fal: Sandbox) -> None:
    failed = run(*VIDEO, "x [fault:completed-error]", "--json")
    waited = run("tasks", "wait", failed.json["error"]["taskId"], "--json")
    assert (waited.code, tasks_of(run)[0]["status"]) == (6, "failed")
    assert "Runner disconnected" in waited.err


def test_the_command_to_resume_names_the_profile(run: Runner, fal: Sandbox, fal_clock: FalClock) -> None:
    ran = run("--profile", "work", *VIDEO, "x [fault:slow-600]", "--timeout-ms", "2000")
    assert ran.code == 9
    fal_clock.skip(60)
    named = re.search(r"openclaw-fal (--profile work tasks wait \S+)", ran.err)
    assert named
    assert run(*named[1].split()).code == 0
    assert len(fal.submissions) == 1


def test_a_job_that_fal_accepted_with_a_5xx_is_found_again(
    run: Runner, fal: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    once = FalClient.once

    def failing(client: FalClient, method: str, *arguments: Any, **options: Any) -> Reply:
        reply = once(client, method, *arguments, **options)
        headers = {"x-fal-request-id": fal.submissions[0].request_id}
        return Reply(500, headers, b'{"detail": "Internal Server Error"}') if method == "POST" else reply

    monkeypatch.setattr(FalClient, "once", failing)
    lost = run(*VIDEO, "x", "--json")
    assert (lost.code, tasks_of(run)[0]["status"]) == (8, "unknown")
    assert "Internal Server Error" in lost.err
    named = re.search(r"openclaw-fal (tasks wait \S+)", lost.err)
    assert named
    waited = run(*named[1].split(), "--json")
    assert waited.code == 0, waited.err
    assert len(fal.submissions) == len(saved_files()) == 1


def test_a_request_id_in_the_headers_of_a_lost_answer_finds_the_job_again(run: Runner, fal: Sandbox) -> None:
    ran = run(*VIDEO, "x [fault:submit-no-id]", "--json")
    assert ran.code == 0, ran.err
    assert len(fal.submissions) == len(saved_files()) == 1
