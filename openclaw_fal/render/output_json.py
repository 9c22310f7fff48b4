"""Results for programs: exactly one JSON document on stdout, for a success or a failure."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from openclaw_fal.core.errors import OpenclawFalError
from openclaw_fal.render.format import json_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openclaw_fal.core.results import Envelope, Table
    from openclaw_fal.render.screen import Screen


class JsonOutput:
    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._is_written = False

    def envelope(self, envelope: Envelope) -> None:
        self.data(envelope.as_json())

    def data(self, value: Any) -> None:
        if self._is_written:
            raise RuntimeError("a command prints one JSON document, not two")
        self._is_written = True
        self._screen.write_stdout(json_text(value, indent=2) + "\n")

    def line(self, text: str) -> None:
        """Print nothing: a bare line is not JSON."""

    def table(self, table: Table) -> None:
        self.data(table.value)

    def facts(self, title: str, pairs: Sequence[tuple[str, str]], *, value: Any = None) -> None:  # noqa: ARG002
        self.data(dict(pairs) if value is None else value)

    def descriptions(self, title: str, pairs: Sequence[tuple[str, str]]) -> None:
        """Print nothing: descriptions are for people."""

    def values(self, pairs: Sequence[tuple[str, Any]]) -> None:
        """Print nothing: they are in the document."""

    def failure(self, error: OpenclawFalError) -> None:
        # After a result there is no second document: the exit status shows that something failed later.
        if not self._is_written:
            # If stdout itself fails, stderr and the exit status show it.
            with suppress(OpenclawFalError):
                self.data(error.as_document())
