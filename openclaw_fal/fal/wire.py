"""fal's JSON, read into our words. The only file that knows fal's field names.

Everything here is tolerant: a reply that was paid for is worth more than a tidy shape.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from openclaw_fal.core.results import Asset
from openclaw_fal.core.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_MEDIA_KEYS = ("images", "image", "video", "videos", "video_url", "audio", "audio_url", "audio_file", "output", "url")
_RUNNING_WORDS = frozenset({"IN_PROGRESS", "PROCESSING", "STARTED", "RUNNING"})
_ENDED_WORDS = frozenset({"COMPLETED", "FAILED", "ERROR", "CANCELLED", "CANCELED"})


@dataclass(frozen=True, slots=True)
class Submission:
    """The reply to a queue submission (``fal-http.md`` §3.2)."""

    request_id: str
    status_url: str | None
    response_url: str | None
    cancel_url: str | None
    position: int | None


@dataclass(frozen=True, slots=True)
class LogEntry:
    message: str
    level: str
    identity: tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class QueueStatus:
    """One answer to "how is it going?" (§3.3). ``completed`` does not mean that it went well."""

    state: Literal["queued", "running", "completed"]
    position: int | None = None
    logs: tuple[LogEntry, ...] = ()
    error: str | None = None
    error_type: str | None = None
    inference_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What the model gave back. ``seed`` may exceed 64-bit floats and is kept exact."""

    assets: tuple[Asset, ...]
    seed: int | None = None
    flagged: tuple[bool, ...] = ()
    billable_units: str | None = None
    request_id: str | None = None


def parse_submission(body: Any) -> Submission | None:
    """Read a submit reply, ``None`` when there is no request id in it."""
    if not isinstance(body, dict) or not isinstance(body.get("request_id"), str) or not body["request_id"]:
        return None
    return Submission(
        body["request_id"],
        _text(body.get("status_url")),
        _text(body.get("response_url")),
        _text(body.get("cancel_url")),
        _integer(body.get("queue_position")),
    )


def parse_status(body: Any) -> QueueStatus | None:
    """Read a status, ``None`` when it is none. An unknown word counts as queued: it is not the end."""
    if not isinstance(body, dict) or not isinstance(body.get("status"), str):
        return None
    word = body["status"].upper()
    error = body.get("error")
    if isinstance(error, dict):
        error = error.get("message") or str(error)
    if word in _ENDED_WORDS and word != "COMPLETED" and not error:
        error = word.lower()
    metrics = body.get("metrics")
    seconds = metrics.get("inference_time") if isinstance(metrics, dict) else None
    return QueueStatus(
        "completed" if word in _ENDED_WORDS else "running" if word in _RUNNING_WORDS else "queued",
        _integer(body.get("queue_position")),
        tuple(_log_entries(body.get("logs"))),
        printable(str(error)) if error else None,
        _text(body.get("error_type")),
        float(seconds) if isinstance(seconds, int | float) else None,
    )


def _log_entries(logs: Any) -> Iterator[LogEntry]:
    for entry in logs if isinstance(logs, list) else []:
        if isinstance(entry, dict) and isinstance(entry.get("message"), str):
            level = str(entry.get("level") or "INFO")
            message = printable(entry["message"], limit=500)
            yield LogEntry(message, level, (str(entry.get("timestamp")), level, entry["message"]))


def parse_result(body: Any, headers: Mapping[str, str]) -> Result:
    """Find every file in a model's output, whatever its shape (§8, "Output media keys seen")."""
    if isinstance(body, dict) and isinstance(body.get("response"), dict) and "status" in body:
        body = body["response"]
    output = body if isinstance(body, dict) else {"output": body}
    flags = output.get("has_nsfw_concepts")
    return Result(
        tuple(_unique(_find_assets(output))),
        _integer(output.get("seed")),
        tuple(bool(flag) for flag in flags) if isinstance(flags, list) else (),
        headers.get("x-fal-billable-units"),
        headers.get("x-fal-request-id"),
    )


def _find_assets(output: dict[str, Any]) -> Iterator[Asset]:
    known = [output[key] for key in _MEDIA_KEYS if key in output]
    found = [asset for value in known for asset in _assets_in(value)]
    # Nothing under a known name: any object with a URL will do. Bare strings would not: prompts name URLs too.
    yield from found or (asset for value in output.values() for asset in _assets_in(value, strings=False))


def _assets_in(value: Any, *, strings: bool = True) -> Iterator[Asset]:
    match value:
        case str() if strings and _is_media_url(value):
            yield Asset(value)
        case {"url": str(url)} if _is_media_url(url):
            yield _asset(url, value)
        case dict():
            for inner in value.values():
                yield from _assets_in(inner, strings=False)
        case list():
            for inner in value:
                yield from _assets_in(inner, strings=strings)
        case _:
            pass


def _asset(url: str, facts: Mapping[str, Any]) -> Asset:
    return Asset(
        url,
        mime_type=_text(facts.get("content_type")),
        file_name=_text(facts.get("file_name")),
        size=_integer(facts.get("file_size")),
        width=_integer(facts.get("width")),
        height=_integer(facts.get("height")),
    )


def _unique(assets: Iterator[Asset]) -> Iterator[Asset]:
    seen: set[str] = set()
    for asset in assets:
        if asset.url not in seen:
            seen.add(asset.url)
            yield asset


def _is_media_url(text: str) -> bool:
    return text.startswith(("https://", "http://", "data:"))


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _integer(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
