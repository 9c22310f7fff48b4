"""Scripts with gaps, and what fills them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def fill(template: str, **parts: str) -> str:
    """Put each part in the place of its ``@name@``."""
    return re.sub(r"@(\w+)@", lambda gap: parts[gap[1]], template)


def indented(width: int, lines: Iterable[str]) -> str:
    """Return the lines, of which each may be several, moved to the right."""
    return "\n".join(" " * width + line for text in lines for line in text.splitlines())
