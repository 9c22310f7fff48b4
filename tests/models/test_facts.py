from __future__ import annotations

import itertools
import zlib

import pytest

from openclaw_fal.models import facts
from openclaw_fal.models.schema import Input, Output, Schema

IDS = [endpoint for endpoint, *_ in facts.list_endpoints()]


def test_the_lines_are_sorted_by_id_which_finding_one_relies_on() -> None:
    assert all(one.encode() < other.encode() for one, other in itertools.pairwise(IDS))


def test_every_endpoint_is_found() -> None:
    assert [schema.endpoint for endpoint in IDS if (schema := facts.find_schema(endpoint))] == IDS


@pytest.mark.parametrize("endpoint", ["", "#", "A", "zzz", "fal-ai/flux", "fal-ai/flux/dev/", "fal-ai/flux/deva"])
def test_an_endpoint_that_is_not_there_is_not_found(endpoint: str) -> None:
    assert facts.find_schema(endpoint) is None


def test_an_endpoint_has_its_inputs_and_outputs() -> None:
    schema = facts.find_schema("fal-ai/flux/dev")
    assert schema is not None
    assert schema.title == "FLUX.1 [dev]"
    assert schema.kind == "image"
    assert [name for name, field in (schema.inputs or {}).items() if field.is_required] == ["prompt"]
    assert schema.outputs == {"images": Output(is_list=True)}
    inputs = schema.inputs or {}
    assert inputs["num_images"].types == ("integer",)
    assert (inputs["num_images"].minimum, inputs["num_images"].maximum, inputs["num_images"].default) == (1, 4, 1)
    assert inputs["image_size"].types == ("object", "string")
    assert set(inputs["image_size"].properties or {}) == {"width", "height"}
    assert inputs["seed"].is_nullable
    assert not inputs["seed"].has_default


def test_an_endpoint_whose_inputs_nobody_has_published_takes_any_body() -> None:
    schema = facts.find_schema("blackforestlabs/flux-3/image-to-video")
    assert schema is not None
    assert schema.inputs is None


def test_every_line_is_written_as_it_was_read() -> None:
    lines = [line for line in facts.FACTS_FILE.read_text("utf-8").splitlines() if not line.startswith("#")]
    assert [facts.write_line(schema) for schema in facts.all_schemas()] == lines


def test_a_line_holds_no_line_break_and_no_further_tab() -> None:
    odd = Schema("a/b", "two\nlines\tand a tab", "x", {"n": Input(("string",), default="a\u2028b\n\x85", is_open=True)})
    line = facts.write_line(odd._replace(takes_others=True, is_gone=True))
    assert line.splitlines() == [line]
    assert (
        line
        == 'a/b\tx\ttwo lines and a tab\t{"i":{"n":{"d":"a\\u2028b\\n\\u0085","open":1,"t":"str"}},"gone":1,"other":1}'
    )


def test_entries_of_a_prefix_are_those_of_the_whole_list() -> None:
    everything = list(facts.list_endpoints())
    for prefix in ("", "C", "fal-ai", "fal-ai/flux", "fal-ai/kokoro/", "xai/tts/v1", "0", "zzz", everything[0][0]):
        assert list(facts.list_endpoints(prefix)) == [entry for entry in everything if entry[0].startswith(prefix)]


def test_the_facts_take_little_room_in_the_wheel() -> None:
    assert len(zlib.compress(facts.FACTS_FILE.read_bytes(), 6)) < 95_000
