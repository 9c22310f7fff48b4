"""Which schema counts, with a scripted server in place of fal."""

from __future__ import annotations

import io
import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from openclaw_fal.actions.planning import plan_for
from openclaw_fal.actions.schemas import WEEK_S, Lookup, cached_document, live_schema, schema_of
from openclaw_fal.core.requests import Parameter, Request
from openclaw_fal.models import facts
from openclaw_fal.models.validation import InvalidInputs
from openclaw_fal.runtime import Runtime
from tests.conftest import KEY, Server
from tests.models.fal_documents import paths

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openclaw_fal.sandbox import Sandbox
    from tests.conftest import Runner

KNOWN, NEW = "fal-ai/flux/dev", "fal-ai/brand-new/text-to-image"
NOW = 1_800_000_000.0


@pytest.fixture
def server(server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    monkeypatch.setenv("OPENCLAW_FAL_BASE_URL", server.url)
    return server


RUNS: list[Runtime] = []


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    while RUNS:
        RUNS.pop().close()


def runtime(now: float = NOW) -> Runtime:
    """Return what one run of the program works with."""
    run = Runtime(stdin=io.StringIO(), stdout=io.StringIO(), stderr=io.StringIO(), now=lambda: now)
    RUNS.append(run)
    return run


def document(endpoint: str, **properties: Any) -> Any:
    schema = {"type": "object", "properties": properties, "required": ["prompt"]}
    written = {
        "info": {"x-fal-metadata": {"endpointId": endpoint, "category": "text-to-image"}},
        "components": {"schemas": {"AnyInput": schema, "Output": {"properties": {"images": {}}}}},
        "paths": paths(endpoint, "AnyInput"),
    }
    return (200, json.dumps(written).encode())


PROMPT, NEW_COUNT = {"type": "string"}, {"type": "integer", "maximum": 16}


def test_what_the_facts_know_is_not_asked_for(server: Server) -> None:
    known = facts.find_schema(KNOWN)
    assert known
    assert schema_of(runtime(), KNOWN) == Lookup(known)
    assert not server.requests


def test_an_endpoint_that_the_facts_lack_is_asked_for_once_and_kept(server: Server) -> None:
    server.answer(document(NEW, prompt=PROMPT))
    first = runtime()
    found = schema_of(first, NEW)
    assert found == schema_of(first, NEW) == schema_of(runtime(NOW + WEEK_S - 1), NEW)
    assert found.schema.read_at == NOW
    assert (found.schema.category, found.schema.kind, list(found.schema.inputs or {})) == (
        "text-to-image",
        "image",
        ["prompt"],
    )
    assert [asked.line for asked in server.requests] == [
        "GET /api/openapi/queue/openapi.json?endpoint_id=fal-ai%2Fbrand-new%2Ftext-to-image HTTP/1.1"
    ]
    assert cached_document(runtime(), NEW)["paths"]


def test_no_key_is_sent(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAL_KEY", "some:key")
    server.answer(document(NEW, prompt=PROMPT))
    schema_of(runtime(), NEW)
    assert "authorization" not in server.requests[0].headers


def test_a_fresh_document_counts_more_than_the_facts(server: Server) -> None:
    server.answer(document(KNOWN, prompt=PROMPT, new_input=PROMPT))
    live_schema(runtime(), KNOWN, timeout_s=5)
    schema = schema_of(runtime(NOW + 60), KNOWN).schema
    assert list(schema.inputs or {}) == ["prompt", "new_input"]
    assert schema.title == "FLUX.1 [dev]"


def test_after_a_week_the_facts_count_again(server: Server) -> None:
    server.answer(document(KNOWN, prompt=PROMPT))
    live_schema(runtime(), KNOWN, timeout_s=5)
    for moment in (NOW + WEEK_S + 1, NOW - 60):
        assert schema_of(runtime(moment), KNOWN).schema.read_at is None
    assert len(server.requests) == 1


def test_an_old_document_is_better_than_none_when_fal_does_not_answer(server: Server) -> None:
    server.answer(document(NEW, prompt=PROMPT))
    schema_of(runtime(), NEW)
    server.answer(500)
    found = schema_of(runtime(NOW + 2 * WEEK_S), NEW)
    assert list(found.schema.inputs or {}) == ["prompt"]


@pytest.mark.parametrize("answer", [(404, b'{"detail": "Not found"}'), (404, b"<html>not here</html>")])
def test_an_endpoint_that_fal_does_not_have_is_missing(answer: Any, server: Server) -> None:
    server.answer(answer)
    found = schema_of(runtime(), NEW)
    assert found.is_missing
    assert found.schema.inputs is None


@pytest.mark.parametrize("answer", [500, 429, b"", (200, b"<html>log in</html>"), (200, b"[]"), 302])
def test_when_fal_does_not_answer_nothing_is_known(answer: Any, server: Server) -> None:
    server.answer(answer)
    one_run = runtime()
    found = schema_of(one_run, NEW)
    assert not found.is_missing
    assert found.schema.inputs is None
    asked = len(server.requests)
    schema_of(one_run, NEW)
    assert len(server.requests) == asked
    assert cached_document(runtime(), NEW) is None


def test_a_document_without_a_schema_does_not_replace_the_facts(server: Server) -> None:
    server.answer((200, b'{"error": {"code": "expansion_failed"}}'))
    live_schema(runtime(), KNOWN, timeout_s=5)
    assert schema_of(runtime(), KNOWN).schema == facts.find_schema(KNOWN)


def test_documents_of_a_private_sandbox_are_not_kept(fal: Sandbox) -> None:
    private = Runtime(stdin=io.StringIO(), stdout=io.StringIO(), stderr=io.StringIO())
    private.in_sandbox = True
    private.open_sandbox = lambda _folder: fal
    found = live_schema(private, KNOWN, timeout_s=5)
    assert found
    assert [name for name, field in (found.schema.inputs or {}).items() if field.is_required] == ["prompt"]
    private.fal.close()
    assert cached_document(runtime(), KNOWN) is None


# --- a refusal is confirmed ---------------------------------------------------------------------


def judged(body: dict[str, Any], run: Runtime | None = None, endpoint: str = KNOWN) -> list[str]:
    """Plan a request with these inputs and return those that are refused."""
    given = tuple(Parameter(name, value, "json") for name, value in body.items())
    try:
        plan_for(run or runtime(), Request(capability="run", parameters=given), endpoint)
    except InvalidInputs as error:
        return [problem.path for problem in error.problems]
    return []


def test_a_body_that_passes_is_not_confirmed(server: Server) -> None:
    assert judged({"prompt": "a"}) == []
    assert not server.requests


def test_a_fresh_document_lifts_a_refusal_by_the_facts(server: Server) -> None:
    server.answer(document(KNOWN, prompt=PROMPT, num_images=NEW_COUNT))
    assert judged({"prompt": "a", "num_images": 9}) == []
    assert judged({"prompt": "a", "num_images": 99}) == ["num_images"]
    assert len(server.requests) == 1


def test_a_refusal_that_the_document_confirms_stands(server: Server) -> None:
    server.answer(document(KNOWN, prompt=PROMPT, num_images=NEW_COUNT))
    assert judged({"num_images": 99}) == ["prompt", "num_images"]
    assert schema_of(runtime(), KNOWN).schema.read_at == NOW


@pytest.mark.parametrize("answer", [500, 404, b"", (200, b'{"error": {}}')])
def test_a_refusal_stands_where_fal_knows_no_better(answer: Any, server: Server) -> None:
    server.answer(answer)
    assert judged({"prompt": "a", "promt": "b"}) == ["promt"]


def test_fal_gets_two_seconds_to_answer(server: Server) -> None:
    server.answer(Server.silent)
    began = time.monotonic()
    assert judged({"prompt": "a", "promt": "b"}) == ["promt"]
    assert time.monotonic() - began < 10


def test_a_schema_that_is_fresh_needs_no_confirmation(server: Server) -> None:
    server.answer(document(NEW, prompt=PROMPT))
    assert judged({"promt": "b"}, endpoint=NEW) == ["prompt", "promt"]
    assert len(server.requests) == 1


def test_the_address_is_that_of_fals_site(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENCLAW_FAL_BASE_URL", raising=False)
    origins = runtime().fal.origins
    assert origins.site == "https://fal.ai"
    assert not origins.may_see_key("https://fal.ai/api/openapi/queue/openapi.json")


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("image generate x --max-cost 1", 11),
        ("run some/new/model --prompt x", 7),
        ("tasks wait REQUEST --model a/b", 7),
        ("tasks adopt REQUEST --model a/b", 7),
    ],
)
def test_the_time_limit_ends_what_is_asked_before_a_job_as_well(
    run: Runner, server: Server, line: str, code: int
) -> None:
    server.answer(Server.silent)
    began = time.monotonic()
    ended = run(*line.split(), "--timeout-ms", "300", env={"FAL_KEY": KEY})
    assert (ended.code, time.monotonic() - began < 0.3 + 10) == (code, True), ended.err
