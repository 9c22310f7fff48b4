"""How a command hands over its result; where it goes and how it looks is decided elsewhere.

Four verbs for what people and programs read alike, and `line`, which is for people and pipes only:
under ``--json`` stdout holds exactly one document, so a bare line has no place there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openclaw_fal.core.errors import OpenclawFalError
    from openclaw_fal.core.results import Envelope

# A key is never cut; a number stands on the right; a status has the colour of its meaning.
ColumnStyle = Literal["key", "text", "dim", "number", "mark", "status"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column; ``shrinks`` allows it to be cut, or left out, where the terminal is narrow."""

    name: str
    style: ColumnStyle = "text"
    shrinks: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows for people (a table), for pipes (tab-separated, or ``lines`` when given) and for programs (``value``).

    ``title`` and ``footer`` are seen on a terminal only.
    """

    columns: tuple[Column, ...]
    rows: Sequence[tuple[str, ...]]
    value: Any
    title: str | None = None
    footer: str | None = None
    lines: Sequence[str] | None = None


class Output(Protocol):
    """The result of a command, on stdout."""

    def envelope(self, envelope: Envelope) -> None:
        """Show what was made."""

    def data(self, value: Any) -> None:
        """Show a JSON document, in every mode."""

    def line(self, text: str) -> None:
        """Show one line; left out under ``--json``."""

    def table(self, table: Table) -> None:
        """Show rows."""

    def facts(self, title: str, pairs: Sequence[tuple[str, str]], *, value: Any = None) -> None:
        """Show names and values; ``value`` is their JSON where it is more than the pairs."""

    def failure(self, error: OpenclawFalError) -> None:
        """Show the failure to programs; people read it on stderr."""
