"""What the debug trace shows of a request: never a key, a signed address or media."""

from __future__ import annotations

import re

from openclaw_fal.core.secrets import is_sensitive, redact
from openclaw_fal.core.text import printable

MAX_SHOWN = 300  # characters
_MAX_READ = 4000  # bytes; leaves enough to show once long data is cut

# re compiles them on first use, which is only in a trace.
_DATA = r"data:([\w.+-]*/?[\w.+-]*)[;,][^\"\s\\]*"
_QUERY = r"(https?://[^\s\"?#\\]*)[?#][^\s\"\\]*"
_MEMBER = r"(?s)(\"(\w+)\"\s*:\s*)\"(?:[^\"\\]|\\.)*+\"?"


def shown_url(url: str, *, in_full: bool) -> str:
    """Return a URL for the trace, without its query unless ``in_full``: the query of a signed URL is a secret."""
    return printable(redact(url if in_full else re.sub(_QUERY, r"\1?…", url)), limit=MAX_SHOWN)


def shown_body(body: object) -> str:
    """Return the beginning of a body without secrets and media, and nothing of a streamed body."""
    if not isinstance(body, bytes):
        return ""
    text = body[:_MAX_READ].decode("utf-8", "replace")
    for secret, shown in ((_DATA, r"data:\1…"), (_QUERY, r"\1?…")):
        text = re.sub(secret, shown, text)
    text = re.sub(_MEMBER, lambda member: f'{member[1]}"…"' if is_sensitive(member[2]) else member[0], text)
    return printable(redact(text), limit=MAX_SHOWN)
