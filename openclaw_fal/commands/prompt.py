"""What was typed without flags: the prompt, from a file or standard input too, files, and the model's own inputs."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from openclaw_fal.commands.options import runtime_of
from openclaw_fal.core.errors import RequestError, UsageError
from openclaw_fal.core.kinds import KIND_ROWS
from openclaw_fal.core.records import Record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from typer import Context

    from openclaw_fal.core.kinds import Kind, MediaKind
    from openclaw_fal.core.requests import Parameter, Reference
    from openclaw_fal.models.schema import Input
    from openclaw_fal.runtime import Runtime

MAX_NAME = 4096  # characters; no file has a longer name
LISTS = (".txt", ".jsonl", ".ndjson", ".csv", ".tsv")  # files with many prompts
_ASSIGNMENT = r"(?s)([A-Za-z_][\w-]*)((?:\.[\w-]+)*):?=.+"


class Typed(Record):
    """The prompt, empty when there is none; inputs that were typed as ``NAME=VALUE``; files that were named."""

    prompt: str
    parameters: tuple[Parameter, ...] = ()
    files: tuple[Reference, ...] = ()


def read_words(
    context: Context,
    words: Sequence[str] | None,
    prompt: str | None,
    *,
    model: str | None = None,
    files: Sequence[str] | None = None,
    media: Sequence[MediaKind] = (),
) -> Typed:
    """Return what the arguments mean. ``words`` are the arguments, ``prompt`` is ``--prompt``.

    ``NAME=VALUE`` is an input if the model has one of that name. Files of these ``media`` are references.
    ``files`` were given with a flag. Raises `UsageError` for a prompt that is blank, is not one argument, or is the
    name of a file, and for a file of prompts among the others.
    """
    if files and any(file.lower().endswith(LISTS) for file in files):
        from openclaw_fal.commands.corrections import refuse_lists

        refuse_lists(context, files)
    texts = list(words or ())
    parameters: tuple[Parameter, ...] = ()
    if any("=" in word for word in texts):
        from openclaw_fal.commands.answers import read_parameters

        inputs = inputs_of(context, model)
        assigned = [word for word in texts if is_assignment(word, inputs, is_alone=len(texts) == 1)]
        texts = [word for word in texts if word not in assigned]
        texts += [word.partition("=")[2] for word in assigned if word.startswith("prompt=")]
        parameters = read_parameters([word for word in assigned if not word.startswith("prompt=")])
    named = [word for word in texts if media and medium_of(word) in media]
    texts = [word for word in texts if word not in named]
    return Typed(_read_prompt(context, texts, prompt), parameters, references_to(context, named, model))


def references_to(context: Context, files: Sequence[str], model: str | None) -> tuple[Reference, ...]:
    """Return references to files, each by what its name says that it is, else by what the model takes.

    Raises `UsageError` for one that may be for several inputs.
    """
    if not files:
        return ()
    from openclaw_fal.core.requests import Reference

    media = (medium_of(file, anywhere=True) or _only_medium(context, file, model) for file in files)
    return tuple(map(Reference, media, files))


def _only_medium(context: Context, file: str, model: str | None) -> MediaKind:
    from openclaw_fal.models.schema import medium_of_input

    inputs = inputs_of(context, model)
    media = {name: medium for name in inputs if (medium := medium_of_input(name, inputs[name]))}
    found = set(media.values())
    if len(found) == 1 and "3d" not in found and "file" not in found:
        return found.pop()
    raise RequestError(
        f"{file} may be a file of any kind. Give it to an input of the model.",
        hint="\n".join(f"-p {name}=@{file}" for name in media) or f"-p NAME=@{file}",
    )


def inputs_of(context: Context, model: str | None) -> Mapping[str, Input]:
    """Return the inputs of the model that will be used, that are known without asking fal."""
    from openclaw_fal.actions.models import known_model
    from openclaw_fal.config.candidates import candidates
    from openclaw_fal.core.errors import OpenclawFalError

    runtime, kind = runtime_of(context), kind_of(context)
    try:
        name = model or (candidates(runtime.settings, kind)[0].endpoint if kind != "any" else None)
        schema = known_model(runtime, name, kind) if name else None
    except OpenclawFalError:  # it is reported where the model is used
        return {}
    return (schema and schema.inputs) or {}


def is_assignment(word: str, inputs: Mapping[str, Input], *, is_alone: bool = False) -> bool:
    """Return whether a word is ``NAME=VALUE`` for an input, or looks like one beside a prompt."""
    match = re.fullmatch(_ASSIGNMENT, word)
    if match is None:
        return False
    is_named = match[1] in inputs and not (is_alone and re.search(r"\s", word))
    return is_named or match[1] == "prompt" or ("_" in match[1] and not is_alone)


def medium_of(word: str, *, anywhere: bool = False) -> MediaKind | None:
    """Return the medium of a file that exists, with ``anywhere`` also of one that may not; ``None`` for a text."""
    from openclaw_fal.core.media import medium_of_type, mime_for

    is_address = word.startswith(("http://", "https://")) and not re.search(r"\s", word)
    if len(word) >= MAX_NAME or word.startswith("@"):
        return None
    medium = medium_of_type(mime_for(Path(word.partition("?")[0] if is_address else word).suffix))
    return medium if medium and (anywhere or is_address or is_file(word)) else None


def is_file(word: str) -> bool:
    """Return whether there is a file with this name."""
    try:
        return len(word) < MAX_NAME and os.path.isfile(Path(word).expanduser())
    except (OSError, ValueError, RuntimeError):
        return False


def kind_of(context: Context) -> Kind:
    """Return the kind that the command of a context makes."""
    group = context.parent.info_name if context.parent else None
    return next((kind for kind in KIND_ROWS if kind == group), "any")


def _read_prompt(context: Context, words: Sequence[str], prompt: str | None) -> str:
    given = [*([] if prompt is None else [prompt]), *words]
    if words and (len(given) > 1 or medium_of(given[0])):
        from openclaw_fal.commands.corrections import not_one_prompt

        raise not_one_prompt(context, prompt, words)
    text = given[0] if given else None
    if words and text and text.lower().endswith((*LISTS, ".json")) and is_file(text):
        from openclaw_fal.commands.corrections import list_as_prompt

        raise list_as_prompt(context, text)
    if words and text and _is_missing_file(text):
        raise RequestError(f"{text} is not there.", hint=f"If it is the prompt: --prompt {text}")
    if text == "-":
        text = runtime_of(context).stdin_text.removeprefix("\ufeff").strip()
    elif text and text.startswith("@"):
        text = _read_text_at(context, text)
    if text is not None and not text.strip():
        raise UsageError("The prompt is empty. Give it in quotes or with --prompt TEXT; - reads standard input.")
    return text or ""


def _is_missing_file(text: str) -> bool:
    return not re.search(r"\s", text) and bool(medium_of(text, anywhere=True)) and not text.startswith("http")


def _read_text_at(context: Context, text: str) -> str:
    from openclaw_fal.actions.planning import named_file, text_of

    runtime: Runtime = runtime_of(context)
    if named_file(text) is None:
        return text_of(runtime, text)
    try:
        content = text_of(runtime, text)
    except UsageError as error:
        raise RequestError(error.problem, hint=f"To begin a prompt with @, write @@: @{text}") from error
    if "\n" in content and context.params.get("count"):
        from openclaw_fal.commands.corrections import refuse_many_prompts

        refuse_many_prompts(context, text[1:])
    return content
