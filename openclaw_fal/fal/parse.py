"""Reads fal's JSON: submissions, statuses, results and lists of models. `billing` and `history` read their own.

Nothing here raises: a result that was paid for is used whatever its shape. Text is made safe to print. URLs and numbers
are exact or left out.
"""

from __future__ import annotations

import math
import re
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, Literal

from openclaw_fal.core.records import Record
from openclaw_fal.core.results import Asset, kept
from openclaw_fal.core.text import printable
from openclaw_fal.fal.reply import request_id_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from openclaw_fal.models.catalog import ListedModel

_MEDIA_KEYS = ("images", "image", "video", "videos", "video_url", "audio", "audio_url", "audio_file", "output", "url")
_MEDIA_URL = re.compile(r"https?://\S|data:[\w.+-]+/[\w.+-]+[;,]")
_RUNNING = frozenset({"IN_PROGRESS", "PROCESSING", "STARTED", "RUNNING"})
_ENDED = frozenset({"COMPLETED", "FAILED", "ERROR", "CANCELLED", "CANCELED"})
_UNEXPLAINED = "an error without explanation"
_MAX_DEPTH = 20  # levels of an output in which files are looked for


class Submission(Record):
    """The reply to a submission to the queue."""

    request_id: str
    status_url: str | None
    response_url: str | None
    cancel_url: str | None
    position: int | None


class LogEntry(Record):
    message: str
    level: str
    identity: tuple[str, str, str]


class QueueStatus(Record):
    """The status of a job. A job that failed is ``completed`` too."""

    state: Literal["queued", "running", "completed"]
    position: int | None = None
    logs: tuple[LogEntry, ...] = ()
    error: str | None = None
    error_type: str | None = None
    inference_seconds: float | None = None


class Result(Record):
    """The output of a model, ``body``. ``seed`` may exceed 2**53.

    ``assets`` are the files under the names of images, videos and sounds.
    """

    assets: tuple[Asset, ...]
    seed: int | None = None
    billable_units: str | None = None
    request_id: str | None = None
    body: Any = None

    @property
    def files(self) -> tuple[Asset, ...]:
        """All files, under whatever names."""
        return _once(_files(_named(self.body)))

    @property
    def values(self) -> Any:
        """The whole output without the content of files."""
        return kept(self.body)


def parse_submission(body: Any, headers: Mapping[str, str]) -> Submission | None:
    """Read the reply to a submission; return ``None`` if neither it nor its headers have a request id."""
    facts = body if isinstance(body, dict) else {}
    request_id = _text(facts.get("request_id")) or request_id_of(headers)
    if not request_id:
        return None
    return Submission(
        request_id,
        _address(facts.get("status_url")),
        _address(facts.get("response_url")),
        _address(facts.get("cancel_url")),
        _count(facts.get("queue_position")),
    )


def parse_status(body: Any) -> QueueStatus | None:
    """Read a status; return ``None`` for anything else. An unknown status counts as queued: the job has not ended."""
    if not isinstance(body, dict) or not isinstance(body.get("status"), str):
        return None
    reported = body["status"].upper()
    error = _error(body.get("error"))
    if reported in _ENDED and reported != "COMPLETED" and not error:
        error = reported.lower()
    metrics = body.get("metrics")
    return QueueStatus(
        "completed" if reported in _ENDED else "running" if reported in _RUNNING else "queued",
        _count(body.get("queue_position")),
        tuple(_log_entries(body.get("logs"))),
        error,
        _text(body.get("error_type")),
        _seconds(metrics.get("inference_time")) if isinstance(metrics, dict) else None,
    )


def _error(value: Any) -> str | None:
    if isinstance(value, dict) and value:
        value = value.get("message") or value.get("detail") or value.get("type") or _UNEXPLAINED
    return _text(value) or (_UNEXPLAINED if value else None)


def _log_entries(logs: Any) -> Iterator[LogEntry]:
    for entry in logs if isinstance(logs, list) else []:
        if isinstance(entry, dict) and isinstance(entry.get("message"), str):
            level = _text(entry.get("level")) or "INFO"
            moment = _text(entry.get("timestamp")) or ""
            yield LogEntry(printable(entry["message"], limit=500), level, (moment, level, entry["message"]))


def parse_result(body: Any, headers: Mapping[str, str]) -> Result:
    """Find every file in a model's output, whatever its shape. Each URL counts once."""
    if isinstance(body, dict) and isinstance(body.get("response"), dict) and "status" in body:
        body = body["response"]
    output = _named(body)
    flags = output.get("has_nsfw_concepts")
    flags = [flags] if isinstance(flags, bool) else flags
    return Result(
        tuple(_flagged(_once(_assets(output)), flags)),
        _integer(output.get("seed")),
        _text(headers.get("x-fal-billable-units")),
        request_id_of(headers),
        body,
    )


def _named(body: Any) -> dict[str, Any]:
    return body if isinstance(body, dict) else {"output": body}


def _flagged(assets: tuple[Asset, ...], flags: Any) -> Iterator[Asset]:
    """Mark the assets that the safety checker flagged; its flags are in the order of the files."""
    for asset, is_flagged in zip_longest(assets, flags[: len(assets)] if isinstance(flags, list) else ()):
        yield asset._replace(is_flagged=True) if is_flagged else asset


def _once(assets: Iterable[Asset]) -> tuple[Asset, ...]:
    """Return the assets; of those with the same URL, only the first."""
    found: dict[str, Asset] = {}
    for asset in assets:
        found.setdefault(asset.url, asset)
    return tuple(found.values())


def _files(value: Any, name: str = "", depth: int = 0) -> Iterator[Asset]:
    """Find every file: objects with a media URL, and URLs under names for media."""
    if depth > _MAX_DEPTH:
        return
    match value:
        case {"url": str(url)} if _media_url(url):
            yield _asset(url, value)._replace(output=name or None)
        case dict():
            for key, member in value.items():
                yield from _files(member, str(key), depth + 1)
        case list():
            for element in value:
                yield from _files(element, name, depth + 1)
        case str() if _media_url(value) and (name in _MEDIA_KEYS or name.endswith(("url", "urls", "_uri"))):
            yield Asset(value.strip(), output=name)


def _assets(value: Any, depth: int = 0) -> list[Asset]:
    """Find files: in the known fields if they have any, else in every object with a media URL.

    A string counts only in the known fields, because prompts contain URLs too.
    """
    if depth > _MAX_DEPTH:
        return []
    match value:
        case {"url": str(url)} if _media_url(url):
            return [_asset(url, value)]
        case dict():
            named = [value[key] for key in _MEDIA_KEYS if key in value]
            return _in_all(named, depth, strings=True) or _in_all(value.values(), depth, strings=False)
        case list():
            return _in_all(value, depth, strings=False)
        case _:
            return []


def _in_all(values: Iterable[Any], depth: int, *, strings: bool) -> list[Asset]:
    found: list[Asset] = []
    for value in values:
        if isinstance(value, str):
            found += [Asset(value.strip())] if strings and _media_url(value) else []
        elif isinstance(value, list) and strings:
            found += _in_all(value, depth + 1, strings=True) if depth < _MAX_DEPTH else []
        else:
            found += _assets(value, depth + 1)
    return found


def _asset(url: str, facts: Mapping[str, Any]) -> Asset:
    name = facts.get("file_name")  # unchanged; `core.file_names` makes it safe
    return Asset(
        url.strip(),
        mime_type=_text(facts.get("content_type")),
        file_name=name if isinstance(name, str) else None,
        size=_count(facts.get("file_size")),
        width=_count(facts.get("width")) or None,
        height=_count(facts.get("height")) or None,
    )


def parse_models(page: Any) -> Iterator[ListedModel]:
    """Read a page of the catalog. Everything but the endpoint id may be missing."""
    from openclaw_fal.models.catalog import DEPRECATED, ListedModel  # noqa: PLC0415 - few commands read the catalog

    entries = page.get("models") if isinstance(page, dict) else None
    for entry in entries if isinstance(entries, list) else []:
        endpoint_id = _text(entry.get("endpoint_id")) if isinstance(entry, dict) else None
        if endpoint_id is None:
            continue
        facts = entry["metadata"] if isinstance(entry.get("metadata"), dict) else {}
        tags = [_text(tag) for tag in facts["tags"]] if isinstance(facts.get("tags"), list) else []
        if facts.get("status") == DEPRECATED:
            tags.append(DEPRECATED)
        yield ListedModel(
            endpoint_id,
            _text(facts.get("display_name")) or endpoint_id,
            _text(facts.get("category")) or "",
            tuple(tag for tag in tags if tag),
        )


def next_cursor(page: Mapping[str, Any], before: str) -> str:
    """Return the cursor of the next page of a list; empty after the last page, and if a server repeats a cursor."""
    cursor = page.get("next_cursor")
    return cursor if isinstance(cursor, str) and cursor != before and page.get("has_more") is not False else ""


def _media_url(text: str) -> bool:
    """Return whether a text is the URL of a file and contains only characters of URLs."""
    stripped = text.strip()
    return _MEDIA_URL.match(stripped) is not None and stripped.isprintable()


def _address(value: Any) -> str | None:
    return value if isinstance(value, str) and value.isprintable() and " " not in value else None


def _text(value: Any) -> str | None:
    return printable(value, limit=1000) or None if isinstance(value, str) else None


def _integer(value: Any) -> int | None:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _count(value: Any) -> int | None:
    number = _integer(value)
    return number if number is not None and 0 <= number < 2**63 else None


def _seconds(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 1e9 or math.isnan(value):
        return None
    return float(value)
