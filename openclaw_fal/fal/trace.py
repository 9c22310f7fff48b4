"""What the debug trace may show: no key, no signed address, no media."""

from __future__ import annotations

import re

from openclaw_fal.core.redact import redact
from openclaw_fal.core.text import printable

SHOWN = 300  # characters of a body
_LOOKED_AT = 4000  # bytes; enough for what is shown once long data is left out

# Compiled when they are first used, which is hardly ever.
_DATA = r"data:([\w.+-]*/?[\w.+-]*)[;,][^\"\s\\]*"
_QUERY = r"(https?://[^\s\"?#\\]*)[?#][^\s\"\\]*"
_NAMED = r"(?i)(\"(?:\w*token|signature|secret|password)\"\s*:\s*)\"[^\"]*\"?"


def shown_url(url: str, *, in_full: bool) -> str:
    """Upload and file URLs may be signed: what follows the ``?`` is as good as a key."""
    return printable(redact(url if in_full else re.sub(_QUERY, r"\1?…", url)), limit=SHOWN)


def shown_body(body: object) -> str:
    """Return the beginning of a body without what should not be shown; nothing of one that is streamed."""
    if not isinstance(body, bytes):
        return ""
    text = body[:_LOOKED_AT].decode("utf-8", "replace")
    for secret, shown in ((_DATA, r"data:\1…"), (_QUERY, r"\1?…"), (_NAMED, r'\1"…"')):
        text = re.sub(secret, shown, text)
    return printable(redact(text), limit=SHOWN)
