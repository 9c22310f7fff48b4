"""The history of requests, billing events, and the units that a job is billed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from openclaw_fal.sandbox import Sandbox
from openclaw_fal.sandbox.endpoints import find_endpoint
from openclaw_fal.sandbox.prices import price_of
from tests.sandbox.conftest import ADMIN, KEY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.sandbox.conftest import Clock

HISTORY = "/v1/models/requests/by-endpoint"
EVENTS = "/v1/models/billing-events"
VIDEO, IMAGE = "fal-ai/minimax/video-01-live", "fal-ai/flux/dev"


@pytest.fixture
def http(clock: Clock) -> Iterator[httpx.Client]:
    with Sandbox(clock=clock) as sandbox, client(sandbox) as opened:
        yield opened


def client(sandbox: Sandbox) -> httpx.Client:
    return httpx.Client(base_url=sandbox.url, headers=KEY, timeout=60, verify=False)


def post(http: httpx.Client, endpoint: str, **body: Any) -> httpx.Response:
    return http.post(f"/{endpoint}", json={"prompt": "a fox", **body})


def listed(http: httpx.Client, **query: Any) -> list[dict[str, Any]]:
    return list(http.get(HISTORY, params={"endpoint_id": [VIDEO, IMAGE], **query}).json()["items"])


def test_a_request_is_listed_once_it_has_started_and_has_an_end_once_it_has_ended(
    http: httpx.Client, clock: Clock
) -> None:
    request_id = post(http, VIDEO).json()["request_id"]
    assert listed(http) == []
    clock.now += 1
    (running,) = listed(http)
    assert (running["request_id"], running["ended_at"], running["status_code"]) == (request_id, None, None)
    clock.now += 5
    (ended,) = listed(http)
    assert (ended["status_code"], ended["duration"]) == (200, 2.8)
    assert ended["sent_at"] < ended["started_at"] < ended["ended_at"]


def test_payloads_come_when_they_are_asked_for_without_the_bytes_of_media(http: httpx.Client) -> None:
    picture = "data:image/png;base64,AAAA"
    made = post(http, IMAGE, image_size="square", image_url=picture).json()
    assert "json_input" not in listed(http)[0]
    (item,) = listed(http, expand="payloads")
    assert item["json_input"]["image_size"] == "square"
    assert item["json_input"]["image_url"].startswith("https://")
    assert item["json_output"]["images"] == made["images"]


def test_the_history_is_filtered_and_paged(http: httpx.Client, clock: Clock) -> None:
    ids = []
    for _ in range(3):
        ids.append(post(http, IMAGE).headers["x-fal-request-id"])
        clock.now += 100
    assert [item["request_id"] for item in listed(http)] == ids[::-1]
    assert [item["request_id"] for item in listed(http, request_id=ids[1])] == [ids[1]]
    assert len(listed(http, start="2027-01-15T08:01:00Z")) == 2
    assert len(listed(http, end="2027-01-15T08:01:00Z")) == 1
    assert len(listed(http, status="success")) == 3
    assert listed(http, status="error") == []
    first = http.get(HISTORY, params={"endpoint_id": IMAGE, "limit": 2}).json()
    assert (len(first["items"]), first["has_more"]) == (2, True)
    rest = http.get(HISTORY, params={"endpoint_id": IMAGE, "limit": 2, "cursor": first["next_cursor"]}).json()
    assert [item["request_id"] for item in rest["items"]] == ids[:1]


@pytest.mark.parametrize("query", [{}, {"endpoint_id": IMAGE, "start": "soon"}, {"endpoint_id": IMAGE, "limit": "0"}])
def test_a_bad_question_about_the_history_is_refused(http: httpx.Client, query: dict[str, str]) -> None:
    reply = http.get(HISTORY, params=query)
    assert (reply.status_code, reply.json()["error"]["type"]) == (400, "validation_error")


def test_the_history_needs_a_key(http: httpx.Client) -> None:
    assert http.get(HISTORY, params={"endpoint_id": IMAGE}, headers={"authorization": ""}).status_code == 401


def test_a_later_sandbox_with_the_same_folder_knows_the_history(tmp_path: Path) -> None:
    with Sandbox(state_dir=tmp_path) as sandbox, client(sandbox) as http:
        post(http, IMAGE)
    with Sandbox(state_dir=tmp_path) as sandbox, client(sandbox) as http:
        (item,) = listed(http, expand="payloads")
        assert item["json_input"] == {"prompt": "a fox"}


def test_billing_events_need_an_admin_key_and_name_the_cost_of_each_request(http: httpx.Client, clock: Clock) -> None:
    request_id = post(http, IMAGE, num_images=2).headers["x-fal-request-id"]
    post(http, IMAGE)
    clock.now += 1
    assert http.get(EVENTS).status_code == 403
    (event,) = http.get(EVENTS, params={"request_id": request_id}, headers=ADMIN).json()["billing_events"]
    assert (event["output_units"], event["unit_price"], event["cost_total"]) == (2, 0.025, 0.05)
    assert event["cost_estimate_nano_usd"] == 50_000_000
    assert len(http.get(EVENTS, headers=ADMIN).json()["billing_events"]) == 2


@pytest.mark.parametrize(
    ("endpoint", "body", "units"),
    [
        ("fal-ai/flux/dev", {"num_images": 2}, "2"),
        ("fal-ai/recraft/v3/text-to-image", {}, "1"),
        ("fal-ai/flux/schnell", {"image_size": "square_hd"}, "1"),
        ("fal-ai/flux/schnell", {"image_size": {"width": 1920, "height": 1080}, "num_images": 2}, "4"),
        ("fal-ai/fast-sdxl", {}, "2.5"),
        ("fal-ai/kokoro/american-english", {}, "0.005"),
        ("fal-ai/luma-photon", {}, "1"),
    ],
)
def test_a_job_is_billed_in_the_units_of_its_price(
    http: httpx.Client, endpoint: str, body: dict[str, Any], units: str
) -> None:
    assert find_endpoint(endpoint)
    assert post(http, endpoint, **body).headers["x-fal-billable-units"] == units


@pytest.mark.parametrize(
    ("endpoint", "body", "units"),
    [
        ("fal-ai/minimax/video-01-live", {}, "1"),
        ("bytedance/seedance-2.0/fast/text-to-video", {"duration": "7"}, "7"),
        ("fal-ai/kling-video/v1.6/pro/text-to-video", {"duration": "10"}, "2"),
        ("fal-ai/wan-t2v", {"num_frames": 90}, "90"),
        ("fal-ai/vidu/q1/text-to-video", {}, "1"),
    ],
)
def test_a_video_is_billed_by_its_length_or_by_the_piece(
    http: httpx.Client, clock: Clock, endpoint: str, body: dict[str, Any], units: str
) -> None:
    job = post(http, endpoint, **body).json()
    clock.now += 10
    assert http.get(job["response_url"]).headers["x-fal-billable-units"] == units


def test_an_endpoint_without_a_price_is_left_out_of_the_list(http: httpx.Client) -> None:
    assert price_of("krea/v2/large") is None
    asked = http.get("/v1/models/pricing", params={"endpoint_id": ["krea/v2/large", IMAGE]}).json()
    assert [price["endpoint_id"] for price in asked["prices"]] == [IMAGE]
