"""What files are called, and where they go.

The user's ``--output`` is read once, before anything is sent, and kept with the task: a later ``tasks wait`` in
another folder puts the files where they were first asked for. What the user typed may lead anywhere; what a server says
becomes part of one name, never a folder.
"""

from __future__ import annotations

# ruff: noqa: PTH118, PTH122, PTH206 - names are text here and in the journal; nothing touches the disk
import os
import re
import unicodedata
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from openclaw_fal.core.errors import UsageError
from openclaw_fal.core.media import UNKNOWN_EXTENSION, mime_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from time import struct_time

PLACEHOLDERS = ("index", "name", "ext", "task", "seed", "model")
LONGEST_VALUE = 120
"""Bytes that one value may add to a name; most disks take 255 for the whole."""

_LONGEST_NAME = 200
_PLACEHOLDER = r"\{([^{}]*)\}"
_FORBIDDEN = '/\\:*?"<>|'
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_EDGES = ".-~ "
_RESERVED = r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])(\..*)?"
_ESCAPE = r"((?:%[0-9A-Fa-f]{2})+)"


class OutputPlan(NamedTuple):
    """Where the files of a task go.

    ``folder`` is absolute and exists or is made. ``name`` is the file's name, or the template below the folder,
    with the user's own subfolders in it. ``stem`` begins names that nobody chose. For standard output all are empty.
    """

    kind: Literal["folder", "file", "template", "stdout"]
    folder: str = ""
    name: str = ""
    stem: str = ""
    overwrite: bool = False

    def as_json(self) -> dict[str, Any]:
        return self._asdict()

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> OutputPlan:
        return cls(**{name: record[name] for name in cls._fields if name in record})


class NameFacts(NamedTuple):
    """What a template may put into a name. ``name`` is the server's name for the file; it is not trusted."""

    task: str
    model: str
    seed: int | None = None
    name: str | None = None


def default_stem(kind: str, local_time: struct_time) -> str:
    """Return ``image-20261122-094501``."""
    t = local_time
    return f"{kind}-{t.tm_year:04}{t.tm_mon:02}{t.tm_mday:02}-{t.tm_hour:02}{t.tm_min:02}{t.tm_sec:02}"


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
        raise UsageError(f"--output {output!r} names no file. Give {allowed}.")
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
            raise UsageError(f"--output has a placeholder {{{name}}}, which is not known. Use any of: {allowed}.")
    if typed.endswith(os.sep):
        typed += f"{stem}-{{index}}"
    parts = typed.split(os.sep)
    first = next(index for index, part in enumerate(parts) if re.search(_PLACEHOLDER, part))
    folder = os.path.normpath(os.path.join(cwd, os.sep.join([*parts[:first], ""])))
    return OutputPlan(kind="template", folder=folder, name=os.sep.join(parts[first:]), stem=stem, overwrite=overwrite)


def name_for(plan: OutputPlan, index: int, total: int, extension: str, facts: NameFacts) -> str:
    """Return the absolute path for file ``index`` (from 1) of ``total``.

    ``extension`` comes from the file's content, with its dot, and wins over the one that was typed; when it is empty
    or says nothing, the typed one stays. Raises `ValueError` for standard output, which has no name.
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
    """Return the paths that are certain before anything is sent; ``extension`` is the one to expect, if any."""
    if plan.kind in {"stdout", "folder"}:
        return []
    certain = {"index", "ext"} if extension else {"index"}
    if not certain.issuperset(re.findall(_PLACEHOLDER, plan.name)) or not _fit(plan.name, extension)[1]:
        return []
    facts = NameFacts(task="", model="")
    return [name_for(plan, index, total, extension, facts) for index in range(1, total + 1)]


def other_names(plan: OutputPlan, path: str) -> Iterator[str]:
    """Yield names to use instead when ``path`` is taken: the next numbers."""
    stem, extension = os.path.splitext(path)
    number = 0
    if plan.kind == "folder":
        stem, _, last = stem.rpartition("-")
        number = int(last)
    while True:
        number += 1
        yield f"{stem}-{number}{extension}"


def _fit(typed: str, extension: str) -> tuple[str, str]:
    """Split a typed name into stem and extension, the latter changed if it would belie the content.

    ``v1.5`` has no extension, only a dot: what is not the name of some media type is part of the stem.
    """
    stem, typed_extension = os.path.splitext(typed)
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
        # Without ".{ext}" at the end there is no extension to keep the number away from.
        stem, tail = (stem, dot) if dot and not rest else (last, "")
    else:
        stem, tail = _fit(last, extension)
    if total > 1 and "{index}" not in plan.name:
        stem += "-{index}"
    values = {
        "index": str(index),
        "ext": extension.removeprefix("."),
        "task": safe_value(facts.task),
        "model": safe_value(facts.model),
        "seed": "unknown" if facts.seed is None else str(facts.seed),
        "name": safe_stem(facts.name) if facts.name else plan.stem,
    }
    parts = [_substitute(folder, values) for folder in folders]
    parts.append(_substitute(stem, values) + re.sub(_PLACEHOLDER, lambda match: values[match[1]], tail))
    return os.path.join(*parts)


def _substitute(template: str, values: dict[str, str]) -> str:
    filled = re.sub(_PLACEHOLDER, lambda match: values[match[1]], template)
    # The end stays whatever happens: the number is there.
    return filled if filled == template else _cut(filled, _LONGEST_NAME, keep_last=40)


def safe_stem(server_name: str) -> str:
    """Return the name that a server gave a file, without folders and extension, made safe."""
    last = re.split(r"[/\\]", _unescaped(server_name).rstrip("/\\"))[-1]
    stem, extension = os.path.splitext(last)
    return safe_value(stem if mime_for(extension) else last)


def safe_value(text: str, fallback: str = "file") -> str:
    """Make a text fit to be part of a file's name on any system: one visible piece, not too long, never empty."""
    shown = "".join(
        "-"
        if character in _FORBIDDEN or character.isspace() or unicodedata.category(character) in _INVISIBLE
        else character
        for character in unicodedata.normalize("NFC", text[:1000])
    )
    value = _cut(re.sub(r"-{2,}", "-", shown).strip(_EDGES), LONGEST_VALUE).rstrip(_EDGES)
    return f"_{value}" if re.fullmatch(_RESERVED, value, flags=re.IGNORECASE) else value or fallback


def _cut(text: str, limit: int, *, keep_last: int = 0) -> str:
    """Shorten a text to ``limit`` bytes, in front of its last ``keep_last``, without cutting a character in two."""
    data = text.encode("utf-8", "replace")
    if len(data) <= limit:
        return text
    first, last = data[: limit - keep_last], data[len(data) - keep_last :]
    return first.decode("utf-8", "ignore") + last.decode("utf-8", "ignore")


def _unescaped(text: str) -> str:
    """Undo %-escapes, so that an escaped slash is seen for what it is."""
    return re.sub(_ESCAPE, lambda match: bytes.fromhex(match[1].replace("%", "")).decode("utf-8", "replace"), text)
