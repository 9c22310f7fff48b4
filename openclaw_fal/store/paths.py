"""The paths of this program's files: configuration, key, task journal, caches. And text files that the user names."""

from __future__ import annotations

import errno
import io
import os
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from openclaw_fal.core.errors import RequestError, UsageError
from openclaw_fal.core.program import NAME
from openclaw_fal.core.records import Record
from openclaw_fal.core.text import encoding_of

if TYPE_CHECKING:
    from collections.abc import Mapping

CONFIG_NAME = "openclaw.json"

MAX_TEXT = 100_000_000  # bytes; a batch of a million lines is smaller
WRITER_WAIT_S = 10.0  # for the program that writes to a named pipe
# The folders with the pipes that a shell has opened, as for <(command).
OPEN_PIPES = ("/dev/", "/proc/")
_PROFILE_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Paths(Record):
    """Absolute paths; none needs to exist."""

    config_file: Path
    state_dir: Path
    cache_dir: Path

    @property
    def config_backup(self) -> Path:
        """The configuration before its last change."""
        return backup_of(self.config_file)

    @property
    def key_file(self) -> Path:
        return self.state_dir / "fal-credentials.json"

    @property
    def journal_file(self) -> Path:
        return self.state_dir / "fal-tasks.sqlite3"

    @property
    def answers_dir(self) -> Path:
        return self.state_dir / "fal-answers"

    @property
    def catalog_file(self) -> Path:
        return self.cache_dir / "fal-models.json"

    @property
    def schemas_dir(self) -> Path:
        return self.cache_dir / "schemas"

    @property
    def prices_dir(self) -> Path:
        return self.cache_dir / "prices"


def backup_of(config_file: Path) -> Path:
    """Return the backup's path: beside the path that the user knows, even if that is a symbolic link."""
    return config_file.with_name(config_file.name + ".bak")


def find_paths(environ: Mapping[str, str], profile: str | None = None) -> Paths:
    """Return the paths of this user's files.

    ``OPENCLAW_STATE_DIR`` moves everything. ``OPENCLAW_CONFIG_PATH`` moves the configuration alone, and wins over a
    profile. A profile has a subfolder of its own in each folder; ``default`` means no profile. An empty variable counts
    as unset. Raises `UsageError` for a profile that can't name a folder.
    """
    below = _profile_folder(profile)
    state_dir = environ.get("OPENCLAW_STATE_DIR")
    if state_dir:
        root = absolute_path(state_dir, "OPENCLAW_STATE_DIR") / below
        config_dir, cache_dir = root, root / "cache"
    else:
        config_dir, root, cache_dir = (folder / below for folder in _user_folders())
    config_file = environ.get("OPENCLAW_CONFIG_PATH")
    return Paths(
        config_file=absolute_path(config_file, "OPENCLAW_CONFIG_PATH") if config_file else config_dir / CONFIG_NAME,
        state_dir=root,
        cache_dir=cache_dir,
    )


def _user_folders() -> tuple[Path, Path, Path]:
    try:
        folders = _platform_folders()
    except (RuntimeError, KeyError, OSError) as error:
        raise _no_home() from error
    # Without a home folder, some of these stay relative to "~" or to the root of the disk.
    if not all(folder.is_absolute() for folder in folders) or os.environ.get("HOME") == "":
        raise _no_home()
    return folders


def _no_home() -> RequestError:
    return RequestError(
        "There is no home folder: HOME is not set, and this user has none, so there is no place for the "
        "configuration, the key and the tasks.",
        hint="Name a folder: export OPENCLAW_STATE_DIR=/path/to/a/folder",
        code="no_home",
    )


def _platform_folders() -> tuple[Path, Path, Path]:
    # Imported here: it takes several milliseconds, and OPENCLAW_STATE_DIR makes it unnecessary.
    import platformdirs  # noqa: PLC0415

    # Without appauthor=False, the folder on Windows would be openclaw-fal\openclaw-fal.
    return (
        platformdirs.user_config_path(NAME, appauthor=False),
        platformdirs.user_state_path(NAME, appauthor=False),
        platformdirs.user_cache_path(NAME, appauthor=False),
    )


def _profile_folder(profile: str | None) -> Path:
    if profile is None or profile == "default":
        return Path()
    if not _PROFILE_NAME.fullmatch(profile):
        raise UsageError(
            f"--profile {profile!r} is not a profile name. Use up to 64 letters, digits, hyphens and underscores."
        )
    return Path("profiles", profile)


def read_text(path: Path, encoding: str | None = None, newline: str | None = None) -> str:
    """Return the text of a file of the user. Raises `OSError` and `UnicodeDecodeError`.

    Without an ``encoding``, it is UTF-8, or UTF-16 with a byte order mark; the mark is left out. Something without an
    end, such as ``/dev/zero``, must not use up the memory: it is too large. A named pipe that no program writes to ends
    as an error.
    """
    with open(path, "rb", opener=_opened) as file:
        data = file.read(MAX_TEXT + 1)
    if len(data) > MAX_TEXT:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
    return io.TextIOWrapper(io.BytesIO(data), encoding or encoding_of(data), newline=newline).read()


def files_in(folder: Path, pattern: str) -> list[Path]:
    """Return the files of a folder that match, in order of their names; none if the folder can't be read."""
    try:
        return sorted(folder.glob(pattern))
    except OSError:
        return []


def is_pipe(path: str | Path) -> bool:
    """Return whether a path is a pipe; False for one that can't be looked at."""
    try:
        return stat.S_ISFIFO(Path(path).stat().st_mode)
    except (OSError, ValueError):
        return False


def _opened(path: str, flags: int) -> int:
    if not is_pipe(path):
        return os.open(path, flags)
    import select  # noqa: PLC0415 - most commands read no pipe

    descriptor = os.open(path, flags | os.O_NONBLOCK)  # which otherwise waits for a program that writes
    # The pipes that a shell has opened have one.
    if not path.startswith(OPEN_PIPES) and not select.select([descriptor], [], [], WRITER_WAIT_S)[0]:
        os.close(descriptor)
        raise OSError(errno.ETIMEDOUT, f"no program wrote to this pipe for {WRITER_WAIT_S:.0f} s")
    os.set_blocking(descriptor, True)
    return descriptor


def expand_home(text: str, variable: str = "") -> Path:
    """Return a path with ``~`` expanded. Raises `UsageError` if there is no such home folder.

    ``variable`` is the environment variable that the path comes from.
    """
    try:
        return Path(text).expanduser()
    except RuntimeError as error:  # ~nobody, or no home folder at all
        what = f"{variable} is {text!r}, which" if variable else repr(text)
        raise UsageError(
            f"{what} is in a home folder that does not exist.",
            hint="Give a path without ~.\nFor openclaw-fal's own files: export OPENCLAW_STATE_DIR=/path/to/a/folder",
            code="no_home",
        ) from error


def absolute_path(text: str, variable: str = "") -> Path:
    """Return an absolute path, with ``~`` expanded. Raises `UsageError` as `expand_home` and `current_folder` do."""
    path = expand_home(text, variable)
    if path.is_absolute():
        return path
    from openclaw_fal.core.file_names import current_folder  # noqa: PLC0415 - not for every local command

    try:
        return Path(current_folder(), path)
    except UsageError as error:
        if not variable:
            raise
        raise UsageError(
            f"{variable} is {text!r}, which is relative to a current folder that does not exist.",
            hint=f"Give {variable} an absolute path.",
        ) from error
