"""The queue and the synchronous run, over a real socket."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from openclaw_fal.sandbox import Sandbox
from tests.conftest import FalClock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.sandbox.conftest import Clock

KEY = {"authorization": "Key 11111111-2222-4333-8444-555555555555:0123456789abcdef"}
VIDEO = "bytedance/seedance-2.0/fast/text-to-video"
UNKNOWN = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def fal(clock: Clock) -> Iterator[Sandbox]:
    with Sandbox(clock=clock) as sandbox:
        yield sandbox


@pytest.fixture
def http(fal: Sandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=fal.url, headers=KEY, timeout=60, verify=False) as client:
        yield client


def submit(http: httpx.Client, prompt: str = "waves", endpoint: str = VIDEO, **headers: str) -> Any:
    reply = http.post(f"/{endpoint}", json={"prompt": prompt}, headers=headers)
    assert reply.status_code == 200
    return reply.json()


def test_an_image_is_run_at_once_and_answers_the_bare_output(http: httpx.Client) -> None:
    reply = http.post("/fal-ai/flux/dev", json={"prompt": "a fox", "num_images": 2, "seed": 7, "output_format": "png"})
    assert reply.status_code == 200
    assert reply.headers["x-fal-request-id"]
    assert reply.headers["x-fal-billable-units"] == "2"
    output = reply.json()
    assert {"images", "timings", "seed", "has_nsfw_concepts", "prompt"} == set(output)
    assert (output["seed"], output["has_nsfw_concepts"]) == (7, [False, False])
    for image in output["images"]:
        assert (image["width"], image["height"], image["content_type"]) == (1024, 768, "image/png")
        file = http.get(image["url"], headers={"authorization": ""})
        assert file.content.startswith(b"\x89PNG")


def test_a_run_at_stream_answers_with_events_whichever_model_it_is(fal: Sandbox, http: httpx.Client) -> None:
    """fal's JavaScript client accepts JSON as well."""
    for accept in ("text/event-stream", "application/json, text/event-stream"):
        reply = http.post(f"/{VIDEO}/stream", json={"prompt": "waves"}, headers={"accept": accept})
        assert reply.headers["content-type"] == "text/event-stream"
        assert reply.headers["x-fal-request-id"]
        assert json.loads(reply.text.removeprefix("data: "))["video"]["content_type"] == "video/mp4"
    refused = http.post("/fal-ai/flux/dev/stream", json={}, headers={"accept": "text/event-stream"})
    assert (refused.status_code, refused.json()["detail"][0]["loc"]) == (422, ["body", "prompt"])
    assert [each.endpoint for each in fal.submissions] == [VIDEO, VIDEO]


def test_a_submission_answers_every_field_with_short_urls(http: httpx.Client, fal: Sandbox) -> None:
    reply = submit(http)
    base = f"{fal.url}/bytedance/seedance-2.0/requests/{reply['request_id']}"
    assert reply == {
        "status": "IN_QUEUE",
        "request_id": reply["request_id"],
        "response_url": base,
        "status_url": f"{base}/status",
        "cancel_url": f"{base}/cancel",
        "logs": None,
        "metrics": {},
        "queue_position": 2,
    }
    assert reply["request_id"][14] == "7", "a UUID of version 7"


def test_ids_are_in_the_order_of_time(http: httpx.Client, clock: Clock) -> None:
    ids = []
    for _ in range(5):
        clock.now += 1
        ids.append(submit(http)["request_id"])
    assert ids == sorted(ids)


@pytest.mark.parametrize("namespace", ["workflows", "comfy"])
def test_namespaced_ids_keep_three_segments(http: httpx.Client, fal: Sandbox, namespace: str) -> None:
    reply = submit(http, endpoint=f"{namespace}/somebody/some-video/run")
    assert reply["status_url"].startswith(f"{fal.url}/{namespace}/somebody/some-video/requests/")
    assert http.get(reply["status_url"]).status_code == 202


def test_a_job_waits_runs_and_is_done_as_time_passes(http: httpx.Client, clock: Clock) -> None:
    job = submit(http)
    seen = []
    body: Any = {}
    while body.get("status") != "COMPLETED":
        reply = http.get(job["status_url"], params={"logs": 1})
        body = reply.json()
        seen.append((reply.status_code, body["status"], body.get("queue_position"), len(body["logs"] or [])))
        clock.now += 0.25
    assert [code for code, status, *_ in seen] == [200 if status == "COMPLETED" else 202 for _, status, *_ in seen]
    assert list(dict.fromkeys(position for *_, position, _ in seen)) == [2, 1, 0, None]
    assert list(dict.fromkeys(status for _, status, *_ in seen)) == ["IN_QUEUE", "IN_PROGRESS", "COMPLETED"]
    counts = [count for *_, count in seen]
    assert counts == sorted(counts), "logs are cumulative"
    assert body["metrics"] == {"inference_time": 2.0}
    messages = [line["message"] for line in body["logs"]]
    assert messages[:2] == ["task submitted", "loading weights"]
    assert "denoising 25%" in messages
    assert all(line["timestamp"].startswith("2027-01-15T08:00:0") for line in body["logs"])


def test_both_documented_shapes_of_a_log_line_occur(http: httpx.Client, clock: Clock) -> None:
    job = submit(http)
    clock.now += 5
    lines = http.get(job["status_url"], params={"logs": "true"}).json()["logs"]
    assert {frozenset(line) for line in lines} == {
        frozenset({"timestamp", "message", "labels"}),
        frozenset({"timestamp", "message", "level", "source"}),
    }


@pytest.mark.parametrize(
    ("logs", "wanted"), [("1", True), ("true", True), ("0", False), ("false", False), (None, False)]
)
def test_logs_come_only_when_asked_for(http: httpx.Client, clock: Clock, logs: str | None, *, wanted: bool) -> None:
    job = submit(http)
    clock.now += 1.5
    body = http.get(job["status_url"], params={"logs": logs} if logs else None).json()
    assert (body["logs"] is not None) == wanted


def test_full_ids_trailing_slashes_and_response_are_understood(http: httpx.Client, clock: Clock) -> None:
    job = submit(http)
    clock.now += 5
    request_id = job["request_id"]
    for app in ("bytedance/seedance-2.0", VIDEO):
        for tail in ("/status", "/status/", "", "/", "/response", "/response/"):
            assert http.get(f"/{app}/requests/{request_id}{tail}").status_code == 200


def test_another_application_does_not_know_the_request(http: httpx.Client) -> None:
    request_id = submit(http)["request_id"]
    assert http.get(f"/fal-ai/flux/requests/{request_id}/status").status_code == 404


def test_a_result_is_refused_until_the_job_is_done(http: httpx.Client, clock: Clock) -> None:
    job = submit(http)
    early = http.get(job["response_url"])
    assert (early.status_code, early.json()) == (400, {"detail": "Request is still in progress"})
    clock.now += 5
    done = http.get(job["response_url"])
    assert done.status_code == 200
    assert done.headers["x-fal-request-id"] == job["request_id"]
    assert done.headers["x-fal-billable-units"] == "5"
    video = done.json()["video"]
    file = http.get(video["url"])
    assert (file.headers["content-type"], len(file.content)) == ("video/mp4", video["file_size"])


def test_an_unknown_request_is_not_found_on_every_route(http: httpx.Client) -> None:
    base = f"/fal-ai/flux/requests/{UNKNOWN}"
    replies = [
        http.get(f"{base}/status"),
        http.get(f"{base}/status/stream"),
        http.get(base),
        http.put(f"{base}/cancel"),
    ]
    assert {(reply.status_code, reply.text) for reply in replies} == {(404, '{"status": "NOT_FOUND"}')}


def test_a_queued_job_can_be_canceled(http: httpx.Client) -> None:
    job = submit(http)
    reply = http.put(job["cancel_url"])
    assert (reply.status_code, reply.json()) == (202, {"status": "CANCELLATION_REQUESTED"})
    status = http.get(job["status_url"])
    assert (status.status_code, status.json()["error_type"]) == (200, "client_cancelled")
    result = http.get(job["response_url"])
    assert (result.status_code, result.headers["x-fal-error-type"]) == (499, "client_cancelled")
    assert http.put(job["cancel_url"]).json() == {"status": "ALREADY_COMPLETED"}


def test_a_finished_job_cannot_be_canceled(http: httpx.Client, clock: Clock) -> None:
    job = submit(http)
    clock.now += 5
    reply = http.put(job["cancel_url"])
    assert (reply.status_code, reply.json()) == (400, {"status": "ALREADY_COMPLETED"})


def test_a_bad_input_is_accepted_by_the_queue_and_refused_in_the_result(http: httpx.Client, clock: Clock) -> None:
    job = http.post(f"/{VIDEO}", json={"prompt": "x", "duration": 5}).json()
    clock.now += 5
    status = http.get(job["status_url"])
    assert (status.status_code, status.json()["status"], "error" in status.json()) == (200, "COMPLETED", False)
    result = http.get(job["response_url"])
    assert (result.status_code, result.headers["x-fal-billable-units"]) == (422, "0")
    assert result.json()["detail"][0]["loc"] == ["body", "duration"]


@pytest.mark.parametrize("header", ["X-Fal-Request-Start-Timeout", "X-Fal-Request-Timeout"])
def test_a_start_timeout_shorter_than_the_queue_ends_the_job(http: httpx.Client, clock: Clock, header: str) -> None:
    job = submit(http, **{header: "0.5"})
    clock.now += 0.6
    assert http.get(job["status_url"]).json()["error_type"] == "request_timeout"
    result = http.get(job["response_url"])
    assert (result.status_code, result.headers["x-fal-request-timeout-type"]) == (504, "user")


def test_the_newer_start_timeout_wins(http: httpx.Client, clock: Clock) -> None:
    job = submit(http, **{"X-Fal-Request-Start-Timeout": "60", "X-Fal-Request-Timeout": "0.5"})
    clock.now += 5
    assert http.get(job["response_url"]).status_code == 200


def test_a_full_queue_refuses_more(http: httpx.Client) -> None:
    submit(http)
    submit(http)
    assert http.post(f"/{VIDEO}?fal_max_queue_length=2", json={"prompt": "x"}).status_code == 200
    assert http.post(f"/{VIDEO}?fal_max_queue_length=2", json={"prompt": "x"}).status_code == 429


def test_a_webhook_is_accepted_and_forgotten(http: httpx.Client) -> None:
    assert http.post(f"/{VIDEO}?fal_webhook=https%3A%2F%2Fexample.com", json={"prompt": "x"}).status_code == 200


def test_the_stream_sends_each_change_with_only_new_lines() -> None:
    clock = FalClock(step_s=0.02)  # no place in the queue is skipped on a busy machine
    with Sandbox(speed=4, clock=clock) as fal, httpx.Client(headers=KEY, verify=False) as http:
        job = http.post(f"{fal.url}/{VIDEO}", json={"prompt": "waves"}).json()
        with http.stream("GET", f"{job['status_url']}/stream", params={"logs": 1}) as reply:
            assert reply.headers["content-type"] == "text/event-stream"
            events = [
                json.loads(line.removeprefix("data: ")) for line in reply.iter_lines() if line.startswith("data: ")
            ]
        assert [event["status"] for event in events if event["status"] != "IN_PROGRESS"] == [
            *["IN_QUEUE"] * 3,
            "COMPLETED",
        ]
        said = [line["message"] for event in events for line in event["logs"] or []]
        polled = http.get(job["status_url"], params={"logs": 1}).json()["logs"]
        assert said == [line["message"] for line in polled]


def test_a_silent_stream_shows_that_it_is_alive() -> None:
    with Sandbox() as fal, httpx.Client(headers=KEY, verify=False) as http:
        job = http.post(f"{fal.url}/{VIDEO}", json={"prompt": "[fault:never]"}).json()
        with http.stream("GET", f"{job['status_url']}/stream") as reply:
            assert ": ping" in (line for line in reply.iter_lines())


def test_completion_is_streamed_within_a_quarter_of_a_second(clock: Clock, fal: Sandbox, http: httpx.Client) -> None:
    def late() -> float:
        """Return how much later than the end of a job the stream says so."""
        job = submit(http)
        with http.stream("GET", f"{job['status_url']}/stream") as reply:
            lines = reply.iter_lines()
            next(lines)
            clock.now += 100
            ended = time.monotonic()
            for _ in lines:
                pass
            return time.monotonic() - ended

    assert any(late() < 0.25 for _ in range(20))  # a busy machine may be slow once


@pytest.mark.parametrize(
    ("endpoint", "route"),
    [
        ("fal-ai/flux/dev", "run"),
        ("fal-ai/nano-banana-2", "run"),
        ("somebody/something", "run"),
        (VIDEO, "submit"),
        ("fal-ai/minimax/video-01-live", "submit"),
        ("somebody/text-to-video", "submit"),
        ("sandbox/fault/slow-1", "submit"),
        ("sandbox/fault/image-shape-image", "run"),
    ],
)
def test_one_origin_runs_images_and_queues_videos(fal: Sandbox, http: httpx.Client, endpoint: str, route: str) -> None:
    assert http.post(f"/{endpoint}", json={"prompt": "a fox"}).status_code == 200
    assert [seen.route for seen in fal.requests] == [route]


def test_a_priority_puts_an_image_into_the_queue(http: httpx.Client) -> None:
    job = submit(http, endpoint="fal-ai/flux/dev", **{"X-Fal-Queue-Priority": "normal"})
    assert job["status"] == "IN_QUEUE"


def test_the_queue_port_queues_everything(fal: Sandbox, http: httpx.Client) -> None:
    job = http.post(f"{fal.queue_url}/fal-ai/flux/dev", json={"prompt": "x"}).json()
    assert job["status_url"].startswith(f"{fal.queue_url}/fal-ai/flux/requests/")


@pytest.mark.parametrize(("host", "route"), [("queue.fal.run", "submit"), ("fal.run", "run"), ("falrun.com", "run")])
def test_fals_own_hosts_mean_what_they_mean(fal: Sandbox, http: httpx.Client, host: str, route: str) -> None:
    for endpoint in ("fal-ai/flux/dev", VIDEO):
        assert http.post(f"/{endpoint}", json={"prompt": "x"}, headers={"host": host}).status_code == 200
    assert {seen.route for seen in fal.requests} == {route}


def test_by_fals_own_name_the_urls_are_fals_own(http: httpx.Client) -> None:
    queued = http.post("/fal-ai/flux/dev", json={"prompt": "x"}, headers={"host": "queue.fal.run"}).json()
    assert queued["status_url"].startswith("http://queue.fal.run/fal-ai/flux/requests/")
    output = http.post("/fal-ai/flux/dev", json={"prompt": "x"}, headers={"host": "fal.run"}).json()
    assert output["images"][0]["url"].startswith("https://v3b.fal.media/files/b/")


@pytest.mark.parametrize("endpoint", ["sandbox/missing", "sandbox/missing-video/text-to-video", "schnell"])
def test_an_unknown_application_is_refused_at_submit(fal: Sandbox, http: httpx.Client, endpoint: str) -> None:
    reply = http.post(f"/{endpoint}", json={"prompt": "x"})
    assert reply.status_code == 404
    assert reply.json()["detail"].startswith("Application ")
    assert fal.submissions == []


def test_escaped_slashes_and_wrong_methods_are_refused(http: httpx.Client) -> None:
    assert http.post("/fal-ai%2Fflux%2Fdev", json={"prompt": "x"}).status_code == 404
    assert http.get("/fal-ai/flux/dev").status_code == 405


def test_a_seed_follows_from_the_request_and_differs_between_requests(http: httpx.Client) -> None:
    seeds = {http.post("/fal-ai/flux/dev", json={"prompt": "x"}).json()["seed"] for _ in range(5)}
    assert len(seeds) == 5


@pytest.mark.parametrize(
    ("endpoint", "body", "size"),
    [
        ("fal-ai/flux/dev", {}, (1024, 768)),
        ("fal-ai/flux/dev", {"image_size": "portrait_16_9"}, (576, 1024)),
        ("fal-ai/flux/dev", {"image_size": {"width": 300, "height": 200}}, (300, 200)),
        ("xai/grok-imagine-image", {"aspect_ratio": "16:9", "resolution": "2k"}, (2720, 1536)),
        ("krea/v2/large", {"aspect_ratio": "1:1"}, (1024, 1024)),
        ("openai/gpt-image-2.5/flare/text-to-image", {"image_size": "auto"}, (1024, 1024)),
    ],
)
def test_images_have_the_size_that_their_model_gives_them(
    http: httpx.Client, endpoint: str, body: Any, size: tuple[int, int]
) -> None:
    image = http.post(f"/{endpoint}", json={"prompt": "x", **body}).json()["images"][0]
    assert (image["width"], image["height"]) == size


@pytest.mark.parametrize(
    ("endpoint", "body", "length", "label"),
    [
        (VIDEO, {"duration": "7", "resolution": "480p", "aspect_ratio": "1:1"}, "7 s", "480x480"),
        (VIDEO, {"duration": "auto", "aspect_ratio": "21:9"}, "5 s", "1680x720"),
        (
            "fal-ai/kling-video/v2.1/master/text-to-video",
            {"duration": "10", "aspect_ratio": "9:16"},
            "10 s",
            "720x1280",
        ),
        ("fal-ai/heygen/v2/video-agent", {"config": {"duration": 6, "orientation": "portrait"}}, "6 s", "720x1280"),
        ("fal-ai/wan/v2.2-a14b/text-to-video", {"resolution": "580p"}, "5 s", "1032x580"),
        ("fal-ai/wan/v2.2-a14b/text-to-video", {"num_frames": 33}, "2.0625 s", "1280x720"),
    ],
)
def test_videos_have_the_length_and_size_that_were_asked_for(endpoint: str, body: Any, length: str, label: str) -> None:
    """Only the plan is read: test_placeholders shows that films follow their plans."""
    from openclaw_fal.sandbox.job_result import plans
    from openclaw_fal.sandbox.jobs import Job

    (plan,) = plans(Job("0" * 32, endpoint, {"prompt": "x", **body}, 0.0))
    assert f"| {label} |" in plan.detail
    assert plan.detail.endswith(length)
