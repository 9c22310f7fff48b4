"""Reads a key that a person types or a program pipes in, and answers to questions."""

from __future__ import annotations

import os
import select
import stat
from getpass import getpass
from typing import TYPE_CHECKING

from openclaw_fal.core.errors import Interrupted, KeyProblem
from openclaw_fal.core.secrets import Key, clean_key
from openclaw_fal.core.text import NOT_TEXT

if TYPE_CHECKING:
    from openclaw_fal.runtime import Runtime

PROMPT = "the prompt"
PIPE_TIMEOUT_S = 3.0
MAX_PIPE_LENGTH = 10_000  # bytes; a key has about seventy


def read_piped_key(runtime: Runtime, *, wait: bool) -> Key | None:
    """Return the key on standard input, if one is piped in; without ``wait``, only if it arrives within 3 s.

    Raises `KeyProblem` for input that is not text.
    """
    if not _is_piped(runtime):
        return None
    # The parent process may hold the other end open forever and never write to it.
    if not wait and not _arrives(runtime):
        runtime.messages.note(f"Nothing arrived on standard input within {PIPE_TIMEOUT_S:g} s.")
        return None
    try:
        value = runtime.screen.read_stdin(MAX_PIPE_LENGTH)
    except UnicodeDecodeError:
        raise KeyProblem(f"Standard input holds no key: {NOT_TEXT}.", code="key_malformed") from None
    except OverflowError:
        raise KeyProblem("Standard input is too long for a key.", code="key_malformed") from None
    key = Key(clean_key(value.removeprefix("\ufeff")), "standard input")
    return key if key.value else None


def prompt_for_key(runtime: Runtime, current: Key | None, *, is_first: bool = True) -> Key:
    """Ask for a key on the terminal, without echo; Enter keeps the current one.

    Raises `KeyProblem` without any, which is retryable unless the user has closed the input.
    """
    # Not typer's prompt: it prints before it turns the echo off, so a key that is pasted in between would be seen.
    if is_first:
        runtime.messages.note("Create a key at https://fal.ai/dashboard/keys. Your input stays hidden.")
    keep = f" [Enter keeps {current.masked}]" if current else ""
    try:
        typed = getpass(f"fal API key{keep}: ")
    except EOFError:  # Ctrl-D
        runtime.screen.draw("\n")  # what follows must not be on the prompt's line
        raise _nothing_typed(may_retry=False) from None
    except Interrupted:
        runtime.screen.draw("\n")
        raise
    if value := clean_key(typed):
        if value != typed.strip():
            runtime.messages.note("The quotes or words around the key are left out.")
        return Key(value, PROMPT)
    if current:
        return current
    raise _nothing_typed(may_retry=True)


def _nothing_typed(*, may_retry: bool) -> KeyProblem:
    return KeyProblem("No key was typed. Nothing was stored.", code="key_missing", retryable=may_retry)


def ask(runtime: Runtime, question: str, *, default: bool = True) -> bool:
    """Ask a question on the terminal until the answer is yes or no; Enter means ``default``, Ctrl-D no."""
    answers = {"y": True, "yes": True, "n": False, "no": False, "": default}
    while True:
        runtime.screen.draw(f"{question} [{'Y/n' if default else 'y/N'}]: ")
        try:
            line = runtime.screen.stdin.readline()
        except Interrupted:
            runtime.screen.draw("\n")
            raise
        if not line:
            runtime.screen.draw("\n")
            return False
        if (answer := line.strip().lower()) in answers:
            return answers[answer]


def _is_piped(runtime: Runtime) -> bool:
    """Return whether standard input is a pipe or file, not a terminal or the null device of services and CI jobs."""
    try:
        mode = os.fstat(runtime.screen.stdin.fileno()).st_mode
    except (OSError, ValueError, AttributeError):
        return not runtime.stdin_is_terminal
    return stat.S_ISFIFO(mode) or stat.S_ISREG(mode) or stat.S_ISSOCK(mode)


def _arrives(runtime: Runtime) -> bool:
    try:
        return bool(select.select([runtime.screen.stdin], [], [], PIPE_TIMEOUT_S)[0])
    except (OSError, ValueError):  # Windows can't wait for pipes
        return True
