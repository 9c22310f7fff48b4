from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import sys
import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from openclaw_fal.core.errors import ErrorRecord, NothingSent, OpenclawFalError
from openclaw_fal.core.file_names import OutputPlan
from openclaw_fal.core.requests import Request
from openclaw_fal.core.results import Asset, Normalized
from openclaw_fal.core.tasks import Task, TaskStatus
from openclaw_fal.store import database, journal, journal_file, task_rows
from openclaw_fal.store.journal import Journal
from openclaw_fal.store.task_rows import WrittenTasks, new_task_id

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Start = Callable[..., subprocess.Popen[bytes]]

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="forks")


class Clock:
    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        self.time += 1
        return self.time


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "fal-tasks.sqlite3"


@pytest.fixture
def tasks(path: Path) -> Iterator[Journal]:
    opened = Journal(path, Clock())
    yield opened
    opened.close()


def make(task_id: str = "kq7r", **known: Any) -> Task:
    task = Task(
        id=task_id,
        capability="image.generate",
        model="fal-ai/flux/dev",
        endpoint="fal-ai/flux/dev",
        transport="queue",
        status=TaskStatus.QUEUED,
        created_at=1000.0,
        updated_at=1000.0,
        digest="d" * 64,
    )
    return task._replace(**known)


def ids(found: list[Task]) -> list[str]:
    return [task.id for task in found]


def execute(path: Path, statement: str) -> None:
    """Change the file as another program would."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(statement)


def is_sound(path: Path) -> bool:
    with closing(sqlite3.connect(path)) as connection:
        return bool(connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok")


# --- reading and writing -----------------------------------------------------------------------


def test_a_task_comes_back_as_it_was_with_numbers_of_any_size_and_text_of_any_kind(tasks: Journal) -> None:
    task = make(
        request=Request.from_record(
            {"capability": "image.generate", "prompt": "ein Fuchs \udc80 🦊", "seed": 2**64 - 1}
        ),
        delivery=OutputPlan(kind="file", folder="/tmp", name="fox.png"),
        ignored={"quality": "high"},
        normalization={"size": Normalized("10x10", "16x16")},
        sandbox=True,
        request_id="r-\ud800",
        status_url="https://queue.fal.run/x/requests/r/status",
        outputs=(Asset(url="https://v3.fal.media/a.png", size=7, sha256="ab", path="/tmp/fox.png"), Asset(url="u")),
        seed=-(2**63),
        billable_units="1.5",
        inference_seconds=0.25,
        error=ErrorRecord(code="x", message="y"),
    )
    tasks.open_task(task)
    assert tasks.get_task("kq7r") == task


def test_media_bytes_are_not_written(tasks: Journal, path: Path) -> None:
    secret = "QUJD" * 1000
    tasks.open_task(make(outputs=(Asset(url=f"data:image/png;base64,{secret}"),)))
    tasks.close()
    assert secret.encode() not in path.read_bytes()


def test_nothing_is_made_before_the_first_task_and_reading_finds_nothing(tasks: Journal, path: Path) -> None:
    assert tasks.list_tasks() == tasks.find_same("d") == []
    assert tasks.counts() == {}
    assert tasks.prune(before=10.0**9) == ([], [])
    assert not path.parent.exists()


def test_a_change_has_its_time_and_the_end_a_time_of_its_own(tasks: Journal) -> None:
    task = make()
    tasks.open_task(task)
    running = tasks.record(task, status=TaskStatus.RUNNING)
    assert (running.status, running.updated_at, running.finished_at) == (TaskStatus.RUNNING, 1001.0, None)
    done = tasks.record(running, status=TaskStatus.SUCCEEDED, seed=7)
    assert (done.updated_at, done.finished_at, done.duration_s) == (1002.0, 1002.0, 2.0)
    delivered = tasks.record(done, outputs=(Asset(url="u", path="/p"),))
    assert (delivered.updated_at, delivered.finished_at) == (1003.0, 1002.0)
    assert tasks.get_task(task.id) == delivered


def test_a_change_keeps_what_another_process_has_written_meanwhile(tasks: Journal, path: Path) -> None:
    task = make()
    tasks.open_task(task)
    other = Journal(path, Clock())
    other.record(task, request_id="r-1", outputs=(Asset(url="u", path="/p"),), status=TaskStatus.SUCCEEDED)
    other.close()
    late = tasks.record(task, status=TaskStatus.RUNNING, seed=7)
    assert (late.request_id, late.seed, late.is_delivered) == ("r-1", 7, True)
    assert late.status is TaskStatus.SUCCEEDED


def test_a_task_is_read_from_memory_only_while_no_other_process_has_written_it(tasks: Journal, path: Path) -> None:
    task = make()
    tasks.open_task(task)
    assert tasks.recorded(task) == task
    other = Journal(path, Clock())
    changed = other.record(task, request_id="r-1")
    assert tasks.recorded(task) == changed
    assert tasks.record(task, seed=7).request_id == "r-1"
    other.prune(1e9, everything=True)
    ended = tasks.record(task, status=TaskStatus.FAILED)
    assert other.recorded(task) == ended
    other.prune(1e9)
    assert tasks.recorded(task) is None
    other.close()


def test_a_task_that_was_pruned_while_it_ran_is_written_again(tasks: Journal) -> None:
    assert tasks.record(make(), request_id="r-1") == tasks.get_task("kq7r")
    tasks.record(make(), status=TaskStatus.FAILED)
    tasks.prune(1e9)
    assert tasks.recorded(make()) is None
    assert tasks.record(make(), request_id="r-2") == tasks.get_task("kq7r")


# --- looking for tasks -------------------------------------------------------------------------


def test_an_id_may_be_shortened_while_it_is_unique(tasks: Journal) -> None:
    for task_id in ("kq7r", "kq8", "kqz", "kq7rx"):
        tasks.open_task(make(task_id))
    assert tasks.get_task("kq8").id == "kq8"
    assert tasks.get_task(" KQZ ").id == "kqz"
    assert tasks.get_task("kq7r").id == "kq7r"
    with pytest.raises(OpenclawFalError, match="kq7r, kq7rx, kq8, kqz") as caught:
        tasks.get_task("kq")
    assert (caught.value.code, caught.value.exit_code) == ("task_ambiguous", 1)


@pytest.mark.parametrize("name", ["", "  ", "x", "%", "kq7rr", "KQ7R%", "\ud800"])
def test_a_task_that_does_not_exist_is_an_error(tasks: Journal, name: str) -> None:
    tasks.open_task(make())
    with pytest.raises(OpenclawFalError) as caught:
        tasks.get_task(name)
    assert (caught.value.code, caught.value.exit_code) == ("task_not_found", 1)
    assert caught.value.hint


def test_a_task_is_found_by_the_request_id_that_fal_gave_it(tasks: Journal) -> None:
    tasks.open_task(make(request_id="5f1c-AB"))
    assert tasks.get_task("5f1c-AB").id == "kq7r"


def test_the_list_has_the_newest_first_and_as_many_as_asked_for(tasks: Journal) -> None:
    for number in range(30):
        tasks.open_task(make(f"t{number}", created_at=float(number % 10)))
    assert ids(tasks.list_tasks(limit=4)) == ["t29", "t19", "t9", "t28"]
    assert len(tasks.list_tasks(limit=20)) == 20
    assert len(tasks.list_tasks()) == 30


def test_the_list_can_be_of_some_statuses(tasks: Journal) -> None:
    for number, status in enumerate(TaskStatus):
        if status is not TaskStatus.SUBMITTING:
            tasks.open_task(make(f"t-{status}", created_at=float(number), status=status))
    wanted = [TaskStatus.UNKNOWN, TaskStatus.LOST, TaskStatus.QUEUED, TaskStatus.LOST]
    assert ids(tasks.list_tasks(wanted)) == ["t-lost", "t-queued", "t-unknown"]
    assert ids(tasks.list_tasks(wanted, limit=2)) == ["t-lost", "t-queued"]
    assert tasks.counts() == dict.fromkeys(set(TaskStatus) - {TaskStatus.SUBMITTING}, 1)


def test_the_same_request_is_found_while_it_is_open_and_until_its_files_are_saved(tasks: Journal) -> None:
    for status in TaskStatus:
        tasks.open_task(make(f"t-{status}", status=status))
    tasks.open_task(make("saved", status=TaskStatus.SUCCEEDED, outputs=(Asset(url="u", path="/p"),)))
    tasks.open_task(make("other", digest="e" * 64))
    assert sorted(ids(tasks.find_same("d" * 64))) == [
        "t-queued", "t-running", "t-submitting", "t-succeeded", "t-unknown",
    ]  # fmt: skip


def test_a_task_is_not_opened_beside_the_same_one_if_that_must_not_be(tasks: Journal) -> None:
    assert tasks.open_task(make("first"), unless_same_since=1000)
    assert not tasks.open_task(make("second"), unless_same_since=1000)
    assert tasks.open_task(make("third"))
    assert sorted(ids(tasks.list_tasks())) == ["first", "third"]


def test_a_task_that_ended_after_a_command_had_begun_is_the_same_even_if_its_files_are_saved(tasks: Journal) -> None:
    task = make()
    tasks.open_task(task)
    saved = (Asset(url="u", path="/p"),)
    ended_at = tasks.record(task, status=TaskStatus.SUCCEEDED, outputs=saved).updated_at
    assert tasks.find_same(task.digest) == []
    assert tasks.find_same(task.digest, since=ended_at + 0.1) == []
    assert ids(tasks.find_same(task.digest, since=ended_at - 0.1)) == [task.id]
    assert not tasks.open_task(make("second"), unless_same_since=ended_at - 0.1)
    assert tasks.open_task(make("third"), unless_same_since=ended_at + 0.1)


def test_room_is_reserved_before_a_task_is_opened_and_given_up_when_the_disk_is_full(
    path: Path, tasks: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = path.with_suffix(".reserve")

    def execute_on_full_disk(connection: sqlite3.Connection, statement: str, *more: Any) -> sqlite3.Cursor:
        if statement == "COMMIT" and room.exists():
            full = sqlite3.OperationalError("database or disk is full")
            full.sqlite_errorcode = sqlite3.SQLITE_FULL
            raise full
        return database.execute(connection, statement, *more)

    task = make()
    tasks.open_task(task)
    assert room.stat().st_size >= 100_000
    monkeypatch.setattr(journal_file, "execute", execute_on_full_disk)
    with pytest.raises(NothingSent, match="full"):  # what is reserved is not for new tasks
        tasks.open_task(make("another"))
    assert room.exists()
    tasks.record(task, status=TaskStatus.QUEUED, request_id="r")
    assert tasks.is_recorded(task)
    assert not room.exists()
    assert tasks.get_task("r").status is TaskStatus.QUEUED


def test_a_file_that_one_process_has_saved_stays_so_when_another_reads_the_result(tasks: Journal) -> None:
    task = make()
    tasks.open_task(task)
    read: dict[str, Any] = {"status": TaskStatus.SUCCEEDED, "outputs": (Asset(url="a"), Asset(url="b"))}
    saved = tasks.record(task, **read)
    tasks.record(saved, outputs=(Asset(url="a", path="/a"), Asset(url="b")))
    assert [asset.path for asset in tasks.record(task, **read).outputs] == ["/a", None]


def test_pruning_removes_old_tasks_but_none_that_may_run_or_is_paid_for_and_not_saved(tasks: Journal) -> None:
    for status in TaskStatus:
        tasks.open_task(make(f"t-{status}", status=status))
    tasks.open_task(make("saved", status=TaskStatus.SUCCEEDED, outputs=(Asset(url="u", path="/p"),)))
    tasks.open_task(make("young", status=TaskStatus.FAILED, updated_at=2000.0))
    assert len(tasks.prune(before=1500.0)[0]) == 5
    assert sorted(ids(tasks.list_tasks())) == [
        "t-queued", "t-running", "t-submitting", "t-succeeded", "t-unknown", "young",
    ]  # fmt: skip
    assert len(tasks.prune(before=1500.0, everything=True)[0]) == 2
    assert sorted(ids(tasks.list_tasks())) == ["t-queued", "t-running", "t-submitting", "young"]


def test_an_id_is_short_easy_to_read_aloud_and_unique(monkeypatch: pytest.MonkeyPatch) -> None:
    made = {new_task_id() for _ in range(5000)}
    assert len(made) == 5000
    assert all(re.fullmatch(r"[b-df-hjkmnp-tv-xz][b-df-hjkmnp-tv-xz2-9]{9}", task_id) for task_id in made)
    monkeypatch.setattr(os, "urandom", bytes)
    assert new_task_id() == "bbbbbbbbbb"


@pytest.mark.slow
def test_with_a_hundred_thousand_tasks_every_query_uses_an_index_and_reads_only_its_result(
    tasks: Journal, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    queries: list[str] = []

    def open_database(*arguments: Any) -> sqlite3.Connection:
        opened = database.open_database(*arguments)
        opened.set_trace_callback(queries.append)
        return opened

    monkeypatch.setattr(journal_file, "open_database", open_database)
    tasks.open_task(make("first"))
    columns = "id, status, created_at, updated_at, digest, endpoint, request_id, is_delivered, writer, detail"
    execute(
        path,
        f"""WITH RECURSIVE count(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM count WHERE n < 100000)
        INSERT INTO tasks ({columns})
        SELECT 't' || n, iif(n % 1000, 'succeeded', 'running'), n, n, 'd' || n, endpoint, 'r' || n, 1, writer,
            replace(detail, '"first"', '"t' || n || '"') FROM count, tasks WHERE id = 'first'""",
    )
    queries.clear()
    read: list[str] = []

    def task_of(detail: str) -> Task:
        read.append(detail)
        return task_rows.task_of(detail)

    def ambiguous() -> None:
        with pytest.raises(OpenclawFalError, match="may be any of"):
            tasks.get_task("t")

    monkeypatch.setattr(journal, "task_of", task_of)
    for look in (
        lambda: tasks.list_tasks(limit=20),
        lambda: tasks.list_tasks([TaskStatus.RUNNING, TaskStatus.SUCCEEDED, TaskStatus.FAILED], limit=20),
        ambiguous,
        lambda: tasks.get_task("r5"),
        lambda: tasks.find_same("d5"),
        lambda: tasks.batch_tasks("b", "l"),
        tasks.counts,
    ):
        began = time.perf_counter()
        look()
        took_ms = 1000 * (time.perf_counter() - began)
        print(f"{took_ms:.2f} ms: {' '.join(queries[-1].split())[:90]}")  # noqa: T201 - measured, not asserted
    assert len(read) <= 20 + 20 + 6 + 1 + 1
    with closing(sqlite3.connect(path)) as connection:
        for query in (query for query in queries if query.lstrip().startswith("SELECT")):
            steps = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {query}")]
            on_table = [step for step in steps if " tasks" in step]
            assert on_table
            assert all("INDEX" in step for step in on_table), (query, steps)


# --- many at once ------------------------------------------------------------------------------


@posix_only
@pytest.mark.slow
@pytest.mark.parametrize("attempt", range(3))
def test_fifty_processes_that_start_at_once_on_a_missing_journal_lose_nothing(
    path: Path, tasks: Journal, attempt: int, start: Start
) -> None:
    worker = start("cold_start", path, 50, 4)
    assert worker.wait() == 0, f"attempt {attempt}"
    assert worker.stdout is not None
    worker.stdout.close()
    assert sum(tasks.counts().values()) == 200
    assert is_sound(path)


@posix_only
@pytest.mark.slow
def test_writers_that_are_killed_leave_every_task_that_they_had_written(
    path: Path, tasks: Journal, start: Start
) -> None:
    said: dict[str, str] = {}
    for _ in range(3):
        writers = [start("write_forever", path) for _ in range(4)]
        for number, writer in enumerate(writers):
            assert writer.stdout is not None
            first = [writer.stdout.readline().decode() for _ in range(5)]
            time.sleep(0.02 + 0.007 * number)
            writer.send_signal(signal.SIGKILL)
            lines = [*first, *writer.communicate()[0].decode().splitlines()]
            said |= dict(line.split() for line in lines)
    assert len(said) > 20
    found = {task.id: task for task in tasks.list_tasks(limit=None)}
    # The last change of a killed writer may be on disk although it did not live to say so.
    allowed = {"submitting": {TaskStatus.UNKNOWN, TaskStatus.QUEUED}, "queued": {TaskStatus.QUEUED}}
    assert all(found[task_id].status in allowed[status] for task_id, status in said.items())
    assert all(task.request_id for task in found.values() if task.status is TaskStatus.QUEUED)
    assert TaskStatus.SUBMITTING not in tasks.counts()
    assert is_sound(path)


def test_threads_may_share_a_journal(tasks: Journal) -> None:
    def work(number: int) -> None:
        for turn in range(10):
            task = make(f"t{number}-{turn}")
            tasks.open_task(task)
            tasks.record(task, status=TaskStatus.RUNNING)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert tasks.counts() == {TaskStatus.RUNNING: 80}


@posix_only
@pytest.mark.parametrize("fails", [False, True])
def test_what_threads_write_at_the_same_time_is_one_transaction_and_one_failure_spoils_no_other(
    path: Path, tasks: Journal, fails: bool
) -> None:
    tasks.open_task(make("taken"))
    errors: dict[str, BaseException] = {}

    def write(name: str) -> None:
        try:
            tasks.open_task(make(name))
        except NothingSent as error:
            errors[name] = error

    begins: list[str] = []
    tasks.file.database().set_trace_callback(
        lambda statement: begins.append(statement) if "BEGIN" in statement else None
    )
    names = [f"k{number}" for number in range(20)]
    more = ["taken"] if fails else []
    threads = [threading.Thread(target=write, args=(name,)) for name in [*names, *more]]
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        threads[0].start()
        while not begins:
            time.sleep(0.001)
        for thread in threads[1:]:
            thread.start()
        while tasks.file.waiting < len(threads) - 1:
            time.sleep(0.001)
        begins.clear()
        other.execute("COMMIT")
    for thread in threads:
        thread.join()
    assert set(ids(tasks.list_tasks(limit=None))) == {*names, "taken"}
    assert list(errors) == more
    if not fails:
        assert len(begins) < len(names) / 2


def test_a_task_whose_process_died_while_submitting_is_unknown(path: Path, tasks: Journal, start: Start) -> None:
    worker = start("submit", path, "kq7r")
    assert worker.stdout is not None
    assert worker.stdout.readline() == b"written\n"
    assert tasks.get_task("kq7r").status is TaskStatus.SUBMITTING
    assert tasks.counts() == {TaskStatus.SUBMITTING: 1}
    worker.kill()
    worker.communicate()
    assert tasks.get_task("kq7r").status is TaskStatus.UNKNOWN
    assert ids(tasks.list_tasks([TaskStatus.UNKNOWN])) == ["kq7r"]
    assert tasks.list_tasks([TaskStatus.SUBMITTING]) == []
    assert ids(tasks.find_same("d")) == ["kq7r"]
    assert tasks.counts() == {TaskStatus.UNKNOWN: 1}


def test_a_process_that_seemed_dead_can_still_record_its_task(path: Path, tasks: Journal) -> None:
    task = make(status=TaskStatus.SUBMITTING)
    tasks.open_task(task)
    execute(path, "UPDATE tasks SET writer = 'another-boot 1 2 3'")
    assert tasks.get_task("kq7r").status is TaskStatus.UNKNOWN
    assert tasks.record(task, status=TaskStatus.QUEUED, request_id="r").status is TaskStatus.QUEUED
    assert tasks.get_task("kq7r").request_id == "r"


# --- when the disk fails ------------------------------------------------------------------------


@posix_only
def test_a_full_disk_stops_the_submission_but_loses_no_running_task(path: Path, tasks: Journal, start: Start) -> None:
    worker = start("fill_disk", path)
    answer = json.loads(worker.communicate()[0])
    code, message, hint = answer["refusal"]
    assert code == "journal_unwritable"
    assert "nothing was submitted" in message
    assert "OPENCLAW_STATE_DIR" in hint
    assert len(answer["warnings"]) == 1
    assert (answer["request_id"], answer["status"]) == ("r-1", "succeeded")
    # Written when there was room again, though not in the moment it was learnt.
    first = tasks.get_task("first")
    assert (first.request_id, first.status) == ("r-1", TaskStatus.SUCCEEDED)


def test_a_folder_that_cannot_be_made_stops_the_submission(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NothingSent) as caught:
        Journal(tmp_path / "file" / "tasks.sqlite3", Clock()).open_task(make())
    assert (caught.value.code, caught.value.exit_code) == ("journal_unwritable", 7)


def test_a_damaged_journal_stops_the_submission_and_is_an_error_when_read(path: Path, tasks: Journal) -> None:
    path.parent.mkdir()
    path.write_bytes(b"no database at all " * 100)
    path.chmod(0o600)
    with pytest.raises(NothingSent) as refused:
        tasks.open_task(make())
    with pytest.raises(OpenclawFalError) as unread:
        tasks.list_tasks()
    assert (unread.value.code, unread.value.exit_code) == ("journal_unusable", 1)
    assert (
        refused.value.hint
        == unread.value.hint
        == f"The file is damaged. Move it away to start a new one: mv {path} {path}.damaged"
    )


def test_a_journal_of_a_newer_version_is_left_alone(path: Path, tasks: Journal) -> None:
    tasks.open_task(make())
    execute(path, "PRAGMA user_version = 99")
    tasks.close()
    with pytest.raises(NothingSent, match="newer openclaw-fal") as caught:
        tasks.open_task(make("other"))
    assert caught.value.hint == "Update openclaw-fal."
    with pytest.raises(OpenclawFalError) as unread:
        tasks.list_tasks()
    assert unread.value.code == "journal_newer"


def test_a_lock_that_is_never_released_stops_the_submission_but_no_running_task(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_TIMEOUT_S", 0.05)
    warnings: list[str] = []
    with closing(Journal(path, Clock(), warnings.append)) as tasks:
        tasks.open_task(make())
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(NothingSent) as caught:
                tasks.open_task(make("other"))
            assert "Another openclaw-fal" in (caught.value.hint or "")
            recorded = tasks.record(make(), request_id="r-1")
        assert recorded.request_id == "r-1"
        assert len(warnings) == 1
        assert tasks.record(make(), seed=7).request_id == "r-1"
        assert tasks.get_task("kq7r").request_id == "r-1"


# --- permissions ---------------------------------------------------------------------------------


@posix_only
def test_files_are_private_from_their_first_byte_whatever_the_umask(path: Path, tasks: Journal) -> None:
    before = os.umask(0)
    try:
        tasks.open_task(make())
    finally:
        os.umask(before)
    files = {entry.name: entry.stat().st_mode & 0o777 for entry in path.parent.iterdir()}
    reserve = path.with_suffix(".reserve").name
    assert files == {path.name: 0o600, path.name + "-wal": 0o600, path.name + "-shm": 0o600, reserve: 0o600}
    assert path.parent.stat().st_mode & 0o777 == 0o700


@posix_only
def test_wide_permissions_are_corrected_with_a_warning(path: Path, tasks: Journal) -> None:
    tasks.open_task(make())
    tasks.close()
    path.chmod(0o644)
    warnings: list[str] = []
    again = Journal(path, Clock(), warnings.append)
    assert ids(again.list_tasks()) == ["kq7r"]
    again.close()
    assert path.stat().st_mode & 0o777 == 0o600
    assert warnings == [f"{path} could be read by other users (mode 0644); now only you can."]


@posix_only
def test_a_journal_that_belongs_to_someone_else_is_refused(
    path: Path, tasks: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks.open_task(make())
    tasks.close()
    if os.geteuid() == 0:
        os.chown(path, 4711, -1)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: 4711)
    with pytest.raises(NothingSent, match="belongs to another user"):
        tasks.open_task(make("other"))
    with pytest.raises(OpenclawFalError, match="belongs to another user"):
        tasks.list_tasks()


def test_the_journal_works_on_a_disk_without_shared_memory(
    path: Path, tasks: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = database.execute

    def without_wal(connection: sqlite3.Connection, statement: str, *more: Any) -> sqlite3.Cursor:
        return original(connection, statement.removesuffix(" = WAL"), *more)

    monkeypatch.setattr(database, "execute", without_wal)
    tasks.open_task(make())
    assert tasks.get_task("kq7r") == make()
    assert not [entry.name for entry in path.parent.iterdir() if entry.name.endswith(("-wal", "-shm"))]


def test_what_is_recorded_when_a_signal_comes_in_is_written_with_the_next_change(
    tasks: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = make()
    tasks.open_task(task)
    with monkeypatch.context() as patch:
        patch.setattr(WrittenTasks, "row_of", lambda _self, _task: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            tasks.record(task, request_id="r-1")
    assert tasks.get_task("kq7r").request_id is None
    tasks.close()
    assert tasks.get_task("kq7r") == task._replace(request_id="r-1", updated_at=1002.0)
