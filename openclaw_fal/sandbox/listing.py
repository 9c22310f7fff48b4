"""The part of fal's Platform API that the sandbox has: models, prices and each endpoint's OpenAPI document.

What builds documents and prices is imported when it is first used: most runs need neither.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

from .authorization import platform_error, platform_refusal
from .cdn import NOT_FOUND
from .endpoints import Entry, entries, find_endpoint
from .error_replies import failure
from .http_message import json_reply

if TYPE_CHECKING:
    from .http_message import Json, Reply, Request
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
        found = _by_id(wanted) if wanted else _search(request)
        limit, start = _limit(request.first("limit"), expand), _offset(request.first("cursor"))
    except BadQueryError as error:
        return platform_error(400, "validation_error", str(error))
    except LookupError as error:
        return platform_error(404, "not_found", f"Model not found: {error.args[0]}")
    page = found[start : start + limit]
    more = start + limit < len(found) or "models-loop" in state.injected
    after = base64.b64encode(str((start + limit) % max(1, len(found)) if more else 0).encode()).decode()
    models = [_model(entry, expand) for entry in page]
    return json_reply(200, {"models": models, "next_cursor": after if more else None, "has_more": more})


def pricing(state: State, request: Request) -> Reply:
    """Answer `GET /v1/models/pricing`."""
    refused = platform_refusal(request, state.key, needed=True) or failure((state.injected,), "price")
    if refused:
        return refused
    try:
        found = [_price(entry.endpoint) for entry in _by_id(ids_in(request, needed=True))]
    except BadQueryError as error:
        return platform_error(400, "validation_error", str(error))
    except LookupError as error:
        return platform_error(404, "not_found", f"Model not found: {error.args[0]}")
    prices = [price for price in found if price]
    return json_reply(200, {"prices": prices, "next_cursor": None, "has_more": False})


def estimate(state: State, request: Request) -> Reply:
    """Answer `POST /v1/models/pricing/estimate` with one total for all endpoints."""
    refused = platform_refusal(request, state.key, needed=True)
    if refused:
        return refused
    try:
        kind, total = _estimate(request.json())
    except LookupError as error:
        return platform_error(404, "not_found", f"Model not found: {error.args[0]}")
    except (ValueError, TypeError, AttributeError) as error:
        return platform_error(400, "validation_error", f"Not an estimate: {error}")
    return json_reply(200, {"estimate_type": kind, "total_cost": total, "currency": "USD"})


def openapi(_state: State, request: Request) -> Reply:
    """Answer `GET /api/openapi/queue/openapi.json`, which is public."""
    from .openapi import document  # noqa: PLC0415

    found = document(request.first("endpoint_id"))
    return json_reply(200, found) if found else json_reply(404, NOT_FOUND)


def _estimate(body: Any) -> tuple[str, float]:
    kind = body["estimate_type"]
    quantity = {"unit_price": "unit_quantity", "historical_api_price": "call_quantity"}.get(kind)
    if not quantity:
        raise ValueError(f"estimate_type {kind!r}")
    from .prices import price_of  # noqa: PLC0415

    known = [(entry.endpoint, price_of(entry.endpoint)) for entry in _by_id([*body["endpoints"]])]
    costs = (price.amount * float(body["endpoints"][name][quantity]) for name, price in known if price)
    return kind, round(sum(costs), 6)


def ids_in(request: Request, *, needed: bool = False) -> list[str]:
    """Read `endpoint_id`, repeated or with commas."""
    ids = [one for value in request.query.get("endpoint_id", []) for one in value.split(",") if one]
    if needed and not ids:
        raise BadQueryError("endpoint_id is required")
    if len(ids) > _MAX_IDS:
        raise BadQueryError(f"endpoint_id: at most {_MAX_IDS} are allowed")
    return ids


def _by_id(wanted: list[str]) -> list[Entry]:
    """Find endpoints by id, in the given order. Raises LookupError with the first that is not known."""
    known = {entry.endpoint: entry for entry in entries()}
    return [known[one] for one in wanted]


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


def _limit(text: str, expand: list[str]) -> int:
    if text and (not text.isdigit() or int(text) < 1):
        raise BadQueryError("limit: must be a number from 1")
    limit = _MAX_LIMIT_EXPANDED if "openapi-3.0" in expand else _MAX_LIMIT
    return min(int(text) if text else _DEFAULT_LIMIT, limit)


def _offset(cursor: str) -> int:
    try:
        return int(base64.b64decode(cursor, validate=True)) if cursor else 0
    except (binascii.Error, ValueError):
        raise BadQueryError("cursor: not a cursor of this list") from None


def _price(endpoint: str) -> Json | None:
    from .prices import price_of  # noqa: PLC0415

    price = price_of(endpoint)
    if price is None:
        return None
    return {"endpoint_id": endpoint, "unit_price": price.amount, "unit": price.unit, "currency": "USD"}


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
