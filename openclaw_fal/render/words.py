"""Events in words: what a person reads of each, live or in a log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openclaw_fal.core.text import printable
from openclaw_fal.render.format import dimensions, duration, exact, place, size

if TYPE_CHECKING:
    from openclaw_fal.core.results import Asset, Attempt
    from openclaw_fal.core.tasks import Downloading, LogLine, Uploading, Waiting


def queued(position: int | None) -> str:
    if position is None:
        return "queued"
    return f"queued, {position} ahead" if position else "queued, next in line"


def log(line: LogLine) -> str:
    message = printable(line.message)
    level = line.level.upper()
    return f"{level.lower()}: {message}" if level.startswith(("ERR", "WARN", "CRIT", "FATAL")) else message


def waiting(event: Waiting) -> str:
    return f"trying again in {duration(event.delay_s)}: {printable(event.reason)}"


def uploading(event: Uploading) -> str:
    return f"uploading {printable(event.name)} ({size(event.size)}){_which(event.number, event.total)}"


def downloading(event: Downloading) -> str:
    return f"downloading{_which(event.number, event.total)}, {amount(event.received, event.size)}"


def amount(received: int, expected: int | None) -> str:
    return size(received) if expected is None else f"{size(received)} of {size(expected)}"


def saved(asset: Asset) -> str:
    facts = [fact for fact in (dimensions(asset), None if asset.size is None else size(asset.size)) if fact]
    where = exact(place(asset) or "a file")
    if asset.error:
        return f"could not save {where}: {printable(asset.error)}"
    return f"saved {where}" + (f" ({', '.join(facts)})" if facts else "")


def gave_up(attempt: Attempt) -> str:
    return f"failed ({printable(attempt.code)}): {printable(attempt.error)}"


def _which(index: int, total: int) -> str:
    return f", {index} of {total}" if total > 1 else ""
