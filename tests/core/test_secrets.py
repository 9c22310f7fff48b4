from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openclaw_fal.core.secrets import REDACTED, holds_redacted, redact, redact_config

KEY = "11111111-2222-4333-8444-555555555555:0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    "name",
    [
        "apiKey",
        "api_key",
        "api-key",
        "token",
        "botToken",
        "PASSWORD",
        "clientSecret",
        "FAL_KEY",
        "privateKey",
        "cookie",
    ],
)
def test_a_value_with_the_name_of_a_secret_is_hidden(name: str) -> None:
    assert redact({"a": [{name: "s3cret"}]}) == {"a": [{name: REDACTED}]}


@pytest.mark.parametrize(
    "data",
    [
        {"maxTokens": 4096, "tokens": ["a"], "keyboard": "dvorak", "primary": "fal/fal-ai/flux/dev", "monkey": "x"},
        {"apiKey": {"source": "env", "provider": "default", "id": "FAL_KEY"}},
        {"apiKey": "${FAL_KEY}"},
        {"apiKey": "", "token": None, "password": True},
        {"baseUrl": "http://127.0.0.1:8080/x@y"},
    ],
)
def test_what_is_not_a_secret_or_refers_to_one_is_kept(data: dict[str, Any]) -> None:
    assert redact(data) == data


def test_a_fal_key_is_hidden_everywhere() -> None:
    assert redact({"note": f"mine is {KEY}!"}) == {"note": f"mine is {REDACTED}!"}


def test_a_password_in_a_url_is_hidden() -> None:
    assert redact("https://me:pass@example.org/x") == f"https://{REDACTED}@example.org/x"


@pytest.mark.parametrize(
    "name", ["X-Amz-Signature", "X-Goog-Signature", "access_token", "Signature", "sig", "token", "key"]
)
def test_what_signs_a_url_is_hidden(name: str) -> None:
    assert redact(f"see https://a.test/x?w=1&{name}=s3cret&h=2") == f"see https://a.test/x?w=1&{name}={REDACTED}&h=2"


def test_the_rest_of_a_query_and_references_to_variables_are_kept() -> None:
    url = "https://a.test/x?w=1&monkey=x&token=${TOKEN}#key=1"
    assert redact(url) == url


def test_everything_below_a_secret_is_hidden_too() -> None:
    assert redact({"credentials": {"user": "me", "list": ["a", 1]}}) == {
        "credentials": {"user": REDACTED, "list": [REDACTED, 1]}
    }


def test_a_value_is_judged_by_the_last_name_of_its_path() -> None:
    assert redact_config("s3cret", ("models", "providers", "fal", "apiKey")) == REDACTED
    assert redact_config("s3cret", ("tokens", "token", 0)) == REDACTED
    assert redact_config("fal/x", ("agents", "defaults", "imageGenerationModel")) == "fal/x"


@pytest.mark.parametrize(
    "name",
    [
        *("token", "botToken", "authTokens", "clientSecret", "password", "passwd", "pwd", "pass", "passphrase"),
        *("apiKey", "api_key", "privateKey", "masterKey", "credentials", "authorization", "bearer", "jwt", "cookie"),
        *("connectionString", "FAL_KEY"),
    ],
)
def test_a_secret_of_any_name_is_hidden(name: str) -> None:
    assert redact_config({"x": {name: "s3cret"}}, ()) == {"x": {name: REDACTED}}


@pytest.mark.parametrize(
    "value",
    [
        "00000000-1111-4222-8333-444444444444:0123456789abcdef0123456789abcdef",
        "0123456789abcdef0123456789abcdef",
        "sk-proj-abcdefghijklmnopqrstuvwxyz123456",
        "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
        "xoxb-123-456-abcdefabcdef",
        "AKIAIOSFODNN7EXAMPLE",
        "AIzaSyA1234567890abcdefghijklmnopqrstuv",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abcdefghijk",
        "-----BEGIN PRIVATE KEY-----\nabc",
        "123456789:AAabcdefghijklmnopqrstuvwxyz0123456789",
    ],
)
def test_a_value_of_a_configuration_that_looks_like_a_secret_is_hidden_whatever_its_name_is(value: str) -> None:
    assert redact_config({"note": value, "list": [value]}, ()) == {"note": REDACTED, "list": [REDACTED]}


@pytest.mark.parametrize(
    "value",
    [
        *("fal/fal-ai/flux/dev", "anthropic/claude-opus-4-1-20250805", "main", "a red fox", "${FAL_KEY}"),
        *("/home/me/Very/Long/Path/With1Number/and/more/and/more", "2026-11-28T10:00:00Z"),
    ],
)
def test_a_value_of_a_configuration_that_is_none_is_kept(value: str) -> None:
    assert redact_config({"sessionKey": value, "model": value}, ()) == {"sessionKey": value, "model": value}


def test_a_redacted_secret_is_found_at_any_depth() -> None:
    assert holds_redacted({"a": [{"b": REDACTED}]})
    assert holds_redacted(f"Bearer {REDACTED}")
    assert not holds_redacted({"a": ["b", 1, None]})


@given(st.recursive(st.text() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_redaction_keeps_the_shape_and_is_idempotent(data: Any) -> None:
    once = redact(data)
    assert redact(once) == once
    assert type(once) is type(data)
