"""Which key is used, and where it came from."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from openclaw_fal.config.path import show_path
from openclaw_fal.config.settings import API_KEY, Settings, expand_variables
from openclaw_fal.core.errors import ConfigError, KeyProblem
from openclaw_fal.core.program import command, onboard_command
from openclaw_fal.store.keys import SecretRef, read_key

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

KEY_VARIABLES = ("FAL_KEY", "FAL_API_KEY")
"""Environment variables that hold a whole key; the first wins."""

_MASK_ENDS = 4
_MIN_MASKED_LENGTH = 20
_MAX_LENGTH = 1000


class Key(NamedTuple):
    """A key and where it came from, such as ``environment variable FAL_KEY``. Its ``repr`` hides the key."""

    value: str
    source: str

    def __repr__(self) -> str:
        return f"Key(source={self.source!r})"

    @property
    def masked(self) -> str:
        """As much of the key as may be shown: the first and last four characters, nothing of a short key."""
        if len(self.value) < _MIN_MASKED_LENGTH:
            return "********"
        return f"{self.value[:_MASK_ENDS]}…{self.value[-_MASK_ENDS:]}"


class KeySources:
    """Where a key may come from. The environment wins over the key file, and that over the configuration.

    A variable that is empty or blank counts as unset. ``warn`` is called if other users could read the key file.
    """

    def __init__(
        self, environ: Mapping[str, str], key_file: Path | None, settings: Settings, warn: Callable[[str], object]
    ) -> None:
        self.environ = environ
        self.key_file = key_file
        self.settings = settings
        self.warn = warn

    @cached_property
    def key(self) -> Key | None:
        """The first key there is.

        Raises `KeyProblem` if the key file can't be read, if the key can't be sent (code ``key_malformed``), and if
        the only key is a reference to a variable that is not set (code ``key_missing``).
        """
        key = _environment_key(self.environ) or self._stored_or_configured()
        if key:
            check_sendable(key)
        return key

    def require(self) -> Key:
        """Return the key; raise `KeyProblem` if there is none."""
        if self.key is None:
            raise KeyProblem(
                "No fal key was found: FAL_KEY is not set, and none is stored.",
                hint=f"Store a key: {onboard_command()}\n"
                f"Try without a key: {command('image generate …', sandbox=True)}",
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
        stored = read_key(self.key_file, self.warn) if self.key_file else None
        unset = []
        for secret, place in (
            (stored, f"{self.key_file}, where onboard stored it"),
            (self.settings.api_key, f"{show_path(API_KEY)} in the configuration"),
        ):
            try:
                key = _resolve(secret, self.environ, place)
            except ConfigError as error:
                unset.append(f"{place}: {error.message}")
                continue
            if key:
                return key
        if unset:
            raise KeyProblem(
                f"There is no fal key. {' '.join(unset)}",
                hint=f"Set the variable, or store a key: {onboard_command()}",
                code="key_missing",
            )
        return None


def key_variable(environ: Mapping[str, str]) -> str | None:
    """Return the name of the environment variable that holds a whole key, if there is one."""
    return next((name for name in KEY_VARIABLES if environ.get(name, "").strip()), None)


def check_sendable(key: Key) -> None:
    """Raise `KeyProblem` for a key that no HTTP header can carry: the HTTP library's own error would show it."""
    if not key.value.isascii() or not key.value.isprintable() or len(key.value) > _MAX_LENGTH:
        raise KeyProblem(
            f"The key from {key.source} can't be sent: it contains line breaks or other characters that no key "
            "has, or is far too long.",
            hint=f"Copy the key again from https://fal.ai/dashboard/keys, then: {onboard_command()}",
            code="key_malformed",
        )


def shape_warning(key: str) -> str | None:
    """Return a warning if this does not look like a fal key. It is not an error: fal may change the shape."""
    if any(character.isspace() for character in key):
        return "The key contains white space. Check that it was copied whole."
    if not key.isascii() or not key.isprintable() or key[:1] in "\"'":
        return "The key contains quotes or other characters that fal's keys don't have."
    if key.upper().startswith("FAL_KEY="):
        return "FAL_KEY= is no part of the key. Give only what follows it."
    if key.count(":") != 1:
        return "fal's keys are an id and a secret with one colon between. Check that the key was copied whole."
    return None


def _environment_key(environ: Mapping[str, str]) -> Key | None:
    if variable := key_variable(environ):
        return Key(environ[variable].strip(), f"environment variable {variable}")
    key_id, secret = environ.get("FAL_KEY_ID", "").strip(), environ.get("FAL_KEY_SECRET", "").strip()
    if key_id and secret:
        return Key(f"{key_id}:{secret}", "environment variables FAL_KEY_ID and FAL_KEY_SECRET")
    return None


def _resolve(secret: str | SecretRef | None, environ: Mapping[str, str], place: str) -> Key | None:
    """Return a secret's value and source. Raises `ConfigError` if it refers to a variable that is not set."""
    if isinstance(secret, str):
        value = expand_variables(secret, environ).strip()
        return Key(value, place) if value else None
    if secret is None or secret.source != "env":  # other sources are reported where the configuration is read
        return None
    value = environ.get(secret.id, "").strip()
    if not value:
        raise ConfigError(f"the environment variable {secret.id} is not set.")
    return Key(value, f"environment variable {secret.id}, named by {place}")
