"""Results: assets, tables, and the envelope that a generation answers with under ``--json``.

The envelope's keys are OpenClaw's (its ``infer … --json``); ours are only ever added.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from openclaw_fal.core.data_uri import is_data_uri, without_content
from openclaw_fal.core.records import Record
from openclaw_fal.core.result_values import pairs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openclaw_fal.core.costs import Cost

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


# An empty value that everything shares, so it must never be changed.
NOTHING: dict[str, Any] = {}


RESULT_URL = "result:"
"""The URL of a file that holds the text of the result itself, which the task keeps."""


class Asset(Record):
    """One file of a result.

    Until it is fetched only the URL and fal's description are known. ``path`` is absolute, and set once the complete
    file has its final name. ``size`` is in bytes, ``sha256`` in hex. ``is_flagged`` if fal's safety checker flagged it.
    ``output`` is the name that `run`'s result has for it, such as vocals.
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
        """Return OpenClaw's keys, then those of ours that are known."""
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
