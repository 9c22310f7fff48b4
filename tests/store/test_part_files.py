from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys
import threading
import tracemalloc
from pathlib import Path

import pytest

import openclaw_fal
from openclaw_fal.core.errors import NothingSent, OpenclawFalError, UsageError
from openclaw_fal.core.naming import OutputPlan, plan_output
from openclaw_fal.store import part_files as files
from openclaw_fal.store.part_files import check_writable, stage

WORKER = Path(__file__).with_name("journal_worker.py")
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(openclaw_fal.__file__).parents[1])}
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="forks, links and modes")
STEM = "image-20261122-094501"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "out"
    made.mkdir()
    return made


def plan(folder: Path, output: str | None, *, overwrite: bool = False) -> OutputPlan:
    return plan_output(output, cwd=str(folder), stem=STEM, is_folder=os.path.isdir, overwrite=overwrite)


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def start(*arguments: object) -> subprocess.Popen[bytes]:
    command = [sys.executable, str(WORKER), *map(str, arguments)]
    return subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.PIPE)


def put(folder: Path, content: bytes, target: str, made: OutputPlan, *, index: int = 1, is_again: bool = False) -> Path:
    with stage(str(folder), "kq7r", index) as staged:
        staged.write(content)
        return staged.commit(str(folder / target), made, is_again=is_again)


# --- before anything is sent -------------------------------------------------------------------


@pytest.mark.parametrize("output", [None, "fox.png", "new/deep/", "new/{model}/{index}.png", "-"])
def test_a_place_that_can_be_written_passes_and_keeps_no_trace(folder: Path, output: str | None) -> None:
    check_writable(plan(folder, output), 1)
    assert [path for path in folder.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(("output", "taken"), [("fox.png", "fox-2.png"), ("{index}.png", "2.png")])
def test_a_taken_name_is_refused_before_anything_is_sent(folder: Path, output: str, taken: str) -> None:
    (folder / taken).write_bytes(b"old")
    with pytest.raises(UsageError, match="exists already") as caught:
        check_writable(plan(folder, output), 2)
    assert str(folder / taken) in caught.value.message
    assert "--overwrite" in (caught.value.hint or "")
    check_writable(plan(folder, output, overwrite=True), 2)
    check_writable(plan(folder, output), 1)


def test_the_name_that_will_be_is_checked_where_the_extension_is_known(folder: Path) -> None:
    (folder / "fox.png").touch()
    check_writable(plan(folder, "fox.jpg"), 1)
    for output in ("fox.jpg", "fox"):
        with pytest.raises(UsageError, match=r"fox\.png exists already"):
            check_writable(plan(folder, output), 1, ".png")


@posix_only
def test_what_is_no_file_is_never_replaced(folder: Path) -> None:
    os.mkfifo(folder / "pipe.png")
    (folder / "folder-1.png").mkdir()
    for output, count in (("pipe.png", 1), ("/dev/null", 1), ("folder.png", 2)):
        with pytest.raises(UsageError, match="not a file"):
            check_writable(plan(folder, output, overwrite=True), count)


@posix_only
def test_a_link_to_nowhere_is_a_taken_name(folder: Path) -> None:
    (folder / "fox.png").symlink_to("nowhere")
    with pytest.raises(UsageError, match="exists already"):
        check_writable(plan(folder, "fox.png"), 1)


def test_a_folder_below_a_file_is_refused(folder: Path) -> None:
    (folder / "file").touch()
    for output in ("file/fox.png", "file/new/", "file/{index}.png"):
        with pytest.raises(UsageError, match="can't be written") as caught:
            check_writable(plan(folder, output), 1)
        assert caught.value.exit_code == 2


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_permission_is_refused(folder: Path) -> None:
    folder.chmod(0o500)
    with pytest.raises(UsageError, match="can't be written"):
        check_writable(plan(folder, None), 1)


def test_a_name_that_is_too_long_is_refused(folder: Path) -> None:
    with pytest.raises(UsageError, match="can't be written"):
        check_writable(plan(folder, "x" * 300 + ".png"), 1)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="has no /dev/full")
def test_a_full_disk_is_told_apart_from_a_mistake(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "write_bytes", lambda _path, _content: write_to_full())
    with pytest.raises(NothingSent) as caught:
        check_writable(plan(folder, None), 1)
    assert (caught.value.code, caught.value.exit_code) == ("disk_full", 7)


def write_to_full() -> None:
    with open("/dev/full", "wb", buffering=0) as full:  # noqa: PTH123 - Path is what is patched
        full.write(b"?")


def test_standard_output_takes_one_file(folder: Path) -> None:
    with pytest.raises(UsageError, match="one file, not 2"):
        check_writable(plan(folder, "-"), 2)


# --- while they arrive -------------------------------------------------------------------------


def test_a_file_has_its_name_only_when_it_is_complete(folder: Path) -> None:
    with stage(str(folder), "kq7r", 1) as staged:
        staged.write(b"half ")
        assert names(folder) == [".kq7r-1.lock", ".kq7r-1.part"]
        staged.write(b"whole")
        assert (staged.size, staged.head(4)) == (10, b"half")
        staged.write(b"!")
        path = staged.commit(str(folder / "new" / "fox.png"), plan(folder, "new/fox.png"))
    assert path.read_bytes() == b"half whole!"
    assert staged.sha256 == hashlib.sha256(b"half whole!").hexdigest()
    assert names(folder) == ["new"]
    assert names(folder / "new") == ["fox.png"]


@posix_only
@pytest.mark.parametrize("umask", [0o022, 0o077, 0o002])
def test_a_file_gets_the_permissions_that_any_new_file_gets(folder: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        path = put(folder, b"x", "fox.png", plan(folder, "fox.png"))
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o666 & ~umask


def test_a_file_that_was_cut_off_goes_on_in_the_next_run(folder: Path) -> None:
    with stage(str(folder), "kq7r", 1) as staged:
        staged.validator = '"v1"'
        staged.write(b"half ")
    assert names(folder) == [".kq7r-1.etag", ".kq7r-1.part"]
    with stage(str(folder), "kq7r", 1) as staged:
        assert (staged.size, staged.validator, staged.is_complete) == (5, '"v1"', False)
        staged.write(b"whole")
        path = staged.commit(str(folder / "fox.png"), plan(folder, None))
    assert path.read_bytes() == b"half whole"
    assert staged.sha256 == hashlib.sha256(b"half whole").hexdigest()
    assert names(folder) == ["fox.png"]


def test_bytes_that_nothing_vouches_for_are_forgotten(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with stage(str(folder), "kq7r", 1) as staged:
        staged.write(b"without a validator")
    with stage(str(folder), "kq7r", 1) as staged:
        assert staged.size == 0
        staged.validator = '"v1"'
        staged.write(b"before the power cut")
    monkeypatch.setattr(files, "this_boot", lambda: "the next one")
    with stage(str(folder), "kq7r", 1) as staged:
        assert (staged.size, staged.validator) == (0, None)
    assert names(folder) == []


def test_a_file_can_begin_again_and_be_given_up(folder: Path) -> None:
    with stage(str(folder), "kq7r", 1) as staged:
        staged.validator = '"v1"'
        staged.write(b"an error page, and a long one")
        staged.restart()
        assert staged.size == 0
        assert staged.sha256 == hashlib.sha256().hexdigest()
        assert not staged.validator
        staged.write(b"picture")
        assert staged.head() == b"picture"
        staged.discard()
    assert names(folder) == []
    with pytest.raises(ValueError, match="closed"):
        staged.write(b"late")


def test_a_complete_file_goes_to_standard_output(folder: Path) -> None:
    out = io.BytesIO()
    with stage(str(folder), "kq7r", 1) as staged:
        staged.write(b"picture")
        staged.copy_to(out)
        staged.discard()
    assert out.getvalue() == b"picture"
    assert names(folder) == []


def test_a_copy_that_only_its_buffer_took_is_no_copy(folder: Path) -> None:
    written = io.BytesIO()
    stream = io.BufferedWriter(written, 1 << 16)
    with stage(str(folder), "kq7r", 1) as staged:
        staged.write(b"picture")
        staged.copy_to(stream)
        assert written.getvalue() == b"picture"


@posix_only
def test_a_killed_process_leaves_its_part_for_the_next_one_and_nothing_under_the_final_name(folder: Path) -> None:
    worker = start("hold_part", folder)
    assert worker.stdout is not None
    assert worker.stdout.readline() == b"written\n"
    with pytest.raises(OpenclawFalError) as caught, stage(str(folder), "b1", 1, wait_s=0.05):
        pass
    assert (caught.value.code, caught.value.retryable) == ("locked", True)
    worker.kill()
    worker.communicate()
    with stage(str(folder), "b1", 1) as staged:
        assert (staged.size, staged.validator) == (5, '"v1"')
        staged.write(b"whole")
        staged.commit(str(folder / "fox.png"), plan(folder, "fox.png"))
    assert (folder / "fox.png").read_bytes() == b"half whole"
    assert names(folder) == ["fox.png"]


@posix_only
def test_a_run_that_was_stopped_between_the_two_names_is_finished_by_the_next(folder: Path) -> None:
    with stage(str(folder), "kq7r", 1) as staged:
        staged.write(b"picture")
        (folder / "fox.png").hardlink_to(staged.part)
    with stage(str(folder), "kq7r", 1) as staged:
        assert (staged.is_complete, staged.size) == (True, 7)
        assert staged.commit(str(folder / "fox.png"), plan(folder, "fox.png")) == folder / "fox.png"
    assert names(folder) == ["fox.png"]
    # Or fetched again, which leaves the delivered file alone.
    with stage(str(folder), "kq7r", 1) as staged:
        staged.write(b"picture")
        (folder / "fox-1.png").hardlink_to(staged.part)
    with stage(str(folder), "kq7r", 1) as staged:
        staged.restart()
        staged.write(b"other")
    assert (folder / "fox-1.png").read_bytes() == b"picture"


# --- names that are taken ----------------------------------------------------------------------


def test_an_existing_file_is_not_replaced_and_the_next_number_is_taken(folder: Path) -> None:
    for name in ("fox.png", "fox-1.png", f"{STEM}-1.png"):
        (folder / name).write_bytes(b"old")
    assert put(folder, b"new", "fox.png", plan(folder, "fox.png")).name == "fox-2.png"
    assert put(folder, b"new", f"{STEM}-1.png", plan(folder, None)).name == f"{STEM}-2.png"
    assert (folder / "fox.png").read_bytes() == b"old"


def test_an_existing_file_is_replaced_when_the_user_says_so(folder: Path) -> None:
    (folder / "fox.png").write_bytes(b"old")
    assert put(folder, b"new", "fox.png", plan(folder, "fox.png", overwrite=True)).name == "fox.png"
    assert (folder / "fox.png").read_bytes() == b"new"
    assert names(folder) == ["fox.png"]


def test_names_that_nobody_chose_and_folders_are_not_replaced_even_then(folder: Path) -> None:
    (folder / f"{STEM}-1.png").write_bytes(b"of another run in the same second")
    (folder / "fox.png").mkdir()
    assert put(folder, b"new", f"{STEM}-1.png", plan(folder, None, overwrite=True)).name == f"{STEM}-2.png"
    made = OutputPlan(kind="file", folder=str(folder), name="fox.png", overwrite=True)
    assert put(folder, b"new", "fox.png", made).name == "fox-1.png"


def test_an_equal_file_is_taken_for_the_one_that_was_delivered_before(folder: Path) -> None:
    made = plan(folder, "fox.png")
    assert put(folder, b"fox", "fox.png", made).name == "fox.png"
    assert put(folder, b"fox", "fox.png", made, is_again=True).name == "fox.png"
    assert names(folder) == ["fox.png"]
    assert put(folder, b"cat", "fox.png", made, is_again=True).name == "fox-1.png"
    assert put(folder, b"fox", "fox.png", made).name == "fox-2.png"


@pytest.mark.parametrize("has_links", [True, False])
def test_threads_that_commit_one_name_all_get_their_own(
    folder: Path, monkeypatch: pytest.MonkeyPatch, has_links: bool
) -> None:
    if not has_links:

        def hardlink_to(_path: Path, _target: Path) -> None:
            raise PermissionError(1, "no links here")

        monkeypatch.setattr(Path, "hardlink_to", hardlink_to)
    made = plan(folder, "fox.png")
    committed: list[Path] = []

    def work(index: int) -> None:
        committed.append(put(folder, f"picture {index}".encode(), "fox.png", made, index=index))

    threads = [threading.Thread(target=work, args=(index,)) for index in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(path.read_bytes() for path in committed) == [f"picture {index}".encode() for index in range(8)]
    assert names(folder) == sorted(["fox.png", *(f"fox-{number}.png" for number in range(1, 8))])


@posix_only
def test_processes_that_commit_one_name_all_get_their_own(folder: Path) -> None:
    worker = start("commit_same_name", folder, 8)
    worker.communicate()
    assert worker.returncode == 0
    contents = sorted(path.read_bytes() for path in folder.iterdir())
    assert contents == [f"picture {number}".encode() for number in range(8)]
    assert names(folder) == sorted(["fox.png", *(f"fox-{number}.png" for number in range(1, 8))])


def test_a_name_that_can_not_be_given_leaves_the_part(folder: Path) -> None:
    (folder / "file").touch()
    with stage(str(folder), "kq7r", 1) as staged:
        staged.write(b"paid for")
        with pytest.raises(OSError, match="file"):
            staged.commit(str(folder / "file" / "fox.png"), plan(folder, "file/fox.png"))
    assert (folder / ".kq7r-1.part").read_bytes() == b"paid for"


def test_memory_stays_flat(folder: Path) -> None:
    chunk = b"x" * (1 << 16)
    tracemalloc.start()
    try:
        with stage(str(folder), "kq7r", 1) as staged:
            staged.validator = '"v1"'
            for _ in range(512):
                staged.write(chunk)
        with stage(str(folder), "kq7r", 1) as staged:
            assert staged.size == 32 << 20
            staged.commit(str(folder / "film.mp4"), plan(folder, None), is_again=True)
        assert tracemalloc.get_traced_memory()[1] < 4 << 20
    finally:
        tracemalloc.stop()
