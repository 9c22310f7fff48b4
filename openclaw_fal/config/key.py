"""The key: where it comes from, and where `onboard` keeps it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from openclaw_fal.config.path import show_path
from openclaw_fal.config.settings import API_KEY, SecretRef, Settings, expand_variables
from openclaw_fal.core.errors import ConfigError, KeyProblem, NothingSent
from openclaw_fal.store.private_files import read_private, write_private

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

PROFILE = "fal:default"

_ONBOARD = "openclaw-fal onboard --auth-choice fal-api-key"
_SHOWN = 4
_LONG_ENOUGH = 20
_LONGEST = 1000


class FoundKey(NamedTuple):
    """A key, and in words where it comes from, such as `environment variable FAL_KEY`. Its `repr` hides the key."""

    value: str
    source: str

    def __repr__(self) -> str:
        return f"FoundKey(source={self.source!r})"


def find_key(
    environ: Mapping[str, str], credentials_file: Path | None, settings: Settings, warn: Callable[[str], None]
) -> FoundKey | None:
    """Return the first key there is: from the environment, from what `onboard` stored, from the configuration.

    A variable that is empty, or holds nothing but space, counts as unset. `warn` hears of it when others could have
    read the stored key. Raises `KeyProblem` when the stored key can't be read, when the key can't be sent
    (code `key_malformed`), and when all there is names a variable that is not set (code `key_missing`).
    """
    for value, source in _from_environment(environ):
        return _sendable(value, source)
    stored = _read_stored(credentials_file, warn) if credentials_file else None
    unset = []
    for secret, place in (
        (stored, f"{credentials_file}, where onboard stored it"),
        (settings.api_key, f"{show_path(API_KEY)} in the configuration"),
    ):
        try:
            value, source = _resolve(secret, environ, place)
        except ConfigError as error:
            unset.append(f"{place}: {error.message}")
            continue
        if value:
            return _sendable(value, source)
    if unset:
        hint = f"Set the variable, or store a key: {_ONBOARD}"
        raise KeyProblem(f"There is no fal key. {' '.join(unset)}", hint=hint, code="key_missing")
    return None


def no_key() -> KeyProblem:
    """Return the error for a command that needs a key, where there is none."""
    return KeyProblem(
        "No fal key was found: FAL_KEY is not set, and none is stored.",
        code="key_missing",
        hint=f"{_ONBOARD}   (or try without one: openclaw-fal --sandbox image generate …)",
    )


def store_key(credentials_file: Path, key: str) -> None:
    """Keep the key in a file that only its owner may read. Raises `NothingSent` when the disk won't have it."""
    _write(credentials_file, {"key": key.strip()})


def store_key_reference(credentials_file: Path, variable: str) -> None:
    """Keep the name of the environment variable that holds the key, in place of the key."""
    _write(credentials_file, {"keyRef": SecretRef(source="env", id=variable).as_json()})


def forget_key(credentials_file: Path) -> bool:
    """Remove what `onboard` stored; say whether there was anything."""
    try:
        credentials_file.unlink()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise _disk_failed("removed", credentials_file, error) from error
    return True


def mask(key: str) -> str:
    """Return as much of a key as may be shown: its first and last four characters, or nothing of a short one."""
    return f"{key[:_SHOWN]}…{key[-_SHOWN:]}" if len(key) >= _LONG_ENOUGH else "********"


def check_sendable(key: str, what: str) -> None:
    """Raise `KeyProblem` for what no HTTP header can carry; to try would show it in an error of the library's."""
    if not key.isascii() or not key.isprintable() or len(key) > _LONGEST:
        raise KeyProblem(
            f"{what} can't be sent: it has line breaks or characters in it that no key has, or is far too long.",
            hint=f"Copy the key anew from https://fal.ai/dashboard/keys, then: {_ONBOARD}",
            code="key_malformed",
        )


def oddity_of(key: str) -> str | None:
    """Say what makes this unlikely to be a fal key. No more than a warning: fal may change its keys' shape."""
    if any(character.isspace() for character in key):
        return "The key has white space in it. Was it cut or pasted together?"
    if not key.isascii() or not key.isprintable() or key[:1] in "\"'":
        return "The key has quotes or other characters in it that fal's keys don't have."
    if key.upper().startswith("FAL_KEY="):
        return "FAL_KEY= is no part of the key. Give what comes after it."
    if key.count(":") != 1:
        return "fal's keys have an id and a secret with one colon between; this one has not. Was it copied whole?"
    return None


def _sendable(key: str, source: str) -> FoundKey:
    check_sendable(key, f"The key from {source}")
    return FoundKey(key, source)


def _from_environment(environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name in ("FAL_KEY", "FAL_API_KEY"):
        if value := environ.get(name, "").strip():
            yield value, f"environment variable {name}"
    key_id, secret = environ.get("FAL_KEY_ID", "").strip(), environ.get("FAL_KEY_SECRET", "").strip()
    if key_id and secret:
        yield f"{key_id}:{secret}", "environment variables FAL_KEY_ID and FAL_KEY_SECRET"


def _resolve(secret: str | SecretRef | None, environ: Mapping[str, str], place: str) -> tuple[str, str]:
    """Return a secret's value, empty when there is none, and its source.

    Raises `ConfigError` when it names a variable that is not set.
    """
    if isinstance(secret, str):
        return expand_variables(secret, environ).strip(), place
    if secret is None or secret.source != "env":  # others are reported where the configuration is read
        return "", place
    value = environ.get(secret.id, "").strip()
    if not value:
        raise ConfigError(f"the environment variable {secret.id} is not set.")
    return value, f"environment variable {secret.id}, named by {place}"


def _read_stored(credentials_file: Path, warn: Callable[[str], None]) -> str | SecretRef | None:
    try:
        text, warning = read_private(credentials_file)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise _unreadable(credentials_file, error.strerror or str(error)) from error
    if warning:
        warn(warning)
    return _parse(credentials_file, text)


def _parse(credentials_file: Path, text: str) -> str | SecretRef | None:
    """Take fal's entry out of the file, which is shaped like OpenClaw's `auth-profiles.json`."""
    try:
        profiles = json.loads(text)["profiles"]
        entry: dict[str, Any] = next(entry for entry in profiles.values() if entry["provider"] == "fal")
        if "keyRef" in entry:
            return SecretRef(source=entry["keyRef"]["source"], id=str(entry["keyRef"]["id"]))
        return str(entry["key"])
    except StopIteration:
        return None
    except (ValueError, TypeError, KeyError, AttributeError):
        # Without the cause: a broken file's error may quote the key.
        raise _unreadable(credentials_file, "it holds no key in the form that onboard writes") from None


def _write(credentials_file: Path, secret: dict[str, Any]) -> None:
    profile = {"type": "api_key", "provider": "fal"} | secret
    text = json.dumps({"version": 1, "profiles": {PROFILE: profile}}, indent=2) + "\n"
    try:
        write_private(credentials_file, text)
    except OSError as error:
        raise _disk_failed("stored", credentials_file, error) from error


def _unreadable(credentials_file: Path, reason: str) -> KeyProblem:
    return KeyProblem(
        f"The stored key can't be used: {credentials_file}: {reason}.",
        hint=f"Store it again: {_ONBOARD}, or set FAL_KEY.",
        code="key_unreadable",
    )


def _disk_failed(done: str, credentials_file: Path, error: OSError) -> NothingSent:
    return NothingSent(
        f"The key can't be {done} in {credentials_file}: {error.strerror or error}.",
        hint="Free or unlock the disk, or set FAL_KEY in its place.",
        code="disk_failed",
    )
