"""The catalog, page by page, and the free check of a key."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from fal_servers import KEY, reply

from openclaw_fal.core.errors import KeyProblem
from openclaw_fal.fal import platform
from openclaw_fal.fal.platform import MAX_PAGES, check_key, fetch_openapi, list_models
from openclaw_fal.fal.reply import Unreachable

if TYPE_CHECKING:
    from fal_desk import Desk, OpenDesk
    from fal_servers import Server

    from openclaw_fal.sandbox import Sandbox

pytest_plugins = ("fal_desk",)


def page(*endpoints: str, cursor: Any = None, **more: Any) -> bytes:
    models = [{"endpoint_id": endpoint} for endpoint in endpoints]
    return reply(200, json.dumps({"models": models, "next_cursor": cursor, **more}).encode())


def listed(desk: Desk, *, with_key: bool = True) -> list[str]:
    work = list_models(desk.http, desk.deadline(), with_key=with_key)
    return [model.endpoint_id for model in desk.do(work)]


def test_every_page_is_fetched(fal: Sandbox, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = listed(desk)
    monkeypatch.setattr(platform, "PAGE_SIZE", 300)
    assert listed(desk) == whole
    assert len(set(whole)) == len(whole) > 10
    assert len(fal.requests) > 4


def test_no_key_is_needed_and_none_is_asked_for(server: Server, open_desk: OpenDesk) -> None:
    server.answer(page("a/b"))
    assert listed(open_desk(server.url), with_key=False) == ["a/b"]
    assert "authorization" not in server.asked[0].headers


def test_a_bad_key_does_not_hide_what_everybody_may_see(fal: Sandbox, open_desk: OpenDesk) -> None:
    assert listed(open_desk(fal.url, key="bad:key"))
    assert [seen.scheme for seen in fal.requests] == ["Key", "", ""]


@pytest.mark.parametrize("fault", ["429", "429-after", "500", "503", "reset", "cut", "garbage"])
def test_the_catalog_survives_what_may_pass(fault: str, fal: Sandbox, desk: Desk) -> None:
    fal.inject(f"models-{fault}")
    assert listed(desk)
    assert len(desk.events) == 1


@pytest.mark.parametrize("answer", [reply(500), b"", reply(200, b"<html>"), reply(200, b"[]"), reply(404, b"<html>")])
def test_a_catalog_that_cannot_be_had_is_not_waited_for(answer: bytes, server: Server, open_desk: OpenDesk) -> None:
    server.answer(page("a/b", cursor="2"), answer)
    desk = open_desk(server.url)
    with pytest.raises(Unreachable):
        listed(desk)
    assert len(desk.slept) <= 1


def test_a_page_size_that_is_refused_is_left_to_fal(server: Server, open_desk: OpenDesk) -> None:
    refusal = reply(400, b'{"error": {"type": "validation_error", "message": "limit"}}')
    server.answer(refusal, page("a/b", cursor="2"), page("c/d"))
    assert listed(open_desk(server.url)) == ["a/b", "c/d"]
    queries = [asked.line.split()[1] for asked in server.asked]
    assert queries == ["/v1/models?limit=1000", "/v1/models?", "/v1/models?cursor=2"]


def test_a_refusal_that_stays_is_told(server: Server, open_desk: OpenDesk) -> None:
    server.answer(reply(400, b'{"error": {"type": "validation_error", "message": "no such thing"}}'))
    with pytest.raises(Unreachable, match="HTTP 400: no such thing"):
        listed(open_desk(server.url))
    assert len(server.asked) == 2


def test_a_cursor_that_goes_in_circles_ends_the_list(fal: Sandbox, desk: Desk) -> None:
    fal.inject("models-loop")
    assert listed(desk)
    assert len(fal.requests) < 5


def test_a_list_without_end_is_not_taken_for_a_whole_one(server: Server, open_desk: OpenDesk) -> None:
    replies = [page(f"a/{number}", cursor=f"c{number}") for number in range(MAX_PAGES + 5)]
    server.answer(*replies)
    with pytest.raises(Unreachable, match="goes on"):
        listed(open_desk(server.url))
    assert len(server.asked) == MAX_PAGES


@pytest.mark.parametrize(
    "last", [page("c/d", cursor="x", has_more=False), page("c/d", cursor=""), page("c/d", cursor=7), page("c/d", "a/b")]
)
def test_the_list_ends_where_fal_says_so(last: bytes, server: Server, open_desk: OpenDesk) -> None:
    server.answer(page("a/b", cursor="odd &=?"), last)
    assert listed(open_desk(server.url)) == ["a/b", "c/d"]
    assert server.asked[1].line.endswith("cursor=odd+%26%3D%3F HTTP/1.1")


def test_a_good_key_is_told_from_a_bad_one(fal: Sandbox, open_desk: OpenDesk) -> None:
    good, bad = open_desk(fal.url), open_desk(fal.url, key="bad:key")
    good.do(check_key(good.http, good.deadline()))
    with pytest.raises(KeyProblem) as caught:
        bad.do(check_key(bad.http, bad.deadline()))
    assert caught.value.code == "key_refused"
    assert not fal.submissions


@pytest.mark.parametrize(
    "answer",
    [
        reply(404, b"<html>not here</html>"),
        reply(302),
        reply(500),
        b"",
        reply(200, b"<html>log in</html>"),
        reply(400, b"{}"),
    ],
)
def test_a_key_that_fal_did_not_judge_is_not_called_good(answer: bytes, server: Server, open_desk: OpenDesk) -> None:
    server.answer(answer)
    desk = open_desk(server.url)
    with pytest.raises(Unreachable) as caught:
        desk.do(check_key(desk.http, desk.deadline()))
    assert KEY not in caught.value.reason


def test_a_document_is_fetched_without_a_key(fal: Sandbox, desk: Desk) -> None:
    document = desk.do(fetch_openapi(desk.http, "fal-ai/flux/dev", desk.deadline()))
    assert "/fal-ai/flux/dev" in document["paths"]
    assert [seen.scheme for seen in fal.requests] == [""]


def test_an_endpoint_that_is_not_there_has_no_document(fal: Sandbox, desk: Desk) -> None:
    assert desk.do(fetch_openapi(desk.http, "fal-ai/not/there", desk.deadline())) is None
    assert len(fal.requests) == 1


@pytest.mark.parametrize("answer", [reply(500), b"", reply(200, b"<html>"), reply(200, b"[]"), reply(302), reply(403)])
def test_a_document_that_cannot_be_had_is_not_taken_for_a_missing_endpoint(
    answer: bytes, server: Server, open_desk: OpenDesk
) -> None:
    server.answer(answer)
    desk = open_desk(server.url)
    with pytest.raises(Unreachable):
        desk.do(fetch_openapi(desk.http, "a/b", desk.deadline()))
    assert len(desk.slept) <= 1


def test_a_document_is_waited_for_as_long_as_fal_asks(server: Server, open_desk: OpenDesk) -> None:
    server.answer(reply(429, b"{}", headers={"retry-after": "60"}), reply(200, b'{"paths": {}}'))
    desk = open_desk(server.url)
    assert desk.do(fetch_openapi(desk.http, "a/b", desk.deadline(300), tries=None)) == {"paths": {}}
    assert desk.slept == [60]
