from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from openclaw_fal.store.private_files import make_private_folder, read_private, real_file, write_private
from tests.files import mode, names

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "folder"
    path.mkdir()
    return path


@pytest.fixture(params=[0o000, 0o077, 0o022], ids=["umask 0", "umask 077", "umask 022"])
def any_umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


@POSIX
@pytest.mark.usefixtures("any_umask")
def test_a_file_is_private_whatever_the_umask(folder: Path) -> None:
    path = folder / "new" / "folder" / "key"
    write_private(path, "secret")
    assert mode(path) == 0o600
    assert [mode(folder) for folder in (path.parent, path.parent.parent)] == [0o700, 0o700]


@POSIX
def test_a_file_is_private_from_its_first_byte(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    real_open = os.open

    def watching(path: Path, flags: int, *more: int) -> int:
        descriptor = real_open(path, flags, *more)
        if flags & os.O_CREAT:
            seen.append((stat.S_IMODE(os.fstat(descriptor).st_mode), os.fstat(descriptor).st_size))
        return descriptor

    monkeypatch.setattr(os, "open", watching)
    umask = os.umask(0)
    write_private(folder / "key", "secret")
    os.umask(umask)
    assert seen == [(0o600, 0)]


@POSIX
def test_a_replaced_file_becomes_private(folder: Path) -> None:
    path = folder / "key"
    path.write_text("old")
    path.chmod(0o644)
    write_private(path, b"new\r\n\xff")
    assert (path.read_bytes(), mode(path)) == (b"new\r\n\xff", 0o600)


def test_existing_folders_stay_unchanged(folder: Path) -> None:
    folder.chmod(0o755)
    make_private_folder(folder)
    write_private(folder / "key", "x")
    assert mode(folder) == 0o755


def test_a_symbolic_link_stays_and_its_target_is_replaced(folder: Path) -> None:
    target, link = folder / "dotfiles" / "real.json", folder / "link.json"
    target.parent.mkdir()
    link.symlink_to("dotfiles/real.json")
    for content in ("first", "second"):  # the first time, the link leads nowhere yet
        write_private(link, content)
        assert link.is_symlink()
        assert target.read_text() == content
    assert names(target.parent) == ["real.json"]


def test_links_in_a_circle_are_refused(folder: Path) -> None:
    (folder / "a").symlink_to("b")
    (folder / "b").symlink_to("a")
    with pytest.raises(OSError, match="symbolic links"):
        write_private(folder / "a", "x")
    with pytest.raises(OSError, match="symbolic links"):
        real_file(folder / "a")


def test_a_device_is_not_replaced(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    with pytest.raises(OSError, match="not a regular file"):
        write_private(folder / "pipe", "x")


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = folder / "key"
    write_private(path, "old")

    def full_disk(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(OSError, match="No space left"):
        write_private(path, "new")
    assert path.read_text() == "old"
    assert names(folder) == ["key"]


KILLED = """
import sys
from pathlib import Path
from openclaw_fal.store.private_files import write_private
print("ready", flush=True)
for number in range(10**9):
    write_private(Path(sys.argv[1]), f"{number % 10}" * 200_000)
"""


def test_a_killed_writer_leaves_a_whole_file(folder: Path) -> None:
    path = folder / "key"
    write_private(path, "old")
    for wait_s in (0.0, 0.003, 0.01, 0.02, 0.05):
        with subprocess.Popen([sys.executable, "-c", KILLED, str(path)], stdout=subprocess.PIPE) as writer:
            assert writer.stdout
            assert writer.stdout.readline() == b"ready\n"
            time.sleep(wait_s)
            writer.send_signal(signal.SIGKILL)
        content = path.read_text()
        assert content == "old" or (len(content) == 200_000 and len(set(content)) == 1)
        assert mode(path) == 0o600


def test_what_a_killed_writer_left_behind_is_removed_once_it_is_old(folder: Path) -> None:
    path = folder / "key"
    old, fresh, other = (folder / name for name in (".key.0123456789ab.tmp", ".key.ba9876543210.tmp", ".k.x.tmp"))
    for leftover in (old, fresh, other):
        leftover.write_text("half a secr")
    for leftover in (old, other):
        os.utime(leftover, (time.time() - 7200,) * 2)
    write_private(path, "x")
    assert names(folder) == [".k.x.tmp", ".key.ba9876543210.tmp", "key"]


def test_a_private_file_is_read_without_a_warning(folder: Path) -> None:
    write_private(folder / "key", "grün\n")
    assert read_private(folder / "key") == ("grün\n", None)


@POSIX
@pytest.mark.parametrize("wide", [0o644, 0o640, 0o604, 0o777])
def test_a_file_that_others_can_read_becomes_private_with_a_warning(folder: Path, wide: int) -> None:
    path = folder / "key"
    path.write_text("secret")
    path.chmod(wide)
    text, warning = read_private(path)
    assert text == "secret"
    assert warning == f"{path} could be read by other users (mode {wide:04o}); now only you can."
    assert mode(path) == wide & 0o700
    assert read_private(path)[1] is None


@POSIX
@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() != 0, reason="only root gives files away")
def test_a_file_of_another_user_is_refused(folder: Path) -> None:
    path = folder / "key"
    write_private(path, "planted")
    os.chown(path, 12345, 12345)
    with pytest.raises(PermissionError, match="it belongs to another user"):
        read_private(path)


def test_what_is_not_a_regular_file_is_refused_without_waiting(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    with pytest.raises(OSError, match="not a regular file"):
        read_private(folder / "pipe")
    with pytest.raises(OSError, match=r"not a regular file|directory"):
        read_private(folder)


def test_a_file_that_is_not_text_is_refused(folder: Path) -> None:
    write_private(folder / "key", b"\xff\xfe\0")
    with pytest.raises(OSError, match="not UTF-8 text"):
        read_private(folder / "key")
