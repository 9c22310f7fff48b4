"""fal's Platform API: the model catalog, and the free check of a key (``fal-http.md`` §1.2, §6.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from openclaw_fal.fal.failures import detail_of, failure
from openclaw_fal.fal.parse import parse_models
from openclaw_fal.fal.reply import ABOUT_THE_KEY, Unreachable

if TYPE_CHECKING:
    from collections.abc import Generator

    from openclaw_fal.core.tasks import Waiting
    from openclaw_fal.fal.client import FalHttp
    from openclaw_fal.fal.clock import Deadline
    from openclaw_fal.models.catalog import BuiltInModel

PAGE_SIZE = 1000  # the most that fal gives; if it refuses this, its own default is used
TRIES = 2  # for each page: who lists models waits at the terminal, and there is a list without a network
MAX_DOCUMENT = 4 * 1024 * 1024  # bytes of an OpenAPI document; fal's have up to 42 kB
MOST_PAGES = 100
KEY_CHECK_TIMEOUT_S = 10.0
NOBODYS_REQUEST = "fal-ai/flux/requests/00000000-0000-4000-8000-000000000000/status"


def list_models(http: FalHttp, deadline: Deadline, *, with_key: bool) -> Generator[Waiting, None, list[BuiltInModel]]:
    """Fetch every page of the live catalog. No key is needed; one raises the rate limit.

    Raises `Unreachable`; a page that can't be had makes the whole list fail, since a catalog with holes looks
    complete.
    """
    models: dict[str, BuiltInModel] = {}
    limit, cursor = {"limit": str(PAGE_SIZE)}, ""
    for _ in range(MOST_PAGES):
        query = urlencode(limit | ({"cursor": cursor} if cursor else {}))
        reply = yield from http.read(
            "GET", f"{http.origins.platform}/v1/models?{query}", deadline=deadline, with_key=with_key, tries=TRIES
        )
        if reply.status in ABOUT_THE_KEY and with_key:
            with_key = False
        elif reply.status == 400 and limit:
            limit = {}
        elif not reply.is_success or not isinstance(reply.json, dict):
            raise Unreachable(f"{reply.trouble}: {detail_of(reply)}", sent=True)
        else:
            known = len(models)
            models |= {model.endpoint_id: model for model in parse_models(reply.json)}
            cursor = _next_cursor(reply.json)
            if not cursor or len(models) == known:  # nothing new: the cursor goes in circles
                return list(models.values())
    raise Unreachable(f"the list goes on after {MOST_PAGES} pages", sent=True)


def _next_cursor(page: dict[str, Any]) -> str:
    cursor = page.get("next_cursor")
    return cursor if isinstance(cursor, str) and page.get("has_more") is not False else ""


def fetch_openapi(
    http: FalHttp, endpoint: str, deadline: Deadline, *, tries: int | None = TRIES
) -> Generator[Waiting, None, Any]:
    """Fetch the OpenAPI document of an endpoint, ``None`` when fal has no such endpoint. No key is sent.

    Raises `Unreachable`.
    """
    query = urlencode({"endpoint_id": endpoint})
    reply = yield from http.read(
        "GET",
        f"{http.origins.site}/api/openapi/queue/openapi.json?{query}",
        deadline=deadline,
        # The site answers 404 with a page.
        again=lambda reply: reply.status != 404 and reply.says_nothing,
        tries=tries,
        with_key=False,
        limit=MAX_DOCUMENT,
    )
    if reply.status == 404:
        return None
    if not reply.is_success or not isinstance(reply.json, dict):
        raise Unreachable(f"{reply.trouble}: {detail_of(reply)}", sent=True)
    return reply.json


def check_key(http: FalHttp, deadline: Deadline) -> Generator[Waiting, None, None]:
    """Find out, at no cost, whether fal takes the key: ask about a job that nobody has.

    404 means that the key is good, 401 that it is not. A lock of the account does not show here (§1.2).
    Raises `KeyProblem` or `AccountProblem`, and `Unreachable` when fal itself did not answer.
    """
    reply = yield from http.read("GET", f"{http.origins.queue}/{NOBODYS_REQUEST}", deadline=deadline, tries=TRIES)
    if reply.status in ABOUT_THE_KEY:
        raise failure(reply, "checking the key")
    if reply.status != 404 and not reply.is_success:
        raise Unreachable(f"{reply.trouble}: {detail_of(reply)}", sent=True)
