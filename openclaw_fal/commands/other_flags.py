"""Flags of other tools, and flags without what they need, answered with ours.

`command_classes.ALIASES` has the flags that are understood.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

from openclaw_fal.commands.command_classes import AS_TYPED, ModelCommand, options_of
from openclaw_fal.commands.corrections import corrected_flag, lacks_input
from openclaw_fal.commands.options import runtime_of
from openclaw_fal.commands.proposals import quoted
from openclaw_fal.core.errors import UsageError
from openclaw_fal.core.program import command

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from typer import Context

# Never proposed for a mistyped word.
_DELETING = {"prune", "unset", "cancel", "clear", "delete", "remove", "rm", "--reset", "--all", "--overwrite"}
_CLOSE = 0.7  # how alike a suggestion must be, from 0 to 1
# Flags that can't simply mean one of ours, with what to use instead.
_ANSWERS: Mapping[str, str] = {
    "--width": "Give width and height together: --size 1024x768",
    "--height": "Give width and height together: --size 1024x768",
    "--timeout": "Give the time limit in milliseconds: --timeout-ms 60000",
    "--output-dir": "Give a folder that ends with a slash: --output FOLDER/",
    "--output-directory": "Give a folder that ends with a slash: --output FOLDER/",
    "--output-folder": "Give a folder that ends with a slash: --output FOLDER/",
    "--dir": "Give a folder that ends with a slash: --output FOLDER/",
    "--save": "Files are always saved. Choose where: --output PATH",
    "--wait": "Commands wait for the result, unless --detach is given.",
    "--sync": "Commands wait for the result, unless --detach is given.",
    "--subscribe": "Commands wait for the result, unless --detach is given.",
    "--logs": "Follow the job line by line: --progress plain",
    "--stream": "Follow the job line by line: --progress plain",
    "--verbose": "See every request and reply: --log-level debug",
    "--debug": "See every request and reply: --log-level debug",
    "-v": "See every request and reply: --log-level debug",
    "--prompt-file": "Read the prompt from a file: --prompt @FILE",
    "--input": "Give a file with --file, and any other input of the model with -p NAME=VALUE.",
    "--web": "See the job in a browser: https://fal.ai/dashboard/requests",
    "--api-key": "Give the key in the variable FAL_KEY, or store it: openclaw-fal onboard",
    "--key": "Give the key in the variable FAL_KEY, or store it: openclaw-fal onboard",
    "--token": "Give the key in the variable FAL_KEY, or store it: openclaw-fal onboard",
    "--price": "See what it will cost: --dry-run",
    "--cost": "See what it will cost: --dry-run",
    "--estimate": "See what it will cost: --dry-run",
    "--limit": "Limit what it may cost, in US dollars: --max-cost 0.50",
    "--jq": "Pass the answer on to jq: --json | jq",
    "--orientation": "Give a ratio: --aspect-ratio 9:16",
    "--show": "Show pictures in the terminal: --preview",
    "--display": "Show pictures in the terminal: --preview",
    "--view": "Show pictures in the terminal: --preview",
    "--n-images": "Give the number of images: --count N",
    "--yes": "Nothing asks for a confirmation.",
    "-y": "Nothing asks for a confirmation.",
    "--all-help": "See every flag in full: openclaw-fal help COMMAND --all",
    "--help-all": "See every flag in full: openclaw-fal help COMMAND --all",
}

_PORTRAIT, _LANDSCAPE = "--aspect-ratio 9:16", "--aspect-ratio 16:9"
# What to type for such a flag, or for a flag with a certain value. `{}` is the value that was typed.
_REWRITES: Mapping[str, str] = {
    **dict.fromkeys(("--output-dir", "--output-directory", "--output-folder", "--dir"), "--output {}/"),
    **dict.fromkeys(("--wait", "--sync", "--subscribe", "--yes", "-y", "--save"), ""),
    **dict.fromkeys(("--logs", "--stream"), "--progress plain"),
    **dict.fromkeys(("--verbose", "--debug", "-v"), "--log-level debug"),
    **dict.fromkeys(("--price", "--cost", "--estimate"), "--dry-run"),
    **dict.fromkeys(("--show", "--display", "--view"), "--preview"),
    **dict.fromkeys(("--url-only", "--urls", "--print-url"), "--print url"),
    **dict.fromkeys(("--id-only", "--print-id"), "--print id"),
    **dict.fromkeys(("--portrait", "--vertical", "--orientation portrait", "--orientation vertical"), _PORTRAIT),
    **dict.fromkeys(("--landscape", "--horizontal", "--orientation landscape", "--wide"), _LANDSCAPE),
    **dict.fromkeys(("--square", "--orientation square"), "--aspect-ratio 1:1"),
    **dict.fromkeys(("--jpeg", "--jpg"), "--output-format jpeg"),
    "--png": "--output-format png",
    "--webp": "--output-format webp",
    "--prompt-file": "--prompt @{}",
    "--n-images": "--count {}",
    "--limit": "--max-cost {}",
    "--jq": "--json | jq {}",
    "-s": "--size {}",
    "-c": "--count {}",
    "--open-browser": "--open",
    "--query": "--search {}",
    "--filter": "--search {}",
    **dict.fromkeys(("-j", "--jobs", "--parallel", "--workers", "--threads", "--max-concurrency"), "--concurrency {}"),
    "--month": "--since 30d",
    "--week": "--since 7d",
    "--today": "--since 1d",
    "-f": "-i {}",
}


def unknown_flag(context: Context, flag: str) -> UsageError:
    """Return the error for a flag that the command of a context does not have."""
    options: Sequence[Any] = context.command.params
    flags = [name for each in options if not each.hidden for name in each.opts]
    flag = flag.replace("_", "-")
    message, hint = f"No such option: {flag}.", command(*context.command_path.split()[1:], "--help")
    corrected = corrected_flag(context, flag, _REWRITES)
    if context.parent is None and (meant := _as_picture(context, flag)):
        corrected = meant
    if answer := _ANSWERS.get(flag):
        message = f"{message} {answer}"
    elif not corrected and (close := closest(flag, flags)):
        message = f"{message} Did you mean {' or '.join(close)}?"
    elif not corrected and isinstance(context.command, ModelCommand) and (model := lacks_input(context, flag)):
        message = f"{message} {model} has no such input either."
        corrected = command("models show", quoted(model))
    elif not corrected and isinstance(context.command, ModelCommand) and flag.startswith("--"):
        message = f"{message} The model's own inputs follow -p: -p {flag[2:].replace('-', '_')}=VALUE"
    return UsageError(message, hint=f"{corrected}\n{hint}" if corrected else hint)


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
    return command("image generate", *(quoted(word) for word in typed if word != "--sandbox"), sandbox=sandbox)


def missing_task(context: Context, message: str) -> UsageError:
    """Return the error for a command that needs a task and got none."""
    words = context.command_path.split()[1:]
    last = command(*words, "last", *map(quoted, context.meta.get(AS_TYPED, ())), sandbox=runtime_of(context).in_sandbox)
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
