"""The prompt as it was typed: an argument, a flag, a file or standard input, or words without quotes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openclaw_fal.commands.options import runtime_of
from openclaw_fal.core.errors import UsageError
from openclaw_fal.core.kinds import KIND_ROWS
from openclaw_fal.core.program import command

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from typer import Context

    from openclaw_fal.core.requests import Kind, MediaKind
    from openclaw_fal.runtime import Runtime

MAX_NAME = 4096  # characters; no file has a longer name


def read_prompt(context: Context, words: Sequence[str] | None, prompt: str | None) -> str:
    """Return the prompt, empty when there is none. ``words`` are the arguments, ``prompt`` is ``--prompt``.

    Raises `UsageError` for one that is blank, is not one argument, or is the name of a file.
    """
    given = [*([] if prompt is None else [prompt]), *(words or ())]
    if words and (len(given) > 1 or _is_media_file(given[0])):
        raise _not_one_prompt(context, prompt, words)
    text = given[0] if given else None
    if text == "-":
        text = runtime_of(context).stdin_text.removeprefix("\ufeff").strip()
    elif text and text.startswith("@"):
        text = _read_text_at(runtime_of(context), text)
    if text is not None and not text.strip():
        raise UsageError("The prompt is empty. Give it in quotes or with --prompt TEXT; - reads standard input.")
    return text or ""


def _read_text_at(runtime: Runtime, text: str) -> str:
    """Return the content of the file for ``@FILE``, and the text for ``@@…`` and for ``@Image1 turns …``."""
    if text.startswith("@@"):
        return text[1:]
    from openclaw_fal.actions.planning import read_text
    from openclaw_fal.store.paths import expand_home

    if any(sign.isspace() for sign in text) and not expand_home(text[1:]).exists():
        return text
    try:
        return read_text(runtime, text[1:]).strip()
    except UsageError as error:
        raise UsageError(error.message, hint=f"To begin a prompt with @, write @@: @{text}") from error


def _is_media_file(text: str) -> bool:
    """Return whether a text is the name of an image, video or audio file that is there."""
    return _reference_flag(text, {"image": "", "video": "", "audio": ""}) is not None


def _reference_flag(text: str, flags: Mapping[MediaKind, str]) -> str | None:
    """Return the flag for a word that is a media file; ``None`` for any other word."""
    from pathlib import Path

    from openclaw_fal.core.media import mime_for

    kind = (mime_for(Path(text).suffix) or "").partition("/")[0]
    is_there = kind in flags and len(text) < MAX_NAME and Path(text).expanduser().is_file()
    return next((flag for medium, flag in flags.items() if is_there and medium == kind), None)


def _not_one_prompt(context: Context, prompt: str | None, words: Sequence[str]) -> UsageError:
    """Return the error for a prompt without quotes, for two prompts, and for files beside the prompt."""
    flags = dict(KIND_ROWS[_kind(context)].reference_flags)
    files = [word for word in words if _is_media_file(word)]
    text = " ".join([*([] if prompt is None else [prompt]), *(word for word in words if word not in files)])
    path = context.command_path.partition(" ")[2]
    corrected = _corrected(context, prompt, words, text, {file: _reference_flag(file, flags) for file in files})
    hint = command(path, *corrected, sandbox=runtime_of(context).in_sandbox)
    if files:
        each = flags.get("image", "-p NAME=@FILE")
        return UsageError(
            f"{' and '.join(files)} is a file, not a prompt. Give each file with a flag, such as {each}.", hint=hint
        )
    return UsageError("Put the prompt in quotes: it is one argument. Nothing was sent.", hint=hint)


def _corrected(
    context: Context, prompt: str | None, words: Sequence[str], text: str, files: Mapping[str, str | None]
) -> Iterator[str]:
    """Yield what was typed, with ``text`` as the prompt, and a flag before each of the files."""
    from openclaw_fal.commands.command_classes import AS_TYPED
    from openclaw_fal.commands.proposals import quoted

    left, is_placed = list(words), not text
    for typed in context.meta[AS_TYPED]:
        is_word = bool(left) and typed == left[0]
        if is_word:
            left.pop(0)
        if is_word and typed in files:
            yield f"{files[typed]} {quoted(typed)}" if files[typed] else f"-p NAME=@{quoted(typed)}"
        elif is_word or (not is_placed and typed == prompt):
            if not is_placed:
                yield quoted(text)
            is_placed = True
        elif typed != "--sandbox":
            yield quoted(typed)


def _kind(context: Context) -> Kind:
    group = context.parent.info_name if context.parent else None
    return next((kind for kind in KIND_ROWS if kind == group), "any")
