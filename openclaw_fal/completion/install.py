"""Installs completion: the script in the state folder, and a few lines in the shell's start-up file."""

from __future__ import annotations

import os
import re
import shlex
import stat
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from openclaw_fal.core.errors import OpenclawFalError
from openclaw_fal.core.program import command
from openclaw_fal.core.records import Record
from openclaw_fal.store.paths import expand_home

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE_NAMES = {
    "bash": "openclaw-fal.bash",
    "zsh": "_openclaw-fal",
    "fish": "openclaw-fal.fish",
    "powershell": "openclaw-fal.ps1",
}
SHELLS = tuple(FILE_NAMES)
BEGIN = "# >>> openclaw-fal completion >>>"
END = "# <<< openclaw-fal completion <<<"
_BLOCK = re.compile(rf"^{re.escape(BEGIN)}$.*?^{re.escape(END)}$\n?".encode(), re.DOTALL | re.MULTILINE)


class Installation(Record):
    """The file that the shell reads, the script that this file loads (for fish the same), and what `install` did."""

    file: Path
    script: Path
    is_changed: bool


def setup_file(shell: str, environ: Mapping[str, str]) -> Path:
    """Return the file in which `install` sets up a shell: its start-up file; for fish, the script itself."""
    home = Path(environ.get("HOME") or expand_home("~"))
    config = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    if shell == "fish":
        return config / "fish" / "completions" / FILE_NAMES[shell]
    if shell == "powershell":
        folder = home / "Documents" / "PowerShell" if sys.platform == "win32" else config / "powershell"
        return folder / "Microsoft.PowerShell_profile.ps1"
    if shell == "zsh":
        return Path(environ.get("ZDOTDIR") or home) / ".zshrc"
    bashrc, login = home / ".bashrc", home / ".bash_profile"
    # Terminals on macOS open login shells, which do not read .bashrc.
    is_login = sys.platform == "darwin" and os.path.exists(login) and not os.path.exists(bashrc)
    return login if is_login else bashrc


def write_script(state_dir: Path, shell: str, script: str) -> Path:
    """Write a script into the state folder and return its path. Raises `OpenclawFalError` if that fails."""
    from openclaw_fal.store.private_files import write_private

    file = state_dir / "completions" / FILE_NAMES[shell]
    try:
        write_private(file, script)
    except OSError as error:
        raise _unwritable(file, shell, error) from error
    return file


def install(shell: str, file: Path, state_dir: Path, script: str) -> Installation:
    """Write the script and set up the shell; in its start-up file, only the lines between `BEGIN` and `END` change.

    Raises `OpenclawFalError` if a file can't be written.
    """
    if shell == "fish":
        # Fish loads this file when the command is first completed.
        return Installation(file, file, _replace(file, script.encode(), shell))
    written = write_script(state_dir, shell, script)
    block = f"{BEGIN}\n{_startup_lines(shell, written)}\n{END}\n".encode()
    try:
        before = file.read_bytes() if os.path.exists(file) else b""
    except OSError as error:
        raise _unwritable(file, shell, error) from error
    return Installation(file, written, _replace(file, _with_block(before, block), shell))


def _with_block(before: bytes, block: bytes) -> bytes:
    """Return a start-up file with the block in place of an earlier one, or at its end."""
    if _BLOCK.search(before):
        return _BLOCK.sub(lambda _old: block, before, count=1)
    gap = b"" if not before else b"\n" if before.endswith(b"\n") else b"\n\n"
    return before + gap + block


def _startup_lines(shell: str, script: Path) -> str:
    quoted = shlex.quote(str(script))
    if shell == "powershell":
        return ". '" + str(script).replace("'", "''") + "'"
    if shell == "bash":
        return f"if [ -r {quoted} ]; then . {quoted}; fi"
    # Zsh loads the script at the first TAB, so it does not delay start-up.
    return (
        f"fpath=({shlex.quote(str(script.parent))} $fpath)\n"
        f"autoload -Uz {script.name}\n"
        "(( $+functions[compdef] )) || { autoload -Uz compinit && compinit -i }\n"
        f"compdef {script.name} openclaw-fal"
    )


def _replace(file: Path, content: bytes, shell: str) -> bool:
    """Replace a file atomically, keeping its mode and links to it; return whether its content has changed."""
    real = Path(os.path.realpath(file))
    staged = real.with_name(f".{real.name}.{os.getpid()}.tmp")
    try:
        if os.path.exists(real):
            if real.read_bytes() == content:
                return False
            mode = stat.S_IMODE(real.stat().st_mode)
        else:
            real.parent.mkdir(parents=True, exist_ok=True)
            mode = 0o644
        staged.write_bytes(content)
        staged.chmod(mode)
        staged.replace(real)
    except OSError as error:
        with suppress(OSError):
            staged.unlink()
        raise _unwritable(file, shell, error) from error
    return True


def _unwritable(file: Path, shell: str, error: OSError) -> OpenclawFalError:
    return OpenclawFalError(
        f"Completion is not set up: can't write {file}: {error.strerror}.",
        hint=f"Print the script instead: {command('completion --shell', shell)}",
        code="completion_unwritable",
    )
