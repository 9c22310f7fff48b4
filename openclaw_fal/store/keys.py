"""The key file: the fal key that `onboard` stored, or the name of the environment variable that holds it.

The file has the shape of OpenClaw's ``auth-profiles.json``. Which key is used is decided in ``config/key.py``.
"""

from __future__ import annotations

import errno
import json
import shlex
from typing import TYPE_CHECKING, Any, Literal

from openclaw_fal.core.errors import KeyProblem, NothingSent
from openclaw_fal.core.program import onboard_command
from openclaw_fal.core.records import Record
from openclaw_fal.core.secrets import clean_key
from openclaw_fal.core.text import NOT_TEXT
from openclaw_fal.store.private_files import read_private, write_private

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PROFILE = "fal:default"


class SecretRef(Record):
    """OpenClaw's reference to a secret that is kept elsewhere: ``{source, provider, id}``."""

    source: Literal["env", "file", "exec"]
    id: str
    provider: str = "default"

    def as_json(self) -> dict[str, str]:
        return {"source": self.source, "provider": self.provider, "id": self.id}


def read_key(path: Path, warn: Callable[[str], object]) -> str | SecretRef | None:
    """Return the stored key or reference; ``None`` if there is none.

    Calls ``warn`` if other users could read the file. Raises `KeyProblem` (code ``key_unreadable``).
    """
    try:
        text, warning = read_private(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error), error) from error
    if warning:
        warn(warning)
    return _parse(path, text)


def stored_profiles(path: Path) -> list[str]:
    """Return the names under which keys are stored. Raises `KeyProblem` (code ``key_unreadable``)."""
    if read_key(path, lambda _warning: None) is None:
        return []
    profiles = json.loads(read_private(path)[0])["profiles"]
    return [name for name, entry in profiles.items() if entry["provider"] == "fal"]


def store_key(path: Path, secret: str | SecretRef, name: str = PROFILE) -> None:
    """Store the key, or a reference to it, in a file that only its owner can read.

    Raises `NothingSent` (code ``disk_failed``) when the file can't be written.
    """
    entry = {"key": clean_key(secret)} if isinstance(secret, str) else {"keyRef": secret.as_json()}
    profile = {"type": "api_key", "provider": "fal"} | entry
    try:
        write_private(path, json.dumps({"version": 1, "profiles": {name: profile}}, indent=2) + "\n")
    except OSError as error:
        raise _disk_failed("stored", path, error) from error


def forget_key(path: Path) -> bool:
    """Remove the key file and return whether there was one. Raises as `store_key`."""
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise _disk_failed("removed", path, error) from error
    return True


def _parse(path: Path, text: str) -> str | SecretRef | None:
    try:
        profiles = json.loads(text)["profiles"]
        entry: dict[str, Any] = next(entry for entry in profiles.values() if entry["provider"] == "fal")
        if "keyRef" in entry:
            ref = entry["keyRef"]
            return SecretRef(source=ref["source"], id=str(ref["id"]), provider=str(ref.get("provider") or "default"))
        return str(entry["key"])
    except StopIteration:
        return None
    except (ValueError, TypeError, KeyError, AttributeError):
        # Without the cause, because a parser's message may quote the key.
        raise _unreadable(path, "it holds no key in the form that onboard writes") from None


def _unreadable(path: Path, reason: str, error: OSError | None = None) -> KeyProblem:
    return KeyProblem(
        f"The stored key can't be used: {path}: {reason}.",
        hint=_in_the_way(path, error) or f"Store it again: {onboard_command()}, or set FAL_KEY.",
        code="key_unreadable",
    )


def _disk_failed(action: str, path: Path, error: OSError) -> NothingSent:
    return NothingSent(
        f"The key can't be {action} in {path}: {error.strerror or error}.",
        hint=_in_the_way(path, error) or "Free or unlock the disk, or set FAL_KEY instead.",
        code="disk_failed",
    )


def _in_the_way(path: Path, error: OSError | None) -> str | None:
    """Return what to do about a folder, pipe or device where the file should be."""
    if error is None or error.strerror == NOT_TEXT or error.errno not in {errno.EINVAL, errno.EISDIR, errno.ELOOP}:
        return None
    return f"Move it away, or set FAL_KEY: {shlex.join(['mv', str(path), f'{path}.old'])}"
