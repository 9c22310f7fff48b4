"""Results: files, text and numbers, the envelope that a generation answers with under ``--json``, and tables.

The envelope's keys are OpenClaw's (its ``infer … --json``); ours are only ever added.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, Literal

from openclaw_fal.core.data_uri import is_data_uri, without_content
from openclaw_fal.core.records import Record

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from openclaw_fal.core.costs import Cost

# An empty value that everything shares, so it must never be changed.
NOTHING: dict[str, Any] = {}
RESULT_URL = "result:"
"""The URL of a file that holds the text of the result itself, which the task keeps."""

MAX_TEXT = 1_000_000  # characters of one text, far more than any model writes
MAX_ITEMS = 20_000  # of one list, far more than the words of an hour of speech
MAX_DEPTH = 20
MAX_BLOB = 10_000  # characters of a text without a space; a longer one is a file in base64
_CUT = "…"
# The texts that may be the whole of a result, the most likely first.
_MAIN_NAMES = ("output", "text", "transcription", "answer", "response", "result", "caption", "results")


class Asset(Record):
    """One file of a result.

    Until it is fetched only the URL and fal's description are known. ``path`` is absolute, and set once the complete
    file has its final name. ``size`` is in bytes, ``sha256`` in hex. ``is_flagged`` if fal's safety checker flagged it.
    ``output`` is the name that `run`'s result has for it, such as vocals. ``failure`` is the kind of an ``error`` after
    which something else is to be done than to try again.
    """

    url: str
    mime_type: str | None = None
    file_name: str | None = None
    size: int | None = None
    width: int | None = None
    height: int | None = None
    path: str | None = None
    sha256: str | None = None
    error: str | None = None
    is_flagged: bool | None = None
    output: str | None = None
    failure: Literal["gone", "not_tried"] | None = None

    def as_json(self) -> dict[str, Any]:
        """Return OpenClaw's keys for a saved file; a missing file has ``url`` and ``error`` instead of ``path``."""
        answer: dict[str, Any] = {}
        if self.path is not None:
            answer["path"] = self.path
        answer |= {"mimeType": self.mime_type, "size": self.size}
        if self.width is not None and self.height is not None:
            answer |= {"width": self.width, "height": self.height}
        if not is_data_uri(self.url) and self.url != RESULT_URL:
            answer["url"] = self.url
        if self.sha256:
            answer["sha256"] = self.sha256
        if self.error:
            answer["error"] = self.error
        if self.is_flagged:
            answer["flagged"] = True
        answer["output"] = self.output
        return {name: value for name, value in answer.items() if value is not None}

    def as_record(self) -> dict[str, Any]:
        """Return everything that is known, for the task journal, which never holds media bytes."""
        return self._known() | {"url": without_content(self.url)}

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Asset:
        return cls._restored(record)


class Normalized(Record):
    """A hint that was sent with another value, because the model does not take the requested one."""

    requested: Any
    applied: Any


class Shortfall(Record):
    """Where a result is less than what was asked for. ``code`` is for programs; ``file`` counts the outputs from 1."""

    code: str
    message: str
    file: int | None = None

    def as_json(self) -> dict[str, Any]:
        return self._known()

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Shortfall:
        return cls._restored(record)


class Attempt(Record):
    """A model that was tried or skipped before the one that answered."""

    model: str
    error: str
    code: str
    task_id: str | None = None
    provider: str = "fal"

    @property
    def name(self) -> str:
        """The model, with its provider if that is not fal."""
        return self.model if self.provider == "fal" else f"{self.provider}/{self.model}"

    def as_json(self) -> dict[str, Any]:
        answer = {"provider": self.provider, "model": self.model, "error": self.error, "code": self.code}
        return answer | ({"taskId": self.task_id} if self.task_id else {})


class Envelope(Record):
    """The answer of a generation, or of another command about a task.

    ``model`` is an endpoint id without ``fal/``. ``status`` is the task's. ``answer`` is what fal said when it was
    asked to cancel the task. ``result`` is what `run` got back, of which text and numbers are shown.
    """

    capability: str
    model: str
    outputs: tuple[Asset, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    ignored: dict[str, Any] = NOTHING
    normalization: dict[str, Normalized] = NOTHING
    task_id: str | None = None
    status: str | None = None
    request_id: str | None = None
    seed: int | None = None
    billable_units: str | None = None
    duration_ms: int | None = None
    sandbox: bool = False
    answer: str | None = None
    result: Any = None
    cost: Cost | None = None
    warnings: tuple[Shortfall, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Whether something came back: files, or the text and numbers of a result."""
        return bool(self.outputs) or self.result is not None

    @property
    def values(self) -> list[tuple[str, Any]]:
        """Text and numbers of the result, by name: all but the files."""
        return [] if self.result is None else pairs(self.result, [asset.url for asset in self.outputs])

    def as_json(self) -> dict[str, Any]:
        """Return OpenClaw's keys, then our own keys whose values are known."""
        document: dict[str, Any] = {
            "ok": True,
            "capability": self.capability,
            "transport": "local",
            "provider": "fal",
            "model": self.model,
            "attempts": [attempt.as_json() for attempt in self.attempts],
            "outputs": [asset.as_json() for asset in self.outputs],
            "ignoredOverrides": [{"key": key, "value": value} for key, value in self.ignored.items()],
        }
        if self.normalization:
            document["normalization"] = {
                key: {"requested": value.requested, "applied": value.applied}
                for key, value in self.normalization.items()
            }
        known = {
            "taskId": self.task_id,
            "status": self.status,
            "requestId": self.request_id,
            "seed": self.seed,
            "billableUnits": self.billable_units,
            "cost": self.cost.as_json() if self.cost else None,
            "durationMs": self.duration_ms,
            "sandbox": self.sandbox or None,
            "answer": self.answer,
            "result": self.result,
            "warnings": [warning.as_json() for warning in self.warnings] or None,
        }
        return document | {name: value for name, value in known.items() if value is not None}


# --- text and numbers of a result: what is kept of them, and how they are shown beside the files -


def kept(value: Any, depth: int = 0) -> Any:
    """Return a result as the journal keeps it: without the content of ``data:`` URIs, and not too large."""
    match value:
        case str():
            return _kept_text(value)
        case float() if not math.isfinite(value):
            return None
        case dict() if depth < MAX_DEPTH:
            return {_kept_text(str(name)): kept(member, depth + 1) for name, member in value.items()}
        case list() if depth < MAX_DEPTH:
            shown = [kept(member, depth + 1) for member in value[:MAX_ITEMS]]
            return shown if len(value) <= MAX_ITEMS else [*shown, _CUT]
        case dict() | list():
            return _CUT
        case _:
            return value


def _kept_text(text: str) -> str:
    # A server may send half a character, which no file can hold.
    text = without_content(text).encode("utf-8", "replace").decode()
    limit = MAX_TEXT if " " in text[:MAX_BLOB] or "\n" in text[:MAX_BLOB] else MAX_BLOB
    return text if len(text) <= limit else text[:limit] + _CUT


def pairs(result: Any, urls: Collection[str]) -> list[tuple[str, Any]]:
    """Return names and values to show: all but the files, whose URLs are given, and what is empty."""
    files = {without_content(url) for url in urls}
    bare = _without_files(result, files)
    named = bare if isinstance(bare, dict) else {"output": bare}
    return [(name, value) for name, value in named.items() if value not in (None, "", [], {})]


def main_text(result: Any, urls: Collection[str] = (), *, as_json: bool = False) -> tuple[str, str]:
    """Return the one text that a result consists of and ``text/plain``, else all of it as JSON and its media type.

    With ``as_json`` it is always all of it.
    """
    bare = _without_files(result, {without_content(url) for url in urls})
    text = None if as_json else _only_text(bare)
    if text is not None:
        return text, "text/plain"
    return json.dumps(bare, ensure_ascii=False, indent=2), "application/json"


def _only_text(bare: Any) -> str | None:
    """Return the one text of a result, of several the one with a main name; ``None`` if that leaves it open."""
    if not isinstance(bare, dict):
        return bare if isinstance(bare, str) else None
    texts = {name: value for name, value in bare.items() if isinstance(value, str) and value.strip()}
    for name in _MAIN_NAMES:
        if name in texts:
            return texts[name]
    return next(iter(texts.values())) if len(texts) == 1 else None


def words(result: Any) -> str:
    """Return the texts of a result without files, which may say why there are none; the prompt is left out."""
    match result:
        case str():
            return "" if is_data_uri(result) else result.strip()
        case dict():
            members = [member for name, member in result.items() if name != "prompt"]
        case list():
            members = result
        case _:
            return ""
    return "; ".join(filter(None, map(words, members)))


def _without_files(value: Any, files: Collection[str]) -> Any:
    """Return a result without the files in it; `None` for a value that is nothing else."""
    match value:
        case str() if value.strip() in files or is_data_uri(value):
            return None
        case {"url": str(url)} if url.strip() in files:
            return None
        case dict():
            members = ((name, member, _without_files(member, files)) for name, member in value.items())
            left = {name: bare for name, member, bare in members if bare is not None or member is None}
            return left or (None if value else value)
        case list():
            elements = [_without_files(element, files) for element in value]
            return None if value and all(element is None for element in elements) else elements
        case _:
            return value


def as_text(value: Any) -> str:
    """Return a text as it is, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


# --- tables -------------------------------------------------------------------------------------


# A key is never cut; a status has the color of its meaning.
ColumnStyle = Literal["key", "text", "dim", "mark", "status"]


class Column(Record):
    """One column; ``shrinks`` allows it to be cut or left out on a narrow terminal."""

    name: str
    style: ColumnStyle = "text"
    shrinks: bool = False


class Grouping(Record):
    """How a terminal shows many rows: under the values of one column, in this order, which becomes a heading."""

    column: int
    order: tuple[str, ...]


class Table(Record):
    """Rows for people (a table), for pipes (tab-separated) and for programs (``value``).

    ``footer`` is printed on a terminal only. Only there are rows grouped, and paged if they do not fit on the screen.
    """

    columns: tuple[Column, ...]
    rows: Sequence[tuple[str, ...]]
    value: Any
    footer: str | None = None
    grouping: Grouping | None = None
    is_paged: bool = False
