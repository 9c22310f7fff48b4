"""What an endpoint without media gives back: text, or JSON that holds it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .endpoints import Endpoint
    from .http_message import Json

_TRANSCRIBERS = {"speech-to-text", "audio-to-text"}
_JSON = {"json", "text-to-json"}
_SAID = "A placeholder text from the sandbox."
_USAGE = {"prompt_tokens": 7, "completion_tokens": 7, "total_tokens": 14, "cost": 0.0}


def text_result(endpoint: Endpoint, prompt: str = "") -> Json:
    """Make the result of an endpoint that makes text: a transcript, an object or an answer."""
    said = f"{_SAID} Prompt: {prompt}" if prompt else _SAID
    if endpoint.category in _TRANSCRIBERS:
        chunk: dict[str, Any] = {"timestamp": [0.0, 2.5], "text": said}
        return {"text": said, "chunks": [chunk], "inferred_languages": ["en"]}
    if endpoint.category in _JSON:
        return {"output": {"text": said, "score": 0.5}}
    return {"output": said, "usage": _USAGE}
