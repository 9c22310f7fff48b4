"""The command line that makes a task's files again, quoted for a POSIX shell."""

from __future__ import annotations

import json
import shlex
import unicodedata
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from openclaw_fal.core.data_uri import has_lost_content
from openclaw_fal.core.kinds import HINTS, KIND_OF_CAPABILITY, KIND_ROWS, flag_name
from openclaw_fal.core.program import command
from openclaw_fal.core.requests import Parameter, Reference, Request, is_local
from openclaw_fal.core.secrets import holds_redacted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openclaw_fal.core.tasks import Task

# Hints that are switches: the flag if it is on, and the flag if it is off; empty where there is none.
_SWITCHES = {
    "audio": ("--audio", "--no-audio"),
    "watermark": ("--watermark", "--no-watermark"),
    "instrumental": ("--instrumental", ""),
}


def command_line(task: Task, folder: str | None = None, *, keeps_lines: bool = False) -> str:
    """Return the command that makes the same request again, with the model and the seed that were used.

    With ``folder``, files have names from there. ``keeps_lines`` as in `quoted`. Empty if the request is not known.
    """
    if task.request is None or task.capability not in KIND_OF_CAPABILITY:
        return ""
    request = task.request
    if folder and task.working_folder and task.working_folder != folder:
        request = _with_full_paths(request, task.working_folder)
    words = (quoted(word, keeps_lines=keeps_lines) for word in _words(request, task))
    return command(*words, sandbox=task.sandbox)


def _with_full_paths(request: Request, folder: str) -> Request:
    def full(source: str) -> str:
        return str(PurePath(folder, source)) if is_local(source) and not source.startswith("~") else source

    references = (each._replace(source=full(each.source)) for each in request.references)
    parameters = (each._replace(value=full(each.value)) if each.form == "file" else each for each in request.parameters)
    return request._replace(references=tuple(references), parameters=tuple(parameters))


def lost_part(request: Request) -> str | None:
    """Return what the journal did not keep of a request, so that it can't be sent again; ``None`` if it kept all."""
    for reference in request.references:
        if reference.source == "-":
            return "the file that was read from standard input"
        if has_lost_content(reference.source):
            return "the content of a data: URI"
        if holds_redacted(reference.source):
            return "the password or signature of a URL"
    for parameter in request.parameters:
        if parameter.form == "file" and parameter.value == "-":
            return f"the file of -p {parameter.name}, which was read from standard input"
        if has_lost_content(str(parameter.value)):
            return f"the content of the data: URI in -p {parameter.name}"
        if holds_redacted(parameter.value):
            return f"a secret in -p {parameter.name}"
    return None


def quoted(word: str, *, keeps_lines: bool = False) -> str:
    """Quote a word for a POSIX shell, on one line; what is invisible or reorders text is written as escapes.

    Not all shells read escapes. With ``keeps_lines``, the ends of lines alone are no reason for them.
    """
    if not any(_is_escaped(each) and not (keeps_lines and each in "\n\t") for each in word):
        return shlex.quote(word)
    return "$'" + "".join(map(_escaped, word)) + "'"


def _is_escaped(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cf", "Co", "Zl", "Zp"}


def _escaped(character: str) -> str:
    if character in "\\'":
        return f"\\{character}"
    if not _is_escaped(character):
        return character
    if character in "\n\t":
        return "\\n" if character == "\n" else "\\t"
    number = ord(character)
    return f"\\x{number:02x}" if number < 0x80 else f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def _words(request: Request, task: Task) -> Iterator[str]:
    yield from task.capability.split(".")
    row = KIND_ROWS[request.kind]
    if task.capability == "run":
        yield f"fal/{task.model}"
    if request.prompt:
        yield from ("--prompt", _as_text(request.prompt))
    if task.capability != "run":
        yield from ("--model", f"fal/{task.model}")
    for reference in request.references:
        yield from (_reference_flag(request, reference), reference.source)
    for hint in HINTS:
        if hint in row.hints:
            yield from _hint_words(request, hint, _value(request, task, hint))
    for parameter in request.parameters:
        yield from ("-p", _parameter_word(parameter))


def _value(request: Request, task: Task, hint: str) -> Any:
    value = getattr(request, hint)
    return task.seed if hint == "seed" and value is None else value


def _hint_words(request: Request, hint: str, value: Any) -> Iterator[str]:
    if value is None:
        return
    if hint in _SWITCHES:
        yield from filter(None, [_SWITCHES[hint][not value]])
        return
    if hint == "lyrics":
        value = _as_text(value)
    is_whole = isinstance(value, float) and value.is_integer()
    yield from (flag_name(hint, request.kind), str(int(value) if is_whole else value))


def _as_text(text: str) -> str:
    """Return a text for a flag that reads a file for ``@FILE``."""
    return f"@{text}" if text.startswith("@") else text


def _reference_flag(request: Request, reference: Reference) -> str:
    if request.kind == "any":
        return "--file"
    row = KIND_ROWS[request.kind]
    by_role = {"mask": row.mask_flag, "last image": row.last_image_flag}
    return by_role.get(reference.role) or row.reference_flags.get(reference.kind, f"--{reference.kind}")


def _parameter_word(parameter: Parameter) -> str:
    if parameter.form == "json":
        return f"{parameter.name}:={json.dumps(parameter.value, ensure_ascii=False)}"
    return f"{parameter.name}={parameter.recorded}"
