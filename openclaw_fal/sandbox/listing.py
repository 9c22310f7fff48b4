"""The Platform API as far as the sandbox has it: models, prices, and each endpoint's OpenAPI (fal-http.md §6, §7)."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

from .authorization import platform_error, platform_refusal
from .endpoints import Model, models
from .error_replies import failure
from .http_message import json_reply
from .openapi import document

if TYPE_CHECKING:
    from .http_message import Json, Reply, Request
    from .state import State

_PAGE = 20
_MOST_IDS = 50
_STATUSES = {"", "active", "deprecated"}
_FAILED = {"error": {"code": "expansion_failed", "message": "There is no schema for this endpoint."}}


class _BadQueryError(ValueError):
    """A parameter that the Platform API would answer with `validation_error`."""


def listing(state: State, request: Request) -> Reply:
    """`GET /v1/models`: found by id, or searched, filtered and paged; a key is welcome but not needed (§6.1)."""
    refused = platform_refusal(request, state.key, needed=False) or failure((state.injected,), "models")
    if refused:
        return refused
    try:
        wanted = _ids(request)
        found = _by_id(wanted) if wanted else _search(request)
        limit, start = _number(request.first("limit"), _PAGE), _offset(request.first("cursor"))
    except _BadQueryError as error:
        return platform_error(400, "validation_error", str(error))
    except LookupError as error:
        return platform_error(404, "not_found", f"Model not found: {error.args[0]}")
    page = found[start : start + limit]
    more = start + limit < len(found) or "models-loop" in state.injected
    after = base64.b64encode(str((start + limit) % max(1, len(found)) if more else 0).encode()).decode()
    expand = request.query.get("expand", [])
    described = [_described(model, expand) for model in page]
    return json_reply(200, {"models": described, "next_cursor": after if more else None, "has_more": more})


def pricing(state: State, request: Request) -> Reply:
    """`GET /v1/models/pricing` (§6.2)."""
    refused = platform_refusal(request, state.key, needed=True)
    if refused:
        return refused
    try:
        prices = [_price(model) for model in _by_id(_ids(request, needed=True))]
    except _BadQueryError as error:
        return platform_error(400, "validation_error", str(error))
    except LookupError as error:
        return platform_error(404, "not_found", f"Model not found: {error.args[0]}")
    return json_reply(200, {"prices": prices, "next_cursor": None, "has_more": False})


def estimate(state: State, request: Request) -> Reply:
    """`POST /v1/models/pricing/estimate`: one total for all endpoints (§6.2)."""
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
    """`GET /api/openapi/queue/openapi.json`: public, 404 for what is not known (§7)."""
    found = document(request.first("endpoint_id"))
    return json_reply(200, found) if found else json_reply(404, {"detail": "Not found"})


def _estimate(body: Any) -> tuple[str, float]:
    kind = body["estimate_type"]
    quantity = {"unit_price": "unit_quantity", "historical_api_price": "call_quantity"}.get(kind)
    if not quantity:
        raise ValueError(f"estimate_type {kind!r}")
    costs = (_by_id([endpoint])[0].price * float(asked[quantity]) for endpoint, asked in body["endpoints"].items())
    return kind, round(sum(costs), 6)


def _ids(request: Request, *, needed: bool = False) -> list[str]:
    """Read `endpoint_id`, repeated or with commas, at most fifty."""
    ids = [one for value in request.query.get("endpoint_id", []) for one in value.split(",") if one]
    if needed and not ids:
        raise _BadQueryError("endpoint_id is required")
    if len(ids) > _MOST_IDS:
        raise _BadQueryError(f"endpoint_id: at most {_MOST_IDS} are allowed")
    return ids


def _by_id(wanted: list[str]) -> list[Model]:
    known = {model.endpoint: model for model in models()}
    return [known[one] for one in wanted]


def _search(request: Request) -> list[Model]:
    words = request.first("q").lower().split()
    category, status = request.first("category"), request.first("status")
    if status not in _STATUSES:
        raise _BadQueryError("status: must be active or deprecated")
    return [
        model
        for model in models()
        if (not category or model.category == category)
        and (not status or model.status == status)
        and all(word in f"{model.endpoint} {model.name} {' '.join(model.tags)}".lower() for word in words)
    ]


def _number(text: str, default: int) -> int:
    if text and (not text.isdigit() or int(text) < 1):
        raise _BadQueryError("limit: must be a number from 1")
    return int(text) if text else default


def _offset(cursor: str) -> int:
    try:
        return int(base64.b64decode(cursor, validate=True)) if cursor else 0
    except (binascii.Error, ValueError):
        raise _BadQueryError("cursor: not one of ours") from None


def _price(model: Model) -> Json:
    return {"endpoint_id": model.endpoint, "unit_price": model.price, "unit": model.unit, "currency": "USD"}


def _described(model: Model, expand: list[str]) -> Json:
    entry: Json = {"endpoint_id": model.endpoint, "metadata": _metadata(model)}
    if "openapi-3.0" in expand:
        entry["openapi"] = document(model.endpoint) or _FAILED
    if "enterprise_status" in expand:
        entry["enterprise_status"] = "ready"
    return entry


def _metadata(model: Model) -> Json:
    return {
        "display_name": model.name,
        "category": model.category,
        "description": f"{model.name}, as the sandbox knows it.",
        "status": model.status,
        "tags": list(model.tags),
        "updated_at": "2026-08-11T09:12:44Z",
        "date": "2024-08-01T00:00:00Z",
        "is_favorited": None,
        "highlighted": False,
        "pinned": False,
        "kind": "inference",
        "license_type": "commercial",
        "model_url": f"https://fal.run/{model.endpoint}",
        "stream_url": f"https://fal.run/{model.endpoint}/stream",
        "thumbnail_url": None,
        "thumbnail_animated_url": None,
        "github_url": None,
        "group": {"key": model.endpoint.split("/")[1], "label": model.name},
        "duration_estimate": 0.1,
        "training_endpoint_ids": [],
        "inference_endpoint_ids": [],
    }
