"""Text and numbers of a result: what is kept of them, and how they are shown beside the files."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from openclaw_fal.core.data_uri import is_data_uri, without_content

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

MAX_TEXT = 1_000_000  # characters of one text, far more than any model writes
MAX_ITEMS = 20_000  # of one list, far more than the words of an hour of speech
MAX_DEPTH = 20
MAX_BLOB = 10_000  # characters of a text without a space; a longer one is a file in base64
_CUT = "…"
# The texts that may be the whole of a result, the most likely first.
_MAIN_NAMES = ("output", "text", "transcription", "answer", "response", "result", "caption", "results")


def kept(value: Any, depth: int = 0) -> Any:
    """Return a result as the journal keeps it: without the content of ``data:`` URIs, and not too large."""
    match value:
        case str():
            return _kept_text(value)
        case float() if not math.isfinite(value):
            return None
        case dict() if depth < MAX_DEPTH:
            return {_kept_text(str(name)): kept(member, depth + 1) for name, member in value.items()}
        case list() if depth < MAX_DEPTH:
            shown = [kept(member, depth + 1) for member in value[:MAX_ITEMS]]
            return shown if len(value) <= MAX_ITEMS else [*shown, _CUT]
        case dict() | list():
            return _CUT
        case _:
            return value


def _kept_text(text: str) -> str:
    # A server may send half a character, which no file can hold.
    text = without_content(text).encode("utf-8", "replace").decode()
    limit = MAX_TEXT if " " in text[:MAX_BLOB] or "\n" in text[:MAX_BLOB] else MAX_BLOB
    return text if len(text) <= limit else text[:limit] + _CUT


def pairs(result: Any, urls: Collection[str]) -> list[tuple[str, Any]]:
    """Return names and values to show: all but the files, whose URLs are given, and what is empty."""
    files = {without_content(url) for url in urls}
    bare = _without_files(result, files)
    named = bare if isinstance(bare, dict) else {"output": bare}
    return [(name, value) for name, value in named.items() if value not in (None, "", [], {})]


def main_text(result: Any, urls: Collection[str] = (), *, as_json: bool = False) -> tuple[str, str]:
    """Return the one text that a result consists of and ``text/plain``, else all of it as JSON and its media type.

    With ``as_json`` it is always all of it.
    """
    bare = _without_files(result, {without_content(url) for url in urls})
    if as_json:
        return json.dumps(bare, ensure_ascii=False, indent=2), "application/json"
    if isinstance(bare, str):
        return bare, "text/plain"
    texts: Mapping[str, str] = {}
    if isinstance(bare, dict):
        texts = {name: value for name, value in bare.items() if isinstance(value, str) and value.strip()}
    name = next((name for name in _MAIN_NAMES if name in texts), next(iter(texts)) if len(texts) == 1 else None)
    if name is not None:
        return texts[name], "text/plain"
    return json.dumps(bare, ensure_ascii=False, indent=2), "application/json"


def words(result: Any) -> str:
    """Return the texts of a result without files, which may say why there are none; the prompt is left out."""
    match result:
        case str():
            return "" if is_data_uri(result) else result.strip()
        case dict():
            members = [member for name, member in result.items() if name != "prompt"]
        case list():
            members = result
        case _:
            return ""
    return "; ".join(filter(None, map(words, members)))


def _without_files(value: Any, files: Collection[str]) -> Any:
    """Return a result without the files in it; `None` for a value that is nothing else."""
    match value:
        case str() if value.strip() in files or is_data_uri(value):
            return None
        case {"url": str(url)} if url.strip() in files:
            return None
        case dict():
            members = ((name, member, _without_files(member, files)) for name, member in value.items())
            left = {name: bare for name, member, bare in members if bare is not None or member is None}
            return left or (None if value else value)
        case list():
            elements = [_without_files(element, files) for element in value]
            return None if value and all(element is None for element in elements) else elements
        case _:
            return value


def as_text(value: Any) -> str:
    """Return a text as it is, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
