"""The model catalog, the OpenAPI documents, and the free check of a key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from openclaw_fal.fal.failures import failure, no_answer
from openclaw_fal.fal.parse import next_cursor, parse_models
from openclaw_fal.fal.reply import KEY_STATUSES, Unreachable

if TYPE_CHECKING:
    from collections.abc import Generator

    from openclaw_fal.core.events import Waiting
    from openclaw_fal.fal.client import FalClient
    from openclaw_fal.fal.clock import Deadline
    from openclaw_fal.models.catalog import ListedModel

PAGE_SIZE = 1000  # fal's maximum; its default is used if it refuses this
MAX_TRIES = 2  # for each page; the user is waiting, and there is a built-in catalog
MAX_OPENAPI_BYTES = 4 * 1024 * 1024  # fal's documents have up to 42 kB
MAX_PAGES = 100
KEY_CHECK_TIMEOUT_S = 10.0
UNKNOWN_REQUEST = "fal-ai/flux/requests/00000000-0000-4000-8000-000000000000/status"


def list_models(
    client: FalClient, deadline: Deadline, *, with_key: bool
) -> Generator[Waiting, None, list[ListedModel]]:
    """Fetch every page of the live catalog. No key is needed, but one raises the rate limit.

    Raises `Unreachable` if any page can't be fetched, because an incomplete catalog would look complete.
    """
    models: dict[str, ListedModel] = {}
    limit, cursor = {"limit": str(PAGE_SIZE)}, ""
    for _ in range(MAX_PAGES):
        query = urlencode(limit | ({"cursor": cursor} if cursor else {}))
        reply = yield from client.read(
            "GET", f"{client.origins.platform}/v1/models?{query}", deadline=deadline, with_key=with_key, tries=MAX_TRIES
        )
        if reply.status in KEY_STATUSES and with_key:
            with_key = False
        elif reply.status == 400 and limit:
            limit = {}
        elif not reply.is_success or not isinstance(reply.json, dict):
            raise no_answer(reply)
        else:
            known = len(models)
            models |= {model.endpoint_id: model for model in parse_models(reply.json)}
            cursor = next_cursor(reply.json, cursor)
            if not cursor or len(models) == known:  # a page without new models means that the cursor repeats
                return list(models.values())
    raise Unreachable(f"the catalog has more than {MAX_PAGES} pages", sent=True)


def fetch_openapi(
    client: FalClient, endpoint: str, deadline: Deadline, *, tries: int | None = MAX_TRIES
) -> Generator[Waiting, None, Any]:
    """Fetch the OpenAPI document of an endpoint; return ``None`` if fal has no such endpoint. Sends no key.

    Raises `Unreachable`.
    """
    query = urlencode({"endpoint_id": endpoint})
    reply = yield from client.read(
        "GET",
        f"{client.origins.site}/api/openapi/queue/openapi.json?{query}",
        deadline=deadline,
        # The site's 404 is a page, which would otherwise be inconclusive.
        should_retry=lambda reply: reply.status != 404 and reply.is_inconclusive,
        tries=tries,
        with_key=False,
        limit=MAX_OPENAPI_BYTES,
    )
    if reply.status == 404:
        return None
    if not reply.is_success or not isinstance(reply.json, dict):
        raise no_answer(reply)
    return reply.json


def check_key(client: FalClient, deadline: Deadline) -> Generator[Waiting, None, None]:
    """Check at no cost whether fal accepts the key, with the status of a job that does not exist.

    404 means that the key is good, 401 that it is not. A locked account does not show here.
    Raises `KeyProblem` or `AccountProblem`, and `Unreachable` if fal itself does not answer.
    """
    reply = yield from client.read(
        "GET", f"{client.origins.queue}/{UNKNOWN_REQUEST}", deadline=deadline, tries=MAX_TRIES
    )
    if reply.status in KEY_STATUSES:
        raise failure(reply, "checking the key")
    if reply.status != 404 and not reply.is_success:
        raise no_answer(reply)
