"""Every endpoint has a document in fal's form, as `jsonschema` judges it, and accepts a body that follows it."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from openclaw_fal.sandbox.endpoints import endpoint_of, entries, find_endpoint
from openclaw_fal.sandbox.openapi import document
from openclaw_fal.sandbox.validation import problems, unknown_inputs

SAMPLES = {
    "image": "https://example.com/a.png",
    "video": "https://example.com/a.mp4",
    "audio": "https://example.com/a.mp3",
    "3D": "https://example.com/a.glb",
    "file": "https://example.com/a.zip",
}


@cache
def documents() -> list[tuple[str, Any]]:
    return [(entry.endpoint, document(entry.endpoint)) for entry in entries()]


def body_schema(endpoint: str, made: Any) -> Any:
    """The schema of the body, found as a client finds it: by the path that is the endpoint's id."""
    content = made["paths"][f"/{endpoint}"]["post"]["requestBody"]["content"]
    return {**content["application/json"]["schema"], "components": made["components"]}


def properties(endpoint: str, made: Any) -> Any:
    name = body_schema(endpoint, made)["$ref"].rpartition("/")[2]
    return made["components"]["schemas"][name]


def resolved(made: Any, schema: Any) -> Any:
    reference = schema.get("$ref")
    return made["components"]["schemas"][reference.rpartition("/")[2]] if reference else schema


def sample(made: Any, schema: Any) -> Any:
    """Make a value from a schema alone: its default if that is valid, else the simplest value within its limits."""
    whole = {**schema, "components": made["components"]}
    if "default" in schema and Draft202012Validator(whole).is_valid(schema["default"]):
        return schema["default"]
    schema = resolved(made, schema)
    if "anyOf" in schema:
        return sample(made, schema["anyOf"][0])
    if "const" in schema or "enum" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    match schema.get("type"):
        case "object":
            fields = schema.get("properties", {})
            return {name: sample(made, fields[name]) for name in schema.get("required", [])}
        case "array":
            return [sample(made, schema["items"])] * schema.get("minItems", 1)
        case "string":
            words = schema.get("description", "").split()
            medium = next((name for name in SAMPLES if name in words), "")
            return SAMPLES.get(medium, "a red fox in the snow".ljust(schema.get("minLength", 0), "."))
        case "boolean":
            return True
        case "integer" | "number":
            least = max(schema.get("minimum", 1), schema.get("exclusiveMinimum", 0) + 1)
            step = schema.get("multipleOf", 0)
            return math.ceil(least / step) * step if step else least
        case _:
            return "anything"


def sample_body(endpoint: str, made: Any) -> Any:
    """The required inputs, and all others that have a valid default."""
    schema = properties(endpoint, made)
    body = {}
    for name, one in schema.get("properties", {}).items():
        whole = {**one, "components": made["components"]}
        if name in schema.get("required", []) or (
            "default" in one and Draft202012Validator(whole).is_valid(one["default"])
        ):
            body[name] = sample(made, one)
    return body


def test_the_sample_body_of_every_endpoint_is_valid_and_accepted() -> None:
    for endpoint, made in documents():
        schema = body_schema(endpoint, made)
        body = sample_body(endpoint, made)
        error = best_match(Draft202012Validator(schema).iter_errors(body))
        assert error is None, f"{endpoint}: {error}"
        assert problems(endpoint_of(endpoint), body, lambda _: False) == [], endpoint
        assert unknown_inputs(endpoint_of(endpoint).inputs, body) == [], endpoint


def test_every_document_is_a_valid_schema_whose_references_lead_somewhere() -> None:
    def references(value: Any) -> Any:
        if isinstance(value, dict):
            yield from [value["$ref"]] if "$ref" in value else []
            value = list(value.values())
        for item in value if isinstance(value, list) else []:
            yield from references(item)

    for number, (endpoint, made) in enumerate(documents()):
        if number % 30 == 0:  # slow, and all are made alike
            for schema in made["components"]["schemas"].values():
                Draft202012Validator.check_schema(schema)
        names = {reference.removeprefix("#/components/schemas/") for reference in references(made)}
        assert names <= set(made["components"]["schemas"]), endpoint


@pytest.mark.parametrize(
    ("endpoint", "wrong"),
    [
        ("fal-ai/flux/dev", {}),
        ("fal-ai/flux/dev", {"prompt": 5}),
        ("fal-ai/flux/dev", {"prompt": "x", "num_images": 5}),
        ("fal-ai/flux/dev", {"prompt": "x", "image_size": "huge"}),
        ("fal-ai/flux/dev", {"prompt": "x", "image_size": {"width": 0, "height": 5}}),
        ("fal-ai/nano-banana", {"prompt": "x"}),
        ("fal-ai/minimax-music/v2.6", {"prompt": "a short song", "lyrics": "la" * 2000}),
        ("fal-ai/flux-2-trainer", {"image_data_url": "https://example.com/a.zip", "steps": 150}),
        ("bytedance/seedance-2.0/text-to-video", {"prompt": "x", "duration": 5}),
        ("fal-ai/lora", {"prompt": "x", "model_name": "a", "loras": [{"scale": 9}]}),
    ],
)
def test_what_the_document_refuses_the_sandbox_refuses(endpoint: str, wrong: Any) -> None:
    assert not Draft202012Validator(body_schema(endpoint, document(endpoint))).is_valid(wrong)
    assert problems(endpoint_of(endpoint), wrong, lambda _: False)


def test_the_paths_are_fals_and_the_first_is_not_the_submission() -> None:
    for endpoint, made in documents():
        request = f"/{endpoint}/requests/{{request_id}}"
        assert list(made["paths"]) == [f"{request}/status", f"{request}/cancel", f"/{endpoint}", request]
        assert set(made["paths"][request]) == {"get"}
        assert made["info"]["x-fal-metadata"]["endpointId"] == endpoint


def test_the_result_names_the_outputs_of_the_facts() -> None:
    for endpoint, made in documents():
        get = made["paths"][f"/{endpoint}/requests/{{request_id}}"]["get"]
        schema = resolved(made, get["responses"]["200"]["content"]["application/json"]["schema"])
        outputs = endpoint_of(endpoint).outputs
        assert set(outputs) <= set(schema.get("properties", {})), endpoint
        for name, shape in outputs.items():
            one = schema["properties"][name]
            assert (one.get("type") == "array") == shape.endswith("[]")


def test_a_size_is_a_component_or_a_preset_and_a_nullable_input_says_so() -> None:
    made = document("fal-ai/flux/dev")
    fields = properties("fal-ai/flux/dev", made)["properties"]
    reference, presets = fields["image_size"]["anyOf"]
    assert resolved(made, reference)["properties"]["width"]["exclusiveMinimum"] == 0
    assert presets["enum"][0] == "square_hd"
    assert fields["seed"]["anyOf"] == [{"type": "integer"}, {"type": "null"}]


def test_the_order_puts_required_inputs_first_and_a_few_documents_lack_it() -> None:
    lacking = 0
    for endpoint, made in documents():
        schema = properties(endpoint, made)
        if "properties" not in schema:
            continue
        order = schema.get("x-fal-order-properties")
        lacking += order is None
        required = schema.get("required", [])
        assert order is None or set(order[: len(required)]) == set(required)
        assert order is None or set(order) == set(schema["properties"])
    assert 10 < lacking < 80


def test_each_oddity_of_fals_documents_occurs() -> None:
    texts = {endpoint: str(made) for endpoint, made in documents()}
    for oddity in ("'nullable': True", "'const': ", "'exclusiveMinimum': ", "'multipleOf': ", "'maxItems': "):
        assert any(oddity in text for text in texts.values()), oddity


def test_an_endpoint_without_known_inputs_accepts_anything() -> None:
    made = document("fal-ai/diffusion-edge")
    assert "properties" not in properties("fal-ai/diffusion-edge", made)
    assert problems(endpoint_of("fal-ai/diffusion-edge"), {"whatever": [1]}, lambda _: True) == []


def test_an_unknown_endpoint_has_no_document() -> None:
    assert document("fal-ai/none") is None
    assert document("") is None
    assert document("fal-ai/flux") is None


def test_every_line_of_the_facts_is_found_by_its_id() -> None:
    listed = [entry.endpoint for entry in entries()]
    assert listed == sorted(set(listed))
    for endpoint in listed:
        found = find_endpoint(endpoint)
        assert found
        assert found.id == endpoint
