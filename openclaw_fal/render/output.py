"""How a command prints its result; each implementation decides how it looks.

`Output.line` and `Output.descriptions` are for people and pipes only: under ``--json`` stdout holds exactly one
document.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openclaw_fal.core.errors import OpenclawFalError
    from openclaw_fal.core.results import Envelope, Table


class Output(Protocol):
    """The result of a command, on stdout."""

    def envelope(self, envelope: Envelope) -> None:
        """Print the answer of a generation."""

    def data(self, value: Any) -> None:
        """Print a JSON document, in every mode."""

    def line(self, text: str) -> None:
        """Print one line; nothing under ``--json``."""

    def table(self, table: Table) -> None:
        """Print rows."""

    def facts(self, title: str, pairs: Sequence[tuple[str, str]], *, value: Any = None) -> None:
        """Print names and values; ``value`` is their JSON where it is more than the pairs."""

    def descriptions(self, title: str, pairs: Sequence[tuple[str, str]]) -> None:
        """Print names and descriptions, which a terminal wraps at words; nothing under ``--json``."""

    def values(self, pairs: Sequence[tuple[str, Any]]) -> None:
        """Print text and numbers of a result, which a terminal shows as an outline; nothing under ``--json``."""

    def failure(self, error: OpenclawFalError) -> None:
        """Print the failure for programs; people read it on stderr."""
