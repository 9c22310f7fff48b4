"""What is known of the three streams, found out once.

stdout and stderr are judged apart: in ``… --json | jq`` one is a pipe and the other a terminal.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from typing import TYPE_CHECKING, NamedTuple, TextIO

from openclaw_fal.core.errors import OpenclawFalError

if TYPE_CHECKING:
    from collections.abc import Mapping


class Marks(NamedTuple):
    done: str
    missing: str
    arrow: str
    dot: str
    times: str
    ellipsis: str
    bar: str
    bar_head: str
    bar_rest: str
    spinner: str


UNICODE = Marks(
    done="✓",
    missing="!",
    arrow="→",
    dot="·",
    times="×",
    ellipsis="…",
    bar="━",
    bar_head="╸",
    bar_rest="─",
    spinner="⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏",
)
ASCII = Marks(
    done="*",
    missing="!",
    arrow="->",
    dot="-",
    times="x",
    ellipsis="...",
    bar="=",
    bar_head=">",
    bar_rest="-",
    spinner="|/-\\",
)
EVERY_SIGN = "".join(getattr(UNICODE, name) for name in UNICODE._fields)


_USUAL = os.terminal_size((80, 24))

# A Windows console from before 2019 prints escape codes instead of obeying them; these set one of these.
_WINDOWS_TERMINALS = ("WT_SESSION", "TERM_PROGRAM", "ANSICON", "ConEmuANSI", "TERM")


class Screen(NamedTuple):
    """The streams and what they can show.

    ``live`` says whether a region of stderr may be redrawn in place. ``columns`` is a width that the
    user fixed (``COLUMNS``); without one the terminal is asked whenever the width matters, as it may change.
    ``profile`` is the one of ``--profile``.
    """

    stdin: TextIO
    stdout: TextIO
    stderr: TextIO
    stdout_is_terminal: bool = False
    stderr_is_terminal: bool = False
    stdout_color: bool = False
    stderr_color: bool = False
    live: bool = False
    unicode: bool = True
    columns: int | None = None
    profile: str | None = None

    @classmethod
    def detect(
        cls, stdin: TextIO | None, stdout: TextIO | None, stderr: TextIO | None, environ: Mapping[str, str]
    ) -> Screen:
        # Python has no stream at all where the shell closed one (`2>&-`).
        stdin, stdout, stderr = stdin or io.StringIO(), stdout or io.StringIO(), stderr or io.StringIO()
        stdout_is_terminal, stderr_is_terminal = _is_terminal(stdout), _is_terminal(stderr)
        capable = _obeys_escapes(environ)
        forced = any(environ.get(name, "0") not in ("", "0") for name in ("FORCE_COLOR", "CLICOLOR_FORCE"))
        refused = bool(environ.get("NO_COLOR"))
        return cls(
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            stdout_is_terminal=stdout_is_terminal,
            stderr_is_terminal=stderr_is_terminal,
            stdout_color=not refused and (forced or (capable and stdout_is_terminal)),
            stderr_color=not refused and (forced or (capable and stderr_is_terminal)),
            live=stderr_is_terminal and capable and not _is_ci(environ),
            unicode=_shows_unicode(stdout) and _shows_unicode(stderr),
            columns=_positive(environ.get("COLUMNS", "")),
        )

    @property
    def marks(self) -> Marks:
        return UNICODE if self.unicode else ASCII

    @property
    def size(self) -> os.terminal_size:
        """Columns and rows at this moment."""
        for stream in (self.stderr, self.stdout, self.stdin):
            # Streams without a file and files that are no terminal say so in three ways.
            with contextlib.suppress(OSError, ValueError, AttributeError):
                found = os.get_terminal_size(stream.fileno())
                return os.terminal_size((self.columns or found.columns or _USUAL.columns, found.lines or _USUAL.lines))
        return os.terminal_size((self.columns or _USUAL.columns, _USUAL.lines))

    @property
    def width(self) -> int:
        return self.size.columns

    def put(self, text: str) -> None:
        """Write to stdout. Raises `BrokenPipeError`, and for a full disk `OpenclawFalError` (``stdout_failed``)."""
        try:
            _write(self.stdout, text)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise OpenclawFalError(
                f"Standard output can't be written: {error.strerror or error}.", code="stdout_failed"
            ) from error

    def tell(self, text: str) -> None:
        """Write to stderr; a job that costs money must not end because nobody listens any more."""
        with contextlib.suppress(OSError, ValueError):
            _write(self.stderr, self.runnable(text))

    def runnable(self, text: str) -> str:
        """Put the profile into commands that a text names: tasks are kept apart by it, and would not be found."""
        if not self.profile:
            return text
        return text.replace("openclaw-fal tasks ", f"openclaw-fal --profile {self.profile} tasks ")


def _write(stream: TextIO, text: str) -> None:
    try:
        stream.write(text)
    except UnicodeEncodeError:
        # A path may hold bytes that are no text, and the stream may know fewer characters than we do.
        stream.flush()
        stream.buffer.write(_encoded(text, stream.encoding))
    stream.flush()


def _encoded(text: str, encoding: str) -> bytes:
    try:
        return text.encode(encoding, "surrogateescape")
    except UnicodeEncodeError:
        return text.encode(encoding, "backslashreplace")


def _is_terminal(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except ValueError:  # it is closed
        return False


def _obeys_escapes(environ: Mapping[str, str]) -> bool:
    if environ.get("TERM") in ("dumb", "unknown"):
        return False
    return sys.platform != "win32" or any(name in environ for name in _WINDOWS_TERMINALS)


def _is_ci(environ: Mapping[str, str]) -> bool:
    return environ.get("CI", "").lower() not in ("", "0", "false")


def _shows_unicode(stream: TextIO) -> bool:
    try:
        EVERY_SIGN.encode(getattr(stream, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _positive(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and int(text) > 0 else None
