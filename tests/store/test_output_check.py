from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from openclaw_fal.core.errors import NothingSent, UsageError
from openclaw_fal.core.file_names import OutputPlan, plan_output
from openclaw_fal.store.output_check import OutputCheck

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="links and modes")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "out"
    made.mkdir()
    return made


def plan(folder: Path, output: str | None, *, overwrite: bool = False) -> OutputPlan:
    return plan_output(
        output, cwd=str(folder), stem="image-20261122-094501", is_folder=os.path.isdir, overwrite=overwrite
    )


@pytest.mark.parametrize("output", [None, "fox.png", "new/deep/", "new/{model}/{index}.png", "-"])
def test_a_writable_folder_passes_and_stays_empty(folder: Path, output: str | None) -> None:
    OutputCheck()(plan(folder, output), 1)
    assert [path for path in folder.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(("output", "taken"), [("fox.png", "fox-2.png"), ("{index}.png", "2.png")])
def test_a_taken_name_is_refused_before_anything_is_sent(folder: Path, output: str, taken: str) -> None:
    (folder / taken).write_bytes(b"old")
    with pytest.raises(UsageError, match="exists already") as caught:
        OutputCheck()(plan(folder, output), 2)
    assert str(folder / taken) in caught.value.message
    assert "--overwrite" in (caught.value.hint or "")
    OutputCheck()(plan(folder, output, overwrite=True), 2)
    OutputCheck()(plan(folder, output), 1)


def test_the_final_name_is_checked_where_the_extension_is_known(folder: Path) -> None:
    (folder / "fox.png").touch()
    OutputCheck()(plan(folder, "fox.jpg"), 1)
    for output in ("fox.jpg", "fox"):
        with pytest.raises(UsageError, match=r"fox\.png exists already"):
            OutputCheck()(plan(folder, output), 1, ".png")


@posix_only
def test_only_files_are_replaced(folder: Path) -> None:
    os.mkfifo(folder / "pipe.png")
    (folder / "folder-1.png").mkdir()
    for output, count in (("pipe.png", 1), ("/dev/null", 1), ("folder.png", 2)):
        with pytest.raises(UsageError, match="not a file"):
            OutputCheck()(plan(folder, output, overwrite=True), count)


@posix_only
def test_a_dangling_link_is_a_taken_name(folder: Path) -> None:
    (folder / "fox.png").symlink_to("nowhere")
    with pytest.raises(UsageError, match="exists already"):
        OutputCheck()(plan(folder, "fox.png"), 1)


def test_a_folder_below_a_file_is_refused(folder: Path) -> None:
    (folder / "file").touch()
    for output in ("file/fox.png", "file/new/", "file/{index}.png"):
        with pytest.raises(UsageError, match="can't be written") as caught:
            OutputCheck()(plan(folder, output), 1)
        assert caught.value.exit_code == 2


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_permission_is_refused(folder: Path) -> None:
    folder.chmod(0o500)
    with pytest.raises(UsageError, match="can't be written"):
        OutputCheck()(plan(folder, None), 1)


def test_a_name_that_is_too_long_is_refused(folder: Path) -> None:
    with pytest.raises(UsageError, match="can't be written"):
        OutputCheck()(plan(folder, "x" * 300 + ".png"), 1)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="has no /dev/full")
def test_a_full_disk_is_not_a_usage_error(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "open", lambda _path, _mode: open("/dev/full", "wb", buffering=0))  # noqa: PTH123, SIM115
    with pytest.raises(NothingSent) as caught:
        OutputCheck()(plan(folder, None), 1)
    assert (caught.value.code, caught.value.exit_code) == ("disk_full", 7)


def test_standard_output_takes_one_file(folder: Path) -> None:
    with pytest.raises(UsageError, match="one file, not 2"):
        OutputCheck()(plan(folder, "-"), 2)
