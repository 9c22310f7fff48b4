"""The lines of a batch file: prompts, JSON Lines or an array, or CSV. All mistakes are found, not only the first."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import TYPE_CHECKING, Any, Literal, get_args

from openclaw_fal.core.json_text import parse_json
from openclaw_fal.core.records import Record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


BatchFormat = Literal["text", "jsonl", "csv"]
BATCH_FORMATS: tuple[BatchFormat, ...] = get_args(BatchFormat)
_FORMAT_BY_EXTENSION: Mapping[str, BatchFormat] = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".csv": "csv",
    ".tsv": "csv",
}
NOT_JSON = "not JSON"
_COMMENT = "#"
_DELIMITERS = ",;\t"
_NAMED_DELIMITER = re.compile(rf'"?sep=([{_DELIMITERS}])"?\s*', re.IGNORECASE)  # Excel's own first line
_FIRST_OBJECT = re.compile(r"\s*(\[\s*)?\{")
_BETWEEN_ELEMENTS = re.compile(r"[\s,]*")


class RawLine(Record):
    """One line as read; members have the names of flags, without hyphens in front."""

    number: int
    members: dict[str, Any]


class Mistake(Record):
    """What is wrong with a line; ``number`` counts from 1."""

    number: int
    message: str

    def as_json(self) -> dict[str, Any]:
        return {"line": self.number, "message": self.message}


def format_of(name: str, text: str) -> BatchFormat:
    """Return the format of a file by its extension; without a known one, by how its text begins."""
    extension = name[name.rfind(".") :].lower() if "." in name else ""
    if known := _FORMAT_BY_EXTENSION.get(extension):
        return known
    return "jsonl" if _FIRST_OBJECT.match(text) else "text"


def read_lines(text: str, form: BatchFormat) -> tuple[list[RawLine], list[Mistake]]:
    """Return the lines of a batch and what is wrong with others. Blank lines and comments (#) of text are skipped."""
    mistakes: list[Mistake] = []
    if form == "csv":
        return list(_rows(text, mistakes)), mistakes
    if form == "jsonl" and text.lstrip().startswith("["):
        return list(_elements(text, mistakes)), mistakes
    lines = []
    for number, line in enumerate(_split(text), start=1):
        if not line.strip():
            continue
        if form == "jsonl":
            try:
                lines.append(RawLine(number, _object(_parsed(line))))
            except ValueError as error:
                mistakes.append(Mistake(number, str(error)))
        elif not line.startswith(_COMMENT):
            lines.append(RawLine(number, {"prompt": line.strip()}))
    return lines, mistakes


def _split(text: str) -> list[str]:
    # `splitlines` also splits at U+2028, which prompts and JSON may contain.
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _parsed(text: str) -> Any:
    try:
        return parse_json(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"{NOT_JSON}: {error.msg} at column {error.colno}.") from error
    except ValueError as error:
        raise ValueError(f"{error}.") from error


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError('not an object, such as {"prompt": "a red fox"}.')  # noqa: TRY004
    return value


def _elements(text: str, mistakes: list[Mistake]) -> Iterator[RawLine]:
    """Yield the elements of an array."""
    try:
        elements = _parsed(text)
    except ValueError as error:
        mistakes.append(Mistake(getattr(error.__cause__, "lineno", 1), str(error)))
        return
    for number, element in zip(_numbers_of(text, len(elements)), elements, strict=True):
        try:
            yield RawLine(number, _object(element))
        except ValueError as error:
            mistakes.append(Mistake(number, str(error)))


def _numbers_of(text: str, count: int) -> Sequence[int]:
    """Return the line of each of the ``count`` elements of an array, or count them if some share a line."""
    decoder, line, end, numbers = json.JSONDecoder(), 1, 0, []
    start = text.index("[") + 1
    for _ in range(count):
        start = _BETWEEN_ELEMENTS.match(text, start).end()  # type: ignore[union-attr]  # it matches everywhere
        line += text.count("\n", end, start)
        numbers.append(line)
        end = start
        start = decoder.raw_decode(text, start)[1]
    return numbers if len(set(numbers)) == count else range(1, count + 1)


def _rows(text: str, mistakes: list[Mistake]) -> Iterator[RawLine]:
    """Yield the rows below the header; a cell in quotes may have several lines."""
    lines = [*io.StringIO(text, newline="")]  # `splitlines` also splits at U+2028, which prompts may contain
    reader = csv.reader(lines, delimiter=_delimiter_of(lines), strict=True)
    header: list[str] | None = None
    start = 1
    try:
        for cells in reader:
            start, number = reader.line_num + 1, start
            if not any(cell.strip() for cell in cells):
                continue
            if header is None:
                header = [cell.strip() for cell in cells]
                continue
            if len(cells) > len(header) and any(cell.strip() for cell in cells[len(header) :]):
                mistakes.append(Mistake(number, _too_many(len(cells), len(header), reader.dialect.delimiter)))
                continue
            yield RawLine(number, _members(header, cells))
    except csv.Error as error:
        mistakes.append(Mistake(start, f"not CSV: {error}."))
    if header is None:
        mistakes.append(Mistake(1, "there is no header, such as prompt,model,seed."))


def _too_many(count: int, known: int, delimiter: str) -> str:
    sign = "a tab" if delimiter == "\t" else delimiter
    return f"it has {count} cells, but the header has {known}. Put a cell with {sign} in it in quotes."


def _delimiter_of(lines: list[str]) -> str:
    """Return the sign that splits the header into the most names: Excel writes semicolons where commas are decimal.

    A first line that names the sign is emptied.
    """
    if lines and (named := _NAMED_DELIMITER.fullmatch(lines[0])):
        lines[0] = "\n"
        return named[1]
    header = next((line for line in lines if line.strip(f"{_DELIMITERS}\r\n ")), "")
    return max(_DELIMITERS, key=lambda sign: len(next(csv.reader([header], delimiter=sign), ())))


def _members(header: Sequence[str], cells: Sequence[str]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for name, cell in zip(header, cells, strict=False):
        if cell.strip() and name:
            before = members.get(name)
            members[name] = cell if before is None else [*(before if isinstance(before, list) else [before]), cell]
    return members
