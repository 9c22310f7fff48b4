"""`models auth`: list, store and forget the key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openclaw_fal.actions.key_input import prompt_for_key, read_piped_key
from openclaw_fal.actions.onboard import check_with_fal
from openclaw_fal.config.key import shape_warning
from openclaw_fal.core.errors import ConfigError, KeyProblem, NothingSent
from openclaw_fal.core.program import command
from openclaw_fal.core.records import Record
from openclaw_fal.store.keys import PROFILE, forget_key, store_key, stored_profiles

if TYPE_CHECKING:
    from openclaw_fal.core.secrets import Key
    from openclaw_fal.runtime import Runtime


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
    runtime.not_done = "Nothing was stored."
    if runtime.stdin_is_terminal:
        key = prompt_for_key(runtime, None)
    else:
        piped = read_piped_key(runtime, wait=True)
        if piped is None:
            hint = f"{command('models auth paste-api-key --provider fal')} < key.txt"
            raise KeyProblem("There is no key on standard input. Nothing was stored.", hint=hint, code="key_missing")
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
        runtime.messages.warning(f"The key is stored unchecked: {error.message.removesuffix(' Nothing was stored.')}")
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
