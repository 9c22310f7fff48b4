from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from openclaw_fal.store.processes import is_alive, this_boot, this_process

if TYPE_CHECKING:
    from collections.abc import Callable

    Start = Callable[..., subprocess.Popen[bytes]]

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


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
    deadline = time.monotonic() + 5
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
