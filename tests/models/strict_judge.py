"""Bodies judged by `jsonschema` over the sandbox's OpenAPI documents, which share no code with our reader."""

from __future__ import annotations

from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from openclaw_fal.sandbox.openapi import document


def faults(endpoint: str, body: dict[str, Any]) -> list[str]:
    """Return everything that is wrong with a body, unknown inputs included: fal ignores those without a word."""
    return [f"{'.'.join(map(str, fault.path))}: {fault.message}"[:200] for fault in _judge(endpoint).iter_errors(body)]


@cache
def _judge(endpoint: str) -> Draft202012Validator:
    made = document(endpoint)
    assert made, f"the sandbox does not know {endpoint}"
    components = _strict(made["components"])
    [name] = (name for name, one in components["schemas"].items() if one.get("title") == "Input")
    return Draft202012Validator({"$ref": f"#/components/schemas/{name}", "components": components})


def _strict(schema: Any) -> Any:
    """Refuse unknown members wherever the known ones are listed."""
    if isinstance(schema, list):
        return [_strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {name: _strict(each) for name, each in schema.items()}
    is_object = schema.get("type") == "object" and isinstance(schema.get("properties"), dict)
    return inner | {"additionalProperties": False} if is_object else inner
