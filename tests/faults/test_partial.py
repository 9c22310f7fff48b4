"""What was paid for is kept, as much of it as there is: partial results, odd ones, and disks that are full."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from openclaw_fal.store.part_files import PartFile
from tests.conftest import KEY, PNG
from tests.faults.outcomes import saved_files
from tests.files import configure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from openclaw_fal.sandbox import Sandbox
    from tests.conftest import FalClock, Runner, Server

WAIT_S = 100.0
VIDEO = ("video", "generate", "--json", "--output", "out/", "--prompt")
IMAGE = ("image", "generate", "--json", "--output", "out/", "--prompt")


def check_outputs(answer: dict[str, Any]) -> None:
    """Sizes and digests are those of the files."""
    for output in answer["outputs"]:
        content = Path(output["path"]).read_bytes()
        assert (output["size"], output["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())


def downloads(fal: Sandbox) -> int:
    return sum(seen.route == "download" for seen in fal.requests)


def task_id(answer: dict[str, Any]) -> str:
    return str(answer.get("taskId") or answer["error"]["taskId"])


# --- some of several -----------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["one-of-n-404-once", "one-of-n-html*1"])
@pytest.mark.parametrize("transport", [(), ("--queue",)], ids=["sync", "queue"])
def test_if_one_of_four_files_fails_the_other_three_are_kept(
    run: Runner, fal: Sandbox, fault: str, transport: tuple[str, ...]
) -> None:
    ran = run(*IMAGE, f"x [fault:{fault}]", "--count", "4", *transport)
    assert (ran.code, ran.json["error"]["code"]) == (10, "files_missing")
    assert "1 of 4 files" in ran.err
    assert ran.err.count("saved: ") == 3
    assert "missing: http" in ran.err
    *good, bad = ran.json["outputs"]
    check_outputs({"outputs": good})
    assert set(bad) >= {"url", "error"}
    assert "path" not in bad
    kept = {path: path.stat().st_mtime_ns for path in saved_files()}
    assert len(kept) == 3

    before = downloads(fal)
    waited = run("tasks", "wait", task_id(ran.json), "--json")
    assert waited.code == 0, waited.err
    assert downloads(fal) - before == 1
    check_outputs(waited.json)
    assert len(saved_files()) == 4
    assert all(path.stat().st_mtime_ns == at for path, at in kept.items())
    assert len({output["sha256"] for output in waited.json["outputs"]}) == 4
    assert len(fal.submissions) == 1


def test_a_saved_file_is_not_fetched_again_and_a_deleted_one_is(run: Runner, fal: Sandbox) -> None:
    made = run(*IMAGE, "x", "--count", "3").json
    before = downloads(fal)
    assert run("tasks", "wait", made["taskId"]).code == 0
    assert downloads(fal) == before
    gone = Path(made["outputs"][1]["path"])
    gone.unlink()
    again = run("tasks", "wait", made["taskId"], "--json")
    assert again.code == 0
    assert downloads(fal) == before + 1
    assert again.json["outputs"] == made["outputs"]
    assert gone.exists()
    assert len(fal.submissions) == 1


def test_a_file_that_fal_no_longer_has_is_reported(run: Runner, fal: Sandbox) -> None:
    made = run(*IMAGE, "x [fault:retention-gone]").json
    Path(made["outputs"][0]["path"]).unlink()
    again = run("tasks", "wait", made["taskId"], "--json")
    assert (again.code, again.json["outputs"][0]["error"]) == (10, "its host no longer has it (HTTP 404 or 410)")
    assert "free" not in again.err


# --- too large -----------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [VIDEO, IMAGE], ids=["video", "image"])
def test_a_file_above_the_limit_is_not_fetched_and_its_url_is_kept(
    run: Runner, fal: Sandbox, home: Path, command: tuple[str, ...]
) -> None:
    configure(home, {"agents": {"defaults": {"mediaMaxMb": 1}}})
    ran = run(*command, "x [fault:big-2]")
    assert (ran.code, ran.json["error"]["code"]) == (10, "files_missing")
    assert "agents.defaults.mediaMaxMb allows (1 MiB)" in ran.err
    url = ran.json["outputs"][0]["url"]
    assert url in ran.err
    assert saved_files() == []
    (task,) = run("tasks", "list", "--json").json["tasks"]
    assert task["outputs"][0]["url"] == url

    configure(home, {"agents": {"defaults": {"mediaMaxMb": 5}}})
    waited = run("tasks", "wait", task["taskId"], "--json")
    assert waited.code == 0, waited.err
    check_outputs(waited.json)
    assert len(fal.submissions) == len(saved_files()) == 1


def test_a_limit_of_less_than_a_byte_is_no_permission_for_everything(run: Runner, fal: Sandbox, home: Path) -> None:
    configure(home, {"agents": {"defaults": {"mediaMaxMb": 0.0000001}}})
    ran = run(*IMAGE, "x")
    assert (ran.code, saved_files()) == (10, [])
    assert "agents.defaults.mediaMaxMb allows" in ran.err


def test_the_limit_applies_without_a_content_length(run: Runner, fal: Sandbox, home: Path) -> None:
    configure(home, {"agents": {"defaults": {"mediaMaxMb": 1}}})
    ran = run(*IMAGE, "x [fault:big-2] [fault:download-no-length]")
    assert (ran.code, saved_files()) == (10, [])


# --- odd results ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "mime_type", "suffix"),
    [
        ("shape-strings", "image/png", ".png"),
        ("shape-image", "image/png", ".png"),
        ("shape-data-uri", "image/png", ".png"),
        ("shape-wrapper", "image/png", ".png"),
        ("shape-nested", "image/png", ".png"),
        ("shape-no-size", "image/png", ".png"),
        ("shape-null-size", "image/png", ".png"),
        ("download-wrong-type", "image/png", ".png"),
    ],
)
@pytest.mark.parametrize("transport", [(), ("--queue",)], ids=["sync", "queue"])
def test_a_result_of_any_shape_becomes_files(
    run: Runner, fal: Sandbox, shape: str, mime_type: str, suffix: str, transport: tuple[str, ...]
) -> None:
    ran = run(*IMAGE, f"x [fault:{shape}]", "--size", "640x384", *transport)
    assert ran.code == 0, ran.err
    check_outputs(ran.json)
    (output,) = ran.json["outputs"]
    assert (output["mimeType"], Path(output["path"]).suffix) == (mime_type, suffix)
    if mime_type == "image/png":
        assert (output["width"], output["height"]) == (640, 384)
    assert len(fal.submissions) == len(saved_files()) == 1


def test_four_images_inside_the_answer_become_four_files(run: Runner, fal: Sandbox) -> None:
    ran = run(*IMAGE, "x [fault:shape-data-uri]", "--count", "4")
    assert ran.code == 0, ran.err
    check_outputs(ran.json)
    assert len(saved_files()) == 4
    assert not any("url" in output for output in ran.json["outputs"])
    assert downloads(fal) == 0


def test_a_seed_of_64_bits_is_exact(run: Runner, fal: Sandbox) -> None:
    ran = run(*IMAGE, "x [fault:shape-huge-seed]", "--output", "out/{seed}.{ext}")
    seed = ran.json["seed"]
    assert seed > 2**53
    assert seed % 2 == 1  # a double could not hold it
    assert f'"seed": {seed}' in ran.out
    assert [path.stem for path in saved_files()] == [str(seed)]
    assert f'"seed": {seed}' in run("tasks", "list", "--json").out


@pytest.mark.parametrize(
    ("fault", "error"),
    [("download-html", "the server sent an error page (text/html)"), ("download-empty", "the file is empty")],
)
def test_an_error_page_or_an_empty_file_is_never_saved_as_an_image(
    run: Runner, fal: Sandbox, fault: str, error: str
) -> None:
    ran = run(*IMAGE, f"x [fault:{fault}]")
    assert (ran.code, saved_files()) == (10, [])
    assert ran.json["outputs"][0]["error"] == error
    assert list(Path("out").iterdir()) == []  # nor kept as the beginning of one


def test_a_page_is_no_image_even_if_the_server_declares_it_as_a_page(
    run: Runner, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENCLAW_FAL_BASE_URL", server.url)
    monkeypatch.setenv("FAL_KEY", KEY)
    result = json.dumps({"images": [{"url": f"{server.url}/fox.png"}], "seed": 7}).encode()
    server.answer((200, result), (200, b"<!doctype html><p>This link has expired", {"content-type": "text/html"}))
    ran = run(*IMAGE, "x")
    assert (ran.code, ran.json["error"]["code"], saved_files()) == (10, "files_missing", [])


def test_an_image_that_always_ends_too_early_is_not_saved(run: Runner, fal: Sandbox) -> None:
    ran = run(*IMAGE, "x [fault:download-no-length-cut*3]")
    assert (ran.code, saved_files(), downloads(fal)) == (10, [], 3)
    assert "the server sends only a part of it each time" in ran.err
    waited = run("tasks", "wait", task_id(ran.json), "--json")
    assert waited.code == 0, waited.err
    check_outputs(waited.json)


def test_a_job_that_ends_in_time_is_fetched_after_the_limit(run: Runner, fal: Sandbox) -> None:
    ran = run(*IMAGE, "x [fault:download-slow-40]", "--timeout-ms", "2500")
    assert ran.code == 0, ran.err
    check_outputs(ran.json)


def test_the_time_limit_covers_all_models(run: Runner, fal: Sandbox, fal_clock: FalClock, home: Path) -> None:
    models = {"primary": "fal/sandbox/fault/completed-error", "fallbacks": ["fal/fal-ai/minimax/video-01-live"]}
    configure(home, {"agents": {"defaults": {"videoGenerationModel": models}}})
    ran = run(*VIDEO, "x [fault:slow-30]", "--timeout-ms", "5500")  # three seconds for each is too much
    assert (ran.code, len(fal.submissions)) == (9, 2), ran.err
    fal_clock.skip(3)
    waited = run("tasks", "wait", task_id(ran.json))
    assert (waited.code, len(fal.submissions)) == (0, 2)


# --- results that can't be read, and those that hold their files ---------------------------------

QUEUED = {"request_id": "r-1", "status": "IN_QUEUE"}


@pytest.fixture
def job(server: Server, monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], None]:
    """Let the server accept a job that has finished with this result; a picture has any other path."""
    monkeypatch.setenv("OPENCLAW_FAL_BASE_URL", server.url)
    monkeypatch.setenv("FAL_KEY", KEY)
    at = "/fal-ai/flux/requests/r-1"
    server.answer((200, PNG, {"content-type": "image/png"}))
    server.answer((200, json.dumps(QUEUED).encode()), path="/fal-ai/flux/dev")
    server.answer((200, b'{"status": "COMPLETED"}'), path=f"{at}/status")
    server.answer(404, path=f"{at}/status/stream")
    return lambda result: server.answer((200, result), path=at)


def posts(server: Server) -> int:
    return sum(request.line.startswith("POST") for request in server.requests)


@pytest.mark.parametrize(
    "result",
    [
        b'{"images": [{"url": "%s/fox.png"}], "prompt": "caf\xe9"}',
        b'{"images": [{"url": "%s/fox.png"}], "seed": ' + b"9" * 5000 + b"}",
    ],
    ids=["a wrong byte", "5,000 digits"],
)
@pytest.mark.parametrize("transport", [(), ("--queue",)], ids=["sync", "queue"])
def test_a_result_with_a_small_fault_becomes_files(
    run: Runner, server: Server, job: Callable[[bytes], None], result: bytes, transport: tuple[str, ...]
) -> None:
    result = result.replace(b"%s", server.url.encode())
    job(result)
    if not transport:
        server.answer((200, result), path="/fal-ai/flux/dev")
    ran = run(*IMAGE, "x", *transport)
    assert ran.code == 0, ran.err
    check_outputs(ran.json)


@pytest.mark.parametrize("result", [b'{"images": [', b"[]", b"null"])
def test_a_result_that_can_not_be_read_is_kept_and_can_be_asked_for_again(
    run: Runner, server: Server, job: Callable[[bytes], None], home: Path, result: bytes
) -> None:
    job(result)
    for ran in (run(*IMAGE, "x", "--queue"), run(*IMAGE, "x", "--queue", "--reuse")):
        assert (ran.code, ran.json["error"]["code"]) == (10, "result_unreadable")
    (kept,) = home.rglob("fal-answers/*")
    assert kept.read_bytes() == result
    assert str(kept) in ran.err
    shown = run("tasks", "show", task_id(ran.json), "--json").json
    assert (shown["status"], shown["error"]["code"]) == ("succeeded", "result_unreadable")

    job(json.dumps({"images": [{"url": f"{server.url}/fox.png"}]}).encode())
    waited = run("tasks", "wait", task_id(ran.json), "--json")
    assert waited.code == 0, waited.err
    check_outputs(waited.json)
    assert posts(server) == 1
    assert not kept.exists()


def test_an_answer_that_can_not_be_read_is_kept_even_where_it_can_not_be_asked_for_again(
    run: Runner, server: Server, job: Callable[[bytes], None], home: Path
) -> None:
    job(b"")
    server.answer((200, b'{"images": [', {"x-fal-request-id": "r-1"}), path="/fal-ai/flux/dev")
    ran = run(*IMAGE, "x")
    assert (ran.code, ran.json["error"]["code"]) == (10, "result_unreadable")
    (kept,) = home.rglob("fal-answers/*")
    kept.write_text(json.dumps({"images": [{"url": f"{server.url}/fox.png"}]}))  # as a newer version might read it
    waited = run("tasks", "wait", task_id(ran.json), "--json")
    assert waited.code == 0, waited.err
    assert (posts(server), len(saved_files())) == (1, 1)


@pytest.mark.parametrize("transport", [(), ("--queue",)], ids=["sync", "queue"])
def test_a_picture_inside_the_answer_is_kept_until_it_has_been_written_once(
    run: Runner, fal: Sandbox, home: Path, monkeypatch: pytest.MonkeyPatch, transport: tuple[str, ...]
) -> None:
    def no_room(_part: object, _chunk: bytes) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr("openclaw_fal.store.part_files.PartFile.write", no_room)
        ran = run(*IMAGE, "x [fault:shape-data-uri]", *transport)
    assert (ran.code, saved_files()) == (10, [])
    fal.inject("result-404*99")  # nobody else has it
    waited = run("tasks", "wait", task_id(ran.json), "--json")
    assert waited.code == 0, waited.err
    check_outputs(waited.json)
    assert len(fal.submissions) == 1
    assert list(home.rglob("fal-answers/*")) == []


# --- disks and folders ---------------------------------------------------------------------------


def test_on_a_full_disk_the_url_and_the_bytes_that_arrived_are_kept(run: Runner, fal: Sandbox) -> None:
    # No file may grow beyond half a megabyte: the next best thing to a disk that is full.
    script = 'ulimit -f 512; exec "$0" -m openclaw_fal "$@"'
    child = subprocess.run(
        ["bash", "-c", script, sys.executable, *VIDEO, "x [fault:big-2]"],
        env=dict(os.environ),
        capture_output=True,
        timeout=WAIT_S,
        check=False,
    )
    assert child.returncode == 10, child.stderr
    answer = json.loads(child.stdout)
    assert "can't be written" in answer["error"]["message"]
    assert answer["outputs"][0]["url"].startswith(fal.url)
    assert saved_files() == []

    waited = run("tasks", "wait", task_id(answer), "--json")
    assert waited.code == 0, waited.err
    check_outputs(waited.json)
    assert [seen.status for seen in fal.requests if seen.route == "download"] == [200, 206]  # the rest alone
    assert len(fal.submissions) == len(saved_files()) == 1
    assert sorted(Path("out").iterdir()) == saved_files()


def test_a_deleted_folder_is_created_again(run: Runner, fal: Sandbox) -> None:
    detached = run(*VIDEO, "x", "--detach").json
    shutil.rmtree("out")
    assert run("tasks", "wait", detached["taskId"]).code == 0
    assert len(saved_files()) == 1


def test_another_folder_can_replace_one_that_is_no_longer_writable(run: Runner, fal: Sandbox) -> None:
    detached = run(*VIDEO, "x", "--detach").json
    shutil.rmtree("out")
    Path("out").write_text("a file now")
    waited = run("tasks", "wait", detached["taskId"], "--json")
    assert (waited.code, waited.json["error"]["code"]) == (10, "files_missing")
    assert run("tasks", "wait", detached["taskId"], "--output", "other/").code == 0
    assert len(list(Path("other").iterdir())) == 1
    assert len(fal.submissions) == 1


def test_what_was_left_of_a_file_goes_when_it_is_saved_elsewhere(run: Runner, fal: Sandbox) -> None:
    task = run(*VIDEO, "x", "--detach").json["taskId"]
    Path("out", f".{task}-1.part").write_bytes(b"the beginning")
    assert run("tasks", "wait", task, "--output", "other/").code == 0
    assert list(Path("out").iterdir()) == []
    assert len(list(Path("other").iterdir())) == 1


@contextmanager
def full_disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the disk be full after the first piece of each file."""
    write = PartFile.write

    def half(part: PartFile, chunk: bytes) -> None:
        write(part, chunk)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(PartFile, "write", half)
        yield


def test_what_was_left_in_any_folder_goes_when_the_file_came_by_another_way(
    run: Runner, fal: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = run(*IMAGE, "x [fault:big-2]", "--queue", "--detach").json["taskId"]
    with full_disk(monkeypatch):
        for folder in ((), ("--output", "one/"), ("--output", "two/")):
            assert run("tasks", "wait", task, *folder).code == 10
    left = [path for folder in ("out", "one", "two") for path in Path(folder).glob(".*.part")]
    assert len(left) == 3
    assert run("tasks", "wait", task, "--output", "-").code == 0
    assert [path for folder in ("out", "one", "two") for path in Path(folder).iterdir()] == []


def test_pruning_removes_what_was_left_of_files(
    run: Runner, fal: Sandbox, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with full_disk(monkeypatch):
        assert run(*IMAGE, "x [fault:big-2]").code == 10
        assert run(*IMAGE, "x [fault:shape-data-uri]").code == 10
    assert list(Path("out").iterdir())
    assert len(list(home.rglob("fal-answers/*"))) == 1
    assert run("tasks", "prune", "--days", "0", "--all").code == 0
    assert list(Path("out").iterdir()) == []
    assert list(home.rglob("fal-answers/*")) == []


def test_an_existing_file_of_that_name_is_left_alone(run: Runner, fal: Sandbox) -> None:
    detached = run(*IMAGE, "x", "--output", "out/fox.png", "--detach").json
    Path("out/fox.png").write_text("mine")
    waited = run("tasks", "wait", detached["taskId"], "--json")
    assert waited.code == 0, waited.err
    assert Path("out/fox.png").read_text() == "mine"
    assert "fox.png already exists; saved as" in waited.err
    check_outputs(waited.json)


def test_several_files_do_not_fit_standard_output(run: Runner, fal: Sandbox) -> None:
    detached = run(*IMAGE, "x", "--count", "2", "--detach").json
    refused = run("tasks", "wait", detached["taskId"], "--output", "-")
    assert (refused.code, refused.raw) == (10, b"")
    assert f"openclaw-fal tasks wait {detached['taskId']} --output FOLDER/" in refused.err
    assert run("tasks", "wait", detached["taskId"], "--output", "other/").code == 0
    assert len(list(Path("other").iterdir())) == 2
    assert len(fal.submissions) == 1


def test_a_finished_task_can_be_written_to_standard_output(run: Runner, fal: Sandbox) -> None:
    made = run(*IMAGE, "x").json
    piped = run("tasks", "wait", made["taskId"], "--output", "-")
    assert piped.code == 0
    assert hashlib.sha256(piped.raw).hexdigest() == made["outputs"][0]["sha256"]
