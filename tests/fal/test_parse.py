"""Parsing fal's JSON in all its shapes. Nothing in it raises."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openclaw_fal.fal.parse import (
    QueueStatus,
    Submission,
    parse_models,
    parse_result,
    parse_status,
    parse_submission,
)
from openclaw_fal.models.catalog import ListedModel

URL = "https://v3b.fal.media/files/b/1/x.png"
OTHER = "https://v3b.fal.media/files/b/1/y.png"
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from([URL, "data:image/png;base64,AA"])
)
WORDS = """
    status response images video url seed logs metrics inference_time error detail message level timestamp output
    queue_position request_id has_nsfw_concepts width file_size models endpoint_id metadata tags content_type
    file_name status_url
"""
NAMES = st.text(max_size=5) | st.sampled_from(WORDS.split())
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=5))


def urls(body: Any) -> list[str]:
    return [asset.url for asset in parse_result(body, {}).assets]


@given(JSON)
def test_no_json_makes_the_parsers_fail(body: Any) -> None:
    parse_submission(body, {})
    parse_status(body)
    parse_result(body, {})
    list(parse_models(body))


def test_deeply_nested_json_does_not_make_the_parsers_fail() -> None:
    deep: Any = {"url": URL}
    for _ in range(900):
        deep = {"data": [deep]}
    for body in (deep, {"status": "X", "error": deep, "logs": deep, "request_id": deep}, {"models": [deep]}):
        parse_submission(body, {})
        parse_status(body)
        parse_result(body, {})
        list(parse_models(body))


@given(JSON)
def test_parsed_values_can_be_encoded(body: Any) -> None:
    result = parse_result(body, {})
    for asset in result.assets:
        asset.url.encode()
        assert asset.size is None or 0 <= asset.size < 2**63
    json.dumps(result.seed)


# --- results ------------------------------------------------------------------------------------

FILE = {"url": URL}


@pytest.mark.parametrize(
    "body",
    [
        {"images": [FILE]},
        {"images": [URL]},
        {"image": FILE},
        {"image": URL},
        {"video": FILE},
        {"video": URL},
        {"videos": [FILE]},
        {"video_url": URL},
        {"audio": FILE},
        {"audio_url": URL},
        {"audio_file": FILE},
        {"output": [URL]},
        {"output": FILE},
        {"output": {"images": [URL]}},
        {"data": {"images": [URL]}},
        {"data": {"result": {"video": FILE}}},
        {"model_mesh": FILE},
        {"status": "COMPLETED", "logs": [], "response": {"images": [FILE]}},
        FILE,
        [FILE],
        [URL],
        URL,
        {"images": [FILE, FILE, URL], "prompt": "like https://example.test/x.png"},
        {"images": [], "thumbnail": FILE},
        {"url": f" {URL}\n"},
    ],
    ids=json.dumps,
)
def test_a_file_is_found_in_every_shape(body: Any) -> None:
    assert urls(body) == [URL]


def test_several_files_keep_their_order() -> None:
    assert urls({"images": [FILE, {"url": OTHER}]}) == [URL, OTHER]
    assert urls({"images": [OTHER, URL, OTHER]}) == [OTHER, URL]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"images": []},
        {"images": None},
        {"prompt": URL},
        {"nested": {"prompt": URL}},
        {"images": [{"url": None}]},
        {"images": [{"url": ""}]},
        {"video": "a film"},
        {"output": "data: the answer is 42"},
        {"output": "https:// is a scheme"},
        {"image": {"url": "file:///etc/passwd"}},
        {"image": {"url": "https://x/\x1b[31m"}},
        {"image": {"url": "https://x/\ud800"}},
    ],
    ids=json.dumps,
)
def test_other_values_are_not_files(body: Any) -> None:
    assert urls(body) == []


def test_files_beside_known_names_are_not_results() -> None:
    """A copy of the input or a preview must not be fetched as a result."""
    assert urls({"video": FILE, "input_image": {"url": OTHER}}) == [URL]


def test_data_uris_are_files_too() -> None:
    assert urls({"images": [{"url": "data:image/png;base64,AAAA"}]}) == ["data:image/png;base64,AAAA"]


def test_the_properties_of_a_file_are_read() -> None:
    file = {"url": URL, "content_type": "image/png", "file_name": "../x.png", "file_size": 7, "width": 4.0, "height": 3}
    (asset,) = parse_result({"images": [file]}, {}).assets
    assert (asset.mime_type, asset.file_name, asset.size) == ("image/png", "../x.png", 7)
    assert (asset.width, asset.height) == (4, 3)


@pytest.mark.parametrize("odd", [None, -1, 0.5, "7", True, float("nan"), float("inf"), [], 2**70])
def test_invalid_sizes_are_left_out(odd: Any) -> None:
    (asset,) = parse_result({"images": [{"url": URL, "file_size": odd, "width": odd, "height": 0}]}, {}).assets
    assert (asset.size, asset.width, asset.height) == (None, None, None)


@pytest.mark.parametrize("seed", [0, 920212137, 2**53 + 1, 2**63 - 1, 2**64 - 1, 12345678901234567890123])
def test_seeds_are_exact(seed: int) -> None:
    assert parse_result(json.loads(json.dumps({"images": [FILE], "seed": seed})), {}).seed == seed


def test_the_other_fields_of_an_output_are_read() -> None:
    headers = {"x-fal-billable-units": "1.5", "x-fal-request-id": "abc"}
    result = parse_result({"images": [FILE, {"url": "https://x/2.png"}], "has_nsfw_concepts": [False, True]}, headers)
    assert [asset.is_flagged for asset in result.assets] == [None, True]
    assert (result.billable_units, result.request_id) == ("1.5", "abc")


# --- submissions and statuses --------------------------------------------------------------------


def test_a_submission_is_read() -> None:
    body = {"request_id": "r", "status_url": "https://s", "response_url": 7, "cancel_url": "x\ny", "queue_position": 2}
    assert parse_submission(body, {}) == Submission("r", "https://s", None, None, 2)


@pytest.mark.parametrize("body", [None, [], {}, {"request_id": None}, {"request_id": ""}, {"request_id": 7}])
def test_a_submission_without_an_id_takes_the_one_in_the_headers(body: Any) -> None:
    assert parse_submission(body, {}) is None
    found = parse_submission(body, {"x-fal-request-id": "abc"})
    assert found
    assert found.request_id == "abc"


@pytest.mark.parametrize(
    ("reported", "state"),
    [
        ("IN_QUEUE", "queued"),
        ("QUEUED", "queued"),
        ("PREPARING", "queued"),
        ("", "queued"),
        ("IN_PROGRESS", "running"),
        ("in_progress", "running"),
        ("COMPLETED", "completed"),
        ("FAILED", "completed"),
        ("CANCELLED", "completed"),
    ],
)
def test_a_status_is_one_of_three(reported: str, state: str) -> None:
    status = parse_status({"status": reported})
    assert status
    assert status.state == state
    assert bool(status.error) == (reported in {"FAILED", "CANCELLED"})


@pytest.mark.parametrize("body", [None, [], "COMPLETED", {}, {"status": None}, {"status": 3}, {"detail": "no"}])
def test_other_bodies_are_not_a_status(body: Any) -> None:
    assert parse_status(body) is None


def test_all_fields_of_a_status_are_read() -> None:
    body = {
        "status": "COMPLETED",
        "queue_position": 0,
        "error": "Runner \x1b[31mdied",
        "error_type": "runner_disconnected",
        "metrics": {"inference_time": 71.38},
        "logs": [
            {"timestamp": "t1", "message": "one\x1b[2J\ntwo", "labels": {}},
            {"message": "plain", "level": "WARN", "source": "USER", "timestamp": None},
            {"level": "INFO"},
            "odd",
            {"message": 7},
        ],
    }
    status = parse_status(body)
    assert status
    assert (status.state, status.position) == ("completed", 0)
    assert (status.error, status.error_type, status.inference_seconds) == (
        "Runner �[31mdied",
        "runner_disconnected",
        71.38,
    )
    assert [(entry.message, entry.level) for entry in status.logs] == [("one�[2J two", "INFO"), ("plain", "WARN")]
    assert len({entry.identity for entry in status.logs}) == 2


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (None, None),
        ("", None),
        ({}, None),
        ("boom", "boom"),
        ({"message": "boom"}, "boom"),
        ({"type": "boom"}, "boom"),
        ({"code": 7}, "an error without explanation"),
        (["boom"], "an error without explanation"),
        (True, "an error without explanation"),
    ],
)
def test_an_error_beside_a_status_has_many_shapes(error: Any, expected: str | None) -> None:
    assert parse_status({"status": "COMPLETED", "error": error}) == QueueStatus("completed", error=expected)


@pytest.mark.parametrize("seconds", [None, "7", True, float("nan"), float("inf"), 10**400, [], -(10**400)])
def test_invalid_durations_are_left_out(seconds: Any) -> None:
    assert parse_status({"status": "X", "metrics": {"inference_time": seconds}}) == QueueStatus("queued")


def test_logs_may_be_an_object_or_nothing() -> None:
    assert parse_status({"status": "X", "logs": {}, "metrics": []}) == QueueStatus("queued")


def test_models_may_lack_any_field_but_their_id() -> None:
    page = {
        "models": [
            {"endpoint_id": "a/b", "metadata": {"display_name": "A\x1b", "category": "x", "tags": ["t", 7, None]}},
            {"endpoint_id": "c/d", "metadata": {"status": "deprecated"}},
            {"endpoint_id": "e/f", "metadata": None},
            {"endpoint_id": 7},
            "odd",
        ]
    }
    assert list(parse_models(page)) == [
        ListedModel("a/b", "A�", "x", ("t",)),
        ListedModel("c/d", "c/d", "", ("deprecated",)),
        ListedModel("e/f", "e/f", "", ()),
    ]
