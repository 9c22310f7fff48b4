from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from openclaw_fal.core.errors import OpenclawFalError
from openclaw_fal.store.processes import is_alive, locked, this_boot, this_process
from tests.files import names

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Start = Callable[..., subprocess.Popen[bytes]]

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


HOLDER = """
import sys, time
from pathlib import Path
from openclaw_fal.store.processes import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""

COUNTER = """
import sys
from pathlib import Path
from openclaw_fal.store.processes import locked
counter = Path(sys.argv[2])
for _ in range(int(sys.argv[3])):
    with locked(Path(sys.argv[1]), wait_s=60):
        counter.write_text(str(int(counter.read_text()) + 1))
"""


def test_this_process_is_alive() -> None:
    assert is_alive(this_process(), 0.0)
    assert "\n" not in this_process()


@linux_only
def test_this_process_is_alive_however_long_ago_it_wrote() -> None:
    assert is_alive(this_process(), 1e9)


@linux_only
def test_a_killed_process_is_dead_even_while_it_is_a_zombie(start: Start) -> None:
    child = start("identify")
    assert child.stdout is not None
    process = child.stdout.readline().decode().strip()
    assert is_alive(process, 0.0)
    child.kill()
    deadline = time.monotonic() + 60
    while is_alive(process, 0.0) and time.monotonic() < deadline:  # a zombie until the wait below
        time.sleep(0.01)
    assert not is_alive(process, 0.0)
    child.communicate()
    assert not is_alive(process, 0.0)


@linux_only
def test_a_process_that_got_the_same_id_later_is_another_one() -> None:
    boot, namespace, process_id, _ = this_process().split(" ")
    assert not is_alive(f"{boot} {namespace} {process_id} 1", 0.0)


def test_a_process_from_before_the_last_boot_is_dead() -> None:
    _, namespace, process_id, start_time = this_process().split(" ")
    assert not is_alive(f"another-boot {namespace} {process_id} {start_time}", 0.0)


def test_a_process_in_another_container_counts_as_alive_for_an_hour() -> None:
    process = f"{this_boot()} 4711 1 1"
    assert is_alive(process, 60.0)
    assert not is_alive(process, 3601.0)


@pytest.mark.skipif(sys.platform == "win32", reason="asks by signal")
def test_without_a_start_time_a_running_process_id_counts_as_alive_for_an_hour() -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    boot, namespace, _, _ = this_process().split(" ")
    assert is_alive(f"{boot} {namespace} {os.getpid()} -", 60.0)
    assert not is_alive(f"{boot} {namespace} {os.getpid()} -", 3601.0)
    assert not is_alive(f"{boot} {namespace} {ended.pid} -", 60.0)


@pytest.mark.parametrize("process", ["", "nonsense", "a b c d", "- - - -"])
def test_text_that_identifies_no_process_is_a_dead_process(process: str) -> None:
    assert not is_alive(process, 0.0)


# --- locks -----------------------------------------------------------------------------------


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
