"""``--results``: one JSON line for each line of a batch as it ends, and the merging of such files."""

from __future__ import annotations

import json
import os
import re
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from openclaw_fal.core.batch_line_state import LineState
from openclaw_fal.core.errors import UsageError
from openclaw_fal.core.json_text import parse_json
from openclaw_fal.core.text import unreadable_reason
from openclaw_fal.store.paths import expand_home, read_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from openclaw_fal.actions.batch import Batch
    from openclaw_fal.core.batch_line_state import LineResult


class ResultsFile:
    """``--results``: one JSON line for each line of the batch as it ends. A line that is in it already is not added."""

    def __init__(self, batch: Batch, path: str | None) -> None:
        self._batch = batch
        self._file: TextIO | None = None
        self._known: set[tuple[str, str]] = set()
        if path is None:
            return
        if path == "-":
            raise UsageError("--results - is not a file. --json prints the results of all lines on standard output.")
        target = expand_home(path)
        try:
            before = read_text(target, "utf-8") if os.path.isfile(target) else ""
            target.parent.mkdir(parents=True, exist_ok=True)
            self._file = target.open("a", encoding="utf-8")
            if before and not before.endswith("\n"):
                self._file.write("\n")  # a crash has cut the last line short
        except OSError as error:
            raise UsageError(f"--results {path} can't be written: {error.strerror or error}.") from error
        except UnicodeDecodeError as error:
            raise UsageError(f"--results {path} is a file of something else: it is not UTF-8 text.") from error
        self._known = {_identity(row) for row in read_results(before) if row.get("ok")}

    def add_known(self, result: LineResult) -> None:
        identity = _identity({"batch": self._batch.name, "key": result.key})
        is_over = result.state is LineState.DONE or result.state.needs_retry
        if is_over and identity not in self._known:
            self.add(result)

    def add(self, result: LineResult) -> None:
        if self._file is None or result.state is LineState.MISSING:
            return
        document = {"batch": self._batch.name} | result.as_json()
        try:
            self._file.write(json.dumps(document, ensure_ascii=True, separators=(",", ":"), default=str) + "\n")
            self._file.flush()
        except OSError as error:
            # The files that are paid for matter more. The next run adds the lines that are done.
            self._batch.runtime.messages.warning(f"--results can't be written: {error.strerror or error}.")
            self.close()

    def close(self) -> None:
        file, self._file = self._file, None
        with suppress(OSError):  # what could not be written is written once more
            if file:
                file.close()


def merged(files: Sequence[str]) -> list[dict[str, Any]]:
    """Return the rows of several results files, in the order of their lines: of each line the last that is done."""
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for name in files:
        try:
            text = read_text(expand_home(name))
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{name} can't be read: {unreadable_reason(error)}.") from error
        found = read_results(text)
        # A machine that had no lines leaves an empty file, one that was killed a row that is not whole.
        if not found and not re.fullmatch(r"\s*(\{.*)?", text):
            raise UsageError(f"{name} has no results. Give files that --results wrote.")
        for row in found:
            key = _identity(row)
            if row.get("ok") or not rows.get(key, {}).get("ok"):
                rows[key] = row
    if not rows:
        raise UsageError("There are no results in these files, so no line is known to be done.")
    return sorted(rows.values(), key=lambda row: (str(row.get("batch")), _number(row.get("line"))))


def _identity(row: Mapping[str, Any]) -> tuple[str, str]:
    """Return what equal rows have in common. The same batch has another folder on another machine."""
    return Path(str(row.get("batch"))).name, str(row["key"])


def _number(value: Any) -> int:
    return value if isinstance(value, int) else 0


def read_results(text: str) -> list[dict[str, Any]]:
    """Return the rows of a results file; anything else, such as a line that a crash cut short, is left out."""
    rows = []
    for line in text.splitlines():
        try:
            row = parse_json(line)
        except ValueError:
            continue
        if isinstance(row, dict) and isinstance(row.get("key"), str):
            rows.append(row)
    return rows
