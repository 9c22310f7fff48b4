"""`tasks …`, through `main` and a real socket. Jobs that fail are in `tests/faults`."""

from __future__ import annotations

import json
import os
import re
import shlex
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from openclaw_fal.core.requests import Request
from openclaw_fal.core.results import Asset
from openclaw_fal.core.tasks import Task, TaskStatus
from openclaw_fal.store.journal import Journal
from openclaw_fal.store.task_rows import INSERT, WrittenTasks

if TYPE_CHECKING:
    from collections.abc import Callable

    from openclaw_fal.sandbox import Sandbox
    from tests.conftest import Runner

MINIMAX = "fal-ai/minimax/video-01-live"
DAY_S = 24 * 3600.0

VIDEO = "fal-ai/minimax/video-01-live"


pytestmark = pytest.mark.usefixtures("folder")


@pytest.fixture
def detach(run: Runner) -> Callable[..., str]:
    """Submit a video, leave, and return the task's id."""

    def submit(prompt: str = "x", *arguments: str) -> str:
        left = run("video", "generate", "--prompt", prompt, *arguments, "--detach", "--json")
        assert left.code == 0, left.err
        return str(left.json["taskId"])

    return submit


def a_task(task_id: str, status: TaskStatus, age_s: float = 0.0, *, is_fetched: bool = True) -> Task:
    at = time.time() - age_s
    asset = Asset(
        url="https://v3.fal.media/x.mp4", mime_type="video/mp4", size=5, path="/x.mp4" if is_fetched else None
    )
    return Task(
        id=task_id,
        capability="video.generate",
        model=MINIMAX,
        endpoint=MINIMAX,
        transport="queue",
        status=status,
        created_at=at,
        updated_at=at,
        digest=task_id,
        request=Request(capability="video.generate", prompt=f"the prompt of {task_id}"),
        request_id=f"request-{task_id}",
        outputs=(asset,) if status is TaskStatus.SUCCEEDED else (),
    )


def write_down(folder: Path, *tasks: Task) -> None:
    journal = Journal(folder / "fal-tasks.sqlite3", time.time)
    for task in tasks:
        journal.open_task(task)
    journal.close()


# --- list --------------------------------------------------------------------------------------


def test_no_tasks_is_said_and_is_no_error(run: Runner, folder: Path) -> None:
    plain, filtered = run("tasks", "list"), run("tasks", "list", "--status", "failed")
    assert (plain.code, plain.out, plain.err) == (0, "", "note: No tasks yet.\n")
    assert (filtered.code, filtered.out, filtered.err) == (0, "", "note: No tasks with this status.\n")
    assert run("tasks", "list", "--json").json == {
        "count": 0,
        "total": 0,
        "runtime": None,
        "status": None,
        "tasks": [],
    }
    assert not folder.exists()


def test_a_pipe_gets_a_line_for_each_task_the_newest_first(run: Runner, folder: Path) -> None:
    write_down(
        folder,
        a_task("first", TaskStatus.SUCCEEDED, 120),
        a_task("second", TaskStatus.FAILED, 60),
        a_task("third", TaskStatus.QUEUED),
    )
    rows = [line.split("\t") for line in run("tasks", "list").out.splitlines()]
    assert [(row[0], row[1], row[3], row[4]) for row in rows] == [
        ("third", "queued", MINIMAX, "the prompt of third"),
        ("second", "failed", MINIMAX, "the prompt of second"),
        ("first", "succeeded", MINIMAX, "the prompt of first"),
    ]


def test_a_list_says_whether_files_are_there_how_old_the_news_is_and_what_was_the_sandboxs(
    run: Runner, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "there.png").write_bytes(b"12345")
    there = Asset("https://v3.fal.media/a.png", size=5, path=str(tmp_path / "there.png"))
    gone = there._replace(path=str(tmp_path / "gone.png"))
    write_down(
        folder,
        a_task("old", TaskStatus.RUNNING, 3 * 3600),
        a_task("fresh", TaskStatus.RUNNING, 5),
        a_task("whole", TaskStatus.SUCCEEDED, 40)._replace(outputs=(there,)),
        a_task("deleted", TaskStatus.SUCCEEDED, 30)._replace(outputs=(there, gone)),
        a_task("waiting", TaskStatus.SUCCEEDED, 20)._replace(outputs=(there._replace(path=None),)),
        a_task("pretend", TaskStatus.SUCCEEDED, 10)._replace(outputs=(there,), sandbox=True),
    )
    notes = {row[0]: row[5] for row in (line.split("\t") for line in run("tasks", "list").out.splitlines())}
    assert notes == {
        "old": "as of 3 h ago",
        "fresh": "",
        "whole": "1 file",
        "deleted": "1 of 2 files missing",
        "waiting": "not fetched",
        "pretend": "1 file, sandbox",
    }
    assert "status: running, as of 3 h ago\n" in run("tasks", "show", "old").out
    assert f"file: {tmp_path / 'gone.png'} (no longer there)\n" in run("tasks", "show", "deleted").out
    assert "status: succeeded, 1 file, sandbox\n" in run("tasks", "show", "pretend").out


@pytest.mark.usefixtures("one_day")
def test_a_terminal_shows_when_without_the_parts_that_are_todays(run: Runner, folder: Path) -> None:
    write_down(folder, a_task("now", TaskStatus.RUNNING), a_task("longago", TaskStatus.SUCCEEDED, 400 * 86_400))
    shown = run("tasks", "list", terminal=True, env={"NO_COLOR": "1", "COLUMNS": "80"}).out
    assert re.search(r"now +running +\d\d:\d\d  ", shown)
    assert re.search(r"longago +succeeded +\d{4}-\d\d-\d\d  ", shown)
    assert len(re.findall(r"\t\d{4}-\d\d-\d\d \d\d:\d\d\t", run("tasks", "list").out)) == 2


def test_a_list_that_is_cut_says_so(run: Runner, folder: Path) -> None:
    write_down(folder, *(a_task(f"t{number}", TaskStatus.QUEUED, number) for number in range(5)))
    cut = run("tasks", "list", "--limit", "2")
    assert cut.err == "note: The newest 2 of 5 tasks; --limit N or --all shows more.\n"
    assert run("tasks", "list", "--limit", "5").err == ""
    answer = run("tasks", "list", "--limit", "2", "--json").json
    assert (answer["count"], answer["total"]) == (2, 5)
    assert "The newest 2 of 5 tasks" in run("tasks", "list", "--limit", "2", terminal=True).out


def test_waiting_for_one_task_or_several_answers_in_one_shape(
    run: Runner, fal: Sandbox, detach: Callable[..., str]
) -> None:
    one, other = detach("a"), detach("b")
    single = run("tasks", "wait", one, "--json").json
    both = run("tasks", "wait", one, other, "--json").json
    assert [task["taskId"] for task in single["tasks"]] == [one]
    assert [task["taskId"] for task in both["tasks"]] == [one, other]
    assert single["tasks"][0] == both["tasks"][0]
    assert single["taskId"] == one  # and as every other answer about one task
    failed = detach("x [fault:completed-error]")
    assert [task["ok"] for task in run("tasks", "wait", failed, "--json").json["tasks"]] == [False]


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (["--status", "failed"], ["b"]),
        (["--status", "failed", "--status", "queued"], ["c", "b"]),
        (["--status", "lost"], []),
        (["--limit", "1"], ["c"]),
        (["--limit", "2", "--status", "succeeded"], ["a"]),
        ([], ["c", "b", "a"]),
    ],
)
def test_status_and_limit_choose(run: Runner, folder: Path, arguments: list[str], shown: list[str]) -> None:
    write_down(
        folder,
        a_task("a", TaskStatus.SUCCEEDED, 30),
        a_task("b", TaskStatus.FAILED, 20),
        a_task("c", TaskStatus.QUEUED, 10),
    )
    answer = run("tasks", "list", *arguments, "--json").json
    assert [task["taskId"] for task in answer["tasks"]] == shown
    assert answer["count"] == len(shown)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["list", "--status", "done"], ", ".join(TaskStatus)),
        (["list", "--limit", "0"], "--limit"),
        (["prune", "--days", "-1"], "--days"),
        (["show"], "ID"),
        (["cancel"], "ID"),
    ],
)
def test_bad_input_is_refused(run: Runner, arguments: list[str], named: str) -> None:
    refused = run("tasks", *arguments, "--json")
    assert (refused.code, refused.json["error"]["code"]) == (2, "usage")
    assert named in refused.json["error"]["message"]


def test_a_listed_task_has_the_keys_of_an_envelope_and_what_was_asked(
    run: Runner, fal: Sandbox, detach: Callable[..., str]
) -> None:
    task = detach("waves", "--duration", "5", "--model", "fal/bytedance/seedance-2.0/text-to-video")
    [listed] = run("tasks", "list", "--json").json["tasks"]
    assert listed["taskId"] == task
    assert listed["request"] == {
        "capability": "video.generate",
        "prompt": "waves",
        "model": "fal/bytedance/seedance-2.0/text-to-video",
        "duration": 5,
    }
    assert (listed["ok"], listed["status"], listed["error"], listed["finishedAt"]) == (True, "queued", None, None)
    created, updated = (datetime.fromisoformat(listed[name]) for name in ("createdAt", "updatedAt"))
    assert created <= updated <= datetime.now(UTC)


@pytest.mark.slow
def test_a_list_of_100_000_tasks_takes_a_moment(folder: Path, tmp_path: Path) -> None:
    """Measured against the same command with a single task, because machines differ: the rows must not count."""
    alone = tmp_path / "alone"
    for each in (folder, alone):
        write_down(each, a_task("newest", TaskStatus.QUEUED))
    _, status, at, _, *others, detail = WrittenTasks().row_of(a_task("TEMPLATE", TaskStatus.SUCCEEDED, DAY_S))
    names = (f"b{number:09}" for number in range(100_000))
    rows = ((name, status, at, at, *others, str(detail).replace("TEMPLATE", name)) for name in names)
    database = sqlite3.connect(folder / "fal-tasks.sqlite3")
    with database:
        database.executemany(INSERT, rows)
    database.close()
    for arguments in ([], ["--status", "failed", "--status", "queued"]):
        assert takes_about_as_long(folder, alone, arguments)


def takes_about_as_long(folder: Path, other: Path, arguments: list[str]) -> bool:
    """Compare the fastest lists of two folders, by turns and until it is clear: a busy machine slows some of them."""
    quickest, its = float("inf"), float("inf")
    for _ in range(20):
        quickest, its = min(quickest, time_of_list(folder, arguments)), min(its, time_of_list(other, arguments))
        if quickest < its * 1.5 + 0.02:
            return True
    return False


def time_of_list(folder: Path, arguments: list[str]) -> float:
    """Return the processor time of the list, in seconds; what else the machine does must not count."""
    resource = pytest.importorskip("resource", reason="no processor times of children")
    began = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "openclaw_fal", "tasks", "list", *arguments]
    environ = os.environ | {"OPENCLAW_STATE_DIR": str(folder)}
    assert b"newest" in subprocess.run(command, capture_output=True, check=True, env=environ).stdout
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return float(ended.ru_utime + ended.ru_stime - began.ru_utime - began.ru_stime)


# --- ids ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["bcdf234567", "bcdf", "bcdf2", "BCDF234567", "request-bcdf234567"])
def test_an_id_may_be_cut_short_while_it_is_the_only_one(run: Runner, folder: Path, name: str) -> None:
    write_down(folder, a_task("bcdf234567", TaskStatus.FAILED), a_task("bcgg234567", TaskStatus.FAILED))
    assert run("tasks", "show", name, "--json").json["taskId"] == "bcdf234567"


@pytest.mark.parametrize(
    ("name", "code", "named"),
    [
        ("bc", "task_ambiguous", "bcdf234567, bcgg234567"),
        ("zz", "task_not_found", "'zz'"),
        ("", "task_not_found", "''"),
    ],
)
@pytest.mark.parametrize("command", ["show", "wait", "cancel"])
def test_an_id_of_no_task_or_of_several_is_refused(
    run: Runner, folder: Path, command: str, name: str, code: str, named: str
) -> None:
    write_down(folder, a_task("bcdf234567", TaskStatus.QUEUED), a_task("bcgg234567", TaskStatus.QUEUED))
    refused = run("tasks", command, name, "--json")
    assert (refused.code, refused.json["error"]["code"]) == (1, code)
    assert named in refused.json["error"]["message"]
    assert refused.json["error"]["hint"]


# --- show --------------------------------------------------------------------------------------


def test_show_prints_everything_about_a_task_and_the_next_command(
    run: Runner, fal: Sandbox, detach: Callable[..., str]
) -> None:
    task = detach(
        "waves", "--image", "https://pictures.example/a.png", "--seed", "7", "--param", "prompt_optimizer:=true"
    )
    facts = dict(line.split(": ", 1) for line in run("tasks", "show", task[:6]).out.splitlines())
    assert facts.pop("created")
    assert facts == {
        "task": task,
        "status": "queued",
        "capability": "video.generate",
        "model": f"{MINIMAX}/image-to-video",
        "request id": fal.submissions[0].request_id,
        "prompt": "waves",
        "reference": "image https://pictures.example/a.png",
        "parameter": "prompt_optimizer=True",
        "next": f"openclaw-fal tasks wait {task}",
        "again": "openclaw-fal video generate --prompt waves --model fal/fal-ai/minimax/video-01-live "
        "--image https://pictures.example/a.png --seed 7 -p prompt_optimizer:=true",
    }
    run("tasks", "wait", task)
    finished = run("tasks", "show", task).out
    assert f"file: {Path.cwd()}" in finished
    assert "finished: " in finished
    assert "next: " not in finished


def test_show_names_the_reason_of_a_failure(run: Runner, fal: Sandbox) -> None:
    failed = run("video", "generate", "--prompt", "x [fault:result-content-policy]", "--json")
    shown = run("tasks", "show", failed.json["error"]["taskId"])
    assert shown.code == 0
    assert "status: failed\nerror: fal's content policy refused this input" in shown.out


# --- wait --------------------------------------------------------------------------------------


def test_wait_brings_a_job_home_to_where_it_was_to_go(run: Runner, fal: Sandbox, detach: Callable[..., str]) -> None:
    task = detach("x", "--output", "first/choice.mp4")
    answer = run("tasks", "wait", task, "--json").json
    assert (answer["ok"], answer["taskId"]) == (True, task)
    assert answer["outputs"][0]["path"] == str(Path("first/choice.mp4").absolute())
    assert len(fal.submissions) == 1


def test_wait_fetches_a_finished_task_again_only_if_its_file_is_gone(
    run: Runner, fal: Sandbox, detach: Callable[..., str]
) -> None:
    task = detach("x", "--output", "w.mp4")
    run("tasks", "wait", task)
    content = Path("w.mp4").read_bytes()
    fal.requests.clear()
    again = run("tasks", "wait", task)
    assert again.out.splitlines()[-1] == str(Path("w.mp4").absolute())
    assert not fal.requests
    Path("w.mp4").unlink()
    assert run("tasks", "wait", task).code == 0
    assert Path("w.mp4").read_bytes() == content
    assert len(fal.submissions) == 1


@pytest.mark.parametrize("output", ["elsewhere/", "copy.mp4", "{task}.{ext}"])
def test_wait_puts_a_copy_elsewhere(run: Runner, fal: Sandbox, detach: Callable[..., str], output: str) -> None:
    task = detach("x", "--output", "w.mp4")
    run("tasks", "wait", task)
    copied = run("tasks", "wait", task, "--output", output, "--json").json["outputs"][0]["path"]
    assert copied != str(Path("w.mp4").absolute())
    assert Path(copied).read_bytes() == Path("w.mp4").read_bytes()


def test_wait_writes_the_bytes_to_standard_output(run: Runner, fal: Sandbox, detach: Callable[..., str]) -> None:
    task = detach("x")
    assert run("tasks", "wait", task, "--output", "-").raw[4:8] == b"ftyp"


def test_wait_replaces_files_only_with_overwrite(run: Runner, fal: Sandbox, detach: Callable[..., str]) -> None:
    task = detach("x")
    Path("mine.mp4").write_text("mine")
    assert run("tasks", "wait", task, "--output", "mine.mp4").code == 2
    assert Path("mine.mp4").read_text() == "mine"
    assert run("tasks", "wait", task, "--output", "mine.mp4", "--overwrite").code == 0
    assert Path("mine.mp4").read_bytes()[4:8] == b"ftyp"


@pytest.mark.parametrize(
    ("policy", "code", "printed", "is_kept"),
    [
        ("skip", 0, "same.mp4", True),
        ("rename", 0, "same-1.mp4", True),
        ("overwrite", 0, "same.mp4", False),
        ("fail", 2, None, True),
    ],
)
def test_commands_that_fetch_again_take_what_to_do_with_a_name_that_is_taken(
    run: Runner, fal: Sandbox, detach: Callable[..., str], policy: str, code: int, printed: str | None, is_kept: bool
) -> None:
    task = detach("waves", "--output", "first.mp4")
    request_id = run("tasks", "show", task, "--json").json["requestId"]
    for command in (("wait", task), ("adopt", request_id, "--model", VIDEO)):
        Path("same-1.mp4").unlink(missing_ok=True)
        Path("same.mp4").write_bytes(b"kept")
        made = run("tasks", *command, "-o", "same.mp4", "--if-exists", policy, "--print", "path")
        assert made.code == code, made.err
        assert made.out == (f"{Path(printed).absolute()}\n" if printed else "")
        assert (Path("same.mp4").read_bytes() == b"kept") is is_kept


def test_several_tasks_are_waited_for_each_once(run: Runner, fal: Sandbox, detach: Callable[..., str]) -> None:
    one, two = detach("one"), detach("two")
    answer = run("tasks", "wait", one, two, one, "--output", "both/", "--json").json
    assert [task["taskId"] for task in answer["tasks"]] == [one, two]
    assert answer["ok"] is True
    assert len(list(Path("both").iterdir())) == 2
    assert run("tasks", "wait", one, two, "--output", "{task}.{ext}").code == 0
    assert {f"{one}.mp4", f"{two}.mp4"} <= {path.name for path in Path().iterdir()}


@pytest.mark.parametrize("output", ["one.mp4", "-", "{index}.{ext}"])
def test_several_tasks_do_not_go_to_one_place(
    run: Runner, fal: Sandbox, detach: Callable[..., str], output: str
) -> None:
    refused = run("tasks", "wait", detach("one"), detach("two"), "--output", output, "--overwrite", "--json")
    assert (refused.code, refused.json["error"]["code"]) == (2, "usage")
    assert "{task}" in refused.json["error"]["hint"]
    assert not list(Path().glob("*.mp4"))


def test_one_task_that_fails_keeps_no_other_from_coming_home(
    run: Runner, fal: Sandbox, detach: Callable[..., str]
) -> None:
    good, bad = detach("good"), detach("bad [fault:result-422]")
    answer = run("tasks", "wait", bad, good, "--json")
    assert answer.code == 5
    assert [(task["taskId"], task["ok"]) for task in answer.json["tasks"]] == [(bad, False), (good, True)]
    assert answer.json["ok"] is False
    assert len(list(Path().glob("*.mp4"))) == 1


@pytest.mark.slow
def test_a_task_of_the_private_sandbox_is_waited_for_there(run: Runner, fal: Sandbox) -> None:
    left = run("video", "generate", "--prompt", "x", "--sandbox", "--detach", "--json").json
    assert left["sandbox"] is True
    answer = run("tasks", "wait", left["taskId"], "--json").json
    assert (answer["sandbox"], answer["status"]) == (True, "succeeded")
    assert not fal.requests


# --- cancel ------------------------------------------------------------------------------------


def test_cancel_shows_fals_answer(run: Runner, fal: Sandbox, detach: Callable[..., str]) -> None:
    one, two = detach("one [fault:never]"), detach("two [fault:never]")
    plain = run("tasks", "cancel", one[:6])
    assert (plain.code, plain.out) == (0, f"{one}\tcancelled\n")
    assert plain.err
    answer = run("tasks", "cancel", two, "--json").json
    assert answer["ok"] is True
    assert [(task["taskId"], task["status"]) for task in answer["tasks"]] == [(two, "cancelled")]
    assert answer["tasks"][0]["answer"]
    assert run("tasks", "list", "--status", "cancelled", "--json").json["count"] == 2


def test_json_before_the_command_is_heeded_as_well(run: Runner, fal: Sandbox, detach: Callable[..., str]) -> None:
    assert run("--json", "tasks", "cancel", detach("x [fault:never]")).json["ok"] is True
    assert run("tasks", "--json", "prune").json == {"ok": True, "forgotten": 0}


# --- prune -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "kept"),
    [
        ([], ["failed-new", "queued-old", "submitting-old", "succeeded-unfetched", "unknown-new", "unknown-old"]),
        (["--days", "100"], None),
        (["--days", "0"], ["queued-old", "submitting-old", "succeeded-unfetched", "unknown-new", "unknown-old"]),
        (["--all"], ["failed-new", "queued-old", "submitting-old", "unknown-new"]),
    ],
)
def test_prune_forgets_what_can_neither_cost_nor_give_anything_any_more(
    run: Runner, folder: Path, arguments: list[str], kept: list[str] | None
) -> None:
    tasks = [
        a_task("failed-new", TaskStatus.FAILED, DAY_S),
        a_task("failed-old", TaskStatus.FAILED, 40 * DAY_S),
        a_task("cancelled-old", TaskStatus.CANCELLED, 40 * DAY_S),
        a_task("succeeded-old", TaskStatus.SUCCEEDED, 40 * DAY_S),
        a_task("succeeded-unfetched", TaskStatus.SUCCEEDED, 40 * DAY_S, is_fetched=False),
        a_task("queued-old", TaskStatus.QUEUED, 40 * DAY_S),
        a_task("unknown-old", TaskStatus.UNKNOWN, 40 * DAY_S),
        a_task("unknown-new", TaskStatus.UNKNOWN, DAY_S),
        a_task("submitting-old", TaskStatus.SUBMITTING, 40 * DAY_S),
    ]
    write_down(folder, *tasks)
    left = sorted(task.id for task in tasks) if kept is None else kept
    assert run("tasks", "prune", *arguments, "--json").json == {"ok": True, "forgotten": len(tasks) - len(left)}
    listed = run("tasks", "list", "--limit", "50", "--json").json["tasks"]
    assert sorted(task["taskId"] for task in listed) == left


def test_prune_all_asks_on_a_terminal(run: Runner, folder: Path) -> None:
    write_down(folder, a_task("lost", TaskStatus.UNKNOWN, 60 * DAY_S))
    refused = run("tasks", "prune", "--all", terminal=True)
    assert (refused.code, "may have been paid for" in refused.err) == (1, True)
    assert run("tasks", "prune", terminal=True).code == 0
    assert run("tasks", "list", "--json").json["count"] == 1
    done = run("tasks", "prune", "--all", "--yes", terminal=True)
    assert (done.code, "paid for" in done.err) == (0, False)
    assert run("tasks", "list", "--json").json["count"] == 0


def test_prune_all_asks_nobody_without_a_terminal(run: Runner, folder: Path) -> None:
    write_down(folder, a_task("lost", TaskStatus.UNKNOWN, 60 * DAY_S))
    assert run("tasks", "prune", "--all").out == "1 task forgotten\n"


def test_prune_counts_in_words(run: Runner, folder: Path) -> None:
    assert run("tasks", "prune").out == "0 tasks forgotten\n"
    write_down(folder, a_task("old", TaskStatus.FAILED, 40 * DAY_S))
    assert run("tasks", "prune").out == "1 task forgotten\n"


def test_prune_counts_and_names_entries_that_it_can_not_read(run: Runner, folder: Path) -> None:
    old = [a_task(name, TaskStatus.FAILED, 40 * DAY_S) for name in ("whole", "broken", "newer")]
    write_down(folder, *old, a_task("open", TaskStatus.QUEUED, 40 * DAY_S))
    kept = folder / "fal-answers" / "broken.json"
    kept.parent.mkdir()
    kept.write_text("{}")
    with closing(sqlite3.connect(folder / "fal-tasks.sqlite3")) as database, database:
        database.execute("UPDATE tasks SET detail = '{' WHERE id IN ('broken', 'open')")
        database.execute("UPDATE tasks SET detail = json_set(detail, '$.status', 'paused') WHERE id = 'newer'")
    pruned = run("tasks", "prune")
    assert pruned.out == "3 tasks forgotten\n"
    assert "entry of broken, newer is damaged or from a newer version; forgotten." in pruned.err
    assert not kept.exists()
    left = run("tasks", "list")
    assert "entry of open is damaged or from a newer version; skipped." in left.err  # it may still be running


def test_a_broken_journal_is_reported(run: Runner, folder: Path) -> None:
    folder.mkdir()
    (folder / "fal-tasks.sqlite3").write_bytes(b"this is no database at all, whatever its name says" * 100)
    refused = run("tasks", "list", "--json")
    assert (refused.code, refused.json["error"]["code"]) == (1, "journal_unusable")


def test_passwords_and_signatures_in_urls_are_sent_but_neither_kept_nor_shown(
    run: Runner, fal: Sandbox, home: Path
) -> None:
    url = "https://user:s3cretpw@example.com/a.png?w=1&X-Amz-Signature=0123456789abcdef"
    arguments = ("--file", url, "--prompt", "x", "-p", f"x_url={url}", "-p", f'more:=["{url}"]', "--no-validate")
    task_id = run("image", "edit", *arguments, "--json").json["taskId"]
    assert json.dumps(fal.submissions[-1].body).count(url) == 3
    for shown in (run("tasks", "show", task_id), run("tasks", "show", task_id, "--json")):
        assert "example.com/a.png?w=1" in shown.out
        assert "s3cretpw" not in shown.out
        assert "0123456789abcdef" not in shown.out
    for path in home.rglob("*"):
        assert not path.is_file() or b"s3cretpw" not in path.read_bytes(), path


# --- many ---------------------------------------------------------------------------------------


def test_tasks_are_found_by_model_kind_age_text_batch_and_missing_files(run: Runner, fal: Sandbox) -> None:
    fox = run("image", "generate", "a red fox", "--json").json
    Path(fox["outputs"][0]["path"]).unlink()
    video = run("video", "generate", "waves", "--model", VIDEO, "--json").json
    speech = run("run", "fal-ai/chatterbox/text-to-speech", "Hello.", "--json").json
    Path("b.txt").write_text("an owl\n")
    owl = run("batch", "b.txt", "--print", "id").out.strip()
    ids = {"fox": fox["taskId"], "video": video["taskId"], "speech": speech["taskId"], "owl": owl}
    for arguments, names in (
        (("--model", "flux/dev"), ["owl", "fox"]),
        (("--kind", "video"), ["video"]),
        (("--kind", "any"), ["speech"]),
        (("--search", "OWL"), ["owl"]),
        (("--batch", "b.txt"), ["owl"]),
        (("--batch", "b"), ["owl"]),
        (("--missing",), ["fox"]),
        (("--since", "1h", "--limit", "2"), ["owl", "speech"]),
        (("--since", "2999-01-01"), []),
        (("--all", "--status", "succeeded"), ["owl", "speech", "video", "fox"]),
    ):
        listed = run("tasks", "list", *arguments, "-q")
        assert (listed.code, listed.out.splitlines()) == (0, [ids[name] for name in names]), arguments
    assert run("tasks", "wait", *run("tasks", "list", "--missing", "-q").out.split()).code == 0
    assert run("tasks", "list", "--missing", "-q").out == ""


def test_the_newest_tasks_have_names(run: Runner, fal: Sandbox) -> None:
    ids = [run("image", "generate", f"{number}", "--print", "id").out.strip() for number in range(3)]
    for name, expected in (("last", ids[2]), ("last~1", ids[1]), ("LAST~2", ids[0])):
        assert run("tasks", "show", name, "--json").json["taskId"] == expected
    assert run("tasks", "show", "last~3").code == 1


def test_wait_without_ids_waits_for_all_open_tasks_at_once(run: Runner, fal: Sandbox) -> None:
    assert run("tasks", "wait", "--json").json == {"ok": True, "tasks": []}
    for number in range(4):
        run("video", "generate", f"waves {number}", "--detach", "--output", f"{number}.mp4")
    waited = run("tasks", "wait", "--json", "--progress", "json")
    assert waited.code == 0, waited.err
    assert [Path(f"{number}.mp4").exists() for number in range(4)] == [True] * 4
    assert len(waited.json["tasks"]) == 4
    events = [json.loads(line)["event"] for line in waited.err.splitlines()]
    assert events[: events.index("ended")].count("began") > 1  # side by side
    assert run("tasks", "wait").out == ""


def test_wait_without_ids_fetches_what_a_killed_process_had_not_tried(run: Runner, folder: Path, fal: Sandbox) -> None:
    """The job had succeeded, and its file was never asked for."""
    ids = [run("image", "generate", f"{number}", "-o", "out/", "--print", "id").out.strip() for number in range(2)]
    for file in Path("out").iterdir():
        file.unlink()
    with closing(sqlite3.connect(folder / "fal-tasks.sqlite3")) as database, database:
        forget = "UPDATE tasks SET is_delivered = 0, detail = json_remove(detail, '$.outputs[0].path') WHERE id = ?"
        database.execute(forget, (ids[0],))
    waited = run("tasks", "wait", "--json")
    assert [task["taskId"] for task in waited.json["tasks"]] == [ids[0]]
    assert len(list(Path("out").iterdir())) == 1
    assert run("tasks", "wait", "--json").json["tasks"] == []
    assert len(fal.submissions) == 2


def test_one_of_several_tasks_that_fails_keeps_no_other(run: Runner, fal: Sandbox) -> None:
    for name in ("a [fault:result-422]", "b"):
        run("video", "generate", name, "--detach", "--output", "out/")
    waited = run("tasks", "wait", "--json")
    assert waited.code == 5
    assert [task["ok"] for task in waited.json["tasks"]] == [True, False]
    assert len(list(Path("out").iterdir())) == 1


@pytest.mark.needs("bash")
@pytest.mark.parametrize(
    "prompt", ["a fox\nand 'an owl'\tat night", "a\u2028b \\n", "👨\u200d👩\u200d👧 \uf8ff", "-x $HOME"]
)
def test_the_command_line_that_is_shown_makes_the_same_from_any_prompt(prompt: str, run: Runner, fal: Sandbox) -> None:
    run("image", "generate", f"--prompt={prompt}", "--seed", "3")
    (again,) = [line for line in run("tasks", "show", "last").out.splitlines() if line.startswith("again: ")]
    words = subprocess.run(
        ["bash", "-c", f"printf '%s\\0' {again.removeprefix('again: openclaw-fal ')}"], capture_output=True, check=True
    )
    assert run(*words.stdout.decode().split("\0")[:-1]).code == 0
    assert [submission.body["prompt"] for submission in fal.submissions] == [prompt, prompt]


def test_requests_are_sent_again_with_changes_and_references(run: Runner, fal: Sandbox, png: bytes) -> None:
    Path("photo.png").write_bytes(png)
    for prompt in ("one", "two"):
        run("image", "edit", "-i", "photo.png", prompt, "--seed", "1", "-o", f"{prompt}.png")
    assert run("tasks", "rerun", "last", "--seed", "2", "-o", "three.png").code == 0
    again = run("tasks", "rerun", "last~1", "last~2", "--seed", "3", "-p", "num_images=2", "-o", "out/", "--json")
    assert again.code == 0, again.err
    bodies = [submission.body for submission in fal.submissions][2:]
    assert [body["seed"] for body in bodies] == [2, 3, 3]
    assert sorted(body["prompt"] for body in bodies[1:]) == ["one", "two"]
    assert {body.get("num_images") for body in bodies[1:]} == {2}
    assert all("photo" not in json.dumps(body) and "data:image/png" in json.dumps(body) for body in bodies)


def test_requests_of_several_tasks_are_shown_one_after_the_other_and_not_sent(run: Runner, fal: Sandbox) -> None:
    for prompt in ("one", "two"):
        run("image", "generate", prompt, "--model", "fal/fal-ai/flux/dev")
    again = ("tasks", "rerun", "last~1", "last", "--seed", "3")
    shown = run(*again, "--dry-run").out
    assert shown.index('"prompt": "one"') < shown.index('"prompt": "two"')
    assert shown.count("request: POST") == 2
    assert "\ntotal cost: $0.05\n" in shown
    answer = run(*again, "--dry-run", "--json").json
    assert [each["body"]["prompt"] for each in answer["requests"]] == ["one", "two"]
    assert answer["estimate"]["amount"] == 2 * answer["requests"][0]["estimate"]["amount"]
    lines = run(*again, "--as", "curl").out.replace("\\\n", "").splitlines()
    assert [json.loads(shlex.split(line)[-1])["prompt"] for line in lines] == ["one", "two"]
    assert len(run(*again, "--as", "curl", "--json").json["requests"]) == 2
    refused = run(*again, "--dry-run", "--max-cost", "0.03")  # each costs less
    assert (refused.code, refused.out) == (11, "")
    assert len(fal.submissions) == 2


def test_the_command_line_that_show_prints_makes_the_same(run: Runner, fal: Sandbox) -> None:
    run("image", "generate", "a 'red' fox", "--seed", "4", "--size", "512x512")
    line = run("tasks", "show", "last").out.split("again: ")[1].strip()
    assert run(*shlex.split(line)[1:]).code == 0
    first, second = (submission.body for submission in fal.submissions)
    assert first == second


@pytest.mark.parametrize("words", ["show", "cancel", "open", "preview", "rerun"])
def test_a_missing_id_says_that_last_is_one(run: Runner, words: str) -> None:
    refused = run("tasks", words, "--json")
    assert refused.code == 2
    assert "`last` is the newest task" in refused.json["error"]["message"]
    assert f"openclaw-fal tasks {words} last --json" in refused.json["error"]["hint"]


def test_rerun_without_a_file_proposes_the_last_with_what_was_typed(run: Runner, fal: Sandbox) -> None:
    assert run("image", "generate", "a fox").code == 0
    assert "openclaw-fal rerun last --seed 7\n" in run("rerun", "--seed", "7", terminal=True).err
    assert len(fal.submissions) == 1
    assert run("rerun", "last", "--seed", "7").code == 0


@pytest.mark.parametrize("typed", [["-n", "1"], ["-L", "1"], ["--limit", "1"], ["1"]])
def test_the_number_of_tasks_to_list(run: Runner, fal: Sandbox, typed: list[str]) -> None:
    for prompt in ("a fox", "a cat"):
        assert run("image", "generate", prompt).code == 0
    assert run("tasks", "list", *typed, "--json").json["count"] == 1
