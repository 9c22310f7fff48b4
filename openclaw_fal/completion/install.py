"""Setting a shell up for completion: the script in the state folder, and a few lines in the shell's start-up file."""

from __future__ import annotations

import os
import re
import shlex
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from openclaw_fal.core.errors import OpenclawFalError

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


class Installation(NamedTuple):
    """The file that the shell reads by itself, and the script that it is led to by it (for fish the same)."""

    file: Path
    script: Path
    has_changed: bool


def target(shell: str, environ: Mapping[str, str]) -> Path:
    """Return the file by which the shell is set up."""
    home = Path(environ.get("HOME") or Path.home())
    config = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    if shell == "fish":
        return config / "fish" / "completions" / FILE_NAMES[shell]
    if shell == "powershell":
        folder = home / "Documents" / "PowerShell" if sys.platform == "win32" else config / "powershell"
        return folder / "Microsoft.PowerShell_profile.ps1"
    if shell == "zsh":
        return Path(environ.get("ZDOTDIR") or home) / ".zshrc"
    login = home / ".bash_profile"
    # Terminals on macOS open login shells, which do not read .bashrc unless told to.
    is_login = sys.platform == "darwin" and login.exists() and not (home / ".bashrc").exists()
    return login if is_login else home / ".bashrc"


def write_script(state_dir: Path, shell: str, script: str) -> Path:
    """Write a script into the state folder and return its path."""
    from openclaw_fal.store.private_files import write_private

    file = state_dir / "completions" / FILE_NAMES[shell]
    try:
        write_private(file, script)
    except OSError as error:
        raise _unwritable(file, shell, error) from error
    return file


def install(shell: str, file: Path, state_dir: Path, script: str) -> Installation:
    """Set the shell up, unless it is already; whatever else is in its start-up file stays as it is.

    Raises `OpenclawFalError` when a file can't be written.
    """
    if shell == "fish":
        # It reads each command's own file when it first needs it.
        return Installation(file, file, _replace(file, script.encode(), shell))
    written = write_script(state_dir, shell, script)
    block = f"{BEGIN}\n{_lines(shell, written)}\n{END}\n".encode()
    try:
        before = file.read_bytes() if file.exists() else b""
    except OSError as error:
        raise _unwritable(file, shell, error) from error
    if _BLOCK.search(before):
        after = _BLOCK.sub(lambda _old: block, before, count=1)
    else:
        gap = b"" if not before else b"\n" if before.endswith(b"\n") else b"\n\n"
        after = before + gap + block
    return Installation(file, written, _replace(file, after, shell))


def _lines(shell: str, script: Path) -> str:
    quoted = shlex.quote(str(script))
    if shell == "powershell":
        return ". '" + str(script).replace("'", "''") + "'"
    if shell == "bash":
        return f"if [ -r {quoted} ]; then . {quoted}; fi"
    # Found by zsh when TAB is first pressed, so that no shell starts later for it.
    return (
        f"fpath=({shlex.quote(str(script.parent))} $fpath)\n"
        f"autoload -Uz {script.name}\n"
        "(( $+functions[compdef] )) || { autoload -Uz compinit && compinit -i }\n"
        f"compdef {script.name} openclaw-fal"
    )


def _replace(file: Path, content: bytes, shell: str) -> bool:
    """Replace a file whole, and keep its mode and the links to it; return whether it is another one now."""
    real = Path(os.path.realpath(file))
    staged = real.with_name(f".{real.name}.{os.getpid()}.tmp")
    try:
        if real.exists():
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
        staged.unlink(missing_ok=True)
        raise _unwritable(file, shell, error) from error
    return True


def _unwritable(file: Path, shell: str, error: OSError) -> OpenclawFalError:
    return OpenclawFalError(
        f"{file} can't be changed: {error.strerror}.",
        hint=f"The script to put where {shell} finds it: openclaw-fal completion --shell {shell}",
        code="completion_unwritable",
    )
