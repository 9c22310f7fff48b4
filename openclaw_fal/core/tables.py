"""Rows for whoever reads them; how they look is decided where they are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

# A key is never cut; a status has the colour of its meaning.
ColumnStyle = Literal["key", "text", "dim", "mark", "status"]


class Column(NamedTuple):
    """One column; ``shrinks`` allows it to be cut, or left out, where the terminal is narrow."""

    name: str
    style: ColumnStyle = "text"
    shrinks: bool = False


class Table(NamedTuple):
    """Rows for people (a table), for pipes (tab-separated) and for programs (``value``).

    The ``footer`` is seen on a terminal only.
    """

    columns: tuple[Column, ...]
    rows: Sequence[tuple[str, ...]]
    value: Any
    footer: str | None = None
