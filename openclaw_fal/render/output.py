"""How a command prints its result: as one JSON document for programs, or as OpenClaw's text for pipes and files.

`output_terminal` prints it for people.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from openclaw_fal.core.data_uri import is_data_uri
from openclaw_fal.core.errors import OpenclawFalError
from openclaw_fal.core.results import RESULT_URL, as_text
from openclaw_fal.render.format import exact, exact_lines, json_text, location

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openclaw_fal.core.requests import PrintForm
    from openclaw_fal.core.results import Envelope, Table
    from openclaw_fal.render.screen import Screen


class Output:
    """The result of a command, on stdout.

    What stands in an envelope or a document anyway is printed for people and pipes only: under ``--json`` stdout holds
    exactly one document.
    """

    def envelope(self, envelope: Envelope) -> None:
        """Print the answer of a generation."""
        raise NotImplementedError

    def data(self, value: Any) -> None:
        """Print a JSON document, in every mode."""
        raise NotImplementedError

    def line(self, text: str) -> None:
        """Print one line; nothing under ``--json``."""

    def table(self, table: Table) -> None:
        """Print rows."""
        raise NotImplementedError

    def facts(self, title: str, pairs: Sequence[tuple[str, str]], *, value: Any = None) -> None:
        """Print names and values; ``value`` is their JSON where it is more than the pairs."""
        raise NotImplementedError

    def descriptions(self, title: str, pairs: Sequence[tuple[str, str]]) -> None:
        """Print names and descriptions, which a terminal wraps at words; nothing under ``--json``."""

    def values(self, pairs: Sequence[tuple[str, Any]]) -> None:
        """Print text and numbers of a result, which a terminal shows as an outline; nothing under ``--json``."""

    def failure(self, error: OpenclawFalError) -> None:
        """Print the failure for programs; people read it on stderr."""


class JsonOutput(Output):
    """Exactly one JSON document, for a success or a failure."""

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

    def table(self, table: Table) -> None:
        self.data(table.value)

    def facts(self, title: str, pairs: Sequence[tuple[str, str]], *, value: Any = None) -> None:  # noqa: ARG002
        self.data(dict(pairs) if value is None else value)

    def failure(self, error: OpenclawFalError) -> None:
        # After a result there is no second document: the exit status shows that something failed later.
        if not self._is_written:
            # If stdout itself fails, stderr and the exit status show it.
            with suppress(OpenclawFalError):
                self.data(error.as_document())


class PlainOutput(Output):
    """OpenClaw's text, byte for byte, and tab-separated tables.

    ``prints`` is what is printed of a result instead of all that is known of it.
    """

    def __init__(self, screen: Screen, *, prints: PrintForm | None = None) -> None:
        self._screen = screen
        self._prints = prints

    def envelope(self, envelope: Envelope) -> None:
        if self._prints:
            self._print(_bare_result(envelope, self._prints))
            return
        lines = [
            f"{envelope.capability} via local",
            "provider: fal",
            f"model: {exact(envelope.model)}",
            *([f"cost: {exact(envelope.cost.text)}"] if envelope.cost else []),
            f"outputs: {len(envelope.outputs)}",
        ]
        # Our own names: written as they are, whatever bytes they are made of.
        lines += [where for asset in envelope.outputs if (where := location(asset))]
        lines += _value_lines(envelope.values)
        if not envelope.is_complete and envelope.task_id:
            lines.append(f"task: {envelope.task_id}")
        self._print(lines)

    def data(self, value: Any) -> None:
        self._print([json_text(value, indent=2)])

    def line(self, text: str) -> None:
        self._print([text])

    def table(self, table: Table) -> None:
        self._print(["\t".join(exact(cell) for cell in row) for row in table.rows])

    def facts(self, title: str, pairs: Sequence[tuple[str, str]], *, value: Any = None) -> None:  # noqa: ARG002
        self._print([f"{name}: {exact(text)}" for name, text in pairs])

    def descriptions(self, title: str, pairs: Sequence[tuple[str, str]]) -> None:
        # The title marks the group, as a heading does on a terminal.
        self._print([f"{title} {name}: {exact(text)}" for name, text in pairs])

    def values(self, pairs: Sequence[tuple[str, Any]]) -> None:
        self._print(_value_lines(pairs))

    def _print(self, lines: Sequence[str]) -> None:
        if lines:
            self._screen.write_stdout("\n".join(lines) + "\n")


def _bare_result(envelope: Envelope, form: PrintForm) -> list[str]:
    """Return the paths or URLs of the files alone; without files, the values of the result or the task's id."""
    task_id = [envelope.task_id] if envelope.task_id else []
    if form == "id":
        return task_id
    if form == "url" and envelope.outputs:
        urls = [asset.url for asset in envelope.outputs if asset.url != RESULT_URL]
        return [exact(url) for url in urls if not is_data_uri(url)]
    paths = [where for asset in envelope.outputs if (where := location(asset))]
    texts = [exact_lines(as_text(value)) for _name, value in envelope.values]
    return paths or texts or task_id


def _value_lines(pairs: Sequence[tuple[str, Any]]) -> list[str]:
    return [f"{exact(name)}: {exact_lines(as_text(value))}" for name, value in pairs]
