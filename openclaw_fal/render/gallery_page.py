"""The gallery as one HTML page: the template, filled with one block of JSON.

Prompts, names and texts are hostile until shown otherwise. They are only ever in the JSON, which the page's script
puts on the page as text, never as HTML; the page's own policy runs no script but that one.
"""

from __future__ import annotations

import hashlib
import json
import re
from base64 import b64encode
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openclaw_fal.actions.gallery import Gallery

TEMPLATE = Path(__file__).parent / "templates" / "gallery.html"
GENERATOR = '<meta name="generator" content="openclaw-fal gallery">'
"""What marks a page as one of ours, among its first bytes."""

# In JSON these stand in strings only, where an escape means the same.
_ESCAPES = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026"}


def gallery_page(gallery: Gallery) -> str:
    """Return the page, which needs nothing but the files that it names."""
    template = TEMPLATE.read_text(encoding="utf-8")
    before, _, after = template.replace("<!-- policy -->", _policy(template)).partition("<!-- data -->")
    block = json.dumps(gallery.as_json(), separators=(",", ":"), allow_nan=False).translate(_ESCAPES)
    return before + block + after


def _policy(template: str) -> str:
    """Allow the template's own script and style, and pictures and sounds from beside the page, and nothing else."""
    [style] = re.findall(r"<style>(.*?)</style>", template, re.DOTALL)
    [script] = re.findall(r"<script>(.*?)</script>", template, re.DOTALL)
    media = "'self' file: data:"
    return (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; img-src {media}; "
        f"media-src {media}; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
