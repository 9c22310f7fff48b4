"""An endpoint's OpenAPI document, made from its schema in the form that fal publishes (fal-http.md §7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .inputs import SIZES, schemas

if TYPE_CHECKING:
    from .http_message import Json
    from .inputs import Field

_TYPES = {"image": "string", "object": "object", "array": "array"}


def document(endpoint: str) -> Json | None:
    """None for an endpoint whose fields the sandbox does not know."""
    schema = schemas().get(endpoint)
    if not schema:
        return None
    name = "".join(part.title() for part in endpoint.replace("/", "-").replace(".", "").split("-"))
    properties = {field: _property(value) for field, value in schema.fields.items()}
    required = [field for field, value in schema.fields.items() if value.required]
    order = sorted(properties, key=lambda field: field not in required)
    inputs = {"type": "object", "properties": properties, "required": required, "x-fal-order-properties": order}
    media = "images" if schema.kind == "image" else "video"
    outputs = {"type": "object", "required": [media], "properties": {media: {}}}
    return {
        "openapi": "3.0.4",
        "info": {
            "title": f"Queue OpenAPI for {endpoint}",
            "version": "1.0.0",
            "x-fal-metadata": {"endpointId": endpoint, "playgroundUrl": f"https://fal.ai/models/{endpoint}"},
        },
        "components": {"schemas": {f"{name}Input": inputs, f"{name}Output": outputs}},
        "paths": {
            f"/{endpoint}": {"post": {"requestBody": {"required": True, **_content(f"{name}Input")}}},
            f"/{endpoint}/requests/{{request_id}}": {"get": {"responses": {"200": _content(f"{name}Output")}}},
        },
        "servers": [{"url": "https://queue.fal.run"}],
        "security": [{"apiKeyAuth": []}],
    }


def _content(name: str) -> Json:
    return {"content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}}


def _property(field: Field) -> Json:
    if field.kind == "size":
        edge = {"type": "integer", "maximum": field.at_most, "exclusiveMinimum": 0}
        custom = {"type": "object", "properties": {"width": edge, "height": edge}}
        return {"anyOf": [custom, {"type": "string", "enum": list(SIZES)}]}
    shown: Json = {"type": _TYPES.get(field.kind, field.kind)}
    limits = {"enum": list(field.choices), "minimum": field.at_least, "maximum": field.at_most, "maxItems": field.items}
    shown |= {name: value for name, value in limits.items() if value not in (None, [])}
    return shown | ({"properties": {name: _property(value) for name, value in field.fields}} if field.fields else {})
