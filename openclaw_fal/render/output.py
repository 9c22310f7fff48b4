"""How a command hands over its result; where it goes and how it looks is decided elsewhere.

Four verbs for what people and programs read alike, and `line`, which is for people and pipes only:
under ``--json`` stdout holds exactly one document, so a bare line has no place there.
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
