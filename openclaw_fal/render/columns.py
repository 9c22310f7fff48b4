"""How wide the columns of a table are, so that it fits the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

GAP = 2
# Less than this of a name or a prompt says nothing.
_NARROWEST = 12


def fit(natural: Sequence[int], shrinks: Sequence[bool], available: int) -> list[int]:
    """Return a width for each column, 0 for one that is left out.

    Only columns that may shrink do, to one common limit. When that is not enough the last of them go, one by one;
    what remains may still be wider than the terminal, as a key that is cut is no key.
    """
    widths = list(natural)
    while True:
        for limit in range(max(widths, default=0), _NARROWEST - 1, -1):
            capped = [min(width, limit) if may else width for width, may in zip(widths, shrinks, strict=True)]
            if _total(capped) <= available:
                return capped
        shrinking = [column for column, may in enumerate(shrinks) if may and widths[column]]
        if not shrinking:
            return widths
        widths[shrinking[-1]] = 0


def _total(widths: Sequence[int]) -> int:
    shown = [width for width in widths if width]
    return sum(shown) + GAP * (len(shown) - 1)
