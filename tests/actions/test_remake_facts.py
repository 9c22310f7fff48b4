"""The facts, remade from the sandbox's API."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from openclaw_fal.actions.remake_facts import PAUSE_S
from openclaw_fal.models import facts
from openclaw_fal.models.schema import Input, Schema
from tests import conftest
from tests.models.fal_documents import Document

if TYPE_CHECKING:
    from pathlib import Path

    from openclaw_fal.sandbox import Sandbox
    from tests.conftest import Runner, Server

ONLY = "fal-ai/flux-pro/v1"
GONE = Schema("aaa/gone", "Gone", "text-to-image", {"prompt": Input(("string",))})


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Ship facts that are out of date: wrong about the endpoints in question, and with one that fal does not have."""
    written = {"aaa/gone": facts.write_line(GONE)}
    for schema in facts.all_schemas():
        is_wrong = ONLY in schema.endpoint
        written[schema.endpoint] = facts.write_line(schema._replace(inputs={}) if is_wrong else schema)
    old = tmp_path / "old.tsv"
    old.write_text("\n".join(["# old", *(written[endpoint] for endpoint in sorted(written)), ""]))
    monkeypatch.setattr(facts, "FACTS_FILE", old)
    return written


def lines_of(file: Path) -> dict[str, str]:
    return {line.partition("\t")[0]: line for line in file.read_text().splitlines()[1:]}


def documents(fal: Sandbox) -> list[str]:
    return [seen.path for seen in fal.requests if seen.path.endswith("openapi.json")]


def required(schema: Schema) -> set[str]:
    return {name for name, field in (schema.inputs or {}).items() if field.is_required}


def test_the_facts_are_made_from_fals_documents(
    run: Runner, fal: Sandbox, tmp_path: Path, shipped: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "new.tsv"
    ended = run("models", "remake-facts", "--output", str(output), "--only", ONLY)
    assert ended.code == 0, ended.err
    assert str(output) in ended.out
    assert "1 of " in ended.err
    made = lines_of(output)
    assert list(made) == sorted(made)
    assert made["aaa/gone"] == facts.write_line(GONE._replace(is_gone=True))
    monkeypatch.undo()
    asked = [schema for schema in facts.all_schemas() if ONLY in schema.endpoint]
    assert asked
    monkeypatch.setattr(facts, "FACTS_FILE", output)
    for expected in asked:
        found = facts.find_schema(expected.endpoint)
        assert found
        assert (found.title, found.category) == (expected.title.strip(), expected.category)
        assert required(found) == required(expected)
        assert set(found.inputs or {}) == set(expected.inputs or {})
    others = set(shipped) - {schema.endpoint for schema in asked} - {"aaa/gone"}
    assert {made[endpoint] for endpoint in others} == {shipped[endpoint] for endpoint in others}


def test_a_run_that_was_cut_short_is_continued(
    run: Runner, fal: Sandbox, tmp_path: Path, shipped: dict[str, str]
) -> None:
    output, part = tmp_path / "new.tsv", tmp_path / "new.tsv.part"
    endpoints = sorted(endpoint for endpoint in shipped if ONLY in endpoint)
    finished = facts.write_line(Schema(endpoints[0], "From the earlier run", "x", {}))
    part.write_text(f"{finished}\n{endpoints[1]}\tcut sho")
    command = ("models", "remake-facts", "--output", str(output), "--only", ONLY)
    assert run(*command).code == 0
    assert len(documents(fal)) == len(endpoints) - 1
    assert lines_of(output)[endpoints[0]] == finished
    assert not part.exists()


def test_what_is_finished_is_kept_when_fal_stops_answering(
    run: Runner, fal: Sandbox, tmp_path: Path, shipped: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    output, part = tmp_path / "new.tsv", tmp_path / "new.tsv.part"
    monkeypatch.setenv("OPENCLAW_FAL_BASE_URL", "http://127.0.0.1:9")
    part.write_text("a/b\tc\td\t{}\n")
    ended = run("models", "remake-facts", "--output", str(output), "--only", ONLY)
    assert ended.code == 1
    assert "can't be fetched" in ended.err
    assert part.read_text() == "a/b\tc\td\t{}\n"
    assert not output.exists()


def test_the_header_is_that_of_the_shipped_file() -> None:
    first = facts.FACTS_FILE.read_text("utf-8").splitlines()[0]
    assert first == facts.HEADER.format(day="2026-08-05")


def test_fal_gets_the_pauses_that_it_asks_for_and_one_between_two_documents(
    run: Runner, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(conftest, "quick_sleep", pauses.append)
    monkeypatch.setenv("OPENCLAW_FAL_BASE_URL", server.url)
    names = ["acme/one", "acme/two"]
    models = [{"endpoint_id": name, "metadata": {"display_name": name, "category": "llm"}} for name in names]
    documents = [Document(name, "llm", {"i": {"prompt": {"t": "str", "r": 1}}}).json for name in names]
    first, second = ((200, json.dumps(document).encode()) for document in documents)
    listed = (200, json.dumps({"models": models, "has_more": False}).encode())
    server.answer(listed, first, (429, b"", {"retry-after": "7"}), second)
    ended = run("models", "remake-facts", "--output", str(tmp_path / "new.tsv"), "--only", "acme/")
    assert ended.code == 0, ended.err
    assert [request.line.split()[1].partition("?")[0] for request in server.requests] == [
        "/v1/models",
        *["/api/openapi/queue/openapi.json"] * 3,
    ]
    assert pauses == [PAUSE_S, pytest.approx(7, abs=1), PAUSE_S]
    assert lines_of(tmp_path / "new.tsv")["acme/two"] == 'acme/two\tllm\tacme/two\t{"i":{"prompt":{"r":1,"t":"str"}}}'
