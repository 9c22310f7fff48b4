"""The Platform API's list of models, with each endpoint's OpenAPI document; and how all its lists are asked and paged.

What builds documents is imported when it is first used: most runs need none.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

from .authorization import platform_error, platform_refusal
from .connection import json_reply
from .endpoints import Entry, entries, find_endpoint
from .error_replies import NOT_FOUND, failure

if TYPE_CHECKING:
    from .connection import Json, Reply, Request
    from .state import State

_DEFAULT_LIMIT = 20
_MAX_LIMIT = 1000
_MAX_LIMIT_EXPANDED = 10  # with a document for each
_MAX_IDS = 50
_STATUSES = {"", "active", "deprecated"}
_DEPRECATED = {"fal-ai/heygen/v2/video-agent", "openai/gpt-image-1"}
_TAGS = {"fal-ai/flux/dev": ["lora", "personalization"]}
_FAILED = {"error": {"code": "expansion_failed", "message": "There is no schema for this endpoint."}}


class BadQueryError(ValueError):
    """A parameter that the Platform API answers with `validation_error`."""


def listing(state: State, request: Request) -> Reply:
    """Answer `GET /v1/models`: found by id, or searched, filtered and paged. A key is not needed, but checked."""
    refused = platform_refusal(request, state.key, needed=False) or failure((state.injected,), "models")
    if refused:
        return refused
    expand = request.query.get("expand", [])
    try:
        wanted = ids_in(request)
        found = by_id(wanted) if wanted else _search(request)
        start, limit = page(request, _DEFAULT_LIMIT, _MAX_LIMIT_EXPANDED if "openapi-3.0" in expand else _MAX_LIMIT)
    except BadQueryError as error:
        return platform_error(400, "validation_error", str(error))
    except LookupError as error:
        return platform_error(404, "not_found", f"Model not found: {error.args[0]}")
    end = start + limit
    more = end < len(found) or "models-loop" in state.injected
    models = [_model(entry, expand) for entry in found[start:end]]
    after = cursor(end % max(1, len(found))) if more else None
    return json_reply(200, {"models": models, "next_cursor": after, "has_more": more})


def openapi(_state: State, request: Request) -> Reply:
    """Answer `GET /api/openapi/queue/openapi.json`, which is public."""
    from .openapi import document  # noqa: PLC0415

    found = document(request.first("endpoint_id"))
    return json_reply(200, found) if found else json_reply(404, NOT_FOUND)


def ids_in(request: Request, *, needed: bool = False) -> list[str]:
    """Read `endpoint_id`, repeated or with commas."""
    ids = [one for value in request.query.get("endpoint_id", []) for one in value.split(",") if one]
    if needed and not ids:
        raise BadQueryError("endpoint_id is required")
    if len(ids) > _MAX_IDS:
        raise BadQueryError(f"endpoint_id: at most {_MAX_IDS} are allowed")
    return ids


def by_id(wanted: list[str]) -> list[Entry]:
    """Find endpoints by id, in the given order. Raises LookupError with the first that is not known."""
    known = {entry.endpoint: entry for entry in entries()}
    return [known[one] for one in wanted]


def page(request: Request, default: int, most: int) -> tuple[int, int]:
    """Read `cursor` and `limit`: return the number of the first row, and how many there may be."""
    text = request.first("limit")
    if text and (not text.isdigit() or int(text) < 1):
        raise BadQueryError("limit: must be a number from 1")
    try:
        start = int(base64.b64decode(request.first("cursor") or cursor(0), validate=True))
    except (binascii.Error, ValueError):
        raise BadQueryError("cursor: not a cursor of this list") from None
    return start, min(int(text) if text else default, most)


def cursor(start: int) -> str:
    """Return the cursor of the page that begins with a row."""
    return base64.b64encode(str(start).encode()).decode()


def _search(request: Request) -> list[Entry]:
    """Filter the index, which lacks the endpoints that are gone."""
    words = request.first("q").lower().split()
    category, status = request.first("category"), request.first("status")
    if status not in _STATUSES:
        raise BadQueryError("status: must be active or deprecated")
    return [
        entry
        for entry in entries()
        if not entry.gone
        and (not category or entry.category == category)
        and (not status or _status(entry) == status)
        and all(word in f"{entry.endpoint} {entry.title}".lower() for word in words)
    ]


def _status(entry: Entry) -> str:
    return "deprecated" if entry.gone or entry.endpoint in _DEPRECATED else "active"


def _model(entry: Entry, expand: list[str]) -> Json:
    model: Json = {"endpoint_id": entry.endpoint, "metadata": _metadata(entry)}
    if "openapi-3.0" in expand:
        from .openapi import document  # noqa: PLC0415

        known = find_endpoint(entry.endpoint)
        model["openapi"] = document(entry.endpoint) if known and known.inputs is not None else _FAILED
    if "enterprise_status" in expand:
        model["enterprise_status"] = "ready"
    return model


def _metadata(entry: Entry) -> Json:
    endpoint = entry.endpoint
    return {
        "display_name": entry.title,
        "category": entry.category,
        "description": f"{entry.title} in the sandbox.",
        "status": _status(entry),
        "tags": _TAGS.get(endpoint, []),
        "updated_at": "2026-08-11T09:12:44Z",
        "date": "2024-08-01T00:00:00Z",
        "is_favorited": None,
        "highlighted": False,
        "pinned": False,
        "kind": "training" if entry.category == "training" else "inference",
        "license_type": "commercial",
        "model_url": f"https://fal.run/{endpoint}",
        "stream_url": f"https://fal.run/{endpoint}/stream",
        "thumbnail_url": None,
        "thumbnail_animated_url": None,
        "github_url": None,
        "group": {"key": endpoint.split("/")[1], "label": entry.title},
        "duration_estimate": 0.1,
        "training_endpoint_ids": [],
        "inference_endpoint_ids": [],
    }
