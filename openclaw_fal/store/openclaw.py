"""What OpenClaw itself has on this machine: its folder, configuration, variables, and the database with its keys."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from openclaw_fal.core.errors import NothingSent
from openclaw_fal.store.paths import CONFIG_NAME, absolute_path, files_in
from openclaw_fal.store.private_files import make_private_folder

if TYPE_CHECKING:
    from collections.abc import Mapping

_DATABASES = ("*.sqlite", "state/*.sqlite", "agents/*/agent/*.sqlite")


def openclaw_folder(environ: Mapping[str, str], profile: str | None) -> Path | None:
    """Return the folder where OpenClaw keeps its files; ``None`` without a home folder."""
    if named := environ.get("OPENCLAW_STATE_DIR"):
        return absolute_path(named, "OPENCLAW_STATE_DIR")
    try:
        return Path.home() / (".openclaw" if profile in (None, "default") else f".openclaw-{profile}")
    except RuntimeError:
        return None


def env_files(environ: Mapping[str, str], profile: str | None, config_file: Path) -> tuple[Path, ...]:
    """Return the ``.env`` files that OpenClaw reads, if its configuration is used.

    It is used if a variable names it or its folder, or if a symbolic link leads to it. The files need not exist.
    """
    is_named = environ.get("OPENCLAW_CONFIG_PATH") or environ.get("OPENCLAW_STATE_DIR")
    if not is_named and not os.path.islink(config_file):
        return ()
    folders = (openclaw_folder(environ, profile), Path(os.path.realpath(config_file)).parent)
    return tuple(dict.fromkeys(folder / ".env" for folder in folders if folder))


def link_config(config_file: Path, target: Path) -> None:
    """Make a symbolic link to OpenClaw's configuration at the place of this tool's own.

    Raises `NothingSent` (code ``disk_failed``).
    """
    try:
        make_private_folder(config_file.parent)
        config_file.symlink_to(target)
    except OSError as error:
        raise NothingSent(
            f"{config_file} can't become a link to {target}: {error.strerror or error}.",
            hint=f"Name the file instead: export OPENCLAW_CONFIG_PATH={shlex.quote(str(target))}",
            code="disk_failed",
        ) from error


def is_linked(environ: Mapping[str, str], profile: str | None, config_file: Path) -> bool:
    """Return whether this tool's own configuration is a link to OpenClaw's."""
    folder = openclaw_folder(environ, profile)
    return folder is not None and os.path.islink(config_file) and config_file.readlink() == folder / CONFIG_NAME


def key_hint(environ: Mapping[str, str], profile: str | None) -> str:
    """Return a sentence about the keys that OpenClaw's `onboard` keeps in its database, empty if there is none."""
    folder = openclaw_folder(environ, profile)
    if folder is None or not any(files_in(folder, pattern) for pattern in _DATABASES):
        return ""
    return "A key that `openclaw onboard` stored is in OpenClaw's own database, which openclaw-fal does not read."


def unused_config(environ: Mapping[str, str], profile: str | None, config_file: Path) -> Path | None:
    """Return OpenClaw's own configuration, if there is one and this tool's ``config_file`` does not exist."""
    folder = openclaw_folder(environ, profile)
    if folder is None or os.path.lexists(config_file):
        return None
    file = folder / CONFIG_NAME
    return file if file != config_file and os.path.isfile(file) else None
