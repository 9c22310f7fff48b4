"""Results for programs: exactly one JSON document on stdout, success or failure."""

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
            raise RuntimeError("a command has one JSON document to write, not two")
        self._is_written = True
        self._screen.put(json_text(value, indent=2) + "\n")

    def line(self, text: str) -> None:
        """Write nothing: a bare line is no JSON."""

    def table(self, table: Table) -> None:
        self.data(table.value)

    def facts(self, title: str, pairs: Sequence[tuple[str, str]], *, value: Any = None) -> None:  # noqa: ARG002
        self.data(dict(pairs) if value is None else value)

    def failure(self, error: OpenclawFalError) -> None:
        # Whoever has read the result already learns of what went wrong after it from the exit status.
        if not self._is_written:
            # If stdout itself is what fails, stderr and the exit status tell.
            with suppress(OpenclawFalError):
                self.data(error.as_document())
