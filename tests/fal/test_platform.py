"""The pages of the catalog, OpenAPI documents, and the free check of a key."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from openclaw_fal.core.errors import KeyProblem
from openclaw_fal.fal import platform
from openclaw_fal.fal.platform import MAX_PAGES, check_key, fetch_openapi, list_models
from openclaw_fal.fal.reply import Unreachable

if TYPE_CHECKING:
    from openclaw_fal.sandbox import Sandbox
    from tests.conftest import Server
    from tests.fal.conftest import Harness, OpenHarness


def page(*endpoints: str, cursor: Any = None, **more: Any) -> Any:
    models = [{"endpoint_id": endpoint} for endpoint in endpoints]
    return (200, json.dumps({"models": models, "next_cursor": cursor, **more}).encode())


def listed(harness: Harness, *, with_key: bool = True) -> list[str]:
    work = list_models(harness.client, harness.deadline(), with_key=with_key)
    return [model.endpoint_id for model in harness.result_of(work)]


def test_every_page_is_fetched(fal: Sandbox, harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = listed(harness)
    monkeypatch.setattr(platform, "PAGE_SIZE", 300)
    assert listed(harness) == whole
    assert len(set(whole)) == len(whole) > 10
    assert len(fal.requests) > 4


def test_the_catalog_is_listed_without_a_key(server: Server, open_harness: OpenHarness) -> None:
    server.answer(page("a/b"))
    assert listed(open_harness(server.url), with_key=False) == ["a/b"]
    assert "authorization" not in server.requests[0].headers


def test_the_catalog_is_listed_despite_a_bad_key(fal: Sandbox, open_harness: OpenHarness) -> None:
    assert listed(open_harness(fal.url, key="bad:key"))
    assert [seen.scheme for seen in fal.requests] == ["Key", "", ""]


@pytest.mark.parametrize("fault", ["429", "429-after", "500", "503", "reset", "cut", "garbage"])
def test_the_catalog_is_listed_after_temporary_failures(fault: str, fal: Sandbox, harness: Harness) -> None:
    fal.inject(f"models-{fault}")
    assert listed(harness)
    assert len(harness.events) == 1


@pytest.mark.parametrize("answer", [500, b"", (200, b"<html>"), (200, b"[]"), (404, b"<html>")])
def test_a_catalog_that_cannot_be_fetched_fails_soon(answer: Any, server: Server, open_harness: OpenHarness) -> None:
    server.answer(page("a/b", cursor="2"), answer)
    harness = open_harness(server.url)
    with pytest.raises(Unreachable):
        listed(harness)
    assert len(harness.slept) <= 1


def test_a_refused_page_size_is_left_to_fal(server: Server, open_harness: OpenHarness) -> None:
    refusal = (400, b'{"error": {"type": "validation_error", "message": "limit"}}')
    server.answer(refusal, page("a/b", cursor="2"), page("c/d"))
    assert listed(open_harness(server.url)) == ["a/b", "c/d"]
    queries = [asked.line.split()[1] for asked in server.requests]
    assert queries == ["/v1/models?limit=1000", "/v1/models?", "/v1/models?cursor=2"]


def test_a_repeated_refusal_is_reported(server: Server, open_harness: OpenHarness) -> None:
    server.answer((400, b'{"error": {"type": "validation_error", "message": "no such thing"}}'))
    with pytest.raises(Unreachable, match="HTTP 400: no such thing"):
        listed(open_harness(server.url))
    assert len(server.requests) == 2


def test_a_repeated_cursor_ends_the_list(fal: Sandbox, harness: Harness) -> None:
    fal.inject("models-loop")
    assert listed(harness)
    assert len(fal.requests) < 5


def test_an_endless_list_is_an_error(server: Server, open_harness: OpenHarness) -> None:
    replies = [page(f"a/{number}", cursor=f"c{number}") for number in range(MAX_PAGES + 5)]
    server.answer(*replies)
    with pytest.raises(Unreachable, match="more than"):
        listed(open_harness(server.url))
    assert len(server.requests) == MAX_PAGES


@pytest.mark.parametrize(
    "last", [page("c/d", cursor="x", has_more=False), page("c/d", cursor=""), page("c/d", cursor=7), page("c/d", "a/b")]
)
def test_the_list_ends_when_fal_says_so(last: bytes, server: Server, open_harness: OpenHarness) -> None:
    server.answer(page("a/b", cursor="odd &=?"), last)
    assert listed(open_harness(server.url)) == ["a/b", "c/d"]
    assert server.requests[1].line.endswith("cursor=odd+%26%3D%3F HTTP/1.1")


def test_a_good_key_passes_and_a_bad_one_is_refused(fal: Sandbox, open_harness: OpenHarness) -> None:
    good, bad = open_harness(fal.url), open_harness(fal.url, key="bad:key")
    good.result_of(check_key(good.client, good.deadline()))
    with pytest.raises(KeyProblem) as caught:
        bad.result_of(check_key(bad.client, bad.deadline()))
    assert caught.value.code == "key_refused"
    assert not fal.submissions


@pytest.mark.parametrize(
    "answer",
    [
        (404, b"<html>not here</html>"),
        302,
        500,
        b"",
        (200, b"<html>log in</html>"),
        (400, b"{}"),
    ],
)
def test_a_key_that_fal_did_not_check_does_not_pass(
    key: str, answer: Any, server: Server, open_harness: OpenHarness
) -> None:
    server.answer(answer)
    harness = open_harness(server.url)
    with pytest.raises(Unreachable) as caught:
        harness.result_of(check_key(harness.client, harness.deadline()))
    assert key not in caught.value.reason


def test_a_document_is_fetched_without_a_key(fal: Sandbox, harness: Harness) -> None:
    document = harness.result_of(fetch_openapi(harness.client, "fal-ai/flux/dev", harness.deadline()))
    assert "/fal-ai/flux/dev" in document["paths"]
    assert [seen.scheme for seen in fal.requests] == [""]


def test_an_unknown_endpoint_has_no_document(fal: Sandbox, harness: Harness) -> None:
    assert harness.result_of(fetch_openapi(harness.client, "fal-ai/not/there", harness.deadline())) is None
    assert len(fal.requests) == 1


@pytest.mark.parametrize("answer", [500, b"", (200, b"<html>"), (200, b"[]"), 302, 403])
def test_a_document_that_cannot_be_fetched_is_not_a_missing_endpoint(
    answer: Any, server: Server, open_harness: OpenHarness
) -> None:
    server.answer(answer)
    harness = open_harness(server.url)
    with pytest.raises(Unreachable):
        harness.result_of(fetch_openapi(harness.client, "a/b", harness.deadline()))
    assert len(harness.slept) <= 1


def test_a_document_is_waited_for_as_long_as_fal_asks(server: Server, open_harness: OpenHarness) -> None:
    server.answer((429, b"{}", {"retry-after": "60"}), (200, b'{"paths": {}}'))
    harness = open_harness(server.url)
    assert harness.result_of(fetch_openapi(harness.client, "a/b", harness.deadline(300), tries=None)) == {"paths": {}}
    assert harness.slept == [60]
