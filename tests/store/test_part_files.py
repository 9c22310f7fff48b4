from __future__ import annotations

import hashlib
import io
import os
import sys
import threading
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from openclaw_fal.core.errors import OpenclawFalError
from openclaw_fal.core.file_names import OutputPlan, plan_output
from openclaw_fal.store import part_files
from openclaw_fal.store.part_files import open_part
from tests.files import names

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    Start = Callable[..., subprocess.Popen[bytes]]

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="forks, links and modes")
STEM = "image-20261122-094501"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "out"
    made.mkdir()
    return made


def plan(folder: Path, output: str | None, *, overwrite: bool = False) -> OutputPlan:
    return plan_output(output, cwd=str(folder), stem=STEM, is_folder=os.path.isdir, overwrite=overwrite)


def put(folder: Path, content: bytes, target: str, made: OutputPlan, *, index: int = 1, is_again: bool = False) -> Path:
    with open_part(str(folder), "kq7r", index) as part:
        part.write(content)
        return Path(part.commit(str(folder / target), made, is_again=is_again))


def test_a_file_has_its_name_only_when_it_is_complete(folder: Path) -> None:
    with open_part(str(folder), "kq7r", 1) as part:
        part.write(b"half ")
        assert names(folder) == [".kq7r-1.lock", ".kq7r-1.part"]
        part.write(b"whole")
        assert (part.size, part.head()[:4]) == (10, b"half")
        part.write(b"!")
        path = part.commit(str(folder / "new" / "fox.png"), plan(folder, "new/fox.png"))
    assert Path(path).read_bytes() == b"half whole!"
    assert part.sha256 == hashlib.sha256(b"half whole!").hexdigest()
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


def test_a_partial_download_is_resumed_by_the_next_run(folder: Path) -> None:
    with open_part(str(folder), "kq7r", 1) as part:
        part.validator = '"v1"'
        part.write(b"half ")
    assert names(folder) == [".kq7r-1.etag", ".kq7r-1.part"]
    with open_part(str(folder), "kq7r", 1) as part:
        assert (part.size, part.validator, part.has_other_name) == (5, '"v1"', False)
        part.write(b"whole")
        path = part.commit(str(folder / "fox.png"), plan(folder, None))
    assert Path(path).read_bytes() == b"half whole"
    assert part.sha256 == hashlib.sha256(b"half whole").hexdigest()
    assert names(folder) == ["fox.png"]


def test_bytes_without_a_validator_are_dropped(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_part(str(folder), "kq7r", 1) as part:
        part.write(b"without a validator")
    with open_part(str(folder), "kq7r", 1) as part:
        assert part.size == 0
        part.validator = '"v1"'
        part.write(b"before the power cut")
    monkeypatch.setattr(part_files, "this_boot", lambda: "the next one")
    with open_part(str(folder), "kq7r", 1) as part:
        assert (part.size, part.validator) == (0, None)
    assert names(folder) == []


def test_a_file_can_be_restarted_and_discarded(folder: Path) -> None:
    with open_part(str(folder), "kq7r", 1) as part:
        part.validator = '"v1"'
        part.write(b"an error page, and a long one")
        part.restart()
        assert part.size == 0
        assert part.sha256 == hashlib.sha256().hexdigest()
        assert not part.validator
        part.write(b"picture")
        assert part.head() == b"picture"
        part.discard()
    assert names(folder) == []
    with pytest.raises(ValueError, match="closed"):
        part.write(b"late")


def test_a_complete_file_goes_to_standard_output(folder: Path) -> None:
    out = io.BytesIO()
    with open_part(str(folder), "kq7r", 1) as part:
        part.write(b"picture")
        part.copy_to(out)
        part.discard()
    assert out.getvalue() == b"picture"
    assert names(folder) == []


def test_a_copy_to_a_stream_is_flushed(folder: Path) -> None:
    written = io.BytesIO()
    stream = io.BufferedWriter(written, 1 << 16)
    with open_part(str(folder), "kq7r", 1) as part:
        part.write(b"picture")
        part.copy_to(stream)
        assert written.getvalue() == b"picture"


@posix_only
def test_a_killed_process_leaves_its_part_for_the_next_one_and_nothing_under_the_final_name(
    folder: Path, start: Start
) -> None:
    worker = start("hold_part", folder)
    assert worker.stdout is not None
    assert worker.stdout.readline() == b"written\n"
    with pytest.raises(OpenclawFalError) as caught, open_part(str(folder), "b1", 1, wait_s=0.05):
        pass
    assert (caught.value.code, caught.value.retryable) == ("locked", True)
    worker.kill()
    worker.communicate()
    with open_part(str(folder), "b1", 1) as part:
        assert (part.size, part.validator) == (5, '"v1"')
        part.write(b"whole")
        part.commit(str(folder / "fox.png"), plan(folder, "fox.png"))
    assert (folder / "fox.png").read_bytes() == b"half whole"
    assert names(folder) == ["fox.png"]


@posix_only
def test_a_commit_that_was_interrupted_is_finished_by_the_next_run(folder: Path) -> None:
    with open_part(str(folder), "kq7r", 1) as part:
        part.write(b"picture")
        (folder / "fox.png").hardlink_to(part.path)
    with open_part(str(folder), "kq7r", 1) as part:
        assert (part.has_other_name, part.size) == (True, 7)
        assert part.is_committed(str(folder / "fox.png"), plan(folder, "fox.png"))
        assert part.commit(str(folder / "fox.png"), plan(folder, "fox.png")) == str(folder / "fox.png")
    assert names(folder) == ["fox.png"]
    # Or fetched again, which leaves the delivered file alone.
    with open_part(str(folder), "kq7r", 1) as part:
        part.write(b"picture")
        (folder / "fox-1.png").hardlink_to(part.path)
    with open_part(str(folder), "kq7r", 1) as part:
        part.restart()
        part.write(b"other")
    assert (folder / "fox-1.png").read_bytes() == b"picture"


@posix_only
def test_a_part_that_a_backup_shares_is_no_complete_file_and_the_backup_stays_as_it_is(folder: Path) -> None:
    with open_part(str(folder), "kq7r", 1) as part:
        part.validator = '"v1"'
        part.write(b"half ")
    backup = folder.parent / "backup"
    backup.mkdir()
    (backup / Path(part.path).name).hardlink_to(part.path)
    with open_part(str(folder), "kq7r", 1) as part:
        assert part.has_other_name
        assert not part.is_committed(str(folder / "fox.png"), plan(folder, "fox.png"))
        part.restart()
        part.write(b"the whole")
        part.commit(str(folder / "fox.png"), plan(folder, "fox.png"))
    assert (folder / "fox.png").read_bytes() == b"the whole"
    assert (backup / Path(part.path).name).read_bytes() == b"half "


@posix_only
@pytest.mark.parametrize("suffix", [".part", ".etag", ".lock"])
@pytest.mark.parametrize("plant", [Path.symlink_to, Path.hardlink_to], ids=["a link", "a hard link"])
def test_nothing_is_written_through_what_another_user_has_planted(
    folder: Path, suffix: str, plant: Callable[[Path, Path], None]
) -> None:
    mine = folder.parent / "mine.txt"
    mine.write_text("mine")
    plant(folder / f".kq7r-1{suffix}", mine)
    if suffix == ".lock" and plant is Path.symlink_to:
        with pytest.raises(OSError, match="symbolic"), open_part(str(folder), "kq7r", 1):
            pass
    else:
        with open_part(str(folder), "kq7r", 1) as part:
            part.validator = '"v1"'
            part.write(b"picture")
            for name in names(folder):
                assert (folder / name).stat().st_mode & 0o777 == 0o600 or name.endswith(".lock")
            part.commit(str(folder / "fox.png"), plan(folder, "fox.png"))
        assert (folder / "fox.png").read_bytes() == b"picture"
    assert mine.read_text() == "mine"


# --- names that are taken ----------------------------------------------------------------------


def test_an_existing_file_is_not_replaced_and_the_next_number_is_taken(folder: Path) -> None:
    for name in ("fox.png", "fox-1.png", f"{STEM}-1.png"):
        (folder / name).write_bytes(b"old")
    assert put(folder, b"new", "fox.png", plan(folder, "fox.png")).name == "fox-2.png"
    assert put(folder, b"new", f"{STEM}-1.png", plan(folder, None)).name == f"{STEM}-2.png"
    assert (folder / "fox.png").read_bytes() == b"old"


def test_an_existing_file_is_replaced_on_request(folder: Path) -> None:
    (folder / "fox.png").write_bytes(b"old")
    assert put(folder, b"new", "fox.png", plan(folder, "fox.png", overwrite=True)).name == "fox.png"
    assert (folder / "fox.png").read_bytes() == b"new"
    assert names(folder) == ["fox.png"]


def test_generated_names_and_folders_are_never_replaced(folder: Path) -> None:
    (folder / f"{STEM}-1.png").write_bytes(b"of another run in the same second")
    (folder / "fox.png").mkdir()
    assert put(folder, b"new", f"{STEM}-1.png", plan(folder, None, overwrite=True)).name == f"{STEM}-2.png"
    made = OutputPlan(kind="file", folder=str(folder), name="fox.png", overwrite=True)
    assert put(folder, b"new", "fox.png", made).name == "fox-1.png"


def test_an_equal_file_counts_as_the_one_that_was_delivered_before(folder: Path) -> None:
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

        def link(_path: str, _target: str) -> None:
            raise PermissionError(1, "no links here")

        monkeypatch.setattr(os, "link", link)
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
def test_processes_that_commit_one_name_all_get_their_own(folder: Path, start: Start) -> None:
    worker = start("commit_same_name", folder, 8)
    worker.communicate()
    assert worker.returncode == 0
    contents = sorted(path.read_bytes() for path in folder.iterdir())
    assert contents == [f"picture {number}".encode() for number in range(8)]
    assert names(folder) == sorted(["fox.png", *(f"fox-{number}.png" for number in range(1, 8))])


def test_a_failed_commit_keeps_the_part_file(folder: Path) -> None:
    (folder / "file").touch()
    with open_part(str(folder), "kq7r", 1) as part:
        part.write(b"paid for")
        with pytest.raises(OSError, match="file"):
            part.commit(str(folder / "file" / "fox.png"), plan(folder, "file/fox.png"))
    assert (folder / ".kq7r-1.part").read_bytes() == b"paid for"


def test_memory_stays_flat(folder: Path) -> None:
    chunk = b"x" * (1 << 16)
    tracemalloc.start()
    try:
        with open_part(str(folder), "kq7r", 1) as part:
            part.validator = '"v1"'
            for _ in range(512):
                part.write(chunk)
        with open_part(str(folder), "kq7r", 1) as part:
            assert part.size == 32 << 20
            part.commit(str(folder / "film.mp4"), plan(folder, None), is_again=True)
        assert tracemalloc.get_traced_memory()[1] < 4 << 20
    finally:
        tracemalloc.stop()


# --- other content -------------------------------------------------------------------------------


def test_what_has_arrived_is_replaced_as_a_whole(folder: Path) -> None:
    with open_part(str(folder), "kq7r", 1) as part:
        part.write(b"old content")
        part.validator = '"v1"'
        part.replace(b"new")
        assert (part.head(), part.size, part.sha256) == (b"new", 3, hashlib.sha256(b"new").hexdigest())
        assert names(folder) == [".kq7r-1.lock", ".kq7r-1.part"]  # no validator: the rest would be of another file
        part.commit(str(folder / "fox.png"), plan(folder, "fox.png"))
    assert (folder / "fox.png").read_bytes() == b"new"
    assert names(folder) == ["fox.png"]


def test_what_has_arrived_stays_when_it_can_not_be_replaced(folder: Path) -> None:
    with open_part(str(folder), "kq7r", 1) as part:
        part.write(b"paid for")
        (folder / ".kq7r-1.new").mkdir()
        with pytest.raises(OSError, match=r"\.new"):
            part.replace(b"new")
        (folder / ".kq7r-1.new").rmdir()
        part.commit(str(folder / "fox.png"), plan(folder, "fox.png"))
    assert (folder / "fox.png").read_bytes() == b"paid for"
