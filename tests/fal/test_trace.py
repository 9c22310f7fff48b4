"""What the debug trace shows, and what it does not."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from openclaw_fal.core.secrets import Key
from openclaw_fal.fal.client import FalClient
from openclaw_fal.fal.submission import run
from openclaw_fal.fal.trace import shown_body, shown_url
from openclaw_fal.fal.uploads import upload

if TYPE_CHECKING:
    from openclaw_fal.sandbox import Sandbox
    from tests.fal.conftest import Harness

PIXELS = "iVBORw0KGgoAAAANSUhEUg" * 20


def test_a_request_and_its_answer_are_traced(fal: Sandbox, harness: Harness) -> None:
    harness.result_of(run(harness.client, "fal-ai/flux/dev", {"prompt": "a red fox"}, harness.deadline()))
    sent, head, body = harness.traced
    assert sent == f'> POST {fal.url}/fal-ai/flux/dev {{"prompt": "a red fox"}}'
    assert head == "< 200 application/json"
    assert body.startswith("  ")
    assert '{"images": [{"url":' in body


def test_neither_the_key_nor_a_signature_nor_media_are_traced(key: str, harness: Harness) -> None:
    content = b"\x89PNG" + bytes(1000)
    harness.result_of(
        upload(harness.client, "fox.png", "image/png", len(content), lambda: [content], harness.deadline())
    )
    body = {"prompt": f"use {key}", "image_url": f"data:image/png;base64,{PIXELS}", "strength": 0.5}
    harness.result_of(run(harness.client, "fal-ai/flux/dev/image-to-image", body, harness.deadline()))
    told = "\n".join(harness.traced)
    assert key not in told
    assert "Authorization" not in told
    assert "token=" not in told
    assert "?…" in told
    assert PIXELS[:20] not in told
    assert '"image_url": "data:image/png…"' in told
    assert '"strength": 0.5' in told


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ('{"url": "https://x/y?sig=abc"}', '{"url": "https://x/y?…"}'),
        ('{"upload_token": "abc", "n": 1}', '{"upload_token": "…", "n": 1}'),
        ('{"u": "data:;base64,AAAA"}', '{"u": "data:…"}'),
        ('{"log": "\x1b[31mred"}', '{"log": "�[31mred"}'),
        ("https://me:pass@host/", "https://__OPENCLAW_REDACTED__@host/"),
    ],
)
def test_a_body_is_shown_without_its_secrets(body: str, shown: str) -> None:
    assert shown_body(body.encode()) == shown


def test_a_secret_that_is_cut_is_not_shown() -> None:
    for length in range(3900, 4100, 7):
        body = json.dumps({"pad": "x" * length, "image_url": f"data:image/png;base64,{PIXELS}"})
        assert "iVBORw" not in shown_body(body.encode())


def test_only_queries_to_fal_are_shown() -> None:
    assert shown_url("https://api.fal.ai/v1/models?limit=200", in_full=True).endswith("?limit=200")
    assert shown_url("https://v3.fal.media/f.png?sig=secret", in_full=False) == "https://v3.fal.media/f.png?…"


def test_a_client_without_trace_sends_the_same(key: str, fal: Sandbox, harness: Harness) -> None:
    with closing(FalClient(harness.client.origins, harness.clock, lambda: Key(key, "a test"))) as client:
        harness.result_of(run(client, "fal-ai/flux/dev", {"prompt": "a red fox"}, harness.deadline()))
    assert len(fal.submissions) == 1
    assert not harness.traced
