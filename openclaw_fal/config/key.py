"""Which key is used, and where it came from."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from openclaw_fal.config.path import show_path
from openclaw_fal.config.settings import API_KEY, Settings
from openclaw_fal.core.errors import ConfigError, KeyProblem
from openclaw_fal.core.program import command, onboard_command
from openclaw_fal.core.secrets import Key, clean_key
from openclaw_fal.store.keys import read_key

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from openclaw_fal.config.variables import Variable, Variables
    from openclaw_fal.store.keys import SecretRef

KEY_VARIABLES = ("FAL_KEY", "FAL_API_KEY")
"""Environment variables that hold a whole key; the first wins."""


class KeySources:
    """Where a key may come from. The first of these that has one wins.

    The environment, the key file, the setting ``apiKey``, the configuration's ``env`` block, OpenClaw's ``.env`` files.
    ``warn`` is called if other users could read the key file. ``hint`` returns what the error for no key adds.
    """

    def __init__(
        self,
        variables: Variables,
        key_file: Path | None,
        settings: Settings,
        warn: Callable[[str], object],
        hint: Callable[[], str] | None = None,
    ) -> None:
        self.variables = variables
        self.key_file = key_file
        self.settings = settings
        self.warn = warn
        self.hint = hint

    @cached_property
    def key(self) -> Key | None:
        """The first key there is.

        Raises `KeyProblem` if the key file can't be read, if the key can't be sent (code ``key_malformed``), and if
        the only key is a reference that can't be resolved (code ``key_missing``).
        """
        key = _variable_key(self.variables.of_process) or self._stored_or_configured()
        if key:
            key.check_sendable()
        return key

    def require(self) -> Key:
        """Return the key; raise `KeyProblem` if there is none."""
        if self.key is None:
            more = self.hint() if self.hint else ""
            raise KeyProblem(
                "No fal key was found: FAL_KEY is not set, and none is stored.",
                hint=f"Store a key: {onboard_command()}\n"
                f"Try without a key: {command('image generate …', sandbox=True)}" + (f"\n{more}" if more else ""),
                code="key_missing",
            )
        return self.key

    def usable(self, report: Callable[[str], object] | None = None) -> Key | None:
        """Return the key; ``None`` also for one that can't be used, after calling ``report`` with the reason."""
        try:
            return self.key
        except KeyProblem as problem:
            if report:
                report(problem.message)
            return None

    def _stored_or_configured(self) -> Key | None:
        failed: list[str] = []
        key = self._referred(failed) or _variable_key(self.variables.of_configuration)
        if key is None and failed:
            raise KeyProblem(
                f"There is no fal key. {' '.join(failed)}",
                hint=f"Correct that, or store a key: {onboard_command()}",
                code="key_missing",
            )
        return key

    def _referred(self, failed: list[str]) -> Key | None:
        """Return the stored or configured key, and add the reasons why there is none to ``failed``."""
        stored = read_key(self.key_file, self.warn) if self.key_file else None
        sources: tuple[tuple[str | SecretRef | None, str, bool], ...] = (
            (stored, f"{self.key_file}, where onboard stored it", True),
            (self.settings.api_key, f"{show_path(API_KEY)} in the configuration", False),
        )
        for secret, place, is_stored in sources:
            if not secret:
                continue
            # Imported here: a key in the environment needs none.
            from openclaw_fal.config.secret_refs import find_secret  # noqa: PLC0415

            try:
                found = find_secret(secret, place, self.settings, self.variables)
            except ConfigError as error:
                failed.append(f"{place}: {error.message}")
                continue
            if value := clean_key(found.value):
                return Key(value, found.source, found.variables, "stored" if is_stored else None)
        return None


def admin_key(variables: Variables) -> Key | None:
    """Return the key with the scope ADMIN that ``FAL_ADMIN_KEY`` holds, which is used for reading bills only."""
    found = variables.find("FAL_ADMIN_KEY")
    value = clean_key(found.value) if found else ""
    return Key(value, found.source) if found and value else None


def key_variable(environ: Mapping[str, str]) -> str | None:
    """Return the name of the environment variable that holds a whole key, if there is one."""
    return next((name for name in KEY_VARIABLES if clean_key(environ.get(name, ""))), None)


def shape_warning(key: str) -> str | None:
    """Return a warning if this does not look like a fal key. It is not an error: fal may change the shape."""
    if any(character.isspace() for character in key):
        return "The key contains white space. Check that you copied it completely."
    if not key.isascii() or not key.isprintable() or key[:1] in "\"'":
        return "The key contains quotes or other characters that fal's keys don't have."
    if key.count(":") != 1:
        return "fal's keys are an id and a secret, separated by a colon. Check that you copied the key completely."
    return None


def _variable_key(find: Callable[[str], Variable | None]) -> Key | None:
    """Return the key that variables hold, whole or in two halves."""
    for name in KEY_VARIABLES:
        if (whole := find(name)) and (value := clean_key(whole.value)):
            return Key(value, whole.source, (name,) if whole.is_of_process else ())
    key_id, secret = find("FAL_KEY_ID"), find("FAL_KEY_SECRET")
    if key_id is None or secret is None:
        return None
    is_of_process = key_id.is_of_process and secret.is_of_process
    source = (
        "environment variables FAL_KEY_ID and FAL_KEY_SECRET"
        if is_of_process
        else f"{key_id.source} and {secret.source}"
    )
    value = f"{clean_key(key_id.value)}:{clean_key(secret.value)}"
    return Key(value, source, ("FAL_KEY_ID", "FAL_KEY_SECRET") if is_of_process else ())
