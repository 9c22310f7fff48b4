from __future__ import annotations

import sqlite3
import stat
import time
from typing import TYPE_CHECKING, Any

import pytest

from openclaw_fal.core.requests import Request
from openclaw_fal.core.tasks import Task, TaskStatus
from openclaw_fal.models.catalog import BUILT_IN, ListedModel
from openclaw_fal.store import completion_cache
from openclaw_fal.store.caches import CatalogCache
from openclaw_fal.store.completion_cache import MAX_TASKS, TASKS_FILE, TaskCompletions
from openclaw_fal.store.journal import Journal
from openclaw_fal.store.model_completions import IMAGE_MODELS_FILE, MUSIC_MODELS_FILE, VIDEO_MODELS_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def tasks(folder: Path) -> Iterator[Journal]:
    journal = Journal(folder / "fal-tasks.sqlite3", time.time)
    yield journal
    journal.close()


def make(task_id: str, created_at: float = 1000.0, **known: Any) -> Task:
    return Task(
        id=task_id,
        capability="image.generate",
        model="fal-ai/flux/dev",
        endpoint="fal-ai/flux/dev",
        transport="queue",
        status=TaskStatus.SUBMITTING,
        created_at=created_at,
        updated_at=created_at,
        digest="d" * 64,
        **known,
    )


def asked(prompt: str) -> Request:
    return Request(capability="image.generate", prompt=prompt)


def values(file: Path) -> list[str]:
    return [line.split("\t")[0] for line in file.read_text(encoding="utf-8").splitlines()]


# --- tasks -------------------------------------------------------------------------------------


def test_tasks_are_listed_newest_first_with_a_description(tasks: Journal, folder: Path) -> None:
    for number, name in enumerate(("bold234567", "cnew234567")):
        tasks.open_task(make(name, 1000.0 + number, request=asked("a red\tfox\n" + "in the snow " * 20)))
        tasks.record(make(name), status=TaskStatus.QUEUED)
    tasks.close()
    lines = (folder / TASKS_FILE).read_text().splitlines()
    assert [line.split("\t")[0] for line in lines] == ["cnew234567", "bold234567"]
    assert lines[0].split("\t")[1].startswith("queued fal-ai/flux/dev a red fox in the snow")
    assert max(map(len, lines)) < 120
    assert stat.S_IMODE((folder / TASKS_FILE).stat().st_mode) == 0o600


def test_the_file_follows_every_change(tasks: Journal, folder: Path) -> None:
    task = make("kq7rkq7rkq")
    tasks.open_task(task)
    tasks.record(task, status=TaskStatus.RUNNING)
    assert "\trunning " in (folder / TASKS_FILE).read_text()
    tasks.record(task, status=TaskStatus.FAILED)
    tasks.close()
    assert "\tfailed " in (folder / TASKS_FILE).read_text()
    tasks.prune(time.time() + 1)
    tasks.close()
    assert values(folder / TASKS_FILE) == []


def test_many_changes_within_a_second_write_the_file_once_and_again_at_the_end(
    tasks: Journal, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("openclaw_fal.store.completion_cache._PAUSE_S", 600.0)  # a long second on a busy machine
    for number in range(20):
        task = make(f"k{number:09}", 1000.0 + number)
        tasks.open_task(task)
        tasks.record(task, status=TaskStatus.RUNNING)
    assert values(folder / TASKS_FILE) == ["k000000000"]
    tasks.close()
    assert len(values(folder / TASKS_FILE)) == 20


def test_an_old_task_that_is_open_is_among_many_new_ones_that_are_not(tasks: Journal, folder: Path) -> None:
    for number in range(MAX_TASKS + 10):
        task = make(f"k{number:09}", 1000.0 + number)
        tasks.open_task(task)
        tasks.record(task, status=TaskStatus.SUCCEEDED if number else TaskStatus.RUNNING)
    tasks.close()
    told = values(folder / TASKS_FILE)
    assert len(told) == MAX_TASKS
    assert told[0] == f"k{MAX_TASKS + 9:09}"
    assert told[-1] == "k000000000"


def test_nothing_is_written_for_reading_or_when_nothing_is_new(tasks: Journal, folder: Path) -> None:
    task = make("kq7rkq7rkq")
    tasks.list_tasks()
    assert not folder.exists()
    tasks.open_task(task)
    tasks.record(task, status=TaskStatus.RUNNING)
    before = (folder / TASKS_FILE).stat()
    tasks.record(task, inference_seconds=1.0)
    assert tasks.get_task("kq7r").status is TaskStatus.RUNNING
    assert (folder / TASKS_FILE).stat() == before


def test_a_file_that_cannot_be_written_affects_no_task(
    tasks: Journal, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **_options: object) -> str:
        raise ValueError

    warnings: list[str] = []
    journal = Journal(tasks.path, time.time, warn=warnings.append)
    journal.open_task(make("kq7rkq7rkq", request=asked("\x1b")))
    (folder / TASKS_FILE).mkdir()
    assert journal.record(make("kq7rkq7rkq"), status=TaskStatus.RUNNING).status is TaskStatus.RUNNING
    monkeypatch.setattr(completion_cache, "printable", fail)
    journal.record(make("kq7rkq7rkq"), status=TaskStatus.SUCCEEDED)
    assert tasks.get_task("kq7rkq7rkq").status is TaskStatus.SUCCEEDED
    journal.close()
    assert not warnings
    assert not list(folder.glob(".*.tmp"))


def test_a_signal_is_not_ignored_like_an_error(tasks: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    tasks.open_task(make("kq7rkq7rkq", request=asked("\x1b")))

    def interrupt(*_: object, **_options: object) -> str:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(completion_cache, "printable", interrupt)
        with pytest.raises(KeyboardInterrupt):
            tasks.record(make("kq7rkq7rkq"), status=TaskStatus.RUNNING)
    assert tasks.get_task("kq7rkq7rkq").status is TaskStatus.RUNNING


def test_writing_the_file_is_fast(tasks: Journal, folder: Path) -> None:
    for number in range(200):
        tasks.open_task(make(f"k{number:09}", 1000.0 + number, request=asked("a red fox in the snow " * 20)))
    database = sqlite3.connect(folder / "fal-tasks.sqlite3")
    took = []
    for _ in range(20):
        start = time.thread_time()
        TaskCompletions(folder / TASKS_FILE).write(database)
        took.append(time.thread_time() - start)
    database.close()
    assert min(took) < 0.002  # half a millisecond on a quiet machine


# --- models ------------------------------------------------------------------------------------


def test_the_catalog_adds_its_models_of_each_kind_to_the_built_in_ones(tmp_path: Path) -> None:
    models = (
        ListedModel("zeta/picture", "Zeta Picture", "text-to-image"),
        ListedModel("zeta/film", "Zeta Film", "video-to-video"),
        ListedModel("zeta/sound", "Zeta Sound", "text-to-audio"),
        ListedModel("zeta/old", "Zeta Old", "text-to-image", ("deprecated",)),
        ListedModel("zeta/$(touch ran)", "Zeta Evil", "text-to-image"),
        ListedModel("zeta/odd", "Odd\x1b[2J\tName\n", "image-to-image"),
    )
    CatalogCache(tmp_path / "cache" / "fal-models.json").write(models, 1000.0)
    images, videos, music = (
        values(tmp_path / "cache" / file) for file in (IMAGE_MODELS_FILE, VIDEO_MODELS_FILE, MUSIC_MODELS_FILE)
    )
    assert {"fal/zeta/picture", "fal/zeta/odd", "fal/fal-ai/flux/dev"} <= set(images)
    assert not {"fal/zeta/old", "fal/zeta/$(touch ran)", "fal/zeta/film", "fal/zeta/sound"} & set(images)
    assert "fal/zeta/film" in videos
    assert {"fal/zeta/sound", "fal/fal-ai/minimax-music/v2.6"} <= set(music)
    assert len(images) + len(videos) + len(music) == len(BUILT_IN) + 4
    assert images == sorted(images)
    text = (tmp_path / "cache" / IMAGE_MODELS_FILE).read_text(encoding="utf-8")
    assert "fal/zeta/odd\tOdd�[2J Name\n" in text
    assert "\x1b" not in text
