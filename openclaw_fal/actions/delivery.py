"""``--output``: where the files go, and fetching them. A file that was paid for is saved, or its URL is kept."""

from __future__ import annotations

import math
import os.path
import time
import urllib.parse
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from openclaw_fal.actions.next_steps import details_hint, wait_command
from openclaw_fal.core.completeness import is_cut_short
from openclaw_fal.core.data_uri import decode_data_uri, has_lost_content, is_data_uri
from openclaw_fal.core.errors import Incomplete, JobFailed, OpenclawFalError, UsageError
from openclaw_fal.core.generators import translate
from openclaw_fal.core.kinds import KIND_ROWS
from openclaw_fal.core.media import file_extension, holds_text, image_size, is_error_page, sniff
from openclaw_fal.core.naming import NameFacts, OutputPlan, default_stem, name_for, plan_output
from openclaw_fal.core.requests import HINTS, flag_name
from openclaw_fal.core.result_values import main_text, words
from openclaw_fal.core.results import RESULT_URL, Asset
from openclaw_fal.core.tasks import Downloading, Note, Saved, Task, TaskStatus, Waiting
from openclaw_fal.core.text import printable, redact
from openclaw_fal.fal.client import MAX_JSON_BYTES
from openclaw_fal.fal.download import NotFetched, download
from openclaw_fal.models.family_sizes import distance
from openclaw_fal.models.shapes import ratio_of
from openclaw_fal.store.output_check import check_writable
from openclaw_fal.store.part_files import PartFile, discard_part, open_part
from openclaw_fal.store.paths import expand_home

if TYPE_CHECKING:
    from collections.abc import Generator

    from openclaw_fal.core.tasks import Event
    from openclaw_fal.fal.clock import Deadline
    from openclaw_fal.fal.download import Received
    from openclaw_fal.runtime import Runtime


MIN_TIME_S = 120.0  # for the files of a job that ended just before the time limit
EVENT_INTERVAL_S = 0.1
MAX_TRIES = 3  # for a file that the server sends without its length and that looks incomplete
MAX_WORDS = 500  # characters of what a model answered in the place of files
MAX_SHAPE_ERROR = 1.1  # the ratio of two aspect ratios; models round to multiples of 16 and more
STDOUT = "-"  # the path of a file that was written to standard output


# --- before anything is sent -------------------------------------------------------------------


def read_output(
    runtime: Runtime, typed: str | None, word: str, *, count: int, overwrite: bool, extension: str = ""
) -> OutputPlan:
    """Return where ``count`` files go. Raises `UsageError` if they can't be written there.

    Names that the user did not choose begin with ``word``.
    """
    stem = default_stem(word, time.localtime(runtime.clock.now()))
    if typed and typed.startswith("~/"):  # the shell does not expand it in --output=~/…
        typed = f"{expand_home('~')}{typed[1:]}"
    output = plan_output(typed, cwd=_current_folder(), stem=stem, is_folder=os.path.isdir, overwrite=overwrite)
    if output.kind == "stdout":
        _check_stdout(runtime)
    check_writable(output, count, extension)
    return output


def _check_stdout(runtime: Runtime) -> None:
    if runtime.json:
        raise UsageError("--output - and --json both write to standard output. Leave one of them out.")
    if not hasattr(runtime.screen.stdout, "buffer"):
        raise UsageError("--output - writes to standard output, which is closed.", hint="Give another --output.")


def _current_folder() -> str:
    try:
        return str(Path.cwd())
    except OSError as error:
        raise UsageError(
            f"The current folder can't be used: {error.strerror}.", hint="Change to another folder: cd ~"
        ) from error


# --- after the job has succeeded ---------------------------------------------------------------


def deliver(
    runtime: Runtime, task: Task, output: OutputPlan, deadline: Deadline, *, is_again: bool = False
) -> Generator[Event, None, Task]:
    """Fetch the files of a succeeded task that are not saved yet; ``is_again`` if an earlier run may have begun.

    The journal records each file as soon as it is complete. Raises `Incomplete` if files are missing: the others are
    kept, and `tasks wait` fetches the rest. Raises `JobFailed` if the job made nothing. A result without files is
    written to the file that the user named; without a name it is only shown.
    """
    if not task.outputs:
        if not (task.result and KIND_ROWS[task.kind].keeps_values):
            raise _nothing_made(runtime, task)
        if output.kind == "folder":
            return task
        task = task._replace(outputs=(Asset(RESULT_URL, mime_type=main_text(task.result)[1]),))
    if output.kind == "stdout" and len(task.outputs) > 1:
        raise Incomplete(
            f"--output - takes one file, and the job made {len(task.outputs)}.",
            envelope=task.envelope(),
        ).about(task, hint=f"Fetch them to a folder: {wait_command(task)} --output FOLDER/")
    if (note := _fewer_than_asked(task)) and not any(asset.path for asset in task.outputs):
        yield note
    deadline = max(deadline, runtime.clock.deadline(MIN_TIME_S), key=lambda one: one.at)
    delivery = _Delivery(runtime, task, output, deadline, is_again)
    assets = list(task.outputs)
    for position, asset in enumerate(assets):
        if asset.path is None:
            assets[position] = yield from delivery.fetch(asset, position + 1)
            task = runtime.journal.record(task, outputs=tuple(assets))
        if assets[position].path:
            yield from _report(task, assets[position])
    if not all(asset.path for asset in assets):
        raise _files_missing(task, assets)
    return task


class _Delivery(NamedTuple):
    """The files of one task on their way to disk."""

    runtime: Runtime
    task: Task
    output: OutputPlan
    deadline: Deadline
    is_again: bool

    def fetch(self, asset: Asset, index: int) -> Generator[Event, None, Asset]:
        """Return the asset with its path, or with the error that it could not be saved for."""
        folder = self.output.folder or str(self.runtime.paths.cache_dir)
        try:
            with open_part(folder, self.task.id, index, wait_s=self.deadline.remaining) as part:
                if saved := self._saved_meanwhile(index):
                    return saved
                declared = yield from self._receive_complete(asset, index, part)
                mime_type = self._checked_type(part, declared or asset.mime_type, asset)
                found = self._with_facts(asset, part, mime_type)
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
            self._discard_elsewhere(index)
            if str(path) != target and self.output.kind != "folder":  # the user did not choose those names
                yield Note(f"{target} already exists; saved as {path}.")
            return found._replace(path=str(path))
        return asset._replace(error=reason)

    def _discard_elsewhere(self, index: int) -> None:
        """Remove what an earlier run left in the folder that the task was to use, if the file is now in another."""
        planned = self.task.delivery
        if planned and planned.folder not in ("", self.output.folder):
            discard_part(planned.folder, self.task.id, index)

    def _saved_meanwhile(self, index: int) -> Asset | None:
        """Return the asset if another process has saved it to the same place while this one waited for the lock."""
        try:
            known = self.runtime.journal.get_task(self.task.id)
        except OpenclawFalError:  # a broken journal must not hold back what was paid for
            return None
        if len(known.outputs) < index or known.delivery != self.output:
            return None
        asset = known.outputs[index - 1]
        return asset if is_saved(asset) else None

    def _receive_complete(self, asset: Asset, index: int, part: PartFile) -> Generator[Event, None, str | None]:
        """Receive a file, again if its end is missing: not every server sends the length."""
        if part.is_complete:
            return asset.mime_type
        if is_data_uri(asset.url):
            return _unpack(asset.url, part)
        if asset.url == RESULT_URL:
            return _write_result(self.task, part)
        declared = yield from self._receive(asset, index, part)
        for _ in range(MAX_TRIES - 1):
            if not _is_cut_short(part):
                return declared
            part.restart()
            declared = yield from self._receive(asset, index, part)
        if _is_cut_short(part):
            yield Note(f"File {index} looks incomplete, and the server sends it like that each time.", "warning")
        return declared

    def _receive(self, asset: Asset, index: int, part: PartFile) -> Generator[Event, None, str | None]:
        limit_mb = self.runtime.settings.media_max_mb
        limit_bytes = int(limit_mb * 2**20) if limit_mb else None
        next_event_at = -math.inf

        def events_of(progress: Received | Waiting) -> Generator[Event, None, None]:
            nonlocal next_event_at
            now = self.runtime.clock.monotonic()
            if isinstance(progress, Waiting):
                yield progress
            elif now >= next_event_at or progress.received == progress.total:
                next_event_at = now + EVENT_INTERVAL_S
                yield Downloading(self.task, index, len(self.task.outputs), progress.received, progress.total)

        work = download(self.runtime.fal, asset.url, part, self.deadline, limit_bytes, asset.size)
        return (yield from translate(work, events_of))

    def _with_facts(self, asset: Asset, part: PartFile, mime_type: str | None) -> Asset:
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
        name = _server_name(asset)
        facts = NameFacts(task=self.task.id, model=self.task.endpoint, seed=self.task.seed, name=name)
        return name_for(self.output, index, len(self.task.outputs), file_extension(asset.mime_type, name), facts)

    def _checked_type(self, part: PartFile, declared: str | None, asset: Asset) -> str | None:
        """Return the media type by content. Raises `NotFetched` for an empty file, and for an error page."""
        found, is_empty = sniff(part.head()), not part.size
        is_text_expected = (declared or "").startswith(("text/", "application/json"))
        if KIND_ROWS[self.task.kind].keeps_values:
            is_text_expected = holds_text(declared, _server_name(asset))
        # A page is declared as one, too, when a link has expired.
        is_file = found != "text/html" and (is_text_expected or not is_error_page(found))
        if is_file and not is_empty:
            return found or declared
        part.discard()
        raise NotFetched("the file is empty" if is_empty else f"the server sent an error page ({found})")


def _server_name(asset: Asset) -> str | None:
    """Return the server's name for a file; it is not trusted."""
    if is_data_uri(asset.url) or asset.url == RESULT_URL:
        return None
    return asset.file_name or PurePosixPath(urllib.parse.urlsplit(asset.url).path).name


def _is_cut_short(part: PartFile) -> bool:
    with part.path.open("rb") as file:
        return is_cut_short(file, part.size)


def is_saved(asset: Asset) -> bool:
    """Return whether the file of an asset is still where it was saved, in its full size."""
    if asset.path is None:
        return False
    try:
        return Path(asset.path).stat().st_size == asset.size
    except OSError:
        return False


def _unpack(uri: str, part: PartFile) -> str:
    if has_lost_content(uri):
        raise NotFetched("it came inside the answer, and is not kept")
    try:
        mime_type, content = decode_data_uri(uri, MAX_JSON_BYTES)
    except ValueError as error:
        raise NotFetched(f"its data: URI can't be read: {error}") from error
    part.restart()
    part.write(content)
    return mime_type


def _write_result(task: Task, part: PartFile) -> str:
    """Write the text of a result without files; return its media type."""
    text, mime_type = main_text(task.result)
    part.restart()
    part.write(f"{text}\n".encode() if not text.endswith("\n") else text.encode())
    return mime_type


def _fewer_than_asked(task: Task) -> Note | None:
    count = task.request.count if task.request and "count" not in task.ignored else None
    sent = task.normalization["count"].applied if "count" in task.normalization else count
    if not isinstance(sent, int) or len(task.outputs) >= sent:
        return None
    return Note(f"{task.endpoint} made only {len(task.outputs)} of {sent} files that were asked for.", "warning")


def _report(task: Task, asset: Asset) -> Generator[Event, None, None]:
    yield Saved(task, asset)
    if note := _other_shape(task, asset):
        yield note


def _other_shape(task: Task, asset: Asset) -> Note | None:
    """Return a warning if a picture has another shape than the one that was sent."""
    request = task.request
    if request is None or not asset.width or not asset.height:
        return None
    for hint in ("size", "aspect_ratio"):
        name, asked = HINTS[hint], getattr(request, hint)
        sent = task.normalization[name].applied if name in task.normalization else asked
        wanted = ratio_of(sent) if asked and name not in task.ignored else None
        if wanted and distance(asset.width / asset.height, wanted) > MAX_SHAPE_ERROR:
            shown = f"{asset.width}x{asset.height}"
            return Note(f"{flag_name(hint, task.kind)} {sent} was sent, but the file has {shown} pixels.", "warning")
    return None


def _nothing_made(runtime: Runtime, task: Task) -> JobFailed:
    wanted = " or text" if KIND_ROWS[task.kind].keeps_values else ""
    said = printable(redact(words(task.result)), limit=MAX_WORDS)
    answer = f" It answered: {said}" if said else ""
    error = JobFailed(
        f"{task.endpoint} finished without making a file{wanted}.{answer}", code="no_media", hint=details_hint(task)
    ).about(task)
    runtime.journal.record(task, status=TaskStatus.FAILED, error=error.as_record())
    return error


def _files_missing(task: Task, assets: list[Asset]) -> Incomplete:
    missing = [asset for asset in assets if asset.error]
    reasons = "; ".join(dict.fromkeys(asset.error or "" for asset in missing))
    return Incomplete(
        f"{len(missing)} of {len(assets)} files are missing: {reasons}",
        retryable=True,
        envelope=task.envelope(),
    ).about(task, hint=f"Fetch them again: {wait_command(task)}")
