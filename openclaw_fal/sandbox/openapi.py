"""An endpoint's OpenAPI document, built from what the sandbox knows of it in the form that fal publishes.

fal's documents have oddities that a reader must survive, and so have these: the POST is not the first path, a nullable
input is an `anyOf` with null and in a few documents the older `nullable: true`, allowed values may stand in one branch
of an `anyOf`, `exclusiveMinimum` is a number though the version is 3.0, an enum of one value is a `const`, names of
nested components also end in "Input", and a few documents lack the order of the inputs.
"""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING, Any

from .endpoints import NO_DEFAULT, endpoint_of, find_endpoint
from .job_result import format_of, text_result

if TYPE_CHECKING:
    from .connection import Json
    from .endpoints import Endpoint, Input

_ONE_IN = 40  # documents that lack the order of inputs, and as many that use `nullable`
_MEDIA_WORDS = {"image": "image", "video": "video", "audio": "audio file", "3d": "3D model", "file": "file"}
_QUEUE_STATUS = {
    "type": "object",
    "required": ["status", "request_id"],
    "properties": {
        "status": {"type": "string", "enum": ["IN_QUEUE", "IN_PROGRESS", "COMPLETED"]},
        "request_id": {"type": "string"},
        "response_url": {"type": "string"},
        "status_url": {"type": "string"},
        "cancel_url": {"type": "string"},
        "logs": {"type": "object"},
        "metrics": {"type": "object"},
        "queue_position": {"type": "integer"},
    },
}
_STRING = {"anyOf": [{"type": "string"}, {"type": "null"}]}
_INTEGER = {"anyOf": [{"type": "integer"}, {"type": "null"}]}
_FILE_FIELDS = {
    "url": {"type": "string", "title": "Url"},
    "content_type": {**_STRING, "title": "Content Type"},
    "file_name": {**_STRING, "title": "File Name"},
    "file_size": {**_INTEGER, "title": "File Size"},
}
_IMAGE_FIELDS = {"width": {**_INTEGER, "title": "Width"}, "height": {**_INTEGER, "title": "Height"}}
_MEDIA_COMPONENTS = {
    "File": {"type": "object", "title": "File", "required": ["url"], "properties": _FILE_FIELDS},
    "Image": {"type": "object", "title": "Image", "required": ["url"], "properties": _FILE_FIELDS | _IMAGE_FIELDS},
}


def document(endpoint_id: str) -> Json | None:
    """Build the document of an endpoint; None for one that is not known.

    The schema of its body validates with JSON Schema 2020-12, as
    `{"$ref": "#/components/schemas/…Input", "components": document["components"]}`.
    """
    return build(endpoint_of(endpoint_id)) if find_endpoint(endpoint_id) else None


def build(endpoint: Endpoint) -> Json:
    """Build the document of an endpoint from its inputs and outputs."""
    name = _pascal(endpoint.id)
    builder = _Components(old_style=_lot(endpoint.id) == 1)
    inputs, outputs = builder.body(endpoint), builder.result(endpoint)
    schemas = {"QueueStatus": _QUEUE_STATUS, f"{name}Input": inputs, f"{name}Output": outputs, **builder.nested}
    return {
        "openapi": "3.0.4",
        "info": {
            "title": f"Queue OpenAPI for {endpoint.id}",
            "version": "1.0.0",
            "description": f"The OpenAPI schema for the {endpoint.id} queue.",
            "x-fal-metadata": {
                "endpointId": endpoint.id,
                "category": endpoint.category,
                "thumbnailUrl": "",
                "playgroundUrl": f"https://fal.ai/models/{endpoint.id}",
                "documentationUrl": f"https://fal.ai/models/{endpoint.id}/api",
            },
        },
        "components": {
            "securitySchemes": {"apiKeyAuth": {"type": "apiKey", "in": "header", "name": "Authorization"}},
            "schemas": schemas,
        },
        "paths": _paths(endpoint.id, name),
        "servers": [{"url": "https://queue.fal.run"}],
        "security": [{"apiKeyAuth": []}],
    }


def _paths(endpoint: str, name: str) -> Json:
    request = f"/{endpoint}/requests/{{request_id}}"
    success = {"type": "object", "properties": {"success": {"type": "boolean"}}}
    return {
        f"{request}/status": {"get": {"responses": {"200": _content(_reference("QueueStatus"))}}},
        f"{request}/cancel": {"put": {"responses": {"200": _content(success)}}},
        f"/{endpoint}": {
            "post": {
                "requestBody": {"required": True, **_content(_reference(f"{name}Input"))},
                "responses": {"200": _content(_reference("QueueStatus"))},
            }
        },
        request: {"get": {"responses": {"200": _content(_reference(f"{name}Output"))}}},
    }


def _content(schema: Json) -> Json:
    return {"content": {"application/json": {"schema": schema}}}


def _reference(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _lot(endpoint: str) -> int:
    """Draw a number for an endpoint, always the same one."""
    return zlib.crc32(endpoint.encode()) % _ONE_IN


def _pascal(text: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in re.split(r"[^A-Za-z0-9]+", text))


class _Components:
    """Builds schemas, and collects those that others refer to in `nested`."""

    def __init__(self, *, old_style: bool) -> None:
        self.nested: Json = {}
        self._old_style = old_style

    def body(self, endpoint: Endpoint) -> Json:
        if endpoint.inputs is None:
            return {"type": "object", "title": "Input"}
        required = [name for name, one in endpoint.inputs.items() if one.required]
        schema: Json = {
            "title": "Input",
            "type": "object",
            "properties": {name: self._property(name, one) for name, one in endpoint.inputs.items()},
        }
        if _lot(endpoint.id):
            order = sorted(endpoint.inputs, key=lambda name: (name not in required, name != "prompt"))
            schema["x-fal-order-properties"] = order
        return schema | ({"required": required} if required else {})

    def result(self, endpoint: Endpoint) -> Json:
        outputs = {name: self._output(endpoint, name, shape) for name, shape in endpoint.outputs.items()}
        if not outputs and endpoint.inputs is not None:
            outputs = {name: {"title": _title(name), **_typed(value)} for name, value in text_result(endpoint).items()}
        schema: Json = {"title": "Output", "type": "object"}
        return schema | ({"required": list(outputs), "properties": outputs} if outputs else {})

    def _output(self, endpoint: Endpoint, name: str, shape: str) -> Json:
        if shape.startswith("url"):
            one: Json = {"type": "string"}
        else:
            component = "Image" if format_of(name, endpoint) == "image" else "File"
            self.nested[component] = _MEDIA_COMPONENTS[component]
            one = _reference(component)
        return {"title": _title(name), **({"type": "array", "items": one} if shape.endswith("[]") else one)}

    def _property(self, name: str, one: Input) -> Json:
        shown: Json = {"title": _title(name)}
        if one.medium:
            shown["description"] = f"URL of the {_MEDIA_WORDS[one.medium]} to use."
        if one.default is not NO_DEFAULT:
            shown["default"] = one.default
        branches = self._branches(name, one)
        if one.nullable and self._old_style and len(branches) == 1:
            return {**branches[0], "nullable": True, **shown}
        if one.nullable and branches:
            branches.append({"type": "null"})
        return {**(branches[0] if len(branches) == 1 else {"anyOf": branches} if branches else {}), **shown}

    def _branches(self, name: str, one: Input) -> list[Json]:
        """Build a schema for each type; a custom object stands before the names of presets."""
        return [self._branch(name, one, kind) for kind in sorted(one.types, key=lambda kind: kind != "object")]

    def _branch(self, name: str, one: Input, kind: str) -> Json:
        if kind == "object":
            return self._object(name, one)
        if kind == "array":
            items = self._property(name, one.items) if one.items else {}
            return _limited({"type": "array", "items": items}, minItems=one.min_items, maxItems=one.max_items)
        if len(one.choices) == 1:
            return {"type": kind, "const": one.choices[0]}
        if one.choices:
            return {"type": kind, "enum": list(one.choices)}
        if kind == "string":
            return _limited({"type": kind}, minLength=one.min_length, maxLength=one.max_length)
        if kind in {"integer", "number"}:
            return _limited(
                {"type": kind},
                minimum=one.minimum,
                maximum=one.maximum,
                exclusiveMinimum=one.above,
                exclusiveMaximum=one.below,
                multipleOf=one.step,
            )
        return {"type": kind}

    def _object(self, name: str, one: Input) -> Json:
        if not one.fields:
            return {"type": "object"}
        component = "ImageSize" if set(one.fields) == {"width", "height"} else f"{_pascal(name)}Input"
        schema: Json = {
            "title": component,
            "type": "object",
            "properties": {field: self._property(field, inner) for field, inner in one.fields.items()},
        }
        required = [field for field, inner in one.fields.items() if inner.required]
        schema |= {"required": required} if required else {}
        while self.nested.get(component, schema) != schema:
            component += "2"
        self.nested[component] = schema
        return _reference(component)


def _limited(schema: Json, **limits: Any) -> Json:
    return schema | {name: limit for name, limit in limits.items() if limit is not None}


def _typed(value: Any) -> Json:
    return {"type": "string" if isinstance(value, str) else "array" if isinstance(value, list) else "object"}


def _title(name: str) -> str:
    return name.replace("_", " ").title()
