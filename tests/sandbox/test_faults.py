"""Every fault in the table does what its name says; the last test checks that none is missing here."""

from __future__ import annotations

import itertools
import json
import re
import time
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from openclaw_fal.sandbox import Sandbox
from openclaw_fal.sandbox.faults import FAULTS, Script, UnknownFaultError
from tests.faults.outcomes import wait_until
from tests.sandbox.conftest import ADMIN, KEY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.sandbox.conftest import Clock

SHORT = httpx.Timeout(60, read=0.5)  # for a reply that comes to a standstill
VIDEO, IMAGE = "/fal-ai/minimax/video-01-live", "/fal-ai/flux/dev"
NGINX, FAL = "nginx", "fal"  # who answers: the proxy in front of fal, or fal itself

SUBMIT = {
    "submit-401": (401, FAL),
    "submit-403-locked": (403, FAL),
    "submit-403-scope": (403, FAL),
    "submit-404-app": (404, FAL),
    "submit-408": (408, FAL),
    "submit-422-list": (422, FAL),
    "submit-422-string": (422, FAL),
    "submit-429": (429, FAL),
    "submit-429-after": (429, FAL),
    "submit-429-date": (429, FAL),
    "submit-429-far": (429, FAL),
    "submit-500": (500, FAL),
    "submit-502-nginx": (502, NGINX),
    "submit-503-ingress": (503, NGINX),
    "submit-503-fal": (503, FAL),
    "submit-504-ingress": (504, NGINX),
    "submit-504-user": (504, FAL),
}
LOST = {
    "submit-drop-before": (httpx.ReadError, 0),
    "submit-stall-before": (httpx.ReadTimeout, 0),
    "submit-drop-after": (httpx.ReadError, 1),
    "submit-stall": (httpx.ReadTimeout, 1),
    "submit-cut": (httpx.RemoteProtocolError, 1),
    "submit-garbage": (json.JSONDecodeError, 1),
    "submit-empty": (json.JSONDecodeError, 1),
}
POLL: dict[str, Any] = {
    "poll-401": 401,
    "poll-403-locked": 403,
    "poll-404": 404,
    "poll-408": 408,
    "poll-429": 429,
    "poll-429-after": 429,
    "poll-429-date": 429,
    "poll-429-far": 429,
    "poll-500": 500,
    "poll-502": 502,
    "poll-503": 503,
    "poll-504": 504,
    "poll-reset": httpx.ReadError,
    "poll-stall": httpx.ReadTimeout,
    "poll-cut": httpx.RemoteProtocolError,
    "poll-garbage": json.JSONDecodeError,
    "poll-empty": json.JSONDecodeError,
}
RESULT: dict[str, Any] = {
    "result-422": 422,
    "result-422-string": 422,
    "result-content-policy": 422,
    "error-escape": 422,
    "result-400-early-once": 400,
    "result-401": 401,
    "result-404": 404,
    "result-429-once": 429,
    "result-500": 500,
    "result-500-once": 500,
    "result-502-once": 502,
    "result-503-once": 503,
    "result-504-user": 504,
    "result-reset-once": httpx.ReadError,
    "result-stall-once": httpx.ReadTimeout,
    "result-cut-once": httpx.RemoteProtocolError,
    "result-garbage-once": json.JSONDecodeError,
    "completed-error": 503,
    "completed-error-string": 500,
    "completed-error-object": 500,
}
CANCEL: dict[str, Any] = {
    "cancel-completed": 400,
    "cancel-404": 404,
    "cancel-500": 500,
    "cancel-200": 200,
    "cancel-ignored": 202,
    "cancel-stall": httpx.ReadTimeout,
}
MODELS: dict[str, Any] = {
    "models-401": 401,
    "models-429": 429,
    "models-429-after": 429,
    "models-500": 500,
    "models-503": 503,
    "models-reset": httpx.ReadError,
    "models-stall": httpx.ReadTimeout,
    "models-cut": httpx.RemoteProtocolError,
    "models-garbage": json.JSONDecodeError,
}
UPLOAD: dict[str, Any] = {
    "upload-403-locked": 403,
    "upload-429": 429,
    "upload-500": 500,
    "upload-reset": httpx.ReadError,
    "upload-garbage": json.JSONDecodeError,
}
PRICE: dict[str, Any] = {
    "price-401": 401,
    "price-429": 429,
    "price-500": 500,
    "price-stall": httpx.ReadTimeout,
    "price-garbage": json.JSONDecodeError,
}
HISTORY: dict[str, Any] = {
    "history-401": 401,
    "history-429-after": 429,
    "history-500": 500,
    "history-stall": httpx.ReadTimeout,
    "history-garbage": json.JSONDecodeError,
}
BILLING: dict[str, Any] = {
    "billing-401": 401,
    "billing-500": 500,
    "billing-garbage": json.JSONDecodeError,
}
PUT: dict[str, Any] = {
    "put-403": 403,
    "put-500": 500,
    "put-503": 503,
    "put-reset": httpx.ReadError,
    "put-stall": httpx.ReadTimeout,
}
DOWNLOAD: dict[str, Any] = {
    "download-404": 404,
    "download-429-once": 429,
    "download-500-once": 500,
    "download-503-once": 503,
    "download-reset": httpx.ReadError,
    "download-stall": httpx.ReadTimeout,
    "download-cut": httpx.RemoteProtocolError,
    "download-cut-norange": httpx.RemoteProtocolError,
    "download-changed": httpx.RemoteProtocolError,
    "download-bad-range": httpx.RemoteProtocolError,
}


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Sandbox(speed=1000) as sandbox:
        yield sandbox


@pytest.fixture
def fal(running: Sandbox) -> Sandbox:
    running.reset()
    return running


@pytest.fixture(scope="module")
def http(running: Sandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=running.url, headers=KEY, timeout=60, verify=False) as client:
        yield client


def attempt(http: httpx.Client, method: str, url: str, *, stalls: bool = False, **more: Any) -> Any:
    """Return the status of a reply, or the type of error if none came or it is not JSON. Stalls time out soon."""
    try:
        reply = http.request(method, url, timeout=SHORT if stalls else 60, **more)
        if reply.status_code == 200 and "json" in reply.headers.get("content-type", ""):
            reply.json()
    except (httpx.HTTPError, json.JSONDecodeError) as error:
        return type(error)
    return reply.status_code


def job(http: httpx.Client, *faults: str, endpoint: str = VIDEO) -> Any:
    prompt = "".join(f"[fault:{fault}]" for fault in faults)
    reply = http.post(endpoint, json={"prompt": prompt}, headers={"x-fal-queue-priority": "normal"})
    assert reply.status_code == 200, reply.text
    return reply.json()


def finished(http: httpx.Client, *faults: str, endpoint: str = VIDEO) -> Any:
    """A job that is done, by the clock rather than by asking."""
    made = job(http, *faults, endpoint=endpoint)
    time.sleep(0.004)
    return made


def output(http: httpx.Client, *faults: str, endpoint: str = VIDEO) -> Any:
    reply = http.get(finished(http, *faults, endpoint=endpoint)["response_url"])
    assert reply.status_code == 200, reply.text
    return reply.json()


def file(http: httpx.Client, *faults: str) -> str:
    """The URL of the one picture of a job."""
    return str(output(http, *faults, endpoint=IMAGE)["images"][0]["url"])


def files(http: httpx.Client, fault: str) -> list[str]:
    body = {"prompt": f"[fault:{fault}]", "num_images": 3}
    return [image["url"] for image in http.post(IMAGE, json=body).json()["images"]]


def happens_then_works(fault: str, first: Any, again: Any) -> None:
    """A fault that passes happens once, any other every time."""
    assert again() == (200 if FAULTS[fault].times == 1 else first)


@pytest.mark.parametrize("endpoint", [VIDEO, IMAGE])
@pytest.mark.parametrize("fault", SUBMIT)
def test_a_submission_is_refused(fal: Sandbox, http: httpx.Client, fault: str, endpoint: str) -> None:
    code, who = SUBMIT[fault]
    reply = http.post(endpoint, json={"prompt": f"[fault:{fault}]"})
    assert (reply.status_code, fal.submissions) == (code, [])
    assert ("x-fal-request-id" in reply.headers) == (who == FAL)
    assert ("nginx" in reply.text) == (who == NGINX)
    happens_then_works(fault, code, lambda: attempt(http, "POST", endpoint, json={"prompt": f"[fault:{fault}]"}))


@pytest.mark.parametrize("endpoint", [VIDEO, IMAGE])
@pytest.mark.parametrize("fault", LOST)
def test_a_submission_gets_no_answer(fal: Sandbox, http: httpx.Client, fault: str, endpoint: str) -> None:
    """Sent again it is answered, and the ledger shows whether the first one cost money."""
    error, accepted = LOST[fault]
    stalls = error is httpx.ReadTimeout
    assert attempt(http, "POST", endpoint, stalls=stalls, json={"prompt": f"[fault:{fault}]"}) is error
    wait_until(lambda: len(fal.requests) == 1)  # nobody answered that it has arrived
    assert len(fal.submissions) == accepted
    assert attempt(http, "POST", endpoint, json={"prompt": f"[fault:{fault}]"}) == 200
    assert len(fal.submissions) == accepted + 1


def test_an_accepted_submission_is_answered_by_the_ingress(fal: Sandbox, http: httpx.Client) -> None:
    reply = http.post(VIDEO, json={"prompt": "[fault:submit-502-after]"})
    assert (reply.status_code, "nginx" in reply.text, len(fal.submissions)) == (502, True, 1)


def test_an_answer_lacks_its_urls_or_its_id(http: httpx.Client) -> None:
    assert not any(name.endswith("_url") for name in job(http, "submit-no-urls"))
    assert "request_id" not in job(http, "submit-no-id")


def test_a_refusal_repeats_the_key(http: httpx.Client) -> None:
    assert "id:secret" in http.post(VIDEO, json={"prompt": "[fault:submit-422-echo]"}).json()["detail"]


@pytest.mark.parametrize("stage", ["submit", "poll", "models"])
def test_retry_after_comes_as_ordered(fal: Sandbox, http: httpx.Client, stage: str) -> None:
    def ask() -> httpx.Response:
        if stage == "models":
            return http.get("/v1/models")
        if stage == "poll":
            return http.get(polled["status_url"])
        return http.post(VIDEO, json={"prompt": "x"})

    polled = job(http)
    for call, seconds in ((f"{stage}-429", None), (f"{stage}-429-after", 1), (f"{stage}-429-after-3", 3)):
        fal.inject(call)
        header = ask().headers.get("retry-after")
        assert header == (None if seconds is None else str(seconds))
    if stage != "models":
        fal.inject(f"{stage}-429-date-2")
        before = time.time()
        due = parsedate_to_datetime(ask().headers["retry-after"]).timestamp()
        assert before + 2 <= due <= time.time() + 3
        fal.inject(f"{stage}-429-far*1")
        assert ask().headers["retry-after"] == "86400"


@pytest.mark.parametrize("fault", POLL)
def test_a_poll_fails(fal: Sandbox, http: httpx.Client, fault: str) -> None:
    made = finished(http, fault)
    assert attempt(http, "GET", made["status_url"], stalls="stall" in fault) == POLL[fault]
    happens_then_works(fault, POLL[fault], lambda: attempt(http, "GET", made["status_url"]))
    assert len(fal.submissions) == 1


def test_a_poll_or_a_stream_whichever_comes_first(http: httpx.Client) -> None:
    made = finished(http, "poll-502*2")
    assert attempt(http, "GET", made["status_url"] + "/stream") == 502
    assert attempt(http, "GET", made["status_url"]) == 502
    assert attempt(http, "GET", made["status_url"]) == 200


@pytest.mark.parametrize(("fault", "name"), [("poll-huge", "status_url"), ("result-huge", "response_url")])
def test_json_without_end_goes_on_for_long(http: httpx.Client, fault: str, name: str) -> None:
    with http.stream("GET", finished(http, fault)[name]) as reply:
        taken = sum(len(part) for part in itertools.islice(reply.iter_raw(), 200))
    assert taken > 1 << 20


def stream(http: httpx.Client, fault: str) -> list[str]:
    url = job(http, "never", fault)["status_url"] + "/stream"
    with http.stream("GET", url, timeout=SHORT if fault == "stream-silent" else 60) as reply:
        assert reply.status_code == 200
        return [line for line in reply.iter_lines() if line]


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [("stream-404", 404), ("stream-405", 405), ("stream-stall", httpx.ReadTimeout), ("stream-html", 200)],
)
def test_there_is_no_stream(http: httpx.Client, fault: str, outcome: Any) -> None:
    made = job(http, "never", fault)
    assert attempt(http, "GET", made["status_url"] + "/stream", stalls="stall" in fault) == outcome
    assert http.get(made["status_url"]).status_code == 202, "polling works"


def test_a_stream_is_not_what_it_should_be(http: httpx.Client) -> None:
    (lie,) = stream(http, "stream-lies")
    assert json.loads(lie.removeprefix("data: "))["status"] == "COMPLETED"
    (only,) = stream(http, "stream-ends")
    assert json.loads(only.removeprefix("data: "))["status"] in {"IN_QUEUE", "IN_PROGRESS"}
    assert "data: {not json" in stream(http, "stream-garbage")
    with pytest.raises(httpx.ReadTimeout):
        stream(http, "stream-silent")
    with pytest.raises(httpx.ReadError):
        stream(http, "stream-cut")


@pytest.mark.parametrize("fault", RESULT)
def test_a_result_fails(http: httpx.Client, fault: str) -> None:
    made = finished(http, fault)
    status = http.get(made["status_url"])
    assert (status.status_code, status.json()["status"]) == (200, "COMPLETED")
    assert ("error" in status.json()) == fault.startswith("completed-error")
    assert attempt(http, "GET", made["response_url"], stalls="stall" in fault) == RESULT[fault]
    happens_then_works(fault, RESULT[fault], lambda: attempt(http, "GET", made["response_url"]))


def test_an_error_is_a_string_or_an_object_and_may_have_a_type(http: httpx.Client) -> None:
    shapes = []
    for fault in ("completed-error", "completed-error-string", "completed-error-object"):
        body = http.get(finished(http, fault)["status_url"]).json()
        shapes.append((type(body["error"]), body.get("error_type")))
    assert shapes == [(str, "runner_disconnected"), (str, None), (dict, None)]


def test_escape_codes_are_in_errors_and_logs(http: httpx.Client) -> None:
    assert "\x1b[2J" in http.get(finished(http, "error-escape")["response_url"]).json()["detail"][0]["msg"]
    logs = http.get(finished(http, "log-escape")["status_url"], params={"logs": 1}).json()["logs"]
    said = "".join(line["message"] for line in logs)
    assert "\x1b]52;" in said
    assert "[red]" in said


def test_a_flood_of_log_lines(http: httpx.Client) -> None:
    logs = http.get(finished(http, "log-flood-700")["status_url"], params={"logs": 1}).json()["logs"]
    assert len(logs) > 700


def test_a_job_never_ends_or_takes_long(clock: Clock) -> None:
    """At ten times the speed, a minute is six seconds."""
    with Sandbox(speed=10, clock=clock) as fal, httpx.Client(base_url=fal.url, headers=KEY, verify=False) as http:
        never, slow, quick = job(http, "never"), job(http, "slow"), job(http, "slow-1")
        clock.now += 2
        assert [http.get(one["status_url"]).status_code for one in (never, slow, quick)] == [202, 202, 200]
        clock.now += 6
        assert [http.get(one["status_url"]).status_code for one in (never, slow)] == [202, 200]


def test_a_status_goes_back_and_forth_or_is_unknown(clock: Clock) -> None:
    with Sandbox(clock=clock) as fal, httpx.Client(base_url=fal.url, headers=KEY, verify=False) as http:
        made, odd = job(http, "flap"), job(http, "unknown-status", "status-200")
        seen = set()
        order = []
        for _ in range(24):
            clock.now += 0.07
            order.append(http.get(made["status_url"]).json()["status"])
            reply = http.get(odd["status_url"])
            seen.add((reply.status_code, reply.json()["status"]))
        assert ["IN_PROGRESS", "IN_QUEUE"] in [list(pair) for pair in itertools.pairwise(order)]
        assert {(200, "IN_QUEUE"), (200, "PREPARING")} <= seen


def test_urls_are_long(http: httpx.Client) -> None:
    made = finished(http, "long-urls")
    assert made["response_url"].endswith(f"{VIDEO}/requests/{made['request_id']}/response")
    assert http.get(made["response_url"]).status_code == 200


@pytest.mark.parametrize("fault", CANCEL)
def test_a_cancel_gets_an_unusual_answer(http: httpx.Client, fault: str) -> None:
    made = job(http, "never", fault)
    assert attempt(http, "PUT", made["cancel_url"], stalls="stall" in fault) == CANCEL[fault]
    over = http.get(made["status_url"]).status_code == 200
    assert over == (fault == "cancel-200")


@pytest.mark.parametrize("fault", ["hostile-status-url", "hostile-response-url", "hostile-cancel-url"])
def test_a_url_points_elsewhere(fal: Sandbox, http: httpx.Client, fault: str) -> None:
    made, kind = job(http, fault), fault.split("-")[1]
    origins = {name: url.startswith(fal.hostile_url) for name, url in made.items() if name.endswith("_url")}
    assert origins == {f"{one}_url": one == kind for one in ("response", "status", "cancel")}
    method = "PUT" if kind == "cancel" else "GET"
    http.request(method, made[f"{kind}_url"])
    assert len(fal.violations) == 1


@pytest.mark.parametrize(
    ("fault", "method", "code"),
    [
        ("hostile-status-redirect", "GET", 302),
        ("hostile-result-redirect", "GET", 302),
        ("hostile-submit-redirect", "POST", 307),
    ],
)
def test_a_reply_redirects_elsewhere(fal: Sandbox, http: httpx.Client, fault: str, method: str, code: int) -> None:
    if method == "POST":
        reply = http.post(VIDEO, json={"prompt": f"[fault:{fault}]"})
        assert fal.submissions == []
    else:
        reply = http.get(finished(http, fault)["status_url" if "status" in fault else "response_url"])
    assert reply.status_code == code
    assert reply.headers["location"].startswith(fal.hostile_url)
    assert http.request(method, reply.headers["location"], json={"prompt": "x"}).status_code == 200


def test_a_file_is_elsewhere(fal: Sandbox, http: httpx.Client) -> None:
    stranger, private = file(http, "result-stranger-url"), file(http, "result-private-url")
    assert stranger.startswith(fal.hostile_url)
    assert private.startswith("http://127.0.0.2:")
    redirect = http.get(file(http, "hostile-download-redirect"))
    assert (redirect.status_code, redirect.headers["location"].startswith(fal.hostile_url)) == (302, True)
    for url in (stranger, redirect.headers["location"]):
        assert http.get(url, headers={"authorization": ""}).content.startswith(b"\xff\xd8")


def test_a_hostile_origin_may_be_given() -> None:
    with Sandbox(hostile_origin="http://localhost:9") as fal, httpx.Client(headers=KEY, verify=False) as http:
        reply = http.post(fal.url + VIDEO, json={"prompt": "[fault:hostile-status-url]"})
        assert reply.json()["status_url"].startswith("http://localhost:9/")


def test_an_upload_goes_elsewhere(fal: Sandbox, http: httpx.Client) -> None:
    body = {"content_type": "image/png", "file_name": "cat[fault:hostile-upload-url].png"}
    urls = http.post("/storage/upload/initiate", json=body).json()
    assert urls["upload_url"].startswith(fal.hostile_url)
    assert urls["file_url"].startswith(fal.url)


def test_names_lead_out_of_the_folder_but_the_files_exist(http: httpx.Client) -> None:
    names = []
    for number in range(10):
        image = output(http, f"result-evil-name-{number}", endpoint=IMAGE)["images"][0]
        names.append(image["file_name"])
        assert http.get(image["url"], headers={"authorization": ""}).status_code == 200
    assert "../../x.png" in names
    assert any("\x1b" in name for name in names)


@pytest.mark.parametrize("fault", DOWNLOAD)
def test_a_download_fails(http: httpx.Client, fault: str) -> None:
    url = file(http, fault)
    assert attempt(http, "GET", url, stalls="stall" in fault) == DOWNLOAD[fault]
    happens_then_works(fault, DOWNLOAD[fault], lambda: attempt(http, "GET", url))


def partly(http: httpx.Client, url: str, silence_s: float = 60) -> tuple[bytes, httpx.Headers]:
    """Return what arrives of a file before it is cut, and the headers."""
    got = b""
    with http.stream("GET", url, timeout=httpx.Timeout(60, read=silence_s)) as reply:
        try:
            for part in reply.iter_raw():
                got += part
        except httpx.HTTPError:
            pass
        return got, reply.headers


@pytest.mark.parametrize(
    ("fault", "code"),
    [("download-cut", 206), ("download-stall", 206), ("download-cut-norange", 200), ("download-changed", 200)],
)
def test_a_cut_file_can_be_resumed_or_must_be_fetched_again(http: httpx.Client, fault: str, code: int) -> None:
    url = file(http, fault)
    got, headers = partly(http, url, 2.0 if fault == "download-stall" else 60)
    assert len(got) == int(headers["content-length"]) // 2
    rest = http.get(url, headers={"range": f"bytes={len(got)}-", "if-range": headers["etag"]})
    assert rest.status_code == code
    whole = got + rest.content if code == 206 else rest.content
    assert whole == http.get(url).content
    assert (rest.headers["etag"] != headers["etag"]) == (fault == "download-changed")
    assert whole.endswith(b"\xff\xd9")


def test_a_rest_starts_at_the_wrong_place(http: httpx.Client) -> None:
    url = file(http, "download-bad-range")
    got, _ = partly(http, url)
    rest = http.get(url, headers={"range": f"bytes={len(got)}-"})
    assert rest.status_code == 206
    assert rest.headers["content-range"].startswith(f"bytes {len(got) - 7}-")


def test_a_file_is_not_what_it_says(http: httpx.Client) -> None:
    html = http.get(file(http, "download-html"))
    assert (html.headers["content-type"], html.content[:5]) == ("image/jpeg", b"<!DOC")
    assert http.get(file(http, "download-wrong-type")).headers["content-type"] == "application/octet-stream"
    assert len(http.get(file(http, "download-1-byte")).content) == 1
    assert http.get(file(http, "download-empty")).content == b""


def test_a_file_without_a_length_ends_when_it_ends(http: httpx.Client) -> None:
    url = file(http, "download-no-length-cut")
    half, whole = http.get(url), http.get(url)
    assert "content-length" not in half.headers
    assert len(half.content) == len(whole.content) // 2
    assert "content-length" not in http.get(file(http, "download-no-length")).headers


def test_a_file_comes_slowly(http: httpx.Client) -> None:
    started = time.monotonic()
    assert http.get(file(http, "download-slow-100")).content.endswith(b"\xff\xd9")
    assert time.monotonic() - started > 0.09


@pytest.mark.parametrize(
    ("fault", "codes"), [("one-of-n-404", [200, 200, 404]), ("one-of-n-404-once", [200, 200, 404])]
)
def test_the_last_of_several_files_is_missing(http: httpx.Client, fault: str, codes: list[int]) -> None:
    urls = files(http, fault)
    assert [attempt(http, "GET", url) for url in urls] == codes
    assert attempt(http, "GET", urls[-1]) == (200 if fault.endswith("once") else 404)


def test_the_last_of_several_files_is_a_page(http: httpx.Client) -> None:
    assert [http.get(url).content[:1] for url in files(http, "one-of-n-html")] == [b"\xff", b"\xff", b"<"]


def test_a_big_file_is_sent_without_being_made_in_memory(http: httpx.Client) -> None:
    import tracemalloc

    url = file(http, "big-64")
    tracemalloc.start()
    with http.stream("GET", url, headers={"authorization": ""}) as reply:
        assert int(reply.headers["content-length"]) > 64 << 20
        size = sum(len(part) for part in reply.iter_raw())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size == int(reply.headers["content-length"])
    assert peak < 16 << 20


def test_a_result_and_its_file_can_be_fetched_once(http: httpx.Client) -> None:
    made = finished(http, "retention-gone", endpoint=IMAGE)
    url = http.get(made["response_url"]).json()["images"][0]["url"]
    asked = (url, url, made["response_url"], made["status_url"])
    assert [attempt(http, "GET", one) for one in asked] == [200, 404, 404, 404]


def test_results_come_in_other_shapes(http: httpx.Client) -> None:
    assert isinstance(output(http, "shape-strings")["video"], str)
    assert isinstance(output(http, "shape-strings", endpoint=IMAGE)["images"][0], str)
    assert output(http, "shape-image", endpoint=IMAGE)["image"]["url"]
    assert output(http, "shape-videos")["videos"][0]["url"]
    assert isinstance(output(http, "shape-video-url")["video_url"], str)
    assert output(http, "shape-audio")["audio"]["content_type"] == "audio/wav"
    assert output(http, "shape-data-uri", endpoint=IMAGE)["images"][0]["url"].startswith("data:image/jpeg;base64,")
    assert output(http, "shape-wrapper")["response"]["video"]
    assert output(http, "shape-nested")["data"]["video"]
    assert "width" not in output(http, "shape-no-size", endpoint=IMAGE)["images"][0]
    assert output(http, "shape-null-size", endpoint=IMAGE)["images"][0]["width"] is None
    assert output(http, "shape-huge-seed")["seed"] > 2**53
    assert "video" not in output(http, "no-media")
    assert output(http, "empty-list", endpoint=IMAGE)["images"] == []


def test_sync_mode_puts_the_picture_into_the_answer(http: httpx.Client) -> None:
    reply = http.post("/fal-ai/nano-banana", json={"prompt": "a fox", "sync_mode": True}).json()
    assert reply["images"][0]["url"].startswith("data:image/png;base64,")
    assert reply["images"][0]["width"] is None


@pytest.mark.parametrize("fault", MODELS)
def test_the_catalog_fails(fal: Sandbox, http: httpx.Client, fault: str) -> None:
    fal.inject(fault)
    assert attempt(http, "GET", "/v1/models", stalls="stall" in fault) == MODELS[fault]
    happens_then_works(fault, MODELS[fault], lambda: attempt(http, "GET", "/v1/models"))


def test_the_catalog_never_ends(fal: Sandbox, http: httpx.Client) -> None:
    fal.inject("models-loop")
    cursor = ""
    for _ in range(20):
        cursor = http.get("/v1/models", params={"cursor": cursor, "limit": 50}).json()["next_cursor"]
        assert cursor


HISTORY_OF_VIDEOS = f"/v1/models/requests/by-endpoint?endpoint_id={VIDEO[1:]}&expand=payloads"


@pytest.mark.parametrize("fault", PRICE)
def test_the_prices_fail(fal: Sandbox, http: httpx.Client, fault: str) -> None:
    url = "/v1/models/pricing?endpoint_id=fal-ai/flux/dev"
    fal.inject(fault)
    assert attempt(http, "GET", url, stalls="stall" in fault) == PRICE[fault]
    happens_then_works(fault, PRICE[fault], lambda: attempt(http, "GET", url))


@pytest.mark.parametrize("fault", HISTORY)
@pytest.mark.usefixtures("fal")
def test_the_history_fails_for_the_endpoint_of_a_job(http: httpx.Client, fault: str) -> None:
    finished(http, fault)
    assert attempt(http, "GET", HISTORY_OF_VIDEOS, stalls="stall" in fault) == HISTORY[fault]
    happens_then_works(fault, HISTORY[fault], lambda: attempt(http, "GET", HISTORY_OF_VIDEOS))


@pytest.mark.usefixtures("fal")
def test_the_history_lists_a_request_late_or_never_or_without_its_payloads(http: httpx.Client) -> None:
    finished(http, "history-late-600")
    finished(http, "history-empty")
    bare = finished(http, "history-bare")
    (item,) = http.get(HISTORY_OF_VIDEOS).json()["items"]
    assert item["request_id"] == bare["request_id"]
    assert "json_input" not in item


@pytest.mark.parametrize("fault", BILLING)
def test_the_billing_events_fail(fal: Sandbox, http: httpx.Client, fault: str) -> None:
    fal.inject(fault)
    assert attempt(http, "GET", "/v1/models/billing-events", headers=ADMIN) == BILLING[fault]
    again = attempt(http, "GET", "/v1/models/billing-events", headers=ADMIN)
    assert again == (200 if FAULTS[fault].times == 1 else BILLING[fault])


@pytest.mark.usefixtures("fal")
def test_a_billing_event_comes_late_or_with_a_discount(http: httpx.Client) -> None:
    finished(http, "billing-late")
    finished(http, "billing-discount-20")
    (event,) = http.get("/v1/models/billing-events", headers=ADMIN).json()["billing_events"]
    assert (event["cost_subtotal"], event["cost_discount"], event["cost_total"]) == (0.5, 0.1, 0.4)


@pytest.mark.parametrize("fault", UPLOAD)
def test_an_upload_is_not_begun(fal: Sandbox, http: httpx.Client, fault: str) -> None:
    body = {"content_type": "image/png", "file_name": "cat.png"}
    fal.inject(fault)
    assert attempt(http, "POST", "/storage/upload/initiate", json=body) == UPLOAD[fault]
    happens_then_works(fault, UPLOAD[fault], lambda: attempt(http, "POST", "/storage/upload/initiate", json=body))


@pytest.mark.parametrize("fault", PUT)
def test_the_bytes_of_an_upload_do_not_arrive(http: httpx.Client, fault: str) -> None:
    body = {"content_type": "image/png", "file_name": f"cat[fault:{fault}].png"}
    url = http.post("/storage/upload/initiate", json=body).json()["upload_url"]
    assert attempt(http, "PUT", url, stalls="stall" in fault, content=b"cat") == PUT[fault]
    happens_then_works(fault, PUT[fault], lambda: attempt(http, "PUT", url, content=b"cat"))


def test_a_fault_can_be_the_model_itself_and_be_joined(http: httpx.Client) -> None:
    assert attempt(http, "POST", "/sandbox/fault/image-submit-401", json={"prompt": "x"}) == 401
    reply = http.post("/sandbox/fault/stream-404+poll-502*2", json={"prompt": "x"}).json()
    codes = [attempt(http, "GET", reply["status_url"]) for _ in range(3)]
    assert codes[:2] == [502, 502]
    assert codes[2] in {200, 202}


def test_an_injected_fault_hits_the_next_request(fal: Sandbox, http: httpx.Client) -> None:
    first, second = finished(http), finished(http)
    assert http.post("/sandbox/inject", json={"faults": ["poll-500"]}).json() == {"ok": True}
    assert attempt(http, "GET", second["status_url"]) == 500
    assert attempt(http, "GET", first["status_url"]) == 200
    _ = fal


def test_a_misspelled_fault_is_an_error(fal: Sandbox, http: httpx.Client) -> None:
    assert http.post(VIDEO, json={"prompt": "[fault:pol-502]"}).status_code == 400
    assert http.post("/sandbox/inject", json={"faults": ["pol-502"]}).status_code == 400
    for call in ("poll-502-5", "never", "shape-strings", "download-cut", "stream-404"):
        with pytest.raises(UnknownFaultError):
            fal.inject(call)
    assert fal.submissions == []


def test_counts_and_numbers_are_read() -> None:
    script = Script(["poll-502*3", "slow-10", "poll-429-after-7*2", "never"])
    assert [script.triggers("poll-502") for _ in range(4)] == [True, True, True, False]
    assert (script.number("slow"), script.number("poll-429-after")) == (10, 7)
    assert all(script.triggers("never") for _ in range(100))
    assert not script.triggers("poll-500")


def test_a_fault_ordered_twice_happens_twice() -> None:
    script = Script(["poll-502", "poll-502"])
    assert [script.triggers("poll-502") for _ in range(3)] == [True, True, False]


def test_no_fault_is_left_out_of_this_file() -> None:
    text = Path(__file__).read_text()
    assert [name for name in FAULTS if not re.search(rf"(?<![a-z-]){name}(?!-?[a-z])", text)] == []
