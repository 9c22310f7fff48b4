"""Commands of this program, as hints and notes recommend them. No other place builds one.

A profile has its own configuration, key and tasks: without ``--profile`` a recommended command would miss them.
"""

from __future__ import annotations

NAME = "openclaw-fal"

_profile: str | None = None


def use_profile(name: str | None) -> None:
    """Set the profile of this run; it appears in every command from here on."""
    global _profile  # noqa: PLW0603 - hints are made in every room, and few of them know the run
    _profile = name


def command(*words: str, sandbox: bool = False) -> str:
    """Return a command line, such as ``openclaw-fal --profile work tasks wait k3f9x2qd7m``.

    ``words`` are joined as they are: quote what a shell would split.
    """
    profile = ("--profile", _quoted(_profile)) if _profile else ()
    return " ".join((NAME, *profile, *(("--sandbox",) if sandbox else ()), *words))


def _quoted(name: str) -> str:
    import shlex  # noqa: PLC0415 - few runs have a profile

    return shlex.quote(name)


def onboard_command() -> str:
    """Return the command that stores a key."""
    return command("onboard --auth-choice fal-api-key")
