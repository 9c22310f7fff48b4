"""fal's errors in all their shapes, and what each becomes."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openclaw_fal.core.errors import AccountProblem, InputRefused, JobFailed, KeyProblem, OpenclawFalError
from openclaw_fal.fal.failures import MAX_DETAIL, detail_of, error_types, failure
from openclaw_fal.fal.reply import Reply

LOCKED = "User is locked. Reason: Exhausted balance. Top up your balance at fal.ai/dashboard/billing."
POLICY = [{"loc": ["body", "prompt"], "msg": "Flagged.", "type": "content_policy_violation", "input": {"prompt": "x"}}]


def refused(status: int, body: Any, **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, named, body if isinstance(body, bytes) else json.dumps(body).encode())


def error_for(status: int, body: Any, **headers: str) -> OpenclawFalError:
    return failure(refused(status, body, **headers), "submitting to fal-ai/flux/dev")


@pytest.mark.parametrize(
    ("status", "detail", "kind", "code"),
    [
        (401, "invalid key credentials", KeyProblem, "key_refused"),
        (401, 'Cannot access application "fal-ai/flux". Authentication is required.', KeyProblem, "key_refused"),
        (402, "pay", AccountProblem, "account_locked"),
        (403, LOCKED, AccountProblem, "balance_exhausted"),
        (403, "User is locked. Reason: payment method missing", AccountProblem, "account_locked"),
        (403, "User is locked. Reason: User budget exceeded", AccountProblem, "account_locked"),
        (403, "This key may not be used for this endpoint.", KeyProblem, "access_denied"),
        (404, 'Application "schnell" not found', InputRefused, "model_not_found"),
        (422, "The prompt is too long.", InputRefused, "input_refused"),
        (422, POLICY, InputRefused, "content_policy"),
        (400, "bad", InputRefused, "input_refused"),
        (413, "too large", InputRefused, "input_refused"),
        (429, "Too many requests", AccountProblem, "rate_limited"),
        (499, "Request cancelled by the client.", JobFailed, "cancelled"),
        (500, "Internal Server Error", JobFailed, "server_error"),
        (502, "x", JobFailed, "server_error"),
        (504, "Request timed out", JobFailed, "timed_out"),
        (400, [{"type": "downstream_service_error", "msg": "x"}], JobFailed, "server_error"),
    ],
)
def test_each_refusal_has_its_own_error(status: int, detail: Any, kind: type[OpenclawFalError], code: str) -> None:
    error = error_for(status, {"detail": detail}, x_fal_request_id="abc")
    assert type(error) is kind
    assert (error.code, error.http_status, error.request_id) == (code, status, "abc")
    assert error.hint or kind is JobFailed


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"detail": "text"}, "text"),
        (
            {"detail": [{"loc": ["body", "image", 0, "url"], "msg": "Field required", "type": "missing"}]},
            "image.0.url: Field required",
        ),
        ({"detail": [{"loc": ["body"], "msg": "A"}, {"loc": ["query", "x"], "msg": "B"}]}, "A; query.x: B"),
        (
            {"detail": [{"loc": ["body", "r"], "msg": "Bad", "ctx": {"expected": "'a' or 'b'"}}]},
            "r: Bad (expected: 'a' or 'b')",
        ),
        (
            {"detail": [{"loc": ["body", "r"], "msg": "Bad", "ctx": {"expected": ["a", "b"]}}]},
            "r: Bad (expected: a; b)",
        ),
        ({"detail": [{"loc": ["body", "r"], "msg": "Must be a", "ctx": {"expected": "a"}}]}, "r: Must be a"),
        ({"detail": [{"loc": 7, "msg": "odd", "ctx": []}]}, "odd"),
        ({"detail": [{"loc": "prompt", "msg": None, "type": "value_error"}]}, "value_error"),
        ({"detail": {"msg": "one"}}, "one"),
        ({"detail": {"reason": "other"}}, "other"),
        ({"detail": ["plain", 7]}, "plain; 7"),
        ({"detail": "Request timed out", "error_type": "request_timeout"}, "Request timed out"),
        ({"status": "NOT_FOUND"}, "NOT_FOUND"),
        ({"error": {"type": "not_found", "message": "Model not found: x"}}, "Model not found: x"),
        ({"error": "plain"}, "plain"),
        ({}, ""),
        ([], "[]"),
        (b"plain text", "plain text"),
        (b"", ""),
        (b"<html><title>502</title></html>", ""),
        (b"\r\n<!DOCTYPE HTML><p>x", ""),
        (b"<?xml version='1.0'?><Error/>", ""),
    ],
)
def test_every_shape_of_detail_becomes_one_line(body: Any, expected: str) -> None:
    assert detail_of(refused(422, body)) == expected


def test_a_servers_text_is_made_safe_to_print() -> None:
    key = "00000000-1111-4222-8333-444444444444:0123456789abcdef0123456789abcdef"
    text = detail_of(refused(422, {"detail": f"\x1b]0;title\x07 {key} \u202e" + "x" * 5000}))
    assert text.startswith("�]0;title� __OPENCLAW_REDACTED__ �xxx")
    assert len(text) == MAX_DETAIL


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(["detail", "msg", "loc", "type", "ctx", "expected", "error", "message", "x"]), inner
            )
        ),
    ),
    st.sampled_from([400, 401, 403, 404, 422, 429, 500, 504]),
)
def test_every_answer_becomes_an_error(body: Any, status: int) -> None:
    error = error_for(status, body)
    assert not {"Cc", "Cf", "Cs"} & {unicodedata.category(character) for character in error.message}


def test_a_deeply_nested_detail_becomes_an_error() -> None:
    deep = b'[{"msg":' * 400 + b'"x"' + b"}]" * 400
    assert error_for(422, b'{"detail":' + deep + b"}").message


def test_error_types_are_found_in_headers_and_bodies() -> None:
    body = {"detail": [{"type": "a"}, {"type": 7}, "odd", {"type": "b"}], "error_type": "c"}
    assert error_types(refused(422, body, x_fal_error_type="d")) == {"a", "b", "c", "d"}
    assert error_types(refused(422, b"<html>")) == set()


@pytest.mark.parametrize(
    ("headers", "retryable"),
    [
        ({}, True),
        ({"x_fal_retryable": "false"}, False),
        ({"x_fal_retryable": "TRUE"}, True),
        ({"x_fal_needs_retry": "0"}, False),
        ({"x_fal_needs_retry": "1"}, True),
        ({"x_fal_needs_retry": "maybe"}, True),
    ],
)
def test_fals_flag_decides_whether_an_error_is_retryable(headers: dict[str, str], retryable: bool) -> None:
    assert error_for(500, {"detail": "x"}, **headers).retryable is retryable


def test_a_page_for_a_request_that_is_too_large_says_so() -> None:
    error = error_for(413, b"<html><head><title>413 Request Entity Too Large</title></head></html>")
    assert error.message == "The request is too large for fal (HTTP 413)"
    assert error.hint == "Give smaller files, or fewer."


def test_a_refusal_without_a_reason_does_not_refer_to_one() -> None:
    error = error_for(400, b"<html>nginx</html>")
    assert error.message == "fal refused the input: HTTP 400"
    assert error.hint == "fal gave no reason; the same input is likely to be refused again."
