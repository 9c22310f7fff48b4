"""Finds the value of a secret that the configuration refers to, in all the forms that OpenClaw reads."""

from __future__ import annotations

import json
import os
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

from openclaw_fal.config.settings import expand_variables
from openclaw_fal.core.errors import ConfigError
from openclaw_fal.core.records import Record
from openclaw_fal.core.text import NOT_TEXT, encoding_of
from openclaw_fal.store.keys import SecretRef
from openclaw_fal.store.private_files import READ_ONLY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openclaw_fal.config.settings import Settings
    from openclaw_fal.config.variables import Variables

TIMEOUT_S = 5.0
MAX_BYTES = 1024 * 1024
_ONLY_ID = "value"  # the id of the only secret in a file of mode singleValue

# A string alone that stands for a variable: ${NAME}, $NAME, and the marks of older versions.
_VARIABLE_ALONE = (
    r"(?:\$|secretref-env:|__env__:)(?P<name>[A-Z][A-Z0-9_]{0,127})|\$\{(?P<braced>[A-Z][A-Z0-9_]{0,127})\}"
)
_VARIABLE_NAME = r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+"
_MANAGED = "secretref-managed"
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


class Secret(Record):
    """A secret's value and where it was found. ``variables`` are the environment variables that hold it."""

    value: str
    source: str
    variables: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Secret(source={self.source!r})"


def find_secret(secret: str | SecretRef, place: str, settings: Settings, variables: Variables) -> Secret:
    """Return a secret's value. ``place`` names the setting that holds the secret or the reference.

    Raises `ConfigError` for a variable, file or command that does not give one. No message quotes a secret, nor what
    a command has printed.
    """
    if isinstance(secret, SecretRef):
        return _referred(secret, place, settings, variables)
    text = secret.strip()
    if match := re.fullmatch(_VARIABLE_ALONE, text):
        return _of_variable(match["name"] or match["braced"], place, variables)
    if re.fullmatch(_VARIABLE_NAME, text) and variables.find(text):  # as OpenClaw's own files name a variable
        return _of_variable(text, place, variables)
    if text == _MANAGED:
        raise ConfigError("OpenClaw keeps this secret in its own store, which openclaw-fal does not read.")
    return Secret(expand_variables(text, variables), place)


def _referred(ref: SecretRef, place: str, settings: Settings, variables: Variables) -> Secret:
    name = ref.provider
    if name == "default" and name not in settings.secret_providers:
        name = settings.secret_defaults.get(ref.source, name)
    provider = settings.secret_providers.get(name)
    if ref.source == "env":
        allowed = provider.get("allowlist") if provider else None
        if isinstance(allowed, list) and ref.id not in allowed:
            raise ConfigError(f"secrets.providers.{name}.allowlist does not contain {ref.id}.")
        return _of_variable(ref.id, place, variables)
    if provider is None:
        raise ConfigError(f"it refers to secrets.providers.{name}, which is not set.")
    if provider.get("source") != ref.source:
        raise ConfigError(f"it needs a source {ref.source!r}, and secrets.providers.{name} has another one.")
    if ref.source == "file":
        path = _path(provider.get("path"), f"secrets.providers.{name}.path")
        return Secret(_in_file(path, provider, ref.id), f"{path}, named by {place}")
    if ref.source == "exec":
        _refuse_foreign(settings.files)
        path = _path(provider.get("command"), f"secrets.providers.{name}.command")
        return Secret(_by_command(path, name, provider, ref.id, variables), f"the command {path}, named by {place}")
    raise ConfigError(f"secrets of source {ref.source!r} can't be read by openclaw-fal.")


def _of_variable(name: str, place: str, variables: Variables) -> Secret:
    variable = variables.find(name)
    if variable is None:
        raise ConfigError(f"the environment variable {name} is not set.", code="variable_missing")
    return Secret(variable.value, f"{variable.source}, named by {place}", (name,) if variable.is_of_process else ())


def _path(value: Any, setting: str) -> Path:
    try:
        path = Path(value).expanduser() if isinstance(value, str) else Path()
    except RuntimeError as error:
        raise ConfigError(f"{setting} begins with ~, and there is no home folder.") from error
    if not path.is_absolute():
        raise ConfigError(f"{setting} must be an absolute path.")
    return path


# --- files -------------------------------------------------------------------------------------


def _in_file(path: Path, provider: Mapping[str, Any], pointer: str) -> str:
    text = _read(path, _limit(provider, "maxBytes", MAX_BYTES))
    if provider.get("mode") == "singleValue":
        if pointer != _ONLY_ID:
            raise ConfigError(f"{path} holds a single secret, whose id is {_ONLY_ID!r}, not {pointer!r}.")
        return _text(text, path)
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        # Without the cause, because a parser's message may quote the secret.
        raise ConfigError(f"{path} is not JSON.") from None
    return _text(_at_pointer(value, pointer, path), path)


def _read(path: Path, limit: int) -> str:
    try:
        descriptor = os.open(path, READ_ONLY)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise ConfigError(f"{path} is not a regular file.")
            data = file.read(limit + 1)
        if len(data) > limit:
            raise ConfigError(f"{path} is larger than {limit} bytes.")
        return data.decode(encoding_of(data))
    except OSError as error:
        raise ConfigError(f"{path} can't be read: {error.strerror or error}.") from error
    except UnicodeDecodeError:
        raise ConfigError(f"{path} can't be read: {NOT_TEXT}.") from None


def _at_pointer(value: Any, pointer: str, path: Path) -> Any:
    """Return the value at a JSON pointer (RFC 6901)."""
    if not pointer.startswith("/"):
        raise ConfigError(f"the id {pointer!r} is not a JSON pointer such as /fal/key.")
    for part in pointer[1:].split("/"):
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and name in value:
            value = value[name]
        elif isinstance(value, list) and name.isascii() and name.isdigit() and int(name) < len(value):
            value = value[int(name)]
        else:
            raise ConfigError(f"{path} has nothing at {pointer}.")
    return value


def _text(value: Any, path: Path) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ConfigError(f"the secret from {path} is empty or not text.")
    return value.strip()


# --- commands ----------------------------------------------------------------------------------


def _refuse_foreign(files: tuple[Path, ...]) -> None:
    """Refuse to run a command that somebody else could have written into the configuration."""
    if os.name == "nt":  # which keeps other users out of a user's folders
        return
    for file in files:
        try:
            status = file.stat()
        except OSError as error:
            raise ConfigError(f"{file} can't be checked: {error.strerror}.") from error
        if status.st_uid not in {os.geteuid(), 0} or status.st_mode & _OTHERS_WRITE:
            raise ConfigError(
                f"it names a command, and other users can change {file}. Commands are run only for a configuration "
                f"that you alone can change."
            )


def _by_command(path: Path, name: str, provider: Mapping[str, Any], secret_id: str, variables: Variables) -> str:
    """Run a command that speaks OpenClaw's protocol: JSON with ids on its standard input, JSON with values back."""
    _refuse_foreign((path,))
    if os.path.islink(path) and provider.get("allowSymlinkCommand") is not True:
        raise ConfigError(f"{path} is a symbolic link, and allowSymlinkCommand is not true.")
    request = json.dumps({"protocolVersion": 1, "provider": name, "ids": [secret_id]})
    printed = _run(path, provider, request, variables)
    if provider.get("jsonOnly") is False:
        try:
            answer = json.loads(printed)
        except (ValueError, RecursionError):
            answer = printed
        if isinstance(answer, str):
            return _text(answer, path)
    try:
        return _text(json.loads(printed)["values"][secret_id], path)
    except (ValueError, RecursionError, TypeError, KeyError):
        raise ConfigError(f"{path} returned no value for the id {secret_id!r}.") from None


def _run(path: Path, provider: Mapping[str, Any], request: str, variables: Variables) -> str:
    import subprocess  # noqa: PLC0415 - few configurations name a command

    arguments, passed, own = provider.get("args") or [], provider.get("passEnv") or [], provider.get("env") or {}
    environ = {name: variables.environ[name] for name in passed if name in variables.environ} | own
    timeout_s = _limit(provider, "timeoutMs", int(TIMEOUT_S * 1000)) / 1000
    try:
        done = subprocess.run(
            [str(path), *map(str, arguments)],
            input=request.encode(),
            capture_output=True,
            timeout=timeout_s,
            cwd=path.parent,
            env=environ,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ConfigError(f"{path} did not finish within {timeout_s:g} s.") from None
    except (OSError, ValueError, TypeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "its args or env are not text"
        raise ConfigError(f"{path} can't be run: {reason}.") from None
    if done.returncode:
        raise ConfigError(f"{path} exited with status {done.returncode}.")
    if len(done.stdout) > _limit(provider, "maxOutputBytes", MAX_BYTES):
        raise ConfigError(f"{path} printed too much.")
    return done.stdout.decode("utf-8-sig", "replace").strip()


def _limit(provider: Mapping[str, Any], name: str, default: int) -> int:
    value = provider.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**9 else default
