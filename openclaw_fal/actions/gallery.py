"""`gallery`: everything that the journal knows was made, as data for one page."""

from __future__ import annotations

import base64
import json
import os
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

from openclaw_fal.actions.pictures import has_pillow, thumbnail
from openclaw_fal.core.command_line import command_line, lost_part
from openclaw_fal.core.kinds import KIND_ROWS
from openclaw_fal.core.media import medium_of_type
from openclaw_fal.core.program import command
from openclaw_fal.core.records import Record
from openclaw_fal.core.results import RESULT_URL, main_text
from openclaw_fal.core.secrets import redact
from openclaw_fal.core.tasks import Task, TaskStatus
from openclaw_fal.core.text import size_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from openclaw_fal.actions.task_filter import TaskFilter
    from openclaw_fal.core.requests import Parameter, Request
    from openclaw_fal.core.results import Asset
    from openclaw_fal.runtime import Runtime

EXAMPLE = 'image generate --prompt "a red fox"'
MAX_TEXT = 20_000  # characters of one text; the file has the rest

_SHORT_S = 0.05  # a shorter time is not worth showing
_PROMPT_INPUTS = ("prompt", "text", "gen_text", "lyrics", "input")

THUMBNAIL_EDGE = 720  # pixels
SMALL_PICTURE = 60_000  # bytes; a thumbnail would be no smaller
MAX_EMBEDDED_FILE = 1_000_000  # bytes of a whole file
MAX_EMBEDDED = 60_000_000  # bytes of all files; browsers read a page of twice that without trouble

ShownKind = Literal["image", "video", "audio", "other"]


class File(Record):
    """One file of a task. ``source`` is its URL as the page has to name it, ``None`` if there is no such file.

    ``is_outside`` the page's folder: its URL is good on this machine only. ``thumbnail`` is a ``data:`` URI.
    ``is_left_out``: it was to be in the page and is not.
    """

    asset: Asset
    source: str | None
    is_outside: bool = False
    thumbnail: str | None = None
    is_left_out: bool = False

    @property
    def kind(self) -> ShownKind:
        found = medium_of_type(self.asset.mime_type)
        return found if found in {"image", "video", "audio"} else "other"

    @property
    def is_missing(self) -> bool:
        return self.source is None and self.thumbnail is None

    def as_json(self) -> dict[str, Any]:
        path = self.asset.path
        known = {
            "kind": self.kind,
            "src": self.source,
            "thumbnail": self.thumbnail,
            "name": Path(path).name if path else self.asset.file_name,
            "saved": bool(path),
            "width": self.asset.width,
            "height": self.asset.height,
            "bytes": size_text(self.asset.size) if self.asset.size else None,
            "flagged": self.asset.is_flagged,
        }
        return {name: value for name, value in known.items() if value not in (None, False)}


class Entry(Record):
    """A task with its files, or with its text if it made none."""

    task: Task
    files: tuple[File, ...]
    text: str | None = None

    def as_json(self) -> dict[str, Any]:
        task = self.task
        lost = task.request and lost_part(task.request)
        known = {
            "id": task.id,
            "created": task.created_at,
            "model": task.endpoint,
            "prompt": _prompt(task),
            "seed": None if task.seed is None else str(task.seed),  # larger than the numbers of JavaScript
            "cost": task.cost.text if task.cost else None,
            "took": _took(task.duration_s),
            "inputs": list(_inputs(task)),
            "files": [file.as_json() for file in self.files],
            "text": self.text,
            "command": command_line(task, keeps_lines=True),
            "note": f"Not kept: {lost}. Put it in before you run this." if lost else None,
            "wait": command("tasks wait", task.id),
            "sandbox": task.sandbox or None,
        }
        return {name: value for name, value in known.items() if value is not None}


class Gallery(Record):
    """Everything that one page shows, the newest first."""

    title: str
    entries: tuple[Entry, ...]

    @property
    def files(self) -> tuple[File, ...]:
        return tuple(file for entry in self.entries for file in entry.files)

    def as_json(self) -> dict[str, Any]:
        return {
            "title": self.title,
            "example": command(EXAMPLE),
            "tasks": [entry.as_json() for entry in self.entries],
        }


def collect(runtime: Runtime, filters: TaskFilter, page_folder: Path, *, embeds: bool = False) -> Gallery:
    """Return all that succeeded and matches; the page will be in ``page_folder``.

    ``embeds``: small files and thumbnails are in the page itself.
    """
    tasks = [task for task in runtime.journal.list_tasks([TaskStatus.SUCCEEDED]) if filters.match(task)]
    place = Path(os.path.realpath(page_folder))
    files = [_file(asset, place) for task in tasks for asset in task.outputs]
    ready = iter(_Embedding().all_of(files) if embeds else files)
    entries = (Entry(task, tuple(islice(ready, len(task.outputs))), _text(task)) for task in tasks)
    return Gallery(Path(filters.batch).stem if filters.batch else "Gallery", tuple(entries))


class _Embedding:
    """Puts files into the page: small ones whole, and thumbnails of other pictures if Pillow is installed."""

    def __init__(self) -> None:
        self._left = MAX_EMBEDDED

    def all_of(self, files: Sequence[File]) -> list[File]:
        """Return the files as the page is to have them, in the same order."""
        from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - few pages are made so

        with ThreadPoolExecutor(os.cpu_count()) as threads:  # Pillow works without the interpreter's lock
            contents = zip(files, threads.map(_embedded, files), strict=True)
            return [self._with(file, *found) if file.source else file for file, found in contents]

    def _with(self, file: File, mime_type: str, content: bytes | None, is_whole: bool) -> File:
        if content is None or len(content) > self._left:
            # The text of a result is on the page in any case.
            return file._replace(is_left_out=file.asset.url != RESULT_URL)
        self._left -= len(content)
        uri = f"data:{mime_type};base64,{base64.b64encode(content).decode()}"
        return file._replace(source=uri, is_outside=False) if is_whole else file._replace(thumbnail=uri)


def _embedded(file: File) -> tuple[str, bytes | None, bool]:
    """Return the media type and content to embed, and whether it is the whole file; ``None`` for one that is large."""
    path = Path(file.asset.path or "")
    if not file.source or file.kind == "other":
        return "", None, False
    try:
        size = path.stat().st_size
        wants_thumbnail = file.kind == "image" and size > SMALL_PICTURE and has_pillow()
        if wants_thumbnail and (small := thumbnail(path, THUMBNAIL_EDGE)):
            return "image/webp", small, False
        return file.asset.mime_type or "", path.read_bytes() if size <= MAX_EMBEDDED_FILE else None, True
    except OSError:
        return "", None, False


def _text(task: Task) -> str | None:
    """Return the text of a result, unless files are all that it is."""
    if not task.result or not KIND_ROWS[task.kind].keeps_values:
        return None
    text, mime_type = main_text(task.result, [asset.url for asset in task.outputs])
    if mime_type != "text/plain" and any(asset.url != RESULT_URL for asset in task.outputs):
        return None
    return text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]}…"


def _file(asset: Asset, place: Path) -> File:
    path = Path(asset.path or "")
    if not os.path.isfile(path):
        return File(asset, None)
    real = Path(os.path.realpath(path.parent), path.name)
    if real.is_relative_to(place):
        return File(asset, quote(os.fsencode(real.relative_to(place).as_posix())))
    return File(asset, "file://" + quote(os.fsencode(path.as_posix())), is_outside=True)


def _prompt(task: Task) -> str:
    """Return the prompt, from any input that may have it."""
    if task.request is None:
        return ""
    parameter = _prompt_parameter(task.request)
    return task.request.prompt or (parameter.value if parameter else "")


def _prompt_parameter(request: Request) -> Parameter | None:
    """Return the parameter that is the prompt, if the request has no other."""
    given = {parameter.name: parameter for parameter in request.parameters if parameter.form == "text"}
    return None if request.prompt else next((given[name] for name in _PROMPT_INPUTS if name in given), None)


def _inputs(task: Task) -> Iterator[tuple[str, str]]:
    """Yield the inputs besides prompt, model and seed, by name; the model's own inputs by their own names."""
    if task.batch:
        yield "Batch", Path(task.batch).name
    if task.request is None:
        return
    asked = task.request.as_json()
    for name in asked:
        if name not in _SHOWN_ELSEWHERE:
            yield _NAMES.get(name, name.replace("_", " ").capitalize()), _word(asked[name])
    for reference in asked.get("references", ()):
        yield reference.get("role", "reference").capitalize(), reference["source"]
    shown = _prompt_parameter(task.request)
    for name, value in asked.get("parameters", {}).items():
        if shown is None or name != shown.name:
            yield name, _word(redact(value))


_SHOWN_ELSEWHERE = {"capability", "prompt", "model", "seed", "references", "parameters"}
# The request's values, not the result's.
_NAMES = {"size": "Requested size", "duration": "Requested seconds", "count": "Requested files"}


def _took(seconds: float | None) -> str | None:
    if seconds is None or seconds < _SHORT_S:
        return None
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{seconds:.1f} s"


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
