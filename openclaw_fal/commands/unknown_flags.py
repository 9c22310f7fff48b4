"""Flags of other tools, and flags without what they need, answered with ours.

`command_classes.ALIASES` has the flags that are understood.
"""

from __future__ import annotations

import difflib
import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from openclaw_fal.commands.command_classes import AS_TYPED, ModelCommand, options_of
from openclaw_fal.commands.corrections import corrected_flag, lacks_input
from openclaw_fal.commands.options import runtime_of
from openclaw_fal.commands.prompt import LISTS, is_file
from openclaw_fal.commands.proposals import double_quoted
from openclaw_fal.core.errors import UsageError
from openclaw_fal.core.program import command
from openclaw_fal.core.records import Record
from openclaw_fal.core.requests import SPENDING_GROUPS
from openclaw_fal.core.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from typer import Context

# Never proposed for a mistyped word.
_DELETING = {"prune", "unset", "cancel", "clear", "delete", "remove", "rm", "--reset", "--all", "--overwrite"}
_CLOSE = 0.7  # how alike a suggestion must be, from 0 to 1
_AGE = r"\d+[smhdw]|\d{4}-\d\d-\d\d.*"


class _Flag(Record):
    """What to use instead of a flag, in a sentence, and what to type for it: ``{}`` is the value that was typed."""

    about: str = ""
    words: str | None = None
    is_gallery: bool = False  # the gallery of the batch is the next command


def _same(names: str, about: str = "", words: str | None = None, *, is_gallery: bool = False) -> Mapping[str, _Flag]:
    return dict.fromkeys(names.split(","), _Flag(about, words, is_gallery))


# By the flag, by the flag with a certain value, or by the command and the flag.
_FLAGS: Mapping[str, _Flag] = {
    **_same("--width,--height", "Give width and height together: --size 1024x768"),
    **_same("--timeout", "Give the time limit in milliseconds: --timeout-ms 60000"),
    **_same(
        "--output-dir,--output-directory,--output-folder,--dir",
        "Give a folder that ends with a slash: --output FOLDER/",
        "--output {}/",
    ),
    **_same("--save", "Files are always saved. Choose where: --output PATH", ""),
    **_same("--wait,--sync,--subscribe", "Commands wait for the result, unless --detach is given.", ""),
    **_same("--logs,--stream", "Follow the job line by line: --progress plain", "--progress plain"),
    **_same("--verbose,--debug,-v", "See every request and reply: --log-level debug", "--log-level debug"),
    **_same("--prompt-file", "Read the prompt from a file: --prompt @FILE", "--prompt @{}"),
    **_same("--input", "Give a file with --file, and any other input of the model with -p NAME=VALUE."),
    **_same("--web", "See the job in a browser: https://fal.ai/dashboard/requests"),
    **_same("--api-key,--key,--token", "Give the key in the variable FAL_KEY, or store it: openclaw-fal onboard"),
    **_same("--price,--cost,--estimate", "See what it will cost: --dry-run", "--dry-run"),
    **_same("--limit", "Limit what it may cost, in US dollars: --max-cost 0.50", "--max-cost {}"),
    **_same("--jq", "Pass the answer on to jq: --json | jq", "--json | jq {}"),
    **_same("--orientation", "Give a ratio: --aspect-ratio 9:16"),
    **_same("--show,--display,--view", "Show pictures in the terminal: --preview", "--preview"),
    **_same("--n-images", "Give the number of images: --count N", "--count {}"),
    **_same("--yes,-y", "Nothing asks for a confirmation.", ""),
    **_same("--all-help,--help-all", "See every flag in full: openclaw-fal help COMMAND --all"),
    **_same("--url-only,--urls,--print-url", words="--print url"),
    **_same("--id-only,--print-id", words="--print id"),
    **_same(
        "--portrait,--vertical,--orientation portrait,--orientation vertical",
        words="--aspect-ratio 9:16",
    ),
    **_same("--landscape,--horizontal,--orientation landscape,--wide", words="--aspect-ratio 16:9"),
    **_same("--square,--orientation square", words="--aspect-ratio 1:1"),
    **_same("--jpeg,--jpg", words="--output-format jpeg"),
    **_same("--png", words="--output-format png"),
    **_same("--webp", words="--output-format webp"),
    **_same("-s", words="--size {}"),
    **_same("-c", words="--count {}"),
    **_same("--open-browser", words="--open"),
    **_same("--query,--filter", words="--search {}"),
    **_same("-j,--jobs,--parallel,--workers,--threads,--max-concurrency", words="--concurrency {}"),
    **_same("--month", words="--since 30d"),
    **_same("--week", words="--since 7d"),
    **_same("--today", words="--since 1d"),
    **_same("-f", words="-i {}"),
    # Flags of ours that make no sense for many files.
    **_same(
        ",".join(f"batch run {flag}" for flag in ("--preview", "--open", "--show", "--display", "--view")),
        "The gallery of a batch shows its files.",
        "",
        is_gallery=True,
    ),
    **_same("batch run --detach", "Ctrl-C stops a batch, and the same command continues it.", ""),
    **_same("batch run --reuse", "A batch never submits a line twice.", ""),
    **_same("batch run --as,batch run --as curl", "See what would be sent: --dry-run", "--dry-run"),
}


def unknown_flag(context: Context, flag: str) -> UsageError:
    """Return the error for a flag that the command of a context does not have."""
    options: Sequence[Any] = context.command.params
    flags = [name for each in options if not each.hidden for name in each.opts]
    flag = flag.replace("_", "-")
    path = context.command_path.partition(" ")[2]
    message, hint = f"No such option: {flag}.", command(path, "--help")
    known = {name.removeprefix(f"{path} "): each for name, each in _FLAGS.items() if _is_possible(context, each)}
    rewrites = {name: each.words for name, each in known.items() if each.words is not None}
    corrected = corrected_flag(context, flag, rewrites)
    if context.parent is None and (meant := _as_picture(context, flag)):
        corrected = meant
    if flag in known and known[flag].about:
        message = f"{message} {known[flag].about}"
        if corrected and known[flag].is_gallery:
            corrected += f"\n{_gallery(context)}"
    elif not corrected and (close := closest(flag, flags)):
        message = f"{message} Did you mean {' or '.join(close)}?"
    elif not corrected and isinstance(context.command, ModelCommand) and (model := lacks_input(context, flag)):
        message = f"{message} {model} has no such input either."
        corrected = command("models show", double_quoted(model))
    elif not corrected and isinstance(context.command, ModelCommand) and flag.startswith("--"):
        message = f"{message} The model's own inputs follow -p: -p {flag[2:].replace('-', '_')}=VALUE"
    return UsageError(message, hint=f"{corrected}\n{hint}" if corrected else hint)


def _is_possible(context: Context, meant: _Flag) -> bool:
    """Return whether the command has the flag to use instead; a sentence alone fits all commands."""
    if not meant.words:
        return True
    return any(meant.words.split()[0] in options_of(each.command) for each in (context, context.find_root()))


def _as_picture(context: Context, flag: str) -> str | None:
    """Return `image generate` for its flags before a text, and a list of models for a flag that asks for one."""
    sandbox = runtime_of(context).in_sandbox
    if flag in ("--models", "--list-models"):
        return command("models list", sandbox=sandbox)
    typed = context.meta.get(AS_TYPED, ())
    program: Any = context.command
    making = options_of(program.commands["image"].commands["generate"])
    if flag not in making or not any(" " in word for word in typed):
        return None
    return command("image generate", *(double_quoted(word) for word in typed if word != "--sandbox"), sandbox=sandbox)


def _gallery(context: Context) -> str:
    """Return the gallery of the batch on a command line."""
    typed: Sequence[str] = context.meta.get(AS_TYPED, ())
    name = next((after for word, after in pairwise(typed) if word == "--name"), None)
    name = name or next((word for word in typed if word.lower().endswith(LISTS) or is_file(word)), "prompts.txt")
    return command("gallery --batch", double_quoted(name), "--open")


# Words without a flag, by the command, with the flags that they belong to; the first pattern that fits counts.
_STRAY_WORDS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "gallery": {
        _AGE: ("--since {}",),
        r"(?i).*(\.html?|[/\\])|-": ("-o {}",),
        rf"(?i).*({'|'.join(map(re.escape, LISTS))})": ("--batch {}",),
        r".*": ("-o {}.html", "--model {}", "--batch {}"),
    },
    "spend": {_AGE: ("--since {}",), "|".join(SPENDING_GROUPS): ("--by {}",)},
    "completion": {"bash|zsh|fish|powershell": ("--shell {}",)},
    "tasks prune": {r"\d+": ("--days {}",)},
}


def stray_words(context: Context, words: Sequence[str]) -> UsageError:
    """Return the error for words that a command has no argument for; ``words`` are those."""
    path = context.command_path.partition(" ")[2]
    typed = [*context.meta.get(AS_TYPED, ())]
    for word in words:
        typed.remove(word)
    rows = _STRAY_WORDS.get(path, {}) if len(words) == 1 else {}
    flags = next((flags for pattern, flags in rows.items() if re.fullmatch(pattern, words[0])), ())
    kept = [double_quoted(word) for word in typed if word not in ("--", "--sandbox")]
    sandbox = runtime_of(context).in_sandbox
    meant = [command(path, *kept, flag.format(double_quoted(words[0])), sandbox=sandbox) for flag in flags]
    message = f"Unexpected {'argument' if len(words) == 1 else 'arguments'}: {' '.join(map(printable, words))}."
    needs = " It needs a flag." if meant else ""
    if path == "batch run":
        first = str(context.params.get("source"))
        rest = [word for word in kept if word != double_quoted(first)]
        if not is_file(first) and (near := closest(first, ("status", "merge"))):
            meant = [command("batch", near[0], *map(double_quoted, words), *rest, sandbox=sandbox)]
            needs = f" {first!r} is not a file."
        elif all(word.lower().endswith(LISTS) or is_file(word) for word in words):
            meant = [command(path, double_quoted(each), *rest, sandbox=sandbox) for each in (first, *words)]
            needs = " A batch has one file."
    return UsageError(message + needs, hint="\n".join([*meant, command(path, "--help")]))


def missing_task(context: Context, message: str) -> UsageError:
    """Return the error for a command that needs a task and got none."""
    words = context.command_path.split()[1:]
    last = command(
        *words, "last", *map(double_quoted, context.meta.get(AS_TYPED, ())), sandbox=runtime_of(context).in_sandbox
    )
    return UsageError(
        f"{message} `last` is the newest task, `last~1` the one before it.",
        hint=f"{last}\n{command('tasks list')}",
    )


def closest(word: str, known: Iterable[str]) -> list[str]:
    """Return at most two of the known words that are most like a word; never one that deletes or replaces."""
    names = [name for name in known if name not in _DELETING]
    bare = {name.lstrip("-"): name for name in names if name.startswith("-") == word.startswith("-")}
    found = difflib.get_close_matches(word.lstrip("-").lower().replace("_", "-"), bare, 2, _CLOSE)
    return [bare[name] for name in found]
