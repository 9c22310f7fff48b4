"""Fetching one file of a result: download it beside its target, judge its content, and give it its name."""

from __future__ import annotations

import math
import urllib.parse
from pathlib import Path
from typing import TYPE_CHECKING

from openclaw_fal.core.completeness import is_cut_short
from openclaw_fal.core.data_uri import decode_data_uri, has_lost_content, is_data_uri
from openclaw_fal.core.errors import OpenclawFalError
from openclaw_fal.core.events import Downloading, Note, Waiting, translate
from openclaw_fal.core.file_names import NameFacts, name_for
from openclaw_fal.core.kinds import KIND_ROWS
from openclaw_fal.core.media import (
    described,
    extension_of,
    file_extension,
    holds_text,
    is_error_page,
    is_known_extension,
    medium_of_type,
    sniff,
)
from openclaw_fal.core.picture_files import image_size
from openclaw_fal.core.records import Record
from openclaw_fal.core.results import RESULT_URL, Asset, main_text
from openclaw_fal.fal.client import MAX_JSON_BYTES
from openclaw_fal.fal.clock import GRACE_S
from openclaw_fal.fal.download import NotFetched, download
from openclaw_fal.store.part_files import PartFile, discard_part, is_saved, open_part

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from openclaw_fal.core.events import Event
    from openclaw_fal.core.file_names import OutputPlan
    from openclaw_fal.core.tasks import Task
    from openclaw_fal.fal.clock import Deadline
    from openclaw_fal.fal.download import Received
    from openclaw_fal.runtime import Runtime

EVENT_INTERVAL_S = 0.1
MAX_TRIES = 3  # for a file that the server sends without its length and that looks incomplete
GONE = "its host no longer has it (HTTP 404 or 410)"
NOT_TRIED = "time ran out before it was tried"
STDOUT = "-"  # the path of a file that was written to standard output


class Fetched(Record):
    """The outcome of fetching a file: its asset has a path, or the error that kept it from being saved."""

    position: int
    asset: Asset


class Fetching(Record):
    """The files of one task on their way to disk. Threads may fetch several at once.

    ``is_again`` if an earlier run may have saved some of them.
    """

    runtime: Runtime
    task: Task
    output: OutputPlan
    deadline: Deadline
    limit_bytes: int | None
    is_again: bool

    def fetch(
        self, position: int, asset: Asset, may_retry: Callable[[], bool] = lambda: True
    ) -> Generator[Event | Fetched, None, None]:
        """Fetch one file; the last item is its outcome. A failed try is repeated while ``may_retry`` allows."""
        if self.deadline.later(GRACE_S).is_over and asset.url.startswith("http"):
            yield Fetched(position, asset if asset.error else asset._replace(error=NOT_TRIED, failure="not_tried"))
            return
        index, is_gone = position + 1, False
        try:
            with open_part(self.folder, self.task.id, index, wait_s=self.deadline.remaining) as part:
                saved = self._saved_meanwhile(index) or (yield from self._save(asset, index, part, may_retry))
            self._discard_elsewhere(index)
        except NotFetched as problem:
            is_gone = problem.status in (404, 410)
            reason = GONE if is_gone else problem.reason
        except BrokenPipeError:  # the reader of standard output wants no more
            raise
        except OSError as error:
            reason = f"{error.filename or 'it'} can't be written: {error.strerror or error}"
        except OpenclawFalError as error:
            reason = error.message
        else:
            yield Fetched(position, saved)
            return
        yield Fetched(position, asset._replace(error=reason, failure="gone" if is_gone else None))

    @property
    def folder(self) -> str:
        """Where the files are while they arrive."""
        return self.output.folder or str(self.runtime.paths.cache_dir)

    def _save(
        self, asset: Asset, index: int, part: PartFile, may_retry: Callable[[], bool]
    ) -> Generator[Event, None, Asset]:
        if part.has_other_name:
            if (found := self._committed_before(asset, index, part)) is not None:
                return found
            part.restart()
        declared, is_cut = yield from self._receive(asset, index, part, may_retry)
        mime_type = self._checked_type(part, declared or asset.mime_type, asset, is_cut=is_cut)
        if self.output.metadata:
            from openclaw_fal.actions.sidecars import embed_text  # noqa: PLC0415 - most runs embed nothing

            yield from embed_text(self.task, part)
        found = self._with_facts(asset, part, mime_type)
        if self.output.kind == "stdout":
            try:
                part.copy_to(self.runtime.screen.stdout.buffer)
            finally:
                part.discard()
            return found._replace(path=STDOUT)
        target = self._target(found, index)
        path = part.commit(target, self.output, is_again=self.is_again)
        if self.output.kind != "folder":  # the user chose the name
            yield from self._renamed(found, target, path)
        return found._replace(path=path)

    def _renamed(self, asset: Asset, target: str, path: str) -> Generator[Note, None, None]:
        if path != target:
            yield Note(f"{target} already exists; saved as {path}.")
            return
        typed = extension_of(self.output.name)
        if is_known_extension(typed) and extension_of(path) != typed:
            yield Note(f"The file is {described(asset.mime_type)}; saved as {Path(path).name}, not as {typed}.")

    def _committed_before(self, asset: Asset, index: int, part: PartFile) -> Asset | None:
        """Return the asset if an earlier run has given the whole file its name, and stopped before it was recorded."""
        found = self._with_facts(asset, part, sniff(part.head()) or asset.mime_type)
        target = self._target(found, index)
        is_short = part.size < (asset.size or 0) or _is_cut_short(part)
        if self.output.kind == "stdout" or not part.is_committed(target, self.output) or is_short:
            return None
        return found._replace(path=part.commit(target, self.output))

    def _discard_elsewhere(self, index: int) -> None:
        """Remove what earlier runs left in other folders that the file was to go to."""
        for folder in self.task.folders - {self.output.folder}:
            discard_part(folder, self.task.id, index)

    def _saved_meanwhile(self, index: int) -> Asset | None:
        """Return the asset if another process has saved it to the same place while this one waited for the lock."""
        try:
            known = self.runtime.journal.recorded(self.task)
        except OpenclawFalError:  # a broken journal must not stop the download of what was paid for
            return None
        if known is None or len(known.outputs) < index or known.delivery != self.output:
            return None
        asset = known.outputs[index - 1]
        return asset if is_saved(asset) else None

    def _receive(
        self, asset: Asset, index: int, part: PartFile, may_retry: Callable[[], bool]
    ) -> Generator[Event, None, tuple[str | None, bool]]:
        """Receive a file, again if its end is missing: not every server sends the length.

        Returns its declared type, and whether its end is still missing.
        """
        if is_data_uri(asset.url):
            return _unpack(asset.url, part), _is_cut_short(part)
        if asset.url == RESULT_URL:
            return _write_result(self.task, part, as_json=self.output.is_json), False
        for _ in range(MAX_TRIES - 1):
            declared = yield from self._download(asset, index, part, may_retry)
            if not _is_cut_short(part):
                return declared, False
            part.restart()
        declared = yield from self._download(asset, index, part, may_retry)
        return declared, _is_cut_short(part)

    def _download(
        self, asset: Asset, index: int, part: PartFile, may_retry: Callable[[], bool]
    ) -> Generator[Event, None, str | None]:
        next_event_at = -math.inf

        def events_of(progress: Received | Waiting) -> Generator[Event, None, None]:
            nonlocal next_event_at
            now = self.runtime.clock.monotonic()
            if isinstance(progress, Waiting):
                yield progress
            elif now >= next_event_at or progress.received == progress.total:
                next_event_at = now + EVENT_INTERVAL_S
                yield Downloading(self.task, index, len(self.task.outputs), progress.received, progress.total)

        work = download(
            self.runtime.fal, asset.url, part, self.deadline, self.limit_bytes, asset.size, may_retry=may_retry
        )
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
            failure=None,
        )

    def _target(self, asset: Asset, index: int) -> str:
        name = _server_name(asset)
        facts = NameFacts(task=self.task.id, model=self.task.endpoint, seed=self.task.seed, name=name)
        return name_for(self.output, index, len(self.task.outputs), file_extension(asset.mime_type, name), facts)

    def _checked_type(self, part: PartFile, declared: str | None, asset: Asset, *, is_cut: bool) -> str | None:
        """Return the media type by content. Raises `NotFetched` for content that is not what was asked for."""
        found = sniff(part.head())
        problem = "the file is empty" if not part.size else self._problem(found, declared, asset)
        if not problem and is_cut:
            problem = "the server sends only a part of it each time"
        if problem:
            part.discard()
            raise NotFetched(problem)
        return found or declared

    def _problem(self, found: str | None, declared: str | None, asset: Asset) -> str | None:
        row = KIND_ROWS[self.task.kind]
        is_text_expected = row.keeps_values and holds_text(declared, _server_name(asset))
        # A page is declared as one, too, when a link has expired.
        if found == "text/html" or (is_error_page(found) and not is_text_expected):
            return f"the server sent an error page ({found})"
        is_asked_for = row.makes is None or row.accepts(found)
        # Some models make another file as well, and say so.
        is_extra = (
            found is not None
            and medium_of_type(found) == medium_of_type(asset.mime_type)
            and len(self.task.outputs) > 1
        )
        return None if is_asked_for or is_extra else f"the server sent {described(found)}, not {row.article} {row.noun}"


def discard_leftovers(task: Task) -> None:
    """Remove what downloads that were interrupted have left of the files of a task."""
    for folder in task.folders:
        for index in range(1, len(task.outputs) + 1):
            discard_part(folder, task.id, index)


def _server_name(asset: Asset) -> str | None:
    """Return the server's name for a file; it is not trusted."""
    if is_data_uri(asset.url) or asset.url == RESULT_URL:
        return None
    return asset.file_name or urllib.parse.urlsplit(asset.url).path.rstrip("/").rpartition("/")[2]


def _is_cut_short(part: PartFile) -> bool:
    with part.opened() as file:
        return is_cut_short(file, part.size)


def _unpack(uri: str, part: PartFile) -> str:
    if has_lost_content(uri):
        raise NotFetched("it came inside the answer, and is not kept", is_final=True)
    try:
        mime_type, content = decode_data_uri(uri, MAX_JSON_BYTES)
    except ValueError as error:
        raise NotFetched(f"its data: URI can't be read: {error}", is_final=True) from error
    part.restart()
    part.write(content)
    return mime_type


def _write_result(task: Task, part: PartFile, *, as_json: bool) -> str:
    """Write the text of a result without files; return its media type."""
    text, mime_type = main_text(task.result, as_json=as_json)
    part.restart()
    part.write(f"{text}\n".encode() if not text.endswith("\n") else text.encode())
    return mime_type
