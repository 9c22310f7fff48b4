"""The command line as it was typed, with a mistake corrected: what an error proposes to type instead."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from openclaw_fal.commands.command_classes import AS_TYPED, options_of
from openclaw_fal.commands.options import runtime_of
from openclaw_fal.commands.prompt import LISTS, inputs_of, is_assignment, kind_of, medium_of
from openclaw_fal.commands.proposals import double_quoted, is_flag, proposal
from openclaw_fal.core.errors import RequestError, UsageError
from openclaw_fal.core.kinds import KIND_ROWS
from openclaw_fal.core.program import command
from openclaw_fal.core.requests import MAX_COUNT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from typer import Context

    from openclaw_fal.models.schema import Input

_FILE_FLAGS = ("-i", "-f", "--file", "--image", "--reference", "--ref", "--input")
# Flags of other tools and of ours, whose value may be an input and its value: `-o NAME VALUE`.
_OPTION_FLAGS = ("-o", "--option", "--output")
_JSON_FLAGS = ("--input", "-d", "--data", "--json-input", "--params", "--args")
_NAME = r"[A-Za-z_]\w*"


def not_one_prompt(context: Context, prompt: str | None, words: Sequence[str]) -> UsageError:
    """Return the error for a prompt without quotes, for two prompts, and for files beside the prompt."""
    typed = _with_inputs(context)
    words = [word for word in words if word in typed]
    files = [word for word in words if medium_of(word)]
    text = " ".join([*([] if prompt is None else [prompt]), *(word for word in words if word not in files)])
    hint = _line(context, _with_prompt(context, typed, prompt, words, text, files))
    if files:
        each = dict(KIND_ROWS[kind_of(context)].reference_flags).get("image", "-p NAME=@FILE")
        are = "is a file, not a prompt" if len(files) == 1 else "are files, not a prompt"
        return UsageError(f"{' and '.join(files)} {are}. Give each file with a flag, such as {each}.", hint=hint)
    if len(words) + (prompt is not None) <= 1:
        return RequestError("Give the model's own inputs with -p NAME=VALUE.", hint=hint)
    return RequestError("Put the prompt in quotes: it is one argument.", hint=hint)


def list_as_prompt(context: Context, file: str) -> RequestError:
    """Return the error for a file of prompts where the prompt is expected."""
    words = [double_quoted(f"@{file}" if word == file else word) for word in context.meta[AS_TYPED]]
    batch = [] if kind_of(context) == "any" else [_batch(context, file)]
    return RequestError(
        f"{file} is a file. Use its text as one prompt with @, or make each of its lines with `batch`.",
        hint="\n".join([_line(context, words), *batch]),
    )


def refuse_many_prompts(context: Context, file: str) -> None:
    """Raise `UsageError` for a file of prompts from which more images are to be made than one request makes."""
    count = context.params.get("count")
    if isinstance(count, int) and count > MAX_COUNT:
        raise UsageError(
            f"{file} has several lines, and one prompt makes up to {MAX_COUNT} images. To make each line an image:",
            hint=_batch(context, file),
        )


def refuse_lists(context: Context, sources: Sequence[str]) -> None:
    """Raise `UsageError` for a file of prompts that was given as a picture."""
    if file := next((source for source in sources if source.lower().endswith(LISTS)), None):
        raise UsageError(f"{file} is not an image. `batch` takes a file of prompts.", hint=_batch(context, file))


def corrected_flag(context: Context, flag: str, rewrites: Mapping[str, str]) -> str | None:
    """Return the command line with ours for a flag of another tool, ``None`` if none is known.

    A rewrite is what to type for a flag, or for a flag with a certain value; ``{}`` stands for its value. Without one,
    the flag may name an input of the model.
    """
    typed: Sequence[str] = context.meta.get(AS_TYPED, ())
    index = next((number for number, word in enumerate(typed) if _is(word, flag)), None)
    if index is None:
        return None
    name, equals, attached = typed[index].partition("=")
    before, after = typed[:index], typed[index + 1 :]
    value = attached if equals else after[0] if after and not is_flag(after[0]) else None
    without_value = [*before, *(after if equals or value is None else after[1:])]
    if value is not None and value.lower().endswith(LISTS) and flag != "--prompt-file":
        return _batch(context, value)
    words = [*map(double_quoted, without_value)]
    if value is not None and flag in _JSON_FLAGS and (members := _parameters_in(value)):
        return _line(context, words, *members)
    if value is not None and flag in _FILE_FLAGS and medium_of(value) and "--file" in options_of(context.command):
        return _line(context, words, f"-i {double_quoted(value)}")
    if flag in ("--timeout", "--width", "--height", "-W", "-H"):
        return _measured(context, typed)
    rewrite = rewrites.get(f"{flag} {value}") or rewrites.get(flag)
    if rewrite is not None and not _is_taken(context, rewrite):
        return None
    if rewrite is None:
        from openclaw_fal.models.flag_inputs import names_of

        name = flag.lstrip("-").replace("-", "_")
        inputs = inputs_of(context, context.params.get("model") or _model_in(context, typed))
        # A flag of ours that this command lacks names its inputs, too: `run` has no --steps.
        found = next((each for each in (name, *names_of(name)) if each in inputs), None)
        if found is None:
            return None
        name = found
        given = double_quoted(f"{name}={'true' if value is None else value}")
        return _line(context, words, f"-p {given}")
    if f"{flag} {value}" in rewrites or (value is not None and "{}" in rewrite):
        return _line(context, words, rewrite.format(double_quoted(str(value).rstrip("/"))))
    return None if "{}" in rewrite else _line(context, map(double_quoted, [*before, *after]), rewrite)


def lacks_input(context: Context, flag: str) -> str | None:
    """Return the model on the command line if it is known to have no input of this name."""
    model = context.params.get("model") or _model_in(context, context.meta.get(AS_TYPED, ()))
    inputs = inputs_of(context, model)
    return model if model and inputs and flag.lstrip("-").replace("-", "_") not in inputs else None


def _is_taken(context: Context, rewrite: str) -> bool:
    """Return whether the command has our flag."""
    flag = rewrite.partition(" ")[0]
    return not flag or flag in options_of(context.command)


def _parameters_in(text: str) -> list[str]:
    """Return ``-p`` for each member of a JSON object, as other tools take all inputs at once."""
    try:
        members = json.loads(text)
    except (ValueError, RecursionError):
        return []
    if not isinstance(members, dict):
        return []
    return [
        f"-p {double_quoted(f'{name}={value}' if isinstance(value, str) else f'{name}:={json.dumps(value)}')}"
        for name, value in members.items()
    ]


def _measured(context: Context, typed: Sequence[str]) -> str | None:
    """Return the command line with ``--size`` for a width and a height, and with milliseconds for seconds."""
    values: dict[str, str] = {}
    left: list[str] = []
    words = iter(typed)
    for word in words:
        name, equals, attached = word.partition("=")
        known = {"-W": "--width", "-H": "--height"}.get(name, name)
        if known in ("--width", "--height", "--timeout"):
            values[known] = attached if equals else next(words, "")
        else:
            left.append(double_quoted(word))
    if not all(value.isdecimal() for value in values.values()) or ("--width" in values) != ("--height" in values):
        return None
    more = [f"--size {values['--width']}x{values['--height']}"] if "--width" in values else []
    more += [f"--timeout-ms {int(values['--timeout']) * 1000}"] if "--timeout" in values else []
    return _line(context, left, *more)


def _is(word: str, flag: str) -> bool:
    """Return whether a word is this flag, with a value or without."""
    return word.partition("=")[0].replace("_", "-") == flag or (len(flag) == 2 and word[:2] == flag and word[1] != "-")


def _model_in(context: Context, typed: Sequence[str]) -> str | None:
    """Return the model on a command line whose options are not read yet."""
    if kind_of(context) == "any":
        return next((word for word in typed if not is_flag(word)), None)
    return next((after for word, after in pairwise(typed) if word in ("-m", "--model")), None)


def _batch(context: Context, file: str) -> str:
    """Return the batch that makes what is in a file, with the flags that were typed and that it takes."""
    kind = kind_of(context)
    of_kind = f" --command {kind}.generate" if kind in ("video", "music") else ""
    typed = iter(context.meta[AS_TYPED])
    kept = [word for word in typed if word not in (file, f"@{file}")]
    without_count = _without_flags(kept, ("-n", "--count", *_FILE_FLAGS, "-f", "--prompts", "--batch"))
    template = "batch {lines:prompts.txt}" + of_kind
    made = proposal(template, [file, *without_count], context.find_root().command)
    return command(made.words, sandbox=runtime_of(context).in_sandbox)


def batch_of_typed_file(context: Context) -> str | None:
    """Return the batch of a file that was given with a flag; ``None`` if none was."""
    typed = context.meta.get(AS_TYPED, ())
    file = next((word for word in typed if not is_flag(word) and word.lower().endswith(LISTS)), None)
    return _batch(context, file) if file else None


def _without_flags(typed: Sequence[str], flags: Sequence[str]) -> list[str]:
    """Return words without flags and their values; the value of a flag for a file is gone already."""
    kept: list[str] = []
    is_value = False
    for word in typed:
        if is_value and word.isdecimal():
            is_value = False
        elif word.partition("=")[0] in flags:
            is_value = True
        else:
            is_value = False
            kept.append(word)
    return kept


def _with_inputs(context: Context) -> list[str]:
    """Return what was typed, with ``-p NAME=VALUE`` for each input in the form of other tools."""
    typed: list[str] = list(context.meta[AS_TYPED])
    inputs: Mapping[str, Input] = inputs_of(context, context.params.get("model"))
    found: list[str] = []
    while typed:
        word = typed.pop(0)
        if word in _OPTION_FLAGS and len(typed) > 1 and re.fullmatch(_NAME, typed[0]) and typed[0] in inputs:
            found += ["-p", f"{typed.pop(0)}={typed.pop(0)}"]
        elif is_assignment(word, inputs) and (not found or found[-1] not in ("-p", "--param")):
            found += ["-p", word]
        else:
            found.append(word)
    return found


def _with_prompt(
    context: Context, typed: Sequence[str], prompt: str | None, words: Sequence[str], text: str, files: Sequence[str]
) -> Iterator[str]:
    """Yield what was typed, with ``text`` as the prompt, and a flag before each of the files."""
    flags = dict(KIND_ROWS[kind_of(context)].reference_flags)
    left, is_placed = list(words), not text
    for word in typed:
        is_word = bool(left) and word == left[0]
        if is_word:
            left.pop(0)
        if is_word and word in files:
            flag = flags.get(medium_of(word) or "file")
            yield f"{flag} {double_quoted(word)}" if flag else f"-p NAME=@{double_quoted(word)}"
        elif is_word or (not is_placed and word == prompt):
            if not is_placed:
                yield double_quoted(text)
            is_placed = True
        else:
            yield double_quoted(word)


def _line(context: Context, words: Any, *more: str) -> str:
    path = context.command_path.partition(" ")[2]
    typed = [word for word in words if word != "--sandbox"]
    return command(path, *typed, *filter(None, more), sandbox=runtime_of(context).in_sandbox)
