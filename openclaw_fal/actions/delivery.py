"""From finished at fal to files on disk. What has been paid for is fetched, or its address is kept."""

from __future__ import annotations

import os.path
import time
import urllib.parse
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from openclaw_fal.actions.next_steps import details_hint, wait_command
from openclaw_fal.core.data_uri import decode_data_uri, has_lost_content, is_data_uri
from openclaw_fal.core.errors import Incomplete, JobFailed, OpenclawFalError, UsageError
from openclaw_fal.core.media import extension_for, image_size, is_error_page, lacks_end, sniff
from openclaw_fal.core.naming import NameFacts, OutputPlan, default_stem, name_for, plan_output
from openclaw_fal.core.tasks import Downloading, Note, Saved, Task, TaskStatus, Waiting
from openclaw_fal.fal.client import JSON_LIMIT
from openclaw_fal.fal.download import NotFetched, download
from openclaw_fal.store.output_check import check_writable
from openclaw_fal.store.part_files import PartFile, open_part

if TYPE_CHECKING:
    from collections.abc import Generator

    from openclaw_fal.core.results import Asset
    from openclaw_fal.core.tasks import Event
    from openclaw_fal.fal.clock import Deadline
    from openclaw_fal.runtime import Runtime


LEAST_TIME_S = 120.0  # for the files of a job that ended just before its time did
TOLD_EVERY_S = 0.1
TRIES_FOR_THE_END = 3  # of a file that comes without its length and looks cut short
TAIL = 64 * 1024  # bytes
STDOUT = "-"  # the path of a file that went to standard output


def deliver(
    runtime: Runtime, task: Task, output: OutputPlan, deadline: Deadline, *, is_again: bool = False
) -> Generator[Event, None, Task]:
    """Fetch the files of a succeeded task that are not there yet; ``is_again`` when somebody may have begun before.

    Each one stands in the journal as soon as it is complete. Raises `Incomplete` when some are missing: the others
    are kept, and `tasks wait` fetches the rest for nothing. Raises `JobFailed` when the job made no file at all.
    """
    if not task.outputs:
        raise _nothing_made(runtime, task)
    if output.kind == "stdout" and len(task.outputs) > 1:
        raise Incomplete(
            f"--output - takes one file, and there are {len(task.outputs)}.",
            hint=f"Fetch them to a folder: {wait_command(task)} --output FOLDER/",
            task_id=task.id,
            request_id=task.request_id,
            envelope=task.envelope(),
        )
    deadline = max(deadline, runtime.clock.deadline(LEAST_TIME_S), key=lambda either: either.at)
    delivery = _Delivery(runtime, task, output, deadline, is_again)
    assets = list(task.outputs)
    for position, asset in enumerate(assets):
        if asset.path is None:
            assets[position] = yield from delivery.fetch(asset, position + 1)
            task = runtime.journal.record(task, outputs=tuple(assets))
        if assets[position].path:
            yield Saved(task, assets[position])
    if not all(asset.path for asset in assets):
        raise _incomplete(task, assets)
    return task


class _Delivery(NamedTuple):
    runtime: Runtime
    task: Task
    output: OutputPlan
    deadline: Deadline
    is_again: bool

    def fetch(self, asset: Asset, index: int) -> Generator[Event, None, Asset]:
        """Return the asset with its path, or with the reason why it has none."""
        folder = self.output.folder or str(self.runtime.paths.cache_dir)
        try:
            with open_part(folder, self.task.id, index, wait_s=self.deadline.remaining) as part:
                if delivered := self._delivered_meanwhile(index):
                    return delivered
                declared = yield from self._receive_whole(asset, index, part)
                mime_type = _checked_type(part, declared or asset.mime_type)
                found = self._facts(asset, part, mime_type)
                if self.output.kind == "stdout":
                    part.copy_to(self.runtime.screen.stdout.buffer)
                    part.discard()
                    return found._replace(path=STDOUT)
                target = self._target(found, index)
                path = part.commit(target, self.output, is_again=self.is_again)
        except NotFetched as problem:
            reason = problem.reason
        except OSError as error:
            reason = f"it can't be written: {error.strerror or error}"
        except OpenclawFalError as error:
            reason = error.message
        else:
            if str(path) != target and self.output.kind != "folder":  # those names nobody chose
                yield Note(f"{target} was taken in the meantime; the file is {path}.")
            return found._replace(path=str(path))
        return asset._replace(error=reason)

    def _delivered_meanwhile(self, index: int) -> Asset | None:
        """Return the asset as another process, that was waited for, has saved it to the same place."""
        try:
            known = self.runtime.journal.get_task(self.task.id)
        except OpenclawFalError:  # a journal in trouble must not keep what was paid for
            return None
        if len(known.outputs) < index or known.delivery != self.output:
            return None
        asset = known.outputs[index - 1]
        return asset if is_there(asset) else None

    def _receive_whole(self, asset: Asset, index: int, part: PartFile) -> Generator[Event, None, str | None]:
        """Receive a file, and once more when it lacks its end: not every server says how long a file is."""
        if part.is_complete:
            return asset.mime_type
        if is_data_uri(asset.url):
            return _unpack(asset.url, part)
        declared = yield from self._receive(asset, index, part)
        for _ in range(TRIES_FOR_THE_END - 1):
            if not _is_cut_short(part):
                return declared
            part.restart()
            declared = yield from self._receive(asset, index, part)
        if _is_cut_short(part):
            yield Note(f"File {index} looks cut short; that is how the server gives it.", "warning")
        return declared

    def _receive(self, asset: Asset, index: int, part: PartFile) -> Generator[Event, None, str | None]:
        limit_mb = self.runtime.settings.media_max_mb
        limit_bytes = int(limit_mb * 2**20) if limit_mb else None
        total, last_told = len(self.task.outputs), -1.0
        arriving = download(self.runtime.fal, asset.url, part, self.deadline, limit_bytes, asset.size)
        while True:
            try:
                progress = next(arriving)
            except StopIteration as end:
                return end.value  # type: ignore[no-any-return]
            now = self.runtime.clock.monotonic()
            if isinstance(progress, Waiting):
                yield progress
            elif now - last_told >= TOLD_EVERY_S or progress.received == progress.total:
                last_told = now
                yield Downloading(self.task, index, total, progress.received, progress.total)

    def _facts(self, asset: Asset, part: PartFile, mime_type: str | None) -> Asset:
        size = image_size(part.head())
        return asset._replace(
            mime_type=mime_type,
            size=part.size,
            sha256=part.sha256,
            width=size.width if size else asset.width,
            height=size.height if size else asset.height,
            error=None,
        )

    def _target(self, asset: Asset, index: int) -> str:
        server_name = asset.file_name or PurePosixPath(urllib.parse.urlsplit(asset.url).path).name
        name = None if is_data_uri(asset.url) else server_name
        facts = NameFacts(task=self.task.id, model=self.task.endpoint, seed=self.task.seed, name=name)
        return name_for(self.output, index, len(self.task.outputs), extension_for(asset.mime_type), facts)


def _is_cut_short(part: PartFile) -> bool:
    with part.path.open("rb") as file:
        file.seek(max(0, part.size - TAIL))
        return lacks_end(part.head(), file.read(), part.size)


def is_there(asset: Asset) -> bool:
    """Tell whether the file of an asset stands where it was put, and as large as it was."""
    if asset.path is None:
        return False
    try:
        return Path(asset.path).stat().st_size == asset.size
    except OSError:
        return False


def _unpack(uri: str, part: PartFile) -> str:
    if has_lost_content(uri):
        raise NotFetched("it came inside the answer, which is not kept")
    try:
        mime_type, content = decode_data_uri(uri, JSON_LIMIT)
    except ValueError as error:
        raise NotFetched(f"its data: URI can't be read: {error}") from error
    part.restart()
    part.write(content)
    return mime_type


def _checked_type(part: PartFile, declared: str | None) -> str | None:
    """Return what the file is by its content; raise `NotFetched` for an error page where a picture should be."""
    found = sniff(part.head())
    if part.size and not (is_error_page(found) and not (declared or "").startswith(("text/", "application/json"))):
        return found or declared
    size = part.size
    part.discard()
    raise NotFetched(f"what came is {f'an error page ({found})' if size else 'empty'}, not a media file")


def _nothing_made(runtime: Runtime, task: Task) -> JobFailed:
    error = JobFailed(
        f"{task.endpoint} finished without making a file.",
        code="no_media",
        hint=details_hint(task),
        task_id=task.id,
        request_id=task.request_id,
    )
    runtime.journal.record(task, status=TaskStatus.FAILED, error=error.as_record())
    return error


def _incomplete(task: Task, assets: list[Asset]) -> Incomplete:
    missing = [asset for asset in assets if asset.error]
    reasons = "; ".join(dict.fromkeys(asset.error or "" for asset in missing))
    return Incomplete(
        f"{len(missing)} of {len(assets)} files could not be fetched: {reasons}",
        hint=f"Fetch them again: {wait_command(task)}",
        task_id=task.id,
        request_id=task.request_id,
        retryable=True,
        envelope=task.envelope(),
    )


# MERGED """``--output``, read and tried before anything is sent."""
#


def read_output(
    runtime: Runtime, typed: str | None, kind: str, *, count: int, overwrite: bool, extension: str = ""
) -> OutputPlan:
    """Return where ``count`` files go; raise `UsageError` when they can't go there.

    ``kind`` (image, video) begins the names that nobody chose.
    """
    stem = default_stem(kind, time.localtime(runtime.clock.now()))
    if typed and typed.startswith("~/"):  # as the shell does where it sees that it is a path
        typed = f"{Path.home()}{typed[1:]}"
    output = plan_output(typed, cwd=_current_folder(), stem=stem, is_folder=os.path.isdir, overwrite=overwrite)
    if output.kind == "stdout" and runtime.json:
        raise UsageError("--output - and --json both want standard output. Leave one of them out.")
    if output.kind == "stdout" and not hasattr(runtime.screen.stdout, "buffer"):
        raise UsageError("--output - writes to standard output, which is closed.", hint="Give another --output.")
    check_writable(output, count, extension)
    return output


def _current_folder() -> str:
    try:
        return str(Path.cwd())
    except OSError as error:
        raise UsageError(
            f"The current folder can't be used: {error.strerror}.", hint="Change to another one: cd ~"
        ) from error
