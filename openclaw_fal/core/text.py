"""Text from outside, made safe to show.

A server, a file name or a log line may hold escape codes that move the cursor, retitle the
window or hide what follows; bidirectional controls reorder what a person reads.
"""

from __future__ import annotations

import unicodedata

_DANGEROUS = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


def printable(text: str, *, limit: int = 2000) -> str:
    """Return one line of ``text`` with control and formatting characters replaced by ``�``, at most ``limit`` long."""
    one_line = " ".join(text[: limit * 4].split())
    safe = "".join("�" if unicodedata.category(character) in _DANGEROUS else character for character in one_line)
    return safe if len(safe) <= limit else safe[: limit - 1] + "…"
