from __future__ import annotations

import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from openclaw_fal.core.errors import OpenclawFalError
from openclaw_fal.store.locks import locked
from tests.files import names

if TYPE_CHECKING:
    from pathlib import Path

HOLDER = """
import sys, time
from pathlib import Path
from openclaw_fal.store.locks import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""

COUNTER = """
import sys
from pathlib import Path
from openclaw_fal.store.locks import locked
counter = Path(sys.argv[2])
for _ in range(int(sys.argv[3])):
    with locked(Path(sys.argv[1]), wait_s=60):
        counter.write_text(str(int(counter.read_text()) + 1))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "folder"
    path.mkdir()
    return path


def test_a_lock_leaves_nothing_behind(folder: Path) -> None:
    with locked(folder / "new" / "lock"):
        assert names(folder / "new") == ["lock"]
    assert names(folder / "new") == []


def test_a_lock_that_others_hold_too_long_is_an_error_that_names_it(folder: Path) -> None:
    lock = folder / "lock"
    with locked(lock), pytest.raises(OpenclawFalError) as caught, locked(lock, wait_s=0.05):
        pass
    assert str(lock) in caught.value.message
    assert (caught.value.code, caught.value.retryable) == ("locked", True)


def test_a_lock_is_free_again_after_an_error(folder: Path) -> None:
    with pytest.raises(ZeroDivisionError), locked(folder / "lock"):
        raise ZeroDivisionError
    with locked(folder / "lock", wait_s=0):
        pass


def test_a_lock_ends_with_its_process(folder: Path) -> None:
    lock = folder / "lock"
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(lock)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(OpenclawFalError), locked(lock, wait_s=0.05):
            pass
        holder.send_signal(signal.SIGKILL)
    with locked(lock, wait_s=0):
        pass


def test_threads_exclude_each_other(folder: Path) -> None:
    inside, most = 0, 0

    def work() -> None:
        nonlocal inside, most
        for _ in range(20):
            with locked(folder / "lock", wait_s=30):
                inside += 1
                most = max(most, inside)
                inside -= 1

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1


def test_many_processes_exclude_each_other(folder: Path) -> None:
    counter = folder / "counter"
    counter.write_text("0")
    command = [sys.executable, "-c", COUNTER, str(folder / "lock"), str(counter), "50"]
    workers = [subprocess.Popen(command) for _ in range(6)]
    assert [worker.wait() for worker in workers] == [0] * 6
    assert counter.read_text() == "300"
    assert names(folder) == ["counter"]
