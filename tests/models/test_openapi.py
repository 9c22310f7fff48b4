from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openclaw_fal.models import facts
from openclaw_fal.models.json_schema import MAX_DESCRIPTION
from openclaw_fal.models.openapi import read_document
from openclaw_fal.models.schema import Input, Output, medium_of_name
from openclaw_fal.sandbox import openapi as sandbox_openapi
from tests.models.fal_documents import Document, all_facts, content, paths

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openclaw_fal.models.schema import Schema

ENDPOINT = "fal-ai/some/model"
# The facts go by names alone, so these have a medium there: two switches and one file object.
NO_URLS = {
    "bytedance/seedream/v5/lite/text-to-image",
    "fal-ai/bytedance/seedream/v5/lite/text-to-image",
    "cassetteai/video-sound-effects-generator",
}


def document(
    properties: dict[str, Any] | None = None, *, output: dict[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    """Write a document. ``more`` are further components, or keywords of the input in lower case."""
    components = {name: part for name, part in more.items() if name[0].isupper()}
    keywords = {name: part for name, part in more.items() if not name[0].isupper()}
    schema = {"type": "object", "properties": properties or {}} | keywords
    outputs = {"type": "object", "properties": output or {}}
    return {
        "info": {"x-fal-metadata": {"category": "text-to-image"}},
        "paths": paths(ENDPOINT, "SomeModelInput"),
        "components": {"schemas": {"SomeModelInput": schema, "Output": outputs, "QueueStatus": {}, **components}},
    }


def read(properties: dict[str, Any], **more: Any) -> Mapping[str, Input]:
    inputs = read_document(ENDPOINT, document(properties, **more)).inputs
    assert inputs is not None
    return inputs


def field(node: Any, **more: Any) -> Input:
    return read({"x": node}, **more)["x"]


def ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def test_every_endpoint_of_the_facts_is_read_from_its_document() -> None:
    differing = []
    for endpoint, (category, known) in all_facts().items():
        schema = read_document(endpoint, json.loads(json.dumps(Document(endpoint, category, known).json)))
        expected = facts.find_schema(endpoint)
        assert expected
        assert schema == expected._replace(title="", is_gone=False, inputs=schema.inputs), endpoint
        if schema.inputs != expected.inputs:
            differing.append(endpoint)
    assert set(differing) == NO_URLS


def test_the_names_of_inputs_show_their_medium_as_the_facts_have_it() -> None:
    """1,592 of 1,592 names agree, those of nested inputs included."""
    named = [
        (name, member.get("m"))
        for _category, known in all_facts().values()
        for name, member in members(known.get("i", {}))
        if member.get("m") or medium_of_name(name)
    ]
    assert len(named) == 1592
    assert [name for name, medium in named if medium_of_name(name) != medium] == []


def members(inputs: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    found = []
    for name, member in inputs.items():
        elements = member.get("of", {})
        nested = {**member.get("p", {}), **(elements.get("p", {}) if isinstance(elements, dict) else {})}
        found += [(name, member), *members(nested)]
    return found


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        ({"type": "string"}, Input(("string",))),
        ({}, Input()),
        ({"type": "integer", "exclusiveMinimum": 0}, Input(("integer",), above=0)),
        ({"type": "integer", "minimum": 0, "exclusiveMinimum": True}, Input(("integer",), above=0)),
        ({"type": "number", "maximum": 5, "exclusiveMaximum": False}, Input(("number",), maximum=5)),
        ({"type": "integer", "multipleOf": 8}, Input(("integer",), step=8)),
        ({"const": "wav"}, Input(("string",), enum=("wav",))),
        ({"type": "string", "const": "wav", "default": "wav"}, Input(("string",), default="wav", enum=("wav",))),
        ({"type": "string", "nullable": True}, Input(("string",), is_nullable=True)),
        ({"type": ["string", "null"]}, Input(("string",), is_nullable=True)),
        ({"type": "string", "enum": ["a", None]}, Input(("string",), enum=("a",), is_nullable=True)),
        ({"enum": ["a", 1]}, Input(("string", "integer"), enum=("a", 1))),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, Input(("integer",), is_nullable=True)),
        (
            {"anyOf": [{"type": "string", "enum": ["a"]}, {"type": "string"}]},
            Input(("string",), enum=("a",), is_open=True),
        ),
        (
            {"anyOf": [{"type": "string", "enum": ["auto"]}, {"type": "integer", "minimum": 1}]},
            Input(("string", "integer"), enum=("auto",), minimum=1),
        ),
        (
            {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "number", "minimum": 0.5, "maximum": 2}]},
            Input(("integer", "number"), minimum=0.5),
        ),
        (
            {"anyOf": [{"enum": ["a", "b"], "type": "string"}, {"type": "null"}], "default": "b"},
            Input(("string",), enum=("a", "b"), is_nullable=True, default="b"),
        ),
        (
            {"anyOf": [{"type": "string"}, {"type": "null"}], "enum": ["a", "b", None]},
            Input(("string",), enum=("a", "b"), is_nullable=True),
        ),
        ({"anyOf": [{"type": "string"}, {}]}, Input()),
        ({"anyOf": [{"const": None}, {"type": "boolean"}]}, Input(("boolean",), is_nullable=True)),
        (
            {"anyOf": [{"anyOf": [{"type": "integer"}, {"type": "null"}]}, {"type": "string"}]},
            Input(("integer", "string"), is_nullable=True),
        ),
        ({"oneOf": [{"type": "boolean"}, {"type": "null"}]}, Input(("boolean",), is_nullable=True)),
        ({"type": "string", "minLength": 1, "maxLength": 9}, Input(("string",), min_length=1, max_length=9)),
        ({"type": "boolean", "deprecated": True}, Input(("boolean",), is_deprecated=True)),
        ({"type": "string", "description": "What."}, Input(("string",), description="What.")),
        ({"type": "string", "title": "Only a title"}, Input(("string",), description="Only a title")),
        (
            {"type": "array", "items": {"type": "integer"}, "minItems": 1, "maxItems": 3},
            Input(("array",), items=Input(("integer",)), min_items=1, max_items=3),
        ),
        ({"type": "number", "minimum": "one", "maximum": float("nan"), "minLength": -1}, Input(("number",))),
        ({"type": 5, "enum": "no list", "anyOf": {}, "items": [], "properties": 3}, Input()),
        ("not a node", Input()),
    ],
)
def test_an_input_is_read(node: Any, expected: Input) -> None:
    assert field(node) == expected


def test_a_size_is_a_preset_or_an_object() -> None:
    edge = {"type": "integer", "maximum": 14142, "exclusiveMinimum": 0, "default": 512}
    size = {"type": "object", "properties": {"width": edge, "height": edge}}
    presets = {"type": "string", "enum": ["square", "landscape_4_3"]}
    found = field({"anyOf": [ref("ImageSize"), presets, {"type": "null"}], "default": "square"}, ImageSize=size)
    assert found.types == ("object", "string")
    assert found.enum == ("square", "landscape_4_3")
    assert found.properties == dict.fromkeys(
        ("width", "height"), Input(("integer",), default=512, maximum=14142, above=0)
    )
    assert (found.is_nullable, found.default) == (True, "square")


@pytest.mark.parametrize("node", [ref("Part"), {"allOf": [ref("Part")]}, {"anyOf": [ref("Part"), {"type": "null"}]}])
def test_a_reference_is_followed_and_keeps_what_stands_beside_it(node: dict[str, Any]) -> None:
    part = {"type": "string", "enum": ["a", "b"], "title": "Part", "description": "Its own."}
    found = field(node | {"description": "Beside it.", "default": "a"}, Part=part)
    assert found.enum == ("a", "b")
    assert (found.default, found.description) == ("a", "Beside it.")


@pytest.mark.parametrize(
    "node", [ref("Gone"), {"$ref": "other.json#/Part"}, {"$ref": 7}, {"anyOf": [ref("Gone"), {"type": "null"}]}]
)
def test_an_input_whose_reference_leads_nowhere_takes_anything(node: dict[str, Any]) -> None:
    found = read({"x": node, "y": {"type": "string"}}, required=["x"])
    assert found["x"]._replace(is_nullable=False) == Input(is_required=True)
    assert found["y"].types == ("string",)


def test_a_document_whose_input_reference_leads_nowhere_does_not_describe_the_inputs() -> None:
    broken = document(
        {"x": {}}, output={"images": {"type": "array", "items": ref("Image")}}, Image={"properties": {"url": {}}}
    )
    del broken["components"]["schemas"]["SomeModelInput"]
    schema = read_document(ENDPOINT, broken)
    assert schema.inputs is None
    assert schema.outputs == {"images": Output(is_list=True)}


def test_references_that_go_in_circles_end() -> None:
    node = {"type": "object", "properties": {"name": {"type": "string"}, "inner": ref("Node")}}
    found = field(ref("Node"), Node=node)
    assert found.properties is not None
    assert found.properties["name"].types == ("string",)
    assert found.properties["inner"] == Input()
    assert field(ref("A"), A=ref("B"), B=ref("A")) == Input()


def test_references_that_unfold_without_measure_end() -> None:
    parts = {f"P{n}": {"properties": {"a": ref(f"P{n + 1}"), "b": ref(f"P{n + 1}")}} for n in range(20)}
    assert field(ref("P0"), **parts).properties


def test_inputs_come_in_the_order_that_fal_gives() -> None:
    properties = {name: {"type": "string"} for name in ("seed", "prompt", "image_url", "new")}
    order = {"x-fal-order-properties": ["prompt", "gone", "image_url", 3, "seed"]}
    assert list(read(properties, required=["image_url"], **order)) == ["prompt", "image_url", "seed", "new"]


def test_without_an_order_the_required_inputs_come_first() -> None:
    properties = {name: {"type": "string"} for name in ("seed", "prompt", "image_url", "new")}
    assert list(read(properties, required=["image_url", "prompt"])) == ["image_url", "prompt", "seed", "new"]


def test_an_input_that_is_required_without_a_description_takes_anything() -> None:
    assert read({}, required=["prompt"]) == {"prompt": Input(is_required=True)}


def test_the_submission_is_found_by_the_endpoint_and_not_by_its_place() -> None:
    two = document({"x": {"type": "string"}})
    two["paths"] = paths("fal-ai/other", "OtherInput") | two["paths"]
    assert list(read_document(ENDPOINT, two).inputs or {}) == ["x"]


def test_a_document_of_a_model_with_another_address_has_one_submission() -> None:
    assert list(read_document("fal-ai/alias", document({"x": {}})).inputs or {}) == ["x"]


def test_a_document_with_several_strange_submissions_does_not_describe_the_endpoint() -> None:
    two = document({"x": {}})
    two["paths"] |= paths("fal-ai/other", "SomeModelInput")
    assert read_document("fal-ai/alias", two).inputs is None


def test_an_endpoint_without_inputs_takes_none() -> None:
    assert read_document(ENDPOINT, document({})).inputs == {}


@pytest.mark.parametrize(
    "broken",
    [
        None,
        [],
        "text",
        {},
        {"error": {"code": "expansion_failed", "message": "There is no schema."}},
        {"paths": []},
        {"paths": {f"/{ENDPOINT}": None}},
        {"paths": {f"/{ENDPOINT}": {"post": {}}}},
        {"paths": {f"/{ENDPOINT}": {"post": {"requestBody": {"content": {"application/json": {"schema": []}}}}}}},
        {"paths": {f"/{ENDPOINT}": {"post": {"requestBody": {"content": {"text/plain": 3}}}}}},
        {"paths": {f"/{ENDPOINT}": {"post": {"requestBody": content("Gone")}}}},
        {"paths": {f"/{ENDPOINT}": {"post": {"requestBody": {"$ref": "#/paths"}}}}, "info": {"x-fal-metadata": 1}},
    ],
)
def test_a_document_without_a_schema_leaves_the_inputs_unknown(broken: Any) -> None:
    schema = read_document(ENDPOINT, broken, 7.0)
    assert schema.inputs is None
    assert (schema.endpoint, schema.read_at) == (ENDPOINT, 7.0)


def test_a_model_that_takes_more_than_it_names_is_marked() -> None:
    assert read_document(ENDPOINT, document({"x": {}}, additionalProperties=True)).takes_others
    assert not read_document(ENDPOINT, document({"x": {}}, additionalProperties=False)).takes_others
    assert not read_document(ENDPOINT, document({"x": {}})).takes_others


@pytest.mark.parametrize(
    ("name", "node", "medium"),
    [
        ("image_url", {"type": "string"}, "image"),
        ("image_url", {"anyOf": [{"type": "string"}, {"type": "null"}]}, "image"),
        ("photo", {"type": "string", "ui": {"field": "image"}}, "image"),
        ("photo", {"type": "string", "_fal_ui_field": "image"}, "image"),
        ("photo", {"anyOf": [{"type": "string", "_fal_ui_field": "image"}, {"type": "null"}]}, "image"),
        ("clips", {"type": "array", "items": {"type": "string", "ui": {"field": "video"}}}, "video"),
        ("image_url", {"type": "string", "ui": {"field": "file"}}, "image"),
        ("document", {"type": "string", "ui": {"field": "file"}}, "file"),
        ("mask_video_url", {"type": "string"}, "video"),
        ("reference_image_urls", {"type": "array", "items": {"type": "string"}}, "image"),
        ("training_data_url", {"type": "string"}, "file"),
        ("mesh_url", {"type": "string"}, "3d"),
        ("voice_url", {"type": "string"}, "audio"),
        ("image_url", {}, "image"),
        ("prompt", {"type": "string", "ui": {"field": "textarea"}}, None),
        ("return_urls", {"type": "boolean"}, None),
        ("audio_url", {"type": "object", "properties": {"url": {"type": "string"}}}, None),
        ("image_url", {"type": "string", "enum": ["on", "off"]}, None),
        ("image", {"type": "object", "ui": {"field": "image"}}, None),
    ],
)
def test_an_input_says_which_medium_its_url_leads_to(name: str, node: dict[str, Any], medium: str | None) -> None:
    found = read({name: node})[name]
    assert found.medium == medium
    if found.items:
        assert found.items.medium == medium


def test_media_outputs_are_recognized_by_their_shape_and_by_their_name() -> None:
    file = {"type": "object", "properties": {"url": {"type": "string"}, "content_type": {"type": "string"}}}
    output = {
        "images": {"type": "array", "items": ref("Image")},
        "video": {"allOf": [ref("Image")]},
        "thumbnail": {"anyOf": [ref("Image"), {"type": "null"}]},
        "audio_url": {"type": "string"},
        "frame_urls": {"type": "array", "items": {"type": "string"}},
        "model_mesh": {},
        "seed": {"type": "integer"},
        "text": {"type": "string"},
        "timings": {"type": "object"},
    }
    assert read_document(ENDPOINT, document({}, output=output, Image=file)).outputs == {
        "images": Output(is_list=True),
        "video": Output(),
        "thumbnail": Output(),
        "audio_url": Output(is_url=True),
        "frame_urls": Output(is_list=True, is_url=True),
        "model_mesh": Output(),
    }


def test_the_category_is_read_and_long_texts_are_cut() -> None:
    found = document({"x": {"description": "word " * 1000}})
    schema = read_document(ENDPOINT, found, 1.5)
    assert (schema.category, schema.kind, schema.read_at) == ("text-to-image", "image", 1.5)
    assert len((schema.inputs or {})["x"].description) == MAX_DESCRIPTION


WORDS = (
    *("type", "properties", "required", "anyOf", "allOf", "oneOf", "enum", "const", "items", "$ref", "minimum", "x"),
    *("exclusiveMinimum", "ui", "default", "additionalProperties", "x-fal-order-properties", "description"),
    *("nullable", "maxItems", "multipleOf"),
)
VALUES = st.sampled_from(["string", "object", "array", "null", "#/components/schemas/SomeModelInput", "#/"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner | VALUES, max_size=4),
    max_leaves=15,
)


@given(JSON, JSON)
def test_a_garbled_document_never_raises(node: Any, whole: Any) -> None:
    broken = document({"x": node})
    broken["components"]["schemas"]["Output"] = whole
    schema = read_document(ENDPOINT, broken)
    assert schema.inputs is not None
    for place in ("paths", "components", "info"):
        read_document(ENDPOINT, copy.copy(broken) | {place: whole})
    broken["components"]["schemas"]["SomeModelInput"] = whole
    assert_written(read_document(ENDPOINT, broken))


def assert_written(schema: Schema) -> None:
    """Whatever was read can be kept as a line of facts."""
    assert "\n" not in facts.write_line(schema)


def test_the_documents_of_the_sandbox_are_read_as_the_facts_have_it() -> None:
    """Written by other hands from the same facts, with oddities that fal's documents have."""
    differing = []
    for expected in facts.all_schemas():
        read_back = read_document(expected.endpoint, sandbox_openapi.document(expected.endpoint))
        if (read_back.category, plain(read_back.inputs)) != (expected.category, plain(expected.inputs)):
            differing.append(expected.endpoint)
    assert set(differing) <= NO_URLS


def plain(inputs: Mapping[str, Input] | None) -> Any:
    """Return inputs without descriptions, their types in one order; elements that may be anything are left out."""
    return None if inputs is None else {name: bare(member) for name, member in inputs.items()}


def bare(member: Input) -> Input:
    return member._replace(
        types=tuple(sorted(member.types)),
        description="",
        items=None if member.items is None or not member.items.types else bare(member.items),
        properties=plain(member.properties),
    )
