"""The Platform API: models, prices and OpenAPI documents."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from openclaw_fal.sandbox import Sandbox
from openclaw_fal.sandbox.endpoints import entries
from openclaw_fal.sandbox.openapi import document
from tests.sandbox.conftest import KEY

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def http() -> Iterator[httpx.Client]:
    with Sandbox() as sandbox, httpx.Client(base_url=sandbox.url, timeout=60, verify=False) as client:
        yield client


def pages(http: httpx.Client, **query: Any) -> list[list[str]]:
    found, cursor = [], None
    while True:
        body = http.get("/v1/models", params={**query, **({"cursor": cursor} if cursor else {})}).json()
        found.append([model["endpoint_id"] for model in body["models"]])
        cursor = body["next_cursor"]
        assert body["has_more"] == (cursor is not None)
        if not cursor:
            return found


def test_the_catalog_is_read_page_by_page_without_a_key(http: httpx.Client) -> None:
    found = pages(http, limit=500)
    listed = [entry.endpoint for entry in entries() if not entry.gone]
    assert [len(page) for page in found] == [500, 500, len(listed) - 1000]
    assert [endpoint for page in found for endpoint in page] == listed
    assert len(http.get("/v1/models").json()["models"]) == 20


def test_a_page_holds_at_most_a_thousand_models_and_ten_with_their_documents(http: httpx.Client) -> None:
    assert len(http.get("/v1/models", params={"limit": 5000}).json()["models"]) == 1000
    expanded = http.get("/v1/models", params={"limit": 5000, "expand": "openapi-3.0"}).json()["models"]
    assert len(expanded) == 10
    assert all("openapi" in model for model in expanded)
    ignored = http.get("/v1/models", params={"expand[]": "openapi-3.0"}).json()["models"]
    assert not any("openapi" in model for model in ignored)


def test_an_endpoint_that_is_gone_is_found_by_id_alone(http: httpx.Client) -> None:
    gone = next(entry.endpoint for entry in entries() if entry.gone)
    (found,) = http.get("/v1/models", params={"endpoint_id": gone}).json()["models"]
    assert found["metadata"]["status"] == "deprecated"


def test_a_model_has_the_category_and_the_title_of_the_facts(http: httpx.Client) -> None:
    (model,) = http.get("/v1/models", params={"endpoint_id": "fal-ai/wan/v2.2-a14b/text-to-video"}).json()["models"]
    metadata = model["metadata"]
    assert (metadata["display_name"], metadata["category"]) == ("Wan-2.2 Text-to-Video A14B", "text-to-video")


def test_models_are_searched_and_filtered(http: httpx.Client) -> None:
    (videos,) = pages(http, category="text-to-video", q="bytedance/seedance-2.0", limit=100)
    assert videos == [f"bytedance/seedance-2.0/{tier}text-to-video" for tier in ("fast/", "mini/", "")]
    (old,) = pages(http, status="deprecated")
    assert "openai/gpt-image-1" in old
    assert pages(http, q="no such thing") == [[]]


def test_models_are_found_by_id_repeated_or_with_commas(http: httpx.Client) -> None:
    wanted = ["fal-ai/flux/dev", "krea/v2/large"]
    assert pages(http, endpoint_id=wanted) == pages(http, endpoint_id=",".join(wanted)) == [wanted]


@pytest.mark.parametrize(
    ("query", "code", "kind"),
    [
        ({"endpoint_id": "fal-ai/none"}, 404, "not_found"),
        ({"limit": "0"}, 400, "validation_error"),
        ({"limit": "many"}, 400, "validation_error"),
        ({"cursor": "???"}, 400, "validation_error"),
        ({"status": "new"}, 400, "validation_error"),
        ({"endpoint_id": [f"a/{n}" for n in range(51)]}, 400, "validation_error"),
    ],
)
def test_a_bad_question_is_answered_in_the_platforms_own_shape(
    http: httpx.Client, query: Any, code: int, kind: str
) -> None:
    reply = http.get("/v1/models", params=query)
    assert (reply.status_code, reply.json()["error"]["type"]) == (code, kind)


def test_a_bad_key_is_worse_than_none(http: httpx.Client) -> None:
    reply = http.get("/v1/models", headers={"authorization": "Key bad:key"})
    assert (reply.status_code, reply.json()["error"]["type"]) == (401, "authorization_error")


def test_prices_need_a_key_and_ids(http: httpx.Client) -> None:
    url = "/v1/models/pricing"
    assert http.get(url, params={"endpoint_id": "fal-ai/flux/dev"}).status_code == 401
    assert http.get(url, headers=KEY).status_code == 400
    reply = http.get(url, params={"endpoint_id": "fal-ai/flux/dev"}, headers=KEY).json()
    price = {"endpoint_id": "fal-ai/flux/dev", "unit_price": 0.025, "unit": "image", "currency": "USD"}
    assert reply == {"prices": [price], "next_cursor": None, "has_more": False}


def test_an_estimate_is_one_total(http: httpx.Client) -> None:
    url = "/v1/models/pricing/estimate"
    by_unit = {"estimate_type": "unit_price", "endpoints": {"fal-ai/flux/dev": {"unit_quantity": 50}}}
    by_call = {"estimate_type": "historical_api_price", "endpoints": {"fal-ai/flux/dev": {"call_quantity": 100}}}
    assert http.post(url, json=by_unit, headers=KEY).json()["total_cost"] == 1.25
    assert http.post(url, json=by_call, headers=KEY).json()["total_cost"] == 2.5
    assert http.post(url, json=by_unit).status_code == 401
    assert http.post(url, json={"estimate_type": "guess"}, headers=KEY).status_code == 400
    unknown = {"estimate_type": "unit_price", "endpoints": {"a/b": {"unit_quantity": 1}}}
    assert http.post(url, json=unknown, headers=KEY).status_code == 404


def test_the_document_of_an_endpoint_is_public(http: httpx.Client) -> None:
    url = "/api/openapi/queue/openapi.json"
    for endpoint in ("fal-ai/flux/dev", "krea/v2/large", "fal-ai/kokoro/american-english"):
        reply = http.get(url, params={"endpoint_id": endpoint})
        assert reply.json() == json.loads(json.dumps(document(endpoint)))
    assert http.get(url, params={"endpoint_id": "a/b"}).status_code == 404


def test_documents_and_readiness_come_with_expand(http: httpx.Client) -> None:
    query = {
        "endpoint_id": ["fal-ai/flux/dev", "fal-ai/diffusion-edge"],
        "expand": ["openapi-3.0", "enterprise_status"],
    }
    known, without = http.get("/v1/models", params=query).json()["models"]
    assert known["openapi"]["openapi"] == "3.0.4"
    assert known["enterprise_status"] == "ready"
    assert without["openapi"]["error"]["code"] == "expansion_failed"
