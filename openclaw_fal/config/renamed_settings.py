"""Names that OpenClaw 2026.8 and newer refuse a whole file for: the older ones of default models, and unknown ones."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from openclaw_fal.config.change import Patch, Set, Unset
from openclaw_fal.config.path import MISSING, ConfigPath, look_up, show_path
from openclaw_fal.config.settings import MODEL_PATHS, uses_media_models

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openclaw_fal.config.change import Edit
    from openclaw_fal.config.file import Config

_DEFAULTS = frozenset(
    """
    model imageModel pdfModel utilityModel mediaModels models pdfMaxBytesMb pdfMaxPages workspace repoRoot skipBootstrap
    bootstrapMaxChars bootstrapTotalMaxChars bootstrapPromptTruncationWarning userTimezone timeFormat envelopeTimezone
    envelopeTimestamp envelopeElapsed contextTokens cliBackends memorySearch contextPruning compaction embeddedPi
    thinkingDefault verboseDefault elevatedDefault blockStreamingDefault blockStreamingBreak blockStreamingChunk
    blockStreamingCoalesce humanDelay timeoutSeconds mediaMaxMb imageMaxDimensionPx typingIntervalSeconds typingMode
    heartbeat maxConcurrent subagents additionalSystemPrompt sandbox
    """.split()  # noqa: SIM905 - a word on each line would fill a page
)
_PROVIDER = frozenset(
    """
    baseUrl apiKey auth api contextWindow contextTokens maxTokens timeoutSeconds region injectNumCtxForOpenAICompat
    params agentRuntime localService headers authHeader request models
    """.split()  # noqa: SIM905
)
_MODEL = frozenset(("primary", "fallbacks", "timeoutMs"))
# Objects in which OpenClaw refuses unknown names, and the names that are known. A version may have more.
_CLOSED: tuple[tuple[ConfigPath, frozenset[str]], ...] = (
    (("agents", "defaults"), _DEFAULTS),
    (("models", "providers", "fal"), _PROVIDER),
    *((newer, _MODEL) for newer, *_ in MODEL_PATHS.values()),
)


def notes_of_unknown_names(before: Config, after: Config) -> list[str]:
    """Return a note about each new name that OpenClaw may refuse the file for, if a newer OpenClaw uses the file."""
    if not uses_media_models(after.effective):
        return []
    return [
        f"{show_path((*path, name))} has no effect here. OpenClaw refuses the whole file if it does not know that name."
        for path, known in _CLOSED
        for name in sorted(_names_at(after, path) - _names_at(before, path) - known)
    ]


def _names_at(config: Config, path: ConfigPath) -> set[str]:
    found = look_up(config.data, path)
    return set(found) if isinstance(found, dict) else set()


def redirected(config: Config, edit: Edit, notes: list[str]) -> Edit:
    """Return an edit that writes default models under their newer names if the file takes no others.

    An edit of a part of a setting (``….primary``) and of what contains it are redirected alike. What is removed is
    removed where it is. Adds to ``notes`` what is written to another path.
    """
    path: ConfigPath = () if isinstance(edit, Patch) else edit.path
    value = None if isinstance(edit, Unset) else copy.deepcopy(edit.value)
    if not uses_media_models(config.effective) and not _brings_media_models(path, value):
        return edit
    for older, newer in _names():
        if path[: len(older)] == older:
            moved = newer + path[len(older) :]
            if isinstance(edit, Patch) or (isinstance(edit, Unset) and look_up(config.data, path) is not MISSING):
                return edit
            notes.append(_note(path, moved))
            return replace(edit, path=moved)
        if older[: len(path)] == path and _move(value, older[len(path) :], newer[len(path) :]):
            notes.append(_note(older, newer))
    if isinstance(edit, Unset):
        return edit
    return replace(edit, value=value)  # type: ignore[arg-type]  # a copy of the edit's own value


def moves(config: Config) -> list[Set | Unset]:
    """Return the edits that give older names in a file of a newer OpenClaw their newer ones.

    Where both are set, the newer one stays, because it wins.
    """
    edits: list[Set | Unset] = []
    for older, newer in _names() if uses_media_models(config.effective) else ():
        value = look_up(config.data, older)
        if value is MISSING:
            continue
        if look_up(config.effective, newer) is MISSING:
            edits.append(Set(newer, value))
        edits.append(Unset(older))
    return edits


def _names() -> Iterator[tuple[ConfigPath, ConfigPath]]:
    for newer, *older in MODEL_PATHS.values():
        yield from ((name, newer) for name in older)


def _brings_media_models(path: ConfigPath, value: Any) -> bool:
    """Return whether a value at a path contains newer names."""
    return any(
        newer[: len(path)] == path and look_up(value, newer[len(path) : -1]) is not MISSING for _, newer in _names()
    )


def _move(value: Any, older: ConfigPath, newer: ConfigPath) -> bool:
    """Move a member within a value, and return whether there was one. What the newer name has stays."""
    holder = look_up(value, older[:-1])
    if not isinstance(holder, dict) or holder.get(older[-1]) is None:  # null removes it where it is
        return False
    moved = holder.pop(older[-1])
    for step in newer[:-1]:
        value = value.setdefault(step, {})
        if not isinstance(value, dict):
            return True
    present = value.get(newer[-1])
    both = isinstance(present, dict) and isinstance(moved, dict)
    value[newer[-1]] = moved | present if both else moved if present is None else present
    return True


def _note(asked: ConfigPath, written: ConfigPath) -> str:
    return (
        f"Written as {show_path(written)}: this file is used by OpenClaw 2026.8 or newer, which refuses the name "
        f"{show_path(asked)}."
    )
