"""fal's OpenAPI documents, made from the lines of the facts file and not from what the program reads in them."""

from __future__ import annotations

import json
from typing import Any

from openclaw_fal.models.facts import FACTS_FILE

TYPES = {"str": "string", "int": "integer", "num": "number", "bool": "boolean", "obj": "object", "list": "array"}
WORDS = {
    "min": "minimum",
    "max": "maximum",
    "gt": "exclusiveMinimum",
    "lt": "exclusiveMaximum",
    "step": "multipleOf",
    "minlen": "minLength",
    "maxlen": "maxLength",
    "least": "minItems",
    "most": "maxItems",
}
FILE = {"type": "object", "title": "File", "required": ["url"], "properties": {"url": {"type": "string"}}}


def all_facts() -> dict[str, tuple[str, dict[str, Any]]]:
    """Return category and facts of every endpoint."""
    lines = [line.split("\t") for line in FACTS_FILE.read_text("utf-8").splitlines() if not line.startswith("#")]
    return {endpoint: (category, json.loads(rest)) for endpoint, category, _title, rest in lines}


class Document:
    """One document while it is written. Objects become components, as fal's own generator has it."""

    def __init__(self, endpoint: str, category: str, facts: dict[str, Any]) -> None:
        self.components: dict[str, Any] = {"QueueStatus": {"type": "object", "properties": {"status": {}}}}
        self.input = None if "i" not in facts else self.object(facts["i"])
        outputs = {name: self.output(shape) for name, shape in facts.get("o", {}).items()}
        self.components["Output"] = {"title": "Output", "type": "object", "properties": outputs}
        if self.input:
            self.components["ModelInput"] = self.input
        self.json = {
            "openapi": "3.0.4",
            "info": {"title": f"Queue OpenAPI for {endpoint}", "x-fal-metadata": {"category": category}},
            "components": {"schemas": self.components},
            "paths": paths(endpoint, "ModelInput"),
        }

    def object(self, members: dict[str, Any]) -> dict[str, Any]:
        properties = {name: self.field(member) for name, member in members.items()}
        required = [name for name, member in members.items() if "r" in member]
        return {"type": "object", "properties": properties, "required": required}

    def output(self, shape: str) -> Any:
        one = {"type": "string"} if shape.startswith("url") else self.component(FILE)
        return {"type": "array", "items": one} if shape.endswith("[]") else one

    def component(self, schema: dict[str, Any]) -> dict[str, Any]:
        name = f"Part{len(self.components)}"
        self.components[name] = schema
        return {"$ref": f"#/components/schemas/{name}"}

    def field(self, facts: dict[str, Any] | str) -> dict[str, Any]:
        if isinstance(facts, str):
            facts = {"t": facts}
        options = [self.option(facts, kind) for kind in facts["t"].split("|")]
        if "n" in facts:
            options.append({"type": "null"})
        schema = options[0] if len(options) == 1 else {"anyOf": options}
        default = {"default": facts["d"]} if "d" in facts else {}
        return {**schema, **default}

    def option(self, facts: dict[str, Any], kind: str) -> dict[str, Any]:
        if kind == "any":
            return {}
        if kind == "obj":
            return self.component(self.object(facts["p"])) if "p" in facts else {"type": "object"}
        schema: dict[str, Any] = {"type": TYPES[kind]}
        if kind == "list":
            schema |= {"items": self.field(facts["of"])} if "of" in facts else {}
        if "e" in facts and kind in {"str", "int", "num"}:
            schema["enum"] = facts["e"]
        fitting = {"list": {"least", "most"}, "str": {"minlen", "maxlen"}, "bool": set()}
        keys = fitting.get(kind, {"min", "max", "gt", "lt", "step"})
        return schema | {word: facts[key] for key, word in WORDS.items() if key in facts and key in keys}


def paths(endpoint: str, name: str) -> dict[str, Any]:
    """Return the paths of a document, the status first as fal often has them."""
    request = f"/{endpoint}/requests/{{request_id}}"
    return {
        f"{request}/status": {"get": {"responses": {"200": content("QueueStatus")}}},
        f"{request}/cancel": {"put": {"responses": {"200": {"content": {"application/json": {"schema": {}}}}}}},
        f"/{endpoint}": {
            "post": {
                "requestBody": {"required": True, **content(name)},
                "responses": {"200": content("QueueStatus")},
            }
        },
        request: {"get": {"responses": {"200": content("Output")}}},
    }


def content(name: str) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}}
