"""What endpoints cost in the sandbox, in US dollars, how much of it a job is billed, and the routes for prices.

Some prices are fal's of 2026, most are made up. Between them they have every unit that fal has been seen to use.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from .authorization import platform_error, platform_refusal
from .connection import json_reply
from .endpoints import endpoint_of
from .error_replies import failure
from .listing import BadQueryError, by_id, ids_in

if TYPE_CHECKING:
    from .connection import Json, Reply, Request
    from .jobs import Job
    from .placeholders import Plan
    from .state import State


class Price(NamedTuple):
    """The price of one unit; fal's units are free text."""

    amount: float
    unit: str


_BY_PREFIX = (
    ("fal-ai/flux/dev/image-to-image", Price(0.03, "megapixels")),
    ("fal-ai/flux/dev", Price(0.025, "image")),
    ("fal-ai/flux/schnell", Price(0.003, "megapixels")),
    ("fal-ai/nano-banana-pro", Price(0.15, "images")),
    ("fal-ai/nano-banana-2", Price(0.08, "images")),
    ("fal-ai/nano-banana", Price(0.039, "images")),
    ("fal-ai/recraft/v3/text-to-image", Price(0.04, " Images ")),
    ("fal-ai/fast-sdxl", Price(0.00111, "compute seconds")),
    ("fal-ai/clarity-upscaler", Price(0.03, "processed megapixels")),
    ("fal-ai/ideogram/v3", Price(0.03, "units")),
    ("fal-ai/luma-photon", Price(0.019, "")),
    ("fal-ai/aura-sr", Price(0.001, "1")),
    ("fal-ai/minimax/video-01-live", Price(0.5, "videos")),
    ("bytedance/seedance-2.0/fast/", Price(0.2419, "seconds")),
    ("bytedance/seedance-2.0/mini/", Price(0.1, "seconds")),
    ("bytedance/seedance-2.0/", Price(0.3034, "seconds")),
    ("fal-ai/kling-video/v1.6/pro/", Price(0.475, "5 seconds")),
    ("fal-ai/kling-video/v2.1/master/", Price(0.28, "seconds")),
    ("fal-ai/wan/v2.2-a14b/", Price(0.08, "seconds")),
    ("fal-ai/wan-t2v", Price(0.005, "Frames")),
    ("fal-ai/wan-i2v", Price(0.2, "video segments")),
    ("fal-ai/topaz/upscale/video", Price(0.01, "input seconds")),
    ("fal-ai/heygen/v2/video-agent", Price(1.0, "credits")),
    ("fal-ai/vidu/q1/text-to-video", Price(0.4, "Generations")),
)
_UNPRICED = ("krea/", "sandbox/")
_BY_KIND = {
    "image": Price(0.03, "images"),
    "video": Price(0.1, "seconds"),
    "audio": Price(0.05, "1000 characters"),
    "3d": Price(0.2, "generations"),
    "text": Price(0.001, "1m tokens"),
    "other": Price(0.001, "compute seconds"),
}
_MEGAPIXEL = 1024 * 1024  # fal bills 1024 x 1024 as one, and rounds up for each picture
_COMPUTE_SECONDS = 2.5
_TOKENS_PER_CHARACTER = 0.25


def price_of(endpoint: str) -> Price | None:
    """Return the price of an endpoint; None for one that has no price in the list."""
    if endpoint.startswith(_UNPRICED):
        return None
    named = next((price for prefix, price in _BY_PREFIX if endpoint.startswith(prefix)), None)
    return named or _BY_KIND[endpoint_of(endpoint).kind]


def billed_units(job: Job, made: list[Plan]) -> str:
    """Return how many units a job with these files is billed, as fal writes it: a decimal number."""
    price = price_of(job.endpoint)
    number, words = _split(price.unit if price else "")
    return f"{_quantity(words, job, made) / number:.6f}".rstrip("0").rstrip(".")


def pricing(state: State, request: Request) -> Reply:
    """Answer `GET /v1/models/pricing`."""
    refused = platform_refusal(request, state.key, needed=True) or failure((state.injected,), "price")
    if refused:
        return refused
    try:
        found = [_price(entry.endpoint) for entry in by_id(ids_in(request, needed=True))]
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


def _price(endpoint: str) -> Json | None:
    price = price_of(endpoint)
    if price is None:
        return None
    return {"endpoint_id": endpoint, "unit_price": price.amount, "unit": price.unit, "currency": "USD"}


def _estimate(body: Any) -> tuple[str, float]:
    kind = body["estimate_type"]
    quantity = {"unit_price": "unit_quantity", "historical_api_price": "call_quantity"}.get(kind)
    if not quantity:
        raise ValueError(f"estimate_type {kind!r}")
    known = [(entry.endpoint, price_of(entry.endpoint)) for entry in by_id([*body["endpoints"]])]
    costs = (price.amount * float(body["endpoints"][name][quantity]) for name, price in known if price)
    return kind, round(sum(costs), 6)


def _split(unit: str) -> tuple[float, str]:
    """Split `1000 characters` into its number and its words."""
    first, _, rest = unit.strip().lower().partition(" ")
    if rest and first.isdigit():
        return float(first), rest
    return (1e6, rest) if first == "1m" else (1.0, f"{first} {rest}".strip())


def _quantity(words: str, job: Job, made: list[Plan]) -> float:
    if "megapixel" in words:
        return sum(math.ceil(plan.size[0] * plan.size[1] / _MEGAPIXEL) for plan in made if plan.size[0]) or 1
    if words == "compute seconds":
        return _COMPUTE_SECONDS
    if words.endswith("seconds"):
        return sum(plan.frames / plan.rate for plan in made if plan.rate) or 1
    if words == "frames":
        return sum(plan.frames for plan in made) or 1
    if words in {"characters", "tokens"}:
        text = str(job.body.get("text") or job.prompt)
        return len(text) * (_TOKENS_PER_CHARACTER if words == "tokens" else 1)
    return sum(plan.content_type.startswith("image/") for plan in made) or 1
