"""Rows for whoever reads them; how they look is decided where they are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

# A key is never cut; a number stands on the right; a status has the colour of its meaning.
ColumnStyle = Literal["key", "text", "dim", "number", "mark", "status"]


class Column(NamedTuple):
    """One column; ``shrinks`` allows it to be cut, or left out, where the terminal is narrow."""

    name: str
    style: ColumnStyle = "text"
    shrinks: bool = False


class Table(NamedTuple):
    """Rows for people (a table), for pipes (tab-separated, or ``lines`` when given) and for programs (``value``).

    ``title`` and ``footer`` are seen on a terminal only.
    """

    columns: tuple[Column, ...]
    rows: Sequence[tuple[str, ...]]
    value: Any
    title: str | None = None
    footer: str | None = None
    lines: Sequence[str] | None = None
