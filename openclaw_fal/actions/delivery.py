"""Delivery of a result: its files are fetched and saved. A file that was paid for is saved, or its URL is kept."""

from __future__ import annotations

from collections import deque
from contextlib import closing
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from openclaw_fal.actions.fetching import Fetched, Fetching
from openclaw_fal.actions.outcomes import shortfalls
from openclaw_fal.actions.task_hints import details_hint, gone_hint, wait_command
from openclaw_fal.core.errors import Incomplete, JobFailed
from openclaw_fal.core.events import Note, Saved
from openclaw_fal.core.kinds import KIND_ROWS
from openclaw_fal.core.results import RESULT_URL, Asset, Shortfall, main_text, words
from openclaw_fal.core.secrets import redact
from openclaw_fal.core.tasks import TaskStatus
from openclaw_fal.core.text import printable
from openclaw_fal.store.part_files import is_saved

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    from openclaw_fal.core.events import Event
    from openclaw_fal.core.file_names import OutputPlan
    from openclaw_fal.core.tasks import Task
    from openclaw_fal.fal.clock import Deadline
    from openclaw_fal.runtime import Runtime


MAX_AT_ONCE = 8  # files
MAX_ANSWER_TEXT = 500  # characters of what a model answered instead of files


def deliver(
    runtime: Runtime, task: Task, output: OutputPlan, deadline: Deadline, *, is_again: bool = False
) -> Generator[Event, None, Task]:
    """Fetch the files of a succeeded task that are not saved yet; ``is_again`` if an earlier run may have begun.

    The journal records each file as soon as it is complete. Raises `Incomplete` if files are missing: the others are
    kept, and `tasks wait` fetches the rest. Raises `JobFailed` if the job made nothing. A result without files is
    written to the file that the user named; without a name it is only shown.
    """
    if task.sandbox and is_again:
        task = _where_the_sandbox_is_now(runtime, task)
    if not task.outputs:
        if not (task.result and KIND_ROWS[task.kind].keeps_values):
            raise _nothing_made(runtime, task)
        if output.kind == "folder":
            if output.sidecar or output.metadata:
                yield Note("The result has no file, so no sidecar or metadata was written. --output FILE saves it.")
            return task
        task = task._replace(outputs=(Asset(RESULT_URL, mime_type=main_text(task.result, as_json=output.is_json)[1]),))
    if output.kind == "stdout" and len(task.outputs) > 1:
        raise Incomplete(
            f"--output - takes one file, and the job made {len(task.outputs)}.",
            envelope=task.envelope(),
        ).about(task, hint=f"Fetch them to a folder: {wait_command(task)} --output FOLDER/")
    task = yield from _fetch_missing(runtime, _with_folder(runtime, task, output), output, deadline, is_again=is_again)
    if not all(asset.path for asset in task.outputs):
        raise _files_missing(task)
    runtime.answers.forget(task.id)
    return task


def _where_the_sandbox_is_now(runtime: Runtime, task: Task) -> Task:
    """Return the task with the URLs that its files have now: a private sandbox has another port each time."""
    here = urlsplit(runtime.base_url or "")
    outputs = [
        asset._replace(url=urlsplit(asset.url)._replace(scheme=here.scheme, netloc=here.netloc).geturl())
        if asset.url.startswith("http://127.0.0.1:")
        else asset
        for asset in task.outputs
    ]
    return task._replace(outputs=tuple(outputs))


def _fetch_missing(
    runtime: Runtime, task: Task, output: OutputPlan, deadline: Deadline, *, is_again: bool
) -> Generator[Event, None, Task]:
    """Return the task with the files that could be fetched, and the errors of the others."""
    limit_mb = runtime.settings.media_max_mb
    fetching = Fetching(runtime, task, output, deadline, max(1, int(limit_mb * 2**20)) if limit_mb else None, is_again)
    assets, warned = list(task.outputs), set[Shortfall]()
    for asset in assets:
        if asset.path:
            yield Saved(task, asset)
            yield from _sidecar(task, asset, output)
    yield from _new_warnings(shortfalls(task), warned)
    with closing(_fetch_all(fetching)) as items:
        for item in items:
            if isinstance(item, Fetched):
                assets[item.position] = item.asset
                task = task._replace(outputs=tuple(assets))
                task = runtime.journal.record(task, outputs=task.outputs, warnings=shortfalls(task))
                if item.asset.path:
                    yield Saved(task, item.asset)
                    yield from _sidecar(task, item.asset, output)
                yield from _new_warnings(task.warnings, warned)
            else:
                yield item
    return task


def _sidecar(task: Task, asset: Asset, output: OutputPlan) -> Generator[Note, None, None]:
    if output.sidecar:
        from openclaw_fal.actions.sidecars import write_sidecar  # noqa: PLC0415 - most runs write none

        yield from write_sidecar(task, asset, output)


def _new_warnings(found: Iterable[Shortfall], warned: set[Shortfall]) -> Generator[Note, None, None]:
    for each in found:
        if each not in warned:
            warned.add(each)
            yield Note(each.message, "warning")


def without_missing_files(task: Task, output: OutputPlan) -> Task:
    """Return the task with the paths of those files only that are still where ``output`` says."""
    is_there = task.delivery is not None and task.delivery.is_same_place(output)
    known = [asset if is_there and is_saved(asset) else asset._replace(path=None) for asset in task.outputs]
    return task._replace(outputs=tuple(known))


def _with_folder(runtime: Runtime, task: Task, output: OutputPlan) -> Task:
    """Record a folder that the task was not meant for: what an interrupted download leaves there is removed later."""
    folder = output.folder or str(runtime.paths.cache_dir)
    if folder in task.folders:
        return task
    folders = (*task.other_folders, folder)
    runtime.journal.record(task, other_folders=folders)
    return task._replace(other_folders=folders)


def _fetch_all(fetching: Fetching) -> Generator[Event | Fetched, None, None]:
    """Fetch the files that have no path yet, side by side: first those that have not been tried.

    A file that fails or hangs is tried again when all others have had their turn.
    """
    missing = [(position, asset) for position, asset in enumerate(fetching.task.outputs) if asset.path is None]
    missing.sort(key=lambda each: bool(each[1].error) and each[1].failure != "not_tried")
    if len(missing) == 1:
        yield from fetching.fetch(*missing[0])
        return
    from openclaw_fal.core.parallel import in_parallel  # noqa: PLC0415 - loaded for several files only

    waiting, had_a_turn = deque(missing), set[int]()

    def next_work() -> Generator[Event | Fetched, None, None] | None:
        return work(*waiting.popleft()) if waiting else None

    def work(position: int, asset: Asset) -> Generator[Event | Fetched, None, None]:
        gives_way = False

        def may_retry() -> bool:
            nonlocal gives_way
            gives_way = bool(waiting) and position not in had_a_turn
            return not gives_way

        with closing(fetching.fetch(position, asset, may_retry)) as items:
            for item in items:
                if gives_way and isinstance(item, Fetched) and item.asset.path is None:
                    had_a_turn.add(position)
                    waiting.append((position, item.asset))
                    return
                yield item

    _ = fetching.runtime.fal  # built before threads share it
    yield from in_parallel(next_work, min(MAX_AT_ONCE, len(missing)))


def _nothing_made(runtime: Runtime, task: Task) -> JobFailed:
    wanted = " or text" if KIND_ROWS[task.kind].keeps_values else ""
    said = printable(redact(words(task.result)), limit=MAX_ANSWER_TEXT)
    answer = f" It answered: {said}" if said else ""
    error = JobFailed(
        f"{task.endpoint} finished without making a file{wanted}.{answer}", code="no_media", hint=details_hint(task)
    ).about(task)
    runtime.journal.record(task, status=TaskStatus.FAILED, error=error.as_record())
    return error


def _files_missing(task: Task) -> Incomplete:
    missing = [asset for asset in task.outputs if not asset.path]
    reasons = "; ".join(dict.fromkeys(asset.error or "" for asset in missing))
    is_gone = all(asset.failure == "gone" for asset in missing)
    total = len(task.outputs)
    which = "The file is" if total == 1 else f"{len(missing)} of {total} files are"
    return Incomplete(
        f"{which} missing: {reasons}",
        retryable=not is_gone,
        envelope=task.envelope(),
    ).about(task, hint=gone_hint(task) if is_gone else f"Fetch them again: {wait_command(task)}")
