"""`gallery`: what the journal knows of everything that was made, as data for one page."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple
from urllib.parse import quote

from openclaw_fal.core.command_line import command_line, lost_part
from openclaw_fal.core.kinds import KIND_ROWS
from openclaw_fal.core.media import kind_of
from openclaw_fal.core.program import command
from openclaw_fal.core.result_values import main_text
from openclaw_fal.core.tasks import Task, TaskStatus
from openclaw_fal.core.text import redact, size_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openclaw_fal.core.results import Asset
    from openclaw_fal.runtime import Runtime

EXAMPLE = 'image generate --prompt "a red fox"'
MAX_TEXT = 20_000  # characters of one text; the file has the rest

_PROMPT_INPUTS = ("prompt", "text", "gen_text", "lyrics", "input")

ShownKind = Literal["image", "video", "audio", "other"]


class Filters(NamedTuple):
    """Which tasks to show: those that began at ``since`` or later (seconds since the epoch), and of these models.

    ``model`` is a model ref, an endpoint id or a part of one.
    """

    since: float | None = None
    model: str | None = None

    def match(self, task: Task) -> bool:
        wanted = (self.model or "").strip().lower().removeprefix("fal/")
        return task.created_at >= (self.since or 0) and (
            wanted in task.model.lower() or wanted in task.endpoint.lower()
        )


class File(NamedTuple):
    """One file of a task. ``source`` is its URL as the page has to name it, ``None`` if there is no such file.

    ``is_outside`` the page's folder: its URL is good on this machine only.
    """

    asset: Asset
    source: str | None
    is_outside: bool = False
    thumbnail: str | None = None

    @property
    def kind(self) -> ShownKind:
        found = kind_of(self.asset.mime_type)
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


class Entry(NamedTuple):
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
            "took": None if task.duration_s is None else f"{task.duration_s:.1f} s",
            "inputs": list(_inputs(task)),
            "files": [file.as_json() for file in self.files],
            "text": self.text,
            "command": command_line(task),
            "note": f"Not kept: {lost}. Put it in before you run this." if lost else None,
            "wait": command("tasks wait", task.id),
            "sandbox": task.sandbox or None,
        }
        return {name: value for name, value in known.items() if value is not None}


class Gallery(NamedTuple):
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


def collect(runtime: Runtime, filters: Filters, page_folder: Path) -> Gallery:
    """Return all that succeeded and matches; the page will be in ``page_folder``."""
    tasks = runtime.journal.list_tasks([TaskStatus.SUCCEEDED], limit=None)
    place = Path(os.path.realpath(page_folder))
    return Gallery("Gallery", tuple(_entry(task, place) for task in tasks if filters.match(task)))


def _entry(task: Task, place: Path) -> Entry:
    files = tuple(_file(asset, place) for asset in task.outputs)
    return Entry(task, files, _text(task) if KIND_ROWS[task.kind].keeps_values and task.result else None)


def _text(task: Task) -> str | None:
    """Return the text of a result, unless files are all that it is."""
    text, mime_type = main_text(task.result, [asset.url for asset in task.outputs])
    if mime_type != "text/plain" and any(kind_of(asset.mime_type) for asset in task.outputs):
        return None
    return text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]}…"


def _file(asset: Asset, place: Path) -> File:
    path = Path(asset.path or "")
    if not path.is_file():
        return File(asset, None)
    real = Path(os.path.realpath(path.parent), path.name)
    if real.is_relative_to(place):
        return File(asset, quote(os.fsencode(real.relative_to(place).as_posix())))
    return File(asset, "file://" + quote(os.fsencode(path.as_posix())), is_outside=True)


def _prompt(task: Task) -> str:
    """Return what was asked for in words, by whichever input."""
    if task.request is None:
        return ""
    given = {parameter.name: parameter.value for parameter in task.request.parameters if parameter.form == "text"}
    return task.request.prompt or next((given[name] for name in _PROMPT_INPUTS if name in given), "")


def _inputs(task: Task) -> Iterator[tuple[str, str]]:
    """Yield what was asked for beside prompt, model and seed, by name."""
    if task.request is None:
        return
    for name, value in task.request.as_json().items():
        if name == "references":
            yield from ((reference.get("role", "reference"), reference["source"]) for reference in value)
        elif name == "parameters":
            yield from ((key, _word(redact(part))) for key, part in value.items())
        elif name not in {"capability", "prompt", "model", "seed"}:
            yield _NAMES.get(name, name.replace("_", " ")), _word(value)


# Of what was asked, not of what came.
_NAMES = {"size": "requested size", "duration": "requested seconds", "count": "requested files"}


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
