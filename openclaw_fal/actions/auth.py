"""The key: read from a person or a program, checked with fal, listed, stored and forgotten. And yes-or-no questions."""

from __future__ import annotations

import os
import select
import stat
from getpass import getpass
from typing import TYPE_CHECKING

from openclaw_fal.config.key import shape_warning
from openclaw_fal.core.errors import ConfigError, Interrupted, KeyProblem, NothingSent
from openclaw_fal.core.events import result_of
from openclaw_fal.core.program import command
from openclaw_fal.core.records import Record
from openclaw_fal.core.secrets import Key, clean_key
from openclaw_fal.core.text import NOT_TEXT
from openclaw_fal.fal.platform import KEY_CHECK_TIMEOUT_S, check_key
from openclaw_fal.fal.reply import Unreachable
from openclaw_fal.store.keys import PROFILE, forget_key, store_key, stored_profiles

if TYPE_CHECKING:
    from openclaw_fal.runtime import Runtime

NOTHING_STORED = "Nothing was stored."
PIPE_TIMEOUT_S = 3.0
MAX_PIPE_LENGTH = 10_000  # bytes; a key has about seventy
CHECK_SKIP_HINT = "To store it unchecked: add --skip-health"

# --- read and checked --------------------------------------------------------------------------


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
        return Key(value, "the prompt", place="typed")
    if current:
        return current
    raise _nothing_typed(may_retry=True)


def _nothing_typed(*, may_retry: bool) -> KeyProblem:
    return KeyProblem("No key was typed.", consequence=NOTHING_STORED, code="key_missing", retryable=may_retry)


def ask_yes_or_no(runtime: Runtime, question: str, *, default: bool = True) -> bool:
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


def check_with_fal(runtime: Runtime, key: Key) -> None:
    """Ask fal whether a key is good, free of charge. Raises `KeyProblem`, and `NothingSent` if fal can't be reached."""
    client = runtime.client(lambda: key)
    try:
        result_of(check_key(client, runtime.clock.deadline(KEY_CHECK_TIMEOUT_S)))
    except KeyProblem as error:
        raise KeyProblem(
            error.message,
            hint=f"{NOTHING_STORED} Copy the key again from https://fal.ai/dashboard/keys. {CHECK_SKIP_HINT}",
            code=error.code,
            http_status=error.http_status,
            request_id=error.request_id,
        ) from error
    except Unreachable as problem:
        raise NothingSent(
            f"The key can't be checked: fal can't be reached ({problem}).",
            consequence=NOTHING_STORED,
            code="unreachable",
            hint=CHECK_SKIP_HINT,
        ) from problem
    finally:
        client.close()


# --- `models auth` ------------------------------------------------------------------------------


class Pasted(Record):
    """A key that was stored under the name ``profile``."""

    key: Key
    profile: str
    is_checked: bool


def profiles(runtime: Runtime) -> list[str]:
    """Return the names of the stored keys. Raises `KeyProblem` if the key file can't be read."""
    return stored_profiles(runtime.paths.key_file)


def paste(runtime: Runtime, profile: str, *, check: bool) -> Pasted:
    """Store the key that is piped in or typed, and replace the one before.

    Raises `KeyProblem` without a key, and for one that fal refuses; then nothing is stored. A key that can't be
    checked because fal can't be reached is stored with a warning.
    """
    runtime.not_done = NOTHING_STORED
    if runtime.stdin_is_terminal:
        key = prompt_for_key(runtime, None)
    else:
        piped = read_piped_key(runtime, wait=True)
        if piped is None:
            hint = f"{command('models auth paste-api-key --provider fal')} < key.txt"
            raise KeyProblem(
                "There is no key on standard input.", consequence=NOTHING_STORED, hint=hint, code="key_missing"
            )
        key = piped
    if warning := shape_warning(key.value):
        runtime.messages.warning(warning)
    key.check_sendable()
    is_checked = check and _is_accepted(runtime, key)
    if not runtime.makes_placeholders:
        runtime.not_done = ""
        store_key(runtime.paths.key_file, key.value, profile)
    return Pasted(key, profile, is_checked)


def _is_accepted(runtime: Runtime, key: Key) -> bool:
    try:
        check_with_fal(runtime, key)
    except NothingSent as error:
        runtime.messages.warning(f"The key is stored unchecked: {error.problem}")
        return False
    return True


def log_out(runtime: Runtime) -> list[str]:
    """Remove the stored key, and return the names under which it was stored. Tasks and configuration stay."""
    try:
        names = profiles(runtime)
    except KeyProblem:  # a damaged file is removed anyway
        names = [PROFILE]
    return names if forget_key(runtime.paths.key_file) else []


def remaining_source(runtime: Runtime) -> str | None:
    """Return where a key still comes from once none is stored."""
    try:
        key = runtime.key_sources(runtime.config.settings).usable()
    except ConfigError:  # a broken file gives none
        return None
    return key.source if key else None
