"""fal's OpenAPI document of an endpoint, read into a `Schema`.

Documents come from the network, so nothing here raises: what cannot be read is unknown and accepts any value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from openclaw_fal.models import json_schema
from openclaw_fal.models.json_schema import as_dict
from openclaw_fal.models.schema import Input, Output, Schema

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_CATEGORY = 100  # characters

# Outputs that are media even where the document gives them no properties.
_MEDIA_OUTPUTS = frozenset(
    {"image", "images", "video", "videos", "audio", "audios", "audio_file", "model_mesh", "model_glb", "model_obj"}
)


def read_document(endpoint: str, document: Any, read_at: float | None = None) -> Schema:
    """Read the document that fal publishes for an endpoint.

    ``inputs`` is ``None`` when the document does not describe them. ``read_at`` is in seconds since the epoch.
    """
    reader = json_schema.Reader(document)
    path = _post_path(endpoint, reader)
    if path is None:
        return Schema(endpoint, category=_category(reader), read_at=read_at)
    body = reader.field(_content(reader, reader.at("paths", path, "post", "requestBody")))
    return Schema(
        endpoint,
        category=_category(reader),
        inputs=body.properties,
        outputs=_outputs(reader, f"{path}/requests/{{request_id}}"),
        read_at=read_at,
        takes_others=body.takes_others,
    )


def _post_path(endpoint: str, reader: json_schema.Reader) -> str | None:
    """Find the submission: the POST on the endpoint's own path, else the only POST that is not about a request."""
    paths = reader.at("paths")
    posts = [path for path, routes in paths.items() if "post" in as_dict(routes) and "/requests/" not in path]
    own = f"/{endpoint}"
    if own in posts:
        return own
    return posts[0] if len(posts) == 1 else None


def _content(reader: json_schema.Reader, message: Mapping[str, Any]) -> Any:
    """Return the schema of a request body or a response."""
    contents = reader.resolved(message.get("content"))
    content = contents.get("application/json") or next(iter(contents.values()), None)
    return reader.resolved(content).get("schema")


def _category(reader: json_schema.Reader) -> str:
    category = reader.at("info", "x-fal-metadata").get("category")
    return category[:MAX_CATEGORY] if isinstance(category, str) else ""


def _outputs(reader: json_schema.Reader, path: str) -> dict[str, Output]:
    result = reader.field(_content(reader, reader.at("paths", path, "get", "responses", "200")))
    outputs = {name: _output(name, field) for name, field in (result.properties or {}).items()}
    return {name: output for name, output in outputs.items() if output}


def _output(name: str, field: Input) -> Output | None:
    """Return where an output's files are: in file objects, or in plain URLs; ``None`` for one that holds no media."""
    is_list = "array" in field.types
    element = (field.items or Input()) if is_list else field
    if "url" in (element.properties or {}):
        return Output(is_list=is_list)
    if element.types == ("string",) and name.endswith(("url", "urls")):
        return Output(is_list=is_list, is_url=True)
    if name in _MEDIA_OUTPUTS and element.takes("object") and not element.properties:
        return Output(is_list=is_list or (not field.types and name.endswith("s")))
    return None
