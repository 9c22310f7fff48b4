"""fal's Platform API: the model catalogue, and the free check of a key (``fal-http.md`` §1.2, §6.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from openclaw_fal.core.catalog import BuiltInModel
from openclaw_fal.core.errors import KeyProblem
from openclaw_fal.core.text import printable
from openclaw_fal.fal.failures import failure

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from openclaw_fal.core.tasks import Waiting
    from openclaw_fal.fal.deadline import Deadline
    from openclaw_fal.fal.http import FalHttp

PAGE_SIZE = 200
TRIES = 2  # for each page: who lists models waits at the terminal, and there is a list without a network
DEPRECATED = "deprecated"
MOST_PAGES = 100
NOBODYS_REQUEST = "fal-ai/flux/requests/00000000-0000-4000-8000-000000000000/status"


def list_models(http: FalHttp, deadline: Deadline, *, with_key: bool) -> Generator[Waiting, None, list[BuiltInModel]]:
    """Fetch every page of the live catalogue. No key is needed; one raises the rate limit.

    Raises `Unreachable` or what `failure` makes of a refusal; a page that can't be had makes the whole list fail,
    since a catalogue with holes looks complete.
    """
    models: dict[str, BuiltInModel] = {}
    cursors: set[str] = set()
    cursor: str | None = None
    while len(cursors) < MOST_PAGES:
        query = urlencode({"limit": PAGE_SIZE} | ({"cursor": cursor} if cursor else {}))
        reply = yield from http.read(
            "GET", f"{http.origins.platform}/v1/models?{query}", deadline=deadline, with_key=with_key, tries=TRIES
        )
        body = reply.json()
        if not reply.is_success or not isinstance(body, dict):
            raise failure(reply, "listing the models")
        models |= {model.endpoint_id: model for model in _models_in(body.get("models"))}
        cursor = body.get("next_cursor")
        if not cursor or not isinstance(cursor, str) or cursor in cursors or body.get("has_more") is False:
            break
        cursors.add(cursor)
    return list(models.values())


def _models_in(entries: Any) -> Iterator[BuiltInModel]:
    for entry in entries if isinstance(entries, list) else []:
        if not isinstance(entry, dict) or not isinstance(entry.get("endpoint_id"), str):
            continue
        facts = entry["metadata"] if isinstance(entry.get("metadata"), dict) else {}
        given = facts.get("tags")
        tags = given if isinstance(given, list) else []
        if facts.get("status") == DEPRECATED:
            tags = [*tags, DEPRECATED]
        yield BuiltInModel(
            printable(entry["endpoint_id"], limit=200),
            printable(str(facts.get("display_name") or entry["endpoint_id"]), limit=200),
            printable(str(facts.get("category") or ""), limit=100),
            tuple(printable(str(tag), limit=100) for tag in tags),
        )


def check_key(http: FalHttp, deadline: Deadline) -> Generator[Waiting, None, None]:
    """Find out, at no cost, whether fal takes the key: ask about a job that nobody has.

    404 means that the key is good, 401 that it is not. A lock of the account does not show here (§1.2).
    Raises `KeyProblem`, or `Unreachable` when there is no answer.
    """
    reply = yield from http.read("GET", f"{http.origins.queue}/{NOBODYS_REQUEST}", deadline=deadline, tries=TRIES)
    if reply.status in {401, 403}:
        raise failure(reply, "checking the key")
    if reply.status != 404 and not reply.is_success:
        raise KeyProblem(f"fal answered HTTP {reply.status} to the check of the key.", code="key_unchecked")
