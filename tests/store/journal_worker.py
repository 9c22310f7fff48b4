"""Real processes for the tests of the journal and of arriving files: `python journal_worker.py WORK ARGUMENT…`."""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from openclaw_fal.core.errors import NothingSent
from openclaw_fal.core.file_names import OutputPlan
from openclaw_fal.core.tasks import Task, TaskStatus
from openclaw_fal.store.journal import Journal
from openclaw_fal.store.part_files import open_part
from openclaw_fal.store.processes import this_process
from openclaw_fal.store.task_rows import new_task_id

if TYPE_CHECKING:
    from collections.abc import Callable


def task(task_id: str, status: TaskStatus = TaskStatus.SUBMITTING, digest: str = "d") -> Task:
    return Task(
        id=task_id,
        capability="image.generate",
        model="fal-ai/flux/dev",
        endpoint="fal-ai/flux/dev",
        transport="queue",
        status=status,
        created_at=time.time(),
        updated_at=time.time(),
        digest=digest,
    )


def all_at_once(count: int, work: Callable[[int], None]) -> int:
    """Fork, have all children begin in the same moment, and return how many failed."""
    gate, opener = os.pipe()
    children = []
    for number in range(count):
        child = os.fork()
        if not child:
            os.close(opener)
            os.read(gate, 1)  # returns when the other end is closed everywhere
            try:
                work(number)
            except BaseException as error:  # noqa: BLE001 - a child must never return into the parent's code
                os.write(2, f"{type(error).__name__}: {error}\n".encode())
                os._exit(1)
            os._exit(0)
        children.append(child)
    os.close(opener)
    return sum(os.waitpid(child, 0)[1] != 0 for child in children)


def cold_start(path: Path, count: int, inserts: int) -> None:
    def insert(_number: int) -> None:
        journal = Journal(path, time.time)
        for _ in range(inserts):
            journal.open_task(task(new_task_id()))
        journal.close()

    sys.exit(all_at_once(count, insert))


def write_forever(path: Path) -> None:
    """Print the id of each task once it is written, and again once it is recorded."""
    journal = Journal(path, time.time)
    while True:
        opened = task(new_task_id())
        journal.open_task(opened)
        os.write(1, f"{opened.id} submitting\n".encode())
        journal.record(opened, status=TaskStatus.QUEUED, request_id="r-" + opened.id)
        os.write(1, f"{opened.id} queued\n".encode())


def submit(path: Path, task_id: str) -> None:
    Journal(path, time.time).open_task(task(task_id))
    os.write(1, b"written\n")
    time.sleep(60)


def fill_disk(path: Path) -> None:
    """Have the disk fail before one task is submitted and after another was, then recover."""
    warnings: list[str] = []
    journal = Journal(path, time.time, warnings.append)
    journal.open_task(task("first"))
    unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, unlimited[1]))
    try:
        journal.open_task(task("second"))
    except NothingSent as error:
        refusal = [error.code, error.message, error.hint]
    else:
        refusal = []
    running = journal.record(task("first"), status=TaskStatus.RUNNING, request_id="r-1")
    done = journal.record(running, status=TaskStatus.SUCCEEDED)
    resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
    journal.close()
    answer = {"refusal": refusal, "warnings": warnings, "request_id": done.request_id, "status": done.status}
    os.write(1, json.dumps(answer).encode())


def commit_same_name(folder: Path, count: int) -> None:
    plan = OutputPlan(kind="file", folder=str(folder), name="fox.png")

    def commit(number: int) -> None:
        with open_part(str(folder), f"task{number}", 1) as part:
            part.write(f"picture {number}".encode())
            part.commit(str(folder / "fox.png"), plan)

    sys.exit(all_at_once(count, commit))


def identify() -> None:
    os.write(1, f"{this_process()}\n".encode())
    time.sleep(60)


def hold_part(folder: Path) -> None:
    with open_part(str(folder), "b1", 1) as part:
        part.validator = '"v1"'
        part.write(b"half ")
        os.write(1, b"written\n")
        time.sleep(60)


if __name__ == "__main__":
    work, *arguments = sys.argv[1:]
    where, *numbers = arguments or [""]
    match work:
        case "cold_start":
            cold_start(Path(where), *map(int, numbers))
        case "write_forever":
            write_forever(Path(where))
        case "submit":
            submit(Path(where), numbers[0])
        case "fill_disk":
            fill_disk(Path(where))
        case "commit_same_name":
            commit_same_name(Path(where), int(numbers[0]))
        case "identify":
            identify()
        case "hold_part":
            hold_part(Path(where))
        case _:
            sys.exit(f"no such work: {work}")
