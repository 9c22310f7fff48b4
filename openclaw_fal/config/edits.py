"""Edits of the configuration, and what they change together: new issues, unknown names, references to secrets.

``config/change.py`` applies them to the file.
"""

from __future__ import annotations

import copy
import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from openclaw_fal.config.path import look_up, show_path
from openclaw_fal.config.settings import MODEL_PATHS, uses_media_models
from openclaw_fal.core.errors import ConfigError, UsageError
from openclaw_fal.core.program import command
from openclaw_fal.core.records import Record
from openclaw_fal.store.keys import SecretRef

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from openclaw_fal.config.file import Config
    from openclaw_fal.config.path import ConfigPath
    from openclaw_fal.config.settings import Settings
    from openclaw_fal.config.settings_schema import Issue
    from openclaw_fal.config.variables import Variables

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
# What people look for under a name at the top that does not exist, by words in it and in the names below it.
_COMMANDS_BY_WORD: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        r"cost|spend|budget|price|limit|usd|dollar",
        ("For one command: --max-cost {}", "For all commands: export OPENCLAW_FAL_MAX_COST={}"),
    ),
    (r"key|token|secret|credential|login|auth|password", ("onboard", "models auth paste-api-key --provider fal")),
    (r"model|image|video|music|audio|default|fallback|provider", ("models set {}", "models status")),
)


@dataclass(frozen=True, slots=True)
class Expectation:
    """What must be at a path before a set: this value, or nothing."""

    value: Any = None
    absent: bool = False


@dataclass(frozen=True, slots=True)
class Set:
    """Set a value at a path, or merge it into the object there. ``replace`` may remove protected entries."""

    path: ConfigPath
    value: Any
    merge: bool = False
    replace: bool = False
    expect: Expectation | None = None


@dataclass(frozen=True, slots=True)
class Unset:
    """Remove what is set at a path."""

    path: ConfigPath


@dataclass(frozen=True, slots=True)
class Patch:
    """Merge an object into the whole configuration (RFC 7396); null deletes."""

    value: dict[str, Any]


Edit = Set | Unset | Patch


def split_patch(patch: Patch, replaced: Sequence[ConfigPath]) -> list[Edit]:
    """Return the edits of a patch whose values at some paths replace what is there instead of being merged.

    Raises `UsageError` for a path at which the patch has nothing.
    """
    rest = copy.deepcopy(patch.value)
    edits: list[Edit] = []
    for path in replaced:
        holder = look_up(rest, path[:-1])
        if not isinstance(holder, dict) or path[-1] not in holder:
            raise UsageError(f"--replace-path {show_path(path)}: the patch has nothing at this path.")
        value = holder.pop(str(path[-1]))
        edits.append(Unset(path) if value is None else Set(path, value, replace=True))
    return [*edits, Patch(rest)] if rest or not edits else edits


@dataclass(frozen=True, slots=True)
class Change:
    """The configuration before and after a number of edits. ``notes`` say what was done differently."""

    before: Config
    after: Config
    operations: int
    notes: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        return self.before.text == self.after.text

    @property
    def errors(self) -> list[Issue]:
        """The errors that the change adds. Those from before may stay, so that they can be fixed one at a time."""
        return [issue for issue in self._new_issues() if issue.level == "error" or issue.is_typo or issue.is_unread]

    @property
    def warnings(self) -> list[Issue]:
        return [issue for issue in self._new_issues() if issue not in self.errors]

    def refuse_errors(self) -> None:
        """Raise `ConfigError` if the change adds errors."""
        if self.errors:
            errors = "; ".join(str(error).removesuffix(".") for error in self.errors)
            hints = [_instead(str(error.path[0]), self.after.data) for error in self.errors if error.is_unread]
            hint = "\n".join(dict.fromkeys(filter(None, hints))) or command("config schema")
            raise ConfigError(f"Not written: invalid configuration: {errors}.", hint=hint)

    def as_json(self, *, input_mode: str, references: CheckedReferences | None = None) -> dict[str, Any]:
        """Return the report of `config set` and its siblings, in OpenClaw's shape.

        A dry run has followed the references to secrets in the new values.
        """
        errors = [{"kind": "schema"} | issue.as_json() for issue in self.errors]
        errors += references.errors if references else []
        is_complete = references is not None and not references.skipped
        return {
            "ok": not errors,
            "operations": self.operations,
            "configPath": str(self.before.path),
            "inputModes": [input_mode],
            "checks": {
                "schema": True,
                "resolvability": references is not None,
                "resolvabilityComplete": is_complete,
            },
            "refsChecked": references.checked if references else 0,
            "skippedExecRefs": references.skipped if references else 0,
            "errors": errors,
            "changed": not self.is_empty,
            "dryRun": references is not None,
        }

    def _new_issues(self) -> list[Issue]:
        known = {(issue.path, issue.message) for issue in self.before.issues}
        return [issue for issue in self.after.issues if (issue.path, issue.message) not in known]


class CheckedReferences(Record):
    """How many references were followed, how many were not because they run a command, and what is wrong."""

    checked: int
    skipped: int
    errors: list[dict[str, str]]


def check_references(
    edits: Sequence[Edit], settings: Settings, variables: Variables, *, may_run: bool
) -> CheckedReferences:
    """Follow the references in the edits' values; those that run a command only if ``may_run``."""
    from openclaw_fal.config.secret_refs import find_secret  # noqa: PLC0415 - only a dry run follows references

    found = [(path, ref) for edit in edits for path, ref in _references_in(edit)]
    followed = [(path, ref) for path, ref in found if may_run or ref.source != "exec"]
    errors = []
    for path, ref in followed:
        try:
            find_secret(ref, show_path(path), settings, variables)
        except ConfigError as error:
            errors.append({"kind": "resolvability", "path": show_path(path), "message": error.message})
    return CheckedReferences(len(followed), len(found) - len(followed), errors)


def notes_of_unknown_names(before: Config, after: Config) -> list[str]:
    """Return a note about each new name that OpenClaw may refuse the file for, if a newer OpenClaw uses the file."""
    if not uses_media_models(after.effective):
        return []
    return [
        f"{show_path((*path, name))} has no effect here. OpenClaw refuses the whole file if it does not know that name."
        for path, known in _CLOSED
        for name in sorted(_names_at(after, path) - _names_at(before, path) - known)
    ]


def _instead(name: str, data: Any) -> str:
    """Return the commands for what a name at the top is about, one per line.

    A value is shown only as a model or an amount.
    """
    names, value = name, data.get(name)
    while isinstance(value, dict) and value:
        first, value = next(iter(value.items()))
        names += f" {first}"
    lines = next((lines for words, lines in _COMMANDS_BY_WORD if re.search(words, names, re.IGNORECASE)), ())
    is_model = "models set {}" in lines
    if isinstance(value, str) and value and is_model:
        shown = shlex.quote(value)
    else:
        shown = f"{value}" if isinstance(value, int | float) and not is_model else "REF" if is_model else "USD"
    filled = [line.format(shown) for line in lines]
    return "\n".join(line if ":" in line.partition(" --")[0] else command(line) for line in filled)


def _references_in(edit: Edit) -> Iterator[tuple[ConfigPath, SecretRef]]:
    match edit:
        case Set(path=path, value=value):
            yield from _references(path, value)
        case Patch(value=value):
            yield from _references((), value)
        case Unset():
            pass


def _references(path: ConfigPath, value: Any) -> Iterator[tuple[ConfigPath, SecretRef]]:
    match value:
        case {"source": "env" | "file" | "exec" as source, "id": str() as name}:
            yield path, SecretRef(source, name, str(value.get("provider") or "default"))
        case dict():
            for key, member in value.items():
                yield from _references((*path, key), member)
        case list():
            for index, element in enumerate(value):
                yield from _references((*path, index), element)
        case _:
            pass


def _names_at(config: Config, path: ConfigPath) -> set[str]:
    found = look_up(config.data, path)
    return set(found) if isinstance(found, dict) else set()
