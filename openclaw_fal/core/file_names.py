"""The names of files, and the folder they go to.

``--output`` is read once, before anything is sent, and kept with the task: a later ``tasks wait`` in another folder
still puts the files where they were first wanted. The user may name any folder; a server's text becomes part of one
file name, never a folder.
"""

from __future__ import annotations

# ruff: noqa: PTH118, PTH122, PTH206 - names are text here and in the journal; nothing touches the disk
import os
import re
import unicodedata
from typing import TYPE_CHECKING, Any, Literal

from openclaw_fal.core.errors import UsageError
from openclaw_fal.core.media import UNKNOWN_EXTENSION, is_known_extension, mime_for
from openclaw_fal.core.records import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from time import struct_time

PLACEHOLDERS = ("index", "name", "ext", "task", "seed", "model")
MAX_VALUE_LENGTH = 120
"""Bytes that one value may add to a name; most file systems allow 255 for the whole name."""

_MAX_NAME_LENGTH = 200
_PLACEHOLDER = r"\{([^{}]*)\}"
_FORBIDDEN = '/\\:*?"<>|'
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_EDGES = ".-~ "
_NO_NAME = "file"
_SAFE = r"[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?"
_RESERVED = r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])(\..*)?"
_ESCAPE = r"((?:%[0-9A-Fa-f]{2})+)"


class OutputPlan(Record):
    """Where the files of a task go.

    ``folder`` is absolute; it is created if it is missing. ``name`` is the file's name, or the template below the
    folder, with the subfolders in it. ``stem`` begins names that the user did not choose. Standard output has no folder
    and no name. ``sidecar``: each file gets another beside it that says what made it. ``metadata``: pictures get that
    as text inside.
    """

    kind: Literal["folder", "file", "template", "stdout"]
    folder: str = ""
    name: str = ""
    stem: str = ""
    overwrite: bool = False
    sidecar: bool = False
    metadata: bool = False

    @property
    def is_json(self) -> bool:
        """Whether the user named a file for JSON."""
        return self.name.lower().endswith(".json")

    def is_same_place(self, other: OutputPlan) -> bool:
        """Return whether files go to the same place, except for names that the user did not choose."""
        return (self.kind, self.folder, self.name) == (other.kind, other.folder, other.name)

    def as_record(self) -> dict[str, Any]:
        """Return the plan as the journal keeps it. Switches that are off are left out: version 0.1.0 has none."""
        optional = {"sidecar": self.sidecar, "metadata": self.metadata}
        return {name: value for name, value in self._asdict().items() if optional.get(name, True)}

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> OutputPlan:
        return cls._restored(record)


class NameFacts(Record):
    """The values of a template's placeholders. ``name`` is the server's name for the file; it is not trusted."""

    task: str
    model: str
    seed: int | None = None
    name: str | None = None


def default_stem(kind: str, local_time: struct_time) -> str:
    """Return ``image-20261122-094501``."""
    t = local_time
    return f"{kind}-{t.tm_year:04}{t.tm_mon:02}{t.tm_mday:02}-{t.tm_hour:02}{t.tm_min:02}{t.tm_sec:02}"


def current_folder() -> str:
    """Return the current folder. Raises `UsageError` if it was removed."""
    try:
        return os.getcwd()  # noqa: PTH109 - for every line of a batch
    except OSError as error:
        raise UsageError(
            f"The current folder can't be used: {error.strerror}.", hint="Change to another folder: cd ~"
        ) from error


def current_folder_if_any() -> str | None:
    """Return the current folder; ``None`` if it was removed."""
    try:
        return current_folder()
    except UsageError:
        return None


def plan_output(
    output: str | None, *, cwd: str, stem: str, is_folder: Callable[[str], bool], overwrite: bool = False
) -> OutputPlan:
    """Read ``--output``: nothing (the current folder), ``-``, a file, a folder or a template.

    ``cwd`` is absolute; ``is_folder`` says whether an absolute path is a folder. Raises `UsageError`.
    """
    if output is None:
        return OutputPlan(kind="folder", folder=cwd, stem=stem, overwrite=overwrite)
    if output == "-":
        return OutputPlan(kind="stdout", stem=stem)
    if not output.strip() or "\0" in output:
        allowed = "a file, a folder, a template such as fox-{index}.{ext}, or - for standard output"
        raise UsageError(f"--output {output!r} is not a file name. Give {allowed}.")
    typed = output.replace(os.altsep, os.sep) if os.altsep else output
    if re.search(_PLACEHOLDER, typed):
        return _plan_template(typed, cwd=cwd, stem=stem, overwrite=overwrite)
    path = os.path.normpath(os.path.join(cwd, typed))
    if typed.endswith(os.sep) or is_folder(path):
        return OutputPlan(kind="folder", folder=path, stem=stem, overwrite=overwrite)
    folder, name = os.path.split(path)
    return OutputPlan(kind="file", folder=folder, name=name, stem=stem, overwrite=overwrite)


def _plan_template(typed: str, *, cwd: str, stem: str, overwrite: bool) -> OutputPlan:
    for name in re.findall(_PLACEHOLDER, typed):
        if name not in PLACEHOLDERS:
            allowed = " ".join(f"{{{placeholder}}}" for placeholder in PLACEHOLDERS)
            raise UsageError(f"--output has an unknown placeholder {{{name}}}. Use any of: {allowed}.")
    if typed.endswith(os.sep):
        typed += f"{stem}-{{index}}"
    parts = typed.split(os.sep)
    first = next(index for index, part in enumerate(parts) if re.search(_PLACEHOLDER, part))
    folder = os.path.normpath(os.path.join(cwd, os.sep.join([*parts[:first], ""])))
    return OutputPlan(kind="template", folder=folder, name=os.sep.join(parts[first:]), stem=stem, overwrite=overwrite)


def name_for(plan: OutputPlan, index: int, total: int, extension: str, facts: NameFacts) -> str:
    """Return the absolute path for file ``index`` (from 1) of ``total``.

    ``extension``, with its dot, comes from the file's content and replaces a typed one that does not fit it. An empty
    or unknown extension leaves the typed one. Raises `ValueError` for standard output, which has no name.
    """
    match plan.kind:
        case "folder":
            return os.path.join(plan.folder, f"{plan.stem}-{index}{extension}")
        case "file":
            stem, extension = _fit(plan.name, extension)
            return os.path.join(plan.folder, (stem if total == 1 else f"{stem}-{index}") + extension)
        case "template":
            return os.path.join(plan.folder, _filled(plan, index, total, extension, facts))
        case "stdout":
            raise ValueError("standard output has no name")


def exact_names(plan: OutputPlan, total: int, extension: str = "") -> list[str]:
    """Return the paths that are known before anything is sent; ``extension`` is the expected one, if there is one."""
    if plan.kind in {"stdout", "folder"}:
        return []
    certain = {"index", "ext"} if extension else {"index"}
    if not certain.issuperset(re.findall(_PLACEHOLDER, plan.name)) or not _fit(plan.name, extension)[1]:
        return []
    facts = NameFacts(task="", model="")
    return [name_for(plan, index, total, extension, facts) for index in range(1, total + 1)]


def sidecar_of(path: str) -> str:
    """Return the path of the file that says what made this one."""
    return f"{path}.json"


def numbered_names(plan: OutputPlan, path: str) -> Iterator[str]:
    """Yield the names with the next numbers, for when ``path`` already exists."""
    stem, extension = os.path.splitext(path)
    number = 0
    if plan.kind == "folder":
        stem, _, last = stem.rpartition("-")
        number = int(last)
    while True:
        number += 1
        yield f"{stem}-{number}{extension}"


def _fit(typed: str, extension: str) -> tuple[str, str]:
    """Split a typed name into stem and extension; an extension that does not fit the content is replaced.

    An extension that is not a media type's belongs to the stem, as in ``v1.5``. A dot at the end begins an extension
    that was not typed.
    """
    typed = typed.rstrip(".") or typed
    stem, typed_extension = os.path.splitext(typed)
    if typed_extension.lower() == extension:
        return stem, typed_extension
    typed_mime = mime_for(typed_extension)
    if typed_mime is None:
        return typed, extension
    if extension in {"", UNKNOWN_EXTENSION} or mime_for(extension) == typed_mime:
        return stem, typed_extension
    return stem, extension


def _filled(plan: OutputPlan, index: int, total: int, extension: str, facts: NameFacts) -> str:
    *folders, last = plan.name.split(os.sep)
    if "{ext}" in last:
        stem, dot, rest = last.rpartition(".{ext}")
        # A number goes before ".{ext}" at the end; any other template gets it at its end.
        stem, tail = (stem, dot) if dot and not rest else (last, "")
    else:
        stem, tail = _fit(last, extension)
    if total > 1 and "{index}" not in plan.name:
        stem += "-{index}"

    def value(match: re.Match[str]) -> str:
        match match[1]:
            case "index":
                return str(index)
            case "ext":
                return extension.removeprefix(".")
            case "task":
                return safe_value(facts.task)
            case "model":
                return safe_value(facts.model)
            case "seed":
                return "unknown" if facts.seed is None else str(facts.seed)
            case _:
                return safe_stem(facts.name) if facts.name else plan.stem

    parts = [_substitute(folder, value) for folder in folders]
    parts.append(_substitute(stem, value) + re.sub(_PLACEHOLDER, value, tail))
    return os.path.join(*parts)


def _substitute(template: str, value: Callable[[re.Match[str]], str]) -> str:
    filled = re.sub(_PLACEHOLDER, value, template)
    # The end is kept, because the number is there.
    return filled if filled == template else _cut(filled, _MAX_NAME_LENGTH, keep_last=40)


def safe_stem(server_name: str) -> str:
    """Return a server's name for a file as a safe name, without folders and extension."""
    last = re.split(r"[/\\]", _unescaped(server_name).rstrip("/\\"))[-1]
    stem, extension = os.path.splitext(last)
    return safe_value(stem if is_known_extension(extension) else last)


def safe_file_name(name: str) -> str:
    """Return the name of a local file as one that any server takes; the extension stays."""
    stem, extension = os.path.splitext(name)
    return safe_value(stem) + (f".{safe_value(extension[1:])}" if extension[1:] else "")


def safe_value(text: str) -> str:
    """Return a text as part of a file name that is safe on every system: visible, not too long, never empty."""
    if not text:
        return _NO_NAME
    if len(text) <= MAX_VALUE_LENGTH and re.fullmatch(_SAFE, text) and "--" not in text:  # most are; the rest is slow
        return f"_{text}" if re.fullmatch(_RESERVED, text, flags=re.IGNORECASE) else text
    shown = "".join(
        "-"
        if character in _FORBIDDEN or character.isspace() or unicodedata.category(character) in _INVISIBLE
        else character
        for character in unicodedata.normalize("NFC", text[:1000])
    )
    value = _cut(re.sub(r"-{2,}", "-", shown).strip(_EDGES), MAX_VALUE_LENGTH).rstrip(_EDGES)
    return f"_{value}" if re.fullmatch(_RESERVED, value, flags=re.IGNORECASE) else value or _NO_NAME


def _cut(text: str, limit: int, *, keep_last: int = 0) -> str:
    """Shorten a text to ``limit`` bytes, keeping its last ``keep_last`` bytes and whole characters."""
    data = text.encode("utf-8", "replace")
    if len(data) <= limit:
        return text
    first, last = data[: limit - keep_last], data[len(data) - keep_last :]
    return first.decode("utf-8", "ignore") + last.decode("utf-8", "ignore")


def _unescaped(text: str) -> str:
    """Decode %-escapes, so that an escaped slash is treated as a slash."""
    return re.sub(_ESCAPE, lambda match: bytes.fromhex(match[1].replace("%", "")).decode("utf-8", "replace"), text)
