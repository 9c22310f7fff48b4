"""rich's text, as the characters and escape codes that a stream is sent.

rich decides nothing about the stream here: `Screen` has done that, and writes what comes out.
"""

from __future__ import annotations

import io

from rich.console import Console
from rich.text import Text


class Ink:
    def __init__(self, *, color: bool) -> None:
        self._console = Console(
            file=io.StringIO(),
            force_terminal=True,
            # The sixteen colors that a user's theme has made readable on its background.
            color_system="standard" if color else None,
            no_color=not color,
            width=80,
            legacy_windows=False,
            markup=False,
            emoji=False,
            highlight=False,
        )

    def line(self, text: Text) -> str:
        """Return ``text`` with its colors, neither wrapped nor cut."""
        with self._console.capture() as captured:
            self._console.print(text, soft_wrap=True, end="")
        return captured.get()


def cut(text: Text, width: int, ellipsis: str, *, keep_end: bool = False) -> Text:
    """Return ``text`` in at most ``width`` cells, with a sign where something is missing."""
    if text.cell_len <= width:
        return text
    room = max(width - len(ellipsis), 0)
    # Some characters are two cells wide.
    kept = text[max(len(text) - room, 0) :] if keep_end else text[:room]
    while kept.cell_len > room:
        kept = kept[1:] if keep_end else kept[:-1]
    sign = (ellipsis[: max(width, 0)], text.style)
    return Text.assemble(sign, kept) if keep_end else Text.assemble(kept, sign)
